//! How often the service is asked, and what happens when it does not answer.

use std::rc::Rc;

use natter::model::rows::{Access, Connection, History, TimelineState};
use natter::platform::PageEvent;

use crate::world::{Alone, App, Fault, Made, Pair, named};

fn lists(made: &[Made]) -> Vec<i64> {
    made.iter()
        .filter(|made| made.method == "GET" && made.path.ends_with("/messages"))
        .map(|made| made.at_ms)
        .collect()
}

fn gaps(times: &[i64]) -> Vec<i64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn an_open_thread_of_two_is_asked_once_a_second_and_less_when_idle() {
    let alone = Alone::new();
    alone.ann.send(&alone.thread, "hello");
    alone.world.pass(2_000);
    alone.line.take_made();
    alone.world.pass(30_000);
    let made = alone.line.take_made();
    let active = gaps(&lists(&made));
    assert!(active.iter().all(|gap| (1_000..=1_230).contains(gap)), "{active:?}");
    assert!(active.iter().any(|gap| *gap != active[0]), "jitter");
    alone.world.pass(20 * 60_000);
    alone.line.take_made();
    alone.world.pass(60_000);
    let idle = gaps(&lists(&alone.line.take_made()));
    assert!(idle.iter().all(|gap| *gap >= 4_000), "{idle:?}");
    assert!(!idle.is_empty());
}

#[test]
fn a_hidden_page_asks_at_most_once_a_minute_and_is_up_to_date_when_shown() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    ann.core.show(None);
    bob.tab.tell(PageEvent::Hidden);
    ann.tab.tell(PageEvent::Hidden);
    world.pass(10_000);
    line.take_made();
    world.pass(10 * 60_000);
    let made = line.take_made();
    // Two pages, ten minutes.
    assert!(made.len() <= 20, "{} requests", made.len());
    ann.send(&thread, "while you were away");
    world.pass(1_000);
    bob.tab.tell(PageEvent::Woken);
    bob.tab.tell(PageEvent::Woken);
    world.pass(2_000);
    assert_eq!(bob.texts(&thread), ["while you were away"]);
    assert_eq!(bob.core.connection(), Connection::UpToDate);
}

#[test]
fn waking_after_a_night_asks_a_few_times_and_misses_nothing() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    bob.tab.tell(PageEvent::Hidden);
    world.pass(1_000);
    ann.send(&thread, "good night");
    world.pass(2_000);
    ann.tab.tell(PageEvent::Hidden);
    // The machine slept: no timer ran, and the clock jumps.
    world.set_clock(world.now_ms() + 8 * 3_600_000);
    line.take_made();
    bob.tab.tell(PageEvent::Woken);
    assert_eq!(bob.core.connection(), Connection::CatchingUp);
    world.pass(900);
    let made = line.take_made();
    // Threads, messages and receipts of Bob's, and the list of threads of Ann, whose page is hidden.
    assert!(made.len() <= 4, "{made:?}");
    assert_eq!(bob.texts(&thread), ["good night"]);
    assert_eq!(bob.core.connection(), Connection::UpToDate);
}

#[test]
fn ten_minutes_of_trouble_cost_few_requests_and_end_by_themselves() {
    let faults = [
        Fault::NotSent,
        Fault::LostReply,
        Fault::Answer(503, vec![]),
        Fault::Answer(429, vec![("Retry-After", "30")]),
    ];
    for fault in faults {
        let alone = Alone::new();
        alone.line.cut(fault.clone());
        alone.world.pass(10 * 60_000);
        let made = alone.line.take_made();
        assert!(made.len() <= 34, "{} requests, {fault:?}", made.len());
        let connection = alone.ann.core.connection();
        match fault {
            Fault::Answer(503, _) => {
                assert!(matches!(connection, Connection::ServiceError { .. }), "{connection:?}")
            }
            Fault::Answer(..) => {
                assert!(matches!(connection, Connection::RateLimited { .. }), "{connection:?}")
            }
            _ => assert!(matches!(connection, Connection::Offline { .. }), "{connection:?}"),
        }
        alone.line.mend();
        alone.world.pass(80_000);
        assert_eq!(alone.ann.core.connection(), Connection::UpToDate, "{fault:?}");
    }
}

#[test]
fn a_pause_that_the_service_asks_for_is_never_cut_short() {
    for status in [429, 503] {
        let alone = Alone::new();
        alone.line.cut(Fault::Answer(status, vec![("Retry-After", "30")]));
        alone.world.pass(1_500);
        alone.line.take_made();
        let from = alone.world.now_ms();
        for _ in 0..20 {
            alone.world.pass(1_000);
            alone.ann.core.retry_now();
            alone.ann.tab.tell(PageEvent::Woken);
        }
        let early: Vec<Made> = alone
            .line
            .take_made()
            .into_iter()
            .filter(|made| lists(std::slice::from_ref(made)).len() == 1)
            .collect();
        assert!(early.len() <= 1, "{status}: {early:?} since {from}");
    }
}

#[test]
fn a_request_without_a_reply_holds_up_only_its_own_resource() {
    let alone = Alone::new();
    alone.line.fault("GET", "/readReceipts", 1, Fault::Hangs);
    alone.ann.send(&alone.thread, "hello");
    alone.world.pass(10_000);
    assert_eq!(alone.ann.texts(&alone.thread), ["hello"]);
    assert!(lists(&alone.line.take_made()).len() >= 8);
}

#[test]
fn there_is_one_request_under_way_for_each_resource() {
    let alone = Alone::new();
    alone.line.delay_ms.set(10_000);
    alone.world.pass(15_000);
    alone.line.take_made();
    alone.world.pass(60_000);
    let gaps = gaps(&lists(&alone.line.take_made()));
    assert!(gaps.iter().all(|gap| *gap >= 10_000), "{gaps:?}");
}

#[test]
fn a_thread_that_is_closed_to_me_does_not_stop_the_others() {
    let Alone { world, line, ann, thread } = Alone::new();
    let other = ann.create("Other", &["Bob"]);
    let path = format!("{}/", thread.as_str().replace(':', "%3A").replace('@', "%40"));
    line.fault("GET", &path, usize::MAX, Fault::Answer(404, vec![]));
    world.pass(5_000);
    let view = ann.timeline(&thread);
    assert!(
        matches!(&view.state, TimelineState::NoAccess { access: Access::Gone, said } if said.starts_with("404")),
        "{:?}",
        view.state
    );
    ann.core.show(Some(other.clone()));
    ann.send(&other, "hello");
    world.pass(3_000);
    assert_eq!(ann.texts(&other), ["hello"]);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
    line.take_made();
    world.pass(10_000);
    assert!(
        line.take_made().iter().all(|made| !made.path.contains(thread.as_str())),
        "nobody asks for it again"
    );
}

#[test]
fn a_wrong_link_is_told_as_such() {
    let Alone { world, ann, .. } = Alone::new();
    let nowhere = acs_chat::ThreadId::new("19:nowhere@thread.v2");
    ann.core.show(Some(nowhere.clone()));
    assert_eq!(ann.timeline(&nowhere).state, TimelineState::Loading);
    world.pass(2_000);
    assert!(matches!(ann.timeline(&nowhere).state, TimelineState::NoAccess { .. }));
    assert_eq!(ann.core.model().rows().len(), 1, "and it is no thread of mine");
}

#[test]
fn a_clock_that_is_set_does_not_stop_the_polling() {
    for shift in [-24 * 3_600_000, 24 * 3_600_000, -360_000, 360_000] {
        let alone = Alone::new();
        alone.ann.send(&alone.thread, "before");
        alone.world.pass(3_000);
        alone.world.set_clock(alone.world.now_ms() + shift);
        alone.world.pass(1_000);
        alone.line.take_made();
        alone.ann.send(&alone.thread, "after");
        alone.world.pass(90_000);
        assert!(lists(&alone.line.take_made()).len() > 30, "shift {shift}");
    }
}

#[test]
fn what_left_before_the_clock_was_set_back_ends_no_trouble_that_came_since() {
    let Alone { world, line, ann, .. } = Alone::new();
    world.pass(10_000);
    line.fault("GET", "/chat/threads?", 1, Fault::Late(20_000));
    ann.tab.tell(PageEvent::Woken);
    world.pass(100);
    world.set_clock(world.now_ms() - 600_000);
    line.cut(Fault::NotSent);
    world.pass(10_000);
    for _ in 0..1_500 {
        assert!(matches!(ann.core.connection(), Connection::Offline { .. }), "{:?}", ann.core.connection());
        world.pass(10);
    }
    line.mend();
    ann.tab.tell(PageEvent::Woken);
    world.pass(1_000);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
}

#[test]
fn a_gap_is_filled_and_a_chasm_begins_anew() {
    // A thousand are read, in pages of 200; beyond that the thread begins anew with these.
    for count in [60, 990, 1_050] {
        let Pair { world, line, ann, bob, thread } = Pair::new();
        ann.send(&thread, "first");
        world.pass(3_000);
        assert_eq!(bob.texts(&thread), ["first"]);
        // Bob hears nothing, and Ann talks.
        line.cut(Fault::NotSent);
        bob.tab.tell(PageEvent::Hidden);
        let token = ann.token();
        ann.crash();
        for number in 0..count {
            if number % 10 == 0 {
                world.pass(20_001);
            }
            line.say(&token, &thread, &number.to_string());
        }
        line.take_made();
        line.mend();
        bob.tab.tell(PageEvent::Woken);
        world.pass(5_000);
        let made = line.take_made();
        assert!(made.iter().all(|made| made.status != 429));
        assert!(lists(&made).len() <= 12, "large pages");
        let mut expected: Vec<String> = vec!["first".to_owned()];
        expected.extend((0..count).map(|number| number.to_string()));
        let texts = bob.texts(&thread);
        assert_eq!(texts, expected[expected.len() - texts.len()..], "no hole");
        assert_eq!(texts.len(), expected.len().min(1_000), "of {}", expected.len());
    }
}

#[test]
fn a_thread_that_is_not_on_screen_is_asked_again_when_the_request_fails() {
    for fault in [Fault::LostReply, Fault::DoneBut(503)] {
        let Pair { world, line, ann, bob, thread } = Pair::new();
        ann.core.show(None);
        world.pass(10_000);
        let path = format!("{}/messages", thread.as_str().replace(':', "%3A").replace('@', "%40"));
        bob.core.show(None);
        world.pass(5_000);
        // His own request after the send, and hers.
        line.fault("GET", &path, 2, fault.clone());
        bob.send(&thread, "there");
        world.pass(40_000);
        assert_eq!(ann.core.model().unread_total(), 1, "{fault:?}");
    }
}

#[test]
fn who_leaves_while_the_people_are_being_listed_is_not_kept() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let cleo = App::of(&world, &line, "Cleo");
    let (core, id) = (Rc::clone(&ann.core), thread.clone());
    world.wait(async move { core.add_people(&id, vec![named("Cleo")], History::All).await }).unwrap();
    world.pass(5_000);
    // The list that Bob's new tab asks for is made before Cleo goes and comes after.
    bob.tab.tell(PageEvent::Hidden);
    let tab = App::open(&world, &line, &bob.machine);
    world.pass(5_000);
    line.fault("GET", "/participants", 1, Fault::Late(3_000));
    tab.core.show(Some(thread.clone()));
    world.pass(500);
    let (core, id) = (Rc::clone(&ann.core), thread.clone());
    let who = cleo.core.session().unwrap().me;
    world.wait(async move { core.remove_person(&id, &who).await }).unwrap();
    world.pass(10_000);
    assert_eq!(tab.core.model().details(&thread, None).people.len(), 2);
}

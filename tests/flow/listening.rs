//! The stream of what happens: waits get shorter, and nothing depends on it.

use std::rc::Rc;

use natter::model::rows::{Connection, ItemKind, TimelineState};
use natter::platform::PageEvent;

use crate::world::{Alone, App, Fault, Pair};

/// How long it takes until Ann sees what Bob says, in the middle of many, in milliseconds.
fn median_wait_ms(streaming: bool) -> i64 {
    let pair = Pair::new();
    pair.line.streaming.set(streaming);
    pair.world.pass(40_000);
    let mut waits = Vec::new();
    for number in 0..25 {
        pair.world.pass(2_500 + number * 37);
        let text = number.to_string();
        pair.bob.send(&pair.thread, &text);
        let from_ms = pair.world.now_ms();
        while pair.ann.texts(&pair.thread).last() != Some(&text) {
            pair.world.pass(5);
            assert!(pair.world.now_ms() - from_ms < 5_000, "not seen");
        }
        waits.push(pair.world.now_ms() - from_ms);
    }
    waits.sort_unstable();
    waits[waits.len() / 2]
}

#[test]
fn what_is_said_is_seen_at_once_with_the_stream_and_soon_without() {
    let (pushed, polled) = (median_wait_ms(true), median_wait_ms(false));
    assert!(pushed <= 100, "{pushed} ms with the stream");
    assert!((100..=1_200).contains(&polled), "{polled} ms by polling alone");
}

#[test]
fn while_the_stream_tells_what_is_new_little_is_asked() {
    let Pair { world, line, .. } = Pair::new();
    line.streaming.set(true);
    world.pass(60_000);
    line.take_made();
    line.take_opened();
    world.pass(10 * 60_000);
    let made = line.take_made().len();
    // Two people: of messages and receipts no more than one list in half a minute each, and the list of threads as ever.
    assert!((190..=340).contains(&made), "{made} requests in ten minutes");
    assert_eq!(line.take_opened(), 0, "the streams of the beginning go on");
    line.streaming.set(false);
    line.break_streams();
    world.pass(60_000);
    let made = line.take_made().len();
    assert!(made >= 30, "{made} requests in a minute without the stream");
}

#[test]
fn what_the_stream_forgets_to_tell_is_seen_within_half_a_minute() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.streaming.set(true);
    world.pass(60_000);
    line.take_opened();
    line.forgets_events.set(true);
    bob.send(&thread, "nobody tells of it");
    world.pass(37_000);
    assert_eq!(ann.texts(&thread), ["nobody tells of it"]);
    assert_eq!(line.take_opened(), 0, "the streams of the beginning go on");
}

#[test]
fn however_lively_it_is_nothing_is_asked_too_often() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.streaming.set(true);
    world.pass(40_000);
    line.take_made();
    for number in 0..30 {
        let who = if number % 2 == 0 { &ann } else { &bob };
        who.send(&thread, &number.to_string());
        for app in [&ann, &bob] {
            world.pass(550);
            if let Some(id) = app.messages(&thread).last().and_then(|row| row.id.clone()) {
                app.core.seen(&thread, &id);
            }
        }
    }
    let made = line.take_made();
    let listed = made.iter().filter(|made| made.method == "GET" && made.path.ends_with("/readReceipts"));
    assert!(listed.count() >= 8, "receipts are told of");
    assert!(made.iter().all(|made| made.status != 429));
}

#[test]
fn who_is_typing_is_seen_until_they_have_said_it_or_stop() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.streaming.set(true);
    let second = App::open(&world, &line, &ann.machine);
    world.pass(40_000);
    let who = |app: &App| -> Vec<String> {
        app.core.model().who_types(&thread).into_iter().map(|author| author.name).collect()
    };
    bob.core.typed(&thread);
    world.pass(200);
    assert_eq!((who(&ann), who(&second)), (vec!["Bob".to_owned()], vec!["Bob".to_owned()]));
    assert_eq!(who(&bob), Vec::<String>::new());
    bob.send(&thread, "said");
    world.pass(1_000);
    assert_eq!(who(&ann), Vec::<String>::new());
    world.pass(10_000);
    bob.core.typed(&thread);
    world.pass(9_000);
    assert_eq!(who(&ann), ["Bob"]);
    world.pass(2_000);
    assert_eq!((who(&ann), who(&second)), (vec![], vec![]), "nobody says that they stopped");
}

#[test]
fn one_tab_listens_for_all_and_another_when_it_is_gone() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.streaming.set(true);
    let mut tabs: Vec<App> = (0..2).map(|_| App::open(&world, &line, &ann.machine)).collect();
    for tab in &tabs {
        tab.core.show(Some(thread.clone()));
    }
    tabs.insert(0, ann);
    world.pass(40_000);
    line.take_opened();
    for round in 0..3 {
        let text = format!("round {round}");
        bob.send(&thread, &text);
        world.pass(600);
        for tab in &tabs {
            assert_eq!(tab.texts(&thread).last(), Some(&text), "{} tabs", tabs.len());
        }
        if round < 2 {
            // The one that listens is the oldest.
            drop(tabs.remove(0).crash());
            world.pass(2_000);
            assert_eq!(line.take_opened(), 1, "another listens");
        }
    }
}

#[test]
fn a_stream_that_breaks_is_not_noticed() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.streaming.set(true);
    world.pass(40_000);
    bob.send(&thread, "first");
    world.pass(600);
    assert_eq!(ann.texts(&thread), ["first"]);
    line.streaming.set(false);
    line.break_streams();
    line.take_opened();
    for second in 0..60 {
        world.pass(1_000);
        assert_eq!(ann.core.connection(), Connection::UpToDate, "after {second} s");
    }
    let tries = line.take_opened();
    assert!((4..60).contains(&tries), "with longer and longer pauses: {tries} tries of two people");
    bob.send(&thread, "second");
    world.pass(2_500);
    assert_eq!(ann.texts(&thread), ["first", "second"], "by polling");
    line.streaming.set(true);
    world.pass(120_000);
    bob.send(&thread, "third");
    world.pass(600);
    assert_eq!(ann.texts(&thread), ["first", "second", "third"]);
    // Nobody is listened to after signing out.
    ann.core.sign_out();
    bob.core.sign_out();
    world.pass(1_000);
    line.take_opened();
    ann.tab.tell(PageEvent::Woken);
    world.pass(300_000);
    assert_eq!(line.take_opened(), 0);
}

/// Ann, whose machine has slept for a night, as her stream notices now; nobody sees her page. The stream comes back at this part of
/// its longest pause.
fn asleep(pause: f64) -> Alone {
    let alone = Alone::new();
    let Alone { world, line, ann, .. } = &alone;
    line.streaming.set(true);
    world.pass(40_000);
    ann.tab.tell(PageEvent::Hidden);
    world.least_chance.set(pause);
    world.set_clock(world.now_ms() + 8 * 3_600_000);
    line.forgets_streams.set(true);
    line.break_streams();
    line.take_made();
    alone
}

/// She looks, and away.
fn wake(ann: &App) {
    ann.tab.tell(PageEvent::Woken);
    ann.tab.tell(PageEvent::Hidden);
}

#[test]
fn a_stream_that_comes_back_after_a_night_asks_for_nothing_twice_at_once() {
    for pause in [0.0, 0.5, 0.99] {
        let Alone { world, line, ann, .. } = asleep(pause);
        wake(&ann);
        world.pass(4_900);
        let made = line.take_made();
        for asked in ["/chat/threads", "/messages"] {
            let times = made.iter().filter(|made| made.method == "GET" && made.path.ends_with(asked)).count();
            assert_eq!(times, 1, "pause {pause}: {asked}");
        }
    }
}

#[test]
fn what_was_said_before_the_stream_came_back_is_not_left_to_the_next_minute() {
    for pause in [0.0, 0.5, 0.99] {
        let Alone { world, line, ann, thread } = asleep(pause);
        line.streaming.set(false);
        wake(&ann);
        world.pass(300);
        line.say(&ann.token(), &thread, "missed");
        line.streaming.set(true);
        world.pass(10_000);
        assert_eq!(ann.texts(&thread), ["missed"], "pause {pause}");
    }
}

#[test]
fn a_stream_that_died_in_its_sleep_is_not_waited_for() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.streaming.set(true);
    world.pass(60_000);
    line.streams_are_dead.set(true);
    world.set_clock(world.now_ms() + 8 * 3_600_000);
    ann.tab.tell(PageEvent::Woken);
    world.pass(300);
    line.say(&ann.token(), &thread, "good morning");
    world.pass(11_000);
    assert_eq!(ann.texts(&thread), ["good morning"]);
}

#[test]
fn a_service_without_a_stream_is_seldom_asked_for_one() {
    let Pair { world, line, ann, .. } = Pair::new();
    line.streaming.set(true);
    line.fault("GET", "/natter/v1/events", usize::MAX, Fault::Answer(404, vec![]));
    world.pass(60_000);
    line.take_opened();
    world.pass(25 * 60_000);
    assert!(line.take_opened() <= 2);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
}

fn to_add_bob(who: &acs_chat::RawId) -> acs_chat::AddChatParticipantsRequest {
    let bob = acs_chat::ChatParticipant {
        communication_identifier: acs_chat::CommunicationIdentifier::from_raw_id(who.as_str()),
        display_name: Some("Bob".to_owned()),
        share_history_time: None,
        metadata: None,
    };
    acs_chat::AddChatParticipantsRequest { participants: vec![bob] }
}

#[test]
fn who_did_not_notice_being_out_hears_what_was_refused_meanwhile() {
    for late in [false, true] {
        let Pair { world, line, ann, bob, thread } = Pair::new();
        line.streaming.set(true);
        world.pass(40_000);
        bob.send(&thread, "read this");
        world.pass(5_000);
        let who = bob.core.session().unwrap().me;
        let add = to_add_bob(&who);
        let newest = ann.messages(&thread).last().and_then(|row| row.id.clone()).unwrap();
        // He asks who has read while he is out, and for nothing else. The answer may come when he is in again.
        let refusal = if late { Fault::Twice(3_000, 403, vec![]) } else { Fault::Answer(403, vec![]) };
        line.fault("GET", "/readReceipts", 1, refusal);
        line.take_made();
        ann.core.seen(&thread, &newest);
        world.pass(5);
        ann.tab.tell(PageEvent::Hidden);
        let asks = || {
            line.take_made().iter().any(|made| made.path.ends_with("/readReceipts") && made.method == "GET")
        };
        let asked = (0..100).any(|_| {
            world.pass(50);
            asks()
        });
        assert!(asked, "he is told that somebody has read");
        line.ask(
            &ann.token(),
            &acs_chat::requests::remove_participant(
                &thread,
                &acs_chat::CommunicationIdentifier::from_raw_id(who.as_str()),
            )
            .unwrap(),
        );
        line.ask(&ann.token(), &acs_chat::requests::add_participants(&thread, &add).unwrap());
        world.pass(9_000);
        assert_eq!(bob.timeline(&thread).state, TimelineState::Ready);
        let me = ann.core.session().unwrap().me;
        let model = bob.core.model();
        let known = model.thread(&thread).unwrap().marks.receipt_of(&me).cloned();
        assert_eq!(known, Some(newest), "late: {late}");
    }
}

#[test]
fn who_is_taken_out_and_let_in_again_sees_it_at_once() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.streaming.set(true);
    world.pass(40_000);
    bob.send(&thread, "before");
    world.pass(1_000);
    // The first that Bob hears of it is that he may not know who has read.
    line.fault("GET", "/readReceipts", 2, Fault::Answer(403, vec![]));
    world.pass(37_000);
    let who = bob.core.session().unwrap().me;
    let (core, out, id) = (Rc::clone(&ann.core), thread.clone(), who.clone());
    world.wait(async move { core.remove_person(&out, &id).await }).unwrap();
    world.pass(300);
    let state = bob.timeline(&thread).state;
    assert!(matches!(state, TimelineState::NoAccess { .. }), "{state:?}");
    let add = to_add_bob(&who);
    line.ask(&ann.token(), &acs_chat::requests::add_participants(&thread, &add).unwrap());
    world.pass(3_000);
    let view = bob.timeline(&thread);
    assert_eq!(view.state, TimelineState::Ready);
    assert_eq!(bob.texts(&thread), ["before"]);
    // What was refused meanwhile as well: who has read.
    let newest = ann.timeline(&thread).items.iter().rev().find_map(|item| match &item.kind {
        ItemKind::Message(row) => row.id.clone(),
        _ => None,
    });
    ann.core.seen(&thread, &newest.unwrap());
    world.pass(6_000);
    let me = ann.core.session().unwrap().me;
    let model = bob.core.model();
    assert!(model.thread(&thread).unwrap().marks.receipt_of(&me).is_some());
}

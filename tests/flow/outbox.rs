//! Sending on a line that fails: exactly once, in order, and nothing lost.

use std::rc::Rc;

use natter::model::rows::{FailReason, Status, WaitReason};
use natter::platform::{PageEvent, Shelf};

use crate::world::{Alone, App, Fault, Machine, Pair};

/// What is in the service, as a newly opened app sees it.
fn in_the_service(alone: &Alone) -> Vec<String> {
    let reader = App::of(&alone.world, &alone.line, "Bob");
    reader.core.show(Some(alone.thread.clone()));
    alone.world.pass(2_000);
    reader.texts(&alone.thread)
}

#[test]
fn a_lost_reply_makes_one_message() {
    for fault in
        [Fault::LostReply, Fault::DoneBut(503), Fault::DoneBut(500), Fault::Late(40_000), Fault::Hangs]
    {
        let alone = Alone::new();
        alone.line.fault("POST", "/messages", 1, fault.clone());
        alone.ann.send(&alone.thread, "once");
        alone.ann.send(&alone.thread, "then");
        alone.world.pass(60_000);
        assert_eq!(alone.ann.texts(&alone.thread), ["once", "then"], "{fault:?}");
        assert!(alone.ann.messages(&alone.thread).iter().all(|row| row.status == Status::Accepted));
        assert_eq!(alone.ann.machine.shelf(Shelf::Outbox), [], "{fault:?}");
        assert_eq!(in_the_service(&alone), ["once", "then"], "{fault:?}");
    }
}

#[test]
fn a_lost_reply_is_looked_for_and_not_sent_again() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 1, Fault::LostReply);
    // Polls do not get through, so that nothing but the search can find it.
    alone.ann.tab.tell(PageEvent::Hidden);
    alone.ann.send(&alone.thread, "once");
    alone.world.pass(30_000);
    let sends = alone.line.take_made().into_iter().filter(|made| made.method == "POST").count();
    assert_eq!(sends, 1);
    assert_eq!(alone.ann.texts(&alone.thread), ["once"]);
}

#[test]
fn what_never_left_waits_and_goes_out_in_order_by_itself() {
    let alone = Alone::new();
    alone.line.cut(Fault::NotSent);
    alone.ann.tab.tell(PageEvent::Offline);
    for number in 0..8 {
        alone.ann.send(&alone.thread, &number.to_string());
        alone.world.pass(1_000);
    }
    alone.world.pass(20_000);
    let waiting = Status::Waiting { why: WaitReason::Offline };
    assert!(alone.ann.messages(&alone.thread).iter().all(|row| row.status == waiting));
    assert_eq!(alone.ann.machine.shelf(Shelf::Outbox).len(), 8, "written down");
    alone.line.mend();
    alone.ann.tab.tell(PageEvent::Online);
    alone.world.pass(10_000);
    let expected: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    assert_eq!(alone.ann.texts(&alone.thread), expected);
    assert_eq!(in_the_service(&alone), expected);
}

#[test]
fn a_refused_send_keeps_its_text_and_those_behind_it() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 1, Fault::Answer(400, vec![]));
    for text in ["bad", "second", "third"] {
        alone.ann.send(&alone.thread, text);
    }
    alone.world.pass(10_000);
    let rows = alone.ann.messages(&alone.thread);
    assert_eq!(rows[0].status, Status::Failed { why: FailReason::Refused { message: "BadRequest".into() } });
    assert_eq!(rows[0].source.as_deref(), Some("bad"));
    assert_eq!(rows[1].status, Status::Waiting { why: WaitReason::Queued });
    assert!(alone.ann.core.model().rows()[0].failed.is_some());
    assert_eq!(alone.ann.texts(&alone.thread), ["bad", "second", "third"]);

    let bad = rows[0].client_id.clone().unwrap();
    alone.ann.core.retry(&alone.thread, &bad);
    alone.world.pass(5_000);
    assert_eq!(in_the_service(&alone), ["bad", "second", "third"]);
    assert_eq!(alone.ann.core.model().rows()[0].failed, None);
}

#[test]
fn a_discarded_send_lets_the_others_go() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 1, Fault::Answer(403, vec![]));
    alone.ann.send(&alone.thread, "bad");
    alone.ann.send(&alone.thread, "good");
    alone.world.pass(10_000);
    let row = alone.ann.messages(&alone.thread).remove(0);
    assert_eq!(row.status, Status::Failed { why: FailReason::NotMember });
    alone.ann.core.discard(&alone.thread, &row.client_id.unwrap());
    alone.world.pass(5_000);
    assert_eq!(alone.ann.texts(&alone.thread), ["good"]);
    assert_eq!(alone.ann.machine.shelf(Shelf::Outbox), []);
}

#[test]
fn ten_clicks_on_retry_make_one_message() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 2, Fault::LostReply);
    alone.ann.send(&alone.thread, "once");
    for _ in 0..10 {
        alone.world.pass(150);
        let rows = alone.ann.messages(&alone.thread);
        assert_eq!(rows.len(), 1, "one bubble");
        if let Some(entry) = &rows[0].client_id {
            alone.ann.core.retry(&alone.thread, entry);
        }
        alone.ann.core.retry_now();
    }
    alone.world.pass(20_000);
    assert_eq!(in_the_service(&alone), ["once"]);
}

#[test]
fn what_was_on_its_way_in_a_crash_is_sent_once_by_the_next_tab() {
    for (fault, crash_after_ms) in [
        (Fault::LostReply, 5),
        (Fault::LostReply, 15),
        (Fault::NotSent, 5),
        (Fault::Hangs, 500),
        (Fault::Late(9_000), 30),
    ] {
        let Alone { world, line, ann, thread } = Alone::new();
        line.fault("POST", "/messages", 1, fault.clone());
        ann.send(&thread, "first");
        ann.send(&thread, "second");
        world.pass(crash_after_ms);
        let machine = ann.crash();
        assert_eq!(machine.shelf(Shelf::Outbox).len(), 2, "{fault:?}");
        line.mend();
        let ann = App::open(&world, &line, &machine);
        ann.core.show(Some(thread.clone()));
        world.pass(10_000);
        assert_eq!(ann.texts(&thread), ["first", "second"], "{fault:?}");
        assert_eq!(machine.shelf(Shelf::Outbox), []);
        let alone = Alone { world, line, ann, thread };
        assert_eq!(in_the_service(&alone), ["first", "second"], "{fault:?}");
    }
}

#[test]
fn what_the_browser_threw_away_comes_back_and_is_sent_once() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.cut(Fault::NotSent);
    ann.send(&thread, "first");
    ann.send(&thread, "second");
    ann.core.set_draft(&thread, "and".to_owned());
    world.pass(2_000);
    let machine = ann.crash();
    let copies: Vec<_> = [Shelf::Outbox, Shelf::Drafts]
        .into_iter()
        .flat_map(|shelf| machine.shelf(shelf).into_iter().map(move |(key, value)| (shelf, key, value)))
        .collect();
    line.mend();
    // One arrives, or both, and the copy does not know.
    for lived_ms in [0, 30, 60, 3_000] {
        machine.throw_away(copies.clone());
        let ann = App::open(&world, &line, &machine);
        world.pass(lived_ms);
        drop(ann.crash());
    }
    machine.throw_away(copies);
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(10_000);
    assert_eq!(ann.texts(&thread), ["first", "second"]);
    assert_eq!(ann.core.model().drafts.text(&thread), "and");
    assert_eq!(machine.shelf(Shelf::Outbox), []);
    let alone = Alone { world, line, ann, thread };
    assert_eq!(in_the_service(&alone), ["first", "second"]);
}

#[test]
fn a_clock_that_is_set_back_does_not_change_the_order() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.cut(Fault::NotSent);
    ann.send(&thread, "first");
    world.pass(2_000);
    world.set_clock(world.now_ms() - 3_600_000);
    ann.send(&thread, "second");
    world.pass(2_000);
    let machine = ann.crash();
    world.set_clock(world.now_ms() - 3_600_000);
    machine.storage_ms.set(100);
    let ann = App::open(&world, &line, &machine);
    world.pass(50);
    ann.send(&thread, "third");
    world.pass(3_000);
    let machine = ann.crash();
    line.mend();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(10_000);
    assert_eq!(ann.texts(&thread), ["first", "second", "third"]);
}

#[test]
fn a_refused_change_does_not_come_back_over_a_newer_one() {
    let alone = Alone::new();
    alone.ann.send(&alone.thread, "one");
    alone.world.pass(3_000);
    let id = alone.ann.messages(&alone.thread)[0].id.clone().unwrap();
    alone.line.fault("PATCH", "/messages/", 1, Fault::Answer(400, vec![]));
    alone.ann.core.edit(&alone.thread, &id, "uno".into());
    alone.world.pass(10);
    alone.ann.core.edit(&alone.thread, &id, "eins".into());
    alone.world.pass(5_000);
    assert_eq!(alone.ann.core.model().outbox.iter().count(), 0, "nobody wants the first any more");
    assert_eq!(alone.ann.machine.shelf(Shelf::Outbox), []);
    assert_eq!(in_the_service(&alone), ["eins"]);
}

#[test]
fn two_tabs_do_not_send_each_other_s_entries() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.cut(Fault::NotSent);
    ann.send(&thread, "mine");
    world.pass(3_000);
    let other = App::open(&world, &line, &ann.machine);
    other.core.show(Some(thread.clone()));
    world.pass(3_000);
    assert_eq!(other.core.model().outbox.iter().count(), 0, "the first tab lives");
    line.mend();
    world.pass(60_000);
    let sends =
        line.take_made().into_iter().filter(|made| made.path.ends_with("/messages") && made.status == 201);
    assert_eq!(sends.count(), 1);
    assert_eq!(other.texts(&thread), ["mine"]);
}

#[test]
fn a_failed_send_survives_a_crash_as_failed() {
    let Alone { world, line, ann, thread } = Alone::new();
    line.fault("POST", "/messages", 1, Fault::Answer(400, vec![]));
    ann.send(&thread, "bad");
    world.pass(3_000);
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(3_000);
    assert!(matches!(ann.messages(&thread)[0].status, Status::Failed { .. }));
}

#[test]
fn a_pause_that_the_service_asks_for_is_kept_and_shown() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 1, Fault::Answer(429, vec![("Retry-After", "7")]));
    let sent_at = alone.world.now_ms();
    alone.ann.send(&alone.thread, "patience");
    alone.world.pass(1_000);
    let row = alone.ann.messages(&alone.thread).remove(0);
    let Status::Waiting { why: WaitReason::RateLimited { until } } = row.status else { panic!("{row:?}") };
    assert!((6_900..7_200).contains(&(until.as_ms() - sent_at)));
    alone.ann.core.retry_now();
    alone.world.pass(10_000);
    let sends: Vec<i64> = alone
        .line
        .take_made()
        .iter()
        .filter(|made| made.method == "POST")
        .map(|made| made.at_ms - sent_at)
        .collect();
    assert_eq!(sends.len(), 2);
    assert!(sends[1] >= 7_000, "{sends:?}");
    assert_eq!(alone.ann.texts(&alone.thread), ["patience"]);
}

#[test]
fn a_pause_is_kept_although_the_message_was_seen_before_it_was_asked_for() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 1, Fault::Twice(2_500, 429, vec![("Retry-After", "7")]));
    let sent_at = alone.world.now_ms();
    alone.ann.send(&alone.thread, "seen");
    alone.world.pass(2_000);
    assert_eq!(alone.ann.core.model().outbox.iter().count(), 0, "the list told of it");
    alone.world.pass(1_000);
    alone.ann.send(&alone.thread, "patience");
    alone.world.pass(12_000);
    let made = alone.line.take_made();
    let sends: Vec<i64> =
        made.iter().filter(|made| made.method == "POST").map(|made| made.at_ms - sent_at).collect();
    assert!(sends.len() == 2 && sends[1] >= 9_500, "{sends:?}");
    assert_eq!(alone.ann.texts(&alone.thread), ["seen", "patience"]);
}

#[test]
fn a_pause_is_kept_although_the_clock_was_set_back_while_it_was_asked_for() {
    let alone = Alone::new();
    alone.line.fault("POST", "/messages", 1, Fault::Answer(429, vec![("Retry-After", "7")]));
    alone.ann.send(&alone.thread, "patience");
    alone.world.pass(5);
    alone.world.set_clock(alone.world.now_ms() - 20_000);
    let sends = || {
        let made = alone.line.take_made();
        made.iter().filter(|made| made.method == "POST" && made.path.ends_with("/messages")).count()
    };
    alone.world.pass(6_500);
    assert_eq!(sends(), 1);
    alone.world.pass(3_000);
    assert_eq!(sends(), 1);
}

#[test]
fn texts_that_cannot_be_sent_are_kept_and_nobody_is_asked() {
    let alone = Alone::new();
    alone.ann.send(&alone.thread, "  ");
    let long = "好".repeat(10_000);
    alone.ann.send(&alone.thread, &long);
    alone.world.pass(3_000);
    let rows = alone.ann.messages(&alone.thread);
    assert_eq!(rows[0].status, Status::Failed { why: FailReason::Empty });
    assert_eq!(rows[1].status, Status::Failed { why: FailReason::TooLong { bytes: 30_000, limit: 28_672 } });
    assert_eq!(rows[1].source.as_ref(), Some(&long));
    assert!(alone.line.take_made().iter().all(|made| made.method != "POST"));
    alone.ann.core.retry(&alone.thread, rows[1].client_id.as_ref().unwrap());
    assert!(
        matches!(alone.ann.messages(&alone.thread)[1].status, Status::Failed { .. }),
        "it is still too long"
    );
}

#[test]
fn edits_and_deletions_survive_a_bad_line() {
    let alone = Alone::new();
    alone.ann.send(&alone.thread, "one");
    alone.ann.send(&alone.thread, "two");
    alone.world.pass(3_000);
    let ids: Vec<_> = alone.ann.messages(&alone.thread).into_iter().map(|row| row.id.unwrap()).collect();
    alone.line.fault("PATCH", "/messages/", 1, Fault::LostReply);
    alone.line.fault("DELETE", "/messages/", 2, Fault::Answer(503, vec![]));
    alone.ann.core.edit(&alone.thread, &ids[0], "uno".into());
    alone.ann.core.delete(&alone.thread, &ids[1]);
    alone.world.pass(40_000);
    assert_eq!(in_the_service(&alone), ["uno", "(deleted)"]);
    assert_eq!(alone.ann.machine.shelf(Shelf::Outbox), []);
}

#[test]
fn a_row_keeps_its_key_through_everything() {
    let alone = Alone::new();
    let key = || alone.ann.timeline(&alone.thread).items.last().unwrap().key.clone();
    alone.line.fault("POST", "/messages", 1, Fault::LostReply);
    alone.ann.send(&alone.thread, "hi");
    let first = key();
    for _ in 0..2_000 {
        alone.world.pass(10);
        assert_eq!(key(), first);
        assert_eq!(alone.ann.messages(&alone.thread).len(), 1);
    }
    assert_eq!(alone.ann.messages(&alone.thread)[0].status, Status::Accepted);
}

#[test]
fn a_denied_or_hanging_storage_is_told_and_does_not_stop_sending() {
    for hanging in [false, true] {
        let Alone { world, line, ann, thread } = Alone::new();
        drop(ann);
        let machine: Rc<Machine> = Rc::default();
        machine.denied.set(true);
        machine.hanging.set(hanging);
        let ann = App::open(&world, &line, &machine);
        let core = Rc::clone(&ann.core);
        world.wait(async move { core.sign_in_by_name("Ann").await }).unwrap();
        ann.core.show(Some(thread.clone()));
        world.pass(8_000);
        assert!(!ann.core.storage_works());
        assert!(ann.core.storage_read());
        ann.send(&thread, "still");
        world.pass(8_000);
        assert_eq!(ann.texts(&thread), ["still"]);
        assert_eq!(ann.messages(&thread)[0].status, Status::Accepted);
    }
}

#[test]
fn garbage_in_the_storage_is_left_alone() {
    let Alone { world, line, ann, thread } = Alone::new();
    let machine = ann.crash();
    for (number, text) in
        ["", "{", "null", "[1]", r#"{"id":"x"}"#, r#"{"id":7,"state":"Sending"}"#].iter().enumerate()
    {
        machine.put(Shelf::Outbox, &number.to_string(), text);
        machine.put(Shelf::Drafts, &format!("garbage{number}"), text);
        machine.put(Shelf::ReadMarks, &format!("8:acs:x\n{number}"), text);
    }
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    ann.send(&thread, "fine");
    world.pass(5_000);
    assert_eq!(ann.texts(&thread), ["fine"]);
}

#[test]
fn replies_and_polls_in_any_order_make_one_bubble() {
    // O7: the reply comes this long after the send, the polls go on meanwhile.
    for delay in (0..3_000).step_by(75) {
        let Pair { world, line, ann, bob, thread } = Pair::new();
        line.fault("POST", "/messages", 1, Fault::Late(delay));
        ann.send(&thread, "hi");
        for _ in 0..50 {
            world.pass(100);
            assert_eq!(ann.texts(&thread), ["hi"], "after {delay} ms");
        }
        assert_eq!(ann.messages(&thread)[0].status, Status::Accepted);
        assert_eq!(bob.texts(&thread), ["hi"]);
    }
}

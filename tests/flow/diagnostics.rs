//! What a person can see of the plan, the outbox and the line.

use natter::model::rows::Connection;
use natter::platform::PageEvent;
use natter::sync::plan::{Ask, Why};

use crate::world::{Fault, Pair};

#[test]
fn what_is_shown_is_what_happens() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    bob.send(&thread, "hello");
    world.pass(5_000);
    // The minute before this is another matter.
    world.pass(61_000);
    line.take_made();
    world.pass(60_000);
    let seen = ann.core.diagnostics().unwrap();
    let before = line.take_made();
    bob.core.sign_out();
    assert_eq!((seen.endpoint.as_str(), &seen.connection), ("http://localhost:8080", &Connection::UpToDate));
    assert!(seen.reads > 10, "{}", seen.reads);
    let lists = before.iter().filter(|made| made.path.ends_with("/messages")).count();
    assert!(seen.reads < lists, "{} of {lists}: those of this tab alone", seen.reads);
    assert!(seen.answered.iter().all(|answered| answered.well && answered.took_ms >= 20));
    assert_eq!((seen.waiting, seen.refused, seen.oldest_ms), (0, 0, None));
    let token_h = seen.token_ms.unwrap() / 3_600_000;
    assert!((1..=24).contains(&token_h), "{token_h}");

    // What is said to be next is.
    world.pass(1_000);
    line.take_made();
    let seen = ann.core.diagnostics().unwrap();
    let next = seen.plan.iter().find(|due| due.ask == Ask::Messages(thread.clone())).unwrap();
    assert_eq!(next.why, Why::Quiet, "nothing was said for a minute");
    let wait_ms = next.at_ms - seen.now_ms;
    world.pass(wait_ms - 1);
    let lists =
        |made: Vec<crate::world::Made>| made.iter().filter(|made| made.path.ends_with("/messages")).count();
    assert_eq!(lists(line.take_made()), 0);
    world.pass(2);
    assert_eq!(lists(line.take_made()), 1);

    // Looking asks nothing.
    world.pass(100);
    line.take_made();
    for _ in 0..100 {
        assert!(ann.core.diagnostics().is_some());
    }
    world.settle();
    assert_eq!(line.take_made(), []);

    line.cut(Fault::NotSent);
    ann.tab.tell(PageEvent::Offline);
    ann.send(&thread, "waits");
    world.pass(30_000);
    let seen = ann.core.diagnostics().unwrap();
    assert!(matches!(seen.connection, Connection::Offline { .. }), "{:?}", seen.connection);
    assert_eq!((seen.waiting, seen.oldest_ms), (1, Some(30_000)));
    assert!(seen.answered.last().is_some_and(|answered| !answered.well));
    ann.core.sign_out();
    assert_eq!(ann.core.diagnostics(), None);
}

//! One story each, through everything a person can do.

use std::rc::Rc;

use acs_chat::{API_VERSION, HttpRequest, Method};
use natter::model::rows::{
    Access, Connection, History, ItemKind, PreviewAuthor, PreviewWords, Status, SystemNote, TimelineState,
};

use natter::platform::{PageEvent, Shelf};

use crate::world::{Alone, App, Line, ORIGIN, Pair, World, named};

#[test]
fn what_ann_sends_is_soon_seen_by_bob() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let mut waits = Vec::new();
    for number in 0..25 {
        let text = format!("m{number}");
        ann.send(&thread, &text);
        let sent_at = world.now_ms();
        while bob.texts(&thread).last() != Some(&text) {
            world.pass(10);
            assert!(world.now_ms() - sent_at < 5_000, "not seen");
        }
        waits.push(world.now_ms() - sent_at);
        world.pass(2_500 + i64::from(number) * 37);
    }
    waits.sort_unstable();
    assert!(waits[12] <= 1_200, "median {} ms of {waits:?}", waits[12]);
    assert!(line.take_made().iter().all(|made| made.status != 429), "within the limits");
    assert_eq!(ann.messages(&thread).len(), 25);
    assert!(ann.messages(&thread).iter().all(|row| row.status == Status::Accepted && row.own));
}

#[test]
fn a_conversation_with_edits_deletions_and_receipts() {
    let Pair { world, ann, bob, thread, .. } = Pair::new();
    ann.send(&thread, "helo");
    ann.send(&thread, "second");
    world.pass(3_000);
    let first = ann.messages(&thread)[0].clone();
    ann.core.edit(&thread, &first.id.clone().unwrap(), "hello".into());
    assert_eq!(ann.texts(&thread), ["hello", "second"], "shown at once");
    world.pass(3_000);
    assert_eq!(bob.texts(&thread), ["hello", "second"]);
    assert!(bob.messages(&thread)[0].edited);
    let second = ann.messages(&thread)[1].id.clone().unwrap();
    ann.core.delete(&thread, &second);
    world.pass(3_000);
    assert_eq!(bob.texts(&thread), ["hello", "(deleted)"]);

    bob.core.seen(&thread, &second);
    world.pass(8_000);
    let seen: Vec<usize> = ann.messages(&thread).iter().map(|row| row.seen_by.len()).collect();
    assert_eq!(seen, [0, 1]);
    assert_eq!(ann.messages(&thread)[1].seen_by[0].name, "Bob");
}

#[test]
fn a_thread_tells_when_it_is_deleted_and_what_applications_keep_with_it() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let details = bob.core.model().details(&thread, None);
    assert_eq!((details.deleted_after_days, details.metadata.len()), (None, 0), "as threads are made here");

    // Another application says so: the app itself has no button for it.
    let change = |body: serde_json::Value| {
        let kept = ann.machine.session.borrow().clone().unwrap();
        let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
        let response = line.serve(HttpRequest {
            method: Method::Patch,
            url: format!("{ORIGIN}/chat/threads/{thread}?api-version={API_VERSION}"),
            headers: vec![
                ("Authorization", format!("Bearer {}", kept["token"].as_str().unwrap())),
                ("Content-Type", "application/merge-patch+json".to_owned()),
            ],
            body: Some(body.to_string().into_bytes()),
        });
        assert_eq!(response.status, 204);
    };
    let details_anew = || {
        let app = App::open(&world, &line, &bob.machine);
        app.core.show(Some(thread.clone()));
        world.pass(6_000);
        app.core.model().details(&thread, None)
    };
    change(serde_json::json!({
        "retentionPolicy": {"kind": "threadCreationDate", "deleteThreadAfterDays": 45},
        "metadata": {"case": "4711", "לקוח": "שלום"},
    }));
    let details = details_anew();
    assert_eq!(details.deleted_after_days, Some(45));
    let kept: Vec<_> = details.metadata.iter().map(|(key, value)| (key, value.as_str())).collect();
    assert_eq!(kept, [("case", "4711"), ("לקוח", "שלום")]);

    change(serde_json::json!({"retentionPolicy": {"kind": "none"}, "metadata": {"case": null}}));
    let details = details_anew();
    assert_eq!((details.deleted_after_days, details.metadata.len()), (None, 1));
}

#[test]
fn unread_messages_are_counted_and_previewed_in_threads_that_are_not_open() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    bob.core.show(None);
    ann.send(&thread, "one");
    ann.send(&thread, "two");
    world.pass(10_000);
    let row = bob.core.model().rows().remove(0);
    assert_eq!((row.topic.as_str(), row.unread), ("Lunch", 2));
    let preview = row.preview.unwrap();
    assert_eq!(preview.author, PreviewAuthor::Other("Ann".into()));
    assert_eq!(preview.words, PreviewWords::Said("two".into()));
    assert_eq!(bob.core.model().unread_total(), 2);
    assert_eq!(ann.core.model().unread_total(), 0);

    bob.core.show(Some(thread.clone()));
    world.pass(2_000);
    let items = bob.timeline(&thread).items;
    let place = items.iter().position(|item| item.kind == ItemKind::Unread { count: 2 }).unwrap();
    let newest = bob.messages(&thread).last().unwrap().id.clone().unwrap();
    bob.core.seen(&thread, &newest);
    world.pass(5_000);
    assert_eq!(bob.core.model().unread_total(), 0);
    let items = bob.timeline(&thread).items;
    assert_eq!(items.iter().position(|item| item.kind == ItemKind::Unread { count: 2 }), Some(place));

    // Another machine of Bob's knows it from the service.
    let machine = bob.machine.session.borrow().clone();
    let other = Rc::new(crate::world::Machine::default());
    *other.session.borrow_mut() = machine;
    let again = App::open(&world, &line, &other);
    world.pass(5_000);
    assert_eq!(again.core.model().unread_total(), 0);
    assert_eq!(again.core.model().rows().len(), 1);
}

#[test]
fn adding_without_history_removing_leaving_and_deleting() {
    let world = World::new();
    let line = Line::new(&world);
    let (ann, bob, cleo) =
        (App::of(&world, &line, "Ann"), App::of(&world, &line, "Bob"), App::of(&world, &line, "Cleo"));
    let thread = ann.create("Plans", &["Bob"]);
    for app in [&ann, &bob] {
        app.core.show(Some(thread.clone()));
    }
    ann.send(&thread, "before");
    world.pass(4_000);

    let (core, id) = (Rc::clone(&ann.core), thread.clone());
    let added =
        world.wait(async move { core.add_people(&id, vec![named("Cleo")], History::None).await }).unwrap();
    assert_eq!((added.added, added.failed.len()), (1, 0));
    ann.send(&thread, "after");
    world.pass(10_000);
    cleo.core.show(Some(thread.clone()));
    world.pass(3_000);
    assert_eq!(cleo.texts(&thread), ["after"], "nothing of the past");
    let details = ann.core.model().details(&thread, Some(20));
    assert_eq!(details.people.len(), 3);
    let row = details.people.iter().find(|row| row.person.name == "Cleo").unwrap();
    assert!(row.history_from.is_some() && row.since.is_some());
    assert!(details.people.iter().filter(|row| row.me).count() == 1);

    let (core, id) = (Rc::clone(&ann.core), thread.clone());
    let who = cleo.core.session().unwrap().me;
    world.wait(async move { core.remove_person(&id, &who).await }).unwrap();
    world.pass(8_000);
    let view = cleo.timeline(&thread);
    let TimelineState::NoAccess { access: Access::Removed, said } = view.state else {
        panic!("{:?}", view.state)
    };
    assert!(said.starts_with("403"), "{said}");
    assert_eq!(ann.core.model().details(&thread, Some(20)).people.len(), 2);

    let (core, id) = (Rc::clone(&bob.core), thread.clone());
    world.wait(async move { core.leave(&id).await }).unwrap();
    world.pass(8_000);
    let last = ann.timeline(&thread).items.pop().unwrap();
    let ItemKind::System { note: SystemNote::Left { who }, .. } = last.kind else { panic!("{last:?}") };
    assert_eq!(who.name, "Bob");

    let (core, id) = (Rc::clone(&ann.core), thread.clone());
    world.wait(async move { core.rename(&id, " Other plans ").await }).unwrap();
    assert_eq!(ann.core.model().rows()[0].topic, "Other plans");
    world.pass(5_000);
    let (core, id) = (Rc::clone(&ann.core), thread.clone());
    world.wait(async move { core.delete_thread(&id).await }).unwrap();
    ann.core.show(None);
    world.pass(6_000);
    assert_eq!(ann.core.model().rows(), []);
}

#[test]
fn history_comes_page_by_page() {
    let Alone { world, line, ann, thread } = Alone::new();
    for number in 0..320 {
        ann.send(&thread, &number.to_string());
    }
    // At the service's pace of 28 a minute.
    world.pass(13 * 60_000);
    assert_eq!(ann.texts(&thread).len(), 320);
    assert!(line.take_made().iter().all(|made| made.status != 429));

    let machine = ann.crash();
    machine.forget(Shelf::Replies);
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(2_000);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
    let view = ann.timeline(&thread);
    assert_eq!((view.state, view.has_older, ann.texts(&thread).len()), (TimelineState::Ready, true, 50));
    // The largest page there is, with all that was here in it; then those behind it are as large.
    for here in [200, 320] {
        ann.core.load_older(&thread);
        assert!(ann.timeline(&thread).loading_older);
        world.pass(1_000);
        assert_eq!((ann.texts(&thread).len(), ann.timeline(&thread).has_older), (here, here < 320));
    }
    let expected: Vec<String> = (0..320).map(|number| number.to_string()).collect();
    assert_eq!(ann.texts(&thread), expected);
    let view = ann.timeline(&thread);
    assert_eq!((view.has_older, view.loading_older), (false, false));
    assert!(matches!(view.items[1].kind, ItemKind::System { note: SystemNote::Created { .. }, .. }));
}

#[test]
fn history_brings_nothing_newer_than_what_is_known() {
    let Alone { world, line, ann, thread } = Alone::new();
    for number in 0..60 {
        ann.send(&thread, &number.to_string());
    }
    world.pass(3 * 60_000);
    let machine = ann.crash();
    machine.forget(Shelf::Replies);
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(2_000);
    ann.tab.tell(PageEvent::Hidden);
    world.pass(1_000);
    // There may be more between this and what is here, and the page of history was not asked for it.
    line.say(&ann.token(), &thread, "new");
    ann.core.load_older(&thread);
    world.pass(300);
    let expected: Vec<String> = (0..60).map(|number| number.to_string()).collect();
    assert_eq!(ann.texts(&thread), expected);
    ann.tab.tell(PageEvent::Woken);
    world.pass(2_000);
    assert_eq!(ann.texts(&thread).last().map(String::as_str), Some("new"));
}

#[test]
fn an_expired_link_into_the_history_is_found_again() {
    let Alone { world, line, ann, thread } = Alone::new();
    for number in 0..230 {
        ann.send(&thread, &number.to_string());
    }
    world.pass(9 * 60_000);
    let machine = ann.crash();
    machine.forget(Shelf::Replies);
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(2_000);
    assert_eq!(ann.texts(&thread).len(), 50);
    ann.core.load_older(&thread);
    world.pass(2_000);
    assert_eq!(ann.texts(&thread).len(), 200);
    line.fault("GET", "syncState", 1, crate::world::Fault::Answer(400, vec![]));
    ann.core.load_older(&thread);
    world.pass(2_000);
    assert_eq!(ann.texts(&thread).len(), 230);
    assert!(!ann.timeline(&thread).has_older);
}

#[test]
fn people_are_found_by_the_beginning_of_their_names() {
    let Alone { world, ann, line, .. } = Alone::new();
    let _bruno = App::of(&world, &line, "Bruno");
    let core = Rc::clone(&ann.core);
    let found = world.wait(async move { core.people_like("b").await });
    let names: Vec<&str> = found.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Bob", "Bruno"]);
}

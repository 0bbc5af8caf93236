//! What can be read without the service: what it said last time.

use natter::model::rows::Connection;
use natter::platform::{PageEvent, Shelf};

use crate::world::{Alone, App, Fault, Pair};

#[test]
fn a_cold_start_without_the_service_shows_the_last_conversation() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let other = ann.create("Another", &["Bob"]);
    world.pass(2_000);
    bob.send(&thread, "first");
    bob.send(&thread, "second");
    world.pass(5_000);
    let bobs = bob.messages(&thread);
    ann.send(&thread, "third");
    ann.core.set_draft(&thread, "half a tho".into());
    world.pass(5_000);
    let before = (ann.timeline(&thread), ann.core.model().rows());
    let machine = ann.crash();
    // The crash stopped everybody.
    line.cut(Fault::NotSent);
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(3_000);
    assert!(matches!(ann.core.connection(), Connection::Offline { .. }), "{:?}", ann.core.connection());
    assert_eq!(ann.texts(&thread), ["first", "second", "third"]);
    assert_eq!(ann.timeline(&thread).items.len(), before.0.items.len());
    let names = |rows: &[natter::model::rows::ThreadRow]| -> Vec<String> {
        rows.iter().map(|row| row.topic.clone()).collect()
    };
    assert_eq!(names(&ann.core.model().rows()), names(&before.1));
    assert!(ann.core.model().thread(&other).is_some());
    assert_eq!(ann.core.draft(&thread), "half a tho");
    ann.send(&thread, "written offline");
    world.pass(1_000);

    // Meanwhile, an older message is changed, another one taken back, and more is said.
    line.mend();
    line.cut(Fault::NotSent);
    let token = bob.token();
    let ids: Vec<_> = bobs.iter().map(|row| row.id.clone().unwrap()).collect();
    let change =
        acs_chat::UpdateChatMessageRequest { content: Some("FIRST".to_owned()), ..Default::default() };
    line.ask(&token, &acs_chat::requests::update_message(&thread, &ids[0], &change).unwrap());
    line.ask(&token, &acs_chat::requests::delete_message(&thread, &ids[1]).unwrap());
    line.say(&token, &thread, "fourth");
    line.mend();
    ann.tab.tell(PageEvent::Online);
    world.pass(5_000);
    assert_eq!(ann.core.connection(), Connection::UpToDate);
    assert_eq!(ann.texts(&thread), ["FIRST", "(deleted)", "third", "fourth", "written offline"]);
}

#[test]
fn a_long_thread_is_kept_in_part_and_goes_on_from_there() {
    let Alone { world, line, ann, thread } = Alone::new();
    let bob = App::of(&world, &line, "Bob");
    let token = bob.token();
    for number in 0..260 {
        line.say(&token, &thread, &format!("words {number}"));
        world.pass(2_100);
    }
    world.pass(3_000);
    assert_eq!(ann.texts(&thread).len(), 260);
    let machine = ann.crash();
    line.cut(Fault::NotSent);
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(2_000);
    let texts = ann.texts(&thread);
    assert_eq!((texts.len(), texts.last().map(String::as_str)), (200, Some("words 259")));
    line.mend();
    ann.tab.tell(PageEvent::Online);
    world.pass(3_000);
    while ann.timeline(&thread).has_older {
        ann.core.load_older(&thread);
        world.pass(1_000);
    }
    let all: Vec<String> = (0..260).map(|number| format!("words {number}")).collect();
    assert_eq!(ann.texts(&thread), all);
}

#[test]
fn a_thread_that_is_mine_no_more_is_not_kept() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    bob.send(&thread, "secret");
    world.pass(5_000);
    let kept = |machine: &crate::world::Machine| -> String {
        machine.shelf(Shelf::Replies).into_iter().map(|(_, text)| text).collect()
    };
    assert!(kept(&ann.machine).contains("secret"));
    let (bob_token, me) = (bob.token(), ann.core.session().unwrap().me);
    let machine = ann.crash();
    let who = acs_chat::CommunicationIdentifier::from_raw_id(me.as_str());
    line.ask(&bob_token, &acs_chat::requests::remove_participant(&thread, &who).unwrap());
    let ann = App::open(&world, &line, &machine);
    world.pass(10_000);
    drop(ann.crash());
    let ann = App::open(&world, &line, &machine);
    world.pass(10_000);
    assert_eq!(ann.texts(&thread), Vec::<String>::new());
    assert!(!kept(&machine).contains("secret"));
}

#[test]
fn what_arrived_while_its_tab_died_is_shown_once() {
    let Alone { world, line, ann, thread } = Alone::new();
    let second = App::open(&world, &line, &ann.machine);
    second.core.show(Some(thread.clone()));
    world.pass(3_000);
    line.fault("POST", "/messages", 1, Fault::Late(60_000));
    ann.send(&thread, "once");
    world.pass(100);
    let machine = ann.crash();
    assert_eq!(machine.shelf(Shelf::Outbox).len(), 1, "nobody knows that it has arrived");
    world.pass(5_000);
    assert_eq!(second.texts(&thread), ["once"]);
    line.cut(Fault::NotSent);
    let third = App::open(&world, &line, &machine);
    third.core.show(Some(thread.clone()));
    world.pass(500);
    assert_eq!(third.texts(&thread), ["once"]);
    line.mend();
    world.pass(10_000);
    assert_eq!(third.texts(&thread), ["once"]);
    assert_eq!(machine.shelf(Shelf::Outbox), []);
}

#[test]
fn what_was_read_without_the_service_is_told_later_and_once() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    let other = ann.create("Another", &["Bob"]);
    bob.send(&thread, "read me");
    world.pass(5_000);
    let message = ann.messages(&thread)[0].id.clone().unwrap();
    line.cut(Fault::NotSent);
    ann.tab.tell(PageEvent::Offline);
    ann.core.seen(&thread, &message);
    world.pass(24 * 3_600_000);
    let machine = ann.crash();
    // Not even who is in it is known.
    machine.forget(Shelf::Replies);
    line.mend();
    let told = |line: &crate::world::Line| {
        let told = |made: &crate::world::Made| made.method == "POST" && made.path.ends_with("/readReceipts");
        line.take_made().iter().filter(|made| told(made)).count()
    };
    let begin = || {
        line.take_made();
        let app = App::open(&world, &line, &machine);
        app.core.show(Some(other.clone()));
        world.pass(40_000);
        app
    };
    let ann = begin();
    assert_eq!(told(&line), 1);
    let ann_id = ann.core.session().unwrap().me;
    bob.core.show(None);
    bob.core.show(Some(thread.clone()));
    world.pass(40_000);
    let seen_by: Vec<_> = bob.messages(&thread)[0].seen_by.iter().map(|who| who.id.clone()).collect();
    assert_eq!(seen_by, [ann_id]);
    drop(ann.crash());
    drop(begin());
    assert_eq!(told(&line), 0, "it has been told");
}

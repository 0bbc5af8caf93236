//! Changes of a thread itself: topic, people, leaving. They wait for a service as messages do, and are made once.

use std::rc::Rc;

use acs_chat::ThreadId;
use natter::model::rows::{
    Access, ActionError, AddOutcome, FailReason, History, PendingChange, Status, TimelineState, WaitReason,
};
use natter::platform::{PageEvent, Shelf};

use crate::world::{App, Fault, Line, Pair, World, named};

/// Longer than the directory has names.
const NOBODY: &str = "Nobody of this name, which is too long for anybody to be called by it at all";

fn rename(world: &World, app: &App, thread: &ThreadId, topic: &str) -> Result<(), ActionError> {
    let (core, thread, topic) = (Rc::clone(&app.core), thread.clone(), topic.to_owned());
    world.wait(async move { core.rename(&thread, &topic).await })
}

fn add(world: &World, app: &App, thread: &ThreadId, names: &[&str]) -> Result<AddOutcome, ActionError> {
    add_with(world, app, thread, names, History::All)
}

fn add_with(
    world: &World,
    app: &App,
    thread: &ThreadId,
    names: &[&str],
    history: History,
) -> Result<AddOutcome, ActionError> {
    let (core, thread) = (Rc::clone(&app.core), thread.clone());
    let people = names.iter().map(|name| named(name)).collect();
    world.wait(async move { core.add_people(&thread, people, history).await })
}

fn take_out(world: &World, app: &App, thread: &ThreadId, whom: &App) -> Result<(), ActionError> {
    let (core, thread) = (Rc::clone(&app.core), thread.clone());
    let who = whom.core.session().unwrap().me;
    world.wait(async move {
        let me = core.session().unwrap().me == who;
        if me { core.leave(&thread).await } else { core.remove_person(&thread, &who).await }
    })
}

fn topic(app: &App, thread: &ThreadId) -> String {
    app.core.model().details(thread, None).topic
}

fn people(app: &App, thread: &ThreadId) -> Vec<String> {
    let details = app.core.model().details(thread, None);
    let mut names: Vec<String> = details.people.into_iter().map(|row| row.person.name).collect();
    names.sort();
    names
}

/// The changes that were asked for and got through to the service.
fn changes(line: &Line) -> Vec<&'static str> {
    let told = |made: &crate::world::Made| {
        let part = |end: &str| made.path.contains(end);
        let about = part("/participants") || made.method == "PATCH" && !part("/messages");
        about && made.method != "GET"
    };
    line.take_made().into_iter().filter(told).map(|made| made.method).collect()
}

#[test]
fn changes_made_offline_wait_through_a_day_and_a_reload_and_are_made_once() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    drop(App::of(&world, &line, "Cleo"));
    line.cut(Fault::NotSent);
    ann.tab.tell(PageEvent::Offline);
    world.pass(1_000);
    assert_eq!(rename(&world, &ann, &thread, "Dinner"), Ok(()));
    world.pass(1_000);
    ann.send(&thread, "in between");
    assert_eq!(add(&world, &ann, &thread, &["Cleo"]), Ok(AddOutcome::default()));
    assert_eq!(take_out(&world, &ann, &thread, &bob), Ok(()));
    assert_eq!(rename(&world, &ann, &thread, "Supper"), Ok(()), "in the place of the first");
    world.pass(5_000);
    let offline = || Status::Waiting { why: WaitReason::Offline };
    let waiting = [
        (PendingChange::Add(vec!["Cleo".to_owned()]), offline()),
        (PendingChange::TakeOut("Bob".to_owned()), offline()),
        (PendingChange::Rename("Supper".to_owned()), offline()),
    ];
    assert_eq!(ann.pending(&thread), waiting);
    assert_eq!(topic(&ann, &thread), "Lunch", "what is not so yet is not shown as such");

    world.pass(24 * 3_600_000);
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(3_000);
    assert_eq!(ann.pending(&thread), waiting);

    line.mend();
    line.take_made();
    ann.tab.tell(PageEvent::Online);
    world.pass(20_000);
    assert_eq!(changes(&line), ["POST", "POST", "PATCH"]);
    assert_eq!((ann.pending(&thread), topic(&ann, &thread)), (vec![], "Supper".to_owned()));
    assert_eq!(people(&ann, &thread), ["Ann", "Cleo"]);
    assert_eq!(ann.texts(&thread), ["in between"]);
    assert_eq!(machine.shelf(Shelf::Outbox), []);
}

#[test]
fn a_change_whose_reply_is_lost_is_looked_for_and_not_made_again() {
    for (method, path) in [("PATCH", ""), ("POST", "/participants/:add"), ("POST", "/participants/:remove")] {
        for crash in [false, true] {
            let Pair { world, line, mut ann, bob, thread } = Pair::new();
            drop(App::of(&world, &line, "Cleo"));
            line.take_made();
            let fault = if crash { Fault::Late(60_000) } else { Fault::LostReply };
            line.fault(method, path, 1, fault);
            if crash {
                // The page ends while it waits.
                let (core, id, who) = (Rc::clone(&ann.core), thread.clone(), bob.core.session().unwrap().me);
                world.spawn_in(
                    ann.tab.group,
                    Box::pin(async move {
                        if method == "PATCH" {
                            drop(core.rename(&id, "Dinner").await);
                        } else if path.ends_with("add") {
                            drop(core.add_people(&id, vec![named("Cleo")], History::All).await);
                        } else {
                            drop(core.remove_person(&id, &who).await);
                        }
                    }),
                );
                world.pass(200);
                let machine = ann.crash();
                assert_eq!(machine.shelf(Shelf::Outbox).len(), 1, "{method} {path}: written down before");
                ann = App::open(&world, &line, &machine);
                ann.core.show(Some(thread.clone()));
            } else {
                let said = match (method, path) {
                    ("PATCH", _) => rename(&world, &ann, &thread, "Dinner"),
                    (_, "/participants/:add") => add(&world, &ann, &thread, &["Cleo"]).map(drop),
                    _ => take_out(&world, &ann, &thread, &bob),
                };
                assert_eq!(said, Ok(()), "{method} {path}: nothing failed");
            }
            world.pass(20_000);
            assert_eq!(changes(&line), [method], "{path}");
            assert_eq!(ann.pending(&thread), [], "{method} {path}");
            assert_eq!(ann.machine.shelf(Shelf::Outbox), []);
            match (method, path) {
                ("PATCH", _) => assert_eq!(topic(&ann, &thread), "Dinner"),
                (_, "/participants/:add") => assert_eq!(people(&ann, &thread), ["Ann", "Bob", "Cleo"]),
                _ => assert_eq!(people(&ann, &thread), ["Ann"]),
            }
        }
    }
}

#[test]
fn a_change_that_never_arrived_is_made_after_looking() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    // A proxy took them, and nobody knows what became of them.
    line.fault("PATCH", "", 1, Fault::Answer(504, Vec::new()));
    line.fault("POST", "/participants/:remove", 1, Fault::Answer(504, Vec::new()));
    assert_eq!(rename(&world, &ann, &thread, "Dinner"), Ok(()));
    assert_eq!(take_out(&world, &ann, &thread, &bob), Ok(()));
    world.pass(30_000);
    assert_eq!((topic(&ann, &thread), people(&ann, &thread)), ("Dinner".to_owned(), vec!["Ann".to_owned()]));
    assert_eq!(changes(&line), ["PATCH", "PATCH", "POST", "POST"]);
    assert_eq!(ann.pending(&thread), []);
}

#[test]
fn a_refusal_is_told_at_once_or_in_the_conversation() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.fault("PATCH", "", 1, Fault::Answer(403, Vec::new()));
    assert_eq!(rename(&world, &ann, &thread, "Dinner"), Err(ActionError::NotAllowed));
    let outcome = add(&world, &ann, &thread, &[NOBODY]).unwrap();
    assert_eq!((outcome.added, outcome.failed.len()), (0, 1));
    assert_eq!((ann.pending(&thread), ann.machine.shelf(Shelf::Outbox)), (vec![], vec![]));

    // The same, found out later.
    line.cut(Fault::NotSent);
    ann.tab.tell(PageEvent::Offline);
    world.pass(1_000);
    rename(&world, &ann, &thread, "Dinner").unwrap();
    add(&world, &ann, &thread, &[NOBODY, "Cleo"]).unwrap();
    ann.send(&thread, "behind them");
    line.mend();
    drop(App::of(&world, &line, "Cleo"));
    line.fault("PATCH", "", 1, Fault::Answer(403, Vec::new()));
    ann.tab.tell(PageEvent::Online);
    world.pass(20_000);
    let failed = |app: &App| {
        let pending = app.pending(&thread);
        let [
            (first, Status::Failed { why }),
            (second, Status::Failed { why: FailReason::Refused { message } }),
        ] = &pending[..]
        else {
            panic!("{pending:?}")
        };
        assert_eq!((first, why), (&PendingChange::Rename("Dinner".to_owned()), &FailReason::NotMember));
        assert_eq!(second, &PendingChange::Add(vec![NOBODY.to_owned()]), "Cleo was added");
        assert!(message.starts_with(&format!("{NOBODY}: ")), "{message}");
    };
    failed(&ann);
    assert_eq!(bob.texts(&thread), ["behind them"], "nothing waits for what was refused");
    assert_eq!(people(&ann, &thread), ["Ann", "Bob", "Cleo"]);

    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(5_000);
    failed(&ann);
    let entries: Vec<_> = ann.core.model().outbox.iter().map(|entry| entry.id.clone()).collect();
    ann.core.retry(&thread, &entries[0]);
    ann.core.discard(&thread, &entries[1]);
    world.pass(5_000);
    assert_eq!((ann.pending(&thread), topic(&ann, &thread)), (vec![], "Dinner".to_owned()));
    assert_eq!(machine.shelf(Shelf::Outbox), []);
}

#[test]
fn one_can_leave_offline_and_is_out_once_there_is_a_service() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.cut(Fault::NotSent);
    bob.tab.tell(PageEvent::Offline);
    world.pass(1_000);
    assert_eq!(take_out(&world, &bob, &thread, &bob), Ok(()));
    bob.core.show(None);
    assert_eq!(bob.pending(&thread)[0].0, PendingChange::Leave);
    assert_eq!(bob.core.model().rows().len(), 1, "it is there until it is left");
    line.mend();
    line.fault("POST", "/participants/:remove", 1, Fault::LostReply);
    bob.tab.tell(PageEvent::Online);
    world.pass(20_000);
    // The service still lists it.
    assert!(bob.core.model().rows().iter().all(|row| row.access == Access::Removed && row.preview.is_none()));
    assert_eq!(bob.machine.shelf(Shelf::Outbox), []);
    assert_eq!(people(&ann, &thread), ["Ann"]);
}

#[test]
fn who_is_let_in_again_with_all_of_the_past_sees_all_of_it() {
    const PAST: usize = 60;
    for noticed in [true, false] {
        let Pair { world, line, ann, bob: _bob, thread } = Pair::new();
        let cleo = App::of(&world, &line, "Cleo");
        for number in 0..PAST {
            line.say(&ann.token(), &thread, &format!("past {number}"));
            world.pass(3_000);
        }
        world.pass(6_000);
        add_with(&world, &ann, &thread, &["Cleo"], History::None).unwrap();
        ann.send(&thread, "welcome");
        world.pass(8_000);
        cleo.core.show(Some(thread.clone()));
        world.pass(8_000);
        assert_eq!(cleo.texts(&thread), ["welcome"], "nothing of the past");

        if !noticed {
            cleo.tab.tell(PageEvent::Hidden);
        }
        take_out(&world, &ann, &thread, &cleo).unwrap();
        world.pass(if noticed { 8_000 } else { 300 });
        let out = matches!(cleo.timeline(&thread).state, TimelineState::NoAccess { .. });
        assert_eq!(out, noticed);
        add(&world, &ann, &thread, &["Cleo"]).unwrap();
        cleo.tab.tell(PageEvent::Woken);
        world.pass(8_000);
        while cleo.timeline(&thread).has_older {
            cleo.core.load_older(&thread);
            world.pass(2_000);
        }
        let mut said: Vec<String> = (0..PAST).map(|number| format!("past {number}")).collect();
        said.push("welcome".to_owned());
        assert_eq!(cleo.texts(&thread), said, "noticed: {noticed}");
    }
}

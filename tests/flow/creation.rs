//! New threads: made once, also when the service cannot be asked; until then they can be written to.

use std::rc::Rc;

use acs_chat::ThreadId;
use natter::model::creation::is_to_be;
use natter::model::priority::Priority;
use natter::model::rows::{
    Access, ActionError, AddOutcome, FailReason, InvalidInput, PendingChange, Status, WaitReason,
};
use natter::platform::{PageEvent, Shelf};
use natter::sync::plan::Ask;

use crate::world::{Alone, App, Fault, Line, World, named};

type Created = Result<(ThreadId, AddOutcome), ActionError>;

/// Longer than the directory has names.
const NOBODY: &str = "Nobody of this name, which is too long for anybody to be called by it at all";

fn create(world: &World, app: &App, topic: &'static str, people: &[&str]) -> Created {
    let people = people.iter().map(|name| named(name)).collect();
    let core = Rc::clone(&app.core);
    world.wait(async move { core.create_thread(topic, people).await })
}

fn go_offline(world: &World, line: &Line, app: &App) {
    line.cut(Fault::NotSent);
    app.tab.tell(PageEvent::Offline);
    world.pass(1_000);
}

fn go_online(world: &World, line: &Line, app: &App) {
    line.mend();
    app.tab.tell(PageEvent::Online);
    world.pass(20_000);
}

fn topics(app: &App) -> Vec<String> {
    let mut topics: Vec<String> = app.core.model().rows().into_iter().map(|row| row.topic).collect();
    topics.sort();
    topics
}

/// How often a thread was asked for.
fn asked_for(line: &Line) -> usize {
    line.take_made()
        .iter()
        .filter(|made| made.method == "POST" && made.path.ends_with("/chat/threads"))
        .count()
}

fn bob(world: &Rc<World>, line: &Rc<Line>) -> App {
    let bob = App::of(world, line, "Bob");
    world.pass(2_000);
    bob
}

#[test]
fn a_thread_begun_offline_is_written_to_and_made_when_the_service_is_there() {
    let Alone { world, line, ann, .. } = Alone::new();
    let bob = bob(&world, &line);
    go_offline(&world, &line, &ann);
    let (thread, outcome) = create(&world, &ann, "On a plane", &["Bob"]).unwrap();
    assert_eq!((is_to_be(&thread), outcome), (true, AddOutcome::default()));
    ann.core.show(Some(thread.clone()));
    ann.send(&thread, "first");
    ann.send(&thread, "second");
    ann.core.set_draft(&thread, "third, perhaps".to_owned());
    ann.core.select_in_draft(&thread, (2, 5));
    ann.core.set_draft_priority(&thread, Priority::High);
    world.pass(5_000);
    let create_waits =
        [(PendingChange::Create(vec!["Bob".to_owned()]), Status::Waiting { why: WaitReason::Offline })];
    assert_eq!(ann.pending(&thread), create_waits);
    assert_eq!(topics(&ann), ["Lunch", "On a plane"]);

    world.pass(24 * 3_600_000);
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(3_000);
    assert_eq!(
        (ann.pending(&thread), ann.texts(&thread)),
        (create_waits.to_vec(), vec!["first".into(), "second".into()])
    );

    line.take_made();
    go_online(&world, &line, &ann);
    assert_eq!(asked_for(&line), 1);
    let made = ann.core.model().made_of(&thread).cloned().expect("it is there now");
    assert_eq!(ann.core.model().open(), Some(&made), "whoever looks at it goes along");
    assert!(ann.core.model().thread(&thread).is_none());
    assert_eq!(
        (topics(&ann), ann.texts(&made)),
        (vec!["Lunch".into(), "On a plane".into()], vec!["first".into(), "second".into()])
    );
    assert_eq!(
        (ann.core.draft(&made).as_str(), ann.core.draft_selection(&made)),
        ("third, perhaps", Some((2, 5)))
    );
    assert_eq!(ann.core.model().drafts.priority(&made), Priority::High);
    assert_eq!(machine.shelf(Shelf::Outbox), []);
    let drafts = machine.shelf(Shelf::Drafts);
    assert!(drafts.len() == 1 && drafts[0].0.ends_with(made.as_str()), "{drafts:?}");
    bob.core.show(Some(made.clone()));
    world.pass(2_000);
    assert_eq!(bob.texts(&made), ["first", "second"]);
    // The way back to where it was not there yet leads to it.
    ann.core.show(None);
    ann.send(&thread, "by its old name");
    world.pass(3_000);
    assert_eq!(ann.texts(&made), ["first", "second", "by its old name"]);
}

#[test]
fn a_thread_of_whose_making_nothing_was_heard_is_made_once() {
    for crash in [false, true] {
        let Alone { world, line, mut ann, .. } = Alone::new();
        drop(bob(&world, &line));
        line.take_made();
        line.fault("POST", "/chat/threads", 1, if crash { Fault::Late(60_000) } else { Fault::LostReply });
        if crash {
            let core = Rc::clone(&ann.core);
            let asks = async move { drop(core.create_thread("Once", vec![named("Bob")]).await) };
            world.spawn_in(ann.tab.group, Box::pin(asks));
            world.pass(200);
            let machine = ann.crash();
            assert_eq!(machine.shelf(Shelf::Outbox).len(), 1, "written down before");
            ann = App::open(&world, &line, &machine);
        } else {
            let (thread, _) = create(&world, &ann, "Once", &["Bob"]).unwrap();
            assert!(is_to_be(&thread), "nothing failed, and nothing is there yet");
        }
        world.pass(20_000);
        assert_eq!(asked_for(&line), 2, "and the service knew it again");
        assert_eq!(topics(&ann), ["Lunch", "Once"]);
        assert_eq!(ann.machine.shelf(Shelf::Outbox), []);
    }
}

#[test]
fn nothing_is_asked_about_a_thread_that_is_not_there() {
    let Alone { world, line, ann, thread: open } = Alone::new();
    line.cut(Fault::Answer(503, Vec::new()));
    ann.send(&open, "so that the trouble is known");
    world.pass(5_000);
    let (thread, _) = create(&world, &ann, "Not yet", &[]).unwrap();
    ann.core.show(Some(thread.clone()));
    ann.core.typed(&thread);
    line.take_made();
    line.mend();
    line.fault("POST", "/chat/threads", usize::MAX, Fault::Answer(503, Vec::new()));
    world.pass(60_000);
    let about = |made: &crate::world::Made| made.path.contains("new%3A") || made.path.contains("new:");
    assert!(!line.take_made().iter().any(about));
    let diagnostics = ann.core.diagnostics().unwrap();
    assert!(diagnostics.plan.iter().all(|due| due.ask != Ask::Messages(thread.clone())));
}

#[test]
fn what_the_service_refuses_is_told_in_the_dialog_or_waits_for_the_person() {
    let Alone { world, line, ann, .. } = Alone::new();
    assert_eq!(create(&world, &ann, "  ", &[]), Err(ActionError::Invalid(InvalidInput::EmptyTopic)));
    line.fault("POST", "/chat/threads", 1, Fault::Answer(403, Vec::new()));
    assert_eq!(create(&world, &ann, "Refused", &[]), Err(ActionError::NotAllowed));
    assert_eq!((topics(&ann), ann.machine.shelf(Shelf::Outbox)), (vec!["Lunch".into()], vec![]));

    go_offline(&world, &line, &ann);
    let (thread, _) = create(&world, &ann, "Refused", &[]).unwrap();
    ann.send(&thread, "behind it");
    line.mend();
    line.fault("POST", "/chat/threads", 1, Fault::Answer(403, Vec::new()));
    line.take_made();
    ann.tab.tell(PageEvent::Online);
    world.pass(20_000);
    let failed = ann.pending(&thread);
    assert!(matches!(&failed[..], [(_, Status::Failed { why: FailReason::Refused { .. } })]), "{failed:?}");
    assert_eq!((asked_for(&line), ann.texts(&thread)), (1, vec!["behind it".to_owned()]), "which waits");

    let entry = ann.core.model().outbox.of_thread(&thread).next().unwrap().id.clone();
    ann.core.retry(&thread, &entry);
    world.pass(5_000);
    let made = ann.core.model().made_of(&thread).cloned().unwrap();
    assert_eq!(ann.texts(&made), ["behind it"]);
}

#[test]
fn a_thread_that_was_to_be_goes_with_all_that_waits_for_it() {
    let Alone { world, line, ann, .. } = Alone::new();
    for leave in [false, true] {
        go_offline(&world, &line, &ann);
        let (thread, _) = create(&world, &ann, "Never", &[]).unwrap();
        ann.core.show(Some(thread.clone()));
        ann.send(&thread, "in vain");
        ann.core.set_draft(&thread, "as well".to_owned());
        world.pass(1_000);
        if leave {
            let (core, thread) = (Rc::clone(&ann.core), thread.clone());
            world.wait(async move { core.leave(&thread).await }).unwrap();
        } else {
            let entry = ann.core.model().outbox.of_thread(&thread).next().unwrap().id.clone();
            ann.core.discard(&thread, &entry);
        }
        world.pass(1_000);
        ann.core.show(None);
        line.take_made();
        go_online(&world, &line, &ann);
        assert_eq!((asked_for(&line), topics(&ann)), (0, vec!["Lunch".to_owned()]));
        assert_eq!((ann.machine.shelf(Shelf::Outbox), ann.machine.shelf(Shelf::Drafts)), (vec![], vec![]));
        // And whoever comes back to its address is told.
        ann.core.show(Some(thread.clone()));
        assert_eq!(ann.core.model().thread(&thread).unwrap().access, Access::Gone);
        ann.core.show(None);
    }
}

#[test]
fn who_cannot_be_added_to_a_thread_that_was_to_be_is_told_there() {
    let Alone { world, line, ann, .. } = Alone::new();
    go_offline(&world, &line, &ann);
    let (thread, _) = create(&world, &ann, "Without one", &[NOBODY]).unwrap();
    go_online(&world, &line, &ann);
    let made = ann.core.model().made_of(&thread).cloned().unwrap();
    let failed = ann.pending(&made);
    let [(PendingChange::Add(who), Status::Failed { .. })] = &failed[..] else { panic!("{failed:?}") };
    assert_eq!(who, &[NOBODY]);
}

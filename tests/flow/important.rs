//! A message that is marked as important is that for everybody, whatever happens to it on its way.

use acs_chat::{Metadata, SendChatMessageRequest, ThreadId, requests};
use natter::model::priority::Priority;
use natter::platform::PageEvent;

use crate::world::{App, Fault, Pair};

/// The words, and whether they are important, as this person sees them.
fn seen(app: &App, thread: &ThreadId) -> Vec<(String, bool)> {
    let important = app.messages(thread).into_iter().map(|row| row.priority.is_high());
    app.texts(thread).into_iter().zip(important).collect()
}

fn said(said: &[(&str, bool)]) -> Vec<(String, bool)> {
    said.iter().map(|(text, important)| ((*text).to_owned(), *important)).collect()
}

/// Whether the newest words are important in the list of threads.
fn previewed(app: &App, thread: &ThreadId) -> bool {
    let rows = app.core.model().rows();
    let row = rows.iter().find(|row| row.id == *thread).unwrap();
    row.preview.as_ref().unwrap().priority.is_high()
}

#[test]
fn what_is_sent_as_important_offline_is_so_for_all_over_a_reload_and_an_edit() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    bob.send(&thread, "Which way?");
    world.pass(5_000);
    line.cut(Fault::NotSent);
    ann.core.set_draft(&thread, "Line 7 is clo".into());
    ann.core.set_draft_priority(&thread, Priority::High);
    world.pass(1_000);
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(1_000);
    assert_eq!(ann.core.draft(&thread), "Line 7 is clo");
    assert_eq!(ann.core.draft_priority(&thread), Priority::High);

    ann.send_important(&thread, "Line 7 is closed");
    ann.core.set_draft(&thread, String::new());
    ann.core.set_draft_priority(&thread, Priority::Normal);
    ann.send(&thread, "Take the 4");
    world.pass(1_000);
    let expected = said(&[("Which way?", false), ("Line 7 is closed", true), ("Take the 4", false)]);
    assert_eq!(seen(&ann, &thread), expected, "before it is sent");
    let machine = ann.crash();
    let ann = App::open(&world, &line, &machine);
    ann.core.show(Some(thread.clone()));
    world.pass(1_000);
    assert_eq!(ann.core.draft_priority(&thread), Priority::Normal, "it was for one message");
    assert_eq!(seen(&ann, &thread), expected, "from what is kept");
    line.mend();
    ann.tab.tell(PageEvent::Online);
    world.pass(40_000);
    assert_eq!([seen(&ann, &thread), seen(&bob, &thread)], [expected.clone(), expected]);

    let id = ann.messages(&thread)[1].id.clone().unwrap();
    ann.core.edit(&thread, &id, "Line 7 is closed today".into());
    world.pass(40_000);
    let expected = said(&[("Which way?", false), ("Line 7 is closed today", true), ("Take the 4", false)]);
    assert_eq!([seen(&ann, &thread), seen(&bob, &thread)], [expected.clone(), expected]);
    ann.core.delete(&thread, &id);
    world.pass(40_000);
    let expected = said(&[("Which way?", false), ("(deleted)", false), ("Take the 4", false)]);
    assert_eq!([seen(&ann, &thread), seen(&bob, &thread)], [expected.clone(), expected]);
}

#[test]
fn what_is_important_says_so_in_the_list_of_threads_from_its_writing_on() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    line.fault("POST", "/messages", 1, Fault::Late(10_000));
    ann.send_important(&thread, "Now");
    world.pass(100);
    assert!(previewed(&ann, &thread), "on its way");
    world.pass(40_000);
    assert!(previewed(&ann, &thread) && previewed(&bob, &thread));
    let id = ann.messages(&thread)[0].id.clone().unwrap();
    // Confirmed, and not listed yet.
    line.fault("GET", "/messages", 5, Fault::NotSent);
    ann.core.delete(&thread, &id);
    world.pass(1_000);
    assert!(!previewed(&ann, &thread), "it is deleted here");
    world.pass(120_000);
    assert!(!previewed(&ann, &thread) && !previewed(&bob, &thread), "there is nothing left to be important");
    bob.send(&thread, "Fine");
    world.pass(40_000);
    assert!(!previewed(&ann, &thread));
}

#[test]
fn others_cannot_shout_by_what_is_nearly_the_mark() {
    let Pair { world, line, ann, bob, thread } = Pair::new();
    for value in ["HIGH", "urgent", "high ", "high"] {
        let body = SendChatMessageRequest {
            content: value.to_owned(),
            metadata: Some(Metadata::from([("natterPriority".to_owned(), value.to_owned())])),
            ..SendChatMessageRequest::default()
        };
        line.ask(&bob.token(), &requests::send_message(&thread, &body).unwrap());
    }
    world.pass(40_000);
    let expected = said(&[("HIGH", false), ("urgent", false), ("high ", false), ("high", true)]);
    assert_eq!(seen(&ann, &thread), expected);
}

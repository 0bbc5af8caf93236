use acs_chat::Timestamp;
use assistant::{Event, NoteKind, Reason};

use super::*;

fn thread() -> ThreadId {
    ThreadId::new("19:a")
}

fn id(text: &str) -> ClientMessageId {
    ClientMessageId::new(text)
}

fn asked(posted: bool) -> Assistant {
    let mut all = Assistant::default();
    all.ask(&thread(), Turn::new(id("1"), "why?".into(), posted, Timestamp::EPOCH));
    all
}

fn text(keep: usize, text: &str) -> Happened {
    Happened::Event(Event::Text { keep, text: text.to_owned() })
}

fn started(session: &str) -> Happened {
    Happened::Event(Event::Started { session: session.to_owned(), by: "openai".to_owned() })
}

fn done(reason: Reason) -> Happened {
    Happened::Event(Event::Done { reason, message_id: None })
}

#[test]
fn an_answer_comes_in_pieces_and_is_said_once() {
    let mut all = asked(false);
    assert_eq!(all.apply(&id("1"), started("s")), Some(thread()));
    for (keep, piece) in [(0, "They dec"), (8, "cided"), (7, "ided.")] {
        all.apply(&id("1"), text(keep, piece));
    }
    assert_eq!(all.take_said(), [Said::Answering]);
    all.apply(&id("1"), done(Reason::End));
    assert_eq!(all.apply(&id("1"), text(0, "late")), None);
    let turn = all.turn(&id("1")).unwrap();
    assert_eq!((turn.answer.text(), &turn.stage), ("They deided.", &Stage::Done(Reason::End)));
    assert_eq!(all.take_said(), [Said::Answered("They deided.".into())]);
    assert_eq!((all.session(&thread(), false), all.session(&thread(), true)), (Some("s".into()), None));
}

#[test]
fn what_changed_since_somebody_looked_is_known() {
    let mut all = asked(false);
    for (keep, piece) in [(0, "abcdef"), (6, "ghi"), (4, "XYZ"), (7, "!")] {
        all.apply(&id("1"), text(keep, piece));
    }
    let talk = all.talks.get_mut(&thread()).unwrap();
    assert_eq!(talk.turns[0].answer.text(), "abcdXYZ!");
    assert_eq!(talk.turns[0].look(), 0);
    assert_eq!(talk.turns[0].look(), 8, "nothing is different");
    all.apply(&id("1"), text(8, "?"));
    all.apply(&id("1"), text(5, ""));
    assert_eq!(all.talks.get_mut(&thread()).unwrap().turns[0].look(), 5);
}

#[test]
fn whatever_ends_it_the_text_so_far_stays() {
    for (end, stage) in [
        (Happened::Stopped, Stage::Done(Reason::Stopped)),
        (Happened::Failed(Failure::seen("silent")), Stage::Failed(Failure::seen("silent"))),
        (text(2, "x"), Stage::Failed(Failure::seen("brokenReply"))),
        (done(Reason::Length), Stage::Done(Reason::Length)),
    ] {
        let mut all = asked(false);
        all.apply(&id("1"), text(0, "好"));
        all.apply(&id("1"), end);
        let turn = all.turn(&id("1")).unwrap();
        assert_eq!((turn.answer.text(), &turn.stage), ("好", &stage));
    }
    let mut all = asked(false);
    all.apply(&id("1"), text(0, &"x".repeat(MOST + 1)));
    assert_eq!(all.turn(&id("1")).unwrap().stage, Stage::Done(Reason::Cut));
}

const MOST: usize = 1024 * 1024;

#[test]
fn another_question_stops_the_one_before_it_but_not_the_one_elsewhere() {
    let mut all = asked(false);
    all.ask(&thread(), Turn::new(id("2"), "posted".into(), true, Timestamp::EPOCH));
    assert!(all.turn(&id("1")).unwrap().is_running());
    all.ask(&thread(), Turn::new(id("3"), "again".into(), false, Timestamp::EPOCH));
    assert_eq!(all.turn(&id("1")).unwrap().stage, Stage::Done(Reason::Stopped));
    assert!(all.turn(&id("2")).unwrap().is_running() && all.turn(&id("3")).unwrap().is_running());
    let ids = |turns: Vec<&Turn>| turns.iter().map(|turn| turn.id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(all.turns(&thread()).collect()), ["1", "3"]);
    assert_eq!(ids(all.posted(&thread()).collect()), ["2"]);
}

#[test]
fn what_is_a_message_now_is_a_question_no_more() {
    let mut all = asked(true);
    all.apply(&id("1"), text(0, "yes"));
    assert_eq!(all.take_said(), [Said::Answering]);
    all.arrived(&thread(), |known| *known == id("1"));
    assert_eq!((all.posted(&thread()).count(), all.take_said()), (0, vec![Said::Answered("yes".into())]));
    let mut nothing = asked(true);
    nothing.apply(&id("1"), Happened::Stopped);
    assert_eq!(nothing.posted(&thread()).count(), 0, "nothing was said, so there will be no message");
    let mut private = asked(false);
    private.arrived(&thread(), |_| true);
    assert_eq!(private.turns(&thread()).count(), 1);
}

#[test]
fn notes_stand_beside_the_text() {
    let mut all = asked(false);
    let note = |kind, text: &str| Happened::Event(Event::Note { kind, text: text.to_owned() });
    for (kind, text) in [(NoteKind::Reasoning, "hm"), (NoteKind::Reasoning, "m"), (NoteKind::HandOver, "")] {
        all.apply(&id("1"), note(kind, text));
    }
    all.apply(&id("1"), note(NoteKind::Reasoning, &"x".repeat(MOST)));
    let turn = all.turn(&id("1")).unwrap();
    assert_eq!((turn.thought.as_str(), turn.handed_over, turn.wanted_tool), ("hmm", true, false));
    assert_eq!(turn.answer.text(), "");
}

#[test]
fn somebody_agrees_to_one_place_and_not_to_another() {
    let facts = |by: &str, sent_to: Option<&str>| {
        let sent_to = sent_to.map(str::to_owned);
        Known::Facts(Facts { by: by.to_owned(), sent_to, ready: true, ..Facts::default() })
    };
    let mut all = Assistant::default();
    assert!(!all.agreed());
    all.known = facts("openai", Some("a.example"));
    assert!(!all.agreed());
    all.agree();
    assert!(all.agreed());
    let (place, kept) = all.take_unsaved().remove(0);
    let mut later = Assistant::default();
    later.restore(&place, kept.unwrap());
    for (known, agreed) in [
        (facts("openai", Some("a.example")), true),
        (facts("openai", Some("b.example")), false),
        (facts("built-in", None), false),
        (Known::Off, false),
    ] {
        later.known = known;
        assert_eq!(later.agreed(), agreed, "{:?}", later.known);
    }
}

#[test]
fn what_was_chosen_and_begun_is_kept_and_put_back() {
    let mut all = Assistant::default();
    all.set_context(&thread(), Context::Thread);
    all.set_draft(&thread(), "wh".into());
    all.set_draft(&thread(), "why\u{1e}?".into());
    let kept = all.take_unsaved();
    assert_eq!(kept, [(thread(), Some("thread\u{1e}why\u{1e}?".to_owned()))]);
    assert_eq!(all.take_unsaved(), []);
    let mut later = Assistant::default();
    later.restore(&thread(), kept[0].1.clone().unwrap());
    assert_eq!((later.context(&thread()), later.draft(&thread())), (Context::Thread, "why\u{1e}?"));
    later.set_draft(&thread(), String::new());
    later.set_context(&thread(), Context::Recent);
    later.restore(&thread(), "none\u{1e}old".into());
    assert_eq!(later.draft(&thread()), "", "what was written meanwhile is newer");
    assert_eq!(later.take_unsaved(), [(thread(), None)]);
}

#[test]
fn a_question_in_a_thread_begins_with_the_assistants_name() {
    let names = ["assistant", "助手", ""];
    for (text, asked) in [
        ("@assistant why?", Some("why?")),
        (" @Assistant: why? ", Some("why?")),
        ("@助手总结一下", Some("总结一下")),
        ("@助手，总结一下", Some("总结一下")),
        ("@assistant", None),
        ("@assistants why?", None),
        ("hi @assistant why?", None),
        ("assistant why?", None),
        ("@", None),
        ("@好", None),
    ] {
        assert_eq!(question(text, &names), asked, "{text}");
    }
}

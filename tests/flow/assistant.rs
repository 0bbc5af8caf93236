//! Asking the assistant: its stream is written by the test, everything else is the real service.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acs_chat::{HttpRequest, HttpResponse, ThreadId, Transport, TransportError};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use natter::backend::events::{Opened, Pieces, Streams};
use natter::model::assistant::{Context, Failure, Known, Stage, Turn};
use natter::model::priority::Priority;
use natter::model::rows::{ActionError, Body, ItemKind, SendKind};
use natter::platform::Shelf;

use crate::world::{App, Fault, Line, WORLD, Wire, World};

const PATH: &str = "/natter/v1/assistant";

/// What the assistant does when it is asked.
#[derive(Default)]
struct Script {
    facts: RefCell<String>,
    /// The pieces of each answer, each after so many milliseconds.
    answers: RefCell<Vec<Vec<(u64, String)>>>,
    /// After the last piece the stream stays open.
    hangs: Cell<bool>,
    asked: RefCell<Vec<serde_json::Value>>,
    closed: Rc<Cell<usize>>,
}

/// The network, with an assistant of the test's.
#[derive(Clone)]
struct Scripted(Wire, Rc<World>, Rc<Script>);

impl Transport for Scripted {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let facts = self.2.facts.borrow().clone();
        if request.url.ends_with(PATH) && !facts.is_empty() {
            return Ok(HttpResponse { status: 200, body: facts.into_bytes(), ..HttpResponse::default() });
        }
        self.0.send(request).await
    }
}

impl Streams for Scripted {
    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<Opened, TransportError>> {
        async move {
            if !request.url.ends_with(PATH) {
                return self.0.open(request).await;
            }
            let body = request.body.unwrap_or_default();
            self.2.asked.borrow_mut().push(serde_json::from_slice(&body).unwrap());
            let mut answers = self.2.answers.borrow_mut();
            if answers.is_empty() {
                return Ok(Opened::Refused(HttpResponse { status: 429, ..HttpResponse::default() }));
            }
            let pieces = answers.remove(0).into_iter().collect();
            let (world, hangs, closed) = (Rc::clone(&self.1), self.2.hangs.get(), Rc::clone(&self.2.closed));
            Ok(Opened::Stream(Box::new(Answer { pieces, world, hangs, closed })))
        }
        .boxed_local()
    }
}

struct Answer {
    pieces: std::collections::VecDeque<(u64, String)>,
    world: Rc<World>,
    hangs: bool,
    closed: Rc<Cell<usize>>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.closed.set(self.closed.get() + 1);
    }
}

impl Pieces for Answer {
    fn next(&mut self) -> LocalBoxFuture<'_, Option<Vec<u8>>> {
        let piece = self.pieces.pop_front();
        let (world, hangs) = (Rc::clone(&self.world), self.hangs);
        async move {
            match piece {
                Some((after_ms, text)) => {
                    world.sleep_ms(after_ms).await;
                    Some(text.into_bytes())
                }
                None if hangs => std::future::pending().await,
                None => None,
            }
        }
        .boxed_local()
    }
}

fn event(json: serde_json::Value) -> String {
    format!("data: {json}\n\n")
}

fn started() -> (u64, String) {
    (10, event(serde_json::json!({"kind": "started", "session": "s1", "by": "openai"})))
}

fn text(after_ms: u64, keep: usize, text: &str) -> (u64, String) {
    (after_ms, event(serde_json::json!({"kind": "text", "keep": keep, "text": text})))
}

fn done() -> (u64, String) {
    (10, event(serde_json::json!({"kind": "done", "reason": "end"})))
}

/// Ann, in a thread with Bob, with an assistant that she agreed to.
struct Asking {
    world: Rc<World>,
    line: Rc<Line>,
    ann: App,
    thread: ThreadId,
    script: Rc<Script>,
}

const FACTS: &str = r#"{"by":"openai","name":"Assistant","model":"m","sentTo":"models.example","ready":true,
    "questionChars":4000,"userId":null}"#;

fn question_in(words: &str) -> Option<String> {
    natter::model::assistant::question(words, &["assistant"]).map(str::to_owned)
}

impl Asking {
    fn new() -> Self {
        let asking = Self::before_the_yes();
        asking.ann.core.look_for_assistant();
        asking.world.pass(500);
        asking.ann.core.agree_to_assistant();
        asking.world.pass(500);
        asking
    }

    fn before_the_yes() -> Self {
        let world = World::new();
        let line = Line::new(&world);
        let script = Rc::new(Script::default());
        *script.facts.borrow_mut() = FACTS.to_owned();
        let wire = Scripted(Wire(Rc::clone(&line)), Rc::clone(&world), Rc::clone(&script));
        let ann = App::open_over(&world, wire, &Rc::default(), world.group(), Rc::new(|_| {}));
        let core = Rc::clone(&ann.core);
        world.wait(async move { core.sign_in_by_name("Ann").await }).unwrap();
        world.spawn_in(WORLD, Rc::clone(&ann.core).serve_assistant(|| "en", question_in).boxed_local());
        world.pass(500);
        let thread = ann.create("Lunch", &["Bob"]);
        ann.core.show(Some(thread.clone()));
        world.pass(6_000);
        Self { world, line, ann, thread, script }
    }

    fn answers(&self, pieces: Vec<(u64, String)>) {
        self.script.answers.borrow_mut().push(pieces);
    }

    fn turns(&self) -> Vec<Turn> {
        self.ann.core.model().assistant.turns(&self.thread).cloned().collect()
    }

    fn last(&self) -> (String, Stage) {
        let turn = self.turns().pop().expect("something was asked");
        (turn.answer.text().to_owned(), turn.stage)
    }

    fn ask(&self, question: &str) {
        self.ann.core.ask_assistant(&self.thread, question.to_owned(), false);
    }

    /// What the rows say, the one that comes just now as `…`.
    fn rows(&self) -> Vec<String> {
        let say = |kind: &ItemKind| match kind {
            ItemKind::Message(row) => Some(match &row.body {
                Body::Text(text) | Body::Html(text) => text.clone(),
                Body::Markdown(text) => format!("markdown: {text}"),
                Body::Answering(_) => "…".to_owned(),
                Body::Deleted => "deleted".to_owned(),
            }),
            _ => None,
        };
        self.ann.timeline(&self.thread).items.iter().filter_map(|item| say(&item.kind)).collect()
    }
}

#[test]
fn a_question_is_answered_in_pieces_and_the_next_one_follows_it() {
    let asking = Asking::new();
    asking.answers(vec![started(), text(100, 0, "They dec"), text(100, 8, "ided."), done()]);
    asking.ann.core.set_assistant_context(&asking.thread, Context::Thread);
    asking.ask("What was decided?");
    assert_eq!(asking.last(), (String::new(), Stage::Asking));
    asking.world.pass(150);
    assert_eq!(asking.last(), ("They dec".to_owned(), Stage::Answering));
    asking.world.pass(500);
    assert_eq!(asking.last(), ("They decided.".to_owned(), Stage::Done(assistant::Reason::End)));
    asking.answers(vec![started(), done()]);
    asking.ask("When?");
    asking.world.pass(500);
    let asked = asking.script.asked.borrow();
    let field = |at: usize, name: &str| asked[at][name].clone();
    assert_eq!((field(0, "question"), field(0, "context")), ("What was decided?".into(), "thread".into()));
    assert_eq!((field(0, "session"), field(1, "session")), (serde_json::Value::Null, "s1".into()));
    assert_eq!((field(0, "post"), field(0, "language")), (false.into(), "en".into()));
    assert_ne!(field(0, "requestId"), field(1, "requestId"));
}

#[test]
fn whatever_goes_wrong_there_are_words_and_the_text_so_far_stays() {
    let told = |code: &str| Stage::Failed(Failure::Told { code: code.to_owned(), words: "w".to_owned() });
    let seen = |code: &str| Stage::Failed(Failure::seen(code));
    let failed = |code: &str| {
        (10, event(serde_json::json!({"kind": "failed", "code": code, "words": "w", "retry": true})))
    };
    let half = || vec![started(), text(10, 0, "half")];
    let and = |mut pieces: Vec<(u64, String)>, last: (u64, String)| {
        pieces.push(last);
        pieces
    };
    for (pieces, hangs, said, stage) in [
        (and(half(), failed("serverError")), false, "half", told("serverError")),
        (vec![started(), failed("keyRefused")], false, "", told("keyRefused")),
        (half(), false, "half", seen("brokenOff")),
        (half(), true, "half", seen("silent")),
        (vec![], true, "", seen("silent")),
        (vec![(10, "<html><body>Bad gateway: x</body></html>\n".to_owned())], false, "", seen("notAStream")),
        (and(half(), (10, "data: {\"kind\":\"text\",\n\n".to_owned())), false, "half", seen("brokenOff")),
        (and(half(), text(10, 99, "x")), false, "half", seen("brokenReply")),
        (
            and(half(), (10, format!("data: {}", "x".repeat(1024 * 1024 + 1)))),
            false,
            "half",
            seen("brokenOff"),
        ),
        (and(half(), (10, "data: {\"kind\":\"later\"}\n\n".to_owned())), false, "half", seen("brokenOff")),
    ] {
        let asking = Asking::new();
        asking.script.hangs.set(hangs);
        asking.answers(pieces.clone());
        asking.ask("why?");
        asking.world.pass(31_000);
        assert_eq!(asking.last(), (said.to_owned(), stage), "{pieces:?}");
        assert_eq!(asking.script.closed.get(), 1, "the stream is closed");
    }
}

#[test]
fn what_never_ends_ends_here() {
    let asking = Asking::new();
    asking.answers((0..400).map(|at| text(1_000, at, "x")).collect());
    asking.ask("why?");
    asking.world.pass(400_000);
    let (said, stage) = asking.last();
    assert!((195..=201).contains(&said.len()), "{} s", said.len());
    assert_eq!(stage, Stage::Failed(Failure::seen("tookTooLong")));
    assert_eq!(asking.script.closed.get(), 1);
}

#[test]
fn a_refusal_is_said_as_any_other() {
    let asking = Asking::new();
    asking.ask("why?");
    asking.world.pass(500);
    let refused = Failure::Refused(ActionError::RateLimited { retry_after_ms: None });
    assert_eq!(asking.last(), (String::new(), Stage::Failed(refused)));
    asking.answers(vec![started(), text(10, 0, "so"), done()]);
    let id = asking.turns()[0].id.clone();
    asking.ann.core.ask_again(&id);
    asking.world.pass(500);
    let turns = asking.turns();
    assert_eq!((turns.len(), turns[0].answer.text()), (1, "so"), "nothing had come, so nothing is kept");
}

#[test]
fn stopped_it_closes_its_stream_at_once_and_keeps_its_text() {
    let asking = Asking::new();
    asking.answers(vec![started(), text(10, 0, "half"), text(60_000, 4, " more")]);
    asking.ask("why?");
    asking.world.pass(100);
    let id = asking.turns()[0].id.clone();
    asking.ann.core.stop_answer(&id);
    assert_eq!(asking.last(), ("half".to_owned(), Stage::Done(assistant::Reason::Stopped)));
    asking.world.settle();
    assert_eq!(asking.script.closed.get(), 1);
    asking.world.pass(90_000);
    assert_eq!(asking.last().0, "half");
}

#[test]
fn signed_out_nothing_goes_on_and_nothing_is_left() {
    let asking = Asking::new();
    asking.ann.core.set_question_draft(&asking.thread, "and wh".to_owned());
    asking.answers(vec![started(), text(10, 0, "half"), text(5_000, 4, " more")]);
    asking.ask("why?");
    asking.world.pass(1_000);
    assert_eq!(asking.ann.machine.shelf(Shelf::Assistant).len(), 2, "the draft, and the yes");
    asking.ann.core.sign_out();
    asking.world.settle();
    assert_eq!(asking.script.closed.get(), 1);
    asking.world.pass(10_000);
    assert_eq!(asking.turns(), []);
    assert_eq!(asking.ann.machine.shelf(Shelf::Assistant), []);
}

#[test]
fn what_was_chosen_begun_and_agreed_to_survives() {
    let Asking { world, line, ann, thread, script } = Asking::new();
    ann.core.set_question_draft(&thread, "and wh".to_owned());
    ann.core.set_assistant_context(&thread, Context::None);
    world.pass(1_000);
    let machine = ann.crash();
    let wire = Scripted(Wire(Rc::clone(&line)), Rc::clone(&world), script);
    let again = App::open_over(&world, wire, &machine, world.group(), Rc::new(|_| {}));
    world.spawn_in(WORLD, Rc::clone(&again.core).serve_assistant(|| "en", question_in).boxed_local());
    world.pass(1_000);
    again.core.look_for_assistant();
    world.pass(500);
    let model = again.core.model();
    assert_eq!((model.assistant.draft(&thread), model.assistant.context(&thread)), ("and wh", Context::None));
    assert!(model.assistant.agreed());
}

#[test]
fn a_message_asks_once_it_is_sent_and_somebody_agreed() {
    let asking = Asking::before_the_yes();
    asking.answers(vec![started(), text(100, 0, "So it is."), text(2_000, 9, ""), done()]);
    asking.line.fault("POST", "/messages", 1, Fault::Answer(503, Vec::new()));
    let said = "@assistant why?".to_owned();
    asking.ann.core.send_and_ask(
        &asking.thread,
        said.clone(),
        SendKind::Text,
        Priority::Normal,
        "why?".to_owned(),
    );
    asking.world.pass(100);
    assert!(matches!(asking.ann.core.model().assistant.known, Known::Facts(_)), "who answers is asked");
    asking.world.pass(30_000);
    assert_eq!(asking.rows(), [said.as_str()]);
    assert!(asking.script.asked.borrow().is_empty(), "nobody agreed");
    asking.ann.core.agree_to_assistant();
    asking.world.pass(500);
    assert_eq!(asking.rows(), [said.as_str(), "…"]);
    assert_eq!(asking.script.asked.borrow()[0]["post"], true);
    let key = asking.ann.timeline(&asking.thread).items.last().unwrap().key.clone();

    // The message comes by the ordinary list, in the row that was there.
    let request = asking.script.asked.borrow()[0]["requestId"].as_str().unwrap().to_owned();
    let bob = App::of(&asking.world, &asking.line, "Bob");
    let metadata = [("natterAssistant", "openai"), ("natterAssistantRequest", &request)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let message = acs_chat::SendChatMessageRequest {
        content: "So **it** is.".to_owned(),
        metadata: Some(acs_chat::Metadata::from(metadata)),
        ..acs_chat::SendChatMessageRequest::default()
    };
    let sent = acs_chat::requests::send_message(&asking.thread, &message).unwrap();
    let reply = asking.line.ask(&bob.token(), &sent);
    assert_eq!(reply.status, 201);
    asking.world.pass(10_000);
    assert_eq!(asking.rows(), [said.as_str(), "markdown: So **it** is."]);
    assert_eq!(asking.ann.timeline(&asking.thread).items.last().unwrap().key, key, "the same row");
    assert_eq!(asking.ann.core.model().assistant.posted(&asking.thread).count(), 0);
}

#[test]
fn a_message_that_waited_over_a_reload_still_asks() {
    let Asking { world, line, ann, thread, script } = Asking::new();
    script.answers.borrow_mut().push(vec![started(), text(100, 0, "So it is."), done()]);
    line.cut(Fault::NotSent);
    for (said, kind) in [("@assistant why?", SendKind::Text), ("no question", SendKind::Text)] {
        ann.core.send(&thread, said.to_owned(), kind, Priority::Normal);
    }
    world.pass(5_000);
    let machine = ann.crash();
    line.mend();
    let wire = Scripted(Wire(Rc::clone(&line)), Rc::clone(&world), Rc::clone(&script));
    let again = App::open_over(&world, wire, &machine, world.group(), Rc::new(|_| {}));
    world.spawn_in(WORLD, Rc::clone(&again.core).serve_assistant(|| "en", question_in).boxed_local());
    world.pass(60_000);
    let asked = script.asked.borrow();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!((&asked[0]["question"], &asked[0]["post"]), (&"why?".into(), &true.into()));
}

#[test]
fn a_message_that_was_discarded_asks_nothing() {
    let asking = Asking::new();
    asking.line.fault("POST", "/messages", 1, Fault::Answer(400, Vec::new()));
    asking.ann.core.send_and_ask(
        &asking.thread,
        "@assistant x".into(),
        SendKind::Text,
        Priority::Normal,
        "x".into(),
    );
    asking.world.pass(5_000);
    let entry = asking.ann.messages(&asking.thread)[0].client_id.clone().unwrap();
    asking.ann.core.discard(&asking.thread, &entry);
    asking.world.pass(5_000);
    assert!(
        asking.script.asked.borrow().is_empty() && asking.ann.core.model().assistant.waiting().is_empty()
    );
}

#[test]
fn where_there_is_none_it_is_said() {
    let asking = Asking::before_the_yes();
    asking.script.facts.borrow_mut().clear();
    asking.line.fault("GET", PATH, 1, Fault::Answer(404, Vec::new()));
    asking.ann.core.look_for_assistant();
    asking.world.pass(1_000);
    assert_eq!(asking.ann.core.model().assistant.known, Known::Off);
}

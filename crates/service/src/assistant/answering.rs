//! An answer on its way: somebody speaks, the asker hears, and at the end it is written down if it is to be.
//!
//! It runs in a task of its own, so that what was said is not lost when the asker leaves. Whoever speaks is let go at the
//! moment when nobody listens any more.

use super::built_in::{self, Asked};
use super::context::Said;
use super::posting::{self, Posting};
use super::question::Question;
use super::running::{Place, Run};
use super::sessions::Session;
use super::{Assistant, Voice};
use crate::clock::Clock;
use crate::state::AppState;
use acs_chat::RawId;
use assistant::reading::Dialect;
use assistant::{Answer, Event, Failure, Reading, Reason};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::mpsc;

/// To the first sign of an answer (reference 5, "Errors, end, timeouts").
const FIRST_MS: i64 = 15_000;

/// Between two signs.
const SILENCE_MS: i64 = 60_000;

/// To the end.
const ALL_MS: i64 = 180_000;

/// Events that wait for a slow reader. The other server waits with them.
const WAITING: usize = 64;

/// Somebody who speaks.
pub(super) trait Speaker: Send {
    /// What comes next, perhaps nothing that is worth telling. Ends with `Done` or `Failed`.
    fn next(&mut self) -> BoxFuture<'_, Vec<Event>>;

    /// What is told if nobody wants to wait any longer: `Done` where the answer is whole.
    fn conclude(&mut self) -> Vec<Event>;

    /// What the other server calls the session.
    fn session(&self) -> Option<String>;
}

/// Reads what another server says.
pub(super) struct Listening<D> {
    reading: Reading<D>,
    response: reqwest::Response,
}

impl<D: Dialect> Listening<D> {
    pub(super) fn new(reading: Reading<D>, response: reqwest::Response) -> Self {
        Self { reading, response }
    }
}

impl<D: Dialect + Send> Speaker for Listening<D> {
    fn next(&mut self) -> BoxFuture<'_, Vec<Event>> {
        Box::pin(async {
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.reading.push(&bytes),
                // A connection that breaks is an end as well.
                Ok(None) | Err(_) => self.reading.finish(),
            }
        })
    }

    fn conclude(&mut self) -> Vec<Event> {
        if self.reading.is_whole() { self.reading.finish() } else { vec![Failure::Silent.event()] }
    }

    fn session(&self) -> Option<String> {
        self.reading.session().map(str::to_owned)
    }
}

/// Says what is known beforehand.
struct Reciting(std::vec::IntoIter<Event>);

impl Speaker for Reciting {
    fn next(&mut self) -> BoxFuture<'_, Vec<Event>> {
        Box::pin(async {
            // Others have their turn between two pieces.
            tokio::task::yield_now().await;
            self.0.next().into_iter().collect()
        })
    }

    fn conclude(&mut self) -> Vec<Event> {
        self.0.by_ref().collect()
    }

    fn session(&self) -> Option<String> {
        None
    }
}

/// A question with all that goes along.
pub(crate) struct Asking {
    /// Who asks.
    pub(crate) asker: RawId,
    /// What.
    pub(crate) question: Question,
    /// What of the thread goes along, oldest first.
    pub(crate) said: Vec<Said>,
}

/// Begins an answer; what is received is what happens. None when the service stops.
pub(crate) fn begin(
    state: &AppState,
    assistant: &Arc<Assistant>,
    asking: Asking,
) -> Option<mpsc::Receiver<Event>> {
    let Question { thread, post, session, .. } = &asking.question;
    let place = Place { asker: asking.asker.clone(), thread: Some(thread.clone()), post: *post };
    let run = assistant.running.begin(place)?;
    let session = assistant.sessions.begin(session.as_deref(), &asking.asker, thread, state.now_ms());
    let (told, heard) = mpsc::channel(WAITING);
    let telling = Telling { told, session: session.id.clone(), answer: Answer::default(), choices: None };
    let (state, assistant) = (state.clone(), Arc::clone(assistant));
    tokio::spawn(async move { run_to_its_end(&state, &assistant, &asking, session, telling, run).await });
    Some(heard)
}

async fn run_to_its_end(
    state: &AppState,
    assistant: &Assistant,
    asking: &Asking,
    session: Session,
    mut telling: Telling,
    run: Run,
) {
    let clock = state.clock();
    let left = telling.told.clone();
    let mut upstream = None;
    let ending = tokio::select! {
        biased;
        () = run.stopped() => done(Reason::Stopped),
        () = left.closed() => done(Reason::Stopped),
        () = clock.pass_ms(ALL_MS) => Failure::TookTooLong.event(),
        ending = speak(assistant, asking, &session, clock, &mut telling, &mut upstream) => ending,
    };
    assistant.sessions.note(&session.id, upstream, &asking.question.text, telling.answer.text());
    let ending = match ending {
        Event::Done { reason, .. } if asking.question.post => {
            let text = telling.text();
            let posting = Posting { asking, text: &text, reason };
            match posting::post(state, assistant, posting).await {
                Ok(message_id) => Event::Done { reason, message_id },
                Err(error) => {
                    tracing::warn!(%error, "an answer could not be written to its thread");
                    Failure::NotPosted.event()
                }
            }
        }
        ending => ending,
    };
    // Nobody may be there to hear it, or somebody who does not read.
    tokio::select! {
        biased;
        _ = telling.told.send(ending) => {}
        () = run.stopped() => {}
        () = clock.pass_ms(SILENCE_MS) => {}
    }
}

fn done(reason: Reason) -> Event {
    Event::Done { reason, message_id: None }
}

/// Lets somebody answer, and tells what they say; gives how it ended.
async fn speak(
    assistant: &Assistant,
    asking: &Asking,
    session: &Session,
    clock: &Clock,
    telling: &mut Telling,
    upstream: &mut Option<String>,
) -> Event {
    let Asking { question, said, .. } = asking;
    let first = clock.pass_ms(FIRST_MS);
    tokio::pin!(first);
    let asked = async {
        match &assistant.voice {
            Voice::BuiltIn => Ok(recite(question, said)),
            Voice::Beebot(beebot) => beebot.ask(question, said, session).await,
            Voice::OpenAi(openai) => openai.ask(question, said, session).await,
        }
    };
    let mut speaker = tokio::select! {
        asked = asked => match asked {
            Ok(speaker) => speaker,
            Err(failure) => return failure.event(),
        },
        () = &mut first => return Failure::Silent.event(),
    };
    let mut events = tokio::select! {
        events = speaker.next() => events,
        () = &mut first => return Failure::Silent.event(),
    };
    loop {
        for event in events {
            if let Some(ending) = telling.tell(event).await {
                *upstream = speaker.session();
                return ending;
            }
        }
        // Early, as who stops is to go on with the same session.
        *upstream = speaker.session();
        let next = tokio::select! {
            events = speaker.next() => Some(events),
            () = clock.pass_ms(SILENCE_MS) => None,
        };
        events = next.unwrap_or_else(|| speaker.conclude());
    }
}

fn recite(question: &Question, said: &[Said]) -> Box<dyn Speaker> {
    let answer = built_in::answer(&Asked {
        question: &question.text,
        language: question.language,
        said,
        utc_offset_minutes: question.utc_offset_minutes,
    });
    Box::new(Reciting(built_in::events(answer, String::new()).into_iter()))
}

/// What the asker is told, and what has been told.
struct Telling {
    told: mpsc::Sender<Event>,
    session: String,
    answer: Answer,
    choices: Option<(String, Vec<String>)>,
}

impl Telling {
    /// Tells an event; gives it back when it is the last one.
    async fn tell(&mut self, mut event: Event) -> Option<Event> {
        match &mut event {
            Event::Done { .. } | Event::Failed { .. } => return Some(event),
            // The other server's own id stays here.
            Event::Started { session, .. } => session.clone_from(&self.session),
            Event::Text { keep, text } => {
                self.answer.change(*keep, text);
            }
            Event::Choices { title, items } => self.choices = Some((title.clone(), items.clone())),
            Event::Note { .. } | Event::Sources(_) => {}
        }
        // Whoever left is noticed elsewhere.
        drop(self.told.send(event).await);
        None
    }

    /// What can be written to a thread: the text, or the choices where there is nothing else.
    fn text(&self) -> String {
        let text = self.answer.text().trim();
        match &self.choices {
            Some((title, items)) if text.is_empty() => {
                let items: String = items.iter().map(|item| format!("\n- {item}")).collect();
                format!("{title}{items}").trim().to_owned()
            }
            _ => text.to_owned(),
        }
    }
}

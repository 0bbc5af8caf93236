//! Sends what waits: in order within a thread and a subscription, at least once, each event under the same id every time.
//!
//! The queue is in the store, and an event leaves it when its receiver has answered 200 to 204. So whatever happens to this
//! service or to the receiver, nothing is lost; and what comes twice has the same id. What a failure means follows Event
//! Grid: [`Verdict`]. Nobody waits for a delivery: writes only wake the one task here.

use super::envelope;
use super::outgoing::{NoReply, Outgoing, Reply};
use super::signature::Secret;
use super::subscription::SubscriptionId;
use crate::clock::Clock;
use crate::metrics::{Metrics, Sent};
use crate::random;
use crate::store::{Delivery, Lane, Settlement, Store, StoreError};
use acs_chat::{HttpResponse, ThreadId};
use futures_util::FutureExt as _;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Requests under way to one subscription: each is of another thread.
const PER_SUBSCRIPTION: usize = 4;

/// Requests under way at all. A receiver that answers slowly holds a few of them, and the others get the rest.
const AT_ALL: usize = 32;

/// Events of one thread that are sent before others get their turn.
const IN_A_ROW: usize = 32;

/// The longest pauses before each further try; Event Grid's schedule, the last one for all that come after.
const PAUSES_S: [i64; 10] = [10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600];

/// The shortest pause: full jitter would also give none.
const SHORTEST_PAUSE_MS: i64 = 1000;

/// An event that fails is given up after so many tries, or when it has waited so long; as with Event Grid.
const TRIES: u32 = 30;
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// The longest pause that a receiver can ask for: an hour.
const RETRY_AFTER_MS: i64 = 60 * 60 * 1000;

/// After the queue could not be read.
const STORE_PAUSE_MS: i64 = 1000;

/// After something was sent and that could not be noted: it will be sent again, so not soon.
const REPEAT_PAUSE_MS: i64 = 60_000;

/// Tells the deliverer that there is something to do. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Wake(Arc<Notify>);

impl Wake {
    /// Tells it. Not lost when it is busy.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// The task. It ends when this is dropped; an event under way then is sent again at the next start.
pub(crate) struct Deliverer {
    task: Mutex<Option<JoinHandle<()>>>,
    stopping: watch::Sender<bool>,
}

impl Deliverer {
    pub(crate) fn start(
        store: Arc<dyn Store>,
        outgoing: Arc<Outgoing>,
        clock: Clock,
        wake: Wake,
        metrics: Metrics,
    ) -> Self {
        let stopping = watch::Sender::new(false);
        let topic = envelope::topic(store.resource_id());
        let line = Line { store, outgoing, clock, metrics, topic };
        let task = tokio::spawn(run(Arc::new(line), wake, stopping.subscribe()));
        Self { task: Mutex::new(Some(task)), stopping }
    }

    /// Begins nothing any more, and returns when what is under way is done.
    pub(crate) async fn stop(&self) {
        self.stopping.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            let mut task = AbortOnDrop(task);
            // An error means that the task panicked, which was said already.
            drop((&mut task.0).await);
        }
    }
}

impl Drop for Deliverer {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

/// Whoever waits for the end may lose patience.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a delivery needs.
struct Line {
    store: Arc<dyn Store>,
    outgoing: Arc<Outgoing>,
    clock: Clock,
    metrics: Metrics,
    topic: String,
}

type LaneKey = (SubscriptionId, ThreadId);

async fn run(line: Arc<Line>, wake: Wake, mut stopping: watch::Receiver<bool>) {
    let mut tasks: JoinSet<LaneKey> = JoinSet::new();
    let mut under_way: HashMap<SubscriptionId, Vec<ThreadId>> = HashMap::new();
    loop {
        let next_ms = match begin(&line, &mut tasks, &mut under_way).await {
            Ok(next_ms) => next_ms,
            Err(error) => {
                tracing::warn!(%error, "the queue of webhooks could not be read");
                Some(line.clock.now_ms() + STORE_PAUSE_MS)
            }
        };
        let later = async {
            match next_ms {
                Some(ms) => line.clock.pass_ms(ms - line.clock.now_ms()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // An error means that the other half is gone, which is as good.
            _ = stopping.wait_for(|stopping| *stopping) => break,
            () = wake.0.notified() => {}
            () = later => {}
            Some(done) = tasks.join_next() => match done {
                Ok((subscription, thread)) => {
                    if let Some(threads) = under_way.get_mut(&subscription) {
                        threads.retain(|known| *known != thread);
                        if threads.is_empty() {
                            under_way.remove(&subscription);
                        }
                    }
                }
                Err(error) => tracing::error!(%error, "a delivery ended before its time"),
            },
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Begins with what is due. Says when the next will be, as far as it does not wait for one that is under way.
async fn begin(
    line: &Arc<Line>,
    tasks: &mut JoinSet<LaneKey>,
    under_way: &mut HashMap<SubscriptionId, Vec<ThreadId>>,
) -> Result<Option<i64>, StoreError> {
    // Those under way are among the first ones; one more, to know when it is due.
    let limit = u32::try_from(2 * PER_SUBSCRIPTION + 1).unwrap_or(u32::MAX);
    let mut lanes = line.store.lanes(limit).await?;
    lanes.sort_by_key(|lane| lane.due_ms);
    let now_ms = line.clock.now_ms();
    let mut next_ms = None;
    for lane in lanes {
        let threads = under_way.get(&lane.subscription).map_or(&[][..], Vec::as_slice);
        if threads.contains(&lane.thread) {
            continue;
        }
        if lane.due_ms > now_ms {
            next_ms.get_or_insert(lane.due_ms);
        } else if threads.len() < PER_SUBSCRIPTION && tasks.len() < AT_ALL {
            under_way.entry(lane.subscription.clone()).or_default().push(lane.thread.clone());
            let line = Arc::clone(line);
            tasks.spawn(async move {
                // Whatever happens, it is said that the lane is free again.
                match AssertUnwindSafe(line.deliver(&lane)).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "what became of a webhook could not be noted");
                        line.clock.pass_ms(REPEAT_PAUSE_MS).await;
                    }
                    Err(_) => {
                        tracing::error!("a delivery panicked");
                        line.clock.pass_ms(REPEAT_PAUSE_MS).await;
                    }
                }
                (lane.subscription, lane.thread)
            });
        }
    }
    Ok(next_ms)
}

impl Line {
    /// Sends the first events of a lane, until one fails or it is others' turn.
    async fn deliver(&self, lane: &Lane) -> Result<(), StoreError> {
        // What cannot be noted is not sent: it would be sent again and again.
        self.store.health().await?;
        for _ in 0..IN_A_ROW {
            let Some(delivery) = self.store.next_delivery(lane.clone()).await? else { return Ok(()) };
            let outcome = self.send(&delivery).await;
            let now_ms = self.clock.now_ms();
            let settlement = settlement(&delivery, outcome, now_ms);
            let again = matches!(settlement, Settlement::Later { .. });
            match &settlement {
                Settlement::Delivered => self.metrics.webhook(Sent::Delivered),
                Settlement::Later { due_ms, .. } => {
                    self.metrics.webhook(Sent::Failed);
                    let (subscription, pause_ms) = (&lane.subscription.0, due_ms - now_ms);
                    tracing::debug!(subscription, pause_ms, tries = delivery.tries + 1, "a webhook failed");
                }
                Settlement::Never { reason } => {
                    self.metrics.webhook(Sent::GivenUp);
                    tracing::warn!(subscription = lane.subscription.0, reason, "a webhook was given up");
                }
            }
            self.store.settle(delivery, settlement).await?;
            if again {
                break;
            }
        }
        Ok(())
    }

    async fn send(&self, delivery: &Delivery) -> Result<Reply, NoReply> {
        let terms = &delivery.subscription.terms;
        let event = delivery.story.event(delivery.part);
        let id = event.id.clone();
        let body = terms.schema.body(&self.topic, event);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(terms.schema.content_type()));
        headers.insert("aeg-event-type", HeaderValue::from_static("Notification"));
        headers.insert("aeg-delivery-count", HeaderValue::from(delivery.tries));
        if let Ok(name) = HeaderValue::from_str(&delivery.subscription.id.0) {
            headers.insert("aeg-subscription-name", name);
        }
        sign(&mut headers, &terms.secret, &id, self.clock.now_ms(), &body);
        self.outgoing.send(Method::POST, &terms.url, headers, body).await
    }
}

/// The three headers of Standard Webhooks.
pub(crate) fn sign(headers: &mut HeaderMap, secret: &Secret, id: &str, now_ms: i64, body: &str) {
    let at_s = now_ms.div_euclid(1000);
    let signature = secret.sign(id, at_s, body);
    for (name, value) in [("id", id), ("timestamp", &at_s.to_string()), ("signature", &signature)] {
        let name = HeaderName::try_from(format!("webhook-{name}"));
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
}

/// What a reply, or none, means for the event.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// 200 to 204.
    Delivered,
    /// Trying again cannot help.
    Hopeless,
    /// Anything else may pass.
    Again {
        /// The receiver asked for a pause.
        retry_after_ms: Option<i64>,
    },
}

fn verdict(outcome: &Result<Reply, NoReply>) -> Verdict {
    match outcome {
        Ok(Reply { status: 200..=204, .. }) => Verdict::Delivered,
        // Event Grid does not try again after 400, 401, 403, 404 and 413; to 410, which says that the receiver is gone for
        // good, CloudEvents forbids it.
        Ok(Reply { status: 400 | 401 | 403 | 404 | 410 | 413, .. }) => Verdict::Hopeless,
        Ok(reply) => Verdict::Again { retry_after_ms: retry_after_ms(reply) },
        Err(NoReply::NotAllowed(_) | NoReply::TooSlow | NoReply::Failed(_)) => {
            Verdict::Again { retry_after_ms: None }
        }
    }
}

fn retry_after_ms(reply: &Reply) -> Option<i64> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = reply.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let response = HttpResponse { status: reply.status, headers, body: Vec::new() };
    let asked = acs_chat::ApiError::from_response(&response).retry_after_ms()?;
    Some(i64::try_from(asked).unwrap_or(RETRY_AFTER_MS).min(RETRY_AFTER_MS))
}

fn settlement(delivery: &Delivery, outcome: Result<Reply, NoReply>, now_ms: i64) -> Settlement {
    let reason = match &outcome {
        Ok(reply) => format!("the receiver answered {}", reply.status),
        Err(error) => error.to_string(),
    };
    match verdict(&outcome) {
        Verdict::Delivered => Settlement::Delivered,
        Verdict::Hopeless => Settlement::Never { reason },
        Verdict::Again { .. } if delivery.tries + 1 >= TRIES || now_ms - delivery.since_ms >= LIFE_MS => {
            Settlement::Never { reason }
        }
        Verdict::Again { retry_after_ms } => {
            let pause_ms = pause_ms(delivery.tries, u64::from_le_bytes(random::bytes()));
            let resume_ms = retry_after_ms.map(|asked_ms| now_ms + asked_ms);
            Settlement::Later { due_ms: (now_ms + pause_ms).max(resume_ms.unwrap_or(0)), resume_ms }
        }
    }
}

/// The pause after so many failures before this one: anything up to the schedule's, so that those who failed together do not
/// come again together ("full jitter").
fn pause_ms(tries: u32, random: u64) -> i64 {
    let last = PAUSES_S.len() - 1;
    let longest_ms = PAUSES_S[usize::try_from(tries).unwrap_or(last).min(last)] * 1000;
    let pause_ms = i64::try_from(random % u64::try_from(longest_ms + 1).unwrap_or(1)).unwrap_or(0);
    pause_ms.max(SHORTEST_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::happening::{Happening, What};
    use crate::webhooks::subscription::Subscription;

    fn reply(status: u16, retry_after: Option<&'static str>) -> Result<Reply, NoReply> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert("retry-after", HeaderValue::from_static(value));
        }
        Ok(Reply { status, headers, body: Vec::new() })
    }

    #[test]
    fn what_a_reply_means() {
        for status in [200, 201, 202, 203, 204] {
            assert_eq!(verdict(&reply(status, None)), Verdict::Delivered, "{status}");
        }
        for status in [400, 401, 403, 404, 410, 413] {
            assert_eq!(verdict(&reply(status, None)), Verdict::Hopeless, "{status}");
        }
        for status in [205, 301, 302, 307, 405, 408, 409, 418, 429, 500, 502, 503, 504] {
            assert_eq!(verdict(&reply(status, None)), Verdict::Again { retry_after_ms: None }, "{status}");
        }
        assert_eq!(verdict(&Err(NoReply::TooSlow)), Verdict::Again { retry_after_ms: None });
        for (asked, ms) in [("7", 7000), ("3600", 3_600_000), ("99999999999", RETRY_AFTER_MS)] {
            assert_eq!(verdict(&reply(503, Some(asked))), Verdict::Again { retry_after_ms: Some(ms) });
        }
    }

    #[test]
    fn what_fails_for_a_day_or_thirty_times_is_given_up() {
        let failed = |tries, since_ms| {
            let story = Happening {
                key: "k".to_owned(),
                thread_id: ThreadId::new("t"),
                thread_created_ms: 0,
                at_ms: 0,
                by: None,
                what: What::ThreadDeleted,
                recipients: Vec::new(),
            };
            let terms = serde_json::json!({"url": "", "schema": "eventGrid", "eventTypes": [],
                "subjectBeginsWith": "", "secret": ""});
            let terms = serde_json::from_value(terms).unwrap();
            let subscription = Subscription { id: SubscriptionId("s".to_owned()), created_ms: 0, terms };
            let delivery =
                Delivery { number: 1, happening: 1, part: 0, parts: 1, since_ms, tries, subscription, story };
            settlement(&delivery, reply(500, Some("2")), LIFE_MS)
        };
        let given_up = Settlement::Never { reason: "the receiver answered 500".to_owned() };
        assert_eq!(failed(TRIES - 1, LIFE_MS), given_up);
        assert_eq!(failed(0, 0), given_up, "also one that waited behind others, after one try");
        for tries in 0..TRIES - 1 {
            let Settlement::Later { due_ms, resume_ms } = failed(tries, 1) else { panic!("{tries}") };
            assert_eq!(resume_ms, Some(LIFE_MS + 2000));
            assert!(due_ms >= LIFE_MS + 2000, "never before what was asked for");
        }
    }

    #[test]
    fn pauses_grow_and_are_anything_in_between() {
        assert_eq!([0, 1, 2, 9, 29, u32::MAX].map(|tries| pause_ms(tries, 0)), [SHORTEST_PAUSE_MS; 6]);
        assert_eq!(pause_ms(0, 10_000), 10_000);
        assert_eq!(pause_ms(0, 10_001), SHORTEST_PAUSE_MS);
        assert_eq!(pause_ms(1, 29_000), 29_000);
        assert_eq!(pause_ms(29, 12 * 3_600_000), 12 * 3_600_000);
        // Even: each of ten parts of a minute gets its share of many.
        let mut parts = [0; 10];
        for _ in 0..10_000 {
            let pause = pause_ms(2, u64::from_le_bytes(random::bytes()));
            parts[usize::try_from(pause * 10 / 60_001).unwrap()] += 1;
        }
        assert!(parts.iter().all(|count| (800..1200).contains(count)), "{parts:?}");
    }
}

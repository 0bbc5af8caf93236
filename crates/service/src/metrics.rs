//! What the service counts of itself, for Prometheus and for the operator. `docs/monitoring.md` names every metric.
//!
//! Labels are bounded: names of operations, statuses, lines of the table of limits. No id, path or name of anybody is ever one.
//! To count is an addition to an atomic number behind a look-up; everything that costs more is asked when somebody scrapes
//! ([`Depths`]).

mod active;
mod operations;
mod tally;

pub(crate) use operations::operation;
pub(crate) use tally::Tally;

use crate::domain::rate::Operation;
use active::Active;
use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::sync::Arc;
use std::time::Duration;
use tally::Counters;

/// What the text of [`Metrics::text`] is.
pub(crate) const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Upper bounds in seconds. The budget for a send is 100 ms at the 99th percentile, so most are below it.
pub(crate) const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What became of a try to send a webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent {
    /// The receiver has it.
    Delivered,
    /// It is tried again.
    Failed,
    /// It is a dead letter.
    GivenUp,
}

/// How much waits or is there, asked when somebody scrapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depths {
    /// Threads.
    pub(crate) threads: i64,
    /// Identities that were not deleted.
    pub(crate) people: i64,
    /// Writes that wait for their group.
    pub(crate) writes_waiting: i64,
    /// Changes that wait to be told to a subscription.
    pub(crate) webhooks_waiting: i64,
    /// Changes that a subscription could not be told.
    pub(crate) dead_letters: i64,
    /// Of the database file.
    pub(crate) database_bytes: i64,
    /// Of its write-ahead log.
    pub(crate) log_bytes: i64,
}

/// All metrics of one service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    limited: IntCounterVec,
    messages: IntCounter,
    write_waits: Histogram,
    groups: Histogram,
    group_jobs: Histogram,
    commits: Histogram,
    failed_groups: IntCounter,
    webhooks: IntCounterVec,
    threads: IntGauge,
    people: IntGauge,
    active_threads: IntGaugeVec,
    active_people: IntGaugeVec,
    writes_waiting: IntGauge,
    webhooks_waiting: IntGauge,
    dead_letters: IntGauge,
    streams: IntGauge,
    answers: IntGauge,
    database_bytes: IntGaugeVec,
    active: Active,
    counters: Counters,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new(now_ms: i64) -> Self {
        let registry = Registry::new();
        let r = &registry;
        let build: GaugeVec = register(
            r,
            GaugeVec::new(Opts::new("natter_build_info", "The version that runs; always 1."), &["version"]),
        );
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        let started: Gauge =
            register(r, Gauge::new("natter_start_time_seconds", "When the service started, since 1970."));
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
        started.set(now_ms as f64 / 1000.0);
        let this = Inner {
            requests: counters(r, "natter_requests_total", "Requests answered.", &["operation", "status"]),
            durations: register(
                r,
                HistogramVec::new(
                    seconds("natter_request_duration_seconds", "From a request to the head of its reply."),
                    &["operation"],
                ),
            ),
            limited: counters(
                r,
                "natter_limited_requests_total",
                "Requests refused with 429, by the line of the table of limits.",
                &["rule"],
            ),
            messages: register(
                r,
                IntCounter::new(
                    "natter_messages_sent_total",
                    "Messages written; repeated sends are not counted.",
                ),
            ),
            write_waits: register(
                r,
                Histogram::with_opts(seconds(
                    "natter_write_wait_seconds",
                    "How long a write waited until its group began.",
                )),
            ),
            groups: register(
                r,
                Histogram::with_opts(seconds(
                    "natter_write_group_seconds",
                    "How long a group of writes took, its commit included: the sum is how long the writer was busy.",
                )),
            ),
            group_jobs: register(
                r,
                Histogram::with_opts(
                    HistogramOpts::new("natter_write_group_writes", "Writes that shared a commit.")
                        .buckets(vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]),
                ),
            ),
            commits: register(
                r,
                Histogram::with_opts(seconds(
                    "natter_commit_seconds",
                    "How long a commit took to be on disk.",
                )),
            ),
            failed_groups: register(
                r,
                IntCounter::new(
                    "natter_failed_write_groups_total",
                    "Groups of writes that were not committed.",
                ),
            ),
            webhooks: counters(
                r,
                "natter_webhook_deliveries_total",
                "Tries to send a webhook, by what became of them.",
                &["outcome"],
            ),
            threads: gauge(r, "natter_threads", "Threads that there are."),
            people: gauge(r, "natter_people", "Identities that there are."),
            active_threads: gauges(
                r,
                "natter_active_threads",
                "Threads in which somebody wrote, since the service started.",
                "within",
            ),
            active_people: gauges(
                r,
                "natter_active_people",
                "People whose requests of chat were answered, since the service started.",
                "within",
            ),
            writes_waiting: gauge(r, "natter_writes_waiting", "Writes that wait for their group."),
            webhooks_waiting: gauge(
                r,
                "natter_webhooks_waiting",
                "Changes that wait to be told to a subscription.",
            ),
            dead_letters: gauge(
                r,
                "natter_webhook_dead_letters",
                "Changes that a subscription could not be told.",
            ),
            streams: gauge(r, "natter_event_streams", "Open event streams."),
            answers: gauge(r, "natter_assistant_answers", "Answers of the assistant under way."),
            database_bytes: gauges(r, "natter_database_bytes", "Size of the database's files.", "file"),
            active: Active::default(),
            counters: Counters::default(),
            registry: registry.clone(),
        };
        for outcome in [Sent::Delivered, Sent::Failed, Sent::GivenUp] {
            // A counter that begins at its first event hides it from rate().
            this.webhooks.with_label_values(&[outcome.name()]);
        }
        Self(Arc::new(this))
    }

    /// A request was answered.
    pub(crate) fn answered(&self, operation: &'static str, status: &str, took: Duration) {
        self.0.counters.answered(status.starts_with('5'), took);
        self.0.requests.with_label_values(&[operation, status]).inc();
        self.0.durations.with_label_values(&[operation]).observe(took.as_secs_f64());
    }

    /// A request was one too many.
    pub(crate) fn limited(&self, operation: Operation) {
        self.0.counters.limited();
        self.0.limited.with_label_values(&[operation.name()]).inc();
    }

    /// An event stream was one too many.
    pub(crate) fn limited_stream(&self) {
        self.0.counters.limited();
        self.0.limited.with_label_values(&["event_streams"]).inc();
    }

    /// Somebody did something, perhaps wrote in a thread.
    pub(crate) fn seen(&self, person: &str, written_in: Option<&str>, now_ms: i64) {
        self.0.active.note(person, written_in, now_ms);
    }

    /// A message was written.
    pub(crate) fn message(&self) {
        self.0.counters.message();
        self.0.messages.inc();
    }

    /// A group of writes begins, of jobs that waited so long.
    pub(crate) fn group_begins(&self, waits: impl Iterator<Item = Duration>) {
        let mut jobs = 0_u32;
        for wait in waits {
            jobs += 1;
            self.0.write_waits.observe(wait.as_secs_f64());
        }
        self.0.group_jobs.observe(f64::from(jobs));
    }

    /// A commit has returned.
    pub(crate) fn committed(&self, took: Duration) {
        self.0.commits.observe(took.as_secs_f64());
    }

    /// A group of writes is done.
    pub(crate) fn group_ends(&self, took: Duration, committed: bool) {
        self.0.groups.observe(took.as_secs_f64());
        if !committed {
            self.0.failed_groups.inc();
        }
    }

    /// A webhook was sent, or not.
    pub(crate) fn webhook(&self, outcome: Sent) {
        self.0.counters.webhook(outcome);
        self.0.webhooks.with_label_values(&[outcome.name()]).inc();
    }

    /// What the operator's figures are made of.
    pub(crate) fn tally(&self) -> Tally {
        self.0.counters.tally()
    }

    /// Everything in the text format of Prometheus.
    pub(crate) fn text(&self, depths: &Depths, streams: usize, answers: usize, now_ms: i64) -> Vec<u8> {
        let inner = &self.0;
        inner.threads.set(depths.threads);
        inner.people.set(depths.people);
        inner.writes_waiting.set(depths.writes_waiting);
        inner.webhooks_waiting.set(depths.webhooks_waiting);
        inner.dead_letters.set(depths.dead_letters);
        inner.streams.set(whole(streams));
        inner.answers.set(whole(answers));
        inner.database_bytes.with_label_values(&["main"]).set(depths.database_bytes);
        inner.database_bytes.with_label_values(&["log"]).set(depths.log_bytes);
        for (within, [people, threads]) in inner.active.counts(now_ms) {
            inner.active_people.with_label_values(&[within]).set(whole(people));
            inner.active_threads.with_label_values(&[within]).set(whole(threads));
        }
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&inner.registry.gather(), &mut text) {
            // It fails where a family has no metrics, and such are not gathered.
            tracing::error!(%error, "metrics could not be written");
        }
        text
    }
}

impl Sent {
    fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
        }
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(name: &str, help: &str) -> HistogramOpts {
    HistogramOpts::new(name, help).buckets(SECONDS.to_vec())
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    register(registry, IntCounterVec::new(Opts::new(name, help), labels))
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    register(registry, IntGauge::new(name, help))
}

fn gauges(registry: &Registry, name: &str, help: &str, label: &str) -> IntGaugeVec {
    register(registry, IntGaugeVec::new(Opts::new(name, help), &[label]))
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, metric: prometheus::Result<C>) -> C {
    let metric = metric.expect("the names above are names");
    registry.register(Box::new(metric.clone())).expect("each name stands above once");
    metric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::new(1_500);
        metrics.answered("sendChatMessage", "201", Duration::from_millis(3));
        metrics.limited(Operation::WriteMessage);
        metrics.webhook(Sent::GivenUp);
        metrics.group_begins([Duration::ZERO, Duration::from_secs(1)].into_iter());
        metrics.seen("ann", Some("t"), 0);
        let depths = Depths { threads: 7, log_bytes: 9, ..Depths::default() };
        let text = String::from_utf8(metrics.text(&depths, 2, 1, 1_000)).unwrap();
        for line in [
            "natter_requests_total{operation=\"sendChatMessage\",status=\"201\"} 1",
            "natter_request_duration_seconds_bucket{operation=\"sendChatMessage\",le=\"0.005\"} 1",
            "natter_request_duration_seconds_bucket{operation=\"sendChatMessage\",le=\"0.0025\"} 0",
            "natter_limited_requests_total{rule=\"write_message\"} 1",
            "natter_webhook_deliveries_total{outcome=\"given_up\"} 1",
            "natter_webhook_deliveries_total{outcome=\"delivered\"} 0",
            "natter_write_group_writes_sum 2",
            "natter_active_people{within=\"5m\"} 1",
            "natter_active_threads{within=\"24h\"} 1",
            "natter_threads 7",
            "natter_event_streams 2",
            "natter_assistant_answers 1",
            "natter_database_bytes{file=\"log\"} 9",
            "natter_start_time_seconds 1.5",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
    }

    #[test]
    #[ignore = "a measurement: cargo test --release -p natter-service metrics -- --ignored --nocapture"]
    #[allow(clippy::print_stdout, reason = "it is there to be read")]
    fn what_it_costs_to_count_a_request() {
        const REQUESTS: u32 = 1_000_000;
        let metrics = Metrics::new(0);
        let began = std::time::Instant::now();
        for number in 0..REQUESTS {
            let operation = operation(&axum::http::Method::POST, Some("/chat/threads/{thread}/messages"));
            metrics.answered(operation, "201", Duration::from_micros(number.into()));
            metrics.seen("8:acs:person", Some("19:thread@thread.v2"), i64::from(number));
        }
        println!("{} ns", began.elapsed().as_nanos() / u128::from(REQUESTS));
    }

    /// Not a limit of time, which a busy machine would break, but of what a label can be.
    #[test]
    fn a_request_that_nobody_knows_is_one_line_whatever_it_asks_for() {
        let metrics = Metrics::new(0);
        for number in 0..100 {
            let operation = operation(&axum::http::Method::GET, Some(&format!("/natter/{number}")));
            metrics.answered(operation, "404", Duration::ZERO);
        }
        let text = String::from_utf8(metrics.text(&Depths::default(), 0, 0, 0)).unwrap();
        assert_eq!(text.matches("natter_requests_total{").count(), 1);
    }
}

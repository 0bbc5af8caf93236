//! The log, and traces for whoever collects them: OpenTelemetry by OTLP over HTTP. `docs/monitoring.md` says what is in them.
//!
//! Traces are of our own spans and hold no text of anybody: names of operations, statuses, the client's id of a request.
//! They are sent by a thread of their own out of a queue with an end. When the collector is away or slow they are dropped: no
//! request waits for it.

use crate::settings::{LogFormat, Settings};
use crate::state::StartError;
use axum::http::{HeaderMap, Request, Response};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

/// A collector is near. What it has not taken by then is lost.
const EXPORT_TIME: Duration = Duration::from_secs(5);

/// For what is still in the queue when the service stops.
const STOP_TIME: Duration = Duration::from_secs(2);

/// The characters of a client's id of a request that are noted: an SDK's is a GUID.
const REQUEST_ID_CHARS: usize = 64;

/// The sending of traces.
pub struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Sends what is in the queue. It blocks: no task may call it.
    pub fn flush(&self) {
        if let Some(provider) = &self.0 {
            // It fails when the collector is away, which was said already.
            drop(provider.force_flush());
        }
    }

    /// Sends what is in the queue, within two seconds, and nothing more. It blocks: no task may call it.
    pub fn stop(self) {
        if let Some(provider) = self.0 {
            drop(provider.shutdown_with_timeout(STOP_TIME));
        }
    }
}

/// What the log is written by, and traces if the settings ask for them. To be called where a runtime is entered: requests to
/// the collector are made in it.
///
/// # Errors
/// When the collector's address is none, or the filter of the log.
pub fn subscriber<W>(
    settings: &Settings,
    writer: W,
) -> Result<(impl Subscriber + Send + Sync + 'static, Telemetry), StartError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter =
        EnvFilter::try_new(&settings.log).map_err(|error| StartError::Telemetry(error.to_string()))?;
    let log = match settings.log_format {
        LogFormat::Text => fmt::layer().with_writer(writer).with_filter(filter).boxed(),
        LogFormat::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_span_list(false);
            layer.with_writer(writer).with_filter(filter).boxed()
        }
    };
    let provider = match &settings.otlp_endpoint {
        Some(endpoint) => Some(provider(endpoint, settings.otlp_sample)?),
        None => None,
    };
    let traces = provider.as_ref().map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("natter-service"));
        let layer = layer.with_location(false).with_threads(false).with_target(false);
        // Not the lines of the log, nor what libraries tell.
        let ours = filter_fn(|of| of.is_span() && of.target().starts_with("natter_service"));
        layer.with_tracked_inactivity(false).with_filter(ours)
    });
    Ok((Registry::default().with(log).with(traces), Telemetry(provider)))
}

fn provider(endpoint: &str, sample: f64) -> Result<SdkTracerProvider, StartError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new()?)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(EXPORT_TIME)
        .build()
        .map_err(|error| StartError::Telemetry(error.to_string()))?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::TraceIdRatioBased(sample))
        .with_resource(Resource::builder().with_service_name("natter-service").build())
        .build())
}

/// The collector, asked by the HTTP client that the service has anyway. The queue's thread knows no runtime, so each request is
/// a task of the one that this was made in.
#[derive(Debug)]
struct Collector {
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
    away: Arc<AtomicBool>,
}

impl Collector {
    fn new() -> Result<Self, StartError> {
        // An error means that the program has chosen a provider already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.timeout(EXPORT_TIME).build();
        let client = client.map_err(|error| StartError::Telemetry(error.to_string()))?;
        Ok(Self { client, runtime: tokio::runtime::Handle::current(), away: Arc::default() })
    }
}

type Sending = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send>>;

impl HttpClient for Collector {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let (client, away) = (self.client.clone(), Arc::clone(&self.away));
        let task = self.runtime.spawn(async move {
            let sent = send(&client, request).await;
            // Once when it goes and once when it is back, not for each batch.
            match &sent {
                Ok(_) if away.swap(false, Ordering::Relaxed) => {
                    tracing::info!("the collector of traces is back")
                }
                Err(error) if !away.swap(true, Ordering::Relaxed) => {
                    tracing::warn!(%error, "the collector of traces cannot be reached: traces are lost");
                }
                _ => {}
            }
            sent
        });
        let sending: Sending = Box::pin(async move { task.await? });
        sending
    }
}

async fn send(client: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let reply = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let reply = reply.send().await.map_err(reqwest::Error::without_url)?;
    let mut response = Response::builder().status(reply.status());
    if let Some(headers) = response.headers_mut() {
        headers.extend(reply.headers().clone());
    }
    if !reply.status().is_success() {
        return Err(format!("it answered {}", reply.status()).into());
    }
    Ok(response.body(reply.bytes().await.map_err(reqwest::Error::without_url)?)?)
}

/// The span of a request: its line in the log and the root, or a part, of a trace.
pub(crate) fn request_span(operation: &'static str, request_id: Option<&str>, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = operation,
        otel.kind = "server",
        request_id = request_id.map(clean),
        trace_id = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
        otel.status_code = tracing::field::Empty,
    );
    if headers.contains_key("traceparent") {
        let parent = TraceContextPropagator::new().extract(&Headers(headers));
        // It fails where no traces are made.
        drop(span.set_parent(parent));
    }
    let context = span.context();
    let trace = context.span().span_context().trace_id();
    if trace != opentelemetry::TraceId::INVALID {
        span.record("trace_id", tracing::field::display(trace));
    }
    span
}

/// Notes how a request was answered.
pub(crate) fn answered(span: &Span, status: u16) {
    // As a signed number: the bridge knows no other.
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// The id of a client, as long as a GUID and some more, and nothing in it that could be taken for another line or field.
fn clean(id: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    id.chars().take(REQUEST_ID_CHARS).map(|c| if plain(c) { c } else { '?' }).collect()
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn an_id_is_short_and_plain() {
        assert_eq!(clean("0f9-A_b.c:1"), "0f9-A_b.c:1");
        assert_eq!(clean("a\nb \"c\" é\u{1b}[31m"), "a?b??c?????31m");
        assert_eq!(clean(&"x".repeat(1000)).len(), super::REQUEST_ID_CHARS);
    }
}

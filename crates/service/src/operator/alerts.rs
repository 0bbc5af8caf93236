//! Alerts: a receiver is told when a figure of a minute is above a bound, and when it no longer is.

use super::figures::Minute;
use crate::domain::refusal::Refusal;
use crate::random;
use crate::store::Store;
use crate::webhooks::outgoing::Outgoing;
use acs_chat::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// So many at most: each is looked at every minute.
pub(crate) const ALERTS: usize = 20;

/// What can be watched, of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Measure {
    /// Requests that failed by the service's fault.
    Errors,
    /// All requests.
    Requests,
    /// Requests that were one too many.
    Limited,
    /// Milliseconds within which 99 of a hundred requests were answered.
    P99Ms,
    /// Webhooks that failed or were given up.
    FailedWebhooks,
}

/// What an alert says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Terms {
    pub(crate) measure: Measure,
    /// More than this is told.
    pub(crate) above: u32,
    /// Who is told.
    pub(crate) url: String,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alert {
    pub(crate) id: String,
    pub(crate) created_ms: i64,
    #[serde(flatten)]
    pub(crate) terms: Terms,
}

impl Alert {
    /// A new one. That its URL may be asked is not checked here.
    ///
    /// # Errors
    /// When the URL is too long.
    pub(crate) fn new(terms: Terms, now_ms: i64) -> Result<Self, Refusal> {
        if terms.url.len() > 2048 {
            return Err(Refusal::invalid("url must not be longer than 2048 bytes."));
        }
        Ok(Self { id: random::guid(), created_ms: now_ms, terms })
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of a minute")]
    fn value(&self, minute: &Minute) -> f64 {
        match self.terms.measure {
            Measure::Errors => minute.errors as f64,
            Measure::Requests => minute.requests as f64,
            Measure::Limited => minute.limited as f64,
            Measure::P99Ms => minute.p99_ms,
            Measure::FailedWebhooks => (minute.failed + minute.given_up) as f64,
        }
    }
}

/// What each receiver was told last. A receiver that could not be reached is told in the next minute what is so then.
#[derive(Default)]
pub(super) struct Told(HashMap<String, bool>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice<'a> {
    alert: &'a str,
    state: &'static str,
    measure: Measure,
    above: u32,
    value: f64,
    at: Timestamp,
}

impl Told {
    /// Looks at every alert, and tells those whose state is another now.
    pub(super) async fn tell(
        &mut self,
        store: &dyn Store,
        outgoing: &Outgoing,
        minute: &Minute,
        now_ms: i64,
    ) {
        let alerts = match store.alerts().await {
            Ok(alerts) => alerts,
            Err(error) => return tracing::warn!(%error, "alerts could not be read"),
        };
        self.0.retain(|id, _| alerts.iter().any(|alert| alert.id == *id));
        let sending = alerts.iter().filter_map(|alert| {
            let value = alert.value(minute);
            let firing = value > f64::from(alert.terms.above);
            (self.0.get(&alert.id).copied().unwrap_or(false) != firing)
                .then_some(async move { (alert, firing, send(outgoing, alert, firing, value, now_ms).await) })
        });
        // At the same time: a slow one costs the others nothing.
        for (alert, firing, taken) in futures_util::future::join_all(sending).await {
            if taken {
                self.0.insert(alert.id.clone(), firing);
            } else {
                tracing::warn!(alert = alert.id, "the receiver of an alert did not take it");
            }
        }
    }
}

async fn send(outgoing: &Outgoing, alert: &Alert, firing: bool, value: f64, now_ms: i64) -> bool {
    let Alert { id, terms, .. } = alert;
    let notice = Notice {
        alert: id,
        state: if firing { "firing" } else { "resolved" },
        measure: terms.measure,
        above: terms.above,
        value,
        at: Timestamp::from_ms(now_ms),
    };
    let Ok(body) = serde_json::to_string(&notice) else { return false };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    let reply = outgoing.send(Method::POST, &terms.url, headers, body).await;
    reply.is_ok_and(|reply| (200..300).contains(&reply.status))
}

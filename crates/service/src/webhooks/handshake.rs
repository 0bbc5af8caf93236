//! Before anything is sent to a receiver, it says that it wants it: so nobody can have us send to others.
//!
//! Event Grid sends an event of its own with a code, and the reply has to bring the code back; or the reply is 200 without
//! one, and somebody visits the address in the event ([`super::pending`]). CloudEvents asks by OPTIONS,
//! with the sender's name, and the reply has to name the sender or anybody (the specification of its web hooks, 4).

use super::envelope::Schema;
use super::outgoing::{Outgoing, Reply};
use super::subscription::Terms;
use crate::random;
use acs_chat::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// Who asks, as CloudEvents wants it: the form of a DNS name.
pub(crate) const ORIGIN: &str = "natter-service";

/// What the receiver says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It wants events.
    Yes,
    /// Nothing yet: somebody is to visit the address.
    Nothing,
}

/// Asks the receiver.
///
/// # Errors
/// A sentence for whoever wants to subscribe.
pub(crate) async fn shake(
    outgoing: &Outgoing,
    topic: &str,
    terms: &Terms,
    validation_url: &str,
    now_ms: i64,
) -> Result<Said, String> {
    let refused = |why: String| format!("The receiver did not say that it wants events: {why}.");
    match terms.schema {
        Schema::EventGrid => {
            let (id, code) = (random::guid(), random::guid());
            let body = json!([{
                "id": id,
                "topic": topic,
                "subject": "",
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                "eventTime": Timestamp::from_ms(now_ms).to_string(),
                "dataVersion": "2",
                "metadataVersion": "1",
                "data": {"validationCode": code, "validationUrl": validation_url},
            }])
            .to_string();
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(terms.schema.content_type()));
            headers.insert("aeg-event-type", HeaderValue::from_static("SubscriptionValidation"));
            super::delivery::sign(&mut headers, &terms.secret, &id, now_ms, &body);
            let reply = outgoing.send(Method::POST, &terms.url, headers, body).await;
            let reply = reply.map_err(|error| refused(error.to_string()))?;
            said(&reply, &code)
                .ok_or_else(|| refused(format!("it answered {} without the validation code", reply.status)))
        }
        Schema::CloudEvents => {
            let mut headers = HeaderMap::new();
            headers.insert("webhook-request-origin", HeaderValue::from_static(ORIGIN));
            let reply = outgoing.send(Method::OPTIONS, &terms.url, headers, String::new()).await;
            let reply = reply.map_err(|error| refused(error.to_string()))?;
            if allows_us(&reply) {
                return Ok(Said::Yes);
            }
            Err(refused(format!("it answered {} without allowing the origin {ORIGIN}", reply.status)))
        }
    }
}

fn said(reply: &Reply, code: &str) -> Option<Said> {
    if reply.status != 200 {
        return None;
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    match body.get("validationResponse") {
        Some(response) => (response == code).then_some(Said::Yes),
        None => Some(Said::Nothing),
    }
}

fn allows_us(reply: &Reply) -> bool {
    let allowed = reply.headers.get("webhook-allowed-origin").and_then(|value| value.to_str().ok());
    let allowed = allowed.is_some_and(|origins| {
        origins.split(',').map(str::trim).any(|origin| origin == "*" || origin.eq_ignore_ascii_case(ORIGIN))
    });
    (200..300).contains(&reply.status) && allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, origin: Option<&'static str>, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert("webhook-allowed-origin", HeaderValue::from_static(origin));
        }
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn only_the_code_itself_counts() {
        for (status, body, expected) in [
            (200, r#"{"validationResponse":"c"}"#, Some(Said::Yes)),
            (200, r#"{"validationResponse":"d"}"#, None),
            (200, r#"{"validationResponse":null}"#, None),
            (201, r#"{"validationResponse":"c"}"#, None),
            (200, "c", Some(Said::Nothing)),
            (200, "", Some(Said::Nothing)),
            (200, "null", Some(Said::Nothing)),
            (202, "", None),
        ] {
            assert_eq!(said(&reply(status, None, body), "c"), expected, "{status} {body}");
        }
    }

    #[test]
    fn only_our_name_or_anybody_counts() {
        for origin in ["*", "natter-service", "a.example, Natter-Service"] {
            assert!(allows_us(&reply(204, Some(origin), "")), "{origin}");
        }
        for (status, origin) in [(200, None), (200, Some("example.com")), (404, Some("*")), (302, Some("*"))]
        {
            assert!(!allows_us(&reply(status, origin, "")), "{status} {origin:?}");
        }
    }
}

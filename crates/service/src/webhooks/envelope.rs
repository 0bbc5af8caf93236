//! The two forms in which an event travels: the schema of Event Grid, and CloudEvents 1.0.

use super::happening::Event;
use acs_chat::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Which form a receiver asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Schema {
    /// A list with one event in it, as Event Grid sends them.
    EventGrid,
    /// One event, in the structured mode of CloudEvents 1.0 over HTTP.
    CloudEvents,
}

/// What the events come from, in the form of an Azure resource. This service is in no subscription and no group of Azure.
pub(crate) fn topic(resource_id: &str) -> String {
    format!(
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/natter/providers/\
         Microsoft.Communication/communicationServices/{resource_id}"
    )
}

impl Schema {
    /// The `Content-Type` of a request with an event.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::EventGrid => "application/json; charset=utf-8",
            Self::CloudEvents => "application/cloudevents+json; charset=utf-8",
        }
    }

    /// The body of a request with an event.
    pub(crate) fn body(self, topic: &str, event: Event) -> String {
        let time = Timestamp::from_ms(event.at_ms).to_string();
        match self {
            Self::EventGrid => json!([{
                "id": event.id,
                "topic": topic,
                "subject": event.subject,
                "eventType": event.event_type,
                "eventTime": time,
                "dataVersion": "1.0",
                "metadataVersion": "1",
                "data": event.data,
            }]),
            Self::CloudEvents => json!({
                "specversion": "1.0",
                "id": event.id,
                "source": topic,
                "subject": event.subject,
                "type": event.event_type,
                "time": time,
                "datacontenttype": "application/json",
                "data": event.data,
            }),
        }
        .to_string()
    }
}

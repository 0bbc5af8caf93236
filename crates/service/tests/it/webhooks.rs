//! Webhooks: who is told of what, in which form and order, and what becomes of it when a receiver does not do its part.

use crate::harness::{START_MS, TestApp, User, identifier, participant, text};
use acs_chat::identity::hmac;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use natter_service::WebhookTargets;
use natter_service::commands::{self, CommandError, CommandLine};
use natter_service::server::Server;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

/// Longer than anything takes: a test that waits for what does not come is to fail.
const PATIENCE: Duration = Duration::from_secs(20);

const SUBSCRIPTIONS: &str = "/natter/v1/event-subscriptions";

/// What a receiver answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Status(u16),
    /// With `Retry-After`, in seconds.
    Busy(u16, u32),
    /// To another place, which is the receiver's own.
    Redirect,
    Never,
    /// 200, once there is a permit at the gate.
    AtTheGate,
}

/// A request that a receiver got.
#[derive(Debug)]
struct Got {
    headers: HeaderMap,
    body: String,
}

impl Got {
    /// The event in it, out of its list.
    fn event(&self) -> Value {
        match serde_json::from_str(&self.body).unwrap() {
            Value::Array(mut events) => {
                assert_eq!(events.len(), 1);
                events.remove(0)
            }
            event => event,
        }
    }

    fn id(&self) -> String {
        text(&self.event()["id"])
    }

    /// What the message in it says.
    fn says(&self) -> String {
        text(&self.event()["data"]["messageBody"])
    }
}

/// Answers by a function of how many requests came before and of the body.
type Behaviour = Arc<Mutex<Box<dyn FnMut(&str) -> Answer + Send>>>;

struct Receiver {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Got>,
    behaviour: Behaviour,
    gate: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// One that shakes hands with everybody and takes everything.
    async fn new() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        let behaviour: Behaviour = Arc::new(Mutex::new(Box::new(|_| Answer::Status(200))));
        let gate = Arc::new(Semaphore::new(0));
        let (answers, passing) = (Arc::clone(&behaviour), Arc::clone(&gate));
        let router = Router::new().fallback(move |request: Request| {
            let (sender, answers, gate) = (sender.clone(), Arc::clone(&answers), Arc::clone(&passing));
            async move { answer(request, &sender, &answers, &gate).await }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, requests, behaviour, gate, task }
    }

    fn url(&self) -> String {
        format!("http://{}/hook?key=1", self.address)
    }

    /// From now on it answers so.
    fn answer(&self, behaviour: impl FnMut(&str) -> Answer + Send + 'static) {
        *self.behaviour.lock().unwrap() = Box::new(behaviour);
    }

    fn always(&self, answer: Answer) {
        self.answer(move |_| answer);
    }

    /// The next request that is no handshake.
    async fn next(&mut self) -> Got {
        let got = tokio::time::timeout(PATIENCE, self.requests.recv()).await;
        got.expect("nothing came").expect("the receiver runs")
    }

    async fn take(&mut self, count: usize) -> Vec<Got> {
        let mut got = Vec::new();
        for _ in 0..count {
            got.push(self.next().await);
        }
        got
    }

    /// Ends it, and with it all its connections.
    async fn close(mut self) -> SocketAddr {
        self.task.abort();
        drop((&mut self.task).await);
        self.address
    }
}

async fn answer(
    request: Request,
    sender: &mpsc::UnboundedSender<Got>,
    answers: &Behaviour,
    gate: &Semaphore,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let handshake = parts.method == Method::OPTIONS
        || parts.headers.get("aeg-event-type").is_some_and(|kind| kind == "SubscriptionValidation");
    let answer = (answers.lock().unwrap())(&body);
    match answer {
        Answer::Status(200) if parts.method == Method::OPTIONS => {
            let origin = parts.headers["webhook-request-origin"].clone();
            return [("webhook-allowed-origin", origin)].into_response();
        }
        Answer::Status(200) if handshake => {
            let event: Value = serde_json::from_str(&body).unwrap();
            let code = event[0]["data"]["validationCode"].clone();
            return axum::Json(json!({"validationResponse": code})).into_response();
        }
        _ => {}
    }
    if !handshake {
        sender.send(Got { headers: parts.headers, body }).unwrap();
    }
    match answer {
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Busy(status, seconds) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("retry-after", seconds.to_string())]).into_response()
        }
        Answer::Redirect => (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response(),
        Answer::Never => std::future::pending().await,
        Answer::AtTheGate => {
            gate.acquire().await.unwrap().forget();
            StatusCode::OK.into_response()
        }
    }
}

async fn hooked() -> TestApp {
    TestApp::with(|settings| settings.webhooks_to = WebhookTargets::Loopback).await
}

async fn subscribe(app: &TestApp, terms: Value) -> Value {
    app.signed(Method::POST, SUBSCRIPTIONS, &terms.to_string()).await.ok(201)
}

async fn dead_letters(app: &TestApp, subscription: &Value) -> Vec<Value> {
    let target = format!("{SUBSCRIPTIONS}/{}/dead-letters", text(&subscription["id"]));
    app.signed(Method::GET, &target, "").await.ok(200)["value"].as_array().unwrap().clone()
}

/// Waits until the queue has nothing that was not delivered or given up.
async fn settled(app: &TestApp) {
    until(app, "SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM lane)", 0).await;
}

async fn count(app: &TestApp, query: &'static str) -> i64 {
    let file = format!("sqlite://{}?mode=ro", app.settings.data.join("natter.sqlite3").display());
    let mut database = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut database).await.unwrap()
}

/// Waits until a number in the database is this.
async fn until(app: &TestApp, query: &'static str, number: i64) {
    let wait = async {
        while count(app, query).await != number {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never {number}: {query}"));
}

/// The next request. The clock goes on when nothing is under way: everything that waits is due later.
async fn next_when_due(app: &TestApp, receiver: &mut Receiver) -> Got {
    let wait = async {
        loop {
            if let Ok(got) = receiver.requests.try_recv() {
                return got;
            }
            let due_ms = count(app, "SELECT coalesce(min(due_ms), 0) FROM lane").await;
            if due_ms > app.clock.now_ms() {
                app.clock.set_ms(due_ms);
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("nothing came")
}

fn id(thread: &str) -> String {
    thread.strip_prefix("/chat/threads/").unwrap().to_owned()
}

/// All that can happen, once, in one thread; its path, and who took part.
async fn live(app: &TestApp) -> (String, User, User, User) {
    let (ann, bob, carl) = (app.user().await, app.user().await, app.user().await);
    let with = |user: &User, name: &str| {
        let mut participant = participant(&user.id);
        participant["displayName"] = json!(name);
        participant["metadata"] = json!({"of": name});
        participant
    };
    let made = json!({"topic": "First", "metadata": {"a": "b"}, "participants": [with(&ann, "Ann"), with(&bob, "Bob")]});
    let made = app.post(&ann, "/chat/threads", made).await.ok(201);
    let thread = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
    let messages = format!("{thread}/messages");
    app.pass_ms(1111);
    let sent = json!({"content": "Hello", "senderDisplayName": "Ann", "metadata": {"k": "v"}});
    let message = text(&app.post(&ann, &messages, sent).await.ok(201)["id"]);
    app.pass_ms(1111);
    app.patch(&ann, &format!("{messages}/{message}"), json!({"content": "Hi"})).await.ok(204);
    app.pass_ms(1111);
    app.delete(&ann, &format!("{messages}/{message}")).await.ok(204);
    app.pass_ms(1111);
    app.patch(&bob, &thread, json!({"topic": "Second"})).await.ok(204);
    app.pass_ms(1111);
    app.post(&ann, &format!("{thread}/participants/:add"), json!({"participants": [with(&carl, "Carl")]}))
        .await
        .ok(201);
    app.pass_ms(1111);
    app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&carl.id)).await.ok(204);
    app.pass_ms(1111);
    app.delete(&ann, &thread).await.ok(204);
    (thread, ann, bob, carl)
}

/// Type, subject behind `thread/<id>/`, and names of the data, as section 8 of the reference and the vendor's samples have
/// them. `{a}`, `{b}` and `{c}` are Ann, Bob and Carl.
#[rustfmt::skip]
const TOLD: [(&str, &str, &str); 18] = [
    ("ChatThreadCreated", "createdBy/{a}",
     "createTime createdByCommunicationIdentifier metadata participants properties threadId transactionId version"),
    ("ChatThreadCreatedWithUser", "createdBy/{a}/recipient/{b}",
     "createTime createdBy createdByCommunicationIdentifier members metadata participants properties recipientCommunicationIdentifier recipientId threadId transactionId version"),
    ("ChatMessageReceivedInThread", "sender/{a}",
     "composeTime messageBody messageId metadata senderCommunicationIdentifier senderDisplayName threadId transactionId type version"),
    ("ChatMessageReceived", "sender/{a}/recipient/{b}",
     "composeTime messageBody messageId metadata recipientCommunicationIdentifier recipientId senderCommunicationIdentifier senderDisplayName senderId threadId transactionId type version"),
    ("ChatMessageEditedInThread", "sender/{a}",
     "composeTime editTime messageBody messageId metadata senderCommunicationIdentifier senderDisplayName threadId transactionId type version"),
    ("ChatMessageEdited", "sender/{a}/recipient/{b}",
     "composeTime editTime messageBody messageId metadata recipientCommunicationIdentifier recipientId senderCommunicationIdentifier senderDisplayName senderId threadId transactionId type version"),
    ("ChatMessageDeletedInThread", "sender/{a}",
     "composeTime deleteTime messageId senderCommunicationIdentifier senderDisplayName threadId transactionId type version"),
    ("ChatMessageDeleted", "sender/{a}/recipient/{b}",
     "composeTime deleteTime messageId recipientCommunicationIdentifier recipientId senderCommunicationIdentifier senderDisplayName senderId threadId transactionId type version"),
    ("ChatThreadPropertiesUpdated", "editedBy/{b}",
     "createTime editTime editedByCommunicationIdentifier metadata properties threadId transactionId version"),
    ("ChatThreadPropertiesUpdatedPerUser", "editedBy/{b}/recipient/{a}",
     "createTime editTime editedBy editedByCommunicationIdentifier metadata properties recipientCommunicationIdentifier recipientId threadId transactionId version"),
    ("ChatThreadParticipantAdded", "participantadded/{c}",
     "addedByCommunicationIdentifier createTime participantAdded threadId time transactionId version"),
    ("ChatParticipantAddedToThreadWithUser", "participantAdded/{c}/recipient/{b}",
     "addedByCommunicationIdentifier createTime participantAdded recipientCommunicationIdentifier recipientId threadId time transactionId version"),
    ("ChatParticipantAddedToThreadWithUser", "participantAdded/{c}/recipient/{c}",
     "addedByCommunicationIdentifier createTime participantAdded recipientCommunicationIdentifier recipientId threadId time transactionId version"),
    ("ChatThreadParticipantRemoved", "participantremoved/{c}",
     "createTime participantRemoved removedByCommunicationIdentifier threadId time transactionId version"),
    ("ChatParticipantRemovedFromThreadWithUser", "participantRemoved/{c}/recipient/{c}",
     "createTime participantRemoved recipientCommunicationIdentifier recipientId removedByCommunicationIdentifier threadId time transactionId version"),
    ("ChatParticipantRemovedFromThreadWithUser", "participantRemoved/{c}/recipient/{b}",
     "createTime participantRemoved recipientCommunicationIdentifier recipientId removedByCommunicationIdentifier threadId time transactionId version"),
    ("ChatThreadDeleted", "deletedBy/{a}",
     "createTime deleteTime deletedByCommunicationIdentifier threadId transactionId version"),
    ("ChatThreadWithUserDeleted", "deletedBy/{a}/recipient/{b}",
     "createTime deleteTime deletedBy deletedByCommunicationIdentifier recipientCommunicationIdentifier recipientId threadId transactionId version"),
];

#[tokio::test]
async fn every_type_of_event_has_the_fields_of_the_reference() {
    let app = hooked().await;
    let mut receiver = Receiver::new().await;
    subscribe(&app, json!({"url": receiver.url()})).await;
    let (thread, ann, bob, carl) = live(&app).await;
    let events: Vec<Value> = receiver.take(TOLD.len()).await.iter().map(Got::event).collect();
    settled(&app).await;
    let names = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let mut types = BTreeSet::new();
    for (event, (kind, subject, fields)) in events.iter().zip(TOLD) {
        let people = [("{a}", &ann), ("{b}", &bob), ("{c}", &carl)];
        let subject = people.iter().fold(subject.to_owned(), |text, (mark, who)| text.replace(mark, &who.id));
        assert_eq!(event["eventType"], format!("Microsoft.Communication.{kind}"));
        assert_eq!(event["subject"], format!("thread/{}/{subject}", id(&thread)));
        assert_eq!(names(&event["data"]), fields.split(' ').map(str::to_owned).collect(), "{kind}");
        let envelope = "data dataVersion eventTime eventType id metadataVersion subject topic";
        assert_eq!(names(event), envelope.split(' ').map(str::to_owned).collect());
        assert_eq!((&event["dataVersion"], &event["metadataVersion"]), (&json!("1.0"), &json!("1")));
        let topic = text(&event["topic"]);
        let resource = ann.id.strip_prefix("8:acs:").unwrap().split('_').next().unwrap();
        assert!(
            topic.ends_with(&format!("/providers/Microsoft.Communication/communicationServices/{resource}"))
        );
        // A text only where a message is told of to the thread.
        let text_version = kind.starts_with("ChatMessage") && kind.ends_with("InThread");
        assert_eq!(event["data"]["version"].is_string(), text_version, "{kind}");
        types.insert(kind);
    }
    assert_eq!(types.len(), 16, "every type");
    let data = |kind: &str| {
        let index = TOLD.iter().position(|(name, _, _)| *name == kind).unwrap();
        events[index]["data"].clone()
    };
    let received = data("ChatMessageReceived");
    assert_eq!(received["threadId"], id(&thread));
    assert_eq!((&received["messageBody"], &received["type"]), (&json!("Hello"), &json!("Text")));
    assert_eq!(received["metadata"], json!({"k": "v"}));
    assert_eq!((&received["senderId"], &received["recipientId"]), (&json!(ann.id), &json!(bob.id)));
    assert_eq!(received["senderCommunicationIdentifier"], identifier(&ann.id));
    assert_eq!(received["recipientCommunicationIdentifier"], identifier(&bob.id));
    assert_eq!(received["senderDisplayName"], "Ann");
    assert_eq!(received["messageId"], json!((START_MS + 1111).to_string()));
    assert_eq!(received["version"], json!(START_MS + 1111));
    assert_eq!(received["composeTime"], "2025-01-02T03:04:06.789Z");
    let edited = data("ChatMessageEditedInThread");
    assert_eq!((&edited["messageBody"], &edited["composeTime"]), (&json!("Hi"), &received["composeTime"]));
    assert_eq!(
        (&edited["editTime"], &edited["version"]),
        (&json!("2025-01-02T03:04:07.900Z"), &json!((START_MS + 2222).to_string()))
    );
    assert_eq!(data("ChatMessageDeleted")["deleteTime"], "2025-01-02T03:04:09.011Z");
    let created = data("ChatThreadCreatedWithUser");
    assert_eq!(
        (&created["properties"], &created["metadata"]),
        (&json!({"topic": "First"}), &json!({"a": "b"}))
    );
    assert_eq!(created["createTime"], "2025-01-02T03:04:05.678Z");
    assert_eq!(
        created["members"],
        json!([{"displayName": "Ann", "memberId": ann.id}, {"displayName": "Bob", "memberId": bob.id}])
    );
    assert_eq!(
        created["participants"][1],
        json!({"displayName": "Bob", "metadata": {"of": "Bob"}, "participantCommunicationIdentifier": identifier(&bob.id)})
    );
    let updated = data("ChatThreadPropertiesUpdated");
    assert_eq!(updated["properties"], json!({"topic": "Second"}));
    assert_eq!(updated["editedByCommunicationIdentifier"], identifier(&bob.id));
    for (kind, by, who) in [
        ("ChatThreadParticipantAdded", "addedBy", "participantAdded"),
        ("ChatParticipantRemovedFromThreadWithUser", "removedBy", "participantRemoved"),
    ] {
        let told = data(kind);
        assert_eq!(told[format!("{by}CommunicationIdentifier")], identifier(&ann.id), "{kind}");
        assert_eq!(told[who]["participantCommunicationIdentifier"], identifier(&carl.id), "{kind}");
        assert_eq!(told[who]["displayName"], "Carl", "{kind}");
    }
    assert_eq!(data("ChatThreadDeleted")["createTime"], created["createTime"]);
    let ids: BTreeSet<String> = events.iter().map(|event| text(&event["id"])).collect();
    assert_eq!(ids.len(), events.len(), "each has its own");
}

#[tokio::test]
async fn cloud_events_say_the_same_in_their_own_envelope() {
    let app = hooked().await;
    let (mut one, mut other) = (Receiver::new().await, Receiver::new().await);
    subscribe(&app, json!({"url": one.url()})).await;
    subscribe(&app, json!({"url": other.url(), "schema": "cloudEvents"})).await;
    live(&app).await;
    for _ in 0..TOLD.len() {
        let (grid, cloud) = (one.next().await, other.next().await);
        assert_eq!(grid.headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(cloud.headers["content-type"], "application/cloudevents+json; charset=utf-8");
        let (grid, cloud) = (grid.event(), cloud.event());
        let expected = json!({
            "specversion": "1.0", "datacontenttype": "application/json",
            "id": grid["id"], "source": grid["topic"], "subject": grid["subject"], "type": grid["eventType"],
            "time": grid["eventTime"], "data": grid["data"],
        });
        assert_eq!(cloud, expected, "one event has one id for all");
    }
}

#[tokio::test]
async fn html_is_told_as_the_vendor_names_it_and_a_policy_deletes_for_nobody() {
    let app = hooked().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let mut receiver = Receiver::new().await;
    let thread = app.thread(&ann, &[&bob]).await;
    subscribe(&app, json!({"url": receiver.url()})).await;
    app.post(&ann, &format!("{thread}/messages"), json!({"content": "<b>x</b>", "type": "html"}))
        .await
        .ok(201);
    let told = receiver.next().await.event();
    assert_eq!((&told["data"]["type"], &told["data"]["metadata"]), (&json!("RichText/Html"), &json!({})));
    receiver.next().await;
    let policy = json!({"retentionPolicy": {"kind": "threadCreationDate", "deleteThreadAfterDays": 30}});
    app.patch(&ann, &thread, policy).await.ok(204);
    receiver.take(2).await;
    app.pass_ms(31 * 24 * 60 * 60 * 1000);
    let told = receiver.take(3).await;
    let subjects: Vec<String> = told.iter().map(|got| text(&got.event()["subject"])).collect();
    let place = format!("thread/{}", id(&thread));
    let of = |user: &User| format!("{place}/recipient/{}", user.id);
    assert_eq!(subjects, [place.clone(), of(&ann), of(&bob)]);
    assert_eq!(told[1].event()["data"].get("deletedBy"), None);
}

#[tokio::test]
async fn nobody_is_told_of_a_message_that_is_hidden_from_them() {
    let app = hooked().await;
    let (ann, bob, late) = (app.user().await, app.user().await, app.user().await);
    let mut receiver = Receiver::new().await;
    let thread = app.thread(&ann, &[&bob]).await;
    let message = app.say(&ann, &thread, "before").await;
    app.pass_ms(5000);
    let mut newcomer = participant(&late.id);
    newcomer["shareHistoryTime"] = json!("2030-01-01T00:00:00Z");
    app.post(&ann, &format!("{thread}/participants/:add"), json!({"participants": [newcomer]})).await.ok(201);
    let wanted = json!(["Microsoft.Communication.ChatMessageEdited", "ChatMessageReceived"]);
    subscribe(&app, json!({"url": receiver.url(), "eventTypes": wanted})).await;
    app.patch(&ann, &format!("{thread}/messages/{message}"), json!({"content": "changed"})).await.ok(204);
    app.say(&ann, &thread, "after").await;
    let told = receiver.take(3).await;
    let told: Vec<_> =
        told.iter().map(|got| (got.says(), text(&got.event()["data"]["recipientId"]))).collect();
    let expected = [("changed", &bob), ("after", &bob), ("after", &late)];
    assert_eq!(told, expected.map(|(says, who)| (says.to_owned(), who.id.clone())));
}

#[tokio::test]
async fn a_subscription_hears_of_the_types_and_subjects_it_asks_for() {
    let app = hooked().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let (one, two) = (app.thread(&ann, &[&bob]).await, app.thread(&ann, &[&bob]).await);
    let mut by_type = Receiver::new().await;
    let mut by_subject = Receiver::new().await;
    subscribe(&app, json!({"url": by_type.url(), "eventTypes": ["ChatMessageReceivedInThread"]})).await;
    let prefix = format!("thread/{}/sender/{}/recipient/", id(&two), bob.id);
    subscribe(&app, json!({"url": by_subject.url(), "subjectBeginsWith": prefix})).await;
    for (user, thread, says) in [(&ann, &one, "1"), (&ann, &two, "2"), (&bob, &one, "3"), (&bob, &two, "4")] {
        app.say(user, thread, says).await;
    }
    let mut told: Vec<_> = by_type.take(4).await.iter().map(Got::says).collect();
    told.sort();
    assert_eq!(told, ["1", "2", "3", "4"], "the thread's event alone");
    assert_eq!(by_subject.next().await.says(), "4");
    settled(&app).await;
    assert!(by_type.requests.try_recv().is_err() && by_subject.requests.try_recv().is_err());
}

#[tokio::test]
async fn typing_receipts_and_system_messages_are_no_events() {
    let app = hooked().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let mut receiver = Receiver::new().await;
    let thread = app.thread(&ann, &[&bob]).await;
    let message = app.say(&ann, &thread, "before").await;
    subscribe(&app, json!({"url": receiver.url()})).await;
    app.post(&bob, &format!("{thread}/typing"), json!({})).await.ok(200);
    app.post(&bob, &format!("{thread}/readReceipts"), json!({"chatMessageId": message})).await.ok(200);
    app.patch(&ann, &thread, json!({"topic": "Second"})).await.ok(204);
    let told = receiver.take(2).await;
    assert!(told.iter().all(|got| text(&got.event()["eventType"]).contains("ChatThreadPropertiesUpdated")));
    settled(&app).await;
    assert!(receiver.requests.try_recv().is_err());
}

#[tokio::test]
async fn without_a_subscription_nothing_is_written() {
    let app = hooked().await;
    live(&app).await;
    assert_eq!(count(&app, "SELECT count(*) FROM happening").await, 0);
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    live(&app).await;
    receiver.take(TOLD.len()).await;
    settled(&app).await;
    assert_eq!(count(&app, "SELECT count(*) FROM happening").await, 0, "nothing stays of what was told");
    // Nor of what is not told any more.
    receiver.always(Answer::Status(500));
    live(&app).await;
    receiver.next().await;
    let target = format!("{SUBSCRIPTIONS}/{}", text(&made["id"]));
    app.signed(Method::DELETE, &target, "").await.ok(204);
    app.signed(Method::DELETE, &target, "").await.refused(404, "NotFound");
    live(&app).await;
    let all = "SELECT (SELECT count(*) FROM happening) + (SELECT count(*) FROM delivery) + (SELECT count(*) FROM lane)";
    until(&app, all, 0).await;
}

#[tokio::test]
async fn a_receiver_has_to_say_that_it_wants_events() {
    let app = hooked().await;
    let mut receiver = Receiver::new().await;
    for schema in ["eventGrid", "cloudEvents"] {
        let terms = json!({"url": receiver.url(), "schema": schema}).to_string();
        for answer in [Answer::Status(204), Answer::Status(404), Answer::Status(500), Answer::Redirect] {
            receiver.always(answer);
            app.signed(Method::POST, SUBSCRIPTIONS, &terms).await.refused(400, "BadRequest");
        }
        receiver.always(Answer::Never);
        let request = app.signed_request(Method::POST, SUBSCRIPTIONS, &terms, app.clock.now_ms());
        let mut asked = std::pin::pin!(app.call(request));
        let refused = loop {
            // The clock stands still: it is moved until the service has begun to wait for it.
            tokio::select! {
                reply = &mut asked => break reply,
                () = tokio::task::yield_now() => app.pass_ms(31_000),
            }
        };
        refused.refused(400, "BadRequest");
        assert!(text(&refused.json()["error"]["message"]).contains("30 seconds"));
        receiver.always(Answer::Status(200));
        let made = app.signed(Method::POST, SUBSCRIPTIONS, &terms).await.ok(201);
        assert_eq!((&made["schema"], &made["url"]), (&json!(schema), &json!(receiver.url())));
    }
    assert!(receiver.requests.try_recv().is_err(), "no event came, and nothing followed a redirect");
    let address = receiver.close().await;
    let gone = json!({"url": format!("http://{address}/")}).to_string();
    app.signed(Method::POST, SUBSCRIPTIONS, &gone).await.refused(400, "BadRequest");
    let listed = app.signed(Method::GET, SUBSCRIPTIONS, "").await.ok(200);
    assert_eq!(listed["value"].as_array().unwrap().len(), 2, "those alone who said yes");
    assert!(!listed.to_string().contains("whsec_"), "the secret is shown once");
}

#[tokio::test]
async fn odd_subscriptions_are_refused() {
    let app = hooked().await;
    let receiver = Receiver::new().await;
    let url = receiver.url();
    for terms in [
        json!({}),
        json!({"url": ""}),
        json!({"url": "/hook"}),
        json!({"url": "ftp://127.0.0.1/"}),
        json!({"url": url.replace("http://", "http://user:secret@")}),
        json!({"url": "http://10.0.0.1/"}),
        json!({"url": "https://10.0.0.1/"}),
        json!({"url": "https://169.254.169.254/latest/meta-data"}),
        json!({"url": "http://8.8.8.8/"}),
        json!({"url": url, "schema": "EventGrid"}),
        json!({"url": url, "eventTypes": ["ChatMessageRead"]}),
        json!({"url": url, "eventTypes": "ChatMessageReceived"}),
        json!({"url": url, "secret": "mine"}),
        json!({"url": url, "subjectBeginsWith": "a".repeat(2049)}),
        json!({"url": format!("{url}{}", "a".repeat(2048))}),
        json!({"url": format!("{url}\0")}),
    ] {
        app.signed(Method::POST, SUBSCRIPTIONS, &terms.to_string()).await.refused(400, "BadRequest");
    }
    for number in 0..51 {
        let reply = app.signed(Method::POST, SUBSCRIPTIONS, &json!({"url": url}).to_string()).await;
        assert_eq!(reply.status, if number < 50 { 201 } else { 400 }, "{number}");
    }
    // Where nothing is allowed, loopback is not either.
    let strict = TestApp::new().await;
    for url in [url.clone(), url.replace("http", "https"), "https://localhost/".to_owned()] {
        let refused = strict.signed(Method::POST, SUBSCRIPTIONS, &json!({"url": url}).to_string()).await;
        refused.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn each_request_is_signed_with_the_secret_of_its_subscription() {
    let app = hooked().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    let other = subscribe(&app, json!({"url": receiver.url(), "schema": "cloudEvents"})).await;
    assert_ne!(made["secret"], other["secret"]);
    let thread = app.thread(&ann, &[&bob]).await;
    app.say(&ann, &thread, "x").await;
    let mut names = BTreeMap::new();
    for got in receiver.take(8).await {
        let header = |name: &str| got.headers[name].to_str().unwrap().to_owned();
        let name = header("aeg-subscription-name");
        let subscription = if made["id"] == name { &made } else { &other };
        let key = STANDARD.decode(text(&subscription["secret"]).strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), got.body);
        let signature = header("webhook-signature");
        assert!(hmac::verify(&key, &signed, signature.strip_prefix("v1,").unwrap()));
        assert!(!hmac::verify(&key, &format!("{signed} "), signature.strip_prefix("v1,").unwrap()));
        assert_eq!(header("webhook-id"), got.id());
        assert_eq!(header("webhook-timestamp"), (START_MS / 1000).to_string());
        assert_eq!(
            (header("aeg-event-type").as_str(), header("aeg-delivery-count").as_str()),
            ("Notification", "0")
        );
        *names.entry(name).or_insert(0) += 1;
    }
    assert_eq!(names.into_values().collect::<Vec<_>>(), [4, 4]);
}

#[tokio::test]
async fn failures_are_tried_again_and_the_order_of_a_thread_is_kept() {
    let app = hooked().await;
    let ann = app.user().await;
    let (one, two) = (app.thread(&ann, &[]).await, app.thread(&ann, &[]).await);
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    let [one_error, other_error, too_many] = [500, 503, 429].map(Answer::Status);
    let mut failures = [one_error, other_error, Answer::Redirect, too_many, one_error].into_iter();
    receiver.answer(move |body| {
        let failure = if body.contains("one 0") { failures.next() } else { None };
        failure.unwrap_or(Answer::Status(200))
    });
    for number in 0..10 {
        app.say(&ann, &one, &format!("one {number}")).await;
        app.say(&ann, &two, &format!("two {number}")).await;
    }
    let mut told: BTreeMap<bool, Vec<String>> = BTreeMap::new();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut counts = Vec::new();
    for _ in 0..25 {
        let got = next_when_due(&app, &mut receiver).await;
        let says = got.says();
        if says == "one 0" {
            counts.push(got.headers["aeg-delivery-count"].to_str().unwrap().to_owned());
        }
        ids.entry(says.clone()).or_default().insert(got.id());
        told.entry(says.starts_with("one")).or_default().push(says);
    }
    settled(&app).await;
    let expected: Vec<String> = (0..10).map(|number| format!("two {number}")).collect();
    assert_eq!(told[&false], expected, "the other thread");
    let mut expected = vec!["one 0".to_owned(); 5];
    expected.extend((0..10).map(|number| format!("one {number}")));
    assert_eq!(told[&true], expected, "the thread whose first event fails");
    assert_eq!(counts, ["0", "1", "2", "3", "4", "5"]);
    assert!(ids.values().all(|ids| ids.len() == 1), "the same id each time: {ids:?}");
    assert_eq!(ids.len(), 20);
    assert_eq!(dead_letters(&app, &made).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_cannot_be_helped_is_a_dead_letter_at_once_and_can_be_replayed() {
    let app = hooked().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    let statuses = [400, 401, 403, 404, 410, 413];
    let mut next = statuses.into_iter();
    receiver.answer(move |_| next.next().map_or(Answer::Status(200), Answer::Status));
    for status in statuses {
        app.say(&ann, &thread, &status.to_string()).await;
    }
    app.say(&ann, &thread, "last").await;
    let ids: Vec<String> = receiver.take(7).await.iter().map(Got::id).collect();
    settled(&app).await;
    let letters = dead_letters(&app, &made).await;
    let reasons: Vec<String> = letters.iter().rev().map(|letter| text(&letter["reason"])).collect();
    assert_eq!(reasons, statuses.map(|status| format!("the receiver answered {status}")));
    assert_eq!((&letters[0]["tries"], &letters[0]["events"]), (&json!(1), &json!(1)));
    assert_eq!(letters[0]["eventId"], ids[5]);
    assert_eq!(letters[0]["eventType"], "Microsoft.Communication.ChatMessageReceivedInThread");
    let replay = format!("{SUBSCRIPTIONS}/{}/replay", text(&made["id"]));
    let one = json!({"number": letters[3]["number"]}).to_string();
    assert_eq!(app.signed(Method::POST, &replay, &one).await.ok(200), json!({"replayed": 1}));
    assert_eq!(receiver.next().await.id(), ids[2], "under the id it had");
    assert_eq!(app.signed(Method::POST, &replay, &one).await.ok(200), json!({"replayed": 0}));
    assert_eq!(app.signed(Method::POST, &replay, "").await.ok(200), json!({"replayed": 5}));
    let again: Vec<String> = receiver.take(5).await.iter().map(Got::id).collect();
    assert_eq!(again, [0, 1, 3, 4, 5].map(|index| ids[index].clone()), "in their order");
    settled(&app).await;
    assert_eq!(dead_letters(&app, &made).await, Vec::<Value>::new());
    assert_eq!(count(&app, "SELECT count(*) FROM happening").await, 0);
}

#[tokio::test]
async fn a_receiver_that_is_down_for_an_hour_gets_everything_once_and_in_order() {
    let app = hooked().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    let address = receiver.close().await;
    for minute in 0..60 {
        app.say(&ann, &thread, &minute.to_string()).await;
        app.pass_ms(60_000);
    }
    until(&app, "SELECT count(*) FROM lane WHERE tries > 0", 1).await;
    let mut receiver = Receiver::at(address).await;
    let mut told = Vec::new();
    while told.len() < 60 {
        told.push(next_when_due(&app, &mut receiver).await.says());
    }
    settled(&app).await;
    assert_eq!(told, (0..60).map(|minute| minute.to_string()).collect::<Vec<_>>());
    assert!(receiver.requests.try_recv().is_err(), "nothing twice");
    assert_eq!(dead_letters(&app, &made).await, Vec::<Value>::new());
}

#[tokio::test]
async fn after_a_day_or_thirty_tries_it_is_given_up() {
    let app = hooked().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    receiver.always(Answer::Status(500));
    app.say(&ann, &thread, "first").await;
    let mut tries = 0;
    let letters = loop {
        receiver.next().await;
        tries += 1;
        let noted = "SELECT coalesce((SELECT tries FROM lane), 0) + 100 * (SELECT count(*) FROM dead_letter)";
        let wait = async {
            loop {
                let noted = count(&app, noted).await;
                if noted == tries || noted >= 100 {
                    break;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("what became of it is noted");
        let letters = dead_letters(&app, &made).await;
        if !letters.is_empty() {
            break letters;
        }
        let due_ms = count(&app, "SELECT due_ms FROM lane").await;
        assert!(due_ms - app.clock.now_ms() >= 1000, "never at once");
        app.clock.set_ms(due_ms);
    };
    assert_eq!(
        (&letters[0]["tries"], &letters[0]["reason"]),
        (&json!(tries), &json!("the receiver answered 500"))
    );
    let day_ms = 24 * 60 * 60 * 1000;
    assert!(tries > 5 && (tries == 30 || app.clock.now_ms() - START_MS >= day_ms), "{tries}");
    receiver.always(Answer::Status(200));
    let ann = app.token(&ann.id, &["chat"]).await;
    app.say(&ann, &thread, "second").await;
    assert_eq!(receiver.next().await.says(), "second", "what comes after it goes on");
}

#[tokio::test]
async fn a_queue_and_a_heap_of_dead_letters_have_an_end() {
    let app = hooked().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    receiver.always(Answer::Status(500));
    app.say(&ann, &thread, "first").await;
    receiver.next().await;
    until(&app, "SELECT count(*) FROM lane WHERE tries = 1", 1).await;
    // As if many more had been sent meanwhile, and many had been given up.
    let file = format!("sqlite://{}", app.settings.data.join("natter.sqlite3").display());
    let mut database = SqliteConnection::connect(&file).await.unwrap();
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
    for (statement, count) in [
        ("INSERT INTO delivery (subscription_id, thread_id, happening, part, parts, since_ms)
          SELECT subscription_id, thread_id, happening, part, parts, since_ms FROM (SELECT * FROM delivery LIMIT 1), n", 99_998),
        ("INSERT INTO dead_letter (subscription_id, thread_id, happening, part, parts, at_ms, tries, reason)
          SELECT subscription_id, thread_id, happening, part, parts, since_ms, 1, 'old' FROM (SELECT * FROM delivery LIMIT 1), n", 100_000),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("{numbers} {statement}"));
        sqlx::query(statement).bind(count).execute(&mut database).await.unwrap();
    }
    app.say(&ann, &thread, "the last that waits").await;
    let letters = dead_letters(&app, &made).await;
    assert_eq!(letters[0]["reason"], "old");
    app.say(&ann, &thread, "one too many").await;
    assert_eq!(count(&app, "SELECT count(*) FROM delivery").await, 100_000);
    let letters = dead_letters(&app, &made).await;
    assert_eq!(letters.len(), 100);
    assert_eq!(
        (&letters[0]["reason"], &letters[0]["tries"]),
        (&json!("100000 happenings were waiting already"), &json!(0))
    );
    assert_eq!(count(&app, "SELECT count(*) FROM dead_letter").await, 100_000);
    assert_eq!(
        count(&app, "SELECT count(*) FROM dead_letter WHERE number = 1").await,
        0,
        "the oldest is forgotten"
    );
}

#[tokio::test]
async fn a_pause_that_the_receiver_asks_for_holds_for_all_of_its_threads() {
    let app = hooked().await;
    let ann = app.user().await;
    let (one, two) = (app.thread(&ann, &[]).await, app.thread(&ann, &[]).await);
    let (mut busy, mut free) = (Receiver::new().await, Receiver::new().await);
    subscribe(&app, json!({"url": busy.url()})).await;
    subscribe(&app, json!({"url": free.url()})).await;
    busy.always(Answer::Busy(503, 600));
    app.say(&ann, &one, "1").await;
    busy.next().await;
    free.next().await;
    until(&app, "SELECT count(*) FROM subscription WHERE resume_ms > 0", 1).await;
    busy.always(Answer::Status(200));
    // Far beyond the pause of a first failure, and not beyond the one asked for.
    app.pass_ms(599_000);
    app.say(&ann, &two, "2").await;
    assert_eq!(free.next().await.says(), "2");
    until(&app, "SELECT count(*) FROM lane", 2).await;
    assert!(busy.requests.try_recv().is_err(), "not yet");
    app.pass_ms(1000);
    let told: BTreeSet<String> = busy.take(2).await.iter().map(Got::says).collect();
    assert_eq!(told, ["1", "2"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_slow_receiver_holds_up_neither_others_nor_the_service() {
    let app = hooked().await;
    let ann = app.user().await;
    let (mut slow, mut fast) = (Receiver::new().await, Receiver::new().await);
    let mut threads = Vec::new();
    for _ in 0..10 {
        threads.push(app.thread(&ann, &[]).await);
    }
    subscribe(&app, json!({"url": slow.url()})).await;
    subscribe(&app, json!({"url": fast.url()})).await;
    slow.always(Answer::Never);
    for thread in &threads {
        app.say(&ann, thread, "x").await;
    }
    fast.take(10).await;
    let held = slow.take(4).await;
    until(&app, "SELECT count(*) FROM lane", 10).await;
    assert!(slow.requests.try_recv().is_err(), "four requests under way and no more");
    slow.always(Answer::Status(200));
    app.pass_ms(29_999);
    until(&app, "SELECT count(*) FROM lane WHERE tries > 0", 0).await;
    app.pass_ms(1);
    // Their time is over: the other six come, and these four again, with the same ids.
    let mut ids = BTreeSet::new();
    while ids.len() < 10 {
        assert!(ids.insert(next_when_due(&app, &mut slow).await.id()), "twice");
    }
    settled(&app).await;
    assert!(held.iter().all(|got| ids.contains(&got.id())));
}

#[tokio::test]
async fn a_restart_loses_nothing_and_repeats_only_under_the_same_key() {
    let mut app = hooked().await;
    let (ann, bob, carl) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob, &carl]).await;
    let mut receiver = Receiver::new().await;
    let made = subscribe(&app, json!({"url": receiver.url()})).await;
    let mut keys = BTreeMap::new();
    let mut order = Vec::new();
    for round in 0..6 {
        // It stops in the middle: after some of the events were answered, and one was not.
        let mut left = round;
        receiver.answer(move |_| {
            left -= 1;
            if left >= 0 { Answer::Status(200) } else { Answer::Never }
        });
        for number in 0..3 {
            app.say(&ann, &thread, &format!("{round} {number}")).await;
        }
        for got in receiver.take(usize::try_from(round).unwrap() + 1).await {
            if *keys.entry(got.id()).and_modify(|count| *count += 1).or_insert(1) == 1 {
                order.push((got.says(), got.event()["data"]["recipientId"].clone()));
            }
        }
        app = app.reopen().await;
    }
    receiver.always(Answer::Status(200));
    // Whatever was under way when it stopped may still arrive.
    while order.len() < 6 * 3 * 3 {
        let got = receiver.next().await;
        if *keys.entry(got.id()).and_modify(|count| *count += 1).or_insert(1) == 1 {
            order.push((got.says(), got.event()["data"]["recipientId"].clone()));
        }
    }
    settled(&app).await;
    let mut expected = Vec::new();
    for round in 0..6 {
        for number in 0..3 {
            for recipient in [Value::Null, json!(bob.id), json!(carl.id)] {
                expected.push((format!("{round} {number}"), recipient));
            }
        }
    }
    assert_eq!(order, expected, "nothing lost, nothing new twice, in order");
    assert_eq!(dead_letters(&app, &made).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_service_stops_when_what_is_under_way_is_done() {
    let app = hooked().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut receiver = Receiver::new().await;
    subscribe(&app, json!({"url": receiver.url()})).await;
    receiver.always(Answer::Never);
    app.say(&ann, &thread, "x").await;
    let first = receiver.next().await.id();
    let settings = natter_service::Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: app.settings.data.clone(),
        ..app.settings.clone()
    };
    drop((app.router, app.state));
    receiver.always(Answer::AtTheGate);
    let server = Server::bind(&settings).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async { drop(stopped.await) }));
    assert_eq!(receiver.next().await.id(), first, "what was under way at the first end");
    stop.send(()).unwrap();
    receiver.gate.add_permits(1);
    // It has four seconds for what is under way, and does not need them.
    tokio::time::timeout(Duration::from_secs(3), running).await.expect("it stops").unwrap();
    let file = format!("sqlite://{}?mode=ro", settings.data.join("natter.sqlite3").display());
    let mut database = SqliteConnection::connect(&file).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM lane").fetch_one(&mut database).await.unwrap();
    assert_eq!(left, 0, "that it was delivered is noted");
}

#[tokio::test]
async fn the_commands_ask_the_service_that_runs() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = natter_service::Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: dir.path().to_owned(),
        webhooks_to: WebhookTargets::Loopback,
        ..natter_service::Settings::default()
    };
    let server = Server::bind(&settings).await.unwrap();
    let line = server.ready_lines().unwrap().swap_remove(0);
    settings.listen = line.strip_prefix("natter-service listening on http://").unwrap().parse().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async { drop(stopped.await) }));
    let receiver = Receiver::new().await;
    let run = async |arguments: &[&str]| {
        let line = CommandLine::parse_from(["natter-service", "events"].iter().chain(arguments));
        commands::run(&settings, &line.command.unwrap()).await
    };
    let url = receiver.url();
    let added = run(&["add", &url, "--schema", "cloud-events", "--type", "ChatThreadCreated"]).await.unwrap();
    let added: Value = serde_json::from_str(&added[0]).unwrap();
    assert_eq!((&added["schema"], &added["url"]), (&json!("cloudEvents"), &json!(url)));
    assert_eq!(added["eventTypes"], json!(["Microsoft.Communication.ChatThreadCreated"]));
    let listed = run(&["list"]).await.unwrap();
    let mut expected = added.clone();
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(listed.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&listed[0]).unwrap(), expected);
    let id = text(&added["id"]);
    assert_eq!(run(&["list", "--dead-letters", &id]).await.unwrap(), Vec::<String>::new());
    assert_eq!(run(&["replay", &id]).await.unwrap(), [r#"{"replayed":0}"#]);
    assert_eq!(run(&["remove", &id]).await.unwrap(), Vec::<String>::new());
    let refused = run(&["remove", &id]).await.unwrap_err();
    assert_eq!(refused.to_string(), "There is no such subscription.");
    let refused = run(&["add", "https://10.0.0.1/"]).await.unwrap_err();
    assert!(refused.to_string().contains("10.0.0.1"), "{refused}");
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(matches!(run(&["list"]).await, Err(CommandError::Unreachable(..))));
}

//! Everything that the quickstart of the official SDK shows, in its order, against a running service:
//!
//! ```sh
//! NATTER_CONNECTION_STRING='endpoint=http://localhost:8080/;accesskey=…' \
//!     cargo run -p acs-chat --features identity,reqwest --example quickstart
//! ```
//!
//! For an https endpoint with a certificate of its own, `NATTER_CA_FILE` names the PEM file to trust.
#![allow(clippy::print_stdout, reason = "its transcript is what an example is for")]

use std::error::Error;
use std::pin::pin;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::TryStreamExt;

use acs_chat::identity::{ConnectionString, IdentityClient};
use acs_chat::reqwest_transport::ReqwestTransport;
use acs_chat::{
    ChatClient, ChatParticipant, ChatThreadClient, CommunicationError, CommunicationIdentifier,
    CreateChatThreadRequest, ListFromPosition, ListFromTime, MessageId, ParticipantError,
    SendChatMessageRequest, Timestamp, TokenClaims, TokenCredential, TokenScope, UpdateChatMessageRequest,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Identities = IdentityClient<ReqwestTransport>;
type Thread = ChatThreadClient<ReqwestTransport>;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::main]
async fn main() -> Result<()> {
    let resource = ConnectionString::parse(&std::env::var("NATTER_CONNECTION_STRING")?)?;
    let transport = match std::env::var_os("NATTER_CA_FILE") {
        Some(path) => ReqwestTransport::with_root_certificates(&std::fs::read(path)?)?,
        None => ReqwestTransport::new()?,
    };
    let endpoint = resource.endpoint.clone();
    let identity_client = IdentityClient::new(resource, transport.clone(), now);

    let (user, credential) = sign_up(&identity_client).await?;
    let chat_client = ChatClient::new(endpoint, credential, transport);

    let thread_client = create_threads(&chat_client, &user).await?;
    list_threads(&chat_client, &thread_client).await?;
    update_topic(&thread_client).await?;
    let message_id = messages(&thread_client).await?;
    participants(&identity_client, &thread_client).await?;
    events(&thread_client, &message_id).await?;

    chat_client.delete_chat_thread(thread_client.thread_id()).await?;
    println!("thread deleted");
    Ok(())
}

/// A user and a token for them: first one after the other, then both at once.
async fn sign_up(identity_client: &Identities) -> Result<(CommunicationIdentifier, TokenCredential)> {
    let user = identity_client.create_user().await?;
    let token = identity_client.get_token(user.raw_id(), &[TokenScope::Chat], None).await?;
    let claims = TokenClaims::parse(&token.token)?;
    println!("user {} with a token until {}", user.raw_id(), token.expires_on);
    assert_eq!(claims.user_id.as_ref().unwrap_or(user.raw_id()), user.raw_id());

    let (other, _token) = identity_client.create_user_and_token(&[TokenScope::Chat], Some(60)).await?;
    identity_client.revoke_tokens(other.raw_id()).await?;
    identity_client.delete_user(other.raw_id()).await?;
    println!("another user made and deleted");
    Ok((user, TokenCredential::new(&token.token)?))
}

/// Without and with an idempotency token; the second thread is the one that the rest works on.
async fn create_threads(
    chat_client: &ChatClient<ReqwestTransport>,
    user: &CommunicationIdentifier,
) -> Result<Thread> {
    let topic = CreateChatThreadRequest { topic: "test topic".into(), ..Default::default() };
    let plain = chat_client.create_chat_thread(&topic, None).await?;
    println!("thread {} created", plain.chat_thread.id);
    chat_client.delete_chat_thread(&plain.chat_thread.id).await?;

    let participant = ChatParticipant {
        display_name: Some("name".into()),
        share_history_time: Some(now()),
        ..ChatParticipant::new(user.clone())
    };
    let request = CreateChatThreadRequest { participants: Some(vec![participant]), ..topic };
    let idempotency_token = unique_id();
    let created = chat_client.create_chat_thread(&request, Some(&idempotency_token)).await?;
    let again = chat_client.create_chat_thread(&request, Some(&idempotency_token)).await?;
    assert_eq!(created.chat_thread.id, again.chat_thread.id);
    println!("thread {} created once, though asked for twice", created.chat_thread.id);

    let thread_client = chat_client.get_chat_thread_client(created.chat_thread.id);
    retry_adding(&thread_client, created.errors).await?;
    Ok(thread_client)
}

async fn list_threads(chat_client: &ChatClient<ReqwestTransport>, expected: &Thread) -> Result<()> {
    let start_time = Some(Timestamp::from_ms(now().as_ms() - 2 * DAY_MS));
    let mut pages = chat_client.list_chat_threads(ListFromTime { results_per_page: Some(5), start_time });
    let mut found = false;
    while let Some(page) = pages.next_page().await? {
        assert!(page.len() <= 5);
        for item in page {
            println!("thread id: {}", item.id);
            found |= item.id == *expected.thread_id();
        }
    }
    assert!(found);
    Ok(())
}

async fn update_topic(thread_client: &Thread) -> Result<()> {
    thread_client.update_topic("new topic").await?;
    let properties = thread_client.get_properties().await?;
    assert_eq!(properties.topic, "new topic");
    println!("updated topic: {}", properties.topic);
    Ok(())
}

/// Sends, reads, lists, updates and deletes. Returns a message that is still there.
async fn messages(thread_client: &Thread) -> Result<MessageId> {
    let sent = thread_client.send_message(&SendChatMessageRequest::text("hello world"), None).await?;
    println!("message sent: id: {}", sent.id);
    let html = SendChatMessageRequest {
        sender_display_name: Some("sender name".into()),
        ..SendChatMessageRequest::html("<p>hello <b>world</b></p>")
    };
    let sent_html = thread_client.send_message(&html, Some(&unique_id())).await?;
    println!("message sent: id: {}", sent_html.id);

    let message = thread_client.get_message(&sent.id).await?;
    assert_eq!(message.content.and_then(|content| content.message).as_deref(), Some("hello world"));

    let start_time = Some(Timestamp::from_ms(now().as_ms() - DAY_MS));
    let options = ListFromTime { results_per_page: Some(1), start_time };
    let listed: Vec<_> = thread_client.list_messages(options).items().try_collect().await?;
    for message in &listed {
        let text = message.content.as_ref().and_then(|content| content.message.as_deref());
        println!("message: id: {}; type: {:?}; content: {text:?}", message.id, message.message_type);
    }
    assert!(listed.iter().any(|message| message.id == sent_html.id));

    let content = UpdateChatMessageRequest {
        content: Some("Hello! I am updated content".into()),
        ..Default::default()
    };
    thread_client.update_message(&sent.id, &content).await?;
    let updated = thread_client.get_message(&sent.id).await?;
    assert_eq!(updated.content.and_then(|content| content.message), content.content);
    assert!(updated.edited_on.is_some());
    println!("message {} updated", sent.id);

    thread_client.delete_message(&sent_html.id).await?;
    let options = ListFromTime::default();
    let mut changes = thread_client.list_messages(options);
    let newest_change = changes.next_item().await?.ok_or("no messages")?;
    assert_eq!(newest_change.id, sent_html.id);
    assert!(newest_change.deleted_on.is_some());
    println!("message {} deleted", sent_html.id);
    Ok(sent.id)
}

/// Two new users come, and one of them leaves.
async fn participants(identity_client: &Identities, thread_client: &Thread) -> Result<()> {
    let mut new_users = Vec::new();
    for _ in 0..2 {
        new_users.push(identity_client.create_user().await?);
    }
    let fred = |user: &CommunicationIdentifier| ChatParticipant {
        display_name: Some("Fred Flinstone".into()),
        share_history_time: Some(now()),
        ..ChatParticipant::new(user.clone())
    };
    let failed = thread_client.add_participants(new_users.iter().map(fred).collect()).await?;
    retry_adding(thread_client, failed).await?;

    let mut listed = Vec::new();
    let options = ListFromPosition { results_per_page: Some(1), skip: Some(1) };
    let mut pages = pin!(thread_client.list_participants(options).by_page());
    while let Some(page) = pages.try_next().await? {
        for participant in page {
            println!("participant: {}", participant.communication_identifier.raw_id());
            listed.push(participant.communication_identifier);
        }
    }
    assert_eq!(listed.len(), 2, "three, of whom one is skipped");

    thread_client.remove_participant(&new_users[0]).await?;
    let left: Vec<_> =
        thread_client.list_participants(ListFromPosition::default()).items().try_collect().await?;
    assert!(left.iter().all(|left| left.communication_identifier != new_users[0]));
    println!("participant {} removed", new_users[0].raw_id());
    Ok(())
}

/// Typing and read receipts.
async fn events(thread_client: &Thread, message_id: &MessageId) -> Result<()> {
    thread_client.send_typing_notification(None).await?;
    thread_client.send_typing_notification(Some("sender name")).await?;
    println!("typing sent");

    thread_client.send_read_receipt(message_id).await?;
    let options = ListFromPosition { results_per_page: Some(5), skip: Some(0) };
    let mut receipts = thread_client.list_read_receipts(options);
    let mut found = false;
    while let Some(receipt) = receipts.next_item().await? {
        let sender = receipt.sender_communication_identifier.raw_id();
        println!("read receipt: {sender} read {} on {}", receipt.chat_message_id, receipt.read_on);
        found |= receipt.chat_message_id == *message_id;
    }
    // Azure may take 20 seconds to show it (reference 4.3).
    println!("own read receipt {}", if found { "listed" } else { "not listed yet" });
    Ok(())
}

/// Tries again to add those whose error says that it may help.
async fn retry_adding(thread_client: &Thread, failed: Vec<ParticipantError>) -> Result<()> {
    let retry: Vec<ChatParticipant> = failed
        .into_iter()
        .filter(|failed| decide_to_retry(&failed.error))
        .filter_map(|failed| failed.participant)
        .collect();
    if !retry.is_empty() {
        println!("trying again to add {}", retry.len());
        thread_client.add_participants(retry).await?;
    }
    Ok(())
}

/// Insert your own logic: here, somebody who does not exist will not exist the second time either.
fn decide_to_retry(error: &CommunicationError) -> bool {
    error.code != "404"
}

/// The clock that signatures and options are made with.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Insert your own logic: here, time and process tell one run from another, and a counter within it.
fn unique_id() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("quickstart-{}-{}-{count}", now().as_ms(), process::id())
}

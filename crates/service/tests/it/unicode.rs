//! Every character comes back as it was sent.

use crate::harness::{TestApp, identifier, text};
use serde_json::json;

/// All of Unicode but U+0000, in pieces that fit into a message.
fn all_of_unicode() -> Vec<String> {
    let mut pieces = vec![String::new()];
    for character in '\u{1}'..=char::MAX {
        if pieces.last().is_none_or(|piece| piece.len() + character.len_utf8() > 28 * 1024) {
            pieces.push(String::new());
        }
        pieces.last_mut().unwrap().push(character);
    }
    pieces
}

#[tokio::test]
async fn every_character_comes_back_in_a_message() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let pieces = all_of_unicode();
    for piece in &pieces {
        app.say(&ann, &thread, piece).await;
    }
    let mut listed = app.messages(&ann, &thread).await;
    listed.truncate(pieces.len());
    let contents: Vec<String> =
        listed.iter().rev().map(|message| text(&message["content"]["message"])).collect();
    assert!(contents == pieces, "a character was changed or lost");
}

#[tokio::test]
async fn odd_texts_come_back_from_everywhere() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    for odd in [
        "👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
        "e\u{301} \u{e9}",
        "\u{202e}right to left\u{202c} שלום العربية",
        "茶 𠮷 が か\u{3099}",
        "\u{feff}\u{200b}\u{ad}",
        "\t\r\n \\ \" </script> '; DROP TABLE message; --",
        "\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
    ] {
        let own = json!({"communicationIdentifier": identifier(&ann.id), "displayName": odd, "metadata": {odd: odd}});
        let body = json!({"topic": odd, "participants": [own], "metadata": {odd: odd}});
        let made = app.post(&ann, "/chat/threads", body).await.ok(201);
        assert_eq!(made["chatThread"]["topic"], odd);
        assert_eq!(made["chatThread"]["metadata"], json!({odd: odd}));
        let thread = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
        let listed = &app.get(&ann, &format!("{thread}/participants")).await.ok(200)["value"][0];
        assert_eq!((&listed["displayName"], &listed["metadata"]), (&json!(odd), &json!({odd: odd})));
        let body = json!({"content": odd, "senderDisplayName": odd, "metadata": {odd: odd}});
        app.post(&ann, &format!("{thread}/messages"), body).await.ok(201);
        let message = &app.messages(&ann, &thread).await[0];
        assert_eq!(message["content"]["message"], odd);
        assert_eq!((&message["senderDisplayName"], &message["metadata"]), (&json!(odd), &json!({odd: odd})));
    }
    // HTML is parsed, so its text is kept rather than its bytes.
    let thread = app.thread(&ann, &[]).await;
    let html = "<b>👩‍👩‍👧‍👦</b> 茶 e\u{301} \u{202e}x\u{202c}";
    app.post(&ann, &format!("{thread}/messages"), json!({"content": html, "type": "html"})).await.ok(201);
    assert_eq!(app.messages(&ann, &thread).await[0]["content"]["message"], html);
}

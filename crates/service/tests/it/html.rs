//! HTML messages come out clean.

use crate::harness::{TestApp, text};
use serde_json::json;

#[tokio::test]
async fn html_is_cleaned_when_sent_and_when_edited_and_text_is_not_touched() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let hostile =
        r#"<b>b</b><img src=x onerror=alert(1)><a href="javascript:alert(1)">l</a><script>s</script>"#;
    let clean = r#"<b>b</b><a rel="noopener noreferrer">l</a>"#;
    let body = json!({"content": hostile, "type": "html"});
    let id = text(&app.post(&ann, &format!("{thread}/messages"), body).await.ok(201)["id"]);
    let path = format!("{thread}/messages/{id}");
    assert_eq!(app.get(&ann, &path).await.ok(200)["content"]["message"], clean);
    app.patch(&ann, &path, json!({"content": format!("<i>2</i>{hostile}")})).await.ok(204);
    let edited = app.get(&ann, &path).await.ok(200);
    assert_eq!(edited["content"]["message"], format!("<i>2</i>{clean}"));
    assert_eq!(edited["type"], "html");
    app.say(&ann, &thread, hostile).await;
    assert_eq!(app.messages(&ann, &thread).await[0]["content"]["message"], hostile);
}

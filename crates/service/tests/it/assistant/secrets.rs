//! No key, token or signed address is in a log, a reply or a message, whatever happens and however much is logged.

use super::servers::{API_KEY, KEY_ID, KEY_SECRET, Stage, saying};
use natter_service::settings::BeebotSignature;
use serde_json::json;
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

#[tokio::test]
async fn no_secret_is_logged_told_or_posted() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut told = String::new();
    let mut secrets = vec![KEY_ID.to_owned(), KEY_SECRET.to_owned(), API_KEY.to_owned()];
    for signature in [BeebotSignature::Acs3, BeebotSignature::Rpc] {
        let stage = Stage::beebot(|settings| {
            settings.assistant_servers.beebot.signature = signature;
            told.push_str(&format!("{settings:?}"));
        })
        .await;
        for question in ["hello", "an error", "break off", "broken json"] {
            told.push_str(&format!(
                "{:?}",
                stage.ask_with(question, json!({"context": "none", "post": true})).await
            ));
        }
        for page in [403, 200] {
            stage.server.become_other(saying(page, "text/html", format!("{KEY_ID} {KEY_SECRET}")));
            told.push_str(&format!("{:?}", stage.ask("x").await));
        }
        for seen in stage.server.seen() {
            // The parts of the signed address: token, channel and signature.
            secrets.extend(seen.path.split('/').skip(3).take(3).map(str::to_owned));
        }
        told.push_str(&format!("{:?}", stage.app.messages(&stage.ann, &stage.thread).await));
        let about = stage.app.get(&stage.ann, "/natter/v1/assistant").await.ok(200);
        told.push_str(&about.to_string());
    }
    let error = format!(
        "{{\"error\":{{\"message\":\"Incorrect key {API_KEY}\",\"code\":\"{API_KEY}\",\"type\":\"{API_KEY}\"}}}}"
    );
    let stage = Stage::openai(saying(401, "application/json", error.clone())).await;
    told.push_str(&format!("{:?}", stage.ask("x").await));
    stage.server.become_other(saying(200, "text/event-stream", format!("data: {error}\n\n")));
    told.push_str(&format!("{:?}", stage.ask("x").await));

    secrets.retain(|secret| secret.len() > 5);
    assert!(secrets.len() > 10, "{secrets:?}");
    let logged = log.text();
    assert!(logged.contains("sent no stream"), "nothing was logged: {}", logged.len());
    for secret in secrets {
        assert!(!told.contains(&secret), "{secret} was told");
        let line = logged.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret} was logged");
    }
}

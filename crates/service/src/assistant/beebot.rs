//! Tongyi Beebot: a token for two hours, kept and renewed, and a stream for each question (reference 1 to 7).

use super::answering::{Listening, Speaker};
use super::context::Said;
use super::question::Question;
use super::sessions::Session;
use crate::clock::Clock;
use crate::random;
use crate::secret::Secret;
use crate::settings::{BeebotServer, BeebotSignature};
use crate::upstream::{Post, Upstream, host, is_stream, no_stream, read, secret};
use acs_chat::Timestamp;
use assistant::beebot::{Conversation, VERSION, refusal, request};
use assistant::signing::{
    Authorization, Call, content_hash, encode, encode_query, rpc_signature, stream_signature,
};
use assistant::{Failure, Reading};
use axum::http::{HeaderName, HeaderValue};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Response, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

/// Characters of a question, with what goes along (reference 4: 512 in the newer pages).
pub(super) const UTTERANCE_CHARS: usize = 512;

/// A token lives for two hours; so long it is used (reference 2).
const TOKEN_MS: i64 = 7_000_000;

const ACTION: &str = "ApplyForStreamAccessToken";

/// Whoever can be asked.
pub(super) struct Beebot {
    server: BeebotServer,
    upstream: Upstream,
    clock: Clock,
    /// Held while a token is asked for, so that it is asked for once.
    token: Mutex<Option<Token>>,
}

/// What a stream is signed with.
#[derive(Clone, Debug)]
struct Token {
    access_token: Secret,
    channel_id: Secret,
    stream_secret: Secret,
    until_ms: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Applied {
    access_token: String,
    channel_id: String,
    stream_secret: String,
}

impl Beebot {
    pub(super) fn new(server: BeebotServer, upstream: Upstream, clock: Clock) -> Self {
        Self { server, upstream, clock, token: Mutex::default() }
    }

    /// Where questions go to.
    pub(super) fn host(&self) -> Option<String> {
        host(&Url::parse(&self.server.stream).ok()?)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.keys().is_some() && self.server.instance_id.is_some()
    }

    fn keys(&self) -> Option<(&Secret, &Secret)> {
        Some((self.server.access_key_id.as_ref()?, self.server.access_key_secret.as_ref()?))
    }

    /// Asks, and gives whoever answers. A token that is refused is renewed once.
    pub(super) async fn ask(
        &self,
        question: &Question,
        said: &[Said],
        session: &Session,
    ) -> Result<Box<dyn Speaker>, Failure> {
        let instance = self.server.instance_id.as_deref().ok_or(Failure::NotConfigured)?;
        let utterance = utterance(&question.text, said);
        let mut refused = None;
        loop {
            let token = self.token(refused.as_ref()).await?;
            // New each time: a repeated one is a repeat of the same question.
            let body = request(&random::guid(), instance, &utterance, session.upstream.as_deref());
            let response = self.open(&token, body.to_string()).await?;
            if is_stream(&response) {
                return Ok(Box::new(Listening::new(Reading::new(Conversation::default()), response)));
            }
            let status = response.status();
            tracing::warn!(status = status.as_u16(), again = refused.is_none(), "Beebot sent no stream");
            if refused.is_some() {
                return Err(no_stream(response, refusal).await);
            }
            refused = Some(token);
        }
    }

    async fn open(&self, token: &Token, body: String) -> Result<Response, Failure> {
        // One reading of the clock, for the signature and the address.
        let timestamp = self.clock.now_ms().to_string();
        let sign = stream_signature(token.stream_secret.reveal(), &timestamp);
        let [access, channel] = [&token.access_token, &token.channel_id].map(|part| encode(part.reveal()));
        let url = format!("{}/sse/paas4Json/{access}/{channel}/{sign}/{timestamp}", self.server.stream);
        let url = Url::parse(&url).map_err(|_| Failure::NotConfigured)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.upstream.send(Post { url, headers, body }).await
    }

    /// A token that is good, as far as is known; not the one that was just refused.
    async fn token(&self, refused: Option<&Token>) -> Result<Token, Failure> {
        let mut kept = self.token.lock().await;
        let now_ms = self.clock.now_ms();
        let is_refused =
            |token: &Token| refused.is_some_and(|refused| refused.access_token == token.access_token);
        if let Some(token) = kept.as_ref().filter(|token| now_ms < token.until_ms && !is_refused(token)) {
            return Ok(token.clone());
        }
        *kept = None;
        let response = self.upstream.send(self.application()?).await?;
        let status = response.status();
        let body = read(response).await;
        if !status.is_success() {
            tracing::warn!(status = status.as_u16(), "Beebot gives no token");
            return Err(refusal(status.as_u16(), &body));
        }
        let applied: Applied = serde_json::from_slice(&body).map_err(|_| Failure::BrokenReply)?;
        let token = Token {
            access_token: Secret::new(applied.access_token),
            channel_id: Secret::new(applied.channel_id),
            stream_secret: Secret::new(applied.stream_secret),
            until_ms: now_ms + TOKEN_MS,
        };
        *kept = Some(token.clone());
        Ok(token)
    }

    /// The signed request for a token.
    fn application(&self) -> Result<Post, Failure> {
        let (id, secret) = self.keys().ok_or(Failure::NotConfigured)?;
        let mut url =
            Url::parse(&format!("{}/", self.server.endpoint)).map_err(|_| Failure::NotConfigured)?;
        let mut query = Vec::new();
        if let Some(agent_key) = &self.server.agent_key {
            query.push(("AgentKey".to_owned(), agent_key.reveal().to_owned()));
        }
        let date = Timestamp::from_ms(self.clock.now_ms()).truncated_to_second().to_string();
        let headers = match self.server.signature {
            BeebotSignature::Acs3 => {
                let host = host(&url).ok_or(Failure::NotConfigured)?;
                self.sign_headers(host, date, &query, id, secret)?
            }
            BeebotSignature::Rpc => {
                self.sign_query(date, &mut query, id, secret);
                HeaderMap::new()
            }
        };
        url.set_query(Some(&encode_query(query.iter())));
        Ok(Post { url, headers, body: String::new() })
    }

    fn sign_headers(
        &self,
        host: String,
        date: String,
        query: &[(String, String)],
        id: &Secret,
        key: &Secret,
    ) -> Result<HeaderMap, Failure> {
        let mut signed = vec![
            ("accept", "application/json".to_owned()),
            ("host", host),
            ("x-acs-action", ACTION.to_owned()),
            ("x-acs-content-sha256", content_hash(b"")),
            ("x-acs-date", date),
            ("x-acs-signature-nonce", random::guid()),
            ("x-acs-version", VERSION.to_owned()),
        ];
        if let Some(token) = &self.server.security_token {
            signed.push(("x-acs-accesskey-id", id.reveal().to_owned()));
            signed.push(("x-acs-security-token", token.reveal().to_owned()));
        }
        let signed: Vec<(String, String)> =
            signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let call = Call { method: "POST", path: "/", query, headers: &signed, body: b"" };
        let authorization = Authorization::sign(&call, id.reveal(), key.reveal());
        let mut headers = HeaderMap::new();
        secret(&mut headers, AUTHORIZATION, &authorization.header())?;
        // The host is set by whoever sends.
        for (name, value) in signed.iter().filter(|(name, _)| name != "host") {
            let name = HeaderName::try_from(name.as_str()).map_err(|_| Failure::NotConfigured)?;
            secret(&mut headers, name, value)?;
        }
        Ok(headers)
    }

    fn sign_query(&self, date: String, query: &mut Vec<(String, String)>, id: &Secret, secret: &Secret) {
        let mut add = |name: &str, value: String| query.push((name.to_owned(), value));
        add("Action", ACTION.to_owned());
        add("Version", VERSION.to_owned());
        add("Format", "json".to_owned());
        add("Timestamp", date);
        add("SignatureNonce", random::guid());
        add("SignatureMethod", "HMAC-SHA1".to_owned());
        add("SignatureVersion", "1.0".to_owned());
        add("AccessKeyId", id.reveal().to_owned());
        if let Some(token) = &self.server.security_token {
            add("SecurityToken", token.reveal().to_owned());
        }
        let signature = rpc_signature("POST", query, secret.reveal());
        query.push(("Signature".to_owned(), signature));
    }
}

/// The question, and behind it as many of the last messages as fit.
fn utterance(question: &str, said: &[Said]) -> String {
    let mut room = UTTERANCE_CHARS.saturating_sub(question.chars().count());
    let mut lines = Vec::new();
    for said in said.iter().rev() {
        let text = said.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = format!("\n{}: {text}", said.who);
        let length = line.chars().count();
        if length > room {
            break;
        }
        room -= length;
        lines.push(line);
    }
    lines.reverse();
    format!("{question}{}", lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_comes_first_and_the_newest_that_fit_follow_in_order() {
        let said = |text: &str| Said {
            id: 1,
            at_ms: 1,
            who: "Ann".to_owned(),
            text: text.to_owned(),
            by_assistant: false,
        };
        assert_eq!(utterance("Why?", &[]), "Why?");
        let long = "好".repeat(490);
        assert_eq!(utterance("Why?", &[said(&long), said("a\nb"), said("c")]), "Why?\nAnn: a b\nAnn: c");
        assert_eq!(utterance(&"好".repeat(UTTERANCE_CHARS), &[said("a")]).chars().count(), UTTERANCE_CHARS);
    }
}

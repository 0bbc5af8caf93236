//! Replies that did not come over the line: told by another tab of this person, or kept from last time.
//!
//! What one tab is told by the service, it tells the others, as it came. They take it in by the same way as a reply of their
//! own, and then wait half as long again as the one who asked, so that it asks the next time as well; when it is gone,
//! another one's wait is over first. Nobody has to be made leader, and nothing is handed over.
//!
//! What is kept from last time is the same: replies by their addresses, and the newest messages of a thread as a page of them.

use std::cell::{Cell, RefCell};

use acs_chat::{
    ApiError, ChatMessage, Collection, Endpoint, HttpRequest, HttpResponse, Method, RawId, ThreadId,
};
use futures_util::FutureExt as _;
use futures_util::future;

use super::plan::Ask;
use crate::backend::{Backend, Exchange, Opening};
use crate::model::rows::Capabilities;

/// Replies by the addresses that they answer, in the order in which they came.
pub(super) type Replies = Vec<(String, String)>;

/// What the service told another tab of this machine, and so by the same clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) replies: Replies,
    /// When it asked.
    pub(super) asked_ms: i64,
    /// When it was told.
    pub(super) told_ms: i64,
}

/// What one tab tells the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// What the service said.
    Told(Ask, Told),
    /// How far I have read here and what I want unread, as it is kept.
    Read(ThreadId, String),
    /// Somebody is typing.
    Typing(ThreadId, RawId),
}

impl Ask {
    /// What is asked about, in words that are kept and told; none for what concerns one tab alone.
    pub(super) fn kind(&self) -> Option<&'static str> {
        Some(match self {
            Self::Threads => "threads",
            Self::Messages(_) => "messages",
            Self::People(_) => "people",
            Self::Properties(_) => "properties",
            Self::Receipts(_) => "receipts",
            Self::Renew
            | Self::Listen
            | Self::Older(_)
            | Self::TellRead(_)
            | Self::Send(_)
            | Self::Look(_) => return None,
        })
    }

    pub(super) fn of_kind(kind: &str, thread: &str) -> Option<Self> {
        let of = |ask: fn(ThreadId) -> Self| ask(ThreadId::new(thread));
        Some(match kind {
            "threads" => Self::Threads,
            "messages" => of(Self::Messages),
            "people" => of(Self::People),
            "properties" => of(Self::Properties),
            "receipts" => of(Self::Receipts),
            _ => return None,
        })
    }
}

impl Word {
    /// As a list of texts, of which the first says whose it is.
    pub(super) fn write(&self, me: &RawId) -> Vec<String> {
        let text = |text: &str| text.to_owned();
        let mut texts = vec![text(me.as_str())];
        match self {
            Self::Read(thread, kept) => texts.extend([text("read"), text(thread.as_str()), text(kept)]),
            Self::Typing(thread, who) => {
                texts.extend([text("typing"), text(thread.as_str()), text(who.as_str())]);
            }
            Self::Told(ask, told) => {
                texts.push(text(ask.kind().unwrap_or_default()));
                texts.push(text(ask.thread().map_or("", ThreadId::as_str)));
                texts.extend([told.asked_ms, told.told_ms].map(|ms| ms.to_string()));
                texts.extend(told.replies.iter().flat_map(|(url, body)| [text(url), text(body)]));
            }
        }
        texts
    }

    /// Reads it; none when it is not about this person, or another version's.
    pub(super) fn read(texts: &[String], me: &RawId) -> Option<Self> {
        let [whose, kind, thread, rest @ ..] = texts else { return None };
        if whose != me.as_str() {
            return None;
        }
        match (kind.as_str(), rest) {
            ("read", [kept]) => Some(Self::Read(ThreadId::new(thread.as_str()), kept.clone())),
            ("typing", [who]) => Some(Self::Typing(ThreadId::new(thread.as_str()), RawId::new(who.as_str()))),
            (_, [asked, told, rest @ ..]) => {
                let (asked_ms, told_ms) = (asked.parse().ok()?, told.parse().ok()?);
                let told = Told { replies: replies(rest), asked_ms, told_ms };
                Some(Self::Told(Ask::of_kind(kind, thread)?, told))
            }
            _ => None,
        }
    }
}

fn replies(texts: &[String]) -> Replies {
    let pairs = texts.chunks_exact(2);
    pairs.filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone()))).collect()
}

/// Between two texts of one that is kept: in no address, and in no JSON, which writes it as `\u001e`.
const SEPARATOR: char = '\u{1e}';

/// Replies as one text, to be kept.
pub(super) fn keep(replies: &Replies) -> String {
    let mut text = String::new();
    for (url, body) in replies {
        for part in [url, body] {
            text.push_str(part);
            text.push(SEPARATOR);
        }
    }
    text
}

/// What [`keep`] made.
pub(super) fn kept(text: &str) -> Replies {
    let texts: Vec<String> = text.split(SEPARATOR).map(str::to_owned).collect();
    replies(&texts)
}

/// A page of messages as the service would have sent it.
pub(super) fn as_reply(page: &Collection<ChatMessage>) -> Replies {
    serde_json::to_string(page).map(|body| vec![(String::new(), body)]).unwrap_or_default()
}

/// A back end that keeps what the service says or, in its place, gives out what was heard.
pub(super) struct Listening<'a> {
    backend: &'a dyn Backend,
    /// In its place the service is not asked.
    heard: Option<RefCell<Replies>>,
    first: Cell<bool>,
    said: RefCell<Replies>,
}

impl<'a> Listening<'a> {
    /// Asks the service.
    pub(super) fn to(backend: &'a dyn Backend) -> Self {
        Self { backend, heard: None, first: Cell::new(true), said: RefCell::default() }
    }

    /// Looks among these replies, and nowhere else.
    pub(super) fn only_to(backend: &'a dyn Backend, heard: Replies) -> Self {
        Self { heard: Some(RefCell::new(heard)), ..Self::to(backend) }
    }

    /// What the service said itself.
    pub(super) fn said(self) -> Replies {
        self.said.into_inner()
    }

    /// The first reply is to the first request, however many items were asked for in it; the others go by their addresses.
    fn reply(&self, heard: &RefCell<Replies>, url: &str) -> Result<HttpResponse, ApiError> {
        let first = self.first.replace(false);
        let mut heard = heard.borrow_mut();
        let place = heard.iter().position(|(known, _)| first || known == url);
        let place = place.ok_or_else(|| ApiError::InvalidRequest { reason: "not heard".to_owned() })?;
        let body = heard.remove(place).1.into_bytes();
        Ok(HttpResponse { status: 200, headers: Vec::new(), body })
    }
}

impl Backend for Listening<'_> {
    fn capabilities(&self) -> Capabilities {
        self.backend.capabilities()
    }

    fn replace_token(&self, token: &str) {
        self.backend.replace_token(token);
    }

    fn ahead_ms(&self) -> i64 {
        self.backend.ahead_ms()
    }

    fn endpoint(&self) -> &Endpoint {
        self.backend.endpoint()
    }

    fn open(&self, http: HttpRequest) -> Opening<'_> {
        self.backend.open(http)
    }

    fn exchange(&self, http: HttpRequest) -> Exchange<'_> {
        if http.method != Method::Get {
            return self.backend.exchange(http);
        }
        if let Some(heard) = &self.heard {
            return future::ready(self.reply(heard, &http.url)).boxed_local();
        }
        let url = http.url.clone();
        async move {
            let response = self.backend.exchange(http).await?;
            if let Some(body) = std::str::from_utf8(&response.body).ok().filter(|_| response.status == 200) {
                self.said.borrow_mut().push((url, body.to_owned()));
            }
            Ok(response)
        }
        .boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_by_the_same_person_only() {
        let (me, thread) = (RawId::new("me"), ThreadId::new("t"));
        let said =
            vec![("https://a/x?y".to_owned(), "{}".to_owned()), ("https://a/z".to_owned(), "[]".to_owned())];
        let told = |replies: &Replies| Told { replies: replies.clone(), asked_ms: 5, told_ms: 7 };
        let words = [
            Word::Told(Ask::Threads, told(&said)),
            Word::Told(Ask::Messages(thread.clone()), told(&said)),
            Word::Told(Ask::People(thread.clone()), told(&Replies::new())),
            Word::Read(thread.clone(), "7".to_owned()),
            Word::Typing(thread, RawId::new("8:bob")),
        ];
        for word in words {
            let texts = word.write(&me);
            assert_eq!(Word::read(&texts, &me), Some(word));
            assert_eq!(Word::read(&texts, &RawId::new("you")), None);
        }
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let no_time = ["me", "threads", "", "soon", "7"];
        for nonsense in
            [&[][..], &["me"], &["me", "later", "t"], &["me", "read", "t"], &["me", "threads", ""], &no_time]
        {
            assert_eq!(Word::read(&texts(nonsense), &me), None);
        }
        assert_eq!(kept(&keep(&said)), said);
        assert_eq!(kept(""), Replies::new());
    }
}

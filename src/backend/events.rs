//! What happens, as it happens: the local service's stream of events, read by `fetch` (`docs/events.md`).
//!
//! An event says that something changed, never what: it shortens a wait, and nothing depends on it but who is typing.

use acs_chat::fields::{Fields, FromFields};
use acs_chat::{ApiError, HttpRequest, HttpResponse, Method, RawId, Request, ThreadId, TransportError};
use futures_util::future::LocalBoxFuture;

use super::{Backend, natter};

/// More than this for one event, and it is none of ours. Bytes.
const LARGEST_EVENT: usize = 64 * 1024;

/// A reply that comes in pieces.
pub trait Pieces {
    /// The next piece; none when it is over, or the line is gone.
    fn next(&mut self) -> LocalBoxFuture<'_, Option<Vec<u8>>>;
}

/// What a request for a stream comes to.
pub enum Opened {
    /// The stream.
    Stream(Box<dyn Pieces>),
    /// Another reply than 200.
    Refused(HttpResponse),
}

/// Whoever can bring replies in pieces.
pub trait Streams {
    /// Opens a stream. Dropped, it is closed.
    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<Opened, TransportError>>;
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The stream begins, or goes on after a gap.
    Hello {
        /// Nothing was missed since the event that was read last.
        resumed: bool,
        /// Without events something is sent this often, in milliseconds.
        heartbeat_ms: u64,
    },
    /// In a thread.
    Thread {
        /// Which.
        thread: ThreadId,
        /// What.
        what: What,
    },
    /// Somebody is typing.
    Typing {
        /// Where.
        thread: ThreadId,
        /// Who.
        who: RawId,
    },
}

/// What happened in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A message came, was changed or deleted.
    Messages,
    /// Others joined or left.
    Participants,
    /// Topic, metadata or retention policy changed.
    Properties,
    /// Somebody read further.
    Receipts,
    /// It is mine from now on.
    Added,
    /// It is mine no more, or is gone.
    Removed,
}

/// The fields of all events; which are there depends on the name.
struct Data {
    thread: String,
    what: Option<String>,
    sender: Option<String>,
    resumed: bool,
    heartbeat_ms: u64,
}

impl FromFields for Data {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            thread: fields.optional_text("threadId").unwrap_or_default(),
            what: fields.optional_text("what"),
            sender: fields.optional_text("senderId"),
            resumed: fields.optional_flag("resumed").unwrap_or(false),
            heartbeat_ms: fields
                .optional_number("heartbeatMs")
                .and_then(|ms| ms.try_into().ok())
                .unwrap_or(15_000),
        }
    }
}

/// None for what a later service adds.
fn read(name: &str, data: &str) -> Option<Happening> {
    let mut fields = Fields::parse(data.as_bytes());
    let data = Data::from_fields(&mut fields);
    let data = fields.finish(data).ok()?;
    let thread = ThreadId::new(data.thread);
    Some(match name {
        "hello" => Happening::Hello { resumed: data.resumed, heartbeat_ms: data.heartbeat_ms },
        "typing" => Happening::Typing { thread, who: RawId::new(data.sender?) },
        "thread" => {
            let what = match data.what?.as_str() {
                "messages" => What::Messages,
                "participants" => What::Participants,
                "properties" => What::Properties,
                "receipts" => What::Receipts,
                "added" => What::Added,
                "removed" | "deleted" => What::Removed,
                _ => return None,
            };
            Happening::Thread { thread, what }
        }
        _ => return None,
    })
}

/// Makes events of the pieces of a stream, wherever they are cut: lines of server-sent events, as the service writes them.
#[derive(Debug, Default)]
struct Decoder {
    line: Vec<u8>,
    name: String,
    data: String,
    id: Option<String>,
}

impl Decoder {
    /// Takes a piece; gives what is complete now. None when this is no such stream.
    fn take(&mut self, piece: &[u8]) -> Option<Vec<Happening>> {
        let mut happened = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.line.push(*byte);
                if self.line.len() + self.data.len() > LARGEST_EVENT {
                    return None;
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = std::str::from_utf8(&line).ok()?.trim_end_matches('\r');
            match line.split_once(": ") {
                Some(("event", name)) => name.clone_into(&mut self.name),
                Some(("data", data)) => self.data.push_str(data),
                Some(("id", id)) => self.id = Some(id.to_owned()),
                _ if line.is_empty() => {
                    happened.extend(read(&self.name, &self.data));
                    self.name.clear();
                    self.data.clear();
                }
                // A comment says that the line still stands.
                _ => {}
            }
        }
        Some(happened)
    }
}

/// The stream, open.
pub struct Events {
    pieces: Box<dyn Pieces>,
    decoder: Decoder,
}

impl Events {
    /// What happened next, be it nothing yet; none when the stream is over.
    pub async fn next(&mut self) -> Option<Vec<Happening>> {
        let piece = self.pieces.next().await?;
        self.decoder.take(&piece)
    }

    /// The event that was read last.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.decoder.id.as_deref()
    }
}

impl dyn Backend + '_ {
    /// Opens the stream of events, after the event that was read last.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn events(&self, last_id: Option<String>) -> Result<Events, ApiError> {
        let request = Request::no_content(Method::Get, "/natter/v1/events".to_owned());
        let mut http = natter::own_request(self.endpoint(), &request);
        http.headers.extend(last_id.map(|id| ("Last-Event-ID", id)));
        match self.open(http).await? {
            Opened::Stream(pieces) => Ok(Events { pieces, decoder: Decoder::default() }),
            Opened::Refused(response) => {
                request.reader().read(&response)?;
                Err(ApiError::BrokenReply { reason: "no stream".into() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hi\n\nevent: hello\nid: a-0\ndata: {\"heartbeatMs\":900,\"resumed\":true}\n\n\
        event: thread\nid: a-1\ndata: {\"threadId\":\"19:t\",\"what\":\"messages\"}\n\n\
        event: thread\nid: a-2\ndata: {\"threadId\":\"19:t\",\"what\":\"later\"}\n\n\
        event: later\nid: a-3\ndata: {}\n\nevent: typing\r\nid: a-4\r\n\
        data: {\"threadId\":\"19:t\",\"senderId\":\"8:ann\",\"senderDisplayName\":\"王\"}\r\n\r\nevent: thr";

    #[test]
    fn events_are_read_wherever_the_stream_is_cut() {
        let thread = || ThreadId::new("19:t");
        let all = [
            Happening::Hello { resumed: true, heartbeat_ms: 900 },
            Happening::Thread { thread: thread(), what: What::Messages },
            Happening::Typing { thread: thread(), who: RawId::new("8:ann") },
        ];
        for size in 1..STREAM.len() {
            let mut decoder = Decoder::default();
            let pieces = STREAM.as_bytes().chunks(size);
            let happened: Vec<Happening> = pieces.flat_map(|piece| decoder.take(piece).unwrap()).collect();
            assert_eq!(happened, all, "in pieces of {size}");
            assert_eq!(decoder.id.as_deref(), Some("a-4"));
        }
    }

    #[test]
    fn what_is_no_stream_of_ours_ends() {
        assert_eq!(Decoder::default().take(&[0xff, b'\n']), None);
        let mut decoder = Decoder::default();
        assert_eq!(decoder.take(&[b'x'; LARGEST_EVENT]), Some(vec![]));
        assert_eq!(decoder.take(b"x"), None);
        assert_eq!(Decoder::default().take(b"event: thread\ndata: {\"threadId\": 7}\n\n"), Some(vec![]));
    }
}

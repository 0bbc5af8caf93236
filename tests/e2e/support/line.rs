//! The line between browsers and the service: it notes what goes over it, and it can be cut, lose replies and give others.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, Result};
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{SOON, until};

/// A request that went over it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    /// What the browser was told; none: nothing, or not yet.
    pub(crate) status: Option<StatusCode>,
}

impl Asked {
    /// A new message.
    pub(crate) fn sends(&self) -> bool {
        self.method == Method::POST && self.path.ends_with("/messages")
    }

    /// The list of threads, or of a thread's messages.
    pub(crate) fn lists(&self) -> bool {
        self.method == Method::GET && (self.path.ends_with("/messages") || self.path == "/chat/threads")
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It gets through, and its reply gets back.
    Pass,
    /// The service does what was asked, and nobody hears of it.
    LoseReply,
    /// The service does what was asked, and its reply waits until there is no rule any more.
    HoldReply,
    /// It does not get to the service; this is the answer.
    Answer(StatusCode, &'static str),
}

type Rule = Box<dyn FnMut(&Asked) -> Fate + Send>;
type Reply = Response<Either<Incoming, Full<Bytes>>>;

/// A line to one service. Browsers have the app from here too, so that everything of theirs goes over it.
pub(crate) struct Line {
    /// `http://127.0.0.1:…`
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    service: String,
    asked: Mutex<Vec<Asked>>,
    rule: Mutex<Option<Rule>>,
    cut: watch::Sender<bool>,
    /// There is no rule, and nothing is held.
    free: watch::Sender<bool>,
    /// How many new messages the service has taken that came over this line.
    taken: watch::Sender<usize>,
}

impl Line {
    pub(crate) async fn to(service: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            service: service.trim_start_matches("http://").to_owned(),
            asked: Mutex::default(),
            rule: Mutex::default(),
            cut: watch::Sender::new(false),
            free: watch::Sender::new(true),
            taken: watch::Sender::new(0),
        });
        tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared })
    }

    /// From here on nothing gets through, and what was under way ends.
    pub(crate) fn cut(&self) {
        self.shared.cut.send_replace(true);
    }

    pub(crate) fn mend(&self) {
        self.shared.cut.send_replace(false);
    }

    /// Decides from here on what becomes of requests, each as it comes.
    pub(crate) fn rule(&self, rule: impl FnMut(&Asked) -> Fate + Send + 'static) {
        *self.shared.rule.lock().expect("no rule panics") = Some(Box::new(rule));
        self.shared.free.send_replace(false);
    }

    /// As to a service that has no stream, and no other way to say that something happened.
    pub(crate) fn tells_nothing(&self) {
        self.rule(|asked| match asked.path.as_str() {
            "/natter/v1/events" => Fate::Answer(StatusCode::NOT_FOUND, "{}"),
            _ => Fate::Pass,
        });
    }

    /// Everything gets through again.
    pub(crate) fn no_rule(&self) {
        *self.shared.rule.lock().expect("no rule panics") = None;
        self.shared.free.send_replace(true);
    }

    /// What went over it so far and was not taken before.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.shared.asked.lock().expect("nobody panics with it"))
    }

    /// Looks at what went over it.
    pub(crate) fn asked<T>(&self, look: impl FnOnce(&[Asked]) -> T) -> T {
        look(&self.shared.asked.lock().expect("nobody panics with it"))
    }

    /// Waits until so many requests like this went over it.
    pub(crate) async fn sees(&self, what: &str, count: usize, like: impl Fn(&Asked) -> bool) -> Result<()> {
        until(&format!("{count} of {what}"), SOON, async || {
            Ok((self.asked(|asked| asked.iter().filter(|asked| like(asked)).count()) >= count).then_some(()))
        })
        .await
    }

    /// How many new messages the service has taken.
    pub(crate) fn taken(&self) -> usize {
        *self.shared.taken.borrow()
    }

    /// Waits until the service has taken so many new messages.
    pub(crate) async fn has_taken(&self, count: usize) -> Result<()> {
        let mut taken = self.shared.taken.subscribe();
        let enough = taken.wait_for(|taken| *taken >= count);
        tokio::time::timeout(SOON * 5, enough)
            .await
            .with_context(|| format!("the service has not taken {count} messages"))??;
        Ok(())
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // Without closing words: the browser sees a line that is dead, and not a service that says goodbye.
            if stream.set_nodelay(true).and_then(|()| stream.set_zero_linger()).is_err() {
                return;
            }
            let mut cut = shared.cut.subscribe();
            let answers = service_fn(|request| answer(request, Arc::clone(&shared)));
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answers);
            // How a connection ends is the browser's business, or what we are here for.
            tokio::select! {
                _ = connection => {}
                _ = cut.wait_for(|cut| *cut) => {}
            }
        });
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Reply> {
    let asked = Asked {
        at: Instant::now(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        status: None,
    };
    let number = {
        let mut all = shared.asked.lock().expect("nobody panics with it");
        all.push(asked.clone());
        all.len() - 1
    };
    let fate = shared.rule.lock().expect("no rule panics").as_mut().map_or(Fate::Pass, |rule| rule(&asked));
    let reply = match fate {
        Fate::Answer(status, body) => reply(status, body),
        Fate::Pass | Fate::LoseReply | Fate::HoldReply => forward(request, &shared.service)
            .await
            .map_or_else(|_| reply(StatusCode::SERVICE_UNAVAILABLE, "{}"), |reply| reply.map(Either::Left)),
    };
    if asked.sends() && reply.status() == StatusCode::CREATED {
        shared.taken.send_modify(|taken| *taken += 1);
    }
    if fate == Fate::HoldReply {
        // Whoever could free it is gone: so is the browser.
        let _ = shared.free.subscribe().wait_for(|free| *free).await;
    }
    if fate == Fate::LoseReply {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    if let Some(noted) = shared.asked.lock().expect("nobody panics with it").get_mut(number) {
        noted.status = Some(reply.status());
    }
    Ok(reply)
}

async fn forward(request: Request<Incoming>, service: &str) -> Result<Response<Incoming>> {
    let stream = TcpStream::connect(service).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the reply's body, or when nobody wants that any more.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

fn reply(status: StatusCode, body: &'static str) -> Reply {
    let mut reply = Response::new(Either::Right(Full::from(body)));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *reply.status_mut() = status;
    reply
}

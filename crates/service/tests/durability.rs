//! What was acknowledged is there after a crash: the real binary, eight writers, and `kill -9` at a random moment, ten
//! times on the same data.
//!
//! A killed process loses nothing that the kernel has, so this cannot see a missing flush; it sees replies that come
//! before the commit, half-written groups, and messages that a retry doubles.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that fails should say where, in its helpers too")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const WRITERS: usize = 8;
const KILLS: usize = 10;

/// Longer than anything here takes; a service that hangs fails the test rather than stopping it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The service as a process, and where it listens.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_natter-service"))
            .args(["--listen", "127.0.0.1:0", "--no-rate-limits", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().expect("a ready line").unwrap();
        let address =
            line.strip_prefix("natter-service listening on http://").expect("the ready line").to_owned();
        Self { process, address }
    }

    /// SIGKILL, and gone when this returns.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A test that fails leaves no process behind.
impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// One connection that is kept open.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    fn call(&mut self, head: &str, token: &str, request_id: &str, body: &str) -> io::Result<(u16, Value)> {
        let mut request = format!("{head} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n");
        if !request_id.is_empty() {
            request += &format!("x-ms-client-request-id: {request_id}\r\n");
        }
        request += &format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        let mut read_line = |reader: &mut BufReader<TcpStream>| {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            Ok(line.trim_end().to_owned())
        };
        let status = read_line(&mut self.0)?.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        let mut length = 0;
        loop {
            let header = read_line(&mut self.0)?;
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() }))
    }

    #[track_caller]
    fn expect(&mut self, head: &str, token: &str, body: &str, status: u16) -> Value {
        let (got, reply) = self.call(head, token, "", body).unwrap();
        assert_eq!(got, status, "{head}: {reply}");
        reply
    }
}

/// A writer that goes on over crashes: what it could not confirm it sends again under the same request id.
struct Writer {
    token: String,
    next: usize,
    acknowledged: BTreeMap<String, String>,
}

#[test]
fn ten_crashes_lose_nothing_and_double_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut chance = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let mut service = Service::start(data.path());
    let mut client = Client::connect(&service.address).unwrap();

    let people: Vec<Value> = (0..WRITERS)
        .map(|n| {
            client.expect("POST /natter/v1/sign-in", "", &json!({"name": format!("W{n}")}).to_string(), 200)
        })
        .collect();
    let token = |person: &Value| person["token"].as_str().unwrap().to_owned();
    let participants: Vec<Value> =
        people.iter().map(|person| json!({"communicationIdentifier": {"rawId": person["userId"]}})).collect();
    let body = json!({"topic": "Crash", "participants": participants}).to_string();
    let made = client.expect("POST /chat/threads?api-version=2025-03-15", &token(&people[0]), &body, 201);
    let thread = format!("/chat/threads/{}", made["chatThread"]["id"].as_str().unwrap());
    let send = format!("POST {thread}/messages?api-version=2025-03-15");
    let writers: Vec<Mutex<Writer>> = people
        .iter()
        .map(|person| Mutex::new(Writer { token: token(person), next: 0, acknowledged: BTreeMap::new() }))
        .collect();

    for round in 0..KILLS {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let kill_after = 20 + (chance >> 16) as usize % 200;
        let acknowledged = AtomicUsize::new(0);
        let address = service.address.clone();
        thread::scope(|scope| {
            for (number, writer) in writers.iter().enumerate() {
                let (acknowledged, address, send) = (&acknowledged, &address, &send);
                scope.spawn(move || {
                    let writer = &mut *writer.lock().unwrap();
                    let Ok(mut client) = Client::connect(address) else { return };
                    loop {
                        let content = format!("w{number}-{}", writer.next);
                        let body = json!({"content": content}).to_string();
                        let Ok((status, reply)) = client.call(send, &writer.token, &content, &body) else {
                            return;
                        };
                        assert_eq!(status, 201, "{reply}");
                        writer.acknowledged.insert(content, reply["id"].as_str().unwrap().to_owned());
                        writer.next += 1;
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            let began = Instant::now();
            while acknowledged.load(Ordering::SeqCst) < kill_after {
                assert!(began.elapsed() < PATIENCE, "round {round}: the writers do not get on");
                thread::yield_now();
            }
            service.kill();
        });
        let restart = Instant::now();
        service = Service::start(data.path());
        assert!(restart.elapsed() < PATIENCE);
        let listed = all_messages(&service.address, &token(&people[0]), &thread);
        for writer in &writers {
            for (content, id) in &writer.lock().unwrap().acknowledged {
                let found = listed.get(content).map(Vec::as_slice);
                assert_eq!(found, Some(std::slice::from_ref(id)), "round {round}: {content}");
            }
        }
        assert!(listed.values().all(|ids| ids.len() == 1), "round {round}: a message twice");
    }
}

/// The ids under which each content is listed.
fn all_messages(address: &str, token: &str, thread: &str) -> BTreeMap<String, Vec<String>> {
    let mut client = Client::connect(address).unwrap();
    let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut next = Some(format!("{thread}/messages?api-version=2025-03-15&maxPageSize=200"));
    while let Some(target) = next {
        let page = client.expect(&format!("GET {target}"), token, "", 200);
        for item in page["value"].as_array().unwrap() {
            if let Some(content) = item["content"]["message"].as_str() {
                listed.entry(content.to_owned()).or_default().push(item["id"].as_str().unwrap().to_owned());
            }
        }
        let link = page["nextLink"].as_str();
        next =
            link.map(|link| link.strip_prefix("http://localhost").expect("a link to this host").to_owned());
    }
    listed
}

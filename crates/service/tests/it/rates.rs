//! Reference 4.5: exactly the limit passes, the next request gets 429 and `Retry-After`, and who waits so long gets
//! through.

use crate::harness::{Reply, TestApp, User, identifier, participant, text};
use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// What a line of the table counts together.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scope {
    User,
    Thread,
    UserInThread,
}
use Scope::{Thread, User as PerUser, UserInThread};

/// A line: operation, scope, requests in 10 s, and in a minute.
type Line = (&'static str, Scope, usize, Option<usize>);

const TABLE: [Line; 23] = [
    ("create thread", PerUser, 10, None),
    ("delete thread", PerUser, 10, None),
    ("update thread", Thread, 5, None),
    ("add participants", Thread, 10, Some(30)),
    ("remove participant", Thread, 10, Some(30)),
    ("add and remove", Thread, 10, Some(30)),
    ("get thread", PerUser, 50, None),
    ("list threads", PerUser, 50, None),
    ("get message", UserInThread, 50, None),
    ("get message", Thread, 250, None),
    ("list messages", UserInThread, 50, Some(200)),
    ("list messages", Thread, 250, Some(400)),
    ("list participants", UserInThread, 10, None),
    ("list participants", Thread, 250, None),
    ("send message", Thread, 10, Some(30)),
    ("update message", Thread, 10, Some(30)),
    ("delete message", Thread, 10, Some(30)),
    ("list read receipts", UserInThread, 5, None),
    ("list read receipts", Thread, 100, None),
    ("send read receipt", UserInThread, 10, Some(30)),
    ("typing", UserInThread, 5, Some(15)),
    ("typing", Thread, 10, Some(30)),
    ("mixed writes", Thread, 10, Some(30)),
];

/// What one of the callers may do in 10 s, where both they and the thread are limited.
fn per_user(operation: &str) -> Option<usize> {
    let own = TABLE.iter().find(|line| line.0 == operation && line.1 == UserInThread);
    own.map(|line| line.2)
}

async fn limited() -> TestApp {
    TestApp::with(|settings| settings.no_rate_limits = false).await
}

/// A thread with enough people in it, and what is needed to call every operation on it.
struct Stage {
    app: TestApp,
    people: Vec<User>,
    thread: String,
    message: String,
    /// Threads to delete.
    others: Vec<String>,
}

impl Stage {
    async fn new(operation: &str, people: usize) -> Self {
        let app = limited().await;
        let mut users = Vec::new();
        for _ in 0..people {
            users.push(app.user().await);
        }
        let thread = app.thread(&users[0], &users[1..].iter().collect::<Vec<_>>()).await;
        let message = app.say(&users[0], &thread, "x").await;
        let mut others = Vec::new();
        while operation == "delete thread" && others.len() < 12 {
            app.pass_ms(1001);
            others.push(app.thread(&users[0], &[]).await);
        }
        app.pass_ms(120_000);
        Self { app, people: users, thread, message, others }
    }

    async fn call(&self, operation: &str, user: &User, number: usize) -> Reply {
        // Operations that share a line share its budget.
        let operation = match operation {
            // Updated before it is deleted.
            "mixed writes" if number == 1 => "update message",
            "mixed writes" => ["send message", "delete message"][number % 2],
            "add and remove" => ["add participants", "remove participant"][number % 2],
            one => one,
        };
        let at = |path: &str| format!("{}{path}", self.thread);
        let message = at(&format!("/messages/{}", self.message));
        let somebody = &self.people[0].id;
        let (method, path, body): (Method, String, Option<Value>) = match operation {
            "create thread" => (Method::POST, "/chat/threads".to_owned(), Some(json!({"topic": "t"}))),
            "delete thread" => (Method::DELETE, self.others[number].clone(), None),
            "update thread" => (Method::PATCH, at(""), Some(json!({"topic": "t"}))),
            "add participants" => (
                Method::POST,
                at("/participants/:add"),
                Some(json!({"participants": [participant(somebody)]})),
            ),
            // Somebody who is not in the thread: nothing changes, and it counts.
            "remove participant" => {
                (Method::POST, at("/participants/:remove"), Some(identifier("8:acs:x_y")))
            }
            "get thread" => (Method::GET, at(""), None),
            "list threads" => (Method::GET, "/chat/threads".to_owned(), None),
            "get message" => (Method::GET, message, None),
            "list messages" => (Method::GET, at("/messages"), None),
            "list participants" => (Method::GET, at("/participants"), None),
            "send message" => (Method::POST, at("/messages"), Some(json!({"content": "c"}))),
            "update message" => (Method::PATCH, message, Some(json!({}))),
            // Deleting again changes nothing, and counts.
            "delete message" => (Method::DELETE, message, None),
            "list read receipts" => (Method::GET, at("/readReceipts"), None),
            "send read receipt" => {
                (Method::POST, at("/readReceipts"), Some(json!({"chatMessageId": self.message})))
            }
            "typing" => (Method::POST, at("/typing"), None),
            _ => unreachable!("{operation}"),
        };
        self.app.send(user, method, &path, body).await
    }
}

#[track_caller]
fn too_many(reply: &Reply, seconds: i64, what: &str) {
    reply.refused(429, "TooManyRequests");
    assert_eq!(reply.json()["error"]["message"], "Rate limit exceeded.");
    assert_eq!(reply.headers["retry-after"], seconds.to_string().as_str(), "{what}");
}

#[tokio::test]
async fn exactly_the_limit_passes_and_who_waits_gets_through() {
    for (operation, scope, in_10_s, in_a_minute) in TABLE {
        let what = format!("{operation} per {scope:?}");
        let people = match (scope, per_user(operation)) {
            (Thread, Some(own)) => in_10_s / own + 1,
            _ => 1,
        };
        // The one more knocks on the door of the limit in question, and on no other.
        let stage = Stage::new(operation, people).await;
        let mut made = 0;
        let mut elapsed_s = 0;
        loop {
            let batch = in_a_minute.map_or(in_10_s, |all| in_10_s.min(all - made));
            for number in 0..batch {
                let reply = stage.call(operation, &stage.people[number % people], made).await;
                assert!(reply.status.is_success(), "{what}: number {made} got {}", reply.status);
                made += 1;
            }
            if in_a_minute.is_none_or(|all| all == made) {
                break;
            }
            too_many(&stage.call(operation, &stage.people[people - 1], made).await, 10, &what);
            stage.app.pass_ms(10_000);
            elapsed_s += 10;
        }
        let wait_s = in_a_minute.map_or(10, |_| 60 - elapsed_s);
        for _ in 0..3 {
            too_many(&stage.call(operation, &stage.people[people - 1], made).await, wait_s, &what);
        }
        stage.app.pass_ms(wait_s * 1000 - 1);
        too_many(&stage.call(operation, &stage.people[people - 1], made).await, 1, &what);
        stage.app.pass_ms(1);
        let reply = stage.call(operation, &stage.people[people - 1], made).await;
        assert!(reply.status.is_success(), "{what}: after the wait {}", reply.status);
    }
}

#[tokio::test]
async fn a_restart_of_the_minute_lets_no_double_measure_pass() {
    let stage = Stage::new("send message", 1).await;
    let send = async || stage.call("send message", &stage.people[0], 0).await.status.as_u16();
    // Three times ten, just before a full minute of the clock and of any counter that began with the test.
    let to_the_minute = 60_000 - stage.app.clock.now_ms().rem_euclid(60_000);
    stage.app.pass_ms(to_the_minute + 60_000 - 20_001);
    for round in 0..3 {
        for _ in 0..10 {
            assert_eq!(send().await, 201, "{round}");
        }
        stage.app.pass_ms(10_000);
    }
    for _ in 0..29 {
        assert_eq!(send().await, 429);
        stage.app.pass_ms(1000);
    }
    stage.app.pass_ms(1000);
    assert_eq!(send().await, 201);
}

#[tokio::test]
async fn one_thread_or_person_does_not_slow_another() {
    let app = limited().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let (thread, other) = (app.thread(&ann, &[&bob]).await, app.thread(&ann, &[&bob]).await);
    for _ in 0..10 {
        app.say(&ann, &thread, "x").await;
    }
    let body = json!({"content": "x"});
    app.post(&bob, &format!("{thread}/messages"), body.clone()).await.refused(429, "TooManyRequests");
    app.say(&ann, &other, "x").await;
    // The same thread in another spelling is the same thread.
    let encoded = thread.replace("19:", "19%3A").replace('@', "%40");
    app.post(&bob, &format!("{encoded}/messages"), body).await.refused(429, "TooManyRequests");
    for _ in 0..50 {
        app.get(&ann, "/chat/threads").await.ok(200);
    }
    app.get(&ann, &thread).await.refused(429, "TooManyRequests");
    app.get(&bob, &thread).await.ok(200);
}

#[tokio::test]
async fn a_stranger_cannot_use_up_a_threads_budget() {
    let app = limited().await;
    let (ann, eve) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let path = format!("{thread}/messages");
    for _ in 0..40 {
        app.post(&eve, &path, json!({"content": "x"})).await.refused(403, "Forbidden");
    }
    for _ in 0..10 {
        app.say(&ann, &thread, "x").await;
    }
    app.post(&ann, &path, json!({"content": "x"})).await.refused(429, "TooManyRequests");
    // Whoever guesses thread ids is counted as a person.
    for _ in 0..50 {
        app.get(&eve, "/chat/threads/19:guess@thread.v2").await.refused(404, "NotFound");
    }
    app.get(&eve, "/chat/threads/19:guess@thread.v2").await.refused(429, "TooManyRequests");
}

#[tokio::test]
async fn who_has_no_token_is_told_so_and_not_counted() {
    let app = limited().await;
    let ann = app.user().await;
    let nobody = User { id: String::new(), token: String::new() };
    for _ in 0..60 {
        app.get(&nobody, "/chat/threads").await.refused(401, "Unauthorized");
    }
    app.get(&ann, "/chat/threads").await.ok(200);
}

#[tokio::test]
async fn a_malformed_request_counts() {
    let app = limited().await;
    let ann = app.user().await;
    for _ in 0..10 {
        app.post(&ann, "/chat/threads", json!({})).await.refused(400, "BadRequest");
    }
    app.post(&ann, "/chat/threads", json!({"topic": "t"})).await.refused(429, "TooManyRequests");
}

#[tokio::test]
async fn identities_have_the_limits_of_the_resource() {
    let app = limited().await;
    let user = app.user().await;
    app.pass_ms(30_000);
    let at = |path: &str| format!("/identities{path}?api-version=2023-10-01");
    let of_user = |verb: &str| at(&format!("/{}{verb}", user.id));
    let scopes = r#"{"scopes":["chat"]}"#;
    for (method, target, body, limit) in [
        (Method::POST, at(""), "", 1000),
        (Method::POST, at(""), r#"{"createTokenWithScopes":["chat"]}"#, 1000),
        (Method::POST, of_user("/:issueAccessToken"), scopes, 1000),
        (Method::POST, of_user("/:revokeAccessTokens"), "", 500),
        (Method::DELETE, at("/8:acs:x_y"), "", 500),
        (Method::POST, "/teamsUser/:exchangeAccessToken?api-version=2023-10-01".to_owned(), "{}", 500),
    ] {
        let replies = join_all((0..limit).map(|_| app.signed(method.clone(), &target, body))).await;
        assert!(replies.iter().all(|reply| reply.status != 429), "{method} {target}");
        too_many(&app.signed(method.clone(), &target, body).await, 30, &target);
        app.pass_ms(30_000);
        assert_ne!(app.signed(method, &target, body).await.status, 429);
    }
    // Without a good signature nothing is counted.
    for _ in 0..1001 {
        let mut request = app.signed_request(Method::POST, &at(""), "", app.clock.now_ms());
        request.headers_mut().insert("x-ms-date", "Thu, 02 Jan 2025 03:04:05 GMT".parse().unwrap());
        app.call(request).await.refused(401, "Unauthorized");
    }
    app.signed(Method::POST, &at(""), "").await.ok(201);
}

#[tokio::test]
async fn without_limits_everything_passes() {
    let app = TestApp::with(|settings| settings.no_rate_limits = true).await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for n in 0..31 {
        assert!(!text(&json!(app.say(&ann, &thread, &n.to_string()).await)).is_empty());
    }
}

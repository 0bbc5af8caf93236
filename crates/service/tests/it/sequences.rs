//! Random sequences of calls, played on the service and on the [`model`](crate::model) side by side: every status and
//! every body is the same (reliability C12).
//!
//! An ordinary run plays the same few hundred each time. `NATTER_SEQUENCES=10000` plays so many, other ones each time,
//! and says by which seed they come again with `NATTER_SEED`.

use crate::harness::{TestApp, User, next_target, request, with_version};
use crate::model::{Answer, Invite, Metadata, Model, Text, Walk};
use axum::http::Method;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use serde_json::{Value, json};
use std::env;

/// In an ordinary run.
const SEQUENCES: u32 = 300;

/// People who act.
const ACTORS: usize = 4;

/// People who only stand around, so that a thread gets past the twenty above which receipts are not shown.
const CROWD: usize = 18;

/// One of several things, or one that is not there. What was said last is what people change and read.
#[derive(Clone, Debug)]
enum Pick {
    Last,
    Any(Index),
}

impl Pick {
    fn of<T: Copy>(&self, things: &[T]) -> Option<T> {
        match self {
            Self::Last => things.last().copied(),
            Self::Any(index) => things.get(index.index(things.len() + 1)).copied(),
        }
    }
}

/// Whom an invitation is for.
#[derive(Clone, Debug)]
enum Whom {
    Actor(Index),
    Crowd,
    Unknown,
    Foreign,
}

#[derive(Clone, Debug)]
struct Asked {
    whom: Whom,
    name: Option<String>,
    /// Where their history begins, from now.
    history_ms: Option<i64>,
    metadata: Metadata,
}

#[derive(Clone, Debug)]
enum Call {
    Create { topic: String, people: Vec<Asked>, metadata: Metadata, key: Option<String> },
    Get,
    Update { topic: Option<String>, metadata: Metadata },
    Delete,
    List { size: usize, since_ms: Option<i64> },
    Send { text: Text, html: bool, name: Option<String>, metadata: Metadata, key: Option<String> },
    Edit { message: Pick, text: Option<Text>, metadata: Option<Metadata> },
    DeleteMessage { message: Pick },
    GetMessage { message: Pick },
    ListMessages { size: usize, since_ms: Option<i64> },
    OpenWalk { size: usize },
    WalkOn { walk: Index },
    Add { people: Vec<Asked> },
    Remove { whom: Whom },
    ListPeople { size: usize, skip: usize },
    Read { message: Pick },
    ListReceipts { size: usize, skip: usize },
    Type,
}

/// A call, by whom, in which thread, and how much later than the one before.
#[derive(Clone, Debug)]
struct Step {
    pass_ms: i64,
    /// The first one if none.
    actor: Option<Index>,
    /// The first one if none.
    thread: Option<Index>,
    call: Call,
}

fn texts() -> impl Strategy<Value = Text> {
    let same = |text: &str| Text { sent: text.to_owned(), cleaned: text.to_owned() };
    let other = |sent: &str, cleaned: &str| Text { sent: sent.to_owned(), cleaned: cleaned.to_owned() };
    select(vec![
        same("x"),
        same("😀 茶"),
        same("<b>b</b>"),
        same(""),
        same(&"a".repeat(28 * 1024)),
        same(&"a".repeat(28 * 1024 + 1)),
        other("<script>s</script>", ""),
        other("a & <i onclick=x>b", "a &amp; <i>b</i>"),
    ])
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let value = prop_oneof![4 => Just("v"), 4 => Just("w"), 2 => Just("")].prop_map(str::to_owned);
    let value = prop_oneof![20 => value, 1 => Just("x".repeat(700)), 1 => Just("x".repeat(1024))];
    proptest::collection::btree_map(select(vec!["a", "b", "键"]).prop_map(str::to_owned), value, 0..3)
}

fn names() -> impl Strategy<Value = Option<String>> {
    option::of(select(vec!["Ann", "", "小林"]).prop_map(str::to_owned))
}

fn keys() -> impl Strategy<Value = Option<String>> {
    option::weighted(0.4, select(vec!["one", "two"]).prop_map(str::to_owned))
}

fn whom() -> impl Strategy<Value = Whom> {
    prop_oneof![
        8 => any::<Index>().prop_map(Whom::Actor),
        1 => Just(Whom::Crowd),
        1 => Just(Whom::Unknown),
        1 => Just(Whom::Foreign),
    ]
}

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let history = option::of(select(vec![-100_000, -1001, -1000, -1, 0, 1, 5000]));
    let one = (whom(), names(), history, metadata()).prop_map(|(whom, name, history_ms, metadata)| Asked {
        whom,
        name,
        history_ms,
        metadata,
    });
    vec(one, 0..4)
}

fn calls() -> impl Strategy<Value = Call> {
    let topics = || select(vec!["T", "U", "题", ""]).prop_map(str::to_owned);
    let sizes = || select(vec![1, 2, 3, 7, 200]);
    let since = || option::weighted(0.4, select(vec![-5000, -1000, -1, 0, 1]));
    let message = || prop_oneof![Just(Pick::Last), any::<Index>().prop_map(Pick::Any)];
    prop_oneof![
        2 => (topics(), asked(), metadata(), keys())
            .prop_map(|(topic, people, metadata, key)| Call::Create { topic, people, metadata, key }),
        2 => Just(Call::Get),
        2 => (option::of(topics()), metadata()).prop_map(|(topic, metadata)| Call::Update { topic, metadata }),
        1 => Just(Call::Delete),
        3 => (sizes(), since()).prop_map(|(size, since_ms)| Call::List { size, since_ms }),
        9 => (texts(), any::<bool>(), names(), metadata(), keys()).prop_map(|(text, html, name, metadata, key)| {
            Call::Send { text, html, name, metadata, key }
        }),
        5 => (message(), option::of(texts()), option::of(metadata()))
            .prop_map(|(message, text, metadata)| Call::Edit { message, text, metadata }),
        2 => message().prop_map(|message| Call::DeleteMessage { message }),
        3 => message().prop_map(|message| Call::GetMessage { message }),
        5 => (sizes(), since()).prop_map(|(size, since_ms)| Call::ListMessages { size, since_ms }),
        2 => select(vec![1, 2, 3]).prop_map(|size| Call::OpenWalk { size }),
        4 => any::<Index>().prop_map(|walk| Call::WalkOn { walk }),
        4 => asked().prop_map(|people| Call::Add { people }),
        4 => whom().prop_map(|whom| Call::Remove { whom }),
        2 => (sizes(), 0..3_usize).prop_map(|(size, skip)| Call::ListPeople { size, skip }),
        4 => message().prop_map(|message| Call::Read { message }),
        3 => (sizes(), 0..3_usize).prop_map(|(size, skip)| Call::ListReceipts { size, skip }),
        1 => Just(Call::Type),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pass = prop_oneof![3 => Just(0), 3 => 1..20_i64, 2 => 900..2000_i64, 1 => -1500..0_i64];
    // Mostly the first person and the first thread, so that things come together.
    let first = || option::weighted(0.4, any::<Index>());
    let step = (pass, first(), first(), calls()).prop_map(|(pass_ms, actor, thread, call)| Step {
        pass_ms,
        actor,
        thread,
        call,
    });
    vec(step, 1..80)
}

/// A service and a model that have seen the same.
struct Pair<'a> {
    app: &'a TestApp,
    model: Model,
    actors: Vec<User>,
    crowd: &'a [String],
    paths: Vec<String>,
    walks: Vec<(Walk, String)>,
}

impl<'a> Pair<'a> {
    /// New people on a service that is used over and over: they have no threads and no part in anybody's.
    async fn new(app: &'a TestApp, crowd: &'a [String]) -> Self {
        app.clock.set_ms(crate::harness::START_MS);
        let mut actors = Vec::new();
        for _ in 0..ACTORS {
            actors.push(app.user().await);
        }
        let known = actors.iter().map(|user| user.id.clone()).chain(crowd.iter().cloned()).collect();
        let resource = actors[0].id["8:acs:".len()..].split('_').next().unwrap().to_owned();
        let model = Model::new(app.clock.now_ms(), known, resource);
        Self { app, model, actors, crowd, paths: Vec::new(), walks: Vec::new() }
    }

    /// Whom a call names; the crowd comes all at once.
    fn ids(&self, whom: &Whom) -> Vec<String> {
        let resource = &self.model.resource;
        match whom {
            Whom::Actor(index) => vec![index.get(&self.actors).id.clone()],
            Whom::Crowd => self.crowd.to_vec(),
            Whom::Unknown => vec![format!("8:acs:{resource}_nobody")],
            Whom::Foreign => vec!["8:acs:elsewhere_1".to_owned()],
        }
    }

    fn invites(&self, people: &[Asked]) -> (Vec<Invite>, Vec<Value>) {
        let mut invites = Vec::new();
        let mut bodies = Vec::new();
        for asked in people {
            let history_ms = asked.history_ms.map(|ms| self.model.now_ms + ms);
            for id in self.ids(&asked.whom) {
                let mut body = json!({"communicationIdentifier": {"rawId": id}, "metadata": asked.metadata});
                if let Some(name) = &asked.name {
                    body["displayName"] = json!(name);
                }
                if let Some(ms) = history_ms {
                    body["shareHistoryTime"] = json!(acs_chat::Timestamp::from_ms(ms).to_string());
                }
                bodies.push(body);
                invites.push(Invite {
                    id,
                    name: asked.name.clone(),
                    history_ms,
                    metadata: asked.metadata.clone(),
                });
            }
        }
        (invites, bodies)
    }

    async fn ask(
        &self,
        user: &User,
        method: Method,
        path: &str,
        key: Option<(&'static str, &str)>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = request(&user.token, method, path, body);
        if let Some((name, value)) = key {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let reply = self.app.call(request).await;
        let body = if reply.bytes.is_empty() { Value::Null } else { reply.json() };
        let status = reply.status.as_u16();
        (status, if status < 400 { body } else { body["error"]["code"].clone() })
    }

    /// All pages of a list from where it stands now.
    async fn pages(&self, user: &User, path: &str) -> Result<Vec<Vec<Value>>, Answer> {
        let mut next = Some(with_version(path));
        let mut pages = Vec::new();
        while let Some(target) = next {
            let page = self.page(user, &target).await?;
            next = next_target(&page);
            pages.push(page["value"].as_array().unwrap().clone());
        }
        Ok(pages)
    }

    /// A page at an address that has its api-version already.
    async fn page(&self, user: &User, target: &str) -> Result<Value, Answer> {
        let mut request = request(&user.token, Method::GET, "/", None);
        *request.uri_mut() = target.parse().unwrap();
        let reply = self.app.call(request).await;
        if reply.status == 200 {
            Ok(reply.json())
        } else {
            Err((reply.status.as_u16(), reply.json()["error"]["code"].clone()))
        }
    }

    /// Plays a step on both; what they answered, if that is not the same.
    async fn play(&mut self, step: &Step) -> Result<(), String> {
        self.model.now_ms += step.pass_ms;
        self.app.clock.set_ms(self.model.now_ms);
        let user = self.actors[step.actor.map_or(0, |actor| actor.index(ACTORS))].clone();
        let me = user.id.as_str();
        // One more than there are: a thread that nobody made.
        let thread = step.thread.map_or(0, |thread| thread.index(self.model.threads() + 1));
        let path =
            self.paths.get(thread).cloned().unwrap_or_else(|| "/chat/threads/19:none@thread.v2".to_owned());
        let ids = self.model.message_ids(thread);
        let message = |pick: &Pick| pick.of(&ids).unwrap_or(17);
        let now_ms = self.model.now_ms;
        let since = |since_ms: &Option<i64>| since_ms.map(|ms| acs_chat::Timestamp::from_ms(now_ms + ms));
        let either = |answer: Result<Answer, Answer>| answer.unwrap_or_else(|refusal| refusal);
        let (expected, got) = match &step.call {
            Call::Create { topic, people, metadata, key } => {
                let (invites, bodies) = self.invites(people);
                let body = json!({"topic": topic, "participants": bodies, "metadata": metadata});
                let header = key.as_deref().map(|key| ("repeatability-request-id", key));
                let mut got = self.ask(&user, Method::POST, "/chat/threads", header, Some(body)).await;
                let before = self.model.threads();
                match self.model.create(me, topic, invites, metadata.clone(), key.as_deref()) {
                    Err(refusal) => (refusal, got),
                    Ok(mut reply) => {
                        let id = got.1["chatThread"]["id"].as_str().unwrap_or_default().to_owned();
                        if self.model.threads() > before {
                            self.model.name_newest(me, key.as_deref(), &id);
                            self.paths.push(format!("/chat/threads/{id}"));
                            reply["chatThread"]["id"] = json!(id);
                        }
                        got.1["chatThread"]["id"] = json!(id);
                        ((201, reply), got)
                    }
                }
            }
            Call::Get => {
                (self.model.get_thread(me, thread), self.ask(&user, Method::GET, &path, None, None).await)
            }
            Call::Update { topic, metadata } => {
                let mut body = json!({"metadata": metadata});
                if let Some(topic) = topic {
                    body["topic"] = json!(topic);
                }
                let expected = either(self.model.update_thread(me, thread, topic.as_deref(), metadata));
                (expected, self.ask(&user, Method::PATCH, &path, None, Some(body)).await)
            }
            Call::Delete => {
                let expected = either(self.model.delete_thread(me, thread));
                (expected, self.ask(&user, Method::DELETE, &path, None, None).await)
            }
            Call::List { size, since_ms } => {
                let query = since(since_ms).map(|time| format!("&startTime={time}")).unwrap_or_default();
                let got = self.pages(&user, &format!("/chat/threads?maxPageSize={size}{query}")).await;
                let listed = self.model.list_threads(me, since_ms.map_or(0, |ms| now_ms + ms));
                (paged(Ok(listed), *size), answer(got))
            }
            Call::Send { text, html, name, metadata, key } => {
                let mut body = json!({"content": text.sent, "metadata": metadata});
                if *html {
                    body["type"] = json!("html");
                }
                if let Some(name) = name {
                    body["senderDisplayName"] = json!(name);
                }
                let header = key.as_deref().map(|key| ("x-ms-client-request-id", key));
                let got =
                    self.ask(&user, Method::POST, &format!("{path}/messages"), header, Some(body)).await;
                let (name, key) = (name.as_deref(), key.as_deref());
                (either(self.model.send(me, thread, text, *html, name, metadata.clone(), key)), got)
            }
            Call::Edit { message: pick, text, metadata } => {
                let mut body = json!({});
                if let Some(text) = text {
                    body["content"] = json!(text.sent);
                }
                if let Some(metadata) = metadata {
                    body["metadata"] = json!(metadata);
                }
                let id = message(pick);
                let expected = either(self.model.edit(me, thread, id, text.as_ref(), metadata.as_ref()));
                (
                    expected,
                    self.ask(&user, Method::PATCH, &format!("{path}/messages/{id}"), None, Some(body)).await,
                )
            }
            Call::DeleteMessage { message: pick } => {
                let id = message(pick);
                let expected = either(self.model.delete_message(me, thread, id));
                (
                    expected,
                    self.ask(&user, Method::DELETE, &format!("{path}/messages/{id}"), None, None).await,
                )
            }
            Call::GetMessage { message: pick } => {
                let id = message(pick);
                let got = self.ask(&user, Method::GET, &format!("{path}/messages/{id}"), None, None).await;
                (self.model.get_message(me, thread, id), got)
            }
            Call::ListMessages { size, since_ms } => {
                let query = since(since_ms).map(|time| format!("&startTime={time}")).unwrap_or_default();
                let got = self.pages(&user, &format!("{path}/messages?maxPageSize={size}{query}")).await;
                let listed = self.model.list_messages(me, thread, since_ms.map_or(0, |ms| now_ms + ms));
                (paged(listed, *size), answer(got))
            }
            Call::OpenWalk { size } => {
                if let Ok(walk) = self.model.open_walk(me, thread, *size) {
                    self.walks.push((walk, with_version(&format!("{path}/messages?maxPageSize={size}"))));
                    let last = self.walks.len() - 1;
                    self.walk_on(&user, last).await
                } else {
                    return Ok(());
                }
            }
            Call::WalkOn { walk } => {
                if self.walks.is_empty() {
                    return Ok(());
                }
                let at = walk.index(self.walks.len());
                self.walk_on(&user, at).await
            }
            Call::Add { people } => {
                let (invites, bodies) = self.invites(people);
                let body = json!({"participants": bodies});
                let got = self
                    .ask(&user, Method::POST, &format!("{path}/participants/:add"), None, Some(body))
                    .await;
                (either(self.model.add(me, thread, invites)), got)
            }
            Call::Remove { whom } => {
                let id = self.ids(whom).remove(0);
                let got = self
                    .ask(
                        &user,
                        Method::POST,
                        &format!("{path}/participants/:remove"),
                        None,
                        Some(json!({"rawId": id})),
                    )
                    .await;
                (either(self.model.remove(me, thread, &id)), got)
            }
            Call::ListPeople { size, skip } => {
                let got =
                    self.pages(&user, &format!("{path}/participants?maxPageSize={size}&skip={skip}")).await;
                (paged(skipped(self.model.list_people(me, thread), *skip), *size), answer(got))
            }
            Call::Read { message: pick } => {
                let id = message(pick);
                let body = json!({"chatMessageId": id.to_string()});
                let got =
                    self.ask(&user, Method::POST, &format!("{path}/readReceipts"), None, Some(body)).await;
                (either(self.model.read(me, thread, id)), got)
            }
            Call::ListReceipts { size, skip } => {
                let got =
                    self.pages(&user, &format!("{path}/readReceipts?maxPageSize={size}&skip={skip}")).await;
                (paged(skipped(self.model.list_receipts(me, thread), *skip), *size), answer(got))
            }
            Call::Type => {
                let got = self.ask(&user, Method::POST, &format!("{path}/typing"), None, None).await;
                (self.model.type_in(me, thread), got)
            }
        };
        if expected == got {
            Ok(())
        } else {
            Err(format!("{step:?}\nexpected {expected:?}\ngot      {got:?}"))
        }
    }

    /// Another page of a walk that may have begun long ago, asked for by anybody.
    async fn walk_on(&mut self, user: &User, at: usize) -> (Answer, Answer) {
        let target = self.walks[at].1.clone();
        let got = self.page(user, &target).await;
        let expected = self.model.walk_on(&user.id, &mut self.walks[at].0);
        let expected = match expected {
            Ok((items, more)) => {
                match got.as_ref().ok().and_then(next_target) {
                    Some(next) => self.walks[at].1 = next,
                    None => drop(self.walks.remove(at)),
                }
                (200, json!([items, more]))
            }
            Err(refusal) => refusal,
        };
        let got = got.map(|page| (200, json!([page["value"], page.get("nextLink").is_some()])));
        (expected, got.unwrap_or_else(|refusal| refusal))
    }
}

fn skipped(items: Result<Vec<Value>, Answer>, skip: usize) -> Result<Vec<Value>, Answer> {
    items.map(|items| items.into_iter().skip(skip).collect())
}

/// A list as it comes in pages; an empty one is one empty page.
fn paged(items: Result<Vec<Value>, Answer>, size: usize) -> Answer {
    answer(items.map(|items| {
        let pages: Vec<Vec<Value>> = items.chunks(size).map(<[Value]>::to_vec).collect();
        if pages.is_empty() { vec![Vec::new()] } else { pages }
    }))
}

fn answer(pages: Result<Vec<Vec<Value>>, Answer>) -> Answer {
    pages.map_or_else(|refusal| refusal, |pages| (200, json!(pages)))
}

async fn play_all(app: &TestApp, crowd: &[String], steps: &[Step]) -> Result<(), String> {
    let mut pair = Pair::new(app, crowd).await;
    // Something to act on from the beginning.
    let all = (1..ACTORS - 1).map(|at| pair.actors[at].id.clone());
    let people = all.map(|id| json!({"communicationIdentifier": {"rawId": id}})).collect::<Vec<_>>();
    let invites = (1..ACTORS - 1).map(|at| Invite {
        id: pair.actors[at].id.clone(),
        name: None,
        history_ms: None,
        metadata: Metadata::new(),
    });
    let (first, invites) = (pair.actors[0].clone(), invites.collect());
    let body = json!({"topic": "T", "participants": people});
    let (_, made) = pair.ask(&first, Method::POST, "/chat/threads", None, Some(body)).await;
    let id = made["chatThread"]["id"].as_str().unwrap().to_owned();
    pair.model.create(&first.id, "T", invites, Metadata::new(), None).unwrap();
    pair.model.name_newest(&first.id, None, &id);
    pair.paths.push(format!("/chat/threads/{id}"));
    for (number, step) in steps.iter().enumerate() {
        pair.play(step).await.map_err(|difference| format!("step {number}: {difference}"))?;
    }
    Ok(())
}

/// With a line that says how the same run is had again.
fn runner() -> (TestRunner, String) {
    let asked = env::var("NATTER_SEQUENCES").ok();
    let cases = asked.as_ref().map_or(SEQUENCES, |number| number.parse().expect("a number of sequences"));
    let seed = match env::var("NATTER_SEED") {
        Ok(seed) => seed.parse::<u64>().expect("a number as seed"),
        Err(_) if asked.is_some() => rand_seed(),
        Err(_) => 1,
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    (runner, format!("NATTER_SEQUENCES={cases} NATTER_SEED={seed}"))
}

fn rand_seed() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

#[test]
fn the_service_answers_as_the_model_does() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (app, crowd) = runtime.block_on(async {
        let app = TestApp::new().await;
        let mut crowd = Vec::new();
        for _ in 0..CROWD {
            crowd.push(app.user().await.id);
        }
        (app, crowd)
    });
    let (mut runner, run) = runner();
    println!("{run}");
    let outcome = runner
        .run(&steps(), |steps| runtime.block_on(play_all(&app, &crowd, &steps)).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => panic!("{run}\n{why}\nafter {steps:?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

//! The rules of the contract once more, in memory and without the service's code: what each request has to be answered.
//!
//! Written from the reference (sections 3 and 4) and the decisions in the service's README. `sequences` compares.

use acs_chat::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A status, and the body; of a refusal only its code.
pub(crate) type Answer = (u16, Value);

pub(crate) type Metadata = BTreeMap<String, String>;

fn refused(status: u16, code: &str) -> Answer {
    (status, json!(code))
}

fn bad_request() -> Answer {
    refused(400, "BadRequest")
}

fn forbidden() -> Answer {
    refused(403, "Forbidden")
}

fn not_found() -> Answer {
    refused(404, "NotFound")
}

fn time(ms: i64) -> String {
    Timestamp::from_ms(ms).truncated_to_second().to_string()
}

fn identifier(id: &str) -> Value {
    json!({"rawId": id, "communicationUser": {"id": id}})
}

/// Drops what is `null` or an empty map: such fields are left out.
fn without_empty(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let kept =
        fields.into_iter().filter(|(_, field)| !field.is_null() && *field != Value::Object(Map::new()));
    Value::Object(kept.collect())
}

fn too_large(metadata: &Metadata) -> bool {
    metadata.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > 1024
}

fn merged(mut metadata: Metadata, patch: &Metadata) -> Metadata {
    for (key, value) in patch {
        if value.is_empty() {
            metadata.remove(key);
        } else {
            metadata.insert(key.clone(), value.clone());
        }
    }
    metadata
}

/// A text to send: as plain text, or as HTML of which the service keeps something.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) sent: String,
    /// As HTML it is kept so.
    pub(crate) cleaned: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Invite {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) history_ms: Option<i64>,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug)]
struct Person {
    id: String,
    name: Option<String>,
    history_ms: i64,
    metadata: Metadata,
}

impl Person {
    fn shown(&self, metadata: bool) -> Value {
        without_empty(json!({
            "communicationIdentifier": identifier(&self.id), "displayName": self.name,
            "shareHistoryTime": time(self.history_ms), "metadata": metadata.then_some(&self.metadata),
        }))
    }
}

#[derive(Clone, Debug)]
struct Message {
    id: i64,
    sequence: i64,
    version: i64,
    kind: &'static str,
    /// Of a system message all but who did it.
    content: Value,
    author: String,
    name: Option<String>,
    edited_ms: Option<i64>,
    deleted_ms: Option<i64>,
    metadata: Metadata,
}

impl Message {
    fn is_system(&self) -> bool {
        self.name.is_none()
    }

    fn shown(&self, sequence: i64) -> Value {
        let mut content = self.content.clone();
        if self.is_system() {
            content["initiatorCommunicationIdentifier"] = identifier(&self.author);
        } else if self.deleted_ms.is_none() {
            content["attachments"] = json!([]);
        }
        without_empty(json!({
            "id": self.id.to_string(), "type": self.kind, "sequenceId": sequence.to_string(),
            "version": self.version.to_string(), "content": content, "senderDisplayName": self.name,
            "createdOn": time(self.id), "editedOn": self.edited_ms.map(time), "deletedOn": self.deleted_ms.map(time),
            "senderCommunicationIdentifier": (!self.is_system()).then(|| identifier(&self.author)),
            "metadata": self.metadata,
        }))
    }
}

#[derive(Clone, Debug, Default)]
struct Thread {
    id: String,
    gone: bool,
    topic: String,
    created_ms: i64,
    creator: String,
    metadata: Metadata,
    /// In the order of joining.
    people: Vec<Person>,
    /// Who left, with the topic and the newest message of that time.
    left: BTreeMap<String, (String, i64)>,
    messages: Vec<Message>,
    stamp: i64,
    sequence: i64,
    /// In the order of first reading.
    receipts: Vec<(String, i64, i64)>,
    /// Who sent what under which request id.
    sent: HashMap<(String, String), i64>,
}

impl Thread {
    fn shown(&self) -> Value {
        without_empty(json!({
            "id": self.id, "topic": self.topic, "createdOn": time(self.created_ms),
            "createdByCommunicationIdentifier": identifier(&self.creator), "metadata": self.metadata,
        }))
    }

    fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Uses up the next stamp and sequence number.
    fn take(&mut self, now_ms: i64) -> (i64, i64) {
        self.stamp = now_ms.max(self.stamp + 1);
        self.sequence += 1;
        (self.stamp, self.sequence)
    }

    fn append(&mut self, now_ms: i64, author: &str, kind: &'static str, content: Value) -> &mut Message {
        let (id, sequence) = self.take(now_ms);
        self.messages.push(Message {
            id,
            sequence,
            version: id,
            kind,
            content,
            author: author.to_owned(),
            name: None,
            edited_ms: None,
            deleted_ms: None,
            metadata: Metadata::new(),
        });
        self.messages.last_mut().unwrap()
    }

    fn add(&mut self, now_ms: i64, initiator: &str, invites: Vec<Invite>) {
        let stamp = now_ms.max(self.stamp + 1);
        let mut joined = Vec::new();
        for invite in invites {
            self.left.remove(&invite.id);
            let history_ms = invite.history_ms.unwrap_or(0).clamp(0, stamp);
            let person = Person { id: invite.id, name: invite.name, history_ms, metadata: invite.metadata };
            joined.push(person.shown(false));
            self.people.push(person);
        }
        if !joined.is_empty() {
            self.append(now_ms, initiator, "participantAdded", json!({"participants": joined}));
        }
    }

    /// Messages from a time on, the latest change first.
    fn listed(&self, from_ms: i64) -> Vec<&Message> {
        let mut listed: Vec<&Message> =
            self.messages.iter().filter(|message| message.id >= from_ms).collect();
        listed.sort_by_key(|message| -message.sequence);
        listed
    }

    fn newest(&self) -> i64 {
        self.messages.iter().map(|message| message.id).max().unwrap_or(self.created_ms)
    }
}

/// A walk over pages that stands somewhere: the order it began with.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) thread: usize,
    pub(crate) size: usize,
    /// Message ids and the sequence numbers they had.
    left: Vec<(i64, i64)>,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) now_ms: i64,
    /// Whoever the resource has.
    pub(crate) known: BTreeSet<String>,
    pub(crate) resource: String,
    threads: Vec<Thread>,
    created: HashMap<(String, String), Value>,
}

impl Model {
    pub(crate) fn new(now_ms: i64, known: BTreeSet<String>, resource: String) -> Self {
        Self { now_ms, known, resource, ..Self::default() }
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads.len()
    }

    pub(crate) fn message_ids(&self, thread: usize) -> Vec<i64> {
        self.threads
            .get(thread)
            .map(|t| t.messages.iter().map(|message| message.id).collect())
            .unwrap_or_default()
    }

    /// The service made up the id of the newest thread.
    pub(crate) fn name_newest(&mut self, caller: &str, key: Option<&str>, id: &str) {
        let newest = self.threads.last_mut().unwrap();
        newest.id = id.to_owned();
        if let Some(key) = key {
            let reply = self.created.get_mut(&(caller.to_owned(), key.to_owned())).unwrap();
            reply["chatThread"]["id"] = json!(id);
        }
    }

    fn thread(&self, caller: &str, thread: usize) -> Result<&Thread, Answer> {
        let thread = self.threads.get(thread).filter(|thread| !thread.gone).ok_or_else(not_found)?;
        thread.person(caller).map(|_| thread).ok_or_else(forbidden)
    }

    fn thread_mut(&mut self, caller: &str, thread: usize) -> Result<&mut Thread, Answer> {
        self.thread(caller, thread)?;
        Ok(&mut self.threads[thread])
    }

    /// Who can be added, and what is said of the others.
    fn sorted(&self, invites: Vec<Invite>) -> (Vec<Invite>, Vec<Value>) {
        let (mut seen, mut known, mut invalid) = (BTreeSet::new(), Vec::new(), Vec::new());
        for invite in invites {
            if !seen.insert(invite.id.clone()) {
                continue;
            }
            if self.known.contains(&invite.id) {
                known.push(invite);
                continue;
            }
            let ours = invite.id.starts_with(&format!("8:acs:{}_", self.resource));
            let (code, message) =
                if ours { ("404", "Not found") } else { ("403", "Permissions check failed") };
            invalid.push(json!({"code": code, "message": message, "target": invite.id}));
        }
        (known, invalid)
    }

    pub(crate) fn create(
        &mut self,
        caller: &str,
        topic: &str,
        invites: Vec<Invite>,
        metadata: Metadata,
        key: Option<&str>,
    ) -> Result<Value, Answer> {
        let odd_person = invites.iter().any(|invite| too_large(&invite.metadata));
        if topic.is_empty() || odd_person || too_large(&metadata) {
            return Err(bad_request());
        }
        let created = key.and_then(|key| self.created.get(&(caller.to_owned(), key.to_owned())));
        if let Some(reply) = created {
            return Ok(reply.clone());
        }
        let (mut invites, invalid) = self.sorted(invites);
        let own = invites.iter().position(|invite| invite.id == caller).map(|at| invites.remove(at));
        let own = own.unwrap_or_else(|| Invite {
            id: caller.to_owned(),
            name: None,
            history_ms: None,
            metadata: Metadata::new(),
        });
        invites.insert(0, own);
        let mut thread = Thread {
            topic: topic.to_owned(),
            created_ms: self.now_ms,
            creator: caller.to_owned(),
            metadata,
            ..Thread::default()
        };
        thread.add(self.now_ms, caller, invites);
        thread.append(self.now_ms, caller, "topicUpdated", json!({"topic": topic}));
        let invalid = (!invalid.is_empty()).then_some(invalid);
        let reply = without_empty(json!({"chatThread": thread.shown(), "invalidParticipants": invalid}));
        self.threads.push(thread);
        if let Some(key) = key {
            self.created.insert((caller.to_owned(), key.to_owned()), reply.clone());
        }
        Ok(reply)
    }

    pub(crate) fn get_thread(&self, caller: &str, thread: usize) -> Answer {
        self.thread(caller, thread).map_or_else(|answer| answer, |thread| (200, thread.shown()))
    }

    pub(crate) fn update_thread(
        &mut self,
        caller: &str,
        thread: usize,
        topic: Option<&str>,
        patch: &Metadata,
    ) -> Result<Answer, Answer> {
        if topic.is_some_and(str::is_empty) {
            return Err(bad_request());
        }
        let now_ms = self.now_ms;
        let thread = self.thread_mut(caller, thread)?;
        let metadata = merged(thread.metadata.clone(), patch);
        if too_large(&metadata) {
            return Err(bad_request());
        }
        thread.metadata = metadata;
        if let Some(topic) = topic {
            thread.topic = topic.to_owned();
            thread.append(now_ms, caller, "topicUpdated", json!({"topic": topic}));
        }
        Ok((204, Value::Null))
    }

    pub(crate) fn delete_thread(&mut self, caller: &str, thread: usize) -> Result<Answer, Answer> {
        self.thread_mut(caller, thread)?.gone = true;
        Ok((204, Value::Null))
    }

    /// Those the caller is or was in, newest activity first.
    pub(crate) fn list_threads(&self, caller: &str, since_ms: i64) -> Vec<Value> {
        let mut listed: Vec<(i64, &str, &str)> = Vec::new();
        for thread in self.threads.iter().filter(|thread| !thread.gone) {
            if thread.person(caller).is_some() {
                listed.push((thread.newest(), &thread.id, &thread.topic));
            } else if let Some((topic, newest)) = thread.left.get(caller) {
                listed.push((*newest, &thread.id, topic));
            }
        }
        listed.retain(|(newest, ..)| *newest >= since_ms);
        listed.sort_by(|a, b| b.cmp(a));
        let item =
            |(newest, id, topic)| json!({"id": id, "topic": topic, "lastMessageReceivedOn": time(newest)});
        listed.into_iter().map(item).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "as many as the request has fields")]
    pub(crate) fn send(
        &mut self,
        caller: &str,
        thread: usize,
        text: &Text,
        html: bool,
        name: Option<&str>,
        metadata: Metadata,
        key: Option<&str>,
    ) -> Result<Answer, Answer> {
        let content = if html { &text.cleaned } else { &text.sent };
        if content.is_empty() || text.sent.len() > 28 * 1024 || too_large(&metadata) {
            return Err(bad_request());
        }
        let now_ms = self.now_ms;
        let thread = self.thread_mut(caller, thread)?;
        let key = key.map(|key| (caller.to_owned(), key.to_owned()));
        let before = key.as_ref().and_then(|key| thread.sent.get(key)).copied();
        let id = before.unwrap_or_else(|| {
            let kind = if html { "html" } else { "text" };
            let message = thread.append(now_ms, caller, kind, json!({"message": content}));
            message.name = Some(name.unwrap_or_default().to_owned());
            message.metadata = metadata;
            message.id
        });
        if let Some(key) = key {
            thread.sent.insert(key, id);
        }
        Ok((201, json!({"id": id.to_string()})))
    }

    /// A message that the caller sees.
    fn visible(&self, caller: &str, thread: usize, id: i64) -> Result<&Message, Answer> {
        let thread = self.thread(caller, thread)?;
        let from_ms = thread.person(caller).unwrap().history_ms;
        thread.messages.iter().find(|message| message.id == id && id >= from_ms).ok_or_else(not_found)
    }

    pub(crate) fn get_message(&self, caller: &str, thread: usize, id: i64) -> Answer {
        let found = self.visible(caller, thread, id);
        found.map_or_else(|answer| answer, |message| (200, message.shown(message.sequence)))
    }

    /// Changes a message of the caller's by `change`, which says whether it changed anything.
    fn change(
        &mut self,
        caller: &str,
        thread: usize,
        id: i64,
        change: impl FnOnce(&mut Message) -> Result<bool, Answer>,
    ) -> Result<Answer, Answer> {
        let mut message = self.visible(caller, thread, id)?.clone();
        if message.is_system() || message.author != caller {
            return Err(forbidden());
        }
        if !change(&mut message)? {
            return Ok((204, Value::Null));
        }
        let now_ms = self.now_ms;
        let thread = &mut self.threads[thread];
        (message.version, message.sequence) = thread.take(now_ms);
        for stamp in [&mut message.edited_ms, &mut message.deleted_ms] {
            *stamp = stamp.map(|ms| if ms == i64::MAX { message.version } else { ms });
        }
        let place = thread.messages.iter_mut().find(|other| other.id == id).unwrap();
        *place = message;
        Ok((204, Value::Null))
    }

    pub(crate) fn edit(
        &mut self,
        caller: &str,
        thread: usize,
        id: i64,
        text: Option<&Text>,
        patch: Option<&Metadata>,
    ) -> Result<Answer, Answer> {
        self.change(caller, thread, id, |message| {
            if message.deleted_ms.is_some() {
                return Err(not_found());
            }
            if let Some(text) = text {
                let content = if message.kind == "html" { &text.cleaned } else { &text.sent };
                if content.is_empty() || text.sent.len() > 28 * 1024 {
                    return Err(bad_request());
                }
                message.content = json!({"message": content});
            }
            if let Some(patch) = patch {
                message.metadata = merged(message.metadata.clone(), patch);
                if too_large(&message.metadata) {
                    return Err(bad_request());
                }
            }
            message.edited_ms = Some(i64::MAX);
            Ok(text.is_some() || patch.is_some())
        })
    }

    pub(crate) fn delete_message(&mut self, caller: &str, thread: usize, id: i64) -> Result<Answer, Answer> {
        self.change(caller, thread, id, |message| {
            if message.deleted_ms.is_some() {
                return Ok(false);
            }
            message.content = json!({"message": ""});
            message.metadata.clear();
            message.edited_ms = None;
            message.deleted_ms = Some(i64::MAX);
            Ok(true)
        })
    }

    pub(crate) fn list_messages(
        &self,
        caller: &str,
        thread: usize,
        since_ms: i64,
    ) -> Result<Vec<Value>, Answer> {
        let thread = self.thread(caller, thread)?;
        let from_ms = thread.person(caller).unwrap().history_ms.max(since_ms);
        Ok(thread.listed(from_ms).into_iter().map(|message| message.shown(message.sequence)).collect())
    }

    pub(crate) fn open_walk(&self, caller: &str, thread: usize, size: usize) -> Result<Walk, Answer> {
        let listed = self.thread(caller, thread)?.listed(0);
        let left = listed.into_iter().map(|message| (message.id, message.sequence)).collect();
        Ok(Walk { thread, size, left })
    }

    /// The next page of a walk: what it says now, at the places of the beginning; and whether another one follows.
    pub(crate) fn walk_on(&self, caller: &str, walk: &mut Walk) -> Result<(Vec<Value>, bool), Answer> {
        let thread = self.thread(caller, walk.thread)?;
        let from_ms = thread.person(caller).unwrap().history_ms;
        let visible: Vec<(i64, i64)> = walk.left.iter().copied().filter(|(id, _)| *id >= from_ms).collect();
        let page = &visible[..walk.size.min(visible.len())];
        let more = visible.len() > page.len();
        if let Some((_, last)) = page.last() {
            walk.left.retain(|(_, sequence)| sequence < last);
        }
        let shown = page.iter().map(|(id, sequence)| {
            thread.messages.iter().find(|message| message.id == *id).unwrap().shown(*sequence)
        });
        Ok((shown.collect(), more))
    }

    pub(crate) fn add(
        &mut self,
        caller: &str,
        thread: usize,
        invites: Vec<Invite>,
    ) -> Result<Answer, Answer> {
        if invites.iter().any(|invite| too_large(&invite.metadata)) {
            return Err(bad_request());
        }
        let now_ms = self.now_ms;
        self.thread(caller, thread)?;
        let (mut invites, invalid) = self.sorted(invites);
        let thread = &mut self.threads[thread];
        invites.retain(|invite| thread.person(&invite.id).is_none());
        thread.add(now_ms, caller, invites);
        let invalid = (!invalid.is_empty()).then_some(invalid);
        Ok((201, without_empty(json!({"invalidParticipants": invalid}))))
    }

    pub(crate) fn remove(&mut self, caller: &str, thread: usize, id: &str) -> Result<Answer, Answer> {
        let now_ms = self.now_ms;
        let thread = self.thread_mut(caller, thread)?;
        if let Some(at) = thread.people.iter().position(|person| person.id == id) {
            let gone = thread.people.remove(at).shown(false);
            thread.append(now_ms, caller, "participantRemoved", json!({"participants": [gone]}));
            thread.left.insert(id.to_owned(), (thread.topic.clone(), thread.newest()));
        }
        Ok((204, Value::Null))
    }

    pub(crate) fn list_people(&self, caller: &str, thread: usize) -> Result<Vec<Value>, Answer> {
        Ok(self.thread(caller, thread)?.people.iter().map(|person| person.shown(true)).collect())
    }

    pub(crate) fn read(&mut self, caller: &str, thread: usize, id: i64) -> Result<Answer, Answer> {
        self.visible(caller, thread, id)?;
        let now_ms = self.now_ms;
        let receipts = &mut self.threads[thread].receipts;
        match receipts.iter_mut().find(|(reader, ..)| reader == caller) {
            None => receipts.push((caller.to_owned(), id, now_ms)),
            Some(receipt) if receipt.1 < id => (receipt.1, receipt.2) = (id, now_ms),
            Some(_) => {}
        }
        Ok((200, Value::Null))
    }

    pub(crate) fn list_receipts(&self, caller: &str, thread: usize) -> Result<Vec<Value>, Answer> {
        let thread = self.thread(caller, thread)?;
        if thread.people.len() > 20 {
            return Ok(Vec::new());
        }
        let there = thread.receipts.iter().filter(|(reader, ..)| thread.person(reader).is_some());
        let shown = there.map(|(reader, id, ms)| {
            json!({"senderCommunicationIdentifier": identifier(reader), "chatMessageId": id.to_string(),
                   "readOn": time(*ms)})
        });
        Ok(shown.collect())
    }

    pub(crate) fn type_in(&self, caller: &str, thread: usize) -> Answer {
        self.thread(caller, thread).map_or_else(|answer| answer, |_| (200, Value::Null))
    }
}

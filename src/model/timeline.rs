//! The messages of one thread: what has been loaded of it, merged, and laid out as items.
//!
//! The service lists a thread by the order of **changes**, newest first: an edited message comes back at the front. So
//! pages are merged by id, the greater version wins, and the newest change seen is the cursor. It never holds a hole:
//! what was changed lately may be much older than the rest of a page, and is kept back until everything after it is here.
//! When all goes well, [`Timeline::begin`] takes the first page, [`Timeline::catch_up`] what is new since the cursor, and
//! [`Timeline::extend`] each older page.

mod refresh;

use acs_chat::{
    ChatMessage, ChatMessageContent, ChatMessageType, Collection, MessageId, Metadata, RawId, SequenceId,
    Timestamp, Version,
};

use self::refresh::Touched;
pub use self::refresh::{Earlier, place_of};
use super::assistant::{self, Assistant};
use super::names::Names;
use super::outbox::{Action, ClientMessageId, Entry, Outbox, State};
use super::priority::Priority;
use super::rows::{Author, Body, Item, ItemKind, MessageRow, SendKind, Status, SystemNote};
use super::sorted::{SortedMap, insert_sorted};
use super::unread::{Edge, Moved, ReadMarks};

/// Under this key the id of a send travels in the metadata of its message.
pub const CLIENT_ID_KEY: &str = "natterId";

/// Messages of one author this close together are one run (design, "How it should look").
const RUN_MS: i64 = 5 * 60_000;

/// How many changes a view may be behind and still be brought up to date row by row.
const REMEMBERED_CHANGES: usize = 32;

/// Where older messages are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Older {
    /// Nothing has been loaded.
    #[default]
    Unknown,
    /// Behind this link of the service.
    At(String),
    /// Nowhere: the oldest is here.
    None,
}

/// A change of a message that the service has confirmed and not yet listed.
#[derive(Debug)]
struct Confirmed {
    /// The version that was changed.
    base: Version,
    /// The new text; none for a deletion.
    text: Option<String>,
}

/// Where the line above the first unread message is. It stays where it was when the thread was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum UnreadLine {
    /// The thread is not on screen.
    #[default]
    Closed,
    /// On screen; messages or my read mark are not here yet.
    Wanted {
        /// What was read when it was opened, as far as it was known then.
        read: Option<Edge>,
    },
    /// Worked out.
    Fixed {
        /// After this.
        read: Option<Edge>,
        /// The first message after my mark, and how many of others there were; none when all was read.
        first: Option<(MessageId, u32)>,
    },
}

/// What the items say besides the messages.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Me.
    pub me: &'a RawId,
    /// What people are called.
    pub names: &'a Names,
    /// How far they have read.
    pub marks: &'a ReadMarks,
    /// What is on its way.
    pub outbox: &'a Outbox,
    /// What it is asked.
    pub assistant: &'a Assistant,
    /// The thread's own entries of it.
    pub thread: &'a acs_chat::ThreadId,
    /// The service cannot be reached just now.
    pub offline: bool,
    /// Minutes that local time is ahead of UTC at a time in epoch milliseconds.
    pub zone_offset_minutes: &'a dyn Fn(i64) -> i32,
}

/// The loaded part of a thread.
#[derive(Debug, Default)]
pub struct Timeline {
    messages: SortedMap<MessageId, Box<ChatMessage>>,
    /// Sent from here and confirmed by the reply, not listed yet.
    provisional: SortedMap<MessageId, Box<ChatMessage>>,
    confirmed: SortedMap<MessageId, Confirmed>,
    /// The client id of a message of mine, which a deletion takes out of its metadata.
    keys: SortedMap<MessageId, ClientMessageId>,
    /// The client ids that have a message.
    taken: SortedMap<ClientMessageId, ()>,
    /// My own messages among all that are here.
    own: SortedMap<MessageId, ()>,
    cursor: Option<SequenceId>,
    /// Every message from this one on is here.
    floor: Option<MessageId>,
    older: Older,
    line: UnreadLine,
    revision: u64,
    touched: Vec<(u64, Touched)>,
}

/// What a page brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Entries of the outbox that were seen in it.
    pub seen: Vec<ClientMessageId>,
    /// Something that is shown changed.
    pub changed: bool,
}

impl Timeline {
    /// The newest change seen, below which everything loaded hangs together.
    #[must_use]
    pub fn cursor(&self) -> Option<&SequenceId> {
        self.cursor.as_ref()
    }

    /// A first page has been loaded.
    #[must_use]
    pub fn loaded(&self) -> bool {
        self.cursor.is_some() || self.older == Older::None
    }

    /// Where older messages are.
    #[must_use]
    pub fn older(&self) -> &Older {
        &self.older
    }

    /// How many messages are here, shown or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.messages.count()
    }

    /// How many messages are shown.
    #[must_use]
    pub fn shown_count(&self) -> usize {
        self.shown().count()
    }

    /// How many messages are shown, counted no further than this.
    #[must_use]
    pub fn shown_count_up_to(&self, most: usize) -> usize {
        if self.messages.count() > most * 4 { most } else { self.shown_count().min(most) }
    }

    /// The newest of what is here, as the service would list it, the newest change first; a page of so many at most. What it
    /// says of what is older is no link when there is more here than that.
    #[must_use]
    pub fn newest_page(&self, most: usize) -> Collection<ChatMessage> {
        let mut page: Vec<&ChatMessage> = Vec::new();
        for (_, message) in self.messages.iter().rev() {
            let older = page.last().is_some_and(|last| message.sequence_id < last.sequence_id);
            if page.len() < most || !older {
                insert_sorted(&mut page, message.as_ref(), |left, right| {
                    left.sequence_id > right.sequence_id
                });
                page.truncate(most);
            }
        }
        let next_link = match &self.older {
            _ if page.len() < self.messages.count() => Some(String::new()),
            Older::At(link) => Some(link.clone()),
            Older::Unknown | Older::None => None,
        };
        Collection { value: page.into_iter().cloned().collect(), next_link }
    }

    /// The message of this send is here.
    #[must_use]
    pub fn holds(&self, sent: &ClientMessageId) -> bool {
        self.taken.contains_key(sent)
    }

    /// Counts changes: the same number means the same items.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes the newest page of a thread of which nothing is here, or throws away what is here when too much happened
    /// meanwhile to join the two.
    pub fn begin(&mut self, page: Vec<ChatMessage>, next_link: Option<String>, me: &RawId) -> Merged {
        if self.loaded() {
            self.messages.clear();
            self.cursor = None;
            self.floor = None;
        }
        self.touch(Touched::all());
        self.older = next_link.map_or(Older::None, Older::At);
        let merged = self.merge(page, me, false, true);
        // What only a reply told of and is no part of the newest page, though older than it, lies behind a gap.
        let newest = self.messages.last().map(|(id, _)| id.clone());
        self.provisional.retain(|id, _| newest.as_ref().is_none_or(|newest| id > newest));
        self.fix_unread_line_later();
        merged
    }

    /// Takes what is new since the cursor. The pages together must reach down to it.
    ///
    /// They may be older than what is here, when the request took long or another tab's: of a time before all that is shown, they do
    /// not tell what came between, and what they bring is kept back.
    pub fn catch_up(&mut self, pages: Vec<ChatMessage>, me: &RawId) -> Merged {
        let joins = match (&self.floor, &self.cursor) {
            (Some(floor), _) => pages.iter().any(|message| message.id >= *floor),
            (None, Some(cursor)) => pages.iter().any(|message| message.sequence_id >= *cursor),
            (None, None) => true,
        };
        self.merge(pages, me, self.older == Older::None, joins)
    }

    /// Takes a page of older messages, and where those before it are.
    pub fn extend(&mut self, page: Vec<ChatMessage>, next_link: Option<String>, me: &RawId) -> Merged {
        let cursor = self.cursor.clone();
        let before = self.older.clone();
        self.older = next_link.map_or(Older::None, Older::At);
        let mut merged = self.merge(page, me, before == Older::None, true);
        // Changes that came while the page was under way may be in it; the polling finds them from its own cursor.
        self.cursor = cursor;
        if before != self.older {
            merged.changed = true;
            if self.older == Older::None {
                self.touch(Touched { before: true, ..Touched::default() });
            }
        }
        merged
    }

    /// `whole`: the oldest message was shown before this. `joins`: nothing is missing between this and what is shown.
    fn merge(&mut self, page: Vec<ChatMessage>, me: &RawId, whole: bool, joins: bool) -> Merged {
        let mut merged = Merged::default();
        let mut touched = Touched::default();
        let front = self.floor.clone();
        // A change of metadata alone shows in the version only; but that version and id begin equal is a habit of the
        // service rather than a promise.
        let versions_tell = page.iter().any(|message| message.version.as_str() == message.id.as_str());
        for message in page {
            if self.cursor.as_ref().is_none_or(|cursor| *cursor < message.sequence_id) {
                self.cursor = Some(message.sequence_id.clone());
            }
            // An unchanged message came into the list after everything before it and before everything behind it: all that
            // was sent after it is in what has been listed so far.
            let unchanged = message.edited_on.is_none()
                && message.deleted_on.is_none()
                && (!versions_tell || message.version.as_str() == message.id.as_str());
            if unchanged && joins && self.floor.as_ref().is_none_or(|floor| message.id < *floor) {
                self.floor = Some(message.id.clone());
                touched.before = true;
                merged.changed = true;
            }
            let newer = match self.messages.get(&message.id) {
                None => true,
                Some(known) => {
                    (&known.version, &known.sequence_id) < (&message.version, &message.sequence_id)
                }
            };
            let sent_here = client_id(&message, me);
            merged.seen.extend(sent_here.clone());
            // An answer takes the place of the row in which it was seen to come.
            let answers = || assistant::answers(&message).filter(|_| sender(&message) != Some(me));
            if let Some(client_id) = sent_here.or_else(answers) {
                // Two messages with one client id are two messages: the service had no memory of the first.
                // What is shown already keeps its key: a deleted message does not tell whose it was, and its former self may come late.
                if !self.keys.contains_key(&message.id)
                    && self.taken.insert(client_id.clone(), ()).is_none()
                    && newer
                {
                    self.keys.insert(message.id.clone(), client_id);
                }
            }
            if !newer {
                continue;
            }
            if self.confirmed.get(&message.id).is_some_and(|confirmed| confirmed.base < message.version) {
                self.confirmed.remove(&message.id);
            }
            let expected = self.provisional.remove(&message.id).is_some();
            if message.message_type.is_user_message() && sender(&message) == Some(me) {
                touched.rows.extend(self.add_own(&message.id));
            }
            merged.changed = true;
            let id = message.id.clone();
            let known = self.messages.insert(id.clone(), Box::new(message)).is_some();
            if known || expected {
                touched.rows.push(id);
            } else if !whole && front.as_ref().is_none_or(|front| id < *front) {
                touched.before = true;
            } else {
                touched.add_from(&id);
            }
        }
        self.touch(touched);
        merged
    }

    /// A message of mine is here. Gives the one before, where those were shown who have read this one already.
    fn add_own(&mut self, id: &MessageId) -> Option<MessageId> {
        if self.own.contains_key(id) {
            return None;
        }
        let before = self.own.last_up_to(id).cloned();
        self.own.insert(id.clone(), ());
        before
    }

    /// The reply to a send: the message is shown as the service's own until it is listed.
    pub fn sent(&mut self, id: MessageId, entry: &Entry, me: &RawId, my_name: &str) {
        // What a list told of already keeps its key.
        if !self.messages.contains_key(&id) {
            self.keys.insert(id.clone(), entry.id.clone());
        }
        self.taken.insert(entry.id.clone(), ());
        let before = self.add_own(&id);
        self.touch(Touched { rows: before.into_iter().collect(), ..Touched::tail() });
        let Action::Send { text, kind, priority } = &entry.action else { return };
        // What was found far back is not shown above a gap either: it comes with the older messages.
        let behind = self.older != Older::None && self.floor.as_ref().is_some_and(|floor| id < *floor);
        if self.messages.contains_key(&id) || behind {
            return;
        }
        let mut metadata = Metadata::new();
        priority.write(&mut metadata);
        let message = ChatMessage {
            message_type: match kind {
                SendKind::Text => ChatMessageType::Text,
                SendKind::Html => ChatMessageType::Html,
            },
            sequence_id: SequenceId::new("0"),
            version: Version::new("0"),
            content: Some(ChatMessageContent { message: Some(text.clone()), ..Default::default() }),
            sender_display_name: Some(my_name.to_owned()),
            // Ids are the arrival in milliseconds; where one day they are not, our own clock has to do.
            created_on: id.as_str().parse().map_or(entry.written_at, Timestamp::from_ms),
            sender_communication_identifier: Some(acs_chat::CommunicationIdentifier::from_raw_id(
                me.as_str(),
            )),
            deleted_on: None,
            edited_on: None,
            metadata: Some(metadata),
            id: id.clone(),
        };
        self.touch(Touched { from: Some(id.clone()), ..Touched::default() });
        self.provisional.insert(id, Box::new(message));
    }

    /// The reply to an edit or a deletion: it is shown until the list has it.
    pub fn changed(&mut self, entry: &Entry) {
        let (message, text) = match &entry.action {
            Action::Edit { message, text } => (message, Some(text.clone())),
            Action::Delete { message } => (message, None),
            Action::Send { .. } | Action::Change(_) => return self.touch(Touched::tail()),
        };
        let base = self.message(message).map_or_else(|| Version::new("0"), |message| message.version.clone());
        self.confirmed.insert(message.clone(), Confirmed { base, text });
        self.touch(Touched::row(message));
    }

    /// An entry of the outbox came, went, or has another state.
    pub fn outbox_changed(&mut self, target: Option<&MessageId>) {
        self.touch(target.map_or_else(Touched::tail, Touched::row));
    }

    /// Read marks moved: the rows where they were shown, and where they are shown now, are others.
    pub fn marks_moved(&mut self, moved: &[Moved]) {
        let marks = moved.iter().flat_map(|moved| [moved.from.as_ref(), Some(&moved.to)]);
        let rows = marks.flatten().filter_map(|mark| self.own.last_up_to(mark)).cloned().collect();
        self.touch(Touched { rows, ..Touched::default() });
    }

    /// Names, the zone, or something else that every row shows is different.
    pub fn everything_changed(&mut self) {
        self.touch(Touched::all());
    }

    /// The thread comes on screen: the unread line is worked out anew.
    pub fn open(&mut self, marks: &ReadMarks) {
        let here = || marks.here().map(Edge::after);
        self.line = UnreadLine::Wanted { read: marks.unread_from().cloned().or_else(here) };
        self.touch(Touched::all());
    }

    /// The thread leaves the screen.
    pub fn close(&mut self) {
        self.line = UnreadLine::Closed;
        self.touch(Touched::all());
    }

    fn fix_unread_line_later(&mut self) {
        if let UnreadLine::Fixed { read, .. } = &mut self.line {
            self.line = UnreadLine::Wanted { read: read.take() };
        }
    }

    /// What was read here before is known now: the line that waits for it goes by it.
    pub fn marks_restored(&mut self, marks: &ReadMarks) {
        if let UnreadLine::Wanted { read: None } = self.line {
            self.open(marks);
        }
    }

    /// Works the unread line out, once the messages and my read mark are here.
    pub fn fix_unread_line(&mut self, marks: &ReadMarks, me: &RawId) {
        let UnreadLine::Wanted { read } = &self.line else { return };
        if !self.loaded() || !(marks.known() || read.is_some()) {
            return;
        }
        let told = || read.clone().max(marks.receipt_of(me).map(Edge::after));
        let read = marks.unread_from().cloned().or_else(told);
        let mut unread = self.unread_after(read.as_ref(), me).map(|message| message.id.clone());
        let first = unread.next();
        let count = u32::try_from(unread.count()).unwrap_or(u32::MAX).saturating_add(1);
        self.line = UnreadLine::Fixed { first: first.map(|first| (first, count)), read };
        self.touch(Touched::all());
    }

    /// How many messages of others are not read.
    #[must_use]
    pub fn unread_count(&self, marks: &ReadMarks, me: &RawId) -> u32 {
        if !marks.known() {
            return 0;
        }
        let edge = marks.edge(me);
        u32::try_from(self.unread_after(edge.as_ref(), me).count()).unwrap_or(u32::MAX)
    }

    /// The newest message that can be unread.
    #[must_use]
    pub fn newest_of_others(&self, me: &RawId) -> Option<MessageId> {
        self.unread_after(None, me).next_back().map(|message| message.id.clone())
    }

    /// The newest message that had been read when the thread was opened, if something had not been.
    #[must_use]
    pub fn read_when_opened(&self) -> Option<MessageId> {
        let UnreadLine::Fixed { first: Some((first, _)), .. } = &self.line else { return None };
        self.messages.iter().rev().map(|(id, _)| id).find(|id| *id < first).cloned()
    }

    fn unread_after<'a>(
        &'a self,
        edge: Option<&'a Edge>,
        me: &'a RawId,
    ) -> impl DoubleEndedIterator<Item = &'a ChatMessage> {
        let near = self.messages.iter_from(edge.map(Edge::message)).map(|(_, message)| message.as_ref());
        near.filter(move |message| {
            message.message_type.is_user_message()
                && message.deleted_on.is_none()
                && sender(message) != Some(me)
                && self.is_shown(&message.id)
                && edge.is_none_or(|edge| edge.is_before(&message.id))
        })
    }

    fn is_shown(&self, id: &MessageId) -> bool {
        self.older == Older::None || self.floor.as_ref().is_some_and(|floor| id >= floor)
    }

    /// The messages that are shown, by id: listed ones, and those sent from here that are not listed yet.
    fn shown(&self) -> impl DoubleEndedIterator<Item = &ChatMessage> {
        self.shown_between(None, None)
    }

    fn shown_between(
        &self,
        from: Option<&MessageId>,
        to: Option<&MessageId>,
    ) -> impl DoubleEndedIterator<Item = &ChatMessage> {
        let in_time = |id: &MessageId| to.is_none_or(|to| id <= to);
        let first = if self.older == Older::None { from } else { self.floor.as_ref().max(from) };
        let nothing = self.older != Older::None && self.floor.is_none();
        let listed = self.messages.iter_from(first).take_while(|(id, _)| in_time(id));
        let listed = listed.map(|(_, message)| message.as_ref());
        let mut shown: Vec<&ChatMessage> = listed.filter(|message| !nothing && is_told(message)).collect();
        // A few at most, and mostly newer than all else.
        for (_, message) in self.provisional.iter_from(from).take_while(|(id, _)| in_time(id)) {
            insert_sorted(&mut shown, message, |left, right| left.id < right.id);
        }
        shown.into_iter()
    }

    /// The newest message of those that a list told of.
    #[must_use]
    pub fn newest_listed(&self) -> Option<&MessageId> {
        self.messages.last().map(|(id, _)| id)
    }

    /// The newest message that says something.
    #[must_use]
    pub fn newest(&self) -> Option<&ChatMessage> {
        let listed = self.messages.iter().rev().take_while(|(id, _)| self.is_shown(id));
        let known = |message: &&ChatMessage| {
            is_told(message) && !matches!(message.message_type, ChatMessageType::Other(_))
        };
        let listed = listed.map(|(_, message)| message.as_ref()).find(known);
        let provisional = self.provisional.last().map(|(_, message)| message.as_ref());
        listed.into_iter().chain(provisional).max_by(|left, right| left.id.cmp(&right.id))
    }

    /// A message that is here.
    #[must_use]
    pub fn message(&self, id: &MessageId) -> Option<&ChatMessage> {
        self.messages.get(id).or_else(|| self.provisional.get(id)).map(Box::as_ref)
    }

    /// What a message says, with changes from here that are confirmed and not listed.
    #[must_use]
    pub fn body(&self, message: &ChatMessage) -> Body {
        if message.deleted_on.is_some() {
            return Body::Deleted;
        }
        let listed =
            || message.content.as_ref().and_then(|content| content.message.clone()).unwrap_or_default();
        let text = match self.confirmed.get(&message.id) {
            Some(Confirmed { text: None, .. }) => return Body::Deleted,
            Some(Confirmed { text: Some(text), .. }) => text.clone(),
            None => listed(),
        };
        match message.message_type {
            ChatMessageType::Text if assistant::is_markdown(message) => Body::Markdown(text),
            _ => body_of(text, message.message_type == ChatMessageType::Html),
        }
    }

    fn touch(&mut self, touched: Touched) {
        if touched == Touched::default() {
            return;
        }
        self.revision += 1;
        self.touched.push((self.revision, touched));
        if self.touched.len() > REMEMBERED_CHANGES {
            self.touched.remove(0);
        }
    }

    /// Adds the messages from one to another, or to the end.
    fn lay_out(
        &self,
        items: &mut Vec<Item>,
        from: Option<&MessageId>,
        to: Option<&MessageId>,
        around: &Surroundings<'_>,
    ) {
        let seen_by = self.seen_by(around);
        let mut layout = Layout::after(items, around);
        let line = match &self.line {
            UnreadLine::Fixed { first: Some((first, count)), .. } => Some((first, *count)),
            _ => None,
        };
        for message in self.shown_between(from, to) {
            layout.day_line(message.created_on);
            if let Some((first, count)) = line.filter(|(first, _)| **first == message.id) {
                let key = format!("unread-{first}");
                layout.items.push(Item { key, kind: ItemKind::Unread { count } });
            }
            if message.message_type.is_user_message() {
                let (key, row) = self.row(message, seen_by.get(&message.id), around);
                layout.message(key, row);
            } else {
                let note = system_note(message, around.names);
                let kind = ItemKind::System { note, at: message.created_on };
                layout.items.push(Item { key: message.id.to_string(), kind });
            }
        }
    }

    /// Adds what is only in the outbox.
    fn lay_out_outbox(&self, items: &mut Vec<Item>, around: &Surroundings<'_>) {
        let mut layout = Layout::after(items, around);
        for entry in around.outbox.of_thread(around.thread) {
            if let Action::Change(change) = &entry.action {
                let kind = ItemKind::Change {
                    entry: entry.id.clone(),
                    change: change.shown(around.names, around.me),
                    status: around.outbox.status(entry, around.offline),
                };
                layout.items.push(Item { key: entry.id.as_str().to_owned(), kind });
            }
            if let Action::Send { text, kind, priority } = &entry.action {
                layout.day_line(entry.written_at);
                let row = MessageRow {
                    id: None,
                    client_id: Some(entry.id.clone()),
                    author: around.names.shared_author(around.me),
                    own: true,
                    first: true,
                    sent_at: entry.written_at,
                    body: body_of(text.clone(), *kind == SendKind::Html),
                    priority: *priority,
                    edited: false,
                    status: around.outbox.status(entry, around.offline),
                    seen_by: Vec::new(),
                    source: Some(text.clone()),
                };
                layout.message(entry.id.as_str().to_owned(), row);
            }
        }
    }

    /// Adds answers that come just now.
    fn lay_out_answers(&self, items: &mut Vec<Item>, around: &Surroundings<'_>) {
        let mut layout = Layout::after(items, around);
        for turn in around.assistant.posted(around.thread).filter(|turn| !self.holds(&turn.id)) {
            layout.day_line(turn.at);
            let facts = around.assistant.facts();
            let id = facts.and_then(|facts| facts.id.clone()).unwrap_or_else(|| RawId::new("assistant"));
            let mut author = around.names.author(&id);
            if let (None, Some(facts)) = (around.names.known(&id), facts) {
                author.initial = facts.name.chars().next().map(String::from).unwrap_or_default();
                author.name.clone_from(&facts.name);
            }
            let row = MessageRow {
                id: None,
                client_id: None,
                author: author.into(),
                own: false,
                first: true,
                sent_at: turn.at,
                body: Body::Answering(turn.id.clone()),
                priority: Priority::Normal,
                edited: false,
                status: Status::Accepted,
                seen_by: Vec::new(),
                source: None,
            };
            layout.message(turn.id.as_str().to_owned(), row);
        }
    }

    fn row(
        &self,
        message: &ChatMessage,
        seen_by: Option<&Vec<Author>>,
        around: &Surroundings<'_>,
    ) -> (String, MessageRow) {
        let own = sender(message) == Some(around.me);
        let mut body = self.body(message);
        let mut status = Status::Accepted;
        let edited = message.edited_on.is_some() || self.confirmed.contains_key(&message.id);
        let mut row_edited = edited && body != Body::Deleted;
        let change = around.outbox.change_of(around.thread, &message.id).filter(|_| own);
        if let Some(entry) = change {
            status = around.outbox.status(entry, around.offline);
            match &entry.action {
                Action::Edit { text, .. } => {
                    body = body_of(text.clone(), message.message_type == ChatMessageType::Html);
                    row_edited = true;
                }
                // A deletion that was refused has not happened.
                Action::Delete { .. } if !matches!(entry.state, State::Failed { .. }) => body = Body::Deleted,
                Action::Delete { .. } | Action::Send { .. } | Action::Change(_) => {}
            }
        }
        let source = match &body {
            Body::Text(text) | Body::Html(text) if own => Some(text.clone()),
            _ => None,
        };
        let author = match sender(message) {
            Some(id) => around.names.shared_author(id),
            None => around.names.shared_author(&RawId::new("")),
        };
        let key = self.keys.get(&message.id).map_or(message.id.as_str(), ClientMessageId::as_str).to_owned();
        let row = MessageRow {
            id: Some(message.id.clone()),
            client_id: change.map(|entry| entry.id.clone()),
            author,
            own,
            first: true,
            sent_at: message.created_on,
            priority: if body == Body::Deleted { Priority::Normal } else { Priority::of(message) },
            body,
            edited: row_edited,
            status,
            seen_by: seen_by.cloned().unwrap_or_default(),
            source,
        };
        (key, row)
    }

    /// My newest message whose words can be changed.
    #[must_use]
    pub fn last_own(&self, around: &Surroundings<'_>) -> Option<MessageRow> {
        let own = self.own.iter().rev().filter(|(id, _)| self.is_shown(id));
        let row = |(id, _): (&MessageId, _)| Some(self.row(self.message(id)?, None, around).1);
        own.filter_map(row).find(|row| row.source.is_some())
    }

    /// Who is shown at which message of mine: everybody once, at the newest one that their mark covers.
    fn seen_by(&self, around: &Surroundings<'_>) -> SortedMap<MessageId, Vec<Author>> {
        let mut seen_by: SortedMap<MessageId, Vec<Author>> = SortedMap::default();
        for (who, mark) in around.marks.others(around.me) {
            if let Some(newest) = self.own.last_up_to(mark) {
                seen_by.get_or_default(newest).push(around.names.author(who));
            }
        }
        seen_by
    }
}

/// Items in the making.
struct Layout<'a> {
    zone: Zone<'a>,
    /// The local day of the last item.
    day: Option<i64>,
    items: &'a mut Vec<Item>,
}

impl<'a> Layout<'a> {
    /// Goes on after these items.
    fn after(items: &'a mut Vec<Item>, around: &Surroundings<'a>) -> Self {
        let mut zone = Zone::new(around.zone_offset_minutes);
        let day = items.last().and_then(time_of).map(|at| zone.day(at));
        Self { zone, day, items }
    }

    /// A day line, if the day of the next item is another.
    fn day_line(&mut self, at: Timestamp) {
        let day = self.zone.day(at);
        if self.day != Some(day) {
            self.day = Some(day);
            self.items.push(Item { key: format!("day-{day}"), kind: ItemKind::Day(at) });
        }
    }

    /// A message, which belongs to the run of the item before it or begins one.
    fn message(&mut self, key: String, mut row: MessageRow) {
        row.first = match self.items.last().map(|item| &item.kind) {
            Some(ItemKind::Message(before)) => {
                before.author.id != row.author.id
                    || row.sent_at.as_ms() - before.sent_at.as_ms() > RUN_MS
                    // A clock that was set back must not glue tomorrow to yesterday.
                    || before.sent_at.as_ms() - row.sent_at.as_ms() > RUN_MS
            }
            _ => true,
        };
        self.items.push(Item { key, kind: ItemKind::Message(row) });
    }
}

/// Local days. Asking the browser for the offset is not free, and within an hour it is the same.
struct Zone<'a> {
    offset_minutes: &'a dyn Fn(i64) -> i32,
    known: Option<(i64, i32)>,
}

impl<'a> Zone<'a> {
    fn new(offset_minutes: &'a dyn Fn(i64) -> i32) -> Self {
        Self { offset_minutes, known: None }
    }

    fn day(&mut self, at: Timestamp) -> i64 {
        const HOUR_MS: i64 = 3_600_000;
        let hour = at.as_ms().div_euclid(HOUR_MS);
        let offset = match self.known {
            Some((known, offset)) if known == hour => offset,
            _ => (self.offset_minutes)(at.as_ms()),
        };
        self.known = Some((hour, offset));
        (at.as_ms() + i64::from(offset) * 60_000).div_euclid(24 * HOUR_MS)
    }
}

/// The message that an item is about, unless it is a line or only in the outbox.
#[must_use]
pub fn id_of(item: &Item) -> Option<MessageId> {
    match &item.kind {
        ItemKind::Message(row) => row.id.clone(),
        ItemKind::System { .. } => Some(MessageId::new(item.key.as_str())),
        ItemKind::Day(_) | ItemKind::Unread { .. } | ItemKind::Change { .. } => None,
    }
}

/// When it was.
#[must_use]
pub fn time_of(item: &Item) -> Option<Timestamp> {
    match &item.kind {
        ItemKind::Message(row) => Some(row.sent_at),
        ItemKind::System { at, .. } | ItemKind::Day(at) => Some(*at),
        ItemKind::Unread { .. } | ItemKind::Change { .. } => None,
    }
}

fn body_of(text: String, html: bool) -> Body {
    if html { Body::Html(text) } else { Body::Text(text) }
}

/// Who sent a message.
#[must_use]
pub fn sender(message: &ChatMessage) -> Option<&RawId> {
    message.sender_communication_identifier.as_ref().map(|sender| sender.raw_id())
}

/// The client id that a message of mine carries. Those of others are theirs to make up, and are not looked at.
#[must_use]
pub fn client_id(message: &ChatMessage, me: &RawId) -> Option<ClientMessageId> {
    let metadata = message.metadata.as_ref().filter(|_| sender(message) == Some(me))?;
    metadata.get(CLIENT_ID_KEY).filter(|id| !id.is_empty()).map(|id| ClientMessageId::new(id.as_str()))
}

/// Whether a message has something to tell. The topic that a thread begins with stands above it, and is no change (reference
/// `acs-chat.md` 4.1: it is the second message of a thread).
pub(super) fn is_told(message: &ChatMessage) -> bool {
    message.message_type != ChatMessageType::TopicUpdated || message.sequence_id.as_str() != "2"
}

/// What a system message tells.
#[must_use]
pub fn system_note(message: &ChatMessage, names: &Names) -> SystemNote {
    let content = message.content.as_ref();
    let initiator = content.and_then(|content| content.initiator_communication_identifier.as_ref());
    let by = initiator.map(|initiator| names.author(initiator.raw_id()));
    let participants = content.and_then(|content| content.participants.as_deref()).unwrap_or_default();
    let people =
        || participants.iter().map(|person| names.author(person.communication_identifier.raw_id())).collect();
    match &message.message_type {
        ChatMessageType::TopicUpdated => {
            let topic = content.and_then(|content| content.topic.clone()).unwrap_or_default();
            SystemNote::TopicChanged { by, topic }
        }
        // The first thing that ever happens in a thread is that its people are added.
        ChatMessageType::ParticipantAdded if message.sequence_id.as_str() == "1" => {
            SystemNote::Created { by, people: people() }
        }
        ChatMessageType::ParticipantAdded => SystemNote::Added { by, people: people() },
        ChatMessageType::ParticipantRemoved => match (participants, initiator) {
            ([person], Some(initiator)) if person.communication_identifier.raw_id() == initiator.raw_id() => {
                SystemNote::Left { who: names.author(initiator.raw_id()) }
            }
            _ => SystemNote::Removed { by, people: people() },
        },
        other => SystemNote::Other {
            kind: match other {
                ChatMessageType::Other(kind) => kind.clone(),
                _ => String::new(),
            },
        },
    }
}

#[cfg(test)]
mod tests;

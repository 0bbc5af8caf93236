//! What the app knows, as plain values with plain methods: no browser, no I/O, nobody asked for the time.
//!
//! [`Model::apply`] hands each [`Event`] to its part; what changed is noted in [`Changes`], for whoever shows it to look at
//! once after a batch. [`rows`] is what leaves here.

pub mod assistant;
pub mod creation;
pub mod drafts;
pub mod emoji;
pub mod mood;
pub mod names;
pub mod news;
pub mod outbox;
pub mod priority;
pub mod reply;
pub mod roster;
pub mod rows;
pub mod sorted;
pub mod timeline;
pub mod typing;
pub mod unread;
pub mod window;
pub mod words;

use acs_chat::{
    ChatMessage, ChatMessageReadReceipt, ChatMessageType, ChatParticipant, ChatThreadItem,
    ChatThreadProperties, MessageId, RawId, ThreadId, Timestamp,
};

use self::assistant::Assistant;
use self::drafts::Drafts;
use self::names::Names;
use self::news::News;
use self::outbox::changes::Change;
use self::outbox::{Action, ClientMessageId, Outbox};
use self::priority::Priority;
use self::roster::Roster;
use self::rows::{
    Access, ActionError, Author, Body, Preview, PreviewAuthor, PreviewWords, ThreadDetails, ThreadRow,
    TimelineState, TimelineView,
};
use self::sorted::{SortedMap, insert_once, insert_sorted};
use self::timeline::{Earlier, Merged, Older, Surroundings, Timeline};
use self::typing::Typing;
use self::unread::ReadMarks;
use self::window::Splice;

/// What the service told.
#[derive(Clone, Debug)]
pub enum Event {
    /// The list of threads, or its newest part.
    Threads {
        /// What is in it.
        items: Vec<ChatThreadItem>,
        /// Nothing is left out: what is not in it is gone.
        complete: bool,
    },
    /// The newest page of a thread of which nothing is here, or too little to join it to.
    FirstPage {
        /// Which thread.
        thread: ThreadId,
        /// Its messages.
        page: Vec<ChatMessage>,
        /// Where older ones are.
        next_link: Option<String>,
    },
    /// What changed since the cursor, down to it.
    NewMessages {
        /// In which thread.
        thread: ThreadId,
        /// The messages.
        messages: Vec<ChatMessage>,
    },
    /// Older messages.
    OlderPage {
        /// Of which thread.
        thread: ThreadId,
        /// The messages.
        page: Vec<ChatMessage>,
        /// Where those before them are.
        next_link: Option<String>,
    },
    /// How far everybody has read.
    Receipts {
        /// In which thread.
        thread: ThreadId,
        /// One of each person.
        receipts: Vec<ChatMessageReadReceipt>,
    },
    /// Who is in a thread.
    People {
        /// Which thread.
        thread: ThreadId,
        /// All of them.
        people: Vec<ChatParticipant>,
    },
    /// A thread's properties.
    Properties(ChatThreadProperties),
    /// A thread is closed to me.
    NoAccess {
        /// Which.
        thread: ThreadId,
        /// How.
        access: Access,
        /// In the service's words.
        said: String,
    },
    /// A thread's messages could not be loaded.
    LoadFailed {
        /// Which thread's.
        thread: ThreadId,
        /// Why.
        error: ActionError,
    },
    /// A send was confirmed by its reply.
    Sent {
        /// Which entry.
        entry: ClientMessageId,
        /// The message that it became.
        message: MessageId,
    },
    /// An edit, a deletion or a change of the thread was confirmed by its reply, or found to be made.
    Changed {
        /// Which entry.
        entry: ClientMessageId,
    },
}

/// What is to be shown anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The list of threads.
    pub rows: bool,
    /// A thread that was to be is there.
    pub made: bool,
    /// These conversations.
    pub timelines: Vec<ThreadId>,
    /// What is known of these threads.
    pub details: Vec<ThreadId>,
    /// What the assistant says.
    pub assistant: bool,
    /// What others did, for the page to hear.
    pub news: Vec<News>,
}

/// One thread.
#[derive(Debug)]
pub struct Thread {
    /// Its topic.
    pub topic: String,
    /// The message that gave it this topic.
    topic_from: Option<MessageId>,
    /// When its newest message arrived, as the list of threads says.
    pub last_received: Option<Timestamp>,
    /// The service lists it as mine.
    pub listed: bool,
    /// What I may do in it.
    pub access: Access,
    /// What the service said when it closed it to me.
    said: String,
    /// Why its messages could not be loaded, as long as none are here.
    failure: Option<ActionError>,
    /// Its messages.
    pub timeline: Timeline,
    /// How far people have read.
    pub marks: ReadMarks,
    /// Who is in it.
    pub roster: Roster,
    /// A system message told of people who came or went since the list of people was loaded.
    pub people_stale: bool,
    /// Older messages are being loaded.
    pub loading_older: bool,
}

impl Default for Thread {
    fn default() -> Self {
        Self {
            topic: String::new(),
            topic_from: None,
            last_received: None,
            listed: false,
            access: Access::Open,
            said: String::new(),
            failure: None,
            timeline: Timeline::default(),
            marks: ReadMarks::default(),
            roster: Roster::default(),
            people_stale: false,
            loading_older: false,
        }
    }
}

impl Thread {
    fn state(&self) -> TimelineState {
        match (self.access, &self.failure) {
            (Access::Removed | Access::Gone, _) => {
                TimelineState::NoAccess { access: self.access, said: self.said.clone() }
            }
            (Access::Open, _) if self.timeline.loaded() => TimelineState::Ready,
            (Access::Open, Some(error)) => TimelineState::Failed { said: error.clone() },
            (Access::Open, None) => TimelineState::Loading,
        }
    }
}

/// What came of bringing a view up to date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// What it is at now.
    pub revision: u64,
    /// The rows that came and went, one after the other.
    pub splices: Vec<Splice>,
}

/// Everything the app knows while somebody is signed in.
#[derive(Debug)]
pub struct Model {
    /// Me.
    pub me: RawId,
    /// My name.
    pub my_name: String,
    /// The list of threads has been loaded.
    pub threads_loaded: bool,
    /// The thread on screen.
    open: Option<ThreadId>,
    /// The service cannot be reached just now.
    offline: bool,
    threads: SortedMap<ThreadId, Thread>,
    names: Names,
    /// What is on its way. Tell [`Model::outbox_changed`] of changes.
    pub outbox: Outbox,
    /// What was begun.
    pub drafts: Drafts,
    /// What it is asked. Tell [`Model::assistant_changed`] of changes.
    pub assistant: Assistant,
    typing: Typing,
    changes: Changes,
    told: news::Told,
    finished: Vec<ClientMessageId>,
    /// What became of threads that were to be.
    made: SortedMap<ThreadId, ThreadId>,
}

impl Model {
    /// Begins with nothing.
    #[must_use]
    pub fn new(me: RawId, my_name: String) -> Self {
        let mut names = Names::default();
        names.give(&me, &my_name);
        Self {
            me,
            my_name,
            threads_loaded: false,
            open: None,
            offline: false,
            threads: SortedMap::default(),
            names,
            outbox: Outbox::default(),
            drafts: Drafts::default(),
            assistant: Assistant::default(),
            typing: Typing::default(),
            changes: Changes::default(),
            told: news::Told::default(),
            finished: Vec::new(),
            made: SortedMap::default(),
        }
    }

    /// What changed since this was last asked.
    pub fn take_changes(&mut self) -> Changes {
        self.changes.news = self.take_news();
        std::mem::take(&mut self.changes)
    }

    /// The entries of the outbox that were done with since this was last asked, to be removed from storage.
    pub fn take_finished(&mut self) -> Vec<ClientMessageId> {
        std::mem::take(&mut self.finished)
    }

    /// Takes in what the service told.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Threads { items, complete } => self.take_threads(items, complete),
            Event::FirstPage { thread, page, next_link } => {
                self.news_of_messages(&thread, &page);
                let me = self.me.clone();
                let known = self.thread_mut(&thread);
                // Who came and went behind the gap is not told any more.
                known.people_stale |= known.timeline.loaded();
                self.take_messages(&thread, page, |timeline, page| timeline.begin(page, next_link, &me));
            }
            Event::NewMessages { thread, messages } => {
                self.news_of_messages(&thread, &messages);
                let me = self.me.clone();
                self.take_messages(&thread, messages, |timeline, page| timeline.catch_up(page, &me));
            }
            Event::OlderPage { thread, page, next_link } => {
                let me = self.me.clone();
                self.take_messages(&thread, page, |timeline, page| timeline.extend(page, next_link, &me));
            }
            Event::Receipts { thread, receipts } => {
                let (moved, known) = {
                    let me = self.me.clone();
                    let thread = self.thread_mut(&thread);
                    let known = thread.marks.known();
                    let moved = thread.marks.set_receipts(&receipts, &me);
                    thread.timeline.marks_moved(&moved);
                    if !moved.is_empty() || !known {
                        thread.timeline.fix_unread_line(&thread.marks, &me);
                    }
                    (moved, known)
                };
                let is_news = |receipt: &&ChatMessageReadReceipt| {
                    let who = receipt.sender_communication_identifier.raw_id();
                    known && moved.iter().any(|mark| mark.who == *who && mark.to == receipt.chat_message_id)
                };
                for receipt in receipts.iter().filter(is_news) {
                    self.news_of_receipt(&thread, receipt);
                }
                if !moved.is_empty() || !known {
                    self.changes.rows = true;
                    insert_once(&mut self.changes.timelines, &thread);
                }
            }
            Event::People { thread, people } => {
                let mut renamed = false;
                for person in &people {
                    let id = person.communication_identifier.raw_id();
                    let name = person.display_name.as_deref().unwrap_or_default();
                    // What I call myself here goes before what somebody called me when adding me.
                    renamed |= *id != self.me && self.names.give(id, name);
                }
                let known = self.thread_mut(&thread);
                known.people_stale = false;
                known.roster.set_people(people);
                insert_once(&mut self.changes.details, &thread);
                self.renamed(renamed);
            }
            Event::Properties(properties) => {
                let thread = self.thread_mut(&properties.id);
                if thread.topic.is_empty() {
                    thread.topic.clone_from(&properties.topic);
                }
                insert_once(&mut self.changes.details, &properties.id);
                self.changes.rows = true;
                let id = properties.id.clone();
                self.thread_mut(&id).roster.set_properties(properties);
            }
            Event::NoAccess { thread, access, said } => {
                self.news_of_access(&thread);
                let known = self.thread_mut(&thread);
                (known.access, known.said, known.loading_older) = (access, said, false);
                self.note(&thread);
            }
            Event::LoadFailed { thread, error } => {
                let known = self.thread_mut(&thread);
                known.failure = Some(error);
                known.loading_older = false;
                insert_once(&mut self.changes.timelines, &thread);
            }
            Event::Sent { entry, message } => {
                if let Some(entry) = self.finish(&entry) {
                    let (me, name) = (self.me.clone(), self.my_name.clone());
                    self.thread_mut(&entry.thread).timeline.sent(message, &entry, &me, &name);
                    self.note(&entry.thread);
                }
            }
            Event::Changed { entry } => {
                if let Some(entry) = self.finish(&entry) {
                    self.thread_mut(&entry.thread).timeline.changed(&entry);
                    self.note(&entry.thread);
                    match entry.action {
                        Action::Change(Change::Rename { topic }) => self.renamed_thread(&entry.thread, topic),
                        Action::Change(Change::TakeOut { person }) if person == self.me => {
                            self.forget(&entry.thread, Access::Removed);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn take_threads(&mut self, items: Vec<ChatThreadItem>, complete: bool) {
        self.news_of_threads(&items, complete);
        self.changes.rows = true;
        self.threads_loaded |= complete || !items.is_empty();
        if complete {
            let outbox = &self.outbox;
            let open = self.open.as_ref();
            // One that was made a moment ago may be missing from a reply that was under way: it has never been listed.
            self.threads.retain(|id, thread| {
                let needed = open == Some(id) || outbox.of_thread(id).next().is_some();
                needed || !thread.listed || items.iter().any(|item| item.id == *id)
            });
        }
        for item in items {
            let thread = self.threads.get_or_default(&item.id);
            thread.listed = true;
            if thread.topic != item.topic {
                thread.topic = item.topic;
                insert_once(&mut self.changes.details, &item.id);
            }
            // The list may come from a moment before a message that is already here.
            thread.last_received = thread.last_received.max(item.last_message_received_on);
            if item.deleted_on.is_some() && thread.access != Access::Gone {
                thread.access = Access::Gone;
                insert_once(&mut self.changes.timelines, &item.id);
            }
        }
    }

    /// Somebody else is typing.
    pub fn typing_began(&mut self, thread: &ThreadId, who: &RawId, now_ms: i64) {
        if *who != self.me {
            if self.typing.begin(thread, who, now_ms) {
                self.news_of_typing(thread, who, true);
            }
            insert_once(&mut self.changes.details, thread);
        }
    }

    /// Whoever has not typed for a while has stopped; says when somebody stops next.
    pub fn typing_expires(&mut self, now_ms: i64) -> Option<i64> {
        let (stopped, next) = self.typing.expire(now_ms);
        for (thread, who) in stopped {
            self.news_of_typing(&thread, &who, false);
            insert_once(&mut self.changes.details, &thread);
        }
        next
    }

    /// Who is typing in a thread.
    #[must_use]
    pub fn who_types(&self, thread: &ThreadId) -> Vec<Author> {
        self.typing.people(thread).map(|who| self.names.author(who)).collect()
    }

    /// Among the messages told of is a new one by which I was added to the thread.
    #[must_use]
    pub fn lets_me_in(&self, event: &Event) -> bool {
        let (Event::FirstPage { thread, page: messages, .. } | Event::NewMessages { thread, messages }) =
            event
        else {
            return false;
        };
        let cursor = self.thread(thread).and_then(|known| known.timeline.cursor());
        messages.iter().any(|message| {
            let people = message.content.as_ref().and_then(|content| content.participants.as_ref());
            message.message_type == ChatMessageType::ParticipantAdded
                && cursor.is_some_and(|cursor| message.sequence_id > *cursor)
                && people.is_some_and(|people| {
                    people.iter().any(|person| *person.communication_identifier.raw_id() == self.me)
                })
        })
    }

    /// A thread that is known, to change it.
    pub fn known_mut(&mut self, thread: &ThreadId) -> Option<&mut Thread> {
        self.threads.get_mut(thread)
    }

    fn take_messages(
        &mut self,
        id: &ThreadId,
        page: Vec<ChatMessage>,
        merge: impl FnOnce(&mut Timeline, Vec<ChatMessage>) -> Merged,
    ) {
        let me = self.me.clone();
        let mut renamed = false;
        let mut silent = Vec::new();
        let thread = self.threads.get_or_default(id);
        for message in &page {
            let new = thread.timeline.message(&message.id).is_none();
            let said = timeline::sender(message).filter(|_| new);
            if let Some(sender) = said.filter(|sender| self.typing.end(id, sender)) {
                insert_once(&mut self.changes.details, id);
                silent.push(sender.clone());
            }
            let (renames, people, topic) = Self::learn(&mut self.names, thread, message, &me);
            renamed |= renames;
            if people || topic {
                insert_once(&mut self.changes.details, id);
                self.changes.rows = true;
            }
        }
        let first = !thread.timeline.loaded();
        let merged = merge(&mut thread.timeline, page);
        let reopened = thread.access == Access::Removed;
        if reopened {
            thread.access = Access::Open;
        }
        if merged.changed || first || reopened || thread.failure.is_some() || thread.loading_older {
            thread.failure = None;
            thread.loading_older = false;
            thread.timeline.fix_unread_line(&thread.marks, &me);
            self.note(id);
        }
        if let Some(thread) = self.threads.get(id) {
            self.assistant.arrived(id, |asked| thread.timeline.holds(asked));
        }
        for who in silent {
            self.news_of_typing(id, &who, false);
        }
        for entry in merged.seen {
            if self.finish(&entry).is_some() {
                self.thread_mut(id).timeline.outbox_changed(None);
                self.note(id);
            }
        }
        self.renamed(renamed);
    }

    /// What a message tells besides its own words: names, who is in the thread, its topic. Gives whether somebody is called
    /// otherwise now, whether people came or went, and whether the topic is another.
    fn learn(
        names: &mut Names,
        thread: &mut Thread,
        message: &ChatMessage,
        me: &RawId,
    ) -> (bool, bool, bool) {
        let (mut renamed, mut people, mut topic) = (false, false, false);
        if let (Some(sender), Some(name)) = (timeline::sender(message), &message.sender_display_name) {
            renamed = sender != me && names.hear(sender, &message.id, name);
        }
        let content = message.content.as_ref();
        match message.message_type {
            ChatMessageType::ParticipantAdded | ChatMessageType::ParticipantRemoved => {
                let added = message.message_type == ChatMessageType::ParticipantAdded;
                for person in content.and_then(|content| content.participants.as_ref()).into_iter().flatten()
                {
                    let id = person.communication_identifier.raw_id();
                    let name = person.display_name.as_deref().unwrap_or_default();
                    renamed |= added && id != me && names.known(id).is_none() && names.give(id, name);
                    if added {
                        thread.roster.added(id, message.created_on);
                    }
                }
                people = thread.timeline.message(&message.id).is_none();
                let new = thread.timeline.cursor().is_some_and(|cursor| *cursor < message.sequence_id);
                thread.people_stale |= new;
            }
            ChatMessageType::TopicUpdated
                if thread.topic_from.as_ref().is_none_or(|from| *from < message.id) =>
            {
                thread.topic_from = Some(message.id.clone());
                let new = content.and_then(|content| content.topic.clone()).unwrap_or_default();
                topic = thread.topic != new;
                thread.topic = new;
            }
            _ => {}
        }
        (renamed, people, topic)
    }

    fn renamed(&mut self, renamed: bool) {
        if renamed {
            self.everything_changed();
        }
    }

    fn everything_changed(&mut self) {
        self.changes.rows = true;
        for (id, thread) in self.threads.iter_mut() {
            thread.timeline.everything_changed();
            insert_once(&mut self.changes.timelines, id);
            insert_once(&mut self.changes.details, id);
        }
    }

    /// The thread's row and conversation are to be shown anew.
    fn note(&mut self, thread: &ThreadId) {
        self.changes.rows = true;
        insert_once(&mut self.changes.timelines, thread);
    }

    /// An entry leaves the outbox.
    fn finish(&mut self, id: &ClientMessageId) -> Option<outbox::Entry> {
        let entry = self.outbox.remove(id)?;
        self.finished.push(entry.id.clone());
        Some(entry)
    }

    /// The person throws an entry away.
    pub fn discard(&mut self, id: &ClientMessageId) {
        if self.outbox.entry(id).is_some_and(|entry| entry.state.is_under_way()) {
            return;
        }
        self.give_up(id);
    }

    /// An entry goes, whatever becomes of its request: the person knows. A thread that was to be goes with its creation.
    pub fn give_up(&mut self, id: &ClientMessageId) {
        if let Some(entry) = self.finish(id) {
            if entry.action.is_creation() {
                self.drop_what_is_to_be(&entry.thread);
                return;
            }
            self.outbox_changed(&entry.thread, entry.action.target());
        }
    }

    /// An entry of the outbox came, or has another state.
    pub fn outbox_changed(&mut self, thread: &ThreadId, target: Option<&MessageId>) {
        self.thread_mut(thread).timeline.outbox_changed(target);
        self.note(thread);
    }

    /// The assistant says something else. `thread`: an answer there begins or ends.
    pub fn assistant_changed(&mut self, thread: Option<&ThreadId>) {
        self.changes.assistant = true;
        if let Some(thread) = thread {
            self.thread_mut(thread).timeline.outbox_changed(None);
            insert_once(&mut self.changes.timelines, thread);
        }
    }

    /// The service can, or cannot, be reached: what waits says so.
    pub fn set_offline(&mut self, offline: bool) {
        if self.offline != offline {
            self.offline = offline;
            for thread in self.outbox.threads() {
                // Edits may be on their way anywhere in the thread.
                self.thread_mut(&thread).timeline.everything_changed();
                self.note(&thread);
            }
        }
    }

    /// The thread on screen.
    #[must_use]
    pub fn open(&self) -> Option<&ThreadId> {
        self.open.as_ref()
    }

    /// Another thread, or none, comes on screen.
    pub fn show(&mut self, thread: Option<ThreadId>) {
        if self.open == thread {
            return;
        }
        if let Some(id) = std::mem::replace(&mut self.open, thread.clone()) {
            let left = self.thread_mut(&id);
            left.timeline.close();
            left.marks.rested();
            self.note(&id);
        }
        if let Some(id) = thread {
            let me = self.me.clone();
            let thread = self.thread_mut(&id);
            thread.timeline.open(&thread.marks);
            thread.timeline.fix_unread_line(&thread.marks, &me);
            self.note(&id);
        }
    }

    /// I have read up to this message; says whether that is news.
    pub fn seen(&mut self, thread: &ThreadId, message: &MessageId) -> bool {
        let me = self.me.clone();
        let moved = self.thread_mut(thread).marks.read_here(message, &me);
        self.changes.rows |= moved;
        moved
    }

    /// I want a thread unread from this message on or, if I name none, its newest one of others. Says whether that is news.
    pub fn mark_unread(&mut self, thread: &ThreadId, from: Option<&MessageId>) -> bool {
        let me = self.me.clone();
        let open = self.open.as_ref() == Some(thread);
        let known = self.thread_mut(thread);
        let from = from.cloned().or_else(|| known.timeline.newest_of_others(&me));
        if !from.is_some_and(|from| known.marks.mark_unread(&from, open, &me)) {
            return false;
        }
        if open {
            known.timeline.open(&known.marks);
            known.timeline.fix_unread_line(&known.marks, &me);
        }
        self.note(thread);
        true
    }

    /// Older messages are being loaded, or not any more.
    pub fn set_loading_older(&mut self, thread: &ThreadId, loading: bool) {
        let known = self.thread_mut(thread);
        if known.loading_older != loading {
            known.loading_older = loading;
            insert_once(&mut self.changes.timelines, thread);
        }
    }

    /// Keeps the draft of a thread; says whether it has to be written down.
    pub fn set_draft(&mut self, thread: &ThreadId, text: String) -> bool {
        let changed = self.drafts.set(thread, text);
        self.changes.rows |= changed && self.open.as_ref() != Some(thread);
        changed
    }

    /// A thread was made here.
    pub fn created(&mut self, properties: ChatThreadProperties) {
        let thread = self.thread_mut(&properties.id);
        thread.last_received = thread.last_received.max(Some(properties.created_on));
        self.apply(Event::Properties(properties));
    }

    /// A thread was given another topic from here.
    fn renamed_thread(&mut self, thread: &ThreadId, topic: String) {
        self.thread_mut(thread).topic = topic;
        self.changes.rows = true;
        insert_once(&mut self.changes.details, thread);
    }

    /// What was read, and marked unread, here before the page was reloaded.
    pub fn restore_read_mark(&mut self, thread: &ThreadId, kept: &str) {
        let me = self.me.clone();
        let known = self.thread_mut(thread);
        known.marks.restore(kept);
        known.timeline.marks_restored(&known.marks);
        known.timeline.fix_unread_line(&known.marks, &me);
        self.note(thread);
    }

    /// What was just read, or marked unread, in another tab, which tells the service.
    pub fn read_elsewhere(&mut self, thread: &ThreadId, kept: &str) {
        let me = self.me.clone();
        let known = self.thread_mut(thread);
        let here = known.marks.hear(kept);
        known.marks.told(&here);
        known.timeline.fix_unread_line(&known.marks, &me);
        self.note(thread);
    }

    /// What was on its way before the page was reloaded.
    pub fn restore_outbox(&mut self, entries: Vec<outbox::Entry>) {
        let (arrived, waiting): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| {
            self.thread(&entry.thread).is_some_and(|known| known.timeline.holds(&entry.id))
        });
        self.finished.extend(arrived.into_iter().map(|entry| entry.id));
        for entry in &waiting {
            self.show_what_is_to_be(entry);
        }
        self.outbox.restore(waiting);
        self.close_what_is_unknown();
        self.changes.rows = true;
        for thread in self.outbox.threads() {
            self.thread_mut(&thread).timeline.everything_changed();
            self.note(&thread);
        }
    }

    /// A thread was deleted, or left, from here.
    pub fn forget(&mut self, thread: &ThreadId, access: Access) {
        self.thread_mut(thread).access = access;
        if self.open.as_ref() != Some(thread) {
            self.threads.remove(thread);
        }
        self.note(thread);
    }

    /// A thread, if it is known.
    #[must_use]
    pub fn thread(&self, id: &ThreadId) -> Option<&Thread> {
        self.threads.get(id)
    }

    /// A thread; it is known from now on.
    pub fn thread_mut(&mut self, id: &ThreadId) -> &mut Thread {
        self.threads.get_or_default(id)
    }

    /// All threads.
    pub fn threads(&self) -> impl Iterator<Item = (&ThreadId, &Thread)> {
        self.threads.iter()
    }

    /// What people are called.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The list of threads, newest activity first.
    #[must_use]
    pub fn rows(&self) -> Vec<ThreadRow> {
        let shown =
            |thread: &Thread| thread.listed || thread.timeline.loaded() || thread.roster.properties_loaded();
        let mut rows = Vec::new();
        for (id, thread) in self.threads.iter().filter(|(_, thread)| shown(thread)) {
            insert_sorted(&mut rows, self.row(id, thread), |left, right| {
                left.last_activity > right.last_activity
            });
        }
        rows
    }

    fn row(&self, id: &ThreadId, thread: &Thread) -> ThreadRow {
        let newest = thread.timeline.newest().map(|message| message.created_on);
        let written = self.outbox.of_thread(id).last().map(|entry| entry.written_at);
        ThreadRow {
            id: id.clone(),
            topic: thread.topic.clone(),
            last_activity: thread.last_received.max(newest).max(written),
            preview: self.preview(id, thread),
            draft: self.drafts.first_words(id).filter(|_| self.open.as_ref() != Some(id)),
            failed: self.outbox.failure(id).cloned(),
            unread: self.unread(thread),
            can_mark_unread: self.can_mark_unread(thread),
            access: thread.access,
        }
    }

    fn unread(&self, thread: &Thread) -> u32 {
        match thread.access {
            Access::Open => thread.timeline.unread_count(&thread.marks, &self.me),
            // What cannot be opened cannot be read either, and would stay unread for ever.
            Access::Removed | Access::Gone => 0,
        }
    }

    /// Everything in it is read, and something of it can be unread.
    fn can_mark_unread(&self, thread: &Thread) -> bool {
        thread.access == Access::Open
            && thread.marks.mine(&self.me).is_some()
            && self.unread(thread) == 0
            && thread.timeline.newest_of_others(&self.me).is_some()
    }

    fn preview(&self, id: &ThreadId, thread: &Thread) -> Option<Preview> {
        let on_its_way = self.outbox.of_thread(id).filter_map(|entry| match &entry.action {
            Action::Send { text, kind, priority } => Some(Ok((text, *kind, *priority))),
            Action::Change(change) => Some(Err(change.shown(&self.names, &self.me))),
            _ => None,
        });
        let on_its_way = on_its_way.last();
        let of_nobody = |words| Preview { author: PreviewAuthor::Nobody, words, priority: Priority::Normal };
        if let Some(Err(change)) = on_its_way {
            return Some(of_nobody(PreviewWords::Change(change)));
        }
        if let Some(Ok((text, kind, priority))) = on_its_way {
            let words = PreviewWords::Said(match kind {
                rows::SendKind::Text => words::one_line(text),
                rows::SendKind::Html => words::words_of_html(text),
            });
            return Some(Preview { author: PreviewAuthor::You, words, priority });
        }
        let message = thread.timeline.newest()?;
        if !message.message_type.is_user_message() {
            return Some(of_nobody(PreviewWords::System(timeline::system_note(message, &self.names))));
        }
        let author = match timeline::sender(message) {
            Some(sender) if *sender == self.me => PreviewAuthor::You,
            Some(sender) => PreviewAuthor::Other(self.names.author(sender).name),
            None => PreviewAuthor::Nobody,
        };
        let words = match thread.timeline.body(message) {
            Body::Text(text) => PreviewWords::Said(words::one_line(&text)),
            Body::Markdown(text) => PreviewWords::Said(words::one_line(&text.replace(['*', '#', '`'], ""))),
            Body::Html(html) => PreviewWords::Said(words::words_of_html(&html)),
            Body::Deleted | Body::Answering(_) => PreviewWords::Deleted,
        };
        let deleted = words == PreviewWords::Deleted;
        let priority = if deleted { Priority::Normal } else { Priority::of(message) };
        Some(Preview { author, words, priority })
    }

    /// Unread messages over all threads.
    #[must_use]
    pub fn unread_total(&self) -> u32 {
        self.threads.iter().map(|(_, thread)| self.unread(thread)).fold(0, u32::saturating_add)
    }

    /// Brings the view of a conversation up to date, which was made at revision `since` (0: none). `more`: when nothing else is to do,
    /// earlier messages that it [lacks](TimelineView::lacks) come into it.
    pub fn refresh(
        &self,
        id: &ThreadId,
        view: &mut TimelineView,
        since: u64,
        more: bool,
        zone_offset_minutes: &dyn Fn(i64) -> i32,
    ) -> Refreshed {
        let Some(thread) = self.threads.get(id) else {
            let removed = std::mem::take(view).items.len();
            let splices = (removed > 0).then_some(Splice { at: 0, removed, inserted: 0 });
            return Refreshed { splices: splices.into_iter().collect(), ..Refreshed::default() };
        };
        let around = self.around(id, thread, zone_offset_minutes);
        let splices =
            thread.timeline.refresh(&mut view.items, since, Earlier { lacked: view.lacks, more }, &around);
        view.lacks = thread.timeline.lacks(&view.items);
        view.has_older = thread.timeline.loaded() && *thread.timeline.older() != Older::None;
        view.oldest = thread.timeline.oldest().map(|oldest| (oldest.id.clone(), oldest.created_on));
        view.loading_older = thread.loading_older;
        view.state = thread.state();
        Refreshed { revision: thread.timeline.revision(), splices }
    }

    fn around<'a>(
        &'a self,
        id: &'a ThreadId,
        thread: &'a Thread,
        zone_offset_minutes: &'a dyn Fn(i64) -> i32,
    ) -> Surroundings<'a> {
        Surroundings {
            me: &self.me,
            names: &self.names,
            marks: &thread.marks,
            outbox: &self.outbox,
            assistant: &self.assistant,
            thread: id,
            offline: self.offline,
            zone_offset_minutes,
        }
    }

    /// My newest message in a thread whose words can be changed.
    #[must_use]
    pub fn last_own(&self, id: &ThreadId) -> Option<rows::MessageRow> {
        let thread = self.threads.get(id)?;
        thread.timeline.last_own(&self.around(id, thread, &|_| 0))
    }

    /// Whether a conversation can be shown.
    #[must_use]
    pub fn timeline_state(&self, id: &ThreadId) -> TimelineState {
        self.threads.get(id).map_or(TimelineState::Loading, Thread::state)
    }

    /// Whose read mark is at this message or after it.
    #[must_use]
    pub fn readers(&self, thread: &ThreadId, message: &MessageId) -> Vec<Author> {
        let Some(thread) = self.threads.get(thread) else { return Vec::new() };
        let read = thread.marks.others(&self.me).filter(|(_, mark)| *mark >= message);
        read.map(|(who, _)| self.names.author(who)).collect()
    }

    /// What is known of a thread besides its messages.
    #[must_use]
    pub fn details(&self, id: &ThreadId, receipts_up_to: Option<u32>) -> ThreadDetails {
        let none = Thread::default();
        let thread = self.threads.get(id).unwrap_or(&none);
        thread.roster.details(&thread.topic, &self.me, &self.names, receipts_up_to)
    }
}

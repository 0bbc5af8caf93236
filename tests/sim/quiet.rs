//! The end of a seed: the network is well, people look at their pages and try again what failed, and then every tab has to
//! show what the service has, and everything that was sent has to be somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use acs_chat::{ChatMessage, ChatMessageType, MessageId, RawId, ThreadId};
use natter::model::outbox::State;
use natter::model::rows::{Access, Body, ItemKind};
use natter::platform::{PageEvent, Shelf};
use natter::sync::Core;

use crate::promises::{ONCE, id_of};
use crate::service::{Beginning, PEOPLE, ZOE};
use crate::simulation::{Maker, Simulation, failed_entries, is_shown};
use crate::world::whole_view;

const COMES_TO_REST: &str = "everything comes to rest";
const NOTHING_LOST: &str = "what was sent is in the service, or is shown as not sent";
const NOTHING_FORGOTTEN: &str = "the last change of a message is the one that counts";
const SAME_LIST: &str = "the list of threads is the service's";
const SAME_MESSAGES: &str = "a conversation is the service's";
const SAME_PEOPLE: &str = "the people are the service's";
const SAME_MARKS: &str = "read marks are the service's";
const SAME_UNREAD: &str = "unread are the messages of others after my mark";
const LEFT_NOTHING: &str = "a sign-out leaves nothing on the machine";

/// So long it may take at the most: a full outbox goes out at 28 changes a minute.
const LONGEST_MS: i64 = 8 * 60_000;
/// Whatever was asked to wait has waited by then.
const SETTLED_MS: i64 = 12_000;
/// Whatever is polled in hidden tabs has.
const SETTLED_HIDDEN_MS: i64 = 165_000;
/// What is done with has left the storage by then.
const WRITTEN_MS: i64 = 3_000;
/// What one looks at is what the service has by then.
const SEEN_MS: i64 = 6_500;

impl Simulation {
    pub(crate) fn quiet(self: &Rc<Self>) {
        let left_alone = self.script.weather.left_alone;
        self.tell("all is well from here on".to_owned());
        let healed = self.weather.borrow().healed();
        *self.weather.borrow_mut() = healed;
        self.cuts.machines.borrow_mut().clear();
        self.cuts.service.set(0);
        // Somebody opens the app on each machine, which takes up what dead tabs left.
        for machine in 0..self.machine_count() {
            self.open_tab(machine);
        }
        if left_alone {
            self.pass(SETTLED_HIDDEN_MS);
        } else {
            // People come back to their machines, and the network with them.
            self.reset_lines();
            for tab in self.living() {
                self.event(tab, PageEvent::Online);
            }
            self.pass(SETTLED_MS);
        }
        self.retry_all();
        if !self.wait_for_outboxes() {
            return;
        }
        self.retry_all();
        if !self.wait_for_outboxes() {
            return;
        }
        self.pass(WRITTEN_MS);
        self.everything_sent();
        self.everything_changed();
        self.nothing_left();
        // On each machine one tab can be seen at a time.
        let mut unseen = self.cores();
        while !unseen.is_empty() && !self.promises.is_broken() {
            let mut looked_at = Vec::new();
            for machine in 0..self.machine_count() {
                let next = unseen.iter().position(|(tab, _)| self.promises.machine_of(*tab) == machine);
                if let Some(next) = next {
                    looked_at.push(unseen.remove(next));
                }
            }
            for (tab, _) in &looked_at {
                self.look_at(*tab);
            }
            self.pass_until_seen();
            self.compare(&looked_at);
            // And another thread, as whoever opens it sees it.
            for (tab, core) in &looked_at {
                self.turn_over(*tab, core);
            }
            self.pass_until_seen();
            self.compare(&looked_at);
        }
    }

    /// What the network was late with, or delivers once more, may still arrive.
    fn pass_until_seen(self: &Rc<Self>) {
        self.pass(SEEN_MS);
        while self.changed_ms.get() > self.world.passed_ms() - SEEN_MS && !self.promises.is_broken() {
            self.pass(1_000);
        }
    }

    fn compare(&self, tabs: &[(usize, Rc<Core>)]) {
        for (tab, core) in tabs {
            self.promises.compare_rows(self, *tab, core);
            if core.session().is_some() {
                self.same(*tab, core);
            }
        }
    }

    fn turn_over(&self, tab: usize, core: &Rc<Core>) {
        let threads = self.threads.borrow();
        let open = core.model().open().cloned();
        let place = threads.iter().position(|thread| Some(thread) == open.as_ref()).unwrap_or(0);
        let next = threads[(place + 1) % threads.len()].clone();
        if core.session().is_some() && Some(&next) != open.as_ref() {
            self.tell(format!("{} opens {}", self.tab_name(tab), self.topic_of(&next)));
            core.show(Some(next));
        }
    }

    fn retry_all(&self) {
        for (_, core) in self.cores() {
            for (thread, entry) in failed_entries(&core) {
                core.retry(&thread, &entry);
            }
        }
    }

    /// Waits until nothing is on its way that could go.
    fn wait_for_outboxes(self: &Rc<Self>) -> bool {
        let end = self.world.passed_ms() + LONGEST_MS;
        while self.world.passed_ms() < end && !self.promises.is_broken() {
            let Some((tab, entry)) = self.on_its_way() else { return true };
            self.pass(1_000);
            if self.world.passed_ms() >= end {
                self.promises.broke(COMES_TO_REST, format!("{} still has {entry}", self.tab_name(tab)));
            }
        }
        false
    }

    fn on_its_way(&self) -> Option<(usize, String)> {
        for (tab, core) in self.cores() {
            let model = core.model();
            let mut blocked: BTreeSet<ThreadId> = BTreeSet::new();
            for entry in model.outbox.iter() {
                let is_send = entry.action.target().is_none();
                if matches!(entry.state, State::Failed { .. }) {
                    if is_send {
                        blocked.insert(entry.thread.clone());
                    }
                } else if !(is_send && blocked.contains(&entry.thread)) {
                    return Some((tab, format!("{:?} {:?}", entry.action, entry.state)));
                }
            }
        }
        None
    }

    /// Everything kept in living tabs or on disk.
    fn kept(&self) -> BTreeSet<String> {
        let mut kept = BTreeSet::new();
        for (_, core) in self.cores() {
            kept.extend(core.model().outbox.iter().map(|entry| entry.id.as_str().to_owned()));
        }
        for machine in 0..self.machine_count() {
            kept.extend(self.machine(machine).shelf(Shelf::Outbox).into_iter().map(|(key, _)| key));
        }
        kept
    }

    fn everything_sent(&self) {
        let kept = self.kept();
        if let Some(topic) = self.creations.forgotten(&kept) {
            self.promises.broke(NOTHING_LOST, format!("the thread {topic:?} is nowhere"));
        }
        for (tab, core) in self.cores() {
            let model = core.model();
            let behind =
                model.outbox.iter().find(|entry| self.creations.now(entry.thread.clone()) != entry.thread);
            if let Some(behind) = behind {
                let told =
                    format!("{} keeps {:?} for a thread that was made", self.tab_name(tab), behind.action);
                self.promises.broke(NOTHING_LOST, told);
            }
        }
        for (number, press) in self.presses.borrow().iter().enumerate() {
            let is_kept = kept.contains(press.entry.as_str());
            let topic = self.topic_of(&press.thread);
            if press.arrived.is_none() && !is_kept && !press.dropped {
                self.promises.broke(NOTHING_LOST, format!("#{number} in {topic} is nowhere"));
            }
            // Whoever is out of the thread cannot look whether it has arrived.
            let closed = self.cores().iter().any(|(_, core)| {
                let model = core.model();
                model.outbox.entry(&press.entry).is_some()
                    && model.thread(&press.thread).is_none_or(|thread| thread.access != Access::Open)
            });
            if press.arrived.is_some() && is_kept && !closed {
                self.promises.broke(ONCE, format!("#{number} has arrived and is still on its way"));
            }
        }
    }

    fn everything_changed(&self) {
        let kept = self.kept();
        let changes = self.changes.borrow();
        let mut of: BTreeMap<(&ThreadId, &MessageId), Vec<usize>> = BTreeMap::new();
        for (place, change) in changes.iter().enumerate() {
            of.entry((&change.thread, &change.message)).or_default().push(place);
        }
        let truth = self.truth.borrow();
        for ((thread, id), places) in of {
            let makers: BTreeSet<Maker> = places.iter().map(|place| changes[*place].maker).collect();
            let unsure = places
                .iter()
                .any(|place| changes[*place].dropped || kept.contains(changes[*place].entry.as_str()));
            let Some(message) = truth.get(thread).and_then(|known| known.get(id)) else { continue };
            if makers.len() > 1 || unsure {
                continue;
            }
            let last = &changes[places[places.len() - 1]];
            let text = message.content.as_ref().and_then(|content| content.message.clone());
            let done = match &last.text {
                None => message.deleted_on.is_some(),
                Some(wanted) => text.as_ref() == Some(wanted) || message.deleted_on.is_some(),
            };
            if !done {
                let (maker, topic) = (self.tab_name(last.maker.tab), self.topic_of(thread));
                self.promises.broke(
                    NOTHING_FORGOTTEN,
                    format!("{id} in {topic} is {text:?}, and {maker} made it {:?}", last.text),
                );
            }
        }
    }

    /// Who is signed in on a machine.
    fn person_on(&self, machine: usize) -> Option<RawId> {
        let kept = self.machine(machine).session.borrow().clone()?;
        let kept: serde_json::Value = serde_json::from_str(&kept).ok()?;
        Some(RawId::new(kept["userId"].as_str()?))
    }

    fn nothing_left(&self) {
        for number in 0..self.machine_count() {
            let person = self.person_on(number);
            let machine = self.machine(number);
            for (key, value) in Shelf::ALL.into_iter().flat_map(|shelf| machine.shelf(shelf)) {
                let mine = person
                    .as_ref()
                    .is_some_and(|id| key.starts_with(id.as_str()) || value.contains(id.as_str()));
                if !mine {
                    self.promises.broke(LEFT_NOTHING, format!("machine {number} keeps {key:?}: {value}"));
                }
            }
        }
    }

    /// Compares what a tab shows with what the service has for this person.
    fn same(&self, tab: usize, core: &Rc<Core>) {
        let name = self.tab_name(tab);
        let Some(session) = core.session() else { return };
        let ids = &Beginning::get().ids;
        let Some(who) = ids.iter().position(|id| *id == session.me) else { return };
        let model = core.model();
        let listed = self.service.threads(who);
        let rows = model.rows();
        for item in &listed {
            let topic = self.topic_of(&item.id);
            let Some(row) = rows.iter().find(|row| row.id == item.id) else {
                self.promises.broke(SAME_LIST, format!("{name} does not list {topic}"));
                continue;
            };
            if row.topic != item.topic {
                let told = format!("{name} calls {topic} {:?} and not {:?}", row.topic, item.topic);
                self.promises.broke(SAME_LIST, told);
            }
        }
        if let Some(row) = rows.iter().find(|row| !listed.iter().any(|item| item.id == row.id)) {
            self.promises.broke(SAME_LIST, format!("{name} lists {:?}, which is not theirs", row.topic));
        }
        for row in &rows {
            let Ok(mut messages) = self.service.messages(who, &row.id) else {
                if model.open() == Some(&row.id) && row.access == Access::Open {
                    self.promises.broke(SAME_LIST, format!("{name} believes to be in {:?}", row.topic));
                }
                continue;
            };
            messages.sort_by(|left, right| left.id.cmp(&right.id));
            if row.access != Access::Open {
                self.promises.broke(SAME_LIST, format!("{name} believes {:?} to be closed", row.topic));
                continue;
            }
            let open = model.open() == Some(&row.id);
            if open {
                self.same_messages(&name, core, &row.id, &messages);
                self.same_people(&name, core, &row.id);
            }
            self.same_unread(&name, core, &row.id, &messages, row.unread, open);
        }
    }

    fn same_messages(&self, name: &str, core: &Rc<Core>, id: &ThreadId, messages: &[ChatMessage]) {
        let model = core.model();
        let topic = self.topic_of(id);
        let view = whole_view(&model, id);
        let shown: Vec<_> = view.items.iter().filter_map(|item| Some((id_of(item)?, item))).collect();
        let first = shown.first().map(|(id, _)| id.clone());
        let there: Vec<&ChatMessage> = messages
            .iter()
            .filter(|message| is_shown(message))
            .filter(|message| !view.has_older || first.as_ref().is_some_and(|first| message.id >= *first))
            .collect();
        if there.is_empty() != shown.is_empty() || (shown.is_empty() && !messages.is_empty()) {
            self.promises.broke(
                SAME_MESSAGES,
                format!(
                    "{name} shows {} of {} messages in {topic}, {:?}",
                    shown.len(),
                    messages.len(),
                    view.state
                ),
            );
        }
        for message in &there {
            let Some((_, item)) = shown.iter().find(|(id, _)| *id == message.id) else {
                let words = self.words_of(id, &message.id);
                self.promises.broke(
                    SAME_MESSAGES,
                    format!("{name} does not show {} ({words}) in {topic}", message.id),
                );
                continue;
            };
            let ItemKind::Message(row) = &item.kind else { continue };
            if row.client_id.is_some() {
                // Shown as the person wants it, not yet as it is.
                continue;
            }
            let text =
                message.content.as_ref().and_then(|content| content.message.clone()).unwrap_or_default();
            let body = if message.deleted_on.is_some() { Body::Deleted } else { Body::Text(text) };
            let edited = message.edited_on.is_some() && message.deleted_on.is_none();
            if row.body != body || row.edited != edited {
                let told =
                    format!("{name} shows {} in {topic} as {:?} and not {body:?}", message.id, row.body);
                self.promises.broke(SAME_MESSAGES, told);
            }
        }
        if let Some((extra, _)) = shown.iter().find(|(id, _)| !there.iter().any(|message| message.id == *id))
        {
            self.promises
                .broke(SAME_MESSAGES, format!("{name} shows {extra} in {topic}, which is not there"));
        }
    }

    fn same_people(&self, name: &str, core: &Rc<Core>, id: &ThreadId) {
        let model = core.model();
        let topic = self.topic_of(id);
        let details = model.details(id, Some(20));
        let there: BTreeSet<RawId> = self
            .service
            .people(id)
            .into_iter()
            .map(|person| person.communication_identifier.raw_id().clone())
            .collect();
        let shown: BTreeSet<RawId> = details.people.iter().map(|row| row.person.id.clone()).collect();
        if there != shown {
            let named = |ids: &BTreeSet<RawId>| {
                let names = Beginning::get().ids.iter().zip(PEOPLE).filter(|(id, _)| ids.contains(id));
                names.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
            };
            let told = format!("{name}: {} are in {topic}, shown are {}", named(&there), named(&shown));
            self.promises.broke(SAME_PEOPLE, told);
        }
        let Some(thread) = model.thread(id) else { return };
        if let Some(mark) = thread.marks.to_tell() {
            self.promises.broke(SAME_MARKS, format!("{name} has not told to have read {mark} in {topic}"));
        }
        for receipt in self.service.receipts(id) {
            let who = receipt.sender_communication_identifier.raw_id();
            let known = thread.marks.receipt_of(who);
            if known.is_none_or(|known| *known < receipt.chat_message_id) {
                let place = Beginning::get().ids.iter().position(|id| id == who).unwrap_or(ZOE);
                let told = format!(
                    "{name}: {} read {} in {topic}, known is {known:?}",
                    PEOPLE[place], receipt.chat_message_id
                );
                self.promises.broke(SAME_MARKS, told);
            }
        }
    }

    fn same_unread(
        &self,
        name: &str,
        core: &Rc<Core>,
        id: &ThreadId,
        messages: &[ChatMessage],
        unread: u32,
        open: bool,
    ) {
        let model = core.model();
        let Some(thread) = model.thread(id).filter(|thread| thread.marks.known() && thread.timeline.loaded())
        else {
            return;
        };
        let mark = thread.marks.mine(&model.me);
        let view = whole_view(&model, id);
        let first = view.items.iter().find_map(id_of);
        let after: Vec<&ChatMessage> = messages
            .iter()
            .filter(|message| matches!(message.message_type, ChatMessageType::Text))
            .filter(|message| natter::model::timeline::sender(message) != Some(&model.me))
            .filter(|message| mark.is_none_or(|mark| message.id > *mark))
            .filter(|message| first.as_ref().is_some_and(|first| message.id >= *first))
            .collect();
        // Of a thread that is not on screen, a deletion is heard of when it is opened.
        let most = after.len() as u32;
        let least = after.iter().filter(|message| message.deleted_on.is_none()).count() as u32;
        let right = if open { unread == least } else { (least..=most).contains(&unread) };
        if !right {
            let told =
                format!("{name} has {unread} unread in {}, there are {least} to {most}", self.topic_of(id));
            self.promises.broke(SAME_UNREAD, told);
        }
    }
}

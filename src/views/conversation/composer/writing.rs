//! What is being written in one thread, and everything that can be done with it.

use acs_chat::{MessageId, ThreadId, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::commands::{self, Command, Meaning};
use super::completion::{self, Completion};
use super::field;
use super::marks::{Change, Format};
use crate::components::command_key;
use crate::i18n::{say_error, size, words};
use crate::model::assistant;
use crate::model::priority::Priority;
use crate::model::reply::Quote;
use crate::model::rows::{Author, Body, MessageRow, SendKind, ThreadDetails};
use crate::signal::{State, Value};
use crate::store::Store;
use crate::text::{markdown, source::markdown_of};
use crate::views::emoji;
use crate::views::screen::{OpenDialog, Screen};

/// So near the limit the room that is left is said: at 24 KB of ACS's 28.
pub(super) const ROOM_SAID_FROM: usize = 4 * 1024;

/// A message of mine that is being changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Editing {
    message: MessageId,
    pub(super) sent_at: Timestamp,
    /// The service keeps the kind that a message was sent as: text stays text, and HTML is HTML.
    pub(super) html: bool,
}

/// The writing of one thread: the field, and what is being done in it.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    pub(crate) store: Store,
    pub(crate) screen: Screen,
    thread: StoredValue<ThreadId>,
    pub(super) field: NodeRef<html::Textarea>,
    pub(super) details: Value<ThreadDetails>,
    pub(super) editing: State<Option<Editing>>,
    /// What the words answer.
    pub(super) reply: State<Option<Quote>>,
    /// What is sent next is important.
    pub(super) important: State<bool>,
    pub(super) completion: Completion,
    pub(super) picker: State<bool>,
    pub(super) dictates: State<bool>,
    /// An input method is at work on the text.
    pub(super) composes: StoredValue<bool>,
    /// The length of what would be sent.
    pub(super) bytes: State<usize>,
    /// Something of mine goes out: the timeline shows its end.
    sent: State<u32>,
}

impl Writing {
    /// Nothing written yet.
    #[must_use]
    pub fn new(thread: ThreadId) -> Self {
        let store = Store::expect();
        Self {
            store,
            screen: Screen::expect(),
            details: store.details(thread.clone()),
            thread: StoredValue::new(thread),
            field: NodeRef::new(),
            editing: State::new(None),
            reply: State::new(None),
            important: State::new(false),
            completion: Completion::new(),
            picker: State::new(false),
            dictates: State::new(false),
            composes: StoredValue::new(false),
            bytes: State::new(0),
            sent: State::new(0),
        }
    }

    /// Changes with every message that is sent from here; tracked.
    pub(crate) fn sent(self) -> u32 {
        self.sent.get()
    }

    /// Takes a message of mine into the field to change it.
    pub(crate) fn edit(self, row: &MessageRow) {
        let Some((message, source)) = row.id.clone().zip(written(row)) else { return };
        let html = matches!(row.body, Body::Html(_));
        // What is in the field is the draft, which comes back.
        self.editing.set(Some(Editing { message, sent_at: row.sent_at, html }));
        self.fill(&source);
        self.focus();
    }

    /// Puts words that were not sent back into the field, before what is there.
    pub(crate) fn take_back(self, unsent: &str) {
        self.stop_editing();
        let there = self.all();
        self.fill(&if there.is_empty() { unsent.to_owned() } else { [unsent, "\n", &there].concat() });
        self.keep_draft();
        self.focus();
    }

    /// Begins to answer a message.
    pub(crate) fn reply(self, quote: Quote) {
        self.stop_editing();
        self.reply.set(Some(quote));
        self.typed();
        self.focus();
    }

    pub(super) fn stop_reply(self) {
        self.reply.set(None);
        self.typed();
        self.focus();
    }

    /// Puts the focus into the field.
    pub(crate) fn focus(self) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            let _ = field.focus();
        }
    }

    pub(super) fn stop_editing(self) {
        if self.editing.try_update(Option::take).flatten().is_some() {
            self.fill_draft();
        }
    }

    /// Says whether what is sent next is important, and keeps it with the draft.
    pub(crate) fn set_important(self, important: bool) {
        self.important.set(important);
        let priority = Priority::important(important);
        self.thread.with_value(|thread| self.store.set_draft_priority(thread, priority));
    }

    pub(super) fn toggle_important(self) {
        self.set_important(!self.important.get_untracked());
        self.focus();
    }

    /// Puts the draft into the field, and the caret where it was.
    pub(super) fn fill_draft(self) {
        let (draft, selection) =
            self.thread.with_value(|thread| (self.store.draft(thread), self.store.draft_selection(thread)));
        self.fill(&draft);
        if let (Some(field), Some((from, to))) = (self.field.try_get_untracked().flatten(), selection) {
            let _ = field.set_selection_range(from, to);
        }
    }

    pub(super) fn text(self) -> String {
        self.field.try_get_untracked().flatten().map(|field| field.value()).unwrap_or_default()
    }

    /// The words, with what they answer before them.
    pub(super) fn all(self) -> String {
        let text = self.text();
        self.reply.with_untracked(|reply| match reply {
            Some(quote) => quote.before(&text),
            None => text,
        })
    }

    /// Puts all of it in place of what is there.
    pub(super) fn fill(self, all: &str) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            let (reply, text) = Quote::split(all);
            field.set_value(text);
            self.reply.set_if_new(reply);
            self.completion.close();
            self.measure();
        }
    }

    pub(super) fn text_and_selection(self) -> Option<(String, (usize, usize))> {
        let field = self.field.try_get_untracked().flatten()?;
        let text = field.value();
        let selection = field::selection(&field, &text);
        Some((text, selection))
    }

    /// Makes a change that can be undone.
    pub(super) fn change(self, change: &Change) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            field::change(&field, &field.value(), change);
        }
    }

    /// Puts something in place of what stands before the caret, from here on.
    pub(super) fn replace_to_caret(self, from: usize, with: String) {
        if let Some((_, (_, caret))) = self.text_and_selection() {
            let end = from + with.len();
            self.change(&Change { from, to: caret, with, select: (end, end) });
        }
    }

    /// Puts something in place of what is selected.
    pub(crate) fn insert(self, with: String) {
        if let Some((_, (from, to))) = self.text_and_selection() {
            let end = from + with.len();
            self.change(&Change { from, to, with, select: (end, end) });
        }
    }

    /// Puts formatting around what is selected, or takes it off.
    pub(crate) fn format(self, format: Format) {
        if let Some((text, selection)) = self.text_and_selection() {
            self.change(&format.applied(&text, selection));
        }
    }

    /// Closes the list of all emoji.
    pub(crate) fn close_picker(self) {
        self.picker.set(false);
        self.focus();
    }

    /// What is put in would run into the word before it.
    pub(crate) fn needs_gap(self) -> bool {
        self.text_and_selection().is_some_and(|(text, (from, _))| {
            let before = text.get(..from).and_then(|before| before.chars().next_back());
            before.is_some_and(|before| {
                before.is_alphanumeric() && before < '\u{2e80}' || ",.!?:;".contains(before)
            })
        })
    }

    /// Ends dictation.
    pub(crate) fn stop_dictation(self) {
        self.dictates.set(false);
        self.focus();
    }

    pub(super) fn is_editing(self) -> bool {
        self.editing.with_untracked(Option::is_some)
    }

    pub(super) fn composing(self) -> bool {
        self.composes.get_value()
    }

    pub(super) fn says(self, words: &str) -> bool {
        self.text() == words
    }

    /// Those who can be spoken to here.
    pub(super) fn people(self) -> Vec<Author> {
        self.details.with_untracked(|details| {
            details.people.iter().filter(|row| !row.me).map(|row| row.person.clone()).collect()
        })
    }

    fn keep_draft(self) {
        if !self.is_editing() {
            self.thread.with_value(|thread| self.store.set_draft(thread, self.all()));
            self.keep_selection();
        }
    }

    pub(super) fn keep_selection(self) {
        let Some(field) = self.field.try_get_untracked().flatten() else { return };
        let (from, to) = (field.selection_start().ok().flatten(), field.selection_end().ok().flatten());
        if let (Some(from), Some(to), false) = (from, to, self.is_editing()) {
            self.thread.with_value(|thread| self.store.select_in_draft(thread, (from, to)));
        }
    }

    fn measure(self) {
        let text = self.all();
        // Short text cannot come near the limit, whatever is made of it.
        let long = text.len() > ROOM_SAID_FROM;
        self.bytes.set(if long { self.content(&text).0.len() } else { text.len() });
        if let Some(field) = self.field.try_get_untracked().flatten() {
            grow(&field);
        }
    }

    /// What the service gets.
    fn content(self, text: &str) -> (String, SendKind) {
        let html = match self.editing.with_untracked(|editing| editing.as_ref().map(|editing| editing.html)) {
            Some(true) => Some(markdown::as_html(text)),
            Some(false) => None,
            None => markdown::to_html(text),
        };
        html.map_or_else(|| (text.trim_end().to_owned(), SendKind::Text), |html| (html, SendKind::Html))
    }

    fn typed(self) {
        self.measure();
        self.keep_draft();
        if !self.is_editing() && self.bytes.get_untracked() > 0 {
            self.thread.with_value(|thread| self.store.typed(thread));
        }
    }

    pub(super) fn input(self, event: &web_sys::Event) {
        let composes = event.dyn_ref::<web_sys::InputEvent>().is_some_and(web_sys::InputEvent::is_composing);
        self.composes.set_value(composes);
        self.typed();
        if !composes {
            self.name_to_emoji();
        }
        self.completion.refresh(self);
    }

    /// `:tada:` becomes the emoji with its second colon.
    pub(super) fn name_to_emoji(self) {
        let Some((text, (_, caret))) = self.text_and_selection() else { return };
        let found = completion::short_name(&text, caret)
            .and_then(|(from, short)| Some((from, emoji::list()?.of_short(short)?)));
        if let Some((from, emoji)) = found {
            self.replace_to_caret(from, emoji::used(&emoji));
        }
    }

    pub(super) fn submit(self) {
        self.completion.close();
        let text = self.text();
        if text.trim().is_empty() {
            return;
        }
        let mut important = self.important.get_untracked();
        let words_only = match commands::meaning(&text) {
            Meaning::Command(Command::Important, rest) if !self.is_editing() && !rest.is_empty() => {
                important = true;
                rest
            }
            Meaning::Command(command, rest) if !self.is_editing() => return self.run(command, rest),
            Meaning::Words(rest) if !self.is_editing() => rest,
            _ => &text,
        };
        let all = self.reply.with_untracked(|reply| match reply {
            Some(quote) => quote.before(words_only),
            None => words_only.to_owned(),
        });
        let (content, kind) = self.content(&all);
        let limit = self.store.capabilities().with_untracked(|can| can.message_bytes);
        if content.len() > limit {
            // It is on the screen already; now it is said.
            self.screen.announce(words().too_long().with(&[&size(content.len() - limit)]));
            return;
        }
        match self.editing.get_untracked() {
            Some(editing) => {
                self.thread.with_value(|thread| self.store.edit(thread, &editing.message, content));
                self.stop_editing();
            }
            None => {
                let question = self.question(words_only);
                self.send(content, kind, Priority::important(important), question);
            }
        }
        self.focus();
    }

    /// What the assistant is asked by these words.
    fn question(self, words: &str) -> Option<String> {
        let [english, ours] = completion::assistant_names();
        let given = self.store.with_assistant_untracked(|assistant| {
            assistant.facts().map(|facts| facts.name.clone()).unwrap_or_default()
        });
        assistant::question(words, &[english, ours, &given]).filter(|_| self.can_ask()).map(str::to_owned)
    }

    /// There may be an assistant.
    pub(super) fn can_ask(self) -> bool {
        self.store.capabilities().with_untracked(|can| can.assistant)
    }

    fn send(self, content: String, kind: SendKind, priority: Priority, question: Option<String>) {
        self.thread.with_value(|thread| match question {
            Some(question) => self.store.send_and_ask(thread, content, kind, priority, question),
            None => self.store.send(thread, content, kind, priority),
        });
        self.clear();
        self.set_important(false);
        self.sent.update(|sent| *sent += 1);
    }

    fn clear(self) {
        self.fill("");
        self.thread.with_value(|thread| self.store.set_draft(thread, String::new()));
    }

    /// Does what is asked for instead of sending it.
    fn run(self, command: Command, rest: &str) {
        let thread = self.thread.get_value();
        let open = |dialog| {
            self.clear();
            self.screen.dialog.set(Some(dialog));
        };
        match command {
            Command::Me if rest.is_empty() => {}
            Command::Me => {
                let me = self.store.session().with_untracked(|session| {
                    session.as_ref().map(|session| session.name.clone()).unwrap_or_default()
                });
                let said = ["*", &markdown::literal(&[&me, " ", rest].concat()), "*"].concat();
                let priority = Priority::important(self.important.get_untracked());
                self.send(markdown::as_html(&said), SendKind::Html, priority, None);
            }
            Command::Topic if rest.is_empty() => open(OpenDialog::Rename(thread)),
            Command::Topic => {
                let (topic, text) = (rest.to_owned(), self.text());
                self.clear();
                spawn_local(async move {
                    if let Err(why) = self.store.rename(thread, topic).await {
                        self.screen.toast(&say_error(&why));
                        self.take_back(&text);
                    }
                });
            }
            Command::Important => {
                // What it answers stays.
                if let Some(field) = self.field.try_get_untracked().flatten() {
                    field.set_value("");
                }
                self.measure();
                self.keep_draft();
                self.toggle_important();
                let on = self.important.get_untracked();
                let said = if on { words().sent_as_important() } else { words().sent_as_usual() };
                self.screen.announce(said.to_owned());
            }
            Command::Add => open(OpenDialog::AddPeople(thread)),
            Command::Leave => open(OpenDialog::Leave(thread)),
            Command::Help => open(OpenDialog::Keys),
        }
    }

    fn edit_last(self) {
        if let Some(row) = self.thread.with_value(|thread| self.store.last_own(thread)) {
            self.edit(&row);
        }
    }

    pub(super) fn key(self, event: &web_sys::KeyboardEvent) {
        // While an input method composes, its keys are its own. 229 is how Safari says it for the Enter that ends it.
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        let key = event.key();
        let format =
            command_key(event).then(|| Format::of_key(&key, &event.code(), event.shift_key())).flatten();
        if let Some(format) = format {
            self.format(format);
            event.prevent_default();
            return event.stop_propagation();
        }
        if !event.shift_key() && !event.alt_key() && self.completion.key(&key, self) {
            event.prevent_default();
            return event.stop_propagation();
        }
        match key.as_str() {
            "Enter" if !event.shift_key() && !event.alt_key() => self.submit(),
            "ArrowUp" if !event.alt_key() && self.text().is_empty() => self.edit_last(),
            "Escape" if self.dictates.get_untracked() => self.stop_dictation(),
            "Escape" if self.is_editing() => self.stop_editing(),
            "Escape" if self.reply.with_untracked(Option::is_some) => self.stop_reply(),
            // The caret leaves the word that the list is about.
            "ArrowLeft" | "ArrowRight" | "Home" | "End" | "PageUp" | "PageDown" => {
                return self.completion.close();
            }
            _ => return,
        }
        event.prevent_default();
    }
}

/// What one wrote to make a message of one's own: of HTML, the Markdown that makes it.
pub(in crate::views::conversation) fn written(row: &MessageRow) -> Option<String> {
    let source = row.source.as_deref()?;
    Some(if matches!(row.body, Body::Html(_)) { markdown_of(source) } else { source.to_owned() })
}

/// The field grows with its text, up to what the style allows. Firefox does not do it by itself yet.
fn grow(field: &web_sys::HtmlTextAreaElement) {
    let style = field.unchecked_ref::<web_sys::HtmlElement>().style();
    let _ = style.set_property("field-sizing", "content");
    if style.get_property_value("field-sizing").is_ok_and(|kept| kept.is_empty()) {
        let _ = style.set_property("height", "auto");
        let _ = style.set_property("height", &[&field.scroll_height().to_string(), "px"].concat());
    }
}

//! Where one writes: nothing is sent while an input method composes, the draft is kept with every key, and what is too long is
//! said before and not after.
//!
//! [`field`] knows the browser's text area, [`marks`] what formatting does to the text, [`toolbar`] shows it; [`completion`] is the list of
//! what may be meant, [`commands`] what is done instead of sent, [`paste`] what becomes of what is on the clipboard.

mod commands;
mod completion;
mod field;
pub mod marks;
mod paste;
mod toolbar;

use acs_chat::{MessageId, ThreadId, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use self::commands::{Command, Meaning};
use self::completion::Completion;
use self::marks::{Change, Format};
use crate::components::{Icon, IconButton, by_touch, command_key, effect};
use crate::i18n::{say_error, size, words};
use crate::model::reply::Quote;
use crate::model::rows::{Author, Body, ItemKind, MessageRow, SendKind, ThreadDetails};
use crate::platform::locale;
use crate::signal::{State, Value};
use crate::store::Store;
use crate::text::{markdown, source::markdown_of};
use crate::views::emoji;
use crate::views::later::{Later, Part};
use crate::views::screen::{OpenDialog, Screen};

/// The field one writes in; the shortcuts look for it.
pub const COMPOSER_ID: &str = "composer";

/// The list of what may be meant.
const LIST_ID: &str = "composer-list";

/// So near the limit the room that is left is said: at 24 KB of ACS's 28.
const ROOM_SAID_FROM: usize = 4 * 1024;

/// A message of mine that is being changed.
#[derive(Clone, Debug, PartialEq)]
struct Editing {
    message: MessageId,
    sent_at: Timestamp,
    /// The service keeps the kind that a message was sent as: text stays text, and HTML is HTML.
    html: bool,
    /// What was written before: it comes back.
    aside: String,
}

/// The writing of one thread: the field, and what is being done in it.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    pub(crate) store: Store,
    pub(crate) screen: Screen,
    thread: StoredValue<ThreadId>,
    field: NodeRef<html::Textarea>,
    details: Value<ThreadDetails>,
    editing: State<Option<Editing>>,
    /// What the words answer.
    reply: State<Option<Quote>>,
    completion: Completion,
    picker: State<bool>,
    /// An input method is at work on the text.
    composes: StoredValue<bool>,
    /// The length of what would be sent.
    bytes: State<usize>,
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
            completion: Completion::new(),
            picker: State::new(false),
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
        let before = self.editing.get_untracked();
        let aside = before.map_or_else(|| self.all(), |before| before.aside);
        let html = matches!(row.body, Body::Html(_));
        self.editing.set(Some(Editing { message, sent_at: row.sent_at, html, aside }));
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

    fn stop_reply(self) {
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

    fn stop_editing(self) {
        if let Some(editing) = self.editing.try_update(Option::take).flatten() {
            self.fill(&editing.aside);
        }
    }

    fn text(self) -> String {
        self.field.try_get_untracked().flatten().map(|field| field.value()).unwrap_or_default()
    }

    /// The words, with what they answer before them.
    fn all(self) -> String {
        let text = self.text();
        self.reply.with_untracked(|reply| match reply {
            Some(quote) => quote.before(&text),
            None => text,
        })
    }

    /// Puts all of it in place of what is there.
    fn fill(self, all: &str) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            let (reply, text) = Quote::split(all);
            field.set_value(text);
            self.reply.set_if_new(reply);
            self.completion.close();
            self.measure();
        }
    }

    fn text_and_selection(self) -> Option<(String, (usize, usize))> {
        let field = self.field.try_get_untracked().flatten()?;
        let text = field.value();
        let selection = field::selection(&field, &text);
        Some((text, selection))
    }

    /// Makes a change that can be undone.
    fn change(self, change: &Change) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            field::change(&field, &field.value(), change);
        }
    }

    /// Puts something in place of what stands before the caret, from here on.
    fn replace_to_caret(self, from: usize, with: String) {
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

    fn is_editing(self) -> bool {
        self.editing.with_untracked(Option::is_some)
    }

    fn composing(self) -> bool {
        self.composes.get_value()
    }

    fn says(self, words: &str) -> bool {
        self.text() == words
    }

    /// Those who can be spoken to here.
    fn people(self) -> Vec<Author> {
        self.details.with_untracked(|details| {
            details.people.iter().filter(|row| !row.me).map(|row| row.person.clone()).collect()
        })
    }

    fn keep_draft(self) {
        if !self.is_editing() {
            self.thread.with_value(|thread| self.store.set_draft(thread, self.all()));
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

    fn input(self, event: &web_sys::Event) {
        let composes = event.dyn_ref::<web_sys::InputEvent>().is_some_and(web_sys::InputEvent::is_composing);
        self.composes.set_value(composes);
        self.typed();
        if !composes {
            self.name_to_emoji();
        }
        self.completion.refresh(self);
    }

    /// `:tada:` becomes the emoji with its second colon.
    fn name_to_emoji(self) {
        let Some((text, (_, caret))) = self.text_and_selection() else { return };
        let found = completion::short_name(&text, caret)
            .and_then(|(from, short)| Some((from, emoji::list()?.of_short(short)?)));
        if let Some((from, emoji)) = found {
            self.replace_to_caret(from, emoji::used(&emoji));
        }
    }

    fn submit(self) {
        self.completion.close();
        let text = self.text();
        if text.trim().is_empty() {
            return;
        }
        let words_only = match commands::meaning(&text) {
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
            None => self.send(content, kind),
        }
        self.focus();
    }

    fn send(self, content: String, kind: SendKind) {
        self.thread.with_value(|thread| self.store.send(thread, content, kind));
        self.clear();
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
                self.send(markdown::as_html(&said), SendKind::Html);
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
            Command::Add => open(OpenDialog::AddPeople(thread)),
            Command::Leave => open(OpenDialog::Leave(thread)),
            Command::Help => open(OpenDialog::Keys),
        }
    }

    fn edit_last(self) {
        let timeline = self.store.timeline(self.thread.get_value());
        let last = timeline.with_untracked(|timeline| {
            timeline.items.iter().rev().find_map(|item| match &item.kind {
                ItemKind::Message(row) if row.id.is_some() && row.source.is_some() => Some(row.clone()),
                _ => None,
            })
        });
        if let Some(row) = last {
            self.edit(&row);
        }
    }

    fn key(self, event: &web_sys::KeyboardEvent) {
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
pub(super) fn written(row: &MessageRow) -> Option<String> {
    let source = row.source.as_deref()?;
    Some(if matches!(row.body, Body::Html(_)) { markdown_of(source) } else { source.to_owned() })
}

/// The composer.
#[component]
pub fn Composer(thread: ThreadId, writing: Writing) -> impl IntoView {
    let (store, screen) = (writing.store, writing.screen);
    let details = writing.details;
    let label = Value::derived(move || details.with(|details| words().message_to().with(&[&details.topic])));
    effect(move || {
        if writing.field.get().is_some() && !by_touch() && !filtering() {
            writing.focus();
        }
    });
    // The storage answers after the page is there: what was typed in the meantime is not overwritten.
    effect(move || {
        let _ = store.storage_read().get();
        let draft = store.draft(&thread);
        if writing.field.get().is_some() && !draft.is_empty() && writing.all().is_empty() {
            writing.fill(&draft);
        }
    });
    let context = move || {
        let (what, of, stop, label): (_, _, fn(Writing), _) =
            match (writing.editing.get(), writing.reply.get()) {
                (Some(editing), _) => (
                    words().editing().to_owned(),
                    words().editing_of().with(&[&locale::time(editing.sent_at)]),
                    Writing::stop_editing,
                    words().stop_editing(),
                ),
                (None, Some(quote)) => (
                    words().reply_to().with(&[&quote.author_and_time()]),
                    [words().colon(), &quote.words()].concat(),
                    Writing::stop_reply,
                    words().stop_reply(),
                ),
                (None, None) => return None,
            };
        let context = view! {
            <div class="composer__context">
                <span class="composer__about" dir="auto"><b>{what}</b> {of}</span>
                <IconButton icon="close" label on_press=move || stop(writing) />
            </div>
        };
        Some(context.into_any())
    };
    let send_label = move || {
        if writing.editing.with(Option::is_some) { words().save_edit() } else { words().send() }.to_owned()
    };
    let toggle = move || {
        screen.formatting.update(|on| *on = !*on);
        writing.focus();
    };
    let formats = move || screen.formatting.get().then(|| toolbar::toolbar(writing));
    let picker = move || {
        writing.picker.get().then(|| view! { <Later part=Part::Emoji(Box::new(writing)) /> }.into_any())
    };
    view! {
        <form
            class="composer"
            aria-label=move || label.get()
            on:submit=move |event| {
                event.prevent_default();
                writing.submit();
            }
        >
            <div class="composer__box">
                {context}
                {formats}
                <textarea
                    class="composer__input"
                    id=COMPOSER_ID
                    node_ref=writing.field
                    rows="1"
                    dir="auto"
                    enterkeyhint="send"
                    placeholder=move || label.get()
                    aria-label=move || label.get()
                    aria-describedby="composer-room"
                    aria-autocomplete="list"
                    aria-haspopup="listbox"
                    aria-controls=LIST_ID
                    aria-activedescendant=move || writing.completion.active_id()
                    on:input=move |event| writing.input(&event)
                    on:compositionend=move |_| {
                        writing.composes.set_value(false);
                        writing.completion.refresh(writing);
                    }
                    on:keydown=move |event| writing.key(&event)
                    on:paste=move |event| paste::paste(writing, &event)
                    on:click=move |_| writing.completion.close()
                    on:blur=move |_| writing.completion.close()
                ></textarea>
                {completion::list(writing.completion, writing)}
                <div class="composer__tools">
                    <IconButton
                        icon="smile"
                        label=words().emoji()
                        pressed=writing.picker.value()
                        on_press=move || writing.picker.update(|open| *open = !*open)
                    />
                    <IconButton
                        icon="format"
                        label=words().formatting()
                        pressed=screen.formatting.value()
                        on_press=toggle
                    />
                    <span class="composer__room" id="composer-room" role="status">{move || room(writing)}</span>
                    <button
                        class="button button--icon button--primary composer__send"
                        title=send_label
                        aria-label=send_label
                    >
                        <Icon name="send" />
                    </button>
                </div>
                {picker}
            </div>
        </form>
    }
}

/// What stands beside the button: how much room is left, when it is little.
fn room(writing: Writing) -> AnyView {
    let limit = writing.store.capabilities().with(|can| can.message_bytes);
    let bytes = writing.bytes.get();
    if bytes + ROOM_SAID_FROM > limit {
        let said = if bytes > limit {
            words().too_long().with(&[&size(bytes - limit)])
        } else {
            // Down, so that what is said to be left is there.
            words().room_left().with(&[&size((limit - bytes) / 103 * 103)])
        };
        view! { <span class="composer__room--short">{said}</span> }.into_any()
    } else {
        ().into_any()
    }
}

/// Somebody who is filtering the list wants to go on with that.
fn filtering() -> bool {
    document().active_element().is_some_and(|focused| focused.id() == crate::views::threads::FILTER_ID)
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

//! Where one writes: nothing is sent while an input method composes, the draft is kept with every key, and what is too long is
//! said before and not after.

use acs_chat::{MessageId, ThreadId, Timestamp};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::{Icon, IconButton, by_touch, effect};
use crate::i18n::{size, words};
use crate::model::rows::{MessageRow, SendKind};
use crate::platform::locale;
use crate::signal::{State, Value};
use crate::store::Store;
use crate::text::markdown;
use crate::views::screen::Screen;

/// The field one writes in; the shortcuts look for it.
pub const COMPOSER_ID: &str = "composer";

/// So near the limit the room that is left is said: at 24 KB of ACS's 28.
const ROOM_SAID_FROM: usize = 4 * 1024;

/// A message of mine that is being changed.
#[derive(Clone, Debug, PartialEq)]
struct Editing {
    message: MessageId,
    sent_at: Timestamp,
    /// What was in the field before: it comes back.
    aside: String,
}

/// The writing of one thread: the field, and what is being done in it.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    pub(crate) store: Store,
    pub(crate) screen: Screen,
    thread: StoredValue<ThreadId>,
    field: NodeRef<html::Textarea>,
    editing: State<Option<Editing>>,
    /// The length of what would be sent.
    bytes: State<usize>,
    /// Something of mine goes out: the timeline shows its end.
    sent: State<u32>,
}

impl Writing {
    /// Nothing written yet.
    #[must_use]
    pub fn new(thread: ThreadId) -> Self {
        Self {
            store: Store::expect(),
            screen: Screen::expect(),
            thread: StoredValue::new(thread),
            field: NodeRef::new(),
            editing: State::new(None),
            bytes: State::new(0),
            sent: State::new(0),
        }
    }

    /// Changes with every message that is sent from here; tracked.
    pub(crate) fn sent(self) -> u32 {
        self.sent.get()
    }

    /// Takes a message of mine into the field to change it.
    pub(crate) fn edit(self, message: MessageId, source: String, sent_at: Timestamp) {
        let before = self.editing.get_untracked();
        let aside = before.map_or_else(|| self.text(), |before| before.aside);
        self.editing.set(Some(Editing { message, sent_at, aside }));
        self.fill(&source);
        self.focus();
    }

    /// Puts words that were not sent back into the field, before what is there.
    pub(crate) fn take_back(self, unsent: &str) {
        self.stop_editing();
        let text = self.text();
        self.fill(&if text.is_empty() { unsent.to_owned() } else { [unsent, "\n", &text].concat() });
        self.keep_draft();
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

    fn fill(self, text: &str) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            field.set_value(text);
            self.measure();
        }
    }

    fn keep_draft(self) {
        if self.editing.with_untracked(Option::is_none) {
            self.thread.with_value(|thread| self.store.set_draft(thread, self.text()));
        }
    }

    fn measure(self) {
        let text = self.text();
        // Short text cannot come near the limit, whatever is made of it.
        let long = self.screen.formatting.get_untracked() && text.len() > ROOM_SAID_FROM;
        self.bytes.set(if long { self.content(&text).0.len() } else { text.len() });
        if let Some(field) = self.field.try_get_untracked().flatten() {
            grow(&field);
        }
    }

    /// What the service gets.
    fn content(self, text: &str) -> (String, SendKind) {
        let formatted = self.screen.formatting.get_untracked().then(|| markdown::to_html(text)).flatten();
        formatted.map_or_else(|| (text.trim_end().to_owned(), SendKind::Text), |html| (html, SendKind::Html))
    }

    fn typed(self) {
        self.measure();
        self.keep_draft();
        if self.editing.with_untracked(Option::is_none) && self.bytes.get_untracked() > 0 {
            self.thread.with_value(|thread| self.store.typed(thread));
        }
    }

    fn submit(self) {
        let text = self.text();
        if text.trim().is_empty() {
            return;
        }
        let (content, kind) = self.content(&text);
        let limit = self.store.capabilities().with_untracked(|can| can.message_bytes);
        if content.len() > limit {
            // It is on the screen already; now it is said.
            self.screen.announce(words().too_long().with(&[&size(content.len() - limit)]));
            return;
        }
        let thread = self.thread.get_value();
        match self.editing.get_untracked() {
            Some(editing) => {
                self.store.edit(&thread, &editing.message, content);
                self.stop_editing();
            }
            None => {
                self.store.send(&thread, content, kind);
                self.fill("");
                self.store.set_draft(&thread, String::new());
                self.sent.update(|sent| *sent += 1);
            }
        }
        self.focus();
    }

    fn edit_last(self) {
        let last = self.thread.with_value(|thread| self.store.last_own(thread));
        if let Some(MessageRow { id: Some(message), source: Some(source), sent_at, .. }) = last {
            self.edit(message, source, sent_at);
        }
    }

    fn key(self, event: &web_sys::KeyboardEvent) {
        // While an input method composes, its keys are its own. 229 is how Safari says it for the Enter that ends it.
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !event.alt_key() => self.submit(),
            "ArrowUp" if !event.alt_key() && self.text().is_empty() => self.edit_last(),
            "Escape" if self.editing.with_untracked(Option::is_some) => self.stop_editing(),
            _ => return,
        }
        event.prevent_default();
    }
}

/// The composer.
#[component]
pub fn Composer(thread: ThreadId, writing: Writing) -> impl IntoView {
    let (store, screen) = (writing.store, writing.screen);
    let details = store.details(thread.clone());
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
        if writing.field.get().is_some() && !draft.is_empty() && writing.text().is_empty() {
            writing.fill(&draft);
        }
    });
    let context = move || {
        writing.editing.get().map(|editing| {
            view! {
                <div class="composer__context">
                    <span>
                        <b>{words().editing()}</b>
                        {words().editing_of().with(&[&locale::time(editing.sent_at)])}
                    </span>
                    <IconButton icon="close" label=words().stop_editing() on_press=move || writing.stop_editing() />
                </div>
            }
            .into_any()
        })
    };
    let send_label = move || {
        if writing.editing.with(Option::is_some) { words().save_edit() } else { words().send() }.to_owned()
    };
    let toggle = move || {
        screen.formatting.update(|on| *on = !*on);
        writing.measure();
        writing.focus();
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
                    on:input=move |_| writing.typed()
                    on:keydown=move |event| writing.key(&event)
                ></textarea>
                <div class="composer__tools">
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
            </div>
        </form>
    }
}

/// What stands beside the button: how much room is left, or else how formatting is written.
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
    } else if writing.screen.formatting.get() {
        words().formatting_hint().into_any()
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

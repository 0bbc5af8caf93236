//! Where one writes: nothing is sent while an input method composes, the draft is kept with every key, and what is too long is
//! said before and not after.
//!
//! `writing` is what one does there. `field` knows the browser's text area, `marks` what formatting does to the text, `toolbar`
//! shows it; `completion` is the list of what may be meant, `commands` what is done instead of sent, `paste` what becomes of what
//! is on the clipboard.

mod commands;
pub(crate) mod completion;
mod field;
pub mod marks;
mod paste;
mod toolbar;
mod writing;

use acs_chat::ThreadId;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use self::writing::ROOM_SAID_FROM;
pub use self::writing::Writing;
pub(super) use self::writing::written;
use crate::components::{Icon, IconButton, by_touch, effect};
use crate::i18n::{size, words};
use crate::platform::locale;
use crate::signal::Value;
use crate::views::later::{Later, Part};

/// The field one writes in; the shortcuts look for it.
pub const COMPOSER_ID: &str = "composer";

/// The list of what may be meant.
const LIST_ID: &str = "composer-list";

/// The composer.
#[component]
pub fn Composer(thread: ThreadId, writing: Writing) -> impl IntoView {
    let (store, screen) = (writing.store, writing.screen);
    let details = writing.details;
    let label = Value::derived(move || details.with(|details| words().message_to().with(&[&details.topic])));
    effect(move || {
        if writing.field.get().is_some() && !by_touch() && !filtering() {
            // Before that the browser would lay the page out for it, and once more for the rows.
            request_animation_frame(move || writing.focus());
        }
    });
    // The storage answers after the page is there: what was typed in the meantime is not overwritten.
    effect(move || {
        let _ = store.storage_read().get();
        writing.important.set_if_new(store.draft_priority(&thread).is_high());
        let draft = store.draft(&thread);
        if writing.field.get().is_some() && !draft.is_empty() && writing.all().is_empty() {
            writing.fill_draft();
        }
    });
    // From every field and selection of the page; those of others change nothing here.
    let moved = window_event_listener_untyped("selectionchange", move |_| writing.keep_selection());
    on_cleanup(move || moved.remove());
    let context = move || {
        let mut lines = Vec::new();
        let mut line = |class, what: String, of: String, label: &'static str, stop: fn(Writing)| {
            let icon = what.is_empty().then(|| view! { <Icon name="important" small=true /> }.into_any());
            let context = view! {
                <div class=class>
                    <span class="composer__about" dir="auto">{icon} <b>{what}</b> {of}</span>
                    <IconButton icon="close" label on_press=move || stop(writing) />
                </div>
            };
            lines.push(context.into_any());
        };
        let (editing, reply) = (writing.editing.get(), writing.reply.get());
        // An edit is as important as the message was.
        if editing.is_none() && writing.important.get() {
            line(
                "composer__context",
                String::new(),
                words().sent_as_important().to_owned(),
                words().send_as_usual(),
                Writing::toggle_important,
            );
        }
        match (editing, reply) {
            (Some(editing), _) => line(
                "composer__context composer__context--edit",
                words().editing().to_owned(),
                words().editing_of().with(&[&locale::time(editing.sent_at)]),
                words().stop_editing(),
                Writing::stop_editing,
            ),
            (None, Some(quote)) => line(
                "composer__context",
                words().reply_to().with(&[&quote.author_and_time()]),
                [words().colon(), &quote.words()].concat(),
                words().stop_reply(),
                Writing::stop_reply,
            ),
            (None, None) => {}
        }
        lines
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
    let dictation = move || {
        let dictates = writing.dictates.get();
        dictates.then(|| view! { <Later part=Part::Dictation(Box::new(writing)) /> }.into_any())
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
                    <IconButton
                        icon="microphone"
                        label=words().dictate()
                        pressed=writing.dictates.value()
                        on_press=move || writing.dictates.update(|on| *on = !*on)
                    />
                    {toggle_important(writing, "composer__mark")}
                    <span class="composer__room" id="composer-room" role="status">{move || room(writing)}</span>
                    <button
                        class="button button--icon button--primary composer__send"
                        title=send_label
                        aria-label=send_label
                    >
                        <Icon name="send" />
                    </button>
                </div>
                {picker} {dictation}
            </div>
        </form>
    }
}

/// Whether what is sent next is important.
fn toggle_important(writing: Writing, class: &'static str) -> AnyView {
    view! {
        <IconButton
            icon="important"
            label=words().mark_important()
            class
            pressed=writing.important.value()
            on_press=move || writing.toggle_important()
        />
    }
    .into_any()
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

/// Puts words into the composer where the caret is.
pub fn insert(words: String) {
    let composer = document().get_element_by_id(COMPOSER_ID);
    let Some(field) = composer.and_then(|found| found.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) else {
        return;
    };
    let (from, to) = field::selection(&field, &field.value());
    let end = from + words.len();
    field::change(&field, &field.value(), &marks::Change { from, to, with: words, select: (end, end) });
}

/// Somebody who is filtering the list wants to go on with that.
fn filtering() -> bool {
    document().active_element().is_some_and(|focused| focused.id() == crate::views::threads::FILTER_ID)
}

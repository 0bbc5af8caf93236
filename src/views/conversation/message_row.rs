//! One message: others' to the left with a face, mine to the right, and what can be done with it.

use std::time::Duration;

use acs_chat::{MessageId, ThreadId, Timestamp};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::composer::Writing;
use super::row_actions::{Action, Toolbar, actions_of, perform};
use super::status::status_line;
use crate::components::{Avatar, Icon};
use crate::i18n::words;
use crate::model::rows::{Body, MessageRow, Status};
use crate::platform::locale;
use crate::settings::Settings;
use crate::signal::{State, Value};
use crate::text::{answer, emoji::only_emoji, render, script_lang};
use crate::views::later::{Later, Part};
use crate::views::screen::OpenDialog;
use crate::views::translation::Asked;

/// What all rows of a timeline share.
#[derive(Clone, Copy, Debug)]
pub struct RowContext {
    /// Of which thread.
    pub thread: StoredValue<ThreadId>,
    /// Where editing happens.
    pub writing: Writing,
    /// The message that an address led to.
    pub found: State<Option<MessageId>>,
    /// The menu of a long press.
    pub menu: State<Option<RowMenu>>,
}

impl RowContext {
    /// Asks for the day to go to; it begins with that of this time.
    pub(crate) fn choose_date(self, at: Timestamp) {
        self.writing.screen.dialog.set(Some(OpenDialog::ToDate(self.thread.get_value(), at)));
    }
}

/// A menu that is open for a message.
#[derive(Clone, Debug)]
pub struct RowMenu {
    /// What can be done.
    pub actions: Vec<Action>,
    /// Does it.
    pub act: Callback<Action>,
    /// Where the finger is.
    pub at: (f64, f64),
}

/// A message. What is in the row is built by parts, so that a receipt does not build the words anew.
#[component]
pub fn MessageRowView(row: Value<MessageRow>, rows: RowContext) -> impl IntoView {
    let node = NodeRef::<html::Li>::new();
    let said = move || row.with_untracked(|row| said(row, node));
    let act = Callback::new(move |action: Action| {
        rows.thread
            .with_value(|thread| row.with_untracked(|row| perform(thread, row, action, rows.writing, said)));
    });
    let (hover, focus) = (State::new(false), State::new(false));
    let active = Value::derived(move || hover.get() || focus.get());
    let toolbar = move || {
        let actions = active.get().then(|| row.with(actions_of)).filter(|actions| !actions.is_empty());
        actions.map(|actions| view! { <Toolbar actions act /> }.into_any())
    };
    let found = move || {
        rows.found
            .with(|found| found.as_ref().is_some_and(|found| row.with(|row| row.id.as_ref() == Some(found))))
    };
    let press = LongPress::new(Callback::new(move |at| {
        let actions = row.with_untracked(actions_of);
        if !actions.is_empty() {
            rows.menu.set(Some(RowMenu { actions, act, at }));
        }
    }));
    // A screen reader that lands on the row hears whose it is, when, and what it says: once, and only then.
    let name_it = move |event: web_sys::FocusEvent| {
        focus.set(true);
        let node = node.get_untracked();
        if let Some(node) = &node {
            render::stop_at_links(node, true);
        }
        if let Some(node) = node
            && event.target().is_some_and(|target| target == ****node)
        {
            let label = row.with_untracked(|row| {
                [&whose(row), ", ", &locale::time(row.sent_at), words().colon(), &said()].concat()
            });
            let _ = node.set_attribute("aria-label", &label);
        }
    };
    let unname_it = move |event: web_sys::FocusEvent| {
        // A row that is taken out of the page loses the focus too.
        let Some(node) = node.try_get_untracked().flatten() else { return };
        let _ = node.remove_attribute("aria-label");
        let next = event.related_target().and_then(|next| next.dyn_into::<web_sys::Node>().ok());
        if !node.contains(next.as_ref()) {
            focus.set(false);
            render::stop_at_links(&node, false);
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing());
        let own =
            node.get_untracked().is_some_and(|node| event.target().is_some_and(|target| target == ****node));
        if let Some(action) = (plain && own).then(|| Action::of_key(&event.key())).flatten() {
            event.prevent_default();
            act.run(action);
        }
    };
    view! {
        <li
            node_ref=node
            class=move || row.with(class_of)
            class:message-row--found=found
            tabindex="-1"
            data-id=move || row.with(|row| row.id.as_ref().map(ToString::to_string))
            data-own=move || row.with(|row| row.own.then(String::new))
            on:pointerenter=move |event| hover.set(event.pointer_type() == "mouse")
            on:pointerleave=move |_| {
                hover.try_set(false);
            }
            on:focusin=name_it
            on:focusout=unname_it
            on:keydown=key
            on:pointerdown=move |event| press.down(&event)
            on:pointermove=move |_| press.stop()
            on:pointerup=move |_| press.stop()
            on:pointercancel=move |_| press.stop()
        >
            {move || inside(row, rows, act)}
            {toolbar}
        </li>
    }
}

/// What is inside the row: rebuilt only when the row takes another shape.
fn inside(row: Value<MessageRow>, rows: RowContext, act: Callback<Action>) -> AnyView {
    let shape = Value::derived(move || {
        row.with(|row| (row.own, row.first, row.author.clone(), row.sent_at, row.priority))
    });
    let body = Value::derived(move || row.with(|row| (row.body.clone(), row.edited)));
    let text = move || {
        let lang = body.with(|(body, _)| if let Body::Text(text) = body { script_lang(text) } else { None });
        view! { <div class="message-row__text" dir="auto" lang=lang>{body.with(|(body, edited)| words_of(body, *edited))}</div> }
    };
    let end = Value::derived(move || row.with(|row| (row.status.clone(), row.seen_by.clone())));
    let status = move || end.with(|(status, seen_by)| status_line(status, seen_by, act));
    let (own, first, author, sent_at, priority) = shape.get();
    let mark = priority.is_high().then(|| {
        view! { <p class="message-row__mark"><Icon name="important" small=true />{words().important()}</p> }.into_any()
    });
    let time = |class: &'static str| {
        view! { <time class=class title=locale::day_and_time(sent_at)>{locale::time(sent_at)}</time> }
    };
    let in_margin = "message-row__time message-row__time--margin";
    if own {
        return view! {
            <div class="message-row__body">
                <span class="unseen">{words().you()}</span>
                {mark}
                <div class="message-row__line">
                    {time(if first { "message-row__time" } else { in_margin })} {text}
                </div>
                {status}
            </div>
        }
        .into_any();
    }
    let asked = rows.writing.screen.translations.asked(row, rows.thread);
    let translated = move || asked.with(|asked| asked.as_ref().is_some_and(Asked::is_translated));
    let translation = move || {
        let asked = asked.get()?;
        Some(view! { <Later part=Part::Translation(Box::new(asked)) /> }.into_any())
    };
    let settings = use_context::<Settings>();
    let weighed = Value::derived(move || {
        let says = row.with(|row| !matches!(row.body, Body::Deleted | Body::Answering(_)));
        let marks = says && settings.is_some_and(Settings::marks_moods);
        marks.then(|| row.with(|row| said_by(&row.body)))
    });
    let mood = move || Some(view! { <Later part=Part::Mood(weighed.get()?) /> }.into_any());
    let (margin, head) = if first {
        let head = view! {
            <p class="message-row__head">
                <b class="message-row__author" dir="auto">{author.name.clone()}</b>
                {time("message-row__time")}
            </p>
        };
        (view! { <Avatar initial=author.initial.clone() hue=author.hue /> }.into_any(), head.into_any())
    } else {
        (time(in_margin).into_any(), view! { <span class="unseen">{author.name.clone()}</span> }.into_any())
    };
    view! {
        {margin}
        <div class="message-row__body">
            {head} {mark} <div class="message-row__original" hidden=translated>{text} {mood}</div> {translation}
        </div>
    }
    .into_any()
}

fn words_of(body: &Body, edited: bool) -> AnyView {
    let note =
        edited.then(|| view! { <span class="message-row__note">" "{words().edited()}</span> }.into_any());
    match body {
        Body::Text(text) => {
            let class = if only_emoji(text) {
                "message-row__plain message-row__plain--emoji"
            } else {
                "message-row__plain"
            };
            view! { <p class=class>{render::plain(text)}{note}</p> }.into_any()
        }
        Body::Html(html) => view! { {render::html(html)}{note} }.into_any(),
        Body::Markdown(text) => view! { {render::html(&answer::html(text))}{note} }.into_any(),
        Body::Answering(asked) => view! { <Later part=Part::Answer(asked.clone()) /> }.into_any(),
        Body::Deleted => view! { <p>{words().deleted()}</p> }.into_any(),
    }
}

fn class_of(row: &MessageRow) -> String {
    let state = match (&row.body, &row.status) {
        (Body::Deleted, _) => " message-row--deleted",
        (_, Status::Sending) => " message-row--sending",
        (_, Status::Waiting { .. }) => " message-row--waiting",
        (_, Status::Failed { .. }) => " message-row--failed",
        _ => "",
    };
    let own = if row.own { " message-row--own" } else { "" };
    let first = if row.first { " message-row--first" } else { "" };
    let important = if row.priority.is_high() { " message-row--important" } else { "" };
    ["message-row", own, first, important, state].concat()
}

pub(crate) fn author(row: &MessageRow) -> &str {
    if row.own { words().you() } else { &row.author.name }
}

/// Whose it is, as it is spoken: what is important says so first.
pub(crate) fn whose(row: &MessageRow) -> String {
    let important = [words().important(), words().colon()];
    let mark = if row.priority.is_high() { important.concat() } else { String::new() };
    mark + author(row)
}

/// The message's words, of HTML as the page shows them.
fn said(row: &MessageRow, node: NodeRef<html::Li>) -> String {
    match &row.body {
        Body::Text(text) => text.clone(),
        Body::Deleted => words().deleted().to_owned(),
        Body::Html(_) | Body::Markdown(_) | Body::Answering(_) => {
            let shown = node
                .get_untracked()
                .and_then(|node| node.query_selector(".message-row__text").ok().flatten());
            let shown = shown.map(|shown| shown.unchecked_into::<web_sys::HtmlElement>().inner_text());
            let shown = shown.unwrap_or_else(|| said_by(&row.body));
            shown.strip_suffix(words().edited()).unwrap_or(&shown).trim().to_owned()
        }
    }
}

/// What a message says, without formatting.
pub(crate) fn said_by(body: &Body) -> String {
    match body {
        Body::Text(text) => text.clone(),
        Body::Html(html) => render::text_of(html),
        Body::Markdown(text) => render::text_of(&answer::html(text)),
        Body::Deleted => words().deleted().to_owned(),
        Body::Answering(_) => String::new(),
    }
}

/// A finger that stays where it is.
#[derive(Clone, Copy)]
struct LongPress {
    timer: StoredValue<Option<TimeoutHandle>>,
    happens: Callback<(f64, f64)>,
}

impl LongPress {
    /// As long as phones take it.
    const HELD: Duration = Duration::from_millis(500);

    fn new(happens: Callback<(f64, f64)>) -> Self {
        let press = Self { timer: StoredValue::new(None), happens };
        on_cleanup(move || press.stop());
        press
    }

    fn down(self, event: &web_sys::PointerEvent) {
        self.stop();
        if event.pointer_type() == "mouse" {
            return;
        }
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        self.timer.set_value(set_timeout_with_handle(move || self.happens.run(at), Self::HELD).ok());
    }

    fn stop(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}

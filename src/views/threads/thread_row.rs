//! One thread of the list: topic, time, last words, and in the margin what needs attention.

use acs_chat::ThreadId;
use leptos::prelude::*;

use crate::components::Icon;
use crate::i18n::{say_change, say_fail_reason, say_note, words};
use crate::model::priority::Priority;
use crate::model::rows::{Access, Preview, PreviewAuthor, PreviewWords, ThreadRow};
use crate::place::Place;
use crate::platform::locale;
use crate::signal::Value;
use crate::store::Store;
use crate::text::script_lang;
use crate::views::screen::Screen;

/// A row. It is a link, so that it opens in another window as links do; what can be done with it stands beside it, in front of
/// the eye only under a mouse. By keys it is the same key as in an open thread, so it is no Tab stop of its own.
#[component]
pub fn ThreadRowView(row: ArcRwSignal<ThreadRow>, open: Value<Option<ThreadId>>) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let id = row.with_untracked(|row| row.id.clone());
    let href = Place::thread(id.clone()).fragment();
    let can_mark_unread = {
        let row = row.clone();
        Value::derived(move || row.with(|row| row.can_mark_unread))
    };
    let mark_unread = {
        let id = id.clone();
        Callback::new(move |()| {
            store.mark_unread(&id, None);
            screen.announce(words().marked_unread().to_owned());
        })
    };
    let action = move || {
        let press = move |_| mark_unread.run(());
        can_mark_unread.get().then(|| {
            view! {
                <button
                    type="button"
                    class="button button--icon thread-row__action"
                    tabindex="-1"
                    title=words().mark_unread()
                    aria-label=words().mark_unread()
                    on:click=press
                >
                    <Icon name="unread" small=true />
                </button>
            }
            .into_any()
        })
    };
    let current = move || open.with(|open| open.as_ref() == Some(&id)).then(|| "page".to_owned());
    let class = {
        let row = row.clone();
        move || {
            row.with(|row| match (row.failed.is_some(), row.unread > 0) {
                (true, _) => "thread-row thread-row--failed",
                (false, true) => "thread-row thread-row--unread",
                _ => "thread-row",
            })
            .to_owned()
        }
    };
    view! {
        <li class="thread-row__item">
            <a class=class href=href aria-current=current>{move || row.with(content)}</a>
            {action}
        </li>
    }
}

fn content(row: &ThreadRow) -> AnyView {
    let mark = match (&row.failed, &row.draft) {
        (Some(_), _) => Some(("warning", words().not_sent())),
        (None, Some(_)) => Some(("draft", words().draft())),
        _ => None,
    };
    let sign = |(icon, label): (&str, &'static str)| {
        view! {
            <svg class="icon icon--small" role="img" aria-label=label><use href=["#", icon].concat() /></svg>
        }
        .into_any()
    };
    let (before, said, priority) = words_of(row);
    let important = priority.is_high().then(|| sign(("important", words().important())));
    let lang = script_lang(&said);
    let before = before.map(|before| {
        view! { <b class="thread-row__author">{[before.as_str(), words().colon()].concat()}</b> }.into_any()
    });
    let count = (row.unread > 0).then(|| {
        view! {
            <span class="thread-row__count">
                {row.unread.to_string()} <span class="unseen">{words().unread()}</span>
            </span>
        }
        .into_any()
    });
    view! {
        <span class="thread-row__state">{mark.map(sign)}</span>
        <span class="thread-row__line">
            <span class="thread-row__title" dir="auto" lang=script_lang(&row.topic)>{row.topic.clone()}</span>
            <time class="thread-row__time">{row.last_activity.map(locale::brief)}</time>
        </span>
        <span class="thread-row__line">
            {important} <span class="thread-row__words" dir="auto" lang=lang>{before}{said}</span>
            {count}
        </span>
    }
    .into_any()
}

/// What the second line says, whose words they are, and how pressing: what needs attention first.
fn words_of(row: &ThreadRow) -> (Option<String>, String, Priority) {
    let (before, said) = match (row.access, &row.failed, &row.draft, &row.preview) {
        (Access::Removed, ..) => (None, words().row_removed().to_owned()),
        (Access::Gone, ..) => (None, words().row_gone().to_owned()),
        (_, Some(why), ..) => (None, words().not_sent_why().with(&[&say_fail_reason(why)])),
        (_, _, Some(draft), _) => (Some(words().draft().to_owned()), draft.clone()),
        (.., Some(Preview { author, words, priority })) => {
            return (say_author(author), say_preview(words), *priority);
        }
        _ => (None, String::new()),
    };
    (before, said, Priority::Normal)
}

fn say_author(author: &PreviewAuthor) -> Option<String> {
    match author {
        PreviewAuthor::You => Some(words().you().to_owned()),
        PreviewAuthor::Other(name) => Some(name.clone()),
        PreviewAuthor::Nobody => None,
    }
}

fn say_preview(preview: &PreviewWords) -> String {
    match preview {
        PreviewWords::Said(said) => said.clone(),
        PreviewWords::Deleted => words().deleted().to_owned(),
        PreviewWords::System(note) => say_note(note),
        PreviewWords::Change(change) => say_change(change),
    }
}

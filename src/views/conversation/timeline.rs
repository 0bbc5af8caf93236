//! The messages of a thread, oldest first.
//!
//! One Tab stop: the arrows move through the rows, Tab goes on to a row's own toolbar. What the reader does is followed in
//! [`super::reading`]; which rows are in the page, and where, is decided in [`super::list`].

use acs_chat::{ThreadId, Timestamp};
use leptos::prelude::*;

use super::change_row::ChangeRow;
use super::composer::Writing;
use super::copying;
use super::list::List;
use super::message_row::{MessageRowView, RowContext, RowMenu};
use super::reading::Reading;
use super::row_actions::menu_items;
use crate::components::{Icon, Menu, effect};
use crate::i18n::{say_error, say_note, words};
use crate::model::rows::{Item, ItemKind, TimelineState};
use crate::platform::locale;
use crate::signal::{State, Value};
use crate::store::Store;

/// The timeline.
#[component]
pub fn Timeline(thread: ThreadId, writing: Writing) -> impl IntoView {
    let rows = RowContext {
        thread: StoredValue::new(thread),
        writing,
        found: State::new(None),
        menu: State::new(None),
    };
    let list = List::new(move |item| item_view(item, rows));
    let reading = Reading::new(rows, list);
    reading.follow();
    // What I say I want to see.
    effect(move || {
        if writing.sent() > 0 {
            reading.to_end();
        }
    });
    let shown = reading.shown;
    let notice = move || match shown.get() {
        (TimelineState::Loading, true) => Some(bones().into_any()),
        (TimelineState::Failed { said }, true) => Some(load_failed(&say_error(&said)).into_any()),
        (TimelineState::Ready, true) => {
            Some(view! { <li class="timeline__system">{words().nothing_said()}</li> }.into_any())
        }
        _ => None,
    };
    let older = move || reading.has_older.get() && shown.with(|(_, empty)| !empty);
    let jump = move || match reading.fresh.get() {
        0 => words().latest().to_owned(),
        n => words().new_messages().count(n, &[]),
    };
    let day = move || list.day.get().map(|at| to_date(at, rows).into_any());
    let going = move || {
        reading.going_back.get().map(|at| {
            let said = words().going_back().with(&[&locale::day_line(at)]);
            view! {
                <p class="timeline__going" role="status">
                    {said}
                    <button type="button" class="button button--text" on:click=move |_| reading.stop_going_back()>
                        {words().stop()}
                    </button>
                </p>
            }
            .into_any()
        })
    };
    view! {
        <div class="timeline">
            <div
                class="timeline__scroller"
                node_ref=list.scroller
                role="log"
                aria-live="off"
                aria-label=words().messages()
                on:scroll=move |_| reading.scrolled()
                on:pointerenter=move |_| list.take_in_hand(true)
                on:pointerleave=move |_| list.take_in_hand(false)
            >
                <div class="timeline__jump" class:timeline__jump--more=move || list.away.get()>
                    <button type="button" class="button button--pill" on:click=move |_| reading.to_end_by_hand()>
                        <Icon name="down" small=true />
                        {jump}
                    </button>
                </div>
                <ol
                    class="timeline__column"
                    node_ref=list.column
                    on:keydown=move |event| reading.key(&event)
                    on:copy=move |event| copying::copy(list, &event)
                    on:focusin=move |event| reading.focused(&event)
                    on:focusout=move |event| reading.unfocused(&event)
                >
                    // In the list even when there is nothing older, so that the rows stay what they are.
                    <li class="timeline__older" hidden=move || !older()>{words().loading_older()}</li>
                    {notice}
                </ol>
            </div>
            <div class="timeline__top">
                {day}
                <button
                    type="button"
                    class="button button--pill timeline__up"
                    hidden=move || !list.unread_above.get()
                    on:click=move |_| reading.to_unread()
                >
                    <Icon name="down" small=true />
                    {words().first_unread()}
                </button>
                {going}
            </div>
            {move || rows.menu.get().map(|menu| row_menu(menu, rows).into_any())}
        </div>
    }
}

/// A row. What kind it is never changes; of a message everything else may.
pub fn item_view(item: ArcRwSignal<Item>, rows: RowContext) -> AnyView {
    if let ItemKind::Message(first) = item.with_untracked(|item| item.kind.clone()) {
        let message = Value::derived(move || {
            item.with(|item| match &item.kind {
                ItemKind::Message(row) => row.clone(),
                _ => first.clone(),
            })
        });
        return view! { <MessageRowView row=message rows /> }.into_any();
    }
    if item.with_untracked(|item| matches!(item.kind, ItemKind::Change { .. })) {
        let kind = Value::derived(move || item.with(|item| item.kind.clone()));
        return view! { <ChangeRow kind thread=rows.thread /> }.into_any();
    }
    if let ItemKind::Day(at) = item.with_untracked(|item| item.kind.clone()) {
        return view! { <li class="timeline__day">{to_date(at, rows)}</li> }.into_any();
    }
    let class = item.with_untracked(|item| match item.kind {
        ItemKind::Unread { .. } => "timeline__unread",
        _ => "timeline__system",
    });
    let said = move || {
        item.with(|item| match &item.kind {
            ItemKind::Unread { count } => words().new_messages().count(*count, &[]),
            ItemKind::System { note, at } => [say_note(note).as_str(), " · ", &locale::time(*at)].concat(),
            ItemKind::Day(_) | ItemKind::Message(_) | ItemKind::Change { .. } => String::new(),
        })
    };
    view! { <li class=class dir="auto">{said}</li> }.into_any()
}

/// A day in words; pressed, another can be chosen. No Tab stop: a key does the same (`G` on a message).
fn to_date(at: Timestamp, rows: RowContext) -> impl IntoView {
    let choose = move |_| rows.choose_date(at);
    view! {
        <button type="button" class="timeline__date" tabindex="-1" title=words().to_date() on:click=choose>
            {locale::day_line(at)}
        </button>
    }
}

fn row_menu(menu: RowMenu, rows: RowContext) -> impl IntoView {
    view! {
        <Menu
            label=words().message_actions()
            items=menu_items(menu.actions, menu.act)
            at=menu.at
            on_close=move || rows.menu.set(None)
        />
    }
}

fn load_failed(why: &str) -> impl IntoView + use<> {
    let store = Store::expect();
    view! {
        <li class="timeline__system">
            <p>{words().load_failed().with(&[why])}</p>
            <button type="button" class="button button--text" on:click=move |_| store.retry_now()>{words().try_now()}</button>
        </li>
    }
}

/// The shape of messages that are not here yet; the same as in `index.html`.
fn bones() -> impl IntoView {
    const SHAPES: [&str; 6] = ["slm", "sm", "sllm", "", "sm", "sl"];
    let bone = |shape: &str| {
        view! { <span class=["timeline__bone timeline__bone--", shape].concat()></span> }.into_any()
    };
    let row = move |shape: &'static str| {
        let lines: Vec<_> = (0..shape.len()).map(|at| bone(&shape[at..=at])).collect();
        let own = shape.is_empty();
        view! {
            <li class="message-row message-row--first" class:message-row--own=own aria-hidden="true">
                {(!own).then(|| bone("round"))}
                <div class="message-row__body message-row__body--bones">{own.then(|| bone("own"))} {lines}</div>
            </li>
        }
        .into_any()
    };
    SHAPES.map(row).into_iter().collect::<Vec<_>>()
}

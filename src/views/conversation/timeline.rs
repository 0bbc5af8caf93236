//! The messages of a thread, oldest first.
//!
//! One Tab stop: the arrows move through the rows, Tab goes on to a row's own toolbar. A message of others that comes in is said
//! once, as "author, text". What is really in front of somebody's eyes, at rest, counts as read.

use std::time::Duration;

use acs_chat::{MessageId, ThreadId};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::change_row::ChangeRow;
use super::composer::Writing;
use super::message_row::{MessageRowView, RowContext, RowMenu, author};
use super::row_actions::menu_items;
use super::scroll::Scroll;
use crate::components::{Icon, Menu, effect};
use crate::i18n::{say_error, say_note, words};
use crate::model::rows::{Body, Item, ItemKind, MessageRow, TimelineState};
use crate::place::{CurrentPlace, Place};
use crate::platform::locale;
use crate::signal::{State, Value};
use crate::store::Store;
use crate::text::render;
use crate::views::keyed::{Keys, Row, Rows, keyed};

/// So long a message has to stand still before it counts as read: shorter is scrolling past.
const AT_REST: Duration = Duration::from_millis(300);

/// The timeline.
#[component]
pub fn Timeline(thread: ThreadId, writing: Writing) -> impl IntoView {
    let store = Store::expect();
    let scroll = Scroll::new();
    let timeline = store.timeline(thread.clone());
    let rows = RowContext {
        thread: StoredValue::new(thread),
        writing,
        found: State::new(None),
        menu: State::new(None),
    };
    let items = keyed(
        move || timeline.with(|timeline| timeline.items.clone()),
        |item| item.key.as_str(),
        move |item| item_view(item, rows),
    );
    let has_older = Value::derived(move || timeline.with(|timeline| timeline.has_older));
    let fresh = State::new(0_u32);
    let reading = Reading {
        rows,
        scroll,
        fresh,
        resting: StoredValue::new(None),
        rested_at: StoredValue::new_local((None, false)),
    };
    scroll.watch();
    reading.follow_items(items, timeline);
    reading.follow_window();
    reading.follow_address(items, has_older);
    // What I say I want to see.
    effect(move || {
        if writing.sent() > 0 {
            reading.to_end();
        }
    });
    let state = Value::derived(move || timeline.with(|timeline| timeline.state.clone()));
    let notice = move || match state.get() {
        TimelineState::Loading if items.with(Vec::is_empty) => Some(bones().into_any()),
        TimelineState::Failed { said } if items.with(Vec::is_empty) => {
            Some(load_failed(&say_error(&said)).into_any())
        }
        TimelineState::Ready if items.with(Vec::is_empty) => {
            Some(view! { <li class="timeline__system">{words().nothing_said()}</li> }.into_any())
        }
        _ => None,
    };
    let older = move || has_older.get() && !items.with(Vec::is_empty);
    let jump = move || match fresh.get() {
        0 => words().latest().to_owned(),
        n => words().new_messages().count(n, &[]),
    };
    view! {
        <div class="timeline">
            <div
                class="timeline__scroller"
                node_ref=scroll.scroller
                role="log"
                aria-live="off"
                aria-label=words().messages()
                on:scroll=move |_| reading.scrolled()
            >
                <div class="timeline__jump" class:timeline__jump--more=move || scroll.away.get()>
                    <button type="button" class="button button--pill" on:click=move |_| reading.to_end_by_hand()>
                        <Icon name="down" small=true />
                        {jump}
                    </button>
                </div>
                <ol class="timeline__column" node_ref=scroll.column on:keydown=move |event| reading.key(&event)>
                    // In the list even when there is nothing older, so that the rows stay what they are.
                    <li class="timeline__older" hidden=move || !older()>{words().loading_older()}</li>
                    {notice}
                    <Rows rows=items />
                </ol>
            </div>
            {move || rows.menu.get().map(|menu| row_menu(menu, rows).into_any())}
        </div>
    }
}

/// A row. What kind it is never changes; of a message everything else may.
fn item_view(item: ArcRwSignal<Item>, rows: RowContext) -> AnyView {
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
    let class = item.with_untracked(|item| match item.kind {
        ItemKind::Day(_) => "timeline__day",
        ItemKind::Unread { .. } => "timeline__unread",
        _ => "timeline__system",
    });
    let said = move || {
        item.with(|item| match &item.kind {
            ItemKind::Day(at) => locale::day_line(*at),
            ItemKind::Unread { count } => words().new_messages().count(*count, &[]),
            ItemKind::System { note, at } => [say_note(note).as_str(), " · ", &locale::time(*at)].concat(),
            ItemKind::Message(_) | ItemKind::Change { .. } => String::new(),
        })
    };
    view! { <li class=class dir="auto">{said}</li> }.into_any()
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

/// What follows the reader: where they are, what came in, what they have read.
#[derive(Clone, Copy)]
struct Reading {
    rows: RowContext,
    scroll: Scroll,
    /// Messages of others that came in while one reads further up.
    fresh: State<u32>,
    resting: StoredValue<Option<TimeoutHandle>>,
    /// The last row that was seen at rest, and whether the scroller moved since.
    rested_at: StoredValue<(Option<web_sys::Element>, bool), LocalStorage>,
}

impl Reading {
    fn to_end(self) {
        self.fresh.set(0);
        self.scroll.to_end();
        self.settle();
    }

    fn to_end_by_hand(self) {
        self.read_on();
        self.to_end();
        // The button goes; where one was reading is gone too.
        self.rows.writing.focus();
    }

    /// Somebody moves by hand: what was marked unread on screen is read again as it is seen.
    fn read_on(self) {
        self.rows.thread.with_value(|thread| self.rows.writing.store.read_on(thread));
        self.settle();
    }

    fn scrolled(self) {
        let _ = self.rested_at.try_update_value(|(_, moved)| *moved = true);
        self.scroll.remember();
        if !self.scroll.away.get_untracked() {
            self.fresh.set(0);
        }
        self.settle();
    }

    /// After a while of rest: more of the past if it is near, and what is seen is read.
    fn settle(self) {
        let rested = move || {
            if self.scroll.near_start() {
                self.rows.thread.with_value(|thread| self.rows.writing.store.load_older(thread));
            }
            self.report_seen();
        };
        let timer = set_timeout_with_handle(rested, AT_REST).ok();
        if let Some(before) =
            self.resting.try_update_value(|resting| std::mem::replace(resting, timer)).flatten()
        {
            before.clear();
        }
    }

    fn report_seen(self) {
        if !document().has_focus().unwrap_or_default() || document().hidden() {
            return;
        }
        let mut row = self.scroll.last_seen_row();
        // Keeping the place scrolls too, but shows the same row; what comes in shows another one, but does not scroll.
        let before = self.rested_at.try_update_value(|known| std::mem::replace(known, (row.clone(), false)));
        if before.is_some_and(|(before, moved)| moved && before != row) {
            self.rows.thread.with_value(|thread| self.rows.writing.store.read_on(thread));
        }
        while let Some(here) = row {
            if let (Some(id), None) = (here.get_attribute("data-id"), here.get_attribute("data-own")) {
                self.rows
                    .thread
                    .with_value(|thread| self.rows.writing.store.seen(thread, &MessageId::new(id)));
                return;
            }
            row = here.previous_element_sibling();
        }
    }

    /// Coming back to the window is as good as scrolling.
    fn follow_window(self) {
        let focus = window_event_listener(leptos::ev::focus, move |_| self.settle());
        let visible = window_event_listener(leptos::ev::visibilitychange, move |_| self.settle());
        on_cleanup(move || {
            focus.remove();
            visible.remove();
            if let Some(Some(timer)) = self.resting.try_update_value(Option::take) {
                timer.clear();
            }
        });
    }

    /// Says what comes in, counts it, and keeps one row a Tab stop.
    fn follow_items(self, items: State<Vec<Row>>, timeline: Value<crate::model::rows::TimelineView>) {
        let known = StoredValue::new(None::<Keys>);
        let screen = self.rows.writing.screen;
        effect(move || {
            items.track();
            let first_time = known.with_value(Option::is_none);
            let (said, ready) = timeline.with_untracked(|timeline| {
                let new = known.with_value(|known| {
                    known.as_ref().map(|known| newcomers(known, &timeline.items)).unwrap_or_default()
                });
                let said: Vec<String> = new.into_iter().filter(|row| !row.own).map(spoken).collect();
                (said, timeline.state == TimelineState::Ready)
            });
            if !ready {
                return;
            }
            known
                .set_value(Some(timeline.with_untracked(|timeline| {
                    timeline.items.iter().map(|item| item.key.as_str()).collect()
                })));
            if !said.is_empty() {
                if self.scroll.away.get_untracked() {
                    self.fresh.update(|fresh| *fresh += u32::try_from(said.len()).unwrap_or_default());
                }
                screen.announce(said.join("\n"));
            }
            request_animation_frame(move || {
                if self.scroll.column().is_none() {
                    return; // another thread by now
                }
                self.keep_tab_stop();
                if first_time {
                    self.show_first_unread();
                }
                // This frame comes before the observer of sizes.
                self.scroll.hold();
                self.scroll.remember();
                self.settle();
            });
        });
    }

    /// A thread opens at its end, unless what is unread begins further up.
    fn show_first_unread(self) {
        let (Some(scroller), Some(column)) = (self.scroll.scroller(), self.scroll.column()) else {
            return;
        };
        let Some(line) = column.query_selector(".timeline__unread").ok().flatten() else { return };
        if line.get_bounding_client_rect().top() < scroller.get_bounding_client_rect().top() {
            self.scroll.show(&line, true);
        }
    }

    /// Leads to the message that the address names, through as much of the past as it takes.
    fn follow_address(self, items: State<Vec<Row>>, has_older: Value<bool>) {
        let place = CurrentPlace::expect();
        let thread = self.rows.thread;
        let target = Value::derived(move || match place.get() {
            Place::Thread { thread: here, message } if thread.with_value(|thread| *thread == here) => message,
            _ => None,
        });
        let done = StoredValue::new(None::<MessageId>);
        effect(move || {
            let Some(target) = target.get() else {
                self.rows.found.set(None);
                done.set_value(None);
                return;
            };
            let (empty, more) = (items.with(Vec::is_empty), has_older.get());
            if empty || done.with_value(|done| done.as_ref() == Some(&target)) {
                return;
            }
            request_animation_frame(move || {
                if self.scroll.column().is_none() {
                    return;
                }
                if let Some(row) = self.row_of(&target) {
                    done.set_value(Some(target.clone()));
                    self.rows.found.set(Some(target));
                    self.scroll.show(&row, false);
                } else if more {
                    self.rows.thread.with_value(|thread| self.rows.writing.store.load_older(thread));
                } else {
                    done.set_value(Some(target));
                    self.rows.writing.screen.toast(words().message_missing());
                }
            });
        });
    }

    fn row_of(self, id: &MessageId) -> Option<web_sys::Element> {
        let mut row = self.scroll.column()?.last_element_child();
        while let Some(here) = row {
            if here.get_attribute("data-id").as_deref() == Some(id.as_str()) {
                return Some(here);
            }
            row = here.previous_element_sibling();
        }
        None
    }

    // One Tab stop: the row that had the focus last, or else the newest.

    fn keep_tab_stop(self) {
        let Some(column) = self.scroll.column() else { return };
        let stop = column.query_selector(".message-row[tabindex='0']").ok().flatten();
        if stop.is_some() && column.contains(document().active_element().as_deref()) {
            return;
        }
        if let Some(newest) = next_row(column.last_element_child(), false) {
            move_tab_stop(&column, &newest);
        }
    }

    fn key(self, event: &web_sys::KeyboardEvent) {
        let Some(row) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
            return;
        };
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        if event.key() == "Escape" {
            self.rows.writing.focus();
            event.prevent_default();
            event.stop_propagation();
            return;
        }
        let Some(column) = self.scroll.column() else { return };
        if !row.class_list().contains("message-row") {
            return;
        }
        let next = match event.key().as_str() {
            "ArrowDown" => next_row(row.next_element_sibling(), true),
            "ArrowUp" => next_row(row.previous_element_sibling(), false),
            "Home" => next_row(column.first_element_child(), true),
            "End" => next_row(column.last_element_child(), false),
            _ => return,
        };
        event.prevent_default();
        self.read_on();
        let next = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(next) = next {
            move_tab_stop(&column, &next);
            let _ = next.focus();
        }
    }
}

/// This element or the next one, forward or back, that is a message.
fn next_row(mut from: Option<web_sys::Element>, forward: bool) -> Option<web_sys::Element> {
    while let Some(here) = from {
        if here.has_attribute("tabindex") {
            return Some(here);
        }
        from = if forward { here.next_element_sibling() } else { here.previous_element_sibling() };
    }
    None
}

fn move_tab_stop(column: &web_sys::Element, to: &web_sys::Element) {
    if let Some(before) = column.query_selector(".message-row[tabindex='0']").ok().flatten() {
        let _ = before.set_attribute("tabindex", "-1");
    }
    let _ = to.set_attribute("tabindex", "0");
}

/// Messages that were not known and come after one that was: not the past that was loaded, but what is new.
fn newcomers<'a>(known: &Keys, items: &'a [Item]) -> Vec<&'a MessageRow> {
    let past = items.iter().position(|item| known.contains(&item.key)).unwrap_or_default();
    items[past..]
        .iter()
        .filter(|item| !known.contains(&item.key))
        .filter_map(|item| if let ItemKind::Message(row) = &item.kind { Some(row) } else { None })
        .collect()
}

/// "author, text".
fn spoken(row: &MessageRow) -> String {
    let text = match &row.body {
        Body::Text(text) => text.clone(),
        Body::Html(html) => render::text_of(html),
        Body::Deleted => words().deleted().to_owned(),
    };
    [author(row), ", ", &text].concat()
}

#[cfg(test)]
mod tests {
    use acs_chat::{RawId, Timestamp};

    use super::*;
    use crate::model::rows::{Author, Status};

    fn item(key: &str) -> Item {
        let author = Author { id: RawId::new("a"), name: "Mei".to_owned(), initial: "M".to_owned(), hue: 1 };
        Item {
            key: key.to_owned(),
            kind: ItemKind::Message(MessageRow {
                id: None,
                client_id: None,
                author,
                own: false,
                first: true,
                sent_at: Timestamp::EPOCH,
                body: Body::Text(key.to_owned()),
                edited: false,
                status: Status::Accepted,
                seen_by: Vec::new(),
                source: None,
            }),
        }
    }

    fn new(known: &[&str], now: &[&str]) -> Vec<String> {
        let known = known.iter().copied().collect();
        let items: Vec<Item> = now.iter().map(|key| item(key)).collect();
        newcomers(&known, &items).into_iter().map(spoken).collect()
    }

    #[test]
    fn what_comes_in_is_new_and_the_past_is_not() {
        assert_eq!(new(&["b"], &["a", "b", "c"]), ["Mei, c"]);
        assert_eq!(
            new(&["b", "mine"], &["b", "c", "mine"]),
            ["Mei, c"],
            "before my own that is still on its way"
        );
        assert_eq!(new(&["b"], &["b"]), Vec::<String>::new());
        assert_eq!(new(&[], &["a"]), ["Mei, a"], "the first message of an empty thread");
    }
}

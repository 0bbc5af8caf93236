//! What follows the reader: where they are, what came in, what they have read, where a link or a key leads.
//!
//! A message of others that comes in is said once, as "author, text". What is really in front of somebody's eyes, at rest, counts as
//! read.

use std::time::Duration;

use acs_chat::{MessageId, Timestamp};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::list::{List, oldest, row_of_message};
use super::message_row::{RowContext, said_by, whose};
use crate::components::effect;
use crate::i18n::words;
use crate::model::rows::{Item, ItemKind, MessageRow, TimelineState, TimelineView};
use crate::model::timeline::time_of;
use crate::model::window::{Place as At, Splice};
use crate::place::{CurrentPlace, Place};
use crate::signal::{State, Value};
use crate::views::screen::Screen;

/// So long a message has to stand still before it counts as read: shorter is scrolling past.
const AT_REST: Duration = Duration::from_millis(300);

/// Earlier messages are asked for before one gets to the start, in pixels.
const NEAR_START: f64 = 2000.0;
/// Those that are here get their rows sooner: they cost nobody a request.
const FAR_FROM_START: f64 = 8000.0;

/// What follows the reader.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    rows: RowContext,
    list: List,
    /// Whether the conversation can be shown, and whether it is empty.
    pub(crate) shown: State<(TimelineState, bool)>,
    /// There is more of the past than is here.
    pub(crate) has_older: State<bool>,
    /// Messages of others that came in while one reads further up.
    pub(crate) fresh: State<u32>,
    /// The past is being loaded for somebody who wants to see a message or a day: how far it got.
    pub(crate) going_back: State<Option<Timestamp>>,
    /// What they want to see.
    wanted: State<Option<Wanted>>,
    resting: StoredValue<Option<TimeoutHandle>>,
    /// The key of the last row that was seen at rest, and whether the list was scrolled since.
    rested_at: StoredValue<(Option<String>, bool)>,
    /// Counts what came in.
    changed: State<u32>,
    /// Counts how often more of a long thread was to come into the list.
    filled: State<u32>,
    /// More of it is to come with the next time, and is on its way.
    filling: StoredValue<bool>,
}

impl Reading {
    pub(crate) fn new(rows: RowContext, list: List) -> Self {
        Self {
            rows,
            list,
            shown: State::new((TimelineState::Loading, true)),
            has_older: State::new(false),
            fresh: State::new(0),
            going_back: State::new(None),
            wanted: State::new(None),
            resting: StoredValue::new(None),
            rested_at: StoredValue::new((None, false)),
            changed: State::new(0),
            filled: State::new(0),
            filling: StoredValue::new(false),
        }
    }

    /// Begins.
    pub(crate) fn follow(self) {
        self.follow_items();
        self.follow_window();
        self.follow_address();
        self.keep_place();
    }

    fn screen(self) -> Screen {
        self.rows.writing.screen
    }

    pub(crate) fn to_end(self) {
        self.fresh.set(0);
        self.list.go(At::End);
        self.settle();
    }

    pub(crate) fn to_end_by_hand(self) {
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

    pub(crate) fn scrolled(self) {
        let _ = self.rested_at.try_update_value(|(_, moved)| *moved = true);
        self.list.scrolled();
        self.fill_when_near();
        if !self.list.away.get_untracked() {
            self.fresh.set_if_new(0);
        }
        self.settle();
    }

    /// After a while of rest: more of the past if it is near, and what is seen is read.
    fn settle(self) {
        let rested = move || {
            self.list.ensure_tab_stop();
            if self.list.above() < NEAR_START {
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
        let Some(last) = self.list.last_seen() else { return };
        let row = self.list.read(|view| view.items.get(last).map(|item| item.key.clone())).flatten();
        // Keeping the place scrolls too, but shows the same row; what comes in shows another one, but does not scroll.
        let before = self.rested_at.try_update_value(|known| std::mem::replace(known, (row.clone(), false)));
        if before.is_some_and(|(before, moved)| moved && before != row) {
            self.rows.thread.with_value(|thread| self.rows.writing.store.read_on(thread));
        }
        let of_others = |item: &Item| match &item.kind {
            ItemKind::Message(row) if !row.own => row.id.clone(),
            _ => None,
        };
        let seen = self.list.read(|view| view.items.get(..=last)?.iter().rev().find_map(of_others));
        if let Some(Some(id)) = seen {
            self.rows.thread.with_value(|thread| self.rows.writing.store.seen(thread, &id));
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

    /// Draws what there is, says what comes in, and counts it.
    fn follow_items(self) {
        let mut timeline = self.rows.writing.store.timeline(self.rows.thread.get_value());
        let mut opened = false;
        effect(move || {
            if !self.list.attach() {
                return;
            }
            let before = self.list.read(oldest).flatten();
            self.filled.track();
            let more = self.filling.try_update_value(std::mem::take).unwrap_or_default();
            let splices = self.list.refresh(|view| timeline.update(view, more));
            let is_ready = |view: &TimelineView| view.state == TimelineState::Ready;
            let ready = self.list.read(is_ready) == Some(true);
            if ready && opened {
                self.tell(&splices, before.as_ref());
            }
            while self.lacks() && self.goes_elsewhere(opened) {
                self.list.refresh(|view| timeline.update(view, true));
            }
            let Some((state, empty, has_older)) = self
                .list
                .read(|view| (view.state.clone(), view.items.is_empty(), view.lacks || view.has_older))
            else {
                return;
            };
            self.shown.set_if_new((state, empty));
            self.has_older.set_if_new(has_older);
            if ready && !opened {
                opened = true;
                self.open();
                let settled = self.screen().settled;
                after_painting(move || {
                    settled.try_set(true);
                });
            }
            self.list.draw();
            self.changed.update(|changed| *changed += 1);
            self.settle();
            self.fill_when_near();
        });
    }

    /// There are earlier messages here that have no row yet.
    fn lacks(self) -> bool {
        self.list.read(|view| view.lacks) == Some(true)
    }

    /// More of a long thread comes into the list when one gets near its start, once what there is has been painted.
    fn fill_when_near(self) {
        if self.lacks() && self.list.above() < FAR_FROM_START && !self.filling.get_value() {
            self.filling.set_value(true);
            after_painting(move || {
                self.filled.try_update(|filled| *filled += 1);
            });
        }
    }

    /// It opens where one was, or goes to a message or a day that is here: that may be anywhere in the thread.
    fn goes_elsewhere(self, opened: bool) -> bool {
        let kept = || {
            let thread = self.rows.thread.get_value();
            self.screen().places.with_untracked(|places| places.contains_key(&thread))
        };
        let is_further_up = || {
            self.wanted.with_untracked(|wanted| {
                let wanted = wanted.as_ref()?;
                self.list.read(|view| matches!(wanted.look(view), Look::NotYet))
            }) == Some(true)
        };
        !opened && kept() || is_further_up()
    }

    /// Says what came in.
    fn tell(self, splices: &[Splice], oldest_before: Option<&MessageId>) {
        let said =
            self.list.read(|view| newcomers(view, splices, oldest_before).map(spoken).collect::<Vec<_>>());
        let said = said.unwrap_or_default();
        if said.is_empty() {
            return;
        }
        if self.list.away.get_untracked() {
            self.fresh.update(|fresh| *fresh += u32::try_from(said.len()).unwrap_or_default());
        }
        self.screen().announce(said.join("\n"));
    }

    /// Where a thread opens: where one was when one left it, or at what is unread, or at its end.
    fn open(self) {
        self.list.draw();
        let kept = self
            .rows
            .thread
            .with_value(|thread| self.screen().places.with_untracked(|places| places.get(thread).cloned()));
        let kept = kept.and_then(|(key, top)| {
            let row = self.list.read(|view| view.items.iter().position(|item| item.key == key)).flatten();
            row.map(|row| At::Row { row, top })
        });
        if let Some(place) = kept {
            self.list.go(place);
            return;
        }
        let is_line = |item: &Item| matches!(item.kind, ItemKind::Unread { .. });
        let line = self.list.read(|view| view.items.iter().rposition(is_line)).flatten();
        if let Some(line) = line
            && self.list.is_above(line)
        {
            self.list.show(line, true);
        }
    }

    /// The place in a thread is kept for as long as the page lives.
    fn keep_place(self) {
        let (screen, thread) = (self.screen(), self.rows.thread.get_value());
        let list = self.list;
        list.when_it_ends(move |place| {
            screen.places.try_update(|places| match place {
                Some(place) => drop(places.insert(thread.clone(), place)),
                None => drop(places.remove(&thread)),
            });
        });
    }

    /// Leads to the message that the address names, or the day that was chosen, through as much of the past as it takes.
    fn follow_address(self) {
        let place = CurrentPlace::expect();
        let thread = self.rows.thread;
        let target = Value::derived(move || match place.get() {
            Place::Thread { thread: here, message } if thread.with_value(|thread| *thread == here) => message,
            _ => None,
        });
        effect(move || {
            let target = target.get();
            if target.is_none() {
                self.rows.found.set_if_new(None);
            }
            self.wanted.set(target.map(Wanted::Message));
        });
        effect(move || {
            let chosen = self.screen().wanted.get();
            let chosen = chosen.filter(|(here, _)| thread.with_value(|thread| thread == here));
            if let Some((_, at)) = chosen {
                self.screen().wanted.set(None);
                self.wanted.set(Some(Wanted::From(at)));
            }
        });
        effect(move || {
            self.changed.track();
            let Some(wanted) = self.wanted.get() else {
                self.going_back.set_if_new(None);
                return;
            };
            match self.list.read(|view| wanted.look(view)) {
                // It is here: its rows come.
                Some(Look::NotYet) if self.lacks() => self.filled.update(|filled| *filled += 1),
                None | Some(Look::NotYet) => {}
                Some(Look::Here(row)) => {
                    self.wanted.set(None);
                    match wanted {
                        Wanted::Start => self.list.focus(row),
                        Wanted::From(_) => self.list.show(row, true),
                        Wanted::Message(id) => {
                            self.list.show(row, false);
                            self.rows.found.set(Some(id));
                        }
                    }
                }
                Some(Look::Older(at)) => {
                    self.going_back.set_if_new(at);
                    thread.with_value(|thread| self.rows.writing.store.load_older(thread));
                }
                Some(Look::Nowhere) => {
                    self.screen().toast(words().message_missing());
                    self.wanted.set(None);
                }
            }
        });
    }

    pub(crate) fn stop_going_back(self) {
        self.wanted.set(None);
        self.rows.writing.focus();
    }

    /// Up to what was not read.
    pub(crate) fn to_unread(self) {
        if let Some(line) = self.list.unread_line() {
            self.list.show(line, true);
            self.rows.writing.focus();
        }
    }

    /// The row with the focus stays in the page wherever one scrolls.
    pub(crate) fn focused(self, event: &web_sys::FocusEvent) {
        let row = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if let Some(row) = row.and_then(|row| self.list.row_of(&row)) {
            self.list.keep(vec![row]);
        }
    }

    pub(crate) fn unfocused(self, event: &web_sys::FocusEvent) {
        let next = event.related_target().and_then(|next| next.dyn_into::<web_sys::Node>().ok());
        if next.and_then(|next| self.list.row_of(&next)).is_none() {
            self.list.keep(Vec::new());
        }
    }

    pub(crate) fn key(self, event: &web_sys::KeyboardEvent) {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        else {
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
        if !target.class_list().contains("message-row") {
            return;
        }
        let Some(row) = self.list.row_of(&target) else { return };
        if matches!(event.key().as_str(), "g" | "G") {
            if let Some(Some(at)) = self.list.read(|view| time_of(view.items.get(row)?)) {
                event.prevent_default();
                self.rows.choose_date(at);
            }
            return;
        }
        let key = event.key();
        if key == "Home" && self.lacks() {
            self.wanted.set(Some(Wanted::Start));
            self.read_on();
            event.prevent_default();
            return;
        }
        let next = self.list.read(|view| match key.as_str() {
            "ArrowDown" => {
                view.items.get(row + 1..)?.iter().position(is_message).map(|after| Some(row + 1 + after))
            }
            "ArrowUp" => view.items.get(..row)?.iter().rposition(is_message).map(Some),
            "Home" => first_message(view).map(Some),
            "End" => view.items.iter().rposition(is_message).map(Some),
            _ => Some(None),
        });
        match next.flatten() {
            Some(Some(next)) => self.list.focus(next),
            None => {}
            Some(None) => return,
        }
        self.read_on();
        event.prevent_default();
    }
}

/// What somebody wants to see.
#[derive(Clone, PartialEq)]
enum Wanted {
    /// This message.
    Message(MessageId),
    /// What was said from this time on.
    From(Timestamp),
    /// The first message that is here.
    Start,
}

/// Where it is.
enum Look {
    /// Nothing is here yet, or it is and has no row yet.
    NotYet,
    /// In this row.
    Here(usize),
    /// Further back than what is here, which begins then.
    Older(Option<Timestamp>),
    /// Not in this thread, or not for me.
    Nowhere,
}

impl Wanted {
    fn look(&self, view: &TimelineView) -> Look {
        let (Some(oldest), Some((oldest_here, begins))) = (oldest(view), &view.oldest) else {
            let all = view.state == TimelineState::Ready && !view.has_older;
            return if all { Look::Nowhere } else { Look::NotYet };
        };
        match self {
            Self::Message(id) => match row_of_message(view, id) {
                Some(row) => Look::Here(row),
                // All from the oldest on are here.
                None if *id > oldest => Look::Nowhere,
                None if id >= oldest_here => {
                    if view.lacks {
                        Look::NotYet
                    } else {
                        Look::Nowhere
                    }
                }
                None if view.has_older => Look::Older(Some(*begins)),
                None => Look::Nowhere,
            },
            Self::From(from) if view.has_older && begins >= from => Look::Older(Some(*begins)),
            Self::From(_) | Self::Start if view.lacks => Look::NotYet,
            Self::From(from) => {
                let row = view.items.iter().position(|item| time_of(item).is_some_and(|at| at >= *from));
                Look::Here(row.unwrap_or_else(|| view.items.len().saturating_sub(1)))
            }
            Self::Start => first_message(view).map_or(Look::Nowhere, Look::Here),
        }
    }
}

fn is_message(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Message(_))
}

fn first_message(view: &TimelineView) -> Option<usize> {
    view.items.iter().position(is_message)
}

/// Does it when what there is now has been painted.
fn after_painting(then: impl FnOnce() + 'static) {
    request_animation_frame(move || set_timeout(then, Duration::ZERO));
}

/// Messages of others that came in after one that was known: not the past that was loaded, but what is new.
fn newcomers<'a>(
    view: &'a TimelineView,
    splices: &'a [Splice],
    oldest_before: Option<&MessageId>,
) -> impl Iterator<Item = &'a MessageRow> {
    let known = oldest_before.and_then(|oldest| row_of_message(view, oldest));
    // What was here is gone: the thread begins anew, and nothing of it is news. But the first message of an empty one is.
    let after = if oldest_before.is_none() { Some(0) } else { known };
    let came = splices.iter().flat_map(|splice| splice.at..splice.at + splice.inserted);
    let new = came.filter(move |row| after.is_some_and(|after| *row >= after));
    new.filter_map(|row| match &view.items.get(row)?.kind {
        // An answer that only begins is said when it is there.
        ItemKind::Message(row) if !row.own && row.id.is_some() => Some(row),
        _ => None,
    })
}

/// "author, text".
fn spoken(row: &MessageRow) -> String {
    [&whose(row), ", ", &said_by(&row.body)].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use acs_chat::RawId;

    use super::*;
    use crate::model::priority::Priority;
    use crate::model::rows::Body;
    use crate::model::rows::{Author, Status};

    fn item(key: &str) -> Item {
        let author = Author { id: RawId::new("a"), name: "Mei".to_owned(), initial: "M".to_owned(), hue: 1 };
        Item {
            key: key.to_owned(),
            kind: ItemKind::Message(MessageRow {
                id: Some(MessageId::new(key)),
                client_id: None,
                author: Arc::new(author),
                own: false,
                first: true,
                sent_at: Timestamp::EPOCH,
                body: Body::Text(key.to_owned()),
                priority: Priority::Normal,
                edited: false,
                status: Status::Accepted,
                seen_by: Vec::new(),
                source: None,
            }),
        }
    }

    fn new(oldest: Option<&str>, now: &[&str], came: &[Splice]) -> Vec<String> {
        let items: Vec<Item> = now.iter().map(|key| item(key)).collect();
        let view = TimelineView { items, ..TimelineView::default() };
        newcomers(&view, came, oldest.map(MessageId::new).as_ref()).map(spoken).collect()
    }

    #[test]
    fn what_is_wanted_is_in_a_row_or_further_up_or_nowhere() {
        let items: Vec<Item> = ["c", "d"].map(item).into();
        let look = |id: &str, lacks, has_older| {
            let oldest = Some((MessageId::new(if lacks { "b" } else { "c" }), Timestamp::EPOCH));
            let view =
                TimelineView { items: items.clone(), lacks, oldest, has_older, ..TimelineView::default() };
            match Wanted::Message(MessageId::new(id)).look(&view) {
                Look::NotYet => "not yet".to_owned(),
                Look::Here(row) => row.to_string(),
                Look::Older(_) => "older".to_owned(),
                Look::Nowhere => "nowhere".to_owned(),
            }
        };
        for (id, lacks, has_older, then) in [
            ("d", true, true, "1"),
            ("cc", true, true, "nowhere"),
            ("e", true, true, "nowhere"),
            ("b", true, false, "not yet"),
            ("a", true, true, "older"),
            ("a", true, false, "nowhere"),
            ("b", false, true, "older"),
            ("b", false, false, "nowhere"),
        ] {
            assert_eq!(look(id, lacks, has_older), then, "{id} {lacks} {has_older}");
        }
        let first = |lacks| {
            let oldest = Some((MessageId::new("b"), Timestamp::EPOCH));
            let has_older = true;
            Wanted::Start.look(&TimelineView {
                items: items.clone(),
                lacks,
                oldest,
                has_older,
                ..TimelineView::default()
            })
        };
        assert!(matches!(first(true), Look::NotYet) && matches!(first(false), Look::Here(0)));
    }

    const fn came(at: usize, inserted: usize) -> Splice {
        Splice { at, removed: 0, inserted }
    }

    #[test]
    fn what_comes_in_is_new_and_the_past_is_not() {
        assert_eq!(new(Some("b"), &["a", "b", "c"], &[came(0, 1), came(2, 1)]), ["Mei, c"]);
        assert_eq!(
            new(Some("b"), &["b", "c", "mine"], &[came(1, 1)]),
            ["Mei, c"],
            "before my own that is still on its way"
        );
        assert_eq!(new(Some("b"), &["b"], &[]), Vec::<String>::new());
        assert_eq!(new(None, &["a"], &[came(0, 1)]), ["Mei, a"], "the first message of an empty thread");
        assert_eq!(new(Some("b"), &["x", "y"], &[came(0, 2)]), Vec::<String>::new(), "it begins anew");
    }
}

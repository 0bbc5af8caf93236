//! The rows of the timeline as the page has them: a few of many, measured, and held where they are.
//!
//! What is arithmetic is in the model ([`Window`]); here rows are built, measured and put into the page, with room in the place of
//! those that are not there. The scroller is reversed (`style/timeline.css`), so the distance from the end is what the browser keeps:
//! earlier messages that come in above move nothing, and at the end everything stays at the end without our doing. Whatever else
//! changes a height is seen before the browser paints, and what is being read is put back to where it was.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use acs_chat::Timestamp;
use leptos::html;
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::prelude::*;

use crate::model::rows::{Item, ItemKind, TimelineView};
use crate::model::timeline::{id_of, time_of};
use crate::model::window::{Place, Splice, Window};
use crate::signal::State;

use super::guess::guess;

/// Rows are drawn so far above and below what is seen, in pixels, where somebody may scroll at any moment.
const AROUND: f64 = 900.0;
/// When less than this is drawn above or below, more is.
const NEAR: f64 = 450.0;
/// Where nobody does, no more than this; nor until something is painted, for what is not seen must not keep one waiting.
const AT_REST: f64 = 100.0;
/// The room behind the last row.
const AFTER: f64 = 16.0;
/// A row that is shown by a key or a link begins so far below the top: what floats there does not cover it.
const BELOW_TOP: f64 = 40.0;

thread_local! {
    /// How much of a list was seen last, and how wide it was; at first as on a small screen.
    static SIZE: Cell<(f64, f64)> = const { Cell::new((600.0, 600.0)) };
}

/// Builds a row.
type Build = Rc<dyn Fn(ArcRwSignal<Item>) -> AnyView>;

#[wasm_bindgen]
extern "C" {
    /// `web-sys` knows whole pixels only.
    type Scroller;
    #[wasm_bindgen(method, getter, js_name = scrollTop)]
    fn scroll_top(this: &Scroller) -> f64;
    #[wasm_bindgen(method, setter, js_name = scrollTop)]
    fn set_scroll_top(this: &Scroller, top: f64);
}

/// A handle on the list.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// What scrolls.
    pub scroller: NodeRef<html::Div>,
    /// What is in it.
    pub column: NodeRef<html::Ol>,
    parts: StoredValue<Rc<RefCell<Parts>>, LocalStorage>,
    /// One reads further up.
    pub away: State<bool>,
    /// A message of the day at the top, unless the day's own line is there.
    pub day: State<Option<Timestamp>>,
    /// The line above what was not read is above what is seen, and was not seen yet.
    pub unread_above: State<bool>,
}

/// A row in the page.
struct Drawn {
    key: String,
    row: usize,
    item: ArcRwSignal<Item>,
    element: web_sys::HtmlElement,
    /// The room above it, for rows that are not drawn.
    gap: f64,
    view: AnyViewState,
    /// Ends what the row follows.
    owner: Owner,
}

/// What is behind the handle.
struct Parts {
    view: TimelineView,
    window: Window,
    drawn: Vec<Drawn>,
    /// The rows that are drawn because they are near what is seen.
    covered: Range<usize>,
    /// Rows that stay in the page wherever one scrolls: the one with the focus. So do those at the ends of a selection.
    kept: Vec<usize>,
    /// The line above what was not read, until it has been seen.
    line: Option<usize>,
    /// The room behind the last row that is drawn.
    below: f64,
    /// How far from the end we know the scroller to be: another distance is the reader's doing.
    distance: f64,
    /// What was drawn is measured once more in the next frame.
    looks_again: bool,
    /// Something has been painted.
    painted: bool,
    /// A pointer or a finger is on the list.
    in_hand: bool,
    /// Where the scroller begins on the screen.
    top: f64,
    width: f64,
    build: Build,
    owner: Owner,
    page: Option<Page>,
}

/// The elements that everything is in.
struct Page {
    scroller: web_sys::HtmlElement,
    column: web_sys::HtmlElement,
    observer: web_sys::ResizeObserver,
    _on_resize: Closure<dyn FnMut()>,
}

impl List {
    /// For one timeline, whose rows are built so.
    #[must_use]
    pub fn new(build: impl Fn(ArcRwSignal<Item>) -> AnyView + 'static) -> Self {
        let parts = Parts {
            view: TimelineView::default(),
            window: Window::default(),
            drawn: Vec::new(),
            covered: 0..0,
            kept: Vec::new(),
            line: None,
            below: 0.0,
            distance: 0.0,
            looks_again: false,
            painted: false,
            in_hand: false,
            top: 0.0,
            width: 0.0,
            build: Rc::new(build),
            owner: Owner::current().unwrap_or_default(),
            page: None,
        };
        let parts = Rc::new(RefCell::new(parts));
        Self {
            scroller: NodeRef::new(),
            column: NodeRef::new(),
            parts: StoredValue::new_local(parts),
            away: State::new(false),
            day: State::new(None),
            unread_above: State::new(false),
        }
    }

    /// Does something with the parts; nothing when the timeline is gone, for frames, timers and observers may come after it, and
    /// nothing while they are being changed, for a row that goes loses the focus and says so.
    fn with<U>(self, what: impl FnOnce(&mut Parts) -> U) -> Option<U> {
        let parts = self.parts.try_get_value()?;
        let mut parts = parts.try_borrow_mut().ok()?;
        Some(what(&mut parts))
    }

    /// Takes hold of the page. Tracked: it is called again when the elements are there.
    pub fn attach(self) -> bool {
        let (Some(scroller), Some(column)) = (self.scroller.get(), self.column.get()) else { return false };
        self.with(|parts| {
            if parts.page.is_some() {
                return true;
            }
            let on_resize = Closure::<dyn FnMut()>::new(move || self.resized());
            let Ok(observer) = web_sys::ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else {
                return false;
            };
            observer.observe(&scroller);
            let (scroller, column) = (scroller.unchecked_into(), column.unchecked_into());
            parts.page = Some(Page { scroller, column, observer, _on_resize: on_resize });
            // As large as the last one: to look would have the page laid out before there is a row in it.
            let (seen, width) = SIZE.get();
            parts.window.resize(seen, AFTER);
            parts.width = width;
            true
        })
        .unwrap_or_default()
    }

    /// Brings the items up to date and tells which rows came and went. What is seen of it is drawn by [`Self::draw`].
    pub fn refresh(self, update: impl FnOnce(&mut TimelineView) -> Vec<Splice>) -> Vec<Splice> {
        let refreshed = self.with(|parts| {
            let splices = update(&mut parts.view);
            for splice in &splices {
                parts.splice(*splice);
            }
            splices
        });
        refreshed.unwrap_or_default()
    }

    /// Reads the conversation; nothing when the timeline is gone.
    pub fn read<U>(self, read: impl FnOnce(&TimelineView) -> U) -> Option<U> {
        self.with(|parts| read(&parts.view))
    }

    /// Draws what is seen, after the items changed.
    pub fn draw(self) {
        let first = self.with(|parts| {
            parts.draw(true);
            !std::mem::replace(&mut parts.looks_again, true)
        });
        self.tell();
        if first != Some(true) {
            return;
        }
        // Whatever has another height for this moment only, no observer tells of when it is over. Once a frame, however much came.
        request_animation_frame(move || {
            let first = self.with(|parts| {
                parts.looks_again = false;
                parts.measure();
                parts.settle();
                let first = !parts.painted && !parts.drawn.is_empty();
                parts.painted |= first;
                first
            });
            if first == Some(true) {
                // After this frame, which is the first with rows.
                let rest = move || {
                    self.with(|parts| parts.draw(false));
                };
                set_timeout(rest, Duration::ZERO);
            }
        });
    }

    /// A pointer or a finger came, or went: there may be scrolling before we hear of it.
    pub fn take_in_hand(self, in_hand: bool) {
        self.with(|parts| {
            parts.in_hand = in_hand;
            parts.draw(false);
        });
    }

    /// To call after every scrolling.
    pub fn scrolled(self) {
        self.with(Parts::scrolled);
        self.tell();
    }

    /// Heights changed: called before the browser paints, and so draws nothing new itself.
    fn resized(self) {
        let more = self.with(|parts| {
            parts.measure();
            parts.settle();
            !parts.covers_what_is_near()
        });
        self.tell();
        if more == Some(true) {
            request_animation_frame(move || {
                self.with(|parts| parts.draw(false));
                self.tell();
            });
        }
    }

    /// Tells what the screen says about the place.
    fn tell(self) {
        let told = self.with(|parts| (!parts.window.follows(), parts.day_at_top(), parts.unread_above()));
        let Some((away, day, unread_above)) = told else { return };
        if self.away.try_get_untracked().is_some_and(|before| before != away) {
            self.away.set(away);
        }
        if self.day.try_get_untracked().is_some_and(|before| before != day) {
            self.day.set(day);
        }
        if self.unread_above.try_get_untracked().is_some_and(|before| before != unread_above) {
            self.unread_above.set(unread_above);
        }
    }

    /// Goes to a place.
    pub fn go(self, place: Place) {
        self.with(|parts| {
            parts.window.go(place);
            parts.draw(true);
        });
        self.tell();
    }

    /// Goes to a row: to the middle, or (`at_top`) with what comes after it.
    pub fn show(self, row: usize, at_top: bool) {
        // Twice: the first time its height is a guess.
        for _ in 0..2 {
            let place = self.with(|parts| {
                let height = parts.window.heights().get(row);
                let top =
                    if at_top { BELOW_TOP } else { ((parts.window.seen() - height) / 2.0).max(BELOW_TOP) };
                Place::Row { row, top }
            });
            if let Some(place) = place {
                self.go(place);
            }
        }
    }

    /// When the timeline goes, its rows do, and this hears where one was, to come back to: the key of the row at the top and how far
    /// below the top it begins; none at the end.
    pub fn when_it_ends(self, hear: impl Fn(Option<(String, f64)>) + 'static) {
        let kept = StoredValue::new_local((self.parts.get_value(), hear));
        on_cleanup(move || {
            kept.with_value(|(parts, hear)| {
                let mut parts = parts.borrow_mut();
                hear(parts.key_of_place());
                parts.end();
            });
        });
    }

    /// The line above what was not read.
    #[must_use]
    pub fn unread_line(self) -> Option<usize> {
        self.with(|parts| parts.line).flatten()
    }

    /// A row is above what is seen.
    #[must_use]
    pub fn is_above(self, row: usize) -> bool {
        self.with(|parts| parts.window.heights().above(row) < parts.window.top()) == Some(true)
    }

    /// Gives a row the focus, and shows it if it is not seen.
    pub fn focus(self, row: usize) {
        let place = self.with(|parts| {
            parts.kept = vec![row];
            parts.place_to_see(row)
        });
        match place {
            None => return,
            Some(Some(place)) => self.go(place),
            Some(None) => self.draw(),
        }
        if let Some(element) = self.element(row) {
            self.set_tab_stop(&element);
            let quietly = web_sys::FocusOptions::new();
            quietly.set_prevent_scroll(true);
            let _ = element.focus_with_options(&quietly);
        }
    }

    /// The row that an element is in.
    #[must_use]
    pub fn row_of(self, element: &web_sys::Node) -> Option<usize> {
        self.with(|parts| {
            parts.drawn.iter().find(|drawn| drawn.element.contains(Some(element))).map(|drawn| drawn.row)
        })
        .flatten()
    }

    fn element(self, row: usize) -> Option<web_sys::HtmlElement> {
        self.with(|parts| {
            parts.drawn.iter().find(|drawn| drawn.row == row).map(|drawn| drawn.element.clone())
        })
        .flatten()
    }

    /// These rows stay in the page until others do.
    pub fn keep(self, rows: Vec<usize>) {
        self.with(|parts| parts.kept = rows);
    }

    /// Of the drawn messages one is a Tab stop: this one.
    fn set_tab_stop(self, to: &web_sys::Element) {
        self.with(|parts| parts.set_tab_stop(to));
    }

    /// Makes the newest message that is seen the Tab stop, unless there is one.
    pub fn ensure_tab_stop(self) {
        self.with(|parts| {
            let kept = |drawn: &&Drawn| drawn.element.get_attribute("tabindex").as_deref() == Some("0");
            let stop = parts.drawn.iter().find(kept).map(|drawn| drawn.row);
            let focused = stop.is_some_and(|row| parts.kept.contains(&row));
            if focused {
                return;
            }
            let bottom = parts.window.top() + parts.window.seen();
            let last = parts.window.heights().at((bottom - 1.0).max(0.0));
            let message = |drawn: &&Drawn| drawn.row <= last && drawn.element.has_attribute("tabindex");
            if let Some(newest) = parts.drawn.iter().rev().find(message).map(|drawn| drawn.element.clone()) {
                parts.set_tab_stop(&newest);
            }
        });
    }

    /// The last row whose end can be seen, and everything before it.
    #[must_use]
    pub fn last_seen(self) -> Option<usize> {
        self.with(|parts| {
            let heights = parts.window.heights();
            let bottom = parts.window.top() + parts.window.seen();
            let last = heights.at(bottom.max(0.0));
            let whole = heights.above(last) + heights.get(last) <= bottom + 4.0;
            if whole { Some(last) } else { last.checked_sub(1) }
        })
        .flatten()
        .filter(|_| self.read(|view| !view.items.is_empty()) == Some(true))
    }

    /// So much of the past is above what is seen, in pixels.
    #[must_use]
    pub fn above(self) -> f64 {
        self.with(|parts| parts.window.top()).unwrap_or(f64::INFINITY)
    }
}

impl Parts {
    fn splice(&mut self, splice: Splice) {
        let came = self.view.items.get(splice.at..).unwrap_or_default();
        let width = self.width;
        let mut guesses: Vec<f64> =
            came.iter().take(splice.inserted).map(|item| guess(item, width)).collect();
        guesses.resize(splice.inserted, 60.0);
        self.window.splice(splice, guesses);
        self.line = self.line.and_then(|line| splice.moved(line));
        let is_line = |item: &Item| matches!(item.kind, ItemKind::Unread { .. });
        if let Some(after) = came.iter().take(splice.inserted).position(is_line) {
            self.line = Some(splice.at + after);
        }
        for drawn in &mut self.drawn {
            drawn.row = splice.moved(drawn.row).unwrap_or(usize::MAX);
        }
        self.kept.retain_mut(|row| splice.moved(*row).inspect(|moved| *row = *moved).is_some());
    }

    /// Whoever reads further up is on the way, and where a pointer is, a wheel may turn.
    fn may_scroll(&self) -> bool {
        self.painted && (self.in_hand || !self.window.follows())
    }

    fn covers_what_is_near(&self) -> bool {
        let near = self.window.rows(if self.may_scroll() { NEAR } else { 0.0 });
        self.covered.start <= near.start && near.end <= self.covered.end
    }

    /// Puts the rows near what is seen into the page, and measures them; their heights may show that others are near.
    fn draw(&mut self, mut anew: bool) {
        // The second time heights are true, and rows are the more the further they were guessed wrong.
        for _ in 0..6 {
            if self.page.is_none() || (!anew && self.covers_what_is_near()) {
                break;
            }
            anew = false;
            self.covered = self.window.rows(if self.may_scroll() { AROUND } else { AT_REST });
            self.put_rows();
            // Before anything is measured: then the browser lays the page out once, and not once more when it is settled.
            self.make_room();
            self.measure();
        }
        self.settle();
    }

    fn put_rows(&mut self) {
        let Some(page) = &self.page else { return };
        let covered = self.covered.clone();
        let mut targets: Vec<usize> = self.kept.clone();
        targets.extend(self.selected());
        targets.extend(covered);
        targets.sort_unstable();
        targets.dedup();
        let mut before: Vec<Option<Drawn>> = std::mem::take(&mut self.drawn).into_iter().map(Some).collect();
        let mut expected = 0;
        for row in targets {
            let Some(item) = self.view.items.get(row) else { continue };
            let fits = |at: usize| {
                before.get(at).is_some_and(|drawn| drawn.as_ref().is_some_and(|drawn| drawn.key == item.key))
            };
            let known = if fits(expected) { Some(expected) } else { (0..before.len()).find(|at| fits(*at)) };
            if let Some(mut drawn) = known.and_then(|at| {
                expected = at + 1;
                before[at].take()
            }) {
                drawn.row = row;
                if drawn.item.with_untracked(|shown| shown != item) {
                    drawn.item.set(item.clone());
                }
                self.drawn.push(drawn);
                continue;
            }
            let (owner, signal) = (self.owner.child(), ArcRwSignal::new(item.clone()));
            let view = owner.with(|| (self.build)(signal.clone()).build());
            let Some(element) = view.elements().into_iter().next() else { continue };
            self.drawn.push(Drawn {
                key: item.key.clone(),
                row,
                item: signal,
                element: element.unchecked_into(),
                gap: 0.0,
                view,
                owner,
            });
        }
        for gone in before.into_iter().flatten() {
            page.observer.unobserve(&gone.element);
            gone.end();
        }
        // From the last to the first, so that each knows what comes after it.
        let mut next: Option<web_sys::Element> = None;
        for drawn in self.drawn.iter_mut().rev() {
            let connected = drawn.element.is_connected();
            let follows = drawn.element.next_element_sibling();
            if !connected || follows != next {
                drawn.view.mount(&page.column, next.as_deref());
            }
            if !connected {
                page.observer.observe(&drawn.element);
            }
            next = Some(drawn.element.clone().unchecked_into());
        }
    }

    /// The rows in which a selection begins and ends.
    fn selected(&self) -> Vec<usize> {
        let selection = leptos::prelude::window().get_selection().ok().flatten();
        let Some(selection) = selection.filter(|selection| !selection.is_collapsed()) else {
            return Vec::new();
        };
        let row = |node: Option<web_sys::Node>| {
            let holds = |drawn: &&Drawn| drawn.element.contains(node.as_ref());
            node.as_ref().and_then(|_| self.drawn.iter().find(holds)).map(|drawn| drawn.row)
        };
        let ends = [row(selection.anchor_node()), row(selection.focus_node())];
        ends.into_iter().flatten().collect()
    }

    /// Looks how large everything is.
    fn measure(&mut self) {
        let Some(page) = &self.page else { return };
        self.window.resize(f64::from(page.scroller.client_height()), AFTER);
        let top = page.scroller.get_bounding_client_rect().top();
        self.window.shift(top - self.top);
        self.top = top;
        self.width = f64::from(page.column.client_width());
        if self.window.seen() > 0.0 {
            SIZE.set((self.window.seen(), self.width));
        }
        for drawn in &self.drawn {
            // 0 high: not laid out, as behind the list on a phone.
            let height = drawn.element.get_bounding_client_rect().height();
            if height > 0.0 {
                self.window.measured(drawn.row, height);
            }
        }
    }

    /// Gives what is not drawn its room. It does not depend on how high the drawn rows are.
    fn make_room(&mut self) {
        let Some(page) = &self.page else { return };
        let mut behind = 0;
        for drawn in &mut self.drawn {
            let gap = self.window.room(behind..drawn.row.max(behind));
            behind = drawn.row + 1;
            if (gap - drawn.gap).abs() > 0.01 {
                drawn.gap = gap;
                set_pixels(&drawn.element, "margin-top", gap);
            }
        }
        let below = self.window.room(behind..self.window.heights().count().max(behind)) + AFTER;
        if (below - self.below).abs() > 0.01 {
            self.below = below;
            set_pixels(&page.column, "padding-bottom", below);
        }
    }

    /// Puts what is being read where it was.
    fn settle(&mut self) {
        self.make_room();
        let Some(page) = &self.page else { return };
        let scroller = page.scroller.unchecked_ref::<Scroller>();
        let wanted = self.window.distance();
        // Browsers scroll by whole pixels of the screen.
        if (wanted + scroller.scroll_top()).abs() > 0.5 {
            scroller.set_scroll_top(-wanted);
        }
        self.distance = -scroller.scroll_top();
        if (wanted - self.distance).abs() > 1.0 {
            // There is not so much to scroll.
            self.window.scrolled_to(self.distance);
        }
    }

    fn scrolled(&mut self) {
        let Some(page) = &self.page else { return };
        let distance = -page.scroller.unchecked_ref::<Scroller>().scroll_top();
        // Our own doing, as the browser rounded it.
        if (distance - self.distance).abs() <= 1.0 {
            return;
        }
        self.distance = distance;
        self.measure();
        self.window.scrolled_to(distance);
        if self.covers_what_is_near() {
            self.settle();
        } else {
            self.draw(false);
            // Now that heights are true, another row may be the first.
            self.window.scrolled_to(self.distance);
        }
    }

    /// Where to go so that all of a row is seen; none when it is.
    fn place_to_see(&self, row: usize) -> Option<Place> {
        let heights = self.window.heights();
        let (top, height) = (heights.above(row) - self.window.top(), heights.get(row));
        let lowest = self.window.seen() - height;
        if row + 1 == heights.count() && top > lowest {
            Some(Place::End)
        } else if top < BELOW_TOP {
            Some(Place::Row { row, top: BELOW_TOP })
        } else if top > lowest {
            Some(Place::Row { row, top: lowest.max(BELOW_TOP) })
        } else {
            None
        }
    }

    /// Once it has been seen there is no way to it needed.
    fn unread_above(&mut self) -> bool {
        let Some(line) = self.line else { return false };
        let (top, at) = (self.window.top(), self.window.heights().above(line));
        if at >= top && at < top + self.window.seen() {
            self.line = None;
        }
        self.line.is_some() && at < top
    }

    fn key_of_place(&self) -> Option<(String, f64)> {
        match self.window.place() {
            Place::End => None,
            Place::Row { row, top } => Some((self.view.items.get(row)?.key.clone(), top)),
        }
    }

    fn day_at_top(&self) -> Option<Timestamp> {
        if self.window.follows() {
            return None;
        }
        let top = self.window.heights().at(self.window.top().max(0.0));
        let item = self.view.items.get(top)?;
        if matches!(item.kind, ItemKind::Day(_)) { None } else { time_of(item) }
    }

    fn set_tab_stop(&self, to: &web_sys::Element) {
        for drawn in &self.drawn {
            if drawn.element.get_attribute("tabindex").as_deref() == Some("0") {
                let _ = drawn.element.set_attribute("tabindex", "-1");
            }
        }
        let _ = to.set_attribute("tabindex", "0");
    }

    fn end(&mut self) {
        if let Some(page) = self.page.take() {
            page.observer.disconnect();
        }
        self.drawn.clear();
    }
}

impl Drawn {
    fn end(mut self) {
        self.view.unmount();
        drop(self.view);
        self.owner.cleanup();
    }
}

fn set_pixels(element: &web_sys::HtmlElement, property: &str, pixels: f64) {
    let _ = element.style().set_property(property, &[&pixels.to_string(), "px"].concat());
}

/// Where the item of a message is.
#[must_use]
pub fn row_of_message(view: &TimelineView, id: &acs_chat::MessageId) -> Option<usize> {
    crate::model::timeline::place_of(&view.items, id)
}

/// The oldest message that is shown.
#[must_use]
pub fn oldest(view: &TimelineView) -> Option<acs_chat::MessageId> {
    view.items.iter().find_map(id_of)
}

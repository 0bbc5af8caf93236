//! The scroller of the timeline: it opens at the end, follows at the end only, and otherwise keeps what is being read where it is.
//!
//! The scroller is reversed (`style/timeline.css`), so the distance from the end is what the browser keeps: earlier messages that
//! come in above move nothing. What grows below would; so the topmost visible row is remembered, and whenever the column
//! changes its size the row is put back to where it was, before the browser paints.

use leptos::html;
use leptos::prelude::*;

use crate::components::effect;
use crate::signal::State;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// So near the end counts as at the end; a fraction of a pixel is left over when the page is zoomed.
const AT_END: f64 = 4.0;
/// Earlier messages are asked for before one gets to the start.
const NEAR_START: f64 = 800.0;

/// The row that is kept in place, and how far below the scroller's top it is.
type Held = Option<(web_sys::Element, f64)>;

/// A handle on the scroller.
#[derive(Clone, Copy, Debug)]
pub struct Scroll {
    /// What scrolls.
    pub scroller: NodeRef<html::Div>,
    /// What is in it.
    pub column: NodeRef<html::Ol>,
    held: StoredValue<Held, LocalStorage>,
    /// One reads further up.
    pub away: State<bool>,
}

impl Scroll {
    /// For one timeline.
    #[must_use]
    pub fn new() -> Self {
        Self {
            scroller: NodeRef::new(),
            column: NodeRef::new(),
            held: StoredValue::new_local(None),
            away: State::new(false),
        }
    }

    /// What scrolls; none when the timeline is gone: frames, timers and observers may come after it.
    #[must_use]
    pub fn scroller(self) -> Option<web_sys::HtmlDivElement> {
        self.scroller.try_get_untracked().flatten()
    }

    /// What is in it; none when the timeline is gone.
    #[must_use]
    pub fn column(self) -> Option<web_sys::HtmlOListElement> {
        self.column.try_get_untracked().flatten()
    }

    /// Keeps the place whenever the column or the window changes its size.
    pub fn watch(self) {
        effect(move || {
            let (Some(scroller), Some(column)) = (self.scroller.get(), self.column.get()) else { return };
            let hold = Closure::<dyn FnMut()>::new(move || self.hold());
            let Ok(observer) = web_sys::ResizeObserver::new(hold.as_ref().unchecked_ref()) else { return };
            observer.observe(&column);
            observer.observe(&scroller);
            let kept = StoredValue::new_local((observer, hold));
            on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
        });
    }

    /// To call after every scrolling: remembers the row at the top.
    pub fn remember(self) {
        let Some(scroller) = self.scroller() else { return };
        let away = self.to_go() > AT_END;
        if self.away.try_get_untracked().is_some_and(|before| before != away) {
            self.away.set(away);
        }
        let top = scroller.get_bounding_client_rect().top();
        let row = self.first_row(|row| row.get_bounding_client_rect().bottom() > top);
        let _ = self.held.try_set_value(away.then_some(()).and(row).map(|row| {
            let at = row.get_bounding_client_rect().top() - top;
            (row, at)
        }));
    }

    /// Puts the remembered row back to where it was.
    pub fn hold(self) {
        let Some(scroller) = self.scroller() else { return };
        let _ = self.held.try_with_value(|held| {
            if let Some((row, at)) = held
                && row.is_connected()
            {
                let moved =
                    row.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top() - at;
                if moved.abs() >= 0.5 {
                    scroller.scroll_by_with_x_and_y(0.0, moved);
                }
            }
        });
    }

    /// Goes to the end.
    pub fn to_end(self) {
        let _ = self.held.try_set_value(None);
        if let Some(scroller) = self.scroller() {
            scroller.set_scroll_top(0);
        }
        self.remember();
    }

    /// Shows a row: in the middle, or (`at_top`) with what comes after it.
    pub fn show(self, row: &web_sys::Element, at_top: bool) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(if at_top {
            web_sys::ScrollLogicalPosition::Start
        } else {
            web_sys::ScrollLogicalPosition::Center
        });
        row.scroll_into_view_with_scroll_into_view_options(&options);
        self.remember();
    }

    /// The start is near: earlier messages are wanted.
    #[must_use]
    pub fn near_start(self) -> bool {
        self.scroller().is_some_and(|scroller| {
            let above = f64::from(scroller.scroll_height() - scroller.client_height()) - self.to_go();
            above < NEAR_START
        })
    }

    /// How far the end is below what is shown.
    fn to_go(self) -> f64 {
        self.scroller().map(|scroller| -f64::from(scroller.scroll_top())).unwrap_or_default()
    }

    /// The last row whose end can be seen.
    #[must_use]
    pub fn last_seen_row(self) -> Option<web_sys::Element> {
        let bottom = self.scroller()?.get_bounding_client_rect().bottom() + AT_END;
        match self.first_row(|row| row.get_bounding_client_rect().bottom() > bottom) {
            Some(below) => below.previous_element_sibling(),
            None => self.column()?.last_element_child(),
        }
    }

    /// The first row of which something holds that holds of all after it too.
    fn first_row(self, holds: impl Fn(&web_sys::Element) -> bool) -> Option<web_sys::Element> {
        let rows = self.column()?.children();
        let (mut from, mut to) = (0, rows.length());
        while from < to {
            let middle = from + (to - from) / 2;
            if rows.item(middle).is_some_and(|row| holds(&row)) { to = middle } else { from = middle + 1 }
        }
        rows.item(from)
    }
}

impl Default for Scroll {
    fn default() -> Self {
        Self::new()
    }
}

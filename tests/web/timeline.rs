//! The promise of the timeline, in a browser: what is being read does not move, whatever changes around it; and at the end it stays at
//! the end. The rows are the real ones in the real style; what happens to them is drawn by lot, from a seed.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use acs_chat::{MessageId, ThreadId, Timestamp};
use leptos::prelude::*;
use natter::model::priority::Priority;
use natter::model::rows::{Body, Item, ItemKind, MessageRow, Status, TimelineView};
use natter::model::window::Splice;
use natter::signal::State;
use natter::views::conversation::composer::Writing;
use natter::views::conversation::list::List;
use natter::views::conversation::message_row::RowContext;
use natter::views::conversation::timeline::item_view;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Corner, author, mount};

const STYLES: [&str; 7] = [
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../style/layout.css"),
    include_str!("../../style/button.css"),
    include_str!("../../style/avatar.css"),
    include_str!("../../style/timeline.css"),
    include_str!("../../style/message-row.css"),
];

/// Small and seeded: xorshift.
struct Chance(u32);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % most
    }

    fn words(&mut self) -> String {
        let count = [1, 3, 8, 20, 70][self.below(5)];
        (0..count)
            .map(|_| ["map", "stops", "Friday", "海心沙公园", "please"][self.below(5)])
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// A list in a corner of the page, without a service behind it.
struct Stage {
    corner: Corner,
    style: web_sys::Element,
    list: List,
    chance: Chance,
    /// Messages are numbered from the middle, so that there is room before and after.
    oldest: u32,
    newest: u32,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.style.remove();
        set(&document().document_element().unwrap().unchecked_into(), "font-size", "");
    }
}

fn set(element: &web_sys::HtmlElement, property: &str, value: &str) {
    element.style().set_property(property, value).unwrap();
}

fn pixels(number: usize) -> String {
    format!("{number}px")
}

/// Until the next frame has been painted.
async fn frame() {
    let painted = js_sys::Promise::new(&mut |done, _| {
        request_animation_frame(move || {
            window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, 0).unwrap();
        });
    });
    JsFuture::from(painted).await.unwrap();
}

impl Stage {
    async fn set(seed: u32, width: usize) -> Self {
        let style = document().create_element("style").unwrap();
        style.set_text_content(Some(&STYLES.concat()));
        document().head().unwrap().append_child(&style).unwrap();
        let made = Rc::new(Cell::new(None));
        let list = Rc::clone(&made);
        let corner = mount(move || {
            let thread = ThreadId::new("19:a@thread.v2");
            let rows = RowContext {
                thread: StoredValue::new(thread.clone()),
                writing: Writing::new(thread),
                found: State::new(None),
                menu: State::new(None),
            };
            let list = List::new(move |item| item_view(item, rows));
            made.set(Some(list));
            view! {
                <div class="layout__conversation stage">
                    <div class="banner"></div>
                    <div class="timeline">
                        <div class="timeline__scroller" node_ref=list.scroller on:scroll=move |_| list.scrolled()>
                            <ol class="timeline__column" node_ref=list.column></ol>
                        </div>
                    </div>
                </div>
            }
        });
        let list = list.take().unwrap();
        let (oldest, newest) = (50_000, 49_999);
        let mut stage = Self { corner, style, list, chance: Chance(seed), oldest, newest };
        set(&stage.corner.get(".stage"), "position", "fixed");
        set(&stage.corner.get(".stage"), "inset", "0 auto auto 0");
        set(&stage.corner.get(".banner"), "flex", "none");
        stage.width(width);
        stage.height(600);
        frame().await;
        assert!(list.attach());
        stage.change(|stage, view| stage.arrive(view, 400));
        frame().await;
        stage
    }

    fn width(&self, width: usize) {
        set(&self.corner.get(".stage"), "width", &pixels(width));
    }

    fn height(&self, height: usize) {
        set(&self.corner.get(".stage"), "height", &pixels(height));
    }

    fn message(&mut self, number: u32) -> Item {
        let own = self.chance.below(3) == 0;
        let row = MessageRow {
            id: Some(MessageId::new(number.to_string())),
            client_id: None,
            author: Arc::new(author(if own { "Mei" } else { "Tomás" })),
            own,
            first: self.chance.below(2) == 0,
            sent_at: Timestamp::from_ms(i64::from(number) * 1_000),
            body: Body::Text(self.chance.words()),
            edited: false,
            status: Status::Accepted,
            priority: Priority::Normal,
            seen_by: Vec::new(),
            source: None,
        };
        Item { key: number.to_string(), kind: ItemKind::Message(row) }
    }

    fn arrive(&mut self, view: &mut TimelineView, count: usize) -> Vec<Splice> {
        let at = view.items.len();
        for _ in 0..count {
            self.newest += 1;
            let item = self.message(self.newest);
            view.items.push(item);
        }
        vec![Splice { at, removed: 0, inserted: count }]
    }

    /// Changes the items as the model would.
    fn change(&mut self, change: impl FnOnce(&mut Self, &mut TimelineView) -> Vec<Splice>) {
        let list = self.list;
        list.refresh(|view| change(self, view));
        list.draw();
    }

    /// One of ten kinds. `kept` is the row that must be there afterwards to be looked at.
    fn happen(&mut self, kept: Option<&str>) {
        match self.chance.below(10) {
            // Earlier messages come in.
            0 => self.change(|stage, view| {
                let count = stage.chance.below(25) + 1;
                stage.oldest -= u32::try_from(count).unwrap();
                let from = stage.oldest;
                let page: Vec<Item> =
                    (0..count).map(|after| stage.message(from + u32::try_from(after).unwrap())).collect();
                view.items.splice(0..0, page);
                vec![Splice { at: 0, removed: 0, inserted: count }]
            }),
            1 => self.change(|stage, view| stage.arrive(view, 1)),
            // An edit, a deletion, and a mark of who has read it: anywhere, and mostly near.
            kind @ 2..=4 => self.change(|stage, view| {
                let words = stage.chance.words();
                let at = stage.some_row(view);
                let ItemKind::Message(row) = &mut view.items[at].kind else { return Vec::new() };
                match kind {
                    2 => (row.body, row.edited) = (Body::Text(words), true),
                    3 => row.body = Body::Deleted,
                    _ => row.seen_by = if row.seen_by.is_empty() { vec![author("Aiko")] } else { Vec::new() },
                }
                Vec::new()
            }),
            // A row goes, or a line comes.
            5 => self.change(|stage, view| {
                let at = stage.some_row(view);
                if Some(view.items[at].key.as_str()) == kept || view.items.len() < 200 {
                    return Vec::new();
                }
                view.items.remove(at);
                vec![Splice { at, removed: 1, inserted: 0 }]
            }),
            // A picture has loaded.
            6 => {
                let height = self.chance.below(300) + 10;
                let rows = self.corner.root.query_selector_all(".message-row__body").unwrap();
                let body = rows.item(self.chance.below(rows.length() as usize) as u32).unwrap();
                let picture: web_sys::HtmlElement = document().create_element("i").unwrap().unchecked_into();
                set(&picture, "display", "block");
                set(&picture, "height", &pixels(height));
                body.append_child(&picture).unwrap();
            }
            // A banner above.
            7 => set(&self.corner.get(".banner"), "height", &pixels(self.chance.below(2) * 44)),
            // Another size of letters.
            8 => {
                let root: web_sys::HtmlElement = document().document_element().unwrap().unchecked_into();
                set(&root, "font-size", &pixels(self.chance.below(6) + 14));
            }
            // The phone's keyboard, a growing composer.
            _ => {
                let height = self.chance.below(300) + 400;
                self.height(height);
            }
        }
    }

    /// A row near what is seen, or anywhere.
    fn some_row(&mut self, view: &TimelineView) -> usize {
        let count = view.items.len();
        if self.chance.below(3) == 0 {
            return self.chance.below(count);
        }
        let rows = self.corner.root.query_selector_all(".message-row").unwrap();
        let row: web_sys::Element =
            rows.item(self.chance.below(rows.length() as usize) as u32).unwrap().unchecked_into();
        let id = row.get_attribute("data-id").unwrap();
        view.items.iter().position(|item| item.key == id).unwrap_or(count / 2)
    }

    /// The first row that begins in what is seen: whose it is, and where.
    fn read(&self) -> (String, f64) {
        let top = self.corner.get(".timeline__scroller").get_bounding_client_rect().top();
        let rows = self.corner.root.query_selector_all(".message-row").unwrap();
        let rows = (0..rows.length()).map(|at| rows.item(at).unwrap().unchecked_into::<web_sys::Element>());
        let rows: Vec<web_sys::Element> = rows.collect();
        let begins = |row: &web_sys::Element| row.get_bounding_client_rect().top() >= top - 0.5;
        let first = rows.iter().position(begins).unwrap();
        // One row may fill all that is seen.
        let bottom = self.corner.get(".timeline__scroller").get_bounding_client_rect().bottom();
        let below = rows[first].get_bounding_client_rect().top() >= bottom;
        let row = &rows[first - usize::from(below)];
        (row.get_attribute("data-id").unwrap(), row.get_bounding_client_rect().top())
    }

    fn top_of(&self, id: &str) -> Option<f64> {
        let row = self.corner.find(&format!("[data-id='{id}']"))?;
        Some(row.get_bounding_client_rect().top())
    }

    fn rows_in_page(&self) -> u32 {
        self.corner.root.query_selector_all(".timeline__column > li").unwrap().length()
    }
}

/// Reads somewhere in the middle, and looks whether it moves.
async fn what_is_read_does_not_move(seed: u32, width: usize) {
    let mut stage = Stage::set(seed, width).await;
    let (mut changes, mut worst) = (0, 0.0_f64);
    while changes < 1_000 {
        // Somewhere else, now and then.
        let scroller = stage.corner.get(".timeline__scroller");
        let up = i32::try_from(stage.chance.below(9_000) + 3_000).unwrap();
        scroller.set_scroll_top(-up);
        frame().await;
        frame().await;
        let (id, before) = stage.read();
        for _ in 0..12 {
            let batch = stage.chance.below(4) + 1;
            for _ in 0..batch {
                stage.happen(Some(&id));
            }
            changes += batch;
            frame().await;
            let now = stage.top_of(&id).unwrap_or_else(|| panic!("row {id} is not in the page any more"));
            worst = worst.max((now - before).abs());
            assert!(
                (now - before).abs() <= 1.0,
                "after {changes} changes of seed {seed}, {width} px wide: {before} is {now}"
            );
            assert!(stage.rows_in_page() <= 300, "{} rows in the page", stage.rows_in_page());
        }
        // The width changes as well; a row that is broken into other lines begins where it began.
        let narrower = stage.chance.below(40);
        stage.width(width - narrower);
        frame().await;
        let now = stage.top_of(&id).unwrap();
        assert!((now - before).abs() <= 1.0, "another width, seed {seed}: {before} is {now}");
        changes += 1;
    }
}

#[wasm_bindgen_test]
async fn what_is_read_does_not_move_on_a_wide_screen() {
    what_is_read_does_not_move(1, 1100).await;
}

#[wasm_bindgen_test]
async fn what_is_read_does_not_move_on_a_tablet() {
    what_is_read_does_not_move(2, 620).await;
}

#[wasm_bindgen_test]
async fn what_is_read_does_not_move_on_a_phone() {
    what_is_read_does_not_move(3, 360).await;
}

#[wasm_bindgen_test]
async fn at_the_end_it_stays_at_the_end() {
    let mut stage = Stage::set(4, 620).await;
    for round in 0..250 {
        for _ in 0..stage.chance.below(4) + 1 {
            stage.happen(None);
        }
        if round % 20 == 0 {
            let narrower = stage.chance.below(260);
            stage.width(620 - narrower);
        }
        frame().await;
        let scroller = stage.corner.get(".timeline__scroller");
        let last = stage.corner.get(".timeline__column > li:last-child").get_bounding_client_rect().bottom();
        let end = scroller.get_bounding_client_rect().bottom();
        assert!(
            (end - last - 16.0).abs() <= 1.0,
            "round {round}: the last row ends at {last}, what is seen at {end}"
        );
        assert_eq!(scroller.scroll_top(), 0, "round {round}");
    }
}

#[wasm_bindgen_test]
async fn of_a_hundred_thousand_messages_few_are_in_the_page() {
    let mut stage = Stage::set(5, 800).await;
    stage.change(|stage, view| stage.arrive(view, 100_000));
    frame().await;
    assert!(stage.rows_in_page() <= 300, "{} rows in the page", stage.rows_in_page());
    let scroller = stage.corner.get(".timeline__scroller");
    for part in 1..20 {
        scroller.set_scroll_top(-part * scroller.scroll_height() / 20);
        frame().await;
        frame().await;
        assert!(stage.rows_in_page() <= 300, "{} rows in the page", stage.rows_in_page());
        let (_, top) = stage.read();
        let at = top - scroller.get_bounding_client_rect().top();
        assert!(at < 600.0, "nothing to read at {part} of 20");
    }
}

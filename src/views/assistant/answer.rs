//! The text of an answer, drawn as it comes: at most once a frame, and of that only what is not drawn yet.
//!
//! Closed blocks are drawn once. Of code that comes only what is new is added, a few dozen lines in an element of their own, so
//! that the browser lays out no more than these anew however long it gets.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use assistant::Reason;
use leptos::html;
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::JsCast;

use crate::components::{IconButton, effect};
use crate::i18n::words;
use crate::model::assistant::Stage;
use crate::store::{ClientMessageId, Store};
use crate::text::answer::{Block, Closed, blocks, open_blocks};
use crate::text::render;
use crate::views::screen::Screen;

/// Lines of code in one element.
const LINES: usize = 40;
/// Drawing that takes longer than this leaves the page time for other things. Milliseconds.
const LONG_MS: f64 = 8.0;

/// The text of the answer to a question.
#[component]
pub fn AnswerText(
    asked: ClientMessageId,
    /// Code has a head, with a button that copies it.
    heads: bool,
) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let owner = Owner::current().unwrap_or_default();
    let drawing =
        Drawing { asked, heads, closed: Closed::default(), drawn: None, shown: Vec::new(), owner, screen };
    let drawer = Drawer {
        store,
        node: NodeRef::new(),
        drawing: StoredValue::new_local(Rc::new(RefCell::new(drawing))),
        busy: StoredValue::new(false),
        more: StoredValue::new(false),
    };
    effect(move || {
        store.with_assistant(|_| ());
        if drawer.node.get().is_some() {
            drawer.changed();
        }
    });
    on_cleanup(move || drawer.drawing.with_value(|drawing| drawing.borrow_mut().shown.clear()));
    view! { <div class="assistant__text" dir="auto" node_ref=drawer.node></div> }
}

/// Draws when there is something to draw and the page has time.
#[derive(Clone, Copy)]
struct Drawer {
    store: Store,
    node: NodeRef<html::Div>,
    drawing: StoredValue<Rc<RefCell<Drawing>>, LocalStorage>,
    /// It draws with the next frame, or rests.
    busy: StoredValue<bool>,
    /// Something changed meanwhile.
    more: StoredValue<bool>,
}

impl Drawer {
    fn changed(self) {
        if self.busy.get_value() {
            return self.more.set_value(true);
        }
        self.busy.set_value(true);
        request_animation_frame(move || self.draw());
    }

    fn draw(self) {
        let (Some(drawing), Some(Some(container))) =
            (self.drawing.try_get_value(), self.node.try_get_untracked())
        else {
            return;
        };
        self.more.set_value(false);
        let began = now_ms();
        drawing.borrow_mut().draw(self.store, &container);
        let took = now_ms() - began;
        if took > LONG_MS {
            set_timeout(move || self.rested(), Duration::from_secs_f64(took * 4.0 / 1000.0));
        } else {
            self.rested();
        }
    }

    fn rested(self) {
        if self.busy.try_set_value(false).is_none() && self.more.get_value() {
            self.changed();
        }
    }
}

fn now_ms() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// What is drawn of an answer.
struct Drawing {
    asked: ClientMessageId,
    heads: bool,
    closed: Closed,
    /// How long the text was when it was drawn, and whether that was all of it.
    drawn: Option<(usize, bool)>,
    shown: Vec<Shown>,
    owner: Owner,
    screen: Screen,
}

/// A block as it is drawn.
enum Shown {
    Words { html: String, _place: Placed },
    Code(Code),
}

/// Something in the page, which goes when this does.
struct Placed {
    state: AnyViewState,
    owner: Owner,
}

impl Drop for Placed {
    fn drop(&mut self) {
        self.state.unmount();
        self.owner.cleanup();
    }
}

/// Code as it is drawn.
struct Code {
    language: String,
    text: String,
    inside: web_sys::Element,
    /// The last lines, which have an element of their own.
    tail: String,
    element: web_sys::Element,
    _place: Placed,
}

impl Drawing {
    fn draw(&mut self, store: Store, container: &web_sys::Element) {
        let (closed, drawn) = (&mut self.closed, &mut self.drawn);
        let changed = store.look_at_answer(&self.asked, |kept, turn| {
            let text = turn.answer.text();
            let whole = turn.stage == Stage::Done(Reason::End);
            // Something was said elsewhere.
            if drawn.replace((text.len(), whole)) == Some((kept, whole)) && kept == text.len() {
                return None;
            }
            let stand = closed.update(text, kept);
            let places = closed.places()[stand..].iter();
            let mut changed: Vec<Block> = places.flat_map(|place| blocks(&text[place.clone()])).collect();
            let open = &text[closed.end()..];
            changed.extend(if whole { blocks(open) } else { open_blocks(open) });
            Some((stand, changed))
        });
        let Some((stand, changed)) = changed.flatten() else { return };
        let count = stand + changed.len();
        for (at, block) in changed.into_iter().enumerate() {
            self.put(stand + at, block, container);
        }
        self.shown.truncate(count);
    }

    /// Puts a block in its place, unless it is there.
    fn put(&mut self, at: usize, block: Block, container: &web_sys::Element) {
        let fits = match (self.shown.get_mut(at), &block) {
            (Some(Shown::Words { html, .. }), Block::Words(words)) => html == words,
            (Some(Shown::Code(shown)), Block::Code { language, code }) => {
                shown.language == *language && shown.go_on(code)
            }
            _ => false,
        };
        if fits {
            return;
        }
        // What comes after it is drawn anew too: that is at most the block that just began.
        self.shown.truncate(at);
        let shown = match block {
            Block::Words(html) => {
                let place = self.place(container, || render::html(&html).into_any());
                if self.heads {
                    // Beside the conversation an answer is read by itself; in a row its links come with the row.
                    place.state.elements().iter().for_each(|element| render::stop_at_links(element, true));
                }
                Shown::Words { html, _place: place }
            }
            Block::Code { language, code } => Shown::Code(self.code(language, &code, container)),
        };
        self.shown.push(shown);
    }

    fn place(&self, container: &web_sys::Element, view: impl FnOnce() -> AnyView) -> Placed {
        let owner = self.owner.child();
        let mut state = owner.with(|| view().build());
        state.mount(container, None);
        Placed { state, owner }
    }

    fn code(&self, language: String, text: &str, container: &web_sys::Element) -> Code {
        let node = NodeRef::<html::Code>::new();
        let (screen, named) = (self.screen, language.clone());
        let head = move || {
            let copy = move || {
                if let Some(code) = node.get_untracked() {
                    screen.copy(code.text_content().unwrap_or_default());
                }
            };
            view! {
                <div class="assistant__code-head">
                    <span>{named}</span>
                    <IconButton icon="copy" label=words().copy_code() small=true on_press=copy />
                </div>
            }
        };
        let place = self.place(container, || {
            if self.heads {
                view! { <div class="assistant__code">{head()}<pre><code node_ref=node></code></pre></div> }
                    .into_any()
            } else {
                view! { <pre><code node_ref=node></code></pre> }.into_any()
            }
        });
        let inside: web_sys::Element = match place.state.elements().first() {
            Some(element) => element.query_selector("code").ok().flatten().unwrap_or_else(|| element.clone()),
            None => container.clone(),
        };
        let element = lines_element(&inside);
        let mut code =
            Code { language, text: String::new(), inside, tail: String::new(), element, _place: place };
        code.go_on(text);
        code
    }
}

impl Code {
    /// Adds what is new, if it is only more than there was.
    fn go_on(&mut self, text: &str) -> bool {
        let Some(new) = text.strip_prefix(self.text.as_str()) else { return false };
        let mut lines = self.tail.matches('\n').count();
        for line in new.split_inclusive('\n') {
            if lines >= LINES {
                self.element.set_text_content(Some(&self.tail));
                self.element = lines_element(&self.inside);
                self.tail.clear();
                lines = 0;
            }
            self.tail.push_str(line);
            lines += 1;
        }
        if !new.is_empty() {
            self.element.set_text_content(Some(&self.tail));
        }
        self.text.push_str(new);
        true
    }
}

/// An element for the next lines.
fn lines_element(inside: &web_sys::Element) -> web_sys::Element {
    let element = document().create_element("span").expect("a page has elements");
    element.set_class_name("assistant__lines");
    let _ = inside.append_child(element.unchecked_ref::<web_sys::Node>());
    element
}

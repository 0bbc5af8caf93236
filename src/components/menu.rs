//! A menu where the finger is: a popover of the browser's, which closes on a press elsewhere and on Escape.

use leptos::html;
use leptos::prelude::*;

use super::effect::effect;
use wasm_bindgen::JsCast;

use super::Icon;

/// One line of a menu.
#[derive(Clone)]
pub struct MenuItem {
    /// Its drawing.
    pub icon: &'static str,
    /// Its words.
    pub label: &'static str,
    /// In red, after a line.
    pub danger: bool,
    /// What it does.
    pub run: Callback<()>,
}

/// A menu, open as long as it is mounted.
#[component]
pub fn Menu(
    label: &'static str,
    items: Vec<MenuItem>,
    /// Where, in CSS pixels of the window.
    at: (f64, f64),
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(menu) = node.get() {
            let _ = menu.show_popover();
            place(&menu, at);
            focus_item(&menu, 0);
        }
    });
    let move_focus = move |event: web_sys::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        if let Some(menu) = node.get_untracked() {
            focus_item(&menu, step);
        }
    };
    let line = move |item: MenuItem| {
        let class = if item.danger { "menu__item menu__item--danger" } else { "menu__item" };
        let press = move |_| {
            if let Some(menu) = node.get_untracked() {
                let _ = menu.hide_popover();
            }
            item.run.run(());
        };
        view! {
            <button type="button" role="menuitem" class=class on:click=press>
                <Icon name=item.icon />
                {item.label}
            </button>
        }
        .into_any()
    };
    view! {
        <div
            class="menu menu--floating"
            role="menu"
            popover="auto"
            aria-label=label
            node_ref=node
            on:keydown=move_focus
            on:toggle=move |event| {
                if event.unchecked_ref::<web_sys::ToggleEvent>().new_state() == "closed" {
                    // It may come after the menu is gone.
                    let _ = on_close.try_run(());
                }
            }
        >
            {items.into_iter().map(line).collect::<Vec<_>>()}
        </div>
    }
}

/// At the point, or as near as it fits into the window. By properties: the policy forbids `style` attributes.
fn place(menu: &web_sys::HtmlElement, (x, y): (f64, f64)) {
    const EDGE: f64 = 8.0;
    let size = menu.get_bounding_client_rect();
    let room =
        |of: Result<wasm_bindgen::JsValue, _>| of.ok().and_then(|size| size.as_f64()).unwrap_or_default();
    let left = x.min(room(window().inner_width()) - size.width() - EDGE).max(EDGE);
    let top = y.min(room(window().inner_height()) - size.height() - EDGE).max(EDGE);
    let style = menu.style();
    let _ = style.set_property("left", &pixels(left));
    let _ = style.set_property("top", &pixels(top));
}

/// A length in whole pixels: the code that writes fractions is larger than this file.
#[must_use]
pub fn pixels(length: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
    let whole = length as i32;
    [&whole.to_string(), "px"].concat()
}

fn focus_item(menu: &web_sys::HtmlElement, step: i32) {
    let items = menu.children();
    let count = i32::try_from(items.length()).unwrap_or_default();
    let focused = document().active_element();
    let at = (0..count)
        .find(|&at| items.item(at.unsigned_abs()) == focused)
        .map_or(0, |at| (at + step).rem_euclid(count));
    if let Some(item) =
        items.item(at.unsigned_abs()).and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = item.focus();
    }
}

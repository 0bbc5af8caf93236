//! The sheet of keys.

use leptos::html;
use leptos::prelude::*;

use crate::components::Dialog;
use crate::i18n::words;
use crate::views::screen::Screen;

/// The dialog.
#[component]
pub fn KeyList() -> impl IntoView {
    let screen = Screen::expect();
    let node = NodeRef::<html::Dialog>::new();
    let words = words();
    let keys = [
        (words.key_filter(), "Ctrl K"),
        (words.key_new(), "N"),
        (words.key_next(), "Alt ↓"),
        (words.key_previous(), "Alt ↑"),
        (words.key_details(), "Ctrl ."),
        (words.key_send(), "Enter"),
        (words.key_break(), "Shift Enter"),
        (words.key_edit_last(), "↑"),
        (words.key_rows(), "Shift Tab, ↑ ↓"),
        (words.key_row_copy(), "C"),
        (words.copy_link(), "L"),
        (words.key_row_edit(), "E"),
        (words.key_row_delete(), "Del"),
        (words.to_date(), "G"),
        (words.key_close(), "Esc"),
        (words.key_keys(), "?"),
    ];
    let line = |(what, key): (&'static str, &'static str)| {
        view! {
            <dt>{what}</dt>
            <dd><kbd class="key">{key}</kbd></dd>
        }
    };
    view! {
        <Dialog node title=words.keys() close_label=words.close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body" tabindex="0">
                <dl class="dialog__facts">{keys.map(line).into_iter().collect::<Vec<_>>()}</dl>
            </div>
        </Dialog>
    }
}

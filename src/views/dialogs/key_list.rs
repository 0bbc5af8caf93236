//! The sheet of keys.

use leptos::html;
use leptos::prelude::*;

use crate::components::Dialog;
use crate::i18n::words;
use crate::views::conversation::composer::marks::Format;
use crate::views::screen::Screen;

/// The dialog.
#[component]
pub fn KeyList() -> impl IntoView {
    let screen = Screen::expect();
    let node = NodeRef::<html::Dialog>::new();
    let words = words();
    let mut keys = vec![
        (words.key_filter(), "Ctrl K"),
        (words.key_new(), "N"),
        (words.key_next(), "Alt ↓"),
        (words.key_previous(), "Alt ↑"),
        (words.key_details(), "Ctrl ."),
        (words.assistant(), "Ctrl J"),
        (words.key_send(), "Enter"),
        (words.key_break(), "Shift Enter"),
        (words.key_edit_last(), "↑"),
        (words.key_mention(), "@"),
        (words.key_emoji(), ":"),
        (words.key_commands(), "/"),
        (words.key_plain(), "Ctrl Shift V"),
    ];
    keys.extend(Format::ALL.map(Format::key));
    keys.extend([
        (words.key_rows(), "Shift Tab, ↑ ↓"),
        (words.reply(), "R"),
        (words.key_row_translate(), "T"),
        (words.key_row_speak(), "S"),
        (words.key_row_copy(), "C"),
        (words.copy_link(), "L"),
        (words.mark_unread(), "U"),
        (words.forward(), "F"),
        (words.readers(), "W"),
        (words.key_row_edit(), "E"),
        (words.key_row_delete(), "Del"),
        (words.to_date(), "G"),
        (words.key_close(), "Esc"),
        (words.diagnostics(), "D"),
        (words.key_keys(), "?"),
    ]);
    let line = |(what, key): (&'static str, &'static str)| {
        view! {
            <dt>{what}</dt>
            <dd><kbd class="key">{key}</kbd></dd>
        }
    };
    view! {
        <Dialog node title=words.keys() close_label=words.close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body" tabindex="0">
                <dl class="dialog__facts">{keys.into_iter().map(line).collect::<Vec<_>>()}</dl>
            </div>
        </Dialog>
    }
}

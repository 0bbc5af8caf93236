//! The shortcuts that work everywhere; a row's and the composer's own are with them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::conversation::header::{ASSISTANT_BUTTON, PANEL_BUTTON};
use super::screen::{OpenDialog, Panel, Screen};
use super::threads::FILTER_ID;
use crate::i18n::words;
use crate::model::rows::ThreadRow;
use crate::place::{CurrentPlace, Place};
use crate::signal::Value;
use crate::store::Store;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Filter,
    New,
    Next,
    Previous,
    Details,
    Assistant,
    Unread,
    Keys,
    Diagnostics,
    Close,
}

/// A key with what was held down, as far as it matters here.
struct Press<'a> {
    key: &'a str,
    /// Ctrl, or Cmd on a Mac.
    control: bool,
    alt: bool,
    /// In a field, letters are letters.
    writing: bool,
}

impl Press<'_> {
    fn command(&self) -> Option<Command> {
        match (self.key, self.control, self.alt) {
            ("k" | "K", true, false) => Some(Command::Filter),
            (".", true, false) => Some(Command::Details),
            ("j" | "J", true, false) => Some(Command::Assistant),
            ("ArrowDown", false, true) => Some(Command::Next),
            ("ArrowUp", false, true) => Some(Command::Previous),
            ("Escape", false, false) => Some(Command::Close),
            ("/", false, false) if !self.writing => Some(Command::Filter),
            ("n" | "N", false, false) if !self.writing => Some(Command::New),
            ("u" | "U", false, false) if !self.writing => Some(Command::Unread),
            ("d" | "D", false, false) if !self.writing => Some(Command::Diagnostics),
            ("?", false, false) if !self.writing => Some(Command::Keys),
            _ => None,
        }
    }
}

/// Listens for the shortcuts as long as the frame is mounted.
pub fn listen(store: Store, place: CurrentPlace, screen: Screen, open: Value<Option<acs_chat::ThreadId>>) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        // A dialog has its own keys; a key that an input method takes is not ours.
        if event.default_prevented() || event.is_composing() || event.key_code() == 229 || dialog_open() {
            return;
        }
        let key = event.key();
        let press = Press {
            key: &key,
            control: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            writing: event.target().is_some_and(|target| is_field(&target)),
        };
        let Some(command) = press.command() else { return };
        match command {
            Command::Filter => focus_id(FILTER_ID),
            Command::New => place.go(&Place::New),
            Command::Details => screen.toggle_panel(),
            // The browser's own, where there is no assistant.
            Command::Assistant if !store.capabilities().with_untracked(|can| can.assistant) => return,
            Command::Assistant => screen.toggle_assistant(),
            Command::Unread => {
                let named = focused_row().or_else(|| open.get_untracked());
                let can = |row: &&ThreadRow| row.can_mark_unread && Some(&row.id) == named.as_ref();
                if let Some(thread) = named
                    .clone()
                    .filter(|_| store.thread_rows().with_untracked(|rows| rows.iter().any(|row| can(&row))))
                {
                    store.mark_unread(&thread, None);
                    screen.announce(words().marked_unread().to_owned());
                }
            }
            Command::Diagnostics => screen.dialog.set(Some(OpenDialog::Diagnostics)),
            Command::Keys => screen.dialog.set(Some(OpenDialog::Keys)),
            Command::Next | Command::Previous => {
                let step = if command == Command::Next { 1 } else { -1 };
                let next = store.thread_rows().with_untracked(|rows| {
                    neighbour(rows, open.get_untracked().as_ref(), step).map(|row| row.id.clone())
                });
                if let Some(next) = next {
                    place.go(&Place::thread(next));
                }
            }
            Command::Close if screen.asks.get_untracked() && !screen.wide.get_untracked() => {
                screen.asks.set(false);
                focus_first(ASSISTANT_BUTTON);
            }
            Command::Close => {
                if screen.panel.get_untracked() != Panel::Open || screen.wide.get_untracked() {
                    return;
                }
                screen.panel.set(Panel::WhenWide);
                focus_first(PANEL_BUTTON);
            }
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}

/// The thread after (1) or before (-1) the one that is open, in the order of the list. From none: the first, or the last.
fn neighbour<'a>(
    rows: &'a [ThreadRow],
    open: Option<&acs_chat::ThreadId>,
    step: isize,
) -> Option<&'a ThreadRow> {
    let at = rows.iter().position(|row| Some(&row.id) == open);
    match at {
        Some(at) => at.checked_add_signed(step).and_then(|at| rows.get(at)),
        None if step > 0 => rows.first(),
        None => rows.last(),
    }
}

/// The thread whose row has the focus.
fn focused_row() -> Option<acs_chat::ThreadId> {
    let row = document().active_element().filter(|focused| focused.class_list().contains("thread-row"))?;
    match Place::parse(&row.get_attribute("href")?) {
        Place::Thread { thread, .. } => Some(thread),
        _ => None,
    }
}

/// Puts the focus on an element, if it is there.
pub fn focus_id(id: &str) {
    focus_first(&["#", id].concat());
}

/// Puts the focus on the first element that the selector fits.
pub fn focus_first(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

fn dialog_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

fn is_field(target: &web_sys::EventTarget) -> bool {
    target.dyn_ref::<web_sys::Element>().is_some_and(|element| {
        element.matches("input, textarea, select, [contenteditable]").unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use acs_chat::ThreadId;

    use super::*;
    use crate::model::rows::Access;

    fn rows() -> Vec<ThreadRow> {
        ["a", "b", "c"]
            .map(|id| ThreadRow {
                id: ThreadId::new(id),
                topic: String::new(),
                last_activity: None,
                preview: None,
                draft: None,
                failed: None,
                unread: 0,
                can_mark_unread: false,
                access: Access::Open,
            })
            .to_vec()
    }

    fn after(open: Option<&str>, step: isize) -> Option<String> {
        let open = open.map(ThreadId::new);
        neighbour(&rows(), open.as_ref(), step).map(|row| row.id.to_string())
    }

    #[test]
    fn neighbours_end_at_the_ends_of_the_list() {
        assert_eq!(after(Some("a"), 1).as_deref(), Some("b"));
        assert_eq!(after(Some("a"), -1), None);
        assert_eq!(after(Some("c"), 1), None);
        assert_eq!(after(None, 1).as_deref(), Some("a"));
        assert_eq!(after(None, -1).as_deref(), Some("c"));
    }

    #[test]
    fn letters_are_commands_only_outside_fields() {
        let press = |key, writing| Press { key, control: false, alt: false, writing }.command();
        assert_eq!(press("?", false), Some(Command::Keys));
        assert_eq!(press("?", true), None);
        assert_eq!(press("/", true), None);
        assert_eq!((press("u", false), press("u", true)), (Some(Command::Unread), None));
        assert_eq!(press("Escape", true), Some(Command::Close));
        let control = Press { key: "k", control: true, alt: false, writing: true };
        assert_eq!(control.command(), Some(Command::Filter));
    }
}

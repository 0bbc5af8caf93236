//! Which key goes before a letter to make it a command.

use leptos::prelude::*;

/// Ctrl is held down, or Cmd on a Mac, where Ctrl and a letter move the caret; and nothing else but Shift.
#[must_use]
pub fn command_key(event: &web_sys::KeyboardEvent) -> bool {
    let mac = window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"));
    let (command, other) =
        if mac { (event.meta_key(), event.ctrl_key()) } else { (event.ctrl_key(), event.meta_key()) };
    command && !other && !event.alt_key()
}

//! What is done because something changed.

use leptos::prelude::*;

/// Does it, and again when a signal that it read changes; ends with whoever asked for it. As an [`Effect`], but the loop around it is
/// compiled once and not for each.
pub fn effect(run: impl FnMut() + 'static) {
    fn boxed(run: Box<dyn FnMut()>) {
        Effect::new(run);
    }
    boxed(Box::new(run));
}

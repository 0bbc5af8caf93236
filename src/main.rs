//! Starts the app: in the place of the skeleton that the page begins with, and with words for the case that it fails.

use leptos::prelude::*;

fn main() {
    // A build for release has no words for it (xtask/src/app.rs).
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    natter::recovery::watch();
    mount_to_body(natter::app::App);
    // In the same task, so that nothing is ever painted in between.
    if let Some(skeleton) = document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
}

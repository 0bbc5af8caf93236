//! Starts the app: in the place of the skeleton that the page begins with, and with words for the case that it fails.

use std::time::Duration;

use leptos::prelude::*;
use natter::app::App;
use natter::settings::Settings;
use wasm_bindgen_futures::spawn_local;

/// So long the skeleton waits for a language's words before the app starts in English: about as long as a slow line takes for them
/// after it took the app.
const WAIT_FOR_WORDS: Duration = Duration::from_millis(1500);

fn main() {
    // A build for release has no words for it (xtask/src/app.rs).
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    natter::recovery::watch();
    let settings = Settings::open();
    set_timeout(move || start(settings), WAIT_FOR_WORDS);
    spawn_local(async move {
        settings.show_kept_language().await;
        start(settings);
    });
}

/// Puts the app in the place of the skeleton. Without one it has started already, or failed.
fn start(settings: Settings) {
    let Some(skeleton) = document().get_element_by_id("skeleton") else { return };
    mount_to_body(move || view! { <App settings /> });
    // In the same task, so that nothing is ever painted in between.
    if skeleton.class_list().contains("layout--said") {
        // What is read already is not a shape once more: the app takes it away when it has drawn the same.
        skeleton.set_id("");
        skeleton.set_class_name("layout layout--over");
    } else {
        skeleton.remove();
    }
}

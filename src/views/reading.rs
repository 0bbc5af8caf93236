//! Reads messages aloud, for as long as the page lives.

use super::screen::Screen;
use crate::components::effect;
use crate::i18n::words;
use crate::platform::speech::{Reading, read_aloud_or_stop};

/// Waits for what is to be read.
pub fn serve() {
    let screen = Screen::expect();
    effect(move || {
        let Some(said) = screen.to_read.get() else { return };
        screen.to_read.set(None);
        match read_aloud_or_stop(&said) {
            Reading::Begun => screen.toast(words().reads_aloud()),
            Reading::Stopped => {}
            Reading::Impossible => screen.toast(words().no_reading()),
        }
    });
}

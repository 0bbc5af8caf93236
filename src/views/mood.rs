//! The quiet mark at a message that sounds pleased or displeased, for those who want it. What it goes by is fetched when it is first
//! wanted, and nothing leaves the device.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::Icon;
use crate::i18n::words;
use crate::model::mood::{Lexicon, Mood, mood};
use crate::platform::files;

/// English and Chinese.
type Lexicons = (Lexicon, Lexicon);

thread_local! {
    static LEXICONS: RefCell<Option<Lexicons>> = const { RefCell::new(None) };
    /// They are being fetched: a screenful of messages wants them at once.
    static FETCHING: Cell<bool> = const { Cell::new(false) };
    static HERE: ArcTrigger = ArcTrigger::new();
}

/// The mark, or nothing.
#[component]
pub fn MoodMark(said: String) -> impl IntoView {
    if LEXICONS.with_borrow(Option::is_none) && !FETCHING.replace(true) {
        spawn_local(async {
            load().await;
            FETCHING.set(false);
            HERE.with(ArcTrigger::notify);
        });
    }
    move || {
        HERE.with(ArcTrigger::track);
        let (icon, label) = match mood_of(&said).flatten()? {
            Mood::Pleased => ("smile", words().mood_pleased()),
            Mood::Displeased => ("frown", words().mood_displeased()),
        };
        let mark = view! {
            <span class="message-row__mood" title=label>
                <Icon name=icon small=true />
                <span class="unseen">{label}</span>
            </span>
        };
        Some(mark.into_any())
    }
}

/// None as long as there is nothing to go by.
fn mood_of(said: &str) -> Option<Option<Mood>> {
    LEXICONS.with_borrow(|lexicons| lexicons.as_ref().map(|(english, chinese)| mood(said, english, chinese)))
}

async fn load() {
    let english = files::text("moods/en.txt").await;
    let chinese = files::text("moods/zh-Hans.txt").await;
    let read = |file: Option<String>| Lexicon::read(file?.leak());
    if let Some(lexicons) = read(english).zip(read(chinese)) {
        LEXICONS.set(Some(lexicons));
    }
}

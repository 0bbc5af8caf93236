//! The emoji of the language that is shown: their file is fetched when they are first asked for. And which ones somebody uses.

use std::cell::Cell;

use crate::i18n::{self, Language};
use crate::model::emoji::{Emoji, EmojiList};
use crate::platform::files;
use crate::settings::{keep, kept};

const RECENT_KEY: &str = "natter.emoji";
const TONE_KEY: &str = "natter.emoji-tone";

/// Two lines of the picker.
const RECENT: usize = 16;

thread_local! {
    static LIST: Cell<Option<(Language, EmojiList)>> = const { Cell::new(None) };
}

/// Those of the language that is shown, when they are here.
#[must_use]
pub fn list() -> Option<EmojiList> {
    LIST.get().filter(|(language, _)| *language == i18n::language()).map(|(_, list)| list)
}

/// Fetches them. False when they did not come; asking again tries again.
pub async fn load() -> bool {
    let language = i18n::language();
    if list().is_none() {
        let path = ["emoji/", language.tag(), ".txt"].concat();
        let Some(list) = files::text(&path).await.and_then(|file| EmojiList::read(file.leak())) else {
            return false;
        };
        LIST.set(Some((language, list)));
    }
    true
}

/// The skin tone that was chosen: 1 to 5, or 0.
#[must_use]
pub fn tone() -> u8 {
    kept(TONE_KEY).and_then(|tone| tone.parse().ok()).unwrap_or_default()
}

/// Chooses a skin tone.
pub fn set_tone(tone: u8) {
    keep(TONE_KEY, &tone.to_string());
}

/// An emoji in the skin tone that was chosen.
#[must_use]
pub fn shown(emoji: &Emoji) -> String {
    if emoji.tones { emoji.in_tone(tone()) } else { emoji.sign.to_owned() }
}

/// Notes that an emoji was used; says what goes into the text.
#[must_use]
pub fn used(emoji: &Emoji) -> String {
    let mut shorts = kept(RECENT_KEY).unwrap_or_default();
    let others: Vec<&str> =
        shorts.split(' ').filter(|short| !short.is_empty() && *short != emoji.short).collect();
    shorts = [&[emoji.short], &others[..others.len().min(RECENT - 1)]].concat().join(" ");
    keep(RECENT_KEY, &shorts);
    shown(emoji)
}

/// The ones used last, newest first.
#[must_use]
pub fn recent(list: EmojiList) -> Vec<Emoji> {
    let shorts = kept(RECENT_KEY).unwrap_or_default();
    shorts.split(' ').filter_map(|short| list.of_short(short)).collect()
}

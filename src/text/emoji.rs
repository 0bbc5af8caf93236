//! Messages of nothing but emoji, which are shown larger.

/// As many are a picture; more are a text.
const MOST: usize = 8;

/// Nothing but emoji and blanks, and not too many of them.
#[must_use]
pub fn only_emoji(text: &str) -> bool {
    let mut seen = 0;
    let mut after = After::Blank;
    for c in text.trim().chars() {
        after = match (c, after) {
            (c, _) if c.is_whitespace() => After::Blank,
            // What belongs to the one before: its look, its skin, what it is joined with, a region's flag.
            ('\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}', After::Emoji) => After::Emoji,
            ('\u{20e3}', After::Key) => After::Emoji,
            ('\u{fe0f}', After::Key) => After::Key,
            ('\u{200d}', After::Emoji) => After::Joiner,
            ('\u{e0020}'..='\u{e007f}', After::Emoji) => After::Emoji,
            ('\u{1f1e6}'..='\u{1f1ff}', After::HalfFlag) => After::Emoji,
            (_, After::HalfFlag | After::Key) => return false,
            (c, After::Joiner) if is_emoji(c) => After::Emoji,
            (_, After::Joiner) => return false,
            ('\u{1f1e6}'..='\u{1f1ff}', _) => {
                seen += 1;
                After::HalfFlag
            }
            ('0'..='9' | '#' | '*', _) => {
                seen += 1;
                After::Key
            }
            (c, _) if is_emoji(c) => {
                seen += 1;
                After::Emoji
            }
            _ => return false,
        };
    }
    (1..=MOST).contains(&seen) && after == After::Emoji
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Blank,
    Emoji,
    Joiner,
    HalfFlag,
    /// A digit, which is an emoji only with a key's frame around it.
    Key,
}

/// Stands for itself as an emoji. By blocks of Unicode: those between them are letters and marks of texts.
const fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}'
        | '\u{23e9}'..='\u{23f3}' | '\u{23f8}'..='\u{23fa}' | '\u{25aa}' | '\u{25ab}' | '\u{25b6}' | '\u{25c0}'
        | '\u{25fb}'..='\u{25fe}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}' | '\u{2b1c}'
        | '\u{2b50}' | '\u{2b55}' | '\u{1f004}' | '\u{1f0cf}' | '\u{1f170}'..='\u{1f19a}' | '\u{1f201}'..='\u{1f251}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_of_all_sorts_are_found() {
        for text in
            ["🚃", "👍🏽 🎉", "❤️", "👩‍👩‍👧", "🇨🇳🇩🇪", "1️⃣", "🏴\u{e0067}\u{e0062}\u{e007f}", "🧑🏿‍🚀\n🫡", "☎️", "✅"]
        {
            assert!(only_emoji(text), "{text}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "",
            " ",
            "1",
            "#",
            "a🎉",
            "🎉!",
            "12",
            "好",
            "©",
            "\u{200d}",
            "🇨",
            "🎉\u{200d}",
            "→",
            &"🎉".repeat(9),
        ] {
            assert!(!only_emoji(text), "{text:?}");
        }
    }
}

//! The emoji that a file of `emoji/` lists, and finding one by its name.
//!
//! The file is written by `cargo xtask emoji`: a line each, with tabs between the number of the group (`+` after it where there are
//! skin tones), the emoji, its short name, its name in the file's language, and words to find it by.

use crate::platform::letters::lower_case;

/// One emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// Which part of the picker it is in.
    pub group: u8,
    /// There are skin tones of it.
    pub tones: bool,
    /// Itself.
    pub sign: &'static str,
    /// What stands between two colons for it.
    pub short: &'static str,
    /// What it is called.
    pub name: &'static str,
    words: &'static str,
}

/// All of them, in the order of Unicode.
#[derive(Clone, Copy, Debug)]
pub struct EmojiList(&'static str);

impl EmojiList {
    /// Those of a file; none when it is another file.
    #[must_use]
    pub fn read(file: &'static str) -> Option<Self> {
        let list = Self(file);
        list.iter().next().map(|_| list)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Emoji> {
        self.0.lines().filter_map(|line| {
            let mut parts = line.split('\t');
            let kind = parts.next()?;
            let mut next = || parts.next();
            Some(Emoji {
                group: kind.bytes().next()?.checked_sub(b'0').filter(|group| *group < 10)?,
                tones: kind.ends_with('+'),
                sign: next()?,
                short: next()?,
                name: next()?,
                words: next()?,
            })
        })
    }

    /// The one with this short name.
    #[must_use]
    pub fn of_short(self, short: &str) -> Option<Emoji> {
        self.iter().find(|emoji| emoji.short == short)
    }

    /// Those that these words may mean, the likeliest first.
    #[must_use]
    pub fn like(self, words: &str, most: usize) -> Vec<Emoji> {
        let words = lower_case(words.trim());
        let mut found: Vec<(u8, Emoji)> = self
            .iter()
            .filter_map(|emoji| emoji.likeness(&words).map(|likeness| (likeness, emoji)))
            .collect();
        found.sort_by_key(|(likeness, _)| *likeness);
        found.into_iter().take(most).map(|(_, emoji)| emoji).collect()
    }
}

impl Emoji {
    /// How far this is from what was typed: 0 is it.
    fn likeness(&self, typed: &str) -> Option<u8> {
        let begins = |words: &str| words.split([' ', '_']).any(|word| word.starts_with(typed));
        let name = lower_case(self.name);
        if self.short == typed || self.sign == typed {
            Some(0)
        } else if self.short.starts_with(typed) {
            Some(1)
        } else if begins(self.short) || begins(&name) || name.starts_with(typed) {
            Some(2)
        } else if begins(self.words) {
            Some(3)
        } else {
            // Chinese puts no space between words.
            (name.contains(typed) || self.short.contains(typed)).then_some(4)
        }
    }

    /// In a skin tone, if it has any.
    #[must_use]
    pub fn in_tone(&self, tone: u8) -> String {
        in_tone(self.sign, if self.tones { tone } else { 0 })
    }
}

/// An emoji in a skin tone, 1 (light) to 5 (dark); 0 is without.
#[must_use]
pub fn in_tone(sign: &str, tone: u8) -> String {
    let tone = (1..=5).contains(&tone).then(|| char::from_u32(0x1f3fa + u32::from(tone))).flatten();
    let Some(tone) = tone else { return sign.to_owned() };
    let mut signs = sign.chars();
    let first = signs.next();
    first.into_iter().chain([tone]).chain(signs.skip_while(|sign| *sign == '\u{fe0f}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(file: &'static str) -> EmojiList {
        EmojiList::read(file).unwrap()
    }

    fn shorts(found: &[Emoji]) -> Vec<&str> {
        found.iter().map(|emoji| emoji.short).collect()
    }

    #[test]
    fn the_likeliest_comes_first() {
        let english = list(include_str!("../../emoji/en.txt"));
        assert_eq!(english.like("smile", 1)[0].sign, "😄");
        assert_eq!(english.like("+1", 1)[0].sign, "👍️");
        assert_eq!(english.like("Tada", 3)[0].sign, "🎉");
        assert!(shorts(&english.like("laugh", 20)).contains(&"joy"), "by other words too");
        assert!(english.like("qqqq", 9).is_empty());
        assert_eq!(english.of_short("heart").unwrap().sign, "❤️");
    }

    #[test]
    fn each_language_finds_them_by_its_own_words() {
        let simplified = list(include_str!("../../emoji/zh-Hans.txt"));
        assert!(shorts(&simplified.like("向上", 40)).contains(&"+1"));
        assert_eq!(simplified.of_short("+1").unwrap().name, "拇指向上");
        let traditional = list(include_str!("../../emoji/zh-Hant.txt"));
        assert!(shorts(&traditional.like("讚", 5)).contains(&"+1"));
        assert_eq!(simplified.iter().count(), traditional.iter().count());
    }

    #[test]
    fn skin_tones_stand_where_unicode_wants_them() {
        let english = list(include_str!("../../emoji/en.txt"));
        let toned = |short, tone| english.of_short(short).unwrap().in_tone(tone);
        assert_eq!(toned("+1", 3), "👍🏽");
        assert_eq!(toned("+1", 0), "👍️");
        assert_eq!(toned("woman_astronaut", 5), "👩🏿‍🚀");
        assert_eq!(toned("tada", 3), "🎉", "it has no skin");
    }

    #[test]
    fn another_file_is_no_list() {
        assert!(EmojiList::read("<!doctype html>\n<p>not found").is_none());
        assert!(EmojiList::read("").is_none());
    }
}

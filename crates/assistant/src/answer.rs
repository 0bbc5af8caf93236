//! The text of an answer so far, and what changes in it.
//!
//! Beebot sends the whole text each time and may rewrite it; OpenAI-compatible servers send what is new. Both become the
//! same change: so many bytes of the text stay, and this follows them. Over the wire it is small either way, and twelve
//! thousand tokens cost twelve thousand small changes.

/// The text so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer(String);

/// How a text is to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// So many bytes stay, always whole characters.
    pub keep: usize,
    /// What follows them.
    pub text: String,
}

impl Answer {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Takes the text out.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    /// Makes a change: `keep` bytes stay, `text` follows. Says whether it fits; what would cut a character or keeps more
    /// than there is changes nothing.
    pub fn change(&mut self, keep: usize, text: &str) -> bool {
        let fits = self.0.is_char_boundary(keep);
        if fits {
            self.0.truncate(keep);
            self.0.push_str(text);
        }
        fits
    }

    /// Puts another text in place of this one; gives the change, if there is any.
    pub fn replace(&mut self, whole: &str) -> Option<Change> {
        let same = self.0.bytes().zip(whole.bytes()).take_while(|(old, new)| old == new).count();
        let keep = whole.floor_char_boundary(same);
        if keep == self.0.len() && keep == whole.len() {
            return None;
        }
        let change = Change { keep, text: whole[keep..].to_owned() };
        self.change(keep, &change.text);
        Some(change)
    }

    /// Adds to the text; gives the change, if there is any.
    pub fn append(&mut self, more: &str) -> Option<Change> {
        if more.is_empty() {
            return None;
        }
        let change = Change { keep: self.0.len(), text: more.to_owned() };
        self.0.push_str(more);
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_growing_text_sends_what_is_new() {
        let mut answer = Answer::default();
        assert_eq!(answer.replace(""), None);
        assert_eq!(answer.replace("你好"), Some(Change { keep: 0, text: "你好".to_owned() }));
        assert_eq!(answer.replace("你好"), None);
        assert_eq!(answer.replace("你好吗"), Some(Change { keep: 6, text: "吗".to_owned() }));
        assert_eq!(answer.append("?"), Some(Change { keep: 9, text: "?".to_owned() }));
        assert_eq!(answer.append(""), None);
    }

    #[test]
    fn a_rewrite_keeps_whole_characters_only() {
        let mut answer = Answer::default();
        answer.replace("a你");
        // 你 is e4 bd a0 and 佡 e4 bd a1: two bytes are the same.
        assert_eq!(answer.replace("a佡"), Some(Change { keep: 1, text: "佡".to_owned() }));
        assert_eq!(answer.replace("a"), Some(Change { keep: 1, text: String::new() }));
        assert_eq!(answer.text(), "a");
    }

    #[test]
    fn a_change_that_does_not_fit_changes_nothing() {
        let mut answer = Answer::default();
        assert!(answer.change(0, "你好"));
        for keep in [1, 4, 7, usize::MAX] {
            assert!(!answer.change(keep, "x"), "{keep}");
        }
        assert_eq!(answer.text(), "你好");
        assert!(answer.change(3, "们"));
        assert_eq!(answer.into_text(), "你们");
    }

    proptest::proptest! {
        #[test]
        fn changes_bring_the_other_side_to_the_same_text(texts in proptest::collection::vec("[ab你佡]{0,5}", 0..12)) {
            let (mut here, mut there) = (Answer::default(), Answer::default());
            for text in texts {
                if let Some(change) = here.replace(&text) {
                    proptest::prop_assert!(there.change(change.keep, &change.text));
                }
                proptest::prop_assert_eq!(there.text(), &text);
            }
        }
    }
}

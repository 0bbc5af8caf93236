//! What was begun in each thread and not sent.
//!
//! Kept in memory here and written down by the sync soon after each change, so that neither a reload nor a lost sign-in
//! costs a word.

use acs_chat::ThreadId;

use super::reply::Quote;
use super::sorted::{SortedMap, insert_once};
use super::words::one_line;

/// The drafts, and which of them are not written down yet.
#[derive(Debug, Default)]
pub struct Drafts {
    texts: SortedMap<ThreadId, String>,
    unsaved: Vec<ThreadId>,
}

impl Drafts {
    /// Puts a draft back that was written down earlier. What was typed meanwhile is newer and stays.
    pub fn restore(&mut self, thread: ThreadId, text: String) {
        if !self.unsaved.contains(&thread) && !text.is_empty() && !self.texts.contains_key(&thread) {
            self.texts.insert(thread, text);
        }
    }

    /// Keeps what stands in the composer; says whether it differs from what was kept.
    pub fn set(&mut self, thread: &ThreadId, text: String) -> bool {
        if self.text(thread) == text {
            return false;
        }
        if text.is_empty() {
            self.texts.remove(thread);
        } else {
            self.texts.insert(thread.clone(), text);
        }
        insert_once(&mut self.unsaved, thread);
        true
    }

    /// The draft, or nothing.
    #[must_use]
    pub fn text(&self, thread: &ThreadId) -> &str {
        self.texts.get(thread).map_or("", String::as_str)
    }

    /// Its first words.
    #[must_use]
    pub fn first_words(&self, thread: &ThreadId) -> Option<String> {
        self.texts.get(thread).map(|text| one_line(Quote::split(text).1)).filter(|words| !words.is_empty())
    }

    /// What has to be written down now: the text, or none where it is gone. Counts as written from here on.
    pub fn take_unsaved(&mut self) -> Vec<(ThreadId, Option<String>)> {
        std::mem::take(&mut self.unsaved)
            .into_iter()
            .map(|thread| {
                let text = self.texts.get(&thread).cloned();
                (thread, text)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_kept_written_down_once_and_put_back() {
        let (a, b) = (ThreadId::new("a"), ThreadId::new("b"));
        let mut drafts = Drafts::default();
        assert!(drafts.set(&a, "he".into()));
        assert!(drafts.set(&a, "hello\n there ".into()));
        assert!(!drafts.set(&a, "hello\n there ".into()));
        assert_eq!(drafts.take_unsaved(), vec![(a.clone(), Some("hello\n there ".to_owned()))]);
        assert_eq!(drafts.take_unsaved(), vec![]);
        assert_eq!(drafts.first_words(&a).as_deref(), Some("hello there"));
        assert!(drafts.set(&a, String::new()));
        assert_eq!(drafts.take_unsaved(), vec![(a.clone(), None)]);
        drafts.restore(b.clone(), "kept".into());
        assert_eq!(drafts.text(&b), "kept");
    }

    #[test]
    fn what_is_typed_before_the_storage_answers_wins() {
        let a = ThreadId::new("a");
        let mut drafts = Drafts::default();
        drafts.set(&a, "new".into());
        drafts.restore(a.clone(), "old".into());
        assert_eq!(drafts.text(&a), "new");
    }
}

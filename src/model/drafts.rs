//! What was begun in each thread and not sent.
//!
//! Kept in memory here and written down by the sync soon after each change, so that neither a reload nor a lost sign-in
//! costs a word.

use acs_chat::ThreadId;

use super::priority::{HIGH, Priority};
use super::reply::Quote;
use super::sorted::{SortedMap, insert_once};
use super::words::one_line;

/// What is selected in a draft, from and to; the same twice is a caret. Counted in UTF-16, as fields count.
pub type Selection = (u32, u32);

/// Between a draft and what is kept with it: its selection, then its priority unless that is normal. Nobody types it.
const KEPT_SEPARATOR: char = '\u{1e}';

/// The drafts, and which of them are not written down yet.
#[derive(Debug, Default)]
pub struct Drafts {
    texts: SortedMap<ThreadId, String>,
    selections: SortedMap<ThreadId, Selection>,
    /// Where the next message is to be important, whether it is begun or not.
    important: SortedMap<ThreadId, ()>,
    unsaved: Vec<ThreadId>,
}

impl Drafts {
    /// Puts a draft back that was written down earlier. What was typed meanwhile is newer and stays.
    pub fn restore(&mut self, thread: ThreadId, kept: &str) {
        let (text, selection, priority) = read(kept);
        if self.unsaved.contains(&thread) || self.texts.contains_key(&thread) {
            return;
        }
        if priority.is_high() {
            self.important.insert(thread.clone(), ());
        }
        if text.is_empty() {
            return;
        }
        if let Some(selection) = selection {
            self.selections.insert(thread.clone(), selection);
        }
        self.texts.insert(thread, text.to_owned());
    }

    /// Keeps what stands in the composer; says whether it differs from what was kept.
    pub fn set(&mut self, thread: &ThreadId, text: String) -> bool {
        if self.text(thread) == text {
            return false;
        }
        if text.is_empty() {
            self.texts.remove(thread);
            self.selections.remove(thread);
        } else {
            self.texts.insert(thread.clone(), text);
        }
        insert_once(&mut self.unsaved, thread);
        true
    }

    /// Keeps what is selected in a draft; says whether that is news.
    pub fn select(&mut self, thread: &ThreadId, selection: Selection) -> bool {
        let news = self.texts.contains_key(thread) && self.selection(thread) != Some(selection);
        if news {
            self.selections.insert(thread.clone(), selection);
            insert_once(&mut self.unsaved, thread);
        }
        news
    }

    /// What was begun in a thread is not wanted any more.
    pub fn drop_all(&mut self, thread: &ThreadId) {
        self.set(thread, String::new());
        self.set_priority(thread, Priority::Normal);
    }

    /// What was begun in one thread was begun in another, unless there is something in that one.
    pub fn move_to(&mut self, from: &ThreadId, to: &ThreadId) {
        let (text, selection, priority) =
            (self.text(from).to_owned(), self.selection(from), self.priority(from));
        self.drop_all(from);
        if priority.is_high() {
            self.set_priority(to, priority);
        }
        if self.text(to).is_empty()
            && self.set(to, text)
            && let Some(selection) = selection
        {
            self.select(to, selection);
        }
    }

    /// Keeps how pressing the next message is; says whether that is news.
    pub fn set_priority(&mut self, thread: &ThreadId, priority: Priority) -> bool {
        let news = self.priority(thread) != priority;
        if news {
            if priority.is_high() {
                self.important.insert(thread.clone(), ());
            } else {
                self.important.remove(thread);
            }
            insert_once(&mut self.unsaved, thread);
        }
        news
    }

    /// How pressing the next message is.
    #[must_use]
    pub fn priority(&self, thread: &ThreadId) -> Priority {
        Priority::important(self.important.contains_key(thread))
    }

    /// What is selected in the draft, if that is known.
    #[must_use]
    pub fn selection(&self, thread: &ThreadId) -> Option<Selection> {
        self.selections.get(thread).copied()
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

    /// What has to be written down now: as it is kept, or none where it is gone. Counts as written from here on.
    pub fn take_unsaved(&mut self) -> Vec<(ThreadId, Option<String>)> {
        std::mem::take(&mut self.unsaved)
            .into_iter()
            .map(|thread| {
                let (text, priority) = (self.text(&thread), self.priority(&thread).word());
                let kept = match (self.selection(&thread), priority) {
                    (None, "") => text.to_owned(),
                    (None, priority) => format!("{text}{KEPT_SEPARATOR}{priority}"),
                    (Some((from, to)), priority) => format!("{text}{KEPT_SEPARATOR}{from} {to}{priority}"),
                };
                (thread, Some(kept).filter(|kept| !kept.is_empty()))
            })
            .collect()
    }
}

/// A draft, its selection, if one was kept with it, and its priority.
fn read(kept: &str) -> (&str, Option<Selection>, Priority) {
    let parts = kept.rsplit_once(KEPT_SEPARATOR);
    let with = parts.and_then(|(text, with)| {
        let (selection, priority) = match with.strip_suffix(HIGH) {
            Some(selection) => (selection, Priority::High),
            None => (with, Priority::Normal),
        };
        if selection.is_empty() && priority.is_high() {
            return Some((text, None, priority));
        }
        let (from, to) = selection.split_once(' ')?;
        Some((text, Some((from.parse().ok()?, to.parse().ok()?)), priority))
    });
    with.unwrap_or((kept, None, Priority::Normal))
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
        drafts.restore(b.clone(), "kept");
        assert_eq!(drafts.text(&b), "kept");
    }

    #[test]
    fn what_is_typed_before_the_storage_answers_wins() {
        let a = ThreadId::new("a");
        let mut drafts = Drafts::default();
        drafts.set(&a, "new".into());
        drafts.restore(a.clone(), "old\u{1e}1 2");
        assert_eq!((drafts.text(&a), drafts.selection(&a)), ("new", None));
    }

    #[test]
    fn what_is_selected_is_kept_with_the_draft() {
        let a = ThreadId::new("a");
        let mut drafts = Drafts::default();
        assert!(!drafts.select(&a, (0, 0)), "there is no draft");
        drafts.set(&a, "海心沙 \u{1e}7".into());
        assert!(drafts.select(&a, (1, 3)));
        assert!(!drafts.select(&a, (1, 3)));
        let (_, kept) = drafts.take_unsaved().remove(0);
        let mut again = Drafts::default();
        again.restore(a.clone(), &kept.unwrap());
        assert_eq!((again.text(&a), again.selection(&a)), ("海心沙 \u{1e}7", Some((1, 3))));
        drafts.set(&a, String::new());
        drafts.set(&a, "anew".into());
        assert_eq!(drafts.selection(&a), None);
    }

    #[test]
    fn how_pressing_it_is_is_kept_with_a_draft_and_without_one() {
        let a = ThreadId::new("a");
        for (text, selection) in
            [("", None), ("海心沙", None), ("海心沙", Some((1, 3))), ("a high", Some((0, 6)))]
        {
            let mut drafts = Drafts::default();
            assert!(drafts.set_priority(&a, Priority::High));
            assert!(!drafts.set_priority(&a, Priority::High));
            drafts.set(&a, text.into());
            if let Some(selection) = selection {
                drafts.select(&a, selection);
            }
            let (_, kept) = drafts.take_unsaved().remove(0);
            let mut again = Drafts::default();
            again.restore(a.clone(), &kept.unwrap());
            let read = (again.text(&a), again.selection(&a), again.priority(&a));
            assert_eq!(read, (text, selection, Priority::High));
            assert!(again.set_priority(&a, Priority::Normal));
            again.set(&a, String::new());
            assert_eq!(again.take_unsaved(), vec![(a.clone(), None)]);
        }
    }

    #[test]
    fn a_draft_of_before_there_were_priorities_is_of_a_normal_message() {
        for (kept, text) in [
            ("old", "old"),
            ("old\u{1e}1 2", "old"),
            ("a high", "a high"),
            ("a\u{1e}x high", "a\u{1e}x high"),
        ] {
            assert_eq!((read(kept).0, read(kept).2), (text, Priority::Normal), "{kept:?}");
        }
    }
}

//! Bringing the items of a view up to date: only what a change touches is laid out anew, so that an arrival, an edit and a receipt cost
//! the same in a thread of ten messages and of a hundred thousand.

use acs_chat::{ChatMessage, MessageId};

use super::{Older, Surroundings, Timeline, UnreadLine, id_of, is_told};
use crate::model::rows::{Item, ItemKind};
use crate::model::window::Splice;

/// More single rows than this are not looked up one by one.
const MOST_ROWS: usize = 64;

/// A view begins with so many messages, or with what is not read: more than a screen shows.
const FIRST_MESSAGES: usize = 500;

/// So many are laid out at a time of those before: within a frame.
const MESSAGES_AT_A_TIME: usize = 4_000;

/// What of the past a view is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// It [lacks](Timeline::lacks) some of what is here: then what comes before that is lacking too.
    pub lacked: bool,
    /// Some of what it lacks is to come now.
    pub more: bool,
}

/// What changes touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Everything.
    pub(super) all: bool,
    /// What is before the oldest message that was shown.
    pub(super) before: bool,
    /// These messages, and nothing around them.
    pub(super) rows: Vec<MessageId>,
    /// Everything from this message on.
    pub(super) from: Option<MessageId>,
    /// The newest message and what is behind it.
    pub(super) tail: bool,
}

impl Touched {
    pub(super) fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    pub(super) fn row(id: &MessageId) -> Self {
        Self { rows: vec![id.clone()], ..Self::default() }
    }

    pub(super) fn tail() -> Self {
        Self { tail: true, ..Self::default() }
    }

    pub(super) fn add_from(&mut self, id: &MessageId) {
        if self.from.as_ref().is_none_or(|from| id < from) {
            self.from = Some(id.clone());
        }
    }

    fn add(&mut self, other: &Self) {
        self.all |= other.all;
        self.before |= other.before;
        self.tail |= other.tail;
        self.rows.extend_from_slice(&other.rows);
        self.all |= self.rows.len() > MOST_ROWS;
        if let Some(from) = &other.from {
            self.add_from(from);
        }
    }
}

impl Timeline {
    /// Brings the items of a view up to date, which was made at revision `since` (0: of nothing that is here). Tells which rows came
    /// and went, one after the other; a row that is only another now did neither.
    ///
    /// A view of nothing begins with the newest messages. Of those before, some come each time that they are asked for and nothing else
    /// is to do, as long as it [lacks](Self::lacks) any.
    pub fn refresh(
        &self,
        items: &mut Vec<Item>,
        since: u64,
        earlier: Earlier,
        around: &Surroundings<'_>,
    ) -> Vec<Splice> {
        let mut splices = Vec::new();
        let remembered = self.touched.first().is_some_and(|(revision, _)| *revision <= since + 1);
        let mut touched = Touched { all: since == 0 || !remembered, ..Touched::default() };
        for (_, missed) in self.touched.iter().filter(|(revision, _)| *revision > since) {
            touched.add(missed);
        }
        if touched == Touched::default() && earlier.more && self.lacks(items) {
            let oldest = items.iter().find_map(id_of);
            let from = self.messages.key_before(oldest.as_ref(), MESSAGES_AT_A_TIME).cloned();
            self.refresh_before(items, from.as_ref(), around, &mut splices);
        }
        if !touched.all && touched.before && !earlier.lacked {
            touched.all = !self.refresh_before(items, None, around, &mut splices);
        }
        if !touched.all && !touched.rows.is_empty() {
            self.refresh_rows(items, &mut touched, around);
        }
        if touched.all {
            let first = if items.is_empty() { self.first_of_view() } else { None };
            self.refresh_from(items, 0, first.as_ref(), around, &mut splices);
        } else if touched.tail || touched.from.is_some() {
            let newest = match (self.messages.last(), self.provisional.last()) {
                (Some((listed, _)), Some((provisional, _))) => Some(listed.max(provisional)),
                (newest, other) => newest.or(other).map(|(id, _)| id),
            };
            let from = match (touched.from.as_ref(), newest.filter(|_| touched.tail)) {
                (Some(from), Some(newest)) => Some(from.min(newest)),
                (from, newest) => from.or(newest),
            };
            let before = |item: &Item| from.is_some_and(|from| id_of(item).is_some_and(|id| id < *from));
            let keep = items.iter().rposition(before).map_or(0, |place| place + 1);
            // With nothing kept there is no row to continue from, and days begin anew.
            let from = from.filter(|_| keep > 0).cloned();
            self.refresh_from(items, keep, from.as_ref(), around, &mut splices);
        }
        splices
    }

    /// Lays out anew what is behind the first so many items.
    fn refresh_from(
        &self,
        items: &mut Vec<Item>,
        keep: usize,
        from: Option<&MessageId>,
        around: &Surroundings<'_>,
        splices: &mut Vec<Splice>,
    ) {
        let old = items.split_off(keep);
        self.lay_out(items, from, None, around);
        self.lay_out_outbox(items, around);
        self.lay_out_answers(items, around);
        compare(&old, &items[keep..], keep, splices);
    }

    /// Where a view begins that has nothing yet.
    fn first_of_view(&self) -> Option<MessageId> {
        let newest = self.messages.key_before(None, FIRST_MESSAGES);
        let unread = match &self.line {
            UnreadLine::Fixed { first: Some((first, _)), .. } => Some(first),
            _ => None,
        };
        newest.map(|newest| unread.map_or(newest, |unread| unread.min(newest)).clone())
    }

    /// The oldest message that is here and shown.
    #[must_use]
    pub fn oldest(&self) -> Option<&ChatMessage> {
        let first = if self.older == Older::None { None } else { self.floor.as_ref() };
        let mut told = self.messages.iter_from(first).filter(|(_, message)| is_told(message));
        told.next().filter(|(id, _)| self.is_shown(id)).map(|(_, message)| &**message)
    }

    /// There are messages before the oldest of these items that are shown, and not yet among them.
    #[must_use]
    pub fn lacks(&self, items: &[Item]) -> bool {
        let oldest = items.iter().find_map(id_of);
        oldest.is_some_and(|oldest| self.oldest().is_some_and(|message| message.id < oldest))
    }

    /// Lays out what is before the oldest message of the items, from this one on. False when there is none.
    fn refresh_before(
        &self,
        items: &mut Vec<Item>,
        from: Option<&MessageId>,
        around: &Surroundings<'_>,
        splices: &mut Vec<Splice>,
    ) -> bool {
        let oldest = items.iter().enumerate().find_map(|(at, item)| Some((at, id_of(item)?)));
        let Some((at, oldest)) = oldest else { return false };
        let mut head = Vec::new();
        self.lay_out(&mut head, from, Some(&oldest), around);
        compare(&items[..=at], &head, 0, splices);
        items.splice(..=at, head);
        true
    }

    /// Makes single rows anew in their places. What turns out to touch more than the row is noted.
    fn refresh_rows(&self, items: &mut [Item], touched: &mut Touched, around: &Surroundings<'_>) {
        let seen_by = self.seen_by(around);
        for id in std::mem::take(&mut touched.rows) {
            let Some(message) = self.message(&id) else { continue };
            let item = place_of(items, &id).map(|at| &mut items[at]);
            match item {
                None => {
                    if self.is_shown(&id) {
                        touched.add_from(&id);
                    }
                }
                Some(Item { key, kind: ItemKind::Message(row) })
                    if message.message_type.is_user_message() =>
                {
                    let (new_key, mut new) = self.row(message, seen_by.get(&id), around);
                    if new_key != *key || new.author.id != row.author.id || new.sent_at != row.sent_at {
                        touched.add_from(&id);
                    }
                    new.first = row.first;
                    *row = new;
                }
                Some(_) => touched.add_from(&id),
            }
        }
    }
}

/// Where the item of a message is. Messages are in the order of their ids; between them are lines, and behind them what is only in the
/// outbox.
#[must_use]
pub fn place_of(items: &[Item], id: &MessageId) -> Option<usize> {
    let (mut from, mut to) = (0, items.len());
    while from < to {
        let middle = from + (to - from) / 2;
        // The next one that is a message.
        let next = items[middle..to]
            .iter()
            .enumerate()
            .find_map(|(after, item)| Some((middle + after, id_of(item)?)));
        match next {
            Some((at, here)) if here == *id => return Some(at),
            Some((at, here)) if here < *id => from = at + 1,
            _ => to = middle,
        }
    }
    None
}

/// Adds what came and what went between two lists, which begin after so many rows.
fn compare(old: &[Item], new: &[Item], before: usize, splices: &mut Vec<Splice>) {
    let same = |(old, new): &(&Item, &Item)| old.key == new.key;
    let start = old.iter().zip(new).take_while(same).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    if old.is_empty() && new.is_empty() {
        return;
    }
    if old.is_empty() || new.is_empty() {
        splices.push(Splice { at: before + start, removed: old.len(), inserted: new.len() });
        return;
    }
    let sorted = |items: &[Item]| {
        let mut keys: Vec<String> = items.iter().map(|item| item.key.clone()).collect();
        keys.sort_unstable();
        keys
    };
    let (old_keys, new_keys) = (sorted(old), sorted(new));
    let went = |item: &Item| new_keys.binary_search(&item.key).is_err();
    let came = |item: &Item| old_keys.binary_search(&item.key).is_err();
    let (mut from, mut to) = (0, 0);
    let mut splice = Splice { at: before + start, removed: 0, inserted: 0 };
    while from < old.len() || to < new.len() {
        let (here, there) = (old.get(from), new.get(to));
        if let (Some(here), Some(there)) = (here, there)
            && here.key == there.key
        {
            if splice.removed + splice.inserted > 0 {
                splices.push(splice);
            }
            (from, to) = (from + 1, to + 1);
            splice = Splice { at: before + start + to, removed: 0, inserted: 0 };
        } else if here.is_some_and(|here| there.is_none() || went(here)) {
            (from, splice.removed) = (from + 1, splice.removed + 1);
        } else if there.is_some_and(|there| here.is_none() || came(there)) {
            (to, splice.inserted) = (to + 1, splice.inserted + 1);
        } else {
            // Both are elsewhere in the other list: this one goes, and comes again there.
            (from, splice.removed) = (from + 1, splice.removed + 1);
        }
    }
    if splice.removed + splice.inserted > 0 {
        splices.push(splice);
    }
}

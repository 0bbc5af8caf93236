//! What somebody wrote, twice: in IndexedDB, and in local storage beside it.
//!
//! Chromium that is killed was seen to throw away all of IndexedDB, about once in thirty times. Local storage it keeps, but for
//! the last seconds. So the copy is read only when the database turns out to be made anew, and whoever reads it has to reckon
//! with its being a little old.

use futures_util::FutureExt as _;

use super::browser::local_storage;
use super::indexed_db::IndexedDb;
use super::{Shelf, Storage, Stored};

/// IndexedDB, and a copy of what cannot be asked for again.
#[derive(Default)]
pub(super) struct TwoCopies {
    database: IndexedDb,
}

/// Of the rest, the service has the first copy.
fn is_copied(shelf: Shelf) -> bool {
    matches!(shelf, Shelf::Outbox | Shelf::Drafts)
}

/// Before the keys of a shelf's copy.
fn prefix(shelf: Shelf) -> String {
    format!("natter.copy.{}.", shelf.name())
}

/// What is there of a shelf: keys and values.
fn copies(shelf: Shelf) -> Vec<(String, String)> {
    let (Some(storage), prefix) = (local_storage(), prefix(shelf)) else { return Vec::new() };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|place| storage.key(place).ok().flatten());
    let copy = |name: String| {
        let value = storage.get_item(&name).ok().flatten()?;
        Some((name.strip_prefix(&prefix)?.to_owned(), value))
    };
    names.filter_map(copy).collect()
}

fn forget(shelf: Shelf, key: &str) {
    if let Some(storage) = local_storage() {
        // What cannot be forgotten is there once more, and found to have arrived.
        let _ = storage.remove_item(&(prefix(shelf) + key));
    }
}

impl Storage for TwoCopies {
    fn put(&self, shelf: Shelf, key: String, value: String) -> Stored<()> {
        if let Some(storage) = local_storage().filter(|_| is_copied(shelf)) {
            // Without room for a copy there is the first.
            let _ = storage.set_item(&(prefix(shelf) + &key), &value);
        }
        self.database.put(shelf, key, value)
    }

    fn remove(&self, shelf: Shelf, key: String) -> Stored<()> {
        if is_copied(shelf) {
            forget(shelf, &key);
        }
        self.database.remove(shelf, key)
    }

    fn all(&self, shelf: Shelf) -> Stored<Vec<(String, String)>> {
        self.database.all(shelf)
    }

    fn rescued(&self, shelf: Shelf) -> Stored<Vec<(String, String)>> {
        let database = self.database.clone();
        async move {
            let mut copies = copies(shelf);
            if copies.is_empty() {
                return Ok(copies);
            }
            let all = database.all(shelf).await?;
            copies.retain(|(key, _)| !all.iter().any(|(known, _)| known == key));
            if database.is_new() {
                return Ok(copies);
            }
            // Done with, and a kill came before this was known.
            copies.iter().for_each(|(key, _)| forget(shelf, key));
            Ok(Vec::new())
        }
        .boxed_local()
    }

    fn clear(&self) -> Stored<()> {
        for shelf in Shelf::ALL.into_iter().filter(|shelf| is_copied(*shelf)) {
            copies(shelf).iter().for_each(|(key, _)| forget(shelf, key));
        }
        self.database.clear()
    }
}

//! From a list that comes anew with every change, to rows that are told only when they themselves change.
//!
//! `<For>` builds a row once for each key; what changes inside it has to be a signal. A memo per row that looks for its item would
//! look through the whole list for every row, so one pass compares and sets.

use std::collections::HashMap;

use leptos::prelude::*;

/// A row: its key, and what it shows now.
#[derive(Clone, Debug)]
pub struct Row<T: 'static> {
    /// What tells it from the others.
    pub key: String,
    /// What it shows.
    pub value: ArcRwSignal<T>,
}

/// Follows a list. Of two items with one key the first counts.
pub fn keyed<T>(items: Signal<Vec<T>>, key: fn(&T) -> &str) -> RwSignal<Vec<Row<T>>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let rows = RwSignal::new(Vec::<Row<T>>::new());
    // Before the first paint, and after that whenever the list changes.
    let follow = RenderEffect::new(move |_| {
        items.with(|items| {
            let before = rows.with_untracked(|rows| {
                rows.iter().map(|row| (row.key.clone(), row.value.clone())).collect::<HashMap<_, _>>()
            });
            let mut after: Vec<Row<T>> = Vec::with_capacity(items.len());
            let mut used = std::collections::HashSet::with_capacity(items.len());
            for item in items {
                let key = key(item);
                if !used.insert(key) {
                    continue;
                }
                let value = match before.get(key) {
                    Some(value) => {
                        if value.with_untracked(|shown| shown != item) {
                            value.set(item.clone());
                        }
                        value.clone()
                    }
                    None => ArcRwSignal::new(item.clone()),
                };
                after.push(Row { key: key.to_owned(), value });
            }
            let same = rows.with_untracked(|rows| {
                rows.len() == after.len() && rows.iter().zip(&after).all(|(old, new)| old.key == new.key)
            });
            if !same {
                rows.set(after);
            }
        });
    });
    // As long as whoever asked for the rows.
    let _ = StoredValue::new_local(follow);
    rows
}

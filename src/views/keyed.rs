//! From a list that comes anew with every change, to rows that are told only when they themselves change.
//!
//! A row is built once for each key; what changes inside it has to be a signal. A memo per row that looks for its item would look
//! through the whole list for every row, so one pass compares and sets. What a list is of is forgotten here: all of them are shown by
//! the same code.

use std::collections::HashMap;
use std::sync::Arc;

use crate::signal::State;
use leptos::prelude::*;

/// A row: its key, and what builds it.
#[derive(Clone)]
pub struct Row {
    key: String,
    build: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key)
    }
}

/// Follows a list, whose rows are shown by `view`. Of two items with one key the first counts.
pub fn keyed<T>(
    items: impl Fn() -> Vec<T> + 'static,
    key: fn(&T) -> &str,
    view: impl Fn(ArcRwSignal<T>) -> AnyView + Copy + Send + Sync + 'static,
) -> State<Vec<Row>>
where
    T: PartialEq + Send + Sync + 'static,
{
    let rows = State::new(Vec::new());
    let mut shown = Keys::default();
    let mut values: Vec<ArcRwSignal<T>> = Vec::new();
    let mut update = move || {
        let mut next = Keys::default();
        let mut after = Vec::new();
        for item in items() {
            if !next.take(key(&item)) {
                continue;
            }
            after.push(match shown.place_of(key(&item)) {
                Some(at) => {
                    let value = values[at].clone();
                    if value.with_untracked(|shown| *shown != item) {
                        value.set(item);
                    }
                    value
                }
                None => ArcRwSignal::new(item),
            });
        }
        let same = next.keys == shown.keys;
        (shown, values) = (next, after);
        if !same {
            let row = |(key, value): (&String, &ArcRwSignal<T>)| {
                let value = value.clone();
                Row { key: key.clone(), build: Arc::new(move || view(value.clone())) }
            };
            rows.set(shown.keys.iter().zip(&values).map(row).collect());
        }
    };
    // Before the first paint, and after that whenever the list changes; as long as whoever asked for the rows.
    let _ = StoredValue::new_local(RenderEffect::new(move |_| update()));
    rows
}

/// The rows, in their order.
#[component]
pub fn Rows(
    /// Of which list.
    rows: State<Vec<Row>>,
) -> impl IntoView {
    view! { <For each=move || rows.get() key=|row| row.key.clone() children=|row| (row.build)() /> }
}

/// The keys of rows, and where each is.
#[derive(Debug, Default)]
pub struct Keys {
    keys: Vec<String>,
    places: HashMap<String, usize>,
}

impl<'a> FromIterator<&'a str> for Keys {
    fn from_iter<I: IntoIterator<Item = &'a str>>(keys: I) -> Self {
        let mut all = Self::default();
        for key in keys {
            all.take(key);
        }
        all
    }
}

impl Keys {
    /// Takes the key of the next row. False when it is there.
    pub fn take(&mut self, key: &str) -> bool {
        let new = !self.contains(key);
        if new {
            self.places.insert(key.to_owned(), self.keys.len());
            self.keys.push(key.to_owned());
        }
        new
    }

    /// It is among them.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    fn place_of(&self, key: &str) -> Option<usize> {
        self.places.get(key).copied()
    }
}

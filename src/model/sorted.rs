//! A map that is a sorted list, and a place in such a list.
//!
//! The standard library's maps and sorts are made anew for every type that they hold, and a page that is loaded over a
//! phone's line pays for each: fifteen of them were a twelfth of the whole app. A sorted list costs next to nothing, is
//! as fast for what is held here, and appending to it, as time does, is free. The messages themselves, of which there may
//! be a hundred thousand, are each in a box: what moves over for an older one is then no more than their ids.

/// A map that is a sorted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    #[inline(never)]
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }

    /// What is held under a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|place| &self.0[place].1)
    }

    /// What is held under a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        Some(&mut self.0[place].1)
    }

    /// Something is held under this key.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Holds something under a key; gives what was there before.
    #[inline(never)]
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes away what is held under a key.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.place(key).ok()?;
        Some(self.0.remove(place).1)
    }

    /// What is held under a key; if it is nothing, a new one.
    #[inline(never)]
    pub fn get_or_default(&mut self, key: &K) -> &mut V
    where
        K: Clone,
        V: Default,
    {
        let place = self.place(key).unwrap_or_else(|place| {
            self.0.insert(place, (key.clone(), V::default()));
            place
        });
        &mut self.0[place].1
    }

    /// The last key that is not after this one.
    #[must_use]
    pub fn last_up_to(&self, key: &K) -> Option<&K> {
        let after = match self.place(key) {
            Ok(place) => place + 1,
            Err(place) => place,
        };
        after.checked_sub(1).map(|place| &self.0[place].0)
    }

    /// The key so many places before this one (without one, before the end), or the first.
    #[must_use]
    pub fn key_before(&self, key: Option<&K>, places: usize) -> Option<&K> {
        let place = key.map_or(self.0.len(), |key| self.place(key).unwrap_or_else(|place| place));
        self.0.get(place.saturating_sub(places)).map(|(key, _)| key)
    }

    /// Everything from this key on, by key; without one, everything.
    pub fn iter_from(&self, first: Option<&K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let from = first.map_or(0, |first| self.place(first).unwrap_or_else(|place| place));
        self.0[from..].iter().map(|(key, value)| (key, value))
    }

    /// The last of all.
    #[must_use]
    pub fn last(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// How much is held.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Everything, by key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Everything, by key, to change it.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Keeps only what this says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    /// Holds nothing any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Puts an item into a list that is sorted by `before`, behind its equals.
pub fn insert_sorted<T>(list: &mut Vec<T>, item: T, mut before: impl FnMut(&T, &T) -> bool) {
    let place = list.partition_point(|known| !before(&item, known));
    list.insert(place, item);
}

/// Puts an item into a list unless it is there.
pub fn insert_once<T: PartialEq + Clone>(list: &mut Vec<T>, item: &T) {
    if !list.contains(item) {
        list.push(item.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_does_what_a_map_does() {
        let mut map = SortedMap::default();
        assert_eq!(map.insert(5, "five"), None);
        assert_eq!(map.insert(1, "one"), None);
        assert_eq!(map.insert(5, "FIVE"), Some("five"));
        *map.get_or_default(&3) = "three";
        assert_eq!(map.get_or_default(&3), &"three");
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &"one"), (&3, &"three"), (&5, &"FIVE")]);
        let up_to = |key| map.last_up_to(&key).copied();
        assert_eq!([up_to(0), up_to(1), up_to(2), up_to(9)], [None, Some(1), Some(1), Some(5)]);
        let before = |key: Option<i32>, places| map.key_before(key.as_ref(), places).copied();
        assert_eq!([before(None, 1), before(None, 9), before(Some(5), 1)], [Some(5), Some(1), Some(3)]);
        assert_eq!([before(Some(4), 1), before(Some(1), 1), before(None, 0)], [Some(3), Some(1), None]);
        let from =
            |first: Option<i32>| map.iter_from(first.as_ref()).map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(
            [from(None), from(Some(3)), from(Some(4)), from(Some(6))],
            [vec![1, 3, 5], vec![3, 5], vec![5], vec![]]
        );
        assert_eq!((map.last(), map.count()), (Some((&5, &"FIVE")), 3));
        assert_eq!((map.get(&2), map.get(&3), map.contains_key(&5)), (None, Some(&"three"), true));
        assert_eq!((map.remove(&3), map.remove(&3)), (Some("three"), None));
        map.retain(|key, _| *key > 1);
        assert_eq!(map.iter().count(), 1);
    }

    #[test]
    fn equals_stay_in_their_order() {
        let mut list = Vec::new();
        for item in [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')] {
            insert_sorted(&mut list, item, |left, right| left.0 < right.0);
        }
        assert_eq!(list, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        insert_once(&mut list, &(1, 'b'));
        assert_eq!(list.len(), 4);
    }
}

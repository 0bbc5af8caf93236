//! The small texts that an application keeps with a message, a thread or a participant.

use std::collections::BTreeMap;
use std::ops::Index;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Texts under keys.
pub type Metadata = Keyed<String>;

/// A change of metadata: keys to set; `null` or `""` removes one (reference 4.2, trap 20).
pub type MetadataPatch = Keyed<Option<String>>;

/// A handful of values under keys, in the order of the keys.
///
/// A list, as they are few: the standard library's maps are made anew for every type that they hold, and this one is a part
/// of every page that is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keyed<V>(Vec<(String, V)>);

impl<V> Keyed<V> {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::new())
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(key))
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.place(key).ok().map(|place| &self.0[place].1)
    }

    /// Puts a value under a key; gives the one that was there.
    pub fn insert(&mut self, key: String, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes the value under a key away.
    pub fn remove(&mut self, key: &str) -> Option<V> {
        self.place(key).ok().map(|place| self.0.remove(place).1)
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Everything, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// There are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> FromIterator<(String, V)> for Keyed<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(pairs: I) -> Self {
        let mut keyed = Self::new();
        for (key, value) in pairs {
            keyed.insert(key, value);
        }
        keyed
    }
}

impl<V, const N: usize> From<[(String, V); N]> for Keyed<V> {
    fn from(pairs: [(String, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

/// # Panics
/// For a key that is not there.
impl<V> Index<&str> for Keyed<V> {
    type Output = V;

    fn index(&self, key: &str) -> &V {
        self.get(key).expect("a key that is there")
    }
}

impl<V: Serialize> Serialize for Keyed<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Sorted by the standard library: a body with very many keys must not take long.
        let sorted = BTreeMap::<String, V>::deserialize(deserializer)?;
        Ok(Self(sorted.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_what_a_map_does() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut metadata = Metadata::from([pair("b", "2"), pair("a", "1"), pair("b", "3")]);
        assert_eq!(
            metadata.iter().map(|(key, value)| [key, value]).collect::<Vec<_>>(),
            [["a", "1"], ["b", "3"]]
        );
        assert_eq!(metadata, serde_json::from_str(r#"{"b": "2", "a": "1", "b": "3"}"#).unwrap());
        assert_eq!(serde_json::to_string(&metadata).unwrap(), r#"{"a":"1","b":"3"}"#);
        assert_eq!((metadata.remove("a").as_deref(), metadata.remove("a")), (Some("1"), None));
        assert_eq!((metadata["b"].as_str(), metadata.get("a"), metadata.len()), ("3", None, 1));
        metadata.clear();
        assert!(metadata.is_empty());
    }
}

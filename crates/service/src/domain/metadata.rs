//! The small texts that applications keep with threads, participants and messages.

use super::limits;
use super::refusal::Refusal;
use super::text::check_storable;
use acs_chat::{Metadata, MetadataPatch};

/// Refuses what is over the limit or cannot be kept.
///
/// # Errors
/// [`Refusal::Invalid`] saying what.
pub(crate) fn check(metadata: &Metadata) -> Result<(), Refusal> {
    let bytes: usize = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > limits::METADATA_BYTES {
        return Err(Refusal::invalid(format!(
            "The metadata must not be larger than {} bytes in total.",
            limits::METADATA_BYTES
        )));
    }
    metadata.iter().try_for_each(|(key, value)| {
        check_storable("Metadata", key)?;
        check_storable("Metadata", value)
    })
}

/// What is there after a patch. Keys that the patch does not name stay.
///
/// # Errors
/// [`Refusal::Invalid`] when the outcome is over the limit.
pub(crate) fn merge(mut metadata: Metadata, patch: &MetadataPatch) -> Result<Metadata, Refusal> {
    for (key, value) in patch.iter() {
        check_storable("Metadata", key)?;
        match value.as_deref() {
            None | Some("") => drop(metadata.remove(key)),
            Some(value) => drop(metadata.insert(key.to_owned(), value.to_owned())),
        }
    }
    check(&metadata)?;
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> Metadata {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_patch_sets_removes_and_leaves_the_rest() {
        let patch = MetadataPatch::from([
            ("new".to_owned(), Some("1".to_owned())),
            ("emptied".to_owned(), Some(String::new())),
            ("nulled".to_owned(), None),
            ("never there".to_owned(), None),
        ]);
        let before = metadata(&[("kept", "x"), ("emptied", "x"), ("nulled", "x")]);
        assert_eq!(merge(before, &patch).unwrap(), metadata(&[("kept", "x"), ("new", "1")]));
    }

    #[test]
    fn the_limit_counts_keys_and_values_together_after_the_merge() {
        let full = metadata(&[("k", &"v".repeat(limits::METADATA_BYTES - 1))]);
        assert!(check(&full).is_ok());
        assert!(merge(full.clone(), &MetadataPatch::from([("j".to_owned(), Some("v".to_owned()))])).is_err());
        assert!(merge(full, &MetadataPatch::from([("k".to_owned(), None)])).unwrap().is_empty());
    }
}

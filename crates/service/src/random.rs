//! Random bytes for ids and keys, from the operating system. Only with the feature `simulation`, which no build of the service
//! has, can a test say what chance brings.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt::Write as _;

/// So many random bytes.
///
/// # Panics
/// If the operating system has no randomness to give: without it nothing here is safe to go on.
#[must_use]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(feature = "simulation")]
    if simulated::fill(&mut bytes) {
        return bytes;
    }
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A random UUID (version 4) in its usual form.
#[must_use]
pub(crate) fn guid() -> String {
    let mut bytes = bytes::<16>();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
    }
    text
}

/// A new thread's id, in the vendor's form: `19:<43 characters of base64url>1@thread.v2`.
#[must_use]
pub(crate) fn thread_id() -> String {
    format!("19:{}1@thread.v2", URL_SAFE_NO_PAD.encode(bytes::<32>()))
}

/// Chance that can be repeated.
#[cfg(feature = "simulation")]
pub mod simulated {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From here on, everything that is random on this thread follows from this number.
    pub fn begin(seed: u64) {
        STATE.set(Some(seed));
    }

    /// Fills from the seed of this thread, if it has one (the generator is SplitMix64, in the public domain).
    pub(super) fn fill(bytes: &mut [u8]) -> bool {
        let Some(mut state) = STATE.get() else { return false };
        for byte in bytes {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (mixed >> 56) as u8;
        }
        STATE.set(Some(state));
        true
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_have_the_vendors_form() {
        let guid = super::guid();
        assert_eq!(guid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(guid, super::guid());
        assert_eq!(super::thread_id().len(), "19:".len() + 43 + "1@thread.v2".len());
    }
}

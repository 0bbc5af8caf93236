//! Chance that can be had again: the same seed, the same numbers.

use std::time::{SystemTime, UNIX_EPOCH};

/// A row of numbers (splitmix64).
pub(crate) struct Dice {
    pub(crate) seed: u64,
    state: u64,
}

impl Dice {
    /// From `NATTER_E2E_SEED`, to live through the same again, or else from the clock.
    pub(crate) fn new() -> Self {
        let given = std::env::var("NATTER_E2E_SEED").ok().and_then(|seed| seed.parse().ok());
        let clock =
            || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos().into());
        let seed = given.unwrap_or_else(clock);
        Self { seed, state: seed }
    }

    /// A number from 0 to one less than this.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % most
    }
}

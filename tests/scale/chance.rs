//! Chance that is the same in every run.

/// A generator of numbers from a seed: SplitMix64, as Steele, Lea and Flood published it in 2014.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number from 0 to 1, without 1.
    pub fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns how long it takes, in seconds, until the next of independent events comes that come so often a second.
    pub fn until_next(&mut self, per_second: f64) -> f64 {
        -(1.0 - self.part()).ln() / per_second
    }
}

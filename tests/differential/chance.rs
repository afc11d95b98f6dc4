//! Chance that is the same for the same seed.

/// Numbers that follow from a seed.
pub struct Chance {
    state: u64,
    /// What the next choice is, if it is no matter of chance.
    next: Option<usize>,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d, next: None }
    }

    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Says what the next choice is to be.
    pub fn begin_with(&mut self, choice: usize) {
        self.next = Some(choice);
    }

    pub fn below(&mut self, bound: usize) -> usize {
        if let Some(next) = self.next.take() {
            return next % bound.max(1);
        }
        (self.number() % bound.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.number() as u8).collect()
    }
}

//! Tells torn bytes from whole ones, at the speed of reading them. It is no defence: anybody can make a sum.

const WORD_LEN: usize = 8;

/// Every part that is added has a multiple of this length, but for the last.
pub(crate) const STEP_LEN: usize = 4 * WORD_LEN;

const FACTORS: [u64; 4] = [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63];

/// The sum of some bytes, added part by part. Any one word that differs makes another sum.
pub(crate) struct Checksum {
    lanes: [u64; 4],
    length: u64,
    rest: Vec<u8>,
}

impl Checksum {
    pub(crate) fn new() -> Self {
        Self { lanes: FACTORS, length: 0, rest: Vec::new() }
    }

    pub(crate) fn of(bytes: &[u8]) -> u64 {
        let mut checksum = Self::new();
        checksum.add(bytes);
        checksum.sum()
    }

    pub(crate) fn add(&mut self, part: &[u8]) {
        debug_assert!(self.rest.is_empty(), "only the last part ends between two steps");
        let mut steps = part.chunks_exact(STEP_LEN);
        for step in &mut steps {
            for (lane, (word, factor)) in self.lanes.iter_mut().zip(step.chunks_exact(WORD_LEN).zip(FACTORS)) {
                let word = u64::from_le_bytes(word.try_into().expect("chunks have this length"));
                *lane = (*lane ^ word).wrapping_mul(factor).rotate_left(29);
            }
        }
        self.rest = steps.remainder().to_vec();
        self.length += part.len() as u64;
    }

    pub(crate) fn sum(self) -> u64 {
        let rest = self.rest.into_iter().map(u64::from);
        let add = |sum: u64, value: u64| (sum ^ value).wrapping_mul(FACTORS[0]).rotate_left(31);
        self.lanes.into_iter().chain(rest).fold(self.length, add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_is_the_same_however_the_bytes_are_cut() {
        let bytes: Vec<u8> = (0..1_000_u32).map(|index| index as u8).collect();
        for length in [0, 1, STEP_LEN - 1, STEP_LEN, 999, 1_000] {
            for step in [STEP_LEN, 3 * STEP_LEN] {
                let mut checksum = Checksum::new();
                bytes[..length].chunks(step).for_each(|part| checksum.add(part));
                assert_eq!(checksum.sum(), Checksum::of(&bytes[..length]), "{length} by {step}");
            }
        }
    }

    #[test]
    fn another_byte_or_length_has_another_sum() {
        let bytes = [7; 100];
        let whole = Checksum::of(&bytes);
        for index in 0..bytes.len() {
            let mut other = bytes;
            other[index] ^= 1;
            assert_ne!(Checksum::of(&other), whole, "{index}");
            assert_ne!(Checksum::of(&bytes[..index]), whole, "{index}");
        }
    }
}

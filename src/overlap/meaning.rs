//! What a text means, as a direction.

use crate::overlap::table::DIMS;
use crate::overlap::table::Table;
use crate::overlap::table::Token;
use crate::overlap::words::tokens;

/// A direction of length 1, each number times 254 as a signed byte; all zero for a text of which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning([i8; DIMS]);

/// What a number of length 1 becomes: most are far below one half.
const UNIT: f32 = 254.0;

impl Meaning {
    /// So many bytes hold one.
    pub const LEN: usize = DIMS;

    /// Returns what a text means.
    pub fn of_text(text: &str) -> Self {
        let table = Table::shipped();
        Self::of(&table, &tokens(&table, text))
    }

    /// Returns a meaning that was kept; `None` if it is of another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; DIMS] = bytes.try_into().ok()?;
        Some(Self(bytes.map(u8::cast_signed)))
    }

    /// Returns it as bytes, to be kept.
    pub fn to_bytes(&self) -> [u8; DIMS] {
        self.0.map(i8::cast_unsigned)
    }

    /// Returns whether anything is known of it.
    pub(super) fn is_known(&self) -> bool {
        self.0 != [0; DIMS]
    }

    /// Adds up what the tokens mean. The order of addition is fixed, so machines agree.
    pub(super) fn of(table: &Table<'_>, tokens: &[Token]) -> Self {
        let mut sum = [0.0_f32; DIMS];
        for token in tokens {
            let scale = table.scale(*token);
            for (number, byte) in sum.iter_mut().zip(table.row(*token)) {
                *number += scale * f32::from(byte.cast_signed());
            }
        }
        let length = sum.iter().map(|number| number * number).sum::<f32>().sqrt();
        if length == 0.0 {
            return Self([0; DIMS]);
        }
        Self(sum.map(|number| (UNIT * number / length).round().clamp(-127.0, 127.0) as i8))
    }

    /// Returns the product of two meanings: the more, the more alike they are. It is the same on all machines.
    pub(super) fn product(&self, other: &Self) -> i32 {
        self.0.iter().zip(&other.0).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum()
    }

    /// Returns the cosine that a product stands for: about 1 for the same meaning, and 0 for nothing in common.
    pub(super) fn cosine(product: i32) -> f32 {
        product as f32 / (UNIT * UNIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frozen: computed from the table by a program apart.
    #[test]
    fn meaning_of_a_text_is_frozen() {
        let meaning = Meaning::of_text("Retry uploads that time out");
        assert_eq!(meaning.0[..8], [28, -79, -6, 11, -28, -53, -21, -112]);
        assert_eq!(Meaning::from_bytes(&meaning.to_bytes()), Some(meaning));
        assert_eq!(Meaning::from_bytes(&[0; 3]), None);
        assert!((Meaning::cosine(meaning.product(&meaning)) - 1.0).abs() < 0.01);
    }

    #[test]
    fn text_without_words_means_nothing() {
        let nothing = Meaning::of_text("…");
        assert!(!nothing.is_known());
        assert_eq!(nothing.product(&Meaning::of_text("Fix the parser")), 0);
    }
}

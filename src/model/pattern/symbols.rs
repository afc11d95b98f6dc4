//! The alphabet of a component: characters, and bytes that are not UTF-8.

use super::ranges::Ranges;
use crate::model::fold::continues_letter;

/// Bytes that are not UTF-8 come after the last character, each a symbol of its own.
const INVALID_BYTE_FIRST: u32 = 0x11_0000;

/// The set of symbols that one step of a component accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Symbols {
    Exactly(u32),
    OneOf(Ranges),
    /// Every symbol outside the ranges.
    AnyBut(Ranges),
    /// Every symbol outside the ranges that begins a letter.
    LetterBut(Ranges),
    /// Every symbol that continues a letter.
    Mark,
}

/// Appends the symbols of a path or of a part of it.
pub(super) fn push_symbols(path: &[u8], symbols: &mut Vec<u32>) {
    for chunk in path.utf8_chunks() {
        symbols.extend(chunk.valid().chars().map(u32::from));
        symbols.extend(chunk.invalid().iter().map(|&byte| INVALID_BYTE_FIRST + u32::from(byte)));
    }
}

impl Symbols {
    pub(super) fn any() -> Self {
        Self::AnyBut(Ranges::default())
    }

    pub(super) fn letter() -> Self {
        Self::LetterBut(Ranges::default())
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::AnyBut(ranges) if ranges.symbol_count() == 0)
    }

    pub(super) fn contains(&self, symbol: u32) -> bool {
        match self {
            Self::Exactly(own) => *own == symbol,
            Self::OneOf(ranges) => ranges.contains(symbol),
            Self::AnyBut(ranges) => !ranges.contains(symbol),
            Self::LetterBut(ranges) => !ranges.contains(symbol) && !is_mark(symbol),
            Self::Mark => is_mark(symbol),
        }
    }

    /// Returns whether a symbol is in both sets.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exactly(symbol), set) | (set, Self::Exactly(symbol)) => set.contains(*symbol),
            (Self::OneOf(one), Self::OneOf(other)) => one.meets(other),
            (Self::OneOf(one), Self::AnyBut(other)) | (Self::AnyBut(other), Self::OneOf(one)) => !other.includes(one),
            (Self::OneOf(one), set) | (set, Self::OneOf(one)) => one.symbols().any(|symbol| set.contains(symbol)),
            (Self::LetterBut(_), Self::Mark) | (Self::Mark, Self::LetterBut(_)) => false,
            // What a pattern excludes never is all: it cannot name control characters.
            (Self::AnyBut(_) | Self::LetterBut(_) | Self::Mark, Self::AnyBut(_) | Self::LetterBut(_) | Self::Mark) => {
                true
            }
        }
    }

    /// Returns whether every symbol of the other set is in this one. May say no where the answer is yes.
    pub(super) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (set, Self::Exactly(symbol)) => set.contains(*symbol),
            (Self::OneOf(own), Self::OneOf(other)) => own.includes(other),
            (Self::AnyBut(own), Self::OneOf(other)) => !own.meets(other),
            (Self::LetterBut(_) | Self::Mark, Self::OneOf(other)) => {
                other.symbols().all(|symbol| self.contains(symbol))
            }
            (Self::AnyBut(own), Self::AnyBut(other) | Self::LetterBut(other))
            | (Self::LetterBut(own), Self::LetterBut(other)) => other.includes(own),
            (own, Self::Mark) => *own == Self::Mark || own.is_any(),
            _ => false,
        }
    }
}

fn is_mark(symbol: u32) -> bool {
    char::from_u32(symbol).is_some_and(continues_letter)
}

//! The alphabet of a component: characters, and bytes that are not UTF-8, each in its context.

use super::contexts::Contexts;
use super::contexts::Kinds;
use super::ranges::Ranges;
use crate::model::fold::continues_letter;
use crate::model::fold::order_of_mark;

/// Bytes that are not UTF-8 come after the last character, each a symbol of its own.
const INVALID_BYTE_FIRST: u32 = 0x11_0000;

/// The set of symbols that one step of a component accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Symbols {
    Exactly(u32),
    OneOf(Ranges),
    /// Every symbol outside the ranges. Where a mark follows, also those inside that can be the rest of a character.
    AnyBut(Ranges),
    /// Every mark whose place in the canonical order is from the first to the last.
    Mark(u8, u8),
}

/// A symbol of a path, in its one context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    pub(super) code: u32,
    pub(super) context: Contexts,
}

/// Returns the symbols of a path, each alone.
pub(super) fn symbols(path: &[u8]) -> Vec<Symbol> {
    let mut symbols = Vec::with_capacity(path.len());
    let alone = |code| Symbol { code, context: Contexts::ALONE };
    for chunk in path.utf8_chunks() {
        symbols.extend(chunk.valid().chars().map(|character| alone(character.into())));
        symbols.extend(chunk.invalid().iter().map(|&byte| alone(INVALID_BYTE_FIRST + u32::from(byte))));
    }
    symbols
}

/// Finds the contexts of the symbols of a folded path.
pub(super) fn place(symbols: &mut [Symbol]) {
    // A slash stands beside a symbol as the end of a name does: it never comes with a mark.
    let mut before = Kinds::BARE;
    for index in 0..symbols.len() {
        let own = Kinds::of(symbols[index].code);
        let after = symbols.get(index + 1).map_or(Kinds::BARE, |next| Kinds::of(next.code));
        symbols[index].context = own.contexts(before, after);
        before = own;
    }
}

impl Symbols {
    pub(super) fn any() -> Self {
        Self::AnyBut(Ranges::default())
    }

    /// Every mark, also those that never change their place.
    pub(super) fn mark() -> Self {
        Self::Mark(0, u8::MAX)
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::AnyBut(ranges) if ranges.symbol_count() == 0)
    }

    /// Returns what the symbols are to their neighbours.
    pub(super) fn kinds(&self) -> Kinds {
        match self {
            Self::Exactly(symbol) => Kinds::of(*symbol),
            Self::OneOf(ranges) => ranges.symbols().fold(Kinds::NONE, |kinds, symbol| kinds.and(Kinds::of(symbol))),
            Self::AnyBut(_) => Kinds::ALL,
            Self::Mark(..) => Kinds::MARK,
        }
    }

    /// Returns whether a symbol is accepted in one of these contexts.
    pub(super) fn contains(&self, symbol: u32, contexts: Contexts) -> bool {
        match self {
            Self::Exactly(own) => *own == symbol,
            Self::OneOf(ranges) => ranges.contains(symbol),
            Self::AnyBut(ranges) => {
                !ranges.contains(symbol) || (contexts.meets(Contexts::MARKED) && Kinds::of(symbol) != Kinds::BARE)
            }
            Self::Mark(first, last) => is_mark(symbol, *first, *last),
        }
    }

    /// Returns whether a symbol is in both sets, in one of these contexts.
    pub(super) fn meets(&self, other: &Self, contexts: Contexts) -> bool {
        match (self, other) {
            (Self::Exactly(symbol), set) | (set, Self::Exactly(symbol)) => set.contains(*symbol, contexts),
            (Self::OneOf(one), Self::OneOf(other)) => one.meets(other),
            (Self::OneOf(one), set @ Self::AnyBut(other)) | (set @ Self::AnyBut(other), Self::OneOf(one)) => {
                !other.includes(one) || one.symbols().any(|symbol| set.contains(symbol, contexts))
            }
            (Self::OneOf(one), set @ Self::Mark(..)) | (set @ Self::Mark(..), Self::OneOf(one)) => {
                one.symbols().any(|symbol| set.contains(symbol, contexts))
            }
            (Self::Mark(first, last), Self::Mark(start, end)) => first <= end && start <= last,
            // What a pattern excludes never is all: it cannot name control characters.
            (Self::AnyBut(_), Self::AnyBut(_) | Self::Mark(..)) | (Self::Mark(..), Self::AnyBut(_)) => true,
        }
    }

    /// Returns whether every symbol of the other set is in this one, whatever its context. May say no where the answer
    /// is yes.
    pub(super) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (set, Self::Exactly(symbol)) => set.contains(*symbol, Contexts::NONE),
            (Self::OneOf(own), Self::OneOf(other)) => own.includes(other),
            (Self::AnyBut(own), Self::OneOf(other)) => !own.meets(other),
            (Self::AnyBut(own), Self::AnyBut(other)) => other.includes(own),
            // No mark is ever excluded.
            (Self::AnyBut(_), Self::Mark(..)) => true,
            (Self::Mark(..), Self::OneOf(other)) => other.symbols().all(|symbol| self.contains(symbol, Contexts::NONE)),
            (Self::Mark(first, last), Self::Mark(start, end)) => first <= start && end <= last,
            _ => false,
        }
    }
}

fn is_mark(symbol: u32, first: u8, last: u8) -> bool {
    char::from_u32(symbol)
        .is_some_and(|character| continues_letter(character) && (first..=last).contains(&order_of_mark(character)))
}

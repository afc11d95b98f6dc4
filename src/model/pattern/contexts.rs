//! Where a symbol of a folded name stands: beside a mark or not.
//!
//! Folding takes letters apart, so one character of a name may have become a letter and its marks. What stands beside a
//! symbol tells which of the two it can have been: an `a` that no mark follows was no `á`, and a mark after a `1` was
//! never part of another character. The exact form knows one context only.

use crate::model::fold::continues_letter;

/// A set of contexts, or of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contexts(u8);

impl Contexts {
    pub(super) const NONE: Self = Self(0);
    /// A letter, or anything else that is no mark, that no mark follows. In the exact form, everything.
    pub(super) const ALONE: Self = Self(1);
    /// A letter that a mark follows.
    pub(super) const MARKED: Self = Self(2);
    /// A mark that begins the name, or follows what never comes with a mark in one character.
    pub(super) const OPENING: Self = Self(4);
    /// A mark that may be part of the character before it.
    pub(super) const CONTINUING: Self = Self(8);
    pub(super) const ALL: Self = Self(15);

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.common(other) != Self::NONE
    }

    pub(super) fn includes(self, other: Self) -> bool {
        self.common(other) == other
    }
}

/// What a symbol is to its neighbours, as a set: a step may accept several kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    /// Never comes with a mark in one character, like `1`, or the end of a name.
    pub(super) const BARE: Self = Self(1);
    /// A letter that may come with marks in one character.
    pub(super) const LETTER: Self = Self(2);
    pub(super) const MARK: Self = Self(4);
    pub(super) const ALL: Self = Self(7);

    pub(super) fn of(symbol: u32) -> Self {
        match char::from_u32(symbol) {
            Some(character) if continues_letter(character) => Self::MARK,
            Some(character) if takes_marks(character) => Self::LETTER,
            _ => Self::BARE,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns where a symbol of these kinds may stand between neighbours of the given kinds.
    pub(super) fn contexts(self, before: Self, after: Self) -> Contexts {
        let mut contexts = Contexts::NONE;
        let mut add = |own: Self, is_possible: bool, context| {
            if self.meets(own) && is_possible {
                contexts = contexts.and(context);
            }
        };
        add(Self::BARE.and(Self::LETTER), after.meets(Self::BARE.and(Self::LETTER)), Contexts::ALONE);
        add(Self::BARE.and(Self::LETTER), after.meets(Self::MARK), Contexts::MARKED);
        add(Self::MARK, before.meets(Self::BARE), Contexts::OPENING);
        add(Self::MARK, before.meets(Self::LETTER.and(Self::MARK)), Contexts::CONTINUING);
        contexts
    }
}

/// Returns whether some character folds to this one and a mark. Beyond ASCII, may say yes where the answer is no.
pub(super) fn takes_marks(character: char) -> bool {
    !character.is_ascii() || matches!(character, 'a'..='p' | 'r'..='z' | '<'..='>')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::fold::fold;

    #[test]
    fn what_takes_marks_is_what_begins_a_decomposition() {
        let mut begins = BTreeSet::new();
        for character in '\0'..=char::MAX {
            let folded = fold(character.encode_utf8(&mut [0; 4]));
            let mut symbols = folded.chars();
            let first = symbols.next().unwrap();
            if symbols.next().is_some() {
                assert!(continues_letter(first) || takes_marks(first), "{character:?}");
                begins.insert(first);
            }
        }
        for character in '\0'..='\x7F' {
            assert_eq!(takes_marks(character), begins.contains(&character), "{character:?}");
        }
    }
}

//! Two sequences of items walked together: do they accept a common word, does one accept all words of the other.
//!
//! The same walk serves characters within a component and components within a path. It visits each pair of positions
//! at most once, so that its cost is bounded by the product of the lengths whatever the patterns are.

use std::mem;

use super::symbols::Symbol;

/// A step of a sequence.
pub(super) trait Item {
    /// Returns whether the step may be taken any number of times, also none. Otherwise it is taken once.
    fn repeats(&self) -> bool;

    /// Returns whether the step accepts every word.
    fn accepts_all(&self) -> bool;
}

/// A symbol of a path.
impl Item for Symbol {
    fn repeats(&self) -> bool {
        false
    }

    fn accepts_all(&self) -> bool {
        false
    }
}

/// A component of a path.
impl Item for &[Symbol] {
    fn repeats(&self) -> bool {
        false
    }

    fn accepts_all(&self) -> bool {
        false
    }
}

/// The neighbouring positions that can be reached from a pair of positions.
#[derive(Clone, Copy, Default)]
struct Moves {
    first: bool,
    second: bool,
    both: bool,
}

/// Returns whether some word is accepted by both sequences. `accept` tells whether two steps accept a common symbol.
pub(super) fn meets<A: Item, B: Item>(mut one: &[A], mut other: &[B], accept: impl Fn(&A, &B) -> bool) -> bool {
    while let ([x, one_rest @ ..], [y, other_rest @ ..]) = (one, other)
        && !x.repeats()
        && !y.repeats()
    {
        if !accept(x, y) {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    while let ([one_rest @ .., x], [other_rest @ .., y]) = (one, other)
        && !x.repeats()
        && !y.repeats()
    {
        if !accept(x, y) {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    if one.is_empty() || other.is_empty() {
        return one.iter().all(Item::repeats) && other.iter().all(Item::repeats);
    }
    if meets_by_stars(one, other) {
        return true;
    }
    reaches_end(one.len(), other.len(), |i, j| match (one.get(i), other.get(j)) {
        (Some(x), Some(y)) => match (x.repeats(), y.repeats()) {
            (true, true) => Moves { first: true, second: true, both: false },
            (true, false) => Moves { first: true, second: accept(x, y), both: false },
            (false, true) => Moves { first: accept(x, y), second: true, both: false },
            (false, false) => Moves { both: accept(x, y), ..Moves::default() },
        },
        (Some(x), None) => Moves { first: x.repeats(), ..Moves::default() },
        (None, Some(y)) => Moves { second: y.repeats(), ..Moves::default() },
        (None, None) => Moves::default(),
    })
}

/// Returns whether `wide` accepts every word of `narrow`. May say no where the answer is yes, never the reverse.
///
/// `accept` tells whether the step of `wide` accepts every symbol of the step of `narrow`. Each step of `narrow` must
/// fall on a step of `wide`; a single step takes a single one only.
pub(super) fn includes<A: Item, B: Item>(wide: &[A], narrow: &[B], accept: impl Fn(&A, &B) -> bool) -> bool {
    reaches_end(wide.len(), narrow.len(), |i, j| match (wide.get(i), narrow.get(j)) {
        (Some(x), Some(y)) if x.repeats() => Moves { first: true, second: accept(x, y), both: false },
        (Some(x), Some(y)) => Moves { both: !y.repeats() && accept(x, y), ..Moves::default() },
        (Some(x), None) => Moves { first: x.repeats(), ..Moves::default() },
        (None, _) => Moves::default(),
    })
}

/// Returns whether stars alone give a common word: one sequence starts with a star, one ends with a star, both have one.
///
/// If one starts and the other ends with a star, a word of the other followed by a word of the one is common. If one
/// starts and ends with a star, the other's star takes a word of the one and the outer stars take what is around it.
fn meets_by_stars<A: Item, B: Item>(one: &[A], other: &[B]) -> bool {
    let starts = one.first().is_some_and(Item::accepts_all) || other.first().is_some_and(Item::accepts_all);
    let ends = one.last().is_some_and(Item::accepts_all) || other.last().is_some_and(Item::accepts_all);
    starts && ends && one.iter().any(Item::accepts_all) && other.iter().any(Item::accepts_all)
}

fn reaches_end(rows: usize, columns: usize, moves: impl Fn(usize, usize) -> Moves) -> bool {
    let mut row = vec![false; columns + 1];
    let mut next = vec![false; columns + 1];
    row[0] = true;
    for i in 0..rows {
        for j in 0..=columns {
            if row[j] {
                let Moves { first, second, both } = moves(i, j);
                next[j] |= first;
                if j < columns {
                    row[j + 1] |= second;
                    next[j + 1] |= both;
                }
            }
        }
        if !next.contains(&true) {
            return false;
        }
        mem::swap(&mut row, &mut next);
        next.fill(false);
    }
    for j in 0..columns {
        row[j + 1] |= row[j] && moves(rows, j).second;
    }
    row[columns]
}

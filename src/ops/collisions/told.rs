//! What was told of paths that two work trees change, and how much of it is told one by one: two work trees full of the same
//! new files are one thing to know, not twenty thousand.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::ops::collisions::change::Side;

/// More than anybody reads at once.
pub(super) const AT_ONCE_MAX: usize = 200;
/// More than anybody still knows of.
pub(super) const STANDING_MAX: usize = 2_000;

/// A path, and two work trees that change it, by their git directories.
pub(super) type Pair = (String, PathBuf, PathBuf);

/// What was told and is not over.
#[derive(Debug, Default)]
pub(super) struct Told {
    pairs: BTreeMap<Pair, [Side; 2]>,
    /// Paths of which not everything was told one by one. They are among those that are changed.
    counted: BTreeSet<String>,
}

/// What one look may still tell, and what it only counts.
#[derive(Debug)]
pub(super) struct Allowance {
    left: usize,
    /// How many paths came to be counted only.
    pub(super) more: usize,
}

impl Allowance {
    pub(super) fn new() -> Self {
        Self { left: AT_ONCE_MAX, more: 0 }
    }
}

impl Told {
    /// Returns every path that may be over.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.pairs.keys().map(|(path, ..)| path).chain(&self.counted)
    }

    /// Forgets the pairs of a path that are no longer among these, and returns what was told of them.
    pub(super) fn end(&mut self, path: &str, now: &BTreeSet<Pair>) -> Vec<[Side; 2]> {
        if now.is_empty() {
            self.counted.remove(path);
        }
        let first = (path.to_owned(), PathBuf::new(), PathBuf::new());
        let of_path = self.pairs.range(first..).take_while(|(key, _)| key.0 == path);
        let over: Vec<Pair> = of_path.map(|(key, _)| key.clone()).filter(|key| !now.contains(key)).collect();
        over.iter().filter_map(|key| self.pairs.remove(key)).collect()
    }

    /// Returns which pairs of a path are to be told, and counts the path if those are not all that are new. A path that was
    /// counted is told once somebody works on it.
    pub(super) fn begin(
        &mut self,
        path: &str,
        now: BTreeSet<Pair>,
        is_worked_on: bool,
        allowance: &mut Allowance,
    ) -> Vec<Pair> {
        let was_counted = self.counted.contains(path);
        let mut fresh: Vec<Pair> = now.into_iter().filter(|pair| !self.pairs.contains_key(pair)).collect();
        if fresh.is_empty() || was_counted && !is_worked_on {
            return Vec::new();
        }
        let room = allowance.left.min(STANDING_MAX.saturating_sub(self.pairs.len()));
        if fresh.len() > room {
            fresh.truncate(room);
            allowance.more += usize::from(self.counted.insert(path.to_owned()));
        } else {
            self.counted.remove(path);
        }
        allowance.left -= fresh.len();
        fresh
    }

    /// Remembers what is told of a pair.
    pub(super) fn insert(&mut self, pair: Pair, sides: [Side; 2]) {
        self.pairs.insert(pair, sides);
    }
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;

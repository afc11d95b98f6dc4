//! Sets of numbered symbols.

use std::ops::RangeInclusive;

/// A set of symbols as sorted ranges that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// Unites inclusive ranges that may come in any order and overlap.
    pub(super) fn new(mut parts: Vec<(u32, u32)>) -> Self {
        parts.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(parts.len());
        for (low, high) in parts {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    pub(super) fn contains(&self, symbol: u32) -> bool {
        self.0.iter().any(|&(low, high)| low <= symbol && symbol <= high)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().any(|&(low, high)| other.0.iter().any(|&(start, end)| low <= end && start <= high))
    }

    /// Returns whether every symbol of the other set is in this one.
    pub(super) fn includes(&self, other: &Self) -> bool {
        // Ranges never touch, so a range of the other set lies in one of ours or sticks out.
        let holds = |&(start, end): &(u32, u32)| self.0.iter().any(|&(low, high)| low <= start && end <= high);
        other.0.iter().all(holds)
    }

    pub(super) fn symbol_count(&self) -> usize {
        self.0.iter().map(|&(low, high)| (high - low) as usize + 1).sum()
    }

    pub(super) fn symbols(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|&(low, high)| RangeInclusive::new(low, high))
    }
}

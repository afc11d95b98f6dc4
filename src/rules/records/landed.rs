//! What landed between two states.

use crate::model::Landed;
use crate::rules::state::State;

impl State {
    /// Returns what has landed since an earlier state: the last landing of each ref, in the order of the refs. One entry
    /// records one landing at most.
    pub fn landed_since(&self, before: &Self) -> impl Iterator<Item = &Landed> {
        let is_new = |(name, landed): &(_, &Landed)| before.landed.get(*name) != Some(*landed);
        self.landed.iter().filter(is_new).map(|(_, landed)| landed)
    }
}

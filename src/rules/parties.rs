//! For whom a principal works, and from which house its model is, as far as that counts (S14).

use std::collections::BTreeSet;

use crate::model::Principal;
use crate::model::RecordName;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::rules::state::Trust;

/// Returns the operator that a principal's own record names: the principal itself, if it names none.
pub(crate) fn operator_in(record: &Principal) -> Option<RecordName> {
    record.operator.clone().or_else(|| RecordName::parse(&record.id.to_string()).ok())
}

impl State {
    /// Returns the operator that counts for a principal: its own word if confirmed, else that of its enroller.
    pub fn operator(&self, enrolled: &Enrolled) -> Option<RecordName> {
        operator_in(self.answerable(enrolled)?)
    }

    /// Returns the vendor that counts for a principal.
    pub fn vendor(&self, enrolled: &Enrolled) -> Option<RecordName> {
        self.answerable(enrolled)?.vendor.clone()
    }

    /// Returns every operator that a principal may work for: that of its enroller as well as its own, until somebody confirms
    /// it. Its enroller could have written another's name, or nobody's but that of whom it is. `None` if that may be anybody.
    pub(crate) fn operators(&self, enrolled: &Enrolled) -> Option<BTreeSet<RecordName>> {
        self.records_behind(enrolled)?.into_iter().map(operator_in).collect()
    }

    /// Returns whether two principals work for different operators, whatever of the words about them is true.
    pub(crate) fn are_of_other_operators(&self, one: &Enrolled, other: &Enrolled) -> bool {
        let both = self.operators(one).zip(self.operators(other));
        both.is_some_and(|(one, other)| one.is_disjoint(&other))
    }

    /// Returns what is written of a principal; until somebody confirms it, also what is written of those who stand behind it,
    /// and what was confirmed last of each. At the end is the one whose word counts. `None` for a circle or somebody
    /// self-enrolled.
    pub(crate) fn records_behind<'a>(&'a self, enrolled: &'a Enrolled) -> Option<Vec<&'a Principal>> {
        let mut records = Vec::new();
        let mut current = enrolled;
        for _ in 0..16 {
            records.extend([&current.record].into_iter().chain(&current.confirmed_as));
            if current.trust == Trust::Confirmed {
                return Some(records);
            }
            if current.record.enrolled_by == current.record.id {
                return None;
            }
            current = self.principal(&current.record.enrolled_by)?;
        }
        None
    }

    /// Returns what is written of the one whose word counts for a principal.
    fn answerable<'a>(&'a self, enrolled: &'a Enrolled) -> Option<&'a Principal> {
        self.records_behind(enrolled)?.pop()
    }
}

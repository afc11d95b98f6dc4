//! The largest set of approvers no two of whom share an operator, and no two a vendor.
//!
//! Each approver pairs its operator with its vendor, so that this is a largest matching of the two, found by augmenting
//! paths (Kuhn 1955). It is exact however many approve: nobody hides another approval behind a crowd.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::PrincipalId;
use crate::model::RecordName;

/// In what an approver differs from others, or is like them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Shared(RecordName),
    /// Nobody else is like it.
    Own(PrincipalId),
}

/// The approvers of each operator, with their vendors.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) of: BTreeMap<Side, Vec<(Side, PrincipalId)>>,
}

/// Each matched vendor with its operator and the approver.
type Matched<'a> = BTreeMap<&'a Side, (&'a Side, &'a PrincipalId)>;

impl Pairs {
    /// Returns a largest set, cut off at `most`.
    pub(crate) fn largest(&self, most: usize) -> Vec<PrincipalId> {
        let mut matched = Matched::new();
        for operator in self.of.keys() {
            if matched.len() >= most {
                break;
            }
            self.augment(operator, &mut matched, &mut BTreeSet::new());
        }
        let mut found: Vec<PrincipalId> = matched.into_values().map(|(_, id)| id.clone()).collect();
        found.sort();
        found
    }

    /// Finds a vendor for an operator; one that has another operator is taken if that finds a vendor in turn. No deeper than
    /// there are matched vendors.
    fn augment<'a>(&'a self, operator: &'a Side, matched: &mut Matched<'a>, tried: &mut BTreeSet<&'a Side>) -> bool {
        for (vendor, id) in &self.of[operator] {
            if !tried.insert(vendor) {
                continue;
            }
            let holder = matched.get(vendor).map(|(holder, _)| *holder);
            if holder.is_none_or(|holder| self.augment(holder, matched, tried)) {
                matched.insert(vendor, (operator, id));
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prop_assert;
    use proptest::prop_assert_eq;
    use proptest::proptest;

    use super::*;

    fn pairs(given: &[(u8, u8)]) -> Pairs {
        let side = |kind: &str, number: u8| Side::Shared(RecordName::parse(&format!("{kind}-{number}")).unwrap());
        let mut pairs = Pairs::default();
        for (index, (operator, vendor)) in given.iter().enumerate() {
            let id = PrincipalId::parse(&format!("p{index}-00000000")).unwrap();
            pairs.of.entry(side("o", *operator)).or_default().push((side("v", *vendor), id));
        }
        pairs
    }

    fn differ(given: &[(u8, u8)], chosen: &[usize]) -> bool {
        let distinct = |of: fn(&(u8, u8)) -> u8| {
            chosen.iter().map(|index| of(&given[*index])).collect::<BTreeSet<_>>().len() == chosen.len()
        };
        distinct(|pair| pair.0) && distinct(|pair| pair.1)
    }

    fn largest_by_trying(given: &[(u8, u8)]) -> usize {
        let subsets = (0_u32..1 << given.len())
            .map(|bits| (0..given.len()).filter(|index| bits >> index & 1 == 1).collect::<Vec<_>>());
        subsets.filter(|chosen| differ(given, chosen)).map(|chosen| chosen.len()).max().unwrap()
    }

    proptest! {
        #[test]
        fn largest_set_is_found(given in vec((0_u8..5, 0_u8..5), 0..10), most in 0_usize..6) {
            let found = pairs(&given).largest(most);
            let index = |id: &PrincipalId| id.name()[1..].parse::<usize>().unwrap();
            let chosen: Vec<usize> = found.iter().map(index).collect();
            prop_assert!(differ(&given, &chosen));
            prop_assert_eq!(chosen.len(), largest_by_trying(&given).min(most));
        }
    }
}

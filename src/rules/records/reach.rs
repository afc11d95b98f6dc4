//! How much of its role a principal has: no more than those who vouched for it could give (POL-9).
//!
//! A role may be narrow when somebody is put into it, and wide later. Whoever vouched then never could vouch for what it is
//! now, so the rest waits until somebody who could says so.

use std::collections::BTreeSet;

use crate::model::Pattern;
use crate::model::Right;
use crate::model::Role;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// What somebody could vouch for when it vouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    pub may: BTreeSet<Right>,
    /// Empty means every path.
    pub lanes: Vec<Pattern>,
}

/// What a principal's role has and the principal has not, because nobody vouched for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unvouched {
    pub rights: Vec<Right>,
    /// Whether there are paths in the lanes of its role that it does not have.
    pub lanes: bool,
}

impl Unvouched {
    /// Returns whether somebody vouched for all that its role has.
    pub fn is_empty(&self) -> bool {
        self.rights.is_empty() && !self.lanes
    }
}

impl Reach {
    /// Returns that of a role as it is.
    pub(crate) fn of_role(role: &Role) -> Self {
        Self { may: role.may.clone(), lanes: role.lanes.clone() }
    }

    /// Returns whether a role has nothing beyond.
    pub(crate) fn holds(&self, role: &Role) -> bool {
        role.may.is_subset(&self.may) && lanes_within(&role.lanes, &self.lanes)
    }

    /// Returns what either of two could vouch for.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        let is_everywhere = self.lanes.is_empty() || other.lanes.is_empty();
        let mut lanes = Vec::new();
        for lane in self.lanes.iter().chain(&other.lanes).filter(|_| !is_everywhere) {
            if !lanes.contains(lane) {
                lanes.push(lane.clone());
            }
        }
        Self { may: self.may.union(&other.may).copied().collect(), lanes }
    }

    /// Returns what both could vouch for, as far as patterns tell: a lane of one that the other does not cover whole is in
    /// neither. `None` if that is no path at all, which no list of lanes says.
    fn narrowed(&self, other: &Self) -> Option<Self> {
        let covered = |lanes: &[Pattern], by: &[Pattern]| -> Vec<Pattern> {
            lanes.iter().filter(|lane| by.iter().any(|other| other.covers(lane))).cloned().collect()
        };
        let lanes = match (self.lanes.is_empty(), other.lanes.is_empty()) {
            (true, _) => other.lanes.clone(),
            (false, true) => self.lanes.clone(),
            (false, false) => {
                let mut both = covered(&self.lanes, &other.lanes);
                both.extend(covered(&other.lanes, &self.lanes).into_iter().filter(|lane| !self.lanes.contains(lane)));
                if both.is_empty() {
                    return None;
                }
                both
            }
        };
        Some(Self { may: self.may.intersection(&other.may).copied().collect(), lanes })
    }

    fn covers(&self, path: &[u8]) -> bool {
        self.lanes.is_empty() || self.lanes.iter().any(|lane| lane.matches(path))
    }
}

fn lanes_within(granted: &[Pattern], own: &[Pattern]) -> bool {
    let covered = |lane: &Pattern| own.iter().any(|mine| mine.covers(lane));
    own.is_empty() || (!granted.is_empty() && granted.iter().all(covered))
}

impl State {
    /// Returns whether a principal's role has a path in its lanes, and somebody vouched for it there. A role that the policy
    /// does not know changes and reviews nothing.
    pub fn reaches(&self, enrolled: &Enrolled, path: &[u8]) -> bool {
        let in_role = self.role(&enrolled.record.role).is_some_and(|role| Reach::of_role(role).covers(path));
        in_role && enrolled.reach.as_ref().is_none_or(|reach| reach.covers(path))
    }

    /// Returns where a principal's paths are: in the lanes of its role, as far as somebody vouched for it there; empty means
    /// every path. Of two lanes that only meet the role's stands for both. `None` if it has no path at all.
    pub(crate) fn lanes_of(&self, enrolled: &Enrolled) -> Option<Vec<Pattern>> {
        let role = self.role(&enrolled.record.role)?;
        let vouched = enrolled.reach.as_ref().map(|reach| reach.lanes.as_slice()).unwrap_or_default();
        if role.lanes.is_empty() || vouched.is_empty() {
            return Some(if role.lanes.is_empty() { vouched.to_vec() } else { role.lanes.clone() });
        }
        let meeting = |lane: &Pattern| {
            let within = vouched.iter().filter(|other| lane.covers(other) && !other.covers(lane));
            let within: Vec<_> = within.cloned().collect();
            let has_more = vouched.iter().any(|other| other.overlaps(lane) && !within.contains(other));
            if has_more { vec![lane.clone()] } else { within }
        };
        let lanes: Vec<_> = role.lanes.iter().flat_map(meeting).collect();
        (!lanes.is_empty()).then_some(lanes)
    }

    /// Returns whether a principal keeps to lanes at all.
    pub(crate) fn has_lanes(&self, enrolled: &Enrolled) -> bool {
        let of_role = self.role(&enrolled.record.role).is_none_or(|role| !role.lanes.is_empty());
        of_role || enrolled.reach.as_ref().is_some_and(|reach| !reach.lanes.is_empty())
    }

    /// Returns what a principal's role has that nobody vouched for.
    pub fn unvouched(&self, enrolled: &Enrolled) -> Unvouched {
        let (Some(reach), Some(role)) = (&enrolled.reach, self.role(&enrolled.record.role)) else {
            return Unvouched::default();
        };
        let rights = role.may.difference(&reach.may).copied().collect();
        Unvouched { rights, lanes: !lanes_within(&role.lanes, &reach.lanes) }
    }

    /// Returns what somebody can vouch for now: a root member for everything, which is `Some(None)`, and others for what they
    /// have themselves. `None` if that is nothing.
    pub(crate) fn reach_of(&self, granter: &Enrolled) -> Option<Option<Reach>> {
        if self.speaks_for_root(&granter.record.id, self.height) {
            return Some(None);
        }
        let role = Reach::of_role(self.role(&granter.record.role)?);
        let own = granter.reach.as_ref().map_or(Some(role.clone()), |reach| role.narrowed(reach));
        own.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::cast::cast;
    use crate::rules::policy::cast::id;

    fn patterns(lanes: &[&str]) -> Vec<Pattern> {
        lanes.iter().map(|lane| Pattern::parse(lane).unwrap()).collect()
    }

    /// Checks where the paths of a principal are whose role has `role`, and for whom others vouched in `vouched`.
    #[track_caller]
    fn check(role: &[&str], vouched: &[&str], expected: Option<&[&str]>) {
        let mut state = cast();
        let mut dora = state.principal(&id("dora")).unwrap().clone();
        let granted = state.policy.roles.get_mut(&dora.record.role).unwrap();
        granted.lanes = patterns(role);
        dora.reach = Some(Reach { may: granted.may.clone(), lanes: patterns(vouched) });
        assert_eq!(state.lanes_of(&dora), expected.map(patterns), "{role:?} {vouched:?}");
    }

    #[test]
    fn paths_are_those_of_the_role_where_somebody_vouched() {
        check(&[], &[], Some(&[]));
        check(&["docs/**"], &[], Some(&["docs/**"]));
        check(&[], &["docs/**"], Some(&["docs/**"]));
        check(&["docs/**"], &["docs/**"], Some(&["docs/**"]));
        check(&["docs/**", "src/**"], &["docs/a/**", "docs/b/**"], Some(&["docs/a/**", "docs/b/**"]));
        check(&["docs/a/**"], &["docs/**"], Some(&["docs/a/**"]));
        check(&["docs/**"], &["**/*.md"], Some(&["docs/**"]));
        check(&["docs/**"], &["src/**"], None);
    }

    /// Returns what somebody could vouch for in these lanes, with these rights.
    fn reach(may: &[Right], lanes: &[&str]) -> Reach {
        Reach { may: may.iter().copied().collect(), lanes: patterns(lanes) }
    }

    #[test]
    fn two_words_reach_wherever_one_of_them_does() {
        let docs = reach(&[Right::Find], &["docs/**"]);
        let both = reach(&[Right::Claim], &["docs/**", "src/**"]);
        assert_eq!(docs.joined(&both), reach(&[Right::Claim, Right::Find], &["docs/**", "src/**"]));
        let everywhere = reach(&[Right::Find], &[]);
        assert_eq!([docs.joined(&everywhere), everywhere.joined(&docs)], [everywhere.clone(), everywhere]);
    }

    #[test]
    fn word_reaches_no_further_than_its_author() {
        let docs = reach(&[Right::Claim, Right::Find], &["docs/**"]);
        let within = reach(&[Right::Find], &["docs/a/**"]);
        assert_eq!([docs.narrowed(&within), within.narrowed(&docs)], [Some(within.clone()), Some(within)]);
        assert_eq!(docs.narrowed(&docs), Some(docs.clone()));
        assert_eq!(docs.narrowed(&reach(&[Right::Find], &["src/**"])), None);
    }
}

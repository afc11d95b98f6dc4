//! Root members decide together: whose word counts, and whether they are enough.

use std::collections::BTreeSet;

use crate::model::PrincipalId;
use crate::model::Root;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

impl State {
    /// Returns whether what somebody signed at a height is its word now: who stepped down speaks no more, and what was said
    /// with a suspect key is nobody's word.
    pub(crate) fn stands_by(&self, id: &PrincipalId, given: u64) -> bool {
        self.principal(id).is_some_and(|enrolled| {
            let suspect = enrolled.record.suspect_since.is_some_and(|since| given >= since);
            enrolled.record.status == Standing::Active && !suspect && self.has_fit_key(enrolled)
        })
    }

    /// Returns whether somebody is revoked: what it left open is anybody's to take away.
    pub(crate) fn is_revoked(&self, id: &PrincipalId) -> bool {
        self.principal(id).is_some_and(|enrolled| enrolled.record.status == Standing::Revoked)
    }

    /// Returns whether what somebody signed at a height is the word of a root member now.
    pub(crate) fn speaks_for_root(&self, member: &PrincipalId, given: u64) -> bool {
        self.policy.is_root(member) && self.stands_by(member, given)
    }

    /// Returns whether somebody's word about others is enough by itself: that of a root member where one decides (S14). Where
    /// it takes several, one of them would bring in its own second person.
    pub fn is_enough_as_root(&self, member: &PrincipalId) -> bool {
        self.policy.root.threshold == 1 && self.speaks_for_root(member, self.height)
    }

    /// Refuses what only root members do: to anybody else, and to one whose key is suspect.
    pub(crate) fn require_root(&self, signer: &PrincipalId, doing: &str) -> Result<(), Refusal> {
        ensure(self.policy.is_root(signer), Code::RecordRight, || format!("only root members {doing}"))?;
        ensure(self.speaks_for_root(signer, self.height), Code::KeySuspect, || {
            format!("only root members {doing}, and the key of `{signer}` is suspect")
        })
    }

    /// Returns whether the root members still decide without one of them.
    pub(crate) fn root_decides_without(&self, member: &PrincipalId) -> bool {
        let others = self.policy.root.members.iter().filter(|other| *other != member);
        let left = others.filter(|other| self.speaks_for_root(other, self.height)).cloned().collect();
        self.suffice_as_root(&left)
    }

    /// Returns whether these root members are as many as decide, counted by operator (S20).
    pub(crate) fn suffice_as_root(&self, members: &BTreeSet<PrincipalId>) -> bool {
        self.suffice_for(&self.policy.root, members)
    }

    /// As [`Self::suffice_as_root`], under rules that may not be active. Whoever is no member of theirs does not count.
    pub(crate) fn suffice_for(&self, root: &Root, members: &BTreeSet<PrincipalId>) -> bool {
        self.voices(members.iter().filter(|id| root.members.contains(*id))) >= root.threshold
    }

    /// Returns how many root members could speak for root today, counted by operator.
    pub(crate) fn root_voices(&self) -> u64 {
        let members = self.policy.root.members.iter();
        self.voices(members.filter(|member| self.speaks_for_root(member, self.height)))
    }

    fn voices<'a>(&self, members: impl Iterator<Item = &'a PrincipalId>) -> u64 {
        let operators = members.filter_map(|id| self.operator(self.principal(id)?));
        operators.collect::<BTreeSet<_>>().len() as u64
    }
}

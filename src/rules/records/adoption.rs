//! How a protected ref comes under the ledger: root members take it as it is.
//!
//! Each signs a record of its own, in an entry of its own; as many as `root.threshold` asks for, by different operators,
//! have to name the same commit.

use std::collections::BTreeSet;

use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RefName;
use crate::rules::code::Code;
use crate::rules::judge::Case;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

/// A ref that some root members have taken as it is, but not enough of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopting {
    /// That of the last record about it.
    pub rev: u64,
    pub new: ObjectId,
    /// Each with the height before its word.
    pub by: Vec<(PrincipalId, u64)>,
}

/// Counts a root member's word that a ref is taken as it is.
pub(crate) fn adopt(case: &mut Case<'_>, landed: &Landed) -> Result<(), Refusal> {
    let signer = &case.signer()?.record.id;
    case.before.require_root(signer, "take a ref as it is")?;
    let is_first = !case.before.landed.contains_key(&landed.target);
    ensure(is_first && landed.old.is_none() && case.entry.changes().len() == 1, Code::LandedMismatch, || {
        "only a ref without landings is taken as it is".to_owned()
    })?;
    let adopters = case.before.adopters_with(&landed.target, landed.new, signer);
    let is_adopted = case.before.suffice_as_root(&adopters);
    let said_before = case.before.adopters(&landed.target, landed.new).any(|by| by == signer);
    ensure(is_adopted || !said_before, Code::LandedMismatch, || {
        format!("`{signer}` has taken `{}` as it is before; that takes another root member", landed.target)
    })?;
    if is_adopted {
        case.next.adopting.remove(&landed.target);
        case.next.lapsed.remove(&landed.target);
        case.next.landed.insert(landed.target.clone(), landed.clone());
    } else {
        let mut by: Vec<_> = case.before.words(&landed.target, landed.new).cloned().collect();
        by.push((signer.clone(), case.before.height));
        case.next.adopting.insert(landed.target.clone(), Adopting { rev: landed.rev, new: landed.new, by });
    }
    Ok(())
}

impl State {
    /// Returns whether a protected ref waits for root members to adopt it: before that nothing lands on it.
    pub fn lacks_adoption(&self, target: &RefName) -> bool {
        self.policy.protects(target) && !self.landed.contains_key(target)
    }

    /// Returns the root members who have taken a ref as it is at a commit, while there are not enough of them.
    pub fn adopters(&self, target: &RefName, new: ObjectId) -> impl Iterator<Item = &PrincipalId> {
        self.words(target, new).map(|(member, _)| member)
    }

    /// Returns whether a ref is adopted once this root member has taken it as it is at a commit as well.
    pub fn adopts_with(&self, target: &RefName, new: ObjectId, member: &PrincipalId) -> bool {
        self.suffice_as_root(&self.adopters_with(target, new, member))
    }

    /// Returns the `rev` of the next record about a ref.
    pub fn next_landed_rev(&self, target: &RefName) -> u64 {
        let adopting = self.adopting.get(target).map(|adopting| adopting.rev);
        let known = [self.landed.get(target).map(|landed| landed.rev), adopting, self.lapsed.get(target).copied()];
        known.into_iter().flatten().max().map_or(1, |rev| rev + 1)
    }

    /// Returns whether anything ever landed on any ref.
    pub fn has_landings(&self) -> bool {
        !self.landed.is_empty() || !self.lapsed.is_empty()
    }

    /// Ends what is known of the refs that no rule protects any more. They may be anywhere by the time that one does again:
    /// then root members take them as they are once more, or nothing lands there.
    pub(crate) fn lapse(&mut self) {
        let known = self.landed.iter().map(|(target, landed)| (target, landed.rev));
        let known = known.chain(self.adopting.iter().map(|(target, adopting)| (target, adopting.rev)));
        let free: Vec<_> = known.filter(|(target, _)| !self.policy.protects(target)).collect();
        let free: Vec<(RefName, u64)> = free.into_iter().map(|(target, rev)| (target.clone(), rev)).collect();
        for (target, rev) in free {
            self.landed.remove(&target);
            self.adopting.remove(&target);
            let rev = self.lapsed.get(&target).map_or(rev, |known| rev.max(*known));
            self.lapsed.insert(target, rev);
        }
    }

    /// Returns the words for a commit that count, each with the height at which it was given. Whose key is suspect since, or
    /// who stepped down, speaks no more for root.
    fn words(&self, target: &RefName, new: ObjectId) -> impl Iterator<Item = &(PrincipalId, u64)> {
        let adopting = self.adopting.get(target).filter(|adopting| adopting.new == new);
        let words = adopting.into_iter().flat_map(|adopting| &adopting.by);
        words.filter(|(member, given)| self.speaks_for_root(member, *given))
    }

    /// Another commit is another word: whoever named one before has to speak again.
    fn adopters_with(&self, target: &RefName, new: ObjectId, member: &PrincipalId) -> BTreeSet<PrincipalId> {
        self.adopters(target, new).chain([member]).cloned().collect()
    }
}

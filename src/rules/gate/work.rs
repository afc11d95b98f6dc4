//! Which commits are the work that lands, and who stands behind them.
//!
//! Whoever commits an approved change again, as a squash, a rebase or a merge does, is not its author (S16).

use std::collections::BTreeSet;

use crate::model::PrincipalId;
use crate::model::Standing;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::contributors::elsewhere;
use crate::rules::gate::contributors::owner_of;
use crate::rules::gate::decide::Question;
use crate::rules::gate::decide::Segment;
use crate::rules::gate::facts::CommitFact;
use crate::rules::gate::facts::CommitSigner;
use crate::rules::gate::facts::OtherHead;
use crate::rules::gate::facts::SegmentFacts;
use crate::rules::state::Enrolled;
use crate::rules::state::Pending;
use crate::rules::state::State;

/// The commits in which a change was made.
#[derive(Clone, Copy)]
pub(crate) enum Work<'a> {
    /// The commits that land.
    Landing(&'a [CommitFact]),
    /// Those of the request's own head; what lands commits the same change again.
    Recommitted(&'a [CommitFact]),
}

impl<'a> Work<'a> {
    /// Tells which commits made a change. They are those of the request's own head if that makes the very same change,
    /// everybody who signed there may act, and nothing else comes along; otherwise whoever committed it again stands for it.
    pub(crate) fn of(question: &Question<'a>, segment: &Segment<'a>, pending: &Pending) -> Self {
        let facts = segment.facts;
        let own = own_head(facts, pending).filter(|own| own.delta == Some(facts.delta));
        let own = own.and_then(|own| own.commits.as_deref()).filter(|own| is_all_of(facts, own));
        match own {
            Some(own) if own.iter().all(|commit| signer_of(question, commit).is_some()) => Self::Recommitted(own),
            _ => Self::Landing(&facts.commits),
        }
    }

    pub(crate) fn commits(self) -> &'a [CommitFact] {
        match self {
            Self::Landing(commits) | Self::Recommitted(commits) => commits,
        }
    }

    /// Returns the commits that answer for a changed path: those that touched it, and if none of them left there what lands,
    /// whoever chose it. A merge takes one side's version, be it of long ago.
    pub(crate) fn answering(self, facts: &'a SegmentFacts, path: &[u8]) -> Vec<&'a CommitFact> {
        let lands = facts.result.get(path);
        let touching = || self.commits().iter().filter(|commit| commit.touched.contains_key(path));
        if touching().any(|commit| commit.touched.get(path) == lands) {
            return touching().collect();
        }
        let has_merge = self.commits().iter().any(|commit| commit.is_merge);
        let answers = |commit: &&CommitFact| commit.touched.contains_key(path) || commit.is_merge || !has_merge;
        self.commits().iter().filter(answers).collect()
    }

    /// Returns whether a commit only makes the change again.
    pub(crate) fn is_repeated_by(self, commit: &CommitFact) -> bool {
        match self {
            Self::Landing(_) => false,
            Self::Recommitted(own) => own.iter().all(|original| original.id != commit.id),
        }
    }
}

/// Returns whether what lands makes the change of the own head and brings nothing that the work did not bring: a merge that
/// keeps its own side brings any history along, and a rebase may hold on its way what it takes back at its end. An empty
/// change is nothing but the history that it brings.
fn is_all_of(facts: &SegmentFacts, own: &[CommitFact]) -> bool {
    let known: BTreeSet<_> = own.iter().flat_map(|commit| &commit.touched).collect();
    let is_known = |commit: &CommitFact| commit.touched.iter().all(|left| known.contains(&left));
    !facts.changes.is_empty() && facts.commits.iter().all(is_known)
}

/// Returns whether the head that a request names makes the change that lands.
pub(crate) fn shows_what_lands(facts: &SegmentFacts, pending: &Pending) -> bool {
    let own = own_head(facts, pending);
    facts.new == pending.request.head || own.is_some_and(|own| own.delta == Some(facts.delta))
}

fn own_head<'a>(facts: &'a SegmentFacts, pending: &Pending) -> Option<&'a OtherHead> {
    facts.other_heads.iter().find(|other| other.head == pending.request.head)
}

/// Returns the commits of the request's own head where others land in their place, whoever signed them.
pub(crate) fn own_commits<'a>(facts: &'a SegmentFacts, pending: &Pending) -> &'a [CommitFact] {
    own_head(facts, pending).and_then(|own| own.commits.as_deref()).unwrap_or_default()
}

/// Returns the principal that signed a commit, if it may act.
pub(crate) fn signer_of<'a>(question: &Question<'a>, commit: &CommitFact) -> Option<&'a Enrolled> {
    let CommitSigner::Signed(key) = &commit.signer else { return None };
    let owner = question.latest.keys.get(key)?;
    let active =
        |state: &State| state.principal(owner).is_none_or(|enrolled| enrolled.record.status != Standing::Revoked);
    let states_agree = active(question.rights) && active(question.latest);
    // A key that was rotated away still stands behind what it signed.
    question.rights.principal(owner).filter(|_| states_agree)
}

/// Who made a change that lands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorship {
    pub contributors: Contributors,
    /// Those of them who signed the commits in which it was made.
    pub signers: BTreeSet<PrincipalId>,
    /// Those of them who signed the same change on other branches.
    pub elsewhere: BTreeSet<PrincipalId>,
}

impl Authorship {
    /// Tells who made the change of a segment; nobody if no request fits it.
    pub fn of(question: &Question<'_>, segment: &Segment<'_>) -> Self {
        let pending = segment.request.and_then(|id| segment.records.requests.get(id));
        let Some(pending) = pending else { return Self::default() };
        let work = Work::of(question, segment, pending);
        let signers = work.commits().iter().filter_map(|commit| owner_of(segment.records, &commit.signer));
        Self {
            contributors: Contributors::of_segment(segment.records, pending, segment.facts, work),
            signers: signers.cloned().collect(),
            elsewhere: elsewhere(segment.records, segment.facts),
        }
    }
}

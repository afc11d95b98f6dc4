//! Which commits are the work that lands, and who stands behind them.
//!
//! Whoever commits an approved change again, as a squash, a rebase or a merge does, is not its author (S16).

use std::collections::BTreeSet;

use crate::model::PrincipalId;
use crate::model::Standing;
use crate::rules::contributors::Contributors;
use crate::rules::contributors::owner_of;
use crate::rules::decide::Question;
use crate::rules::decide::Segment;
use crate::rules::facts::CommitFact;
use crate::rules::facts::CommitSigner;
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
    /// Tells which commits made a change. They are those of the request's own head if that makes the very same change and
    /// everybody who signed there may act; otherwise whoever committed it again stands for it.
    pub(crate) fn of(question: &Question<'a>, segment: &Segment<'a>, pending: &Pending) -> Self {
        let facts = segment.facts;
        let own = facts.other_heads.iter().find(|other| other.head == pending.request.head);
        let own = own.filter(|own| own.delta == Some(facts.delta)).and_then(|own| own.commits.as_deref());
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

    /// Returns whether a commit only makes the change again.
    pub(crate) fn is_repeated_by(self, commit: &CommitFact) -> bool {
        match self {
            Self::Landing(_) => false,
            Self::Recommitted(own) => own.iter().all(|original| original.id != commit.id),
        }
    }
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
        }
    }
}

//! Who had a hand in a change. Whoever did cannot approve it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Claim;
use crate::model::Landed;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::rules::gate::facts::CommitFact;
use crate::rules::gate::facts::CommitSigner;
use crate::rules::gate::facts::SameResult;
use crate::rules::gate::facts::SegmentFacts;
use crate::rules::gate::work::Work;
use crate::rules::state::Pending;
use crate::rules::state::Petition;
use crate::rules::state::State;

/// The principals behind a change, with why each counts, and what could not be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributors {
    pub principals: BTreeMap<PrincipalId, &'static str>,
    /// Authorship that names nobody: it counts as everybody.
    pub unknown: Vec<String>,
}

impl Contributors {
    /// Returns the contributors that the ledger alone knows: the opener and the holders of the cited claims.
    pub fn of_request(pending: &Pending) -> Self {
        let mut found = Self::default();
        found.add(pending.request.opener.clone(), "opened the request");
        for holder in &pending.holders {
            found.add(holder.clone(), "holds a cited claim");
        }
        found
    }

    /// Returns who had a hand in what landed, as the gate found them then, and whoever opened its request or held its ground.
    pub fn of_landed(pending: &Pending, landed: &Landed) -> Self {
        let mut found = Self::of_request(pending);
        for contributor in landed.signers.iter().chain(&landed.elsewhere).chain(&landed.contributors) {
            found.add(contributor.clone(), "had a hand in the change");
        }
        if landed.unknown_authors > 0 {
            found.unknown.push("it has authors whom nobody knows".to_owned());
        }
        found
    }

    /// Returns who had a hand in what a request for an action asks for.
    pub(crate) fn of_petition(petition: &Petition) -> Self {
        let mut found = Self::default();
        found.add(petition.request.opener.clone(), "opened the request");
        found
    }

    /// Returns all contributors to a segment (S16).
    pub(crate) fn of_segment(state: &State, pending: &Pending, facts: &SegmentFacts, work: Work<'_>) -> Self {
        let mut found = Self::of_request(pending);
        found.add_change(state, pending, facts, work);
        found
    }

    /// Returns who contributed to a change for which nobody has asked yet.
    pub(crate) fn of_commits(state: &State, pending: &Pending, facts: &SegmentFacts, work: Work<'_>) -> Self {
        let mut found = Self::default();
        found.add_change(state, pending, facts, work);
        found
    }

    fn add_change(&mut self, state: &State, pending: &Pending, facts: &SegmentFacts, work: Work<'_>) {
        for commit in work.commits() {
            self.add_authors(state, commit, &format!("commit {}", commit.id.short()));
        }
        for other in &facts.other_heads {
            match &other.commits {
                None => self.unknown.push(format!("the head {} is gone", other.head.short())),
                Some(commits) => {
                    for commit in commits {
                        self.add_authors(state, commit, &format!("the head {}", other.head.short()));
                    }
                }
            }
        }
        // What of a head has landed meanwhile was approved by itself; who made it had a hand in this request all the same.
        for commit in &facts.landed_since {
            if let Some(owner) = owner_of(state, &commit.signer) {
                self.add(owner.clone(), "signed a commit of it that landed before");
            }
            for line in &commit.co_authors {
                self.add_co_author(state, line, true);
            }
        }
        for id in elsewhere(state, facts) {
            self.add(id, "signed the same change elsewhere");
        }
        self.add_holders(state, pending, facts);
    }

    fn add_authors(&mut self, state: &State, commit: &CommitFact, place: &str) {
        let owner = owner_of(state, &commit.signer);
        match owner {
            Some(id) => self.add(id.clone(), "signed a commit"),
            None => self.unknown.push(format!("{place} names no enrolled signer")),
        }
        for line in &commit.co_authors {
            self.add_co_author(state, line, owner.is_some());
        }
    }

    fn add(&mut self, id: PrincipalId, why: &'static str) {
        self.principals.entry(id).or_insert(why);
    }

    /// A co-author line counts if it names a principal. One that names nobody is somebody unknown, unless an enrolled
    /// signer stands behind the commit.
    fn add_co_author(&mut self, state: &State, line: &str, signed_by_enrolled: bool) {
        let mut named = false;
        for id in state.principals.keys() {
            if line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|word| word == id.as_str()) {
                self.add(id.clone(), "co-authored a commit");
                named = true;
            }
        }
        if !named && !signed_by_enrolled {
            self.unknown.push(format!("the co-author `{line}` is nobody enrolled"));
        }
    }

    /// Whoever held a changed path since the base landed.
    fn add_holders(&mut self, state: &State, pending: &Pending, facts: &SegmentFacts) {
        let paths: Vec<&[u8]> = facts.changes.iter().map(|change| change.path.as_slice()).collect();
        for claim in covering(state, pending, &paths) {
            self.add(claim.holder.clone(), "held a changed path");
        }
    }
}

/// Returns who signed commits of the same change on other branches. What nobody enrolled signed says nothing: anybody can
/// push it.
pub(crate) fn elsewhere(state: &State, facts: &SegmentFacts) -> BTreeSet<PrincipalId> {
    let makes_it = |commit: &&CommitFact| facts.changes.iter().any(|change| commit.touched.contains_key(&change.path));
    let (commits, recorded): (&[CommitFact], &[PrincipalId]) = match &facts.same_result {
        SameResult::Found(commits) => (commits, &[]),
        SameResult::Recorded(principals) => (&[], principals),
        SameResult::Both(commits, principals) => (commits, principals),
    };
    let making = commits.iter().filter(makes_it);
    making.filter_map(|commit| owner_of(state, &commit.signer)).chain(recorded).cloned().collect()
}

/// Returns the principal whose key, present or former, signed.
pub(crate) fn owner_of<'a>(state: &'a State, signer: &CommitSigner) -> Option<&'a PrincipalId> {
    match signer {
        CommitSigner::Signed(key) => state.keys.get(key),
        CommitSigner::Unsigned | CommitSigner::Bad(_) => None,
    }
}

/// Returns the height at which the work on a request began, as far as the ledger knows: with the first claim that it cites.
pub(crate) fn began(state: &State, pending: &Pending) -> u64 {
    let since_of = |id: &RecordId| {
        let live = state.claims.get(id).map(|lease| lease.since);
        live.or_else(|| state.tombstones.get(id).map(|tombstone| tombstone.since))
    };
    pending.request.claims.iter().filter_map(since_of).min().unwrap_or(pending.opened)
}

/// Returns the height from which on contributors have no say in what stands against their change: since its base landed, or
/// with its first claim if that was earlier. Work may begin without a claim, so the first claim alone is too late.
pub(crate) fn concerned_since(state: &State, pending: &Pending) -> u64 {
    let based = state.landed.get(&pending.request.target).map_or(0, |base| {
        // What was taken as it is has no delta; nobody decides on it later than its entry.
        let entry = base.delta.and_then(|delta| state.landed_deltas.get(&delta).copied());
        entry.unwrap_or(base.decided_at) + 1
    });
    based.min(began(state, pending))
}

/// Returns the claims under which one of these paths was held since the base of a request landed.
pub(crate) fn covering<'a>(state: &'a State, pending: &Pending, paths: &[&[u8]]) -> impl Iterator<Item = &'a Claim> {
    let since = concerned_since(state, pending);
    let live = state.claims.values().filter(|lease| lease.held.is_some()).map(|lease| &lease.claim);
    let ended = state.tombstones.values().filter(move |stone| stone.token.is_some() && stone.ended >= since);
    live.chain(ended.map(|stone| &stone.claim)).filter(|claim| paths.iter().any(|path| claim.covers_path(path)))
}

/// Returns a claim that is live, or ended and is remembered.
pub(crate) fn claim_of<'a>(state: &'a State, id: &RecordId) -> Option<&'a Claim> {
    let live = state.claims.get(id).map(|lease| &lease.claim);
    live.or_else(|| state.tombstones.get(id).map(|stone| &stone.claim))
}

pub(crate) fn holder_of(state: &State, id: &RecordId) -> Option<PrincipalId> {
    claim_of(state, id).map(|claim| claim.holder.clone())
}

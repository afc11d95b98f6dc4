//! What an answer is worth: which records were decided where the ledger is decided, and which are only here yet (S11, S12).

use std::collections::BTreeSet;

use crate::git::Repository;
use crate::ledger::Beyond;
use crate::ledger::VoidEntry;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::ops::context::Context;
use crate::ops::event::Event;
use crate::ops::failure::Failure;
use crate::rules::Lease;
use crate::rules::State;

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// It was decided at the remote.
    Remote,
    /// It was decided here, and there is no remote.
    Local,
    /// It was written here and awaits the remote.
    Tentative,
}

/// What each record is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    decided: Guarantee,
    only_here: OnlyHere,
}

/// What was not decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum OnlyHere {
    Nothing,
    /// What these entries have added, changed or removed.
    Some {
        commits: BTreeSet<ObjectId>,
        paths: BTreeSet<String>,
        /// The height of the first of them: later tokens are not final.
        from: u64,
    },
    Everything,
}

impl Standing {
    /// Returns what the records of a ledger are worth now.
    pub fn of(context: &Context) -> Result<Self, Failure> {
        let only_here = match context.ledger.beyond()? {
            Beyond::Nothing => OnlyHere::Nothing,
            Beyond::Everything => OnlyHere::Everything,
            Beyond::Entries(entries) => OnlyHere::Some {
                paths: touched(&context.repository, &entries, context.ledger.voids())?,
                from: context.state().height.saturating_sub(entries.len() as u64),
                commits: entries.into_iter().collect(),
            },
        };
        let is_elsewhere = context.ledger.store().remote().is_some();
        Ok(Self { decided: if is_elsewhere { Guarantee::Remote } else { Guarantee::Local }, only_here })
    }

    /// Returns how many entries are only here, as far as that can be told.
    pub fn count(&self) -> usize {
        match &self.only_here {
            OnlyHere::Some { commits, .. } => commits.len(),
            _ => 0,
        }
    }

    /// Returns what the ledger is worth as a whole.
    pub fn of_ledger(&self) -> Guarantee {
        self.unless(self.only_here != OnlyHere::Nothing)
    }

    /// Returns what an entry is worth.
    pub fn of_entry(&self, commit: ObjectId) -> Guarantee {
        self.unless(match &self.only_here {
            OnlyHere::Some { commits, .. } => commits.contains(&commit),
            other => *other == OnlyHere::Everything,
        })
    }

    /// Returns what a record is worth.
    pub fn of_record(&self, path: &RecordPath) -> Guarantee {
        self.unless(match &self.only_here {
            OnlyHere::Some { paths, .. } => paths.contains(&path.to_string()),
            other => *other == OnlyHere::Everything,
        })
    }

    /// Returns what a claim is worth: a token that came by somebody else's entry is no more final than that entry.
    pub fn of_lease(&self, lease: &Lease) -> Guarantee {
        let is_early = match &self.only_here {
            OnlyHere::Some { from, .. } => lease.held.is_some_and(|grant| grant.token >= *from),
            _ => false,
        };
        if is_early { Guarantee::Tentative } else { self.of_record(&RecordPath::Claim(lease.claim.id.clone())) }
    }

    /// Returns what something that happened is worth; nothing is said of what is not in the ledger.
    pub(crate) fn of_event(&self, event: &Event, state: &State) -> Option<Guarantee> {
        if let Ok(commit) = event.subject.parse::<ObjectId>() {
            return Some(self.of_entry(commit));
        }
        let id = RecordId::parse(&event.subject).ok()?;
        if let Some(lease) = state.claims.get(&id) {
            return Some(self.of_lease(lease));
        }
        let answer = event.principal.as_deref().filter(|_| event.name.starts_with("approval."));
        let path = match (event.name.split('.').next()?, answer) {
            ("approval", Some(principal)) => RecordPath::parse(&format!("approvals/{id}/{principal}.toml"))?,
            ("action", _) => RecordPath::Run(id),
            ("claim", _) => RecordPath::Claim(id),
            ("decision", _) => RecordPath::Decision(id),
            ("finding", _) => RecordPath::Finding(id),
            _ => RecordPath::Request(id),
        };
        Some(self.of_record(&path))
    }

    fn unless(&self, is_only_here: bool) -> Guarantee {
        if is_only_here { Guarantee::Tentative } else { self.decided }
    }
}

/// Returns the paths that some entries, newest first, have changed. Void ones change nothing.
fn touched(repository: &Repository, entries: &[ObjectId], voids: &[VoidEntry]) -> Result<BTreeSet<String>, Failure> {
    let mut paths = BTreeSet::new();
    let mut before = None;
    for (nth, id) in entries.iter().rev().enumerate() {
        let links = repository.commit_links(*id)?;
        if nth == 0 {
            let parent = links.parents.first().map(|parent| repository.commit_links(*parent)).transpose()?;
            before = parent.map(|parent| parent.tree);
        }
        if voids.iter().any(|void| void.commit == *id) {
            continue;
        }
        let changes = repository.tree_changes(before, Some(links.tree))?;
        paths.extend(changes.into_iter().filter_map(|change| String::from_utf8(change.path).ok()));
        before = Some(links.tree);
    }
    Ok(paths)
}

//! One entry after the other: what each does to the state, and which are void.

use crate::format::commit;
use crate::format::commit::CommitFault;
use crate::format::commit::Payload;
use crate::git::GitError;
use crate::git::TreeChange;
use crate::ledger::entry_reader::read_changes;
use crate::ledger::store::Store;
use crate::model::Digest;
use crate::model::HashKind;
use crate::model::ObjectId;
use crate::model::Span;
use crate::model::Timestamp;
use crate::rules::Code;
use crate::rules::Entry;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::judge;
use crate::rules::judge_genesis;
use crate::sign::SignatureFault;
use crate::sign::Verified;
use crate::sign::verify_commit;

/// How many void entries are remembered to be shown.
const VOIDS_MAX: usize = 32;

/// An entry that changed nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoidEntry {
    pub commit: ObjectId,
    pub height: u64,
    pub refusal: Refusal,
}

/// A verified chain up to its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub head: ObjectId,
    /// SHA-256 of the genesis entry's signed payload.
    pub pin: Digest,
    pub state: State,
    /// The tree of the last valid entry: the next one is compared with it, and ours build on it (S2).
    pub valid_tree: ObjectId,
    /// The tree of the head while the head is void.
    pub void_tree: Option<ObjectId>,
    /// The latest void entries, oldest first.
    pub voids: Vec<VoidEntry>,
    pub void_count: u64,
}

/// What an entry is, seen from the chain before it.
#[derive(Debug)]
pub enum Step {
    /// The chain with it, valid or void.
    Taken(Box<Chain>, Option<VoidEntry>),
    /// Acceptable when the acceptor's clock has come so far.
    Wait(Timestamp),
}

/// The chain itself is broken at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadFault {
    pub commit: ObjectId,
    pub refusal: Refusal,
}

/// The entry that ends a chain, read and verified, or why it is void.
type Reading = Result<Verified<Payload>, Refusal>;

/// A commit of a line as it was read, and what its signature says. What it does is still to be judged.
pub(super) struct ReadEntry {
    commit: ObjectId,
    /// The entry that it follows, or why the chain ends here.
    link: Result<ObjectId, Refusal>,
    tree: Option<ObjectId>,
    reading: Reading,
}

impl ReadEntry {
    /// Reads the raw bytes of a commit.
    pub(super) fn of(commit: ObjectId, raw: &[u8], kind: HashKind) -> Self {
        let link = match commit::parents(raw).as_deref() {
            Some([parent]) => Ok(*parent),
            Some([]) => Err(Refusal::new(Code::LedgerRoot, "the ledger begins a second time")),
            _ => Err(broken_link(raw)),
        };
        Self { commit, link, tree: tree_of(raw), reading: read_payload(kind, raw) }
    }

    pub(super) fn commit(&self) -> ObjectId {
        self.commit
    }
}

impl Chain {
    /// Reads the first entry of a chain.
    pub fn begin<S: Store>(
        store: &S,
        commit_id: ObjectId,
        now: Timestamp,
    ) -> Result<Result<Self, HeadFault>, GitError> {
        let raw = store.commit(commit_id)?;
        let fault = |refusal: Refusal| HeadFault { commit: commit_id, refusal };
        if commit::parents(&raw).is_none_or(|parents| !parents.is_empty()) {
            return Ok(Err(fault(Refusal::new(Code::LedgerRoot, "the ledger does not begin here"))));
        }
        let payload = match read_payload(store.hash_kind(), &raw) {
            Ok(payload) => payload,
            Err(refusal) => return Ok(Err(fault(refusal))),
        };
        let pin = Digest::new(payload.value().digest());
        let valid_tree = payload.value().tree();
        let changes = match read_changes(store, &store.tree_changes(None, valid_tree)?)? {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(fault(refusal))),
        };
        let judged = entry_of(payload, changes).and_then(|entry| {
            check_skew(&entry, now)?;
            judge_genesis(&entry)
        });
        Ok(judged.map_err(fault).map(|state| Self {
            head: commit_id,
            pin,
            state,
            valid_tree,
            void_tree: None,
            voids: Vec::new(),
            void_count: 0,
        }))
    }

    /// Takes the next commit of the chain: the entry that has this chain's head as its parent.
    ///
    /// The outer error is about the store, the inner one about the chain; an entry that is merely illegal is taken as
    /// void.
    pub fn step<S: Store>(
        &self,
        store: &S,
        commit_id: ObjectId,
        now: Timestamp,
    ) -> Result<Result<Step, HeadFault>, GitError> {
        self.step_read(store, ReadEntry::of(commit_id, &store.commit(commit_id)?, store.hash_kind()), now)
    }

    /// Takes the next commit of the chain, which was read and verified before.
    pub(super) fn step_read<S: Store>(
        &self,
        store: &S,
        entry: ReadEntry,
        now: Timestamp,
    ) -> Result<Result<Step, HeadFault>, GitError> {
        let ReadEntry { commit: commit_id, link, tree, reading } = entry;
        let fault = |refusal| HeadFault { commit: commit_id, refusal };
        match link {
            Ok(parent) if parent == self.head => {}
            Ok(_) => {
                let message = "the entry does not follow the head before it";
                return Ok(Err(fault(Refusal::new(Code::LedgerFork, message))));
            }
            Err(refusal) => return Ok(Err(fault(refusal))),
        }
        let judged = match reading {
            Ok(payload) => self.judge_payload(store, payload)?,
            Err(refusal) => Err(refusal),
        };
        Ok(Ok(match judged {
            Ok((entry, _)) if entry.time() > now + Span::SKEW_MAX => Step::Wait(entry.time()),
            Ok((entry, state)) => {
                let chain = Self {
                    head: commit_id,
                    state,
                    valid_tree: entry.payload().tree(),
                    void_tree: None,
                    ..self.clone()
                };
                Step::Taken(Box::new(chain), None)
            }
            Err(refusal) => {
                let (chain, void) = self.with_void(commit_id, tree, refusal);
                Step::Taken(Box::new(chain), Some(void))
            }
        }))
    }

    /// Judges a payload as the next entry. The caller has checked that it names this head as its parent.
    pub(crate) fn judge_payload<S: Store>(
        &self,
        store: &S,
        payload: Verified<Payload>,
    ) -> Result<Result<(Entry, State), Refusal>, GitError> {
        let changed = match store.tree_changes(Some(self.valid_tree), payload.value().tree()) {
            Ok(changed) => changed,
            Err(GitError::Corrupt { reason, .. }) => return Ok(Err(Refusal::new(Code::LedgerTree, reason))),
            Err(GitError::TooLarge { what, .. }) => {
                return Ok(Err(Refusal::new(Code::RecordLimit, format!("{what} is too large"))));
            }
            Err(error) => return Err(error),
        };
        if let Err(refusal) = self.check_inherited(store, &changed)? {
            return Ok(Err(refusal));
        }
        let changes = match read_changes(store, &changed)? {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(entry_of(payload, changes).and_then(|entry| {
            let state = judge(&self.state, &entry)?;
            Ok((entry, state))
        }))
    }

    /// Nobody signs by accident what a void entry brought in (S2).
    fn check_inherited<S: Store>(&self, store: &S, changed: &[TreeChange]) -> Result<Result<(), Refusal>, GitError> {
        let Some(void_tree) = self.void_tree else { return Ok(Ok(())) };
        let garbage = match store.tree_changes(Some(self.valid_tree), void_tree) {
            Ok(garbage) => garbage,
            // A tree that cannot even be read has nothing that a readable one could repeat.
            Err(GitError::Corrupt { .. } | GitError::TooLarge { .. }) => return Ok(Ok(())),
            Err(error) => return Err(error),
        };
        let repeated =
            changed.iter().find(|change| garbage.iter().any(|old| old.path == change.path && old.new == change.new));
        Ok(repeated.map_or(Ok(()), |change| {
            let message = "it repeats what the void entry before it brought in";
            Err(Refusal::new(Code::EntryInherited, message).about(String::from_utf8_lossy(&change.path)))
        }))
    }

    /// Returns the height of the entry that it ends with; genesis has 0.
    pub(super) fn height(&self) -> u64 {
        self.state.head_height()
    }

    fn with_void(&self, commit: ObjectId, tree: Option<ObjectId>, refusal: Refusal) -> (Self, VoidEntry) {
        let void = VoidEntry { commit, height: self.state.height, refusal };
        let mut chain = self.clone();
        chain.head = commit;
        chain.state.height += 1;
        chain.void_tree = tree;
        // Who stood in the way is of the past, and not remembered: a chain from the cache equals one judged anew.
        chain.voids.push(VoidEntry { refusal: void.refusal.clone().with_obstacles(Vec::new()), ..void.clone() });
        chain.void_count += 1;
        if chain.voids.len() > VOIDS_MAX {
            chain.voids.remove(0);
        }
        (chain, void)
    }
}

/// Says why a commit cannot be followed to the one before it.
pub(crate) fn broken_link(raw: &[u8]) -> Refusal {
    match commit::parents(raw) {
        Some(parents) => Refusal::new(Code::LedgerMerge, format!("the commit has {} parents", parents.len())),
        // Tags and push certificates are signed in the same namespace.
        None if tree_of(raw).is_none() => Refusal::new(Code::SignaturePayload, "what is signed there is no commit"),
        None => Refusal::new(Code::LedgerMerge, "the parents of the commit cannot be read"),
    }
}

/// Returns the entry of a verified payload.
fn entry_of(payload: Verified<Payload>, changes: Vec<crate::rules::Change>) -> Result<Entry, Refusal> {
    Entry::new(payload, changes).ok_or_else(|| Refusal::new(Code::EntryNonCanonical, "its date is out of range"))
}

fn check_skew(entry: &Entry, now: Timestamp) -> Result<(), Refusal> {
    if entry.time() > now + Span::SKEW_MAX {
        return Err(Refusal::new(Code::EntrySkew, "the entry is dated ahead of this machine's clock"));
    }
    Ok(())
}

/// Returns the tree that a commit names, whatever else is wrong with it.
fn tree_of(raw: &[u8]) -> Option<ObjectId> {
    let line = raw.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.strip_prefix("tree ")?.parse().ok()
}

fn read_payload(kind: HashKind, raw: &[u8]) -> Reading {
    let signed = commit::parse(raw, kind).map_err(|fault| {
        let code = match fault {
            CommitFault::NonCanonical(_) => Code::EntryNonCanonical,
            CommitFault::PayloadType => Code::SignaturePayload,
            CommitFault::MultipleSignatures => Code::EntryMultipleSignatures,
            CommitFault::Unsigned => Code::EntryUnsigned,
        };
        Refusal::new(code, fault.to_string())
    })?;
    verify_commit(signed).map_err(|fault| Refusal::new(code_of(&fault), fault.to_string()))
}

/// Returns the code of a signature that is not accepted.
pub(crate) fn code_of(fault: &SignatureFault) -> Code {
    match fault {
        SignatureFault::NonCanonical(_) => Code::EntryNonCanonical,
        SignatureFault::Namespace(_) => Code::SignatureNamespace,
        SignatureFault::Hash(_) => Code::SignatureHash,
        SignatureFault::KeyType(_) => Code::KeyType,
        SignatureFault::WeakKey => Code::KeyWeak,
        SignatureFault::Malleable => Code::SignatureMalleable,
        SignatureFault::SkFlags => Code::SignatureFlags,
        SignatureFault::BadSignature => Code::SignatureBad,
    }
}

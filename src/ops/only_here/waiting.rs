//! Entries that were only here when the remote had moved on, and whose signer's key was not at hand: they are set aside,
//! in the order in which they were written, until somebody with the key synchronises.

use crate::disk;
use crate::disk::Durability;
use crate::format::commit;
use crate::git::Repository;
use crate::ledger::CloneStore;
use crate::ledger::VoidEntry;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::ops::failure::Failure;
use crate::rules::State;
use crate::sign::PublicKey;
use crate::sign::verify_commit;

/// The file that names them, one a line; they themselves are kept as evidence of the branch that they were on.
const FILE: &str = "waiting";
/// More than anybody leaves behind.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// An entry that waits for its signer's key.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub commit: ObjectId,
    pub signer: Option<PrincipalId>,
    pub subject: String,
    /// The time that it is dated.
    pub time: Option<Timestamp>,
}

impl Waiting {
    /// Reads who signed an entry, and when.
    pub(crate) fn read(repository: &Repository, commit_id: ObjectId, state: &State) -> Result<Self, Failure> {
        let signed = commit::parse(&repository.commit(commit_id)?, repository.hash_kind()).ok();
        let time = signed.as_ref().and_then(|signed| Timestamp::from_unix_s(signed.payload().committer().time()));
        let subject = signed.as_ref().and_then(|signed| signed.payload().message().lines().next());
        let subject = subject.unwrap_or_default().to_owned();
        let verified = signed.and_then(|signed| verify_commit(signed).ok());
        let signer = verified.and_then(|verified| state.principal_by_key(verified.key()));
        Ok(Self { commit: commit_id, signer: signer.map(|found| found.record.id.clone()), subject, time })
    }
}

/// Returns the entries that wait for a key, in the order in which they were written.
pub fn list(store: &CloneStore, state: &State) -> Result<Vec<Waiting>, Failure> {
    let repository = store.repository();
    // Nobody is kept from looking because an entry that only waits is gone.
    let there = commits(store)?.into_iter().filter(|commit| repository.contains(*commit));
    there.map(|commit| Waiting::read(repository, commit, state)).collect()
}

pub(crate) fn commits(store: &CloneStore) -> Result<Vec<ObjectId>, Failure> {
    let named = disk::read(&store.directory().join(FILE), FILE_BYTES_MAX)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&named).lines().filter_map(|line| line.parse().ok()).collect())
}

/// Sets entries aside, after those that wait already.
pub(crate) fn keep(store: &CloneStore, entries: &[ObjectId]) -> Result<(), Failure> {
    let mut kept = commits(store)?;
    let before = kept.len();
    for entry in entries {
        if !kept.contains(entry) {
            kept.push(*entry);
        }
    }
    if kept.len() == before { Ok(()) } else { write(store, &kept) }
}

/// Forgets entries of which something has become.
pub(crate) fn forget(store: &CloneStore, entries: &[ObjectId]) -> Result<(), Failure> {
    let mut kept = commits(store)?;
    let before = kept.len();
    kept.retain(|commit| !entries.contains(commit));
    if kept.len() == before { Ok(()) } else { write(store, &kept) }
}

fn write(store: &CloneStore, entries: &[ObjectId]) -> Result<(), Failure> {
    let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    Ok(disk::write(&store.directory().join(FILE), lines.as_bytes(), 0o600, Durability::Synced)?)
}

/// An entry as it was written here.
pub(crate) struct Written {
    pub(crate) commit: ObjectId,
    pub(crate) key: Option<PublicKey>,
    pub(crate) message: String,
    /// The records that it changes, with their new text.
    pub(crate) edits: Vec<(RecordPath, Option<String>)>,
}

impl Written {
    pub(crate) fn read(repository: &Repository, commit_id: ObjectId) -> Result<Self, Failure> {
        Self::read_after(repository, commit_id, &[])
    }

    /// Reads what an entry says, and not what it does.
    pub(crate) fn read_message(repository: &Repository, commit_id: ObjectId) -> Result<Self, Failure> {
        let signed = commit::parse(&repository.commit(commit_id)?, repository.hash_kind()).ok();
        let message = signed.map(|signed| signed.payload().message().to_owned()).unwrap_or_default();
        Ok(Self { commit: commit_id, key: None, message, edits: Vec::new() })
    }

    /// Reads an entry whose parents may be void.
    pub(crate) fn read_after(
        repository: &Repository,
        commit_id: ObjectId,
        voids: &[VoidEntry],
    ) -> Result<Self, Failure> {
        let links = repository.commit_links(commit_id)?;
        // What a void entry brought in, the next one does not take away.
        let mut base = links.parents.first().map(|parent| repository.commit_links(*parent)).transpose()?;
        let mut parent = links.parents.first().copied();
        while let Some(before) = parent.filter(|id| voids.iter().any(|void| void.commit == *id)) {
            parent = repository.commit_links(before)?.parents.first().copied();
            base = parent.map(|parent| repository.commit_links(parent)).transpose()?;
        }
        let mut edits = Vec::new();
        for change in repository.tree_changes(base.map(|links| links.tree), Some(links.tree))? {
            let Some(path) = std::str::from_utf8(&change.path).ok().and_then(RecordPath::parse) else { continue };
            let text = match change.new {
                Some((_, blob)) => {
                    let bytes = repository.blob(blob, crate::format::RECORD_BYTES_MAX as u64)?;
                    Some(String::from_utf8_lossy(&bytes).into_owned())
                }
                None => None,
            };
            edits.push((path, text));
        }
        let signed = commit::parse(&repository.commit(commit_id)?, repository.hash_kind()).ok();
        let message = signed.as_ref().map(|signed| signed.payload().message().to_owned()).unwrap_or_default();
        let key = signed.and_then(|signed| Some(verify_commit(signed).ok()?.key().clone()));
        Ok(Self { commit: commit_id, key, message, edits })
    }

    pub(crate) fn subject(&self) -> String {
        self.message.lines().next().unwrap_or_default().to_owned()
    }
}

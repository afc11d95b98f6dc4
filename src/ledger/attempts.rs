//! The entries that one command has made so far. Any of them may have arrived, whatever was said of it: an acknowledgement is
//! lost, a push comes late. They are known again by what was signed (S13).

use std::collections::BTreeSet;

use crate::format::commit;
use crate::git::GitError;
use crate::ledger::append::Appended;
use crate::ledger::store::Store;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::Timestamp;

#[derive(Default)]
pub(super) struct Attempts {
    payloads: BTreeSet<Digest>,
    /// Up to where the ledger holds none of them.
    searched: Option<ObjectId>,
    /// Whether the end of a push was not told: otherwise none of them can have arrived.
    is_in_doubt: bool,
}

impl Attempts {
    /// Adds an entry that is written, on top of a head.
    pub(super) fn add<S: Store>(&mut self, store: &S, entry: ObjectId, base: ObjectId) -> Result<(), GitError> {
        self.payloads.extend(payload_of(store, entry)?.map(|(digest, _)| digest));
        self.searched.get_or_insert(base);
        Ok(())
    }

    /// Remembers whether the end of a push was not told.
    pub(super) fn doubt(&mut self, is_unsure: bool) {
        self.is_in_doubt |= is_unsure;
    }

    /// Returns the attempt that is in the ledger and counts.
    pub(super) fn arrived<S: Store>(&mut self, ledger: &Ledger<S>) -> Result<Option<Appended>, LedgerError> {
        let Some(before) = self.searched.filter(|_| self.is_in_doubt) else { return Ok(None) };
        self.searched = Some(ledger.chain().head);
        for (depth, commit) in ledger.entries_after(before)?.into_iter().enumerate() {
            let Some((digest, time)) = payload_of(ledger.store(), commit)? else { continue };
            let is_void = ledger.voids().iter().any(|void| void.commit == commit);
            if self.payloads.contains(&digest) && !is_void {
                let height = ledger.chain().height() - depth as u64;
                return Ok(Some(Appended { commit, height, time }));
            }
        }
        Ok(None)
    }
}

/// Returns the digest of what was signed of an entry, and its date.
fn payload_of<S: Store>(store: &S, entry: ObjectId) -> Result<Option<(Digest, Timestamp)>, GitError> {
    let raw = store.commit(entry)?;
    let signed = commit::parse(&raw, store.hash_kind()).ok();
    Ok(signed.and_then(|signed| {
        let time = Timestamp::from_unix_s(signed.payload().committer().time())?;
        Some((Digest::new(signed.payload().digest()), time))
    }))
}

//! From the difference of two trees to the changes that the judge is asked about.

use crate::format::RECORD_BYTES_MAX;
use crate::format::RecordFault;
use crate::format::RecordFaultKind;
use crate::format::parse_record;
use crate::git::GitError;
use crate::git::TreeChange;
use crate::ledger::store::Store;
use crate::model::RecordPath;
use crate::rules::Change;
use crate::rules::Code;
use crate::rules::Operation;
use crate::rules::Refusal;

/// How many records one entry may change.
const CHANGES_MAX: usize = 256;
/// The mode of every file of a ledger.
const PLAIN_FILE: u32 = 0o100_644;

/// Reads the changed records of an entry. The outer error is about the store, the inner one about the entry.
pub fn read_changes<S: Store>(store: &S, changes: &[TreeChange]) -> Result<Result<Vec<Change>, Refusal>, GitError> {
    if changes.len() > CHANGES_MAX {
        let message = format!("{} records changed in one entry, {CHANGES_MAX} may", changes.len());
        return Ok(Err(Refusal::new(Code::RecordLimit, message)));
    }
    let mut read = Vec::with_capacity(changes.len());
    for change in changes {
        let name = String::from_utf8_lossy(&change.path).into_owned();
        match read_change(store, change)? {
            Ok(change) => read.push(change),
            Err(refusal) => return Ok(Err(refusal.about(name))),
        }
    }
    Ok(Ok(read))
}

fn read_change<S: Store>(store: &S, change: &TreeChange) -> Result<Result<Change, Refusal>, GitError> {
    let place = std::str::from_utf8(&change.path).ok().and_then(RecordPath::parse);
    let Some(path) = place else {
        return Ok(Err(Refusal::new(Code::LedgerTree, "no record belongs at this path")));
    };
    let Some((mode, id)) = change.new else {
        return Ok(Ok(Change { path, operation: Operation::Remove }));
    };
    if mode != PLAIN_FILE {
        return Ok(Err(Refusal::new(Code::LedgerTree, format!("its mode is {mode:o}, records are {PLAIN_FILE:o}"))));
    }
    let bytes = match store.blob(id, RECORD_BYTES_MAX as u64) {
        Ok(bytes) => bytes,
        Err(GitError::TooLarge { .. }) => {
            let message = format!("larger than {RECORD_BYTES_MAX} bytes");
            return Ok(Err(Refusal::new(Code::RecordLimit, message)));
        }
        Err(error) => return Err(error),
    };
    Ok(match parse_record(&path, &bytes) {
        Ok(record) if change.old.is_none() => Ok(Change { path, operation: Operation::Add(record) }),
        Ok(record) => Ok(Change { path, operation: Operation::Replace(record) }),
        Err(fault) => Err(refusal_of(&path, &fault)),
    })
}

/// Returns the refusal of a file that is not the record that belongs at its place.
pub(crate) fn refusal_of(path: &RecordPath, fault: &RecordFault) -> Refusal {
    let code = match fault.kind {
        RecordFaultKind::Place => Code::LedgerTree,
        RecordFaultKind::Size => Code::RecordLimit,
        // Whoever does not know a rule cannot hold it.
        RecordFaultKind::Syntax | RecordFaultKind::Newer if *path == RecordPath::Policy => Code::PolicyUnknown,
        RecordFaultKind::Syntax | RecordFaultKind::Newer => Code::RecordParse,
    };
    Refusal::new(code, fault.to_string())
}

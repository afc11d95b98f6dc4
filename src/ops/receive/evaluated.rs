//! The note by which the safety net knows what the gate judged, and at which ledger head, and by which the hub knows
//! which requests were named.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::ref_hash;
use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::ops::failure::Failure;
use crate::ops::receive::command::Command;
use crate::ops::receive::pushed::Pushed;

const NOTE_BYTES_MAX: u64 = 4096;

/// What the gate noted of a move that it let through.
pub(super) struct Note {
    pub(super) head: ObjectId,
    /// The requests that the push named.
    pub(super) named: Vec<RecordId>,
}

fn path_of(common_dir: &Path, name: &RefName, new: ObjectId) -> PathBuf {
    common_dir.join("coord").join("evaluated").join(format!("{}-{new}", ref_hash(name)))
}

/// Returns what was noted of a move.
pub(super) fn recall(common_dir: &Path, name: &RefName, new: ObjectId) -> Result<Option<Note>, Failure> {
    let noted = disk::read(&path_of(common_dir, name, new), NOTE_BYTES_MAX)?;
    let text = noted.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let mut words = text.split_whitespace();
    let Some(head) = words.next().and_then(|id| id.parse().ok()) else { return Ok(None) };
    Ok(Some(Note { head, named: words.filter_map(|id| RecordId::parse(id).ok()).collect() }))
}

/// Forgets a move that is recorded.
pub(super) fn forget(common_dir: &Path, name: &RefName, new: ObjectId) -> Result<(), Failure> {
    Ok(disk::remove(&path_of(common_dir, name, new))?)
}

/// Notes at which ledger head each protected move was judged: the safety net asks for it.
pub(super) fn remember_evaluated(
    repository: &Repository,
    pushed: &Pushed,
    commands: &[Command],
    named: &[RecordId],
) -> Result<(), Failure> {
    let (Some(state), Some(head)) = (&pushed.before, pushed.after_head) else { return Ok(()) };
    for command in commands {
        let (Ok(name), Some(new)) = (RefName::parse(&command.name), command.new) else { continue };
        if state.policy.protects(&name) {
            let path = path_of(repository.common_dir(), &name, new);
            let named: Vec<&str> = named.iter().map(RecordId::as_str).collect();
            let note = format!("{head}\n{}\n", named.join("\n"));
            disk::write(&path, note.as_bytes(), 0o600, Durability::Cached)?;
        }
    }
    Ok(())
}

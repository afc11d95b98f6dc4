//! The note by which the safety net knows what the gate judged, and at which ledger head.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::ref_hash;
use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::failure::Failure;
use crate::ops::receive::command::Command;
use crate::ops::receive::pushed::Pushed;

/// Returns the file that notes at which ledger head a move was judged.
pub(super) fn evaluated_path(common_dir: &Path, name: &RefName, new: ObjectId) -> PathBuf {
    common_dir.join("coord").join("evaluated").join(format!("{}-{new}", ref_hash(name)))
}

/// Notes at which ledger head each protected move was judged: the safety net asks for it.
pub(super) fn remember_evaluated(
    repository: &Repository,
    pushed: &Pushed,
    commands: &[Command],
) -> Result<(), Failure> {
    let (Some(state), Some(head)) = (&pushed.before, pushed.after_head) else { return Ok(()) };
    for command in commands {
        let (Ok(name), Some(new)) = (RefName::parse(&command.name), command.new) else { continue };
        if state.policy.protects(&name) {
            let path = evaluated_path(repository.common_dir(), &name, new);
            disk::write(&path, head.to_string().as_bytes(), 0o600, Durability::Cached)?;
        }
    }
    Ok(())
}

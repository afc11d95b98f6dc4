//! Whether the user has trusted the reactions as they are, byte for byte.

use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::RECORD_BYTES_MAX;
use crate::format::parse_reactions;
use crate::format::sha256;
use crate::git::Repository;
use crate::model::Digest;
use crate::model::Reaction;
use crate::ops::failure::Failure;
use crate::ops::surroundings::Surroundings;

const FILE: &str = "reactions.toml";

/// What there is to react with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// There is no file.
    None,
    /// It is as the user has trusted it.
    Given(Digest, Vec<Reaction>),
    /// It may say anything, and nothing is started.
    Missing(Digest, Vec<Reaction>),
    /// It says nothing that could be understood, or it belongs to somebody else.
    Unusable(String),
}

/// Returns where the reactions of a clone are written down.
pub fn file(repository: &Repository) -> PathBuf {
    repository.common_dir().join("coord").join(FILE)
}

/// Looks at the reactions of a clone as they are now.
pub fn look(repository: &Repository, surroundings: &Surroundings) -> Result<Trust, Failure> {
    let path = file(repository);
    // What is read here once is what counts: nobody changes it between being trusted and being used.
    let Some(bytes) = disk::read(&path, RECORD_BYTES_MAX as u64)? else { return Ok(Trust::None) };
    if let Some(owner) = disk::foreign_owner(&path)? {
        return Ok(Trust::Unusable(format!("it belongs to another account, that with the number {owner}")));
    }
    let reactions = match parse_reactions(&bytes) {
        Ok(reactions) => reactions,
        Err(fault) => return Ok(Trust::Unusable(fault.to_string())),
    };
    let digest = sha256(&bytes);
    let noted = match note(repository, surroundings) {
        Some(note) => disk::read(&note, 1_024)?,
        None => None,
    };
    let is_trusted = noted.is_some_and(|noted| noted.trim_ascii() == digest.to_string().as_bytes());
    Ok(if is_trusted { Trust::Given(digest, reactions) } else { Trust::Missing(digest, reactions) })
}

/// Trusts the reactions of a clone as they are now, and returns them.
pub fn trust(repository: &Repository, surroundings: &Surroundings) -> Result<Trust, Failure> {
    let path = file(repository);
    match look(repository, surroundings)? {
        Trust::None => Err(Failure::NotFound { kind: "file", id: path.display().to_string() }),
        Trust::Unusable(reason) => Err(Failure::Report { path, reason }),
        given @ Trust::Given(..) => Ok(given),
        Trust::Missing(digest, reactions) => {
            let note = note(repository, surroundings).ok_or(Failure::Unsupported("a user without a home"))?;
            disk::create_private_directory(note.parent().expect("it lies in a folder"))?;
            disk::write(&note, format!("{digest}\n").as_bytes(), 0o600, Durability::Synced)?;
            Ok(Trust::Given(digest, reactions))
        }
    }
}

/// Returns where it is noted what the user trusts in this clone: with the user's keys, where nobody writes who may write here.
fn note(repository: &Repository, surroundings: &Surroundings) -> Option<PathBuf> {
    let clone = sha256(repository.common_dir().as_os_str().as_encoded_bytes()).to_string();
    let name = clone.trim_start_matches("sha256:").to_owned();
    Some(surroundings.data_directory.as_ref()?.join("reactions").join(name))
}

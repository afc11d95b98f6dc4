//! Whether the user has trusted the reactions as they are, byte for byte.

use std::path::PathBuf;

use crate::disk;
use crate::disk::DiskError;
use crate::disk::Durability;
use crate::format::RECORD_BYTES_MAX;
use crate::format::parse_reactions;
use crate::format::sha256;
use crate::git::Repository;
use crate::model::Digest;
use crate::model::PrincipalKind;
use crate::model::Reaction;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::surroundings::Surroundings;
use crate::rules::Enrolled;

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
pub fn look(repository: &Repository, surroundings: &Surroundings) -> Trust {
    Place::of(repository, surroundings).look()
}

/// Trusts the reactions of a clone, if they are those that `read` says were read; it is told what there is. Only a person trusts.
pub fn trust(context: &Context, read: impl FnOnce(&Trust) -> Result<Digest, Failure>) -> Result<Trust, Failure> {
    refuse_agents(context)?;
    let place = Place::of(&context.repository, &context.surroundings);
    let found = place.look();
    let digest = match &found {
        Trust::None => return Err(Failure::NotFound { kind: "file", id: place.file.display().to_string() }),
        Trust::Unusable(reason) => return Err(Failure::Report { path: place.file, reason: reason.clone() }),
        Trust::Given(digest, _) | Trust::Missing(digest, _) => *digest,
    };
    if read(&found)? != digest {
        return Err(Failure::OtherReactions { found: digest });
    }
    let Trust::Missing(_, reactions) = found else { return Ok(found) };
    let note = place.note.ok_or(Failure::Unsupported("a user without a home"))?;
    disk::create_private_directory(note.parent().expect("it lies in a folder"))?;
    disk::write(&note, format!("{digest}\n").as_bytes(), 0o600, Durability::Synced)?;
    Ok(Trust::Given(digest, reactions))
}

/// Refuses whoever is told to act as an agent, or by a reaction. Who hides that is not found out here: it has the user's files.
fn refuse_agents(context: &Context) -> Result<(), Failure> {
    let is_agent = |enrolled: &Enrolled| enrolled.record.kind == PrincipalKind::Agent;
    let why = if context.surroundings.session.is_some() {
        "an agent's session runs here"
    } else if context.surroundings.reaction_depth > 0 {
        "a reaction runs this"
    } else if identity::whoami(context).is_ok_and(is_agent) {
        "an agent acts here"
    } else {
        return Ok(());
    };
    Err(Failure::OnlyPeople { why })
}

/// Where it stands what is started in a clone, and whether that is trusted.
#[derive(Clone, Debug)]
pub(super) struct Place {
    file: PathBuf,
    /// With the user's keys, where nobody writes who may write to the clone; `None` for a user without a home.
    note: Option<PathBuf>,
}

impl Place {
    pub(super) fn of(repository: &Repository, surroundings: &Surroundings) -> Self {
        let clone = sha256(repository.common_dir().as_os_str().as_encoded_bytes()).to_string();
        let name = clone.trim_start_matches("sha256:");
        let note = surroundings.data_directory.as_ref().map(|data| data.join("reactions").join(name));
        Self { file: file(repository), note }
    }

    /// Looks at what is there now. What cannot be read is as good as anything else that cannot be used.
    pub(super) fn look(&self) -> Trust {
        self.read().unwrap_or_else(|error| Trust::Unusable(format!("{error}: {}", error.source)))
    }

    fn read(&self) -> Result<Trust, DiskError> {
        // What is read here once is what counts: nobody changes it between being trusted and being used.
        let Some(bytes) = disk::read(&self.file, RECORD_BYTES_MAX as u64)? else { return Ok(Trust::None) };
        if let Some(owner) = disk::foreign_owner(&self.file)? {
            return Ok(Trust::Unusable(format!("it belongs to another account, that with the number {owner}")));
        }
        let reactions = match parse_reactions(&bytes) {
            Ok(reactions) => reactions,
            Err(fault) => return Ok(Trust::Unusable(fault.to_string())),
        };
        let digest = sha256(&bytes);
        let noted = match &self.note {
            Some(note) => disk::read(note, 1_024)?,
            None => None,
        };
        let is_trusted = noted.is_some_and(|noted| noted.trim_ascii() == digest.to_string().as_bytes());
        Ok(if is_trusted { Trust::Given(digest, reactions) } else { Trust::Missing(digest, reactions) })
    }

    /// Returns why a reaction is not to be started, as it stands there now.
    pub(super) fn refusal(&self, reaction: &Reaction) -> Option<String> {
        let reason = match self.look() {
            Trust::Given(_, reactions) if reactions.contains(reaction) => return None,
            Trust::Given(..) => "it does not stand there any more as it was".to_owned(),
            Trust::None => "the file that it stood in is gone".to_owned(),
            Trust::Missing(..) => "the file that it stands in is not trusted any more".to_owned(),
            Trust::Unusable(reason) => format!("the file that it stood in is not usable any more: {reason}"),
        };
        Some(reason)
    }
}

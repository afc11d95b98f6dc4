//! Keys of principals in the user's data folder: never in a repository, readable by the user only.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::model::PrincipalId;
use crate::model::PrincipalName;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::sign::KeyFault;
use crate::sign::PublicKey;
use crate::sign::SecretKey;

/// A key that was just made.
pub(crate) struct NewKey {
    pub(crate) secret: SecretKey,
    pub(crate) path: PathBuf,
}

/// Returns the public id of a name with a key.
pub(crate) fn principal_id(name: &PrincipalName, key: &PublicKey) -> PrincipalId {
    PrincipalId::parse(&format!("{name}-{}", key.short())).expect("a name and eight digits are an id")
}

/// Makes a key for a principal of this name and keeps it.
pub(crate) fn create(surroundings: &Surroundings, name: &PrincipalName) -> Result<NewKey, Failure> {
    let secret = SecretKey::generate();
    let id = principal_id(name, &secret.public());
    keep(surroundings, secret, &id, id.as_str())
}

/// Makes a key that takes the place of a principal's, and keeps it beside that.
pub(crate) fn create_next(surroundings: &Surroundings, id: &PrincipalId) -> Result<NewKey, Failure> {
    let secret = SecretKey::generate();
    let name = format!("{id}-{}", secret.public().short());
    keep(surroundings, secret, id, &name)
}

fn keep(surroundings: &Surroundings, secret: SecretKey, id: &PrincipalId, name: &str) -> Result<NewKey, Failure> {
    let first = identity::key_path(surroundings, id);
    let path = first.ok_or(Failure::Unsupported("a key folder without a home directory"))?.with_file_name(name);
    let directory = path.parent().expect("a key lies in a folder");
    disk::create_private_directory(directory)?;
    let public = format!("{} {id}\n", secret.public().to_openssh());
    disk::write(&path.with_file_name(format!("{name}.pub")), public.as_bytes(), 0o644, Durability::Synced)?;
    disk::write(&path, secret.to_openssh(id.as_str()).as_bytes(), 0o600, Durability::Synced)?;
    Ok(NewKey { secret, path })
}

/// Removes a key that was made for an entry which did not come to be: it signs nothing, and nobody knows it.
pub(crate) fn discard(path: &Path) -> Result<(), Failure> {
    disk::remove(path)?;
    disk::remove(&path.with_extension("pub"))?;
    Ok(())
}

/// Reads a public key that somebody gave.
pub(crate) fn parse_public(text: &str) -> Result<PublicKey, Failure> {
    PublicKey::parse(text.trim()).map_err(|fault| {
        // A key that signs anything is no mistake of a typist.
        match fault {
            KeyFault::Weak => Refusal::new(Code::KeyWeak, fault.to_string()).into(),
            KeyFault::KeyType(_) | KeyFault::Syntax => Failure::Argument {
                what: "--key".to_owned(),
                expected: "a public key of ed25519, or the file that holds one",
            },
        }
    })
}

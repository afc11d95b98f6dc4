//! Principals with keys that never change from run to run.

use git_coord::format::sha256;
use git_coord::ledger::Author;
use git_coord::ledger::Signer;
use git_coord::model::PrincipalId;
use git_coord::sign::PublicKey;
use git_coord::sign::SecretKey;

/// Somebody who signs.
#[derive(Debug)]
pub struct Actor {
    pub id: PrincipalId,
    signer: Signer,
}

impl Actor {
    /// Returns the actor of a name, always with the same key.
    pub fn named(name: &str) -> Self {
        Self::from_seed(name, name)
    }

    /// Returns an actor whose key does not follow from its name.
    pub fn from_seed(name: &str, seed: &str) -> Self {
        let secret = SecretKey::from_seed(sha256(seed.as_bytes()).as_bytes());
        let id = PrincipalId::parse(&format!("{name}-{}", secret.public().short())).unwrap();
        Self { id, signer: Signer::Key(secret) }
    }

    /// Returns the actor under its id with another key, as after a rotation.
    pub fn rekeyed(&self, seed: &str) -> Self {
        let secret = SecretKey::from_seed(sha256(seed.as_bytes()).as_bytes());
        Self { id: self.id.clone(), signer: Signer::Key(secret) }
    }

    pub fn key(&self) -> PublicKey {
        self.signer.key()
    }

    pub fn secret(&self) -> &SecretKey {
        match &self.signer {
            Signer::Key(secret) => secret,
            _ => unreachable!("actors hold their keys"),
        }
    }

    pub fn author(&self) -> Author<'_> {
        Author { name: "Somebody".to_owned(), mail: "somebody@example.org".to_owned(), signer: &self.signer }
    }
}

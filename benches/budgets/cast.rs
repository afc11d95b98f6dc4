//! Principals with keys that follow from their names.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use std::io::Write;

use git_coord::format::sha256;
use git_coord::ledger::Author;
use git_coord::ledger::Signer;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordName;
use git_coord::model::Standing;
use git_coord::sign::PublicKey;
use git_coord::sign::SecretKey;

/// A principal whose key is at hand.
pub(crate) struct Actor {
    pub(crate) id: PrincipalId,
    signer: Signer,
}

impl Actor {
    /// Returns the actor of a name, always with the same key.
    pub(crate) fn named(name: &str) -> Self {
        let secret = SecretKey::from_seed(sha256(name.as_bytes()).as_bytes());
        let id = PrincipalId::parse(&format!("{name}-{}", secret.public().short()));
        Self { id: id.expect("a name and eight digits are an id"), signer: Signer::Key(secret) }
    }

    pub(crate) fn key(&self) -> PublicKey {
        self.signer.key()
    }

    pub(crate) fn author(&self) -> Author<'_> {
        Author { name: self.id.to_string(), mail: format!("{}@coord.invalid", self.id), signer: &self.signer }
    }

    /// Returns the record by which the actor is enrolled.
    pub(crate) fn record(&self, kind: PrincipalKind, role: &str, by: &Self) -> Principal {
        record_of(self.id.clone(), self.key(), kind, role, by)
    }

    /// Puts the key where the program looks for it, and returns its path.
    pub(crate) fn keep_key(&self, home: &Path) -> PathBuf {
        let Signer::Key(secret) = &self.signer else { unreachable!("actors hold their keys") };
        let directory = home.join(".local/share/git-coord/keys");
        fs::create_dir_all(&directory).expect("the home directory is ours");
        let path = directory.join(self.id.as_str());
        fs::write(directory.join(format!("{}.pub", self.id)), format!("{}\n", self.key().to_openssh()))
            .expect("as above");
        fs::remove_file(&path).ok();
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(secret.to_openssh("bench").as_bytes())).expect("as above");
        path
    }
}

/// Returns the record of a principal of which only the public key is known.
pub(crate) fn record_of(id: PrincipalId, key: PublicKey, kind: PrincipalKind, role: &str, by: &Actor) -> Principal {
    let vendor = (kind == PrincipalKind::Agent).then(|| name(["alpha", "beta", "gamma"][id.as_str().len() % 3]));
    Principal {
        rev: 1,
        operator: Some(name(id.name())),
        id,
        kind,
        role: name(role),
        vendor,
        key: key.to_openssh(),
        status: Standing::Active,
        enrolled_by: by.id.clone(),
        confirmed_by: None,
        suspect_since: None,
        rotation: None,
        capabilities: Vec::new(),
    }
}

fn name(text: &str) -> RecordName {
    RecordName::parse(text).expect("it is a name")
}

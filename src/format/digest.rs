//! What is hashed, and in which form: SHA-256 over parts that cannot run into each other.

use sha2::Digest as _;
use sha2::Sha256;

use crate::model::DeltaEntry;
use crate::model::Digest;
use crate::model::RefName;

/// Returns the SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}

/// Returns the digest of a change of one ref: what an approval approves.
///
/// Entries are taken in the order of their paths. Every part has its length in front, so that no two changes have
/// the same bytes.
pub fn delta_digest(audience: &str, target: &RefName, delta: &[DeltaEntry]) -> Digest {
    debug_assert!(delta.is_sorted_by(|a, b| a.path < b.path), "a delta lists each path once, in order");
    let mut hasher = Parts::new("git-coord delta 1");
    hasher.part(audience.as_bytes());
    hasher.part(target.as_str().as_bytes());
    hasher.number(delta.len() as u64);
    for entry in delta {
        hasher.part(&entry.path);
        for side in [&entry.old, &entry.new] {
            match side {
                None => hasher.number(0),
                Some(content) => {
                    hasher.number(u64::from(content.mode));
                    hasher.part(&content.sha256);
                }
            }
        }
    }
    hasher.finish()
}

/// Returns the name under which the landings of a ref are recorded: 16 hexadecimal digits.
pub fn ref_hash(name: &RefName) -> String {
    sha256(name.as_str().as_bytes()).to_string()["sha256:".len()..][..16].to_owned()
}

/// A hash over parts, each with its length in front.
pub(crate) struct Parts(Sha256);

impl Parts {
    pub(crate) fn new(domain: &str) -> Self {
        let mut parts = Self(Sha256::new());
        parts.part(domain.as_bytes());
        parts
    }

    pub(crate) fn part(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    pub(crate) fn finish(self) -> Digest {
        Digest::new(self.0.finalize().into())
    }
}

//! The envelope of an SSH signature: armour, fields, and the bytes that are really signed.
//!
//! It takes signatures apart and puts them together in their one canonical form. It never says whether one is good.

use ed25519_dalek::VerifyingKey;
use sha2::Digest;
use sha2::Sha512;

use super::KeyFault;
use super::PublicKey;
use super::base64;
use super::key;
use super::verify::SignatureFault;
use super::wire;
use super::wire::Reader;

#[cfg(test)]
mod tests;

const MAGIC: &[u8; 6] = b"SSHSIG";
const VERSION: u32 = 1;
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";
const COLUMNS: usize = 70;

/// Signatures by the keys that we accept take some 300 bytes; an RSA one, to be refused by name, 2 to 4 KiB.
const ARMOR_BYTES_MAX: usize = 16 << 10;

/// The one hash that the profile allows.
pub(super) const HASH: &str = "sha512";

/// A signature, taken apart. Its key is of an accepted type and not weak; nothing else has been checked.
pub(super) struct Envelope {
    pub(super) key: PublicKey,
    pub(super) point: VerifyingKey,
    pub(super) namespace: Vec<u8>,
    pub(super) hash: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Envelope {
    /// Takes an armoured signature apart. Only what `ssh-keygen` itself would have written passes.
    pub(super) fn parse(armor: &str) -> Result<Self, SignatureFault> {
        if armor.starts_with("-----BEGIN PGP ") {
            return Err(SignatureFault::KeyType("openpgp".to_owned()));
        }
        if armor.starts_with("-----BEGIN SIGNED MESSAGE-----") {
            return Err(SignatureFault::KeyType("x509".to_owned()));
        }
        let blob = dearmor(armor).ok_or(SignatureFault::NonCanonical("armour"))?;
        let mut reader = Reader::new(&blob);
        if reader.bytes(MAGIC.len()) != Some(MAGIC) {
            return Err(SignatureFault::NonCanonical("not an SSH signature"));
        }
        if reader.number() != Some(VERSION) {
            return Err(SignatureFault::NonCanonical("version"));
        }
        let mut field = || reader.string().ok_or(SignatureFault::NonCanonical("truncated"));
        let (key, point) = key::decode(field()?)?;
        let namespace = field()?.to_vec();
        if !field()?.is_empty() {
            return Err(SignatureFault::NonCanonical("reserved field"));
        }
        let hash = field()?.to_vec();
        let signature = field()?.to_vec();
        if !reader.is_empty() {
            return Err(SignatureFault::NonCanonical("trailing bytes"));
        }
        Ok(Self { key, point, namespace, hash, signature })
    }
}

impl From<KeyFault> for SignatureFault {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::KeyType(name) => Self::KeyType(name),
            KeyFault::Weak => Self::WeakKey,
            KeyFault::Syntax => Self::NonCanonical("public key"),
        }
    }
}

/// Returns an armoured signature as `ssh-keygen -Y sign` writes it.
pub(super) fn armor(key: &PublicKey, namespace: &str, signature: &[u8]) -> String {
    let mut blob = MAGIC.to_vec();
    blob.extend_from_slice(&VERSION.to_be_bytes());
    blob.extend(wire::strings(&[&key.to_blob(), namespace.as_bytes(), b"", HASH.as_bytes(), signature]));
    enarmor(&blob)
}

/// Returns the bytes that a key signs in place of the message.
pub(super) fn signed_data(namespace: &str, message: &[u8]) -> Vec<u8> {
    let mut data = MAGIC.to_vec();
    data.extend(wire::strings(&[namespace.as_bytes(), b"", HASH.as_bytes(), &Sha512::digest(message)]));
    data
}

/// Returns the armour of any bytes.
pub(super) fn enarmor(blob: &[u8]) -> String {
    let text = base64::encode(blob);
    let mut armor = BEGIN.to_owned();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(COLUMNS.min(rest.len()));
        armor.push_str(line);
        armor.push('\n');
        rest = after;
    }
    armor + END
}

fn dearmor(armor: &str) -> Option<Vec<u8>> {
    if armor.len() > ARMOR_BYTES_MAX {
        return None;
    }
    let text = armor.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let blob = base64::decode(&text.replace('\n', ""))?;
    (enarmor(&blob) == armor).then_some(blob)
}

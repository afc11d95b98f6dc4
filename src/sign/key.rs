//! Public keys: the two kinds that may sign, their text, their fingerprints.
//!
//! Never knows whose key it is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use sha2::Digest;
use sha2::Sha256;

use super::base64;
use super::wire;
use super::wire::Reader;

#[cfg(test)]
mod tests;

const ED25519: &str = "ssh-ed25519";
const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";

/// The longest line that is looked at. RSA keys of 16,384 bits, which we refuse by name, still fit.
const LINE_BYTES_MAX: usize = 16 << 10;
const KEY_TYPE_BYTES_MAX: usize = 64;
const APPLICATION_BYTES_MAX: usize = 256;
/// So many points of keys are kept at once; each takes some 200 bytes.
const POINTS_MAX: usize = 1_024;

/// A key that may sign.
///
/// `parse` and `from_blob` refuse weak keys; verification refuses them again, however a value came about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKey {
    /// A key in a file or in an agent.
    Ed25519([u8; 32]),
    /// A key in a hardware authenticator (FIDO2).
    SkEd25519 { key: [u8; 32], application: String },
}

/// The text or the bytes are no key that may sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("key type `{0}` is not accepted")]
    KeyType(String),
    #[error("the key is weak")]
    Weak,
    #[error("not a public key in OpenSSH format")]
    Syntax,
}

impl PublicKey {
    /// Reads a line of a `.pub` file: type, key and, if there is one, a comment.
    pub fn parse(line: &str) -> Result<Self, KeyFault> {
        let line = line.trim_end_matches(['\n', '\r']);
        if line.len() > LINE_BYTES_MAX || line.contains(char::is_control) {
            return Err(KeyFault::Syntax);
        }
        let mut fields = line.splitn(3, ' ');
        let (Some(key_type), Some(text)) = (fields.next(), fields.next()) else { return Err(KeyFault::Syntax) };
        let blob = base64::decode(text).ok_or(KeyFault::Syntax)?;
        // Options in front would stand where the type belongs; the type inside the key is the one that counts.
        if Reader::new(&blob).string() != Some(key_type.as_bytes()) {
            return Err(KeyFault::Syntax);
        }
        Self::from_blob(&blob)
    }

    /// Reads a key as SSH sends it.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyFault> {
        decode(blob).map(|(key, _)| key)
    }

    /// Returns the key as SSH sends it.
    pub fn to_blob(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => wire::strings(&[ED25519.as_bytes(), key]),
            Self::SkEd25519 { key, application } => {
                wire::strings(&[SK_ED25519.as_bytes(), key, application.as_bytes()])
            }
        }
    }

    /// Returns the key as it stands in a `.pub` file, without a comment.
    pub fn to_openssh(&self) -> String {
        format!("{} {}", self.key_type(), base64::encode(&self.to_blob()))
    }

    /// Returns the fingerprint as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", base64::encode(&self.digest()).trim_end_matches('='))
    }

    /// Returns the first eight digits of the key's SHA-256, for ids and for people. It proves nothing.
    pub fn short(&self) -> String {
        self.digest()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns whether the secret half is in a hardware authenticator.
    pub fn is_hardware(&self) -> bool {
        matches!(self, Self::SkEd25519 { .. })
    }

    /// Returns the name of the key's type, which is that of its signatures too.
    pub(super) fn key_type(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => ED25519,
            Self::SkEd25519 { .. } => SK_ED25519,
        }
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_blob()).into()
    }
}

impl FromStr for PublicKey {
    type Err = KeyFault;

    fn from_str(line: &str) -> Result<Self, KeyFault> {
        Self::parse(line)
    }
}

/// Reads a key, and returns its point too: finding it takes a while.
pub(super) fn decode(blob: &[u8]) -> Result<(PublicKey, VerifyingKey), KeyFault> {
    let mut reader = Reader::new(blob);
    let key_type = reader.text().ok_or(KeyFault::Syntax)?;
    if key_type != ED25519 && key_type != SK_ED25519 {
        let nameable = key_type.len() <= KEY_TYPE_BYTES_MAX && key_type.bytes().all(|byte| byte.is_ascii_graphic());
        return Err(if nameable { KeyFault::KeyType(key_type.to_owned()) } else { KeyFault::Syntax });
    }
    let bytes: [u8; 32] = reader.string().and_then(|bytes| bytes.try_into().ok()).ok_or(KeyFault::Syntax)?;
    let key = if key_type == SK_ED25519 {
        let application = reader.text().filter(|text| text.len() <= APPLICATION_BYTES_MAX).ok_or(KeyFault::Syntax)?;
        PublicKey::SkEd25519 { key: bytes, application: application.to_owned() }
    } else {
        PublicKey::Ed25519(bytes)
    };
    if !reader.is_empty() {
        return Err(KeyFault::Syntax);
    }
    Ok((key, point_of(&bytes)?))
}

thread_local! {
    /// The points of keys that were read: few people sign many entries.
    static POINTS: RefCell<BTreeMap<[u8; 32], VerifyingKey>> = RefCell::default();
}

fn point_of(bytes: &[u8; 32]) -> Result<VerifyingKey, KeyFault> {
    if let Some(known) = POINTS.with_borrow(|points| points.get(bytes).copied()) {
        return Ok(known);
    }
    let point = VerifyingKey::from_bytes(bytes).map_err(|_| KeyFault::Weak)?;
    // A small-order key verifies signatures that nobody made; a point with two spellings would be two keys.
    if point.is_weak() || point.to_edwards().compress().to_bytes() != *bytes {
        return Err(KeyFault::Weak);
    }
    POINTS.with_borrow_mut(|points| {
        if points.len() >= POINTS_MAX {
            points.clear();
        }
        points.insert(*bytes, point);
    });
    Ok(point)
}

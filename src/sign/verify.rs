//! The strict judgement of signatures, and the only maker of `Verified` values.
//!
//! Stricter than git and OpenSSH: one spelling, one hash, no weak keys, no malleable numbers, and somebody present at a
//! hardware key. Whether the key has any rights is not asked here.

use ed25519_dalek::Signature;
use sha2::Digest;
use sha2::Sha256;

use crate::format::code_commit::CodeCommit;
use crate::format::commit::Payload;
use crate::format::commit::SignedCommit;

use super::PublicKey;
use super::Verified;
use super::sshsig;
use super::sshsig::Envelope;
use super::wire::Reader;

#[cfg(test)]
mod tests;

/// The namespace in which git signs.
pub const COMMIT_NAMESPACE: &str = "git";

/// What the application of a hardware key must begin with, so that no web site can ask for our signatures.
const APPLICATION_PREFIX: &str = "ssh:";
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 4;

/// The order of the group (RFC 8032), little-endian. A number in a signature must be below it.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A signature that does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    #[error("signature not in canonical form: {0}")]
    NonCanonical(&'static str),
    #[error("signature is for namespace `{}`", .0.escape_debug())]
    Namespace(String),
    #[error("signature uses hash `{}`", .0.escape_debug())]
    Hash(String),
    #[error("key type `{}` is not accepted", .0.escape_debug())]
    KeyType(String),
    #[error("the signing key is weak")]
    WeakKey,
    #[error("signature could have been made from another one")]
    Malleable,
    #[error("hardware key signed without its user, or for another application than ssh")]
    SkFlags,
    #[error("signature does not match")]
    BadSignature,
}

/// What the signature of a code commit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeSignature {
    Unsigned,
    Signed {
        key: PublicKey,
        /// Whether a hardware key vouches that it checked its user.
        user_verified: bool,
    },
    Bad(SignatureFault),
}

/// Verifies a ledger entry.
pub fn verify_commit(commit: SignedCommit) -> Result<Verified<Payload>, SignatureFault> {
    let (payload, armor) = commit.into_parts();
    let signer = verify(COMMIT_NAMESPACE, payload.bytes(), &armor)?;
    Ok(Verified::new(payload, signer.key, signer.user_verified))
}

/// Verifies a commit of code, as strictly as an entry.
pub fn verify_code_commit(commit: &CodeCommit) -> CodeSignature {
    let armor = match (&commit.signature, commit.signature_headers) {
        (None, 0) => return CodeSignature::Unsigned,
        (Some(armor), 1) => armor,
        (None, 1) => return CodeSignature::Bad(SignatureFault::NonCanonical("header of another hash function")),
        _ => return CodeSignature::Bad(SignatureFault::NonCanonical("more than one signature")),
    };
    if commit.payload.contains(&0) {
        return CodeSignature::Bad(SignatureFault::NonCanonical("NUL byte"));
    }
    match verify(COMMIT_NAMESPACE, &commit.payload, armor) {
        Ok(signer) => CodeSignature::Signed { key: signer.key, user_verified: signer.user_verified },
        Err(fault) => CodeSignature::Bad(fault),
    }
}

/// Verifies a signature that stands beside its message, and returns the key that made it.
pub fn verify_detached(namespace: &str, message: &[u8], armor: &str) -> Result<PublicKey, SignatureFault> {
    verify(namespace, message, armor).map(|signer| signer.key)
}

struct Signer {
    key: PublicKey,
    user_verified: bool,
}

fn verify(namespace: &str, message: &[u8], armor: &str) -> Result<Signer, SignatureFault> {
    let envelope = Envelope::parse(armor)?;
    if envelope.namespace != namespace.as_bytes() {
        return Err(SignatureFault::Namespace(String::from_utf8_lossy(&envelope.namespace).into_owned()));
    }
    if envelope.hash != sshsig::HASH.as_bytes() {
        return Err(SignatureFault::Hash(String::from_utf8_lossy(&envelope.hash).into_owned()));
    }
    let signature = KeySignature::parse(&envelope.key, &envelope.signature)?;
    let data = signature.signed_bytes(&envelope.key, sshsig::signed_data(namespace, message))?;
    envelope
        .point
        .verify_strict(&data, &Signature::from_bytes(&signature.bytes))
        .map_err(|_| SignatureFault::BadSignature)?;
    let user_verified = signature.touch.is_some_and(|touch| touch.flags & USER_VERIFIED != 0);
    Ok(Signer { key: envelope.key, user_verified })
}

/// The innermost part of a signature: what the key itself made.
struct KeySignature {
    bytes: [u8; 64],
    touch: Option<Touch>,
}

/// What a hardware key adds to what it signs.
#[derive(Clone, Copy)]
struct Touch {
    flags: u8,
    counter: u32,
}

impl KeySignature {
    fn parse(key: &PublicKey, blob: &[u8]) -> Result<Self, SignatureFault> {
        const MALFORMED: SignatureFault = SignatureFault::NonCanonical("signature");
        let mut reader = Reader::new(blob);
        if reader.string() != Some(key.key_type().as_bytes()) {
            return Err(SignatureFault::NonCanonical("signature of another type than its key"));
        }
        let bytes: [u8; 64] = reader.string().and_then(|bytes| bytes.try_into().ok()).ok_or(MALFORMED)?;
        let touch = match key {
            PublicKey::Ed25519(_) => None,
            PublicKey::SkEd25519 { .. } => {
                Some(Touch { flags: reader.byte().ok_or(MALFORMED)?, counter: reader.number().ok_or(MALFORMED)? })
            }
        };
        if !reader.is_empty() {
            return Err(MALFORMED);
        }
        // Numbers that differ by the order are the same in the equation, and would make a second signature.
        if bytes[32..].iter().rev().ge(ORDER.iter().rev()) {
            return Err(SignatureFault::Malleable);
        }
        Ok(Self { bytes, touch })
    }

    /// Returns what the key has signed: the data, or for a hardware key its digest among what the hardware says.
    fn signed_bytes(&self, key: &PublicKey, data: Vec<u8>) -> Result<Vec<u8>, SignatureFault> {
        let (PublicKey::SkEd25519 { application, .. }, Some(touch)) = (key, self.touch) else { return Ok(data) };
        if touch.flags & USER_PRESENT == 0 || !application.starts_with(APPLICATION_PREFIX) {
            return Err(SignatureFault::SkFlags);
        }
        let mut bytes = Sha256::digest(application).to_vec();
        bytes.push(touch.flags);
        bytes.extend_from_slice(&touch.counter.to_be_bytes());
        bytes.extend_from_slice(&Sha256::digest(&data));
        Ok(bytes)
    }
}

//! Secret keys that this process holds: made here or read from an OpenSSH key file.
//!
//! Never prints a key, never writes a file, never asks for a passphrase. Memory is cleared when a key is dropped.

use std::fmt;

use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use ssh_key::Kdf;
use ssh_key::LineEnding;
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;
use ssh_key::private::Ed25519PrivateKey;
use ssh_key::private::KeypairData;
use ssh_key::public::Ed25519PublicKey;
use zeroize::Zeroizing;

use super::KeyFault;
use super::PublicKey;
use super::base64;
use super::sshsig;
use super::wire;
use super::wire::Reader;

#[cfg(test)]
mod tests;

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";
const UNENCRYPTED: &[u8] = b"none";
/// The flag of a hardware key that signs only when it is touched.
const USER_PRESENCE: u8 = 1;
const FILE_BYTES_MAX: usize = 64 << 10;

/// Deriving the key of a file with 16 rounds takes some 150 ms; this many take a minute.
const ROUNDS_MAX: u32 = 4096;

/// A secret ed25519 key.
pub struct SecretKey {
    key: SigningKey,
}

/// A key file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    #[error("the key needs a passphrase")]
    Encrypted,
    #[error("wrong passphrase for the key")]
    WrongPassphrase,
    #[error("key type `{0}` is not accepted in a key file")]
    KeyType(String),
    #[error("not a private key in OpenSSH format")]
    Syntax,
}

/// What stands between a key file and whoever can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    Nothing,
    /// A passphrase, which is not asked for here.
    Passphrase,
    /// A hardware authenticator that is to be touched.
    Touch,
    /// A hardware authenticator that signs without a touch.
    Authenticator,
}

impl SecretKey {
    /// Returns a new key.
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).expect("the operating system has random bytes");
        Self::from_seed(&seed)
    }

    /// Returns the key that this seed stands for.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(seed) }
    }

    /// Reads a key file. Where it needs a passphrase, this takes a good part of a second of computing.
    pub fn from_openssh(pem: &[u8], passphrase: Option<&str>) -> Result<Self, SecretKeyError> {
        let public = public_half(pem)?;
        if public.is_hardware() {
            return Err(SecretKeyError::KeyType(public.key_type().to_owned()));
        }
        let mut file = PrivateKey::from_openssh(pem).map_err(|_| SecretKeyError::Syntax)?;
        if file.is_encrypted() {
            let passphrase = passphrase.ok_or(SecretKeyError::Encrypted)?;
            if matches!(file.kdf(), Kdf::Bcrypt { rounds, .. } if *rounds > ROUNDS_MAX) {
                return Err(SecretKeyError::Syntax);
            }
            file = file.decrypt(passphrase).map_err(|error| match error {
                ssh_key::Error::Crypto => SecretKeyError::WrongPassphrase,
                _ => SecretKeyError::Syntax,
            })?;
        }
        let KeypairData::Ed25519(pair) = file.key_data() else { return Err(SecretKeyError::Syntax) };
        let secret = Self { key: SigningKey::from_bytes(pair.private.as_ref()) };
        // A public half that does not belong would make signatures that give the secret away.
        if secret.public() == public { Ok(secret) } else { Err(SecretKeyError::Syntax) }
    }

    /// Returns the public half of a key file, for which no passphrase is needed. Hardware keys have one too.
    pub fn public_of(pem: &[u8]) -> Result<PublicKey, SecretKeyError> {
        public_half(pem)
    }

    /// Returns what guards a key file. Nothing is decrypted, and nothing of the secret kept.
    pub fn guard_of(pem: &[u8]) -> Result<Guard, SecretKeyError> {
        let public = public_half(pem)?;
        let blob = file_blob(pem).ok_or(SecretKeyError::Syntax)?;
        let guard = read_guard(&blob, &public);
        guard.ok_or(SecretKeyError::Syntax)
    }

    /// Returns the key as an OpenSSH key file without a passphrase.
    pub fn to_openssh(&self, comment: &str) -> Zeroizing<String> {
        let pair = Ed25519Keypair {
            public: Ed25519PublicKey(self.key.verifying_key().to_bytes()),
            private: Ed25519PrivateKey::from_bytes(self.key.as_bytes()),
        };
        PrivateKey::new(KeypairData::Ed25519(pair), comment)
            .and_then(|file| file.to_openssh(LineEnding::LF))
            .expect("a key of ours can be written")
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.key.verifying_key().to_bytes())
    }

    /// Signs a message, and returns the armoured signature as `ssh-keygen -Y sign` would write it.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> String {
        let public = self.public();
        let signature = self.key.sign(&sshsig::signed_data(namespace, message));
        let blob = wire::strings(&[public.key_type().as_bytes(), &signature.to_bytes()]);
        sshsig::armor(&public, namespace, &blob)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().fingerprint())
    }
}

/// Reads the front of a key file, which is never encrypted.
fn public_half(pem: &[u8]) -> Result<PublicKey, SecretKeyError> {
    let blob = file_blob(pem).ok_or(SecretKeyError::Syntax)?;
    let mut reader = Reader::new(&blob);
    let magic = reader.bytes(MAGIC.len());
    let (_cipher, _kdf, _kdf_options) = (reader.string(), reader.string(), reader.string());
    let key_count = reader.number();
    let public = reader.string().filter(|_| magic == Some(MAGIC) && key_count == Some(1));
    PublicKey::from_blob(public.ok_or(SecretKeyError::Syntax)?).map_err(|fault| match fault {
        KeyFault::KeyType(name) => SecretKeyError::KeyType(name),
        KeyFault::Weak | KeyFault::Syntax => SecretKeyError::Syntax,
    })
}

/// Reads the cipher in front, and behind the public half the flags of a hardware key.
fn read_guard(blob: &[u8], public: &PublicKey) -> Option<Guard> {
    let mut reader = Reader::new(blob);
    reader.bytes(MAGIC.len())?;
    let cipher = reader.string()?;
    let (_kdf, _kdf_options, _key_count, _public) =
        (reader.string()?, reader.string()?, reader.number()?, reader.string()?);
    if cipher != UNENCRYPTED {
        return Some(Guard::Passphrase);
    }
    if !public.is_hardware() {
        return Some(Guard::Nothing);
    }
    let mut inside = Reader::new(reader.string()?);
    let (_check, _check_again) = (inside.number()?, inside.number()?);
    let (_key_type, _key, _application) = (inside.string()?, inside.string()?, inside.string()?);
    let is_touched = inside.byte()? & USER_PRESENCE != 0;
    Some(if is_touched { Guard::Touch } else { Guard::Authenticator })
}

fn file_blob(pem: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let pem = str::from_utf8(pem).ok().filter(|pem| pem.len() <= FILE_BYTES_MAX)?;
    let text = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let text = Zeroizing::new(text.replace(['\r', '\n'], ""));
    base64::decode(&text).map(Zeroizing::new)
}

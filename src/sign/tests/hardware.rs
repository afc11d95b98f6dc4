//! A hardware key made of software, which signs with whatever flags one likes. Tests only.

use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use sha2::Digest;
use sha2::Sha256;

use crate::sign::PublicKey;
use crate::sign::sshsig;
use crate::sign::wire;

const SEED: [u8; 32] = [9; 32];
const COUNTER: [u8; 4] = [0, 0, 1, 2];

/// The user was there.
pub(crate) const PRESENT: u8 = 1;
/// The user was there and gave a PIN or a finger.
pub(crate) const PRESENT_AND_VERIFIED: u8 = 5;

/// Returns the key that belongs to this application.
pub(crate) fn public(application: &str) -> PublicKey {
    let key = SigningKey::from_bytes(&SEED).verifying_key().to_bytes();
    PublicKey::SkEd25519 { key, application: application.to_owned() }
}

/// Returns a signature as an agent would send it.
pub(crate) fn signature(application: &str, flags: u8, data: &[u8]) -> Vec<u8> {
    let signed = [&Sha256::digest(application)[..], &[flags], &COUNTER, &Sha256::digest(data)].concat();
    let signature = SigningKey::from_bytes(&SEED).sign(&signed).to_bytes();
    let front = wire::strings(&[b"sk-ssh-ed25519@openssh.com", &signature]);
    [&front[..], &[flags], &COUNTER].concat()
}

/// Returns an armoured signature over a message in git's namespace.
pub(crate) fn armor(application: &str, flags: u8, message: &[u8]) -> String {
    let data = sshsig::signed_data("git", message);
    sshsig::armor(&public(application), "git", &signature(application, flags, &data))
}

//! The proof that a signature was verified. Nothing outside this folder can make one.

use super::PublicKey;

/// A value whose signature was verified, and the key that made it. Only verification makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    key: PublicKey,
    user_verified: bool,
}

impl<T> Verified<T> {
    pub(super) fn new(value: T, key: PublicKey, user_verified: bool) -> Self {
        Self { value, key, user_verified }
    }

    /// Returns what was signed.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the key that signed. Whose it is, and whether it may, is for others to say.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Returns whether a hardware key vouches that it checked its user by PIN or finger. Other keys never do.
    pub fn user_verified(&self) -> bool {
        self.user_verified
    }
}

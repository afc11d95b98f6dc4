//! Who signed what: keys, SSH signatures and their strict verification, all in this process.
//!
//! Only verification makes a `Verified` value. Nothing here calls git or ssh-keygen, reads configuration, or knows which
//! key belongs to whom.

pub mod agent;
mod base64;
mod key;
mod secret;
mod sshsig;
mod verified;
mod verify;
mod wire;

#[cfg(test)]
mod tests;

pub use key::KeyFault;
pub use key::PublicKey;
pub use secret::Guard;
pub use secret::SecretKey;
pub use secret::SecretKeyError;
pub use verified::Verified;
pub use verify::COMMIT_NAMESPACE;
pub use verify::CodeSignature;
pub use verify::SignatureFault;
pub use verify::verify_code_commit;
pub use verify::verify_commit;
pub use verify::verify_detached;

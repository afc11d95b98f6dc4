//! Signatures of any shape, right in themselves: what OpenSSH signs, what hardware answers, and what neither would write.

use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use git_coord::format::sha256;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha512;

use crate::fuzzing::envelope::Envelope;
use crate::fuzzing::envelope::strings;

/// Who signs a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Principals of the world by their names.
    Alice,
    Bob,
    /// A hardware key, with the flags that it answers with.
    Hardware {
        application: &'static str,
        flags: u8,
    },
    /// Whose key is the neutral element: its signature fits everything.
    Nobody,
}

impl Hand {
    fn secret(self) -> SigningKey {
        let name = match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Hardware { .. } => "hardware",
            Self::Nobody => "nobody",
        };
        SigningKey::from_bytes(sha256(name.as_bytes()).as_bytes())
    }

    /// Returns the key on the wire.
    pub fn blob(self) -> Vec<u8> {
        let point = self.secret().verifying_key().to_bytes();
        match self {
            Self::Alice | Self::Bob => strings(&[b"ssh-ed25519", &point]),
            Self::Hardware { application, .. } => {
                strings(&[b"sk-ssh-ed25519@openssh.com", &point, application.as_bytes()])
            }
            Self::Nobody => {
                let mut neutral = [0; 32];
                neutral[0] = 1;
                strings(&[b"ssh-ed25519", &neutral])
            }
        }
    }

    /// Returns the envelope over a message, with what it says of namespace and hash.
    pub fn sign(self, message: &[u8], namespace: &[u8], hash: &[u8]) -> Envelope {
        let digest =
            if hash == b"sha256" { Sha256::digest(message).to_vec() } else { Sha512::digest(message).to_vec() };
        let data = [b"SSHSIG", &strings(&[namespace, b"", hash, &digest])[..]].concat();
        let signature = match self {
            Self::Alice | Self::Bob => strings(&[b"ssh-ed25519", &self.secret().sign(&data).to_bytes()]),
            Self::Hardware { application, flags } => {
                let counter = [0, 0, 0, 7];
                let mut signed = Sha256::digest(application).to_vec();
                signed.push(flags);
                signed.extend(counter);
                signed.extend(Sha256::digest(&data));
                let mut blob = strings(&[b"sk-ssh-ed25519@openssh.com", &self.secret().sign(&signed).to_bytes()]);
                blob.push(flags);
                blob.extend(counter);
                blob
            }
            Self::Nobody => {
                let mut signature = [0; 64];
                signature[0] = 1;
                strings(&[b"ssh-ed25519", &signature])
            }
        };
        let fields = [self.blob(), namespace.to_vec(), Vec::new(), hash.to_vec(), signature];
        Envelope { magic: b"SSHSIG".to_vec(), version: 1, fields, trailing: Vec::new() }
    }
}

/// Adds the order of the group to the number in a signature, which verifies as before wherever nobody looks.
pub fn plus_order(envelope: &mut Envelope) {
    const ORDER: [u8; 16] =
        [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14];
    let blob = &mut envelope.fields[4];
    let end = blob.len();
    let order = ORDER.into_iter().chain([0; 15]).chain([0x10]);
    let mut carry = 0;
    for (byte, add) in blob[end - 32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
}

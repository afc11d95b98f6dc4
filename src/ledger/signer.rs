//! What signs: a key in this process, an agent, or the program that git would call.

use std::path::PathBuf;
use std::time::Duration;

use crate::git::GitError;
use crate::git::run_signer;
use crate::sign::PublicKey;
use crate::sign::SecretKey;
use crate::sign::agent;
use crate::sign::agent::AgentError;

/// The namespace in which git signs.
const NAMESPACE: &str = "git";
/// How long a person may take to touch a key or to type a passphrase.
const PERSON_PATIENCE: Duration = Duration::from_secs(60);

/// A way to sign with one key.
#[derive(Debug)]
pub enum Signer {
    Key(SecretKey),
    Agent {
        socket: PathBuf,
        key: PublicKey,
    },
    /// A program that is called as `ssh-keygen -Y sign`.
    Program {
        program: PathBuf,
        key_file: PathBuf,
        key: PublicKey,
    },
}

/// Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    #[error("cannot sign with ssh-agent")]
    Agent(#[from] AgentError),
    #[error("cannot sign with the signing program")]
    Program(#[source] GitError),
}

impl Signer {
    /// Returns the public half of the key that signs.
    pub fn key(&self) -> PublicKey {
        match self {
            Self::Key(secret) => secret.public(),
            Self::Agent { key, .. } | Self::Program { key, .. } => key.clone(),
        }
    }

    /// Returns whether signing takes no time, so that it can be done while others wait.
    pub fn is_immediate(&self) -> bool {
        matches!(self, Self::Key(_))
    }

    /// Signs a commit's payload. Returns the armoured signature.
    pub fn sign(&self, payload: &[u8]) -> Result<String, SignerError> {
        self.sign_in(NAMESPACE, payload)
    }

    /// Signs something else than a commit, in a namespace of its own. Returns the armoured signature.
    pub fn sign_in(&self, namespace: &str, message: &[u8]) -> Result<String, SignerError> {
        match self {
            Self::Key(secret) => Ok(secret.sign(namespace, message)),
            Self::Agent { socket, key } => Ok(agent::sign(socket, key, namespace, message, PERSON_PATIENCE)?),
            Self::Program { program, key_file, .. } => {
                run_signer(program, key_file, namespace, message).map_err(SignerError::Program)
            }
        }
    }
}

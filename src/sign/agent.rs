//! A client of ssh-agent, as small as it can be: which keys are there, and sign this.
//!
//! Never adds or removes keys, never starts an agent, and trusts none: a signature that does not verify is refused.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::PublicKey;
use super::SignatureFault;
use super::sshsig;
use super::verify_detached;
use super::wire;
use super::wire::Reader;

#[cfg(unix)]
mod exchange;
#[cfg(all(test, unix))]
mod tests;

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const FAILURE: u8 = 5;

/// The largest answer that is read, which is also the largest that OpenSSH's agent sends.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// The agent did not do it.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("no ssh-agent answers")]
    Unreachable(#[source] io::Error),
    #[error("ssh-agent is locked or does not have the key")]
    NoKey,
    #[error("ssh-agent refused to sign")]
    Refused,
    #[error("ssh-agent's signature cannot be used")]
    Unusable(#[source] SignatureFault),
    #[error("ssh-agent answered out of turn")]
    Protocol,
    #[error("ssh-agent did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
}

/// Returns the keys that the agent offers, as far as they are of a type that may sign. A locked agent offers none.
pub fn list(socket: &Path, timeout: Duration) -> Result<Vec<PublicKey>, AgentError> {
    let answer = exchange(socket, vec![REQUEST_IDENTITIES], timeout)?;
    parse_keys(&answer).ok_or(AgentError::Protocol)
}

/// Lets the agent sign a message. With a hardware key this waits for the user's touch, so give it time.
pub fn sign(
    socket: &Path,
    key: &PublicKey,
    namespace: &str,
    message: &[u8],
    timeout: Duration,
) -> Result<String, AgentError> {
    let mut request = vec![SIGN_REQUEST];
    request.extend(wire::strings(&[&key.to_blob(), &sshsig::signed_data(namespace, message)]));
    request.extend_from_slice(&0_u32.to_be_bytes());
    let answer = exchange(socket, request, timeout)?;
    if answer == [FAILURE] {
        // The agent gives no reason; what it offers tells the two common ones apart.
        let offered = list(socket, timeout)?;
        return Err(if offered.contains(key) { AgentError::Refused } else { AgentError::NoKey });
    }
    let armor = sshsig::armor(key, namespace, parse_signature(&answer).ok_or(AgentError::Protocol)?);
    verify_detached(namespace, message, &armor).map_err(AgentError::Unusable)?;
    Ok(armor)
}

fn parse_keys(answer: &[u8]) -> Option<Vec<PublicKey>> {
    let mut reader = Reader::new(answer);
    if reader.byte()? != IDENTITIES_ANSWER {
        return None;
    }
    let mut keys = Vec::new();
    for _ in 0..reader.number()? {
        let blob = reader.string()?;
        let _comment = reader.string()?;
        keys.extend(PublicKey::from_blob(blob));
    }
    reader.is_empty().then_some(keys)
}

fn parse_signature(answer: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(answer);
    let is_signature = reader.byte()? == SIGN_RESPONSE;
    let signature = reader.string()?;
    (is_signature && reader.is_empty()).then_some(signature)
}

#[cfg(unix)]
fn exchange(socket: &Path, request: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, AgentError> {
    exchange::exchange(socket, request, timeout)
}

#[cfg(not(unix))]
fn exchange(_socket: &Path, _request: Vec<u8>, _timeout: Duration) -> Result<Vec<u8>, AgentError> {
    Err(AgentError::Unreachable(io::Error::from(io::ErrorKind::Unsupported)))
}

//! One request to an agent's socket and its answer, both bounded. Never looks into either.

use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::ANSWER_BYTES_MAX;
use super::AgentError;
use super::wire;

/// Sends one request and returns the answer, its length taken off.
///
/// Neither connecting nor a slow trickle of bytes can be given one time limit, so all of it happens on a thread. One
/// that is left behind ends when the agent falls silent for as long again.
pub(super) fn exchange(socket: &Path, request: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, AgentError> {
    let socket = socket.to_owned();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Nobody listens any more if the time is up.
        sender.send(exchange_unlimited(&socket, &request, timeout)).ok();
    });
    receiver.recv_timeout(timeout).unwrap_or(Err(AgentError::TimedOut(timeout)))
}

fn exchange_unlimited(socket: &Path, request: &[u8], silence_max: Duration) -> Result<Vec<u8>, AgentError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => AgentError::TimedOut(silence_max),
        _ => AgentError::Protocol,
    };
    let mut stream = UnixStream::connect(socket).map_err(AgentError::Unreachable)?;
    stream.set_read_timeout(Some(silence_max)).map_err(AgentError::Unreachable)?;
    stream.set_write_timeout(Some(silence_max)).map_err(AgentError::Unreachable)?;
    stream.write_all(&wire::strings(&[request])).map_err(failed)?;
    let mut len = [0; 4];
    stream.read_exact(&mut len).map_err(failed)?;
    let len = usize::try_from(u32::from_be_bytes(len)).unwrap_or(usize::MAX);
    if len > ANSWER_BYTES_MAX {
        return Err(AgentError::Protocol);
    }
    let mut answer = vec![0; len];
    stream.read_exact(&mut answer).map_err(failed)?;
    Ok(answer)
}

//! Starts a command of the local user, and feeds it with what happened: nothing else reaches it but a few variables.
//!
//! No shell reads the command. It has a process group of its own, so that whatever it has started ends with it when its time
//! is up. What it says is kept as far as it is short.

use std::ffi::OsString;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::model::Argument;

/// How much of what a command says is kept.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;
/// How long output may trail the end of a command.
const TRAILING_LIMIT: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a status; `None` if a signal ended it.
    Exited(Option<i32>),
    /// It was killed, with all that it had started, because its time was up.
    TimedOut,
}

/// What a command left behind.
pub(crate) struct Done {
    pub(crate) end: End,
    pub(crate) took: Duration,
    pub(crate) output: Vec<u8>,
}

/// What a command is given.
pub(crate) struct Given<'a> {
    pub(crate) argv: &'a [Argument],
    pub(crate) input: &'a str,
    pub(crate) directory: &'a Path,
    pub(crate) environment: &'a [(OsString, OsString)],
    pub(crate) limit: Duration,
}

/// Runs a command to its end, or kills it when its time is up.
pub(crate) fn run(given: &Given<'_>) -> std::io::Result<Done> {
    let (program, arguments) = given.argv.split_first().expect("a command begins with a program");
    let mut command = Command::new(program.as_str());
    command.args(arguments.iter().map(|argument| argument.as_str())).current_dir(given.directory);
    command.env_clear().envs(given.environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let start = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        let input = given.input.to_owned();
        // A program that does not read to the end is its own affair.
        thread::spawn(move || pipe.write_all(input.as_bytes()).ok());
    }
    let gathered = Arc::new(Mutex::new(Vec::new()));
    let (sender, closed) = mpsc::channel();
    gather(child.stdout.take(), &gathered, &sender);
    gather(child.stderr.take(), &gathered, &sender);
    drop(sender);
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break End::Exited(status.code());
        }
        if start.elapsed() >= given.limit {
            // It has not been waited for, so the number is still its own.
            kill_group(child.id());
            child.kill().ok();
            child.wait()?;
            break End::TimedOut;
        }
        thread::sleep(LOOK_EVERY);
    };
    let until = Instant::now() + TRAILING_LIMIT;
    while closed.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    let output = std::mem::take(&mut *gathered.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Done { end, took: start.elapsed(), output })
}

/// Reads a pipe to its end, and keeps the beginning; the rest is dropped, so that the program does not block on a full pipe.
fn gather(pipe: Option<impl Read + Send + 'static>, gathered: &Arc<Mutex<Vec<u8>>>, closed: &mpsc::Sender<()>) {
    let (gathered, closed) = (Arc::clone(gathered), closed.clone());
    thread::spawn(move || {
        let mut chunk = [0; 4 * 1024];
        let Some(mut pipe) = pipe else { return };
        while let Ok(count @ 1..) = pipe.read(&mut chunk) {
            let mut kept = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            let room = OUTPUT_BYTES_MAX.saturating_sub(kept.len());
            kept.extend_from_slice(&chunk[..count.min(room)]);
        }
        closed.send(()).ok();
    });
}

#[cfg(unix)]
fn kill_group(leader: u32) {
    use rustix::process::Pid;
    use rustix::process::Signal;

    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        rustix::process::kill_process_group(group, Signal::KILL).ok();
    }
}

#[cfg(not(unix))]
fn kill_group(_: u32) {}

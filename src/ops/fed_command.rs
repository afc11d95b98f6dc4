//! Starts a command of the local user's, and feeds it.
//!
//! No shell reads the command. It has a process group of its own, so that whatever it has started ends with it when its time
//! is up. What it says is bounded.

use std::ffi::OsString;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// How long output may trail the end of a command.
const TRAILING_LIMIT: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How soon the end is looked for once it says no more.
const LOOK_SOON: Duration = Duration::from_millis(1);

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// It was killed, with all that it had started, because its time was up.
    TimedOut,
    /// It was killed likewise, because its answer was too long.
    SaidTooMuch,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) end: End,
    pub(crate) took: Duration,
    pub(crate) output: Vec<u8>,
}

/// Which variables a command has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Environment<'a> {
    /// Those of this process.
    Ours,
    /// These and no others.
    Only(&'a [(OsString, OsString)]),
}

/// What is kept of what a command says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    /// The beginning of it and of its complaints, for people to read.
    Beginning { bytes_max: usize },
    /// All of it, but no complaint. Whoever says more than that is killed.
    Answer { bytes_max: usize },
}

/// What a command is given.
pub(crate) struct Given<'a> {
    /// The program, and its arguments.
    pub(crate) argv: &'a [&'a str],
    pub(crate) input: &'a str,
    pub(crate) directory: &'a Path,
    pub(crate) environment: Environment<'a>,
    pub(crate) limit: Duration,
    pub(crate) kept: Kept,
}

/// What was heard of a command so far.
#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    is_cut: bool,
}

/// Runs a command to its end, or kills it when its time is up.
pub(crate) fn run(given: &Given<'_>) -> std::io::Result<Done> {
    let start = Instant::now();
    let mut child = command(given).spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        let input = given.input.to_owned();
        // A program that does not read to the end is its own affair.
        thread::spawn(move || pipe.write_all(input.as_bytes()).ok());
    }
    let (Kept::Beginning { bytes_max } | Kept::Answer { bytes_max }) = given.kept;
    let heard = Arc::new(Mutex::new(Heard::default()));
    let (sender, closed) = mpsc::channel();
    gather(child.stdout.take(), bytes_max, &heard, &sender);
    gather(child.stderr.take(), bytes_max, &heard, &sender);
    drop(sender);
    let is_too_much = || matches!(given.kept, Kept::Answer { .. }) && lock(&heard).is_cut;
    let mut end = loop {
        if let Some(status) = child.try_wait()? {
            break End::Exited(status);
        }
        let is_late = start.elapsed() >= given.limit;
        if is_late || is_too_much() {
            kill(&mut child)?;
            break if is_late { End::TimedOut } else { End::SaidTooMuch };
        }
        if closed.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Disconnected) {
            thread::sleep(LOOK_SOON);
        }
    };
    let until = Instant::now() + TRAILING_LIMIT;
    while closed.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    if matches!(end, End::Exited(_)) && is_too_much() {
        end = End::SaidTooMuch;
    }
    let output = std::mem::take(&mut lock(&heard).bytes);
    Ok(Done { end, took: start.elapsed(), output })
}

fn command(given: &Given<'_>) -> Command {
    let (program, arguments) = given.argv.split_first().expect("a command begins with a program");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(given.directory);
    if let Environment::Only(variables) = given.environment {
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    }
    let complaints = match given.kept {
        Kept::Beginning { .. } => Stdio::piped(),
        Kept::Answer { .. } => Stdio::null(),
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(complaints);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Reads a pipe to its end, and keeps the beginning; the rest is dropped, so that the program does not block on a full pipe.
fn gather(
    pipe: Option<impl Read + Send + 'static>,
    bytes_max: usize,
    heard: &Arc<Mutex<Heard>>,
    closed: &mpsc::Sender<()>,
) {
    let Some(mut pipe) = pipe else { return };
    let (heard, closed) = (Arc::clone(heard), closed.clone());
    thread::spawn(move || {
        let mut chunk = [0; 16 * 1024];
        while let Ok(count @ 1..) = pipe.read(&mut chunk) {
            let mut heard = lock(&heard);
            let room = bytes_max.saturating_sub(heard.bytes.len());
            heard.bytes.extend_from_slice(&chunk[..count.min(room)]);
            heard.is_cut |= count > room;
        }
        closed.send(()).ok();
    });
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a command that has not been waited for, so that its number is still its own, with all of its group.
fn kill(child: &mut Child) -> std::io::Result<()> {
    kill_group(child.id());
    child.kill().ok();
    child.wait().map(drop)
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

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    const LONG_ENOUGH: Duration = Duration::from_secs(60);

    fn shell(script: &str, limit: Duration, kept: Kept) -> Done {
        let variables = [("PATH".into(), "/usr/bin:/bin".into()), ("HERE".into(), "there".into())];
        let argv = ["/bin/sh", "-c", script];
        let (directory, environment) = (Path::new("/"), Environment::Only(&variables));
        run(&Given { argv: &argv, input: "fed\n", directory, environment, limit, kept }).unwrap()
    }

    fn status(done: &Done) -> Option<i32> {
        match done.end {
            End::Exited(status) => status.code(),
            _ => None,
        }
    }

    #[test]
    fn answer_is_what_it_says_and_no_complaint() {
        let script = "read -r line; echo \"$line $HERE $(pwd) ${HOME-none}\"; echo badly >&2; exit 3";
        let done = shell(script, LONG_ENOUGH, Kept::Answer { bytes_max: 17 });
        assert_eq!((status(&done), &*done.output), (Some(3), &b"fed there / none\n"[..]));
        // One byte less, and it is too much, however fast it ends.
        assert_eq!(shell(script, LONG_ENOUGH, Kept::Answer { bytes_max: 16 }).end, End::SaidTooMuch);
        let beginning = shell(script, LONG_ENOUGH, Kept::Beginning { bytes_max: 20 });
        assert_eq!((status(&beginning), beginning.output.len()), (Some(3), 20), "with its complaint, and cut");
    }

    #[test]
    fn whoever_goes_on_saying_is_ended() {
        let done = shell("while :; do echo more; done", LONG_ENOUGH, Kept::Answer { bytes_max: 100_000 });
        assert_eq!((done.end, done.output.len()), (End::SaidTooMuch, 100_000));
        assert!(done.took < LONG_ENOUGH / 2);
    }

    /// What it started would hold the pipe open for an hour: only its death lets the pipe end in time.
    #[test]
    fn all_that_it_started_ends_with_its_time() {
        let script = "sleep 3600 & echo $!; wait";
        let done = shell(script, Duration::from_millis(300), Kept::Answer { bytes_max: 100 });
        assert_eq!(done.end, End::TimedOut);
        let started: i32 = String::from_utf8(done.output).unwrap().trim().parse().unwrap();
        let is_there = || rustix::process::test_kill_process(rustix::process::Pid::from_raw(started).unwrap()).is_ok();
        let is_dead = || {
            // Nobody may have taken note of its end yet.
            let stat = std::fs::read_to_string(format!("/proc/{started}/stat")).unwrap_or_default();
            !is_there() || stat.contains(") Z ")
        };
        let until = Instant::now() + Duration::from_secs(5);
        while !is_dead() && Instant::now() < until {
            thread::sleep(LOOK_EVERY);
        }
        assert!(is_dead(), "{started} goes on");
    }
}

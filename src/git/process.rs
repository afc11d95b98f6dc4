//! Runs a program without a shell: cleaned environment, bounded time, bounded output.

use std::ffi::OsStr;
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
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::GitError;
use super::StandingLock;
use super::transfer::Transfer;
use super::transfer::TransferLines;
use super::transfer::TransferListener;
use super::transfer::without_progress;

/// By what a user chooses how to reach others: programs, and what a server and its visitor know each other by.
const WAY_VARIABLES: [&str; 8] = [
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_ASKPASS",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
];
const OUTPUT_LIMIT_BYTES: u64 = 64 * 1024 * 1024;
const ERROR_LIMIT_BYTES: u64 = 1024 * 1024;
/// How long errors may trail the end of a program; a shared ssh connection keeps that pipe open for as long as it lives.
const TRAILING_LIMIT: Duration = Duration::from_millis(500);

/// What a program left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub program: String,
    /// The exit status; -1 when a signal ended the program.
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Whether the user's choice of how to reach others gets to git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Cut,
    Kept,
}

/// Whether git reads the files of configuration of the user and of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Configuration {
    Read,
    Ignored,
}

pub(super) struct Call<'a> {
    pub(super) executable: &'a Path,
    pub(super) directory: &'a Path,
    pub(super) arguments: &'a [OsString],
    pub(super) index_file: Option<&'a Path>,
    pub(super) input: &'a [u8],
    pub(super) limit: Duration,
    pub(super) transport: Transport,
    /// How git runs ssh, if not as the user has chosen.
    pub(super) ssh_command: Option<&'a str>,
    pub(super) configuration: Configuration,
    /// Is told what git says of how far it is.
    pub(super) listener: Option<&'a TransferListener>,
}

impl Output {
    /// Returns the output, or the failure as an error.
    pub fn success(self) -> Result<Self, GitError> {
        if self.status == 0 { Ok(self) } else { Err(self.failure()) }
    }

    /// Returns the failure that this output tells of.
    pub(super) fn failure(self) -> GitError {
        let message = self.stderr.trim().to_owned();
        if let Some(lock) = StandingLock::told_by_git(&message) {
            return GitError::Locked { lock };
        }
        if is_read_only(&message) {
            return GitError::ReadOnly { program: self.program, message };
        }
        let is_full = says_here(&message, &["No space left on device", "Disk quota exceeded"]);
        if is_full || says_here(&message, &["Input/output error"]) {
            return GitError::DiskInWay { program: self.program, message, is_full };
        }
        GitError::Program { program: self.program, status: self.status, message }
    }
}

/// Returns whether git failed to write an object or a file of its own here. A remote's own complaints are marked as such.
fn is_read_only(message: &str) -> bool {
    says_here(message, &["Read-only file system", "insufficient permission for adding an object"])
}

/// Returns whether git says one of these of itself.
fn says_here(message: &str, signs: &[&str]) -> bool {
    let mut own = message.lines().filter(|line| !line.starts_with("remote: "));
    own.any(|line| signs.iter().any(|sign| line.contains(sign)))
}

/// Runs a program to its end, or kills it when its time is up.
pub(super) fn run(call: Call<'_>) -> Result<Output, GitError> {
    let listener = call.listener;
    let output = run_to_end(call);
    let Some(listener) = listener else { return output };
    listener.tell(Transfer::END);
    output.map(|output| Output { stderr: without_progress(&output.stderr), ..output })
}

fn run_to_end(call: Call<'_>) -> Result<Output, GitError> {
    let program = call.executable.display().to_string();
    let broken = |error: std::io::Error| GitError::Program {
        program: program.clone(),
        status: -1,
        message: format!("cannot be run: {error}"),
    };
    let mut command = Command::new(call.executable);
    command.args(call.arguments).current_dir(call.directory);
    clean_environment(&mut command, call.transport);
    if call.configuration == Configuration::Ignored {
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    }
    if let Some(file) = call.index_file {
        command.env("GIT_INDEX_FILE", file);
    }
    if let Some(ssh_command) = call.ssh_command {
        command.env("GIT_SSH_COMMAND", ssh_command);
    }
    command.stdin(if call.input.is_empty() { Stdio::null() } else { Stdio::piped() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(broken)?;
    feed(&mut child, call.input);
    let stdout = Collector::start(child.stdout.take(), OUTPUT_LIMIT_BYTES, None);
    let stderr = Collector::start(child.stderr.take(), ERROR_LIMIT_BYTES, call.listener.cloned());
    // A program closes its output when it ends; the pipe tells that at once, and its status is there a moment later. A
    // cut-off answer must not pass for a whole one; cut-off complaints may.
    let start = Instant::now();
    let is_whole = stdout.wait(call.limit);
    let Some(status) = wait(&mut child, call.limit.saturating_sub(start.elapsed())).map_err(broken)? else {
        return Err(GitError::TimedOut { program, limit: call.limit });
    };
    if !is_whole {
        return Err(GitError::TimedOut { program, limit: call.limit });
    }
    stderr.wait(TRAILING_LIMIT);
    let stdout = stdout.take()?;
    let stderr = String::from_utf8_lossy(&stderr.take()?).into_owned();
    Ok(Output { program, status: status.code().unwrap_or(-1), stdout, stderr })
}

/// Starts a program that nobody waits for and that outlives us, with nothing to read and nobody to tell.
pub(super) fn start(call: Call<'_>) -> Result<(), GitError> {
    let program = call.executable.display().to_string();
    let mut command = Command::new(call.executable);
    command.args(call.arguments).current_dir(call.directory);
    clean_environment(&mut command, call.transport);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What is typed to end us is not meant for it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let broken = |error| GitError::Program { program, status: -1, message: format!("cannot be run: {error}") };
    command.spawn().map(|_| ()).map_err(broken)
}

/// Returns a variable by which a user chooses how to reach others.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn clean_environment(command: &mut Command, transport: Transport) {
    let is_kept = |name: &OsStr| transport == Transport::Kept && WAY_VARIABLES.iter().any(|kept| name == *kept);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().to_uppercase().starts_with("GIT_") && !is_kept(&name) {
            command.env_remove(&name);
        }
    }
    command.env_remove("LANGUAGE").env("LC_ALL", "C");
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_OPTIONAL_LOCKS", "0");
}

/// Hands over the input on a thread of its own, so that a program that talks first cannot block us.
fn feed(child: &mut Child, input: &[u8]) {
    if let Some(mut pipe) = child.stdin.take() {
        let input = input.to_vec();
        // A program that does not read to the end is its own affair.
        thread::spawn(move || pipe.write_all(&input).ok());
    }
}

/// Waits for the end of a program. After the limit it is killed and `None` returned.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(20));
    }
}

/// Gathers what comes out of a pipe, up to a limit.
struct Collector {
    gathered: Arc<Mutex<Vec<u8>>>,
    done: mpsc::Receiver<()>,
    limit_bytes: u64,
}

impl Collector {
    fn start(pipe: Option<impl Read + Send + 'static>, limit_bytes: u64, listener: Option<TransferListener>) -> Self {
        let gathered = Arc::new(Mutex::new(Vec::new()));
        let (sender, done) = mpsc::channel();
        let target = Arc::clone(&gathered);
        thread::spawn(move || {
            let mut chunk = [0; 16 * 1024];
            let mut lines = TransferLines::default();
            let Some(mut pipe) = pipe else { return };
            while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                if let Some(listener) = &listener
                    && let Some(transfer) = lines.take(&chunk[..count])
                {
                    listener.tell(transfer);
                }
                let mut target = target.lock().expect("nobody panics while gathering");
                // The rest is read and dropped, so that the program does not block on a full pipe.
                if target.len() as u64 <= limit_bytes {
                    target.extend_from_slice(&chunk[..count]);
                }
            }
            sender.send(()).ok();
        });
        Self { gathered, done, limit_bytes }
    }

    /// Returns whether the pipe was closed in time.
    fn wait(&self, limit: Duration) -> bool {
        self.done.recv_timeout(limit).is_ok()
    }

    fn take(self) -> Result<Vec<u8>, GitError> {
        let mut gathered = self.gathered.lock().expect("nobody panics while gathering");
        if gathered.len() as u64 > self.limit_bytes {
            return Err(GitError::TooLarge { what: "the output of a program", limit: self.limit_bytes });
        }
        Ok(std::mem::take(&mut *gathered))
    }
}

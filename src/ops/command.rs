//! Starts a command that others have approved: the only place that starts what others wrote.
//!
//! Whoever calls this has made sure that it may be run, and that it never will be again. No shell reads the command, and
//! nothing is fed to it: what somebody types, or a pipe brings, nobody approved.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Instant;

use crate::model::Order;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) status: Option<u64>,
    pub(crate) signal: Option<u64>,
    pub(crate) seconds: u64,
}

impl Ended {
    pub(crate) fn is_success(&self) -> bool {
        self.status == Some(0)
    }
}

/// Runs a command to its end at the top of a work tree. Its standard output goes where it is told, its errors to ours.
pub(crate) fn run(order: &Order, top: &Path, stdout: Stdio) -> std::io::Result<Ended> {
    let (program, arguments) = order.argv.split_first().expect("a command begins with a program");
    let program = program.as_str();
    // A path is one from the top, wherever whoever starts it stands.
    let place = if program.contains('/') { top.join(program) } else { PathBuf::from(program) };
    let mut command = Command::new(place);
    command.args(arguments.iter().map(|argument| argument.as_str())).current_dir(top);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, program);
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::inherit());
    let start = Instant::now();
    let status = command.spawn()?.wait()?;
    let seconds = start.elapsed().as_secs();
    let code = status.code().map(|code| u64::from(code.cast_unsigned()));
    Ok(Ended { status: code, signal: signal_of(status), seconds })
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<u64> {
    let signal = std::os::unix::process::ExitStatusExt::signal(&status)?;
    u64::try_from(signal).ok()
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<u64> {
    None
}

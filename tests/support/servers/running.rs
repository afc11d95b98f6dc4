//! A program that runs until its value is dropped, with everything that it has started.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::port;

/// No server takes so long to begin.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often another port is tried when somebody was faster.
const ATTEMPTS: u32 = 5;

/// A program that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
}

impl Running {
    /// Starts a server on a free port and waits until it listens there. What it says goes to a file. Returns the port.
    ///
    /// # Panics
    ///
    /// Panics with what the server said if it does not begin to listen.
    pub(super) fn on_free_port(log: &Path, mut command: impl FnMut(u16) -> Command) -> (Self, u16) {
        for _ in 0..ATTEMPTS {
            let port = port::free();
            let mut running = Self::start(log, &mut command(port));
            if running.becomes(|| port::is_open(port)) {
                return (running, port);
            }
        }
        panic!("the server ends at once: {}", fs::read_to_string(log).unwrap_or_default());
    }

    /// Starts a program. What it says goes to a file.
    pub(super) fn start(log: &Path, command: &mut Command) -> Self {
        let open = || File::options().create(true).append(true).open(log).expect("the log is in our directory");
        let child = command.stdout(open()).stderr(open()).spawn();
        Self { child: child.unwrap_or_else(|error| panic!("{command:?}: {error}")) }
    }

    /// Waits until something is so; returns whether it came while the program ran.
    ///
    /// # Panics
    ///
    /// Panics if the program runs on and it does not become so.
    pub(super) fn becomes(&mut self, is_so: impl Fn() -> bool) -> bool {
        let until = Instant::now() + PATIENCE;
        loop {
            if self.child.try_wait().expect("it is our child").is_some() {
                return false;
            }
            if is_so() {
                return true;
            }
            assert!(Instant::now() < until, "the server does not begin");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns the number of the process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let mut family = Vec::new();
        stop_family(self.child.id(), &mut family);
        signal("KILL", &family);
        self.child.wait().ok();
    }
}

/// Stops a process and everything that it has started. Whoever is stopped starts nothing more while we look.
fn stop_family(process: u32, family: &mut Vec<u32>) {
    signal("STOP", &[process]);
    family.push(process);
    for child in children(process) {
        stop_family(child, family);
    }
}

/// Returns what a process has started itself and what still runs.
fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

fn signal(name: &str, processes: &[u32]) {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "name=$1; shift; kill -s \"$name\" \"$@\" 2>/dev/null", "sh", name]);
    command.args(processes.iter().map(u32::to_string)).status().ok();
}

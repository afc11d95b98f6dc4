//! A program that runs until its value is dropped, with everything that it has started.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::family;
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
        family::kill_family(self.child.id());
        self.child.wait().ok();
    }
}

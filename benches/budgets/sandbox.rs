//! A throw-away home and the processes that run in it: stock git and the release binary, timed as a whole.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// The program that is measured.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_git-coord");

/// A directory for one run, with a home of its own.
#[derive(Clone, Debug)]
pub(crate) struct Sandbox {
    pub(crate) root: PathBuf,
    pub(crate) home: PathBuf,
}

impl Sandbox {
    /// Makes or enters the sandbox in a directory.
    pub(crate) fn at(root: &Path) -> Self {
        let home = root.join("home");
        fs::create_dir_all(&home).expect("the target directory is ours");
        let settings = "[user]\n\tname = Bench\n\temail = bench@example.org\n[init]\n\tdefaultBranch = main\n\
            [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n[gpg]\n\tformat = ssh\n";
        fs::write(home.join(".gitconfig"), settings).expect("the home directory is ours");
        Self { root: root.to_owned(), home }
    }

    /// Begins a command that sees nothing of the user's own settings.
    pub(crate) fn command(&self, program: &str, directory: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["GIT_", "SSH_", "XDG_", "CLAUDE", "CODEX", "GEMINI"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command.current_dir(directory).env("HOME", &self.home).env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs git, which must succeed, and returns what it printed.
    pub(crate) fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        self.output("git", directory, arguments)
    }

    /// Runs the measured program, which must succeed, and returns what it printed.
    pub(crate) fn coord(&self, directory: &Path, arguments: &[&str]) -> String {
        self.output(BINARY, directory, arguments)
    }

    fn output(&self, program: &str, directory: &Path, arguments: &[&str]) -> String {
        let mut command = self.command(program, directory);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.args(arguments).output().expect("the program is there");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Times one process from its start to its end. It must succeed.
    pub(crate) fn time(&self, program: &str, directory: &Path, arguments: &[&str]) -> Duration {
        let mut command = self.command(program, directory);
        command.args(arguments);
        let start = Instant::now();
        let status = command.status().expect("the program is there");
        let took = start.elapsed();
        assert!(status.success(), "{program} {arguments:?} failed; run it by hand in {}", directory.display());
        took
    }

    /// Copies a directory with everything in it.
    pub(crate) fn copy(&self, from: &Path, to: &Path) {
        let status = Command::new("cp").arg("-a").arg(from).arg(to).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot copy a world");
    }
}

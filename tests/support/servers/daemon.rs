//! `git daemon` with pushes switched on: everybody may do everything, and nobody has a name.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::account::Account;
use super::programs;
use super::running::Running;
use super::server::Server;

/// A `git daemon` with a repository, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    #[expect(dead_code, reason = "ends the server when it is dropped")]
    running: Running,
    port: u16,
    account: Account,
    repository: PathBuf,
}

impl Daemon {
    /// What this machine must have.
    pub(crate) const PROGRAMS: [&str; 1] = ["git"];

    /// Starts a server for a bare repository, which from then on belongs to the server's account.
    pub(crate) fn start(directory: &Path, repository: &Path) -> Self {
        let account = Account::of_web();
        programs::make_directory(directory);
        let repository = repository.canonicalize().expect("the repository is there");
        account.take(&repository);
        let (running, port) = Running::on_free_port(&directory.join("daemon.log"), |port| {
            let mut command = programs::service("git", directory);
            account.enter(&mut command);
            command.args(["daemon", "--listen=127.0.0.1", "--reuseaddr", "--export-all", "--enable=receive-pack"]);
            command.args(["--informative-errors", &format!("--port={port}")]);
            add_base(&mut command, &repository);
            command
        });
        Self { running, port, account, repository }
    }
}

fn add_base(command: &mut Command, repository: &Path) {
    let base = repository.parent().expect("a repository lies in a directory");
    command.arg(format!("--base-path={}", base.display())).arg(repository);
}

impl Server for Daemon {
    fn version(&self) -> String {
        let said = programs::run(programs::service("git", Path::new("/")).arg("version"));
        format!("git daemon of {}", said.trim())
    }

    fn url(&self, _user: &str) -> String {
        let name = self.repository.file_name().expect("a repository has a name");
        format!("git://127.0.0.1:{}/{}", self.port, name.to_string_lossy())
    }

    fn variables(&self, _user: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn repository(&self) -> &Path {
        &self.repository
    }

    fn account(&self) -> &Account {
        &self.account
    }
}

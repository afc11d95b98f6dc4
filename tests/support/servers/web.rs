//! What the servers that speak http have in common: who may come in, and where git's own program for it is.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::account::Account;
use super::programs;

/// Who may push, with the password, which is the name, as both servers store it.
const PASSWORDS: &str = "alice:{SHA}UisnajVr3zkBPfq+os1D4UHsyeg=\nbob:{SHA}SBgazSKz7a68ikR4aKfffOYpkgo=\n";

/// A site with one repository.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) account: Account,
    /// Where the server's files are; the account's.
    pub(super) directory: PathBuf,
    pub(super) repository: PathBuf,
    pub(super) passwords: PathBuf,
    /// `git http-backend`.
    pub(super) backend: PathBuf,
}

impl Site {
    /// Gives a repository and a directory to the account of web servers.
    pub(super) fn new(directory: &Path, repository: &Path) -> Self {
        let account = Account::of_web();
        programs::make_directory(directory);
        let directory = directory.canonicalize().expect("it was made");
        let repository = repository.canonicalize().expect("the repository is there");
        let passwords = directory.join("passwords");
        fs::write(&passwords, PASSWORDS).expect("the directory is ours");
        let inner = programs::run(programs::service("git", &directory).arg("--exec-path"));
        let backend = Path::new(inner.trim()).join("git-http-backend");
        programs::run(programs::service("git", &repository).args(["config", "http.receivepack", "true"]));
        account.take(&repository);
        account.take(&directory);
        Self { account, directory, repository, passwords, backend }
    }

    /// Returns the directory that the repository is in.
    pub(super) fn root(&self) -> &Path {
        self.repository.parent().expect("a repository lies in a directory")
    }

    /// Returns what git calls the repository, with the user's name and password.
    pub(super) fn url(&self, port: u16, user: &str) -> String {
        let name = self.repository.file_name().expect("a repository has a name").to_string_lossy();
        format!("http://{user}:{user}@127.0.0.1:{port}/git/{name}")
    }
}

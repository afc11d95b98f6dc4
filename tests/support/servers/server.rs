//! What every server has in common.

use std::path::Path;
use std::process::Command;

use super::account::Account;
use super::programs;

/// A server that runs until it is dropped, with one bare repository.
pub(crate) trait Server {
    /// Returns what runs, with its version.
    fn version(&self) -> String;

    /// Returns what git calls the repository, for one of the users.
    fn url(&self, user: &str) -> String;

    /// Returns the variables by which git finds its way in as one of the users.
    fn variables(&self, user: &str) -> Vec<(&'static str, String)>;

    /// Returns where the repository is.
    fn repository(&self) -> &Path;

    /// Returns who the server is. The repository is this account's.
    fn account(&self) -> &Account;

    /// Returns a program as this server would start it: as its account, in the repository, with a service's search path
    /// and nothing of a person's environment.
    fn service(&self, program: &Path) -> Command {
        let mut command = programs::at(program, self.repository());
        self.account().enter(&mut command);
        command
    }
}

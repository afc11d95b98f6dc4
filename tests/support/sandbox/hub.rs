//! A bare repository with our server hooks, and a clone whose ledger is decided there.

use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// A bare repository with server hooks and an enrolled hub.
pub struct Hub {
    pub directory: PathBuf,
    /// The root of the ledger, in the clone `work` whose remote is called `hub`.
    pub maria: Actor,
}

impl Hub {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        let directory = sandbox.root.join("hub.git");
        let outside = sandbox.somebody(&sandbox.root);
        outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "hub.git"]);
        let work = sandbox.repository("work");
        work.git(&["remote", "add", "hub", directory.to_str().unwrap()]);
        work.git(&["push", "-q", "hub", "main"]);
        let maria = work.begin(&["--remote", "hub"]);
        let installed = sandbox.somebody(&directory).coord(&["hooks", "install", "--server"]).ok().json();
        let key = text(&installed["hub_key"]);
        maria.coord(&["enroll", "hub", "--kind", "service", "--role", "hub", "--key", &key]).ok();
        Self { directory, maria }
    }

    /// Returns another clone as on a machine of its own, in a directory of the sandbox, for somebody who has not joined.
    pub fn clone(&self, sandbox: &Sandbox, name: &str) -> Actor {
        let machine = sandbox.root.join("machines").join(name);
        self.clone_beside(sandbox, name).with_env("XDG_STATE_HOME", machine)
    }

    /// Returns another clone on the same machine, for somebody who has not joined.
    pub fn clone_beside(&self, sandbox: &Sandbox, name: &str) -> Actor {
        let from = self.directory.to_str().unwrap();
        sandbox.somebody(&sandbox.root).git(&["clone", "-q", "-o", "hub", from, name]);
        let somebody = sandbox.somebody(&sandbox.root.join(name));
        somebody.git(&["config", "user.name", "Somebody"]);
        somebody.git(&["config", "user.email", "somebody@example.org"]);
        somebody
    }
}

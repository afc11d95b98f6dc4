//! A bare repository behind OpenSSH, a proxy before it, and clones that reach it only through the proxy.

use std::path::PathBuf;
use std::process::Command;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::servers::Fault;
use crate::support::servers::Proxy;
use crate::support::servers::Ssh;
use crate::support::servers::missing;

/// One server, one proxy, and any number of clones.
pub(super) struct Arena {
    // Ended in this order: who is cut off first asks nobody any more.
    pub(super) proxy: Proxy,
    pub(super) ssh: Ssh,
    /// The root of the ledger, in a clone that reaches the repository as a path.
    pub(super) maria: Actor,
    pub(super) hub: PathBuf,
    pub(super) sandbox: Sandbox,
}

impl Arena {
    /// Begins a ledger in a bare repository. A plan says what becomes of each connection.
    pub(super) fn new(plan: impl FnMut() -> Fault + Send + 'static) -> Option<Self> {
        let absent = missing(&Ssh::PROGRAMS);
        if !absent.is_empty() {
            eprintln!("NOT TESTED: this machine lacks {absent:?}");
            return None;
        }
        let sandbox = Sandbox::new();
        let hub = sandbox.root.join("hub.git");
        let outside = sandbox.somebody(&sandbox.root);
        outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "hub.git"]);
        let work = sandbox.repository("work");
        work.git(&["remote", "add", "hub", hub.to_str().unwrap()]);
        work.git(&["push", "-q", "hub", "main"]);
        let maria = work.begin(&["--remote", "hub"]);
        let ssh = Ssh::start(&sandbox.root.join("ssh"), &hub);
        let proxy = Proxy::start(ssh.port(), &hub.join("refs/heads/coord"), plan);
        Some(Self { proxy, ssh, maria, hub, sandbox })
    }

    /// Enrolls an agent.
    pub(super) fn enroll(&self, name: &str) -> String {
        text(&self.maria.coord(&["enroll", name, "--role", "builder"]).ok().json()["id"])
    }

    /// Returns a new clone that reaches the repository through the proxy.
    pub(super) fn clone(&self, name: &str) -> Actor {
        self.sandbox.somebody(&self.sandbox.root).git(&["clone", "-q", "-o", "hub", self.hub.to_str().unwrap(), name]);
        let clone = self.sandbox.somebody(&self.sandbox.root.join(name));
        clone.git(&["config", "user.name", "Somebody"]);
        clone.git(&["config", "user.email", "somebody@example.org"]);
        clone.coord(&["join", &self.maria.id]).ok();
        self.lead(&clone, self.proxy.port());
        clone.with_env("GIT_SSH_COMMAND", self.ssh.ssh_command("alice"))
    }

    /// Lets a clone reach the repository behind another port.
    pub(super) fn lead(&self, clone: &Actor, port: u16) {
        clone.git(&["remote", "set-url", "hub", &self.ssh.url_through(port)]);
    }
}

/// Returns the command that claims a path as somebody.
pub(super) fn claim(clone: &Actor, id: &str, path: &str) -> Command {
    let mut command = clone.with_env("GIT_COORD_AS", id).command("git-coord");
    command.args(["--json", "claim", "--intent", &format!("Work of {id} on {path}"), path]);
    command
}

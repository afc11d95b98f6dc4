//! Where everybody works: a clone that has all keys, and a clean environment for programs.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::world::Actor;

/// A sandbox with `hub.git` and `desk`.
pub(crate) struct Desk {
    sandbox: Sandbox,
    pub(crate) root: PathBuf,
    pub(crate) hub: PathBuf,
    pub(crate) work: PathBuf,
}

impl Desk {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        let root = sandbox.root.clone();
        Self { hub: root.join("hub.git"), work: root.join("desk"), root, sandbox }
    }

    /// Says that the hub is not to be inspected at the end: it belongs to another account.
    pub(crate) fn leave_hub_uninspected(&self) {
        self.sandbox.leave_uninspected(&self.hub);
    }

    /// Prepares a program in a clean environment.
    pub(crate) fn program(&self, directory: &Path, program: &str) -> Command {
        self.sandbox.somebody(directory).command(program)
    }

    /// Runs a prepared program with an input.
    #[track_caller]
    pub(crate) fn run(&self, prepared: &mut Command, input: &[u8]) -> Ran {
        let file = self.root.join("tmp/input");
        fs::write(&file, input).unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec \"$@\" <\"$0\""]).arg(file).arg(prepared.get_program()).args(prepared.get_args());
        command.current_dir(prepared.get_current_dir().unwrap()).env_clear();
        command.envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Ran::of(command)
    }

    pub(crate) fn git_try_in(&self, directory: &Path, arguments: &[&str]) -> Ran {
        self.run(self.program(directory, "git").args(arguments), b"")
    }

    #[track_caller]
    pub(crate) fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        line(&self.git_try_in(directory, arguments).ok())
    }

    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.work, arguments)
    }

    pub(crate) fn git_try(&self, arguments: &[&str]) -> Ran {
        self.git_try_in(&self.work, arguments)
    }

    /// Runs git in the hub, as its administrator.
    #[track_caller]
    pub(crate) fn at_hub(&self, arguments: &[&str]) -> String {
        self.git_in(&self.hub, arguments)
    }

    pub(crate) fn coord_in(&self, directory: &Path, arguments: &[&str]) -> Ran {
        self.run(self.program(directory, env!("CARGO_BIN_EXE_git-coord")).args(arguments), b"")
    }

    /// Runs a verb as somebody.
    pub(crate) fn coord(&self, who: &str, arguments: &[&str]) -> Ran {
        let id = Actor::named(who).id.to_string();
        let mut all = vec!["--json", "--as", &id];
        all.extend(arguments);
        self.coord_in(&self.work, &all)
    }

    /// Runs a verb as somebody and returns the first object that it prints.
    #[track_caller]
    pub(crate) fn said(&self, who: &str, arguments: &[&str]) -> serde_json::Value {
        self.coord(who, arguments).ok().json()
    }

    pub(crate) fn key_file(&self, who: &str) -> PathBuf {
        self.root.join("home/.local/share/git-coord/keys").join(Actor::named(who).id.as_str())
    }

    pub(crate) fn write(&self, file: &str, content: &[u8]) {
        let path = self.work.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes an object from its bytes as they are.
    #[track_caller]
    pub(crate) fn object(&self, kind: &str, bytes: &[u8]) -> String {
        let arguments = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
        line(&self.run(self.program(&self.work, "git").args(arguments), bytes).ok())
    }
}

/// Returns what a program printed, without the last line break.
pub(crate) fn line(ran: &Ran) -> String {
    ran.stdout.trim_end_matches('\n').to_owned()
}

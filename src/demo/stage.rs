//! The stage: a directory that everything happens in, and the environment of whoever acts there.
//!
//! What is typed goes through the shell as it is printed, so that a reader could type it too.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::demo::actor::Actor;
use crate::demo::seen::Seen;
use crate::disk;
use crate::disk::Durability;
use crate::git::Program;
use crate::ops::Failure;
use crate::ops::Surroundings;

/// The first git that signs with ssh keys.
const GIT_NEEDED: (u32, u32) = (2, 34);
/// What of the environment a child may know: where programs and temporary files are.
const KEPT_VARIABLES: &[&str] = &["TMPDIR", "LD_LIBRARY_PATH"];
/// By what git finds its way to a server of the user's.
const WAY_VARIABLES: &[&str] = &[
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_SSH_VARIANT",
    "SSH_AUTH_SOCK",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Where the story's server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// On the stage.
    Stage,
    /// Wherever the user can go.
    Users,
}

/// The directory that everything happens in.
pub(super) struct Stage {
    pub(super) root: PathBuf,
    pub(super) git_version: String,
    search_path: std::ffi::OsString,
    reach: Reach,
}

impl Stage {
    /// Sets the stage in an empty directory: homes, keys, and `git coord` on the search path.
    pub(super) fn set(root: &Path, reach: Reach, surroundings: &Surroundings) -> Result<Self, Failure> {
        let git_version = usable_git(&Program::find()?.version()?)?;
        let programs = root.join("bin");
        disk::create_directories(&programs)?;
        disk::link(&surroundings.binary, &programs.join("git-coord"))?;
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        // What is relative would lead elsewhere in each directory of the stage.
        let absolute = std::env::split_paths(&inherited).filter(|entry| entry.is_absolute());
        let search_path = std::env::join_paths(std::iter::once(programs).chain(absolute));
        let search_path =
            search_path.map_err(|_| Failure::Unsupported("a temporary directory with a colon in its path"))?;
        let stage = Self { root: root.to_owned(), git_version, search_path, reach };
        Actor::ALL.into_iter().try_for_each(|actor| stage.furnish(actor))?;
        Ok(stage)
    }

    /// Gives an actor a home with a key and git's configuration, and everybody the public half of the key.
    fn furnish(&self, actor: Actor) -> Result<(), Failure> {
        let home = self.home(actor);
        let key = home.join(".ssh").join("id_ed25519");
        disk::create_private_directory(&home.join(".ssh"))?;
        let mut program = Command::new("ssh-keygen");
        program.args(["-q", "-t", "ed25519", "-N", "", "-C", actor.name(), "-f"]).arg(&key);
        self.surround(&mut program, actor);
        let made = program.output();
        if !made.is_ok_and(|output| output.status.success()) {
            return Err(Failure::ProgramMissing("ssh-keygen"));
        }
        let public = disk::read(&key.with_extension("pub"), 4096)?.unwrap_or_default();
        let name = actor.name();
        disk::write(&self.root.join("keys").join(format!("{name}.pub")), &public, 0o644, Durability::Cached)?;
        let configuration = format!(
            "[user]\n\tname = {name}\n\temail = {name}@demo.invalid\n\tsigningKey = ~/.ssh/id_ed25519.pub\n\
             [gpg]\n\tformat = ssh\n[commit]\n\tgpgSign = true\n[init]\n\tdefaultBranch = main\n\
             [core]\n\tautocrlf = false\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
        );
        disk::write(&home.join(".gitconfig"), configuration.as_bytes(), 0o644, Durability::Cached)?;
        Ok(())
    }

    /// Returns a path on the stage.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Makes the directory that the reviewers will clone into.
    pub(super) fn seat_reviewers(&self) -> Result<(), Failure> {
        disk::create_directories(&self.path(Actor::Carol.desk()))?;
        Ok(())
    }

    /// Types a line where the actor works.
    pub(super) fn type_line(&self, who: Actor, line: &str) -> Result<Seen, Failure> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line]).current_dir(self.path(who.desk())).stdin(Stdio::null());
        self.surround(&mut shell, who);
        let output = shell.output().map_err(|_| Failure::ProgramMissing("/bin/sh"))?;
        Ok(Seen {
            who,
            typed: line.to_owned(),
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Lets a child know the actor's home and nothing of the user's.
    fn surround(&self, command: &mut Command, who: Actor) {
        let home = self.home(who);
        command.env_clear();
        let way = if self.reach == Reach::Users { WAY_VARIABLES } else { &[] };
        for name in KEPT_VARIABLES.iter().chain(way) {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("PATH", &self.search_path).env("HOME", &home).env("LC_ALL", "C");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"));
        command.env("GIT_TERMINAL_PROMPT", "0");
    }

    fn home(&self, actor: Actor) -> PathBuf {
        self.root.join("homes").join(actor.name())
    }
}

/// Returns the version of git if it can sign with ssh keys.
fn usable_git(stated: &str) -> Result<String, Failure> {
    let mut numbers = stated.split(['.', ' ', '-']).map(str::parse::<u32>);
    let version = match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ => None,
    };
    match version {
        Some(version) if version >= GIT_NEEDED => Ok(stated.to_owned()),
        _ => Err(Failure::GitTooOld { found: stated.to_owned(), needed: "2.34" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_that_signs_with_ssh_keys_is_usable() {
        for stated in ["2.34.0", "2.39.5 (Apple Git-154)", "2.54.0-rc1", "3.0"] {
            assert_eq!(usable_git(stated).unwrap(), stated);
        }
    }

    #[test]
    fn git_that_does_not_is_refused() {
        for stated in ["2.33.8", "1.99.0", "", "unknown"] {
            assert!(matches!(usable_git(stated), Err(Failure::GitTooOld { .. })), "{stated}");
        }
    }
}

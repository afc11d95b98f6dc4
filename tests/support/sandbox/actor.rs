//! Somebody at work in a directory: runs git and git coord there.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::sandbox::Ran;

/// Somebody at work in a directory.
#[derive(Clone, Debug)]
pub struct Actor {
    pub directory: PathBuf,
    /// The principal that acts here; empty if nobody is enrolled.
    pub id: String,
    pub environment: Vec<(String, OsString)>,
}

impl Actor {
    /// Begins a ledger here, as `maria`.
    #[track_caller]
    pub fn begin(mut self, arguments: &[&str]) -> Self {
        let all = [&["init", "--name", "maria", "--template", "team"], arguments].concat();
        self.id = text(&self.coord(&all).ok().json()["principal"]);
        self
    }

    /// Begins a ledger here, as `maria`, under an edited policy.
    #[track_caller]
    pub fn begin_under(self, edit: impl FnOnce(&str) -> String) -> Self {
        let maria = self.begin(&[]);
        maria.write(".coord/policy.toml", &edit(&maria.read(".coord/policy.toml")));
        // Another genesis is another ledger: nothing that is remembered of the first one holds.
        for name in ["chain", "verified", "pin"] {
            fs::remove_file(maria.directory.join(".git/coord").join(name)).unwrap();
        }
        maria.git(&["-C", ".coord", "commit", "-q", "-S", "--no-verify", "--amend", "-a", "--no-edit"]);
        maria.coord(&["join", &maria.id]).ok();
        maria
    }

    /// Enrolls an agent that builds, and gives it a worktree beside this one.
    #[track_caller]
    pub fn agent(&self, name: &str) -> Self {
        self.enroll(name, &["--role", "builder", "--vendor", "anthropic"])
    }

    /// Enrolls a principal, and gives it a worktree beside this one.
    #[track_caller]
    pub fn enroll(&self, name: &str, arguments: &[&str]) -> Self {
        let enrolled = self.coord(&[&["enroll", name], arguments].concat()).ok().json();
        self.settle(name, &text(&enrolled["id"]))
    }

    /// Gives a principal a worktree beside this one.
    #[track_caller]
    pub fn settle(&self, name: &str, id: &str) -> Self {
        let directory = self.directory.parent().unwrap().join(name);
        self.git(&["worktree", "add", "-q", "-b", name, directory.to_str().unwrap()]);
        let settled = Self { directory, id: id.to_owned(), environment: self.environment.clone() };
        settled.coord(&["join", id]).ok();
        settled
    }

    /// Returns the same actor with one more variable.
    pub fn with_env(&self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut changed = self.clone();
        changed.environment.push((name.to_owned(), value.as_ref().to_owned()));
        changed
    }

    /// Returns the same actor in another directory, relative to this one.
    pub fn at(&self, directory: impl AsRef<Path>) -> Self {
        Self { directory: self.directory.join(directory), ..self.clone() }
    }

    /// Returns the same actor in the ledger's checkout.
    pub fn ledger(&self) -> Self {
        self.at(self.directory.join(".coord").canonicalize().unwrap())
    }

    /// Returns a program that would run here.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(self.find(program.as_ref()));
        command.current_dir(&self.directory).env_clear().envs(self.environment.iter().cloned());
        command
    }

    /// Runs git coord with `--json`.
    #[track_caller]
    pub fn coord(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command("git-coord");
        command.arg("--json").args(arguments);
        Ran::of(command)
    }

    /// Runs git coord for a person.
    #[track_caller]
    pub fn say(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command("git-coord");
        command.args(arguments);
        Ran::of(command)
    }

    /// Runs git, which must go well. Returns what it printed, without the last line break.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        self.try_git(arguments).ok().stdout.trim_end_matches('\n').to_owned()
    }

    /// Runs git.
    #[track_caller]
    pub fn try_git(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command("git");
        command.args(arguments);
        Ran::of(command)
    }

    /// Claims paths, which must be granted or queued, in words that nobody else has. Returns the claim.
    #[track_caller]
    pub fn claim(&self, paths: &[&str]) -> Value {
        let intent = format!("Work of {} on {}", self.id, paths.join(", "));
        self.coord(&[&["claim", "--intent", &intent], paths].concat()).ok().json()
    }

    /// Returns the entry in which somebody vetoed a request.
    #[track_caller]
    pub fn veto_entry(&self, request: &str, by: &str) -> String {
        let record = self.coord(&["show", request]).ok().json();
        let against = record["objections"].as_array().expect("they are told");
        let is_by = |one: &&Value| one["verdict"] == "veto" && text(&one["principal"]).starts_with(by);
        text(&against.iter().find(is_by).expect("somebody vetoed it")["entry"])
    }

    /// Writes a file.
    #[track_caller]
    pub fn write(&self, path: &str, content: &str) {
        let path = self.directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        let path = self.directory.join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Returns whether a file is there.
    pub fn has(&self, path: &str) -> bool {
        self.directory.join(path).symlink_metadata().is_ok()
    }

    /// Commits everything. Returns the commit.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Returns where the ledger is.
    #[track_caller]
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "refs/heads/coord"])
    }

    fn find(&self, program: &OsStr) -> PathBuf {
        // A search path that is set for the child does not decide where the child is found.
        let path = self.environment.iter().rev().find(|(name, _)| name == "PATH");
        let entries = path.map(|(_, path)| std::env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
        let found = entries.into_iter().map(|entry| entry.join(program)).find(|path| path.is_file());
        found.unwrap_or_else(|| program.into())
    }
}

/// Returns the text of a JSON string.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}

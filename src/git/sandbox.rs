//! Throw-away repositories for the tests of this module, driven by the real git program in a clean environment.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::Repository;
use crate::disk;
use crate::disk::Durability;
use crate::model::ObjectId;

/// A repository with one work tree, and a home directory of its own.
pub(super) struct Sandbox {
    pub(super) root: TempDir,
    pub(super) work: PathBuf,
}

impl Sandbox {
    pub(super) fn sha1() -> Self {
        Self::new("sha1")
    }

    pub(super) fn sha256() -> Self {
        Self::new("sha256")
    }

    fn new(format: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let work = disk::real_path(root.path()).unwrap().join("work");
        disk::create_directories(&work).unwrap();
        let sandbox = Self { root, work };
        sandbox.git(&["init", "-q", "-b", "main", "--object-format", format, "."]);
        sandbox
    }

    /// Runs git in the work tree and returns what it printed, without the last line break.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.work, arguments)
    }

    pub(super) fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        self.git_with(Path::new("git"), directory, arguments).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    /// Runs one particular git. A failure is what it printed as the error.
    pub(super) fn git_with(&self, program: &Path, directory: &Path, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgSign=false"];
        command.current_dir(directory).env("HOME", self.root.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.args(identity).args(arguments).output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
    }

    /// Writes and commits one file, and returns the commit.
    pub(super) fn commit_file(&self, path: &str, content: &str) -> ObjectId {
        self.write(path, content);
        self.git(&["add", "--", path]);
        self.git(&["commit", "-q", "-m", path]);
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    pub(super) fn write(&self, path: &str, content: &str) {
        disk::write(&self.work.join(path), content.as_bytes(), 0o644, Durability::Cached).unwrap();
    }

    pub(super) fn open(&self) -> Repository {
        Repository::discover(&self.work).unwrap()
    }

    /// Removes the loose file of an object.
    pub(super) fn remove_object(&self, id: ObjectId) {
        disk::remove(&self.object_path(id)).unwrap();
    }

    pub(super) fn object_path(&self, id: ObjectId) -> PathBuf {
        let hex = id.to_string();
        self.work.join(".git/objects").join(&hex[..2]).join(&hex[2..])
    }

    /// Holds every object and reference against git's own strict check.
    pub(super) fn fsck(&self) {
        self.git(&["fsck", "--strict", "--full", "--no-dangling"]);
    }
}

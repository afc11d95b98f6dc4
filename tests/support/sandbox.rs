//! Real repositories on disk, driven by the real binary and the real git, with a home of their own and nothing of the
//! user's: no configuration, no keys, no agent, no terminal.
//!
//! ```text
//! let sandbox = Sandbox::new();               // or Sandbox::with_format("sha256")
//! let maria = sandbox.ledger();               // a repository with a ledger; maria is its root
//! let alice = maria.agent("alice");           // enrolled, with a worktree of her own
//! let claim = alice.coord(&["claim", "src/", "--intent", "x"]).ok().json();
//! bob.coord(&["claim", "src/a.rs", "--intent", "y"]).fails(3, "claim.held");
//! let hub = sandbox.hub();                    // hub.maria, and a bare repository with server hooks and an enrolled hub
//! ```
//!
//! When a test has ended well, every ledger of its sandbox is inspected. A test that leaves one as no honest one is says so
//! with `leave_uninspected`.

mod actor;
mod hub;
mod inspection;
mod ran;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use tempfile::TempDir;

pub use actor::Actor;
pub use actor::text;
pub use hub::Hub;
pub use ran::Ran;
pub use ran::wait_for;

/// A directory that is removed at the end, with a home and a search path.
pub struct Sandbox {
    #[expect(dead_code, reason = "removes the directory when it is dropped")]
    directory: TempDir,
    pub root: PathBuf,
    pub home: PathBuf,
    pub format: String,
    damaged: Mutex<Vec<PathBuf>>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !thread::panicking() {
            inspection::inspect(self, &self.damaged.lock().unwrap());
        }
    }
}

impl Sandbox {
    /// Returns a sandbox for repositories of the hash function under test.
    pub fn new() -> Self {
        Self::with_format(&format_under_test())
    }

    /// Returns a sandbox for repositories of `sha1` or `sha256`.
    pub fn with_format(format: &str) -> Self {
        Self::with_git(&git_under_test(), format)
    }

    /// Returns a sandbox in which `git` is this program.
    pub fn with_git(git: &Path, format: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("coord-").tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let home = root.join("home");
        for name in ["home", "bin", "tmp"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        symlink(git, root.join("bin/git")).unwrap();
        symlink(env!("CARGO_BIN_EXE_git-coord"), root.join("bin/git-coord")).unwrap();
        Self { directory, root, home, format: format.to_owned(), damaged: Mutex::default() }
    }

    /// Returns a repository with one commit, in a directory of the sandbox, for somebody who is not enrolled.
    pub fn repository(&self, name: &str) -> Actor {
        let somebody = self.empty_repository(name);
        somebody.write("src/a.rs", "fn a() {}\n");
        somebody.write("src/b.rs", "fn b() {}\n");
        somebody.write("README.md", "# Work\n");
        somebody.commit("Begin");
        somebody
    }

    /// Returns a repository without commits.
    pub fn empty_repository(&self, name: &str) -> Actor {
        let directory = self.root.join(name);
        fs::create_dir_all(&directory).unwrap();
        let somebody = self.somebody(&directory);
        somebody.git(&["init", "-q", "-b", "main", "--object-format", &self.format, "."]);
        somebody.git(&["config", "user.name", "Somebody"]);
        somebody.git(&["config", "user.email", "somebody@example.org"]);
        somebody
    }

    /// Returns the root of a ledger without a remote, in a repository with one commit.
    pub fn ledger(&self) -> Actor {
        self.repository("work").begin(&[])
    }

    /// Returns a bare repository with server hooks and an enrolled hub, and the root of its ledger.
    pub fn hub(&self) -> Hub {
        Hub::new(self)
    }

    /// Returns somebody who is not enrolled, in a directory.
    pub fn somebody(&self, directory: &Path) -> Actor {
        Actor { directory: directory.to_owned(), id: String::new(), environment: self.environment() }
    }

    /// Makes a key pair of OpenSSH; an empty passphrase is none. Returns the private file.
    pub fn ssh_key(&self, name: &str, passphrase: &str) -> PathBuf {
        let file = self.root.join(name);
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-C", name, "-N", passphrase, "-f"]).arg(&file);
        Ran::of(command).ok();
        file
    }

    /// Writes an executable script. Returns its path.
    pub fn script(&self, name: &str, content: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        Ran::of({
            let mut command = Command::new("chmod");
            command.arg("755").arg(&path);
            command
        })
        .ok();
        path
    }

    /// Says that the ledger in a repository is left as no honest one is, so that it is not inspected at the end.
    pub fn leave_uninspected(&self, repository: &Path) {
        self.damaged.lock().unwrap().push(repository.to_owned());
    }

    fn environment(&self) -> Vec<(String, OsString)> {
        let mut path = OsString::from(self.root.join("bin"));
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        let fixed: [(&str, OsString); 8] = [
            ("PATH", path),
            ("HOME", self.home.clone().into()),
            ("TMPDIR", self.root.join("tmp").into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("GIT_DEFAULT_HASH", self.format.clone().into()),
        ];
        fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Returns the git that the tests use: the one of `COORD_TEST_GIT`, or the first on the search path.
pub fn git_under_test() -> PathBuf {
    env::var_os("COORD_TEST_GIT").map_or_else(|| gits().remove(0), PathBuf::from)
}

/// Returns the hash function of the tests' repositories: that of `COORD_TEST_OBJECT_FORMAT`, or `sha1`.
pub fn format_under_test() -> String {
    env::var("COORD_TEST_OBJECT_FORMAT").unwrap_or_else(|_| "sha1".to_owned())
}

/// Returns every git of this machine, the first on the search path first.
pub fn gits() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = Vec::new();
    let usual = ["/usr/local/bin", "/usr/bin"].map(PathBuf::from);
    for candidate in env::split_paths(&path).chain(usual).map(|entry| entry.join("git")) {
        let Ok(real) = candidate.canonicalize() else { continue };
        if !found.contains(&real) {
            found.push(real);
        }
    }
    assert!(!found.is_empty(), "there is no git on this machine");
    found
}

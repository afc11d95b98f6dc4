//! A clone, a server, a fake git-coord, and the real hook managers.

use git_coord::ops::hook_files;
use git_coord::ops::hook_files::HookName;
use git_coord::ops::hook_files::HookState;
use git_coord::ops::hook_files::HooksPath;
use git_coord::ops::hook_files::HooksPathOrigin;
use git_coord::ops::hook_files::InstallRequest;
use git_coord::ops::hook_files::Plan;
use git_coord::ops::hook_files::Side;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use tempfile::TempDir;

use super::managers;

const CLIENT_HOOKS: [HookName; 4] =
    [HookName::PreCommit, HookName::PrepareCommitMsg, HookName::PreMergeCommit, HookName::PrePush];
const SERVER_HOOKS: [HookName; 3] = [HookName::PreReceive, HookName::ReferenceTransaction, HookName::PostReceive];
/// The only file that tests commit changes of.
const CHANGED_FILE: &str = "changed";

/// Logs who was called with what, and refuses where a file says so.
const RECORDER: &str = r#"#!/bin/sh
[ "$1" = hook ] && shift
name=$1; shift
case $name in pre-commit | prepare-commit-msg | pre-merge-commit) input= ;; *) input=$(cat) ;; esac
printf '%s %s(%s) %s\n' "$WHO" "$name" "$*" "$input" >>"$LOG"
if [ -e "$REFUSALS/$WHO-$name" ]; then exit 7; fi
"#;

/// A clone, the repository it pushes to, a fake git-coord, and a log of who was called.
pub(super) struct Sandbox {
    directory: TempDir,
    hooks: Vec<HookName>,
    side: Side,
    commits: Cell<u32>,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        // Awkward on purpose: every manager has to hand this path on.
        let directory = tempfile::Builder::new().prefix("coord it's $(x) ").tempdir().unwrap();
        let sandbox = Self { directory, hooks: CLIENT_HOOKS.to_vec(), side: Side::Client, commits: Cell::new(0) };
        for name in ["home", "refusals", "bin", "tmp"] {
            fs::create_dir(sandbox.path(name)).unwrap();
        }
        sandbox.script("bin/git-coord", &RECORDER.replace("$WHO", "ours"));
        sandbox.script("theirs", &RECORDER.replace("$WHO", "theirs"));
        sandbox.git(".", &["init", "--quiet", "--bare", "server.git"]);
        sandbox.git(".", &["init", "--quiet", "work"]);
        sandbox.git("work", &["remote", "add", "origin", sandbox.path("server.git").to_str().unwrap()]);
        sandbox.git("work", &["commit", "--quiet", "--allow-empty", "--message", "first"]);
        sandbox.git("work", &["push", "--quiet", "origin", "HEAD:main"]);
        sandbox
    }

    /// A sandbox whose subject is the repository that is pushed to.
    pub(super) fn server() -> Self {
        Self { hooks: SERVER_HOOKS.to_vec(), side: Side::Server, ..Self::new() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn subject(&self) -> &'static str {
        if self.side == Side::Client { "work" } else { "server.git" }
    }

    pub(super) fn hooks_dir(&self) -> PathBuf {
        self.path(if self.side == Side::Client { "work/.git/hooks" } else { "server.git/hooks" })
    }

    pub(super) fn script(&self, name: &str, content: &str) {
        self.file(name, content);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(super) fn file(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn command(&self, directory: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let system = env::var("PATH").unwrap();
        command.current_dir(self.path(directory)).env_clear();
        command.env("PATH", format!("{}:{system}", self.path("bin").display()));
        command.env("HOME", self.path("home")).env("TMPDIR", self.path("tmp"));
        command.env("LOG", self.path("log")).env("REFUSALS", self.path("refusals"));
        command.env("THEIRS", self.path("theirs")).env("NO_COLOR", "1").env("PREK_QUIET", "1");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        for (role, name) in [("AUTHOR", "A"), ("COMMITTER", "C")] {
            command.env(format!("GIT_{role}_NAME"), name).env(format!("GIT_{role}_EMAIL"), "x@example.invalid");
        }
        command
    }

    pub(super) fn try_git(&self, directory: &str, arguments: &[&str]) -> Output {
        self.command(directory, "git").args(arguments).output().unwrap()
    }

    pub(super) fn git(&self, directory: &str, arguments: &[&str]) -> String {
        succeed(self.try_git(directory, arguments))
    }

    pub(super) fn tool(&self, name: &str, arguments: &[&str]) -> String {
        let directories = [managers::of_npm, managers::of_pip].into_iter().filter_map(|fetched| fetched());
        let program = directories.map(|directory| directory.join(name)).find(|path| path.exists()).unwrap();
        succeed(self.command("work", program).args(arguments).output().unwrap())
    }

    pub(super) fn request(&self) -> InstallRequest {
        self.request_in(self.subject())
    }

    /// Returns the request as made in a directory of the sandbox.
    pub(super) fn request_in(&self, directory: &str) -> InstallRequest {
        let path = self.try_git(directory, &["config", "--show-scope", "core.hooksPath"]).stdout;
        let hooks_path = String::from_utf8(path).unwrap().trim_end().split_once('\t').map(|(scope, value)| HooksPath {
            value: value.to_owned(),
            base: self.path(directory),
            origin: if scope == "local" { HooksPathOrigin::Repository } else { HooksPathOrigin::Inherited },
        });
        InstallRequest {
            hooks: self.hooks.clone(),
            hooks_dir: self.hooks_dir(),
            hooks_path,
            work_tree: (self.side == Side::Client).then(|| self.path(directory)),
            binary: self.path("bin/git-coord"),
            side: self.side,
        }
    }

    pub(super) fn install(&self) -> Plan {
        self.install_in(self.subject())
    }

    pub(super) fn install_in(&self, directory: &str) -> Plan {
        let request = self.request_in(directory);
        let plan = hook_files::plan(&request).unwrap();
        hook_files::apply(&plan).unwrap();
        assert!(hook_files::plan(&request).unwrap().is_empty(), "a second installation changes something");
        plan
    }

    pub(super) fn uninstall(&self) {
        hook_files::apply(&hook_files::uninstall(&self.request()).unwrap()).unwrap();
    }

    pub(super) fn state(&self, hook: HookName) -> HookState {
        self.state_in(self.subject(), hook)
    }

    pub(super) fn state_in(&self, directory: &str, hook: HookName) -> HookState {
        let all = hook_files::status(&self.request_in(directory)).unwrap();
        all.into_iter().find(|status| status.hook == hook).unwrap().state
    }

    pub(super) fn refuse(&self, who: &str, hook: HookName) {
        self.file(&format!("refusals/{who}-{hook}"), "");
    }

    pub(super) fn allow(&self, who: &str, hook: HookName) {
        fs::remove_file(self.path(&format!("refusals/{who}-{hook}"))).unwrap();
    }

    pub(super) fn take_log(&self) -> String {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        fs::write(self.path("log"), "").unwrap();
        log
    }

    /// Commits a change in a work tree; returns whether it was let through, and what was said.
    pub(super) fn commit(&self, directory: &str) -> (bool, String) {
        // A real change: lefthook asks nobody about an empty commit.
        let number = self.commits.get() + 1;
        self.commits.set(number);
        self.file(&format!("{directory}/{CHANGED_FILE}"), &number.to_string());
        self.git(directory, &["add", CHANGED_FILE]);
        said(self.try_git(directory, &["commit", "--message", "m"]))
    }

    /// Pushes the work tree's head to a branch.
    pub(super) fn push(&self, directory: &str, branch: &str) -> (bool, String) {
        said(self.try_git(directory, &["push", "origin", &format!("HEAD:refs/heads/{branch}")]))
    }

    /// Everything in the work tree and in the hooks' directory: bytes, modes, links.
    pub(super) fn listing(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut listing = BTreeMap::new();
        let ignored = self.path("work/.git");
        list(&self.path("work"), &ignored, &mut listing);
        list(&self.hooks_dir(), &ignored, &mut listing);
        for name in ["config", "info/exclude"] {
            let path = self.path(self.subject()).join(if self.side == Side::Client { ".git" } else { "" }).join(name);
            listing.insert(path.clone(), (0, fs::read(path).unwrap()));
        }
        listing.remove(&self.path("work").join(CHANGED_FILE));
        listing
    }
}

fn succeed(output: Output) -> String {
    let (is_done, text) = said(output.clone());
    assert!(is_done, "{text}");
    String::from_utf8(output.stdout).unwrap()
}

fn said(output: Output) -> (bool, String) {
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn list(directory: &Path, ignored: &Path, listing: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let found = fs::symlink_metadata(&path).unwrap();
        if found.is_dir() && path != ignored {
            listing.insert(path.clone(), (found.permissions().mode(), Vec::new()));
            list(&path, ignored, listing);
        } else if found.is_symlink() {
            listing.insert(path.clone(), (0, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()));
        } else if !found.is_dir() {
            listing.insert(path.clone(), (found.permissions().mode(), fs::read(&path).unwrap()));
        }
    }
}

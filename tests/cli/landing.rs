//! Landing without a remote: the branch moves here, and the work tree on it follows without losing anything.

use std::fs;
use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::git_under_test;
use crate::support::sandbox::text;

/// An approved change of `src/a.rs` that also adds `docs/new.md`, asked for by somebody else than who works on main.
pub(super) struct Approved {
    pub(super) maria: Actor,
    pub(super) request: String,
    head: String,
}

impl Approved {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        alice.claim(&["src/a.rs", "docs/"]);
        alice.write("src/a.rs", "fn a() { 1 }\n");
        alice.write("docs/new.md", "New\n");
        let head = alice.commit("Change a");
        maria.coord(&["land", "--adopt", "main"]).ok();
        let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        let id = text(&request["id"]);
        maria.coord(&["approve", &id, "--delta", &text(&request["delta"])]).ok();
        Self { maria, request: id, head }
    }

    /// Lands it, and checks that the work tree has followed.
    #[track_caller]
    fn land(&self) {
        self.maria.coord(&["land", &self.request]).ok();
        self.assert_landed();
    }

    /// Lands it with a git that does something else when it is to bring the work tree along. The entry is written, and the
    /// branch has not moved.
    #[track_caller]
    fn stop(&self, sandbox: &Sandbox, instead: &str) {
        let (before, ledger) = (self.maria.git(&["rev-parse", "main"]), self.maria.head());
        let cases = format!("*' --dry-run '*) ;;\n*' read-tree '*)\n{instead}\n;;\n");
        let stopped = with_odd_git(sandbox, &self.maria, &cases).coord(&["land", &self.request]);
        assert_ne!(stopped.code, 0, "{stopped}");
        assert_eq!(self.maria.git(&["rev-parse", "main"]), before);
        assert_eq!(self.maria.git(&["rev-parse", "coord^"]), ledger);
    }

    /// Checks that it is told that the branch is not where it last landed, and what is said to do.
    #[track_caller]
    fn assert_astray(&self, mend: Option<&str>) {
        let problems = self.maria.coord(&["audit"]).exits(1).of_type("problem");
        assert_eq!(problems.iter().map(|problem| &problem["code"]).collect::<Vec<_>>(), ["ref.state"]);
        let looks = self.maria.coord(&["doctor"]).exits(1).objects();
        let look = looks.iter().find(|look| look["subject"] == "refs").unwrap();
        assert_eq!((look["health"].as_str(), look["mend"].as_str()), (Some("bad"), mend), "{look}");
    }

    /// Checks that nothing is told of any branch.
    #[track_caller]
    fn assert_in_order(&self) {
        assert_eq!(self.maria.coord(&["audit"]).ok().json()["problems"], 0);
        let looks = self.maria.coord(&["doctor"]).objects();
        assert!(looks.iter().all(|look| look["subject"] != "refs"), "{looks:?}");
    }

    /// Checks that the branch has moved and the work tree has followed.
    #[track_caller]
    fn assert_landed(&self) {
        assert_eq!(self.maria.git(&["rev-parse", "main"]), self.head);
        assert_eq!(
            (self.maria.read("src/a.rs").as_str(), self.maria.read("docs/new.md").as_str()),
            ("fn a() { 1 }\n", "New\n")
        );
        assert_eq!(self.maria.git(&["status", "--porcelain", "--untracked-files=no"]), "");
    }

    /// Checks that it does not land because of a file, and that nothing has changed.
    #[track_caller]
    fn refuse(&self, file: &str) {
        let error = self.refuse_with(file, 2, "usage.argument");
        assert!(text(&error["message"]).contains(&format!("/{file}`")), "it names `{file}`: {error}");
    }

    /// Checks that it does not land, with what error, and that nothing has changed, a file least of all.
    #[track_caller]
    fn refuse_with(&self, file: &str, exit: i32, code: &str) -> Value {
        let state = || {
            let status = self.maria.git(&["--no-optional-locks", "status", "-uall"]);
            (self.maria.head(), self.maria.git(&["rev-parse", "main"]), status)
        };
        let before = (state(), fs::read(self.maria.directory.join(file)).ok());
        let error = self.maria.coord(&["land", &self.request]).fails(exit, code);
        assert_eq!((state(), fs::read(self.maria.directory.join(file)).ok()), before);
        error
    }
}

/// Returns the same actor with a git that treats some calls otherwise; `cases` are patterns of a shell for all its words.
fn with_odd_git(sandbox: &Sandbox, actor: &Actor, cases: &str) -> Actor {
    let real = git_under_test().display().to_string();
    sandbox.script("odd/git", &format!("#!/bin/sh\ncase \" $* \" in\n{cases}esac\nexec '{real}' \"$@\"\n"));
    let (_, honest) = actor.environment.iter().find(|(name, _)| name == "PATH").unwrap();
    let path = format!("{}:{}", sandbox.root.join("odd").display(), honest.to_str().unwrap());
    actor.with_env("REAL", real).with_env("PATH", path)
}

#[test]
fn clean_work_tree_follows_a_landing() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    approved.maria.write("notes/mine.txt", "Untracked, and in nobody's way\n");
    approved.land();
    assert!(approved.maria.has("notes/mine.txt"));
    approved.maria.coord(&["audit"]).ok();
}

#[test]
fn landing_is_refused_while_the_work_tree_could_not_follow() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    let maria = &approved.maria;
    for file in ["src/a.rs", "README.md"] {
        maria.write(file, "Mine\n");
        approved.refuse(file);
        maria.git(&["add", file]);
        approved.refuse(file);
        maria.git(&["reset", "-q", "--hard"]);
    }
    maria.write("src/z.rs", "Mine\n");
    maria.git(&["add", "src/z.rs"]);
    approved.refuse("src/z.rs");
    maria.git(&["reset", "-q", "--hard"]);
    maria.git(&["rm", "-q", "README.md"]);
    approved.refuse("README.md");
    maria.git(&["reset", "-q", "--hard"]);
    // Untracked, and exactly where something new would come to lie, whether git ignores it or not.
    maria.write("docs/new.md", "Mine\n");
    approved.refuse("docs/new.md");
    fs::write(maria.directory.join(".git/info/exclude"), ".coord\ndocs/\n").unwrap();
    approved.refuse("docs/new.md");
    fs::remove_file(maria.directory.join("docs/new.md")).unwrap();
    approved.land();
}

#[test]
fn branch_that_no_work_tree_is_on_just_moves() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    approved.maria.git(&["checkout", "-q", "-b", "aside"]);
    approved.maria.write("src/a.rs", "Mine\n");
    approved.maria.coord(&["land", &approved.request]).ok();
    assert_eq!(approved.maria.git(&["rev-parse", "main"]), approved.head);
    assert_eq!(approved.maria.read("src/a.rs"), "Mine\n");
}

#[test]
fn landing_is_refused_while_the_index_is_locked() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    let lock = approved.maria.directory.join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    approved.refuse_with("src/a.rs", 5, "git.locked");
    assert!(lock.exists(), "it is somebody else's");
    fs::remove_file(&lock).unwrap();
    approved.land();
}

#[test]
fn landing_is_refused_if_git_would_not_follow_it() {
    let sandbox = Sandbox::new();
    let mut approved = Approved::new(&sandbox);
    let honest = approved.maria.clone();
    approved.maria = with_odd_git(&sandbox, &honest, "*' --dry-run '*) exit 128 ;;\n");
    approved.refuse_with("src/a.rs", 5, "git.failed");
    approved.maria = honest;
    approved.land();
}

#[test]
fn lock_that_one_of_us_left_keeps_no_landing_waiting() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    let lock = approved.maria.directory.join(".git/index.lock");
    fs::write(&lock, "git-coord 4194305\n").unwrap();
    approved.land();
    assert!(!lock.exists());
}

#[test]
fn file_that_git_was_told_to_pass_over_is_looked_at_when_it_would_be_replaced() {
    for [pass_over, look_again] in
        [["--assume-unchanged", "--no-assume-unchanged"], ["--skip-worktree", "--no-skip-worktree"]]
    {
        let sandbox = Sandbox::new();
        let approved = Approved::new(&sandbox);
        let maria = &approved.maria;
        let original = maria.read("src/a.rs");
        maria.git(&["update-index", pass_over, "src/a.rs", "README.md"]);
        maria.write("src/a.rs", "Mine\n");
        approved.refuse("src/a.rs");
        // What stays as it is may differ.
        maria.write("src/a.rs", &original);
        maria.write("README.md", "Mine\n");
        maria.coord(&["land", &approved.request]).ok();
        assert_eq!(maria.git(&["rev-parse", "main"]), approved.head);
        assert_eq!((maria.read("src/a.rs").as_str(), maria.read("README.md").as_str()), ("fn a() { 1 }\n", "Mine\n"));
        maria.git(&["update-index", look_again, "README.md"]);
        maria.git(&["checkout", "-q", "README.md"]);
        approved.assert_landed();
    }
}

#[test]
fn file_that_was_only_touched_is_in_nobodys_way() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    let file = fs::File::options().append(true).open(approved.maria.directory.join("src/a.rs")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    approved.land();
}

/// What becomes of a landing between its entry and the branch: nothing of the rest, the work tree's part, or a refusal.
const STOPS: [&str; 3] = ["kill -9 $PPID; exit 1", "\"$REAL\" \"$@\"; kill -9 $PPID; exit 1", "exit 128"];

#[test]
fn landing_that_was_stopped_is_finished_by_the_next_command() {
    for stop in STOPS {
        for next in ["sync", "land"] {
            let sandbox = Sandbox::new();
            let approved = Approved::new(&sandbox);
            approved.stop(&sandbox, stop);
            let head = approved.maria.head();
            approved.assert_astray(Some("git coord sync"));
            match next {
                "sync" => drop(approved.maria.coord(&["sync"]).ok()),
                // The same once more, as anybody would: its request is spent, and what it asked for is done.
                _ => drop(approved.maria.coord(&["land", &approved.request]).fails(2, "usage.not-found")),
            }
            assert_eq!(approved.maria.head(), head, "nothing is recorded twice");
            approved.assert_landed();
            approved.assert_in_order();
        }
    }
}

#[test]
fn next_request_lands_after_a_landing_that_was_stopped() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    let alice = approved.maria.at("../alice");
    let alice = Actor { directory: alice.directory.canonicalize().unwrap(), ..alice };
    alice.write("docs/later.md", "Later\n");
    let head = alice.commit("Write on");
    approved.stop(&sandbox, STOPS[0]);
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let id = text(&request["id"]);
    // What was asked for before the first landing is finished is asked for on what was there.
    approved.maria.coord(&["sync"]).ok();
    let request = alice.coord(&["request", "HEAD", "--update", &id]).ok().json();
    approved.maria.coord(&["approve", &id, "--delta", &text(&request["delta"])]).ok();
    approved.maria.coord(&["land", &id]).ok();
    assert_eq!(approved.maria.git(&["rev-parse", "main"]), head);
    approved.maria.coord(&["audit"]).ok();
}

#[test]
fn stopped_landing_waits_for_what_is_in_its_way() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    approved.stop(&sandbox, STOPS[0]);
    let before = approved.maria.git(&["rev-parse", "main"]);
    approved.maria.write("src/a.rs", "Mine\n");
    for arguments in [vec!["sync"], vec!["land", &approved.request]] {
        let error = approved.maria.coord(&arguments).fails(2, "usage.argument");
        assert!(text(&error["message"]).contains("/src/a.rs`"), "{error}");
        assert_eq!(
            (approved.maria.git(&["rev-parse", "main"]), approved.maria.read("src/a.rs")),
            (before.clone(), "Mine\n".to_owned())
        );
    }
    approved.maria.git(&["checkout", "-q", "src/a.rs"]);
    approved.maria.coord(&["sync"]).ok();
    approved.assert_landed();
}

#[test]
fn branch_that_is_not_where_it_last_landed_is_told() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    approved.assert_in_order();
    approved.land();
    approved.assert_in_order();
    let maria = &approved.maria;
    let beside = maria.git(&["commit-tree", "-m", "Beside", "main^{tree}"]);
    maria.git(&["update-ref", "refs/heads/main", &beside]);
    approved.assert_astray(None);
    // Nobody was stopped there, so nothing is finished.
    maria.coord(&["sync"]).ok();
    assert_eq!(maria.git(&["rev-parse", "main"]), beside);
    maria.git(&["update-ref", "refs/heads/main", &approved.head]);
    approved.assert_in_order();
}

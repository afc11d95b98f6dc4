use std::process::Command;
use std::time::Duration;

use super::*;
use crate::git::IndexLock;
use crate::git::Program;
use crate::git::Swap;
use crate::git::sandbox::Sandbox;

const BRANCH: &str = "refs/heads/coord";

/// A repository whose ledger branch is checked out in `.coord`.
struct Ledger {
    sandbox: Sandbox,
    repository: Repository,
    worktree: Worktree,
}

impl Ledger {
    fn new(sandbox: Sandbox) -> Self {
        let root = sandbox.commit_file("claims/a.toml", "one");
        sandbox.git(&["update-ref", BRANCH, &root.to_string()]);
        sandbox.write(".git/info/exclude", ".coord\n");
        let repository = sandbox.open();
        let path = sandbox.work.join(".coord");
        let worktree = repository.add_worktree(&Program::find().unwrap(), &path, BRANCH).unwrap();
        sandbox.git_in(&path, &["reset", "-q", "--hard"]);
        Self { sandbox, repository, worktree }
    }

    fn tip(&self) -> ObjectId {
        self.repository.reference(BRANCH).unwrap().unwrap()
    }

    /// Moves the branch by these edits, and returns what changed.
    fn append(&self, edits: &[(&str, Option<&str>)]) -> Vec<TreeChange> {
        let tip = self.tip();
        let old = self.repository.commit_links(tip).unwrap().tree;
        let edits: Vec<(String, Option<ObjectId>)> = edits
            .iter()
            .map(|(path, text)| {
                ((*path).to_owned(), text.map(|text| self.repository.write_blob(text.as_bytes()).unwrap()))
            })
            .collect();
        let new = self.repository.edit_tree(Some(old), &edits).unwrap();
        let raw = format!("tree {new}\nparent {tip}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n");
        let commit = self.repository.write_commit(raw.as_bytes()).unwrap();
        assert_eq!(self.repository.swap_reference(BRANCH, Some(tip), Some(commit), "x").unwrap(), Swap::Done);
        self.repository.tree_changes(Some(old), Some(new)).unwrap()
    }

    fn apply(&self, changes: &[TreeChange]) -> Vec<String> {
        let _lock = IndexLock::acquire(&self.worktree, Duration::from_secs(1)).unwrap();
        self.repository.apply_changes(&self.worktree, changes).unwrap()
    }

    /// Returns what each git on this machine says about the checkout, which must be the same.
    fn status(&self) -> String {
        let first = self.sandbox.git_in(&self.worktree.path, &["status", "--porcelain"]);
        let system = Path::new("/usr/bin/git");
        if disk::stat(system).unwrap().is_some() {
            let second = self.sandbox.git_with(system, &self.worktree.path, &["status", "--porcelain"]);
            assert_eq!(second.unwrap(), first);
        }
        first
    }

    fn draft(&self, path: &str, content: &str) {
        let path = self.worktree.path.join(path);
        disk::write(&path, content.as_bytes(), 0o644, Durability::Cached).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        let bytes = disk::read(&self.worktree.path.join(path), 1_000).unwrap();
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }
}

#[test]
fn checkout_is_clean_after_each_change() {
    for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
        let ledger = Ledger::new(sandbox);
        let steps: [&[(&str, Option<&str>)]; 5] = [
            &[("claims/b.toml", Some("two")), ("findings/7k/f.toml", Some("three"))],
            &[("claims/a.toml", Some("ONE")), ("claims/b.toml", None)],
            &[("claims/a.toml", Some("one")), ("findings/7k/f.toml", None)],
            &[("claims/a.toml", None), ("claims", Some("now a file"))],
            &[("claims", None), ("claims/a.toml", Some("a directory again"))],
        ];
        for (number, edits) in steps.iter().enumerate() {
            let changes: Vec<TreeChange> = edits.iter().flat_map(|edit| ledger.append(&[*edit])).collect();
            let tip_tree = ledger.repository.commit_links(ledger.tip()).unwrap().tree;
            let kept = ledger.apply(&changes);
            assert_eq!(kept, [""; 0], "step {number}");
            assert_eq!(ledger.status(), "", "step {number}");
            let staged = ledger.sandbox.git_in(&ledger.worktree.path, &["write-tree"]);
            assert_eq!(staged, tip_tree.to_string());
        }
        assert_eq!(ledger.read("findings/7k/f.toml"), None);
        assert!(disk::stat(&ledger.worktree.path.join("findings")).unwrap().is_none());
        ledger.sandbox.fsck();
    }
}

#[test]
fn plain_commit_after_our_change_takes_nothing_back() {
    let ledger = Ledger::new(Sandbox::sha1());
    ledger.apply(&ledger.append(&[("claims/b.toml", Some("two"))]));
    ledger.draft("claims/c.toml", "three");
    ledger.sandbox.git_in(&ledger.worktree.path, &["add", "claims/c.toml"]);
    ledger.sandbox.git_in(&ledger.worktree.path, &["commit", "-q", "-m", "by hand"]);
    let listed = ledger.sandbox.git(&["ls-tree", "-r", "--name-only", BRANCH]);
    assert_eq!(listed, "claims/a.toml\nclaims/b.toml\nclaims/c.toml");
    assert_eq!(ledger.status(), "");
}

#[test]
fn draft_is_kept_and_shows_as_a_draft() {
    let ledger = Ledger::new(Sandbox::sha1());
    ledger.draft("claims/a.toml", "somebody writes here");
    ledger.draft("claims/new.toml", "and here");
    let changes = ledger.append(&[("claims/a.toml", Some("two")), ("claims/new.toml", Some("three"))]);
    assert_eq!(ledger.apply(&changes), ["claims/a.toml", "claims/new.toml"]);
    assert_eq!(ledger.read("claims/a.toml").as_deref(), Some("somebody writes here"));
    assert_eq!(ledger.status(), " M claims/a.toml\n M claims/new.toml");
    let changes = ledger.append(&[("claims/a.toml", None)]);
    assert_eq!(ledger.apply(&changes), ["claims/a.toml"]);
    assert_eq!(ledger.status(), " M claims/new.toml\n?? claims/a.toml");
}

#[test]
fn deleted_file_is_a_draft_too_unless_it_goes_anyway() {
    let ledger = Ledger::new(Sandbox::sha1());
    disk::remove(&ledger.worktree.path.join("claims/a.toml")).unwrap();
    let changes = ledger.append(&[("claims/a.toml", Some("two"))]);
    assert_eq!(ledger.apply(&changes), ["claims/a.toml"]);
    assert_eq!(ledger.status(), " D claims/a.toml");
    let changes = ledger.append(&[("claims/a.toml", None)]);
    assert_eq!(ledger.apply(&changes), [""; 0]);
    assert_eq!(ledger.status(), "");
}

#[test]
fn interrupted_application_is_finished_by_another() {
    let ledger = Ledger::new(Sandbox::sha1());
    let changes = ledger.append(&[("claims/a.toml", Some("two")), ("claims/b.toml", Some("three"))]);
    // The first file had been written, the index not.
    ledger.draft("claims/a.toml", "two");
    assert_eq!(ledger.apply(&changes), [""; 0]);
    assert_eq!(ledger.apply(&changes), [""; 0]);
    assert_eq!(ledger.status(), "");
}

#[test]
fn edit_that_only_the_age_of_the_index_betrays_is_not_hidden() {
    let ledger = Ledger::new(Sandbox::sha1());
    ledger.sandbox.git(&["config", "core.checkStat", "minimal"]);
    ledger.sandbox.git(&["config", "core.trustctime", "false"]);
    ledger.apply(&ledger.append(&[("claims/b.toml", Some("two"))]));
    // The file changed in the second in which the index was written, and kept its length.
    let index = ledger.worktree.git_dir.join("index");
    let script = "touch -d @1000000000 claims/b.toml && git update-index --refresh && \
                  printf TWO > claims/b.toml && touch -d @1000000000 claims/b.toml \"$1\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(&index).current_dir(&ledger.worktree.path);
    assert!(shell.status().unwrap().success());
    ledger.apply(&ledger.append(&[("claims/c.toml", Some("three"))]));
    assert_eq!(ledger.status(), " M claims/b.toml");
}

#[test]
fn links_in_the_work_tree_are_not_followed() {
    let ledger = Ledger::new(Sandbox::sha1());
    let outside = ledger.sandbox.work.join("outside");
    disk::create_directories(&outside).unwrap();
    disk::link(&outside, &ledger.worktree.path.join("findings")).unwrap();
    disk::link(&outside.join("target"), &ledger.worktree.path.join("claims/b.toml")).unwrap();
    let changes = ledger.append(&[("findings/f.toml", Some("two")), ("claims/b.toml", Some("three"))]);
    assert_eq!(ledger.apply(&changes), ["claims/b.toml", "findings/f.toml"]);
    assert_eq!(disk::list(&outside).unwrap(), [""; 0]);
}

#[test]
fn paths_out_of_the_work_tree_are_refused() {
    let ledger = Ledger::new(Sandbox::sha1());
    let blob = ledger.repository.write_blob(b"x").unwrap();
    for path in ["../x", "/x", ".git/config", "a/../../x", ""] {
        let change = TreeChange { path: path.as_bytes().to_vec(), old: None, new: Some((MODE_FILE, blob)) };
        let result = ledger.repository.apply_changes(&ledger.worktree, &[change]);
        assert!(matches!(result, Err(GitError::BadPath { .. })), "{path}");
    }
    assert_eq!(ledger.status(), "");
}

#[test]
fn links_and_submodules_are_never_put_into_the_work_tree() {
    let ledger = Ledger::new(Sandbox::sha1());
    let blob = ledger.repository.write_blob(b"/etc/passwd").unwrap();
    let change = TreeChange { path: b"evil".to_vec(), old: None, new: Some((0o120_000, blob)) };
    assert_eq!(ledger.repository.apply_changes(&ledger.worktree, &[change]).unwrap(), ["evil"]);
    assert!(disk::stat(&ledger.worktree.path.join("evil")).unwrap().is_none());
}

#[test]
fn index_lock_keeps_git_out_and_goes_when_dropped() {
    let ledger = Ledger::new(Sandbox::sha1());
    let lock = IndexLock::acquire(&ledger.worktree, Duration::from_secs(1)).unwrap();
    ledger.draft("claims/b.toml", "two");
    let add = ["add", "claims/b.toml"];
    let refused = ledger.sandbox.git_with(Path::new("git"), &ledger.worktree.path, &add);
    assert!(refused.unwrap_err().contains("index.lock"));
    drop(lock);
    ledger.sandbox.git_in(&ledger.worktree.path, &add);
}

#[test]
fn own_left_over_lock_is_removed_and_a_foreign_one_is_not() {
    let ledger = Ledger::new(Sandbox::sha1());
    let path = ledger.worktree.git_dir.join("index.lock");
    disk::write(&path, b"git-coord 999999\n", 0o644, Durability::Cached).unwrap();
    drop(IndexLock::acquire(&ledger.worktree, Duration::ZERO).unwrap());
    for foreign in [b"".as_slice(), b"DIRC and so on"] {
        disk::write(&path, foreign, 0o644, Durability::Cached).unwrap();
        let refused = IndexLock::acquire(&ledger.worktree, Duration::from_millis(30));
        assert!(matches!(refused, Err(GitError::IndexLocked { .. })));
        assert_eq!(disk::read(&path, 100).unwrap().as_deref(), Some(foreign));
    }
}

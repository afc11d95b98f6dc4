use super::*;
use crate::disk::Durability;
use crate::git::Program;
use crate::git::sandbox::Sandbox;

/// A branch with one commit, and the tree of another that adds `new/file` and changes `a`.
struct Case {
    sandbox: Sandbox,
    old: ObjectId,
    new: ObjectId,
}

impl Case {
    fn new() -> Self {
        let sandbox = Sandbox::sha1();
        sandbox.write("b/c", "2");
        sandbox.write("run", "3");
        disk::link(Path::new("a"), &sandbox.work.join("link")).unwrap();
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["update-index", "--chmod=+x", "run"]);
        let old = sandbox.commit_file("a", "1");
        sandbox.git(&["checkout", "-q", "--force", "-b", "next"]);
        sandbox.commit_file("a", "11");
        let new = sandbox.commit_file("new/file", "4");
        sandbox.git(&["checkout", "-q", "--force", "main"]);
        Self { sandbox, old, new }
    }

    fn obstacle(&self) -> Option<String> {
        let repository = self.sandbox.open();
        let worktree = repository.worktrees().unwrap().remove(0);
        let tree = |commit| repository.commit_links(commit).unwrap().tree;
        repository.obstacle_to_follow(&worktree, Some(tree(self.old)), tree(self.new)).unwrap()
    }

    /// Does something to a clean work tree and returns what is in the way then.
    fn after(change: impl FnOnce(&Sandbox)) -> Option<String> {
        let case = Self::new();
        assert_eq!(case.obstacle(), None);
        change(&case.sandbox);
        case.obstacle()
    }
}

#[test]
fn clean_work_tree_can_follow_whether_its_index_vouches_for_it_or_not() {
    let case = Case::new();
    assert_eq!(case.obstacle(), None);
    // Only an index that is younger than the files vouches for them.
    case.sandbox.git(&["-c", "alias.age=!touch -h -d @1000000000 a b/c run link", "age"]);
    assert_eq!(case.obstacle(), None);
    case.sandbox.git(&["update-index", "--refresh"]);
    assert_eq!(case.obstacle(), None);
    case.sandbox.write("untracked/x", "of no interest");
    assert_eq!(case.obstacle(), None);
}

#[test]
fn whatever_is_not_committed_is_named() {
    let check = |expected: &str, change: &dyn Fn(&Sandbox)| assert_eq!(Case::after(change).as_deref(), Some(expected));
    check("a", &|sandbox| sandbox.write("a", "2"));
    check("b/c", &|sandbox| disk::remove(&sandbox.work.join("b/c")).unwrap());
    check("link", &|sandbox| {
        disk::remove(&sandbox.work.join("link")).unwrap();
        disk::link(Path::new("b"), &sandbox.work.join("link")).unwrap();
    });
    check("link", &|sandbox| disk::write(&sandbox.work.join("link"), b"a", 0o644, Durability::Cached).unwrap());
    check("run", &|sandbox| disk::write(&sandbox.work.join("run"), b"3", 0o644, Durability::Cached).unwrap());
    check("a", &|sandbox| {
        sandbox.write("a", "2");
        sandbox.git(&["add", "a"]);
    });
    check("a", &|sandbox| {
        // Staged, and the file put back.
        sandbox.write("a", "2");
        sandbox.git(&["add", "a"]);
        sandbox.write("a", "1");
    });
    check("z", &|sandbox| {
        sandbox.write("z", "2");
        sandbox.git(&["add", "z"]);
    });
    check("z", &|sandbox| {
        sandbox.write("z", "2");
        sandbox.git(&["add", "-N", "z"]);
    });
    check("b/c", &|sandbox| drop(sandbox.git(&["rm", "-q", "--cached", "b/c"])));
}

#[test]
fn what_lies_where_something_new_would_is_named() {
    let check = |expected: Option<&str>, change: &dyn Fn(&Sandbox)| {
        assert_eq!(Case::after(change).as_deref(), expected);
    };
    check(Some("new/file"), &|sandbox| sandbox.write("new/file", "mine"));
    check(Some("new"), &|sandbox| sandbox.write("new", "mine"));
    check(Some("new/file/x"), &|sandbox| sandbox.write("new/file/x", "mine"));
    check(None, &|sandbox| sandbox.write("new/other", "mine"));
    // Ignored files are somebody's as well.
    check(Some("new/file"), &|sandbox| {
        sandbox.write(".git/info/exclude", "new/\n");
        sandbox.write("new/file", "mine");
    });
}

#[test]
fn no_filter_is_run_to_compare() {
    let case = Case::new();
    let trace = case.sandbox.work.join("trace");
    case.sandbox.git(&["config", "filter.x.clean", &format!("touch '{}'; cat", trace.display())]);
    case.sandbox.git(&["config", "diff.x.textconv", &format!("touch '{}'; cat", trace.display())]);
    case.sandbox.write(".git/info/attributes", "* filter=x diff=x\n");
    for content in ["2", "1"] {
        case.sandbox.write("a", content);
        assert_eq!(case.obstacle().is_some(), content == "2");
        assert!(disk::stat(&trace).unwrap().is_none());
    }
    let git = Program::find().unwrap();
    git.within(&case.sandbox.work).args(["diff", "--quiet", "--no-ext-diff", "HEAD"]).run().unwrap();
    assert!(disk::stat(&trace).unwrap().is_some(), "git itself runs it");
}

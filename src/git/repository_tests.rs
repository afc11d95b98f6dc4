use super::*;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;

#[test]
fn repository_is_found_from_below_and_describes_itself() {
    let sandbox = Sandbox::sha256();
    sandbox.commit_file("dir/a", "1");
    let repository = Repository::discover(&sandbox.work.join("dir")).unwrap();
    assert_eq!(repository.work_dir(), Some(sandbox.work.as_path()));
    assert_eq!(repository.common_dir(), sandbox.work.join(".git"));
    assert_eq!(repository.git_dir(), sandbox.work.join(".git"));
    assert_eq!(repository.hash_kind(), HashKind::Sha256);
    assert!(!repository.is_bare());
    assert!(!repository.is_shallow().unwrap());
    assert_eq!(Sandbox::sha1().open().hash_kind(), HashKind::Sha1);
}

#[test]
fn nothing_there_is_not_a_repository() {
    let sandbox = Sandbox::sha1();
    let outside = Repository::discover(sandbox.root.path());
    assert!(matches!(outside, Err(GitError::NotARepository { .. })));
    let nowhere = Repository::discover(&sandbox.work.join("absent"));
    assert!(matches!(nowhere, Err(GitError::NotARepository { .. })));
    let absent = Repository::open_git_dir(&sandbox.work.join("absent"));
    assert!(matches!(absent, Err(GitError::NotARepository { .. })));
    let not_git = Repository::open_git_dir(&sandbox.work);
    assert!(matches!(not_git, Err(GitError::NotARepository { .. })));
}

#[test]
fn bare_repository_is_entered_only_by_name() {
    let sandbox = Sandbox::sha1();
    sandbox.git(&["init", "-q", "--bare", "inner"]);
    let inner = sandbox.work.join("inner");
    assert!(matches!(Repository::discover(&inner), Err(GitError::ImplicitBare { .. })));
    assert!(matches!(Repository::discover(&inner.join("objects")), Err(GitError::ImplicitBare { .. })));
    let named = Repository::open_git_dir(&inner).unwrap();
    assert!(named.is_bare());
    assert_eq!(named.work_dir(), None);
    assert_eq!(Repository::discover(&sandbox.work.join(".git")).unwrap().git_dir(), sandbox.work.join(".git"));
}

#[test]
fn reftable_is_unsupported_where_git_can_make_one() {
    let sandbox = Sandbox::sha1();
    let arguments = ["init", "-q", "--ref-format=reftable", "tables"];
    if sandbox.git_with(Path::new("git"), &sandbox.work, &arguments).is_ok() {
        let opened = Repository::discover(&sandbox.work.join("tables"));
        assert!(matches!(opened, Err(GitError::Unsupported { .. })), "{:?}", opened.err());
    }
}

#[test]
fn configuration_is_that_of_repository_and_work_tree() {
    let sandbox = Sandbox::sha1();
    sandbox.commit_file("a", "1");
    sandbox.git(&["config", "coord.agent", "from repository"]);
    assert_eq!(sandbox.open().config("coord.agent").as_deref(), Some("from repository"));
    assert_eq!(sandbox.open().config("coord.absent"), None);
    sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
    sandbox.git(&["worktree", "add", "-q", "-b", "other", "../other"]);
    let other = sandbox.work.join("../other");
    sandbox.git_in(&other, &["config", "--worktree", "coord.agent", "from work tree"]);
    let repository = Repository::discover(&other).unwrap();
    assert_eq!(repository.config("coord.agent").as_deref(), Some("from work tree"));
    assert_eq!(sandbox.open().config("coord.agent").as_deref(), Some("from repository"));
}

#[test]
fn repository_of_another_user_is_refused() {
    let sandbox = Sandbox::sha1();
    sandbox.commit_file("a", "1");
    assert!(Repository::discover(&sandbox.work).is_ok());
    // Only a superuser can give files away; anybody else has nothing to test here.
    let given_away = std::process::Command::new("chown").args(["-R", "12345"]).arg(&sandbox.work).output().unwrap();
    if given_away.status.success() {
        assert!(matches!(Repository::discover(&sandbox.work), Err(GitError::Unsafe { .. })));
        assert!(matches!(Repository::open_git_dir(&sandbox.work.join(".git")), Err(GitError::Unsafe { .. })));
    }
}

#[test]
fn objects_of_a_quarantine_are_seen_before_and_beside_the_old_ones() {
    for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
        let old = sandbox.commit_file("a", "1");
        let url = sandbox.work.join(".git");
        sandbox.git(&["clone", "-q", &url.display().to_string(), "../clone"]);
        let clone = sandbox.work.join("../clone");
        disk::write(&clone.join("b"), b"2", 0o644, Durability::Cached).unwrap();
        sandbox.git_in(&clone, &["add", "b"]);
        sandbox.git_in(&clone, &["commit", "-q", "-m", "new"]);
        let new: ObjectId = sandbox.git_in(&clone, &["rev-parse", "HEAD"]).parse().unwrap();
        let git_dir = sandbox.work.join(".git");
        let plain = Repository::open_git_dir(&git_dir).unwrap();
        assert!(!plain.contains(new));
        let alternates = [git_dir.join("objects")];
        let quarantine = clone.join(".git/objects");
        let repository = Repository::open_with_quarantine(&git_dir, &quarantine, &alternates).unwrap();
        assert_eq!(repository.first_parents(old, new, 10).unwrap(), Some(vec![old, new]));
        let tree = |commit| Some(repository.commit_links(commit).unwrap().tree);
        assert_eq!(repository.delta(tree(old), tree(new)).unwrap().len(), 1);
        let moved = repository.swap_reference("refs/heads/main", Some(old), Some(new), "");
        assert!(matches!(moved, Err(GitError::Unsupported { .. })));
        // What is written meanwhile goes the way of the push.
        let written = repository.write_blob(b"verdict").unwrap();
        assert!(repository.contains(written));
        assert!(!plain.contains(written));
    }
}

#[test]
fn work_tree_of_a_bare_repository_is_none_itself() {
    let sandbox = Sandbox::sha1();
    sandbox.commit_file("a", "1");
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = sandbox.root.path().join("bare.git");
    sandbox.git(&["--git-dir", bare.to_str().unwrap(), "worktree", "add", "-q", "-b", "b", "../linked", "main"]);
    assert!(Repository::open_git_dir(&bare).unwrap().is_bare());
    let linked = Repository::discover(&sandbox.root.path().join("linked")).unwrap();
    assert!(!linked.is_bare() && linked.work_dir().is_some());
}

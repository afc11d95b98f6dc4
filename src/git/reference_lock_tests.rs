use std::thread;

use super::*;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;

const NAME: &str = "refs/heads/coord";

#[test]
fn swap_happens_only_from_the_expected_value() {
    for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
        let first = sandbox.commit_file("a", "1");
        let second = sandbox.commit_file("a", "2");
        let repository = sandbox.open();
        let swap = |expected, new| repository.swap_reference(NAME, expected, new, "why").unwrap();
        assert_eq!(swap(Some(first), Some(second)), Swap::Moved);
        assert_eq!(swap(None, Some(first)), Swap::Done);
        assert_eq!(swap(None, Some(second)), Swap::Moved);
        // Even the value that is there does not stand in for "does not exist".
        assert_eq!(swap(None, Some(first)), Swap::Moved);
        sandbox.git(&["pack-refs", "--all"]);
        assert_eq!(swap(None, Some(first)), Swap::Moved);
        assert_eq!(swap(Some(second), Some(first)), Swap::Moved);
        assert_eq!(swap(Some(first), Some(second)), Swap::Done);
        assert_eq!(sandbox.git(&["rev-parse", NAME]), second.to_string());
        assert!(sandbox.git(&["reflog", "show", NAME]).contains("why"));
        sandbox.git(&["pack-refs", "--all"]);
        assert_eq!(swap(Some(first), None), Swap::Moved);
        assert_eq!(swap(Some(second), None), Swap::Done);
        assert_eq!(repository.reference(NAME).unwrap(), None);
        assert!(sandbox.git(&["for-each-ref", NAME]).is_empty());
        assert_eq!(sandbox.git(&["rev-parse", "main"]), second.to_string());
        sandbox.fsck();
    }
}

#[test]
fn contending_writers_lose_nothing_while_references_are_packed() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 50;
    let sandbox = Sandbox::sha1();
    let root = sandbox.commit_file("a", "1");
    let repository = sandbox.open();
    repository.swap_reference(NAME, None, Some(root), "").unwrap();
    let tree = repository.commit_links(root).unwrap().tree;
    let work = |number: usize| {
        let repository = sandbox.open();
        for round in 0..ROUNDS {
            loop {
                let tip = repository.reference(NAME).unwrap().unwrap();
                let who = format!("T{number} <t{round}@x> 1 +0000");
                let raw = format!("tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\nx\n");
                let next = repository.write_commit(raw.as_bytes()).unwrap();
                if repository.swap_reference(NAME, Some(tip), Some(next), "race").unwrap() == Swap::Done {
                    break;
                }
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || work(number))).collect();
        while !workers.iter().all(|worker| worker.is_finished()) {
            // Packing may itself find the reference locked; that is its affair.
            sandbox.git_with(Path::new("git"), &sandbox.work, &["pack-refs", "--all", "--prune"]).ok();
        }
    });
    let count = sandbox.git(&["rev-list", "--count", NAME]);
    assert_eq!(count, (THREADS * ROUNDS + 1).to_string());
}

#[test]
fn only_one_of_many_creates() {
    let sandbox = Sandbox::sha1();
    let root = sandbox.commit_file("a", "1");
    let won: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let done = sandbox.open().swap_reference(NAME, None, Some(root), "").unwrap();
                    usize::from(done == Swap::Done)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
}

#[test]
fn foreign_lock_is_waited_for_and_then_reported() {
    let sandbox = Sandbox::sha1();
    let root = sandbox.commit_file("a", "1");
    let repository = sandbox.open();
    let lock = sandbox.work.join(".git/refs/heads/coord.lock");
    disk::write(&lock, b"", 0o644, Durability::Cached).unwrap();
    let refused = repository.swap_reference(NAME, None, Some(root), "");
    assert!(
        matches!(refused, Err(GitError::RefLocked { name, lock: Some(told) }) if name == NAME && told.path == lock)
    );
    disk::remove(&lock).unwrap();
    assert_eq!(repository.swap_reference(NAME, None, Some(root), "").unwrap(), Swap::Done);
}

#[test]
fn lock_that_a_killed_one_of_us_left_is_removed() {
    let sandbox = Sandbox::sha1();
    let root = sandbox.commit_file("a", "1");
    let repository = sandbox.open();
    let (lock, marker) = (".git/refs/heads/coord.lock", ".git/coord/swap-refs%2Fheads%2Fcoord");
    let (lock, marker) = (sandbox.work.join(lock), sandbox.work.join(marker));
    disk::write(&marker, b"left over\n", 0o644, Durability::Cached).unwrap();
    assert!(disk::link_new(&marker, &lock).unwrap());
    assert_eq!(repository.swap_reference(NAME, None, Some(root), "").unwrap(), Swap::Done);
    assert_eq!((disk::stat(&lock).unwrap(), disk::stat(&marker).unwrap()), (None, None));
    // A marker beside somebody else's lock proves nothing.
    disk::write(&marker, b"left over\n", 0o644, Durability::Cached).unwrap();
    disk::write(&lock, b"left over\n", 0o644, Durability::Cached).unwrap();
    assert!(matches!(repository.swap_reference(NAME, Some(root), None, ""), Err(GitError::RefLocked { .. })));
    assert!(disk::stat(&lock).unwrap().is_some());
}

#[test]
fn names_and_targets_that_cannot_be_are_refused() {
    let sandbox = Sandbox::sha1();
    let root = sandbox.commit_file("a", "1");
    let repository = sandbox.open();
    let tree = repository.commit_links(root).unwrap().tree;
    sandbox.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    sandbox.git(&["branch", "group/member"]);
    sandbox.git(&["branch", "leaf"]);
    sandbox.git(&["pack-refs", "--all"]);
    let swap = |name: &str, new| repository.swap_reference(name, None, Some(new), "");
    for name in
        ["HEAD", "refs/heads/../x", "refs/worktree/x", "refs/heads/alias", "refs/heads/group", "refs/heads/leaf/x"]
    {
        assert!(matches!(swap(name, root), Err(GitError::BadReference { .. })), "{name}");
    }
    assert!(matches!(swap("refs/heads/tree", tree), Err(GitError::BadReference { .. })));
    let absent = ObjectId::from_bytes(&[9; 20]).unwrap();
    assert!(matches!(swap("refs/heads/absent", absent), Err(GitError::Missing { .. })));
    assert_eq!(swap("refs/heads/group/other", root).unwrap(), Swap::Done);
    sandbox.fsck();
}

#[test]
fn empty_directories_do_not_block_a_name() {
    let sandbox = Sandbox::sha1();
    let root = sandbox.commit_file("a", "1");
    disk::create_directories(&sandbox.work.join(".git/refs/heads/coord/left/over")).unwrap();
    assert_eq!(sandbox.open().swap_reference(NAME, None, Some(root), "").unwrap(), Swap::Done);
}

#[test]
fn packed_line_goes_with_its_peeled_value() {
    let packed = b"# pack-refs with: peeled\n11 refs/a\n22 refs/b\n^33\n44 refs/bc\n";
    assert_eq!(without_reference(packed, "refs/b"), b"# pack-refs with: peeled\n11 refs/a\n44 refs/bc\n");
    assert_eq!(without_reference(packed, "refs/c"), packed);
}

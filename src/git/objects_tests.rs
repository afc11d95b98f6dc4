use super::*;
use crate::disk;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;

#[test]
fn what_is_written_is_what_git_reads() {
    for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
        let repository = sandbox.open();
        let blob = repository.write_blob(b"hello\n").unwrap();
        assert_eq!(sandbox.git(&["cat-file", "blob", &blob.to_string()]), "hello");
        let tree = repository.edit_tree(None, &[("a/b".to_owned(), Some(blob))]).unwrap();
        let raw = format!("tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nmessage\n");
        let commit = repository.write_commit(raw.as_bytes()).unwrap();
        sandbox.git(&["update-ref", "refs/heads/main", &commit.to_string()]);
        sandbox.fsck();
        assert_eq!(repository.commit(commit).unwrap(), raw.as_bytes());
        assert_eq!(repository.blob(blob, 6).unwrap(), b"hello\n");
        assert_eq!(repository.kind(tree).unwrap(), ObjectKind::Tree);
        sandbox.git(&["gc", "-q", "--prune=now"]);
        assert_eq!(repository.commit(commit).unwrap(), raw.as_bytes());
        assert!(repository.contains(blob));
    }
}

#[test]
fn broken_commit_is_not_written() {
    let sandbox = Sandbox::sha1();
    assert!(sandbox.open().write_commit(b"tree nothing\n").is_err());
}

#[test]
fn blob_above_the_limit_is_refused_and_at_the_limit_read() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let bomb = repository.write_blob(&vec![0; 1_000_000]).unwrap();
    assert!(matches!(repository.blob(bomb, 999_999), Err(GitError::TooLarge { limit: 999_999, .. })));
    assert_eq!(repository.blob(bomb, 1_000_000).unwrap().len(), 1_000_000);
}

#[test]
fn absent_object_and_foreign_hash_are_missing() {
    let repository = Sandbox::sha1().open();
    for id in [ObjectId::from_bytes(&[7; 20]).unwrap(), ObjectId::from_bytes(&[7; 32]).unwrap()] {
        assert!(!repository.contains(id));
        assert!(matches!(repository.commit(id), Err(GitError::Missing { .. })));
        assert!(matches!(repository.kind(id), Err(GitError::Missing { .. })));
    }
}

#[test]
fn object_under_a_false_name_is_corrupt() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let honest = repository.write_blob(b"honest").unwrap();
    let other = repository.write_blob(b"forged").unwrap();
    let bytes = disk::read(&sandbox.object_path(other), 1_000).unwrap().unwrap();
    disk::write(&sandbox.object_path(honest), &bytes, 0o444, Durability::Cached).unwrap();
    let repository = sandbox.open();
    assert!(matches!(repository.blob(honest, 100), Err(GitError::Corrupt { id, .. }) if id == honest));
    assert_eq!(repository.blob(other, 100).unwrap(), b"forged");
    disk::write(&sandbox.object_path(honest), b"garbage", 0o444, Durability::Cached).unwrap();
    assert!(matches!(sandbox.open().blob(honest, 100), Err(GitError::Corrupt { .. })));
}

#[test]
fn object_of_another_kind_is_refused() {
    let sandbox = Sandbox::sha1();
    let commit = sandbox.commit_file("a", "1");
    assert!(matches!(sandbox.open().blob(commit, 1_000_000), Err(GitError::Corrupt { .. })));
}

/// LED-16, with control
#[test]
fn replacement_is_ignored_where_stock_git_follows_it() {
    let sandbox = Sandbox::sha1();
    let first = sandbox.commit_file("a", "1");
    let second = sandbox.commit_file("a", "2");
    sandbox.git(&["replace", &second.to_string(), &first.to_string()]);
    let raw = String::from_utf8(sandbox.open().commit(second).unwrap()).unwrap();
    let replaced = sandbox.git(&["cat-file", "commit", &second.to_string()]);
    let real = sandbox.git(&["--no-replace-objects", "cat-file", "commit", &second.to_string()]);
    assert_eq!(raw.trim_end(), real);
    assert_ne!(replaced, real);
    // Not even a repository that asks for it is obeyed.
    sandbox.git(&["config", "core.useReplaceRefs", "true"]);
    let repository = sandbox.open();
    assert_eq!(repository.commit(second).unwrap(), raw.as_bytes());
    assert_eq!(repository.commit_links(second).unwrap().parents, [first]);
}

/// SIG-17, with legal twin:
/// the hash by which objects are named notices the blocks of a collision attack. Behind the header of an object they
/// do not fall where they would have to, so as files the two are simply two.
#[test]
fn blocks_of_a_collision_are_noticed() {
    const PAIR: [&[u8]; 2] = [
        include_bytes!("../../tests/support/data/sha-mbles-1.bin"),
        include_bytes!("../../tests/support/data/sha-mbles-2.bin"),
    ];
    let hash = |message: &[u8]| {
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(message);
        hasher.try_finalize()
    };
    assert_ne!(PAIR[0], PAIR[1]);
    for message in PAIR {
        assert!(hash(message).is_err());
        assert!(hash(&message[..64]).is_ok());
    }
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let [one, other] = PAIR.map(|content| repository.write_blob(content).unwrap());
    assert_ne!(one, other);
    assert_eq!([one, other].map(|id| repository.blob(id, 640).unwrap()), PAIR);
    sandbox.fsck();
}

use super::*;
use crate::git::sandbox::Sandbox;

fn tree_of(repository: &Repository, commit: ObjectId) -> Option<ObjectId> {
    Some(repository.commit_links(commit).unwrap().tree)
}

fn write_tree(repository: &Repository, entries: &[(&str, &[u8], ObjectId)]) -> ObjectId {
    let mut raw = Vec::new();
    for (mode, name, id) in entries {
        raw.extend_from_slice(format!("{mode} ").as_bytes());
        raw.extend_from_slice(name);
        raw.push(0);
        raw.extend_from_slice(id.as_bytes());
    }
    repository.write_object(gix::objs::Kind::Tree, &raw).unwrap()
}

#[test]
fn changes_agree_with_git() {
    for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
        for (path, content) in
            [("a", "1"), ("dir/b", "2"), ("dir.c", "3"), ("swap", "4"), ("x/y/z", "5"), ("same", "6")]
        {
            sandbox.write(path, content);
        }
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-q", "-m", "old"]);
        let old: ObjectId = sandbox.git(&["rev-parse", "HEAD"]).parse().unwrap();
        sandbox.git(&["rm", "-q", "-r", "x", "swap"]);
        sandbox.write("swap/now", "directory");
        sandbox.write("dir/b", "changed");
        sandbox.git(&["add", "."]);
        sandbox.git(&["update-index", "--chmod=+x", "a"]);
        sandbox.git(&["commit", "-q", "-m", "new"]);
        let new: ObjectId = sandbox.git(&["rev-parse", "HEAD"]).parse().unwrap();
        let repository = sandbox.open();
        for (old, new) in [(old, new), (new, old)] {
            let changes = repository.tree_changes(tree_of(&repository, old), tree_of(&repository, new)).unwrap();
            let ours: Vec<String> = changes.iter().map(raw_line).collect();
            let arguments = ["diff-tree", "-r", "--no-renames", "--no-abbrev", &old.to_string(), &new.to_string()];
            let mut theirs: Vec<String> = sandbox
                .git(&arguments)
                .lines()
                .map(|line| {
                    let fields: Vec<&str> = line.trim_start_matches(':').split_whitespace().collect();
                    format!("{} {} {} {} {}", fields[5], fields[0], fields[1], fields[2], fields[3])
                })
                .collect();
            theirs.sort();
            assert_eq!(ours, theirs);
        }
        assert!(repository.tree_changes(tree_of(&repository, old), tree_of(&repository, old)).unwrap().is_empty());
        assert_eq!(repository.tree_changes(None, tree_of(&repository, old)).unwrap().len(), 6);
    }
}

fn raw_line(change: &TreeChange) -> String {
    let path = String::from_utf8(change.path.clone()).unwrap();
    let width = change.old.or(change.new).unwrap().1.kind().len_bytes() * 2;
    let mode = |side: Option<(u32, ObjectId)>| format!("{:06o}", side.map_or(0, |(mode, _)| mode));
    let id = |side: Option<(u32, ObjectId)>| side.map_or("0".repeat(width), |(_, id)| id.to_string());
    format!("{path} {} {} {} {}", mode(change.old), mode(change.new), id(change.old), id(change.new))
}

#[test]
fn malformed_trees_are_corrupt() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let blob = repository.write_blob(b"x").unwrap();
    let file = |name: &'static [u8]| ("100644", name, blob);
    let empty = repository.edit_tree(None, &[]).unwrap();
    let cases: [&[(&str, &[u8], ObjectId)]; 18] = [
        &[file(b"b"), file(b"a")],
        &[file(b"a"), file(b"a")],
        &[file(b"a"), file(b"a.b"), ("40000", b"a", empty)],
        &[file(b".")],
        &[file(b"..")],
        &[file(b".git")],
        &[file(b".GIT")],
        &[file(b"git~1")],
        &[file(".g\u{200c}it".as_bytes())],
        &[file(b"")],
        &[file(b"a/b")],
        &[("040000", b"a", empty)],
        &[("100640", b"a", blob)],
        &[("0", b"a", blob)],
        &[("", b"a", blob)],
        &[("999999999999", b"a", blob)],
        &[("40000", b"a", empty), file(b"a")],
        &[("100644", b"a", ObjectId::null(blob.kind()))],
    ];
    for (number, entries) in cases.iter().enumerate() {
        let tree = write_tree(&repository, entries);
        let result = repository.tree_changes(None, Some(tree));
        assert!(matches!(result, Err(GitError::Corrupt { id, .. }) if id == tree), "case {number}: {result:?}");
        // Also below a sound tree, and as the side that goes away.
        let parent = write_tree(&repository, &[("40000", b"below", tree)]);
        let result = repository.tree_changes(Some(parent), None);
        assert!(matches!(result, Err(GitError::Corrupt { id, .. }) if id == tree), "case {number}: {result:?}");
    }
    let cut = repository.write_object(gix::objs::Kind::Tree, b"100644 a\x00123").unwrap();
    assert!(matches!(repository.tree_changes(None, Some(cut)), Err(GitError::Corrupt { .. })));
    let legal = write_tree(&repository, &[file(b".gitignore"), file(b"a"), file(b"a.b"), ("40000", b"ab", empty)]);
    assert_eq!(repository.tree_changes(None, Some(legal)).unwrap().len(), 3);
}

#[test]
fn missing_subtree_is_missing_and_not_empty() {
    let sandbox = Sandbox::sha1();
    let commit = sandbox.commit_file("a/b", "1");
    let subtree: ObjectId = sandbox.git(&["rev-parse", "HEAD:a"]).parse().unwrap();
    sandbox.remove_object(subtree);
    let repository = sandbox.open();
    let result = repository.tree_changes(None, tree_of(&repository, commit));
    assert!(matches!(result, Err(GitError::Missing { id }) if id == subtree));
}

/// PARSE-5, with legal twin
#[test]
fn bombs_are_too_large() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let blob = repository.write_blob(b"x").unwrap();
    let mut wide = write_tree(&repository, &[("100644", b"f", blob)]);
    for _ in 0..20 {
        wide = write_tree(&repository, &[("40000", b"a", wide), ("40000", b"b", wide)]);
    }
    assert!(matches!(repository.tree_changes(None, Some(wide)), Err(GitError::TooLarge { .. })));
    let mut deep = write_tree(&repository, &[("100644", b"f", blob)]);
    for _ in 0..DEPTH_MAX {
        deep = write_tree(&repository, &[("40000", b"a", deep)]);
    }
    assert_eq!(repository.tree_changes(None, Some(deep)).unwrap().len(), 1);
    let deeper = write_tree(&repository, &[("40000", b"a", deep)]);
    assert!(matches!(repository.tree_changes(None, Some(deeper)), Err(GitError::TooLarge { .. })));
}

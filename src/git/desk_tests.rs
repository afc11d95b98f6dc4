use std::collections::BTreeSet;

use super::Desk;
use crate::disk;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;
use crate::model::Pattern;

fn desk(sandbox: &Sandbox) -> Desk {
    Desk::open(&sandbox.open().worktrees().unwrap()[0]).unwrap()
}

fn asked(sandbox: &Sandbox, patterns: &[&str]) -> Vec<String> {
    let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect();
    desk(sandbox).uncommitted(&patterns).unwrap().into_iter().collect()
}

/// Returns what git finds, without its summary of directories and moves.
fn gits(sandbox: &Sandbox) -> Vec<String> {
    let said = sandbox.git(&["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"]);
    let paths: BTreeSet<_> =
        said.split('\0').filter(|line| !line.is_empty()).map(|line| line[3..].to_owned()).collect();
    paths.into_iter().collect()
}

#[test]
fn answers_agree_with_git() {
    for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
        sandbox.write("first", "1");
        assert_eq!(asked(&sandbox, &["**"]), ["first"], "before the first commit");
        for path in ["a", "b/c/d", "b/c/e", "b/f", "g/h", ".gitignore", "deep/.gitignore"] {
            sandbox.write(path, path);
        }
        sandbox.write(".gitignore", "*.log\n/out/\n");
        sandbox.write("deep/.gitignore", "*\n!kept\n!.gitignore\n");
        sandbox.git(&["add", "."]);
        sandbox.commit_file("z", "1");
        assert!(asked(&sandbox, &["**"]).is_empty());
        let steps: [&dyn Fn(); 9] = [
            &|| sandbox.write("a", "other"),
            &|| drop(sandbox.git(&["add", "a"])),
            &|| sandbox.write("new/one", "1"),
            &|| sandbox.write("out/ignored", "1"),
            &|| sandbox.write("b/x.log", "1"),
            &|| sandbox.write("deep/lost", "1"),
            &|| sandbox.write("deep/kept", "1"),
            &|| drop(sandbox.git(&["rm", "-q", "--cached", "b/f"])),
            &|| disk::remove(&sandbox.work.join("g/h")).unwrap(),
        ];
        for (number, step) in steps.into_iter().enumerate() {
            step();
            assert_eq!(asked(&sandbox, &["**"]), gits(&sandbox), "step {number}");
            for path in ["a", "new/one", "out/ignored", "b/x.log", "deep/lost", "deep/kept", "b/f", "g/h", "b/c/d"] {
                let is_named = gits(&sandbox).iter().any(|named| named == path);
                assert_eq!(desk(&sandbox).is_uncommitted(path).unwrap(), is_named, "step {number}: {path}");
            }
        }
        assert_eq!(asked(&sandbox, &["b/**", "new/", "nowhere/x"]), ["b/f", "new/one"]);
    }
}

/// What a filter would make of a file is not known without running it, and it is never run.
#[test]
fn no_filter_of_the_repository_is_run() {
    let sandbox = Sandbox::sha1();
    sandbox.commit_file("a", "1");
    let canary = sandbox.work.join("../canary");
    let filter = format!("touch {}; cat", canary.display());
    sandbox.git(&["config", "filter.x.clean", &filter]);
    sandbox.git(&["config", "core.fsmonitor", &filter]);
    sandbox.write(".git/info/attributes", "* filter=x\n");
    sandbox.write("a", "2");
    assert_eq!(asked(&sandbox, &["**"]), ["a"]);
    assert_eq!(asked(&sandbox, &["a"]), ["a"]);
    assert!(disk::stat(&canary).unwrap().is_none());
}

#[test]
fn what_belongs_to_another_repository_is_left_out() {
    let sandbox = Sandbox::sha1();
    sandbox.commit_file("a", "1");
    sandbox.git(&["worktree", "add", "-q", "-b", "other", "trees/other"]);
    sandbox.write("trees/other/new", "1");
    sandbox.write("trees/mine", "1");
    assert_eq!(asked(&sandbox, &["**"]), ["trees/mine"]);
    assert!(!desk(&sandbox).is_uncommitted("trees/other/new").unwrap());
    let places = desk(&sandbox).directories().unwrap();
    assert_eq!(places, [sandbox.work.clone(), sandbox.work.join("trees")]);
    let other = Desk::open(&sandbox.open().worktrees().unwrap()[1]).unwrap();
    assert_eq!(other.branch(), Some("refs/heads/other"));
}

#[test]
fn ignored_directories_are_not_listed() {
    let sandbox = Sandbox::sha1();
    sandbox.commit_file(".gitignore", "out\n");
    disk::write(&sandbox.work.join("out/deep/x"), b"1", 0o644, Durability::Cached).unwrap();
    disk::write(&sandbox.work.join("src/deep/x"), b"1", 0o644, Durability::Cached).unwrap();
    let mut desk = desk(&sandbox);
    let listed: BTreeSet<_> = desk.directories().unwrap().into_iter().collect();
    let at = |path: &str| sandbox.work.join(path);
    assert_eq!(listed, BTreeSet::from([sandbox.work.clone(), at("src"), at("src/deep")]));
    assert!(desk.directories_below("out").unwrap().is_empty());
    assert!(desk.directories_below("out/deep").unwrap().is_empty());
    assert_eq!(desk.directories_below("src/deep").unwrap(), [at("src/deep")]);
}

/// What cannot be read counts as changed if it is known, and is passed over if it is not.
#[test]
fn what_cannot_be_read_hides_nothing_else() {
    let sandbox = Sandbox::sha1();
    for path in ["known", "large", "shut/known"] {
        sandbox.write(path, path);
    }
    sandbox.git(&["add", "."]);
    sandbox.commit_file("z", "1");
    let work = &sandbox.work;
    std::fs::File::options().write(true).open(work.join("large")).unwrap().set_len(300 << 20).unwrap();
    sandbox.write("new/one", "1");
    // Where the path of `.gitignore` is too long it cannot be read; the directory can.
    let (length, name) = (4_090 - work.as_os_str().len(), "d".repeat(200));
    let mut deep = String::new();
    while deep.len() + 203 < length {
        deep = format!("{deep}{name}/");
    }
    deep += &"e".repeat(length - deep.len() - 2);
    std::fs::create_dir_all(work.join(&deep)).unwrap();
    let named = format!("{deep}/f");
    std::fs::write(work.join(&named), "1").unwrap();
    assert_eq!(asked(&sandbox, &["**"]), [named.as_str(), "large", "new/one"]);
    assert!(desk(&sandbox).is_uncommitted("large").unwrap());
    let directories = desk(&sandbox).directories().unwrap();
    assert!(directories.contains(work) && directories.contains(&work.join("new")), "{directories:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let shut = |mode| std::fs::set_permissions(work.join("shut"), std::fs::Permissions::from_mode(mode)).unwrap();
        shut(0o000);
        let found = asked(&sandbox, &["**"]);
        let (directories, is_let_in) = (desk(&sandbox).directories(), std::fs::read_dir(work.join("shut")).is_ok());
        shut(0o755);
        // Whoever may read everything is let in.
        if !is_let_in {
            assert_eq!(found, [named.as_str(), "large", "new/one", "shut/known"]);
            assert!(!directories.unwrap().contains(&work.join("shut")));
        }
    }
}

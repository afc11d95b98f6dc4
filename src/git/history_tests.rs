use std::path::Path;

use super::*;
use crate::disk;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;

/// Writes a commit with these parents and this time, and returns it.
fn commit(repository: &Repository, parents: &[ObjectId], seconds: i64) -> ObjectId {
    let tree = repository.edit_tree(None, &[]).unwrap();
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let raw = format!("tree {tree}\n{parents}author A <a@b> {seconds} +0000\ncommitter A <a@b> {seconds} +0000\n\nx\n");
    repository.write_commit(raw.as_bytes()).unwrap()
}

#[test]
fn first_parents_are_followed_and_side_branches_are_not() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let root = commit(&repository, &[], 1);
    let side = commit(&repository, &[root], 2);
    let main = commit(&repository, &[root], 3);
    let merge = commit(&repository, &[main, side], 4);
    assert_eq!(repository.first_parents(root, merge, 10).unwrap(), Some(vec![root, main, merge]));
    assert_eq!(repository.first_parents(merge, merge, 10).unwrap(), Some(vec![merge]));
    assert_eq!(repository.first_parents(side, merge, 10).unwrap(), None);
    assert!(matches!(repository.first_parents(root, merge, 2), Err(GitError::TooLarge { .. })));
    assert_eq!(repository.first_parents(root, merge, 3).unwrap().unwrap().len(), 3);
}

/// A fixed linear congruential sequence: the same histories on every run.
fn randomly() -> impl FnMut(usize) -> usize {
    let mut random = 7_u64;
    move |below| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    }
}

/// Returns everything that a commit reaches, itself included.
fn reached(repository: &Repository, from: ObjectId) -> HashSet<ObjectId> {
    let (mut found, mut pending) = (HashSet::new(), vec![from]);
    while let Some(id) = pending.pop() {
        if found.insert(id) {
            pending.extend(repository.commit_links(id).unwrap().parents);
        }
    }
    found
}

/// Scripts and agents make many commits within one second, and nothing keeps anybody from lying about the time.
#[test]
fn what_is_new_is_exact_whatever_the_clocks_say() {
    let mut next = randomly();
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    for round in 0..60 {
        let mut commits = vec![commit(&repository, &[], 1_000_000 * round)];
        for number in 1..16_i64 {
            let mut parents: Vec<ObjectId> = (0..=next(2)).map(|_| commits[next(commits.len())]).collect();
            parents.dedup();
            let seconds = 1_000_000 * round + [number, number / 4, next(20) as i64, -number][round as usize % 4];
            commits.push(commit(&repository, &parents, seconds));
        }
        for _ in 0..40 {
            let (left, right) = (commits[next(16)], commits[next(16)]);
            let (old, new) = (reached(&repository, left), reached(&repository, right));
            let found: HashSet<_> = repository.new_commits(&[left], right, 100).unwrap().into_iter().collect();
            assert_eq!(found, new.difference(&old).copied().collect(), "round {round}");
            assert_eq!(repository.is_ancestor(left, right).unwrap(), new.contains(&left), "round {round}");
        }
    }
}

/// What both sides reach may be dated before everything that it reaches itself.
#[test]
fn what_is_old_is_not_new_below_a_commit_that_lies() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let root = commit(&repository, &[], 100);
    let old = commit(&repository, &[root], 200);
    let lying = commit(&repository, &[old], 1);
    let main = commit(&repository, &[lying], 300);
    let side = commit(&repository, &[old], 250);
    let merge = commit(&repository, &[lying, side], 301);
    assert_eq!(repository.new_commits(&[main], merge, 10).unwrap(), [side, merge]);
    assert_eq!(repository.new_commits(&[main], merge, 2).unwrap().len(), 2);
    assert!(matches!(repository.new_commits(&[main], merge, 1), Err(GitError::TooLarge { .. })));
}

/// A history that begins many times is walked as often as one that begins once.
#[test]
fn beginnings_of_their_own_are_new() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let root = commit(&repository, &[], 100);
    let main = commit(&repository, &[root], 200);
    for count in [1, 4, 5, 40] {
        let mut tip = main;
        for number in 0..count {
            let beginning = commit(&repository, &[], 300 + number);
            tip = commit(&repository, &[tip, beginning], 400 + number);
        }
        let found = repository.new_commits(&[main], tip, 1_000).unwrap();
        assert_eq!(found.len(), 2 * usize::try_from(count).unwrap());
        assert!(!found.contains(&root) && !found.contains(&main));
        assert!(matches!(repository.new_commits(&[main], tip, 1), Err(GitError::TooLarge { .. })));
    }
}

#[test]
fn answers_agree_with_git_on_random_histories() {
    let mut next = randomly();
    for round in 0..6 {
        let sandbox = Sandbox::sha1();
        let repository = sandbox.open();
        let mut commits = vec![commit(&repository, &[], 1_000)];
        for number in 1..24 {
            let mut parents: Vec<ObjectId> = (0..=next(2)).map(|_| commits[next(commits.len())]).collect();
            parents.dedup();
            // Half of the rounds have clocks that lie.
            let seconds = if round % 2 == 0 { 1_000 + number } else { 1_000 + next(50) as i64 };
            commits.push(commit(&repository, &parents, seconds));
        }
        for _ in 0..12 {
            let (left, right) = (commits[next(24)], commits[next(24)]);
            let (left_text, right_text) = (left.to_string(), right.to_string());
            let arguments = ["merge-base", "--is-ancestor", &left_text, &right_text];
            let is_ancestor = sandbox.git_with(Path::new("git"), &sandbox.work, &arguments).is_ok();
            assert_eq!(repository.is_ancestor(left, right).unwrap(), is_ancestor);
            let bases =
                sandbox.git_with(Path::new("git"), &sandbox.work, &["merge-base", "--all", &left_text, &right_text]);
            match repository.merge_base(left, right).unwrap() {
                Some(base) => assert!(bases.unwrap().contains(&base.to_string())),
                None => assert!(bases.is_err()),
            }
            let listed = sandbox.git(&["rev-list", &right_text, &format!("^{left_text}")]);
            let expected: HashSet<&str> = listed.lines().collect();
            let ours = repository.new_commits(&[left], right, 100).unwrap();
            let found: HashSet<String> = ours.iter().map(ToString::to_string).collect();
            assert!(expected.iter().all(|id| found.contains(*id)));
            for (place, id) in ours.iter().enumerate() {
                let parents = repository.commit_links(*id).unwrap().parents;
                assert!(parents.iter().all(|parent| !ours[place..].contains(parent)), "parents come first");
            }
        }
    }
}

/// LED-16, with control
#[test]
fn replaced_parents_do_not_count() {
    let sandbox = Sandbox::sha1();
    let first = sandbox.commit_file("a", "1");
    let second = sandbox.commit_file("a", "2");
    let third = sandbox.commit_file("a", "3");
    sandbox.git(&["replace", "--graft", &third.to_string(), &first.to_string()]);
    let repository = sandbox.open();
    assert_eq!(sandbox.git(&["rev-parse", "main^"]), first.to_string());
    assert_eq!(repository.first_parents(first, third, 10).unwrap(), Some(vec![first, second, third]));
    assert!(repository.is_ancestor(second, third).unwrap());
    assert_eq!(repository.resolve("main^").unwrap(), Some(second));
}

/// LED-16, with control
#[test]
fn grafts_file_does_not_count() {
    let sandbox = Sandbox::sha1();
    let first = sandbox.commit_file("a", "1");
    let second = sandbox.commit_file("a", "2");
    let third = sandbox.commit_file("a", "3");
    let graft = format!("{third} {first}\n");
    let path = sandbox.work.join(".git/info/grafts");
    disk::write(&path, graft.as_bytes(), 0o644, Durability::Cached).unwrap();
    assert_eq!(sandbox.open().commit_links(third).unwrap().parents, [second]);
    assert_eq!(sandbox.git(&["rev-parse", "main^"]), first.to_string());
}

/// LED-16, ENV-6, with legal twin
#[test]
fn shallow_boundary_is_reported_only_where_it_hides_the_answer() {
    let sandbox = Sandbox::sha1();
    let first = sandbox.commit_file("a", "1");
    let second = sandbox.commit_file("a", "2");
    let third = sandbox.commit_file("a", "3");
    let url = format!("file://{}", sandbox.work.display());
    sandbox.git(&["clone", "-q", "--depth", "2", &url, "../clone"]);
    let clone = Repository::discover(&sandbox.work.join("../clone")).unwrap();
    assert!(clone.is_shallow().unwrap());
    assert!(!sandbox.open().is_shallow().unwrap());
    assert_eq!(clone.first_parents(second, third, 10).unwrap(), Some(vec![second, third]));
    assert!(matches!(clone.first_parents(first, third, 10), Err(GitError::Shallow { id }) if id == second));
    assert!(clone.is_ancestor(second, third).unwrap());
    assert!(!clone.is_ancestor(third, second).unwrap());
    assert!(matches!(clone.new_commits(&[], third, 10), Err(GitError::Shallow { .. })));
    assert_eq!(clone.new_commits(&[second], third, 10).unwrap(), [third]);
    assert_eq!(clone.merge_base(second, third).unwrap(), Some(second));
}

#[test]
fn expressions_resolve_to_commits_and_full_names_come_first() {
    let sandbox = Sandbox::sha1();
    let first = sandbox.commit_file("a", "1");
    let second = sandbox.commit_file("a", "2");
    sandbox.git(&["tag", "-a", "-m", "x", "v1", &first.to_string()]);
    sandbox.git(&["tag", "-a", "-m", "x", "v1-again", "v1"]);
    let repository = sandbox.open();
    let blob = sandbox.git(&["rev-parse", "HEAD:a"]);
    for spec in ["HEAD", "main", "refs/heads/main", &second.to_string(), &second.to_string()[..10], "@"] {
        assert_eq!(repository.resolve(spec).unwrap(), Some(second), "{spec}");
    }
    for spec in ["HEAD~1", "v1", "refs/tags/v1-again", "main^"] {
        assert_eq!(repository.resolve(spec).unwrap(), Some(first), "{spec}");
    }
    for spec in ["absent", "refs/heads/absent", "", "--all", &blob, "HEAD:a", &"0".repeat(40)] {
        assert_eq!(repository.resolve(spec).unwrap(), None, "{spec}");
    }
}

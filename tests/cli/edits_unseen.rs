//! `git coord watch`: no edit is missed for what happens beside it, for what cannot be read, or for how much there is.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::watcher::Watching;
use super::watcher::beat;

/// Lets things happen of which a watcher hears at once.
fn in_one_batch(watching: &Watching, happen: impl FnOnce()) {
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &watching.process.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{name}");
    };
    signal("-STOP");
    happen();
    signal("-CONT");
}

#[test]
fn edit_while_another_stages_is_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let mut watching = Watching::start(&maria, &[]);
    in_one_batch(&watching, || {
        alice.write("src/a.rs", "fn a() { 1 }\n");
        alice.git(&["add", "src/a.rs"]);
        bob.write("src/a.rs", "fn a() { 2 }\n");
    });
    watching.expect("edit.collision", "src/a.rs");
    // And while another work tree goes.
    let carol = maria.agent("carol");
    let known = beat(&maria);
    watching.expect("finding.added", &known);
    in_one_batch(&watching, || {
        maria.git(&["worktree", "remove", "--force", carol.directory.to_str().unwrap()]);
        alice.write("src/b.rs", "fn b() { 1 }\n");
        bob.write("src/b.rs", "fn b() { 2 }\n");
        bob.git(&["checkout", "-q", "src/a.rs"]);
    });
    watching.expect("edit.collision", "src/b.rs");
    watching.expect("edit.settled", "src/a.rs");
}

/// Makes a directory that is too deep to be named, and one in it that nobody can list.
fn write_too_deep(root: &Path) {
    let name = "d".repeat(250);
    let half = |at: &Path| (0..9).fold(at.to_owned(), |path, _| path.join(&name));
    let (first, second) = (half(&root.join("deep")), half(&root.join("other")));
    for path in [&first, &second] {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("file"), "1").unwrap();
    }
    fs::rename(root.join("other"), first.join("other")).unwrap();
}

#[test]
fn what_cannot_be_read_hides_nothing_else() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob, carol) = (maria.agent("alice"), maria.agent("bob"), maria.agent("carol"));
    write_too_deep(&bob.directory);
    File::options().write(true).open(bob.directory.join("src/b.rs")).unwrap().set_len(300 << 20).unwrap();
    let index = maria.directory.join(".git/worktrees/carol/index");
    fs::write(&index, "no index").unwrap();
    let mut watching = Watching::start(&maria, &[]);
    for who in [&alice, &bob] {
        who.write("src/a.rs", &who.id);
    }
    watching.expect("edit.collision", "src/a.rs");
    // What is too large to be read counts as changed.
    alice.write("src/b.rs", "fn b() { 1 }\n");
    watching.expect("edit.collision", "src/b.rs");

    // Of a work tree that cannot be looked at one hears, once, until it can be.
    let place = carol.directory.display().to_string();
    let told = watching.expect("watch.limited", &place);
    assert!(text(&told["detail"]).starts_with("what is changed there is not told: "), "{told}");
    for _ in 0..3 {
        let beat = beat(&maria);
        watching.expect("finding.added", &beat);
    }
    assert_eq!(watching.count("watch.limited", &place), 1);
    fs::remove_file(&index).unwrap();
    carol.git(&["reset", "-q"]);
    watching.seen.clear();
    carol.write("src/a.rs", &carol.id);
    let told = watching.expect("edit.collision", "src/a.rs");
    assert_eq!(told["sides"][1]["principal"], carol.id.as_str(), "{told}");
}

#[test]
fn more_collisions_than_anybody_reads_are_counted() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    for who in [&alice, &bob] {
        for number in 0..600 {
            who.write(&format!("made/{number:03}"), &who.id);
        }
    }
    let told = maria.coord(&["watch", "--count", "201"]).ok().objects();
    let is_collision = |event: &&Value| event["event"] == "edit.collision";
    assert_eq!(told.iter().filter(is_collision).count(), 200);
    let limited = &told[200];
    assert_eq!((&limited["event"], &limited["id"]), (&"watch.limited".into(), &"edit.collision".into()), "{limited}");
    assert!(text(&limited["detail"]).contains(": 400; at most 200 "), "{limited}");

    let mut watching = Watching::start(&maria, &[]);
    watching.expect("watch.limited", "edit.collision");
    let before = watching.seen.iter().filter(is_collision).count();
    // Looking at everything again tells nothing anew; whoever works on one hears of it.
    bob.git(&["add", "made/000"]);
    let looked = beat(&maria);
    watching.expect("finding.added", &looked);
    alice.write("made/555", "again");
    watching.expect("edit.collision", "made/555");
    assert_eq!(watching.seen.iter().filter(is_collision).count(), before + 1);
    assert_eq!(watching.count("watch.limited", "edit.collision"), 1);
}

/// Where both have the same nothing can be lost.
#[test]
fn same_content_on_both_sides_is_no_collision() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let mut watching = Watching::start(&maria, &[]);
    for who in [&alice, &bob] {
        who.write("src/a.rs", "fn same() {}\n");
        fs::remove_file(who.directory.join("src/b.rs")).unwrap();
        let seen = beat(&maria);
        watching.expect("finding.added", &seen);
    }
    for path in ["src/a.rs", "src/b.rs"] {
        assert_eq!(watching.count("edit.collision", path), 0, "{path}");
    }
    bob.write("src/a.rs", "fn other() {}\n");
    watching.expect("edit.collision", "src/a.rs");
    bob.write("src/a.rs", "fn same() {}\n");
    watching.expect("edit.settled", "src/a.rs");
}

/// A work tree of which git itself could not tell where it is ends nothing.
#[test]
fn damaged_pointer_to_a_work_tree_is_told_and_passed_over() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob, carol) = (maria.agent("alice"), maria.agent("bob"), maria.agent("carol"));
    let mut watching = Watching::start(&maria, &[]);
    let git_dir = maria.directory.join(".git/worktrees/carol");
    let pointer = fs::read(git_dir.join("gitdir")).unwrap();
    fs::remove_file(git_dir.join("gitdir")).unwrap();
    fs::create_dir(git_dir.join("gitdir")).unwrap();
    for who in [&alice, &bob] {
        who.write("src/a.rs", &who.id);
    }
    watching.expect("edit.collision", "src/a.rs");
    let place = git_dir.display().to_string();
    let told = watching.expect("watch.limited", &place);
    assert!(text(&told["detail"]).contains("cannot be read"), "{told}");
    alice.coord(&["claim", "src/b.rs", "--intent", "x"]).ok();
    fs::remove_dir(git_dir.join("gitdir")).unwrap();
    fs::write(git_dir.join("gitdir"), pointer).unwrap();
    carol.write("src/b.rs", &carol.id);
    bob.write("src/b.rs", &bob.id);
    watching.expect("edit.collision", "src/b.rs");
    assert_eq!(watching.count("watch.limited", &place), 1);
}

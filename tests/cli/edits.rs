//! `git coord watch`: two work trees that change one file are told of, claimed or not, however the files are watched.

use std::fs;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::watcher::Watching;
use super::watcher::beat;

/// Lets something happen that is told after everything before it, and returns what was told of edits.
fn edits_so_far(watching: &mut Watching, actor: &Actor) -> Vec<Value> {
    // Edits are looked at once they are hinted at; two beats are more than the pause after which they are.
    for _ in 0..2 {
        std::thread::sleep(std::time::Duration::from_millis(400));
        let beat = beat(actor);
        watching.expect("finding.added", &beat);
    }
    let is_edit = |event: &&Value| text(&event["event"]).starts_with("edit.");
    watching.seen.iter().filter(is_edit).cloned().collect()
}

fn sides(event: &Value) -> Vec<(String, String, String)> {
    let side = |side: &Value| (text(&side["principal"]), text(&side["worktree"]), text(&side["how"]));
    event["sides"].as_array().unwrap().iter().map(side).collect()
}

fn side(who: &Actor, how: &str) -> (String, String, String) {
    (who.id.clone(), who.directory.display().to_string(), how.to_owned())
}

fn check_collisions(arguments: &[&str]) {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let mut watching = Watching::start(&maria, arguments);
    let claim = text(&alice.claim(&["src/a.rs"])["id"]);
    // The twins: a claimed file changed by its holder, twice; two files changed by two.
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.write("src/a.rs", "fn a() { 11 }\n");
    bob.write("src/b.rs", "fn b() { 2 }\n");
    assert_eq!(edits_so_far(&mut watching, &maria), [Value::Null; 0]);

    bob.write("src/a.rs", "fn a() { 2 }\n");
    let told = watching.expect("edit.collision", "src/a.rs");
    assert_eq!(sides(&told), [side(&alice, "uncommitted"), side(&bob, "uncommitted")], "{told}");
    assert_eq!(told["sides"][0]["claim"], claim.as_str());
    assert_eq!(
        (&told["holders"][0]["claim"], &told["holders"][0]["holder"]),
        (&claim.as_str().into(), &alice.id.as_str().into())
    );
    // Once, however often they go on, until it ends.
    bob.write("src/a.rs", "fn a() { 22 }\n");
    alice.commit("Change a");
    assert_eq!(edits_so_far(&mut watching, &maria).len(), 1);
    bob.git(&["checkout", "-q", "src/a.rs"]);
    watching.expect("edit.settled", "src/a.rs");
    watching.seen.clear();
    bob.write("src/a.rs", "fn a() { 222 }\n");
    let told = watching.expect("edit.collision", "src/a.rs");
    assert_eq!(sides(&told), [side(&alice, "unlanded"), side(&bob, "uncommitted")], "{told}");

    // New files in new directories, unclaimed; ignored ones and those of git are nobody's.
    watching.seen.clear();
    for who in [&alice, &bob] {
        who.write(".git-not/ours", "1");
        fs::write(who.directory.join("seen"), "1").unwrap();
        who.write("docs/deep/new.md", &who.id);
    }
    watching.expect("edit.collision", "docs/deep/new.md");
    fs::remove_dir_all(bob.directory.join("docs")).unwrap();
    watching.expect("edit.settled", "docs/deep/new.md");
    maria.write(".git/info/exclude", "/.coord/\nout/\n");
    for who in [&alice, &bob] {
        who.write("out/x/y", &who.id);
    }

    // Work trees come and go.
    let carol = maria.agent("carol");
    watching.seen.clear();
    carol.write("src/b.rs", "fn b() { 3 }\n");
    let told = watching.expect("edit.collision", "src/b.rs");
    assert_eq!(sides(&told), [side(&bob, "uncommitted"), side(&carol, "uncommitted")], "{told}");
    maria.git(&["worktree", "remove", "--force", carol.directory.to_str().unwrap()]);
    watching.expect("edit.settled", "src/b.rs");
    let all = edits_so_far(&mut watching, &maria);
    assert!(all.iter().all(|event| !text(&event["id"]).starts_with("out/")), "{all:?}");
}

#[test]
fn second_edit_of_a_file_is_told() {
    check_collisions(&[]);
}

#[test]
fn second_edit_is_told_when_polling() {
    check_collisions(&["--poll"]);
}

/// Where the system's watches do not reach, the files are looked at again and again, and that is said once.
#[test]
fn second_edit_is_told_where_watches_do_not_reach() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    maria.git(&["config", "coord.watches", "2"]);
    let limited = maria.coord(&["watch", "--count", "1"]).ok().json();
    assert_eq!(text(&limited["event"]), "watch.limited", "{limited}");
    let mut watching = Watching::start(&maria, &[]);
    for who in [&alice, &bob] {
        who.write("src/a.rs", &who.id);
    }
    watching.expect("edit.collision", "src/a.rs");
    assert_eq!(watching.count("watch.limited", "coord.watches"), 0, "it is said once, at the start");
}

/// Whoever begins to watch late is told what collides already.
#[test]
fn collisions_of_before_are_told_at_the_start() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    for who in [&maria, &alice] {
        who.write("src/a.rs", &who.id);
    }
    let ran = maria.coord(&["watch", "--count", "1"]).ok();
    let told = ran.json();
    assert_eq!((text(&told["event"]), text(&told["id"])), ("edit.collision".to_owned(), "src/a.rs".to_owned()));
    let said = maria.say(&["watch", "--count", "1"]).ok().stdout;
    assert!(said.starts_with("edit.collision  src/a.rs: maria-"), "{said}");
}

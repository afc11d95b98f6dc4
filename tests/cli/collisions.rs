//! What other work trees of the clone have changed is told to whoever is about to change it too, claimed or not.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns what `check` names of other work trees: path, principal and how far it has come.
fn named(actor: &Actor, paths: &[&str]) -> Vec<(String, String, String)> {
    let answer = actor.coord(&[&["check"], paths].concat()).ok().json();
    assert_eq!(answer["may"], true, "it is a remark: {answer}");
    told(&answer["changed_elsewhere"])
}

fn told(changes: &Value) -> Vec<(String, String, String)> {
    let fields = |change: &Value| (text(&change["path"]), text(&change["principal"]), text(&change["how"]));
    changes.as_array().unwrap().iter().map(fields).collect()
}

fn change(path: &str, who: &Actor, how: &str) -> (String, String, String) {
    (path.to_owned(), who.id.clone(), how.to_owned())
}

#[test]
fn check_names_what_others_have_changed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    assert!(named(&bob, &["src/"]).is_empty(), "nobody has changed anything");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.write("src/new.rs", "fn new() {}\n");
    alice.write("notes.txt", "x\n");
    let both = [change("src/a.rs", &alice, "uncommitted"), change("src/new.rs", &alice, "uncommitted")];
    assert_eq!(named(&bob, &["src/"]), both);
    assert_eq!(named(&bob, &["src/a.rs"]), both[..1]);
    assert_eq!(named(&bob, &["src/new.rs"]), both[1..]);
    // The twins: another path, and one's own changes.
    assert!(named(&bob, &["src/b.rs"]).is_empty());
    assert!(named(&alice, &["src/"]).is_empty());
    alice.git(&["add", "."]);
    assert_eq!(named(&bob, &["src/"]), both, "staged");
    alice.commit("Change");
    let committed = [change("src/a.rs", &alice, "unlanded"), change("src/new.rs", &alice, "unlanded")];
    assert_eq!(named(&bob, &["src/"]), committed);
    let said = bob.say(&["check", "src/a.rs"]).ok();
    assert!(said.stderr.contains("changed elsewhere: src/a.rs by alice"), "{}", said.stderr);
    assert_eq!(said.stdout, "free\n");
    // Whoever builds on it does not collide with it, and what is on the main line is everybody's.
    bob.git(&["merge", "-q", "alice"]);
    assert!(named(&bob, &["src/"]).is_empty());
    assert_eq!(named(&maria, &["src/a.rs"]).len(), 2, "it is neither's alone");
    maria.git(&["merge", "-q", "--squash", "alice"]);
    maria.commit("Take it all");
    assert!(named(&maria, &["src/"]).is_empty());
}

#[test]
fn claim_and_status_name_it_too() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let own = text(&alice.claim(&["src/"])["id"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let refused = bob.coord(&["check", "src/a.rs"]).exits(3).json();
    assert_eq!(told(&refused["changed_elsewhere"]), [change("src/a.rs", &alice, "uncommitted")]);
    assert_eq!(refused["changed_elsewhere"][0]["claim"], own.as_str());
    alice.coord(&["release", "--all"]).ok();
    let claim = bob.claim(&["src/a.rs", "docs/"]);
    assert_eq!(told(&claim["changed_elsewhere"]), [change("src/a.rs", &alice, "uncommitted")]);
    let of_status = |arguments: &[&str]| {
        let objects = bob.coord(&[&["status"], arguments].concat()).ok().objects();
        objects.into_iter().filter(|object| object["type"] == "changed_elsewhere").count()
    };
    assert_eq!((of_status(&["src/"]), of_status(&["--all"]), of_status(&["docs/"])), (1, 1, 0));
    assert_eq!(of_status(&[]), 0, "nobody asked to look at all files");
}

#[test]
fn work_tree_that_cannot_be_read_hides_no_other() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob, carol) = (maria.agent("alice"), maria.agent("bob"), maria.agent("carol"));
    for who in [&alice, &carol] {
        who.write("src/a.rs", "fn a() { 1 }\n");
    }
    std::fs::write(maria.directory.join(".git/worktrees/alice/index"), "garbage").unwrap();
    assert_eq!(named(&bob, &["src/a.rs"]), [change("src/a.rs", &carol, "uncommitted")]);
    std::fs::remove_dir_all(&carol.directory).unwrap();
    assert!(named(&bob, &["src/a.rs"]).is_empty());
    std::fs::remove_file(maria.directory.join(".git/worktrees/alice/index")).unwrap();
    alice.git(&["reset", "-q"]);
    assert_eq!(named(&bob, &["src/a.rs"]), [change("src/a.rs", &alice, "uncommitted")]);
}

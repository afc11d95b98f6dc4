//! Work trees of a bare repository: whoever joins in one acts there, and the repository itself stays a server.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns a bare clone of a repository with a ledger, its root and bob, who is enrolled and has a work tree of it.
fn bob_beside_a_bare_repository(sandbox: &Sandbox) -> (Actor, Actor, Actor) {
    let maria = sandbox.ledger();
    let id = text(&maria.coord(&["enroll", "bob", "--role", "builder"]).ok().json()["id"]);
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["clone", "-q", "--bare", "work", "repo.git"]);
    let bare = sandbox.somebody(&sandbox.root.join("repo.git"));
    // It is no clone of that any more: where it came from would decide.
    bare.git(&["remote", "remove", "origin"]);
    bare.git(&["config", "user.name", "Somebody"]);
    bare.git(&["config", "user.email", "somebody@example.org"]);
    bare.git(&["worktree", "add", "-q", "-b", "wb", "../b", "main"]);
    let bob = Actor { id, ..sandbox.somebody(&sandbox.root.join("b")) };
    (maria, bare, bob)
}

/// Returns what `doctor` says of a subject: how good it is, and its message.
#[track_caller]
fn told(actor: &Actor, subject: &str) -> (String, String) {
    let looked_at = actor.coord(&["doctor"]).objects();
    let found = looked_at.iter().find(|found| found["subject"] == subject);
    let found = found.unwrap_or_else(|| panic!("nothing is said of {subject}: {looked_at:?}"));
    (text(&found["health"]), text(&found["message"]))
}

#[test]
fn whoever_joins_in_a_work_tree_of_a_bare_repository_acts_there() {
    let sandbox = Sandbox::new();
    let (maria, bare, bob) = bob_beside_a_bare_repository(&sandbox);
    bob.coord(&["join", "bob"]).ok();
    assert_eq!(text(&bob.coord(&["whoami"]).ok().json()["id"]), bob.id);
    assert_eq!(told(&bob, "key"), ("good".to_owned(), format!("`{}` can sign", bob.id)));
    let hooks = told(&bob, "hooks");
    assert!(hooks.0 == "good" && hooks.1.contains("pre-commit"), "{hooks:?}");
    // Commits are signed with bob's key, and the client hooks run.
    bob.claim(&["src/a.rs"]);
    bob.write("src/a.rs", "fn changed() {}\n");
    let commit = bob.commit("Change a");
    assert!(bob.git(&["cat-file", "commit", &commit]).contains("-----BEGIN SSH SIGNATURE-----"));
    let signers = maria.say(&["principals", "--allowed-signers"]).ok().stdout;
    bob.write("../signers", &signers);
    let file = format!("gpg.ssh.allowedSignersFile={}", sandbox.root.join("signers").display());
    let verified = bob.try_git(&["-c", &file, "verify-commit", &commit]).ok();
    assert!(verified.stderr.contains(&format!("signature for {}", bob.id)), "{verified}");
    assert!(bob.git(&["log", "-1", "--format=%B"]).contains("Coord-Claim:"), "the hook adds the claim");
    // What says so belongs to bob's work tree alone.
    let other = Actor { id: String::new(), ..sandbox.somebody(&sandbox.root.join("c")) };
    bare.git(&["worktree", "add", "-q", "-b", "wc", "../c", "main"]);
    assert_eq!(other.try_git(&["config", "coord.as"]).code, 1);
    assert_eq!(bare.try_git(&["config", "user.signingKey"]).code, 1);
}

/// That a hub is enrolled says nothing of its hooks, which only the server's repository can show.
#[test]
fn enforcement_is_told_as_far_as_it_is_known() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let here = told(&hub.maria, "enforcement").1;
    assert!(here.contains("as far as is known here"), "{here}");
    let there = told(&sandbox.somebody(&hub.directory), "enforcement").1;
    assert!(there.contains("the server hooks are here"), "{there}");
}

#[test]
fn bare_repository_counts_as_a_server_all_the_same() {
    let sandbox = Sandbox::new();
    let (_, bare, bob) = bob_beside_a_bare_repository(&sandbox);
    bob.coord(&["join", "bob"]).ok();
    assert_eq!(bare.git(&["rev-parse", "--is-bare-repository"]), "true");
    let hooks = told(&bare, "hooks");
    assert!(hooks.0 == "bad" && hooks.1.contains("pre-receive missing"), "{hooks:?}");
    bare.coord(&["hooks", "install", "--server"]).ok();
    let hooks = told(&bare, "hooks");
    assert!(hooks.0 == "good" && hooks.1.contains("pre-receive"), "{hooks:?}");
    assert_eq!(told(&bob, "hooks").0, "good");
}

#[test]
fn bare_repository_has_no_need_of_client_hooks() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let server = sandbox.somebody(&hub.directory);
    let states = server.coord(&["hooks", "status"]).ok().objects();
    let named: Vec<_> = states.iter().map(|state| text(&state["hook"])).collect();
    assert!(named.contains(&"pre-receive".to_owned()) && !named.contains(&"pre-commit".to_owned()), "{named:?}");
    server.coord(&["join", &hub.maria.id]).ok();
    assert!(!server.has("hooks/pre-commit"), "nobody commits there");
    server.coord(&["hooks", "uninstall", "--server"]).ok();
    server.coord(&["hooks", "status"]).exits(1);
    // Where somebody works, client hooks are what counts.
    let states = hub.maria.coord(&["hooks", "status"]).ok().objects();
    assert!(states.iter().any(|state| state["hook"] == "pre-commit"), "{states:?}");
    hub.maria.coord(&["hooks", "status", "--server"]).exits(1);
}

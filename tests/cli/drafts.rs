//! Drafts: what differs from the ledger in its checkout, however it came about.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn drafts(actor: &Actor) -> Vec<Value> {
    actor.coord(&["status"]).ok().of_type("draft")
}

fn paths(actor: &Actor) -> Vec<String> {
    drafts(actor).iter().map(|draft| text(&draft["path"])).collect()
}

/// Puts the ledger's checkout away and a link in its place, and asks what is told then.
fn with_checkout_replaced(actor: &Actor, target: &Path, ask: impl FnOnce()) {
    let (checkout, away) = (actor.directory.join(".coord"), actor.directory.join("../away"));
    fs::rename(&checkout, &away).unwrap();
    symlink(target, &checkout).unwrap();
    ask();
    fs::remove_file(&checkout).unwrap();
    fs::rename(&away, &checkout).unwrap();
}

#[test]
fn link_in_the_place_of_the_checkout_is_told_and_not_followed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    let outside = sandbox.root.join("outside");
    fs::create_dir_all(outside.join("claims")).unwrap();
    fs::write(outside.join("claims/secret.toml"), "format = 1\n").unwrap();
    with_checkout_replaced(&maria, &outside, || {
        for arguments in [&["status"][..], &["status", "--all"]] {
            let ran = maria.coord(arguments).ok();
            let told: Vec<_> = ran.of_type("draft").iter().map(|draft| draft["code"].clone()).collect();
            assert_eq!(told, ["worktree.replaced"], "{ran}");
            assert_eq!(ran.of_type("claim").len(), 1, "the ledger is read as ever: {ran}");
            let said = maria.say(arguments).ok().stdout;
            assert!(said.contains("checkout: (worktree.replaced)") && said.contains("git coord join"), "{said}");
            assert!(!said.contains("secret") && !said.contains("git coord commit"), "{said}");
        }
        maria.coord(&["commit"]).fails(4, "worktree.replaced");
    });
    assert_eq!(paths(&maria), [""; 0]);
    maria.write(".coord/claims/c-22222222.toml", "format = 1\n");
    assert_eq!(paths(&maria), ["claims/c-22222222.toml"], "in its place it is read");
    maria.coord(&["commit"]).ok();
}

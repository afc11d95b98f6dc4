//! One clone, one `.coord/`, several principals: whose entry a raw commit is, and what a bad one does to the others.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const DRAFT: &str = "claims/c-7k2f9qxm.toml";

/// Writes a claim by hand, and stages it.
fn draft(actor: &Actor, holder: &Actor, path: &str) {
    let expires = text(&actor.claim(&["elsewhere/"])["expires"]);
    let record = format!(
        "format = 1\nholder = \"{}\"\nintent = \"By hand\"\npaths = [\"{path}\"]\nexpires = {expires}\n",
        holder.id
    );
    actor.ledger().write(DRAFT, &record);
    actor.ledger().git(&["add", "claims"]);
}

/// Returns who signed the entry that ends the ledger; empty if it is void.
fn last_signer(actor: &Actor) -> String {
    let entry = actor.coord(&["log", "-n", "1"]).ok().json();
    if entry["void"].is_null() { text(&entry["signer"]) } else { String::new() }
}

#[test]
fn raw_entry_is_that_of_the_key_that_git_signs_with() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, _) = (maria.agent("alice"), maria.agent("bob"));
    draft(&alice, &alice, "docs/");
    let before = alice.head();
    // The checkout signs with the main worktree's key, whoever is named.
    for actor in [alice.clone(), alice.with_env("GIT_COORD_AS", &alice.id)] {
        let refused = actor.ledger().try_git(&["commit", "-q", "-S", "-m", "Claim"]).exits(1);
        assert!(refused.stderr.contains("(record.owner)"), "{refused}");
        assert!(refused.stderr.contains("-c user.signingKey="), "it says how: {refused}");
        assert_eq!(alice.head(), before);
    }
    let key = format!("user.signingKey={}", alice.git(&["config", "user.signingKey"]));
    alice.ledger().git(&["-c", &key, "commit", "-q", "-S", "-m", "Claim"]);
    assert_eq!(last_signer(&alice), alice.id);
}

#[test]
fn owner_of_the_main_worktree_needs_to_name_no_key() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.agent("alice");
    draft(&maria, &maria, "docs/");
    maria.ledger().git(&["commit", "-q", "-S", "-m", "Claim"]);
    assert_eq!(last_signer(&maria), maria.id);
}

#[test]
fn void_head_is_dropped_where_a_remote_decides() {
    for verb in [&["sync"][..], &["claim", "src/", "--intent", "Work"]] {
        let sandbox = Sandbox::new();
        let hub = sandbox.hub();
        let alice = hub.maria.agent("alice");
        draft(&alice, &alice, "docs/");
        alice.ledger().git(&["commit", "-q", "-S", "--no-verify", "-m", "Claim"]);
        let void = alice.head();
        assert_eq!(last_signer(&alice), "", "maria's key signs a claim of alice");
        alice.coord(verb).ok();
        assert!(alice.try_git(&["merge-base", "--is-ancestor", &void, "refs/heads/coord"]).code == 1, "it is gone");
        assert_eq!(alice.coord(&["status"]).ok().json()["void"], 0);
        let claims = alice.coord(&["status"]).ok().of_type("claim");
        assert!(claims.iter().all(|claim| claim["id"] != "c-7k2f9qxm"), "nobody signed it anew");
        let there = sandbox.somebody(&hub.directory).git(&["rev-parse", "refs/heads/coord"]);
        assert_eq!(there, alice.head());
    }
}

#[test]
fn valid_raw_head_goes_along_where_a_remote_decides() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    draft(maria, maria, "docs/");
    maria.ledger().git(&["commit", "-q", "-S", "-m", "Claim"]);
    let raw = maria.head();
    maria.claim(&["src/"]);
    let there = sandbox.somebody(&hub.directory);
    there.git(&["merge-base", "--is-ancestor", &raw, "refs/heads/coord"]);
    assert_eq!(there.git(&["rev-parse", "refs/heads/coord"]), maria.head());
}

#[test]
fn pin_that_was_checked_is_not_called_first_use() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let alice = hub.maria.agent("alice");
    let said = alice.say(&["join", &alice.id]).ok();
    assert!(!said.stderr.contains("first use"), "init of this clone made the ledger: {said}");
    let other = hub.clone(&sandbox, "other");
    let said = other.say(&["join", &alice.id, "--remote", "hub"]).ok();
    assert!(said.stderr.contains("first use"), "nobody checked it in this one: {said}");
    let pin = text(&alice.coord(&["verify"]).ok().json()["pin"]);
    let third = hub.clone(&sandbox, "third");
    let said = third.say(&["join", &alice.id, "--remote", "hub", "--pin", &pin]).ok();
    assert!(!said.stderr.contains("first use"), "{said}");
}

#[test]
fn offered_claim_is_accepted_by_its_path() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.claim(&["src/"]);
    bob.coord(&["handoff", "src/", "--accept"]).fails(2, "usage.not-found");
    alice.coord(&["handoff", "src/", "--to", &bob.id]).ok();
    let taken = bob.coord(&["handoff", "src/", "--accept"]).ok().json();
    assert_eq!(taken["holder"], bob.id.as_str());
}

#[test]
fn release_of_no_claims_says_whose_there_are_none() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let error = maria.coord(&["release", "--all"]).fails(2, "usage.not-found");
    assert_eq!(error["message"], format!("there is no claim of `{}`", maria.id));
    maria.claim(&["src/"]);
    maria.coord(&["release", "--all"]).ok();
}

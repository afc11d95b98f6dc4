//! Claims that were revoked and still lie there: `revoke` was stopped between its two entries, or somebody typed the first.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

/// Types a revocation into the checkout, as its owner would.
fn type_revocation(maria: &Actor, claim: &str) {
    let file = format!(".coord/claims/{claim}.toml");
    let rev = |number: u32| format!("rev = {number}\n");
    let text = maria.read(&file).replace(&rev(1), &rev(2));
    maria.write(&file, &format!("{text}revoked-by = \"{}\"\n", maria.id));
}

/// Returns a ledger in which a claim of the second actor's on `src/` is revoked but not removed, and its id.
fn revoked(sandbox: &Sandbox) -> ([Actor; 3], String) {
    let maria = sandbox.ledger();
    let [alice, bob] = ["alice", "bob"].map(|name| maria.agent(name));
    let claim = text(&alice.claim(&["src/"])["id"]);
    type_revocation(&maria, &claim);
    maria.raw_commit("Revoke by hand").ok();
    assert_eq!(claims(&maria).first(), Some(&claim));
    ([maria, alice, bob], claim)
}

fn claims(actor: &Actor) -> Vec<String> {
    let claims = actor.coord(&["status"]).ok().of_type("claim");
    claims.iter().map(|claim| text(&claim["id"])).collect()
}

#[test]
fn who_lost_a_claim_is_not_told_to_have_it() {
    let sandbox = Sandbox::new();
    let ([_, alice, bob], claim) = revoked(&sandbox);
    let unclaimed = |actor: &Actor| actor.coord(&["check", "src/a.rs"]).ok().json()["unclaimed"].clone();
    assert_eq!(unclaimed(&alice), serde_json::json!(["src/a.rs"]));
    assert_eq!(unclaimed(&bob), serde_json::json!(["src/a.rs"]), "nobody holds it");
    let again = alice.claim(&["src/"]);
    assert_ne!(again["id"], claim.as_str());
    assert_eq!(claims(&alice), [text(&again["id"])], "it replaces what was revoked");
    assert_eq!(unclaimed(&alice), serde_json::json!([]), "the twin: what is in force covers");
    assert_eq!(alice.claim(&["src/"])["id"], again["id"], "and is answered with");
    bob.coord(&["check", "src/a.rs"]).exits(3);
    bob.coord(&["claim", "src/", "--intent", "x"]).fails(3, "claim.held");
}

#[test]
fn revoked_claim_is_in_nobodys_way() {
    for queue in [&[][..], &["--queue"]] {
        let sandbox = Sandbox::new();
        let ([_, alice, bob], _) = revoked(&sandbox);
        let taken = bob.coord(&[&["claim", "src/a.rs", "--intent", "x"], queue].concat()).ok().json();
        assert_eq!(taken["state"], "held", "{taken}");
        assert_eq!(claims(&bob), [text(&taken["id"])]);
        alice.coord(&["claim", "src/", "--intent", "x"]).fails(3, "claim.held");
    }
}

#[test]
fn revoked_claim_keeps_nobody_from_widening_an_own_one() {
    let sandbox = Sandbox::new();
    let ([_, _, bob], _) = revoked(&sandbox);
    let own = bob.claim(&["docs/a/"]);
    let wide = bob.coord(&["claim", "docs/", "src/", "--intent", "x", "--queue"]).ok().json();
    assert_eq!((&wide["state"], &wide["replaced"]), (&"held".into(), &serde_json::json!([own["id"]])), "{wide}");
    assert_eq!(claims(&bob), [text(&wide["id"])]);
}

#[test]
fn renewal_of_all_leaves_out_what_was_revoked() {
    let sandbox = Sandbox::new();
    let ([_, alice, _], claim) = revoked(&sandbox);
    for asked in [&["renew"][..], &["renew", "src/"], &["renew", &claim]] {
        alice.coord(asked).fails(3, "claim.fenced");
    }
    let other = text(&alice.claim(&["docs/"])["id"]);
    let renewed: Vec<_> = alice.coord(&["renew"]).ok().objects().iter().map(|lease| text(&lease["id"])).collect();
    assert_eq!(renewed, [other]);
    alice.coord(&["renew", &claim]).fails(3, "claim.fenced");
    alice.coord(&["release", "--all"]).ok();
    assert_eq!(claims(&alice), [""; 0], "it is given back with the rest");
}

#[test]
fn commit_under_a_revoked_claim_renews_and_names_none() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = |actor: &Actor| actor.coord(&["claim", "src/", "--intent", "x", "--ttl", "5m"]).ok().json();
    let lost = text(&claim(&alice)["id"]);
    type_revocation(&maria, &lost);
    maria.raw_commit("Revoke by hand").ok();
    let commit = |content: &str| {
        alice.write("src/a.rs", content);
        alice.git(&["add", "."]);
        let ran = alice.try_git(&["commit", "-q", "-m", "Change a"]).ok();
        (ran.stderr, alice.git(&["log", "-1", "--format=%B"]))
    };
    let (said, message) = commit("fn a() { 1 }\n");
    assert!(!said.contains("cannot check") && !message.contains("Coord-Claim"), "{said}{message}");
    let own = text(&claim(&alice)["id"]);
    let (said, message) = commit("fn a() { 2 }\n");
    assert!(!said.contains("cannot check") && message.contains(&own), "{said}{message}");
}

#[test]
fn revocation_that_was_typed_is_committed_by_who_revokes() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = text(&alice.claim(&["src/"])["id"]);
    type_revocation(&maria, &claim);
    let draft = &maria.coord(&["status"]).ok().of_type("draft")[0];
    assert_eq!((&draft["ok"], &draft["owner"]), (&true.into(), &maria.id.as_str().into()), "{draft}");
    let (head, file) = (maria.head(), format!("claims/{claim}.toml"));
    alice.coord(&["commit"]).ok();
    assert_eq!(maria.head(), head, "it is not the holder's");
    maria.coord(&["commit", &file]).ok();
    let found = &maria.coord(&["status"]).ok().of_type("claim")[0];
    assert_eq!(found["revoked_by"], maria.id.as_str());
    std::fs::remove_file(maria.directory.join(format!(".coord/claims/{claim}.toml"))).unwrap();
    maria.coord(&["commit", &file]).ok();
    assert_eq!(claims(&maria), [""; 0]);
    alice.claim(&["src/"]);
}

#[test]
fn revocation_without_the_right_is_no_good_draft() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let [alice, bob] = ["alice", "bob"].map(|name| maria.agent(name));
    let claim = text(&alice.claim(&["src/"])["id"]);
    type_revocation(&Actor { id: bob.id.clone(), ..maria.clone() }, &claim);
    let draft = &bob.coord(&["status"]).ok().of_type("draft")[0];
    assert_eq!((&draft["ok"], &draft["owner"]), (&false.into(), &bob.id.as_str().into()), "{draft}");
    maria.write(&format!(".coord/claims/{claim}.toml"), &maria.git(&["show", &format!("coord:claims/{claim}.toml")]));
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&alice.id, "docs/"));
    alice.coord(&["commit"]).ok();
    assert_eq!(claims(&alice).len(), 2, "a claim that nobody revokes is its holder's");
}

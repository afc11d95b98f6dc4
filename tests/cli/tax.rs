//! `git coord tax`: a story with every kind of cost, measured from outside.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

fn one(actor: &Actor, arguments: &[&str], kind: &str) -> Value {
    let mut found = actor.coord(&[&["tax"], arguments].concat()).ok().of_type(kind);
    assert_eq!(found.len(), 1, "{kind}: {found:?}");
    found.remove(0)
}

/// Returns these fields of an object.
fn numbers<const N: usize>(object: &Value, fields: [&str; N]) -> [u64; N] {
    fields.map(|field| object[field].as_u64().unwrap_or_else(|| panic!("{field}: {object}")))
}

fn delta(request: &Value) -> String {
    text(&request["delta"])
}

/// Returns the root of a ledger in which a change was rejected, updated, approved, updated, approved, and landed; a claim was
/// revoked, an entry is void, and two commits stand on a branch that nobody asked to land.
fn story(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    maria.coord(&["land", "--adopt", "main"]).ok();
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let asked = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let id = text(&asked["id"]);
    maria.coord(&["reject", &id, "--delta", &delta(&asked), "--reason", "Too little"]).ok();
    let mut last = asked;
    for content in ["fn a() { 2 }\n", "fn a() { 3 }\n"] {
        alice.write("src/a.rs", content);
        alice.commit("Change a more");
        last = alice.coord(&["request", "HEAD", "--update", &id]).ok().json();
        maria.coord(&["approve", &id, "--delta", &delta(&last)]).ok();
    }
    assert_eq!(last["rev"], 3);
    maria.coord(&["land", &id]).ok();
    let lost = bob.claim(&["docs/"]);
    maria.coord(&["revoke", &text(&lost["id"])]).ok();
    bob.write("src/b.rs", "fn b() { 1 }\n");
    bob.commit("Try b");
    bob.write("src/b.rs", "fn b() { 2 }\n");
    bob.commit("Try b again");
    // `maria` signs a claim of `alice`.
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&alice.id, "x"));
    maria.raw(&["add", "-A"]).ok();
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Claim"]).ok();
    (maria, alice)
}

#[test]
fn every_cost_is_counted_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let (maria, alice) = story(&sandbox);
    let head = maria.head();
    let whole = one(&maria, &[], "tax");
    assert_eq!((&whole["since"], &whole["void"]), (&Value::Null, &1.into()));
    let requests = one(&maria, &[], "tax_requests");
    assert_eq!(numbers(&requests, ["opened", "landed", "closed", "open", "waited"]), [1, 1, 0, 0, 1]);
    let waits = maria.coord(&["tax"]).ok().of_type("tax_wait");
    let counts: Vec<_> = waits.iter().map(|wait| (text(&wait["for"]), wait["requests"].as_u64().unwrap())).collect();
    let expected = [("approval", 1), ("veto", 0), ("author", 1), ("landing", 1)];
    assert_eq!(counts, expected.map(|(cause, count)| (cause.to_owned(), count)));
    let sum: u64 = waits.iter().map(|wait| wait["waited_s"].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), requests["waited_s"].as_u64(), "the parts are the whole");
    let rule = one(&maria, &[], "tax_rule");
    assert_eq!((&rule["protection"], &rule["from"]), (&"main".into(), &serde_json::json!(["reviewer", "maintainer"])));
    let principals = maria.coord(&["tax"]).ok().of_type("tax_principal");
    let parts: Vec<_> = principals.iter().map(|one| [&one["part"], &one["principal"]].map(text)).collect();
    assert_eq!(parts, [["approver".to_owned(), maria.id.clone()], ["author".to_owned(), alice.id.clone()]]);
    assert_eq!(principals[0]["times"], 2, "once for each revision that was approved");
    let approvals = one(&maria, &[], "tax_approvals");
    let fates = ["given", "used", "outdated", "withdrawn", "closed", "standing"];
    assert_eq!(numbers(&approvals, fates), [2, 1, 1, 0, 0, 0]);
    let claims = one(&maria, &[], "tax_claims");
    assert_eq!(numbers(&claims, ["made", "revoked", "taken", "expired", "released", "run_out"]), [2, 1, 0, 0, 0, 0]);
    let void = one(&maria, &[], "tax_void");
    assert_eq!((&void["code"], &void["count"]), (&"record.owner".into(), &1.into()));
    let changes = one(&maria, &[], "tax_changes");
    assert_eq!(numbers(&changes, ["asked", "unasked", "free_commits"]), [1, 0, 2]);
    assert_eq!(changes["share"], 0.667);
    let said = maria.say(&["tax"]).ok();
    assert!(said.stdout.len() < 2_048, "{said}");
    for part in ["1 outdated before use", "lost 1 (0 taken over, 1 revoked)", "void       record.owner: 1", "66.7 %"] {
        assert!(said.stdout.contains(part), "{part}: {said}");
    }
    assert!(said.stderr.contains("refused before it became an entry"), "{said}");
    assert_eq!(maria.head(), head, "measuring writes nothing");
}

#[test]
fn window_is_a_span_or_a_date_in_the_past() {
    let sandbox = Sandbox::new();
    let (maria, _) = story(&sandbox);
    let whole = one(&maria, &[], "tax_requests");
    for since in ["7d", "1970-01-01", "2001-02-03T04:05:06Z"] {
        let seen = one(&maria, &["--since", since], "tax_requests");
        assert_eq!((&seen["opened"], &seen["landed"]), (&whole["opened"], &whole["landed"]), "{since}");
    }
    assert_eq!(one(&maria, &["--since", "1970-01-01"], "tax")["since"], "1970-01-01T00:00:00Z");
    for bad in ["yesterday", "9998-01-01", "0d", "2026-13-01", ""] {
        maria.coord(&["tax", "--since", bad]).fails(2, "usage.argument");
    }
}

/// What somebody asked to land is on its way through the gate, wherever its branch is.
#[test]
fn only_what_nobody_asked_for_is_free() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    for agent in [&alice, &bob] {
        agent.write("src/a.rs", "fn a() { 1 }\n");
        agent.commit(&format!("Change a for {}", agent.id));
    }
    assert_eq!(one(&maria, &[], "tax_changes")["free_commits"], 2);
    let asked = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let changes = one(&maria, &[], "tax_changes");
    assert_eq!((&changes["free_commits"], &changes["share"]), (&1.into(), &1.0.into()));
    // A request that is closed was asked for all the same.
    alice.coord(&["request", "--close", &text(&asked["id"])]).ok();
    assert_eq!(one(&maria, &[], "tax_changes")["free_commits"], 1);
    assert_eq!(numbers(&one(&maria, &[], "tax_requests"), ["opened", "closed", "open"]), [1, 1, 0]);
}

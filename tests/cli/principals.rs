//! `principals suspend`, `revoke`, `reinstate`, `suspect`, `clear` and `confirm`, and what each says of what follows.

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn status_of(actor: &Actor, whom: &Actor) -> Value {
    let all = actor.coord(&["principals"]).ok().objects();
    all.into_iter().find(|one| one["id"] == whom.id.as_str()).unwrap()
}

impl Actor {
    /// Checks that a command is refused and leaves the ledger as it is.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], exit: i32, code: &str) -> Value {
        let head = self.head();
        let error = self.coord(arguments).fails(exit, code);
        assert_eq!(self.head(), head, "{arguments:?}");
        error
    }
}

/// S15, POL-12: one root member at once, and what follows is told.
#[test]
fn suspended_principal_acts_no_more_until_it_is_reinstated() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = text(&alice.claim(&["src/"])["id"]);
    let done = maria.coord(&["principals", "suspend", "alice"]).ok().json();
    assert_eq!((&done["type"], &done["id"]), (&"amended".into(), &alice.id.as_str().into()), "{done}");
    assert_eq!((&done["status"], &done["changed"]), (&"suspended".into(), &true.into()), "{done}");
    assert_eq!((&done["claims"], &done["reviews"]), (&json!([claim]), &0.into()), "{done}");
    assert_eq!(done["next"][0], format!("git coord revoke {claim}"), "{done}");
    assert_eq!(status_of(&maria, &alice)["status"], "suspended");
    alice.refuses(&["claim", "docs/", "--intent", "x"], 1, "key.revoked");
    alice.refuses(&["principals", "reinstate", "alice"], 1, "key.revoked");
    // Saying it again writes nothing.
    let head = maria.head();
    assert_eq!(maria.coord(&["principals", "suspend", &alice.id]).ok().json()["changed"], false);
    assert_eq!(maria.head(), head);
    let back = maria.coord(&["principals", "reinstate", "alice"]).ok().json();
    assert_eq!((&back["status"], &back["claims"]), (&"active".into(), &json!([])), "{back}");
    alice.claim(&["docs/"]);
    let said = maria.say(&["principals", "suspend", "alice"]).ok().stdout;
    assert!(said.contains("is suspended") && said.contains(&claim), "{said}");
}

/// S15: whoever is revoked never comes back.
#[test]
fn revoked_principal_never_acts_again() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.refuses(&["principals", "suspend", "bob"], 1, "record.right");
    alice.refuses(&["principals", "revoke", "bob"], 1, "record.right");
    alice.refuses(&["principals", "suspect", "bob"], 1, "record.right");
    maria.coord(&["principals", "revoke", "bob"]).ok();
    assert_eq!(status_of(&maria, &bob)["status"], "revoked");
    maria.refuses(&["principals", "reinstate", "bob"], 1, "principal.status");
    maria.refuses(&["principals", "suspend", "bob"], 1, "principal.status");
    bob.refuses(&["claim", "docs/", "--intent", "x"], 1, "key.revoked");
    // The twin: by itself, and of nobody else.
    let gone = alice.coord(&["principals", "revoke", "alice"]).ok().json();
    assert_eq!((&gone["status"], &gone["root_voices"]), (&"revoked".into(), &Value::Null), "{gone}");
    alice.refuses(&["claim", "docs/", "--intent", "x"], 1, "key.revoked");
    // S15: nobody would be left to decide.
    maria.refuses(&["principals", "suspect", "maria"], 1, "principal.status");
    maria.refuses(&["principals", "revoke", "maria"], 1, "principal.status");
}

#[test]
fn what_nobody_is_called_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    for verb in ["suspend", "revoke", "reinstate", "suspect", "clear", "confirm"] {
        maria.refuses(&["principals", verb, "nobody"], 2, "identity.unknown");
        maria.refuses(&["principals", verb], 2, "usage.argument");
    }
    for since in ["999", "never", "deadbeef"] {
        maria.refuses(&["principals", "suspect", "alice", "--since", since], 2, "usage.not-found");
        maria.refuses(&["principals", "revoke", "alice", "--suspect-since", since], 2, "usage.not-found");
    }
    maria.refuses(&["principals", "--allowed-signers", "revoke", "alice"], 2, "usage.argument");
    maria.refuses(&["principals", "suspect", "alice", "--since", "2099-01-01"], 2, "usage.argument");
    // Two of one name are told apart by their ids.
    let other = text(&maria.coord(&["enroll", "alice", "--role", "builder"]).ok().json()["id"]);
    maria.refuses(&["principals", "revoke", "alice"], 2, "usage.argument");
    // A claim is a claim: `revoke` alone ends no principal.
    let error = maria.refuses(&["revoke", &other], 2, "usage.argument");
    assert!(text(&error["message"]).contains("principals revoke"), "{error}");
    maria.coord(&["principals", "revoke", &other]).ok();
    assert_eq!(status_of(&maria, &alice)["status"], "active");
}

/// S15, KEY-2: since a height, a moment or a commit; only ever earlier; and what rests on the key is told.
#[test]
fn suspicion_tells_what_counts_no_more() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    let bob = maria.enroll("bob", &["--role", "reviewer", "--vendor", "openai"]);
    let asked = |path: &str| {
        alice.write(path, "Changed\n");
        let commit = alice.commit("Change it");
        let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        bob.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
        (commit, text(&request["id"]))
    };
    let (landed, request) = asked("docs/a.md");
    maria.coord(&["land", &request]).ok();
    let (_, open) = asked("docs/b.md");
    let now = maria.coord(&["principals", "suspect", "bob"]).ok().json();
    let since = now["suspect_since"].as_u64().unwrap();
    assert_eq!((&now["approvals"], &now["reviews"]), (&json!([]), &0.into()), "what was said before stands: {now}");
    let later = (since + 1).to_string();
    maria.refuses(&["principals", "suspect", "bob", "--since", &later], 1, "principal.status");
    let earlier = maria.coord(&["principals", "suspend", "bob", "--suspect-since", &landed]).ok().json();
    assert_eq!((&earlier["approvals"], &earlier["reviews"]), (&json!([open]), &0.into()), "{earlier}");
    let all = maria.coord(&["principals", "suspect", "bob", "--since", "0"]).ok().json();
    assert_eq!((&all["suspect_since"], &all["reviews"], &all["status"]), (&0.into(), &1.into(), &"suspended".into()));
    assert_eq!(maria.coord(&["audit"]).exits(1).of_type("debt").len(), 1);
    assert_eq!(maria.coord(&["principals", "suspect", "bob"]).ok().json()["changed"], false, "it is already");
    assert_eq!(status_of(&maria, &bob)["suspect_since"], 0);
    let cleared = maria.coord(&["principals", "clear", "bob"]).ok().json();
    assert_eq!((&cleared["suspect_since"], &cleared["reviews"]), (&Value::Null, &0.into()), "{cleared}");
    assert_eq!(cleared["approvals"], json!([open]), "it is still suspended");
    maria.coord(&["audit"]).ok();
}

/// S14: by a second principal, or by a root member; never by oneself.
#[test]
fn provisional_principal_is_confirmed_by_command() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let otto = maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let nora = maria.enroll("nora", &["--kind", "human", "--role", "maintainer", "--operator", "nora"]);
    let reviewer = |name: &str| otto.enroll(name, &["--role", "reviewer", "--vendor", "openai", "--operator", "x"]);
    let (bob, carol) = (reviewer("bob"), reviewer("carol"));
    assert_eq!(status_of(&maria, &bob)["confirmed"], false);
    otto.refuses(&["principals", "confirm", "bob"], 1, "principal.escalation");
    bob.refuses(&["principals", "confirm", "carol"], 1, "record.right");
    assert_eq!(nora.coord(&["principals", "confirm", "bob"]).ok().json()["confirmed"], true);
    assert_eq!(nora.coord(&["principals", "confirm", "bob"]).ok().json()["changed"], false);
    assert_eq!(maria.coord(&["principals", "confirm", "carol"]).ok().json()["confirmed"], true);
    assert_eq!(status_of(&maria, &carol)["confirmed"], true);
}

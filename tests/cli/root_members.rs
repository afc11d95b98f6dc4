//! Where it takes two root members: whom one of them enrolls, and what the others do when the key of one is stolen.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const MAINTAINER: [&str; 4] = ["--kind", "human", "--role", "maintainer"];

/// Lets these root members change the rules: the first opens the request and makes it active.
#[track_caller]
fn agree(members: &[&Actor], edit: impl FnOnce(&str) -> String) -> Value {
    let opener = members[0];
    opener.write("draft.toml", &edit(&opener.read(".coord/policy.toml")));
    let opened = opener.coord(&["policy", "propose", "draft.toml"]).ok().json();
    let (id, delta) = (text(&opened["id"]), text(&opened["delta"]));
    for member in &members[1..] {
        member.coord(&["approve", &id, "--delta", &delta]).ok();
    }
    opener.coord(&["policy", "activate", &id]).ok().json()
}

/// Puts these in the place of the root members, two of whom decide.
fn members<'a>(ids: &[&'a str]) -> impl FnOnce(&str) -> String + use<'a> {
    let ids: Vec<_> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    move |policy| {
        let line = policy.lines().find(|line| line.starts_with("members")).unwrap();
        policy.replacen("threshold = 1", "threshold = 2", 1).replacen(
            line,
            &format!("members = [{}]", ids.join(", ")),
            1,
        )
    }
}

/// Returns a root member who decided alone, and others with whom it takes two from now on.
fn two_of(sandbox: &Sandbox, names: &[&str]) -> (Actor, Vec<Actor>) {
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let others = names.iter().map(|name| maria.enroll(name, &[&MAINTAINER[..], &["--operator", name]].concat()));
    let others: Vec<_> = others.collect();
    let all: Vec<&str> = [maria.id.as_str()].into_iter().chain(others.iter().map(|other| other.id.as_str())).collect();
    agree(&[&[&maria][..], &others.iter().collect::<Vec<_>>()].concat(), members(&all));
    (maria, others)
}

/// POL-10, S14, with legal twin: a reviewer of one root member's own is none before another one says so.
#[test]
fn reviewer_whom_one_root_member_enrolled_waits_for_another() {
    let sandbox = Sandbox::new();
    let (maria, others) = two_of(&sandbox, &["otto"]);
    let otto = &others[0];
    let reviewer = ["--role", "reviewer", "--vendor", "openai", "--operator", "elsewhere"];
    let bob = maria.enroll("bob", &reviewer);
    let said = maria.say(&[&["enroll", "carol"][..], &reviewer].concat()).ok();
    assert!(said.stderr.contains("git coord principals confirm carol-"), "{said}");
    maria.write("docs/a.md", "Changed\n");
    maria.git(&["checkout", "-q", "-b", "work"]);
    maria.commit("Change it");
    let asked = maria.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    bob.coord(&["approve", &id, "--delta", &delta]).fails(1, "approval.threshold");
    maria.coord(&["principals", "confirm", "bob"]).fails(1, "principal.escalation");
    maria.coord(&["land", &id]).exits(1);
    let waits = otto.coord(&["inbox"]).ok().of_type("inbox");
    assert!(waits.iter().any(|item| item["kind"] == "confirm" && item["id"] == bob.id.as_str()), "{waits:?}");
    let confirmed = otto.coord(&["principals", "confirm", "bob"]).ok().json();
    assert_eq!(confirmed["confirmed"], true, "{confirmed}");
    bob.coord(&["approve", &id, "--delta", &delta]).ok();
    maria.coord(&["land", &id]).ok();
}

/// S14: whoever could confirm a builder is told, for until then hardly anybody may approve what it writes.
#[test]
fn builder_whom_one_root_member_enrolled_is_told_to_another() {
    let sandbox = Sandbox::new();
    let (maria, others) = two_of(&sandbox, &["otto"]);
    let bob = maria.enroll("bob", &["--role", "builder", "--vendor", "openai", "--operator", "elsewhere"]);
    let told = |who: &Actor| {
        let items = who.coord(&["inbox"]).ok().of_type("inbox");
        items.iter().any(|item| item["kind"] == "confirm" && item["id"] == bob.id.as_str())
    };
    assert_eq!([&maria, &others[0], &bob].map(told), [false, true, false]);
    others[0].coord(&["principals", "confirm", "bob"]).ok();
    assert!(!told(&others[0]));
}

/// S15, KEY-2, POL-4, with legal twin: the recipe of `docs/principals.md`.
#[test]
fn stolen_key_of_a_root_member_is_shut_out_by_the_others() {
    let sandbox = Sandbox::new();
    let (maria, others) = two_of(&sandbox, &["otto", "rosa"]);
    let [otto, rosa] = &others[..] else { panic!("two others") };
    // A thief with otto's key, alone: it neither revokes, nor drops anybody, nor brings in a second voice.
    otto.coord(&["principals", "revoke", "maria"]).fails(1, "principal.status");
    let own = |policy: &str| members(&[&otto.id, &rosa.id])(policy);
    otto.write("draft.toml", &own(&maria.read(".coord/policy.toml")));
    let opened = otto.coord(&["policy", "propose", "draft.toml"]).ok().json();
    otto.coord(&["policy", "activate", &text(&opened["id"])]).fails(1, "policy.threshold");
    // At once, by one of the others: what the key signs counts no more, and nothing that it said for a while.
    let since = maria.coord(&["verify"]).ok().json()["height"].to_string();
    let done = maria.coord(&["principals", "suspend", "otto", "--suspect-since", &since]).ok().json();
    assert_eq!((&done["root_voices"], &done["root_threshold"]), (&2.into(), &2.into()), "{done}");
    otto.coord(&["principals", "suspend", "maria"]).fails(1, "key.revoked");
    otto.coord(&["approve", &text(&opened["id"]), "--delta", &text(&opened["delta"])]).fails(1, "key.revoked");
    // Nobody ends a root member, nor takes it back, by one word.
    let refused = maria.coord(&["principals", "revoke", "otto"]).fails(1, "principal.status");
    assert!(text(&refused["message"]).contains("policy propose"), "{refused}");
    for verb in ["reinstate", "clear"] {
        let refused = maria.coord(&["principals", verb, "otto"]).fails(1, "principal.status");
        assert!(text(&refused["message"]).contains("enroll a new key"), "{refused}");
    }
    // By both: without it among the members, one revokes it.
    agree(&[&maria, rosa], members(&[&maria.id, &rosa.id]));
    rosa.coord(&["principals", "revoke", "otto"]).ok();
    // The person comes back with another key, for whom both speak.
    let anew = maria.enroll("otto2", &[&MAINTAINER[..], &["--operator", "otto"]].concat());
    rosa.coord(&["principals", "confirm", "otto2"]).ok();
    agree(&[rosa, &maria], members(&[&maria.id, &rosa.id, &anew.id]));
    let done = maria.coord(&["principals", "suspend", "rosa"]).ok().json();
    assert_eq!(done["root_voices"], 2, "{done}");
    maria.coord(&["verify", "--full"]).ok();
}

/// S15: a thief who is quicker leaves nobody to decide: nobody can tell which of them is the thief.
#[test]
fn thief_who_suspends_the_others_first_ends_what_takes_root_members() {
    let sandbox = Sandbox::new();
    let (maria, others) = two_of(&sandbox, &["otto", "rosa"]);
    let [otto, rosa] = &others[..] else { panic!("two others") };
    otto.coord(&["principals", "suspend", "maria"]).ok();
    let done = rosa.coord(&["principals", "suspend", "otto"]).ok().json();
    assert_eq!((&done["root_voices"], &done["root_threshold"]), (&1.into(), &2.into()), "{done}");
    rosa.coord(&["principals", "reinstate", "maria"]).fails(1, "principal.status");
    maria.coord(&["claim", "docs/", "--intent", "x"]).fails(1, "key.revoked");
    // The rest goes on.
    rosa.claim(&["docs/"]);
}

/// S15, legal twin: where it was not stolen after all, both agree to let one decide, and to go back.
#[test]
fn root_member_who_was_suspended_wrongly_comes_back_by_changes_of_the_rules() {
    let sandbox = Sandbox::new();
    let (maria, others) = two_of(&sandbox, &["otto", "rosa"]);
    let [otto, rosa] = &others[..] else { panic!("two others") };
    maria.coord(&["principals", "suspend", "otto", "--suspect-since", "0"]).ok();
    let one = |policy: &str| policy.replacen("threshold = 2", "threshold = 1", 1);
    agree(&[&maria, rosa], |policy| one(&members(&[&maria.id, &rosa.id])(policy)));
    rosa.coord(&["principals", "clear", "otto"]).ok();
    rosa.coord(&["principals", "reinstate", "otto"]).ok();
    agree(&[rosa, &maria, otto], members(&[&maria.id, &rosa.id, &otto.id]));
    let done = maria.coord(&["principals", "suspend", "rosa"]).ok().json();
    assert_eq!((&done["root_voices"], &done["root_threshold"]), (&2.into(), &2.into()), "{done}");
}

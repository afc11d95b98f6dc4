//! `policy propose`, `activate` and `rollback`: how the rules change, and that they are other rules then.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Proposes the active policy with one thing replaced.
fn propose(actor: &Actor, (from, to): (&str, &str)) -> (String, String) {
    let active = text(&actor.coord(&["policy", "show"]).ok().json()["text"]);
    let edited = active.replacen(from, to, 1);
    assert_ne!(edited, active, "{from}");
    actor.write("draft.toml", &edited);
    let opened = actor.coord(&["policy", "propose", "draft.toml", "--title", "Another rule"]).ok().json();
    assert_eq!((&opened["type"], &opened["opener"]), (&"policy-request".into(), &actor.id.clone().into()));
    (text(&opened["id"]), text(&opened["delta"]))
}

fn version(actor: &Actor) -> String {
    let shown = text(&actor.coord(&["policy", "show"]).ok().json()["text"]);
    shown.lines().find(|line| line.starts_with("version")).unwrap().to_owned()
}

/// What waits in somebody's inbox for a request.
fn waits(actor: &Actor, id: &str) -> Vec<String> {
    let items = actor.coord(&["inbox"]).ok().of_type("inbox");
    items.iter().filter(|item| item["id"] == id).map(|item| text(&item["kind"])).collect()
}

#[test]
fn rules_change_when_as_many_root_members_agree_as_they_say() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let otto = maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let carol = maria.enroll("carol", &["--role", "reviewer", "--vendor", "openai"]);
    // A second root member, and two of them for everything: the new one has to agree as well.
    let members = format!("members   = [\"{}\"", maria.id);
    let both = format!("{members}, \"{}\"", otto.id);
    let active = maria.read(".coord/policy.toml").replacen("threshold = 1", "threshold = 2", 1);
    assert!(active.contains(&members), "{active}");
    maria.write("draft.toml", &active.replacen(&members, &both, 1));
    let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    let (id, delta) = (text(&opened["id"]), text(&opened["delta"]));
    assert_eq!(opened["agreed"], false);
    let again = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    assert_eq!(again["id"], opened["id"], "nobody asks twice");
    assert_eq!(maria.coord(&["status"]).ok().of_type("policy-request").len(), 1);
    assert_eq!((waits(&otto, &id), waits(&maria, &id)), (vec!["agree".to_owned()], Vec::new()));
    assert!(text(&maria.coord(&["policy", "show", &id]).ok().json()["text"]).contains(&both));
    maria.coord(&["policy", "activate", &id]).fails(1, "policy.threshold");
    carol.coord(&["approve", &id, "--delta", &delta]).fails(1, "record.right");
    maria.coord(&["approve", &id, "--delta", &delta]).fails(1, "approval.self");
    let other = delta.replacen(&delta[7..11], "0000", 1);
    otto.coord(&["approve", &id, "--delta", &other]).fails(1, "approval.delta");
    otto.coord(&["approve", &id, "--delta", &delta]).ok();
    assert_eq!(waits(&otto, &id), ["activate"]);
    maria.coord(&["policy", "activate", &id]).ok();
    assert_eq!(version(&maria), "version = 2");
    maria.coord(&["show", &id]).ok();
    // From now on it takes both.
    let (id, delta) = propose(&maria, ("per-principal = 20", "per-principal = 1"));
    maria.coord(&["policy", "activate", &id]).fails(1, "policy.threshold");
    let taken = maria.coord(&["veto", &id, "--delta", &delta]);
    taken.ok();
    otto.coord(&["approve", &id, "--delta", &delta]).ok();
    otto.coord(&["policy", "activate", &id]).fails(1, "approval.veto");
    maria.coord(&["withdraw", &id]).ok();
    otto.coord(&["policy", "activate", &id]).ok();
    // They are other rules.
    maria.claim(&["one/"]);
    maria.coord(&["claim", "two/", "--intent", "More"]).fails(1, "claim.quota");
    // And back: a new version with the old content.
    let back = otto.coord(&["policy", "rollback", "2"]).ok().json();
    assert_eq!(back["version"], 4);
    let (id, delta) = (text(&back["id"]), text(&back["delta"]));
    maria.coord(&["approve", &id, "--delta", &delta]).ok();
    maria.coord(&["policy", "activate", &id]).ok();
    assert_eq!(version(&maria), "version = 4");
    maria.claim(&["two/"]);
    maria.coord(&["policy", "rollback", "9"]).fails(2, "usage.not-found");
    let verified = maria.coord(&["verify", "--full"]).ok().json();
    assert_eq!(verified["void"], 0);
    maria.assert_clean();
}

/// POL-12, with legal twin
#[test]
fn one_root_member_makes_the_rules_tighter_at_once() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let otto = maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let active = maria.read(".coord/policy.toml");
    let tighter = active.replacen("ttl-max       = \"4h\"", "ttl-max       = \"1h\"", 1);
    assert_ne!(tighter, active);
    let looser = tighter.replacen("per-principal = 20", "per-principal = 30", 1);
    otto.write("draft.toml", &tighter);
    otto.coord(&["policy", "activate", "draft.toml"]).fails(1, "policy.threshold");
    maria.write("draft.toml", &looser);
    maria.coord(&["policy", "activate", "draft.toml"]).fails(1, "policy.threshold");
    maria.write("draft.toml", &tighter);
    maria.coord(&["policy", "activate", "draft.toml"]).ok();
    assert_eq!(version(&maria), "version = 2");
    maria.coord(&["claim", "src/", "--intent", "Long", "--ttl", "2h"]).fails(1, "claim.ttl");
    maria.coord(&["claim", "src/", "--intent", "Short", "--ttl", "1h"]).ok();
}

#[test]
fn request_that_nobody_wants_any_more_is_closed_by_its_opener() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let otto = maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let (id, delta) = propose(&otto, ("per-principal = 20", "per-principal = 1"));
    otto.coord(&["policy", "activate", &id]).fails(1, "policy.threshold");
    maria.coord(&["reject", &id, "--delta", &delta, "--reason", "Too few."]).ok();
    maria.coord(&["request", "--close", &id]).fails(1, "record.owner");
    otto.coord(&["request", "--close", &id]).ok();
    assert!(maria.coord(&["status"]).ok().of_type("policy-request").is_empty());
    maria.coord(&["policy", "activate", &id]).fails(2, "usage.not-found");
    // What is no policy is refused before anybody is asked.
    maria.write("draft.toml", "format = 1\n");
    maria.coord(&["policy", "propose", "draft.toml"]).fails(1, "policy.unknown");
    maria.coord(&["policy", "propose", "absent.toml"]).fails(2, "usage.not-found");
}

#[test]
fn claims_of_a_mission_last_as_long_as_it_says() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    let short = "\n[missions.payments.claims]\nttl-max = \"10m\"\n";
    maria.write("draft.toml", &format!("{active}{short}"));
    let id = text(&maria.coord(&["policy", "propose", "draft.toml"]).ok().json()["id"]);
    maria.coord(&["policy", "activate", &id]).ok();
    let minutes = |claim: &serde_json::Value| {
        let at = |key: &str| text(&claim[key]).parse::<jiff::Timestamp>().unwrap();
        (at("expires") - at("granted")).total(jiff::Unit::Minute).unwrap()
    };
    let of_mission = maria.coord(&["claim", "pay/", "--intent", "Pay", "--mission", "payments"]).ok().json();
    assert_eq!(minutes(&of_mission), 10.0, "{of_mission}");
    let other = maria.coord(&["claim", "find/", "--intent", "Find", "--mission", "search"]).ok().json();
    assert_eq!(minutes(&other), 30.0, "{other}");
    let long = ["claim", "more/", "--intent", "More", "--mission", "payments", "--ttl", "20m"];
    maria.coord(&long).fails(1, "claim.ttl");
}

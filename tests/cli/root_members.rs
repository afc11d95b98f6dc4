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

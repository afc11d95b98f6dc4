//! `policy check`: what it says of a draft before anybody lives under it.

use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// APP-20, POL-8, POL-11, PARSE-1, with legal twin
#[test]
fn policy_that_cannot_be_held_is_told_from_one_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let active = maria.read(".coord/policy.toml");
    for (from, to, code) in [
        ("threshold = 1", "threshold = 0", "policy.unsat"),
        ("threshold = 1", "threshold = 2", "policy.unsat"),
        ("per-principal = 20", "per-principal = 0", "policy.unsat"),
        ("count    = 1", "count    = 1\n  max-per-hour = 0", "policy.unsat"),
        ("count    = 1", "count    = 1\n  max-per-hour = -1", "policy.unknown"),
        ("[claims]", "[claims]\nsurprise = 1", "policy.unknown"),
        ("[claims]", "[surprise]", "policy.unknown"),
        ("format  = 1", "format  = 2", "policy.unknown"),
        ("[claims]", "[claims", "policy.unknown"),
    ] {
        let edited = active.replacen(from, to, 1);
        assert_ne!(edited, active, "{from}");
        maria.write("draft.toml", &edited);
        let checked = maria.coord(&["policy", "check", "draft.toml"]);
        if code == "policy.unsat" {
            let found = checked.exits(1).json();
            assert_eq!((&found["sound"], &found["faults"][0]["code"]), (&false.into(), &code.into()));
        } else {
            checked.fails(1, code);
        }
        // A draft in the ledger's checkout is said to be the same.
        maria.write(".coord/policy.toml", &edited);
        let drafts = maria.coord(&["status"]).ok().stdout;
        let expected = if code == "policy.unknown" { code } else { "policy.rollback" };
        assert!(drafts.contains(expected), "{drafts}");
        maria.write(".coord/policy.toml", &active);
    }
    maria.write("draft.toml", &active.replace("per-principal = 20", "per-principal = 21"));
    maria.coord(&["policy", "check", "draft.toml"]).ok();
    maria.coord(&["policy", "check"]).ok();
}

/// Returns what `policy check` says of a rule: who could approve, and whether that is enough.
fn prospect(ran: &Ran, index: usize) -> (Vec<String>, bool) {
    let rules: Vec<_> = ran.objects().into_iter().filter(|object| object["type"] == "approvers").collect();
    let could = rules[index]["could"].as_array().unwrap().iter().map(|approver| text(&approver["id"])).collect();
    (could, rules[index]["enough"].as_bool().unwrap())
}

/// gate.md: it says who could approve what today.
#[test]
fn those_who_could_approve_are_named_for_each_rule() {
    let sandbox = Sandbox::new();
    let maria = sandbox.repository("work");
    let maria = maria.begin_under(|policy| {
        format!("{policy}\n  [[protect.approvals]]\n  paths = [\"infra/\"]\n  count = 1\n  from  = [\"maintainer\"]\n")
    });
    let alone = maria.coord(&["policy", "check"]).ok();
    assert_eq!(prospect(&alone, 0), (vec![maria.id.clone()], true));
    maria.agent("alice");
    let carol = maria.enroll("carol", &["--role", "reviewer", "--vendor", "openai"]);
    // One without a vendor differs from nobody, so no rule that asks for another vendor counts it.
    let unknown = maria.enroll("dora", &["--role", "reviewer"]);
    let active = maria.coord(&["policy", "check"]).ok();
    assert_eq!(prospect(&active, 0), (vec![carol.id.clone(), maria.id.clone()], true));
    assert_eq!(prospect(&active, 1), (vec![maria.id.clone()], true));
    let said = maria.say(&["policy", "check"]).ok().stdout;
    assert!(
        said.starts_with("the policy is sound.\n1 of reviewer or maintainer (`main`), with another vendor"),
        "{said}"
    );
    assert!(said.contains(&format!("{} (reviewer, openai), {} (maintainer, human)", carol.id, maria.id)), "{said}");
    assert!(said.contains(" on infra/\n") && !said.contains("too few") && !said.contains(&unknown.id), "{said}");
    // A draft is judged by itself.
    let draft = maria.read(".coord/policy.toml").replacen("count    = 1", "count    = 3", 1);
    let draft = draft.replace("[\"maintainer\"]", "[\"reviewer\"]");
    maria.write("draft.toml", &draft);
    let drafted = maria.coord(&["policy", "check", "draft.toml"]).exits(1);
    assert_eq!(prospect(&drafted, 0), (vec![carol.id.clone(), maria.id.clone()], false));
    assert_eq!(prospect(&drafted, 1), (vec![carol.id, unknown.id], true));
    assert_eq!(drafted.json()["faults"][0]["code"], "policy.unsat");
    let said = maria.say(&["policy", "check", "draft.toml"]).exits(1).stdout;
    assert!(said.starts_with("the policy is not sound") && said.contains("too few: 3 are needed, 2 could"), "{said}");
}

#[test]
fn policy_that_asks_nobody_says_so() {
    let sandbox = Sandbox::new();
    let maria = sandbox.repository("work");
    maria.coord(&["init", "--name", "maria", "--template", "solo"]).ok();
    let solo = maria.say(&["policy", "check"]).ok();
    assert_eq!((&*solo.stdout, &*solo.stderr), ("the policy is sound.\nno rule asks for approvals\n", ""));
    // Its twin asks somebody.
    let team = sandbox.repository("team").begin(&[]);
    let said = team.say(&["policy", "check"]).ok().stdout;
    assert!(said.contains(&format!("could approve what others wrote: {} (maintainer, human)", team.id)), "{said}");
}

/// Remarks warn, and refuse nothing.
#[test]
fn policy_that_surprises_is_sound_all_the_same() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let remarks = |ran: &Ran| -> Vec<String> {
        let object = ran.json();
        assert_eq!((&object["type"], &object["sound"]), (&"policy".into(), &true.into()), "{ran}");
        object["remarks"].as_array().unwrap().iter().map(|remark| text(&remark["remark"])).collect()
    };
    assert_eq!(remarks(&maria.coord(&["policy", "check"]).ok()), ["nobody-else"]);
    maria.agent("alice");
    assert_eq!(remarks(&maria.coord(&["policy", "check"]).ok()), [""; 0]);
    let policy = maria.read(".coord/policy.toml");
    let second = "[[protect]]\nname = \"everything\"\nrefs = [\"refs/heads/**\"]\n\n[[protect]]";
    maria.write("draft.toml", &policy.replacen("[[protect]]", second, 1));
    assert_eq!(remarks(&maria.coord(&["policy", "check", "draft.toml"]).ok()), ["covered"]);
    let said = maria.say(&["policy", "check", "draft.toml"]).ok();
    assert!(said.stderr.contains("remark: every ref of `main` is one of `everything` too"), "{said}");
    assert_eq!(maria.say(&["--quiet", "policy", "check", "draft.toml"]).ok().stderr, "");
}

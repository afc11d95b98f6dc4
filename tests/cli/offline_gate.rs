//! What is only here counts nowhere: not in a verdict, not for a push, and a landing brings it to the remote first (S11).

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::offline::Setting;

/// Opens a request of alice for a change of one file. Returns it.
fn open_request(alice: &Actor, path: &str) -> Value {
    alice.write(path, "fn x() { 1 }\n");
    alice.commit("Change it");
    alice.coord(&["request", "HEAD", "--into", "main"]).ok().json()
}

/// Approves a request by hand: that is only here.
fn approve_by_hand(maria: &Actor, request: &Value) {
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    let approval = format!(
        "format = 1\nrequest = \"{id}\"\ndelta = \"{delta}\"\nverdict = \"approve\"\nrole = \"maintainer\"\n\
         policy = 1\nreason = \"Read it\"\n"
    );
    maria.write(&format!(".coord/approvals/{id}/{}.toml", maria.id), &approval);
    maria.raw_commit("Approve by hand").ok();
}

/// Returns whether a verdict allows, and the codes with which it does not.
fn verdict(actor: &Actor, verb: &[&str]) -> (bool, Vec<String>) {
    let verdict = actor.coord(verb).of_type("verdict").remove(0);
    let rules = verdict["rules"].as_array().unwrap().clone();
    let codes = rules.iter().filter_map(|rule| rule["code"].as_str().map(str::to_owned));
    (verdict["allow"].as_bool().unwrap(), codes.collect())
}

#[test]
fn approval_that_is_only_here_does_not_count() {
    let setting = Setting::new();
    let Setting { alice, hub, .. } = &setting;
    let maria = &hub.maria;
    maria.coord(&["land", "--adopt", "main"]).ok();
    let request = open_request(alice, "src/a.rs");
    let id = text(&request["id"]);
    approve_by_hand(maria, &request);
    let head = alice.git(&["rev-parse", "HEAD"]);
    let gates = [&["gate", "--ref", "main", "--base", "main", "--head", &head][..], &["gate", "explain", &id]];
    for gate in gates {
        assert_eq!(verdict(alice, gate), (false, vec!["approval.threshold".to_owned()]), "{gate:?}");
    }
    let pushed = alice.try_git(&["push", "-q", "hub", "HEAD:main"]);
    assert!(pushed.code != 0 && pushed.stderr.contains("approval.threshold"), "{pushed}");
    assert!(pushed.stderr.contains("git coord"), "the hook here has said it: {pushed}");
    // Where nobody answers it does not count either, and the verdict says that too.
    setting.cut();
    let (allows, codes) = verdict(alice, gates[0]);
    assert!(!allows && codes.contains(&"ledger.stale".to_owned()), "{codes:?}");
    setting.mend();
    // Once it is there it does.
    maria.coord(&["sync"]).ok();
    for gate in gates {
        assert_eq!(verdict(alice, gate), (true, Vec::new()), "{gate:?}");
    }
}

/// A landing rests on what was decided: what is only here gets there first, or it does not land.
#[test]
fn landing_brings_what_is_only_here_to_the_remote_first() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    let maria = &hub.maria;
    maria.coord(&["land", "--adopt", "main"]).ok();
    let request = open_request(alice, "src/a.rs");
    let id = text(&request["id"]);
    // Something that would be lost is in the way of approving, and of landing.
    super::offline::claim_offline(maria, "docs/");
    other.coord(&["sync"]).ok();
    other.claim(&["docs/guide.md"]);
    let before = (setting.at_hub(), maria.head());
    let answer = ["approve", &id, "--delta", &text(&request["delta"])];
    for verb in [&answer[..], &["land", &id]] {
        let error = maria.coord(verb).fails(3, "ledger.diverged");
        assert!(text(&error["hints"][0]).contains("git coord sync"), "{error}");
        assert_eq!((setting.at_hub(), maria.head()), before, "{verb:?}");
    }
    maria.coord(&["sync"]).exits(3);
    // What loses nothing goes along.
    approve_by_hand(maria, &request);
    other.claim(&["tests/"]);
    maria.coord(&["land", &id]).ok();
    assert_eq!(maria.head(), setting.at_hub());
    let log = maria.coord(&["log", "-n", "3"]).ok().of_type("entry");
    let subjects: Vec<_> = log.iter().map(|entry| text(&entry["subject"])).collect();
    assert!(subjects[0].starts_with("Land ") && subjects[1] == "Approve by hand", "{subjects:?}");
    assert_eq!(maria.coord(&["audit"]).ok().json()["problems"], 0);
}

/// LED-11, with legal twin:
/// what others have decided since is fetched, whatever is only here and keeps the branch from following it.
#[test]
fn what_is_only_here_keeps_no_decision_from_being_fresh() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    hub.maria.coord(&["land", "--adopt", "main"]).ok();
    let request = open_request(alice, "src/a.rs");
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    other.git(&["fetch", "-q", "hub"]);
    super::offline::claim_offline(alice, "docs/");
    let before = alice.head();
    let head = alice.git(&["rev-parse", "HEAD"]);
    let gates = [&["gate", "--ref", "main", "--base", "main", "--head", &head][..], &["gate", "explain", &id]];
    // The remote moves, and what is said there counts at once.
    let told = [
        ("veto", (false, vec!["approval.veto".to_owned(), "approval.threshold".to_owned()])),
        ("approve", (true, Vec::new())),
    ];
    for (answer, expected) in told {
        other.coord(&[answer, &id, "--delta", &delta, "--reason", "Read it"]).ok();
        for gate in gates {
            assert_eq!(verdict(alice, gate), expected, "{answer}: {gate:?}");
            let said = alice.coord(gate);
            assert_eq!((said.of_type("verdict")[0]["tentative"].as_u64(), said.of_type("stale").len()), (Some(1), 0));
            let said = alice.say(gate);
            assert!(said.stderr.contains("1 entry is only here and left out of this: git coord sync"), "{said}");
        }
        assert_eq!(alice.head(), before, "nothing that is here is moved by looking");
    }
    // What is asked for elsewhere since is known as well, and a push is held against all of it.
    other.write("src/b.rs", "fn b() { 1 }\n");
    other.commit("Change b");
    let newer = text(&other.coord(&["request", "HEAD", "--into", "main"]).ok().json()["id"]);
    let explained = alice.coord(&["gate", "explain", &newer]).exits(1);
    assert_eq!(explained.of_type("verdict")[0]["tentative"], 1, "{explained}");
    alice.coord(&["gate", "explain", "r-22222222"]).exits(2);
    other.coord(&["veto", &id, "--delta", &delta, "--reason", "Wait"]).ok();
    let pushed = alice.try_git(&["push", "-q", "hub", "HEAD:main"]);
    assert!(pushed.code != 0 && pushed.stderr.contains("approval.veto"), "{pushed}");
    assert!(pushed.stderr.contains("left out of this: git coord sync"), "the hook here has said it: {pushed}");
    // Its twin: where nobody answers, what is known from before is still no ground to decide on.
    setting.cut();
    let (allows, codes) = verdict(alice, gates[0]);
    assert!(!allows && codes.contains(&"ledger.stale".to_owned()), "{codes:?}");
    setting.mend();
    // Nothing is lost by it.
    assert_eq!(super::offline::each(&super::offline::fates(alice, 0), "outcome"), ["confirmed"]);
    let said = alice.coord(gates[1]);
    assert_eq!(said.of_type("verdict")[0]["tentative"], 0, "{said}");
    assert!(!alice.say(gates[1]).stderr.contains("left out"));
}

/// Where no hub records what lands, a push that the gate would let through is stopped before; the legal twin is to land it, also
/// after somebody has pushed past the hook.
#[test]
fn approved_push_that_nobody_would_record_is_stopped() {
    let sandbox = Sandbox::new();
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "plain.git"]);
    let work = sandbox.repository("work");
    work.git(&["remote", "add", "plain", sandbox.root.join("plain.git").to_str().unwrap()]);
    work.git(&["push", "-q", "plain", "main"]);
    let maria = work.begin(&["--remote", "plain"]);
    let alice = maria.agent("alice");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let approved = || {
        let request = open_request(&alice, "src/a.rs");
        let id = text(&request["id"]);
        maria.coord(&["approve", &id, "--delta", &text(&request["delta"])]).ok();
        id
    };
    let id = approved();
    let pushed = alice.try_git(&["push", "-q", "plain", "HEAD:main"]);
    assert!(pushed.code != 0 && pushed.stderr.contains("hub.missing"), "{pushed}");
    assert!(pushed.stderr.contains("git coord land"), "{pushed}");
    alice.git(&["push", "-q", "--no-verify", "plain", "HEAD:main"]);
    let problem = maria.coord(&["audit"]).exits(1).of_type("problem");
    assert_eq!(problem[0]["code"], "ref.state", "{problem:?}");
    maria.coord(&["land", &id]).ok();
    maria.coord(&["audit"]).ok();
    // What was not approved is not recorded, though it was pushed.
    let request = open_request(&alice, "src/b.rs");
    alice.git(&["push", "-q", "--no-verify", "plain", "HEAD:main"]);
    let refused = maria.coord(&["land", &text(&request["id"])]).exits(1);
    assert!(refused.of_type("verdict")[0].to_string().contains("approval.threshold"), "{refused}");
    maria.coord(&["audit"]).exits(1);
}

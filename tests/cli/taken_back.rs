//! What landed, or was run, after somebody whose key turned out to be suspect took back what stood in the way (KEY-2).

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::audits::height_of;
use super::rereviews::Cast;
use super::rereviews::delta_of;

fn sam(maria: &Actor) -> Actor {
    maria.enroll("sam", &["--role", "maintainer", "--kind", "human"])
}

/// KEY-2, with legal twins: a veto, of this request or of another one of the same change, taken back since its author is
/// suspect, and before.
#[test]
fn landing_past_a_veto_that_a_suspect_key_took_back_is_to_be_reviewed_again() {
    for (is_another, after, is_owed) in [(false, 0, true), (true, 0, true), (false, 1, false)] {
        let cast = Cast::new();
        let sam = sam(&cast.maria);
        let (landed, mut id) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
        sam.coord(&["veto", &id, "--delta", &delta_of(&cast.alice, &id), "--reason", "It leaks"]).ok();
        assert_ne!(cast.maria.coord(&["land", &id]).code, 0);
        sam.coord(&["withdraw", &id]).ok();
        let height = height_of(&cast.maria, "Withdraw");
        if is_another {
            cast.alice.coord(&["request", "--close", &id]).ok();
            id = text(&cast.alice.coord(&["request", "HEAD", "--into", "main"]).ok().json()["id"]);
            cast.carol.coord(&["approve", &id, "--delta", &delta_of(&cast.alice, &id)]).ok();
        }
        cast.maria.coord(&["land", &id]).ok();
        cast.suspect(&sam, height + after);
        cast.assert_owed(is_owed.then_some(landed.as_str()).as_slice());
        if let Some(debt) = cast.debts().first() {
            assert_eq!((&debt["principal"], &debt["parts"]), (&sam.id.as_str().into(), &json!(["withdrawal"])));
            let said = cast.maria.say(&["audit"]).exits(1).stdout;
            assert!(said.contains("rests on the taking back of a veto or failed check of "), "{said}");
        }
    }
}

/// KEY-2, with legal twins: an approval that is taken back, or a veto of another change, is none of that.
#[test]
fn taking_back_what_did_not_stand_in_the_way_is_no_debt() {
    let cast = Cast::new();
    let sam = sam(&cast.maria);
    let (_, id) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
    let delta = delta_of(&cast.alice, &id);
    sam.coord(&["approve", &id, "--delta", &delta]).ok();
    let height = height_of(&cast.maria, "Approve");
    sam.coord(&["withdraw", &id]).ok();
    // A veto of another change.
    let (_, other) = cast.approved("src/b.rs", "fn b() { 1 }\n", &cast.carol);
    sam.coord(&["veto", &other, "--delta", &delta_of(&cast.alice, &other), "--reason", "It leaks"]).ok();
    sam.coord(&["withdraw", &other]).ok();
    cast.maria.coord(&["land", &id]).ok();
    cast.suspect(&sam, height);
    cast.assert_owed(&[]);
}

/// KEY-2, S18: a veto that went on after its request had landed as something else is taken back by an approval.
#[test]
fn landing_past_a_veto_left_behind_that_a_suspect_key_took_back_is_to_be_reviewed_again() {
    let cast = Cast::new();
    let sam = sam(&cast.maria);
    let (alice, maria) = (&cast.alice, &cast.maria);
    let (_, id) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
    sam.coord(&["veto", &id, "--delta", &delta_of(alice, &id), "--reason", "It leaks"]).ok();
    let veto = maria.veto_entry(&id, &sam.id);
    alice.git(&["reset", "--quiet", "--hard", "main"]);
    alice.write("src/b.rs", "fn b() { 1 }\n");
    alice.commit("Change another file");
    alice.coord(&["request", "HEAD", "--into", "main", "--update", &id]).ok();
    let delta = delta_of(alice, &id);
    cast.carol.coord(&["approve", &id, "--delta", &delta]).ok();
    maria.coord(&["overrule", &id, "--veto-of", &sam.id, "--veto", &veto, "--delta", &delta]).ok();
    maria.coord(&["land", &id]).ok();
    let (landed, again) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
    assert_ne!(maria.coord(&["land", &again]).code, 0, "the veto goes on");
    sam.coord(&["approve", &again, "--delta", &delta_of(alice, &again)]).ok();
    let height = height_of(maria, "Approve");
    maria.coord(&["land", &again]).ok();
    cast.suspect(&sam, height + 1);
    cast.assert_owed(&[]);
    cast.suspect(&sam, height);
    cast.assert_owed(&[&landed]);
    assert!(cast.debts()[0]["parts"].as_array().unwrap().contains(&json!("withdrawal")), "{:?}", cast.debts());
}

/// KEY-2, with legal twins: what a service saw fail on the tree that landed, and what it saw fail on another.
#[test]
fn landing_past_a_failure_that_a_suspect_key_took_back_is_to_be_reviewed_again() {
    for (failed_here, is_recast, is_owed) in [(true, false, true), (true, true, true), (false, false, false)] {
        let sandbox = Sandbox::new();
        let asked = |role: &str| format!("\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"{role}\"]\n");
        let elsewhere = "\n[[protect]]\nname = \"infra\"\nrefs = [\"refs/heads/main\"]\n";
        let checks = asked("ci") + elsewhere + &asked("lint") + "  paths = [\"infra/**\"]\n";
        let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.lint]\nmay = [\"attest\"]\n\n[roles.builder]";
        let maria =
            sandbox.repository("work").begin_under(|policy| policy.replacen("[roles.builder]", roles, 1) + &checks);
        let cast = Cast::of(sandbox, maria);
        let service = |name: &str| cast.maria.enroll(name, &["--kind", "service", "--role", "ci"]);
        let (ci, other) = (service("ci"), service("other"));
        let (landed, id) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
        let attest = |who: &Actor, word: &str, commit: &str| {
            who.coord(&["check", "attest", &id, word, "tests", "--commit", commit]).ok();
        };
        attest(&other, "--failed", if failed_here { &landed } else { "main" });
        if is_recast {
            // What it says in another role does not end what it saw fail.
            let file = format!("principals/{}.toml", other.id);
            let record = cast.maria.read(&format!(".coord/{file}"));
            let recast = record.replace("rev = 1\n", "rev = 2\n").replace("role = \"ci\"", "role = \"lint\"");
            cast.maria.write(&format!(".coord/{file}"), &recast);
            cast.maria.coord(&["commit", &file]).ok();
            attest(&other, "--passed", &landed);
        }
        attest(&ci, "--passed", &landed);
        if failed_here {
            cast.maria.coord(&["land", &id]).exits(1);
        }
        other.coord(&["withdraw", &id]).ok();
        let height = height_of(&cast.maria, "Withdraw");
        cast.maria.coord(&["land", &id]).ok();
        cast.suspect(&other, height);
        cast.assert_owed(is_owed.then_some(landed.as_str()).as_slice());
        if let Some(debt) = cast.debts().first() {
            assert_eq!(debt["parts"], json!(["withdrawal"]));
        }
    }
}

/// KEY-2, with legal twin: what was run after its veto was taken back.
#[test]
fn run_past_a_veto_that_a_suspect_key_took_back_is_to_be_looked_at() {
    let cast = super::actions::Cast::new("15m");
    cast.maria.coord(&["land", "--adopt", "main"]).ok();
    let sam = sam(&cast.maria);
    cast.script("");
    let asked = super::actions::ask(&cast.alice, &[], &["./act.sh"]);
    let id = text(&asked["id"]);
    cast.approve(&asked);
    sam.coord(&["veto", &id, "--delta", &text(&asked["delta"]), "--reason", "Not today"]).ok();
    cast.alice.coord(&["run", &id]).fails(1, "approval.veto");
    sam.coord(&["withdraw", &id]).ok();
    let height = height_of(&cast.maria, "Withdraw");
    cast.alice.coord(&["run", &id]).ok();
    for (since, parts) in [(height + 1, None), (height, Some(json!(["withdrawal"])))] {
        cast.maria.coord(&["principals", "suspect", &sam.id, "--since", &since.to_string()]).ok();
        let debts: Vec<Value> = cast.maria.coord(&["audit"]).of_type("debt");
        assert_eq!(debts.first().map(|debt| debt["parts"].clone()), parts, "{debts:?}");
    }
}

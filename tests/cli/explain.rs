//! `policy explain`: what a change would cost before anybody asks for it to land.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns the objects of a type.
fn of(ran: &Ran, kind: &str) -> Vec<Value> {
    ran.objects().into_iter().filter(|object| object["type"] == kind).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(text).collect()
}

/// Returns who could pay a price, by id.
fn could(price: &Value) -> Vec<String> {
    price["could"].as_array().unwrap().iter().map(|approver| text(&approver["id"])).collect()
}

const INFRA: &str = "\n  [[protect.approvals]]\n  paths = [\"infra/\"]\n  count = 1\n  from  = [\"maintainer\"]\n";

/// Returns somebody who has committed on three paths, and the root and a reviewer of the ledger.
fn change(sandbox: &Sandbox) -> (Actor, Actor, Actor) {
    let maria = sandbox.repository("work").begin_under(|policy| format!("{policy}{INFRA}"));
    let alice = maria.agent("alice");
    let carol = maria.enroll("carol", &["--role", "reviewer", "--vendor", "openai"]);
    alice.write("docs/guide.md", "Read it.\n");
    alice.commit("Write a guide");
    alice.write("infra/a.tf", "a\n");
    alice.write(".github/workflows/a.yml", "on: push\n");
    alice.commit("Run it");
    (maria, alice, carol)
}

#[test]
fn each_path_is_told_with_what_it_costs_and_of_whom() {
    let sandbox = Sandbox::new();
    let (maria, alice, carol) = change(&sandbox);
    let ran = alice.coord(&["policy", "explain", "main..HEAD"]).ok();
    let told = ran.json();
    assert_eq!((&told["type"], &told["ref"]), (&"explanation".into(), &"refs/heads/main".into()));
    assert_eq!(told["protections"][0]["name"], "main");
    assert_eq!(told["contributors"][0]["principal"], alice.id.as_str());
    assert_eq!((&told["request"], texts(&told["free"])), (&Value::Null, Vec::new()));
    let costs = of(&ran, "cost");
    assert_eq!(costs.len(), 3, "{ran}");
    let all = [".github/workflows/a.yml", "docs/guide.md", "infra/a.tf"];
    assert_eq!(
        (texts(&costs[0]["asked_by"]), could(&costs[0])),
        (all.map(String::from).into(), { vec![carol.id.clone(), maria.id.clone()] })
    );
    assert_eq!((texts(&costs[1]["asked_by"]), could(&costs[1])), (vec![all[2].into()], vec![maria.id.clone()]));
    // What runs by itself wants a human, whatever the rules say.
    assert_eq!((texts(&costs[2]["asked_by"]), could(&costs[2])), (vec![all[0].into()], vec![maria.id.clone()]));
    assert_eq!(costs[2]["protection"], Value::Null);
    let needs: Vec<_> =
        of(&ran, "path").iter().map(|path| (text(&path["path"]), texts(&path["needs"]).len())).collect();
    assert_eq!(needs, [(all[0].to_owned(), 2), (all[1].to_owned(), 1), (all[2].to_owned(), 2)]);
    let said = alice.say(&["policy", "explain", "main..HEAD"]).ok().stdout;
    for line in [
        "3 paths, guarded by `main`",
        "  1 of maintainer (`main`)\n    asked by infra/a.tf\n",
        "besides: every commit is signed",
        &format!("{} signed a commit, and cannot approve", alice.id),
    ] {
        assert!(said.contains(line), "{said}");
    }
    // One commit alone costs what its own paths cost.
    let one = alice.coord(&["policy", "explain", "HEAD~"]).ok();
    assert_eq!(of(&one, "cost").len(), 1, "{one}");
    assert_eq!(of(&one, "path")[0]["path"], "docs/guide.md");
}

#[test]
fn whoever_had_a_hand_in_it_is_left_out() {
    let sandbox = Sandbox::new();
    let (maria, alice, carol) = change(&sandbox);
    maria.coord(&["land", "--adopt", "main"]).ok();
    let request = text(&alice.coord(&["request", "HEAD"]).ok().json()["id"]);
    let asked = maria.coord(&["policy", "explain", &request]).ok();
    assert_eq!((&asked.json()["request"], of(&asked, "cost").len()), (&request.as_str().into(), 3));
    assert_eq!(asked.json()["contributors"][0]["why"], "opened the request");
    // Whoever holds the ground has a hand in it as well.
    maria.claim(&["infra/"]);
    let held = maria.coord(&["policy", "explain", &request]).ok();
    let costs = of(&held, "cost");
    assert_eq!((could(&costs[0]), could(&costs[1])), (vec![carol.id], Vec::new()));
    assert_eq!((&costs[0]["enough"], &costs[1]["enough"]), (&true.into(), &false.into()));
    let said = maria.say(&["policy", "explain", &request]).ok().stdout;
    assert!(said.contains("could approve: nobody today\n    too few: 1 are needed, 0 could"), "{said}");
    // A request names its branch, a range does not.
    maria.coord(&["policy", "explain", &request, "--into", "main"]).fails(2, "usage.argument");
    alice.coord(&["policy", "explain", "main..", "--into", "main"]).ok();
}

#[test]
fn unknown_author_could_be_anybody() {
    let sandbox = Sandbox::new();
    let (_, alice, _) = change(&sandbox);
    alice.write("docs/b.md", "b\n");
    alice.git(&["add", "-A"]);
    alice.git(&["commit", "-q", "--no-gpg-sign", "-m", "Unsigned"]);
    let unsigned = alice.coord(&["policy", "explain", "HEAD"]).ok();
    assert_eq!(could(&of(&unsigned, "cost")[0]), [""; 0]);
    assert!(text(&unsigned.json()["unknown"][0]).contains("names no enrolled signer"), "{unsigned}");
    let signed = alice.coord(&["policy", "explain", "HEAD~"]).ok();
    assert_eq!((could(&of(&signed, "cost")[0]).len(), texts(&signed.json()["unknown"]).len()), (2, 0));
}

#[test]
fn what_no_rule_names_costs_nothing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.repository("work");
    let maria = maria.begin_under(|policy| policy.replace("count    = 1", "paths = [\"src/**\"]\n  count    = 1"));
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 2 }\n");
    alice.write("docs/guide.md", "Read it.\n");
    alice.commit("Change a");
    let ran = alice.coord(&["policy", "explain", "HEAD"]).ok();
    assert_eq!(texts(&ran.json()["free"]), ["docs/guide.md"]);
    assert_eq!(texts(&of(&ran, "cost")[0]["asked_by"]), ["src/a.rs"]);
    assert!(alice.say(&["policy", "explain", "HEAD"]).ok().stdout.contains("  costs no approval: docs/guide.md\n"));
    // On a branch that nothing guards everything is free.
    let topic = alice.coord(&["policy", "explain", "HEAD", "--into", "topic"]).ok();
    assert_eq!((texts(&topic.json()["free"]).len(), of(&topic, "cost").len()), (2, 0));
    let said = alice.say(&["policy", "explain", "HEAD", "--into", "topic"]).ok().stdout;
    assert!(said.contains("nothing guards it: it costs nothing"), "{said}");
}

#[test]
fn explained_change_has_two_ends() {
    let sandbox = Sandbox::new();
    let (_, alice, _) = change(&sandbox);
    alice.coord(&["policy", "explain", "main..nowhere"]).fails(2, "usage.not-found");
    alice.coord(&["policy", "explain", "r-00000001"]).fails(2, "usage.not-found");
    let first = alice.git(&["rev-list", "--max-parents=0", "HEAD"]);
    alice.coord(&["policy", "explain", &first]).fails(2, "usage.argument");
    let range = alice.coord(&["policy", "explain", &format!("{first}...HEAD")]).ok();
    assert_eq!(range.json()["base"], first.as_str());
}

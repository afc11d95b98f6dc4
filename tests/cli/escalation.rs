//! Nothing waits silently: what nobody who is asked can decide comes to a human's inbox, with how long it has waited.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns what waits for somebody of a kind.
fn waits(actor: &Actor, kind: &str) -> Vec<Value> {
    let items = actor.coord(&["inbox"]).ok().of_type("inbox");
    items.into_iter().filter(|item| item["kind"] == kind).collect()
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

/// Asks to land a change of one file.
fn ask(actor: &Actor, path: &str) -> (String, String) {
    actor.write(path, "changed\n");
    actor.commit(&format!("Change {path} as {}", actor.id));
    let asked = actor.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    (text(&asked["id"]), text(&asked["delta"]))
}

/// Returns a root member, a human who may approve, and an agent; `main` is under protection.
fn team(sandbox: &Sandbox) -> [Actor; 3] {
    let root = sandbox.ledger();
    let nora = root.enroll("nora", &["--kind", "human", "--role", "maintainer", "--operator", "nora"]);
    let alice = root.agent("alice");
    root.coord(&["land", "--adopt", "main"]).ok();
    [root, nora, alice]
}

#[test]
fn request_that_nobody_could_approve_comes_to_the_root() {
    let sandbox = Sandbox::new();
    let root = sandbox.repository("work").begin_under(|policy| {
        let only = policy.replacen("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"reviewer\"]", 1);
        only.replacen(
            "may = [\"find\", \"triage\", \"approve\"]",
            "may = [\"find\", \"request\", \"triage\", \"approve\"]",
            1,
        )
    });
    let carol = root.enroll("carol", &["--role", "reviewer", "--vendor", "openai"]);
    let alice = root.agent("alice");
    root.coord(&["land", "--adopt", "main"]).ok();
    // Carol could approve what alice asks for, and nobody what she asks for herself.
    let (others, _) = ask(&alice, "src/a.rs");
    let (own, _) = ask(&carol, "src/b.rs");
    let stuck = waits(&root, "stuck");
    assert_eq!(ids(&stuck), std::slice::from_ref(&own));
    assert!(stuck[0]["since"].is_string(), "{}", stuck[0]);
    let words = root.say(&["inbox"]).ok().stdout;
    assert!(words.contains("nobody enrolled could give 1 of reviewer") && words.contains("waits"), "{words}");
    assert_eq!(ids(&waits(&carol, "approve")), [others]);
    assert!(waits(&carol, "stuck").is_empty() && waits(&alice, "stuck").is_empty());
    root.enroll("dave", &["--role", "reviewer", "--vendor", "mistral"]);
    assert!(waits(&root, "stuck").is_empty());
}

#[test]
fn veto_comes_to_the_root_until_it_is_gone() {
    let sandbox = Sandbox::new();
    let [root, nora, alice] = team(&sandbox);
    let (id, delta) = ask(&alice, "src/a.rs");
    assert!(waits(&root, "vetoed").is_empty());
    nora.coord(&["veto", &id, "--delta", &delta, "--reason", "Not yet"]).ok();
    let vetoed = waits(&root, "vetoed");
    assert_eq!(ids(&vetoed), std::slice::from_ref(&id));
    assert!(vetoed[0]["since"].is_string());
    assert!(waits(&nora, "vetoed").is_empty(), "who is no root member cannot overrule it");
    let entry = root.veto_entry(&id, "nora");
    root.coord(&["overrule", &id, "--veto-of", &nora.id, "--veto", &entry, "--delta", &delta]).ok();
    assert!(waits(&root, "vetoed").is_empty());
}

/// APP-17, with legal twins: a failed check is its service's to end by a pass, and the root's once that acts no more.
#[test]
fn failed_check_of_who_acts_no_more_comes_to_the_root() {
    let sandbox = Sandbox::new();
    let root = sandbox.repository("work").begin_under(|policy| {
        let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
        let check = "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n";
        policy.replacen("[roles.builder]", roles, 1) + check
    });
    let nora = root.enroll("nora", &["--kind", "human", "--role", "maintainer", "--operator", "nora"]);
    let alice = root.agent("alice");
    let [ci, _] = ["ci", "runner"].map(|name| root.enroll(name, &["--kind", "service", "--role", "ci"]));
    root.coord(&["land", "--adopt", "main"]).ok();
    let (id, _) = ask(&alice, "src/a.rs");
    ci.coord(&["check", "attest", &id, "--failed", "tests", "--commit", &alice.git(&["rev-parse", "HEAD"])]).ok();
    assert!(waits(&root, "failed").is_empty(), "it runs again");
    root.coord(&["principals", "suspend", "ci"]).ok();
    let failed = waits(&root, "failed");
    assert_eq!(ids(&failed), std::slice::from_ref(&id));
    assert!(failed[0]["since"].is_string());
    let words = root.say(&["inbox"]).ok().stdout;
    assert!(words.contains(&format!("tests failed by the word of {}, which is suspended", ci.id)), "{words}");
    let next = text(&failed[0]["next"]);
    assert!(waits(&nora, "failed").is_empty(), "who is no root member cannot end it");
    root.coord(&["principals", "reinstate", "ci"]).ok();
    assert!(waits(&root, "failed").is_empty(), "it runs again");
    root.coord(&["principals", "suspend", "ci"]).ok();
    // What it says is to be done ends it.
    let command = next.split("git coord ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    root.coord(&command.split(' ').collect::<Vec<_>>()).ok();
    assert!(waits(&root, "failed").is_empty(), "{next}");
}

#[test]
fn veto_of_broken_glass_comes_to_the_root_too() {
    let sandbox = Sandbox::new();
    let may_break = |policy: &str| policy.replacen("\"land\"]", "\"land\", \"break-glass\"]", 1);
    let root = sandbox.repository("work").begin_under(may_break);
    let maintainer = |name: &str| ["--kind", "human", "--role", "maintainer", "--operator", name].map(str::to_owned);
    let enroll = |name: &str| root.enroll(name, &maintainer(name).each_ref().map(String::as_str));
    let [sven, nora] = ["sven", "nora"].map(enroll);
    root.coord(&["land", "--adopt", "main"]).ok();
    sven.write("src/a.rs", "changed\n");
    sven.commit("Change src/a.rs");
    let request = sven.coord(&["request", "HEAD", "--into", "main", "--break-glass", "It is down"]).ok().json();
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    assert!(waits(&root, "vetoed").is_empty() && waits(&root, "stuck").is_empty());
    nora.coord(&["veto", &id, "--delta", &delta, "--reason", "It is up again"]).ok();
    assert_eq!(ids(&waits(&root, "vetoed")), [id]);
}

#[test]
fn finding_that_stops_a_request_comes_to_those_who_may_close_it() {
    let sandbox = Sandbox::new();
    let root = sandbox.ledger();
    let carol = root.enroll("carol", &["--role", "reviewer", "--vendor", "openai"]);
    let alice = root.agent("alice");
    root.coord(&["land", "--adopt", "main"]).ok();
    let (id, _) = ask(&alice, "src/a.rs");
    let find = |severity: &str| {
        let arguments = ["find", "It loses data", "--kind", "bug", "--severity", severity, "--request", &id];
        text(&carol.coord(&arguments).ok().json()["id"])
    };
    find("low");
    let finding = find("critical");
    for who in [&root, &carol] {
        let blocks = waits(who, "blocks");
        assert_eq!(ids(&blocks), std::slice::from_ref(&finding), "only what stops the landing, and not the low one");
        assert!(blocks[0]["since"].is_string());
    }
    assert!(waits(&alice, "blocks").is_empty(), "who contributes has no say in it");
    carol.coord(&["resolve", &finding]).ok();
    assert!(waits(&root, "blocks").is_empty());
}

#[test]
fn whom_nobody_confirmed_comes_to_those_who_may() {
    let sandbox = Sandbox::new();
    let root = sandbox.ledger();
    let nora = root.enroll("nora", &["--kind", "human", "--role", "maintainer", "--operator", "nora"]);
    let carol = nora.coord(&["enroll", "carol", "--role", "reviewer", "--vendor", "openai"]).ok().json();
    let alice = nora.coord(&["enroll", "alice", "--role", "builder", "--vendor", "openai"]).ok().json();
    let both = [text(&alice["id"]), text(&carol["id"])];
    assert_eq!(ids(&waits(&root, "confirm")), both, "for whom a builder works counts as well");
    assert!(waits(&nora, "confirm").is_empty(), "who enrolled it has spoken");
    for id in &both {
        root.coord(&["principals", "confirm", id]).ok();
    }
    assert!(waits(&root, "confirm").is_empty());
}

#[test]
fn request_that_is_ready_comes_to_whoever_may_land_it() {
    let sandbox = Sandbox::new();
    let [root, nora, alice] = team(&sandbox);
    let (id, delta) = ask(&alice, "src/a.rs");
    assert!(waits(&root, "land").is_empty());
    nora.coord(&["approve", &id, "--delta", &delta]).ok();
    assert_eq!(ids(&waits(&root, "land")), std::slice::from_ref(&id));
    assert!(waits(&alice, "land").is_empty(), "who may not land is not asked to");
    nora.coord(&["land", &id]).ok();
    assert!(waits(&root, "land").is_empty());
}

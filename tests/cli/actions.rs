//! Commands that others approve: asked for to the letter, run once, and what is told of them.

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const ACTIONS: &str = r#"
[[actions]]
name      = "deploy"
approvals = [{ count = 1, from = ["reviewer", "maintainer"], distinct = ["operator"] }]
expires   = "EXPIRES"
"#;

/// Lets the policy name an action whose approvals count for so long.
pub(super) fn name_action(maria: &Actor, expires: &str) {
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    maria.write("draft.toml", &format!("{active}\n{}", ACTIONS.replace("EXPIRES", expires)));
    let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    maria.coord(&["policy", "activate", &text(&opened["id"])]).ok();
}

/// A ledger whose policy names an action, with alice who asks and carol who approves.
pub(super) struct Cast {
    pub(super) sandbox: Sandbox,
    pub(super) maria: Actor,
    pub(super) alice: Actor,
    pub(super) carol: Actor,
}

impl Cast {
    pub(super) fn new(expires: &str) -> Self {
        let sandbox = Sandbox::new();
        let maria = sandbox.ledger();
        Self::under(sandbox, maria, expires)
    }

    pub(super) fn under(sandbox: Sandbox, maria: Actor, expires: &str) -> Self {
        name_action(&maria, expires);
        let alice = maria.agent("alice");
        let carol = maria.enroll("carol", &["--role", "reviewer", "--vendor", "openai", "--operator", "gamma"]);
        Self { sandbox, maria, alice, carol }
    }

    /// Puts a script into alice's work tree, which begins with telling that it was run.
    pub(super) fn script(&self, then: &str) {
        let ran = self.sandbox.root.join("ran");
        self.sandbox.script("alice/act.sh", &format!("#!/bin/sh\necho ran >> '{}'\n{then}\n", ran.display()));
    }

    /// Returns how often the script was run.
    pub(super) fn count(&self) -> usize {
        std::fs::read_to_string(self.sandbox.root.join("ran")).map_or(0, |text| text.lines().count())
    }

    /// Asks for a command, and has it approved. Returns the request.
    #[track_caller]
    pub(super) fn approved(&self, argv: &[&str]) -> String {
        let asked = ask(&self.alice, &[], argv);
        self.approve(&asked);
        text(&asked["id"])
    }

    #[track_caller]
    pub(super) fn approve(&self, asked: &Value) {
        self.carol.coord(&["approve", &text(&asked["id"]), "--delta", &text(&asked["delta"])]).ok();
    }
}

#[track_caller]
pub(super) fn ask(actor: &Actor, options: &[&str], argv: &[&str]) -> Value {
    let asked = actor.coord(&[&["request", "action", "deploy"], options, &["--"], argv].concat()).ok().json();
    assert_eq!((&asked["type"], &asked["argv"]), (&"action-request".into(), &json!(argv)));
    asked
}

/// The kinds of what waits for somebody about a request.
pub(super) fn waits(actor: &Actor, id: &str) -> Vec<String> {
    let items = actor.coord(&["inbox"]).ok().of_type("inbox");
    items.iter().filter(|item| item["id"] == id).map(|item| text(&item["kind"])).collect()
}

pub(super) fn state_of(actor: &Actor, kind: &str, id: &str) -> Option<String> {
    let objects = actor.coord(&["status"]).ok().of_type(kind);
    objects.iter().find(|object| object["id"] == id).map(|object| text(&object["state"]))
}

#[test]
fn approved_command_is_run_once_to_the_letter() {
    let cast = Cast::new("15m");
    let (alice, carol) = (&cast.alice, &cast.carol);
    cast.script("printf '%s|' \"$@\" > words; pwd > place; cat > fed; echo said; echo wrong >&2");
    let argv = ["./act.sh", "a  b; touch evil", "", "$HOME", "größe"];
    let asked = ask(alice, &["--title", "Ship it"], &argv);
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    assert_eq!(ask(alice, &[], &argv)["id"], asked["id"], "nobody asks twice");
    assert_eq!((waits(carol, &id), waits(alice, &id)), (vec!["approve-action".to_owned()], Vec::new()));
    alice.coord(&["run", &id]).fails(1, "approval.threshold");
    carol.coord(&["run", &id]).fails(1, "record.owner");
    alice.coord(&["approve", &id, "--delta", &delta]).fails(1, "approval.self");
    let other = delta.replacen(&delta[7..11], "0000", 1);
    carol.coord(&["approve", &id, "--delta", &other]).fails(1, "approval.delta");
    carol.coord(&["approve", &id, "--delta", &delta]).ok();
    assert_eq!((waits(carol, &id), waits(alice, &id)), (Vec::new(), vec!["run".to_owned()]));
    assert_eq!(state_of(alice, "action-request", &id).as_deref(), Some("ready"));
    // From below the top it runs at the top all the same.
    let ran = alice.at("src").coord(&["run", &id]).ok();
    let told = ran.json();
    assert_eq!((&told["state"], &told["status"], &told["recorded"]), (&"succeeded".into(), &0.into(), &true.into()));
    assert_eq!(told["approvers"], json!([carol.id]));
    assert_eq!(ran.stdout.lines().count(), 1, "only the object: {ran}");
    assert!(ran.stderr.contains("said") && ran.stderr.contains("wrong"), "{ran}");
    assert_eq!(alice.read("words"), "a  b; touch evil||$HOME|größe|");
    assert_eq!(alice.read("place").trim(), alice.directory.to_str().unwrap());
    assert_eq!((alice.read("fed"), alice.has("evil")), (String::new(), false));
    // Once.
    alice.coord(&["run", &id]).fails(1, "action.consumed");
    assert_eq!(cast.count(), 1);
    assert_eq!((waits(alice, &id), state_of(carol, "run", &id)), (Vec::new(), Some("succeeded".to_owned())));
    // And told once, by who ran it.
    let ledger = alice.head();
    for word in ["failed", "succeeded", "unknown"] {
        let refused = alice.coord(&["run", &id, "--outcome", word]).fails(1, "action.outcome");
        assert!(text(&refused["message"]).contains("`succeeded`"), "{refused}");
        assert!(!refused["hints"].as_array().unwrap().is_empty(), "{refused}");
        carol.coord(&["run", &id, "--outcome", word]).fails(1, "record.owner");
    }
    alice.coord(&["run", &id, "--outcome", "started"]).fails(2, "usage.argument");
    assert_eq!(alice.head(), ledger);
    let story = carol.coord(&["show", &id]).ok().json();
    assert!(story["entries"].as_array().unwrap().len() >= 3);
    // What ended goes with the next start.
    let next = cast.approved(&["./act.sh"]);
    alice.coord(&["run", &next]).ok();
    assert_eq!((state_of(carol, "run", &id), state_of(carol, "run", &next)), (None, Some("succeeded".to_owned())));
    assert_eq!(cast.maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
    cast.maria.assert_clean();
}

#[test]
fn command_that_fails_is_told_as_failed() {
    let cast = Cast::new("15m");
    cast.script("exit 7");
    let id = cast.approved(&["./act.sh"]);
    let told = cast.alice.coord(&["run", &id]).exits(1).json();
    assert_eq!((&told["state"], &told["status"], &told["signal"]), (&"failed".into(), &7.into(), &Value::Null));
    cast.script("kill -9 $$");
    let id = cast.approved(&["./act.sh"]);
    let told = cast.alice.coord(&["run", &id]).exits(1).json();
    assert_eq!((&told["state"], &told["status"], &told["signal"]), (&"failed".into(), &Value::Null, &9.into()));
    let id = cast.approved(&["./nothing-there"]);
    let ran = cast.alice.say(&["run", &id]).exits(1);
    assert!(ran.stdout.contains("could not be started") && ran.stdout.contains("spent"), "{ran}");
    cast.alice.coord(&["run", &id]).fails(1, "action.consumed");
    assert_eq!(cast.count(), 2);
}

/// What is read is approved with what is run.
#[test]
fn inputs_are_those_that_were_approved() {
    let cast = Cast::new("15m");
    let alice = &cast.alice;
    cast.script("cat deploy/to.toml > seen");
    alice.write("deploy/to.toml", "one");
    let asked = ask(&alice.at("deploy"), &["--input", "to.toml"], &["./act.sh"]);
    assert_eq!(asked["inputs"][0]["path"], "deploy/to.toml");
    cast.approve(&asked);
    let id = text(&asked["id"]);
    alice.write("deploy/to.toml", "two");
    alice.coord(&["run", &id]).fails(1, "action.mismatch");
    assert_eq!(cast.count(), 0, "nothing was run, and the request is not spent");
    alice.write("deploy/to.toml", "one");
    alice.coord(&["run", &id]).ok();
    assert_eq!(alice.read("seen"), "one");
    let more = |input: &str| alice.coord(&["request", "action", "deploy", "--input", input, "--", "./act.sh"]);
    for outside in ["/etc/passwd", "../carol/README.md", "absent", "deploy"] {
        assert_ne!(more(outside).code, 0, "{outside}");
    }
    more("deploy/to.toml").ok();
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let cast = Cast::new("15m");
    let alice = &cast.alice;
    let before = alice.head();
    alice.coord(&["request", "action", "publish", "--", "make"]).fails(1, "action.unknown");
    alice.coord(&["request", "action", "deploy", "--", "printf", "a\u{1b}[2Jb"]).fails(2, "usage.argument");
    alice.coord(&["request", "action", "deploy", "--", "printf", "a\nb"]).fails(2, "usage.argument");
    alice.coord(&["request", "action", "deploy"]).exits(2);
    cast.carol.coord(&["request", "action", "deploy", "--", "make"]).fails(1, "record.right");
    alice.coord(&["run", "r-00000000"]).fails(2, "usage.not-found");
    assert_eq!(alice.head(), before);
    let asked = ask(alice, &[], &["make"]);
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    // Whoever is of the same operator is told before it is written that its word would not count.
    cast.maria.coord(&["approve", &id, "--delta", &delta]).fails(1, "approval.independence");
    cast.carol.coord(&["reject", &id, "--delta", &delta, "--reason", "Not on a Friday."]).ok();
    assert_eq!(waits(alice, &id), ["answered"]);
    cast.carol.coord(&["request", "--close", &id]).fails(1, "record.owner");
    alice.coord(&["request", "--close", &id]).ok();
    alice.coord(&["run", &id]).fails(1, "action.consumed");
    // A branch is asked for as ever, though it be called as the word.
    alice.git(&["branch", "action"]);
    alice.coord(&["request", "refs/heads/action", "--into", "main"]);
}

#[test]
fn veto_stops_a_run() {
    let cast = Cast::new("15m");
    cast.script("");
    let otto = cast.maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let asked = ask(&cast.alice, &[], &["./act.sh"]);
    cast.approve(&asked);
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    otto.coord(&["veto", &id, "--delta", &delta]).ok();
    cast.alice.coord(&["run", &id]).fails(1, "approval.veto");
    assert_eq!((cast.count(), state_of(&otto, "action-request", &id)), (0, Some("vetoed".to_owned())));
    otto.coord(&["withdraw", &id]).ok();
    cast.alice.coord(&["run", &id]).ok();
    assert_eq!(cast.count(), 1);
}

/// S18
#[test]
fn overruled_veto_stops_no_run() {
    let cast = Cast::new("15m");
    cast.script("");
    let otto = cast.maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let asked = ask(&cast.alice, &[], &["./act.sh"]);
    cast.approve(&asked);
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    otto.coord(&["veto", &id, "--delta", &delta]).ok();
    assert_eq!(waits(&cast.alice, &id), ["answered"]);
    cast.alice.coord(&["run", &id]).fails(1, "approval.veto");
    let entry = cast.maria.veto_entry(&id, "otto");
    let overrule =
        |delta: &str| cast.maria.coord(&["overrule", &id, "--veto-of", "otto", "--veto", &entry, "--delta", delta]);
    overrule(&delta.replacen(&delta[7..11], "0000", 1)).fails(1, "approval.delta");
    overrule(&delta).ok();
    assert_eq!(waits(&cast.alice, &id), ["run"]);
    cast.alice.coord(&["run", &id]).ok();
    assert_eq!(cast.count(), 1);
}

/// People see what would be run as a shell would take it.
#[test]
fn people_see_the_exact_command() {
    let cast = Cast::new("15m");
    let asked = ask(&cast.alice, &[], &["./act.sh", "it's; rm -rf /", ""]);
    let id = text(&asked["id"]);
    let command = "./act.sh 'it'\\''s; rm -rf /' ''";
    for words in [vec!["inbox"], vec!["status", "--all"]] {
        let said = cast.carol.say(&words).ok();
        assert!(said.stdout.contains(&id), "{said}");
    }
    let said = cast.carol.say(&["inbox"]).ok();
    assert!(said.stdout.contains(command) && said.stdout.contains("needs 1 of reviewer or maintainer"), "{said}");
    let item = cast.carol.coord(&["inbox"]).ok().of_type("inbox").remove(0);
    assert_eq!(item["argv"], json!(["./act.sh", "it's; rm -rf /", ""]));
}

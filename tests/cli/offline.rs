//! Entries that are left here while the remote that decides is away: what they are worth, and what becomes of them.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::git_under_test;
use crate::support::sandbox::text;

/// A hub with alice in the clone `work`, and another clone in which maria acts.
pub(super) struct Setting {
    pub(super) sandbox: Sandbox,
    pub(super) hub: Hub,
    pub(super) alice: Actor,
    pub(super) other: Actor,
}

impl Setting {
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::new();
        let hub = sandbox.hub();
        let alice = hub.maria.agent("alice");
        let other = hub.clone(&sandbox, "elsewhere");
        other.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
        Self { sandbox, hub, alice, other }
    }

    fn away(&self) -> PathBuf {
        self.sandbox.root.join("away.git")
    }

    /// Lets nobody reach the hub.
    pub(super) fn cut(&self) {
        fs::rename(&self.hub.directory, self.away()).unwrap();
    }

    pub(super) fn mend(&self) {
        fs::rename(self.away(), &self.hub.directory).unwrap();
    }

    /// Returns where the hub's ledger is.
    pub(super) fn at_hub(&self) -> String {
        self.sandbox.somebody(&self.hub.directory).head()
    }

    /// Returns an actor whose git says that it was called to reach somebody, and fails.
    fn without_network(&self, actor: &Actor) -> Actor {
        let script = format!(
            "#!/bin/sh\nfor word; do case \"$word\" in push|fetch|ls-remote) touch '{}'; exit 128;; esac; done\n\
             exec '{}' \"$@\"\n",
            self.asked().display(),
            git_under_test().display()
        );
        self.sandbox.script("mute/git", &script);
        let (_, path) = actor.environment.iter().rev().find(|(name, _)| name == "PATH").unwrap();
        let path = format!("{}:{}", self.sandbox.root.join("mute").display(), path.to_str().unwrap());
        actor.with_env("PATH", path)
    }

    fn asked(&self) -> PathBuf {
        self.sandbox.root.join("asked")
    }
}

/// Claims a path offline.
#[track_caller]
pub(super) fn claim_offline(actor: &Actor, path: &str) -> Value {
    let intent = format!("Work on the train, as {}", actor.id);
    actor.coord(&["claim", path, "--intent", &intent, "--offline"]).ok().json()
}

/// Synchronises, and returns what became of each entry.
#[track_caller]
pub(super) fn fates(actor: &Actor, exit: i32) -> Vec<Value> {
    actor.coord(&["sync"]).exits(exit).of_type("synced")
}

/// Returns what is called so of each object.
pub(super) fn each(objects: &[Value], name: &str) -> Vec<String> {
    objects.iter().map(|object| object[name].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn remote_that_is_away_refuses_what_must_be_decided_there() {
    let setting = Setting::new();
    let Setting { alice, hub, .. } = &setting;
    let held = alice.claim(&["src/a.rs"]);
    let finding = alice.coord(&["find", "Odd", "--on", "src/a.rs"]).ok().json();
    let (held, finding) = (text(&held["id"]), text(&finding["id"]));
    hub.maria.coord(&["land", "--adopt", "main"]).ok();
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (request, delta) = (text(&request["id"]), text(&request["delta"]));
    setting.cut();
    let before = (alice.head(), alice.git(&["for-each-ref"]));
    let can_be_left: [&[&str]; 6] = [
        &["claim", "docs/", "--intent", "x"],
        &["renew", "--ttl", "2h"],
        &["release", &held],
        &["handoff", &held, "--to", &hub.maria.id],
        &["resolve", &finding],
        &["dismiss", &finding],
    ];
    let decide: [&[&str]; 6] = [
        &["enroll", "bob", "--role", "builder", "--vendor", "openai"],
        &["approve", &request, "--delta", &delta],
        &["land", &request],
        &["land", "--adopt", "main"],
        &["revoke", &held],
        &["request", "HEAD", "--into", "main"],
    ];
    for (verbs, is_named) in [(can_be_left, true), (decide, false)] {
        for verb in verbs {
            let actor = if is_named { alice } else { &hub.maria };
            let error = actor.coord(verb).fails(5, "remote.unreachable");
            assert_eq!(text(&error["hints"][0]).contains("--offline"), is_named, "{verb:?}: {error}");
            assert_eq!((alice.head(), alice.git(&["for-each-ref"])), before, "{verb:?}");
        }
    }
    for verb in decide {
        hub.maria.coord(&[verb, &["--offline"]].concat()).fails(2, "usage.argument");
    }
    // The legal twin: whoever asks for it leaves it here.
    for verb in can_be_left.iter().filter(|verb| !["release", "dismiss"].contains(&verb[0])) {
        let told = alice.coord(&[*verb, &["--offline"]].concat()).ok().json();
        assert_eq!(told["guarantee"], "tentative", "{verb:?}: {told}");
    }
    assert_ne!(alice.head(), before.0);
    // What somebody else found is not set aside on what may be old.
    let foreign = hub.maria.coord(&["find", "Risky", "--on", "src/", "--offline"]).ok().json();
    let (foreign, before) = (text(&foreign["id"]), alice.head());
    alice.coord(&["dismiss", &foreign, "--offline"]).fails(2, "usage.argument");
    assert_eq!(alice.head(), before);
    hub.maria.coord(&["dismiss", &foreign, "--offline"]).ok();
}

#[test]
fn nothing_is_asked_of_anybody_offline() {
    let setting = Setting::new();
    let alice = setting.without_network(&setting.alice);
    let before = (setting.at_hub(), setting.alice.git(&["for-each-ref", "refs/coord/remotes"]));
    let claim = claim_offline(&alice, "src/a.rs");
    assert_eq!((&claim["state"], &claim["guarantee"]), (&"held".into(), &"tentative".into()), "{claim}");
    let id = text(&claim["id"]);
    for verb in [
        &["claim", "src/a.rs", "--intent", "Again", "--offline"][..],
        &["renew", &id, "--offline"],
        &["renew", &id, "--ttl", "1h", "--offline"],
        &["find", "Odd", "--on", "src/", "--offline"],
        &["handoff", &id, "--to", &setting.hub.maria.id, "--offline"],
        &["release", &id, "--offline"],
        &["status"],
    ] {
        alice.coord(verb).ok();
        assert!(!setting.asked().exists(), "{verb:?}");
    }
    let said = alice.say(&["claim", "tests/", "--intent", "x", "--offline"]).ok();
    assert!(said.stdout.contains("(tentative)") && said.stderr.contains("git coord sync"), "{said}");
    let after = (setting.at_hub(), setting.alice.git(&["for-each-ref", "refs/coord/remotes"]));
    assert_eq!(after, before, "what is known of the remote is as it was");
    alice.coord(&["claim", "docs/", "--intent", "x", "--wait", "1s", "--offline"]).fails(2, "usage.argument");
    // The twin: without the word it is asked, and where there is no remote the word says nothing.
    alice.coord(&["claim", "docs/", "--intent", "x"]).fails(5, "remote.unreachable");
    assert!(setting.asked().exists());
    let alone = Sandbox::new();
    let maria = alone.ledger();
    assert_eq!(claim_offline(&maria, "src/")["guarantee"], "local");
    assert_eq!(maria.coord(&["find", "Odd", "--on", "src/", "--offline"]).ok().json()["guarantee"], "local");
}

#[test]
fn finding_is_left_here_only_if_nobody_answers() {
    let setting = Setting::new();
    let Setting { alice, .. } = &setting;
    setting.cut();
    let found = alice.coord(&["find", "It reads twice", "--on", "src/"]).ok().json();
    assert_eq!(found["guarantee"], "tentative", "{found}");
    assert!(alice.say(&["find", "It is slow", "--on", "src/"]).ok().stdout.contains("tentative"));
    setting.mend();
    let fates = fates(alice, 0);
    assert_eq!(each(&fates, "outcome"), ["confirmed", "confirmed"], "{fates:?}");
    assert_eq!(fates[0]["id"], found["id"]);
    assert_eq!(alice.head(), setting.at_hub());
    // Somebody who answers with "no" is obeyed.
    let hook = setting.hub.directory.join("hooks/pre-receive");
    let honest = fs::read(&hook).unwrap();
    fs::write(&hook, "#!/bin/sh\necho not today\nexit 1\n").unwrap();
    let before = alice.head();
    alice.coord(&["find", "It is odd", "--on", "src/"]).exits(1);
    assert_eq!(alice.head(), before);
    fs::write(&hook, honest).unwrap();
    assert_eq!(alice.coord(&["find", "It is odd", "--on", "src/"]).ok().json()["guarantee"], "remote");
}

/// Everything that shows a record says that it may yet be lost, and nothing else is said to be.
#[test]
fn tentative_records_are_visible_as_such() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    let firm = text(&alice.claim(&["docs/"])["id"]);
    let firm_finding = text(&alice.coord(&["find", "Firm", "--on", "docs/"]).ok().json()["id"]);
    let queued = hub.maria.coord(&["claim", "docs/", "--queue", "--intent", "Translate"]).ok().json();
    assert_eq!(queued["guarantee"], "remote");
    setting.cut();
    let claim = text(&claim_offline(alice, "src/a.rs")["id"]);
    let finding = text(&alice.coord(&["find", "Odd", "--on", "src/a.rs"]).ok().json()["id"]);
    let worth = |actor: &Actor, verb: &[&str], kind: &str, id: &str| {
        let told = actor.coord(verb);
        let found = told.of_type(kind).into_iter().find(|object| object["id"] == *id);
        text(&found.unwrap_or_else(|| panic!("{verb:?} has no {id}: {told}"))["guarantee"])
    };
    for (id, finding, is) in [(&firm, &firm_finding, "remote"), (&claim, &finding, "tentative")] {
        assert_eq!(worth(alice, &["status"], "claim", id), is);
        assert_eq!(worth(alice, &["renew", id, "--offline"], "claim", id), is, "nothing is written");
        assert_eq!(worth(alice, &["findings"], "finding", finding), is);
        assert_eq!(worth(alice, &["show", id], "record", id), is);
        assert_eq!(worth(alice, &["show", finding], "record", finding), is);
    }
    let head = alice.coord(&["status"]).ok().json();
    assert_eq!((&head["guarantee"], &head["tentative"]), (&"tentative".into(), &2.into()), "{head}");
    let log = alice.coord(&["log", "-n", "3"]).ok().of_type("entry");
    assert_eq!(each(&log, "guarantee"), ["tentative", "tentative", "remote"]);
    let blocked = hub.maria.coord(&["check", "src/a.rs", "docs/x"]).exits(3).json();
    let mut held: Vec<_> = blocked["held_by_others"].as_array().unwrap().clone();
    held.sort_by_key(|held| held["id"] == *claim);
    assert_eq!(each(&held, "guarantee"), ["remote", "tentative"], "{blocked}");
    let inbox = hub.maria.coord(&["inbox"]).ok();
    assert_eq!(each(&inbox.of_type("inbox"), "guarantee"), ["tentative", "remote", "remote"], "{inbox}");
    // For people.
    for (verb, tentative) in
        [(&["status"][..], 2), (&["findings"], 1), (&["log"], 2), (&["show", &claim], 2), (&["check", "src/a.rs"], 1)]
    {
        let said = hub.maria.say(verb);
        assert_eq!(said.stdout.matches("tentative").count(), tentative, "{verb:?}: {said}");
    }
    hub.maria.write("src/a.rs", "fn a() { 2 }\n");
    hub.maria.git(&["add", "src/a.rs"]);
    let advice = hub.maria.try_git(&["commit", "-q", "-m", "x"]);
    assert!(advice.code != 0 && advice.stderr.contains(", tentative)"), "{advice}");
    // A token that comes by what is only here is no more final than that.
    alice.coord(&["release", &firm, "--offline"]).ok();
    assert_eq!(worth(alice, &["status"], "claim", &text(&queued["id"])), "tentative");
    // Once they are there, nothing is tentative any more.
    setting.mend();
    alice.coord(&["sync"]).ok();
    assert!(!alice.coord(&["status"]).ok().stdout.contains("\"tentative\":2"));
    for verb in [&["status"][..], &["log"], &["findings"], &["show", &claim]] {
        assert!(!alice.say(verb).ok().stdout.contains("tentative"), "{verb:?}");
    }
    other.coord(&["sync"]).ok();
    assert_eq!(worth(other, &["status"], "claim", &claim), "remote");
}

/// What somebody commits by hand where a remote decides is as tentative as what is left here on purpose.
#[test]
fn entry_by_hand_is_tentative_until_it_is_there() {
    let setting = Setting::new();
    let Setting { alice, .. } = &setting;
    let path = ".coord/claims/c-22222222.toml";
    alice.write(path, &super::raw::claim_text(&alice.id, "src/a.rs"));
    alice.raw_commit("Claim by hand").ok();
    let shown = alice.coord(&["status"]).ok().of_type("claim");
    assert_eq!(each(&shown, "guarantee"), ["tentative"]);
    // The next entry takes it along.
    assert_eq!(alice.claim(&["docs/"])["guarantee"], "remote");
    assert_eq!(alice.head(), setting.at_hub());
    let shown = alice.coord(&["status"]).ok().of_type("claim");
    assert_eq!(each(&shown, "guarantee"), ["remote", "remote"]);
}

//! A ledger that was here and is gone: no command takes the clone for one that never had any, `init` least of all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const VERBS: &str = "init --name eve|init --name eve --template solo|status|log|verify|audit|inbox|sync|whoami|commit\
                     |claim docs/ --intent x|check src/|watch --idle 1s";

/// Returns the files of what is trusted, all refs, and the configuration.
fn state(actor: &Actor) -> (BTreeMap<String, Vec<u8>>, String, Vec<u8>) {
    let directory = actor.directory.join(".git/coord");
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    let files = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap());
    let files = files.map(|entry| (entry.file_name().into_string().unwrap(), read(&entry.path()))).collect();
    (files, actor.git(&["for-each-ref"]), read(&actor.directory.join(".git/config")))
}

/// Checks that these commands are refused and change nothing. Returns the last error.
#[track_caller]
fn assert_refused(actor: &Actor, verbs: &str) -> Value {
    let before = state(actor);
    let mut last = Value::Null;
    for line in verbs.split('|') {
        last = actor.coord(&line.split_whitespace().collect::<Vec<_>>()).fails(4, "ledger.fork");
        assert_eq!(state(actor), before, "{line}");
    }
    last
}

/// Does what the hint of an error says.
#[track_caller]
fn follow_hint(actor: &Actor, error: &Value) {
    let hint = text(&error["hints"][0]);
    let command = hint.split('`').find(|part| part.starts_with("git ")).unwrap();
    actor.git(&command.split(' ').skip(1).collect::<Vec<_>>());
}

/// LED-2, with legal twin
#[test]
fn ledger_that_is_gone_is_not_begun_anew() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    let head = maria.head();
    maria.git(&["update-ref", "-d", "refs/heads/coord"]);
    let error = assert_refused(&maria, VERBS);
    let looks = maria.coord(&["doctor"]).exits(1).objects();
    let look = looks.iter().find(|look| look["subject"] == "ledger").unwrap();
    assert_eq!(text(&look["mend"]), format!("git update-ref refs/heads/coord {head}"));
    follow_hint(&maria, &error);
    assert_eq!(maria.head(), head);
    maria.claim(&["docs/"]);
    maria.assert_clean();
    // Whatever alone tells that there was one: the pin, or the head.
    for names in [&["verified", "chain", "recent"][..], &["pin"]] {
        let kept: Vec<_> = names
            .iter()
            .map(|name| maria.directory.join(".git/coord").join(name))
            .filter_map(|path| Some((fs::read(&path).ok()?, path)))
            .collect();
        kept.iter().for_each(|(_, path)| fs::remove_file(path).unwrap());
        let head = maria.head();
        maria.git(&["update-ref", "-d", "refs/heads/coord"]);
        let error = assert_refused(&maria, "init --name eve|status|join");
        assert!(!error["hints"].as_array().unwrap().is_empty(), "{error}");
        maria.git(&["update-ref", "refs/heads/coord", &head]);
        kept.iter().for_each(|(bytes, path)| fs::write(path, bytes).unwrap());
    }
    // The legal twin: a repository that never had one.
    sandbox.repository("fresh").begin(&[]).claim(&["src/"]);
}

#[test]
fn ledger_that_is_gone_comes_back_from_the_remote() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let head = maria.head();
    maria.git(&["update-ref", "-d", "refs/heads/coord"]);
    assert_refused(maria, "init --name eve|init --name eve --remote hub|sync|status");
    maria.coord(&["join"]).ok();
    assert_eq!(maria.head(), head);
    maria.claim(&["docs/"]);
    maria.assert_clean();
}

#[test]
fn clone_of_a_ledger_begins_no_second_one() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let other = hub.clone(&sandbox, "other");
    let before = (other.git(&["for-each-ref"]), other.read(".git/config"));
    for arguments in [&["init", "--name", "eve"][..], &["init", "--name", "eve", "--remote", "hub"]] {
        let error = other.coord(arguments).fails(1, "ledger.exists");
        assert!(text(&error["hints"][0]).contains("`git coord join --remote hub`"), "{error}");
        assert_eq!((other.git(&["for-each-ref"]), other.read(".git/config")), before, "{arguments:?}");
        assert!(!other.has(".git/coord/pin") && !other.has(".coord"));
    }
    other.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    // The legal twin: a clone whose remote has no ledger, whatever its other branches are called.
    let plain = sandbox.repository("plain");
    plain.git(&["branch", "team/coord"]);
    let from = plain.directory.to_str().unwrap();
    for name in ["one", "two"] {
        sandbox.somebody(&sandbox.root).git(&["clone", "-q", from, name]);
        let clone = sandbox.somebody(&sandbox.root.join(name));
        clone.git(&["config", "user.name", "Somebody"]);
        clone.git(&["config", "user.email", "somebody@example.org"]);
        let arguments: &[&str] = if name == "one" { &[] } else { &["--remote", "origin"] };
        clone.begin(arguments).claim(&["src/"]);
    }
}

//! What `audit` says of what is wrong: since when, what it is, and what to do; and from where on it looks.

use std::fs;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::astray::Forge;

/// Returns the entries of a ledger, oldest first.
fn entries(actor: &Actor) -> Vec<Value> {
    let mut told = actor.coord(&["log", "-n", "1000"]).ok().of_type("entry");
    told.reverse();
    told
}

/// Returns the height of the last entry with such a subject.
pub(super) fn height_of(actor: &Actor, subject: &str) -> u64 {
    let all = entries(actor);
    let found = all.iter().rev().find(|entry| text(&entry["subject"]).starts_with(subject));
    found.unwrap_or_else(|| panic!("no entry `{subject}`"))["height"].as_u64().unwrap()
}

/// Lands a change of somebody on main, which maria approves. Returns the commit.
pub(super) fn land(maria: &Actor, author: &Actor, path: &str, content: &str) -> String {
    author.write(path, content);
    let commit = author.commit(&format!("Change {path}"));
    let request = author.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    maria.coord(&["land", &text(&request["id"])]).ok();
    commit
}

/// CI-3, ENV-5, with legal twin and control
#[test]
fn bypass_is_told_with_since_when_what_it_brought_and_what_to_do() {
    let forge = Forge::landed();
    let landed = height_of(&forge.maria, "Land ");
    let outsider = forge.outsider();
    let honest = outsider.git(&["rev-parse", "origin/main"]);
    outsider.write("src/a.rs", "fn a() { 2 }\n");
    let sneaked = outsider.commit("Sneak in");
    outsider.git(&["push", "-q", "origin", "HEAD:main"]);
    let found = forge.problem("ref.state", "refs/heads/main");
    assert_eq!((&found["ref"], &found["commit"]), (&"refs/heads/main".into(), &sneaked.as_str().into()));
    assert_eq!(found["height"], landed, "{found}");
    // It was decided after what came before, and dated then or a moment later.
    let all = entries(&forge.maria);
    let [before, made] = [landed - 1, landed].map(|height| text(&all[usize::try_from(height).unwrap()]["t"]));
    let decided = text(&found["t"]);
    assert!(before <= decided && decided <= made, "{before} {decided} {made}");
    let brought = found["brought"].as_array().unwrap();
    assert_eq!(brought.len(), 1, "{found}");
    assert_eq!((&brought[0]["commit"], &brought[0]["signer"]), (&sneaked.as_str().into(), &Value::Null));
    let said = forge.maria.say(&["audit"]).exits(1).stdout;
    for part in
        ["problem: ", "  since: after its last landing, height ", "signed by nobody enrolled: \"Sneak in\"", "  mend: "]
    {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
    // What it says brings it back.
    let mend = text(&found["mend"]);
    let push = mend.split("git push ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let words: Vec<&str> = ["push", "-q"].into_iter().chain(push.split(' ')).collect();
    forge.maria.git(&words);
    assert_eq!(forge.server.git(&["rev-parse", "main"]), honest);
    forge.assert_clean();
    // The legal twin: the same change, asked for and approved.
    let alice = forge.maria.at("../alice");
    land(&forge.maria, &Actor { id: forge.alice.clone(), ..alice }, "src/a.rs", "fn a() { 2 }\n");
    forge.assert_clean();
}

/// ENV-5: whose commit went round is said where somebody enrolled signed it.
#[test]
fn bypass_by_somebody_enrolled_names_who_signed() {
    let forge = Forge::landed();
    let alice = Actor { id: forge.alice.clone(), ..forge.maria.at("../alice") };
    alice.write("src/b.rs", "fn b() { 1 }\n");
    alice.commit("Hurry");
    alice.git(&["push", "-q", "--no-verify", "forge", "HEAD:main"]);
    let found = forge.problem("ref.state", "refs/heads/main");
    assert_eq!(found["brought"][0]["signer"], alice.id.as_str(), "{found}");
}

#[test]
fn audit_looks_from_where_it_is_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let first = land(&maria, &alice, "src/a.rs", "fn a() { 1 }\n");
    let first_height = height_of(&maria, "Land ");
    let second = land(&maria, &alice, "src/b.rs", "fn b() { 1 }\n");
    let height = height_of(&maria, "Land ");
    let entry = maria.head();
    let count = |since: &str| {
        let audit = maria.coord(&["audit", "--since", since]).ok().json();
        (audit["landings"].as_u64().unwrap(), audit["skipped"].as_u64().unwrap(), audit["from"].as_u64().unwrap())
    };
    for (since, landings) in
        [("0", 2), ("1h", 2), ("2000-01-01", 2), ("2000-01-01T00:00:00Z", 2), (first.as_str(), 2), ("9000-01-01", 0)]
    {
        assert_eq!(count(since).0, landings, "{since}");
    }
    for since in [&height.to_string(), &second, &entry] {
        assert_eq!(count(since), (1, 2, height), "{since}");
    }
    assert_eq!(count(&first).2, first_height);
    let said = maria.say(&["audit", "--since", &second]).ok().stdout;
    assert!(said.contains(&format!("from height {height} on; 2 landings before are not replayed")), "{said}");
    // A height is written as it is printed; longer numbers, and those with zeros before them, name commits if anything.
    for (number, kind) in [("999", "entry of height"), ("00", "commit"), ("1234567890123", "commit"), ("+1", "commit")]
    {
        let refused = maria.coord(&["audit", "--since", number]).fails(2, "usage.not-found");
        assert!(text(&refused["message"]).contains(&format!("no {kind} `{number}`")), "{refused}");
    }
    for unknown in ["nonsense", &"0".repeat(second.len() - 1), &maria.git(&["rev-parse", "HEAD^{tree}"])] {
        maria.coord(&["audit", "--since", unknown]).fails(2, "usage.not-found");
    }
    // A commit that is there and never landed.
    alice.write("src/b.rs", "fn b() { 2 }\n");
    let open = alice.commit("Not yet");
    maria.coord(&["audit", "--since", &open]).fails(2, "usage.not-found");
}

/// S24: a landing that says what was not decided is told with who recorded it, and since when.
#[test]
fn landing_that_does_not_replay_is_told_with_who_recorded_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let landed = land(&maria, &alice, "src/a.rs", "fn a() { 1 }\n");
    maria.coord(&["audit"]).ok();
    let height = height_of(&maria, "Land ");
    let files = fs::read_dir(maria.directory.join(".coord/landed")).unwrap();
    let file = files.map(|file| file.unwrap().path()).next().unwrap();
    let record = fs::read_to_string(&file).unwrap();
    let verdict = record.lines().find(|line| line.starts_with("verdict")).unwrap();
    let forged = format!("verdict = \"sha256:{}\"", "0".repeat(64));
    fs::write(&file, record.replace(verdict, &forged)).unwrap();
    maria.raw(&["commit", "-q", "-S", "--no-verify", "--amend", "-a", "--no-edit"]).ok();
    for name in ["chain", "verified", "recent"] {
        fs::remove_file(maria.directory.join(".git/coord").join(name)).ok();
    }
    let audit = maria.coord(&["audit"]).exits(1);
    let found = audit.of_type("problem");
    assert_eq!(found.len(), 1, "{audit}");
    let found = &found[0];
    assert_eq!((&found["code"], &found["height"]), (&"landed.mismatch".into(), &height.into()), "{found}");
    assert_eq!((&found["recorder"], &found["commit"]), (&maria.id.as_str().into(), &landed.as_str().into()));
    assert!(text(&found["mend"]).contains(&text(&found["request"])), "{found}");
    let said = maria.say(&["audit"]).exits(1).stdout;
    assert!(said.contains(&format!("recorded by {}", maria.id)), "{said}");
    // It is not looked at again where the audit begins later.
    maria.claim(&["docs/"]);
    let later = maria.coord(&["audit", "--since", &(height + 1).to_string()]).ok().json();
    assert_eq!((&later["landings"], &later["skipped"]), (&0.into(), &2.into()));
}

/// LED-5
#[test]
fn void_entries_are_listed_and_nothing_is_wrong() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let before = maria.coord(&["audit"]).ok();
    assert!(before.of_type("void").is_empty(), "{before}");
    maria.write(".coord/junk.txt", "x");
    maria.raw(&["add", "-A"]).ok();
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Junk"]).ok();
    let void = maria.head();
    let audit = maria.coord(&["audit"]).ok();
    let found = audit.of_type("void");
    assert_eq!((found.len(), &audit.json()["void"]), (1, &1.into()), "{audit}");
    assert_eq!((&found[0]["commit"], &found[0]["code"]), (&void.as_str().into(), &"ledger.tree".into()), "{audit}");
    assert_eq!(found[0]["signer"], maria.id.as_str());
    let said = maria.say(&["audit"]).ok().stdout;
    assert!(said.contains("changed nothing") && said.contains("every landing replays"), "{said}");
    maria.claim(&["docs/"]);
    let later = maria.coord(&["audit", "--since", &height_of(&maria, "Claim").to_string()]).ok();
    assert_eq!((later.of_type("void").len(), &later.json()["void"]), (0, &0.into()), "{later}");
}

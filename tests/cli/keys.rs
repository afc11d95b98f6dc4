//! The attacks on keys that take real files, dates and programs (KEY-1, KEY-5, KEY-6). The others are in `kernel`.

use std::fs;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

const LONG_AGO: &str = "2020-02-02T02:02:02Z";

fn revoke(maria: &Actor, whom: &Actor) {
    maria.coord(&["principals", "revoke", &whom.id]).ok();
}

fn dated(actor: &Actor, date: &str) -> Actor {
    actor.with_env("GIT_AUTHOR_DATE", date).with_env("GIT_COMMITTER_DATE", date)
}

/// KEY-1, with legal twin and control:
/// stock git goes by the date that a commit tells of itself; here a key ends where the ledger says so.
#[test]
fn back_dated_commit_of_a_key_that_ended_does_not_land() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let signers = maria.say(&["principals", "--allowed-signers"]).ok().stdout;
    let ended = signers.replace("namespaces=\"git\"", "namespaces=\"git\",valid-before=\"20210101000000Z\"");
    let file = sandbox.root.join("ended");
    fs::write(&file, ended).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", file.display());
    let asked = |actor: &Actor, path: &str| {
        actor.write(path, "Changed\n");
        let commit = actor.commit(&format!("Change {path} as {}", actor.id));
        let request = actor.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
        let stock = maria.try_git(&["-c", &setting, "verify-commit", &commit]).code == 0;
        (text(&request["id"]), stock)
    };
    let (of_alice, is_good) = asked(&dated(&alice, LONG_AGO), "docs/alice.md");
    assert!(is_good, "the date is believed");
    let (of_bob, is_good) = asked(&dated(&bob, LONG_AGO), "docs/bob.md");
    assert!(is_good, "the date is believed");
    alice.write("docs/alice.md", "Today\n");
    let today = alice.commit("Change it today");
    assert_ne!(maria.try_git(&["-c", &setting, "verify-commit", &today]).code, 0, "for stock git the key has ended");
    revoke(&maria, &alice);
    let head = maria.git(&["rev-parse", "main"]);
    let refused = maria.coord(&["land", &of_alice]).exits(1).json();
    let codes: Vec<_> = refused["rules"].as_array().unwrap().iter().map(|rule| rule["code"].clone()).collect();
    assert!(codes.contains(&"key.revoked".into()), "{refused}");
    assert_eq!(maria.git(&["rev-parse", "main"]), head);
    // The legal twin: as old a date, and a key that has not ended.
    maria.coord(&["land", &of_bob]).ok();
    assert_ne!(maria.git(&["rev-parse", "main"]), head);
}

/// KEY-1, KEY-2, with legal twin: nor does an entry of the ledger count, whatever date it tells.
#[test]
fn entry_of_a_key_that_ended_is_void_whatever_its_date() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let append = |actor: &Actor, id: &str| {
        maria.write(&format!(".coord/claims/{id}.toml"), &claim_text(&actor.id, &format!("docs/{id}")));
        let committer = Actor { id: actor.id.clone(), ..maria.clone() };
        let committer = Actor { environment: actor.environment.clone(), ..committer };
        committer.raw(&["add", "-A"]).ok();
        committer.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Claim by hand"]).ok();
        let entry = maria.coord(&["log", "-n", "1"]).ok().json();
        assert_eq!(entry["signer"], actor.id.as_str(), "{entry}");
        maria.coord(&["status"]).ok();
        entry["void"].clone()
    };
    assert!(append(&alice, "c-22222222").is_null(), "as long as the key has not ended");
    revoke(&maria, &alice);
    assert_eq!(append(&alice, "c-33333333"), "key.revoked");
    undo(&maria);
    assert_eq!(append(&dated(&alice, LONG_AGO), "c-44444444"), "entry.time");
    undo(&maria);
    // The legal twin.
    assert!(append(&bob, "c-55555555").is_null());
}

/// Brings the checkout back to what counts, after a void entry.
fn undo(maria: &Actor) {
    maria.claim(&[&format!("tests/{}", maria.head())]);
}

/// KEY-5, KEY-6, with legal twin:
/// names that look like others, and names that would become options of an allowed-signers file.
#[test]
fn misleading_names_are_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let head = maria.head();
    let names = [
        "\u{430}lice",
        "al\u{131}ce",
        "Alice",
        "alice\nmallory",
        "alice\" cert-authority \"",
        "alice,mallory",
        "*",
        "alice cert-authority",
        "alice@example.org",
        "-alice",
        "",
    ];
    for name in names {
        let refused = maria.coord(&["enroll", "--role", "builder", "--", name]);
        refused.fails(2, "usage.argument");
        assert_eq!(maria.head(), head, "{name:?}");
    }
    // As raw files they are no records at all.
    let record = maria.read(&format!(".coord/principals/{}.toml", alice.id));
    for name in ["\u{430}lice-3f9a1c2e", "Alice-3f9a1c2e", "alice\nmallory-3f9a1c2e", "a\" cert-authority \"-3f9a1c2e"]
    {
        maria.write(&format!(".coord/principals/{name}.toml"), &record);
        maria.raw(&["add", "-A"]).ok();
        maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Enroll by hand"]).ok();
        let entry = maria.coord(&["log", "-n", "1"]).ok().json();
        assert_eq!(entry["void"], "ledger.tree", "{entry}");
        undo(&maria);
    }
    assert_eq!(maria.say(&["principals", "--allowed-signers"]).ok().stdout.lines().count(), 2);
    // The legal twins: plain names, even ones that are options elsewhere.
    for name in ["alicf", "cert-authority", "namespaces"] {
        maria.coord(&["enroll", name, "--role", "builder"]).ok();
    }
}

/// KEY-6, legal twin:
/// what is exported is what OpenSSH reads: each key belongs to its principal, and signs commits only.
#[test]
fn allowed_signers_go_round_through_ssh_keygen() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("cert-authority"));
    revoke(&maria, &bob);
    let signers = sandbox.root.join("signers");
    fs::write(&signers, maria.say(&["principals", "--allowed-signers"]).ok().stdout).unwrap();
    let data = sandbox.root.join("data");
    let keygen = |arguments: &[&str]| {
        let mut command = maria.command("ssh-keygen");
        command.args(arguments);
        Ran::of(command)
    };
    let file = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let signature = file(&sandbox.root.join("data.sig"));
    // Data come by standard input, which a test has none of: of nothing.
    fs::write(&data, "").unwrap();
    for actor in [&maria, &alice, &bob] {
        let identity = format!("{}@coord.invalid", actor.id);
        for (namespace, is_good) in [("git", true), ("file", false)] {
            fs::remove_file(&signature).ok();
            keygen(&["-Y", "sign", "-n", namespace, "-f", &actor.key_file(), &file(&data)]).ok();
            let found = keygen(&["-Y", "find-principals", "-s", &signature, "-f", &file(&signers)]);
            assert_eq!(found.ok().stdout.trim_end(), identity);
            let verify = ["-Y", "verify", "-n", namespace, "-I", &identity, "-s", &signature, "-f", &file(&signers)];
            assert_eq!(keygen(&verify).code == 0, is_good, "{identity} {namespace}");
        }
        // Nobody's key is another's.
        for other in [&maria, &alice, &bob].iter().filter(|other| other.id != actor.id) {
            fs::remove_file(&signature).unwrap();
            keygen(&["-Y", "sign", "-n", "git", "-f", &other.key_file(), &file(&data)]).ok();
            let verify = ["-Y", "verify", "-n", "git", "-I", &identity, "-s", &signature, "-f", &file(&signers)];
            assert_ne!(keygen(&verify).code, 0, "{} as {identity}", other.id);
        }
    }
}

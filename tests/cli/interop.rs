//! Both ways: stock git writes what counts for us, and what we write is good for stock git.

use std::fs;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::gits;
use crate::support::sandbox::text;

use super::raw::claim_text;

fn held_by(actor: &Actor, id: &str) -> Option<String> {
    let claims = actor.coord(&["status"]).ok().of_type("claim");
    claims.into_iter().find(|claim| claim["id"] == id && claim["state"] == "held").map(|claim| text(&claim["holder"]))
}

fn voids(actor: &Actor) -> u64 {
    actor.coord(&["status"]).ok().json()["void"].as_u64().unwrap()
}

/// Runs a test in both kinds of repository with every git of this machine.
fn everywhere(test: impl Fn(&Sandbox)) {
    for format in ["sha1", "sha256"] {
        for git in gits() {
            test(&Sandbox::with_git(&git, format));
        }
    }
}

/// Checks every entry with stock git.
fn check_all_entries(sandbox: &Sandbox, actor: &Actor) {
    let signers = actor.say(&["principals", "--allowed-signers"]).ok().stdout;
    let file = sandbox.root.join("allowed-signers");
    fs::write(&file, signers).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", file.display());
    let seen = actor.git(&["-c", &setting, "log", "--format=%G?", "coord"]);
    assert!(seen.lines().all(|line| line == "G"), "{seen}");
    for commit in actor.git(&["rev-list", "coord"]).lines() {
        let ran = actor.try_git(&["-c", &setting, "verify-commit", commit]).ok();
        assert!(ran.stderr.contains("Good \"git\" signature for "), "{ran}");
    }
    let shown = actor.git(&["-c", &setting, "log", "--show-signature", "-1", "coord"]);
    assert!(shown.contains("Good \"git\" signature for "), "{shown}");
    actor.git(&["fsck", "--strict", "--full", "--no-dangling"]);
}

#[test]
fn raw_claim_counts() {
    everywhere(|sandbox| {
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        for (actor, id) in [(&maria, "c-22222222"), (&alice, "c-33333333")] {
            let path = format!("docs/{}/", actor.id);
            maria.write(&format!(".coord/claims/{id}.toml"), &claim_text(&actor.id, &path));
            actor.raw_commit("Claim by hand").ok();
            assert_eq!(held_by(&maria, id).as_ref(), Some(&actor.id));
            alice.coord(&["check", &path]).exits(if actor.id == alice.id { 0 } else { 3 });
        }
        maria.assert_clean();
        check_all_entries(sandbox, &maria);
        assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
        maria.raw(&["rm", "-q", "claims/c-22222222.toml"]).ok();
        maria.raw(&["commit", "-q", "-S", "-m", "Release by hand"]).ok();
        assert_eq!(held_by(&maria, "c-22222222"), None);
    });
}

#[test]
fn what_we_write_is_good_for_stock_git() {
    everywhere(|sandbox| {
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        let claim = alice.claim(&["src/"]);
        maria.assert_clean();
        alice.coord(&["renew", "--ttl", "1h"]).ok();
        maria.assert_clean();
        alice.write("src/a.rs", "fn a() { 1 }\n");
        alice.commit("Change a");
        let request = alice.coord(&["request", "HEAD", "--into", "main", "--title", "Change a"]).ok().json();
        maria.assert_clean();
        let delta = text(&request["delta"]);
        maria.coord(&["approve", &text(&request["id"]), "--delta", &delta, "--reason", "Read"]).ok();
        maria.assert_clean();
        maria.coord(&["find", "It is slow", "--on", "src/a.rs"]).ok();
        maria.assert_clean();
        alice.coord(&["release", &text(&claim["id"]), "--branch", "alice"]).ok();
        maria.assert_clean();
        check_all_entries(sandbox, &maria);
        let checkout = maria.git(&["-C", ".coord", "ls-files"]);
        assert_eq!(checkout, maria.git(&["ls-tree", "-r", "--name-only", "coord"]));
    });
}

#[test]
fn raw_approval_counts() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let head = alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    let gate = ["gate", "--ref", "main", "--base", "main", "--head", &head];
    let allows = |actor: &Actor| actor.coord(&gate).json()["allow"].as_bool().unwrap();
    maria.coord(&["land", "--adopt", "main"]).ok();
    assert!(!allows(&maria));
    let approval = |principal: &str, delta: &str| {
        format!("format = 1\nrequest = \"{id}\"\ndelta = \"{delta}\"\nverdict = \"approve\"\nrole = \"maintainer\"\npolicy = 1\nreason = \"Read it\"\nprincipal = \"{principal}\"\n")
            .replace(&format!("principal = \"{principal}\"\n"), "")
    };
    let file = format!(".coord/approvals/{id}/{}.toml", maria.id);
    maria.write(&file, &approval(&maria.id, &format!("sha256:{}", "0".repeat(64))));
    let refused = maria.raw_commit("Approve something else").exits(1);
    assert!(refused.stderr.contains("approval.delta"), "{refused}");
    maria.write(&file, &approval(&maria.id, &delta));
    maria.raw_commit("Approve by hand").ok();
    assert_eq!(voids(&maria), 0);
    assert!(allows(&maria), "{}", maria.say(&gate));
}

#[test]
fn illegal_raw_entry_is_refused_and_its_draft_stays() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.claim(&["src/"]);
    let head = maria.head();
    let cases = [
        (&alice, "claims/c-22222222.toml", claim_text(&alice.id, "src/a.rs"), "claim.held"),
        (&alice, "claims/c-33333333.toml", claim_text(&maria.id, "docs/"), "record.owner"),
        (&alice, "claims/c-44444444.toml", "format = 1\nholder = ".to_owned(), "record.parse"),
        (&alice, "notes.txt", "hello\n".to_owned(), "ledger.tree"),
        (&maria, "policy.toml", maria.read(".coord/policy.toml") + "\n# more\n", "policy.rollback"),
    ];
    for (who, path, content, code) in cases {
        maria.write(&format!(".coord/{path}"), &content);
        let refused = who.raw_commit("Illegal").exits(1);
        assert!(refused.stderr.contains(&format!("({code})")), "{code}: {refused}");
        assert_eq!(maria.read(&format!(".coord/{path}")), content, "the draft stays");
        assert_eq!(maria.head(), head, "nothing was appended");
        let drafts = maria.coord(&["status"]).ok().of_type("draft");
        let draft = drafts.iter().find(|draft| draft["path"] == path).unwrap_or_else(|| panic!("{path}: {drafts:?}"));
        // A draft is judged as its owner's: hers is fine, only nobody else may sign it.
        let expected = (code != "record.owner").then_some(code);
        assert_eq!((draft["ok"].as_bool(), draft["code"].as_str()), (Some(expected.is_none()), expected));
        maria.raw(&["reset", "-q", "--hard"]).ok();
        maria.raw(&["clean", "-qfd"]).ok();
    }
    // The nearest legal one.
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&alice.id, "docs/a.md"));
    alice.raw_commit("Legal").ok();
    assert_eq!(held_by(&maria, "c-22222222"), Some(alice.id));
}

#[test]
fn forced_illegal_entry_is_void_and_the_next_honest_one_restores() {
    everywhere(|sandbox| {
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        let claim = maria.claim(&["src/"]);
        let file = format!(".coord/claims/{}.toml", text(&claim["id"]));
        let recorded = maria.read(&file);
        fs::remove_file(maria.directory.join(&file)).unwrap();
        maria.write(".coord/garbage.txt", "garbage\n");
        alice.raw(&["add", "-A"]).ok();
        alice.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Take over everything"]).ok();
        let void = maria.head();

        assert_eq!(voids(&maria), 1);
        let listed = maria.coord(&["status"]).ok().of_type("void");
        assert_eq!(listed.len(), 1, "status names it");
        assert_eq!(listed[0]["commit"], void.as_str());
        let entry = maria.coord(&["log", "-n", "1"]).ok().json();
        assert!(entry["void"].is_object() || entry["void"].is_string(), "log marks it: {entry}");
        assert_eq!(maria.coord(&["verify"]).ok().json()["void"], 1);
        assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 1);
        assert!(maria.say(&["status"]).ok().stdout.contains("void"));
        assert_eq!(held_by(&alice, &text(&claim["id"])).as_ref(), Some(&maria.id), "nothing changed");
        alice.coord(&["claim", "src/b.rs", "--intent", "x"]).fails(3, "claim.held");

        alice.claim(&["docs/"]);
        let tree = maria.git(&["ls-tree", "-r", "--name-only", "coord"]);
        assert!(!tree.contains("garbage"), "{tree}");
        assert_eq!(maria.read(&file), recorded, "the checkout shows the last valid tree");
        maria.assert_clean();
        assert_eq!(voids(&maria), 1, "it stays on record");

        maria.write(".coord/claims/c-55555555.toml", &claim_text(&maria.id, "tests/"));
        maria.raw_commit("Stock git again").ok();
        assert_eq!(voids(&maria), 1);
        assert_eq!(held_by(&alice, "c-55555555").as_ref(), Some(&maria.id));
        assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 1);
    });
}

#[test]
fn stock_commit_right_after_a_void_entry_counts() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.write(".coord/garbage.txt", "garbage\n");
    maria.raw(&["add", "-A"]).ok();
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Garbage"]).ok();
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "src/"));
    // What the void entry brought in is still in the index: the hook says so, and any command of ours mends it.
    let first = maria.raw_commit("Claim on top");
    if first.code != 0 {
        assert!(first.stderr.contains("git coord"), "{first}");
        maria.coord(&["status"]).ok();
        maria.raw_commit("Claim on top").ok();
    }
    assert_eq!(voids(&maria), 1);
    assert_eq!(held_by(&maria, "c-22222222").as_ref(), Some(&maria.id));
    assert!(!maria.git(&["ls-tree", "-r", "--name-only", "coord"]).contains("garbage"));
}

#[test]
fn stock_commit_after_our_entry_takes_nothing_back() {
    everywhere(|sandbox| {
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        let first = text(&alice.claim(&["src/a.rs"])["id"]);
        maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "src/b.rs"));
        maria.raw(&["add", "claims/c-22222222.toml"]).ok();
        // Ours lands between `git add` and `git commit`.
        let second = text(&alice.claim(&["docs/"])["id"]);
        maria.raw(&["commit", "-q", "-S", "-m", "Staged before"]).ok();
        assert_eq!(voids(&maria), 0);
        for (id, holder) in [(first.as_str(), &alice), (second.as_str(), &alice), ("c-22222222", &maria)] {
            assert_eq!(held_by(&maria, id).as_ref(), Some(&holder.id), "{id}");
        }
        maria.assert_clean();
    });
}

#[test]
fn commit_from_a_stale_index_is_refused_and_void_if_forced() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let before = maria.head();
    let id = text(&alice.claim(&["src/"])["id"]);
    let after = maria.head();
    // Somebody moves the branch with a program that knows no index.
    maria.git(&["update-ref", "refs/heads/coord", &before]);
    maria.raw(&["reset", "-q", "--hard"]).ok();
    maria.git(&["update-ref", "refs/heads/coord", &after]);
    // She may revoke claims, but that her checkout lacks one is no revocation.
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "docs/"));
    let refused = maria.raw_commit("Stale").exits(1);
    assert!(refused.stderr.contains("the checkout is behind"), "{refused}");
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Stale"]).ok();
    assert_eq!(held_by(&maria, &id).as_ref(), Some(&alice.id), "nothing is taken back");
    alice.claim(&["tests/"]);
    let file = format!(".coord/claims/{id}.toml");
    assert!(maria.has(&file));
    maria.assert_clean();
    let voids_before = voids(&maria);
    let revoked = maria.read(&file).replace("rev = 1\n", "rev = 2\n") + &format!("revoked-by = \"{}\"\n", maria.id);
    maria.write(&file, &revoked);
    maria.raw_commit("Revoke by hand").ok();
    maria.raw(&["rm", "-q", &format!("claims/{id}.toml")]).ok();
    maria.raw(&["commit", "-q", "-S", "-m", "Remove what is revoked"]).ok();
    assert_eq!((held_by(&maria, &id), voids(&maria)), (None, voids_before));
}

#[test]
fn drafts_are_shown_and_committed_by_their_owner() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "src/"));
    maria.write(".coord/claims/c-33333333.toml", &claim_text(&alice.id, "docs/"));
    maria.write(".coord/claims/c-44444444.toml", "format = 2\n");
    let drafts = maria.coord(&["status"]).ok().of_type("draft");
    let fine: Vec<_> = drafts.iter().map(|draft| (text(&draft["path"]), draft["ok"].as_bool().unwrap())).collect();
    let path = |digit: char| format!("claims/c-{}.toml", digit.to_string().repeat(8));
    assert_eq!(fine, [(path('2'), true), (path('3'), true), (path('4'), false)]);
    maria.coord(&["commit"]).ok();
    assert_eq!(held_by(&maria, "c-22222222").as_ref(), Some(&maria.id));
    assert_eq!(held_by(&maria, "c-33333333"), None, "somebody else's draft is left");
    alice.coord(&["commit"]).ok();
    assert_eq!(held_by(&maria, "c-33333333").as_ref(), Some(&alice.id));
    assert!(maria.has(".coord/claims/c-44444444.toml"), "what is wrong is left in place");
    let height = maria.head();
    maria.coord(&["commit"]).ok();
    assert_eq!(maria.head(), height, "nothing to commit is not an entry");
}

/// What git does to the commits and files of the code is not done to entries.
#[test]
fn settings_of_the_user_do_not_make_an_entry_void() {
    let sandbox = Sandbox::new();
    let plain = sandbox.repository("work");
    plain.git(&["config", "--global", "i18n.commitEncoding", "ISO-8859-1"]);
    plain.git(&["config", "--global", "core.autocrlf", "true"]);
    let maria = plain.begin(&[]);
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "src/"));
    maria.raw_commit("By hand").ok();
    let status = maria.coord(&["status"]).ok();
    assert!(status.of_type("void").is_empty() && status.of_type("claim").len() == 1, "{status}");
    maria.ledger().git(&["checkout", "-q", "--", "."]);
    maria.ledger().git(&["rm", "-q", "--cached", "claims/c-22222222.toml"]);
    maria.ledger().git(&["reset", "-q", "--hard"]);
    assert!(maria.coord(&["status"]).ok().of_type("draft").is_empty());
}

//! Which file an edit is about: names that lead elsewhere than they look, other work trees, other repositories.

use std::os::unix::fs::symlink;

use serde_json::json;

use crate::agents::told::Heard;
use crate::agents::told::ask;
use crate::agents::told::claims_of;
use crate::agents::told::edit;
use crate::agents::told::heard;
use crate::agents::told::hook;
use crate::agents::told::team;
use crate::support::sandbox::Sandbox;

#[test]
fn names_that_lead_to_a_held_file_are_refused_like_the_file() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/a.rs"]);
    symlink("a.rs", alice.directory.join("src/link.rs")).unwrap();
    symlink("src", alice.directory.join("other")).unwrap();
    std::fs::create_dir_all(alice.directory.join("deep/er")).unwrap();
    symlink("deep/er", alice.directory.join("way")).unwrap();
    symlink(alice.directory.join("src/a.rs"), alice.directory.join("deep/abs")).unwrap();
    for name in [
        "src/../src/a.rs",
        "./src//a.rs",
        "src/link.rs",
        "other/a.rs",
        "deep/abs",
        // As text it is `src/a.rs`, for the system `deep/src/a.rs`.
        "way/../src/a.rs",
        "nowhere/../src/a.rs",
    ] {
        assert!(ask(&alice, "claude", name).stops().contains(&bob.id), "{name}");
    }
    for name in ["src/b.rs", "other/c.rs", "deep/er/../new.rs", "src/a.rs.orig"] {
        ask(&alice, "claude", name).goes_on();
    }
}

#[test]
fn relative_names_count_from_where_the_agent_is() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/a.rs"]);
    let mut payload = edit("codex", &alice.directory, "a.rs");
    payload["cwd"] = json!(alice.directory.join("src"));
    assert!(matches!(heard("codex", &hook(&alice, "codex", "before-edit", &payload)), Heard::Stopped(_)));
    payload["cwd"] = json!(alice.directory);
    heard("codex", &hook(&alice, "codex", "before-edit", &payload)).goes_on();
}

#[test]
fn files_outside_and_left_out_files_are_free() {
    let sandbox = Sandbox::new();
    let (maria, alice, _bob) = team(&sandbox, "deny");
    for name in [sandbox.root.join("elsewhere/x"), sandbox.home.join(".profile"), "/tmp".into(), "/".into()] {
        assert_eq!(ask(&alice, "claude", name.to_str().unwrap()), Heard::GoesOn(String::new()), "{name:?}");
    }
    alice.write(".gitignore", "/target/\n");
    assert_eq!(ask(&alice, "claude", "target/out.txt"), Heard::GoesOn(String::new()));
    ask(&alice, "claude", "src/out.txt").stops();
    // Drafts of records are judged when they are committed.
    assert_eq!(ask(&maria, "claude", ".coord/policy.toml"), Heard::GoesOn(String::new()));
    // Nothing is coordinated there.
    let plain = sandbox.repository("plain");
    let path = plain.directory.join("src/a.rs");
    assert_eq!(ask(&alice, "claude", path.to_str().unwrap()), Heard::GoesOn(String::new()));
}

#[test]
fn what_is_gits_own_is_refused() {
    let sandbox = Sandbox::new();
    let (maria, alice, _bob) = team(&sandbox, "off");
    let common = maria.directory.join(".git");
    symlink(&common, alice.directory.join("innocent")).unwrap();
    for name in [".git", ".git/config", "innocent/hooks/pre-commit", "sub/.GIT/config"] {
        assert!(ask(&alice, "claude", name).stops().contains("git's own"), "{name}");
    }
    for name in ["coord/pin", "hooks/pre-commit", "refs/heads/coord", "worktrees/alice/config.worktree"] {
        let path = common.join(name);
        assert!(ask(&alice, "claude", path.to_str().unwrap()).stops().contains("git's own"), "{name}");
    }
    for name in [".gitignore", ".github/x", "git/config"] {
        ask(&alice, "claude", name).goes_on();
    }
}

/// Whoever goes into somebody else's work tree does not become somebody else.
#[test]
fn other_peoples_work_trees_are_refused_and_lend_no_identity() {
    let sandbox = Sandbox::new();
    let (maria, alice, bob) = team(&sandbox, "off");
    bob.claim(&["src/a.rs"]);
    let theirs = bob.directory.join("src/b.rs");
    assert!(ask(&alice, "claude", theirs.to_str().unwrap()).stops().contains("work tree of"));
    let moved = alice.at(&bob.directory).with_env("CLAUDE_PROJECT_DIR", &alice.directory);
    let why = ask(&moved, "claude", "src/a.rs").stops();
    assert!(why.contains("work tree of"), "{why}");
    // One's own other work tree is one's own.
    let second = maria.settle("alice-2", &alice.id);
    ask(&alice, "claude", second.directory.join("src/b.rs").to_str().unwrap()).goes_on();
    let why = ask(&alice, "claude", second.directory.join("src/a.rs").to_str().unwrap()).stops();
    assert!(why.contains(&bob.id), "{why}");
}

#[test]
fn repository_inside_is_ruled_by_the_claims_around_it() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    let inner = sandbox.repository("inner");
    std::fs::rename(&inner.directory, alice.directory.join("inner")).unwrap();
    ask(&alice, "claude", "inner/src/a.rs").goes_on();
    bob.claim(&["inner/"]);
    ask(&alice, "claude", "inner/src/a.rs").stops();
    ask(&alice, "claude", "inner2/src/a.rs").goes_on();
}

#[test]
fn letters_that_one_checkout_does_not_tell_apart_are_one_file() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    bob.claim(&["src/Straße.rs"]);
    ask(&alice, "claude", "src/STRAßE.RS").stops();
    ask(&alice, "claude", "src/Straße2.rs").goes_on();
}

#[test]
fn names_are_names_and_not_patterns() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    ask(&alice, "claude", "src/[x]*.rs").goes_on();
    assert_eq!(claims_of(&alice).len(), 1);
    ask(&bob, "claude", "src/x1.rs").goes_on();
    ask(&bob, "claude", "src/[x]*.rs").stops();
}

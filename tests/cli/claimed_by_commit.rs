//! What a commit claims by itself, where the policy asks for that: everything it changes, or it says what is left.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn team(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = root(sandbox);
    (maria.agent("alice"), maria.agent("bob"))
}

fn root(sandbox: &Sandbox) -> Actor {
    let work = sandbox.repository("work");
    work.begin_under(|policy| policy.replacen("require       = \"warn\"", "require       = \"auto\"", 1))
}

/// Writes and commits so many files. Returns what the hook said.
fn commit_files(who: &Actor, count: usize, name: impl Fn(usize) -> String) -> String {
    for number in 0..count {
        who.write(&name(number), "x\n");
    }
    who.git(&["add", "-A"]);
    who.try_git(&["commit", "-q", "-m", "Add files"]).ok().stderr
}

fn claims(who: &Actor) -> Vec<Value> {
    let all = who.coord(&["status"]).ok().of_type("claim");
    all.into_iter().filter(|claim| claim["holder"] == who.id.as_str()).collect()
}

fn claimed(who: &Actor) -> usize {
    claims(who).iter().map(|claim| claim["paths"].as_array().unwrap().len()).sum()
}

/// A claim has room for 64 patterns: more paths are more claims.
#[test]
fn commit_claims_every_path_of_it() {
    for (count, expected) in [(64, 1), (65, 2), (150, 3)] {
        let sandbox = Sandbox::new();
        let (alice, bob) = team(&sandbox);
        let said = commit_files(&alice, count, |number| format!("src/f-{number:03}.rs"));
        assert_eq!((claims(&alice).len(), claimed(&alice)), (expected, count), "{said}");
        assert!(said.contains(&format!("claimed {count} paths")), "{said}");
        for claim in claims(&alice) {
            assert!(said.contains(&text(&claim["id"])), "{said}");
        }
        let last = format!("src/f-{:03}.rs", count - 1);
        bob.coord(&["claim", &last, "--intent", "Mine"]).fails(3, "claim.held");
        bob.coord(&["claim", "src/g.rs", "--intent", "Mine"]).ok();
    }
}

/// A plain name that is gone may come back as a directory, and is claimed as both.
#[test]
fn removal_of_many_plain_names_is_claimed() {
    let sandbox = Sandbox::new();
    let (alice, bob) = team(&sandbox);
    commit_files(&bob, 50, |number| format!("words/w{number:02}"));
    bob.coord(&["release", "--all"]).ok();
    alice.git(&["merge", "-q", "bob"]);
    alice.git(&["rm", "-q", "-r", "words"]);
    let said = alice.try_git(&["commit", "-q", "-m", "Remove words"]).ok().stderr;
    assert!(said.contains("claimed 50 paths"), "{said}");
    bob.coord(&["claim", "words/w49", "--intent", "Mine"]).fails(3, "claim.held");
}

/// A commit of more than some hundred paths is work on directories, which somebody should claim by their names.
#[test]
fn commit_says_what_it_did_not_claim() {
    let sandbox = Sandbox::new();
    let (alice, bob) = team(&sandbox);
    let said = commit_files(&alice, 300, |number| format!("src/f-{number:03}.rs"));
    assert_eq!((claims(&alice).len(), claimed(&alice)), (4, 256), "{said}");
    for part in ["claimed 256 of 300 paths", "44 paths", "src/f-256.rs", "git coord claim"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    bob.coord(&["claim", "src/f-299.rs", "--intent", "Mine"]).ok();
}

/// The same where the policy allows no more claims.
#[test]
fn commit_says_why_it_did_not_claim_more() {
    let sandbox = Sandbox::new();
    let (alice, _bob) = team(&sandbox);
    for number in 0..19 {
        alice.claim(&[&format!("docs/{number}.md")]);
    }
    let said = commit_files(&alice, 100, |number| format!("src/f-{number:03}.rs"));
    assert_eq!(claimed(&alice), 19 + 64, "{said}");
    for part in ["claimed 64 of 100 paths", "36 paths", "20 live claims"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// Returns two clones of one remote, where commits are claimed by themselves.
fn apart(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = root(sandbox);
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "hub.git"]);
    let hub = sandbox.root.join("hub.git");
    maria.git(&["remote", "add", "hub", hub.to_str().unwrap()]);
    maria.git(&["push", "-q", "--no-verify", "hub", "main"]);
    maria.coord(&["sync", "--remote", "hub"]).ok();
    outside.git(&["clone", "-q", "-o", "hub", hub.to_str().unwrap(), "far"]);
    let far = Actor { directory: sandbox.root.join("far"), id: bob.id, environment: bob.environment };
    far.coord(&["join", &far.id, "--remote", "hub"]).ok();
    (alice, far)
}

/// Stages so many files and tries to commit them.
fn try_commit_files(who: &Actor, count: usize) -> Ran {
    for number in 0..count {
        who.write(&format!("src/f-{number:03}.rs"), "x\n");
    }
    who.git(&["add", "-A"]);
    who.try_git(&["commit", "-q", "-m", "Add files"])
}

/// CLAIM-1: what is held turns out to be only when it is asked for, with the first paths, with later ones, or past those
/// that are claimed at all: it is nobody else's to commit.
#[test]
fn commit_stops_where_a_path_turns_out_to_be_held() {
    for (held, count) in [("src/f-000.rs", 3), ("src/f-070.rs", 80), ("src/f-299.rs", 300)] {
        let sandbox = Sandbox::new();
        let (alice, far) = apart(&sandbox);
        far.claim(&[held]);
        let ran = try_commit_files(&alice, count);
        assert_eq!(ran.code, 1, "{held}: {ran}");
        for part in ["somebody else holds", far.id.as_str(), "hint: ", "--queue --wait"] {
            assert!(ran.stderr.contains(part), "{held}: {part}: {ran}");
        }
        assert!(!ran.stderr.contains("nobody's") && !ran.stderr.contains("cannot check"), "{held}: {ran}");
        // The legal twin: without that path.
        alice.git(&["rm", "-q", "--cached", held]);
        alice.try_git(&["commit", "-q", "-m", "Add the others"]).ok();
    }
}

/// The legal twin: whatever else keeps a commit from being claimed is said, and it goes on.
#[test]
fn commit_goes_on_while_the_remote_is_away() {
    let sandbox = Sandbox::new();
    let (alice, _far) = apart(&sandbox);
    std::fs::rename(sandbox.root.join("hub.git"), sandbox.root.join("away.git")).unwrap();
    let ran = try_commit_files(&alice, 3).ok();
    assert!(!ran.stderr.contains("somebody else holds"), "{ran}");
    std::fs::rename(sandbox.root.join("away.git"), sandbox.root.join("hub.git")).unwrap();
}

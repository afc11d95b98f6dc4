//! What was written here and has to count where a remote decides: acknowledgements that are lost, entries that are only
//! here, and whose they are.

use std::os::unix::process::ExitStatusExt;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::git_under_test;
use crate::support::sandbox::text;

use super::raw::claim_text;

/// Returns where the hub's ledger is, and how many entries it has.
fn at_hub(sandbox: &Sandbox, hub: &Hub) -> (String, u32) {
    let there = sandbox.somebody(&hub.directory);
    (there.head(), there.git(&["rev-list", "--count", "refs/heads/coord"]).parse().unwrap())
}

/// Returns another clone in which maria acts.
fn elsewhere(sandbox: &Sandbox, hub: &Hub) -> Actor {
    let other = hub.clone(sandbox, "elsewhere");
    other.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    other
}

/// Returns the same actor with a git that never tells how a push ended; `instead` is what it does of a push.
fn with_lossy_git(sandbox: &Sandbox, actor: &Actor, instead: &str) -> Actor {
    let real = git_under_test();
    let body = format!(
        "#!/bin/sh\nfor word; do\n\
         if [ \"$word\" = push ]; then\n\
         {instead}\n\
         echo 'fatal: the remote end hung up unexpectedly' >&2\n\
         exit 128\nfi\ndone\nexec '{}' \"$@\"\n",
        real.display()
    );
    sandbox.script("lossy/git", &body);
    let (_, honest) = actor.environment.iter().find(|(name, _)| name == "PATH").unwrap();
    let path = format!("{}:{}", sandbox.root.join("lossy").display(), honest.to_str().unwrap());
    actor.with_env("REAL", real).with_env("HONEST", honest).with_env("PATH", path)
}

/// Returns the same actor with a git beside whose first question to the remote something else happens: before it is asked, and
/// before its answer is told.
fn with_slow_git(sandbox: &Sandbox, actor: &Actor, before: &str, after: &str) -> Actor {
    let (root, real) = (sandbox.root.display(), git_under_test());
    let body = format!(
        "#!/bin/sh\nfor word; do\nif [ \"$word\" = ls-remote ] && mkdir '{root}/asked' 2>/dev/null; then\n\
         (PATH=\"$HONEST\"; {before}) >&2\nanswer=$(\"$REAL\" \"$@\")\n(PATH=\"$HONEST\"; {after}) >&2\n\
         printf '%s\\n' \"$answer\"\nexit 0\nfi\ndone\nexec \"$REAL\" \"$@\"\n"
    );
    sandbox.script("slow/git", &body);
    let (_, honest) = actor.environment.iter().find(|(name, _)| name == "PATH").unwrap();
    let path = format!("{}:{}", sandbox.root.join("slow").display(), honest.to_str().unwrap());
    actor.with_env("REAL", real).with_env("HONEST", honest).with_env("PATH", path)
}

/// An answer of the remote that is out of date when it comes tells of no rollback: another command here saw more meanwhile.
#[test]
fn answer_that_was_overtaken_is_no_rollback() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    with_slow_git(&sandbox, &hub.maria, ":", "git-coord claim docs/ --intent Faster").coord(&["sync"]).ok();
    assert!(sandbox.root.join("asked").exists());
    assert_eq!(hub.maria.head(), at_hub(&sandbox, &hub).0);
}

/// A remote that answers with less than was verified before it was asked went back, whatever else was verified meanwhile.
#[test]
fn rollback_is_told_although_another_command_saw_more() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    hub.maria.coord(&["claim", "src/", "--intent", "Before"]).ok();
    let earlier = hub.maria.git(&["rev-parse", "coord~1"]);
    let after = format!("git-coord claim docs/ --intent Faster >&2);\nanswer='{earlier}\trefs/heads/coord'\n(:");
    with_slow_git(&sandbox, &hub.maria, ":", &after).coord(&["sync"]).fails(4, "ledger.fork");
    assert!(sandbox.root.join("asked").exists());
}

/// While one command takes in what the remote has, another has brought the branch here half of the way.
#[test]
fn branch_that_somebody_else_moves_meanwhile_is_brought_up_to_date() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let other = elsewhere(&sandbox, &hub).directory;
    let claim = |path: &str| format!("(cd '{}' && git-coord claim {path} --intent x)", other.display());
    let before = format!("{} && git-coord inbox && {}", claim("src/"), claim("docs/"));
    with_slow_git(&sandbox, &hub.maria, &before, ":").coord(&["inbox"]).ok();
    assert_eq!(hub.maria.head(), at_hub(&sandbox, &hub).0);
    hub.maria.coord(&["claim", "tests/", "--intent", "Next"]).ok();
}

/// LEASE-8
#[test]
fn entry_whose_acknowledgement_was_lost_is_found() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let other = elsewhere(&sandbox, &hub);
    let claim_elsewhere =
        format!("(cd '{}' && PATH=\"$HONEST\" git-coord claim docs/ --intent x) >&2", other.directory.display());
    let pushed = "\"$REAL\" \"$@\" >/dev/null 2>&1".to_owned();
    // What went through, alone, and with somebody who has built on it already.
    let cases = [("src/a.rs", pushed.clone(), 1), ("src/b.rs", format!("{pushed}\n{claim_elsewhere}"), 2)];
    for (path, instead, more) in cases {
        let before = at_hub(&sandbox, &hub).1;
        let claim = with_lossy_git(&sandbox, &hub.maria, &instead).claim(&[path]);
        assert_eq!((&claim["state"], &claim["guarantee"]), (&"held".into(), &"remote".into()), "{claim}");
        assert_eq!(at_hub(&sandbox, &hub).1, before + more, "nothing is written twice");
        hub.maria.coord(&["sync"]).ok();
        assert_eq!(hub.maria.head(), at_hub(&sandbox, &hub).0);
        let held = hub.maria.coord(&["status", "--all"]).ok().of_type("claim");
        assert_eq!(held.iter().filter(|held| held["paths"][0] == path).count(), 1);
        assert_eq!(held.iter().find(|held| held["paths"][0] == path).unwrap()["token"], claim["token"]);
    }
}

/// LEASE-8, with legal twin:
/// whoever is killed as soon as the server has its claim finds that claim when it asks again, under one token.
#[test]
fn claim_of_a_killed_client_is_found_again() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let cases = [("src/a.rs", "\"$REAL\" \"$@\" >/dev/null 2>&1\nkill -9 $PPID", 1), ("src/b.rs", "kill -9 $PPID", 0)];
    for (path, instead, arrived) in cases {
        let before = at_hub(&sandbox, &hub).1;
        let mut client = with_lossy_git(&sandbox, &hub.maria, instead).command("git-coord");
        let ended = client.args(["claim", path, "--intent", "Work here"]).output().unwrap();
        assert_eq!(ended.status.signal(), Some(9), "{ended:?}");
        assert_eq!(at_hub(&sandbox, &hub).1, before + arrived, "{path}");
        let claim = hub.maria.claim(&[path]);
        assert_eq!((&claim["state"], &claim["guarantee"]), (&"held".into(), &"remote".into()), "{claim}");
        assert_eq!(at_hub(&sandbox, &hub).1, before + 1, "nothing is written twice");
        let held = hub.maria.coord(&["status", "--all"]).ok().of_type("claim");
        let tokens: Vec<_> = held.iter().filter(|held| held["paths"][0] == path).map(|held| &held["token"]).collect();
        assert_eq!(tokens, [&claim["token"]]);
        hub.maria.assert_clean();
    }
}

/// LEASE-8, legal twin
#[test]
fn entry_that_never_arrived_is_not_taken_for_one_that_did() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let before = (at_hub(&sandbox, &hub), hub.maria.head());
    let unlucky = with_lossy_git(&sandbox, &hub.maria, "true");
    unlucky.coord(&["claim", "src/", "--intent", "x"]).fails(5, "remote.unreachable");
    assert_eq!((at_hub(&sandbox, &hub), hub.maria.head()), before);
    hub.maria.claim(&["src/"]);
    assert_eq!(at_hub(&sandbox, &hub).1, before.0.1 + 1);
}

/// Writes a claim by hand that is only here.
#[track_caller]
fn raw_claim(actor: &Actor, id: &str, holder: &Actor, path: &str) {
    actor.write(&format!(".coord/claims/{id}.toml"), &claim_text(&holder.id, path));
    actor.raw(&["add", "-A"]).ok();
    let checked = if actor.id == holder.id { "--verify" } else { "--no-verify" };
    actor.raw(&["commit", "-q", "-S", checked, "-m", &format!("Claim {id}")]).ok();
}

/// Returns the last entries that count, oldest first: what they say and who signed them.
fn signed(actor: &Actor, count: &str) -> Vec<(String, String)> {
    let mut entries = actor.coord(&["log", "-n", count]).ok().of_type("entry");
    entries.reverse();
    let counts = entries.iter().filter(|entry| entry["void"].is_null());
    counts.map(|entry| (text(&entry["subject"]), text(&entry["signer"]))).collect()
}

#[test]
fn what_was_only_here_is_signed_anew_by_whose_it_is() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let (maria, alice) = (&hub.maria, hub.maria.agent("alice"));
    let other = elsewhere(&sandbox, &hub);
    raw_claim(maria, "c-22222222", maria, "src/a.rs");
    raw_claim(&alice, "c-33333333", &alice, "src/b.rs");
    raw_claim(maria, "c-44444444", maria, "src/c.rs");
    other.claim(&["docs/"]);
    let before = at_hub(&sandbox, &hub).1;
    let synced = maria.coord(&["sync"]).ok().json();
    assert_eq!(synced["confirmed"].as_array().unwrap().len(), 3, "{synced}");
    let ids = [("c-22222222", &maria.id), ("c-33333333", &alice.id), ("c-44444444", &maria.id)];
    let expected = ids.map(|(id, signer)| (format!("Claim {id}"), signer.clone()));
    assert_eq!(signed(maria, "3"), expected);
    assert_eq!(maria.head(), at_hub(&sandbox, &hub).0);
    assert_eq!(at_hub(&sandbox, &hub).1, before + 3);
    maria.assert_clean();
}

#[test]
fn what_was_only_here_is_lost_to_whoever_was_faster() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let alice = maria.agent("alice");
    let other = elsewhere(&sandbox, &hub);
    raw_claim(&alice, "c-33333333", &alice, "src/a.rs");
    raw_claim(&alice, "c-44444444", &alice, "tests/");
    other.claim(&["src/"]);
    let synced = alice.coord(&["sync"]).exits(3).json();
    assert_eq!(synced["confirmed"], serde_json::json!(["Claim c-44444444"]), "{synced}");
    let lost = synced["lost"].as_array().unwrap();
    assert_eq!(lost.len(), 1, "{synced}");
    assert!(lost[0].to_string().contains("claim.held"), "{synced}");
    assert_eq!(alice.head(), at_hub(&sandbox, &hub).0);
    let held = alice.coord(&["status"]).ok().of_type("claim");
    assert!(held.iter().all(|claim| claim["id"] != "c-33333333"));
    maria.assert_clean();
}

#[test]
fn void_head_is_shed_and_what_counts_below_it_is_kept() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let alice = maria.agent("alice");
    let is_here = |commit: &str| maria.try_git(&["merge-base", "--is-ancestor", commit, "refs/heads/coord"]).code == 0;
    raw_claim(maria, "c-22222222", maria, "src/a.rs");
    let good = maria.head();
    raw_claim(maria, "c-33333333", &alice, "src/b.rs");
    assert_eq!(maria.coord(&["status"]).ok().json()["void"], 1, "maria signs a claim of alice");
    // What counts would be lost to somebody: the next command robs nobody of it.
    let other = elsewhere(&sandbox, &hub);
    let winner = other.claim(&["src/"]);
    let before = (at_hub(&sandbox, &hub), maria.head());
    let error = maria.coord(&["claim", "docs/", "--intent", "x"]).fails(3, "ledger.diverged");
    assert!(error["hints"][0].as_str().unwrap().contains("git coord sync"), "{error}");
    assert_eq!((at_hub(&sandbox, &hub), maria.head()), before, "nobody is robbed of what counts");
    assert!(is_here(&good));
    other.coord(&["release", &text(&winner["id"])]).ok();
    // What the hint says keeps what counts, and nothing else.
    let synced = maria.coord(&["sync"]).ok().json();
    assert_eq!(synced["confirmed"], serde_json::json!(["Claim c-22222222"]), "{synced}");
    assert_eq!(synced["lost"].as_array().unwrap().len(), 1, "{synced}");
    assert_eq!((maria.head(), signed(maria, "1")[0].1.clone()), (at_hub(&sandbox, &hub).0, maria.id.clone()));
    // So does the next command that writes, where nobody loses anything.
    raw_claim(maria, "c-66666666", maria, "src/d.rs");
    raw_claim(maria, "c-55555555", &alice, "src/e.rs");
    maria.claim(&["more/"]);
    let held = maria.coord(&["status", "--all"]).ok().of_type("claim");
    assert!(held.iter().any(|claim| claim["id"] == "c-66666666" && claim["guarantee"] == "remote"));
    assert_eq!(
        (maria.head(), maria.coord(&["status"]).ok().json()["void"].clone()),
        (at_hub(&sandbox, &hub).0, 0.into())
    );
    // Any number of void entries, and nothing else, is shed as well.
    raw_claim(maria, "c-33333333", &alice, "src/b.rs");
    let void = maria.head();
    raw_claim(maria, "c-44444444", &alice, "src/c.rs");
    maria.claim(&["docs/"]);
    assert!(!is_here(&void));
    assert_eq!(maria.coord(&["status"]).ok().json()["void"], 0);
    assert_eq!(maria.head(), at_hub(&sandbox, &hub).0);
    maria.assert_clean();
}

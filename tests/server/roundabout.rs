//! Ways round the gate: skipped client hooks, hostile environments, hidden objects, a hand at the server's files.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use git_coord::rules::Code;

use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;

/// ENV-5, with legal twin and control
#[test]
fn client_hooks_are_advice_and_the_gate_is_not() {
    let stage = Stage::plain();
    stage.coord_in(&stage.work, &["hooks", "install"]).ok();
    stage.branch("x");
    let key = format!("user.signingKey={}", stage.key_file("alice").display());
    stage.write("src/a.rs", b"fn a() { 1 }\n");
    stage.git(&["-c", &key, "commit", "-q", "-a", "-S", "--no-verify", "-m", "Change"]);
    let commit = stage.tip("x");
    let hub = stage.hub.to_str().unwrap();
    let refspec = format!("{commit}:{MAIN}");
    let ways: [&[&str]; 5] = [
        &["push", "hub", &refspec],
        &["push", "--no-verify", "hub", &refspec],
        &["-c", "core.hooksPath=/dev/null", "push", "hub", &refspec],
        &["send-pack", hub, &refspec],
        &["send-pack", "--force", "--atomic", hub, &refspec],
    ];
    let before = stage.hub_tip(MAIN);
    for way in ways {
        let said = stage.git_try(way);
        assert_ne!(said.code, 0, "{way:?}");
        assert_eq!(codes_in(&said.stderr), [Code::ApprovalThreshold].into(), "{way:?}: {}", said.stderr);
        assert_eq!(stage.hub_tip(MAIN), before);
    }
    stage.stock_git_accepts(&["--no-verify", &refspec]);
    let asked = stage.request("alice", "x");
    stage.approve("bob", &asked);
    stage.git(&["send-pack", hub, &refspec]);
    stage.assert_recorded();
}

/// ENV-1, with legal twin: what the pusher's environment says reaches a hook over a local path; none of it decides.
#[test]
fn a_hostile_environment_does_not_decide() {
    let stage = Stage::plain();
    stage.branch("y");
    stage.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let evil = stage.root.join("evil");
    fs::create_dir(&evil).unwrap();
    let canary = evil.join("canary");
    let script = format!("#!/bin/sh\ntouch '{}'\nexit 0\n", canary.display());
    fs::write(evil.join("program"), script).unwrap();
    fs::set_permissions(evil.join("program"), Permissions::from_mode(0o755)).unwrap();
    let program = evil.join("program").display().to_string();
    let variables = [
        ("GIT_COORD_AS", "maria"),
        ("GIT_REPLACE_REF_BASE", "refs/heads/"),
        ("GIT_NO_REPLACE_OBJECTS", "0"),
        ("GIT_GRAFT_FILE", program.as_str()),
        ("GIT_SHALLOW_FILE", program.as_str()),
        ("GIT_EXTERNAL_DIFF", program.as_str()),
        ("GIT_SSH_COMMAND", program.as_str()),
        ("GIT_PAGER", program.as_str()),
        ("GIT_INDEX_FILE", program.as_str()),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("XDG_DATA_HOME", "/nowhere"),
        ("SSH_AUTH_SOCK", "/nowhere"),
        ("TMPDIR", "/tmp"),
    ];
    for (name, value) in variables {
        // Given to the receiving side only: the pushing one is the attacker's own.
        let receive = format!("env {name}='{value}' git-receive-pack");
        let said = stage.push(&["--receive-pack", &receive, "y:main"]);
        assert_ne!(said.code, 0, "{name}");
        let codes = codes_in(&said.stderr);
        assert!(codes == [Code::ApprovalDelta].into() || codes.is_empty(), "{name}: {}", said.stderr);
        assert_eq!(stage.hub_tip(MAIN), stage.tip("refs/remotes/hub/main"), "{name}");
    }
    for (key, value) in [("gpg.ssh.program", program.as_str()), ("core.fsmonitor", &program), ("core.pager", &program)]
    {
        stage.at_hub(&["config", key, value]);
    }
    stage.refused(&["y:main"], Code::ApprovalDelta);
    stage.accepted(&["--receive-pack", "env GIT_COORD_AS=nobody git-receive-pack", "x:main"]);
    stage.assert_recorded();
    assert!(!canary.exists(), "something of the repository's was run");
}

/// ENV-6, SIG-17, with legal twin
#[test]
fn what_cannot_be_read_is_not_taken_for_unchanged() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let old = stage.hub_tip(&format!("{MAIN}:src/a.rs"));
    let object = stage.hub.join("objects").join(&old[..2]).join(&old[2..]);
    let kept = fs::read(&object).unwrap();
    fs::set_permissions(&object, Permissions::from_mode(0o644)).unwrap();
    let mut torn = kept.clone();
    torn.truncate(kept.len() / 2);
    // Another content under the name of this one, as of two that have one hash.
    let new = stage.tip("x:src/a.rs");
    let other = fs::read(stage.work.join(".git/objects").join(&new[..2]).join(&new[2..])).unwrap();
    for damage in [None, Some(torn), Some(Vec::new()), Some(other)] {
        match &damage {
            None => fs::remove_file(&object).unwrap(),
            Some(content) => fs::write(&object, content).unwrap(),
        }
        stage.refused(&["x:main"], Code::HistoryMissing);
    }
    fs::write(&object, kept).unwrap();
    stage.accepted(&["x:main"]);
}

/// REF-11, with legal twin
#[test]
fn a_hand_at_the_files_of_the_server_is_found() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    let honest = stage.hub_tip(MAIN);
    stage.branch("evil");
    let evil = stage.commit("alice", "src/b.rs", "fn b() { evil }\n");
    stage.accepted(&["evil:topic"]);
    // Under the net, by git without hooks or by an editor.
    stage.at_hub(&["-c", "core.hooksPath=/dev/null", "update-ref", MAIN, &evil]);
    stage.fetch();
    let audit = stage.coord("maria", &["audit"]);
    assert_eq!(audit.code, 1, "{audit}");
    assert!(audit.stdout.contains(Code::RefState.as_str()), "{audit}");
    // The gate lets nothing pass on top of it, and goes on working elsewhere.
    stage.git(&["checkout", "-q", "-B", "y", "evil"]);
    stage.commit("alice", "docs/guide.md", "More\n");
    let before = stage.hub_tip(MAIN);
    let said = stage.push(&["y:main"]);
    assert!(said.code != 0 && codes_in(&said.stderr).contains(&Code::RefState), "{}", said.stderr);
    assert_eq!(stage.hub_tip(MAIN), before);
    stage.accepted(&["y:other"]);
    fs::write(stage.hub.join(MAIN), format!("{honest}\n")).unwrap();
    stage.git(&["fetch", "-q", "hub", "+refs/heads/*:refs/remotes/hub/*"]);
    stage.coord("maria", &["audit"]).ok();
    stage.approved("z", "docs/guide.md", "More\n");
    stage.accepted(&["z:main"]);
    stage.assert_recorded();
}

/// REF-11, with legal twin: a branch that was moved back by hand is as wrong as one that was moved on.
#[test]
fn a_branch_that_was_moved_back_by_hand_moves_no_further() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.land("y");
    let landed = stage.hub_tip(MAIN);
    let older = stage.hub_tip(&format!("{MAIN}~2"));
    fs::write(stage.hub.join(MAIN), format!("{older}\n")).unwrap();
    stage.git(&["checkout", "-q", "-B", "z", &older]);
    stage.commit("alice", "docs/guide.md", "More\n");
    let said = stage.push(&["z:main"]);
    assert!(said.code != 0 && codes_in(&said.stderr).contains(&Code::RefState), "{}", said.stderr);
    assert_eq!(stage.hub_tip(MAIN), older);
    fs::write(stage.hub.join(MAIN), format!("{landed}\n")).unwrap();
    stage.approved("w", "docs/guide.md", "More\n");
    stage.accepted(&["w:main"]);
}

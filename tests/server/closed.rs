//! The gate fails closed: whatever it cannot do ends in a refusal that says why.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use git_coord::rules::Code;

use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;
use crate::support::sandbox::Ran;

#[test]
fn an_approved_change_lands_and_is_recorded() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let said = stage.accepted(&["x:main"]);
    assert!(said.stderr.contains("recorded refs/heads/main"), "{}", said.stderr);
    assert_eq!(stage.hub_tip(MAIN), asked.head);
    stage.assert_recorded();
    assert!(stage.state().requests.is_empty());
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

#[test]
fn a_push_without_a_request_is_refused() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.stock_git_accepts(&["x:main"]);
    stage.accepted(&["x:topic"]);
}

/// Calls a hook as git does.
fn call(stage: &Stage, hook: &str, input: &[u8]) -> Ran {
    let mut command = stage.program(&stage.hub, env!("CARGO_BIN_EXE_git-coord"));
    stage.run(command.args(["hook", hook]).env("GIT_DIR", "."), input)
}

fn loose_object(stage: &Stage, id: &str) -> PathBuf {
    stage.hub.join("objects").join(&id[..2]).join(&id[2..])
}

/// SRV-1, with legal twin
#[test]
fn a_ledger_that_lost_its_head_refuses_every_push() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.coord("alice", &["find", "A note", "--on", "src/b.rs"]).ok();
    let head = stage.hub_tip(COORD);
    let object = loose_object(&stage, &head);
    let kept = fs::read(&object).unwrap();
    fs::remove_file(&object).unwrap();
    // Git itself may notice first, when it looks at the refs; what counts is that nothing moves.
    let before = stage.hub_tip(MAIN);
    assert_ne!(stage.push(&["x:main"]).code, 0);
    assert_ne!(stage.push(&["x:topic"]).code, 0);
    assert_eq!(stage.hub_tip(MAIN), before);
    let zeros = "0".repeat(before.len());
    let said = call(&stage, "pre-receive", format!("{zeros} {before} refs/heads/topic\n").as_bytes());
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("the push is refused") && said.stderr.contains("history.missing"), "{}", said.stderr);
    fs::write(&object, kept).unwrap();
    stage.accepted(&["x:main"]);
}

/// SRV-1, with legal twin
#[test]
fn a_ledger_whose_ref_is_torn_refuses_every_push() {
    for torn in ["", "0123456789\n", "not a ref\n"] {
        let stage = Stage::plain();
        stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
        let file = stage.hub.join(COORD);
        let kept = fs::read(&file).unwrap();
        fs::write(&file, torn).unwrap();
        assert_ne!(stage.push(&["x:topic"]).code, 0, "{torn:?}");
        let main = stage.hub_tip(MAIN);
        let line = format!("{main} {} {MAIN}\n", "1".repeat(main.len()));
        let said = call(&stage, "pre-receive", line.as_bytes());
        assert_eq!(said.code, 1, "{torn:?}: {}", said.stderr);
        fs::write(&file, kept).unwrap();
        stage.accepted(&["x:main"]);
    }
}

/// LED-2, with legal twin and control:
/// without a ledger nothing would be protected, so a server that had one takes nothing until it is back.
#[test]
fn a_server_that_lost_its_ledger_refuses_every_push() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.accepted(&["x:kept"]);
    let tip = stage.hub_tip("refs/heads/kept");
    stage.fetch();
    move_unseen(&stage.hub, &stage, &["-d", COORD]);
    for refspec in ["x:main", "x:topic", ":kept", "refs/remotes/hub/coord~1:refs/heads/coord"] {
        stage.stock_git_accepts(&[refspec]);
        stage.refused(&[refspec], Code::LedgerDelete);
    }
    // Nor is anything moved past the gate.
    for name in [MAIN, "refs/heads/topic"] {
        let said = stage.git_try_in(&stage.hub, &["update-ref", name, &tip]);
        assert_ne!(said.code, 0, "{name}");
        assert_eq!(codes_in(&said.stderr), [Code::LedgerDelete].into(), "{said}");
    }
    // What brings back all that was verified here is taken, and then everything else.
    stage.accepted(&["refs/remotes/hub/coord:refs/heads/coord"]);
    stage.accepted(&["x:topic"]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

#[test]
fn a_server_that_never_had_a_ledger_takes_every_push_and_the_first_ledger() {
    let stage = Stage::plain();
    let young = stage.root.join("young.git");
    stage.git_in(&stage.root, &["init", "-q", "--bare", "-b", "main", "young.git"]);
    stage.coord_in(&young, &["hooks", "install", "--server"]).ok();
    let push = |refspec: &str| stage.git_try(&["push", young.to_str().unwrap(), refspec]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    for refspec in ["x:main", "x:topic", "+x~1:main", ":topic"] {
        push(refspec).ok();
    }
    push("refs/remotes/hub/coord:refs/heads/coord").ok();
    let refused = push("x:main");
    assert_eq!(codes_in(&refused.stderr), [Code::ApprovalThreshold].into(), "{refused}");
    push("x:topic").ok();
    // From then on it is one that had a ledger.
    move_unseen(&young, &stage, &["-d", COORD]);
    for refspec in ["x:main", "x:other"] {
        let refused = push(refspec);
        assert_eq!(codes_in(&refused.stderr), [Code::LedgerDelete].into(), "{refused}");
    }
}

/// Moves a ref of a server behind the back of its hooks.
#[track_caller]
fn move_unseen(hub: &Path, stage: &Stage, arguments: &[&str]) {
    stage.git_in(hub, &[&["-c", "core.hooksPath=/dev/null", "update-ref"], arguments].concat());
}

#[test]
fn torn_caches_are_rebuilt() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let caches = fs::read_dir(stage.hub.join("coord")).unwrap().map(|entry| entry.unwrap());
    let mut torn = 0;
    for cache in caches.filter(|cache| cache.file_type().unwrap().is_file()) {
        let name = cache.file_name().into_string().unwrap();
        if name != "hub-key" && name != "lock" && name != "door" && name != "verified" {
            fs::write(cache.path(), b"garbage").unwrap();
            torn += 1;
        }
    }
    assert!(torn > 0);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// Lets the hooks find another program than ours, or none.
fn replace_program(stage: &Stage, program: &str) {
    for hook in ["pre-receive", "reference-transaction", "post-receive"] {
        let file = stage.hub.join("hooks").join(hook);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(env!("CARGO_BIN_EXE_git-coord"), program)).unwrap();
    }
}

/// SRV-1, with legal twin
#[test]
fn a_missing_program_refuses_every_push() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    replace_program(&stage, "/nowhere/git-coord");
    // The hooks look on the search path as well.
    let (found, away) = (stage.root.join("bin/git-coord"), stage.root.join("bin/away"));
    fs::rename(&found, &away).unwrap();
    for refspec in ["x:main", "x:topic"] {
        let said = stage.refused_for(&[refspec], &[]);
        assert!(said.stderr.contains("git-coord is missing on this server"), "{}", said.stderr);
    }
    fs::rename(&away, &found).unwrap();
    replace_back(&stage);
    stage.accepted(&["x:main"]);
}

fn replace_back(stage: &Stage) {
    stage.coord_in(&stage.hub, &["hooks", "uninstall", "--server"]).ok();
    stage.coord_in(&stage.hub, &["hooks", "install", "--server"]).ok();
}

/// SRV-1, with legal twin
#[test]
fn a_program_that_dies_refuses_every_push() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let dying = stage.root.join("dying");
    fs::write(&dying, "#!/bin/sh\nkill -9 $$\n").unwrap();
    fs::set_permissions(&dying, Permissions::from_mode(0o755)).unwrap();
    replace_program(&stage, dying.to_str().unwrap());
    stage.refused_for(&["x:main"], &[]);
    replace_back(&stage);
    stage.accepted(&["x:main"]);
}

/// SRV-2, with legal twin
#[test]
fn a_repository_of_somebody_else_is_refused() {
    if !is_root() {
        return;
    }
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let main = stage.hub_tip(MAIN);
    let line = format!("{main} {main} refs/heads/topic\n");
    stage.run(stage.program(&stage.root, "chown").args(["-R", "65534:65534", "hub.git"]), b"").ok();
    assert_ne!(stage.push(&["x:main"]).code, 0);
    let said = call(&stage, "pre-receive", line.as_bytes());
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("git.unsafe"), "{}", said.stderr);
    stage.run(stage.program(&stage.root, "chown").args(["-R", "0:0", "hub.git"]), b"").ok();
    stage.accepted(&["x:main"]);
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// SRV-3, with legal twin
#[test]
fn objects_are_judged_in_quarantine_and_leave_with_a_refusal() {
    for limit in ["1", "100000"] {
        let stage = Stage::plain();
        stage.at_hub(&["config", "receive.unpackLimit", limit]);
        stage.branch("x");
        stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
        let commit = stage.tip("x");
        // That nothing is left is checked with every refusal.
        stage.refused(&["x:main"], Code::ApprovalThreshold);
        assert_ne!(stage.git_try_in(&stage.hub, &["cat-file", "-e", &commit]).code, 0);
        let asked = stage.request("alice", "x");
        stage.approve("bob", &asked);
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
}

/// PARSE-8, with legal twin
#[test]
fn malformed_hook_input_is_refused() {
    let stage = Stage::plain();
    let main = stage.hub_tip(MAIN);
    let short = &main[1..];
    let long = format!("{main}{}", "0".repeat(24));
    let upper = main.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A");
    let cases: [(Vec<u8>, Code); 9] = [
        (format!("{main} {main}\n").into(), Code::InputMalformed),
        (format!("{main}\n").into(), Code::InputMalformed),
        (b"\n".to_vec(), Code::InputMalformed),
        (format!("{short} {main} refs/heads/x\n").into(), Code::InputMalformed),
        (format!("{main}0 {main} refs/heads/x\n").into(), Code::InputMalformed),
        (format!("{long} {main} refs/heads/x\n").into(), Code::InputMalformed),
        (format!("{upper} {main} refs/heads/x\n").into(), Code::InputMalformed),
        (format!("{main} {main} \n").into(), Code::InputMalformed),
        ([format!("{main} {main} ").as_bytes(), b"refs/heads/\xff\n"].concat(), Code::RefName),
    ];
    for (input, code) in cases {
        let said = call(&stage, "pre-receive", &input);
        assert_eq!(said.code, 1, "{input:?}: {}", said.stderr);
        assert_eq!(codes_in(&said.stderr), [code].into(), "{input:?}: {}", said.stderr);
    }
    let legal = [format!("{main} {main} refs/heads/x\n"), format!("{main} {main} refs/heads/x"), String::new()];
    for input in legal {
        let said = call(&stage, "pre-receive", input.as_bytes());
        assert_eq!(said.code, 0, "{input:?}: {}", said.stderr);
    }
}

#[test]
fn hooks_need_neither_a_home_nor_more_than_a_search_path() {
    let stage = Stage::plain();
    stage.branch("y");
    stage.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let push = |refspec: &str| {
        let mut command = stage.program(&stage.work, "/usr/bin/git");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("GIT_CONFIG_NOSYSTEM", "1");
        stage.run(command.args(["push", "hub", refspec]), b"")
    };
    let refused = push("y:main");
    assert_eq!(codes_in(&refused.stderr), [Code::ApprovalDelta].into(), "{}", refused.stderr);
    push("x:main").ok();
    stage.assert_recorded();
}

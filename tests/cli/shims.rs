//! The scripts that git calls as hooks, by the shells that there are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

const SHELLS: [&str; 3] = ["sh", "bash", "dash"];

/// A hook that runs; what is left of it when a test gives up is ended.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status().ok();
    }
}

/// Runs a hook by a shell, with its input redirected so, and returns whether it went well. It must end.
#[track_caller]
fn goes_well(actor: &Actor, line: &str) -> bool {
    let mut command: Command = actor.command("sh");
    command.args(["-c", &format!("exec {line}")]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = Running(command.process_group(0).spawn().unwrap());
    wait_for(&format!("end of {line}"), || running.0.try_wait().unwrap()).success()
}

#[test]
fn hook_whose_input_is_closed_ends() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let server = sandbox.somebody(&hub.directory);
    for shell in SHELLS.into_iter().filter(|shell| goes_well(&server, &format!("sh -c 'command -v {shell}'"))) {
        let pre_push = format!("{shell} .git/hooks/pre-push hub ../hub.git");
        assert!(goes_well(&hub.maria, &format!("{pre_push} </dev/null")), "{shell}");
        assert!(goes_well(&hub.maria, &format!("{pre_push} <&-")), "{shell}: a client's is advice");
        let pre_receive = format!("{shell} hooks/pre-receive");
        assert!(goes_well(&server, &format!("{pre_receive} </dev/null")), "{shell}");
        assert!(!goes_well(&server, &format!("{pre_receive} <&-")), "{shell}: a server refuses in doubt");
    }
}

#[test]
fn hooks_are_said_to_be_written_and_removed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let said = |verb: &str| maria.say(&["hooks", verb]).ok().stdout;
    let removed = said("uninstall");
    assert!(removed.starts_with("hooks: removed pre-commit, "), "{removed}");
    assert!(!removed.contains("wrote"), "{removed}");
    assert!(said("uninstall").starts_with("hooks: nothing to change"));
    assert!(said("install").starts_with("hooks: wrote pre-commit, "));
}

#[test]
fn hook_that_git_passes_over_is_told_in_words() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let state = || {
        let states = maria.coord(&["hooks", "status"]).objects();
        text(&states.iter().find(|state| state["hook"] == "pre-push").unwrap()["state"])
    };
    assert_eq!(state(), "installed");
    let hook = maria.directory.join(".git/hooks/pre-push");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(state(), "not-executable");
    let looked_at = maria.coord(&["doctor"]).objects();
    let hooks = looked_at.iter().find(|found| found["subject"] == "hooks").unwrap();
    assert_eq!(hooks["message"], "pre-push not-executable");
}

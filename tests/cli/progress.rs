//! How far a long fetch is: shown on a terminal, in our own words, and nowhere else.

use std::fs;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

/// Runs a program on a terminal of its own; what it says there comes out.
const ON_TERMINAL: &str =
    "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 1024))))";

/// Returns a clone whose git takes longer for a fetch than anybody wants to wait, and tells of it.
fn slow_clone(sandbox: &Sandbox, hub: &Hub, name: &str) -> Actor {
    let clone = hub.clone(sandbox, name);
    let (git, log) = (sandbox.root.join("bin/git"), sandbox.root.join("calls"));
    sandbox.script(
        "slow/git",
        &format!(
            "#!/bin/sh\necho \"$*\" >>'{}'\ncase \" $* \" in *' fetch '*--progress*)\n\
             printf 'remote: \\033[2Jwicked: 10%% (1/10)\\rReceiving objects:   1%% (1/100)\\r' >&2\nsleep 1.2\n\
             printf 'Receiving objects: 142%% (1/1)\\rReceiving objects:  42%% (42/100), \\033[31mwicked\\r' >&2;;\n\
             esac\nexec '{}' \"$@\"\n",
            log.display(),
            git.display()
        ),
    );
    let places = ["slow", "bin"].map(|name| sandbox.root.join(name).display().to_string());
    let path = format!("{}:{}", places.join(":"), std::env::var("PATH").unwrap());
    clone.with_env("PATH", path)
}

fn on_terminal(actor: &Actor, arguments: &[&str]) -> Ran {
    let mut command = actor.command("python3");
    command.args(["-c", ON_TERMINAL, env!("CARGO_BIN_EXE_git-coord")]).args(arguments);
    Ran::of(command).ok()
}

fn fetches(sandbox: &Sandbox) -> String {
    let calls = fs::read_to_string(sandbox.root.join("calls")).unwrap();
    let fetches: Vec<&str> = calls.lines().filter(|call| call.contains(" fetch ")).collect();
    assert!(!fetches.is_empty());
    fetches.join("\n")
}

#[test]
fn terminal_shows_how_far_a_fetch_is_and_nothing_else_of_it() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let clone = slow_clone(&sandbox, &hub, "second");
    let shown = on_terminal(&clone, &["join", "maria"]).stdout;
    assert!(shown.contains("\r\x1b[Kfetching: receiving objects (42%)"), "{shown:?}");
    let (_, after) = shown.rsplit_once("fetching: ").unwrap();
    assert!(after.contains("%)\r\x1b[K"), "it goes away: {shown:?}");
    assert!(!shown.contains("wicked") && !shown.contains("142") && !shown.contains("[31m"), "{shown:?}");
    assert!(fetches(&sandbox).contains("--progress"));
    assert_eq!(clone.git(&["config", "coord.remote"]), "hub");
}

#[test]
fn who_reads_from_a_pipe_or_wants_objects_sees_nothing_of_a_fetch() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let clone = slow_clone(&sandbox, &hub, "second");
    let ran = clone.say(&["join", "maria"]).ok();
    assert!(!ran.stderr.contains("fetching") && !ran.stdout.contains("fetching"), "{}", ran.stderr);
    assert!(!fetches(&sandbox).contains("--progress"));
    let other = slow_clone(&sandbox, &hub, "third");
    for arguments in [["--json", "join", "maria"], ["--quiet", "join", "maria"]] {
        let shown = on_terminal(&other, &arguments).stdout;
        assert!(!shown.contains("fetching") && !shown.contains("\x1b["), "{shown:?}");
    }
    assert!(!fetches(&sandbox).contains("--progress"));
}

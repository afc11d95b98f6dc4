//! A sandbox in which nothing can be written: what only looks answers, and what cannot says that this is why.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

/// Runs commands where a directory is mounted read-only, which takes a namespace of its own.
fn read_only(actor: &Actor, root: &str, commands: &str) -> Ran {
    let mount = format!("mount --bind '{root}' '{root}' && mount -o remount,ro,bind '{root}'");
    let script = format!("{mount} || exit 99\ncd '{}'\n{commands}", actor.directory.display());
    let mut command = actor.command("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", &script]);
    Ran::of(command)
}

#[test]
fn read_only_sandbox_tells_what_is_here() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let second = hub.clone(&sandbox, "second");
    second.coord(&["join", &hub.maria.id]).ok();
    second.write("src/a.rs", "fn a() { 4 }\n");
    second.commit("Change a");
    hub.maria.claim(&["docs/"]);
    let root = sandbox.root.to_str().unwrap().to_owned();
    let run = |commands: &str| read_only(&second, &root, commands);
    if run("true").code != 0 {
        // Not everybody may mount.
        return;
    }
    assert_eq!(run("touch x").code, 1, "nothing can be written");
    for verb in ["status", "check src/", "log", "verify", "verify --full", "whoami", "findings", "principals", "doctor"]
    {
        run(&format!("git-coord --json {verb}")).ok();
    }
    let gate = run("git-coord --json gate --ref main --base HEAD~1 --head HEAD");
    assert_eq!(gate.of_type("stale")[0]["code"], "disk.read-only", "{gate}");
    let inbox = run("git-coord --json inbox").ok();
    assert_eq!(inbox.of_type("stale")[0]["code"], "disk.read-only", "{inbox}");
    for verb in ["claim src/ --intent x", "sync"] {
        run(&format!("git-coord --json {verb}")).fails(5, "disk.read-only");
    }
    second.coord(&["sync"]).ok();
    second.claim(&["src/"]);
}

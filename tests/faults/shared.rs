//! One connection of ssh for many commands: quicker, never somebody else's, and nothing breaks with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use crate::faults::arena::Arena;
use crate::faults::arena::claim;
use crate::faults::blow::Blow;
use crate::faults::blow::Ended;
use crate::faults::blow::run;
use crate::support::sandbox::Actor;
use crate::support::sandbox::wait_for;
use crate::support::servers::Fault;

/// Returns where the connections of a sandbox are kept.
fn sockets(arena: &Arena) -> Vec<PathBuf> {
    let directory = arena.sandbox.home.join(".local/state/git-coord/ssh");
    let Ok(entries) = fs::read_dir(&directory) else { return Vec::new() };
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    entries.flatten().map(|entry| entry.path()).collect()
}

#[track_caller]
fn granted(command: Command) -> Ended {
    let ended = run(command, Blow::None);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

/// Lets the server note who pushes.
fn note_pushes(arena: &Arena) -> PathBuf {
    let log = arena.sandbox.root.join("pushes");
    let hook = format!("#!/bin/sh\ncat > /dev/null\necho \"$COORD_USER\" >> '{}'\n", log.display());
    arena.sandbox.script("hub.git/hooks/pre-receive", &hook);
    log
}

fn as_user(arena: &Arena, clone: &Actor, user: &str) -> Actor {
    clone.with_env("GIT_SSH_COMMAND", arena.ssh.ssh_command(user))
}

#[test]
fn connection_is_nobody_elses() {
    let Some(arena) = Arena::new(|| Fault::None) else { return };
    let alice = arena.enroll("alice");
    let clone = arena.clone("clone");
    let log = note_pushes(&arena);
    let in_turn = ["alice", "bob", "alice", "bob"];
    for (number, user) in in_turn.iter().enumerate() {
        granted(claim(&as_user(&arena, &clone, user), &alice, &format!("src/{number}")));
    }
    assert_eq!(fs::read_to_string(&log).unwrap().split_whitespace().collect::<Vec<_>>(), in_turn);
    assert_eq!(sockets(&arena).len(), 2, "each has one connection");
    // The same words name another key where each stands.
    for (number, user) in in_turn.iter().enumerate() {
        let place = arena.clone(&format!("{user}{number}"));
        let here = place.directory.join("key");
        fs::copy(arena.sandbox.root.join("ssh").join(user), &here).unwrap();
        fs::set_permissions(&here, fs::Permissions::from_mode(0o600)).unwrap();
        let absolute = format!("'{}'", arena.sandbox.root.join("ssh").join(user).display());
        let command = arena.ssh.ssh_command(user).replace(&absolute, "key");
        assert!(command.contains("-i key "));
        granted(claim(&place.with_env("GIT_SSH_COMMAND", command), &alice, &format!("key/{number}")));
    }
    let pushes = fs::read_to_string(&log).unwrap();
    assert_eq!(pushes.split_whitespace().skip(in_turn.len()).collect::<Vec<_>>(), in_turn);
}

#[test]
fn users_own_choice_stays() {
    let Some(arena) = Arena::new(|| Fault::None) else { return };
    let alice = arena.enroll("alice");
    let clone = arena.clone("clone");
    let own = arena.ssh.ssh_command("alice");
    for (number, more) in [" -o ControlPath=none", " -o controlmaster=no", " -S none"].iter().enumerate() {
        granted(claim(&clone.with_env("GIT_SSH_COMMAND", format!("{own}{more}")), &alice, &format!("own/{number}")));
    }
    // What ssh's own configuration says.
    let config = arena.sandbox.root.join("ssh_config");
    fs::write(&config, format!("Host 127.0.0.1\n  ControlPath {}/own-%C\n", arena.sandbox.root.display())).unwrap();
    let told = own.replace("/dev/null", config.to_str().unwrap());
    granted(claim(&clone.with_env("GIT_SSH_COMMAND", &told), &alice, "own/config"));
    clone.git(&["config", "coord.ssh-share", "false"]);
    granted(claim(&clone, &alice, "own/off"));
    assert!(sockets(&arena).is_empty(), "{:?}", sockets(&arena));
    // The legal twin.
    clone.git(&["config", "coord.ssh-share", "true"]);
    granted(claim(&clone, &alice, "own/on"));
    assert_eq!(sockets(&arena).len(), 1);
}

#[test]
fn what_is_left_of_a_connection_breaks_nothing() {
    let Some(arena) = Arena::new(|| Fault::None) else { return };
    let alice = arena.enroll("alice");
    let clone = arena.clone("clone");
    granted(claim(&clone, &alice, "src/1"));
    let socket = sockets(&arena).remove(0);
    // The connection is cut below it.
    arena.proxy.cut_all();
    granted(claim(&clone, &alice, "src/2"));
    // Nobody listens any more; and a file that is no socket.
    arena.proxy.cut_all();
    wait_for("end of the connection", || (!socket.exists()).then_some(()));
    drop(UnixListener::bind(&socket).unwrap());
    granted(claim(&clone, &alice, "src/3"));
    arena.proxy.cut_all();
    wait_for("end of the connection", || (!socket.exists()).then_some(()));
    fs::write(&socket, "").unwrap();
    granted(claim(&clone, &alice, "src/4"));
}

//! A web server wants a name and a password from those who write: git asks the user's program for them, for us as well.

use std::fs;

use crate::real_servers::kind::Kind;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::servers::Server;

/// Runs a test before each web server of this machine, with an empty repository and somebody who has one to push.
fn on_each(check: impl Fn(&Sandbox, &dyn Server, &Actor)) {
    for kind in [Kind::Nginx, Kind::Apache].into_iter().filter(|kind| kind.is_here()) {
        let sandbox = Sandbox::new();
        let work = sandbox.repository("work");
        work.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        let server = kind.start(&sandbox.root.join("server"), &sandbox.root.join("hub.git"));
        sandbox.leave_uninspected(server.repository());
        let address = server.url("alice").replace("alice:alice@", "");
        work.git(&["remote", "add", "hub", &address]);
        check(&sandbox, &*server, &work);
    }
}

#[test]
fn the_users_program_is_asked_for_them() {
    on_each(|sandbox, _, work| {
        let ask = sandbox.script("ask", "#!/bin/sh\necho alice\n");
        let maria = work.with_env("GIT_ASKPASS", ask.display().to_string()).begin(&["--remote", "hub"]);
        let claim = maria.coord(&["claim", "docs/", "--intent", "Write"]).ok().json();
        assert_eq!(claim["guarantee"], "remote", "{claim}");
    });
}

#[test]
fn who_has_none_is_told_what_the_server_said() {
    on_each(|_, _, work| {
        let state = || (work.git(&["for-each-ref"]), fs::read(work.directory.join(".git/config")).unwrap());
        let before = state();
        let ran = work.coord(&["init", "--name", "maria", "--remote", "hub"]);
        let error = ran.fails(5, "git.failed");
        assert!(error["message"].as_str().unwrap().contains("could not read Username"), "{error}");
        assert_eq!(state(), before);
    });
}

#[test]
fn a_story_without_a_password_that_is_known_is_not_told() {
    on_each(|sandbox, server, _| {
        let mut empty = server.service("/bin/sh".as_ref());
        empty.args(["-c", "exec git update-ref -d refs/heads/main"]);
        Ran::of(empty).ok();
        let wrong = server.url("alice").replace("alice:alice@", "alice:wrong@");
        let ran = sandbox.somebody(&sandbox.root).coord(&["demo", "--remote", &wrong]);
        let error = ran.fails(5, "git.failed");
        assert!(error["message"].as_str().unwrap().contains("Authentication failed"), "{error}");
        assert!(!ran.stderr.contains("wrong"), "{ran}");
    });
}

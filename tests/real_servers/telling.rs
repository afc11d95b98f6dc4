//! `git coord demo --remote`: the story is told to its end through a server, without our hooks and with them.

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::real_servers::row::Row;
use crate::real_servers::seen;
use crate::real_servers::served::install_program;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::servers::Server;

on_every_server!(clones_refuse_where_our_hooks_are_not the_server_refuses_where_our_hooks_are);

const FORMAT: &str = "sha1";

/// Returns a place for a story, and a server before an empty repository in it.
fn stage(kind: Kind) -> (Sandbox, Box<dyn Server>) {
    let sandbox = Sandbox::with_format(FORMAT);
    let nobody = sandbox.somebody(&sandbox.root);
    nobody.git(&["init", "-q", "--bare", "-b", "main", "--object-format", FORMAT, "hub.git"]);
    let server = kind.start(&sandbox.root.join("server"), &sandbox.root.join("hub.git"));
    // The server's account need not be ours.
    sandbox.leave_uninspected(&sandbox.root.join("hub.git"));
    sandbox.leave_uninspected(server.repository());
    (sandbox, server)
}

/// Plays the story, and once more where it has been told already.
#[track_caller]
fn play(sandbox: &Sandbox, server: &dyn Server) -> Ran {
    let mut user = sandbox.somebody(&sandbox.root);
    for (name, value) in server.variables("alice") {
        user = user.with_env(name, value);
    }
    let url = server.url("alice");
    let ran = user.say(&["demo", "--remote", &url]).ok();
    // Over http the name is the password as well.
    let shown = url.replace("alice:alice@", "alice@");
    assert!(ran.stdout.contains(&format!("What was pushed stays in {shown}")), "{ran}");
    assert!(![&ran.stdout, &ran.stderr].iter().any(|said| said.contains("alice:alice@")), "{ran}");
    let again = user.coord(&["demo", "--remote", &url]);
    let error = again.fails(2, "usage.argument");
    assert!(error["message"].as_str().unwrap().contains("not an empty repository"), "{again}");
    assert!(!again.stderr.contains("alice:alice@"), "{again}");
    ran
}

/// Returns the branches, as the server's account sees them.
fn branches(server: &dyn Server) -> String {
    let mut git = server.service("/bin/sh".as_ref());
    git.args(["-c", "exec git for-each-ref --format='%(refname)' refs/heads"]);
    Ran::of(git).ok().stdout
}

fn clones_refuse_where_our_hooks_are_not(kind: Kind) {
    let (sandbox, server) = stage(kind);
    let ran = play(&sandbox, &*server);
    assert!(ran.stdout.contains("our hooks are not there"), "{ran}");
    assert!(ran.stdout.contains("blocked: refs/heads/main") && !ran.stdout.contains("remote: blocked: "), "{ran}");
    assert_eq!(branches(&*server), "refs/heads/coord\nrefs/heads/main\n", "the name that was tried is gone");
    seen::keep(kind, Row::ToldWithout, &server.version(), "told to its end, the clones refuse");
}

fn the_server_refuses_where_our_hooks_are(kind: Kind) {
    let (sandbox, server) = stage(kind);
    let mut install = server.service(&install_program(&sandbox.root));
    install.args(["hooks", "install", "--server"]);
    Ran::of(install).ok();
    let ran = play(&sandbox, &*server);
    assert!(ran.stdout.contains("The hooks are there"), "{ran}");
    assert!(ran.stdout.contains("remote: blocked: refs/heads/main"), "{ran}");
    assert_eq!(branches(&*server), "refs/heads/coord\nrefs/heads/main\n");
    seen::keep(kind, Row::ToldWith, &server.version(), "told to its end, the server refuses");
}

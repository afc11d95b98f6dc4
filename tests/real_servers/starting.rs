//! A server serves those whom it knows, as whom it knows them, and nothing of it is left when it has ended.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::wait_for;
use crate::support::servers::Ssh;

on_every_server!(a_push_is_taken_by_the_server_as_a_service_runs_it);

/// The hooks stand in the repository, with nothing of ours around them.
fn a_push_is_taken_by_the_server_as_a_service_runs_it(kind: Kind) {
    let sandbox = Sandbox::new();
    let work = sandbox.repository("work");
    work.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
    let hook = "#!/bin/sh\necho \"who=$(id -u) at=$(pwd -P) path=$PATH format=$GIT_DEFAULT_HASH\"\n";
    sandbox.script("hub.git/hooks/pre-receive", hook);
    let server = kind.start(&sandbox.root.join("server"), &sandbox.root.join("hub.git"));
    let mut somebody = work.clone();
    for (name, value) in server.variables("alice") {
        somebody = somebody.with_env(name, value);
    }
    let said = somebody.try_git(&["push", &server.url("alice"), "main:topic"]).ok().stderr;
    let inside = server.repository().canonicalize().unwrap();
    let is_other = server.account().is_other();
    let owner = fs::metadata(&inside).unwrap().uid();
    assert_ne!(is_other, owner == fs::metadata(&work.directory).unwrap().uid());
    assert!(said.contains(&format!("who={owner} at={} ", inside.display())), "{said}");
    let path = said.split("path=").nth(1).unwrap().split(' ').next().unwrap();
    assert!(!path.contains(sandbox.root.to_str().unwrap()), "{said}");
    assert!(said.contains(" format=\n") || said.contains(" format= "), "{said}");
    let stranger = work.try_git(&["push", &server.url("nobody"), "main:other"]);
    assert_eq!(stranger.code == 0, kind == Kind::Daemon, "{stranger}");
    assert!(server.version().chars().any(|letter| letter.is_ascii_digit()), "{}", server.version());
    let mut looking = server.service("/bin/pwd".as_ref());
    assert_eq!(
        Ran::of({
            looking.arg("-P");
            looking
        })
        .ok()
        .stdout
        .trim(),
        inside.to_str().unwrap()
    );
    sandbox.leave_uninspected(&inside);
}

#[test]
fn ssh_tells_two_users_apart_and_ends_with_its_value() {
    if !Kind::Ssh.is_here() {
        return;
    }
    let sandbox = Sandbox::new();
    let work = sandbox.repository("work");
    work.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
    let hook = "#!/bin/sh\necho \"user=$COORD_USER home=$HOME path=$PATH\"\nenv | grep -c ^GIT_CONFIG || true\n";
    sandbox.script("hub.git/hooks/pre-receive", hook);
    let server = Ssh::start(&sandbox.root.join("ssh"), &sandbox.root.join("hub.git"));
    for user in Ssh::USERS {
        let somebody = work.with_env("GIT_SSH_COMMAND", server.ssh_command(user));
        let said = somebody.try_git(&["push", &server.url(), &format!("main:{user}")]).ok().stderr;
        assert!(said.contains(&format!("user={user} home={}", sandbox.root.join("ssh/home").display())), "{said}");
    }
    let stranger = work.with_env("GIT_SSH_COMMAND", server.ssh_command("host"));
    assert!(stranger.try_git(&["ls-remote", &server.url()]).stderr.contains("Permission denied"));
    let shell = server.ssh_command("alice").replacen("ssh ", &format!("ssh -p {} ", server.port()), 1);
    let free = format!("{shell} 127.0.0.1 'touch {}'", sandbox.root.join("touched").display());
    assert_ne!(work.try_git(&["-c", &format!("alias.x=!{free}"), "x"]).code, 0);
    assert!(!sandbox.root.join("touched").exists());

    let (port, process) = (server.port(), server.process());
    let waiting = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let child = wait_for("process for a guest", || {
        let list = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
        list.split_whitespace().next().map(str::to_owned)
    });
    drop(server);
    assert!(!Path::new(&format!("/proc/{process}")).exists());
    wait_for("end of the guest's process", || (!is_alive(&child)).then_some(()));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    drop(waiting);
}

/// Returns whether a process runs: one that nobody has buried yet does not.
fn is_alive(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

//! A server serves those whom it knows, as whom it knows them, and nothing of it is left when it has ended.

use std::fs;
use std::net::TcpStream;
use std::path::Path;

use crate::real_servers::needs;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::wait_for;
use crate::support::servers::Ssh;

#[test]
fn ssh_tells_two_users_apart_and_ends_with_its_value() {
    if !needs::are_met("OpenSSH", &Ssh::PROGRAMS) {
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

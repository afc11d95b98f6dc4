//! What a server cannot judge it refuses, and says why.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::real_servers::row::Row;
use crate::real_servers::served::Served;

on_every_server!(what_cannot_be_judged_is_refused the_key_of_the_hub_is_the_servers);

fn what_cannot_be_judged_is_refused(kind: Kind) {
    let served = Served::new(kind);
    served.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let program = served.program_file();
    let away = program.with_file_name("away");
    fs::rename(&program, &away).unwrap();
    let said = served.refused_for(&["x:main"], &[]).stderr;
    assert!(said.contains("remote: refused: git-coord is missing on this server"), "{said}");
    served.saw(Row::Missing, "refused: git-coord is missing on this server");

    fs::write(&program, "#!/bin/sh\nkill -9 $$\n").unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let said = served.refused_for(&["x:topic"], &[]).stderr;
    assert!(said.contains("(pre-receive hook declined)"), "{said}");
    served.saw(Row::Crash, "refused: pre-receive hook declined");

    fs::rename(&away, &program).unwrap();
    served.accepted(&["x:main"]);
    served.assert_landed();
}

fn the_key_of_the_hub_is_the_servers(kind: Kind) {
    let served = Served::new(kind);
    served.approved("x", "src/a.rs", "fn a() { 1 }\n");
    if !served.server.account().is_other() {
        served.saw(Row::Key, "cannot be: who installs is the server's account");
        served.saw(Row::Owner, "cannot be: who installs is the server's account");
        served.accepted(&["x:main"]);
        return;
    }
    // Made by somebody else, it is somebody else's.
    let chown = |to: &str, place: &str| {
        served.run(served.program(&served.hub, "chown").args(["-R", to, place]), b"").ok();
    };
    chown("0:0", "coord/hub-key");
    let said = served.refused_for(&["x:main"], &[]).stderr;
    assert!(said.contains("hub-key` belongs to another account") && said.contains("(git.unsafe)"), "{said}");
    assert!(said.contains("git coord hooks install --server"), "{said}");
    served.saw(Row::Key, "refused: `git.unsafe`, with what to do");
    served.own_again();
    served.accepted(&["x:main"]);
    served.assert_landed();

    // Whoever runs the machine is told the same before anything is written.
    let before = served.at_hub(&["config", "--list", "--local"]);
    let error = served.coord_in(&served.hub, &["--json", "hooks", "install", "--server"]).fails(5, "git.unsafe");
    assert!(error["hints"][0].as_str().unwrap().contains("sudo -u '#"), "{error}");
    assert_eq!(served.at_hub(&["config", "--list", "--local"]), before);
    served.coord_at_server(&["hooks", "install", "--server"]).ok();

    chown("0:0", ".");
    let before = served.at_hub(&["for-each-ref"]);
    let said = served.push(&["x:topic"]);
    assert_ne!(said.code, 0, "{said}");
    assert_eq!(served.at_hub(&["for-each-ref"]), before);
    let error = served.coord_at_server(&["hooks", "install", "--server"]).fails(5, "git.unsafe");
    assert!(error["hints"][0].as_str().unwrap().contains("Work as the account"), "{error}");
    served.saw(Row::Owner, "refused by git itself; `hooks install` says `git.unsafe`");
    served.own_again();
    served.accepted(&["x:topic"]);
}

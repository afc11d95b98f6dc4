//! The same story in repositories of both hash functions, with every git of this machine, and over ssh's command line.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::cast::STRICT;
use crate::server::ground::open_ledger;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::gits;

/// The whole way of one change: refused, asked for, approved, landed, recorded, audited.
fn play(stage: &Stage) {
    stage.claim("alice", &["src/a.rs"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    let asked = stage.request("alice", "x");
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.approve("carol", &asked);
    stage.stock_git_accepts(&["x:main"]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
    assert_eq!(stage.hub_tip(MAIN), asked.head);
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
    stage.coord("maria", &["verify", "--full"]).ok();
    stage.refused(&["+refs/remotes/hub/main~1:refs/heads/main"], Code::RefNotForward);
    stage.said("alice", &["release", "--all"]);
    stage.claim("dave", &["docs/"]);
    stage.branch("y");
    stage.commit("dave", "docs/guide.md", "More\n");
    let asked = stage.request("dave", "y");
    stage.approve("carol", &asked);
    stage.said("nora", &["land", &asked.id]);
    stage.assert_recorded();
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
    stage.at_hub(&["fsck", "--strict"]);
    assert_eq!(open_ledger(&stage.hub).voids().len(), 0);
}

#[test]
fn the_story_plays_in_both_hash_functions_with_every_git() {
    for git in gits() {
        for format in ["sha1", "sha256"] {
            for policy in [PLAIN, STRICT] {
                play(&Stage::within(Sandbox::with_git(&git, format), policy));
            }
        }
    }
}

/// Git speaks to the other side through a program that runs what it is given there, as ssh does.
#[test]
fn the_gate_stands_behind_ssh_as_well() {
    let stage = Stage::plain();
    let script = stage.root.join("bin/ssh-here");
    fs::write(&script, "#!/bin/sh\nfor last; do :; done\ncd / && exec env -i PATH=\"$PATH\" sh -c \"$last\"\n")
        .unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    stage.git(&["config", "core.sshCommand", script.to_str().unwrap()]);
    stage.git(&["config", "ssh.variant", "ssh"]);
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.branch("y");
    stage.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    stage.git(&["remote", "set-url", "hub", &format!("ssh://hub{}", stage.hub.display())]);
    stage.refused(&["y:main"], Code::ApprovalDelta);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

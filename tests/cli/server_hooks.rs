//! Where server hooks are installed, and what is looked at in a repository that is a server's.

use std::fs;

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn server_hooks_are_for_repositories_that_take_pushes() {
    let sandbox = Sandbox::new();
    let work = sandbox.repository("work");
    work.write(".husky/pre-commit", "true\n");
    work.git(&["config", "core.hooksPath", ".husky"]);
    let install: &[&str] = &["hooks", "install", "--server"];
    for arguments in [install, &["hooks", "install", "--server", "--dry-run"]] {
        work.coord(arguments).fails(2, "usage.argument");
        assert!(!work.has(".git/coord/hub-key") && !work.has(".husky/pre-receive"));
        assert_eq!(work.try_git(&["config", "receive.fsckObjects"]).code, 1);
    }
    work.git(&["config", "receive.denyCurrentBranch", "refuse"]);
    work.coord(install).fails(2, "usage.argument");
    // Whoever lets others push into a work tree means it.
    work.git(&["config", "receive.denyCurrentBranch", "updateInstead"]);
    assert!(work.coord(install).ok().json()["hub_key"].is_string());
    let bare = sandbox.somebody(&sandbox.root.join("hub.git"));
    work.git(&["init", "-q", "--bare", bare.directory.to_str().unwrap()]);
    assert!(bare.coord(install).ok().json()["hub_key"].is_string());
}

#[test]
fn key_of_a_hub_outlives_its_hooks() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let server = sandbox.somebody(&hub.directory);
    let key = fs::read(hub.directory.join("coord/hub-key")).unwrap();
    let removed = server.coord(&["hooks", "uninstall", "--server"]).ok().json();
    assert!(text(&removed["kept_key"]).ends_with("/coord/hub-key"), "{removed}");
    assert_eq!(fs::read(hub.directory.join("coord/hub-key")).unwrap(), key);
    let said = hub.maria.say(&["hooks", "uninstall"]).ok();
    assert!(!said.stdout.contains("hub key"), "{said}");
}

//! Where the hooks of a server are installed, and what mends hooks that are not asked.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::sandbox::Actor;
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

/// Returns how the client hooks are, and what `doctor` says to mend them.
fn hooks_told(actor: &Actor) -> (String, Option<String>) {
    let looks = actor.coord(&["doctor"]).objects();
    let look = looks.into_iter().find(|look| look["subject"] == "hooks").unwrap();
    (text(&look["health"]), look["mend"].as_str().map(str::to_owned))
}

#[test]
fn doctor_says_what_mends_hooks_that_are_not_asked() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["hooks", "uninstall"]).ok();
    assert_eq!(hooks_told(&maria), ("bad".to_owned(), Some("git coord hooks install".to_owned())));
    // Husky starts hooks by files that no commit carries: until it has run here, an installation is not enough.
    maria.git(&["config", "core.hooksPath", ".husky/_"]);
    maria.coord(&["hooks", "install"]).ok();
    let (health, mend) = hooks_told(&maria);
    let mend = mend.unwrap();
    assert!(health == "bad" && mend.contains("npx husky") && !mend.contains("hooks install"), "{mend}");
    for name in ["pre-commit", "prepare-commit-msg", "pre-merge-commit", "pre-push"] {
        sandbox.script(&format!("work/.husky/_/{name}"), "#!/bin/sh\n");
    }
    assert_eq!(hooks_told(&maria), ("good".to_owned(), None));
    // Nor does one help where the hooks of this user are somewhere else: what is to be written there is said.
    maria.git(&["config", "--unset", "core.hooksPath"]);
    maria.coord(&["hooks", "install"]).ok();
    let elsewhere = sandbox.root.join("of-the-user");
    maria.git(&["config", "--global", "core.hooksPath", elsewhere.to_str().unwrap()]);
    let (health, mend) = hooks_told(&maria);
    let mend = mend.unwrap();
    assert!(health == "bad" && !mend.contains("hooks install"), "{mend}");
    for line in mend.split("Add to `").skip(1) {
        let (path, call) = line.split_once("`, before anything reads its input: ").unwrap();
        let script = format!("#!/bin/sh\n{}\n", call.split(';').next().unwrap());
        sandbox.script(path.strip_prefix(sandbox.root.to_str().unwrap()).unwrap().trim_start_matches('/'), &script);
    }
    assert_eq!(hooks_told(&maria), ("good".to_owned(), None));
}

#[test]
fn doctor_follows_a_hook_that_is_a_link() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let server = sandbox.somebody(&hub.directory);
    let hook = hub.directory.join("hooks/pre-receive");
    let level = || {
        let looks = server.coord(&["doctor"]).objects();
        text(&looks.iter().find(|look| look["subject"] == "enforcement").unwrap()["message"])
    };
    fs::rename(&hook, sandbox.root.join("ours")).unwrap();
    for (target, is_ours) in [("other", false), ("ours", true)] {
        sandbox.script("other", "#!/bin/sh\ntrue\n");
        symlink(sandbox.root.join(target), &hook).unwrap();
        assert_eq!(level().contains("the server hooks are here"), is_ours);
        fs::remove_file(&hook).unwrap();
    }
}

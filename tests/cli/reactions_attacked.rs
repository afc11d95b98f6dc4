//! What others can write near the reactions of a user: programs in a work tree, the file itself, and what lies beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::reactions::digest;
use super::reactions::find;
use super::reactions::letters;
use super::reactions::noting;
use super::reactions::one;
use super::reactions::read;
use super::reactions::settle;
use super::reactions::trust;
use super::reactions::until;
use super::reactions::write;
use super::watcher::Watching;

const UNDER_WAY: &str = ".git/coord/reactions/under-way";

/// Puts a pipe that nobody reads in a place.
fn pipe(actor: &Actor, path: &Path) {
    let mut command = actor.command("mkfifo");
    command.arg(path);
    Ran::of(command).ok();
}

/// REACT-3, with legal twin: a program that somebody lands is not started by its name, though its directory is on the search path,
/// also if the work tree came later; the user's own program of that name is, and what it starts finds none of theirs either.
#[test]
fn program_of_a_work_tree_is_not_found_by_its_name() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let canary = sandbox.root.join("canary");
    let later = maria.directory.parent().unwrap().join("later");
    let hostile = format!("#!/bin/sh\ntouch {}\n", canary.display());
    let plant = |place: &Path| {
        fs::create_dir_all(place).unwrap();
        fs::write(place.join("react"), &hostile).unwrap();
        fs::set_permissions(place.join("react"), fs::Permissions::from_mode(0o755)).unwrap();
    };
    plant(&maria.directory.join("bin"));
    fs::create_dir_all(later.join("bin")).unwrap();
    std::os::unix::fs::symlink(maria.directory.join("bin"), sandbox.root.join("leads-in")).unwrap();
    let theirs = [later.join("bin"), maria.directory.join("bin"), sandbox.root.join("leads-in")];
    let theirs = theirs.map(|entry| entry.display().to_string()).join(":");
    let usual = std::env::var("PATH").unwrap();
    let bin = sandbox.root.join("bin");
    let tempted = maria.with_env("PATH", format!("{theirs}::.:{}:{usual}", bin.display()));
    trust(&maria, &one(Path::new("react"), ""));
    let mut watching = Watching::start(&tempted, &[]);
    // Git makes a work tree where an entry of the search path leads, once the watcher runs.
    fs::remove_dir_all(&later).unwrap();
    maria.git(&["worktree", "add", "-q", "-b", "later", later.to_str().unwrap()]);
    plant(&later.join("bin"));
    find(&maria, "src/a.rs");
    until("the refusal", || letters(&maria).len() == 1);
    let failure = text(&letters(&maria)[0]["failure"]);
    assert!(failure.contains("`react` is nowhere on the search path outside the work trees"), "{failure}");

    let paths = sandbox.root.join("paths");
    let (script, said) = noting(&sandbox, &format!("echo \"$PATH\" > {}", paths.display()));
    fs::create_dir_all(&bin).unwrap();
    fs::copy(script, bin.join("react")).unwrap();
    find(&maria, "src/a.rs");
    until("the reaction", || read(&said).lines().count() == 1);
    until("its search path", || !read(&paths).is_empty());
    settle(&mut watching, &maria);
    let paths = read(&paths);
    assert!(!paths.contains("work/bin") && !paths.contains("later") && !paths.contains("leads-in"), "{paths}");
    assert!(paths.trim().split(':').all(|entry| entry.starts_with('/') && entry != "/"), "{paths}");
    assert!(!canary.exists());
    maria.coord(&["reactions", "retry"]).ok();
}

/// REACT-3, with legal twin: what was read is trusted, and nothing else; and neither an agent nor a reaction says so.
#[test]
fn reactions_are_trusted_by_who_has_read_them() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (script, _) = noting(&sandbox, "");
    write(&maria, &one(&script, ""));
    let honest = digest(&maria);
    maria.coord(&["reactions", "trust"]).fails(2, "usage.argument");
    maria.coord(&["reactions", "trust", "latest"]).fails(2, "usage.argument");
    for session in ["GIT_COORD_SESSION", "CLAUDE_SESSION_ID", "CODEX_SESSION_ID", "GEMINI_SESSION_ID"] {
        maria.with_env(session, "s-1").coord(&["reactions", "trust", &honest]).fails(1, "reactions.agent");
    }
    maria.with_env("GIT_COORD_REACTION_DEPTH", "1").coord(&["reactions", "trust", &honest]).fails(1, "reactions.agent");
    alice.coord(&["reactions", "trust", &honest]).fails(1, "reactions.agent");
    // Somebody changes it between being read and being trusted.
    write(&maria, &one(Path::new("/bin/false"), ""));
    let refused = maria.coord(&["reactions", "trust", &honest]).fails(1, "reactions.changed");
    assert!(refused["message"].as_str().unwrap().contains(&digest(&maria)), "{refused}");
    assert_eq!(maria.coord(&["reactions"]).ok().json()["state"], "untrusted");
    write(&maria, &one(&script, ""));
    assert_eq!(maria.coord(&["reactions", "trust", &honest]).ok().json()["state"], "trusted");
    assert_eq!(maria.coord(&["reactions", "trust", &honest]).ok().json()["state"], "trusted", "once more");
}

/// REACT-3, with legal twin: what waits its turn is not started once its file is changed or gone.
#[test]
fn reaction_that_waits_is_not_started_once_trust_is_gone() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (script, said) = noting(&sandbox, "sleep 2");
    let mut watching = Watching::start(&maria, &[]);
    for (later, expected) in [
        (Some(one(&script, "# \n")), "the file that it stands in is not trusted any more"),
        (None, "the file that it stood in is gone"),
    ] {
        fs::remove_file(&said).ok();
        trust(&maria, &one(&script, ""));
        find(&maria, "src/a.rs");
        until("the first", || read(&said).lines().count() == 1);
        find(&maria, "src/b.rs");
        let waiting = || fs::read_dir(maria.directory.join(UNDER_WAY)).is_ok_and(|found| found.count() == 2);
        until("the second", waiting);
        match later {
            Some(later) => write(&maria, &later),
            None => fs::remove_file(maria.directory.join(".git/coord/reactions.toml")).unwrap(),
        }
        let is_said = || letters(&maria).iter().any(|letter| letter["failure"] == expected);
        until("the refusal", is_said);
        assert_eq!(read(&said).lines().count(), 1);
    }
    settle(&mut watching, &maria);
    trust(&maria, &one(&script, ""));
    maria.coord(&["reactions", "retry"]).ok();
    assert_eq!(read(&said).lines().count(), 3, "what it stands for again is started again");
}

/// REACT-3, with legal twin: what lies in the place of letters is a letter only if it is like one, and then no more than an event.
#[test]
fn files_beside_the_reactions_are_not_believed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (script, said) = noting(&sandbox, "");
    trust(&maria, &one(&script, ""));
    let dead = |id: &str, depth: &str, event: &str| {
        let head = "reaction: tell\nreason: exit code 1\ntime: 2026-01-01T00:00:00Z\nattempts: 18446744073709551615";
        maria.write(&format!(".git/coord/reactions/dead/{id}"), &format!("{head}\ndepth: {depth}\n\n{event}\n"));
    };
    let honest = "{\"event\":\"finding.added\",\"id\":\"f-1\",\"paths\":[\"src/a.rs\"]}";
    let places = [
        "\u{1b}[2Jaaaaaaaaaaaa",
        ".coord-tmp-aaaaaa",
        "00ff00ff00ff00fg",
        "00FF00FF00FF00FF",
        "00ff",
        "00ff00ff00ff00ff00",
    ];
    for place in places {
        dead(place, "1", honest);
    }
    let two = format!("{honest}\n{honest}");
    for (number, event) in ["", "[1]", "\"finding.added\"", "{} {}", "rm -rf /", two.as_str()].into_iter().enumerate() {
        dead(&format!("000000000000000{number}"), "1", event);
    }
    let folder = maria.directory.join(".git/coord/reactions/dead");
    std::os::unix::fs::symlink("/etc/passwd", folder.join("aaaaaaaaaaaaaaaa")).unwrap();
    fs::create_dir(folder.join("bbbbbbbbbbbbbbbb")).unwrap();
    pipe(&maria, &folder.join("cccccccccccccccc"));
    assert_eq!(letters(&maria).len(), 0, "{:?}", letters(&maria));
    // What is like a letter is asked of as `watch` asks of an event.
    dead("1111111111111111", "4", honest);
    dead("2222222222222222", "4294967295", honest);
    dead("3333333333333333", "1", &honest.replace("finding.added", "claim.granted"));
    dead("4444444444444444", "1", &honest.replace("src/a.rs", "docs/a.md"));
    dead("5555555555555555", "1", &honest.replace("\"src/a.rs\"", "[]"));
    let tried = maria.coord(&["reactions", "retry"]).exits(1).objects();
    let reasons: Vec<_> = tried.iter().map(|letter| text(&letter["failure"])).collect();
    let deep = "3 reactions, one caused by another, led to it";
    assert_eq!((&*reasons[0], &*reasons[1], reasons.len()), (deep, deep, 5));
    assert!(reasons[2..].iter().all(|reason| reason == "the reaction is not on this event"), "{reasons:?}");
    assert_eq!(read(&said), "");
    dead("6666666666666666", "3", honest);
    maria.coord(&["reactions", "retry", "6666666666666666"]).ok();
    assert_eq!(read(&said).lines().count(), 1);
}

/// REACT-3, with legal twin: a watcher goes on whatever lies in the place of its own files, and writes to none of others.
#[test]
fn watcher_goes_on_whatever_lies_beside_the_reactions() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let coord = maria.directory.join(".git/coord");
    let (script, said) = noting(&sandbox, "");
    let precious = sandbox.root.join("precious");
    fs::write(&precious, "mine\n").unwrap();
    fs::create_dir_all(maria.directory.join(UNDER_WAY).join("aaaaaaaaaaaaaaaa")).unwrap();
    std::os::unix::fs::symlink(&precious, coord.join("reactions.log")).unwrap();
    pipe(&maria, &maria.directory.join(UNDER_WAY).join("bbbbbbbbbbbbbbbb"));
    fs::create_dir(coord.join("reactions.toml")).unwrap();
    let mut watching = Watching::start(&maria, &[]);
    assert_eq!(maria.coord(&["reactions"]).ok().json()["state"], "unusable");
    fs::remove_dir(coord.join("reactions.toml")).unwrap();
    trust(&maria, &one(&script, ""));
    find(&maria, "src/a.rs");
    until("the reaction", || read(&said).lines().count() == 1);
    settle(&mut watching, &maria);
    assert_eq!(read(&precious), "mine\n");
    // A pipe in the place of the log stops nobody either.
    fs::remove_file(coord.join("reactions.log")).unwrap();
    pipe(&maria, &coord.join("reactions.log"));
    find(&maria, "src/a.rs");
    until("the reaction", || read(&said).lines().count() == 2);
    settle(&mut watching, &maria);
    fs::remove_file(coord.join("reactions.log")).unwrap();
    find(&maria, "src/a.rs");
    until("the log", || read(&coord.join("reactions.log")).contains("tell done"));
    // What cannot be noted is not started, and told.
    thread::sleep(Duration::from_millis(300));
    fs::remove_dir_all(coord.join("reactions")).unwrap();
    fs::write(coord.join("reactions"), "").unwrap();
    find(&maria, "src/a.rs");
    settle(&mut watching, &maria);
    settle(&mut watching, &maria);
    watching.expect("reaction.failed", "tell");
    assert_eq!(read(&said).lines().count(), 3);
}

//! `git coord demo`: everything it tells happens, it touches nothing of the user's, and it does not believe itself.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::format_under_test;
use crate::support::sandbox::git_under_test;

fn player(sandbox: &Sandbox) -> Actor {
    sandbox.somebody(&sandbox.root)
}

fn entries(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

/// Checks that a story was told to its end, and that nothing is left of it.
#[track_caller]
fn check_told(ran: &Ran, sandbox: &Sandbox) {
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.stderr, "", "{ran}");
    assert_eq!((entries(&sandbox.home), entries(&sandbox.root.join("tmp"))), (0, 0), "something is left: {ran}");
    let told = [
        "(claim.held)",
        "somebody else holds what you commit",
        "remote: blocked: refs/heads/",
        "(approval.self)",
        "(approval.independence)",
        "(approval.delta)",
        "allowed: refs/heads/",
        "git coord: recorded refs/heads/",
        "  landed    on refs/heads/",
        "Good \"git\" signature for hub-",
        "checks held in ",
    ];
    for text in told {
        assert!(ran.stdout.contains(text), "`{text}` is missing: {ran}");
    }
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(widest <= 100, "a line has {widest} columns: {ran}");
    let lines = ran.stdout.lines().count();
    assert!((90..=145).contains(&lines), "{lines} lines are not two minutes of reading: {ran}");
}

/// What a repository is seen from outside: its refs, its configuration, its work tree.
fn state_of(repository: &Actor) -> (String, String, String) {
    let references = repository.git(&["for-each-ref"]);
    (references, repository.read(".git/config"), repository.git(&["status", "--porcelain"]))
}

#[test]
fn the_story_is_told_with_nothing_of_the_user() {
    let sandbox = Sandbox::new();
    let user = player(&sandbox)
        .with_env("GIT_DIR", "/nowhere")
        .with_env("GIT_AUTHOR_NAME", "Somebody Else")
        .with_env("GIT_COORD_AS", "nobody")
        .with_env("GIT_COORD_SESSION", "of-the-user")
        .with_env("SSH_AUTH_SOCK", "/nowhere/agent")
        .with_env("XDG_DATA_HOME", sandbox.root.join("data"));
    check_told(&user.say(&["demo"]), &sandbox);
    assert!(!sandbox.root.join("data").exists());
}

#[test]
fn programs_get_one_object() {
    let sandbox = Sandbox::new();
    let ran = player(&sandbox).coord(&["demo"]).ok();
    let objects = ran.objects();
    assert_eq!(objects.len(), 1, "{ran}");
    assert_eq!(objects[0]["type"], "demo");
    assert_eq!(objects[0]["as_expected"], true);
    assert!(objects[0]["entries"].as_u64() >= Some(15), "{ran}");
    assert!(objects[0]["checks"].as_u64() > Some(80), "{ran}");
}

#[test]
fn it_plays_on_a_clone_and_leaves_the_original_alone() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("work");
    // Hooks of a hook manager and a branch that the policy does not know are the clone's to deal with.
    sandbox.script("work/.husky/pre-commit", "#!/bin/sh\nexit 1\n");
    repository.write("docs/guide.md", "# Guide\n");
    repository.commit("Add a hook and a guide");
    repository.git(&["config", "core.hooksPath", ".husky"]);
    repository.git(&["branch", "-m", "trunk"]);
    let before = state_of(&repository);
    let ran = player(&sandbox).say(&["demo", "--on", "work"]);
    check_told(&ran, &sandbox);
    assert!(ran.stdout.contains("work on a clone of work."), "{ran}");
    assert!(ran.stdout.contains("git coord claim src/ --intent"), "{ran}");
    assert!(ran.stdout.contains("Claim docs/guide.md"), "{ran}");
    assert_eq!(state_of(&repository), before);
}

#[test]
fn it_plays_on_sha256() {
    let sandbox = Sandbox::with_format("sha256");
    sandbox.repository("work");
    check_told(&player(&sandbox).say(&["demo", "--on", "work"]), &sandbox);
}

#[test]
fn it_makes_files_where_there_are_too_few() {
    let sandbox = Sandbox::new();
    let repository = sandbox.empty_repository("work");
    repository.write("a file.txt", "One\n");
    repository.commit("Begin");
    repository.git(&["checkout", "-q", "--detach"]);
    let bare = sandbox.root.join("bare.git");
    repository.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    check_told(&player(&sandbox).say(&["demo", "--on", "bare.git"]), &sandbox);
}

#[test]
fn kept_directories_can_be_looked_into() {
    let sandbox = Sandbox::new();
    let ran = player(&sandbox).say(&["demo", "--keep"]).ok();
    let place = ran.stdout.lines().find_map(|line| line.strip_prefix("Everything is still in ")).unwrap();
    let project = sandbox.somebody(&Path::new(place.trim_end_matches('.')).join("project"));
    assert_eq!(project.coord(&["verify", "--full"]).ok().json()["void"], 0);
}

#[test]
fn a_server_that_lets_everything_pass_is_noticed() {
    let sandbox = Sandbox::new();
    let real = git_under_test();
    let real = real.display();
    let git = sandbox.script(
        "careless/git",
        &format!(
            "#!/bin/sh\n[ \"$1\" = push ] || exec {real} \"$@\"\nshift\n\
             exec {real} push --receive-pack='{real} -c core.hooksPath=/dev/null receive-pack' \"$@\"\n"
        ),
    );
    let careless = Sandbox::with_git(&git, &format_under_test());
    let ran = player(&careless).say(&["demo"]).exits(70);
    let said = [
        "The story did not go as it is told.",
        "step:     alice$ git push --no-verify hub alice:main",
        "expected: exit code 1",
        "seen:     exit code 0",
        "alice -> main",
    ];
    for text in said {
        assert!(ran.stdout.contains(text), "`{text}` is missing: {ran}");
    }
    assert!(!ran.stdout.contains("checks held"), "{ran}");
    assert_eq!(entries(&careless.root.join("tmp")), 0);
    let object = player(&careless).coord(&["demo"]).exits(70).json();
    assert_eq!((&object["as_expected"], &object["entries"]), (&json!(false), &json!(0)));
}

#[test]
fn git_that_cannot_sign_with_ssh_keys_is_refused() {
    let sandbox = Sandbox::new();
    let git = sandbox.script("old/git", "#!/bin/sh\necho git version 2.33.8\n");
    let old = Sandbox::with_git(&git, &format_under_test());
    let error = player(&old).coord(&["demo"]).fails(5, "git.too-old");
    assert!(error["message"].as_str().unwrap().contains("2.33.8"), "{error}");
    assert!(error["hints"][0].as_str().unwrap().contains("2.34"), "{error}");
}

#[test]
fn a_repository_without_commits_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.empty_repository("work");
    let error = player(&sandbox).coord(&["demo", "--on", "work"]).fails(5, "git.no-commit");
    assert!(error["hints"][0].as_str().unwrap().contains("first commit"), "{error}");
    assert_eq!(entries(&sandbox.root.join("tmp")), 0);
}

#[test]
fn what_is_no_repository_is_refused() {
    let sandbox = Sandbox::new();
    player(&sandbox).coord(&["demo", "--on", "nowhere"]).fails(5, "git.no-repository");
    player(&sandbox).coord(&["demo", "--on", "home"]).fails(5, "git.no-repository");
}

#[test]
fn files_of_a_shallow_clone_are_a_beginning() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("work");
    repository.write("src/a.rs", "fn b() {}\n");
    repository.commit("Change it");
    repository.git(&["tag", "v1"]);
    let source = format!("file://{}", sandbox.root.join("work").display());
    player(&sandbox).git(&["clone", "-q", "--depth", "1", &source, "shallow"]);
    player(&sandbox).coord(&["demo", "--on", "shallow"]).exits(0);
    // A detached head, as build servers leave it.
    player(&sandbox).git(&["-C", "shallow", "checkout", "-q", "--detach"]);
    player(&sandbox).coord(&["demo", "--on", "shallow"]).exits(0);
}

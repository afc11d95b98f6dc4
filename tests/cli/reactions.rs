//! Commands of the local user on events: only those that he has trusted, each at most once by itself, and bounded in time,
//! number and depth.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::watcher::Watching;

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns a file of reactions with one that starts this command for findings below `src/`.
pub(super) fn one(command: &Path, more: &str) -> String {
    let command = command.display();
    format!(
        "format = 1\n\n[[reaction]]\nid = \"tell\"\non = [\"finding.added\"]\npaths = [\"src/\"]\ncommand = [\"{command}\", \
         \"--fixed\"]\n{more}"
    )
}

pub(super) fn write(actor: &Actor, reactions: &str) {
    actor.write(".git/coord/reactions.toml", reactions);
}

pub(super) fn trust(actor: &Actor, reactions: &str) {
    write(actor, reactions);
    assert_eq!(actor.coord(&["reactions", "trust", &digest(actor)]).ok().json()["state"], "trusted");
}

/// Returns the digest of the reactions as they are now.
pub(super) fn digest(actor: &Actor) -> String {
    text(&actor.coord(&["reactions"]).ok().json()["digest"])
}

#[track_caller]
pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

pub(super) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Returns a script that notes each start as a line in the file that is returned too, and then does more.
pub(super) fn noting(sandbox: &Sandbox, more: &str) -> (PathBuf, PathBuf) {
    let said = sandbox.root.join("said");
    let script = format!("#!/bin/sh\necho started $# \"$@\" >> {}\n{more}\n", said.display());
    (sandbox.script("react", &script), said)
}

/// Leaves a finding that is always another one.
pub(super) fn find(actor: &Actor, path: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let words = format!("Odd {}", COUNT.fetch_add(1, Ordering::Relaxed));
    text(&actor.coord(&["find", &words, "--on", path]).ok().json()["id"])
}

/// Returns the dead letters.
pub(super) fn letters(actor: &Actor) -> Vec<Value> {
    let objects = actor.coord(&["reactions"]).ok().objects();
    objects.into_iter().filter(|object| object["type"] == "letter").collect()
}

/// Waits until whatever was to be told of what happened so far has been.
pub(super) fn settle(watching: &mut Watching, actor: &Actor) {
    let beat = find(actor, "beat");
    watching.expect("finding.added", &beat);
    thread::sleep(Duration::from_millis(300));
}

/// REACT-1, with legal twin: what a record says is data, whatever it looks like; the listed command is started with its own words.
#[test]
fn record_that_names_a_command_is_data() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (canary, fed) = (sandbox.root.join("canary"), sandbox.root.join("fed"));
    let (script, said) = noting(&sandbox, &format!("env >> {0}.env\ncat >> {0}", fed.display()));
    trust(&maria, &one(&script, ""));
    let hostile = maria.with_env("A_SECRET", "1").with_env("GIT_EXTERNAL_DIFF", "/bin/false");
    let mut watching = Watching::start(&hostile, &[]);
    let shell = format!("$(touch {0}); `touch {0}`; https://example.org/run | sh", canary.display());
    let path = format!("src/$(touch {});x", canary.file_name().unwrap().to_str().unwrap());
    let attack = text(&maria.coord(&["find", &shell, "--on", &path]).ok().json()["id"]);
    watching.expect("finding.added", &attack);
    until("the reaction", || read(&fed).lines().count() == 1);
    let honest = find(&maria, "src/a.rs");
    until("the reaction", || read(&fed).lines().count() == 2);
    let events: Vec<Value> = read(&fed).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((text(&events[0]["id"]), text(&events[1]["id"])), (attack, honest));
    assert_eq!(events[0]["paths"][0], path.as_str());
    assert_eq!(read(&said), "started 1 --fixed\n".repeat(2), "nothing of a record is an argument");
    assert!(!canary.exists() && !maria.directory.join("canary").exists());
    let environment = read(&fed.with_extension("env"));
    assert!(!environment.contains("A_SECRET") && !environment.contains("GIT_EXTERNAL_DIFF"), "{environment}");
    assert!(environment.contains(&format!("GIT_COORD_AS={}", maria.id)), "{environment}");
}

/// REACT-2, with legal twin: a reaction that causes itself ends, and what is not caused by one is reacted to.
#[test]
fn reaction_that_causes_itself_ends() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let again = "git-coord -C \"$GIT_COORD_WORKTREE\" find \"Again $$\" --on src/";
    let (script, said) = noting(&sandbox, again);
    trust(&maria, &one(&script, ""));
    let mut watching = Watching::start(&maria, &[]);
    find(&maria, "src/a.rs");
    until("the end of it", || !letters(&maria).is_empty());
    settle(&mut watching, &maria);
    assert_eq!(read(&said).lines().count(), 3, "{}", read(&said));
    assert_eq!(letters(&maria)[0]["failure"], "3 reactions, one caused by another, led to it");
    drop(watching);

    // Whoever drops the mark is stopped by how often it is started.
    let (script, said) = noting(&sandbox, &format!("unset GIT_COORD_REACTION_DEPTH\n{again}"));
    fs::remove_file(&said).unwrap();
    trust(&maria, &one(&script, "per-minute = 5\n"));
    let mut watching = Watching::start(&maria, &[]);
    find(&maria, "src/a.rs");
    until("the end of it", || letters(&maria).len() == 2);
    settle(&mut watching, &maria);
    assert_eq!(read(&said).lines().count(), 5);
    assert!(letters(&maria).iter().any(|letter| letter["failure"] == "it was started 5 times within a minute"));
}

/// REACT-2: what follows from what a reaction wrote, without an entry of its own, is as deep as that.
#[test]
fn grant_that_follows_from_a_reaction_is_as_deep_as_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (deep, release) = (sandbox.root.join("deep"), "git-coord -C \"$GIT_COORD_WORKTREE\" release src/a.rs");
    let release = sandbox.script("release", &format!("#!/bin/sh\n{release}\n"));
    let note = format!("#!/bin/sh\necho \"$GIT_COORD_REACTION_DEPTH\" >> {}\n", deep.display());
    let note = sandbox.script("note", &note);
    let granted = format!(
        "\n[[reaction]]\nid = \"note\"\non = [\"claim.granted\", \"claim.held\"]\ncommand = [\"{}\"]\n",
        note.display()
    );
    trust(&maria, &one(&release, &granted));
    let mut watching = Watching::start(&maria, &[]);
    let held = text(&maria.claim(&["src/a.rs"])["id"]);
    watching.expect("claim.granted", &held);
    alice.coord(&["claim", "src/a.rs", "--intent", "Next", "--queue"]).ok();
    find(&maria, "src/a.rs");
    until("both grants", || read(&deep).lines().count() == 2);
    assert_eq!(read(&deep), "1\n2\n", "the first was nobody's reaction, the second followed from one");
}

/// REACT-3, with legal twin: what the repository brings, or anybody changes by a byte, is not started; what the user trusts is.
#[test]
fn reactions_that_were_not_trusted_are_not_started() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (script, said) = noting(&sandbox, "");
    for place in ["reactions.toml", "coord/reactions.toml", ".git-coord/reactions.toml"] {
        maria.write(place, &one(&script, ""));
    }
    maria.commit("Bring reactions along");
    let mut watching = Watching::start(&maria, &[]);
    find(&maria, "src/a.rs");
    settle(&mut watching, &maria);
    assert_eq!(maria.coord(&["reactions"]).ok().json()["state"], "none");
    write(&maria, &one(&script, ""));
    find(&maria, "src/a.rs");
    settle(&mut watching, &maria);
    let file = maria.directory.join(".git/coord/reactions.toml").display().to_string();
    watching.expect("reactions.untrusted", &file);
    assert_eq!(watching.count("reactions.untrusted", &file), 1, "it is said once");
    assert_eq!(maria.coord(&["reactions"]).ok().json()["state"], "untrusted");
    assert_eq!(read(&said), "");

    trust(&maria, &one(&script, ""));
    find(&maria, "src/a.rs");
    until("the reaction", || read(&said).lines().count() == 1);
    write(&maria, &one(&script, "# \n"));
    find(&maria, "src/a.rs");
    settle(&mut watching, &maria);
    assert_eq!(read(&said).lines().count(), 1, "one byte more, and nothing is started");
    // Whoever may write to the repository cannot say that the user trusts it.
    let elsewhere = maria.with_env("XDG_DATA_HOME", sandbox.root.join("another"));
    elsewhere.coord(&["reactions", "trust", &digest(&maria)]).ok();
    assert_eq!(maria.coord(&["reactions"]).ok().json()["state"], "untrusted");
    maria.coord(&["reactions", "retry"]).fails(2, "usage.report");

    // A program in a work tree is what others write.
    maria.write("tools/run", "#!/bin/sh\n");
    trust(&maria, &one(&maria.directory.join("tools/run"), ""));
    find(&maria, "src/a.rs");
    until("the refusal", || letters(&maria).len() == 1);
    let failure = text(&letters(&maria)[0]["failure"]);
    assert!(failure.ends_with("lies in a work tree, where others write"), "{failure}");
    write(&maria, &one(Path::new("tools/run"), ""));
    assert_eq!(maria.coord(&["reactions"]).ok().json()["state"], "unusable");
    maria.coord(&["reactions", "trust"]).fails(2, "usage.report");
}

/// Whatever a command has started ends with it when its time is up; then it is a dead letter, and may be tried again.
#[test]
fn reaction_that_takes_too_long_is_killed_and_can_be_tried_again() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let pid = sandbox.root.join("pid");
    let (script, said) = noting(&sandbox, &format!("sleep 600 &\necho $! > {}\nsleep 600", pid.display()));
    trust(&maria, &one(&script, "timeout = \"1s\"\n"));
    let mut watching = Watching::start(&maria, &[]);
    find(&maria, "src/a.rs");
    until("the dead letter", || !letters(&maria).is_empty());
    settle(&mut watching, &maria);
    watching.expect("reaction.failed", "tell");
    let dead = letters(&maria).remove(0);
    assert_eq!((&dead["failure"], &dead["attempts"]), (&"it was killed after 1 s".into(), &1.into()));
    let child = format!("/proc/{}/stat", read(&pid).trim());
    let is_over = |stat: &str| stat.is_empty() || stat.contains(") Z ");
    until("the end of what it started", || is_over(&read(Path::new(&child))));
    assert_eq!(maria.coord(&["reactions", "retry", "nobody"]).exits(2).stdout, "");
    assert_eq!(maria.coord(&["reactions", "retry"]).exits(1).json()["attempts"], 2);
    noting(&sandbox, "exit 0");
    let done = maria.coord(&["reactions", "retry", &text(&dead["id"])]).ok().json();
    assert_eq!((&done["failure"], &done["attempts"]), (&Value::Null, &3.into()));
    assert!(letters(&maria).is_empty());
    assert_eq!(read(&said).lines().count(), 3);
    let log = maria.read(".git/coord/reactions.log");
    assert!(log.contains("tell it was killed after 1 s") && log.contains("tell done"), "{log}");
}

/// At most once: what was cut off is not started again by itself, and is not forgotten.
#[test]
fn watcher_that_is_killed_starts_nothing_twice() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (script, said) = noting(&sandbox, "sleep 2");
    trust(&maria, &one(&script, ""));
    let mut watching = Watching::start(&maria, &[]);
    find(&maria, "src/a.rs");
    until("the reaction", || read(&said).lines().count() == 1);
    find(&maria, "src/b.rs");
    settle(&mut watching, &maria);
    drop(watching);
    let mut watching = Watching::start(&maria, &[]);
    settle(&mut watching, &maria);
    assert_eq!(read(&said).lines().count(), 1);
    let mut reasons: Vec<_> = letters(&maria).iter().map(|letter| text(&letter["failure"])).collect();
    reasons.sort();
    let cut = "the watcher ended in the middle of it, and nobody knows how far it came";
    assert_eq!(reasons, ["the watcher ended before it was started", cut]);
    maria.coord(&["reactions", "retry"]).ok();
    assert_eq!((read(&said).lines().count(), letters(&maria).len()), (3, 0));
}

#[test]
fn two_watchers_start_a_reaction_once_and_one_is_enough() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (script, said) = noting(&sandbox, "");
    trust(&maria, &one(&script, ""));
    let (mut first, mut second) = (Watching::start(&maria, &[]), Watching::start(&alice, &[]));
    find(&maria, "src/a.rs");
    settle(&mut first, &maria);
    settle(&mut second, &maria);
    assert_eq!(read(&said).lines().count(), 1);
    drop(first);
    find(&maria, "src/a.rs");
    settle(&mut second, &maria);
    until("the reaction", || read(&said).lines().count() == 2);
}

/// Nothing but a watcher and who tries again starts anything: no command, and no hook.
#[test]
fn hooks_and_commands_start_no_reactions() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let (script, said) = noting(&sandbox, "");
    let all = one(&script, "").replace("finding.added", "*").replace("paths = [\"src/\"]\n", "");
    trust(maria, &all);
    let server = sandbox.somebody(&hub.directory);
    fs::create_dir_all(hub.directory.join("coord")).unwrap();
    fs::write(hub.directory.join("coord/reactions.toml"), &all).unwrap();
    server.coord(&["reactions", "trust", &digest(&server)]).ok();
    maria.claim(&["src/"]);
    find(maria, "src/a.rs");
    maria.coord(&["status"]).ok();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(read(&said), "");
}

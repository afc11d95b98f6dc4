//! Repositories that are not as they should be: the answer is clear, and nothing is written.

use std::fs;
use std::path::Path;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::format_under_test;
use crate::support::sandbox::gits;
use crate::support::sandbox::text;

const NOBODY: &str = "65534";

#[track_caller]
fn assert_hinted(error: &serde_json::Value) {
    assert!(!error["hints"].as_array().unwrap().is_empty(), "it says what to do: {error}");
}

fn is_root(actor: &Actor) -> bool {
    let mut command = actor.command("id");
    command.arg("-u");
    Ran::of(command).stdout.trim() == "0"
}

fn run(actor: &Actor, program: &str, arguments: &[&str]) -> Ran {
    let mut command = actor.command(program);
    command.args(arguments);
    Ran::of(command)
}

#[test]
fn without_a_repository_or_a_ledger_nothing_is_made() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.root.join("plain")).unwrap();
    let plain = sandbox.somebody(&sandbox.root.join("plain"));
    let somebody = sandbox.repository("work");
    let verbs: [&[&str]; 8] = [
        &["status"],
        &["log"],
        &["verify"],
        &["claim", "src/", "--intent", "x"],
        &["check", "src/"],
        &["whoami"],
        &["watch", "--idle", "1s"],
        &["audit"],
    ];
    for arguments in verbs {
        assert_hinted(&plain.coord(arguments).fails(5, "git.no-repository"));
        assert_hinted(&somebody.coord(arguments).fails(5, "ledger.none"));
    }
    plain.coord(&["init", "--name", "maria"]).fails(5, "git.no-repository");
    assert_eq!(fs::read_dir(&plain.directory).unwrap().count(), 0);
    assert!(!somebody.has(".git/coord/chain"));
    somebody.write("note", "x");
    somebody.commit("A repository without a ledger is left alone");
    somebody.begin(&[]).claim(&["src/"]);
}

#[test]
fn second_ledger_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let head = maria.head();
    assert_hinted(&maria.coord(&["init", "--name", "maria"]).fails(1, "ledger.exists"));
    assert_eq!(maria.head(), head);
    maria.claim(&["src/"]);
}

#[test]
fn repository_without_commits_has_a_ledger() {
    let sandbox = Sandbox::new();
    let maria = sandbox.empty_repository("work").begin(&[]);
    maria.claim(&["src/"]);
    maria.coord(&["status"]).ok();
    maria.coord(&["request", "HEAD", "--into", "main"]).exits(2);
    maria.assert_clean();
    maria.write("src/a.rs", "fn a() {}\n");
    maria.commit("Begin");
    assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
}

#[test]
fn detached_head_is_no_obstacle() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.git(&["checkout", "-q", "--detach"]);
    let claim = alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let head = alice.commit("Change a");
    assert!(alice.git(&["log", "-1", "--format=%B"]).contains(&text(&claim["id"])));
    let request = alice.coord(&["request", "--into", "main"]).ok().json();
    assert_eq!(request["head"], head.as_str());
    alice.coord(&["status"]).ok();
}

/// LED-16, ENV-6, with legal twin
#[test]
fn shallow_ledger_is_not_judged() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let from = format!("file://{}", hub.directory.display());
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["clone", "-q", "--depth", "1", "--no-single-branch", "-o", "hub", &from, "shallow"]);
    let shallow = sandbox.somebody(&sandbox.root.join("shallow"));
    assert_hinted(&shallow.coord(&["join", &hub.maria.id, "--remote", "hub"]).fails(5, "history.shallow"));
    assert_eq!(shallow.try_git(&["rev-parse", "-q", "--verify", "refs/heads/coord"]).code, 1, "nothing is taken over");
    shallow.git(&["fetch", "-q", "--unshallow", "hub"]);
    shallow.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    shallow.claim(&["src/"]);
}

/// ENV-6, with legal twin
#[test]
fn code_beyond_a_shallow_border_is_not_decided_on() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let old = hub.maria.git(&["rev-parse", "main"]);
    hub.maria.coord(&["land", "--adopt", "main"]).ok();
    for number in 0..3 {
        hub.maria.write("src/a.rs", &format!("fn a() {{ {number} }}\n"));
        hub.maria.commit("Change a");
    }
    hub.maria.git(&["push", "-q", "hub", "HEAD:refs/heads/side"]);
    let from = format!("file://{}", hub.directory.display());
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["clone", "-q", "--depth", "1", "--branch", "side", "-o", "hub", &from, "shallow"]);
    let shallow = sandbox.somebody(&sandbox.root.join("shallow"));
    shallow.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    shallow.claim(&["docs/"]);
    let gate = ["gate", "--ref", "main", "--base", &old, "--head", "HEAD"];
    let refused = shallow.coord(&gate);
    assert!([1, 2, 5].contains(&refused.code) && !refused.stdout.contains("\"allow\":true"), "{refused}");
    shallow.git(&["fetch", "-q", "--unshallow", "hub"]);
    shallow.git(&["fetch", "-q", "hub", "+refs/heads/*:refs/remotes/hub/*"]);
    assert!(shallow.coord(&gate).exits(1).json()["rules"].is_array(), "now there is a verdict");
}

#[test]
fn reftable_is_refused_clearly() {
    let Some(git) = gits().into_iter().find(|git| {
        let help = Ran::of({
            let mut command = std::process::Command::new(git);
            command.args(["init", "-h"]);
            command
        });
        format!("{}{}", help.stdout, help.stderr).contains("--ref-format")
    }) else {
        // No git of this machine can make one.
        return;
    };
    let sandbox = Sandbox::with_git(&git, &format_under_test());
    fs::create_dir(sandbox.root.join("work")).unwrap();
    let somebody = sandbox.somebody(&sandbox.root.join("work"));
    somebody.git(&["init", "-q", "--ref-format=reftable", "-b", "main", "."]);
    let error = somebody.coord(&["init", "--name", "maria"]).fails(5, "git.unsupported");
    assert!(text(&error["message"]).contains("reftable"), "{error}");
    somebody.coord(&["status"]).fails(5, "git.unsupported");
    sandbox.repository("files").begin(&[]).claim(&["src/"]);
}

#[test]
fn ref_that_is_a_directory_is_an_error() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let head = maria.head();
    // Works as root as well, whom no mode of a file keeps out.
    let lock = maria.directory.join(".git/refs/heads/coord.lock");
    fs::create_dir(&lock).unwrap();
    maria.coord(&["claim", "src/", "--intent", "x"]).exits(5);
    assert_eq!(maria.head(), head);
    maria.coord(&["status"]).ok();
    fs::remove_dir(&lock).unwrap();
    maria.claim(&["src/"]);
}

#[test]
fn read_only_repository_can_be_read() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["docs/"]);
    let root = sandbox.root.to_str().unwrap();
    let mut user: Vec<&str> = Vec::new();
    if is_root(&maria) {
        // Modes do not bind root: somebody else looks.
        let binary = sandbox.root.join("bin/git-coord");
        fs::remove_file(&binary).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_git-coord"), &binary).unwrap();
        run(&maria, "chmod", &["755", root]).ok();
        run(&maria, "chown", &["-R", NOBODY, root]).ok();
        user = vec!["setpriv", "--reuid", NOBODY, "--clear-groups"];
    }
    let coord = |arguments: &[&str]| {
        let all = [user.as_slice(), &["git-coord", "--json"], arguments].concat();
        run(&maria, all[0], &all[1..])
    };
    coord(&["status"]).ok();
    let git_dir = maria.directory.join(".git");
    run(&maria, "chmod", &["-R", "a-w", git_dir.to_str().unwrap()]).ok();
    let head = maria_head(&git_dir);
    let refused = coord(&["claim", "src/", "--intent", "x"]);
    for arguments in [&["status"][..], &["log"], &["verify"], &["verify", "--full"], &["check", "src/"], &["whoami"]] {
        coord(arguments).ok();
    }
    run(&maria, "chmod", &["-R", "u+w", git_dir.to_str().unwrap()]).ok();
    refused.fails(5, "disk.read-only");
    assert_eq!(maria_head(&git_dir), head);
    coord(&["claim", "src/", "--intent", "x"]).ok();
    if !user.is_empty() {
        // Whoever inspects the ledger at the end has to own it.
        run(&maria, "chown", &["-R", "0", root]).ok();
    }
}

fn maria_head(git_dir: &Path) -> String {
    fs::read_to_string(git_dir.join("refs/heads/coord")).unwrap()
}

#[test]
fn write_that_fails_changes_nothing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let head = maria.head();
    // No file may grow: every write fails as on a full disk, wherever it happens.
    let script = "trap '' XFSZ; ulimit -f 0; exec git-coord --json claim src/ --intent x";
    let refused = run(&maria, "bash", &["-c", script]).exits(5);
    assert!(refused.stderr.contains("\"type\":\"error\""), "{refused}");
    assert_eq!(maria.head(), head);
    maria.coord(&["status"]).ok();
    maria.claim(&["src/"]);
    maria.assert_clean();
    maria.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn full_disk_is_told_and_survived() {
    let sandbox = Sandbox::new();
    let disk = sandbox.root.join("disk");
    fs::create_dir(&disk).unwrap();
    let outside = sandbox.somebody(&sandbox.root);
    let mount = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.to_str().unwrap()];
    if !is_root(&outside) || run(&outside, "mount", &mount).code != 0 {
        // Whoever may not mount has the test above.
        return;
    }
    let unmount = Unmount(&outside, disk.to_str().unwrap());
    let maria = sandbox.repository("disk/work").begin(&[]);
    let (head, filler) = (maria.head(), disk.join("filler"));
    // Until the last block is taken.
    run(&maria, "dd", &["if=/dev/zero", &format!("of={}", filler.display()), "bs=4096"]).exits(1);
    maria.coord(&["claim", "src/", "--intent", "x"]).fails(5, "disk.full");
    assert_eq!(maria.head(), head);
    maria.coord(&["status"]).ok();
    fs::remove_file(&filler).unwrap();
    maria.claim(&["src/"]);
    maria.assert_clean();
    maria.git(&["fsck", "--strict", "--no-dangling"]);
    drop(unmount);
}

struct Unmount<'a>(&'a Actor, &'a str);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        run(self.0, "umount", &[self.1]);
    }
}

/// SRV-2, with legal twin
#[test]
fn repository_of_another_user_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    if !is_root(&maria) {
        // Only root can give files away.
        return;
    }
    let directory = maria.directory.to_str().unwrap();
    run(&maria, "chown", &["-R", "12345", directory]).ok();
    for arguments in [&["status"][..], &["claim", "src/", "--intent", "x"], &["verify"]] {
        assert_hinted(&maria.coord(arguments).fails(5, "git.unsafe"));
    }
    fs::write(
        sandbox.home.join(".gitconfig"),
        format!("[safe]\n\tdirectory = {directory}\n\tdirectory = {directory}/.coord\n"),
    )
    .unwrap();
    maria.claim(&["src/"]);
}

/// ENV-4, with legal twin
#[test]
fn checkout_that_was_replaced_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let other = sandbox.repository("other").begin(&[]);
    let (checkout, away) = (maria.directory.join(".coord"), sandbox.root.join("away"));
    let head = maria.head();
    let refuse = |what: &str| {
        for actor in [&maria, &alice] {
            let refused = actor.coord(&["claim", "docs/", "--intent", what]).fails(4, "worktree.replaced");
            assert_hinted(&refused);
        }
        assert_eq!(maria.head(), head, "{what}");
        let doctor = maria.coord(&["doctor"]).exits(1).stdout;
        assert!(doctor.contains(".coord"), "{what}: {doctor}");
    };
    fs::rename(&checkout, &away).unwrap();
    std::os::unix::fs::symlink(&away, &checkout).unwrap();
    refuse("a link to where it went");
    fs::remove_file(&checkout).unwrap();
    std::os::unix::fs::symlink(other.directory.join(".coord"), &checkout).unwrap();
    refuse("a link to somebody else's");
    assert!(!other.has(".coord/principals/".to_owned().as_str()) || other.coord(&["status"]).code == 0);
    fs::remove_file(&checkout).unwrap();
    fs::rename(&away, &checkout).unwrap();
    let pointer = maria.read(".coord/.git");
    maria.write(".coord/.git", &format!("gitdir: {}\n", other.directory.join(".git").display()));
    refuse("a pointer to another repository");
    maria.write(".coord/.git", "nonsense\n");
    refuse("a pointer to nothing");
    maria.write(".coord/.git", &pointer);
    maria.claim(&["src/"]);
    other.claim(&["src/"]);
    maria.assert_clean();
}

/// ENV-4, with legal twin: what somebody keeps under that name is not taken for the ledger's, nor written over.
#[test]
fn directory_in_the_place_of_the_checkout_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let second = sandbox.root.join("second");
    maria.at("..").git(&["clone", "-q", "work", "second"]);
    maria.git(&["-C", second.to_str().unwrap(), "fetch", "-q", "origin", "coord:coord"]);
    let second = Actor { id: maria.id.clone(), ..sandbox.somebody(&second) };
    second.write(".coord/notes.md", "mine\n");
    assert_hinted(&second.coord(&["join", &maria.id]).fails(4, "worktree.replaced"));
    assert_eq!(second.read(".coord/notes.md"), "mine\n");
    fs::rename(second.directory.join(".coord"), second.directory.join("notes")).unwrap();
    second.coord(&["join", &maria.id]).ok();
    assert!(second.has(".coord/policy.toml"));
}

#[test]
fn removed_checkout_is_made_anew_by_joining() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let claim = text(&maria.claim(&["src/"])["id"]);
    fs::remove_dir_all(maria.directory.join(".coord")).unwrap();
    maria.coord(&["status"]).ok();
    maria.claim(&["docs/"]);
    maria.coord(&["join"]).ok();
    assert!(maria.has(&format!(".coord/claims/{claim}.toml")));
    maria.assert_clean();
}

/// Where a ledger is decided, and who acts, is the clone's to say: a setting for all clones of a user is none.
#[test]
fn settings_of_the_user_move_no_ledger() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    fs::write(sandbox.home.join(".gitconfig"), "[coord]\n\tremote = nowhere\n\tas = nobody\n").unwrap();
    assert_eq!(maria.git(&["config", "coord.remote"]), "nowhere");
    let claim = alice.coord(&["claim", "src/", "--intent", "Work"]).ok().json();
    assert_eq!(claim["guarantee"], "local");
    let free = maria.directory.parent().unwrap().join("free");
    maria.git(&["worktree", "add", "-q", "--detach", free.to_str().unwrap()]);
    let free = sandbox.somebody(&free);
    for key in ["coord.as", "coord.worktree"] {
        free.try_git(&["config", "--worktree", "--unset-all", key]);
    }
    free.coord(&["whoami"]).fails(2, "identity.several");
    maria.git(&["config", "coord.remote", "nowhere"]);
    maria.coord(&["claim", "docs/", "--intent", "Work"]).exits(5);
}

/// A submodule says in its shared configuration where its work tree is; that belongs to the main work tree alone as soon as
/// each has settings of its own, or git takes all others for that one, and cleans the repository itself away.
#[test]
fn work_trees_of_a_submodule_stay_apart() {
    let sandbox = Sandbox::new();
    sandbox.repository("library");
    let project = sandbox.repository("project");
    project.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../library", "library"]);
    project.git(&["commit", "-q", "-m", "Take the library"]);
    let library = project.at("library");
    library.git(&["worktree", "add", "-q", "-b", "mine", "../../mine"]);
    let mine = library.at("../../mine");
    let (own, before) =
        (|actor: &Actor| actor.git(&["rev-parse", "--show-toplevel"]), mine.git(&["status", "--short"]));
    let places = (own(&library), own(&mine));
    let maria = library.begin(&[]);
    assert_eq!((own(&maria), own(&mine)), places);
    assert_eq!(mine.git(&["status", "--short"]), before);
    assert!(own(&maria.ledger()).ends_with("library/.coord"), "{}", own(&maria.ledger()));
    mine.git(&["clean", "-fdq"]);
    maria.claim(&["src/"]);
    maria.coord(&["verify", "--full"]).ok();
    // The same damage, done by whoever turned the extension on by hand, is mended by the next one who joins.
    let place = maria.git(&["config", "--worktree", "core.worktree"]);
    maria.git(&["config", "--local", "core.worktree", &place]);
    assert_ne!(own(&mine), places.1);
    maria.coord(&["join", &maria.id]).ok();
    assert_eq!((own(&maria), own(&mine)), places);
}

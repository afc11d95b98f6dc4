//! Killed at any instant, the next command works; locks of others are never broken.

use std::fs;
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

const KILLS: usize = 80;

/// Returns the lock files of git and of ours below a directory.
fn locks(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(locks(&path));
        } else if path.extension().is_some_and(|extension| extension == "lock") {
            found.push(path);
        }
    }
    found
}

/// Who is killed.
#[derive(Clone, Copy)]
enum Victim {
    /// The command; a git that it has called goes on.
    Alone,
    /// The command and everything that it has called, as when a machine stops.
    Everything,
}

/// Starts a command and kills it after a while. Returns whether it was killed before it ended.
fn kill_after(actor: &Actor, arguments: &[&str], delay: Duration, victim: Victim) -> bool {
    let mut command = actor.command("git-coord");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.process_group(0).spawn().unwrap();
    thread::sleep(delay);
    match victim {
        Victim::Alone => child.kill().ok(),
        Victim::Everything => {
            let group = format!("-{}", child.id());
            Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status().ok().map(drop)
        }
    };
    child.wait().unwrap().signal().is_some()
}

#[test]
fn killed_writer_leaves_the_old_or_the_new_state() {
    let sandbox = Sandbox::new();
    let maria =
        sandbox.repository("work").begin_under(|policy| policy.replace("per-principal = 20", "per-principal = 2000"));
    let start = Instant::now();
    maria.claim(&["first/"]);
    let usual = start.elapsed();
    let (mut killed, mut number) = (0, 0);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while killed < KILLS {
        number += 1;
        assert!(number < 20 * KILLS, "only {killed} of {number} could be killed");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // Any instant of its life; the later half is where it writes.
        let delay = usual.mul_f64((random % 1000) as f64 / 1000.0);
        let path = format!("part-{number}");
        let before = maria.head();
        let was_killed = kill_after(&maria, &["claim", &path, "--intent", "x"], delay, Victim::Alone);
        killed += usize::from(was_killed);
        let after = maria.head();
        assert!(was_killed || after != before, "whoever ends in peace has written");
        if after != before {
            assert_eq!(maria.git(&["rev-parse", &format!("{after}^")]), before, "one entry or none");
        }
        // Nothing but the next command: no repair, no waiting.
        let claim = maria.claim(&[&path]);
        assert_eq!(claim["state"], "held");
        assert_eq!(locks(&maria.directory.join(".git")), Vec::<PathBuf>::new(), "a stale lock");
        if number % 8 == 0 {
            maria.assert_clean();
            assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
        }
    }
    let claims = maria.coord(&["status", "--all"]).ok().of_type("claim");
    assert_eq!(claims.len(), number + 1, "each path is claimed exactly once");
    maria.git(&["fsck", "--strict", "--no-dangling"]);
    maria.assert_clean();
}

#[test]
fn killed_beginner_can_begin_again() {
    let sandbox = Sandbox::new();
    let start = Instant::now();
    sandbox.repository("unharmed").coord(&["init", "--name", "maria"]).ok();
    let usual = start.elapsed();
    for number in 0..24 {
        let somebody = sandbox.repository(&format!("work-{number}"));
        let victim = if number % 2 == 0 { Victim::Alone } else { Victim::Everything };
        kill_after(&somebody, &["init", "--name", "maria"], usual.mul_f64(f64::from(number) / 24.0), victim);
        let config_locks = || -> Vec<PathBuf> {
            let is_config =
                |lock: &PathBuf| lock.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("config"));
            locks(&somebody.directory.join(".git")).into_iter().filter(is_config).collect()
        };
        match victim {
            // What git was called for goes on until it is done.
            Victim::Alone => wait_for("end of git", || config_locks().is_empty().then_some(())),
            // A git that is killed while it writes its configuration leaves its own lock of it, which only a person removes.
            Victim::Everything => config_locks().iter().for_each(|lock| fs::remove_file(lock).unwrap()),
        }
        let again = somebody.coord(&["init", "--name", "maria"]);
        if again.code != 0 {
            // The ledger was there already; joining finishes what was begun.
            again.fails(1, "ledger.exists");
            somebody.coord(&["join"]).ok();
        }
        somebody.claim(&["src/"]);
        assert_eq!(somebody.coord(&["verify", "--full"]).ok().json()["void"], 0);
        somebody.assert_clean();
        somebody.git(&["fsck", "--strict", "--no-dangling"]);
        fs::remove_dir_all(sandbox.home.join(".local")).unwrap();
    }
}

/// Returns the git directory of the ledger's checkout.
fn checkout(maria: &Actor) -> PathBuf {
    maria.ledger().git(&["rev-parse", "--absolute-git-dir"]).into()
}

#[test]
fn lock_of_ours_that_is_left_over_is_removed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let lock = checkout(&maria).join("index.lock");
    for left_over in ["git-coord 4194305\n", "git-coord 1\n", "git-coord "] {
        fs::write(&lock, left_over).unwrap();
        maria.coord(&["find", "x", "--on", "src/"]).ok();
        assert!(!lock.exists());
        maria.assert_clean();
    }
}

/// The power took the content of a lock that the disk has the name of: it is told by being a second name of our file.
#[test]
fn lock_of_ours_without_content_is_removed_and_a_foreign_one_stays() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (lock, marker) = (checkout(&maria).join("index.lock"), checkout(&maria).join("coord-index-lock"));
    fs::write(&marker, "").unwrap();
    fs::hard_link(&marker, &lock).unwrap();
    maria.claim(&["src/"]);
    assert!(!lock.exists());
    fs::write(&lock, "").unwrap();
    maria.coord(&["claim", "docs/", "--intent", "x"]).fails(5, "git.locked");
    assert!(lock.exists());
    fs::remove_file(&lock).unwrap();
    maria.claim(&["docs/"]);
}

/// Says that the checkout was shown before the machine was started.
fn restart(maria: &Actor) {
    let shown = checkout(maria).join("coord-shown");
    let text = fs::read_to_string(&shown).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    fs::write(shown, format!("{} {} another-start\n", words[0], words[1])).unwrap();
}

#[test]
fn checkout_that_a_power_cut_tore_is_mended_and_drafts_stay() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let [empty, zeros, begun, missing, draft] = ["a/", "b/", "c/", "d/", "e/"].map(|path| {
        let id = text(&maria.claim(&[path])["id"]);
        format!(".coord/claims/{id}.toml")
    });
    let whole = [&empty, &zeros, &begun, &missing].map(|file| maria.read(file));
    let tear = || {
        maria.write(&empty, "");
        maria.write(&zeros, &"\0".repeat(whole[1].len()));
        maria.write(&begun, &whole[2][..30]);
        fs::remove_file(maria.directory.join(&missing)).unwrap();
        maria.write(&draft, "format = 1\n# mine\n");
    };
    // Without another start somebody typed that.
    tear();
    let found = text(&maria.coord(&["find", "One", "--on", "src/"]).ok().json()["id"]);
    assert_eq!((maria.read(&empty), maria.has(&missing)), (String::new(), false));
    // The disk has what was being written, without the name that it got in the end.
    let place = fs::read_dir(maria.directory.join(".coord/findings")).unwrap().map(|entry| entry.unwrap().path());
    let place = place.into_iter().find(|place| place.join(format!("{found}.toml")).exists()).unwrap();
    fs::rename(place.join(format!("{found}.toml")), place.join(".coord-tmp-abcdef")).unwrap();
    restart(&maria);
    fs::write(checkout(&maria).join("index"), "").unwrap();
    maria.coord(&["find", "Two", "--on", "src/"]).ok();
    assert_eq!([&empty, &zeros, &begun, &missing].map(|file| maria.read(file)), whole);
    assert!(place.join(format!("{found}.toml")).exists() && !place.join(".coord-tmp-abcdef").exists());
    assert_eq!(maria.read(&draft), "format = 1\n# mine\n");
    let changed = maria.git(&["-C", ".coord", "status", "--porcelain"]);
    assert_eq!(changed.trim(), format!("M {}", &draft[".coord/".len()..]));
}

/// A lock that is in the way is told with its place and its age: only a person may remove it.
fn assert_told(error: &serde_json::Value, lock: &Path) {
    let hint = text(&error["hints"][0]);
    let (before, after) = hint.split_once(&format!("`{}` ", lock.display())).unwrap_or_else(|| panic!("{hint}"));
    assert!(before.contains("if no git runs here any more") && after.contains(" s ago: remove it"), "{hint}");
}

#[test]
fn lock_of_somebody_else_is_waited_for_and_never_removed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let lock = checkout(&maria).join("index.lock");
    let head = maria.head();
    fs::write(&lock, "DIRC").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| maria.coord(&["claim", "src/", "--intent", "Patient"]));
        // It must be waiting by now, or it has failed already, which the next line would show.
        thread::sleep(Duration::from_millis(500));
        assert!(lock.exists());
        fs::remove_file(&lock).unwrap();
        waiting.join().unwrap().ok();
    });
    assert_ne!(maria.head(), head);
    let head = maria.head();
    fs::write(&lock, "DIRC").unwrap();
    let start = Instant::now();
    let error = maria.coord(&["claim", "docs/", "--intent", "Patient"]).fails(5, "git.locked");
    assert!(start.elapsed() > Duration::from_secs(1), "it waited");
    assert_told(&error, &lock);
    assert_eq!(fs::read_to_string(&lock).unwrap(), "DIRC", "it is still there");
    assert_eq!(maria.head(), head);
    maria.coord(&["status"]).ok();
    fs::remove_file(&lock).unwrap();
    maria.claim(&["docs/"]);
}

/// Whoever was killed while landing had the index of the work tree for a moment: git, which does not wait, is let in again by the
/// next command, and not while somebody is landing.
#[test]
fn lock_of_ours_at_another_work_tree_is_removed_unless_somebody_lands() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let git_dir = maria.directory.join(".git");
    let (lock, marker) = (git_dir.join("index.lock"), git_dir.join("coord-index-lock"));
    fs::write(&marker, "git-coord locks this\n").unwrap();
    fs::hard_link(&marker, &lock).unwrap();
    let landing = fs::File::create(git_dir.join("coord/landing")).unwrap();
    landing.lock().unwrap();
    maria.claim(&["src/"]);
    assert!(lock.exists());
    landing.unlock().unwrap();
    maria.claim(&["docs/"]);
    assert!(!lock.exists());
    maria.write("a.txt", "a\n");
    maria.commit("Add a text");
    fs::write(&lock, "git-coord locks nothing here\n").unwrap();
    maria.claim(&["tests/"]);
    assert!(lock.exists(), "a foreign one stays");
}

#[test]
fn lock_of_the_branch_is_waited_for_and_never_removed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let lock = maria.directory.join(".git/refs/heads/coord.lock");
    let head = maria.head();
    fs::write(&lock, "").unwrap();
    let error = maria.coord(&["claim", "src/", "--intent", "x"]).fails(5, "git.locked");
    assert_told(&error, &lock);
    assert!(lock.exists());
    assert_eq!(maria.head(), head);
    maria.coord(&["status"]).ok();
    fs::remove_file(&lock).unwrap();
    assert_eq!(text(&maria.claim(&["src/"])["state"]), "held");
}

#[test]
fn lock_of_the_configuration_is_told_and_left_alone() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let remote = sandbox.repository("remote");
    maria.git(&["remote", "add", "there", remote.directory.to_str().unwrap()]);
    let cases = [("config.worktree.lock", vec!["join", &maria.id]), ("config.lock", vec!["sync", "--remote", "there"])];
    for (name, arguments) in cases {
        let lock = maria.directory.join(".git").join(name);
        fs::write(&lock, "").unwrap();
        let error = maria.coord(&arguments).fails(5, "git.locked");
        let hint = text(&error["hints"][0]);
        assert!(hint.contains(&format!("`{}`", lock.display())), "it says which file: {hint}");
        assert!(hint.contains("if no git runs here any more"), "it says when: {hint}");
        assert!(lock.exists());
        maria.claim(&[&format!("{name}/")]);
        fs::remove_file(&lock).unwrap();
        maria.coord(&arguments).ok();
    }
}

#[test]
fn half_written_files_of_ours_are_removed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let finding = text(&maria.coord(&["find", "x", "--on", "src/"]).ok().json()["id"]);
    let inside = format!(".coord/findings/{}", &finding[2..4]);
    let left_over = |place: &Path| place.join(".coord-tmp-x1y2z3");
    let places = [".coord", ".coord/claims", ".coord/principals", &inside].map(|place| maria.directory.join(place));
    let places: Vec<PathBuf> = places.into_iter().chain([checkout(&maria)]).collect();
    for place in &places {
        fs::create_dir_all(place).unwrap();
        fs::write(left_over(place), "half").unwrap();
    }
    // What is anybody else's stays.
    maria.write(".coord/claims/.tmp-of-an-editor", "draft");
    maria.coord(&["resolve", &finding]).ok();
    for place in &places {
        assert!(!left_over(place).exists(), "{}", place.display());
    }
    assert_eq!(maria.read(".coord/claims/.tmp-of-an-editor"), "draft");
    fs::remove_file(maria.directory.join(".coord/claims/.tmp-of-an-editor")).unwrap();
    maria.assert_clean();
}

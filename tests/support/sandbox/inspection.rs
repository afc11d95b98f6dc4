//! What every ledger of a sandbox is held to when its test has ended well: stock git verifies every entry that counts,
//! and what is remembered of it is what judging it anew from genesis finds.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// How deep below a sandbox repositories are looked for.
const DEPTH_MAX: usize = 4;
/// So many entries stock git verifies in one call.
const VERIFIED_AT_ONCE: usize = 500;

/// Entries that stock git has verified in this process, each with the allowed signers that it was given. Copies of one
/// ledger stand in many sandboxes, and what is good for some signers is good when there are more.
static GOOD: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Checks every ledger of a sandbox but those that its test has named as damaged.
pub(super) fn inspect(sandbox: &Sandbox, damaged: &[PathBuf]) {
    let mut found = Vec::new();
    collect(&sandbox.root, 0, &mut found);
    for directory in found.iter().filter(|directory| !damaged.contains(directory)) {
        check_ledger(&sandbox.somebody(directory), sandbox);
    }
}

/// Finds the repositories below a directory that have a ledger; linked worktrees are no repositories of their own.
fn collect(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let inside = directory.join(".git");
    let git_dir = if inside.is_dir() { inside } else { directory.to_owned() };
    if git_dir.join("HEAD").is_file() && git_dir.join("objects").is_dir() {
        let packed = fs::read_to_string(git_dir.join("packed-refs")).unwrap_or_default();
        if git_dir.join("refs/heads/coord").is_file() || packed.contains(" refs/heads/coord\n") {
            found.push(directory.to_owned());
        }
        return;
    }
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.filter_map(Result::ok).filter(|_| depth < DEPTH_MAX) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), depth + 1, found);
        }
    }
}

fn check_ledger(somebody: &Actor, sandbox: &Sandbox) {
    let place = somebody.directory.display();
    // It compares what was remembered with what it finds, and fails if they differ.
    let full = somebody.coord(&["verify", "--full"]);
    assert_eq!(full.code, 0, "the ledger in `{place}` is not what was remembered of it: {full}");
    let allowed = somebody.say(&["principals", "--allowed-signers"]).ok().stdout;
    let signers: BTreeSet<String> = allowed.lines().map(str::to_owned).collect();
    let entries = match full.json()["void"].as_u64() {
        Some(0) => somebody.git(&["rev-list", "refs/heads/coord"]).lines().map(str::to_owned).collect(),
        _ => valid_entries(somebody),
    };
    let new = unseen(entries, &signers);
    if new.is_empty() {
        return;
    }
    let file = sandbox.root.join("allowed-signers-of-all");
    fs::write(&file, allowed).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", file.display());
    let verify = ["-c", &setting, "-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "verify-commit"];
    // Git calls ssh-keygen for each of them: of the thousands of a long run no one call would end in time.
    for some in new.chunks(VERIFIED_AT_ONCE) {
        let verified = somebody.try_git(&[&verify[..], &some.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        let good = verified.stderr.lines().filter(|line| line.starts_with("Good \"git\" signature for ")).count();
        assert_eq!(
            (verified.code, good),
            (0, some.len()),
            "stock git does not verify the ledger in `{place}`: {verified}"
        );
    }
    let mut seen = GOOD.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    seen.extend(new.into_iter().map(|entry| (entry, signers.clone())));
}

/// Returns the entries that count, as the ledger's own log says.
fn valid_entries(somebody: &Actor) -> Vec<String> {
    let told = somebody.coord(&["log", "-n", "1000000"]).ok().objects();
    told.iter().filter(|entry| entry["void"].is_null()).map(|entry| text(&entry["commit"])).collect()
}

fn unseen(entries: Vec<String>, signers: &BTreeSet<String>) -> Vec<String> {
    let seen = GOOD.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let is_seen = |entry: &String| seen.get(entry).is_some_and(|known| known.is_subset(signers));
    entries.into_iter().filter(|entry| !is_seen(entry)).collect()
}

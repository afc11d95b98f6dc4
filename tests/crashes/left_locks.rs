//! Locks that a git leaves which is killed. They are its own: no git takes one of another away, and neither do we. What a
//! person does about it, who is told which file it is, is done here, and everything must hold then.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use crate::crashes::scene::Scene;
use crate::crashes::scene::Thorough;
use crate::crashes::scene::Verb;
use crate::crashes::scene::files_below;
use crate::crashes::tally::Tally;

/// Which locks of its own a git leaves, by what their paths inside a repository end in or begin with, and what they are of.
const OF_GIT: [(&str, &str, &str); 8] = [
    ("", "packed-refs.lock", "a git that was killed left its lock of the packed references"),
    ("refs/", ".lock", "a git that was killed left its lock of a reference"),
    ("logs/refs/", ".lock", "a git that was killed left its lock of a reference"),
    ("", "HEAD.lock", "a git that was killed left its lock of a head"),
    ("", "index.lock", "a git that was killed left its lock of an index"),
    ("", "gc.pid.lock", "a git that was killed left its lock of its own care"),
    ("objects/", "maintenance.lock", "a git that was killed left its lock of its own care"),
    ("objects/info/", ".lock", "a git that was killed left its lock of its own care"),
];

/// Returns for which reason a lock may stand that is at this path of a repository.
fn reason(inside: &Path) -> Option<&'static str> {
    let inside = inside.to_str()?;
    let found = OF_GIT.iter().find(|(start, end, _)| inside.starts_with(start) && inside.ends_with(end));
    found.map(|(.., reason)| *reason)
}

/// Runs the next command, and looks for what must hold after it, as [`Scene::aftermath`] does. If a git was killed
/// (`may_leave`), a lock of its own may stand in the way: then what went wrong has to name it, and once it is taken away
/// nothing else may be wrong.
pub(super) fn aftermath(
    scene: &Scene,
    verb: &Verb,
    thorough: Thorough,
    may_leave: bool,
    tally: &mut Tally,
) -> Vec<String> {
    let locks = if may_leave { foreign_locks(scene) } else { Vec::new() };
    let wrong = scene.aftermath(verb, thorough);
    let is_named = |told: &String| {
        let told = told.replace("/./", "/");
        locks.iter().any(|(lock, _)| told.contains(&lock.display().to_string()))
    };
    if wrong.is_empty() || !wrong.iter().all(is_named) {
        return wrong;
    }
    for (lock, reason) in &locks {
        *tally.known.entry(reason).or_default() += 1;
        fs::remove_file(lock).ok();
    }
    let is_only_left = wrong.iter().all(|told| told.starts_with("left over: "));
    if is_only_left { Vec::new() } else { scene.aftermath(verb, thorough) }
}

/// Returns the locks of the repositories that are a git's own, each with the reason why it may stand.
fn foreign_locks(scene: &Scene) -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    for repository in scene.repositories() {
        let files = files_below(&repository);
        // Ours are second names of a file of ours.
        let is_marker = |name: &str| name.starts_with("swap-") || name == "coord-index-lock";
        let markers: BTreeSet<u64> =
            files.iter().filter(|file| is_marker(&name_of(file))).map(|file| number_of(file)).collect();
        for lock in files.iter().filter(|file| name_of(file).ends_with(".lock")) {
            let reason = reason(lock.strip_prefix(&repository).unwrap());
            found.extend(reason.filter(|_| !markers.contains(&number_of(lock))).map(|reason| (lock.clone(), reason)));
        }
    }
    found
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

fn number_of(file: &Path) -> u64 {
    fs::symlink_metadata(file).map_or(0, |found| found.ino())
}

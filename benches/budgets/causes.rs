//! What a subject cannot do without, measured by itself in the same run: the reason that is given where a budget is missed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::budgets::append;
use crate::budgets::duel::timed;
use crate::budgets::row::time;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::statistics::median;
use crate::budgets::worker;

const WARM_UP: usize = 2;

/// How long a process takes that only says its version.
pub(crate) fn bare_start(bench: &Bench) -> String {
    time(start_us(bench))
}

fn start_us(bench: &Bench) -> f64 {
    let sandbox = &bench.worlds.sandbox;
    median_us(bench, || sandbox.time(BINARY, &sandbox.root, &["--version"]))
}

/// How long the disk takes for what one durable entry leaves: four objects and a reference, put in place, and two waits.
pub(crate) fn bare_writes(bench: &Bench, directory: &Path) -> String {
    let place = directory.join(".git/probe");
    for name in ["a", "b", "c", "d"] {
        fs::create_dir_all(place.join(name)).expect("the world is ours");
    }
    let mut count = 0;
    time(median_us(bench, || {
        count += 1;
        let write = |to: PathBuf| {
            let from = place.join("new");
            fs::File::create(&from).and_then(|mut file| file.write_all(&[7; 700])).expect("the disk has room");
            fs::rename(from, to).expect("the directory is ours");
        };
        timed(|| {
            ["a", "b", "c", "d"].iter().for_each(|name| write(place.join(name).join(count.to_string())));
            git_coord::disk::sync_filesystem(&place).expect("the disk works");
            write(place.join("reference"));
            git_coord::disk::sync_directory(&place).expect("the disk works");
        })
        .0
    }))
}

/// How long stock git takes to sign an entry of one file in the ledger's checkout, which it keeps up to date as we do.
pub(crate) fn stock_entry(bench: &Bench, repository: &Path) -> String {
    let (sandbox, checkout) = (&bench.worlds.sandbox, repository.join(".coord"));
    let config = append::signed_repository(bench).join(".git/config");
    let key = sandbox.git(&sandbox.root, &["config", "-f", &config.display().to_string(), "user.signingKey"]);
    let key = format!("user.signingKey={key}");
    let mut count = 0;
    time(median_us(bench, || {
        count += 1;
        fs::write(checkout.join("README.md"), format!("{count}\n")).expect("the world is ours");
        let add = sandbox.time("git", &checkout, &["add", "README.md"]);
        let settings = ["-c", &key, "-c", "core.hooksPath=/dev/null"];
        add + sandbox.time("git", &checkout, &[&settings[..], &["commit", "-q", "-S", "-m", "Change"]].concat())
    }))
}

/// How long so many shells take that read their input and start the program, which only says its version.
pub(crate) fn bare_hooks(bench: &Bench, count: usize) -> String {
    let sandbox = &bench.worlds.sandbox;
    let script = format!("x=$(cat); '{BINARY}' --version");
    time(count as f64 * median_us(bench, || sandbox.time("sh", &sandbox.root, &["-c", &script])))
}

/// How long it takes to look at so many paths of a checkout once, and how many there are.
pub(crate) fn bare_looks(bench: &Bench, checkout: &Path, prefixes: &[&str]) -> (usize, String) {
    let is_looked_at = |path: &Path, is_directory: bool| {
        let below = path.strip_prefix(checkout).expect("it is below").display().to_string();
        is_directory || !below.contains('/') || prefixes.iter().any(|prefix| below.starts_with(prefix))
    };
    let mut paths = Vec::new();
    let mut pending = vec![checkout.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("the world is ours") {
            let entry = entry.expect("the world is ours");
            let is_directory = entry.file_type().expect("the world is ours").is_dir();
            if is_directory {
                pending.push(entry.path());
            }
            if is_looked_at(&entry.path(), is_directory) {
                paths.push(entry.path());
            }
        }
    }
    let look = || paths.iter().for_each(|path| drop(fs::symlink_metadata(path)));
    (paths.len(), time(median_us(bench, || timed(look).0)))
}

/// How long it takes to take in so many entries that somebody else has made.
pub(crate) fn taking_in(bench: &Bench, repository: &Path, count: usize) -> String {
    let (mut here, mut elsewhere) = (worker::open(repository), worker::open(repository));
    time(median_us(bench, || {
        for index in 0..count {
            worker::append_finding(&mut elsewhere, index);
        }
        let (took, taken) = timed(|| here.refresh(worker::now()));
        taken.expect("the ledger is sound");
        took
    }))
}

fn median_us(bench: &Bench, mut work: impl FnMut() -> Duration) -> f64 {
    let times: Vec<f64> = (0..bench.samples + WARM_UP).map(|_| work().as_secs_f64() * 1e6).collect();
    median(&times[WARM_UP..])
}

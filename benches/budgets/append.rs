//! One durable entry, in-process, against one signed commit of stock git.

use std::path::PathBuf;

use crate::budgets::duel::Duel;
use crate::budgets::duel::timed;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::worker;
use crate::budgets::worlds;
use crate::budgets::worlds::Size;

const COMMIT: [&str; 7] = ["commit", "-q", "-S", "--allow-empty", "--no-verify", "-m", "Floor"];

pub(crate) fn rows(bench: &mut Bench) {
    let floor = signed_repository(bench);
    let mut sizes = vec![10, 1_000, 10_000];
    sizes.extend(bench.is_large().then_some(100_000));
    for count in sizes {
        let directory = bench.worlds.copy(Size::findings(count), &format!("append-{count}"));
        let mut ledger = worker::open(&directory);
        let mut index = 0;
        let sandbox = bench.worlds.sandbox.clone();
        let duel = Duel::run(
            bench.samples,
            || sandbox.time("git", &floor, &COMMIT),
            || {
                index += 1;
                worker::append_finding(&mut ledger, index)
            },
        );
        let what = format!("append one entry in-process, fsynced, {count} records / `git commit -S`");
        bench.add(Row::ratio(what, &duel, Budget::AtMost(0.15)));
        if count == 10_000 {
            bench.add(raw_sync(bench, &directory));
        }
    }
}

/// What the disk alone takes for a durable append: the ratio above cannot fall below it.
fn raw_sync(bench: &Bench, directory: &std::path::Path) -> Row {
    let sandbox = &bench.worlds.sandbox;
    let floor = signed_repository(bench);
    let path = directory.join(".git/probe");
    let write_and_sync = || {
        let file = std::fs::File::create(&path).expect("the directory is ours");
        std::io::Write::write_all(&mut &file, &[7; 4096]).expect("the disk has room");
        file.sync_all().expect("the disk works");
    };
    let duel = Duel::run(bench.samples, || sandbox.time("git", &floor, &COMMIT), || timed(write_and_sync).0);
    Row::ratio("for comparison: one write of 4 KiB and one fsync / `git commit -S`", &duel, Budget::None)
}

/// Returns a repository of its own in which stock git signs.
pub(crate) fn signed_repository(bench: &Bench) -> PathBuf {
    let sandbox = &bench.worlds.sandbox;
    let directory = sandbox.root.join("signed");
    if !directory.exists() {
        std::fs::create_dir_all(&directory).expect("the target directory is ours");
        sandbox.git(&directory, &["init", "-q", "."]);
        let key = worlds::root().keep_key(&sandbox.home).display().to_string();
        sandbox.git(&directory, &["config", "user.signingKey", &key]);
    }
    directory
}

/// Times one signed commit of stock git.
pub(crate) fn time_signed_commit(bench: &Bench, directory: &std::path::Path) -> std::time::Duration {
    bench.worlds.sandbox.time("git", directory, &COMMIT)
}

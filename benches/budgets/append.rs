//! One durable entry, in-process, against one signed commit of stock git.

use std::path::PathBuf;
use std::process::Stdio;

use crate::budgets::causes;
use crate::budgets::duel::Duel;
use crate::budgets::phases::phases_of_each;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::worker;
use crate::budgets::worlds;
use crate::budgets::worlds::Size;

/// How many appends one process makes whose phases are told: opening the ledger is then a small part.
const TRACED_TOGETHER: usize = 50;
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
                worker::append_finding(&mut ledger, index).took
            },
        );
        let what = format!("append one entry in-process, fsynced, {count} records / `git commit -S`");
        let row = Row::ratio(what, &duel, Budget::AtMost(0.15)).because(|| {
            let writes = causes::bare_writes(bench, &directory);
            let phases = phases_of_each(bench, TRACED_TOGETHER, || {
                let mut writer = worker::writer(&directory, TRACED_TOGETHER);
                writer.stdin(Stdio::null());
                writer
            });
            format!(
                "Four objects and a reference that are put in place and waited for take {writes} here without any git \
                 coord; stock git, the floor, waits for no disk. Each of {TRACED_TOGETHER} appends in one process: {phases}"
            )
        });
        bench.add(row);
    }
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

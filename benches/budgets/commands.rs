//! What a person or an editor waits for: `claim`, `check`, `status`.

use std::path::Path;
use std::process::Command;

use crate::budgets::append;
use crate::budgets::causes;
use crate::budgets::duel::Duel;
use crate::budgets::phases::phases;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::worker;
use crate::budgets::worlds::Size;

/// How many entries others made since the state was last remembered as a whole, halfway between two such moments.
const BEHIND: usize = 12;

pub(crate) fn claim(bench: &mut Bench) {
    let floor = append::signed_repository(bench);
    for (size, others, budget) in
        [(Size::CLAIMS, "", Budget::AtMost(1.0)), (Size::FULL, ", 20,000 other records", Budget::None)]
    {
        let name = if others.is_empty() { "claim" } else { "claim-full" };
        let directory = bench.worlds.joined(size, name, &["--no-hooks"]);
        let mut index = 0;
        let duel = Duel::run(
            bench.samples,
            || append::time_signed_commit(bench, &floor),
            || {
                index += 1;
                let path = format!("new/m{index:04}/");
                bench.worlds.sandbox.time(BINARY, &directory, &["claim", &path, "--intent", "Do something new"])
            },
        );
        let what = format!("`claim`, 1,000 live claims{others}, checkout updated / `git commit -S`");
        let row = Row::ratio(what, &duel, budget).because(|| {
            let prepare = || {
                index += 1;
                let path = format!("new/m{index:04}/");
                command(bench, &directory, &["claim", &path, "--intent", "Do something new"])
            };
            let phases = phases(bench, prepare);
            format!(
                "The floor has no checkout. Stock git takes {} to put an entry of one file into this one (`git add`, `git \
                 commit -S`); a process that only starts takes {}, the disk {} for a durable entry. {phases}",
                causes::stock_entry(bench, &directory),
                causes::bare_start(bench),
                causes::bare_writes(bench, &directory),
            )
        });
        bench.add(row);
    }
}

pub(crate) fn check(bench: &mut Bench) {
    let what = "`check <path>`, 1,000 live claims";
    let directory = bench.worlds.joined(Size::CLAIMS, "check", &["--no-hooks"]);
    let duel = read(bench, &directory, &["check", "src/m0003/reader.rs"]);
    let row = Row::ratio(format!("{what} / open and read the head"), &duel, Budget::AtMost(1.5));
    bench.add(row.because(|| check_cause(bench, &directory)));
    bench.add(Row::figure(format!("{what}, whole process"), duel.subject_us() / 1_000.0, "ms", Budget::AtMost(10.0)));
    let full = bench.worlds.joined(Size::FULL, "check-full", &["--no-hooks"]);
    let duel = read(bench, &full, &["check", "src/m0003/reader.rs"]);
    let row = Row::ratio(format!("{what}, 20,000 other records / the same"), &duel, Budget::AtMost(1.5));
    bench.add(row.because(|| check_cause(bench, &full)));
    let mut ledger = worker::open(&full);
    (0..BEHIND).for_each(|index| {
        worker::append_finding(&mut ledger, index);
    });
    let duel = read(bench, &full, &["check", "src/m0003/reader.rs"]);
    bench.add(Row::ratio(format!("{what}, 20,000 others, {BEHIND} entries later / the same"), &duel, Budget::None));
}

pub(crate) fn status(bench: &mut Bench) {
    for (size, others, budget) in
        [(Size::CLAIMS, "", Budget::None), (Size::FULL, ", 20,000 other records", Budget::AtMost(3.0))]
    {
        let name = if others.is_empty() { "status" } else { "status-full" };
        let directory = bench.worlds.joined(size, name, &["--no-hooks"]);
        let duel = read(bench, &directory, &["status"]);
        let row = Row::ratio(format!("`status`, 1,000 live claims{others} / open and read the head"), &duel, budget);
        bench.add(row.because(|| {
            let (count, looks) = causes::bare_looks(bench, &directory.join(".coord"), &["claims", "requests"]);
            format!(
                "To look once, by its path, at each of the {count} directories and files that tell of drafts takes {looks}. A \
                 process that only starts takes {}. {}",
                causes::bare_start(bench),
                phases(bench, || command(bench, &directory, &["status"]))
            )
        }));
    }
}

fn check_cause(bench: &Bench, repository: &Path) -> String {
    format!(
        "A process that only starts takes {}. {}",
        causes::bare_start(bench),
        phases(bench, || command(bench, repository, &["check", "src/m0003/reader.rs"]))
    )
}

fn command(bench: &Bench, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = bench.worlds.sandbox.command(BINARY, directory);
    command.args(arguments);
    command
}

/// Measures a command that only reads, against opening the repository and reading the head.
fn read(bench: &Bench, directory: &Path, arguments: &[&str]) -> Duel {
    let sandbox = &bench.worlds.sandbox;
    let (program, place) = (worker::program(), directory.display().to_string());
    let floor = worker::arguments(&["head", &place]);
    Duel::run(
        bench.samples,
        || sandbox.time(&program, directory, &floor),
        || sandbox.time(BINARY, directory, arguments),
    )
}

//! What an entry costs on the disk once the repository is packed.

use std::path::Path;

use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::worlds::Size;

pub(crate) fn rows(bench: &mut Bench) {
    let directory = bench.worlds.copy(Size::HISTORY, "growth");
    let count = bench.worlds.sandbox.git(&directory, &["rev-list", "--count", "coord"]);
    let entries: f64 = count.parse().expect("git prints a number");
    let kilobytes = packed_kilobytes(&directory) / entries;
    let what = format!("growth of the repository per entry, packed, at {entries} entries");
    bench.add(Row::figure(what, kilobytes, "KB", Budget::AtMost(1.2)));
}

/// Returns how much the packs of a repository take.
pub(crate) fn packed_kilobytes(directory: &Path) -> f64 {
    bytes_below(&directory.join(".git/objects/pack")) as f64 / 1_000.0
}

fn bytes_below(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}

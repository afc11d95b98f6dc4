//! What is measured, in which order, and what becomes of it.

use std::process::ExitCode;

use crate::budgets::agent_hooks;
use crate::budgets::append;
use crate::budgets::client_hooks;
use crate::budgets::commands;
use crate::budgets::contention;
use crate::budgets::edits;
use crate::budgets::gate;
use crate::budgets::growth;
use crate::budgets::large;
use crate::budgets::machine;
use crate::budgets::overlap;
use crate::budgets::page;
use crate::budgets::peers;
use crate::budgets::receive;
use crate::budgets::remote;
use crate::budgets::resources;
use crate::budgets::row::Row;
use crate::budgets::table;
use crate::budgets::verification;
use crate::budgets::watching;
use crate::budgets::worker;
use crate::budgets::worlds::Worlds;

const SAMPLES: usize = 20;

/// One family of rows.
type Group = (&'static str, fn(&mut Bench));

const GROUPS: [Group; 21] = [
    ("append", append::rows),
    ("claim", commands::claim),
    ("peers", peers::rows),
    ("check", commands::check),
    ("status", commands::status),
    ("client-hooks", client_hooks::rows),
    ("agent-hooks", agent_hooks::rows),
    ("receive", receive::rows),
    ("remote", remote::rows),
    ("gate", gate::rows),
    ("overlap", overlap::rows),
    ("cold", verification::cold),
    ("incremental", verification::incremental),
    ("cache", verification::cache),
    ("contention", contention::rows),
    ("syncs", resources::syncs),
    ("watching", watching::rows),
    ("edits", edits::rows),
    ("growth", growth::rows),
    ("year", large::rows),
    ("resources", resources_rows),
];

fn resources_rows(bench: &mut Bench) {
    resources::memory(bench);
    resources::binary(bench);
}

/// A run with the rows that it has measured so far.
pub(crate) struct Bench {
    pub(crate) worlds: Worlds,
    pub(crate) samples: usize,
    rows: Vec<Row>,
    skipped: Vec<String>,
}

impl Bench {
    pub(crate) fn add(&mut self, row: Row) {
        println!("{}", table::line(&row));
        self.rows.push(row);
    }

    pub(crate) fn skip(&mut self, what: &str, why: &str) {
        let note = format!("{what}: skipped, {why}");
        println!("{note}");
        self.skipped.push(note);
    }

    /// Returns whether the worlds that take minutes to make are wanted.
    pub(crate) fn is_large(&self) -> bool {
        is_set("COORD_BENCH_LARGE")
    }
}

/// Measures what was asked for.
pub(crate) fn main() -> ExitCode {
    if worker::run() {
        return ExitCode::SUCCESS;
    }
    let only = std::env::var("COORD_BENCH_ONLY").unwrap_or_default();
    let wanted: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
    let samples = std::env::var("COORD_BENCH_SAMPLES").ok().and_then(|count| count.parse().ok()).unwrap_or(SAMPLES);
    let mut bench = Bench { worlds: Worlds::enter(), samples, rows: Vec::new(), skipped: Vec::new() };
    let load = machine::load();
    println!("load {load}; {samples} samples a row, floor and subject in turn\n{}", table::heading());
    for (name, measure) in GROUPS {
        if wanted.is_empty() || wanted.iter().any(|part| name.contains(part)) {
            measure(&mut bench);
        }
    }
    let missed: Vec<&Row> = bench.rows.iter().filter(|row| row.is_missed()).collect();
    println!("{} rows, {} missed; load {load} before, {} after", bench.rows.len(), missed.len(), machine::load());
    if is_set("COORD_BENCH_WRITE") {
        page::write(&bench.rows, &bench.skipped, &load);
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "1")
}

//! `cargo bench`: every budget as a ratio to a floor that is measured in the same run, in turn with it.
//!
//! `COORD_BENCH_SAMPLES` sets how many samples a row takes, `COORD_BENCH_ONLY=claim,status` picks rows by a part of
//! their group's name, `COORD_BENCH_WRITE=1` writes `docs/performance.md`. A missed ratio is a failure.

#[path = "budgets/mod.rs"]
mod budgets;

#[path = "../tests/support/servers/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests start every server, the benchmarks only one")]
mod servers;

#[path = "../tests/overlap/store.rs"]
mod store;

use std::process::ExitCode;

fn main() -> ExitCode {
    budgets::main()
}

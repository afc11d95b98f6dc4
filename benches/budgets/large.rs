//! A new clone of the ledger of a busy year: what its first fetch and verification cost, and what comes after.

use std::path::Path;
use std::time::Duration;

use crate::budgets::duel::Duel;
use crate::budgets::duel::timed;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::sandbox::Sandbox;
use crate::budgets::worlds::Size;
use crate::budgets::worlds::holder;

/// A first fetch takes seconds: fewer samples tell enough.
const SAMPLES_MAX: usize = 3;

pub(crate) fn rows(bench: &mut Bench) {
    if !bench.is_large() {
        return bench.skip("the ledger of a busy year", "it takes minutes to make: COORD_BENCH_LARGE=1");
    }
    let server = bench.worlds.copy(Size::YEAR, "year");
    let sandbox = &bench.worlds.sandbox;
    let from = format!("file://{}", server.display());
    let begin = |name: &str| {
        let clone = sandbox.root.join(name);
        std::fs::remove_dir_all(&clone).ok();
        std::fs::create_dir_all(&clone).expect("the target directory is ours");
        sandbox.git(&clone, &["init", "-q", "."]);
        sandbox.git(&clone, &["remote", "add", "origin", &from]);
        clone
    };
    let mut most_kilobytes = 0.0_f64;
    let duel = Duel::run(
        bench.samples.min(SAMPLES_MAX),
        || {
            let clone = begin("fetched");
            timed(|| sandbox.git(&clone, &["fetch", "-q", "origin", "refs/heads/coord:refs/heads/coord"])).0
        },
        || {
            let clone = begin("joined");
            let (took, kilobytes) = first_join(sandbox, &clone);
            most_kilobytes = most_kilobytes.max(kilobytes);
            took
        },
    );
    let joined = sandbox.root.join("joined");
    let entries: u32 = sandbox.git(&joined, &["rev-list", "--count", "coord"]).parse().expect("git prints a number");
    let what = format!("first fetch and verification of {entries} entries / `git fetch` of the same");
    let memory = most_kilobytes / 1_024.0;
    let status = || sandbox.time(BINARY, &joined, &["status"]);
    let after = Duel::run(bench.samples, || sandbox.time("git", &joined, &["log", "-1", "coord"]), status);
    bench.add(Row::ratio(what, &duel, Budget::AtMost(3.0)));
    bench.add(Row::figure(
        format!("memory of the first verification of {entries} entries"),
        memory,
        "MiB",
        Budget::AtMost(512.0),
    ));
    bench.add(Row::ratio(format!("`status` behind {entries} entries / `git log -1`"), &after, Budget::None));
}

/// Joins, and returns how long that took and the most memory that the program, or git for it, had.
fn first_join(sandbox: &Sandbox, clone: &Path) -> (Duration, f64) {
    let output = sandbox.root.join("memory.txt");
    let mut command = sandbox.command("/usr/bin/time", clone);
    command.args(["-f", "%M", "-o"]).arg(&output).args([BINARY, "join", holder(0).id.as_str(), "--no-hooks"]);
    let (took, ended) = timed(|| command.status());
    assert!(ended.is_ok_and(|status| status.success()), "a new clone verifies the ledger");
    let text = std::fs::read_to_string(&output).unwrap_or_default();
    (took, text.trim().parse().unwrap_or(f64::NAN))
}

//! A new clone of the ledger of a busy year: what its first fetch and verification cost, and what comes after.

use std::path::Path;
use std::time::Duration;

use crate::budgets::duel::Duel;
use crate::budgets::duel::timed;
use crate::budgets::growth;
use crate::budgets::phases::phases_of_few;
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
    let entries: u32 = sandbox.git(&server, &["rev-list", "--count", "coord"]).parse().expect("git prints a number");
    let kilobytes = growth::packed_kilobytes(&server) / f64::from(entries);
    let what = format!("first `join`, fetch and verification of {entries} entries / `git fetch` of the same");
    let row = Row::ratio(what, &duel, Budget::AtMost(3.0)).because(|| {
        let prepare = || {
            let mut command = sandbox.command(BINARY, &begin("traced"));
            command.args(["join", holder(0).id.as_str(), "--no-hooks"]);
            command
        };
        phases_of_few(SAMPLES_MAX, prepare)
    });
    bench.add(row);
    let figure =
        |what: &str, value, unit, budget| Row::figure(format!("{what}, {entries} entries"), value, unit, budget);
    let memory = most_kilobytes / 1_024.0;
    bench.add(figure("memory of the first `join`, with the git that it starts", memory, "MiB", Budget::AtMost(512.0)));
    bench.add(figure("growth of the repository per entry, packed", kilobytes, "KB", Budget::AtMost(1.2)));
    afterwards(bench, entries);
}

/// What everyday commands take behind so many entries, against the same behind a hundredth of them.
fn afterwards(bench: &mut Bench, entries: u32) {
    let few = bench.worlds.joined(Size::WEEK, "week-after", &["--no-hooks"]);
    let many = bench.worlds.joined(Size::YEAR, "year-after", &["--no-hooks"]);
    let count = bench.worlds.sandbox.git(&few, &["rev-list", "--count", "coord"]);
    let commands: [(&str, &[&str]); 3] = [
        ("status", &["status"]),
        ("check <path>", &["check", "src/m0003/reader.rs"]),
        ("claim", &["claim", "PATH", "--intent", "Do something new"]),
    ];
    for (name, arguments) in commands {
        let sandbox = &bench.worlds.sandbox;
        let run = |directory: &Path, index: usize| {
            let path = format!("new/m{index:04}/");
            let arguments: Vec<&str> =
                arguments.iter().map(|word| if *word == "PATH" { path.as_str() } else { *word }).collect();
            sandbox.time(BINARY, directory, &arguments)
        };
        let (mut before, mut after) = (0, 0);
        let duel = Duel::run(
            bench.samples,
            || {
                before += 1;
                run(&few, before)
            },
            || {
                after += 1;
                run(&many, after)
            },
        );
        bench.add(Row::ratio(format!("`{name}` behind {entries} entries / behind {count}"), &duel, Budget::None));
    }
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

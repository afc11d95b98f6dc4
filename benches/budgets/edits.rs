//! From the second edit of a file in another work tree to the event that a watcher prints.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::statistics::quantile;
use crate::budgets::watching::Watching;
use crate::budgets::worlds::Size;

pub(crate) fn rows(bench: &mut Bench) {
    let directory = bench.worlds.joined(Size::CLAIMS, "edits", &["--no-hooks"]);
    let sandbox = &bench.worlds.sandbox;
    let other = directory.with_file_name("edits-other");
    sandbox.git(&directory, &["worktree", "add", "-q", "-b", "edits-other", &other.display().to_string()]);
    for (place, content) in [(&directory, "1"), (&other, "2")] {
        fs::write(place.join("before"), content).expect("the place is ours");
    }
    let mut ours = sandbox.command(BINARY, &directory);
    ours.args(["--json", "watch"]);
    let ours = Watching::start(ours);
    // What collides already is told at the start.
    ours.next("before");
    let mut took_ms = Vec::new();
    for index in 0..bench.samples.max(100) {
        let name = format!("edited-{index}-");
        fs::write(directory.join(&name), "1").expect("the place is ours");
        std::thread::sleep(Duration::from_millis(50));
        let began = Instant::now();
        fs::write(other.join(&name), "2").expect("the place is ours");
        took_ms.push(ours.next(&name).saturating_duration_since(began).as_secs_f64() * 1e3);
    }
    let subject = "second edit of a file in another work tree to event, 99th percentile";
    bench.add(Row::figure(subject, quantile(&took_ms, 0.99), "ms", Budget::AtMost(1_000.0)));
}

//! Many writers on one clone: none starves, and together they are as fast as one.

use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::time::Instant;

use crate::budgets::causes;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::row::time;
use crate::budgets::run::Bench;
use crate::budgets::statistics::fairness;
use crate::budgets::statistics::median;
use crate::budgets::statistics::quantile;
use crate::budgets::worker;
use crate::budgets::worlds::Size;

const WRITERS: usize = 16;
const APPENDS: usize = 50;
/// A round is eight hundred appends: as many samples of what is counted.
const ROUNDS: usize = 5;

/// What one round of writers did.
struct Round {
    per_second: f64,
    finished_s: Vec<f64>,
    took_us: Vec<f64>,
}

pub(crate) fn rows(bench: &mut Bench) {
    let directory = bench.worlds.copy(Size::findings(1_000), "contention");
    let (mut throughput, mut fair, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    let (mut alone_rates, mut together_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS.min(bench.samples) {
        let alone = round(&directory, 1, APPENDS * 4);
        let together = round(&directory, WRITERS, APPENDS);
        throughput.push(together.per_second / alone.per_second);
        fair.push(fairness(&together.finished_s));
        waits.push(quantile(&together.took_us, 1.0) / median(&together.took_us));
        alone_rates.push(alone.per_second);
        together_rates.push(together.per_second);
    }
    let what = format!("{WRITERS} processes × {APPENDS} appends on one clone, fsynced");
    let rate = |rates: &[f64]| format!("{:.0}/s", median(rates));
    let row = Row::figure(format!("{what}: throughput / one process"), median(&throughput), "×", Budget::AtLeast(1.0))
        .because(|| {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let others = WRITERS - 1;
            format!(
                "One after the other, each process takes in what the {others} others have written before it writes: {} by \
                 itself, where one process alone takes {} for a whole append and takes in nothing; {WRITERS} processes \
                 share {cores} cores.",
                causes::taking_in(bench, &directory, others),
                time(1e6 / median(&alone_rates)),
            )
        });
    bench.add(Row { floor: rate(&alone_rates), subject: rate(&together_rates), count: throughput.len(), ..row });
    let row = Row::figure(format!("{what}: Jain fairness of finish times"), median(&fair), "", Budget::AtLeast(0.9));
    bench.add(Row { count: fair.len(), ..row });
    let row = Row::figure(format!("{what}: worst wait"), median(&waits), "medians", Budget::AtMost(20.0));
    bench.add(Row { count: waits.len(), ..row });
}

fn round(directory: &Path, writers: usize, appends: usize) -> Round {
    let mut children: Vec<Child> =
        (0..writers).map(|_| worker::writer(directory, appends).spawn().expect("this program runs")).collect();
    // All have opened the ledger or are about to; closing their input lets them begin.
    let start = Instant::now();
    children.iter_mut().for_each(|child| drop(child.stdin.take()));
    let ends: Vec<(f64, Vec<f64>)> = children
        .into_iter()
        .map(|child| std::thread::spawn(move || collect(child, start)))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|thread| thread.join().expect("nobody panics while collecting"))
        .collect();
    let finished_s: Vec<f64> = ends.iter().map(|(end, _)| *end).collect();
    let took_us: Vec<f64> = ends.into_iter().flat_map(|(_, took)| took).collect();
    assert_eq!(took_us.len(), writers * appends, "an append was lost");
    Round { per_second: took_us.len() as f64 / quantile(&finished_s, 1.0), finished_s, took_us }
}

fn collect(mut child: Child, start: Instant) -> (f64, Vec<f64>) {
    let mut text = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("it prints text");
    let end = start.elapsed().as_secs_f64();
    assert!(child.wait().is_ok_and(|status| status.success()), "a writer failed");
    (end, text.split_whitespace().filter_map(|took| took.parse().ok()).collect())
}

//! Where the time of a subject goes: the phases that the program tells of itself (`GIT_COORD_TRACE=1`).

use std::collections::BTreeMap;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

use crate::budgets::row::time;
use crate::budgets::run::Bench;
use crate::budgets::statistics::median;

/// What is shorter than this part of the whole is not told by itself.
const TOLD_FROM: f64 = 0.03;
const WARM_UP: usize = 2;

/// One run of a command: each phase without the phases in it, and the whole process; all in microseconds.
struct Run {
    whole_us: f64,
    phases_us: BTreeMap<String, f64>,
}

/// Runs a command as often as there are samples. `prepare` makes each ready; what it returns is timed from its start to its
/// end, git and hooks included. Returns the phases, longest first, and what no phase accounts for.
pub(crate) fn phases(bench: &Bench, prepare: impl FnMut() -> Command) -> String {
    phases_of_each(bench, 1, prepare)
}

/// As [`phases`], of commands that do the same so many times.
pub(crate) fn phases_of_each(bench: &Bench, times: usize, mut prepare: impl FnMut() -> Command) -> String {
    let runs = (0..bench.samples.min(20) + WARM_UP).map(|_| run(prepare(), times));
    told(&runs.skip(WARM_UP).collect::<Vec<_>>())
}

/// As [`phases`], of a command that takes long: run so many times, none of them to warm up.
pub(crate) fn phases_of_few(runs: usize, mut prepare: impl FnMut() -> Command) -> String {
    told(&(0..runs).map(|_| run(prepare(), 1)).collect::<Vec<_>>())
}

fn told(runs: &[Run]) -> String {
    let whole_us = median(&runs.iter().map(|run| run.whole_us).collect::<Vec<_>>());
    let mut names: Vec<&String> = runs.iter().flat_map(|run| run.phases_us.keys()).collect();
    names.sort();
    names.dedup();
    let of = |name: &String| {
        let times: Vec<f64> = runs.iter().map(|run| run.phases_us.get(name).copied().unwrap_or_default()).collect();
        median(&times)
    };
    let mut phases: Vec<(f64, &String)> = names.into_iter().map(|name| (of(name), name)).collect();
    phases.sort_by(|one, other| other.0.total_cmp(&one.0));
    let inside_us: f64 = phases.iter().map(|(us, _)| us).sum();
    let (told, short): (Vec<_>, Vec<_>) = phases.into_iter().partition(|(us, _)| *us >= TOLD_FROM * whole_us);
    let mut parts: Vec<String> = told.into_iter().map(|(us, name)| format!("{name} {}", time(us))).collect();
    let short_us: f64 = short.iter().map(|(us, _)| us).sum();
    parts.push(format!("shorter phases {}", time(short_us)));
    parts.push(format!("outside of the program's own phases {}", time((whole_us - inside_us).max(0.0))));
    format!("Of {}: {}.", time(whole_us), parts.join(", "))
}

fn run(mut command: Command, times: usize) -> Run {
    command.env("GIT_COORD_TRACE", "1").stderr(Stdio::piped());
    let start = Instant::now();
    let output = command.output().expect("the program is there");
    let whole_us = start.elapsed().as_secs_f64() * 1e6;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut phases_us = own_times(&String::from_utf8_lossy(&output.stderr));
    phases_us.values_mut().for_each(|us| *us /= times as f64);
    Run { whole_us: whole_us / times as f64, phases_us }
}

/// Returns how long each phase took without the phases in it, from what was told on standard error.
fn own_times(told: &str) -> BTreeMap<String, f64> {
    let mut own: BTreeMap<String, f64> = BTreeMap::new();
    for (path, us) in told.lines().filter_map(phase) {
        let (outer, name) = path.rsplit_once(':').unwrap_or(("", path));
        *own.entry(words(name)).or_default() += us;
        if !outer.is_empty() {
            *own.entry(words(outer.rsplit(':').next().unwrap_or(outer))).or_default() -= us;
        }
    }
    own
}

/// The outermost phase is what no other one covers.
fn words(name: &str) -> String {
    if name == "command" { "everything between the phases".to_owned() } else { format!("\u{201c}{name}\u{201d}") }
}

/// Reads a line such as `remote:  0.001s command:sign: close time.busy=43.6µs time.idle=491ns`.
fn phase(line: &str) -> Option<(&str, f64)> {
    let (front, back) = line.split_once(": close time.busy=")?;
    let path = front.split_once("s ").map_or(front, |(_, path)| path).trim();
    Some((path, microseconds(back.split(' ').next()?)?))
}

fn microseconds(text: &str) -> Option<f64> {
    let split = text.find(|letter: char| letter.is_alphabetic())?;
    let value: f64 = text[..split].parse().ok()?;
    Some(match &text[split..] {
        "ns" => value / 1e3,
        "ms" => value * 1e3,
        "s" => value * 1e6,
        _ => value,
    })
}

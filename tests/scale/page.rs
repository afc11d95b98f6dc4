//! `docs/scale.md`, written from the figures and the model.

use crate::docs::check_page;

use super::figures::Figures;
use super::queue;
use super::race::Race;
use super::race::Setting;
use super::waits::Waits;

/// An agent that claims, renews, asks, is approved, lands and releases twice an hour leaves so many entries.
const ENTRIES_AN_HOUR: f64 = 12.0;
/// As many agents share a machine.
const AGENTS_A_MACHINE: usize = 40;
const HOST_CORES: usize = 16;
const LASTS_S: f64 = 300.0;
/// How many agents are tried.
const AGENTS: [usize; 9] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];
const ROUND_TRIPS_MS: [f64; 3] = [1.0, 20.0, 100.0];
/// Nobody waits longer gladly.
const WAIT_MAX_S: f64 = 10.0;
const HOURS_A_YEAR: f64 = 365.0 * 24.0;

/// On how many machines so many agents work.
type Machines = fn(usize) -> usize;
/// What becomes of the entries of so many agents.
type Model = fn(Figures, Setting) -> Waits;

fn setting(agents: usize, machines: usize, round_trip_ms: f64, ledgers: usize) -> Setting {
    Setting {
        machines,
        per_second: agents as f64 * ENTRIES_AN_HOUR / 3600.0,
        lasts_s: LASTS_S,
        round_trip_s: round_trip_ms / 1000.0,
        host_cores: HOST_CORES,
        ledgers,
    }
}

/// Returns the cells that tell of a run.
fn cells(waits: &Waits) -> String {
    let rate = waits.done() as f64 / LASTS_S;
    format!(
        "{rate:.1} | {:.1} | {:.1} | {} | {} | {}",
        waits.batch(),
        waits.pushes_for_each_won(),
        seconds(waits.quantile_s(0.5)),
        seconds(waits.quantile_s(0.99)),
        percent(waits.given_up_part()),
    )
}

fn seconds(value_s: f64) -> String {
    match value_s {
        value_s if !value_s.is_finite() => "–".to_owned(),
        value_s if value_s < 1.0 => format!("{:.0} ms", value_s * 1000.0),
        value_s => format!("{value_s:.1} s"),
    }
}

fn percent(part: f64) -> String {
    if part == 0.0 { "none".to_owned() } else { format!("{:.1} %", part * 100.0) }
}

const HEADINGS: &str =
    "done a second | entries a push | pushes for each that wins | half wait | 1 in 100 waits | given up |";

fn races(figures: Figures) -> String {
    let mut table = format!("| agents | machines | round trip | {HEADINGS}\n|---|---|---|---|---|---|---|---|---|\n");
    for agents in [1_000, 10_000] {
        for machines in [agents / 200, agents / AGENTS_A_MACHINE, agents] {
            for round_trip_ms in ROUND_TRIPS_MS {
                let waits = Race::run(figures, setting(agents, machines, round_trip_ms, 1));
                table.push_str(&format!("| {agents} | {machines} | {round_trip_ms} ms | {} |\n", cells(&waits)));
            }
        }
    }
    table
}

/// Returns the largest number of agents that was tried whose entries are all acknowledged, with one in a hundred waiting no longer
/// than is bearable.
fn bearable(works: impl Fn(usize) -> Waits) -> String {
    let is_bearable = |agents: &&usize| {
        let waits = works(**agents);
        waits.given_up == 0 && waits.quantile_s(0.99) <= WAIT_MAX_S
    };
    match AGENTS.iter().take_while(is_bearable).last() {
        None => format!("fewer than {}", AGENTS[0]),
        Some(most) if AGENTS.last() == Some(most) => format!("{most} or more"),
        Some(most) => most.to_string(),
    }
}

fn bends(figures: Figures) -> String {
    let shared = |agents: usize| agents.div_ceil(AGENTS_A_MACHINE);
    let alone = |agents: usize| agents;
    let rows: [(&str, Machines, usize, Model); 5] = [
        ("one ledger, every agent on a machine of its own", alone, 1, Race::run),
        ("one ledger, 40 agents on a machine (what there is)", shared, 1, Race::run),
        ("ten ledgers, one a mission", shared, 10, Race::run),
        ("one ledger, machines hand in and one pushes", shared, 1, queue::run),
        ("the same, every agent on a machine of its own", alone, 1, queue::run),
    ];
    let headings = ROUND_TRIPS_MS.map(|round_trip_ms| format!("{round_trip_ms} ms")).join(" | ");
    let mut table = format!("| agents, at a round trip of | {headings} |\n|---|---|---|---|\n");
    for (what, machines_of, ledgers, model) in rows {
        let found = ROUND_TRIPS_MS.map(|round_trip_ms| {
            bearable(|agents| model(figures, setting(agents, machines_of(agents), round_trip_ms, ledgers)))
        });
        table.push_str(&format!("| {what} | {} |\n", found.join(" | ")));
    }
    table
}

fn growth(figures: Figures) -> String {
    let mut table =
        "| agents | entries a second | a year | the repository grows by | first verification on two cores | \
        judging, of one core of every clone |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for agents in [10, 100, 1_000, 10_000] {
        let per_second = f64::from(agents) * ENTRIES_AN_HOUR / 3600.0;
        let year = per_second * 3600.0 * HOURS_A_YEAR;
        table.push_str(&format!(
            "| {agents} | {per_second:.2} | {} | {} | {} | {:.3} % |\n",
            millions(year),
            bytes(year * figures.entry_bytes),
            duration(year * figures.judging_s / 2.0),
            per_second * figures.judging_s * 100.0,
        ));
    }
    table
}

fn millions(count: f64) -> String {
    format!("{:.1} million", count / 1e6)
}

fn bytes(count: f64) -> String {
    format!("{:.1} GB", count / 1e9)
}

fn duration(value_s: f64) -> String {
    match value_s {
        value_s if value_s < 120.0 => format!("{value_s:.0} s"),
        value_s if value_s < 7200.0 => format!("{:.0} min", value_s / 60.0),
        value_s => format!("{:.1} h", value_s / 3600.0),
    }
}

/// Returns what the model says of the benchmark's eight clones, a second: each as if on a machine of its own, and all on one.
fn predicted(figures: Figures) -> [f64; 2] {
    let burst = |machines: usize, each: usize| {
        let waits = Race::burst(figures, Setting { host_cores: 2, ..setting(1, machines, 0.0, 1) }, each);
        assert_eq!(waits.done(), 400, "the model gives nobody up where the program did not");
        400.0 / waits.end_s
    };
    [burst(8, 50), burst(1, 400)]
}

#[test]
fn page_of_scale_says_what_the_model_does() {
    let figures = Figures::measured();
    let [apart, together] = predicted(figures);
    let calibration = format!(
        "| 8 clones × 50 claims at once, two cores for everything | measured | the model |\n|---|---|---|\n\
         | as on eight machines | {:.0}/s | {apart:.0}/s |\n| all on one machine | {:.0}/s | {together:.0}/s |\n\n\
         As on eight machines it does {:.1} times what was measured, and all on one {:.1} times: that much the limits below are\n\
         off.\n",
        figures.apart_per_second,
        figures.together_per_second,
        apart / figures.apart_per_second,
        together / figures.together_per_second,
    );
    let costs = format!(
        "| what | costs |\n|---|---|\n\
         | a push of git over a connection that is kept, no network | {} |\n\
         | asking before it and reading back after it, for a claim | {} |\n\
         | a claim as a process, on its own machine | {} |\n\
         | making one entry, on the disk | {} |\n\
         | judging one entry of somebody else | {:.0} µs |\n\
         | one entry in a packed repository | {:.0} bytes |\n",
        seconds(figures.push_s),
        seconds(figures.asking_s),
        format_args!("{:.1} ms", figures.process_s * 1e3),
        format_args!("{:.1} ms", figures.making_s * 1e3),
        figures.judging_s * 1e6,
        figures.entry_bytes,
    );
    let page = include_str!("scale.md.in")
        .replace("{costs}", &costs)
        .replace("{calibration}", &calibration)
        .replace("{races}", &races(figures))
        .replace("{bends}", &bends(figures))
        .replace("{growth}", &growth(figures));
    check_page("docs/scale.md", &page);
}

/// The model is of some use only if it says about what was measured.
#[test]
fn model_says_about_what_was_measured() {
    let figures = Figures::measured();
    let [apart, together] = predicted(figures);
    for (says, measured) in [(apart, figures.apart_per_second), (together, figures.together_per_second)] {
        assert!((0.5..=2.0).contains(&(says / measured)), "the model says {says:.0}/s, measured were {measured:.0}/s");
    }
}

/// With nobody beside it an entry takes what one was measured to take, whatever the model does about races.
#[test]
fn entry_alone_takes_what_was_measured() {
    let figures = Figures::measured();
    let waits = Race::run(figures, Setting { per_second: 0.05, ..setting(1, 1, 0.0, 1) });
    let expected_s = figures.push_s + figures.asking_s + figures.making_s;
    assert!(waits.done() > 10 && waits.given_up == 0 && waits.pushes == waits.wins);
    assert!((waits.quantile_s(0.5) / expected_s - 1.0).abs() < 0.05);
}

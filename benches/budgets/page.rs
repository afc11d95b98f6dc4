//! `docs/performance.md`, written from the rows of one run.

use std::path::Path;
use std::process::Command;

use crate::budgets::machine;
use crate::budgets::row::Row;
use crate::budgets::table;

/// As wide as a test lets prose be.
const COLUMNS_MAX: usize = 130;

const HEAD: &str = "# Performance

This page is written by `COORD_BENCH_WRITE=1 cargo bench --bench budgets`; do not edit it.

Absolute times on a shared machine mean little. Every row is a ratio to a floor that was measured in the same run, in turn
with it; the ratio is the median of the pairs. Floors and subjects whose names say *process* or name a command are whole
processes, from start to end.
";

/// Writes the page beside the sources.
pub(crate) fn write(rows: &[Row], skipped: &[String], load_before: &str) {
    let mut text = HEAD.to_owned();
    text.push_str(&format!("\nMeasured on {}, load {load_before} before and {} after:\n\n", date(), machine::load()));
    machine::facts().iter().for_each(|fact| text.push_str(&format!("- {fact}\n")));
    text.push_str(&format!("\n{}", table::markdown(rows)));
    skipped.iter().for_each(|note| text.push_str(&format!("\n- {note}")));
    let missed: Vec<&Row> = rows.iter().filter(|row| row.is_missed()).collect();
    if !missed.is_empty() {
        text.push_str("\n## Missed budgets\n");
    }
    for row in missed {
        let why = row.remark.as_deref().unwrap_or("Not explained yet.");
        let told = format!("**{}** ({}, budget {}). {why}", row.what, row.measured_text(), row.budget_text());
        text.push_str(&format!("\n{}\n", wrapped(&told)));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
    std::fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("the sources are ours");
    std::fs::write(&path, text).expect("the sources are ours");
}

/// Breaks a paragraph into lines, though none within what stands between backticks.
fn wrapped(paragraph: &str) -> String {
    let mut lines = String::new();
    let mut columns = 0;
    let mut pieces = paragraph.split(' ');
    while let Some(first) = pieces.next() {
        let mut word = first.to_owned();
        while word.matches('`').count() % 2 == 1 {
            let Some(next) = pieces.next() else { break };
            word.push_str(&format!(" {next}"));
        }
        let width = word.chars().count();
        if columns > 0 && columns + 1 + width > COLUMNS_MAX {
            lines.push('\n');
            columns = 0;
        } else if columns > 0 {
            lines.push(' ');
            columns += 1;
        }
        lines.push_str(&word);
        columns += width;
    }
    lines
}

fn date() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

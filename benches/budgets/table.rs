//! The rows as a table, for a terminal and as Markdown.

use crate::budgets::row::Row;

const HEADINGS: [&str; 8] = ["what", "floor", "median", "p90", "measured", "budget", "verdict", "n"];

fn cells(row: &Row) -> [String; 8] {
    [
        row.what.clone(),
        row.floor.clone(),
        row.subject.clone(),
        row.p90.clone(),
        row.measured_text(),
        row.budget_text(),
        row.verdict().to_owned(),
        row.count.to_string(),
    ]
}

/// Returns one line for a terminal.
pub(crate) fn line(row: &Row) -> String {
    let [what, rest @ ..] = cells(row);
    let rest: Vec<String> = rest.iter().map(|cell| format!("{cell:>11}")).collect();
    format!("{what:<64}{}", rest.join(" "))
}

/// Returns the line above all others.
pub(crate) fn heading() -> String {
    let [what, rest @ ..] = HEADINGS;
    let rest: Vec<String> = rest.iter().map(|cell| format!("{cell:>11}")).collect();
    format!("{what:<64}{}", rest.join(" "))
}

/// Returns the whole table as Markdown.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = format!("| {} |\n|{}\n", HEADINGS.join(" | "), "---|".repeat(HEADINGS.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", cells(row).map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    text
}

//! The page of what answers cost, and what a test holds of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use crate::docs::check_page;
use crate::docs::context_cost::play::Cost;
use crate::docs::context_cost::play::play;
use crate::support::tokens::tokens;
use crate::tidy::source::read;
use crate::tidy::source::root;

const PAGE: &str = "docs/context-cost.md";
/// A view has less than 2 KB unless more is asked for.
const VIEW_BYTES_MAX: usize = 2048;
/// Ids, times and paths differ from run to run; a figure may be off by a tenth, and by so many bytes or tokens.
const SLACK: usize = 24;
/// What no agent reads: streams, the play, and what is made for shells and pagers.
const UNREAD: [&str; 5] = ["completions", "demo", "manual", "mcp", "watch"];
/// What prints one document, which is as long as somebody made it.
const DOCUMENTS: [&str; 2] = ["policy show", "show"];

/// Returns every command of the help that does something itself.
fn commands() -> BTreeSet<String> {
    let page = read("docs/cli.md");
    let groups = |line: &str| line.starts_with("Usage: ") && line.ends_with(" <COMMAND>");
    let sections = page.split("\n## git coord ").skip(1).filter(|section| !section.lines().any(groups));
    let names = sections.filter_map(|section| section.lines().next().map(str::to_owned));
    names.filter(|name| !UNREAD.contains(&name.as_str())).collect()
}

/// Bytes and tokens of an answer for people, then of the same as JSON.
type Figures = [usize; 4];

fn measured(plain: &[Cost], json: &[Cost]) -> BTreeMap<String, Figures> {
    let mut rows = BTreeMap::new();
    for (plain, json) in plain.iter().zip(json) {
        assert_eq!(plain.command, json.command);
        let figures = [plain.answer.len(), tokens(&plain.answer), json.answer.len(), tokens(&json.answer)];
        // A command that is used twice is told by its longer answer.
        let row: &mut Figures = rows.entry(plain.command.clone()).or_default();
        *row = if figures[0] > row[0] { figures } else { *row };
    }
    rows
}

fn written(rows: &BTreeMap<String, Figures>) -> String {
    let mut page = "# What answers cost\n\n\
        Whatever an agent is told takes room in its context. This page is generated: `tests/docs/context_cost/play.rs`\n\
        plays the day of a team of a dozen, with nine claims and as many requests and findings open, and measures what\n\
        each command printed there, on both streams. A test holds every command against it: no view may pass 2,048\n\
        bytes unless it was asked for more, and no figure may leave the page by more than a tenth.\n\n\
        Tokens are those of `o200k_base`; other vocabularies differ by about a tenth. `show` and `policy show` print a\n\
        document, which is as long as somebody made it. `--quiet` leaves out hints and remarks. What is made for\n\
        shells, pagers and streams (`completions`, `manual`, `demo`, `mcp`, `watch`) is not here.\n\n\
        | command | bytes | tokens | `--json`: bytes | tokens |\n|---|--:|--:|--:|--:|\n"
        .to_owned();
    for (command, [bytes, read, json_bytes, json_read]) in rows {
        writeln!(page, "| `{command}` | {bytes} | {read} | {json_bytes} | {json_read} |").unwrap();
    }
    page
}

/// Reads the rows of the page.
fn told(page: &str) -> BTreeMap<String, Figures> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows = rows.filter_map(|(command, rest)| {
        let figures: Vec<usize> = rest.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
        Some((command.to_owned(), figures.try_into().ok()?))
    });
    rows.collect()
}

/// Returns whether figures are those of the page, but for what differs from run to run.
fn is_near(figures: &Figures, told: &Figures) -> bool {
    figures.iter().zip(told).all(|(one, other)| one.abs_diff(*other) <= SLACK + other / 10)
}

#[test]
fn answers_cost_what_the_page_tells() {
    let rows = measured(&play(false), &play(true));
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), commands(), "the play uses every command");
    for (command, figures) in rows.iter().filter(|(command, _)| !DOCUMENTS.contains(&command.as_str())) {
        assert!(figures[0] < VIEW_BYTES_MAX, "`{command}` prints {} bytes", figures[0]);
    }
    let told = fs::read_to_string(root().join(PAGE)).map_or_else(|_| BTreeMap::new(), |page| told(&page));
    // What is near enough stays: a page that changes with every run would hide what does change.
    let settled = rows.iter().map(|(command, figures)| {
        let kept = told.get(command).filter(|told| is_near(figures, told));
        (command.clone(), *kept.unwrap_or(figures))
    });
    check_page(PAGE, &written(&settled.collect()));
}

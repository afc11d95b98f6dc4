//! The page of what answers cost, and what a test holds of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use crate::docs::check_page;
use crate::docs::context_cost::play::Cost;
use crate::docs::context_cost::play::play;
use crate::docs::context_cost::tools::Said;
use crate::docs::context_cost::tools::said;
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

/// Bytes and tokens of an answer for people, then of the same for programs.
pub(super) type Figures = [usize; 4];
type Rows = BTreeMap<String, Figures>;

const INTRODUCTION: &str = "# What answers cost\n\n\
    Whatever an agent is told takes room in its context. This page is generated: `tests/docs/context_cost/` plays the\n\
    day of a team of a dozen, with nine claims and as many requests and findings open, and measures what was said. A\n\
    test holds everything against it: no view of a command may pass 2,048 bytes unless it was asked for more, and no\n\
    figure may leave the page by more than a tenth.\n\n\
    Tokens are those of `o200k_base`; other vocabularies differ by about a tenth.\n";

const COMMANDS: &str = "\n## Commands\n\n\
    What each printed, on both streams. `show` and `policy show` print a document, which is as long as somebody made\n\
    it. `--quiet` leaves out hints and remarks. What is made for shells, pagers and streams (`completions`, `manual`,\n\
    `demo`, `mcp`, `watch`) is not here.\n\n\
    | command | bytes | tokens | `--json`: bytes | tokens |\n|---|--:|--:|--:|--:|\n";

const TOOLS: &str = "\n## Tools over MCP\n\n\
    What a call answers; most programs show a model one of the two. What all definitions together cost in each session\n\
    stands in [mcp.md](mcp.md). `reject` and `approve` are refused here, as words on one's own request.\n\n\
    | tool | text: bytes | tokens | structured: bytes | tokens |\n|---|--:|--:|--:|--:|\n";

const HOOKS: &str = "\n## Hooks of agents' programs\n\n\
    What Claude Code is told, which is what its model reads ([agents.md](agents.md)).\n\n\
    | when | bytes | tokens |\n|---|--:|--:|\n";

/// Returns what an answer costs, as people read it and as programs do.
pub(super) fn cost(plain: &str, structured: &str) -> Figures {
    [plain.len(), tokens(plain), structured.len(), tokens(structured)]
}

fn measured(plain: &[Cost], json: &[Cost]) -> Rows {
    let mut rows = Rows::new();
    for (plain, json) in plain.iter().zip(json) {
        assert_eq!(plain.command, json.command);
        let figures = cost(&plain.answer, &json.answer);
        // A command that is used twice is told by its longer answer.
        let row: &mut Figures = rows.entry(plain.command.clone()).or_default();
        *row = if figures[0] > row[0] { figures } else { *row };
    }
    rows
}

/// Writes a table, in which figures that are near enough stay: a page that changes with every run would hide what does change.
fn table(page: &mut String, head: &str, rows: &Rows, before: &str) {
    page.push_str(head);
    let told = before.split_once(head).map_or_else(Rows::new, |(_, rest)| told(rest));
    for (name, figures) in rows {
        let kept = told.get(name).filter(|told| is_near(figures, told)).unwrap_or(figures);
        let name = if head == HOOKS { name.clone() } else { format!("`{name}`") };
        let shown = if head == HOOKS { &kept[..2] } else { &kept[..] };
        let cells: Vec<String> = shown.iter().map(ToString::to_string).collect();
        writeln!(page, "| {name} | {} |", cells.join(" | ")).unwrap();
    }
}

/// Reads the rows of a table up to its end.
fn told(table: &str) -> Rows {
    let rows = table.lines().map_while(|line| line.strip_prefix("| ")?.split_once(" | "));
    let rows = rows.map(|(name, rest)| {
        let mut cells = rest.split('|').filter_map(|cell| cell.trim().parse().ok());
        (name.trim_matches('`').to_owned(), std::array::from_fn(|_| cells.next().unwrap_or(0)))
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
    let Said { tools, hooks } = said();
    let before = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    let mut page = INTRODUCTION.to_owned();
    for (head, rows) in [(COMMANDS, &rows), (TOOLS, &tools), (HOOKS, &hooks)] {
        table(&mut page, head, rows, &before);
    }
    check_page(PAGE, &page);
}

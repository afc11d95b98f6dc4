//! `docs/servers.md`: its table is what the tests saw, and has every row and every server.

use std::env;
use std::fs;
use std::path::Path;

use crate::docs::check_page;
use crate::real_servers::kind::Kind;
use crate::real_servers::row::Row;
use crate::tidy::source::read;

const PAGE: &str = "docs/servers.md";
const BEGIN: &str = "<!-- What the tests saw: written by tests/real_servers/table.sh -->\n";
const END: &str = "<!-- Until here -->\n";

/// Returns the page before, between and after the marks.
fn parts(page: &str) -> [&str; 3] {
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the table");
    let (table, after) = rest.split_once(END).expect("the place for the table ends");
    [before, table, after]
}

/// Returns the cells of the lines of a table, without the line under its head.
fn cells(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().filter(|line| line.starts_with('|') && !line.starts_with("|-"));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Returns the table of what the tests have left in a directory.
fn table_of(seen: &Path) -> String {
    let at = |kind: Kind, row: Row| {
        let file = seen.join(format!("{kind:?}-{row:?}"));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (version, result) = text.trim_end().split_once('\n').expect("a line each");
        (version.to_owned(), result.to_owned())
    };
    let mut table = "\n| tried |".to_owned();
    Kind::ALL.iter().for_each(|kind| table.push_str(&format!(" {} |", kind.name())));
    table.push_str(&format!("\n|---{}|\n", "|---".repeat(Kind::ALL.len())));
    for row in Row::ALL {
        let results = Kind::ALL.map(|kind| at(kind, row).1);
        table.push_str(&format!("| {} | {} |\n", row.tried(), results.join(" | ")));
    }
    let git = fs::read_to_string(seen.join("git")).unwrap_or_default();
    table.push_str(&format!("\nSeen with {} on both sides, and:\n\n", git.trim()));
    for kind in Kind::ALL {
        table.push_str(&format!("- {}\n", at(kind, Row::Begin).0));
    }
    table + "\n"
}

#[test]
fn page_of_servers_has_every_row_and_every_server() {
    let page = read(PAGE);
    if let Some(seen) = env::var_os("COORD_SERVERS_SEEN").filter(|_| env::var_os("COORD_REGENERATE_DOCS").is_some()) {
        let [before, _, after] = parts(&page);
        check_page(PAGE, &format!("{before}{BEGIN}{}{END}{after}", table_of(Path::new(&seen))));
    }
    let page = read(PAGE);
    let cells = cells(parts(&page)[1]);
    let head: Vec<_> = ["tried"].into_iter().chain(Kind::ALL.iter().map(|kind| kind.name())).collect();
    assert_eq!(cells[0], head);
    let rows: Vec<_> = cells[1..].iter().map(|row| row[0]).collect();
    assert_eq!(rows, Row::ALL.map(Row::tried));
    for row in &cells[1..] {
        assert!(row.len() == head.len() && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
    for kind in Kind::ALL {
        assert!(page.contains(&format!("### {}", kind.name())), "how to install on {}", kind.name());
    }
}

/// Every row is kept by some test, or it could never be seen.
#[test]
fn every_row_is_tried() {
    let sources = crate::tidy::source::everything();
    let texts: Vec<_> = sources.iter().filter(|source| source.path.starts_with("tests/real_servers/")).collect();
    for row in Row::ALL {
        let wanted = [format!("saw(Row::{row:?},"), format!("keep(kind, Row::{row:?},")];
        let is_tried = texts.iter().any(|source| wanted.iter().any(|wanted| source.code.contains(wanted)));
        assert!(is_tried, "{row:?}");
    }
}

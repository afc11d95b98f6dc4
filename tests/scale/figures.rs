//! What was measured, out of the page that the benchmarks write. Nothing is typed in twice.

use crate::tidy::source::read;

/// Measured on one machine: seconds, and bytes.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// One push of git over a connection that is kept, from start to end.
    pub push_s: f64,
    /// What comes on top of it in a claim that a remote decides: it is asked where it is before, and read back after.
    pub asking_s: f64,
    /// A claim as a process, with everything that is done on its own machine.
    pub process_s: f64,
    /// Making one entry: records, trees, signature, disk.
    pub making_s: f64,
    /// Judging one entry of somebody else.
    pub judging_s: f64,
    /// What one entry leaves in a packed repository.
    pub entry_bytes: f64,
    /// What eight clones with fifty claims each did a second, each as if it were on a machine of its own.
    pub apart_per_second: f64,
    /// The same, all on one machine.
    pub together_per_second: f64,
}

/// The cells of a row: what, floor, median, p90, measured.
struct Row(Vec<String>);

impl Figures {
    pub fn measured() -> Self {
        let page = read("docs/performance.md");
        let claim = row(&page, "one claim at a remote over ssh, connection kept / `git push`");
        let [push_s, claim_s] = [claim.seconds(1), claim.seconds(2)];
        let clones = "8 clones × 50 claims, ssh on loopback";
        Self {
            push_s,
            asking_s: claim_s - push_s,
            process_s: row(&page, "`claim`, 1,000 live claims, checkout updated").seconds(2),
            making_s: row(&page, "append one entry in-process, fsynced, 1000 records").seconds(2),
            judging_s: row(&page, "cold verification per entry").seconds(2),
            entry_bytes: row(&page, "growth of the repository per entry").number(4) * 1000.0,
            apart_per_second: row(&page, &format!("{clones}, as on eight machines: acknowledged")).number(2),
            together_per_second: row(&page, &format!("{clones}: acknowledged")).number(2),
        }
    }
}

fn row(page: &str, start: &str) -> Row {
    let found = page.lines().find(|line| line.strip_prefix("| ").is_some_and(|line| line.starts_with(start)));
    let line = found.unwrap_or_else(|| panic!("docs/performance.md has no row “{start}”"));
    Row(line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
}

impl Row {
    fn number(&self, cell: usize) -> f64 {
        let text = &self.0[cell];
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        text[..end].parse().unwrap_or_else(|_| panic!("“{text}” is no number"))
    }

    fn seconds(&self, cell: usize) -> f64 {
        let unit = match self.0[cell].rsplit(' ').next() {
            Some("µs") => 1e-6,
            Some("ms") => 1e-3,
            other => panic!("{other:?} is no unit of time"),
        };
        self.number(cell) * unit
    }
}

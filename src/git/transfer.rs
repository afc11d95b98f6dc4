//! How far a fetch is, as git tells it while it runs.
//!
//! A part of that is what a stranger's server says: nothing passes but known phases and numbers.

use std::fmt;
use std::sync::Arc;

/// What a fetch is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferPhase {
    Counting,
    Compressing,
    Receiving,
    Resolving,
}

const PHASES: [(&str, TransferPhase); 4] = [
    ("remote: Counting objects: ", TransferPhase::Counting),
    ("remote: Compressing objects: ", TransferPhase::Compressing),
    ("Receiving objects: ", TransferPhase::Receiving),
    ("Resolving deltas: ", TransferPhase::Resolving),
];
/// What git and a server say beside these when all is well.
const REMARKS: [&str; 2] = ["remote: Enumerating objects: ", "remote: Total "];

/// How far a phase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub phase: TransferPhase,
    pub percent: u8,
}

impl Transfer {
    /// What is told when a fetch has ended, however it did.
    pub(super) const END: Self = Self { phase: TransferPhase::Resolving, percent: 100 };

    /// Reads a line such as `Receiving objects:  42% (420/1000), 1.00 MiB | 2.00 MiB/s`.
    fn parse(line: &str) -> Option<Self> {
        let (rest, phase) = PHASES.iter().find_map(|(words, phase)| Some((line.strip_prefix(words)?, *phase)))?;
        let percent = rest.split_once('%')?.0.trim().parse().ok()?;
        (percent <= 100).then_some(Self { phase, percent })
    }
}

/// Somebody who is told how far a fetch is, on another thread than the one that waits for it.
#[derive(Clone)]
pub struct TransferListener(Arc<dyn Fn(Transfer) + Send + Sync>);

impl TransferListener {
    /// Returns somebody who is told by this function.
    pub fn new(told: impl Fn(Transfer) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(super) fn tell(&self, transfer: Transfer) {
        (self.0)(transfer);
    }
}

impl fmt::Debug for TransferListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TransferListener")
    }
}

/// What has come of a line that is not at its end.
#[derive(Debug, Default)]
pub(super) struct TransferLines {
    begun: Vec<u8>,
}

impl TransferLines {
    /// Longer lines tell of no progress.
    const LEN_MAX: usize = 200;

    /// Takes in what git has written, and returns how far it says it is.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Option<Transfer> {
        let mut last = None;
        for byte in chunk {
            if matches!(byte, b'\r' | b'\n') {
                last = Transfer::parse(&String::from_utf8_lossy(&self.begun)).or(last);
                self.begun.clear();
            } else if self.begun.len() < Self::LEN_MAX {
                self.begun.push(*byte);
            }
        }
        last
    }
}

/// Returns what git complains of, without how far it was.
pub(super) fn without_progress(said: &str) -> String {
    let is_progress =
        |line: &str| PHASES.iter().map(|(words, _)| words).chain(&REMARKS).any(|words| line.starts_with(words));
    let lines = said.split(['\r', '\n']).filter(|line| !line.trim().is_empty() && !is_progress(line));
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(phase: TransferPhase, percent: u8) -> Option<Transfer> {
        Some(Transfer { phase, percent })
    }

    #[test]
    fn lines_are_read_as_they_come() {
        let mut lines = TransferLines::default();
        assert_eq!(lines.take(b"remote: Enumerating objects: 9, done.\nremote: Counting obj"), None);
        assert_eq!(lines.take(b"ects:  33% (3/9)\rremote:"), at(TransferPhase::Counting, 33));
        assert_eq!(lines.take(b" Compressing objects: 100% (9/9), done.\n"), at(TransferPhase::Compressing, 100));
        assert_eq!(
            lines.take(b"Receiving objects:   7% (7/100)\rReceiving objects:  42% (42/100), 1.00 MiB | 2.00 MiB/s\r"),
            at(TransferPhase::Receiving, 42)
        );
        assert_eq!(lines.take(b"Resolving deltas:   0% (0/5)\r"), at(TransferPhase::Resolving, 0));
    }

    #[test]
    fn nothing_else_that_a_stranger_says_passes() {
        let mut lines = TransferLines::default();
        for line in [
            "remote: \x1b[2J 10% (1/10)",
            "Receiving objects: 101% (1/10)",
            "Receiving objects: -1% (1/10)",
            "Receiving objects: \x1b[31m10% (1/10)",
            "remote: Receiving objects: 10% (1/10)",
            "Receiving objects: 10",
            &"x".repeat(100_000),
        ] {
            assert_eq!(lines.take(format!("{line}\r").as_bytes()), None, "{line:?}");
            assert!(lines.begun.len() <= TransferLines::LEN_MAX);
        }
    }

    #[test]
    fn complaints_stay() {
        let said = "remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n\
            remote: Total 2 (delta 0)\nReceiving objects: 50% (1/2)\rfatal: early EOF\nremote: disk is full\n";
        assert_eq!(without_progress(said), "fatal: early EOF\nremote: disk is full\n");
    }
}

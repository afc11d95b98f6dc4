//! Which call surely came before which.
//!
//! One that had ended before another began came before it. Where a remote decides, a look is as old as what its clone last
//! took from there: it may have come before calls that had ended elsewhere, but not before what its own clone had seen.

use crate::linearizability::history::Decided;
use crate::linearizability::history::History;
use crate::linearizability::history::Operation;

/// When a call can have come true, and which others it surely came after beside those that had ended by then.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) until: u64,
    pub(super) after: Vec<usize>,
}

/// Returns the span of each call of a history, to which what came true in a second step is added.
pub(super) fn spans(history: &mut History) -> Vec<Span> {
    let mut spans = spans_of_calls(history);
    for index in 0..spans.len() {
        if let Some(outcome) = history.operations[index].outcome() {
            spans.push(Span { from: outcome.start, until: outcome.end, after: vec![index] });
            history.operations.push(outcome);
        }
    }
    spans
}

fn spans_of_calls(history: &History) -> Vec<Span> {
    let operations = &history.operations;
    let is_stale = |operation: &Operation| operation.is_look() && history.decided == Decided::AtRemote;
    let span = |operation: &Operation| {
        let (from, until) = (operation.start, operation.until());
        if !is_stale(operation) {
            return Span { from, until, after: Vec::new() };
        }
        let is_earlier =
            |other: &Operation| other.clone == operation.clone && !other.is_unknown() && other.end < operation.start;
        let seen: Vec<(usize, &Operation)> =
            operations.iter().enumerate().filter(|(_, other)| is_earlier(other)).collect();
        let asked = seen.iter().filter(|(_, other)| !other.is_look()).map(|(_, other)| other.start);
        let from = asked.max().unwrap_or(0);
        let after = seen.iter().filter(|(_, other)| other.end >= from).map(|(index, _)| *index).collect();
        Span { from, until, after }
    };
    operations.iter().map(span).collect()
}

/// Returns until when each call's entry can be dated: as late as the latest clock of those who had begun by its end.
pub(super) fn latest_dates(operations: &[Operation]) -> Vec<i64> {
    let mut by_start: Vec<(u64, i64)> = operations.iter().map(|one| (one.start, one.clock.1)).collect();
    by_start.sort_unstable();
    for index in 1..by_start.len() {
        by_start[index].1 = by_start[index].1.max(by_start[index - 1].1);
    }
    let latest = |one: &Operation| {
        let begun = by_start.partition_point(|(start, _)| *start <= one.until());
        by_start[begun - 1].1.max(one.clock.1)
    };
    operations.iter().map(latest).collect()
}

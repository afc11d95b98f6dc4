//! The search for an order: one call after the other is taken that may come next, and where none may it goes back.
//!
//! This is how Wing and Gong look (1993), remembering which calls taken with which outcome led nowhere, as Lowe does (2017). A
//! call that changes nothing is taken at once: whatever may come before it may as well come after it.

use std::collections::HashSet;

use crate::linearizability::history::Decided;
use crate::linearizability::history::Operation;
use crate::linearizability::order::Span;
use crate::linearizability::promise;
use crate::linearizability::world_line::Line;

/// More than this is looked at for nobody.
const STEPS_MAX: u64 = 20_000_000;

/// Whether there is an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The calls in such an order, without those of which nobody heard and which never came true.
    Order(Vec<usize>),
    /// There is none; the longest beginning of one, and what could have come next but was answered otherwise.
    None { longest: Vec<usize>, stuck: Vec<usize> },
    /// It took too long to tell.
    Unsettled,
}

/// A set of calls that were taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Taken(Vec<u64>);

impl Taken {
    fn has(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    fn flip(&mut self, index: usize) {
        self.0[index / 64] ^= 1 << (index % 64);
    }
}

/// One step of the search: what is true, what came last, and what else may come next.
struct Step {
    came: Option<usize>,
    line: Line,
    choices: Vec<(usize, Line)>,
}

/// Looks for an order of calls that a ledger promises.
pub(super) fn search(decided: Decided, operations: &[Operation], spans: &[Span]) -> Found {
    let mut by_start: Vec<usize> = (0..operations.len()).collect();
    by_start.sort_by_key(|index| spans[*index].from);
    let must = operations.iter().filter(|one| !one.is_unknown()).count();
    let mut taken = Taken(vec![0; operations.len() / 64 + 1]);
    let (mut seen, mut count, mut steps): (HashSet<(Taken, Line)>, usize, u64) = (HashSet::new(), 0, 0);
    let mut longest = (Vec::new(), Vec::new());
    let mut path = vec![Step { came: None, line: Line::default(), choices: Vec::new() }];
    let look = Look { decided, operations, spans, by_start: &by_start };
    path[0].choices = look.choices(&taken, &path[0].line, &mut longest.1);
    while let Some(step) = path.last_mut() {
        if count == must {
            return Found::Order(path.iter().filter_map(|step| step.came).collect());
        }
        steps += 1;
        if steps > STEPS_MAX {
            return Found::Unsettled;
        }
        let Some((index, line)) = step.choices.pop() else {
            if let Some(came) = path.pop().and_then(|step| step.came) {
                taken.flip(came);
                count -= usize::from(!operations[came].is_unknown());
            }
            continue;
        };
        taken.flip(index);
        if !seen.insert((taken.clone(), line.clone())) {
            taken.flip(index);
            continue;
        }
        count += usize::from(!operations[index].is_unknown());
        let mut stuck = Vec::new();
        let choices = look.choices(&taken, &line, &mut stuck);
        path.push(Step { came: Some(index), line, choices });
        if path.len() > longest.0.len() + 1 {
            longest = (path.iter().filter_map(|step| step.came).collect(), stuck);
        }
    }
    Found::None { longest: longest.0, stuck: longest.1 }
}

struct Look<'a> {
    decided: Decided,
    operations: &'a [Operation],
    spans: &'a [Span],
    by_start: &'a [usize],
}

impl Look<'_> {
    /// Returns what may come next, the most promising last, and notes what may not because of its answer.
    fn choices(&self, taken: &Taken, line: &Line, stuck: &mut Vec<usize>) -> Vec<(usize, Line)> {
        let (mut first_end, mut open) = (u64::MAX, Vec::new());
        for index in self.by_start.iter().copied().filter(|index| !taken.has(*index)) {
            let span = &self.spans[index];
            if span.from > first_end {
                break;
            }
            first_end = first_end.min(span.until);
            open.push(index);
        }
        open.retain(|index| {
            let span = &self.spans[*index];
            span.from <= first_end && span.after.iter().all(|before| taken.has(*before))
        });
        if open.iter().any(|index| promise::is_lost(line, &self.operations[*index])) {
            stuck.extend(open.iter().filter(|index| promise::is_lost(line, &self.operations[**index])));
            return Vec::new();
        }
        let mut choices = Vec::new();
        for index in open {
            match promise::after(self.decided, line, &self.operations[index]) {
                Some(same) if same == *line && !self.operations[index].is_unknown() => return vec![(index, same)],
                Some(next) => choices.push((index, next)),
                None => stuck.push(index),
            }
        }
        // The last one is tried first: what was heard of before what was not, and the lowest height before the others.
        let rank = |index: usize| {
            let operation = &self.operations[index];
            (operation.is_unknown(), operation.height().unwrap_or(0), operation.until())
        };
        choices.sort_by_key(|(index, _)| std::cmp::Reverse(rank(*index)));
        choices
    }
}

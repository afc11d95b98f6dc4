//! Is a history one that the ledger promises? Claims on ground that no other claim touches are looked at by themselves, for
//! what is true of them all is true if it is true of each; what they share, the heights of one ledger, is looked at apart.

use std::collections::BTreeMap;

use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::History;
use crate::linearizability::history::Operation;
use crate::linearizability::history::conflict;
use crate::linearizability::order;
use crate::linearizability::order::Span;
use crate::linearizability::search::Found;
use crate::linearizability::search::search;

/// Returns why a history is none that the ledger promises; `None` if it is one.
pub(super) fn fault(history: &History) -> Option<String> {
    let mut history = history.clone();
    let latest = order::latest_dates(&history.operations);
    for (operation, latest) in history.operations.iter_mut().zip(latest) {
        operation.clock.1 = latest;
    }
    let spans = order::spans(&mut history);
    fault_of_heights(&history.operations).or_else(|| {
        let parts = parts(&history.operations);
        parts.iter().find_map(|part| fault_of(&history, &spans, part))
    })
}

/// Returns the calls on each piece of ground that touches no other, in the order of the history.
fn parts(operations: &[Operation]) -> Vec<Vec<usize>> {
    let mut parts: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let (mut ground, mut calls) = (operation.ground.clone(), vec![index]);
        let (touched, apart) = parts.into_iter().partition(|(other, _)| conflict(other, &ground));
        parts = apart;
        for (other, indices) in touched as Vec<(Vec<String>, Vec<usize>)> {
            ground.extend(other);
            calls.extend(indices);
        }
        ground.sort();
        ground.dedup();
        calls.sort_unstable();
        parts.push((ground, calls));
    }
    parts.into_iter().map(|(_, calls)| calls).collect()
}

fn fault_of(history: &History, spans: &[Span], part: &[usize]) -> Option<String> {
    let place = |index: &usize| part.binary_search(index).ok();
    let inside = |span: &Span| Span { after: span.after.iter().filter_map(place).collect(), ..span.clone() };
    let calls: Vec<Operation> = part.iter().map(|index| history.operations[*index].clone()).collect();
    let spans: Vec<Span> = part.iter().map(|index| inside(&spans[*index])).collect();
    let list = |indices: &[usize]| indices.iter().map(|index| format!("\n  {:?}", calls[*index])).collect::<String>();
    match search(history.decided, &calls, &spans) {
        Found::Order(_) => None,
        Found::None { longest, stuck } => {
            let last = &longest[longest.len().saturating_sub(12)..];
            let (told, of) = (longest.len(), calls.len());
            Some(format!("no order; after {told} of {of} calls{}\nnone may come next of{}", list(last), list(&stuck)))
        }
        Found::Unsettled => Some(format!("no order was found of {} calls in time", calls.len())),
    }
}

/// The heights of one ledger rise: whoever began when another had ended is told a later one, and no token is given twice.
fn fault_of_heights(operations: &[Operation]) -> Option<String> {
    let mut tokens: BTreeMap<u64, &str> = BTreeMap::new();
    let mut ids: BTreeMap<&str, u64> = BTreeMap::new();
    for operation in operations {
        let (Answer::Granted(told) | Answer::Renewed(told)) = &operation.answer else { continue };
        let Some(token) = told.token else { continue };
        let (other, before) = (*tokens.entry(token).or_insert(&told.id), *ids.entry(&told.id).or_insert(token));
        if other != told.id || before != token {
            return Some(format!("token {token} of {} was that of {other}, or it had token {before}", told.id));
        }
    }
    let mut made: Vec<&Operation> = operations.iter().filter(|one| is_new(operations, one)).collect();
    made.sort_by_key(|one| one.start);
    let mut ended: Vec<&Operation> = made.clone();
    ended.sort_by_key(|one| one.end);
    let mut ended = ended.into_iter().peekable();
    let mut highest: Option<&Operation> = None;
    for later in made {
        while let Some(before) = ended.next_if(|before| before.end < later.start) {
            highest = highest.filter(|other| other.height() >= before.height()).or(Some(before));
        }
        if let Some(before) = highest.filter(|before| before.height() >= later.height()) {
            return Some(format!("heights go back\n  {before:?}\n  {later:?}"));
        }
    }
    None
}

/// Returns whether a call made an entry of the height that it was told, and no earlier call of the same agent can have.
fn is_new(operations: &[Operation], operation: &Operation) -> bool {
    let may_be_the_same = |other: &&Operation| {
        let is_claim = matches!(other.call, Call::Claim { .. }) && other.agent == operation.agent;
        is_claim && other.start < operation.start && conflict(&other.ground, &operation.ground) && {
            match (&other.answer, &operation.answer) {
                (Answer::Granted(one), Answer::Granted(told)) => one.id == told.id,
                (answer, _) => *answer == Answer::Unknown,
            }
        }
    };
    match &operation.answer {
        Answer::Released(_) => true,
        Answer::Granted(told) => told.token.is_some() && !operations.iter().any(|one| may_be_the_same(&one)),
        _ => false,
    }
}

//! The search finds an order exactly where trying every order finds one.

use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Decided;
use crate::linearizability::history::History;
use crate::linearizability::history::Manner;
use crate::linearizability::history::Operation;
use crate::linearizability::history::Told;
use crate::linearizability::history::Whose;
use crate::linearizability::order::Span;
use crate::linearizability::order::spans;
use crate::linearizability::promise;
use crate::linearizability::search::Found;
use crate::linearizability::search::search;
use crate::linearizability::world_line::Line;
use crate::support::servers::Random;

const CALLS: u64 = 5;
const HISTORIES: u64 = 10_000;

/// Tries every order, with nothing remembered and nothing skipped.
fn has_order(decided: Decided, operations: &[Operation], spans: &[Span], left: &[usize], line: &Line) -> bool {
    let is_free = |index: &usize| {
        let precedes =
            |other: &&usize| spans[**other].until < spans[*index].from || spans[*index].after.contains(other);
        !left.iter().any(|other| precedes(&other))
    };
    left.iter().all(|index| operations[*index].is_unknown())
        || left.iter().filter(|index| is_free(index)).any(|index| {
            let rest: Vec<usize> = left.iter().copied().filter(|other| other != index).collect();
            promise::after(decided, line, &operations[*index])
                .is_some_and(|next| has_order(decided, operations, spans, &rest, &next))
        })
}

/// Draws a history of few words, so that what was answered often fits, and often does not.
fn drawn(dice: &mut Random) -> Vec<Operation> {
    let told = |holder: u64, token: Option<u64>, made: i64| Told {
        id: format!("c{holder}"),
        holder: format!("agent{holder}"),
        token,
        expires: made + 60,
    };
    let mut operations = Vec::new();
    for index in 0..CALLS {
        let (who, other, token) = (dice.below(3), dice.below(3), 1 + index + dice.below(2));
        let start = index * 2 + dice.below(4);
        let end = start + dice.below(9);
        let clock = (0, 300);
        let made = dice.below(2).cast_signed() * 200;
        let manner = [Manner::Refuse, Manner::Refuse, Manner::TakeOver, Manner::Queue][dice.below(4) as usize];
        let id = format!("c{who}");
        let (call, answer) = match dice.below(8) {
            0..3 => (Call::Claim { ttl: 60, manner }, Answer::Granted(told(who, Some(token), made))),
            3 => (Call::Claim { ttl: 60, manner }, Answer::Refused(vec![told(other, Some(token), made)])),
            4 => (Call::Claim { ttl: 60, manner }, Answer::Unknown),
            5 => (
                Call::Release { id },
                [Answer::Released(token), Answer::Fenced, Answer::Unknown][dice.below(3) as usize].clone(),
            ),
            6 => (Call::Look(Whose::Everybody), Answer::Seen(Vec::new())),
            _ => (Call::Look(Whose::Everybody), Answer::Seen(vec![told(other, Some(token), made)])),
        };
        let (agent, clone, ground) = (format!("agent{who}"), who as usize, vec!["a".to_owned()]);
        operations.push(Operation { agent, clone, call, ground, answer, start, end, clock });
    }
    operations
}

#[test]
fn search_agrees_with_trying_every_order() {
    let (mut dice, mut with, mut without) = (Random::new(7), 0, 0);
    for number in 0..HISTORIES {
        let decided = if number % 2 == 0 { Decided::Here } else { Decided::AtRemote };
        let mut history = History { decided, operations: drawn(&mut dice) };
        let spans = spans(&mut history);
        let all: Vec<usize> = (0..history.operations.len()).collect();
        let expected = has_order(decided, &history.operations, &spans, &all, &Line::default());
        let found = search(decided, &history.operations, &spans);
        assert_eq!(matches!(found, Found::Order(_)), expected, "{number}: {history:#?}\n{found:?}");
        *(if expected { &mut with } else { &mut without }) += 1;
    }
    assert!(with > HISTORIES / 50 && without > HISTORIES / 50, "both happen: {with} and {without}");
}

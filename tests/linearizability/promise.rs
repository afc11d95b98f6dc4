//! What a ledger of exclusive claims promises, one call after the other: who is granted what, until when, under which token.
//!
//! An entry is dated by the clock of who made it, or as the entry before it if that is later. A claim ends at its date and its
//! time to live; for the time of grace after that nobody else is granted it. Tokens and heights rise.

use std::ops::Deref;

use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Decided;
use crate::linearizability::history::GRACE_S;
use crate::linearizability::history::Manner;
use crate::linearizability::history::Operation;
use crate::linearizability::history::Told;
use crate::linearizability::history::Whose;
use crate::linearizability::history::conflict;
use crate::linearizability::history::covers;
use crate::linearizability::world_line::Ends;
use crate::linearizability::world_line::Lease;
use crate::linearizability::world_line::Line;
use crate::linearizability::world_line::Token;

/// Returns what is true after a call if it was the next one; `None` if its answer would have been another one then. Of a
/// call whose end nobody heard it is what comes true if it does.
pub(super) fn after(decided: Decided, line: &Line, operation: &Operation) -> Option<Line> {
    let mut next = line.clone();
    let case = &Case { operation, decided };
    let holds = match (&operation.call, &operation.answer) {
        (Call::Claim { ttl, manner }, Answer::Granted(told)) => {
            granted(&mut next, case, *ttl, *manner, told) || {
                // It was queued, and somebody made way for it before the call ended.
                let waiting = Told { token: None, ..told.clone() };
                next = line.clone();
                operation.outcome().is_some() && granted(&mut next, case, *ttl, *manner, &waiting)
            }
        }
        (Call::Claim { manner, .. }, Answer::Refused(told)) => refused(&mut next, case, *manner, told),
        (Call::Claim { ttl, manner }, Answer::Unknown) => granted_unheard(&mut next, case, *ttl, *manner),
        (Call::Renew { id, ttl }, Answer::Renewed(told)) => renewed(&mut next, case, id, *ttl, told),
        (Call::Renew { id, ttl }, Answer::Unknown) => renewed_unheard(&mut next, case, id, *ttl),
        (Call::Release { id }, Answer::Released(height)) => released(&mut next, case, id, Some(*height)),
        (Call::Release { id }, Answer::Unknown) => released(&mut next, case, id, None),
        (Call::Renew { id, .. } | Call::Release { id }, Answer::Fenced) => next.named(id).is_none(),
        (Call::Outcome, Answer::Seen(told)) => {
            let named: Vec<usize> = told.iter().filter_map(|one| next.named(&one.id)).collect();
            named.len() == told.len() && next.learn_all(&named, told)
        }
        (Call::Look(whose), Answer::Seen(told)) => seen(&mut next, case, *whose, told),
        _ => false,
    };
    holds.then_some(next)
}

/// A call, and where it is decided.
struct Case<'a> {
    operation: &'a Operation,
    decided: Decided,
}

impl Deref for Case<'_> {
    type Target = Operation;
    fn deref(&self) -> &Operation {
        self.operation
    }
}

/// Counts an entry that was made then, if it can have been. Returns the latest date that it can have.
fn dated(line: &mut Line, case: &Case<'_>, moment: i64) -> Option<i64> {
    let (from, until) = case.clock;
    let may_be_anew = case.decided == Decided::AtRemote;
    let is_possible = (moment >= line.time || may_be_anew) && (from..=until).contains(&moment);
    line.time = line.time.max(moment);
    is_possible.then_some(if may_be_anew { until } else { moment })
}

/// The earliest date that an entry can have which this call makes.
fn earliest(line: &Line, case: &Case<'_>) -> i64 {
    line.time.max(case.clock.0)
}

/// The earliest date from which the end of a claim is counted, where nobody heard of the call. A remote may have entries before
/// it that are dated later: it was made anew on top of them, and its record stayed as it was.
fn counted_from(line: &Line, case: &Case<'_>) -> i64 {
    match case.decided {
        Decided::Here => earliest(line, case),
        Decided::AtRemote => case.clock.0,
    }
}

fn granted(line: &mut Line, case: &Case<'_>, ttl: i64, manner: Manner, told: &Told) -> bool {
    if told.holder != case.agent {
        return false;
    }
    let own = |index: &usize| line.leases[*index].is(told) && covers(&line.leases[*index].ground, &case.ground);
    if let Some(index) = line.on(&case.ground).into_iter().find(own) {
        return granted_before(line, case, ttl, manner, index, told);
    }
    let Some(latest) = dated(line, case, told.expires - ttl) else { return false };
    if !make_way(line, case, manner, latest, told.token) {
        return false;
    }
    let is_free = line.on(&case.ground).is_empty();
    let token = match told.token {
        Some(token) if is_free => Token::Is(token),
        None if !is_free && manner == Manner::Queue => Token::Waits,
        _ => return false,
    };
    let has_grown = line.grow(told.token);
    let (id, ends) = (Some(told.id.clone()), Ends::At(told.expires));
    let (holder, ground, heard) = (told.holder.clone(), case.ground.clone(), Some(told.expires));
    line.leases.push(Lease { id, holder, ground, token, ends, heard });
    has_grown
}

/// Takes what is over out of the way, where that is asked for.
fn make_way(line: &mut Line, case: &Case<'_>, manner: Manner, latest: i64, height: Option<u64>) -> bool {
    if manner != Manner::TakeOver {
        return true;
    }
    let mut in_the_way = line.on(&case.ground);
    let are_over = in_the_way.iter().all(|index| line.takeable_from(*index).is_some_and(|from| from <= latest));
    while let Some(index) = in_the_way.pop().filter(|_| are_over) {
        line.end(index, height);
    }
    are_over
}

/// A claim that is there already is answered with, and renewed if it is over.
fn granted_before(line: &mut Line, case: &Case<'_>, ttl: i64, manner: Manner, index: usize, told: &Told) -> bool {
    if told.token.is_none() && manner != Manner::Queue {
        return false;
    }
    let is_as_before = told.expires > earliest(line, case);
    let mut same = line.clone();
    if is_as_before && same.learn(index, told) {
        same.leases[index].heard = Some(told.expires);
        *line = same;
        return true;
    }
    let moment = told.expires - ttl;
    // Whoever claims sees that its claim is over, and then renews it. In between a renewal of its own can come true that it
    // never heard of; what is asked for last counts.
    let Lease { heard, ends, .. } = &line.leases[index];
    let seemed_over = case.decided == Decided::AtRemote && heard.is_none_or(|heard| heard <= moment);
    let was_over = seemed_over || ends.earliest() <= moment;
    was_over && renew(line, case, index, ttl, told)
}

fn refused(line: &mut Line, case: &Case<'_>, manner: Manner, told: &[Told]) -> bool {
    let in_the_way = line.on(&case.ground);
    let is_told = |index: &usize| told.iter().any(|one| line.leases[*index].is(one));
    let (named, unnamed): (Vec<_>, Vec<_>) = in_the_way.into_iter().partition(is_told);
    if named.is_empty() || manner == Manner::Queue || manner == Manner::Refuse && !unnamed.is_empty() {
        return false;
    }
    if manner == Manner::TakeOver {
        // The others would have been taken over, and these could not be at that time.
        let Some(moment) = unnamed
            .iter()
            .try_fold(earliest(line, case), |moment, index| line.takeable_from(*index).map(|from| from.max(moment)))
        else {
            return false;
        };
        let stands = |index: &usize| line.is_awaited(*index) || line.leases[*index].ends.can_be_after(moment - GRACE_S);
        if moment > case.clock.1 || !named.iter().all(stands) {
            return false;
        }
    }
    line.learn_all(&named, told)
}

/// The claim that nobody heard of: nobody knows its id, its token, and when exactly it ends.
fn granted_unheard(line: &mut Line, case: &Case<'_>, ttl: i64, manner: Manner) -> bool {
    let ends = Ends::NotBefore(counted_from(line, case) + ttl);
    let own = |index: &usize| line.leases[*index].holder == case.agent;
    if let Some(index) = line.on(&case.ground).into_iter().find(own) {
        // It may have been renewed.
        line.leases[index].ends = Ends::NotBefore(line.leases[index].ends.earliest());
        return line.grow(None);
    }
    // Nobody knows how late it was made.
    if !make_way(line, case, manner, i64::MAX, None) {
        return false;
    }
    let token = match line.on(&case.ground).is_empty() {
        true => Token::Above(line.height),
        false if manner == Manner::Queue => Token::Waits,
        false => return false,
    };
    let (holder, ground) = (case.agent.clone(), case.ground.clone());
    line.leases.push(Lease { id: None, holder, ground, token, ends, heard: None });
    line.grow(None)
}

fn own(line: &Line, case: &Case<'_>, id: &str) -> Option<usize> {
    line.named(id).filter(|index| line.leases[*index].holder == case.agent)
}

fn renewed(line: &mut Line, case: &Case<'_>, id: &str, ttl: i64, told: &Told) -> bool {
    own(line, case, id).is_some_and(|index| told.id == id && renew(line, case, index, ttl, told))
}

fn renew(line: &mut Line, case: &Case<'_>, index: usize, ttl: i64, told: &Told) -> bool {
    line.leases[index].ends = Ends::At(told.expires);
    line.leases[index].heard = Some(told.expires);
    dated(line, case, told.expires - ttl).is_some() && line.learn(index, told) && line.grow(None)
}

fn renewed_unheard(line: &mut Line, case: &Case<'_>, id: &str, ttl: i64) -> bool {
    let Some(index) = own(line, case, id) else { return false };
    line.leases[index].ends = Ends::NotBefore(counted_from(line, case) + ttl);
    line.grow(None)
}

fn released(line: &mut Line, case: &Case<'_>, id: &str, height: Option<u64>) -> bool {
    let Some(index) = own(line, case, id) else { return false };
    line.time = earliest(line, case);
    let has_grown = line.grow(height);
    line.end(index, height);
    has_grown
}

fn seen(line: &mut Line, case: &Case<'_>, whose: Whose, told: &[Told]) -> bool {
    let is_asked = |index: &usize| whose == Whose::Everybody || line.leases[*index].holder != case.agent;
    let there: Vec<usize> = line.on(&case.ground).into_iter().filter(is_asked).collect();
    line.learn_all(&there, told)
}

/// Returns whether a call can come true no more: its height has passed.
pub(super) fn is_lost(line: &Line, operation: &Operation) -> bool {
    let is_new = |token: u64| !line.leases.iter().any(|lease| lease.token == Token::Is(token));
    match &operation.answer {
        Answer::Released(height) => *height <= line.height,
        Answer::Granted(Told { id, token: Some(token), .. }) => {
            let is_unheard = |lease: &Lease| lease.id.is_none() && conflict(&lease.ground, &operation.ground);
            *token <= line.height && line.named(id).is_none() && is_new(*token) && !line.leases.iter().any(is_unheard)
        }
        _ => false,
    }
}

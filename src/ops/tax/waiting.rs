//! What one request waited for, from entry to entry.

use std::collections::BTreeMap;

use crate::model::ApprovalRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::tax::figures::Cause;
use crate::ops::tax::figures::Figures;
use crate::ops::tax::figures::RuleKey;
use crate::rules::Contributors;
use crate::rules::Objection;
use crate::rules::Pending;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::objections;

/// Which paths a request changes, as far as the ledger knows: only a landing tells.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    Unknown,
    /// Too many to list.
    All,
    Named(&'a [String]),
}

impl Scope<'_> {
    pub(super) fn is_asked_about_by(self, rule: &ApprovalRule) -> bool {
        match self {
            _ if rule.paths.is_empty() => true,
            Self::Unknown => false,
            Self::All => true,
            Self::Named(paths) => rule.asks(paths.iter().map(|path| path.as_bytes())),
        }
    }
}

/// An open request with what it waited for so far.
pub(super) struct Waiting {
    pub(super) id: RecordId,
    target: RefName,
    opener: PrincipalId,
    opened: Timestamp,
    /// When it was opened or got its present revision.
    asked: Timestamp,
    /// Where its ref had landed then.
    landed_then: Option<ObjectId>,
    marks: Vec<Mark>,
}

/// From when on a request waits for these. The first one stands at its opening.
#[derive(Clone)]
struct Mark {
    at: Timestamp,
    unmet: Vec<Unmet>,
    hold: Option<Hold>,
    is_behind: bool,
    /// Whose approval made it so.
    by: Option<PrincipalId>,
    asked: Timestamp,
}

#[derive(Clone, PartialEq, Eq)]
struct Unmet {
    protection: RecordName,
    rule: ApprovalRule,
}

/// An answer that stands in the way.
#[derive(Clone, PartialEq, Eq)]
enum Hold {
    Author,
    Veto(PrincipalId),
}

impl Mark {
    fn asked_of<'a>(&'a self, scope: Scope<'a>) -> impl Iterator<Item = &'a Unmet> {
        self.unmet.iter().filter(move |unmet| scope.is_asked_about_by(&unmet.rule))
    }

    fn cause(&self, scope: Scope<'_>) -> Cause {
        match self.hold {
            Some(Hold::Author) => Cause::Author,
            Some(Hold::Veto(_)) => Cause::Veto,
            None if self.asked_of(scope).next().is_some() => Cause::Approval,
            None if self.is_behind => Cause::Author,
            None => Cause::Landing,
        }
    }
}

impl Waiting {
    pub(super) fn new(state: &State, pending: &Pending) -> Self {
        let request = &pending.request;
        let mut waiting = Self {
            id: request.id.clone(),
            target: request.target.clone(),
            opener: request.opener.clone(),
            opened: pending.opened_time,
            asked: state.time,
            landed_then: None,
            marks: Vec::new(),
        };
        waiting.ask(state);
        waiting
    }

    /// Takes note of a new revision.
    pub(super) fn ask(&mut self, state: &State) {
        self.asked = state.time;
        self.landed_then = state.landed.get(&self.target).map(|landed| landed.new);
    }

    /// Looks what it waits for after an entry, in which somebody may have approved.
    pub(super) fn look(&mut self, state: &State, pending: &Pending, by: Option<PrincipalId>) {
        let landed = state.landed.get(&self.target).map(|landed| landed.new);
        let mark = Mark {
            at: state.time,
            unmet: unmet(state, pending),
            hold: hold(state, pending),
            is_behind: landed != self.landed_then && landed != Some(pending.request.base),
            by,
            asked: self.asked,
        };
        let is_same =
            |last: &Mark| (&last.unmet, &last.hold, last.is_behind) == (&mark.unmet, &mark.hold, mark.is_behind);
        if !self.marks.last().is_some_and(is_same) {
            self.marks.push(mark);
        }
    }

    /// Returns what it waits for now.
    pub(super) fn cause(&self) -> Cause {
        self.marks.last().map_or(Cause::Landing, |mark| mark.cause(Scope::Unknown))
    }

    /// Adds what it waited for between two moments to the figures.
    pub(super) fn settle(&self, since: Timestamp, end: Timestamp, scope: Scope<'_>, figures: &mut Figures) {
        let mut causes: BTreeMap<Cause, u64> = BTreeMap::new();
        let mut rules: BTreeMap<RuleKey, u64> = BTreeMap::new();
        let mut vetoers: BTreeMap<&PrincipalId, u64> = BTreeMap::new();
        for (index, mark) in self.marks.iter().enumerate() {
            let until = self.marks.get(index + 1).map_or(end, |next| next.at);
            let is_past = mark.at < since && until <= since;
            if is_past {
                continue;
            }
            let seconds = until.since(mark.at.max(since)).seconds();
            let cause = mark.cause(scope);
            *causes.entry(cause).or_default() += seconds;
            if let Some(Hold::Veto(by)) = &mark.hold {
                *vetoers.entry(by).or_default() += seconds;
            }
            if cause == Cause::Approval {
                let mut keys: Vec<RuleKey> = mark.asked_of(scope).map(key).collect();
                keys.sort();
                keys.dedup();
                keys.into_iter().for_each(|key| *rules.entry(key).or_default() += seconds);
            }
        }
        for (at, by, asked) in self.last_needed(scope).filter(|(at, ..)| *at >= since) {
            figures.approvers.entry(by.clone()).or_default().add(at.since(asked).seconds(), &self.id);
        }
        if let Some(seconds) = causes.get(&Cause::Author) {
            figures.authors.entry(self.opener.clone()).or_default().add(*seconds, &self.id);
        }
        for (by, seconds) in vetoers {
            figures.vetoers.entry(by.clone()).or_default().add(seconds, &self.id);
        }
        for (cause, seconds) in causes {
            figures.waits.entry(cause).or_default().add(seconds, &self.id);
        }
        for (key, seconds) in rules {
            figures.rules.entry(key).or_default().add(seconds, &self.id);
        }
        if end >= since {
            figures.requests.waited.add(end.since(self.opened.max(since)).seconds(), &self.id);
        }
    }

    /// Returns the approvals with which nothing lacked any more: when, whose, and since when it was asked for.
    fn last_needed<'a>(&'a self, scope: Scope<'a>) -> impl Iterator<Item = (Timestamp, &'a PrincipalId, Timestamp)> {
        self.marks.windows(2).filter_map(move |pair| {
            let [before, after] = pair else { return None };
            let completes = before.asked_of(scope).next().is_some() && after.asked_of(scope).next().is_none();
            let by = after.by.as_ref().filter(|_| completes)?;
            Some((after.at, by, after.asked))
        })
    }
}

fn key(unmet: &Unmet) -> RuleKey {
    (unmet.protection.clone(), unmet.rule.from.clone())
}

/// Returns the rules that lack approvals, as far as the ledger alone can count them.
fn unmet(state: &State, pending: &Pending) -> Vec<Unmet> {
    let request = &pending.request;
    let contributors = Contributors::of_request(pending);
    let subject = Subject {
        // As it was asked for: what is approved of a base that has moved on since waits for its author.
        lands: Some((Some(request.base), request.new_tree)),
        ..Subject::of(state, request.into(), &contributors)
    };
    let mut unmet = Vec::new();
    for protection in state.protections_for(pending, &[]) {
        for rule in &protection.approvals {
            let counted = subject.count(rule, state.answers(&request.id)).counted.len() as u64;
            if counted < rule.count {
                unmet.push(Unmet { protection: protection.name.clone(), rule: rule.clone() });
            }
        }
    }
    unmet
}

/// Returns what stands in the way by the rules of the gate.
fn hold(state: &State, pending: &Pending) -> Option<Hold> {
    let mut veto = None;
    for objection in objections(state, &pending.request.id).into_iter().filter(Objection::stands) {
        let answered = &objection.answered;
        let is_present = answered.approval.request == pending.request.id && answered.request_rev == pending.request.rev;
        if is_present {
            return Some(Hold::Author);
        }
        veto = veto.or_else(|| Some(Hold::Veto(answered.approval.principal.clone())));
    }
    veto
}

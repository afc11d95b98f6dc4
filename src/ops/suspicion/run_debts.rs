//! Runs to be looked at again: those that were started on the word of somebody whose key turned out to be suspect then
//! (KEY-2).
//!
//! What was run cannot be undone, and running it again would not tell what it did. So it is looked at: somebody who could
//! have approved it closes a finding of the kind `risk` about its request.

use crate::model::Answer;
use crate::model::ApprovalRule;
use crate::model::PrincipalId;
use crate::model::Right;
use crate::model::Run;
use crate::ops::history::Line;
use crate::ops::past::Moment;
use crate::ops::suspicion::debts::Debt;
use crate::ops::suspicion::debts::Done;
use crate::ops::suspicion::debts::Owed;
use crate::ops::suspicion::debts::Review;
use crate::ops::suspicion::debts::Suspicion;
use crate::ops::suspicion::debts::Tale;
use crate::ops::suspicion::resting::Part;
use crate::ops::suspicion::resting::has_overruled;
use crate::rules::Petition;
use crate::rules::State;
use crate::rules::could_approve_action_by;

/// A run as it was started.
pub(crate) struct Ran {
    run: Run,
    moment: Moment,
    petition: Petition,
    /// Who approved it by then, each with the height of its word.
    approved: Vec<(PrincipalId, u64)>,
    /// The ledger just before.
    before: State,
}

impl Ran {
    /// Returns what an entry started.
    pub(crate) fn of(line: &Line, before: &State, after: &State) -> Vec<Self> {
        let started = after.runs.iter().filter(|(id, _)| !before.runs.contains_key(*id));
        let of = |(id, running): (_, &crate::rules::Running)| {
            let approvals = before.answers(id).filter(|answered| answered.approval.answer == Answer::Approve);
            Some(Self {
                run: running.run.clone(),
                moment: Moment { height: line.height, time: running.since_time },
                petition: before.petitions.get(id)?.clone(),
                before: before.clone(),
                approved: approvals.map(|answered| (answered.approval.principal.clone(), answered.given)).collect(),
            })
        };
        started.filter_map(of).collect()
    }
}

impl Tale {
    /// Adds what was run on the word of somebody suspect.
    pub(crate) fn add_runs(&self, state: &State, owed: &mut Owed) {
        for ran in &self.runs {
            for (id, all) in &self.suspicions {
                let Some(suspicion) = all.iter().find(|one| !self.parts_of_run(ran, id, one.since).is_empty()) else {
                    continue;
                };
                let reviews = self.reviews_of(suspicion, |finding| finding.request.as_ref() == Some(&ran.run.id));
                if self.is_run_settled(ran, id, &reviews) {
                    owed.settled += 1;
                } else {
                    owed.open.push(self.debt(state, ran, (id, suspicion), &reviews));
                }
            }
        }
    }

    /// Returns how a run rests on what somebody said from a height on.
    fn parts_of_run(&self, ran: &Ran, id: &PrincipalId, since: u64) -> Vec<Part> {
        let approved =
            ran.run.approvals.contains(id) && ran.approved.iter().any(|(by, given)| by == id && *given >= since);
        let overruled = has_overruled(&ran.before, &ran.run.id, &ran.run.delta, id, since);
        let mut withdrawn = self.withdrawn.iter().filter(|one| one.is_by(id, since..=ran.moment.height));
        let withdrawn = withdrawn.any(|one| one.stopped_run(&ran.petition));
        let parts = [(Part::Approval, approved), (Part::Overruling, overruled), (Part::Withdrawal, withdrawn)];
        parts.into_iter().filter_map(|(part, rests)| rests.then_some(part)).collect()
    }

    fn debt(&self, state: &State, ran: &Ran, (id, suspicion): (&PrincipalId, &Suspicion), reviews: &[&Review]) -> Debt {
        let done: Vec<_> = reviews.iter().filter_map(|review| review.by()).collect();
        let may = |candidate: &&PrincipalId| {
            !done.contains(candidate)
                && !self.is_suspect(candidate, state.height)
                && may_review(state, ran, id, candidate, None)
        };
        let begun = reviews.iter().find(|review| review.by().is_none());
        Debt {
            done: Done::Ran(Box::new(ran.run.clone())),
            moment: ran.moment,
            principal: id.clone(),
            parts: self.parts_of_run(ran, id, suspicion.since),
            since: suspicion.since,
            told: suspicion.told,
            begun: begun.map(|review| review.noted.finding.id.clone()),
            reviewers: state.principals.keys().filter(may).cloned().collect(),
            // Nothing stands still for it.
            is_stuck: false,
        }
    }

    /// One for each rule of the action at the time of the last of them, as who approves would have to be.
    fn is_run_settled(&self, ran: &Ran, suspect: &PrincipalId, reviews: &[&Review]) -> bool {
        let closed = reviews.iter().filter_map(|review| Some((*review, review.by()?)));
        let closed: Vec<_> = closed.filter(|(review, by)| !self.is_suspect(by, review.noted.triaged)).collect();
        closed.iter().any(|(last, _)| {
            let until = || closed.iter().filter(|(review, _)| review.noted.triaged <= last.noted.triaged);
            let reviewed = |rule: Option<&ApprovalRule>| {
                until().any(|(review, by)| may_review(&review.state, ran, suspect, by, rule))
            };
            reviewed(None) && rules_of(&last.state, ran).iter().all(|rule| reviewed(Some(rule)))
        })
    }
}

fn rules_of(state: &State, ran: &Ran) -> Vec<ApprovalRule> {
    state.policy.action(&ran.run.action).map(|action| action.asking().collect()).unwrap_or_default()
}

/// Returns whether somebody may say of a run that it was in order: who may triage, had no hand in it, and could have approved
/// it under the rule, or under one of all where none is named.
fn may_review(state: &State, ran: &Ran, suspect: &PrincipalId, by: &PrincipalId, rule: Option<&ApprovalRule>) -> bool {
    let may = state.principal(by).is_some_and(|enrolled| state.may(enrolled, Right::Triage));
    let is_apart = by != suspect && *by != ran.run.runner;
    let could = |rule: &ApprovalRule| could_approve_action_by(state, &ran.petition, rule, by);
    let rules = rules_of(state, ran);
    may && is_apart
        && match rule {
            Some(rule) => could(rule),
            None => rules.is_empty() || rules.iter().any(could),
        }
}

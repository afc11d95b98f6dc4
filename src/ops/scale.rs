//! What is read of a change to weigh the approvals of it as the gate does: its paths, and who had a hand in it.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::ApprovalRule;
use crate::model::DeltaEntry;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::Protection;
use crate::model::RecordId;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::gate;
use crate::rules::Answered;
use crate::rules::Contributors;
use crate::rules::Discounted;
use crate::rules::Pending;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::Worth;
use crate::rules::worth_for_action;
use crate::rules::worth_for_draft;

/// What approvals of a request are weighed with.
pub(crate) struct Scale {
    now: Timestamp,
    /// `None` of what is no request to land, and of one whose commits cannot be read here.
    change: Option<Change>,
}

/// What a request to land asks for, as the gate reads it.
pub(crate) struct Change {
    pub(crate) contributors: Contributors,
    pub(crate) entries: Vec<DeltaEntry>,
    delta: Digest,
    /// The old tip and the new tree.
    lands: (Option<ObjectId>, ObjectId),
}

impl Change {
    /// Reads the change of a request to land; only the very one that it asks for is its.
    fn of(context: &Context, pending: &Pending) -> Option<Self> {
        let decision = gate::explain(context, &pending.request.id).ok()?;
        let is_asked = |segment: &gate::Landable| segment.facts.delta == pending.request.delta;
        let segment = decision.segments.into_iter().find(is_asked)?;
        // What is only here yet, its opener as well, the gate does not know.
        let mut contributors = Contributors::of_request(pending);
        let found = segment.authorship.contributors;
        contributors.principals.extend(found.principals);
        contributors.unknown.extend(found.unknown);
        let lands = (segment.facts.old, segment.facts.new_tree);
        Some(Self { contributors, entries: segment.facts.changes, delta: segment.facts.delta, lands })
    }

    pub(crate) fn paths(&self) -> Vec<&[u8]> {
        self.entries.iter().map(|entry| entry.path.as_slice()).collect()
    }
}

impl Scale {
    /// Reads what a request asks for.
    pub(crate) fn of(context: &Context, id: &RecordId) -> Self {
        let change = context.state().requests.get(id).and_then(|pending| Change::of(context, pending));
        Self { now: context.ledger_now(), change }
    }

    /// Returns one for whoever weighs no approval, and so reads nothing.
    pub(crate) fn unread(context: &Context) -> Self {
        Self { now: context.ledger_now(), change: None }
    }

    /// Returns what a request to land asks for now, if that can be read here.
    pub(crate) fn change_of(&self, pending: &Pending) -> Option<&Change> {
        self.change.as_ref().filter(|change| change.delta == pending.request.delta)
    }

    /// Returns whether an approval counts for certain: what may have ended is not said again along with something else.
    pub(crate) fn surely_counts(&self, state: &State, answered: &Answered) -> bool {
        let pending = state.requests.get(&answered.approval.request);
        pending.is_none_or(|pending| self.change_of(pending).is_some()) && self.weigh(state, answered) == Worth::Counts
    }

    /// Returns why an approval does not count, if the answer is one, and does not.
    pub(crate) fn discounted(&self, state: &State, answered: &Answered) -> Option<Discounted> {
        let approves = answered.approval.answer == Answer::Approve;
        approves.then(|| self.weigh(state, answered)).and_then(Worth::discounted)
    }

    /// Returns what an approval is worth. Of a change that cannot be read here everything may be asked that anybody asks of a
    /// change of that ref: what counts for all of that counts.
    pub(crate) fn weigh(&self, state: &State, answered: &Answered) -> Worth {
        let id = &answered.approval.request;
        if state.proposals.contains_key(id) {
            return worth_for_draft(state, answered);
        }
        if let Some(petition) = state.petitions.get(id) {
            return worth_for_action(state, petition, answered, self.now);
        }
        // Of what has landed a review does not age.
        let Some(pending) = state.requests.get(id) else { return Worth::Counts };
        let request = &pending.request;
        let Some(change) = self.change_of(pending) else {
            let missions: BTreeSet<_> =
                state.policy.protections.iter().filter_map(|one| one.mission.as_ref()).collect();
            let protections = state.policy.protections_within(&request.target, &missions);
            let rules = rules_of(&protections, |_| true);
            let lands = (Some(request.base), request.new_tree);
            return self
                .subject(state, pending, &Contributors::of_request(pending), &[], lands)
                .worth(&rules, answered);
        };
        let paths = change.paths();
        let protections = state.protections_for(pending, &paths);
        let rules = rules_of(&protections, |rule| rule.asks(paths.iter().copied()));
        self.subject(state, pending, &change.contributors, &paths, change.lands).worth(&rules, answered)
    }

    fn subject<'a>(
        &self,
        state: &'a State,
        pending: &'a Pending,
        contributors: &'a Contributors,
        paths: &'a [&'a [u8]],
        lands: (Option<ObjectId>, ObjectId),
    ) -> Subject<'a> {
        Subject {
            paths,
            lands: Some(lands),
            now: self.now,
            ..Subject::of(state, (&pending.request).into(), contributors)
        }
    }
}

fn rules_of<'a>(protections: &[&'a Protection], asks: impl Fn(&ApprovalRule) -> bool) -> Vec<&'a ApprovalRule> {
    let rules = protections.iter().flat_map(|protection| &protection.approvals);
    rules.filter(|rule| asks(rule)).collect()
}

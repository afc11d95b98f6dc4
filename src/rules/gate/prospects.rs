//! Who could approve under a policy, before there is anything to approve.

use crate::model::ActionRule;
use crate::model::ApprovalRule;
use crate::model::Distinct;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::Protection;
use crate::model::RecordName;
use crate::model::Right;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::independence::trait_of;
use crate::rules::gate::reviews::describe;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// Who could satisfy one rule, if the change was none of theirs.
#[derive(Clone, Debug)]
pub struct Prospect {
    pub aim: Aim,
    pub rule: ApprovalRule,
    /// What the rule asks for, in the words of the gate.
    pub needed: String,
    pub could: Vec<Approver>,
    /// How many of them fit together, up to what the rule asks for.
    pub together: u64,
}

impl Prospect {
    /// Returns whether the rule could be satisfied today.
    pub fn is_enough(&self) -> bool {
        self.together >= self.rule.count
    }
}

/// What a rule belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    Protection(RecordName),
    Action(RecordName),
}

impl Aim {
    fn name(&self) -> &RecordName {
        match self {
            Self::Protection(name) | Self::Action(name) => name,
        }
    }
}

/// Somebody who could approve.
#[derive(Clone, Debug)]
pub struct Approver {
    pub enrolled: Enrolled,
    /// The paths that it reviews; empty means all.
    pub lanes: Vec<Pattern>,
}

/// Returns for each approval rule of a policy who could satisfy it, of those who are enrolled.
pub fn prospects(state: &State, policy: &Policy) -> Vec<Prospect> {
    let state = State { policy: policy.clone(), ..state.clone() };
    let rules = policy.protections.iter().flat_map(|Protection { name, approvals, .. }| {
        approvals.iter().map(|rule| (Aim::Protection(name.clone()), rule))
    });
    let of_actions = policy
        .actions
        .iter()
        .flat_map(|ActionRule { name, approvals, .. }| approvals.iter().map(|rule| (Aim::Action(name.clone()), rule)));
    let rules = rules.chain(of_actions);
    let prospect = |(aim, rule): (Aim, &ApprovalRule)| {
        let could = could_approve(&state, rule, &rule.paths);
        let lanes = |enrolled: &Enrolled| state.lanes_of(enrolled);
        Prospect {
            needed: describe(aim.name(), rule),
            aim,
            rule: rule.clone(),
            together: largest_distinct(&state, rule, &could).len() as u64,
            could: could
                .into_iter()
                .map(|enrolled| Approver { enrolled: enrolled.clone(), lanes: lanes(enrolled).unwrap_or_default() })
                .collect(),
        }
    };
    rules.map(prospect).collect()
}

/// Returns who could satisfy a rule under the policy of a state, if the change was none of theirs and lay where one of these
/// patterns matches; anywhere, if there are none.
pub(crate) fn could_approve<'a>(state: &'a State, rule: &ApprovalRule, ground: &[Pattern]) -> Vec<&'a Enrolled> {
    let reviews_there = |enrolled: &Enrolled| {
        let meets = |lane: &Pattern| ground.iter().any(|pattern| pattern.overlaps(lane));
        let lanes = state.lanes_of(enrolled);
        lanes.is_some_and(|lanes| lanes.is_empty() || ground.is_empty() || lanes.iter().any(meets))
    };
    let suits = |enrolled: &&Enrolled| {
        let asked = rule.from.contains(&enrolled.record.role) && state.may(enrolled, Right::Approve);
        let is_told = |distinct: &Distinct| trait_of(state, *distinct, enrolled).is_some();
        asked && !state.is_suspect(enrolled) && rule.distinct.iter().all(is_told) && reviews_there(enrolled)
    };
    state.principals.values().filter(suits).collect()
}

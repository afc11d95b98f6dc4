//! Who could attest the checks of a policy, before there is anything to attest.

use crate::model::CheckRule;
use crate::model::Policy;
use crate::model::Protection;
use crate::model::RecordName;
use crate::rules::gate::checks::could_attest;
use crate::rules::gate::checks::describe_check;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// Who could attest one check, if the change was none of theirs.
#[derive(Clone, Debug)]
pub struct Attesters {
    /// The protection that asks for it.
    pub protection: RecordName,
    pub rule: CheckRule,
    /// What is asked for, in the words of the gate.
    pub needed: String,
    pub could: Vec<Enrolled>,
}

/// Returns for each check of a policy who could attest it, of those who are enrolled.
pub fn attesters(state: &State, policy: &Policy) -> Vec<Attesters> {
    let state = State { policy: policy.clone(), ..state.clone() };
    let protections = policy.protections.iter();
    protections.flat_map(|protection| protection.checks.iter().map(|rule| of(&state, protection, rule))).collect()
}

pub(crate) fn of(state: &State, protection: &Protection, rule: &CheckRule) -> Attesters {
    Attesters {
        protection: protection.name.clone(),
        rule: rule.clone(),
        needed: describe_check(protection, rule),
        could: could_attest(state, rule).into_iter().cloned().collect(),
    }
}

//! Which approvals a request for an action has, and whether it may be run.

use std::collections::BTreeSet;

use crate::model::ApprovalRule;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::counting::Count;
use crate::rules::gate::counting::Discounted;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::reviews::describe;
use crate::rules::gate::worth::Worth;
use crate::rules::records::answered::Answered;
use crate::rules::records::approvals::stands_against;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Petition;
use crate::rules::state::State;

/// What the rules of an action find of a request for it, at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assent {
    pub petition: Petition,
    /// `None` if the policy does not name the action any more.
    pub rules: Option<Vec<Asking>>,
    pub is_vetoed: bool,
}

/// One rule that asks for approvals of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// What it asks for, in the words of the gate.
    pub needed: String,
    pub asks: u64,
    pub count: Count,
    /// When the first of those that count ceases to.
    pub until: Option<Timestamp>,
}

/// Whether a request for an action may be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// It waits for approvals.
    Open,
    /// It may be run.
    Ready,
    /// It had approvals, and they count no more.
    Expired,
    Vetoed,
    /// The policy names no such action any more.
    Unnamed,
}

impl Consent {
    /// Returns the word by which programs know it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ready => "ready",
            Self::Expired => "expired",
            Self::Vetoed => "vetoed",
            Self::Unnamed => "unnamed",
        }
    }
}

impl Asking {
    fn is_met(&self) -> bool {
        self.count.counted.len() as u64 >= self.asks
    }
}

impl Assent {
    /// Returns whether the action may be run, or why it may not.
    pub fn consent(&self) -> Consent {
        let Some(rules) = &self.rules else { return Consent::Unnamed };
        let has_expired = |rule: &Asking| rule.count.discounted.iter().any(|not| not.code == Code::ApprovalStale);
        if self.is_vetoed {
            Consent::Vetoed
        } else if rules.iter().all(Asking::is_met) {
            Consent::Ready
        } else if rules.iter().any(|rule| !rule.is_met() && has_expired(rule)) {
            Consent::Expired
        } else {
            Consent::Open
        }
    }

    /// Refuses what may not be run.
    pub fn check(&self) -> Result<(), Refusal> {
        let request = &self.petition.request;
        let rules = self.rules.as_ref().ok_or_else(|| unnamed(request.action.as_str()))?;
        ensure(!self.is_vetoed, Code::ApprovalVeto, || format!("`{}` is under a veto", request.id))?;
        let Some(rule) = rules.iter().find(|rule| !rule.is_met()) else { return Ok(()) };
        let Count { counted, discounted } = &rule.count;
        let found: String =
            discounted.iter().map(|not| format!("; `{}` approved but {}", not.principal, not.why)).collect();
        // One approval that does not count says what is wrong better than the count does.
        let code = match discounted.as_slice() {
            [only] if counted.is_empty() => only.code,
            _ => Code::ApprovalThreshold,
        };
        Err(Refusal::new(code, format!("needs {}, {} count{found}", rule.needed, counted.len())))
    }

    /// Returns those whose approvals count, in order.
    pub fn approvers(&self) -> Vec<PrincipalId> {
        let counted = self.rules.iter().flatten().flat_map(|rule| &rule.count.counted);
        counted.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Returns until when it may be run, if it may.
    pub fn until(&self) -> Option<Timestamp> {
        let until = self.rules.iter().flatten().filter_map(|rule| rule.until).min();
        until.filter(|_| self.consent() == Consent::Ready)
    }
}

pub(crate) fn unnamed(action: &str) -> Refusal {
    Refusal::new(Code::ActionUnknown, format!("the policy names no action `{action}`"))
}

/// Returns what the rules find of a request for an action at some moment.
pub fn assent(state: &State, petition: &Petition, now: Timestamp) -> Assent {
    let request = &petition.request;
    let contributors = Contributors::of_petition(petition);
    let subject = subject(state, petition, &contributors, now);
    let answers = || state.answers(&request.id);
    let asking = |rule: ApprovalRule| {
        let count = subject.count(&rule, answers());
        let counts = |answered: &&Answered| count.counted.contains(&answered.approval.principal);
        let ends = answers().filter(counts).filter_map(|answered| Some(answered.given_time + rule.max_age?));
        Asking { needed: describe(&request.action, &rule), asks: rule.count, until: ends.min(), count }
    };
    let rules = state.policy.action(&request.action).map(|action| action.asking().map(asking).collect());
    Assent { petition: petition.clone(), rules, is_vetoed: is_vetoed(state, petition) }
}

/// Returns for each rule whether an approval by somebody could count, and if not why.
pub fn could_approve_action(
    state: &State,
    petition: &Petition,
    id: &PrincipalId,
    now: Timestamp,
) -> Vec<Result<(), Discounted>> {
    let contributors = Contributors::of_petition(petition);
    let subject = subject(state, petition, &contributors, now);
    let rules = state.policy.action(&petition.request.action).map(|action| action.asking());
    rules.into_iter().flatten().map(|rule| subject.could_count(&rule, id)).collect()
}

/// Returns what an approval of a request for an action is worth.
pub fn worth_for_action(state: &State, petition: &Petition, answered: &Answered, now: Timestamp) -> Worth {
    let contributors = Contributors::of_petition(petition);
    let action = state.policy.action(&petition.request.action);
    let rules: Vec<ApprovalRule> = action.into_iter().flat_map(|action| action.asking()).collect();
    subject(state, petition, &contributors, now).worth(&rules.iter().collect::<Vec<_>>(), answered)
}

/// Returns whether an approval by somebody could count for one rule.
pub(crate) fn could_approve_action_by(
    state: &State,
    petition: &Petition,
    rule: &ApprovalRule,
    id: &PrincipalId,
) -> bool {
    let contributors = Contributors::of_petition(petition);
    subject(state, petition, &contributors, state.time).could_count(rule, id).is_ok()
}

fn subject<'a>(
    state: &'a State,
    petition: &'a Petition,
    contributors: &'a Contributors,
    now: Timestamp,
) -> Subject<'a> {
    let request = (&petition.request).into();
    Subject { now, ..Subject::of(state, request, contributors) }
}

/// Returns whether a veto stands against what a request asks for, in whatever request it was asked (S18).
pub(crate) fn is_vetoed(state: &State, petition: &Petition) -> bool {
    let same = state.petitions.values().filter(|other| other.request.delta == petition.request.delta);
    let mut answers = same.flat_map(|other| state.answers(&other.request.id));
    answers.any(|answered| stands_against(state, answered, &petition.request.delta))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::sha256;
    use crate::model::ActionRequest;
    use crate::model::Order;
    use crate::model::RecordId;
    use crate::model::RecordKind;
    use crate::model::RecordName;
    use crate::model::Text;
    use crate::rules::policy::cast::ACTION;
    use crate::rules::policy::cast::cast;
    use crate::rules::policy::cast::id;
    use crate::rules::policy::cast::policy;

    #[test]
    fn whom_a_rule_asks_for_could_approve_by_it_unless_it_asked_itself() {
        let state = State { policy: policy(&[ACTION]), ..cast() };
        let request = ActionRequest {
            id: RecordId::from_random(RecordKind::Request, [0; 5]),
            opener: id("maria"),
            action: RecordName::parse("deploy").unwrap(),
            order: Order { argv: Vec::new(), inputs: Vec::new() },
            delta: sha256(b""),
            mission: None,
            title: Text::parse("Deploy").unwrap(),
            summary: None,
        };
        let petition = Petition { request, opened: 8, opened_time: state.time };
        let could = |name| could_approve_action_by(&state, &petition, &state.policy.actions[0].approvals[0], &id(name));
        assert_eq!(["maria", "nora", "carol", "alice"].map(could), [false, true, false, false]);
    }
}

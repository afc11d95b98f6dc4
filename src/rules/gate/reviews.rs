//! What the rules of a policy ask of approvals, and what was found of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::format::Word;
use crate::model::Answer;
use crate::model::ApprovalRule;
use crate::model::Binding;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::Protection;
use crate::model::RecordName;
use crate::model::Request;
use crate::rules::code::Code;
use crate::rules::gate::segment::Context;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::pace::APPROVALS_UNHURRIED_MAX;
use crate::rules::records::answered::Answered;

impl Context<'_> {
    pub(crate) fn asks(&self, rule: &ApprovalRule) -> bool {
        rule.asks(self.paths.iter().copied())
    }

    pub(crate) fn approvals(&self, protection: &Protection, rule: &ApprovalRule) -> Option<RuleOutcome> {
        if !self.asks(rule) {
            return None;
        }
        let subject = self.subject();
        let answers = || self.segment.records.answers(&self.pending.request.id);
        let count = subject.count(rule, answers());
        let name = if rule.paths.is_empty() { "review".to_owned() } else { format!("review of {}", list(&rule.paths)) };
        let needed = describe(&protection.name, rule);
        let paces: BTreeMap<_, _> = answers().map(|given| (&given.approval.principal, given.within_hour)).collect();
        let hurry = |id: &PrincipalId| paces.get(id).copied().filter(|count| *count > APPROVALS_UNHURRIED_MAX);
        let approved = |id: &PrincipalId| match hurry(id) {
            Some(count) => format!("`{id}` approved, {count} within an hour"),
            None => format!("`{id}` approved"),
        };
        let mut found: Vec<_> = count.counted.iter().map(approved).collect();
        found.extend(count.discounted.iter().map(|not| format!("`{}` approved but {}", not.principal, not.why)));
        if count.counted.len() as u64 >= rule.count {
            let warning = count.counted.iter().any(|id| hurry(id).is_some()).then_some(Code::ApprovalRate);
            return Some(RuleOutcome { rule: name, code: None, warning, needed, found, next: Vec::new() });
        }
        // One approval that does not count says what is wrong better than the count does.
        let code = match count.discounted.as_slice() {
            [only] if count.counted.is_empty() => only.code,
            _ => Code::ApprovalThreshold,
        };
        if found.is_empty() {
            found.push("nobody approved".to_owned());
        }
        // Who has spoken of it as it stands need not be asked, unless that has expired; who vetoed has something to withdraw
        // first.
        let rev = self.pending.request.rev;
        let spoke = |given: &&Answered| given.request_rev == rev && given.is_opinion();
        let has_spoken = |id: &PrincipalId| answers().filter(spoke).any(|given| given.approval.principal == *id);
        let ask = subject.candidates(rule, 3 + paces.len()).into_iter().map(|enrolled| (enrolled, &enrolled.record.id));
        let has_expired = |id: &PrincipalId| {
            count.discounted.iter().any(|not| not.principal == *id && not.code == Code::ApprovalStale)
        };
        let ask = ask.filter(|(_, id)| has_expired(id) || !has_spoken(id)).take(3);
        let mut next: Vec<_> = ask
            .map(|(enrolled, id)| {
                let vendor = enrolled.record.vendor.as_ref().map_or("human".to_owned(), ToString::to_string);
                let Request { id: request, delta, .. } = &self.pending.request;
                let role = &enrolled.record.role;
                format!("ask {id} ({role}, {vendor}):  git coord show {request}, then git coord approve {request} --delta {delta}")
            })
            .collect();
        if next.is_empty() {
            // As long as nobody confirms for whom a contributor works, hardly anybody is known to be another. Who has refused
            // would approve no sooner for it.
            let rights = self.question.rights;
            let refused = |given: &&Answered| spoke(given) && given.approval.answer != Answer::Approve;
            let has_refused = |id: &PrincipalId| answers().filter(refused).any(|given| given.approval.principal == *id);
            let willing = rights.principals.values().filter(|enrolled| !has_refused(&enrolled.record.id));
            let awaited: BTreeSet<_> = willing.flat_map(|enrolled| subject.awaits(rule, enrolled)).collect();
            let waits = |id: &PrincipalId| rights.principal(id).is_some_and(|one| rights.waits_for_confirmation(one));
            let awaited = awaited.into_iter().filter(|id| waits(id));
            next.extend(awaited.map(|id| format!("as somebody else: git coord principals confirm {id}")));
        }
        Some(RuleOutcome::broken(&name, code, needed, found).with_next(next))
    }

    /// A change of nothing makes history reachable all the same: somebody must have wanted that.
    pub(crate) fn empty_delta(&self) -> Option<RuleOutcome> {
        if !self.segment.facts.changes.is_empty() {
            return None;
        }
        let subject = self.subject();
        let answers = self.segment.records.answers(&self.pending.request.id);
        let approved = answers.filter(|answered| subject.approver(answered).is_some()).count();
        let needed = "an approval, because the change is empty";
        Some(if approved > 0 {
            RuleOutcome::satisfied("empty change", needed, format!("{approved}"))
        } else {
            RuleOutcome::broken("empty change", Code::ApprovalEmptyDelta, needed, vec!["none".to_owned()])
        })
    }
}

fn list(patterns: &[Pattern]) -> String {
    patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Says what a rule asks for.
pub(crate) fn describe(name: &RecordName, rule: &ApprovalRule) -> String {
    let roles = rule.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let mut text = format!("{} of {roles} (`{name}`)", rule.count);
    let distinct: Vec<_> = rule.distinct.iter().map(|distinct| distinct.word()).collect();
    if !distinct.is_empty() {
        text.push_str(&format!(", with another {} than every contributor", distinct.join(" and ")));
    }
    if rule.bind == Binding::Tree {
        text.push_str(", of exactly this result");
    }
    text
}

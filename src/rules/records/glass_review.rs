//! The review of what landed through broken glass: who may give it, whether it is there, and what becomes of it where nobody
//! could.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::ApprovalRule;
use crate::model::PrincipalKind;
use crate::model::Protection;
use crate::model::Right;
use crate::rules::code::Code;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::reviews::describe;
use crate::rules::gate::sensitive;
use crate::rules::judge::Case;
use crate::rules::records::answered::Answered;
use crate::rules::records::break_glass::Broken;
use crate::rules::records::break_glass::paths_of;
use crate::rules::records::hardware;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// Judges what somebody says of what landed: it was right, or it was not. Both are a review; a veto comes too late. Returns
/// whether it is said for root, because nobody else could review it.
pub(crate) fn check_answer(case: &Case<'_>, broken: &Broken, approval: &Approval) -> Result<bool, Refusal> {
    let request = &broken.pending.request;
    let signer = case.signer()?;
    let id = &signer.record.id;
    ensure(matches!(approval.answer, Answer::Approve | Answer::Reject), Code::ApprovalVeto, || {
        format!("`{}` has landed: approve it, or reject it and ask to revert it", request.id)
    })?;
    ensure(request.opener != *id, Code::ApprovalSelf, || format!("`{id}` broke the glass"))?;
    let state = case.before;
    // A root member's word takes no right of its role.
    if state.speaks_for_root(id, state.height) && is_apart(state, broken, signer) && !lacking(state, broken).is_empty()
    {
        return Ok(true);
    }
    case.require(Right::Approve, "review what landed")?;
    Ok(false)
}

/// Returns whether as many have reviewed what landed as would have had to approve it, a human where that takes one, and one
/// of another operator in any case; or as many root members as decide, where nobody could.
pub fn is_reviewed(state: &State, broken: &Broken) -> bool {
    is_reviewed_within(state, state, state, broken)
}

pub(crate) fn is_reviewed_within(rights: &State, latest: &State, records: &State, broken: &Broken) -> bool {
    if is_settled(latest, records, broken) {
        return true;
    }
    let Broken { pending, landed, .. } = broken;
    let (contributors, paths) = (Contributors::of_landed(&broken.pending, &broken.landed), paths_of(landed));
    let subject = Subject {
        rights,
        latest,
        request: (&pending.request).into(),
        contributors: &contributors,
        paths: &paths,
        lands: Some((landed.old, pending.request.new_tree)),
        now: records.time,
    };
    let answers = || records.answers(&pending.request.id).filter(|answered| is_of_landed(broken, answered));
    let reviewers = || answers().filter_map(|answered| subject.reviewer(answered));
    let Asked { rules, needs_human } = Asked::of(rights, broken);
    reviewers().any(|reviewer| is_apart(rights, broken, reviewer))
        && (!needs_human || reviewers().any(|reviewer| reviewer.record.kind == PrincipalKind::Human))
        && rules.iter().all(|(_, rule)| subject.count_reviews(rule, answers()).counted.len() as u64 >= rule.count)
}

/// Returns whether an answer is a review of what landed: nothing else is taken since. Who rejected the request before it did has
/// said that it is not to land, and not what is to be done now that it has.
pub fn is_of_landed(broken: &Broken, answered: &Answered) -> bool {
    answered.approval.answer == Answer::Approve || answered.given > broken.height
}

/// Returns whether as many root members as decide have said their word, each when nobody else could review it.
fn is_settled(latest: &State, records: &State, broken: &Broken) -> bool {
    let request = &broken.pending.request;
    let for_root = |word: &&Answered| {
        let member = &word.approval.principal;
        let speaks = word.for_root && latest.speaks_for_root(member, word.given);
        let apart = latest.principal(member).is_some_and(|member| is_apart(latest, broken, member));
        speaks && apart && hardware::is_met(latest, member, word.signed)
    };
    let words = records.answers(&request.id).filter(for_root);
    let members: BTreeSet<_> = words.map(|word| word.approval.principal.clone()).collect();
    !members.is_empty() && latest.suffice_as_root(&members)
}

/// Returns what of a review nobody enrolled could give: its ref would stand still for ever. None, if it could be reviewed.
pub fn lacking(state: &State, broken: &Broken) -> Vec<String> {
    let Broken { pending, landed, .. } = broken;
    let (contributors, paths) = (Contributors::of_landed(&broken.pending, &broken.landed), paths_of(landed));
    let subject = Subject { paths: &paths, ..Subject::of(state, (&pending.request).into(), &contributors) };
    let trusted = |enrolled: &&Enrolled| !state.is_suspect(enrolled);
    let could = |suits: &dyn Fn(&Enrolled) -> bool| {
        let mut principals = state.principals.values().filter(trusted);
        principals.any(|enrolled| subject.is_uninvolved(enrolled) && suits(enrolled))
    };
    let Asked { rules, needs_human } = Asked::of(state, broken);
    let mut found = Vec::new();
    for (protection, rule) in rules {
        let candidates: Vec<_> = subject.candidates(rule, usize::MAX).into_iter().filter(trusted).collect();
        if (largest_distinct(state, rule, &candidates).len() as u64) < rule.count {
            found.push(describe(&protection.name, rule));
        }
    }
    if needs_human && !could(&|enrolled| enrolled.record.kind == PrincipalKind::Human) {
        found.push(sensitive::NEEDED.to_owned());
    }
    if !could(&|enrolled| is_apart(state, broken, enrolled)) {
        found.push("a review by another operator than who broke the glass".to_owned());
    }
    found
}

/// Returns whether somebody could still review what landed by its own word: it is not known to have had a hand in that.
pub fn could_review(broken: &Broken, enrolled: &Enrolled) -> bool {
    let contributors = Contributors::of_landed(&broken.pending, &broken.landed);
    contributors.unknown.is_empty() && !contributors.principals.contains_key(&enrolled.record.id)
}

/// Returns whether somebody is of another operator than who broke the glass.
fn is_apart(state: &State, broken: &Broken, enrolled: &Enrolled) -> bool {
    let breaker = state.principal(&broken.pending.request.opener);
    breaker.is_some_and(|breaker| state.are_of_other_operators(enrolled, breaker))
}

/// What the landing would have been asked for.
struct Asked<'a> {
    rules: Vec<(&'a Protection, &'a ApprovalRule)>,
    needs_human: bool,
}

impl<'a> Asked<'a> {
    fn of(rights: &'a State, broken: &Broken) -> Self {
        let Broken { landed, missions, .. } = broken;
        let paths = paths_of(landed);
        let protections = rights.policy.protections_within(&landed.target, &missions.iter().collect());
        let asks = |rule: &ApprovalRule| landed.paths.is_none() || rule.asks(paths.iter().copied());
        let needs_human = sensitive::needs_human(landed.paths.as_ref().map(|_| paths.as_slice()), &protections);
        let rules = protections.into_iter().flat_map(|one| one.approvals.iter().map(move |rule| (one, rule)));
        Self { rules: rules.filter(|(_, rule)| asks(rule)).collect(), needs_human }
    }
}

//! The request that a segment lands: it asks for exactly this change, on this ref, and shows it.

use crate::rules::code::Code;
use crate::rules::gate::decide::Question;
use crate::rules::gate::decide::Segment;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::work::shows_what_lands;
use crate::rules::state::Pending;

/// Returns the request that asks for the change of a segment, or what is wrong with it.
pub(crate) fn asked<'a>(question: &Question<'_>, segment: &Segment<'a>) -> Result<&'a Pending, RuleOutcome> {
    let pending = segment.request.and_then(|id| segment.records.requests.get(id));
    let Some(pending) = pending else {
        return Err(no_request(question, segment));
    };
    if pending.request.target != question.update.target {
        let found = vec![format!("`{}` asks for `{}`", pending.request.id, pending.request.target)];
        let needed = format!("a request for {}", question.update.target);
        return Err(RuleOutcome::broken("request", Code::ApprovalRef, needed, found));
    }
    if pending.request.delta != segment.facts.delta {
        let found = vec![format!("`{}` asks for {}", pending.request.id, pending.request.delta)];
        let needed = format!("a request for the delta {}", segment.facts.delta);
        return Err(RuleOutcome::broken("request", Code::ApprovalDelta, needed, found));
    }
    // Who reviews reads the head: a request that names one change and shows another was not reviewed.
    if !shows_what_lands(segment.facts, pending) {
        let needed = format!("the head {} makes the change that it asks for", pending.request.head.short());
        let found = vec!["it makes another one, or is not here".to_owned()];
        let next = format!("git coord request --update {}", pending.request.id);
        return Err(RuleOutcome::broken("request", Code::ApprovalDelta, needed, found).with_next([next]));
    }
    Ok(pending)
}

/// Says why no request fits: whether one lands elsewhere, was used up, or asks for something else.
fn no_request(question: &Question<'_>, segment: &Segment<'_>) -> RuleOutcome {
    let facts = segment.facts;
    let target = &question.update.target;
    let needed = format!("an open request for {} with the delta {}", target, facts.delta);
    let same_change =
        |pending: &&Pending| pending.request.new_tree == facts.new_tree && pending.request.base_tree == facts.old_tree;
    let elsewhere =
        segment.records.requests.values().find(|pending| same_change(pending) && pending.request.target != *target);
    if let Some(pending) = elsewhere {
        let found = vec![format!("`{}` asks for `{}`", pending.request.id, pending.request.target)];
        return RuleOutcome::broken("request", Code::ApprovalRef, needed, found);
    }
    if facts.changes.is_empty() {
        let found = vec!["the change is empty, and nobody asked for it".to_owned()];
        return RuleOutcome::broken("request", Code::ApprovalEmptyDelta, needed, found);
    }
    if segment.records.landed_deltas.contains_key(&facts.delta) {
        let found = vec!["this change landed before; landing it again takes a new request".to_owned()];
        return RuleOutcome::broken("request", Code::ApprovalConsumed, needed, found);
    }
    let others: Vec<_> =
        segment.records.requests.values().filter(|pending| pending.request.target == *target).collect();
    let (code, found) = match others.as_slice() {
        [] => (Code::ApprovalThreshold, "there is no request".to_owned()),
        [only] => {
            (Code::ApprovalDelta, format!("`{}` asks for another change: {}", only.request.id, only.request.delta))
        }
        many => (Code::ApprovalDelta, format!("none of {} open requests asks for this change", many.len())),
    };
    RuleOutcome::broken("request", code, needed, vec![found]).with_next(["git coord request <branch>".to_owned()])
}

//! `overrule`: a root member's word that a veto of a change is not to stand.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::NamedVeto;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Text;
use crate::ops::answer::Outcome;
use crate::ops::answer::draft_of;
use crate::ops::answer::just_given;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::proposal;
use crate::ops::request::pending;
use crate::ops::scale::Scale;
use crate::rules::Code;
use crate::rules::Objection;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::named_veto;
use crate::rules::objections;

/// Which veto is overruled, of which change.
pub struct Options {
    pub request: RecordId,
    pub veto_of: String,
    /// The delta that was read.
    pub delta: Digest,
    /// The entry of the veto that was read.
    pub veto: Digest,
    pub reason: Option<Text>,
}

/// Overrules a veto. What the caller approved stays approved, unless that counts no more; a veto of its own it withdraws instead.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let author = identity::find(context.state(), &options.veto_of)?.record.id.clone();
    let (id, request) = (&identity.id, &options.request);
    let said = standing_words(context.state(), request, id, &options.delta);
    if named(context.state(), &author, options).is_ok_and(|vetoes| vetoes.is_subset(&said)) {
        return Ok(Outcome { existed: true, ..Outcome::of(just_given(context, request, id)) });
    }
    let scale = Scale::of(context, request);
    let mut expired = false;
    context.append(&identity, |state, _| {
        let mut answer = blank(state, id, options)?;
        let mine = state.approvals.get(request).and_then(|answers| answers.get(id));
        let mine = mine.filter(|mine| mine.approval.answer == Answer::Approve && is_of(&mine.approval, &answer));
        expired = mine.is_some_and(|mine| !scale.surely_counts(state, mine));
        // What was approved of the very same state of the request, and still counts, is said again along with it.
        if let Some(mine) = mine.filter(|_| !expired) {
            answer.answer = Answer::Approve;
            answer.reason = answer.reason.or_else(|| mine.approval.reason.clone());
        }
        answer.overrules = standing_words(state, request, id, &options.delta);
        answer.overrules.extend(named(state, &author, options)?);
        let mut draft = draft_of(&answer);
        draft.message = format!("Overrule the veto of {author} on {request}");
        Ok(draft)
    })?;
    let answered = just_given(context, request, id);
    // It is one more of this hour, and may be one too many.
    let discounted = scale.discounted(context.state(), &answered);
    Ok(Outcome { expired, discounted, ..Outcome::of(answered) })
}

/// Returns what somebody's vetoes against a request are told by: those of the entry that was read. Only one that vetoed this
/// request and another of the same change at once gave two there.
fn named(state: &State, author: &PrincipalId, options: &Options) -> Result<BTreeSet<NamedVeto>, Refusal> {
    let vetoes = objections(state, &options.request).into_iter().filter(Objection::is_veto);
    let vetoes: Vec<_> = vetoes.map(|veto| veto.answered.named()).filter(|veto| veto.principal == *author).collect();
    let found: BTreeSet<_> = vetoes.iter().filter(|veto| veto.entry == options.veto).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let message = match vetoes.last() {
        Some(veto) => format!("`{author}` vetoed `{}` anew, by the entry {}: read why first", veto.request, veto.entry),
        None => format!("there is no veto of `{author}` against `{}`", options.request),
    };
    Err(Refusal::new(Code::RecordMissing, message))
}

fn is_of(mine: &Approval, other: &Approval) -> bool {
    mine.delta == other.delta && mine.request_rev == other.request_rev && mine.role == other.role
}

/// Returns an answer to the request as it stands, with no more than whom it is of.
fn blank(state: &State, id: &PrincipalId, options: &Options) -> Result<Approval, Failure> {
    let me = state.principal(id).ok_or(Failure::NobodyHere)?;
    let (request, seen) = (options.request.clone(), (me.record.role.clone(), state.policy.version));
    let plain = Approval::plain(request, id.clone(), options.delta, Answer::Overrule, seen);
    let mut answer = Approval { reason: options.reason.clone(), ..plain };
    if state.proposals.contains_key(&options.request) {
        let delta = proposal::pending(state, &options.request)?.request.delta;
        return check_delta(answer, delta);
    }
    if let Some(petition) = state.petitions.get(&options.request) {
        return check_delta(answer, petition.request.delta);
    }
    let request = &pending(state, &options.request)?.request;
    answer.request_rev = Some(request.rev);
    answer.base = Some(request.base);
    answer.base_tree = Some(request.base_tree);
    answer.head = Some(request.head);
    answer.new_tree = Some(request.new_tree);
    check_delta(answer, request.delta)
}

fn check_delta(answer: Approval, delta: Digest) -> Result<Approval, Failure> {
    if answer.delta == delta {
        return Ok(answer);
    }
    Err(Refusal::new(Code::ApprovalDelta, format!("`{}` now asks for {delta}", answer.request)).into())
}

/// Returns the vetoes of a change that somebody overrules already, as far as they are still the ones that were meant.
pub(crate) fn standing_words(
    state: &State,
    request: &RecordId,
    id: &PrincipalId,
    delta: &Digest,
) -> BTreeSet<NamedVeto> {
    let mine = state.approvals.get(request).and_then(|answers| answers.get(id));
    let mine = mine.filter(|mine| mine.approval.delta == *delta);
    let said = mine.into_iter().flat_map(|mine| &mine.approval.overrules);
    said.filter(|named| named_veto(state, named).is_some()).cloned().collect()
}

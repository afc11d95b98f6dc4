//! `approve`, `reject`, `veto`, `withdraw`: one principal's word on a request.

use std::collections::BTreeSet;

use crate::format::WriteRecord;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::NamedVeto;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Text;
use crate::ops::action;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::overrule;
use crate::ops::proposal;
use crate::ops::repeated::say_again;
use crate::ops::request;
use crate::ops::request::known;
use crate::ops::request::pending;
use crate::ops::review::check_as_asked;
use crate::ops::scale::Change;
use crate::ops::scale::Scale;
use crate::rules::Answered;
use crate::rules::Code;
use crate::rules::Contributors;
use crate::rules::Discounted;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::Worth;
use crate::rules::could_vouch;
use crate::rules::is_of_landed;
use crate::rules::is_reviewed;
use crate::rules::lacking;

/// What to answer, and to which change.
pub struct Options {
    pub request: RecordId,
    pub answer: Answer,
    /// The delta that was read: the answer is refused if the request asks for another by now.
    pub delta: Digest,
    pub reason: Option<Text>,
}

/// The answer as it stands.
pub struct Outcome {
    pub answered: Answered,
    /// It was given already, and nothing was written.
    pub existed: bool,
    /// The ref that may move again, now that others have reviewed what landed on it.
    pub reviewed: Option<RefName>,
    /// What its principal had approved may count no more, and was not said again along with it.
    pub expired: bool,
    /// Why the approval does not count.
    pub discounted: Option<Discounted>,
}

impl Outcome {
    /// Returns that of an answer which was written just now.
    pub(crate) fn of(answered: Answered) -> Self {
        Self { answered, existed: false, reviewed: None, expired: false, discounted: None }
    }
}

/// Answers a request. An approval that could not count is refused, with the reason.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    if context.state().proposals.contains_key(&options.request) {
        return answer_plain(context, &identity, options);
    }
    if let Some(petition) = context.state().petitions.get(&options.request).cloned() {
        if options.answer == Answer::Approve {
            action::check_would_count(context, &petition, &identity.id)?;
        }
        return answer_plain(context, &identity, options);
    }
    let scale = match options.answer {
        Answer::Approve => Scale::of(context, &options.request),
        _ => Scale::unread(context),
    };
    if options.answer == Answer::Approve && !context.state().broken.contains_key(&options.request) {
        check_would_count(context, &identity.id, &options.request, &scale)?;
    }
    let id = identity.id.clone();
    if let Some(answered) = given_already(context.state(), &id, options)?
        && is_review_enough(context.state(), &answered)
        && let Some(outcome) = stands(context.state(), &scale, answered)
    {
        let reviewed = end_review(context, &identity, &options.request)?;
        return Ok(Outcome { reviewed, ..outcome });
    }
    context.append(&identity, |state, _| {
        let request = &known(state, &options.request)?.request;
        if request.delta != options.delta {
            let message = format!("`{}` now asks for {}", request.id, request.delta);
            return Err(Refusal::new(Code::ApprovalDelta, message).into());
        }
        let me = state.principal(&id).ok_or(Failure::NobodyHere)?;
        let mut approval = Approval {
            request: request.id.clone(),
            principal: id.clone(),
            delta: request.delta,
            answer: options.answer,
            role: me.record.role.clone(),
            policy: state.policy.version,
            reason: options.reason.clone(),
            request_rev: Some(request.rev),
            base: Some(request.base),
            base_tree: Some(request.base_tree),
            head: Some(request.head),
            new_tree: Some(request.new_tree),
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
            overrules: kept(state, options, &id),
        };
        say_again(state, &mut approval);
        Ok(draft_of(&approval))
    })?;
    let answered = just_given(context, &options.request, &id);
    let discounted = scale.discounted(context.state(), &answered);
    let reviewed = end_review(context, &identity, &options.request)?;
    Ok(Outcome { reviewed, discounted, ..Outcome::of(answered) })
}

/// Takes away what landed through broken glass once enough others have reviewed it: its ref may move again.
fn end_review(context: &mut Context, identity: &Identity, id: &RecordId) -> Result<Option<RefName>, Failure> {
    let is_due = |state: &State| state.broken.get(id).is_some_and(|broken| is_reviewed(state, broken));
    let Some(broken) = context.state().broken.get(id).filter(|_| is_due(context.state())) else { return Ok(None) };
    let target = broken.landed.target.clone();
    context.append(identity, |state, _| request::ending(state, id))?;
    Ok(Some(target))
}

/// Answers a request that names no commits: who decides about it, the ledger says.
fn answer_plain(context: &mut Context, identity: &Identity, options: &Options) -> Result<Outcome, Failure> {
    let (id, scale) = (&identity.id, Scale::unread(context));
    let known = context.state().approvals.get(&options.request).and_then(|answers| answers.get(id)).cloned();
    let me = context.state().principal(id);
    let says_so = |answered: &Answered| {
        let Approval { answer, delta, reason, role, .. } = &answered.approval;
        (*answer, *delta) == (options.answer, options.delta)
            && (options.reason.is_none() || *reason == options.reason)
            && me.is_some_and(|me| me.record.role == *role)
    };
    if let Some(outcome) = known.filter(says_so).and_then(|answered| stands(context.state(), &scale, answered)) {
        return Ok(outcome);
    }
    context.append(identity, |state, _| {
        check_open(state, &options.request)?;
        let me = state.principal(id).ok_or(Failure::NobodyHere)?;
        let (request, seen) = (options.request.clone(), (me.record.role.clone(), state.policy.version));
        let plain = Approval::plain(request, id.clone(), options.delta, options.answer, seen);
        let mut said = Approval { reason: options.reason.clone(), overrules: kept(state, options, id), ..plain };
        say_again(state, &mut said);
        Ok(draft_of(&said))
    })?;
    let answered = just_given(context, &options.request, id);
    let discounted = scale.discounted(context.state(), &answered);
    Ok(Outcome { discounted, ..Outcome::of(answered) })
}

/// Returns the outcome that stands already, unless saying the same again makes it count where it does no more.
fn stands(state: &State, scale: &Scale, answered: Answered) -> Option<Outcome> {
    let worth = match answered.approval.answer {
        Answer::Approve => scale.weigh(state, &answered),
        _ => Worth::Counts,
    };
    let has_lapsed = matches!(worth, Worth::Lapsed(_));
    let outcome = Outcome { existed: true, discounted: worth.discounted(), ..Outcome::of(answered) };
    (!has_lapsed).then_some(outcome)
}

fn check_open(state: &State, id: &RecordId) -> Result<(), Failure> {
    if state.petitions.contains_key(id) { Ok(()) } else { proposal::pending(state, id).map(|_| ()) }
}

/// Returns the vetoes that an approval goes on overruling, as its principal did before.
fn kept(state: &State, options: &Options, id: &PrincipalId) -> BTreeSet<NamedVeto> {
    if options.answer == Answer::Approve {
        overrule::standing_words(state, &options.request, id, &options.delta)
    } else {
        BTreeSet::new()
    }
}

pub(crate) fn draft_of(approval: &Approval) -> Draft {
    let verb = match approval.answer {
        Answer::Approve => "Approve",
        Answer::Reject => "Reject",
        Answer::Veto => "Veto",
        Answer::Attest => "Attest checks of",
        Answer::Overrule => "Overrule a veto on",
    };
    let path = RecordPath::Approval(approval.request.clone(), approval.principal.clone());
    let message = format!("{verb} {}", approval.request);
    Draft { edits: vec![Edit { path, text: Some(approval.to_text()) }], message }
}

pub(crate) fn just_given(context: &Context, request: &RecordId, id: &PrincipalId) -> Answered {
    let answers = context.state().approvals.get(request);
    answers.and_then(|answers| answers.get(id)).expect("it was just given").clone()
}

/// Returns the caller's answer if it says what it would say again, of the request as it stands.
fn given_already(state: &State, id: &PrincipalId, options: &Options) -> Result<Option<Answered>, Failure> {
    let request = &known(state, &options.request)?.request;
    let answers = state.approvals.get(&request.id);
    let Some(answered) = answers.and_then(|answers| answers.get(id)) else { return Ok(None) };
    let (approval, me) = (&answered.approval, state.principal(id).ok_or(Failure::NobodyHere)?);
    let same = approval.answer == options.answer
        && answered.request_rev == request.rev
        && [approval.delta, options.delta] == [request.delta; 2]
        && approval.role == me.record.role
        && approval.policy == state.policy.version
        && answered.signed >= state.key_rule(me)
        && (options.reason.is_none() || approval.reason == options.reason);
    Ok(same.then(|| answered.clone()))
}

/// Returns whether what was said of what landed through broken glass is all that its principal can say of it. A review does not
/// age; but what a root member said as one of many counts as its word for root when given anew.
fn is_review_enough(state: &State, answered: &Answered) -> bool {
    let Some(broken) = state.broken.get(&answered.approval.request) else { return true };
    let is_root = state.policy.is_root(&answered.approval.principal);
    let counts = answered.for_root || !is_root || lacking(state, broken).is_empty();
    counts && is_of_landed(broken, answered)
}

/// Takes the caller's answer back.
pub fn withdraw(context: &mut Context, request: &RecordId) -> Result<Appended, Failure> {
    let identity = identity::acting(context)?;
    withdraw_as(context, &identity, request)
}

/// Takes somebody's answer back.
pub(crate) fn withdraw_as(context: &mut Context, identity: &Identity, request: &RecordId) -> Result<Appended, Failure> {
    context.append(identity, |state, _| {
        let given = state.approvals.get(request).is_some_and(|answers| answers.contains_key(&identity.id));
        if !given {
            return Err(Failure::NotFound { kind: "answer of yours to", id: request.to_string() });
        }
        let path = RecordPath::Approval(request.clone(), identity.id.clone());
        Ok(Draft { edits: vec![Edit { path, text: None }], message: format!("Withdraw the answer to {request}") })
    })
}

/// Refuses an approval that counts for none of the rules that ask for one.
fn check_would_count(context: &Context, id: &PrincipalId, request: &RecordId, scale: &Scale) -> Result<(), Failure> {
    let state = context.state();
    let pending = pending(state, request)?;
    if pending.request.opener == *id {
        return Err(Refusal::new(Code::ApprovalSelf, format!("`{id}` opened the request")).into());
    }
    check_as_asked(context, pending)?;
    // Where the commits are not here, the server tells; an honest reviewer has fetched them.
    let change = scale.change_of(pending);
    let known = Contributors::of_request(pending);
    let contributors = change.map_or(&known, |change| &change.contributors);
    let changed = change.map(|change| change.entries.as_slice()).unwrap_or_default();
    let paths = change.map(Change::paths).unwrap_or_default();
    let subject = Subject {
        paths: &paths,
        now: context.ledger_now(),
        ..Subject::of(state, (&pending.request).into(), contributors)
    };
    let protections = state.protections_for(pending, &paths);
    let asking =
        protections.iter().flat_map(|protection| &protection.approvals).filter(|rule| rule.asks(paths.iter().copied()));
    let answers: Vec<Result<(), Discounted>> = asking.map(|rule| subject.could_count(rule, id)).collect();
    if answers.is_empty() || answers.iter().any(Result::is_ok) || could_vouch(&subject, changed, &protections, id) {
        return Ok(());
    }
    let Some(Err(why)) = answers.into_iter().next() else { return Ok(()) };
    Err(Refusal::new(why.code, format!("the approval would not count: `{id}` {}", why.why)).into())
}

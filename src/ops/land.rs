//! `land`: decide, push, record.

use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::ops::advance;
use crate::ops::advance::Turn;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Decision;
use crate::ops::identity;
use crate::ops::landing;
use crate::ops::landing::Circumstances;
use crate::ops::request::fetch_heads;
use crate::ops::request::pending;
use crate::ops::request::tip_of;
use crate::rules::Code;
use crate::rules::Movement;
use crate::rules::Refusal;
use crate::rules::Update;

/// How often it is decided anew because the ledger moved meanwhile: where many work that is no reason to give up.
const ATTEMPTS_MAX: u32 = 16;

/// Lands a request if the gate lets it. Returns the decision either way; the ref has moved if it allows.
pub fn run(context: &mut Context, id: &RecordId) -> Result<Decision, Failure> {
    for _ in 0..ATTEMPTS_MAX {
        if let Some(decision) = decide_and_land(context, id)? {
            return Ok(decision);
        }
    }
    Err(Failure::Contended(ATTEMPTS_MAX))
}

/// Tries once; `None` if the ledger moved while it was decided.
fn decide_and_land(context: &mut Context, id: &RecordId) -> Result<Option<Decision>, Failure> {
    let identity = identity::acting(context)?;
    let now = context.now();
    let turn = Turn::take(context)?;
    context.settle()?;
    finish_others(context, &turn, id)?;
    fetch_heads(context, pending(context.state(), id)?)?;
    let request = pending(context.state(), id)?.request.clone();
    fetch_target(context, &request.target)?;
    let there = tip_of(context, &request.target)?;
    let last = context.state().landed.get(&request.target).map(|landed| landed.new);
    // Somebody has pushed it where nobody records what lands: it is decided as if it had not been, and recorded.
    let is_there = there == Some(request.head) && last.is_some() && last != there;
    let old = if is_there { last } else { there };
    let update = Update { target: request.target.clone(), old, new: Some(request.head) };
    check_forward(context, &update)?;
    let decision = gate::run(context, &update, std::slice::from_ref(id))?;
    if !decision.verdict.allows() {
        return Ok(Some(decision));
    }
    let [segment] = decision.segments.as_slice() else {
        return Err(Refusal::new(Code::RequestAmbiguous, "the change is more than this request").into());
    };
    let circumstances = Circumstances {
        verdict: decision.verdict.digest(),
        decided_at: decision.verdict.height,
        rights_head: context.ledger.chain().head,
        now,
    };
    let decided_at = decision.verdict.height;
    // Where it is there already, nothing moves along with the entry.
    if !is_there {
        if context.ledger.store().remote().is_none() {
            advance::check(context, &turn, &update)?;
        }
        context.ledger.store().carry(&update);
    }
    let mut is_overtaken = false;
    let appended = context.append(&identity, |state, _| {
        // What was decided is what lands: if the ledger moved meanwhile, decide again.
        if state.height != decided_at {
            is_overtaken = true;
            return Err(Refusal::new(Code::PushMoved, "the ledger moved while this was decided").into());
        }
        landing::draft(state, &update.target, segment, circumstances)
    });
    context.ledger.store().carry_nothing();
    if is_overtaken && appended.is_err() {
        return Ok(None);
    }
    appended?;
    if context.ledger.store().remote().is_none() && !is_there {
        advance::follow(context, &update)?;
    }
    Ok(Some(decision))
}

/// Finishes landings that were stopped. One that cannot be finished is only in the way of others on the same ref, and is
/// what is told when its own request is not there any more.
fn finish_others(context: &Context, turn: &Turn, id: &RecordId) -> Result<(), Failure> {
    let wanted = context.state().requests.get(id).map(|pending| &pending.request.target);
    let mut stuck = turn.finish(context)?.into_iter();
    match stuck.find(|(target, _)| wanted.is_none_or(|wanted| wanted == target)) {
        Some((_, failure)) => Err(failure),
        None => Ok(()),
    }
}

/// Takes a protected ref as it is: how a ref without landings gets its first one. It is adopted as soon as enough root
/// members have.
pub fn adopt(context: &mut Context, target: &RefName) -> Result<crate::ledger::Appended, Failure> {
    let identity = identity::acting(context)?;
    context.settle()?;
    if let Some(last) = context.state().landed.get(target) {
        let message = format!("`{target}` is adopted already; it last landed at {}", last.new.short());
        return Err(Refusal::new(Code::LandedMismatch, message).into());
    }
    let there = tip_there(context, target)?;
    let tip = there.or(context.repository.reference(target.as_str())?);
    let tip = tip.ok_or_else(|| Failure::NotFound { kind: "ref", id: target.to_string() })?;
    if there.is_none() && context.state().adopts_with(target, tip, &identity.id) {
        context.ledger.store().carry(&Update { target: target.clone(), old: None, new: Some(tip) });
    }
    let (head, now) = (context.ledger.chain().head, context.now());
    let appended = context.append(&identity, |state, _| Ok(landing::adoption(state, target, tip, head, now)));
    context.ledger.store().carry_nothing();
    appended
}

/// Returns where a ref is at the remote that decides, if it is there at all.
pub(crate) fn tip_there(context: &Context, target: &RefName) -> Result<Option<ObjectId>, Failure> {
    let Some(remote) = context.ledger.store().remote() else { return Ok(None) };
    let found = context.program.remote(&context.repository, remote).references(&[target.to_string()])?;
    Ok(found.first().map(|(_, id)| *id))
}

pub(crate) fn fetch_target(context: &Context, target: &RefName) -> Result<(), Failure> {
    let (Some(remote), Some(branch)) = (context.ledger.store().remote(), target.branch()) else { return Ok(()) };
    let refspec = format!("+{target}:refs/remotes/{remote}/{branch}");
    context.program.remote(&context.repository, remote).fetch(&[refspec])?;
    Ok(())
}

fn check_forward(context: &Context, update: &Update) -> Result<(), Failure> {
    let (movement, _) = context.reader().movement(update.old, update.new)?;
    let what = match movement {
        Movement::Forward => return Ok(()),
        Movement::Sideways => "is merged into the change, which does not continue it",
        _ => "has moved on",
    };
    let message = format!("`{}` {what}; rebase the change and update the request", update.target);
    Err(Refusal::new(Code::RefNotForward, message).into())
}

//! `post-receive`: the record of what landed, written by the hub when the pusher did not.

use crate::git::Repository;
use crate::git::Swap;
use crate::ledger::Lost;
use crate::ledger::Signer;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::hooks;
use crate::ops::identity::Identity;
use crate::ops::receive::command::Command;
use crate::ops::receive::evaluated::Note;
use crate::ops::receive::evaluated::forget;
use crate::ops::receive::evaluated::give_up;
use crate::ops::receive::evaluated::recall;
use crate::ops::record::record_part;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::RECORDED_WITHIN;
use crate::rules::Refusal;
use crate::rules::Update;

/// What became of protected refs after a push.
#[derive(Default)]
pub struct Recorded {
    pub landed: Vec<(RefName, ObjectId)>,
    pub problems: Vec<String>,
}

/// Records the landings that the pusher did not, in the hub's name.
pub fn post_receive(surroundings: Surroundings, commands: &[Command]) -> Result<Recorded, Failure> {
    let (recorded, context) = record_all(surroundings)?;
    let Some(context) = context else { return Ok(recorded) };
    for command in commands {
        let Ok(name) = RefName::parse(&command.name) else { continue };
        // What could not be recorded yet is tried again with what was noted.
        if let Some(landed) = context.state().landed.get(&name).filter(|landed| command.new == Some(landed.new)) {
            forget(context.repository.common_dir(), &name, landed.new)?;
        }
    }
    Ok(recorded)
}

/// Records what an interrupted hook left unrecorded, before anything else is judged (S25).
pub(super) fn mend(surroundings: &Surroundings) -> Result<(), Failure> {
    record_all(surroundings.clone()).map(|_| ())
}

fn record_all(surroundings: Surroundings) -> Result<(Recorded, Option<Context>), Failure> {
    let repository = Repository::open_git_dir(&surroundings.directory)?;
    let mut context = match Context::open_in(surroundings, repository) {
        Ok(context) => context,
        // There is nothing to record; whether anything is taken without a ledger is for the gate to say.
        Err(Failure::NoLedger | Failure::Lost(Lost::Gone { .. })) => return Ok((Recorded::default(), None)),
        // It was set back: a push may bring back what was verified.
        Err(Failure::Lost(Lost::Left { .. })) => return Ok((Recorded::default(), None)),
        Err(failure) => return Err(failure),
    };
    let mut recorded = Recorded::default();
    let targets: Vec<RefName> = context
        .repository
        .references("refs/")?
        .into_iter()
        .filter_map(|(name, _)| RefName::parse(&name).ok())
        .filter(|name| context.state().policy.protects(name))
        .collect();
    for target in targets {
        match settle(&mut context, &target, &mut recorded) {
            // One ref that cannot be recorded holds nothing else up; it moves no further until it is.
            Err(Failure::Refused(refusal)) => recorded.problems.push(format!("{target} is not recorded: {refusal}")),
            settled => settled?,
        }
    }
    Ok((recorded, Some(context)))
}

/// Brings one protected ref and its last landing together.
fn settle(context: &mut Context, target: &RefName, recorded: &mut Recorded) -> Result<(), Failure> {
    let tip = context.repository.reference(target.as_str())?;
    // Nobody knows from where a ref came that was never adopted; the next landing says so.
    let Some(last) = context.state().landed.get(target).cloned() else { return Ok(()) };
    if tip == Some(last.new) {
        return Ok(());
    }
    // The landing was recorded, and the ref was held back: let it follow.
    if tip == last.old && context.repository.contains(last.new) {
        if context.repository.swap_reference_durably(target.as_str(), tip, Some(last.new), "coord: finish a landing")?
            == Swap::Done
        {
            recorded.landed.push((target.clone(), last.new));
        }
        return Ok(());
    }
    let Some(tip) = tip else { return Ok(()) };
    let common_dir = context.repository.common_dir().to_owned();
    let Some(note) = recall(&common_dir, target, tip)? else {
        let message = format!("it is at {}, and nothing tells that this was judged", tip.short());
        return Err(Refusal::new(Code::RefState, message).into());
    };
    match record_noted(context, target, last.new, tip, &note) {
        Ok(()) => {
            recorded.landed.push((target.clone(), tip));
            forget(&common_dir, target, tip)
        }
        Err(Failure::Refused(refusal)) if refusal.code != Code::PushMoved => {
            if !may_come_back(&refusal, &note, context.now()) {
                give_up(&common_dir, target, tip, note)?;
            }
            Err(refusal.into())
        }
        other => other,
    }
}

/// Returns whether the hub is without its key for a moment only: no rule has said no to the change, so the ledger waits.
/// It does not wait for ever, or a new key could never be enrolled.
fn may_come_back(refusal: &Refusal, note: &Note, now: Timestamp) -> bool {
    refusal.code == Code::HubMissing && now <= note.now + RECORDED_WITHIN
}

/// Records a plain push that the gate let through, with what it was decided with.
fn record_noted(
    context: &mut Context,
    target: &RefName,
    last: ObjectId,
    tip: ObjectId,
    note: &Note,
) -> Result<(), Failure> {
    let hub_missing = || Refusal::new(Code::HubMissing, "no hub is enrolled that could record it");
    let key = hooks::hub_key(&context.repository)?.ok_or_else(hub_missing)?;
    let hub = context.state().principal_by_key(&key.public()).ok_or_else(hub_missing)?;
    let identity = Identity { id: hub.record.id.clone(), signer: Signer::Key(key) };
    let parts = note.after(last).filter(|parts| parts.last().is_some_and(|part| part.new == tip));
    let Some(parts) = parts else {
        let message = format!("what was judged does not lead from {} to {}", last.short(), tip.short());
        return Err(Refusal::new(Code::RefState, message).into());
    };
    let mut old = last;
    for part in parts {
        let update = Update { target: target.clone(), old: Some(old), new: Some(part.new) };
        record_part(context, &identity, &update, part, note.now)?;
        old = part.new;
    }
    Ok(())
}

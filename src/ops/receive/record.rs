//! `post-receive`: the record of what landed, written by the hub when the pusher did not.

use crate::git::Repository;
use crate::git::Swap;
use crate::ledger::Lost;
use crate::ledger::Signer;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::hooks;
use crate::ops::identity::Identity;
use crate::ops::landing;
use crate::ops::landing::Circumstances;
use crate::ops::receive::command::Command;
use crate::ops::receive::evaluated::forget;
use crate::ops::receive::evaluated::recall;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
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
    let directory = surroundings.directory.clone();
    let recorded = record_all(surroundings, commands)?;
    for command in commands {
        if let (Ok(name), Some(new)) = (RefName::parse(&command.name), command.new) {
            forget(&directory, &name, new)?;
        }
    }
    Ok(recorded)
}

/// Records what an interrupted hook left unrecorded, before anything else is judged (S25).
pub(super) fn mend(surroundings: &Surroundings) -> Result<(), Failure> {
    record_all(surroundings.clone(), &[]).map(|_| ())
}

fn record_all(surroundings: Surroundings, commands: &[Command]) -> Result<Recorded, Failure> {
    let repository = Repository::open_git_dir(&surroundings.directory)?;
    let mut context = match Context::open_in(surroundings, repository) {
        Ok(context) => context,
        // There is nothing to record; whether anything is taken without a ledger is for the gate to say.
        Err(Failure::NoLedger | Failure::Lost(Lost::Gone { .. })) => return Ok(Recorded::default()),
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
        let from = commands.iter().find(|command| command.name == target.as_str()).map(|command| command.old);
        match settle(&mut context, &target, from, &mut recorded) {
            // One ref that cannot be recorded holds nothing else up; it moves no further until it is.
            Err(Failure::Refused(refusal)) => recorded.problems.push(format!("{target} is not recorded: {refusal}")),
            settled => settled?,
        }
    }
    Ok(recorded)
}

/// Brings one protected ref and its last landing together.
///
/// `from` is where the ref was before this push, if it moved with it: the first landing of a ref starts there.
fn settle(
    context: &mut Context,
    target: &RefName,
    from: Option<Option<ObjectId>>,
    recorded: &mut Recorded,
) -> Result<(), Failure> {
    let tip = context.repository.reference(target.as_str())?;
    let last = context.state().landed.get(target).cloned();
    let Some(last) = last else {
        return match from {
            Some(old) => record_plain(context, target, old, recorded),
            // Nobody knows from where it came; the next landing says so.
            None => Ok(()),
        };
    };
    if tip == Some(last.new) {
        return Ok(());
    }
    // The landing was recorded, and the ref was held back: let it follow.
    if tip == last.old && context.repository.contains(last.new) {
        if context.repository.swap_reference(target.as_str(), tip, Some(last.new), "coord: finish a landing")?
            == Swap::Done
        {
            recorded.landed.push((target.clone(), last.new));
        }
        return Ok(());
    }
    record_plain(context, target, Some(last.new), recorded)
}

/// Records a plain push, if it is one that the gate lets through.
fn record_plain(
    context: &mut Context,
    target: &RefName,
    old: Option<ObjectId>,
    recorded: &mut Recorded,
) -> Result<(), Failure> {
    let Some(key) = hooks::hub_key(&context.repository)? else { return Ok(()) };
    let Some(hub) = context.state().principal_by_key(&key.public()) else { return Ok(()) };
    let identity = Identity { id: hub.record.id.clone(), signer: Signer::Key(key) };
    let new = context.repository.reference(target.as_str())?;
    let update = Update { target: target.clone(), old, new };
    let noted = new.map(|new| recall(context.repository.common_dir(), target, new)).transpose()?.flatten();
    let named = noted.map(|note| note.named).unwrap_or_default();
    let decision = gate::run(context, &update, &named)?;
    if !decision.verdict.allows() {
        recorded.problems.push(format!("{target} moved without a verdict that allows it"));
        return Ok(());
    }
    let parts: Vec<_> =
        decision.segments.into_iter().map(|segment| (segment.facts.old, segment.facts.new, segment.request)).collect();
    for (old, new, request) in parts {
        record_part(context, &identity, &Update { target: target.clone(), old, new: Some(new) }, request.as_ref())?;
    }
    recorded.landed.extend(new.map(|new| (target.clone(), new)));
    Ok(())
}

/// Records one part of a plain push, with the verdict that it has by itself: it must replay.
fn record_part(
    context: &mut Context,
    identity: &Identity,
    update: &Update,
    request: Option<&RecordId>,
) -> Result<(), Failure> {
    const ATTEMPTS_MAX: u32 = 8;
    for _ in 0..ATTEMPTS_MAX {
        let now = context.now();
        context.ledger.refresh(now)?;
        let decision = gate::run(context, update, request.map_or(&[], std::slice::from_ref))?;
        let [segment] = decision.segments.as_slice() else { break };
        if !decision.verdict.allows() {
            break;
        }
        let height = decision.verdict.height;
        let circumstances = Circumstances {
            verdict: decision.verdict.digest(),
            decided_at: height,
            rights_head: context.ledger.chain().head,
            now,
        };
        let appended = context.append(identity, |state, _| {
            if state.height != height {
                return Err(Refusal::new(Code::PushMoved, "the ledger moved while this was decided").into());
            }
            landing::draft(state, &update.target, segment, circumstances)
        });
        match appended {
            Err(Failure::Refused(refusal)) if refusal.code == Code::PushMoved => {}
            other => return other.map(|_| ()),
        }
    }
    Err(Refusal::new(Code::LandedMissing, format!("`{}` moved, and its landing is not recorded", update.target)).into())
}

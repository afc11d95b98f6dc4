//! After a forge merged: the record of what landed, written by a job with the hub's key. A server's `post-receive` does the
//! same for what was pushed there.

use std::path::Path;

use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Decision;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::land::fetch_target;
use crate::ops::land::tip_there;
use crate::ops::record::Part;
use crate::ops::record::record_part;
use crate::ops::request::fetch_heads;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::Update;

/// How often it is decided anew because another job recorded, or something landed, meanwhile.
const ATTEMPTS_MAX: u32 = 8;

/// What became of a ref that a forge moved.
pub enum Outcome {
    /// It is where it last landed. Each request that this job recorded, with the commit that landed it.
    Recorded { new: ObjectId, landed: Vec<(RecordId, ObjectId)> },
    /// It was moved by what the gate does not let through.
    Refused(Decision),
}

/// Records what moved a ref at the remote since it last landed, one landing for each request. Asked again, or by two jobs at
/// once, it records nothing twice.
pub fn record(context: &mut Context, key: &Path, target: &RefName) -> Result<Outcome, Failure> {
    let mut landed = Vec::new();
    for _ in 0..ATTEMPTS_MAX {
        context.pull()?;
        let hub = hub(context, key)?;
        let last = last_landed(context, target)?;
        let tip = match context.ledger.store().remote() {
            Some(_) => tip_there(context, target)?,
            None => context.repository.reference(target.as_str())?,
        };
        let tip = tip.ok_or_else(|| {
            let message = format!("`{target}` is gone; it last landed at {}", last.short());
            Refusal::new(Code::RefDelete, message)
        })?;
        if tip == last {
            return Ok(Outcome::Recorded { new: tip, landed });
        }
        fetch_target(context, target)?;
        for pending in context.state().requests.values().filter(|pending| pending.request.target == *target) {
            fetch_heads(context, pending)?;
        }
        let update = Update { target: target.clone(), old: Some(last), new: Some(tip) };
        let decision = gate::run(context, &update, &[])?;
        if decision.verdict.allows() {
            record_each(context, &hub, &update, &decision, &mut landed)?;
            continue;
        }
        context.pull()?;
        if last_landed(context, target)? == last {
            return Ok(Outcome::Refused(decision));
        }
    }
    Err(Failure::Contended(ATTEMPTS_MAX))
}

/// Records the parts of a move. If somebody else has recorded one of them meanwhile, the rest is for the next attempt.
fn record_each(
    context: &mut Context,
    hub: &Identity,
    update: &Update,
    decision: &Decision,
    landed: &mut Vec<(RecordId, ObjectId)>,
) -> Result<(), Failure> {
    let (mut old, decided) = (update.old, context.now());
    for part in decision.segments.iter().filter_map(Part::of) {
        let step = Update { target: update.target.clone(), old, new: Some(part.new) };
        match record_part(context, hub, &step, &part, decided) {
            Ok(()) => landed.push((part.request, part.new)),
            Err(Failure::Refused(refusal)) => {
                context.pull()?;
                if Some(last_landed(context, &update.target)?) == old {
                    return Err(refusal.into());
                }
                return Ok(());
            }
            Err(failure) => return Err(failure),
        }
        old = Some(part.new);
    }
    Ok(())
}

fn last_landed(context: &Context, target: &RefName) -> Result<ObjectId, Failure> {
    let last = context.state().landed.get(target).map(|landed| landed.new);
    last.ok_or_else(|| Refusal::new(Code::LandedMissing, format!("nobody adopted `{target}`")).into())
}

/// Returns the hub whose key lies in a file. Whoever else may record landings does more than that, and keeps its key to
/// itself.
fn hub(context: &Context, key: &Path) -> Result<Identity, Failure> {
    let unusable = |reason: &str| Failure::KeyUnusable { path: key.to_owned(), reason: reason.to_owned() };
    let public = identity::public_key_of(key)?.ok_or_else(|| unusable("there is no key of OpenSSH in it"))?;
    let enrolled = context.state().principal_by_key(&public).filter(|enrolled| context.state().is_hub(enrolled));
    let enrolled = enrolled.ok_or_else(|| {
        let message = format!("no hub is enrolled with the key `{}`", public.to_openssh());
        Refusal::new(Code::HubMissing, message)
    })?;
    let signer = identity::signer_of_file(key, &public, &context.repository, &context.surroundings)?;
    let signer = signer.ok_or_else(|| unusable("its private part is not there"))?;
    Ok(Identity { id: enrolled.record.id.clone(), signer })
}

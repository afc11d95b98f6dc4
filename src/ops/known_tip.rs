//! Where a ref is that work lands on, as far as anybody here knows: the tracking branch is as old as the last fetch of it, and
//! the ledger tells of landings since.

use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::land::fetch_target;
use crate::ops::request::tip_of;

/// Returns where a ref is: where it landed last, if that continues what was fetched; else as it was fetched.
pub(crate) fn known_tip(context: &Context, target: &RefName) -> Result<Option<ObjectId>, Failure> {
    let fetched = tip_of(context, target)?;
    let landed = landed(context, target).filter(|landed| context.repository.contains(*landed));
    let (Some(landed), Some(tip)) = (landed, fetched) else { return Ok(fetched.or(landed)) };
    // What cannot be told of a history that is cut off was not seen to continue anything.
    let continues = landed != tip && context.repository.is_ancestor(tip, landed).unwrap_or(false);
    Ok(Some(if continues { landed } else { tip }))
}

/// Returns where a ref is, and fetches it if it has landed where nothing is known of here.
pub(crate) fn tip_fetched_if_unknown(context: &Context, target: &RefName) -> Result<Option<ObjectId>, Failure> {
    if landed(context, target).is_some_and(|landed| !context.repository.contains(landed)) {
        // Without the remote it is told of what is here.
        fetch_target(context, target).ok();
    }
    known_tip(context, target)
}

/// Returns where a ref landed last, as the ledger here knows.
pub(crate) fn landed(context: &Context, target: &RefName) -> Option<ObjectId> {
    context.state().landed.get(target).map(|landed| landed.new)
}

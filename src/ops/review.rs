//! What a reviewer of a request reads: the change that its head makes.

use crate::format::delta_digest;
use crate::model::DeltaEntry;
use crate::model::ObjectId;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::known_tip::tip_fetched_if_unknown;
use crate::ops::request::fetch_heads;
use crate::rules::Code;
use crate::rules::Pending;
use crate::rules::Refusal;

/// The change that the head of a request makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Where the ref was that it is read against, and the request's head: what it changes since it left that history.
    pub range: (ObjectId, ObjectId),
    /// Sorted by path.
    pub changes: Vec<DeltaEntry>,
    /// Whether that is what the request asks to land. Its record is only what its opener wrote.
    pub is_as_asked: bool,
}

/// Reads what the head of a request changes since it left the history of its ref; fetches the head if it is not here.
pub fn of_request(context: &Context, pending: &Pending) -> Result<Review, Failure> {
    fetch_heads(context, pending)?;
    let request = &pending.request;
    let reader = context.reader();
    // What has landed is read as it landed.
    let has_landed = context.state().broken.contains_key(&request.id);
    let tip = tip_fetched_if_unknown(context, &request.target)?.filter(|_| !has_landed).unwrap_or(request.base);
    let Some(changes) = reader.own_changes(tip, request.head)? else {
        let message = format!("{} has nothing in common with `{}`", request.head.short(), request.target);
        return Err(Refusal::new(Code::RefNotForward, message).into());
    };
    let is_as_asked = delta_digest(reader.audience, &request.target, &changes) == request.delta;
    Ok(Review { range: (tip, request.head), changes, is_as_asked })
}

/// Refuses to approve a change by a head that makes another one. Where the head is nowhere to be had, the gate tells.
pub(crate) fn check_as_asked(context: &Context, pending: &Pending) -> Result<(), Failure> {
    match of_request(context, pending) {
        Ok(review) if !review.is_as_asked => {
            let request = &pending.request;
            let head = request.head.short();
            let message = format!("the head {head} of `{}` makes another change than {}", request.id, request.delta);
            Err(Refusal::new(Code::ApprovalDelta, message).into())
        }
        _ => Ok(()),
    }
}

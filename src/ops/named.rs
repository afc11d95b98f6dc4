//! Claims by what people see of them: an id, a path, or a resource.

use crate::model::Claim;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Resource;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::rules::Lease;

/// Returns those of these claims that have what was typed as a resource, or a path that meets it.
pub(crate) fn on<'a>(
    context: &Context,
    text: &str,
    among: impl Iterator<Item = &'a Lease>,
) -> Result<Vec<&'a Lease>, Failure> {
    let resource = Resource::parse(text).ok();
    let reserves = |claim: &Claim| resource.as_ref().is_some_and(|resource| claim.resources.contains(resource));
    let (by_resource, others): (Vec<_>, Vec<_>) = among.partition(|lease| reserves(&lease.claim));
    let patterns = match claim::patterns(context, &[text.to_owned()]) {
        Err(_) if !by_resource.is_empty() => return Ok(by_resource),
        patterns => patterns?,
    };
    let meets = |lease: &&Lease| Pattern::any_overlap(&lease.claim.paths, &patterns);
    let by_path: Vec<_> = others.into_iter().filter(meets).collect();
    if by_resource.is_empty() {
        return Ok(by_path);
    }
    if by_path.is_empty() { Ok(by_resource) } else { Err(ambiguous(text)) }
}

/// Returns the one claim of somebody else that is meant.
pub fn of_others(context: &Context, text: &str) -> Result<RecordId, Failure> {
    if let Ok(id) = RecordId::parse(text) {
        return Ok(id);
    }
    let me = identity::whoami(context)?.record.id.clone();
    let found = one(context, text, Some(&me))?;
    if found.is_none() && identity::find(context.state(), text).is_ok() {
        let expected = "a claim; `git coord principals revoke` is for principals";
        return Err(Failure::Argument { what: text.to_owned(), expected });
    }
    found.ok_or_else(|| Failure::NotFound { kind: "claim", id: text.to_owned() })
}

/// Returns the one claim that is meant, if there is one.
pub(crate) fn one(context: &Context, text: &str, not_of: Option<&PrincipalId>) -> Result<Option<RecordId>, Failure> {
    let among = context.state().claims.values().filter(|lease| Some(&lease.claim.holder) != not_of);
    match on(context, text, among)?.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.claim.id.clone())),
        _ => Err(ambiguous(text)),
    }
}

fn ambiguous(text: &str) -> Failure {
    Failure::Argument { what: text.to_owned(), expected: "the name of one claim only: name its id" }
}

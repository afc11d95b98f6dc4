//! `revoke`: ends claims of others, in two entries.
//!
//! The first says that the claims are revoked, the second removes them. A single entry that lacks somebody else's claim
//! may come from a checkout that was behind, so it is never taken for that wish (S6).

use crate::format::WriteRecord;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Claim;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::rules::Lease;
use crate::rules::State;

/// Ends claims of others.
pub fn run(context: &mut Context, ids: &[RecordId]) -> Result<Appended, Failure> {
    let identity = identity::acting(context)?;
    let named = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let unmarked = |state: &State| -> Result<Vec<Claim>, Failure> {
        let mut found = Vec::new();
        for id in ids {
            found.push(lease(state, id)?.claim.clone());
        }
        found.retain(|claim| claim.revoked_by.is_none());
        Ok(found)
    };
    if !unmarked(context.state())?.is_empty() {
        context.append(&identity, |state, _| {
            let revoked = unmarked(state)?.into_iter().map(|claim| Claim {
                rev: claim.rev + 1,
                revoked_by: Some(identity.id.clone()),
                ..claim
            });
            let edits =
                revoked.map(|claim| Edit { path: RecordPath::Claim(claim.id.clone()), text: Some(claim.to_text()) });
            Ok(Draft { edits: edits.collect(), message: format!("Revoke {named}") })
        })?;
    }
    context.append(&identity, |state, _| {
        let mut edits = Vec::new();
        for id in ids {
            lease(state, id)?;
            edits.push(Edit { path: RecordPath::Claim(id.clone()), text: None });
        }
        Ok(Draft { edits, message: format!("Remove the revoked {named}") })
    })
}

fn lease<'a>(state: &'a State, id: &RecordId) -> Result<&'a Lease, Failure> {
    state.claims.get(id).ok_or_else(|| Failure::NotFound { kind: "claim", id: id.to_string() })
}

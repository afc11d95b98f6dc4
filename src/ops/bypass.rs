//! What went round the gate: what a protected ref has that never landed on it.

use crate::format::code_commit;
use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::ops::advance;
use crate::ops::context::Context;
use crate::sign::CodeSignature;
use crate::sign::verify_code_commit;

/// How many commits are counted at all.
const COUNT_MAX: usize = 10_000;
/// How many of them are told, the newest ones.
const TOLD_MAX: usize = 20;

/// A protected ref that is not where it last landed.
pub struct Bypass {
    pub target: RefName,
    /// Where it last landed.
    pub last: ObjectId,
    /// Where it is; `None` if it is gone.
    pub tip: Option<ObjectId>,
    /// The remote that decides; `None` if that is here.
    pub remote: Option<String>,
    /// The newest commits that it has and that never landed on it, newest first.
    pub brought: Vec<Brought>,
    /// How many more there are; `None` if that cannot be told here.
    pub left_out: Option<usize>,
    /// The request whose landing was stopped before the ref followed, if that is all that is wrong.
    pub stopped: Option<RecordId>,
}

/// A commit that nobody landed.
pub struct Brought {
    pub commit: ObjectId,
    pub subject: String,
    /// Who signed it; `None` if nobody enrolled did.
    pub signer: Option<PrincipalId>,
}

/// Looks at what a ref has instead of what last landed on it.
pub(crate) fn look(context: &Context, landed: &Landed, tip: Option<ObjectId>) -> Bypass {
    let commits =
        tip.map_or(Some(Vec::new()), |tip| context.repository.new_commits(&[landed.new], tip, COUNT_MAX).ok());
    let all = commits.as_deref().unwrap_or_default();
    let newest = all.iter().rev().take(TOLD_MAX);
    let unfinished = advance::unfinished(context).unwrap_or_default();
    let is_stopped = unfinished.iter().any(|update| update.target == landed.target);
    Bypass {
        target: landed.target.clone(),
        last: landed.new,
        tip,
        remote: context.ledger.store().remote().map(ToOwned::to_owned),
        brought: newest.filter_map(|id| tell(context, *id)).collect(),
        left_out: commits.as_ref().map(|all| all.len().saturating_sub(TOLD_MAX)),
        stopped: landed.request.clone().filter(|_| is_stopped),
    }
}

fn tell(context: &Context, id: ObjectId) -> Option<Brought> {
    let raw = context.repository.commit(id).ok()?;
    let parsed = code_commit::parse(&raw, context.repository.hash_kind()).ok();
    let signer = parsed.as_ref().and_then(|parsed| match verify_code_commit(parsed) {
        CodeSignature::Signed { key, .. } => context.state().keys.get(&key).cloned(),
        _ => None,
    });
    let subject = parsed.and_then(|parsed| parsed.message.lines().next().map(str::to_owned)).unwrap_or_default();
    Some(Brought { commit: id, subject, signer })
}

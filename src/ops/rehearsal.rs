//! What would the judge say? A change of the ledger judged before it is signed.

use crate::format::commit::Payload;
use crate::format::commit::SignedCommit;
use crate::format::commit::Stamp;
use crate::ledger::Signer;
use crate::ledger::read_changes;
use crate::model::KeyRule;
use crate::model::ObjectId;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::rules::Change;
use crate::rules::Code;
use crate::rules::Enrolled;
use crate::rules::Entry;
use crate::rules::Refusal;
use crate::rules::judge;
use crate::sign::SecretKey;
use crate::sign::verify_commit;

/// Judges a tree as the next entry of whoever's key git signs with here.
pub(crate) fn judge_tree(context: &Context, tree: ObjectId) -> Result<Result<(), Refusal>, Failure> {
    let who = identity::signing_with_git(context)?;
    let changed = context.repository.tree_changes(Some(context.ledger.chain().valid_tree), Some(tree))?;
    match read_changes(context.ledger.store(), &changed)? {
        Ok(changes) => judge_as(context, who, changes),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Judges changes as the next entry of a principal. Nothing is written.
///
/// The judge takes verified entries only. This one is signed by a key that is made for the purpose and thrown away, and
/// stands in for the principal's in a state that exists in memory only.
pub(crate) fn judge_as(
    context: &Context,
    who: &Enrolled,
    changes: Vec<Change>,
) -> Result<Result<(), Refusal>, Failure> {
    let chain = context.ledger.chain();
    let stand_in = SecretKey::generate();
    let mut state = chain.state.clone();
    let mut acting = who.clone();
    let id = acting.record.id.clone();
    // Whoever has a hardware key will touch it as its role asks; the stand-in is none.
    if who.key.is_hardware()
        && let Some(role) = state.policy.roles.get_mut(&who.record.role)
    {
        role.keys = KeyRule::Any;
    }
    acting.key = stand_in.public();
    state.keys.insert(stand_in.public(), id.clone());
    state.principals.insert(id, acting);
    let unwritable = |fault: &dyn std::fmt::Display| Failure::Unwritable(fault.to_string());
    let time = context.ledger_now().unix_s();
    let stamp = Stamp::new("draft", "draft@coord.invalid", time, "+0000").map_err(|fault| unwritable(&fault))?;
    let message = "draft\n".to_owned();
    let payload = Payload::build(chain.valid_tree, Some(chain.head), stamp.clone(), stamp, message);
    let payload = payload.map_err(|fault| unwritable(&fault))?;
    let armor = Signer::Key(stand_in).sign(payload.bytes())?;
    let verified = verify_commit(SignedCommit::new(payload, armor)).map_err(|fault| unwritable(&fault))?;
    let entry = Entry::new(verified, changes);
    let entry =
        entry.ok_or_else(|| Failure::from(Refusal::new(Code::EntryNonCanonical, "its date is out of range")))?;
    Ok(judge(&state, &entry).map(|_| ()))
}

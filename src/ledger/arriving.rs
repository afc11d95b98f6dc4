//! Entries that a push brings to a server: judged one by one before any of them is taken.

use crate::git::GitError;
use crate::ledger::chain::Chain;
use crate::ledger::chain::Step;
use crate::ledger::store::Store;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;

/// Returns the chain that a pushed head ends. A server takes no void entries, and none of tomorrow. `visit` is handed the state
/// before and after each.
pub fn judge_arriving<S: Store, E: From<Refusal> + From<LedgerError> + From<GitError>>(
    ledger: &Ledger<S>,
    new: ObjectId,
    now: Timestamp,
    mut visit: impl FnMut(&State, &State) -> Result<(), E>,
) -> Result<Chain, E> {
    let path = ledger.path_to(new).map_err(|error| match error {
        LedgerError::Refused(fault, _) if fault.refusal.code == Code::LedgerFork => {
            let message = "the pushed ledger does not continue the one that is here";
            E::from(Refusal::new(Code::LedgerNotForward, message))
        }
        LedgerError::Refused(fault, _) => E::from(fault.refusal),
        other => other.into(),
    })?;
    let mut chain = ledger.chain().clone();
    for commit_id in path.into_iter().rev() {
        match chain.step(ledger.store(), commit_id, now)?.map_err(|fault| E::from(fault.refusal))? {
            Step::Taken(_, Some(void)) => {
                let place = void.refusal.record.clone().unwrap_or_else(|| commit_id.short());
                return Err(void.refusal.about(place).into());
            }
            Step::Taken(next, None) => {
                visit(&chain.state, &next.state)?;
                chain = *next;
            }
            Step::Wait(_) => {
                return Err(Refusal::new(Code::EntrySkew, "the entry is dated ahead of the server's clock").into());
            }
        }
    }
    Ok(chain)
}

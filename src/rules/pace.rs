//! How fast one principal writes. A ledger is read by everybody: nobody may flood it (LED-15). And who approves faster
//! than anybody reads puts a stamp on what it has not seen (APP-18).

use crate::model::PrincipalId;
use crate::model::Span;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Pace;
use crate::rules::state::State;

/// How many records one principal changes within one window at most: far more than work needs, far fewer than hurt.
const CHANGES_MAX: u64 = 10_000;
/// A window begins with the first entry after the last one, by the dates of the entries.
const WINDOW: Span = Span::from_s(3_600);
/// From here on verdicts warn of somebody's approvals: that leaves less than three minutes for each.
pub(crate) const APPROVALS_UNHURRIED_MAX: u64 = 20;

/// Counts what an entry of a principal changes, or refuses it.
pub(crate) fn count(
    state: &mut State,
    signer: &PrincipalId,
    time: Timestamp,
    change_count: usize,
) -> Result<(), Refusal> {
    let last = state.paces.get(signer).filter(|pace| time < pace.since + WINDOW).copied();
    let last = last.unwrap_or(Pace { since: time, count: 0, approval_count: 0 });
    let count = last.count + change_count as u64;
    ensure(count <= CHANGES_MAX, Code::EntryQuota, || {
        format!("`{signer}` would change more than {CHANGES_MAX} records within {WINDOW}")
    })?;
    state.paces.insert(signer.clone(), Pace { count, ..last });
    Ok(())
}

/// Counts an approval in an entry that is counted. Returns how many there are in the window.
pub(crate) fn count_approval(state: &mut State, signer: &PrincipalId) -> u64 {
    let last = *state.paces.get(signer).expect("the entry of an approval is counted");
    let pace = Pace { approval_count: last.approval_count + 1, ..last };
    state.paces.insert(signer.clone(), pace);
    pace.approval_count
}

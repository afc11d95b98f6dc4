//! How fast one principal writes. A ledger is read by everybody: nobody may flood it (LED-15).

use crate::model::PrincipalId;
use crate::model::Span;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Pace;
use crate::rules::state::State;

/// How many entries one principal makes within one window at most: far more than work needs, far fewer than hurt.
const ENTRIES_MAX: u64 = 10_000;
/// A window begins with the first entry after the last one, by the dates of the entries.
const WINDOW: Span = Span::from_s(3_600);

/// Counts an entry of a principal, or refuses it.
pub(crate) fn count(state: &mut State, signer: &PrincipalId, time: Timestamp) -> Result<(), Refusal> {
    let last = state.paces.get(signer).filter(|pace| time < pace.since + WINDOW);
    let pace = last.map_or(Pace { since: time, count: 1 }, |pace| Pace { count: pace.count + 1, ..*pace });
    ensure(pace.count <= ENTRIES_MAX, Code::EntryQuota, || {
        format!("`{signer}` made {ENTRIES_MAX} entries within {WINDOW}")
    })?;
    state.paces.insert(signer.clone(), pace);
    Ok(())
}

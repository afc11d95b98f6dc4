//! How fast one principal writes. A ledger is read by everybody: nobody may flood it (LED-15). And who approves faster
//! than anybody reads puts a stamp on what it has not seen (APP-18).

use crate::model::PrincipalId;
use crate::model::Span;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

/// How many records one principal changes within one window at most: far more than work needs, far fewer than hurt.
const CHANGES_MAX: u64 = 10_000;
/// A window begins with the first entry after the last one, by the dates of the entries. Around its end twice as much fits,
/// which is still far fewer than hurt; approvals are counted within any hour.
const WINDOW: Span = Span::from_s(3_600);
/// From here on verdicts warn of somebody's approvals: that leaves less than three minutes for each.
pub(crate) const APPROVALS_UNHURRIED_MAX: u64 = 20;

/// What a principal has done lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The beginning of its present window.
    pub since: Timestamp,
    /// How many records it changed since.
    pub count: u64,
    /// The seconds of the last hour in which it gave approvals, with how many.
    pub approvals: Vec<(Timestamp, u64)>,
}

/// Counts what an entry of a principal changes, or refuses it.
pub(crate) fn count(
    state: &mut State,
    signer: &PrincipalId,
    time: Timestamp,
    change_count: usize,
) -> Result<(), Refusal> {
    let last = state.paces.get(signer);
    let approvals = last.map(|pace| recent(&pace.approvals, time)).unwrap_or_default();
    let window = last.filter(|pace| time < pace.since + WINDOW).map(|pace| (pace.since, pace.count));
    let (since, before) = window.unwrap_or((time, 0));
    let count = before + change_count as u64;
    ensure(count <= CHANGES_MAX, Code::EntryQuota, || {
        format!("`{signer}` would change more than {CHANGES_MAX} records within {WINDOW}")
    })?;
    state.paces.insert(signer.clone(), Pace { since, count, approvals });
    Ok(())
}

/// Counts an approval in an entry that is counted. Returns how many its principal gave within the hour that ends with it.
pub(crate) fn count_approval(state: &mut State, signer: &PrincipalId, time: Timestamp) -> u64 {
    let mut pace = state.paces.get(signer).expect("the entry of an approval is counted").clone();
    match pace.approvals.last_mut().filter(|(then, _)| *then == time) {
        Some((_, count)) => *count += 1,
        None => pace.approvals.push((time, 1)),
    }
    let within_hour = pace.approvals.iter().map(|(_, count)| count).sum();
    state.paces.insert(signer.clone(), pace);
    within_hour
}

impl State {
    /// Returns how many approvals somebody has given within the hour that ends at a moment.
    pub(crate) fn approvals_within_hour(&self, id: &PrincipalId, time: Timestamp) -> u64 {
        let given = self.paces.get(id).map(|pace| recent(&pace.approvals, time));
        given.iter().flatten().map(|(_, count)| count).sum()
    }
}

/// Returns what was given less than an hour before. Entries are dated by whole seconds and never before the last one, so no
/// principal has more than 3,600 of these, however many approvals it gives.
fn recent(approvals: &[(Timestamp, u64)], time: Timestamp) -> Vec<(Timestamp, u64)> {
    approvals.iter().copied().filter(|(then, _)| time < *then + WINDOW).collect()
}

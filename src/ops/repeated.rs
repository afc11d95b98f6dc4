//! An answer that is given once more: because the one before counts no more, or along with something else.

use crate::format::format_time;
use crate::model::Approval;
use crate::model::Text;
use crate::rules::State;

/// Makes an answer another record than the one before, which it may repeat to the letter: that would change nothing. The one
/// before is not withdrawn for it, because more goes with it: what its principal overruled, and which checks it saw fail.
pub(crate) fn say_again(state: &State, said: &mut Approval) {
    let last = state.approvals.get(&said.request).and_then(|answers| answers.get(&said.principal));
    let Some(last) = last.filter(|last| last.approval == *said) else { return };
    let again = format!("again: what was said at {} counts no more", format_time(last.given_time));
    let longer = said.reason.as_ref().and_then(|reason| Text::parse_multiline(&format!("{reason} ({again})")).ok());
    // A reason that leaves no room stays in the entry before.
    said.reason =
        Some(longer.unwrap_or_else(|| Text::parse(&again).expect("it is a short line of printable characters")));
}

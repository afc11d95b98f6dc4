//! An answer that is given once more: because the one before counts no more, or along with something else.

use crate::format::format_time;
use crate::model::Approval;
use crate::model::Text;
use crate::model::Timestamp;
use crate::ops::action;
use crate::rules::Answered;
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

/// Returns whether an approval still counts as far as its age and its key tell, for every rule that may ask for it: what is said
/// along with something else is not to bring back what has ended.
pub(crate) fn goes_on(state: &State, now: Timestamp, answered: &Answered) -> bool {
    let Approval { request, principal, .. } = &answered.approval;
    let is_fit = state.principal(principal).is_some_and(|enrolled| answered.signed >= state.key_rule(enrolled));
    let has_expired = match (state.petitions.get(request), state.requests.get(request)) {
        (Some(petition), _) => action::has_expired(state, now, petition, principal),
        (None, Some(pending)) => {
            let protections = state.protections_for(pending, &[]);
            let mut ages =
                protections.iter().flat_map(|protection| &protection.approvals).filter_map(|rule| rule.max_age);
            ages.any(|age| answered.given_time + age < now)
        }
        (None, None) => false,
    };
    is_fit && state.stands_by(principal, answered.given) && !has_expired
}

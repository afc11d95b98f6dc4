//! What is said of the claims that a commit takes by itself: how many paths they cover, and what is left and why.

use crate::model::Pattern;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::commit_claims;
use crate::ui::counted;
use crate::ui::plain;
use crate::ui::words_of;

/// Claims staged paths. Returns what is said of it.
pub(super) fn claim_staged(context: &mut Context, paths: &[Pattern]) -> Result<Vec<String>, Failure> {
    let taken = commit_claims::take(context, paths)?;
    let all = counted(paths.len() as u64, "path", "paths");
    let claims = taken.claims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Some(first) = paths.get(taken.count) else { return Ok(vec![format!("git coord: claimed {all} as {claims}")]) };
    let rest = counted((paths.len() - taken.count) as u64, "path", "paths");
    let mut said = vec![
        format!("git coord: claimed {} of {all} as {claims}", taken.count),
        format!("git coord: {rest} from {} on are nobody's", plain(first.as_str())),
    ];
    said.extend(taken.stopped.iter().flat_map(|failure| words_of(failure).human()));
    said.push("hint: git coord claim <directories> --intent \"…\"".to_owned());
    Ok(said)
}

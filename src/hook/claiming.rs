//! What is said of the claims that a commit takes by itself: how many paths they cover, and what is left and why.

use crate::hook::Answer;
use crate::hook::held;
use crate::model::Pattern;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::commit_claims;
use crate::ops::commit_claims::Taken;
use crate::ops::identity;
use crate::ops::status;
use crate::rules::Code;
use crate::ui::counted;
use crate::ui::plain;
use crate::ui::words_of;

/// Claims staged paths. Returns what is said of it, and stops the commit if one of them turns out to be held by somebody
/// else: the ledger that the hook began with may have been old.
pub(super) fn claim_staged(context: &mut Context, paths: &[Pattern]) -> Result<Answer, Failure> {
    let taken = commit_claims::take(context, paths);
    // To claim is to hear what others have claimed, also on the paths after those.
    let held = status::permission_on(context, paths).held_by_others;
    if !held.is_empty() {
        let mut answer = held::refusal(context, &held)?;
        answer.said.extend(taken.ok().and_then(|taken| claimed_line(&taken, paths)));
        return Ok(answer);
    }
    let taken = match taken {
        Ok(Taken { stopped: Some(failure), .. }) | Err(failure) if is_held(context, &failure) => {
            return Ok(refusal(&failure));
        }
        taken => taken?,
    };
    let mut said: Vec<String> = claimed_line(&taken, paths).into_iter().collect();
    if let Some(first) = paths.get(taken.count) {
        let rest = counted((paths.len() - taken.count) as u64, "path", "paths");
        said.push(format!("git coord: {rest} from {} on are nobody's", plain(first.as_str())));
        said.extend(taken.stopped.iter().flat_map(|failure| words_of(failure).human()));
        said.push("hint: git coord claim <directories> --intent \"…\"".to_owned());
    }
    Ok(Answer::go_on_saying(said))
}

/// Says what was claimed, if anything was.
fn claimed_line(taken: &Taken, paths: &[Pattern]) -> Option<String> {
    let all = counted(paths.len() as u64, "path", "paths");
    let claims = taken.claims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let of = if taken.count < paths.len() { format!("{} of {all}", taken.count) } else { all };
    (taken.count > 0).then(|| format!("git coord: claimed {of} as {claims}"))
}

/// Returns whether a claim was refused because somebody else is in its way. One's own claim is not that.
fn is_held(context: &Context, failure: &Failure) -> bool {
    let words = words_of(failure);
    let caller = identity::whoami(context).ok().map(|enrolled| &enrolled.record.id);
    let is_own = matches!(failure, Failure::OwnGround { .. })
        || !words.obstacles.is_empty() && words.obstacles.iter().all(|obstacle| Some(&obstacle.holder) == caller);
    words.code == Code::ClaimHeld.as_str() && !is_own
}

/// Refuses the commit for what stood in the way of its claim, which may be past its time and not yet free.
fn refusal(failure: &Failure) -> Answer {
    let mut said = vec![held::HEADLINE.to_owned()];
    said.extend(words_of(failure).human());
    said.push(held::HINT.to_owned());
    Answer::stop(said)
}

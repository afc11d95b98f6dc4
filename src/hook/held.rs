//! How a hook refuses what somebody else holds.

use crate::hook::Answer;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Standing;
use crate::rules::Lease;
use crate::ui::beside;
use crate::ui::plain;
use crate::ui::quoted;
use crate::ui::span_words;

/// The first line of every such refusal.
pub(super) const HEADLINE: &str = "git coord: somebody else holds what you commit";
/// The next step.
pub(super) const HINT: &str =
    "hint: unstage these paths, or wait: git coord claim <paths> --intent \"…\" --queue --wait 10m";

/// Refuses a commit for the claims of others.
pub(super) fn refusal(context: &Context, held_by_others: &[Lease]) -> Result<Answer, Failure> {
    let mut said = vec![HEADLINE.to_owned()];
    let (now, standing) = (context.ledger_now(), Standing::of(context)?);
    for lease in held_by_others.iter().take(5) {
        let paths: Vec<_> = lease.claim.paths.iter().map(ToString::to_string).collect();
        let left = span_words(lease.claim.expires.since(now));
        said.push(format!(
            "  {}  held by {} for another {left} ({}{})",
            plain(&paths.join(", ")),
            lease.claim.holder,
            lease.claim.id,
            beside(standing.of_lease(lease))
        ));
        said.push(format!("    {}", quoted(lease.claim.intent.as_str())));
    }
    said.push(HINT.to_owned());
    Ok(Answer::stop(said))
}

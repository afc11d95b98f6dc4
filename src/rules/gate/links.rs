//! Symbolic links: who follows one leaves the lane in which it lies.

use crate::model::Content;
use crate::model::DeltaEntry;
use crate::model::PrincipalKind;
use crate::rules::code::Code;
use crate::rules::gate::facts::CommitFact;
use crate::rules::gate::segment::Context;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::verdict::first_of;
use crate::rules::gate::work::signer_of;
use crate::rules::state::Trust;

/// Refuses links that an agent made, or pointed elsewhere: where a link points is all that there is to it.
pub(crate) fn rule(context: &Context<'_>) -> Option<RuleOutcome> {
    let is_made_by_agent = |change: &&DeltaEntry| is_link(change) && touched_by_agent(context, &change.path);
    let mut made = context.segment.facts.changes.iter().filter(is_made_by_agent);
    let first = made.next()?;
    let found = vec![first_of(&first.path, 1 + made.count())];
    let needed = "agents make no symbolic links, and point none elsewhere";
    Some(RuleOutcome::broken("links", Code::LaneSymlink, needed, found))
}

fn is_link(change: &DeltaEntry) -> bool {
    change.new.is_some_and(|content| content.mode == Content::LINK)
}

fn touched_by_agent(context: &Context<'_>, path: &[u8]) -> bool {
    // Whoever is not known, or only says of itself that it is human, counts as an agent.
    let is_agent = |commit: &CommitFact| {
        let signer = signer_of(context.question, commit);
        signer.is_none_or(|signer| signer.record.kind == PrincipalKind::Agent || signer.trust == Trust::Provisional)
    };
    context.work.answering(context.segment.facts, path).into_iter().any(is_agent)
}

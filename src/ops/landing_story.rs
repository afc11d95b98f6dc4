//! How something came to land: who asked, who approved, which machines said what of it, and past whose veto or without whom.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Landed;
use crate::model::PrincipalId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::history::Line;
use crate::rules::CheckResult;
use crate::rules::State;
use crate::rules::overruled_vetoes;

/// How a line came to be where it is.
pub struct LandingStory {
    pub target: RefName,
    pub height: u64,
    pub landed: Landed,
    pub title: String,
    pub opener: PrincipalId,
    pub approvals: Vec<(PrincipalId, Option<String>)>,
    /// What services said of the tree that landed; of any tree, where its commit is not here any more.
    pub attestations: Vec<(PrincipalId, RecordName, CheckResult)>,
    /// Whose vetoes did not stand, each with the root members who said so.
    pub overruled: Vec<(PrincipalId, BTreeSet<PrincipalId>)>,
    /// Set where it landed before anybody approved.
    pub glass: Option<GlassStory>,
    /// Who recorded it.
    pub recorder: Option<PrincipalId>,
}

/// Why something landed before anybody approved it, and who looked at it afterwards.
pub struct GlassStory {
    pub reason: String,
    /// `None` as long as that is not enough.
    pub reviewed: Option<Vec<PrincipalId>>,
}

impl LandingStory {
    /// Returns what an entry landed by a request; nothing of a ref that was taken as it was.
    pub(crate) fn of(context: &Context, entry: &Line, before: &State, landed: &Landed) -> Option<Self> {
        let request = &before.requests.get(landed.request.as_ref()?)?.request;
        // What was said of an earlier state of the request did not count.
        let approved = before
            .answers(&request.id)
            .filter(|answered| answered.request_rev == request.rev && answered.approval.answer == Answer::Approve);
        let approvals = approved.map(|answered| {
            let reason = answered.approval.reason.as_ref().map(|reason| reason.as_str().to_owned());
            (answered.approval.principal.clone(), reason)
        });
        let overruled = overruled_vetoes(before, request);
        let glass = request.break_glass.as_ref();
        Some(Self {
            target: landed.target.clone(),
            height: entry.height,
            landed: landed.clone(),
            title: request.title.as_str().to_owned(),
            opener: request.opener.clone(),
            approvals: approvals.collect(),
            attestations: attestations(context, before, landed),
            overruled: overruled.into_iter().map(|(veto, by)| (veto.approval.principal.clone(), by)).collect(),
            glass: glass.map(|glass| GlassStory { reason: glass.reason.as_str().to_owned(), reviewed: None }),
            recorder: entry.signer.clone(),
        })
    }

    /// Takes in who looked at it afterwards.
    pub(crate) fn listen(&mut self, before: &State, after: &State) {
        let Some((glass, id)) = self.glass.as_mut().zip(self.landed.request.as_ref()) else { return };
        if before.broken.contains_key(id) && !after.broken.contains_key(id) {
            glass.reviewed = Some(before.answers(id).map(|answered| answered.approval.principal.clone()).collect());
        }
    }
}

fn attestations(context: &Context, before: &State, landed: &Landed) -> Vec<(PrincipalId, RecordName, CheckResult)> {
    let tree = context.repository.commit_links(landed.new).ok().map(|links| links.tree);
    let answers = landed.request.iter().flat_map(|id| before.answers(id));
    let words = answers.flat_map(|answered| {
        let words = answered.attested.words.iter().filter(|((of, _), _)| tree.is_none_or(|tree| tree == *of));
        words.map(|((_, check), word)| (answered.approval.principal.clone(), check.clone(), word.result))
    });
    words.collect()
}

//! What its own author took back of what stood in the way: a veto, or what a service saw fail. Whoever has a stolen key
//! needs no approval of it where taking that back is enough.

use crate::model::Answer;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::ops::history::Line;
use crate::ops::past::Landing;
use crate::ops::suspicion::rereview::pending;
use crate::rules::Answered;
use crate::rules::CheckResult;
use crate::rules::Petition;
use crate::rules::State;
use crate::rules::is_of_same;

/// An answer that stood in the way, until its author took that back.
pub(crate) struct Withdrawn {
    /// As it was.
    answered: Answered,
    is_veto: bool,
    /// The trees on which checks failed by it.
    failed: Vec<ObjectId>,
    /// Whether checks failed by it on trees that are not told apart any more: on each of them, perhaps.
    is_untold: bool,
    height: u64,
    /// The ledger just before.
    before: State,
}

impl Withdrawn {
    /// Returns what an entry took back.
    pub(crate) fn of(line: &Line, before: &State, after: &State) -> Vec<Self> {
        let Some(signer) = &line.signer else { return Vec::new() };
        let paths = line.changes.iter().filter_map(|(_, path)| RecordPath::parse(path));
        let named = paths.filter_map(|path| match path {
            RecordPath::Approval(request, author) if author == *signer => Some(request),
            _ => None,
        });
        let named: Vec<RecordId> = match line.left_out {
            0 => named.collect(),
            _ => before.approvals.keys().cloned().collect(),
        };
        let here = named.iter().filter_map(|request| Self::by(signer, request, line.height, before, after));
        here.chain(Self::left_behind(signer, &named, line.height, before, after)).collect()
    }

    /// Returns the vetoes that went on after their requests, and that their author ended by another word than a veto.
    fn left_behind<'a>(
        author: &'a PrincipalId,
        named: &[RecordId],
        height: u64,
        before: &'a State,
        after: &'a State,
    ) -> impl Iterator<Item = Self> + 'a {
        let now = named.iter().filter_map(|request| after.approvals.get(request)?.get(author));
        let ends = now.into_iter().any(|answered| answered.approval.answer != Answer::Veto);
        let gone = move |(key, _): &(&(RecordId, PrincipalId), _)| {
            ends && key.1 == *author && !after.left_vetoes.contains_key(key)
        };
        before.left_vetoes.iter().filter(gone).map(move |(_, left)| Self {
            answered: left.veto.clone(),
            is_veto: true,
            failed: Vec::new(),
            is_untold: false,
            height,
            before: before.clone(),
        })
    }

    fn by(author: &PrincipalId, request: &RecordId, height: u64, before: &State, after: &State) -> Option<Self> {
        let answered = |state: &State| state.approvals.get(request).and_then(|answers| answers.get(author)).cloned();
        let (then, now) = (answered(before)?, answered(after));
        let is_veto = |answered: &Answered| answered.approval.answer == Answer::Veto;
        let now_said = now.as_ref().map(|now| &now.attested);
        let is_gone = |of: &_| now_said.is_none_or(|now| !now.words.contains_key(of));
        let former = then.attested.former.iter().flat_map(|(of, words)| words.iter().map(move |word| (of, word)));
        let words = then.attested.words.iter().chain(former);
        let failed = words.filter(|(of, word)| word.result == CheckResult::Failed && is_gone(of));
        let failed: Vec<_> = failed.map(|((tree, _), _)| *tree).collect();
        let is_untold = then.attested.untold.keys().any(|of| now_said.is_none_or(|now| !now.untold.contains_key(of)));
        let is_veto = is_veto(&then) && !now.as_ref().is_some_and(is_veto);
        let before = before.clone();
        let stood = is_veto || is_untold || !failed.is_empty();
        stood.then_some(Self { answered: then, is_veto, failed, is_untold, height, before })
    }

    /// Returns whether somebody took it back within some heights.
    pub(crate) fn is_by(&self, id: &PrincipalId, heights: std::ops::RangeInclusive<u64>) -> bool {
        self.answered.approval.principal == *id && heights.contains(&self.height)
    }

    /// Returns whether it was against what landed.
    pub(crate) fn stopped(&self, landing: &Landing) -> bool {
        let Some(asked) = pending(landing).map(|pending| &pending.request) else { return false };
        let approval = &self.answered.approval;
        let failed = || {
            approval.request == asked.id
                && landing.tree.is_some_and(|tree| self.is_untold || self.failed.contains(&tree))
        };
        self.is_veto && is_of_same(&self.before, approval, Some(asked), &asked.delta) || failed()
    }

    /// Returns whether it was against what was run.
    pub(crate) fn stopped_run(&self, petition: &Petition) -> bool {
        let (approval, asked) = (&self.answered.approval, &petition.request);
        self.is_veto && (approval.request == asked.id || is_of_same(&self.before, approval, None, &asked.delta))
    }
}

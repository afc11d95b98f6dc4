//! How a landing rests on somebody: what it said or signed that the landing was decided with.

use crate::model::Answer;
use crate::model::CheckRule;
use crate::model::Digest;
use crate::model::FindingState;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Severity;
use crate::ops::past::Landing;
use crate::ops::suspicion::rereview::pending;
use crate::rules::Answered;
use crate::rules::Attested;
use crate::rules::CheckResult;
use crate::rules::Force;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::State;
use crate::rules::objections;
use crate::rules::overrulers;

/// How a landing rests on somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It signed a commit.
    Signature,
    /// It approved.
    Approval,
    /// It attested a check of what landed.
    Attestation,
    /// It overruled a veto that would have stopped it.
    Overruling,
    /// It took back its own veto, or a check that it saw fail.
    Withdrawal,
    /// It set a finding aside that would have stopped it.
    Review,
    /// It recorded the landing.
    Recording,
}

/// Returns how a landing rests on what somebody said from a height on, or signed.
pub(crate) fn parts(landing: &Landing, id: &PrincipalId, since: u64) -> Vec<Part> {
    let (landed, records) = (&landing.landed, &landing.records);
    let approved = landed.request.iter().flat_map(|request| records.answers(request)).any(|answered| {
        let approval = &answered.approval;
        approval.principal == *id && approval.answer == Answer::Approve && answered.given >= since
    });
    let set_aside = pending(landing).is_some_and(|pending| {
        let by = |noted: &&Noted| noted.triaged_by.as_ref() == Some(id) && noted.triaged >= since;
        records.findings.values().filter(by).any(|noted| would_have_stopped(landing, pending, noted))
    });
    let overruled = |(request, delta): (&RecordId, &Digest)| has_overruled(records, request, delta, id, since);
    [
        (Part::Signature, landed.signers.contains(id)),
        (Part::Approval, landed.approvals.contains(id) && approved),
        (Part::Attestation, has_attested(landing, id, since)),
        (Part::Overruling, landed.request.as_ref().zip(landed.delta.as_ref()).is_some_and(overruled)),
        (Part::Review, set_aside),
        (Part::Recording, landing.recorder.as_ref() == Some(id)),
    ]
    .into_iter()
    .filter_map(|(part, rests)| rests.then_some(part))
    .collect()
}

/// Returns whether a veto of the change that a request asks for is overruled, and somebody's word against it counted, and was said
/// from a height on.
pub(crate) fn has_overruled(state: &State, request: &RecordId, delta: &Digest, id: &PrincipalId, since: u64) -> bool {
    let overruled = objections(state, request).into_iter().filter(|objection| objection.force == Force::Overruled);
    let counted = |veto: &Answered| overrulers(state, state, veto, delta).contains(id);
    let vetoes: Vec<_> =
        overruled.filter(|one| counted(&one.answered)).map(|objection| objection.answered.named()).collect();
    // It may have been said in the request that was vetoed, or in the one that it stopped.
    let mut words = state.approvals.values().filter_map(|answers| answers.get(id));
    words.any(|word| {
        let against = || vetoes.iter().any(|veto| word.approval.overrules.contains(veto));
        word.given >= since && word.approval.delta == *delta && against()
    })
}

/// Returns whether somebody said of what landed that a check passed which was asked for.
fn has_attested(landing: &Landing, id: &PrincipalId, since: u64) -> bool {
    let (landed, records) = (&landing.landed, &landing.records);
    // Through broken glass no check is asked for.
    let Some(pending) = pending(landing).filter(|pending| pending.request.break_glass.is_none()) else { return false };
    let paths: Vec<&[u8]> = landed.paths.iter().flatten().map(String::as_bytes).collect();
    let protections = records.protections_for(pending, &paths);
    let rules: Vec<&CheckRule> = protections.iter().flat_map(|protection| &protection.checks).collect();
    let is_asked = |check: &RecordName, word: &Attested| {
        let mut asking = rules.iter().filter(|rule| rule.name == *check && rule.from.contains(&word.role));
        // Too many paths to list: any of them may be meant.
        asking.any(|rule| landed.paths.is_none() || rule.asks(paths.iter().copied()))
    };
    let mut said = records.answers(&pending.request.id).filter(|answered| answered.approval.principal == *id);
    said.any(|answered| {
        answered.attested.words.iter().any(|((tree, check), word)| {
            word.result == CheckResult::Passed
                && word.given >= since
                && landing.tree.is_none_or(|landed| landed == *tree)
                && is_asked(check, word)
        })
    })
}

/// Returns whether a finding about the change would have stopped it as it once was, and did not as it is.
fn would_have_stopped(landing: &Landing, pending: &Pending, noted: &Noted) -> bool {
    let (landed, finding) = (&landing.landed, &noted.finding);
    let paths: Vec<&[u8]> = landed.paths.iter().flatten().map(String::as_bytes).collect();
    let protections = landing.records.protections_for(pending, &paths);
    let blocks = |severity: Severity| protections.iter().any(|rules| rules.block_on.contains(&severity));
    let stands = finding.state == FindingState::Open && blocks(finding.severity);
    let on_paths = match &landed.paths {
        Some(paths) => {
            finding.paths.iter().any(|pattern| paths.iter().any(|path| pattern.matches_in_any_form(path.as_bytes())))
        }
        // Too many to list: any of them may be meant.
        None => !finding.paths.is_empty(),
    };
    let about = on_paths || noted.names(&pending.request) || finding.commit == Some(pending.request.head);
    about && blocks(noted.peak) && !stands
}

//! `find`, `resolve`, `dismiss`: what was observed, and what became of it.

use crate::format::Word;
use crate::format::WriteRecord;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Finding;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordPath;
use crate::model::Severity;
use crate::model::Span;
use crate::model::Text;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::request::pending;
use crate::ops::similar;
use crate::ops::similar::Comparison;
use crate::ops::similar::Echo;
use crate::ops::similar::Ground;
use crate::ops::similar::New;
use crate::ops::similar::Repetition;
use crate::rules::Code;
use crate::rules::Noted;
use crate::rules::Refusal;
use crate::rules::State;

/// What was found, and about what.
pub struct Options {
    pub text: Text,
    pub kind: FindingKind,
    pub severity: Severity,
    pub paths: Vec<String>,
    pub commit: Option<String>,
    pub request: Option<RecordId>,
    pub half_life: Option<Span>,
    /// What becomes of it if somebody else found as much in the same words.
    pub repetition: Repetition,
}

/// A finding that is open now.
pub struct Outcome {
    pub noted: Noted,
    /// The caller had left it before, to the letter, and nothing was written.
    pub existed: bool,
    /// Open findings that are most like it, and those on the same paths.
    pub similar: Comparison,
}

/// Leaves a finding. What the caller left already, and is open, is not left twice.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let commit = commit_named(context, options.commit.as_deref())?;
    let finding = Finding {
        rev: 1,
        id: random_id(RecordKind::Finding)?,
        author: identity.id.clone(),
        kind: options.kind,
        severity: options.severity,
        text: options.text.clone(),
        paths: claim::patterns(context, &options.paths)?,
        commit,
        request: options.request.clone(),
        half_life: options.half_life,
        state: FindingState::Open,
        mission: None,
    };
    let echo = Echo::of(context, &New::Finding(&finding), options.repetition);
    let mut known = None;
    let appended = context.append(&identity, |state, time| {
        known = left_already(state, &finding).map(|noted| noted.finding.id.clone());
        if known.is_some() {
            return Err(Refusal::new(Code::EntryEmpty, "it says nothing new").into());
        }
        if let Some(request) = options.request.as_ref().filter(|id| !state.used.contains(id)) {
            pending(state, request)?;
        }
        echo.as_ref().map_or(Ok(()), |echo| echo.refuse(&New::Finding(&finding), state, time))?;
        Ok(Draft {
            edits: vec![Edit { path: RecordPath::Finding(finding.id.clone()), text: Some(finding.to_text()) }],
            message: format!("Find a {} {}", finding.severity.word(), finding.kind.word()),
        })
    });
    // What was found on the way may not be decided; then it is the failure that counts.
    let known = known.filter(|id| appended.is_err() && context.state().findings.get(id).is_some());
    let existed = known.is_some();
    let id = match known {
        Some(id) => id,
        None => appended.map(|_| finding.id.clone())?,
    };
    let noted = context.state().findings.get(&id).expect("it was just found").clone();
    let similar = similar_to(context, &noted.finding);
    Ok(Outcome { noted, existed, similar })
}

/// Returns a finding that says the same to the letter, of the same author: somebody tries again who was not told that it
/// stands.
fn left_already<'a>(state: &'a State, new: &Finding) -> Option<&'a Noted> {
    state.findings.values().find(|noted| {
        let Finding { rev, id, .. } = &noted.finding;
        noted.finding == Finding { rev: *rev, id: id.clone(), ..new.clone() }
    })
}

/// Returns the open findings that are most like one.
fn similar_to(context: &Context, finding: &Finding) -> Comparison {
    let others = similar::findings(context).into_iter().filter(|known| known.id() != Some(&finding.id)).collect();
    similar::among(context, finding.text.as_str(), &Ground::Patterns(&finding.paths), vec![others])
}

/// Returns the commit that somebody named, if anybody did.
pub(crate) fn commit_named(context: &Context, spec: Option<&str>) -> Result<Option<ObjectId>, Failure> {
    let Some(spec) = spec else { return Ok(None) };
    let found = context.repository.resolve(spec)?;
    Ok(Some(found.ok_or_else(|| Failure::NotFound { kind: "commit", id: spec.to_owned() })?))
}

/// Sets the state of a finding; an author without the right to triage withdraws its own instead.
pub fn close(context: &mut Context, id: &RecordId, state_after: FindingState) -> Result<Appended, Failure> {
    let identity = identity::acting(context)?;
    // What others found may stand in the way of a landing: whoever sets it aside does so on what was fetched for it.
    let is_offline = context.leaves_entries_here();
    context.append(&identity, |state, _| {
        let missing = || Failure::NotFound { kind: "finding", id: id.to_string() };
        let noted = state.findings.get(id).ok_or_else(missing)?;
        let me = state.principal(&identity.id).ok_or(Failure::NobodyHere)?;
        if is_offline && noted.finding.author != identity.id {
            return Err(Failure::Argument { what: "--offline".to_owned(), expected: "for findings of your own only" });
        }
        let may_triage = state.may(me, crate::model::Right::Triage);
        let text = if noted.finding.author == identity.id && !may_triage {
            None
        } else {
            let closed = Finding { rev: noted.finding.rev + 1, state: state_after, ..noted.finding.clone() };
            Some(closed.to_text())
        };
        let verb = if state_after == FindingState::Resolved { "Resolve" } else { "Dismiss" };
        Ok(Draft { edits: vec![Edit { path: RecordPath::Finding(id.clone()), text }], message: format!("{verb} {id}") })
    })
}

/// Returns the findings on these paths, or all; the open ones that weigh most first.
pub fn list(context: &Context, paths: &[String], states: &[FindingState]) -> Result<Vec<Noted>, Failure> {
    Ok(on(context, &claim::patterns(context, paths)?, states))
}

/// Returns the findings on what these patterns touch, or all; the open ones that weigh most first.
pub fn on(context: &Context, patterns: &[Pattern], states: &[FindingState]) -> Vec<Noted> {
    let about = |noted: &&Noted| patterns.is_empty() || Pattern::any_overlap(&noted.finding.paths, patterns);
    let findings =
        context.state().findings.values().filter(|noted| states.contains(&noted.finding.state)).filter(about);
    let mut found: Vec<Noted> = findings.cloned().collect();
    let now = context.ledger_now();
    found.sort_by(|a, b| weight(b, now).total_cmp(&weight(a, now)).then(a.finding.id.cmp(&b.finding.id)));
    found
}

/// Returns how much a finding weighs now: its severity, halved with every half-life.
fn weight(noted: &Noted, now: crate::model::Timestamp) -> f64 {
    let severity = match noted.finding.severity {
        Severity::Low => 1.0,
        Severity::Medium => 2.0,
        Severity::High => 4.0,
        Severity::Critical => 8.0,
    };
    let halves =
        noted.finding.half_life.map_or(0.0, |half| now.since(noted.found).seconds() as f64 / half.seconds() as f64);
    severity * 0.5_f64.powf(halves)
}

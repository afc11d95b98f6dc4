//! `decide` and `decisions`: what is settled, and for which paths.

use crate::format::WriteRecord;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Decision;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordPath;
use crate::model::Text;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::similar;
use crate::ops::similar::Comparison;
use crate::ops::similar::Echo;
use crate::ops::similar::Ground;
use crate::ops::similar::New;
use crate::ops::similar::Repetition;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::Settled;
use crate::rules::State;
use crate::rules::binding;

/// What to settle.
pub struct Options {
    pub question: Text,
    pub answer: Text,
    /// The paths that it binds: without any those of the decision that it supersedes, or else all.
    pub paths: Vec<String>,
    pub request: Option<RecordId>,
    pub finding: Option<RecordId>,
    pub supersedes: Option<RecordId>,
    /// What becomes of it if somebody else has settled the same question, in the same words.
    pub repetition: Repetition,
}

/// A decision as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub settled: Settled,
    pub force: Force,
}

/// Whether a decision binds anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Force {
    Holds,
    SupersededBy(RecordId),
    /// A suspect key has signed it.
    Suspect,
}

impl Told {
    fn of(state: &State, settled: &Settled) -> Self {
        let id = &settled.decision.id;
        let force = match state.successor(id) {
            Some(successor) => Force::SupersededBy(successor.decision.id.clone()),
            None if state.holds(id) => Force::Holds,
            None => Force::Suspect,
        };
        Self { settled: settled.clone(), force }
    }
}

/// A decision, and what its author should know.
pub struct Outcome {
    pub told: Told,
    /// The caller had settled it before, to the letter, and nothing was written.
    pub existed: bool,
    /// Decisions that hold and whose questions are most like it.
    pub similar: Comparison,
}

/// Settles a question.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let typed = claim::patterns(context, &options.paths)?;
    let id = random_id(RecordKind::Decision)?;
    let (question, supersedes) = (&options.question, options.supersedes.as_ref());
    let new = New::Decision { by: &identity.id, question, supersedes };
    let echo = Echo::of(context, &new, options.repetition);
    let mut known = None;
    let appended = context.append(&identity, |state, time| {
        let decision = Decision {
            id: id.clone(),
            author: identity.id.clone(),
            question: options.question.clone(),
            answer: options.answer.clone(),
            paths: bound(state, &typed, supersedes)?,
            request: options.request.clone(),
            finding: options.finding.clone(),
            supersedes: options.supersedes.clone(),
        };
        known = settled_already(state, &decision);
        if known.is_some() {
            return Err(Refusal::new(Code::EntryEmpty, "it says nothing new").into());
        }
        echo.as_ref().map_or(Ok(()), |echo| echo.refuse(&new, state, time))?;
        let subject: String = format!("Decide {}", decision.question.as_str()).chars().take(72).collect();
        let edits = vec![Edit { path: RecordPath::Decision(id.clone()), text: Some(decision.to_text()) }];
        Ok(Draft { edits, message: format!("{subject}\n\n{}", decision.answer.as_str()) })
    });
    // What was found on the way may not be decided; then it is the failure that counts.
    let known = known.filter(|id| appended.is_err() && context.state().decisions.get(id).is_some());
    let existed = known.is_some();
    let id = match known {
        Some(id) => id,
        None => appended.map(|_| id.clone())?,
    };
    let mut others = similar::decisions(context);
    others.retain(|one| one.id() != Some(&id) && one.id() != supersedes);
    let similar = similar::among(context, options.question.as_str(), &Ground::Patterns(&typed), vec![others]);
    let state = context.state();
    let settled = state.decisions.get(&id).expect("it was just made");
    Ok(Outcome { told: Told::of(state, settled), existed, similar })
}

/// Returns a decision that holds and says the same to the letter, of the same author: somebody tries again who was not told
/// that it stands.
fn settled_already(state: &State, new: &Decision) -> Option<RecordId> {
    let says_the_same = |settled: &&Settled| {
        let old = &settled.decision;
        *old == Decision { id: old.id.clone(), ..new.clone() } && state.holds(&old.id)
    };
    state.decisions.values().find(says_the_same).map(|settled| settled.decision.id.clone())
}

/// Returns what a decision binds.
fn bound(state: &State, typed: &[Pattern], supersedes: Option<&RecordId>) -> Result<Vec<Pattern>, Failure> {
    let Some(old) = supersedes else {
        return Ok(if typed.is_empty() { vec![Pattern::everything()] } else { typed.to_vec() });
    };
    let missing = || Failure::NotFound { kind: "decision", id: old.to_string() };
    let settled = state.decisions.get(old).ok_or_else(missing)?;
    Ok(if typed.is_empty() { settled.decision.paths.clone() } else { typed.to_vec() })
}

/// Which decisions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that hold.
    Holding,
    /// Those that were superseded as well.
    Every,
}

/// Returns the decisions that hold and bind some of these paths; the latest first.
pub fn on(state: &State, patterns: &[Pattern]) -> Vec<Told> {
    let found = binding(state, patterns).into_iter().filter(|_| !patterns.is_empty());
    found.map(|settled| Told::of(state, settled)).collect()
}

/// Returns the decisions on these paths, or all; the latest first, and those that hold before the others.
pub fn list(context: &Context, paths: &[String], which: Which) -> Result<Vec<Told>, Failure> {
    let patterns = claim::readings(context, paths)?;
    let state = context.state();
    let mut found = binding(state, &patterns);
    if which == Which::Every {
        let about =
            |settled: &&Settled| patterns.is_empty() || Pattern::any_overlap(&settled.decision.paths, &patterns);
        let past = state.decisions.values().filter(|settled| !state.holds(&settled.decision.id)).filter(about);
        let mut past: Vec<_> = past.collect();
        past.sort_by(|a, b| b.since.cmp(&a.since).then(a.decision.id.cmp(&b.decision.id)));
        found.extend(past);
    }
    Ok(found.into_iter().map(|settled| Told::of(state, settled)).collect())
}

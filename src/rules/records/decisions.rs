//! What is settled, by whom, and what still holds of it.

use crate::model::Decision;
use crate::model::Pattern;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::Right;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

/// A decision with the moment of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub decision: Decision,
    /// The height of the entry that made it.
    pub since: u64,
    pub since_time: Timestamp,
    /// The decision that took its place, whether that counts or not.
    pub superseded_by: Option<RecordId>,
}

/// Returns the decisions that hold and bind some of these paths, or all that hold if no path is named; the latest first.
pub fn binding<'a>(state: &'a State, paths: &[Pattern]) -> Vec<&'a Settled> {
    let binds = |settled: &&Settled| {
        let own = &settled.decision.paths;
        paths.is_empty() || Pattern::any_overlap(own, paths)
    };
    let mut found: Vec<_> =
        state.decisions.values().filter(binds).filter(|settled| state.holds(&settled.decision.id)).collect();
    found.sort_by(|a, b| b.since.cmp(&a.since).then(a.decision.id.cmp(&b.decision.id)));
    found
}

impl State {
    /// Returns whether a decision holds: none that counts came after it, and it counts itself.
    pub fn holds(&self, id: &RecordId) -> bool {
        self.decisions.get(id).is_some_and(|settled| self.counts(settled)) && self.successor(id).is_none()
    }

    /// Returns the decision that counts and took the place of this one: what a suspect key has signed takes no place, but
    /// what superseded that does.
    pub fn successor(&self, id: &RecordId) -> Option<&Settled> {
        let mut next = self.decisions.get(id)?.superseded_by.as_ref();
        while let Some(settled) = next.and_then(|id| self.decisions.get(id)) {
            if self.counts(settled) {
                return Some(settled);
            }
            next = settled.superseded_by.as_ref();
        }
        None
    }

    /// Returns whether a decision is somebody's word: not if the key of its author was suspect when it was made (KEY-2).
    fn counts(&self, settled: &Settled) -> bool {
        let author = self.principal(&settled.decision.author);
        author.is_none_or(|author| author.record.suspect_since.is_none_or(|since| settled.since < since))
    }
}

pub(crate) fn judge(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Decision(decision)) => add(case, decision),
        _ => Err(Refusal::new(Code::DecisionFrozen, format!("`{id}` stands as it was made"))),
    }
}

fn add(case: &mut Case<'_>, decision: &Decision) -> Result<(), Refusal> {
    let signer = case.signer()?;
    let signer_id = &signer.record.id;
    ensure(!case.next.used.contains(&decision.id), Code::RecordId, || "the id was used before".to_owned())?;
    ensure(decision.author == *signer_id, Code::RecordOwner, || {
        format!("`{signer_id}` signs a decision of `{}`", decision.author)
    })?;
    case.require(Right::Decide, "decide")?;
    ensure(!case.before.is_suspect(signer), Code::KeySuspect, || format!("the key of `{signer_id}` is suspect"))?;
    check_lanes(case, &decision.paths)?;
    for named in decision.request.iter().chain(&decision.finding) {
        ensure(case.next.used.contains(named), Code::RecordMissing, || format!("there is no `{named}`"))?;
    }
    if let Some(old) = &decision.supersedes {
        supersede(case, old, decision)?;
    }
    let (since, since_time) = (case.before.height, case.entry.time());
    let settled = Settled { decision: decision.clone(), since, since_time, superseded_by: None };
    case.next.used.insert(decision.id.clone(), ());
    case.next.decisions.insert(decision.id.clone(), settled);
    Ok(())
}

/// Puts a decision in the place of one that was there before the entry: in which order the two of one entry were meant,
/// their ids do not tell (S5). It comes behind all that took the place before and does not count: should that count again, the
/// question has one answer all the same.
fn supersede(case: &mut Case<'_>, old: &RecordId, by: &Decision) -> Result<(), Refusal> {
    ensure(case.before.decisions.contains_key(old), Code::RecordMissing, || format!("there is no `{old}`"))?;
    let successor = case.next.successor(old).map(|successor| &successor.decision.id);
    ensure(successor.is_none(), Code::DecisionSuperseded, || {
        format!("`{old}` was superseded by `{}`", successor.expect("it was just found"))
    })?;
    let mut last = old;
    loop {
        let settled = case.next.decisions.get(last).expect("what takes a place is there");
        // Whoever takes it away from paths reaches them as well.
        check_lanes(case, &settled.decision.paths)?;
        match &settled.superseded_by {
            Some(next) => last = next,
            None => break,
        }
    }
    let last = last.clone();
    let settled = case.next.decisions.get(&last).expect("it was just found");
    let settled = Settled { superseded_by: Some(by.id.clone()), ..settled.clone() };
    case.next.decisions.insert(last, settled);
    Ok(())
}

/// Refuses a signer that keeps to lanes and decides about other paths.
fn check_lanes(case: &Case<'_>, paths: &[Pattern]) -> Result<(), Refusal> {
    let signer = case.signer()?;
    let lanes = case.before.lanes_of(signer);
    let within = |path: &Pattern| {
        let lanes = lanes.as_ref();
        lanes.is_some_and(|lanes| lanes.is_empty() || lanes.iter().any(|lane| lane == path || lane.covers(path)))
    };
    let outside = paths.iter().find(|path| !within(path));
    ensure(outside.is_none(), Code::LaneOutside, || {
        let path = outside.map(ToString::to_string).unwrap_or_default();
        format!("`{path}` is not within the lanes of `{}`", signer.record.id)
    })
}

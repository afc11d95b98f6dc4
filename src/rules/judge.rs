//! The judge: may this entry follow this state, and what is the state then?
//!
//! Pure and total. The same function runs before an append, in the ledger's hooks, on the server, on fetch and in
//! audits. It never looks at a clock, a configuration or another entry than the one it is asked about.

use crate::model::Charter;
use crate::model::Policy;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::entry::Change;
use crate::rules::entry::Entry;
use crate::rules::entry::Operation;
use crate::rules::pace;
use crate::rules::policy::change;
use crate::rules::records::actions;
use crate::rules::records::approvals;
use crate::rules::records::break_glass;
use crate::rules::records::claims;
use crate::rules::records::decisions;
use crate::rules::records::findings;
use crate::rules::records::hardware;
use crate::rules::records::landings;
use crate::rules::records::principals;
use crate::rules::records::queue;
use crate::rules::records::requests;
use crate::rules::records::runs;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// The version of the rules that this program knows (S3).
pub const RULES: u64 = 1;

/// One change on its way through the rules.
pub(crate) struct Case<'a> {
    /// The state before the entry: rights, keys and policy come from it (S5).
    pub(crate) before: &'a State,
    /// The state as the changes that were judged so far made it.
    pub(crate) next: &'a mut State,
    pub(crate) entry: &'a Entry,
    /// Who signs; only somebody who enrolls itself has none.
    pub(crate) signer: Option<&'a Enrolled>,
}

impl Case<'_> {
    pub(crate) fn signer(&self) -> Result<&Enrolled, Refusal> {
        self.signer.ok_or_else(|| {
            Refusal::new(Code::KeyUnknown, format!("the key {} is not enrolled", self.entry.key().fingerprint()))
        })
    }

    /// Refuses a signer that lacks the right.
    pub(crate) fn require(&self, right: Right, doing: &str) -> Result<(), Refusal> {
        let signer = self.signer()?;
        ensure(self.before.may(signer, right), Code::RecordRight, || {
            format!("`{}` (role `{}`) may not {doing}", signer.record.id, signer.record.role)
        })
    }
}

/// Judges one entry. The height of the result is one more; a refused entry changes nothing but the height, which the
/// caller counts.
pub fn judge(state: &State, entry: &Entry) -> Result<State, Refusal> {
    ensure(!entry.changes().is_empty(), Code::EntryEmpty, || "the entry changes no record".to_owned())?;
    ensure(entry.time() >= state.time, Code::EntryTime, || "the entry is dated before the one it follows".to_owned())?;
    let signer = signer_of(state, entry)?;
    check_stands_alone(state, entry.changes())?;
    let mut next = state.clone();
    if let Some(signer) = signer {
        hardware::check_signature(state, signer, entry)?;
        pace::count(&mut next, &signer.record.id, entry.time(), entry.changes().len())?;
    }
    for change in entry.changes() {
        let mut case = Case { before: state, next: &mut next, entry, signer };
        judge_change(&mut case, change).map_err(|refusal| refusal.about(&change.path))?;
    }
    requests::check_complete(state, &next)?;
    next.height = state.height + 1;
    next.time = entry.time();
    queue::promote(&mut next, state.height, entry.time());
    claims::forget(&mut next);
    Ok(next)
}

fn signer_of<'a>(state: &'a State, entry: &Entry) -> Result<Option<&'a Enrolled>, Refusal> {
    let Some(owner) = state.keys.get(entry.key()) else {
        return match entry.changes() {
            [only] if principals::is_self_enrolment(entry, only) => Ok(None),
            _ => Err(Refusal::new(Code::KeyUnknown, format!("the key {} is not enrolled", entry.key().fingerprint()))),
        };
    };
    let enrolled = state.principal(owner).expect("every key belongs to a principal");
    ensure(enrolled.key == *entry.key(), Code::KeyRevoked, || format!("`{owner}` has rotated this key away"))?;
    ensure(enrolled.record.status == Standing::Active, Code::KeyRevoked, || {
        let status = if enrolled.record.status == Standing::Revoked { "revoked" } else { "suspended" };
        format!("`{owner}` is {status}")
    })?;
    Ok(Some(enrolled))
}

/// Enrolment of those who decide stands alone in its entry (S5).
fn check_stands_alone(state: &State, changes: &[Change]) -> Result<(), Refusal> {
    let decides = |change: &Change| match &change.operation {
        Operation::Add(Record::Principal(principal)) | Operation::Replace(Record::Principal(principal)) => {
            let role = state.role(&principal.role);
            principal.role.as_str() == Policy::HUB
                || role.is_some_and(|role| role.may.iter().any(|right| right.needs_confirmation()))
        }
        _ => false,
    };
    ensure(changes.len() == 1 || !changes.iter().any(decides), Code::EntryMixed, || {
        "enrolling or changing somebody who may decide stands alone in its entry".to_owned()
    })
}

fn judge_change(case: &mut Case<'_>, change: &Change) -> Result<(), Refusal> {
    match (&change.path, &change.operation) {
        (RecordPath::Charter | RecordPath::Readme, _) => {
            Err(Refusal::new(Code::RecordFrozen, "it is written at genesis only"))
        }
        (RecordPath::Policy, operation) => change::judge(case, operation),
        (RecordPath::Draft(_, id), operation) => change::judge_draft(case, id, operation),
        (RecordPath::Principal(id), operation) => principals::judge(case, id, operation),
        (RecordPath::Claim(id), operation) => claims::judge(case, id, operation),
        (RecordPath::Decision(id), operation) => decisions::judge(case, id, operation),
        (RecordPath::Finding(id), operation) => findings::judge(case, id, operation),
        (RecordPath::Request(id), operation) if is_of_policy(case.before, id, operation) => {
            change::judge_request(case, id, operation)
        }
        (RecordPath::Request(id), operation) if case.before.broken.contains_key(id) => {
            break_glass::judge_debt(case, id, operation)
        }
        (RecordPath::Request(id), operation) if is_of_action(case.before, id, operation) => {
            actions::judge(case, id, operation)
        }
        (RecordPath::Request(id), operation) => requests::judge(case, id, operation),
        (RecordPath::Approval(request, principal), operation) => approvals::judge(case, request, principal, operation),
        (RecordPath::Run(id), operation) => runs::judge(case, id, operation),
        (RecordPath::Landed(_), operation) => landings::judge(case, operation),
    }
}

/// Returns whether a request is, or is to become, one to change the policy.
fn is_of_policy(state: &State, id: &RecordId, operation: &Operation) -> bool {
    let becomes =
        matches!(operation, Operation::Add(Record::PolicyRequest(_)) | Operation::Replace(Record::PolicyRequest(_)));
    becomes || state.proposals.contains_key(id)
}

/// Returns whether a request is, or is to become, one for an action.
fn is_of_action(state: &State, id: &RecordId, operation: &Operation) -> bool {
    let becomes =
        matches!(operation, Operation::Add(Record::ActionRequest(_)) | Operation::Replace(Record::ActionRequest(_)));
    becomes || state.petitions.contains_key(id)
}

/// Refuses a ledger whose rules this program does not know.
pub(crate) fn check_rules(charter: &Charter) -> Result<(), Refusal> {
    ensure(charter.rules == RULES, Code::RulesUnknown, || {
        format!("the ledger is judged by rules {}, this program knows {RULES}", charter.rules)
    })
}

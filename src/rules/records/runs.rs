//! Runs of approved commands (S7): started by one entry that spends the request, ended by another that tells the outcome.
//!
//! Nothing here runs anything. Whoever starts a command does so only after the entry that says so is decided; so a request
//! that is spent was run at most once, whatever happens to whoever runs it.

use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Right;
use crate::model::Run;
use crate::model::RunState;
use crate::model::Span;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::entry::Change;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::records::assent::assent;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Petition;
use crate::rules::state::Running;
use crate::rules::state::State;

/// How many runs of one principal may be without an outcome: whoever starts more has to tell what became of the others.
const STARTED_MAX: usize = 8;

pub(crate) fn judge(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Run(run)) => start(case, run),
        Operation::Replace(Record::Run(run)) => end(case, id, run),
        Operation::Remove => forget(case, id),
        _ => unreachable!("the reader gives runs at runs' paths"),
    }
}

fn start(case: &mut Case<'_>, run: &Run) -> Result<(), Refusal> {
    let petition = case.before.petitions.get(&run.id).ok_or_else(|| {
        let code = if case.before.used.contains(&run.id) { Code::ActionConsumed } else { Code::RecordMissing };
        Refusal::new(code, format!("`{}` is not open", run.id))
    })?;
    check_runner(case, run, petition)?;
    check_alone(case, run)?;
    check_order(case.before, run, petition)?;
    let assent = assent(case.before, petition, case.entry.time());
    assent.check()?;
    ensure(run.approvals == assent.approvers(), Code::RecordField, || {
        let counted: Vec<_> = assent.approvers().iter().map(|id| format!("`{id}`")).collect();
        format!("`approvals` are those that count: {}", counted.join(", "))
    })?;
    let running = Running { run: run.clone(), since: case.before.height, since_time: case.entry.time() };
    case.next.runs.insert(run.id.clone(), running);
    Ok(())
}

/// Who asked runs what it asked for, and nobody in its name.
fn check_runner(case: &Case<'_>, run: &Run, petition: &Petition) -> Result<(), Refusal> {
    let signer = &case.signer()?.record.id;
    let opener = &petition.request.opener;
    ensure(signer == opener && run.runner == *opener, Code::RecordOwner, || {
        format!("`{opener}` asked for it, and only `{opener}` runs it")
    })?;
    case.require(Right::Request, "run what it asked for")?;
    ensure(case.before.stands_by(signer, case.before.height), Code::RecordRight, || {
        format!("the key of `{signer}` is suspect")
    })?;
    let open = case
        .next
        .runs
        .values()
        .filter(|running| running.run.runner == *signer && running.run.state == RunState::Started);
    let count = open.count();
    ensure(count < STARTED_MAX, Code::RecordLimit, || {
        format!("`{signer}` has {count} runs without an outcome; tell what became of one first")
    })
}

/// A start spends its request, and takes away what ended before; nothing else goes with it.
fn check_alone(case: &Case<'_>, run: &Run) -> Result<(), Refusal> {
    let belongs = |change: &Change| match (&change.path, &change.operation) {
        (RecordPath::Request(id) | RecordPath::Approval(id, _), Operation::Remove) => *id == run.id,
        (RecordPath::Run(id), Operation::Add(_)) => *id == run.id,
        (RecordPath::Run(_), Operation::Remove) => true,
        _ => false,
    };
    let changes = case.entry.changes();
    let other = changes.iter().find(|change| !belongs(change));
    ensure(other.is_none(), Code::EntryMixed, || {
        format!("`{}` has nothing to do with this run", other.map(|change| change.path.to_string()).unwrap_or_default())
    })?;
    let path = RecordPath::Request(run.id.clone());
    ensure(changes.iter().any(|change| change.path == path), Code::ActionMismatch, || {
        format!("`{}` is spent by its run", run.id)
    })
}

fn check_order(state: &State, run: &Run, petition: &Petition) -> Result<(), Refusal> {
    let request = &petition.request;
    let is_same = (&run.action, &run.order, run.delta) == (&request.action, &request.order, request.delta);
    ensure(is_same, Code::ActionMismatch, || format!("`{}` asks for another command", request.id))?;
    ensure(run.rev == 1, Code::RecordRev, || "a run begins at rev 1".to_owned())?;
    ensure(run.state == RunState::Started, Code::RecordField, || "a run begins as `started`".to_owned())?;
    let policy = state.policy.version;
    ensure(run.policy == policy, Code::RecordField, || format!("the policy is {policy}, not {}", run.policy))
}

fn end(case: &mut Case<'_>, id: &RecordId, after: &Run) -> Result<(), Refusal> {
    let before = case.next.runs.get(id).expect("the ledger replaces what exists").clone();
    let signer = &case.signer()?.record.id;
    ensure(before.run.runner == *signer, Code::RecordOwner, || {
        format!("`{}` ran it, `{signer}` tells its outcome", before.run.runner)
    })?;
    ensure(after.state != RunState::Started, Code::ActionConsumed, || format!("`{id}` was started already"))?;
    ensure(before.run.state == RunState::Started, Code::ActionOutcome, || {
        format!("the outcome of `{id}` was told already")
    })?;
    ensure(after.rev == before.run.rev + 1, Code::RecordRev, || {
        format!("`rev` is {}, {} follows", after.rev, before.run.rev + 1)
    })?;
    ensure(after.at_start() == before.run, Code::RecordField, || {
        "nothing of a run changes but its outcome".to_owned()
    })?;
    let latest = case.entry.time() + Span::SKEW_MAX;
    ensure(after.finished.is_none_or(|finished| finished <= latest), Code::RecordField, || {
        "`finished` is later than its entry".to_owned()
    })?;
    case.next.runs.insert(id.clone(), Running { run: after.clone(), ..before });
    Ok(())
}

/// What ended goes with the next start, whoever signs that: so few stay. A run without a known outcome stays, as long as
/// somebody could tell it.
fn forget(case: &mut Case<'_>, id: &RecordId) -> Result<(), Refusal> {
    let run = &case.before.runs.get(id).expect("the ledger removes what exists").run;
    let starts = |change: &Change| matches!(&change.operation, Operation::Add(Record::Run(_)));
    ensure(case.entry.changes().iter().any(starts), Code::ActionRunning, || {
        "it goes with the start of another run".to_owned()
    })?;
    ensure(may_go(case.before, run), Code::ActionRunning, || format!("the outcome of `{id}` is not known"))?;
    case.next.runs.remove(id);
    Ok(())
}

/// Returns whether the next start may take a run away.
pub(crate) fn may_go(state: &State, run: &Run) -> bool {
    let is_revoked = || state.principal(&run.runner).is_none_or(|enrolled| enrolled.record.status == Standing::Revoked);
    run.state != RunState::Started || is_revoked()
}

//! `run`: an approved command, once.
//!
//! First the ledger says that it was started, where the ledger is decided; that spends the request. Only then is it started.
//! So it is run at most once, also where this process ends in between, and the ledger says that nobody knows what became
//! of it.

use std::process::Stdio;

use crate::format::Word;
use crate::format::WriteRecord;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Digest;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Run;
use crate::model::RunState;
use crate::model::Timestamp;
use crate::ops::action;
use crate::ops::closing::closing;
use crate::ops::command;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::only_here::offline::Offline;
use crate::ops::standing::Guarantee;
use crate::ops::standing::Standing;
use crate::rules::Code;
use crate::rules::Petition;
use crate::rules::Refusal;
use crate::rules::Running;
use crate::rules::State;
use crate::rules::assent;
use crate::rules::run_may_go;

/// How many runs that ended go with one start: an entry changes so many records and no more.
const FORGOTTEN_MAX: usize = 64;

/// What became of a command.
pub struct Outcome {
    pub running: Running,
    /// Why there was nothing to run, or not what was approved.
    pub unstarted: Option<Failure>,
    /// Why the ledger does not say what became of it.
    pub untold: Option<Failure>,
}

/// Runs what a request asks for, if it may be, and records what became of it.
pub fn run(context: &mut Context, id: &RecordId, stdout: Stdio) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let petition = petition(context.state(), id)?;
    let opener = &petition.request.opener;
    if identity.id != *opener {
        let message = format!("`{opener}` asked for it, and only `{opener}` runs it");
        return Err(Refusal::new(Code::RecordOwner, message).about(RecordPath::Request(id.clone())).into());
    }
    // What has expired by this clock is not run, though by the ledger's it still might be (S27).
    assent(context.state(), petition, context.ledger_now()).check()?;
    let order = petition.request.order.clone();
    let top = action::top(context)?;
    action::check_inputs(context, &order)?;
    let started = start(context, &identity, id)?;
    let unchanged = action::check_inputs(context, &order);
    let ran = match unchanged {
        Ok(()) => command::run(&order, &top, stdout)
            .map_err(|error| Failure::NotStarted { program: order.argv[0].to_string(), source: error }),
        Err(failure) => Err(failure),
    };
    let failed = Run { state: RunState::Failed, ..started.run.clone() };
    let ended = match &ran {
        Ok(ended) if ended.is_success() => Run { state: RunState::Succeeded, status: Some(0), ..failed },
        Ok(ended) => Run { status: ended.status, signal: ended.signal, ..failed },
        Err(_) => failed,
    };
    let seconds = ran.as_ref().ok().map(|ended| ended.seconds);
    let ended = Run { rev: started.run.rev + 1, seconds, finished: Some(context.now()), ..ended };
    let running = Running { run: ended.clone(), ..started };
    // What happened has happened: it is written down here if the remote does not answer, and brought there later.
    context.set_offline(Offline::Fallback);
    let untold = tell_all(context, &identity, &ended).err();
    Ok(Outcome { running, unstarted: ran.err(), untold })
}

/// Says what became of a command that was started, where nothing else could.
pub fn tell(context: &mut Context, id: &RecordId, state: RunState) -> Result<Running, Failure> {
    let identity = identity::acting(context)?;
    let running = context.state().runs.get(id).ok_or_else(|| match petition(context.state(), id) {
        Ok(_) => Failure::NotFound { kind: "run", id: id.to_string() },
        Err(failure) => failure,
    })?;
    check_untold(&identity, &running.run).map_err(|refusal| refusal.about(RecordPath::Run(id.clone())))?;
    let ended = Run { rev: running.run.rev + 1, state, ..running.run.clone() };
    tell_all(context, &identity, &ended)?;
    Ok(context.state().runs.get(id).expect("it was just told").clone())
}

/// The judge says so as well; but a run that ended tells more than a word, and nothing else fits its record then.
fn check_untold(identity: &Identity, run: &Run) -> Result<(), Refusal> {
    let (id, runner) = (&run.id, &run.runner);
    if identity.id != *runner {
        let message = format!("`{runner}` ran it, and only `{runner}` tells its outcome");
        return Err(Refusal::new(Code::RecordOwner, message));
    }
    if run.state != RunState::Started {
        let message = format!("the outcome of `{id}` was told already: `{}`", run.state.word());
        return Err(Refusal::new(Code::ActionOutcome, message));
    }
    Ok(())
}

fn tell_all(context: &mut Context, identity: &Identity, ended: &Run) -> Result<(), Failure> {
    let path = RecordPath::Run(ended.id.clone());
    context.append(identity, |_, _| {
        let edits = vec![Edit { path: path.clone(), text: Some(ended.to_text()) }];
        let word = match ended.state {
            RunState::Succeeded => "Succeed with",
            RunState::Failed => "Fail with",
            RunState::Started | RunState::Unknown => "Lose sight of",
        };
        Ok(Draft { edits, message: format!("{word} {}", ended.id) })
    })?;
    Ok(())
}

/// Spends the request. Returns the run if it is decided that it is this one.
fn start(context: &mut Context, identity: &Identity, id: &RecordId) -> Result<Running, Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| Failure::NoRandomness)?;
    let nonce = Digest::new(random);
    let appended = context.append(identity, |state, time| draft(state, id, nonce, time))?;
    // Not even a remote that answered "ok" is believed: what lets a command be started is decided (S7).
    let guarantee = Standing::of(context)?.of_entry(appended.commit);
    let running = context.state().runs.get(id).filter(|running| running.run.nonce == nonce);
    match running {
        Some(running) if guarantee != Guarantee::Tentative => Ok(running.clone()),
        _ => Err(consumed(context.state(), id).into()),
    }
}

fn draft(state: &State, id: &RecordId, nonce: Digest, time: Timestamp) -> Result<Draft, Failure> {
    let petition = petition(state, id)?;
    let request = &petition.request;
    let assent = assent(state, petition, time);
    assent.check()?;
    let run = Run {
        rev: 1,
        id: id.clone(),
        runner: request.opener.clone(),
        action: request.action.clone(),
        order: request.order.clone(),
        delta: request.delta,
        nonce,
        approvals: assent.approvers(),
        policy: state.policy.version,
        state: RunState::Started,
        status: None,
        signal: None,
        seconds: None,
        finished: None,
    };
    let mut edits = closing(state, id);
    edits.push(Edit { path: RecordPath::Run(id.clone()), text: Some(run.to_text()) });
    // What ended before is told by the log.
    let ended = state.runs.values().filter(|running| run_may_go(state, &running.run)).take(FORGOTTEN_MAX);
    edits.extend(ended.map(|running| Edit { path: RecordPath::Run(running.run.id.clone()), text: None }));
    Ok(Draft { edits, message: format!("Run {} as {id} asks", request.action) })
}

fn petition<'a>(state: &'a State, id: &RecordId) -> Result<&'a Petition, Failure> {
    if let Some(petition) = state.petitions.get(id) {
        return Ok(petition);
    }
    let is_open = state.requests.contains_key(id) || state.proposals.contains_key(id);
    if state.used.contains(id) && !is_open {
        return Err(consumed(state, id).into());
    }
    Err(Failure::NotFound { kind: "request for an action", id: id.to_string() })
}

fn consumed(state: &State, id: &RecordId) -> Refusal {
    let message = match state.runs.get(id).map(|running| &running.run) {
        Some(run) if run.state == RunState::Started => {
            format!("`{}` has started it, and no outcome is known; it is never run again", run.runner)
        }
        Some(run) => format!("`{}` has run it", run.runner),
        None => format!("`{id}` was run or closed"),
    };
    Refusal::new(Code::ActionConsumed, message)
}

/// Refuses entries that start what had expired by the acceptor's clock (S27): whoever starts it may have dated them earlier.
pub(crate) fn check_starts(before: &State, after: &State, now: Timestamp) -> Result<(), Refusal> {
    for (id, _) in after.runs.iter().filter(|(id, _)| !before.runs.contains_key(*id)) {
        if let Some(petition) = before.petitions.get(id) {
            assent(before, petition, now.max(before.time)).check().map_err(|refusal| refusal.about(id))?;
        }
    }
    Ok(())
}

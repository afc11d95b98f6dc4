//! `reference-transaction`: the safety net under the gate.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::failure::Failure;
use crate::ops::receive::command::Command;
use crate::ops::receive::evaluated::Prospect;
use crate::ops::receive::evaluated::recall;
use crate::ops::receive::restored;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;

/// The safety net under the gate: a protected ref moves only as it was judged, at the ledger that is there now (S25).
pub fn reference_transaction(surroundings: &Surroundings, commands: &[Command]) -> Result<(), Failure> {
    let repository = Repository::open_git_dir(&surroundings.directory)?;
    if commands.iter().any(|command| command.name == LEDGER_REF) {
        check_ledger(surroundings, commands)?;
    }
    let moves = moves_of_others(&repository, commands)?;
    if moves.is_empty() {
        return Ok(());
    }
    // In one transaction the ledger may move together with the ref.
    let moved = commands.iter().find(|command| command.name == LEDGER_REF).and_then(|command| command.new);
    // Git holds the lock of each ref that moves here. Whoever moves the other side looks for that one: of two that look
    // after they have locked, one at least sees the other.
    let ledger_lock = if moved.is_none() { lock_of(&repository, LEDGER_REF)? } else { None };
    let program = Program::find()?;
    let Some(ledger) = restored::open(&repository, &program, moved, surroundings.now())? else { return Ok(()) };
    let head = moved.unwrap_or(ledger.chain().head);
    for (name, new) in moves {
        if !ledger.state().policy.protects(&name) {
            continue;
        }
        let Some(new) = new else {
            return Err(Refusal::new(Code::RefDelete, format!("`{name}` is protected")).into());
        };
        if let Some(lock) = &ledger_lock {
            return Err(at_work(lock));
        }
        let judged_at = recall(repository.common_dir(), &name, new)?.map(|note| note.head);
        match judged_at {
            None => {
                let message = format!("`{name}` was not judged under its own name");
                return Err(Refusal::new(Code::RefAlias, message).into());
            }
            Some(judged_at) if judged_at != head => {
                let message =
                    "the ledger is not where it was when this was judged; push again, or push both at once (--atomic)";
                return Err(Refusal::new(Code::PushMoved, message).into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Returns which refs beside the ledger get another value. Packing refs looks like their deletion: then the same value is
/// packed already. It asks for each of them alone, so it must not wait for a ledger to be read.
fn moves_of_others(repository: &Repository, commands: &[Command]) -> Result<Vec<(RefName, Option<ObjectId>)>, Failure> {
    let mut moves = Vec::new();
    for command in commands.iter().filter(|command| command.name != LEDGER_REF) {
        let Ok(name) = RefName::parse(&command.name) else { continue };
        let current = repository.reference(name.as_str())?;
        let is_done = match command.new {
            Some(_) => current == command.new,
            None => is_packed(repository, &name, current)?,
        };
        if !is_done {
            moves.push((name, command.new));
        }
    }
    Ok(moves)
}

/// The ledger only grows, and a landing in it comes with the move of its ref or after it.
fn check_ledger(surroundings: &Surroundings, commands: &[Command]) -> Result<(), Failure> {
    let repository = Repository::open_git_dir(&surroundings.directory)?;
    let Some(current) = repository.reference(LEDGER_REF)? else { return Ok(()) };
    let Some(command) = commands.iter().find(|command| command.name == LEDGER_REF) else { return Ok(()) };
    let ledger = RefName::parse(LEDGER_REF).expect("it is a full name");
    let Some(new) = command.new else {
        let packed = is_packed(&repository, &ledger, Some(current))?;
        let refusal = || Refusal::new(Code::LedgerDelete, "the ledger is never deleted").into();
        return if packed { Ok(()) } else { Err(refusal()) };
    };
    if current == new {
        return Ok(());
    }
    let opened = restored::open(&repository, &Program::find()?, Some(new), surroundings.now())?;
    let Some(mut view) = opened else { return Ok(()) };
    let before = view.state().clone();
    check_nobody_lands(&repository, &before, commands)?;
    view.advance_to(new, surroundings.now())?;
    let moves = |name: &RefName, to: ObjectId| {
        commands.iter().any(|command| command.name == name.as_str() && command.new == Some(to))
    };
    for (name, _) in repository.references("refs/")? {
        let Ok(name) = RefName::parse(&name) else { continue };
        if !before.policy.protects(&name) {
            continue;
        }
        // A ref that is ahead of its landing is being recorded; what that rests on must not change meanwhile.
        let tip = repository.reference(name.as_str())?;
        let last = before.landed.get(&name).map(|landed| landed.new);
        let landing = view.state().landed.get(&name).map(|landed| landed.new);
        let settled = last.is_none() || tip == last || tip == landing || !is_awaited(&repository, &name, tip)?;
        if !settled && !landing.is_some_and(|landing| moves(&name, landing)) {
            let message = format!("a landing on `{name}` is being recorded; push again");
            return Err(Refusal::new(Code::PushMoved, message).into());
        }
    }
    Ok(())
}

/// Refuses while another push moves a protected ref: what was decided about that rests on the ledger as it is.
fn check_nobody_lands(repository: &Repository, state: &State, commands: &[Command]) -> Result<(), Failure> {
    let mut names: BTreeSet<RefName> = state.landed.keys().cloned().collect();
    names.extend(repository.references("refs/")?.into_iter().filter_map(|(name, _)| RefName::parse(&name).ok()));
    for name in names.iter().filter(|name| state.policy.protects(name)) {
        let is_ours = commands.iter().any(|command| command.name == name.as_str());
        if let Some(lock) = lock_of(repository, name.as_str())?.filter(|_| !is_ours) {
            return Err(at_work(&lock));
        }
    }
    Ok(())
}

/// Returns where git's lock of a ref is, if somebody has it.
fn lock_of(repository: &Repository, name: &str) -> Result<Option<PathBuf>, Failure> {
    let lock = repository.common_dir().join(format!("{name}.lock"));
    Ok(disk::stat(&lock)?.map(|_| lock))
}

/// A lock that was left by a crash stands in git's own way too; whoever reads this knows which one it is.
fn at_work(lock: &Path) -> Failure {
    let message = format!(
        "another push is at work; push again. If none is, a git that was killed left `{}` on the server",
        lock.display()
    );
    Refusal::new(Code::PushMoved, message).into()
}

/// Returns whether where a ref is now is yet to be recorded. What nobody judged, or what a rule keeps from being recorded,
/// is wrong with that ref alone.
fn is_awaited(repository: &Repository, name: &RefName, tip: Option<ObjectId>) -> Result<bool, Failure> {
    let Some(tip) = tip else { return Ok(false) };
    let note = recall(repository.common_dir(), name, tip)?;
    Ok(note.is_some_and(|note| note.prospect == Prospect::Awaited))
}

fn is_packed(repository: &Repository, name: &RefName, current: Option<ObjectId>) -> Result<bool, Failure> {
    const PACKED_BYTES_MAX: u64 = 1 << 30;
    let packed = disk::read(&repository.common_dir().join("packed-refs"), PACKED_BYTES_MAX)?.unwrap_or_default();
    let Some(current) = current else { return Ok(true) };
    let line = format!("{current} {name}");
    Ok(String::from_utf8_lossy(&packed).lines().any(|packed| packed == line))
}

//! The ledger goes to the remote where it is decided: one push, and what its answer means.

use std::time::Duration;

use crate::git::Atomicity;
use crate::git::GitError;
use crate::git::PushOutcome;
use crate::git::PushRequest;
use crate::git::Swap;
use crate::ledger::clone::CloneStore;
use crate::ledger::clone::LEDGER_REF;
use crate::ledger::exchange::Exchange;
use crate::ledger::store::Store;
use crate::model::ObjectId;
use crate::rules::Code;
use crate::rules::Update;

/// How often a push is repeated although the remote's ledger is where it was: somebody may be about to move it.
const HELD_BACK_MAX: u32 = 16;
/// How often a push is repeated whose end was not told, while the remote answers otherwise.
const CUT_OFF_MAX: u32 = 4;
/// Whoever takes longer to fail is silent, and is not asked twice.
pub(super) const AT_ONCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);
/// What git says of a ref that is not where the push expects it.
const STALE: &str = "(stale info)";
/// What our server hooks say first when they refuse.
const REFUSED: &str = "git coord: the push is refused";
/// What git says when a hook stopped it half-way, as it does without a word about each ref.
const ABORTED: &str = "ref updates aborted by hook";

impl CloneStore {
    /// Brings the remote's ledger up to a head that is here already.
    pub fn publish(&self, head: ObjectId) -> Result<Swap, GitError> {
        let swap = push_to_source(self, head)?;
        if swap == Swap::Done {
            self.confirm(head)?;
        }
        Ok(swap)
    }
}

/// Pushes a head, if the ledger is decided elsewhere. What is done was read back; it is for the caller to remember it.
pub(super) fn push_to_source<S: Exchange>(store: &S, new: ObjectId) -> Result<Swap, GitError> {
    if store.source().is_none() {
        return Ok(Swap::Done);
    }
    let swap = push(store, new)?;
    store.traffic().has_moved.set(swap == Swap::Moved);
    Ok(swap)
}

fn push<S: Exchange>(store: &S, new: ObjectId) -> Result<Swap, GitError> {
    let mut refspecs = vec![format!("{new}:{LEDGER_REF}")];
    // What is only here goes along: the lease is on what was last verified at the remote. A lease also lifts git's
    // own check that the push continues what is there, so that is checked here.
    let known = store.confirmed()?;
    if let Some(known) = known
        && !store.is_ancestor(known, new)?
    {
        return Ok(Swap::Moved);
    }
    let mut leases = vec![(LEDGER_REF.to_owned(), known)];
    if let Some(Update { target, old, new: Some(commit) }) = &*store.traffic().carried.borrow() {
        refspecs.push(format!("{commit}:{target}"));
        leases.push((target.to_string(), *old));
    }
    let atomicity = if refspecs.len() > 1 { Atomicity::AllOrNone } else { Atomicity::EachAlone };
    let request = PushRequest { refspecs: &refspecs, leases: &leases, atomicity, push_options: &[] };
    // Once this has failed nobody knows what the disk has, and asking again would not tell: nothing is pushed.
    store.settle()?;
    let results = match store.push(&request) {
        Ok(results) => results,
        Err(GitError::Program { message, .. }) if message.contains(ABORTED) || message.contains(REFUSED) => {
            return rejected(store, known, spoken(&message));
        }
        Err(error) => return cut_off(store, new, error),
    };
    let rejections = results.into_iter().filter_map(|result| match result.outcome {
        PushOutcome::Rejected(reason) => Some((result.name, reason)),
        PushOutcome::Ok => None,
    });
    // Of a push that is taken as a whole or not at all, one ref has a reason of its own; the others name that it failed.
    let rejection = rejections.min_by_key(|(_, reason)| reason.contains("atomic"));
    match rejection {
        None => {}
        // A hook's "no" is final, unless it says itself that the remote is not where it was.
        Some((_, reason)) if reason.contains("hook declined") && !names(&reason, Code::LedgerNotForward) => {
            return Err(GitError::Declined { said: reason });
        }
        // Git saw that the ledger is elsewhere before it sent anything.
        Some((name, reason)) if name == LEDGER_REF && reason.contains(STALE) => return Ok(Swap::Moved),
        Some((name, reason)) => return rejected(store, known, format!("{name}: {reason}")),
    }
    // Some servers say "ok" to a push that lost its race.
    store.traffic().is_unsure.set(true);
    Ok(if is_at_source(store, new)? { found(store) } else { Swap::Moved })
}

/// The remote has what was pushed, so no push of ours is on its way any more.
fn found<S: Exchange>(store: &S) -> Swap {
    store.traffic().is_unsure.set(false);
    store.traffic().held_back.set(0);
    Swap::Done
}

/// Finds out how a push ended whose acknowledgement was lost: the push itself may have been lost with it. What is there is
/// done; what is not is to be pushed once more, for a while.
fn cut_off<S: Exchange>(store: &S, new: ObjectId, error: GitError) -> Result<Swap, GitError> {
    store.traffic().is_unsure.set(true);
    let start = store.uptime();
    let found_there = is_at_source(store, new).or_else(|failed| {
        if store.uptime() - start > AT_ONCE {
            return Err(failed);
        }
        store.pause(PAUSE * 4);
        is_at_source(store, new)
    });
    let times = store.traffic().held_back.get();
    match found_there {
        Ok(true) => Ok(found(store)),
        Ok(false) if times < CUT_OFF_MAX => {
            store.traffic().held_back.set(times + 1);
            Ok(Swap::Moved)
        }
        // Whoever does not answer now has the last word.
        _ => Err(error),
    }
}

/// Tells a lost race from a refusal: after a race the remote's ledger is not where it was.
fn rejected<S: Exchange>(store: &S, known: Option<ObjectId>, said: String) -> Result<Swap, GitError> {
    if is_lost_race(&said) {
        return Ok(Swap::Moved);
    }
    let held_back = &store.traffic().held_back;
    if store.ask()? != known {
        held_back.set(0);
        return Ok(Swap::Moved);
    }
    let times = held_back.get();
    if !may_pass(&said) || times >= HELD_BACK_MAX {
        held_back.set(0);
        return Err(GitError::Declined { said });
    }
    held_back.set(times + 1);
    store.pause(PAUSE);
    Ok(Swap::Moved)
}

/// Returns whether the remote's ledger has an entry of ours; somebody may have built on it already.
fn is_at_source<S: Exchange>(store: &S, entry: ObjectId) -> Result<bool, GitError> {
    let there = store.ask()?;
    if there.is_none_or(|there| there == entry) {
        return Ok(there.is_some());
    }
    store.traffic().expect_elsewhere();
    store.fetch_source()?.map_or(Ok(false), |there| store.is_ancestor(entry, there))
}

fn names(said: &str, code: Code) -> bool {
    said.contains(&format!("({code})"))
}

/// Returns whether the reason of a rejection may be gone in a moment: somebody else's push is under way.
fn may_pass(said: &str) -> bool {
    names(said, Code::PushMoved) || ["File exists", "failed to lock"].iter().any(|sign| said.contains(sign))
}

/// Returns whether git says itself that the ledger was elsewhere when its turn to move had come.
fn is_lost_race(said: &str) -> bool {
    let words = format!("cannot lock ref '{LEDGER_REF}': is at ");
    said.lines().any(|line| line.contains(&words) && line.contains(" but expected "))
}

/// Returns what a hook said, without what git says of its own end.
fn spoken(message: &str) -> String {
    let of_git = ["fatal:", "send-pack:", "error: failed to push"];
    let lines = message.lines().map(|line| line.trim_start_matches("remote: ").trim_end());
    let kept: Vec<&str> = lines.filter(|line| !of_git.iter().any(|start| line.starts_with(start))).collect();
    let kept = kept.join("\n");
    if kept.is_empty() { message.to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_hook_are_told_from_those_of_git() {
        let message = "git coord: the push is refused\nerror: it waits (push.moved)\nhint: Again.\n\
            fatal: ref updates aborted by hook\nsend-pack: unexpected disconnect while reading sideband packet\n\
            fatal: the remote end hung up unexpectedly";
        let said = spoken(message);
        assert_eq!(said, "git coord: the push is refused\nerror: it waits (push.moved)\nhint: Again.");
        assert!(may_pass(&said));
        assert_eq!(spoken("fatal: ref updates aborted by hook"), "fatal: ref updates aborted by hook");
    }

    #[test]
    fn what_stands_in_the_way_of_a_ref_does_not_pass() {
        assert!(!may_pass("refs/heads/release/1: [remote rejected] (failed to update ref)"));
        assert!(!may_pass("cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'"));
        assert!(may_pass("Unable to create '/srv/hub.git/refs/heads/coord.lock': File exists."));
    }
}

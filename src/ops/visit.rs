//! The ledger as a clone sees it that nobody joined, such as that of a CI job: fetched from the remote for this one command,
//! held against a pin that was given, and not kept.

use crate::git::Repository;
use crate::ledger::CloneStore;
use crate::ledger::LEDGER_REF;
use crate::ledger::Ledger;
use crate::ledger::Store;
use crate::model::Digest;
use crate::ops::context::Context;
use crate::ops::context::REMOTE_KEY;
use crate::ops::context::open_repository;
use crate::ops::failure::Failure;
use crate::ops::join::pinned;
use crate::ops::join::wrong_pin;
use crate::ops::only_here::offline::Offline;
use crate::ops::remote;
use crate::ops::request::HEADS;
use crate::ops::request::HEADS_HERE;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;

/// How a clone knows its ledger.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The pin that the ledger must have. Without it only a clone that joined knows which ledger is its own.
    pub pin: Option<Digest>,
    /// Where the ledger is decided.
    pub remote: Option<String>,
}

/// Opens the ledger of a clone that joined, or as the remote has it in one that did not.
pub fn open(surroundings: Surroundings, options: &Options) -> Result<Context, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    if !is_joined(&repository)? {
        return match options.pin {
            Some(pin) => visit(surroundings, repository, pin, options.remote.as_deref()),
            None if could_be_misled(&repository)? => Err(Failure::NotJoined),
            None => Context::open_in(surroundings, repository),
        };
    }
    let context = match &options.remote {
        None => Context::open_in(surroundings, repository)?,
        Some(remote) => {
            let program = surroundings.git()?;
            let store = remote::chosen_store(remote, &repository, &program)?;
            Context::open_store(surroundings, repository, program, store)?
        }
    };
    match options.pin {
        Some(pin) if pin != context.ledger.pin() => Err(wrong_pin(context.ledger.pin())),
        _ => Ok(context),
    }
}

/// A server has its own ledger; a clone has one from whoever joined there.
fn is_joined(repository: &Repository) -> Result<bool, Failure> {
    Ok(repository.is_bare() || pinned(repository)?.is_some() || repository.own_config(REMOTE_KEY).is_some())
}

/// Whoever is asked to judge a branch may be in a clone of that very branch, and it may be called `coord`.
fn could_be_misled(repository: &Repository) -> Result<bool, Failure> {
    Ok(repository.reference(LEDGER_REF)?.is_some() || !repository.references("refs/remotes/")?.is_empty())
}

fn visit(
    surroundings: Surroundings,
    repository: Repository,
    pin: Digest,
    remote: Option<&str>,
) -> Result<Context, Failure> {
    // Authors that are hidden by the cut would be independent of everybody.
    if repository.is_shallow()? {
        let message = "this clone is cut off: who made a change, and what landed, is not all here";
        return Err(Refusal::new(Code::HistoryShallow, message).into());
    }
    let program = surroundings.git()?;
    let store = match remote {
        Some(remote) => remote::chosen_store(remote, &repository, &program)?,
        None => remote::likely_store(&repository, &program)?,
    };
    let store = store.visiting().telling(surroundings.progress.clone());
    let found = match store.remote() {
        Some(_) => remote::ask(&store)?,
        None => None,
    };
    let Some(head) = found else {
        return Err(Failure::NothingToJoin { remote: store.remote().map(str::to_owned) });
    };
    let ledger = Ledger::open_at(store, head, surroundings.now())?;
    if ledger.pin() != pin {
        return Err(wrong_pin(ledger.pin()));
    }
    ledger.store().confirm(ledger.chain().head)?;
    fetch_what_tells(ledger.store())?;
    Ok(Context::fetched(surroundings, repository, program, ledger))
}

/// Fetches every branch and every head of a request: who made a change elsewhere is told by them (S16).
pub(crate) fn fetch_what_tells(store: &CloneStore) -> Result<(), Failure> {
    let Some(remote) = store.remote() else { return Ok(()) };
    let refspecs = [format!("+refs/heads/*:refs/remotes/{remote}/*"), format!("+{HEADS}*:{HEADS_HERE}*")];
    let fetched = store.program().remote(store.repository(), remote).fetch(&refspecs);
    fetched.map_err(|source| Failure::RemoteUnreachable {
        remote: remote.to_owned(),
        offline: Offline::Refused,
        source,
    })
}

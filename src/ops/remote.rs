//! Where the ledger is decided: a remote is asked before anything is written down about it, because a clone that names a
//! remote which does not answer refuses every write from then on.

use crate::git::ConfigScope;
use crate::git::GitError;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::CloneStore;
use crate::ledger::LedgerError;
use crate::ledger::fetch_source;
use crate::model::ObjectId;
use crate::ops::context::REMOTE_KEY;
use crate::ops::failure::Failure;
use crate::ops::only_here::offline::Offline;

/// Returns the store of a repository whose ledger is decided at a remote, or here if there is none.
pub(crate) fn store_at(
    remote: Option<&str>,
    repository: &Repository,
    program: &Program,
) -> Result<CloneStore, Failure> {
    let (repository, program) = (repository.clone(), program.clone());
    Ok(match remote {
        Some(remote) => CloneStore::decided_at(remote.to_owned(), repository, program)?,
        None => CloneStore::local(repository, program)?,
    })
}

/// Returns the store of a repository whose ledger is decided where its configuration says, or here if it says nothing.
pub(crate) fn told_store(repository: &Repository, program: &Program) -> Result<CloneStore, Failure> {
    let Some(told) = repository.own_config(REMOTE_KEY) else { return store_at(None, repository, program) };
    let renamed = renamed(repository, &told);
    let store = store_at(Some(renamed.as_deref().unwrap_or(&told)), repository, program)?;
    Ok(if renamed.is_some() { store.verified_as(told) } else { store })
}

/// Returns what the remote is called now that the clone was told to ask under another name. Git renames a remote with all
/// that its section says, so that only the one whose section has the old name can be it; another one may have taken that
/// name since.
pub(crate) fn renamed(repository: &Repository, told: &str) -> Option<String> {
    let is_it = |name: &String| repository.own_config(&mark(name)).as_deref() == Some(told);
    let mut marked = repository.remotes().into_iter().filter(is_it);
    let (first, second) = (marked.next(), marked.next());
    first.filter(|name| second.is_none() && name != told)
}

/// The key in a remote's section which holds the name that it had when it was chosen.
fn mark(remote: &str) -> String {
    format!("remote.{remote}.coord")
}

/// Returns why a remote gave no answer.
pub(crate) fn unanswered(repository: &Repository, remote: &str, offline: Offline, source: GitError) -> Failure {
    let (remote, known) = (remote.to_owned(), repository.remotes());
    if known.contains(&remote) || is_address(&remote) {
        return Failure::RemoteUnreachable { remote, offline, source };
    }
    Failure::RemoteGone { remote, known }
}

fn is_address(remote: &str) -> bool {
    remote.contains(['/', ':'])
}

/// Returns the store of a repository whose ledger is to be decided at a remote from now on, which git must know.
pub(crate) fn chosen_store(remote: &str, repository: &Repository, program: &Program) -> Result<CloneStore, Failure> {
    let told = told_store(repository, program)?;
    if told.remote() == Some(remote) {
        return Ok(told);
    }
    let known = repository.remotes();
    // An address needs no name; whether anybody is there shows when it is asked.
    if !known.iter().any(|name| name == remote) && !is_address(remote) {
        return Err(Failure::NoRemote { name: remote.to_owned(), known });
    }
    store_at(Some(remote), repository, program)
}

/// Returns the store of a clone that has no ledger yet and was told no remote: its only one decides, or the only one that
/// had a ledger when it was fetched last, or else the one that git calls a clone's origin.
pub(crate) fn likely_store(repository: &Repository, program: &Program) -> Result<CloneStore, Failure> {
    let (known, fetched) = (repository.remotes(), fetched_with_ledger(repository)?);
    let likely = match (fetched.as_slice(), known.as_slice()) {
        ([only], _) | ([], [only]) => Some(only.as_str()),
        (_, []) => None,
        ([], several) if several.iter().any(|name| name == "origin") => Some("origin"),
        ([], several) => return Err(Failure::SeveralRemotes { known: several.to_vec() }),
        (several, _) => return Err(Failure::SeveralRemotes { known: several.to_vec() }),
    };
    store_at(likely, repository, program)
}

/// Returns the remotes that had a ledger when they were fetched last.
pub(crate) fn fetched_with_ledger(repository: &Repository) -> Result<Vec<String>, Failure> {
    let fetched = repository.references("refs/remotes/")?;
    let named = fetched.iter().filter_map(|(name, _)| name.strip_prefix("refs/remotes/")?.strip_suffix("/coord"));
    let known = named.filter(|remote| repository.config(&format!("remote.{remote}.url")).is_some());
    Ok(known.map(str::to_owned).collect())
}

/// Asks a remote where its ledger is. It contains what was verified there before.
pub(crate) fn ask(store: &CloneStore) -> Result<Option<ObjectId>, Failure> {
    fetch_source(store).map_err(|error| match (error, store.remote()) {
        (LedgerError::Git(source @ (GitError::Program { .. } | GitError::TimedOut { .. })), Some(remote)) => {
            unanswered(store.repository(), remote, Offline::Refused, source)
        }
        (error, _) => error.into(),
    })
}

/// Writes down where the ledger is decided from now on, if that is new.
pub(crate) fn keep(store: &CloneStore) -> Result<(), Failure> {
    let Some(remote) = store.remote() else { return Ok(()) };
    let (repository, program) = (store.repository(), store.program());
    let set = |key: &str| match repository.own_config(key) {
        Some(value) if value == remote => Ok(()),
        _ => repository.config_set(program, ConfigScope::Local, key, remote),
    };
    let known = repository.remotes();
    // The old name is forgotten last: until then it tells what was verified.
    store.carry_verified_over()?;
    set(REMOTE_KEY)?;
    if known.iter().any(|name| name == remote) {
        set(&mark(remote))?;
    }
    for other in known.iter().filter(|name| *name != remote && repository.own_config(&mark(name)).is_some()) {
        repository.config_unset(program, ConfigScope::Local, &mark(other))?;
    }
    Ok(())
}

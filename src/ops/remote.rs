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

/// Returns the store of a repository whose ledger is to be decided at a remote from now on, which git must know.
pub(crate) fn chosen_store(remote: &str, repository: &Repository, program: &Program) -> Result<CloneStore, Failure> {
    let known = names(repository, program)?;
    // An address needs no name; whether anybody is there shows when it is asked.
    if !known.iter().any(|name| name == remote) && !remote.contains(['/', ':']) {
        return Err(Failure::NoRemote { name: remote.to_owned(), known });
    }
    store_at(Some(remote), repository, program)
}

/// Returns the store of a clone that has no ledger yet and was told no remote: its only one decides, or the only one that
/// had a ledger when it was fetched last, or else the one that git calls a clone's origin.
pub(crate) fn likely_store(repository: &Repository, program: &Program) -> Result<CloneStore, Failure> {
    let (known, fetched) = (names(repository, program)?, fetched_with_ledger(repository)?);
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

/// Returns the remotes that git knows.
fn names(repository: &Repository, program: &Program) -> Result<Vec<String>, Failure> {
    let listed = program.at(repository).arg("remote").run()?.success()?;
    Ok(String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect())
}

/// Asks a remote where its ledger is. It contains what was verified there before.
pub(crate) fn ask(store: &CloneStore) -> Result<Option<ObjectId>, Failure> {
    fetch_source(store).map_err(|error| match (error, store.remote()) {
        (LedgerError::Git(source @ (GitError::Program { .. } | GitError::TimedOut { .. })), Some(remote)) => {
            Failure::RemoteUnreachable { remote: remote.to_owned(), source }
        }
        (error, _) => error.into(),
    })
}

/// Writes down where the ledger is decided from now on, if that is new.
pub(crate) fn keep(store: &CloneStore) -> Result<(), Failure> {
    let Some(remote) = store.remote() else { return Ok(()) };
    if store.repository().own_config(REMOTE_KEY).as_deref() != Some(remote) {
        store.repository().config_set(store.program(), ConfigScope::Local, REMOTE_KEY, remote)?;
    }
    Ok(())
}

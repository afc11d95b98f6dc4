//! A run of an agent in its program: where it is at home, and what it means by the name of a file.

use std::path::Path;
use std::path::PathBuf;

use crate::format::AgentPayload;
use crate::git::GitError;
use crate::git::Repository;
use crate::ops::agent::AgentClient;
use crate::ops::agent::notes::Notes;
use crate::ops::agent::place;
use crate::ops::agent::place::Spot;
use crate::ops::context::Context;
use crate::ops::context::open_repository;
use crate::ops::failure::Failure;
use crate::ops::surroundings::Surroundings;

/// A run of an agent in its program.
pub struct Session {
    pub surroundings: Surroundings,
    pub client: AgentClient,
    /// Where the program was opened, as it says; whoever works there acts, wherever the agent has gone since.
    pub project: Option<PathBuf>,
}

impl Session {
    /// Returns where the agent is at home.
    pub(super) fn home(&self, payload: Option<&AgentPayload>) -> PathBuf {
        let directory = || payload.and_then(|payload| payload.directory.as_deref()).map(PathBuf::from);
        let named = self.project.clone().or_else(directory);
        self.surroundings.directory.join(named.unwrap_or_default())
    }

    /// Returns whether there may be a ledger around a directory; what cannot be read may hold one.
    pub(super) fn is_coordinated(&self, home: &Path) -> bool {
        !matches!(self.open(home, &AgentPayload::default()), Ok(None))
    }

    /// Opens the ledger around a directory, for whoever is at home there; none if it has none.
    pub(super) fn open(&self, directory: &Path, payload: &AgentPayload) -> Result<Option<Context>, Failure> {
        match open_repository(directory) {
            Ok(repository) => self.open_in(repository, payload),
            Err(Failure::Git(GitError::NotARepository { .. } | GitError::Unsupported { .. })) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn open_in(&self, repository: Repository, payload: &AgentPayload) -> Result<Option<Context>, Failure> {
        let directory = repository.work_dir().unwrap_or(repository.git_dir()).to_owned();
        let session = payload.session.clone().or_else(|| self.surroundings.session.clone());
        let surroundings = Surroundings { directory, session, ..self.surroundings.clone() };
        match Context::open_in(surroundings, repository) {
            Ok(context) => Ok(Some(context)),
            Err(Failure::NoLedger) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn notes(&self, repository: &Repository, payload: &AgentPayload) -> Notes {
        let session = payload.session.as_deref().unwrap_or_default();
        Notes::of(repository, &format!("{} {session}", self.client.as_str()))
    }

    /// Returns the repository in whose name an edit is made: that of the agent's home, if the file belongs to it.
    pub(super) fn acting_repository(&self, spot: &Spot, payload: &AgentPayload) -> Repository {
        let home = open_repository(&self.home(Some(payload))).ok();
        let is_same = |home: &Repository| home.common_dir() == spot.repository.common_dir() && !home.is_bare();
        home.filter(is_same).unwrap_or_else(|| spot.repository.clone())
    }

    /// Returns every file that a name of a call may mean, in each repository that has it.
    pub(super) fn spots(&self, payload: &AgentPayload, file: &str) -> Result<Vec<Vec<Spot>>, Failure> {
        let base = payload.directory.as_deref().map_or_else(|| self.home(Some(payload)), PathBuf::from);
        let base = self.surroundings.directory.join(base);
        place::readings(&base, file)?.iter().map(|reading| place::spots(reading)).collect()
    }
}

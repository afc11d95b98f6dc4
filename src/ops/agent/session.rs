//! A run of an agent in its program: where it is at home, and what it means by the name of a file.

use std::path::PathBuf;

use crate::disk;
use crate::format::AgentPayload;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::model::PrincipalId;
use crate::ops::agent::AgentClient;
use crate::ops::agent::notes::Notes;
use crate::ops::agent::place;
use crate::ops::agent::place::Spot;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::join;
use crate::ops::surroundings::Surroundings;

/// A name that nobody can have.
const NOBODY: &str = "-";

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

    /// Returns the repository that the agent is at home in: the innermost around its home that may have a ledger.
    pub(super) fn home_repository(&self, payload: Option<&AgentPayload>) -> Result<Option<Repository>, Failure> {
        let home = self.home(payload);
        let around = place::repositories(&disk::real_path(&home).unwrap_or(home))?;
        // What cannot be read may be one.
        let may_have_ledger = |repository: &Repository| {
            !matches!(repository.reference(LEDGER_REF), Ok(None)) || !matches!(join::pinned(repository), Ok(None))
        };
        Ok(around.into_iter().find(may_have_ledger))
    }

    /// Opens the ledger that the agent is at home in; none if there is none.
    pub(super) fn open_home(&self, payload: &AgentPayload) -> Result<Option<Context>, Failure> {
        match self.home_repository(Some(payload))? {
            Some(repository) => self.open_in(repository, payload),
            None => Ok(None),
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

    /// Returns from where the ledger is opened that rules a file: from home, if the file is in the same clone.
    pub(super) fn ruler<'a>(&self, spot: &'a Spot, home: Option<&'a Repository>) -> &'a Repository {
        let is_same = |home: &&Repository| home.common_dir() == spot.repository.common_dir() && !home.is_bare();
        home.filter(is_same).unwrap_or(&spot.repository)
    }

    /// Opens the ledger that rules a file. Whoever acts at home acts here: going into another clone makes nobody somebody
    /// else.
    pub(super) fn open_at(
        &self,
        spot: &Spot,
        home: Option<&Repository>,
        payload: &AgentPayload,
    ) -> Result<Option<Context>, Failure> {
        let ruler = self.ruler(spot, home);
        let Some(mut context) = self.open_in(ruler.clone(), payload)? else { return Ok(None) };
        let is_at_home = home.is_some_and(|home| std::ptr::eq(home, ruler));
        if !is_at_home && context.surroundings.principal.is_none() {
            let at_home = home.and_then(|home| self.open_in(home.clone(), payload).ok().flatten());
            let me = at_home.as_ref().and_then(|context| identity::whoami(context).ok());
            let named = me.map_or_else(|| NOBODY.to_owned(), |enrolled| enrolled.record.id.to_string());
            context.surroundings.principal = Some(named);
        }
        Ok(Some(context))
    }

    /// Returns who joined in the work tree of a file, if that is somebody else.
    pub(super) fn other_principal(
        &self,
        context: &Context,
        spot: &Spot,
        home: Option<&Repository>,
        me: Option<&PrincipalId>,
    ) -> Option<String> {
        let is_in_clone = home.is_some_and(|home| home.common_dir() == spot.repository.common_dir());
        // A person who says who acts may mean any clone.
        let is_said = !is_in_clone && self.surroundings.principal.is_some();
        if is_said || home.is_some_and(|home| home.git_dir() == spot.repository.git_dir()) {
            return None;
        }
        let joined = identity::joined_here(&spot.repository)?;
        let principal = identity::find(context.state(), &joined).ok().map(|enrolled| enrolled.record.id.clone());
        (principal.is_none() || principal.as_ref() != me).then_some(joined)
    }

    /// Returns every file that a name of a call may mean, in each repository that has it.
    pub(super) fn spots(
        &self,
        payload: &AgentPayload,
        home: Option<&Repository>,
        file: &str,
    ) -> Result<Vec<Vec<Spot>>, Failure> {
        let base = payload.directory.as_deref().map_or_else(|| self.home(Some(payload)), PathBuf::from);
        let base = self.surroundings.directory.join(base);
        place::readings(&base, file)?.iter().map(|reading| place::spots(reading, home)).collect()
    }
}

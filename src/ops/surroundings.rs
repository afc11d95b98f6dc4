//! What a verb is told of the world: `cli` reads it, nobody else does.

use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use std::time::Instant;

use crate::git::GitError;
use crate::git::Program;
use crate::git::TransferListener;
use crate::model::Timestamp;

/// Asks a person something about a key; `None` if nobody answers.
type Ask = dyn Fn(&str) -> Option<String>;

/// What became of a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paused {
    Over,
    /// Whoever waited does not want to any more.
    Stopped,
}

/// The environment of one command.
#[derive(Clone)]
pub struct Surroundings {
    /// Where the command runs.
    pub directory: PathBuf,
    /// Where this user's keys are kept; `None` where the user has no home, as in many server hooks.
    pub data_directory: Option<PathBuf>,
    pub home: Option<PathBuf>,
    /// The socket of ssh-agent.
    pub agent_socket: Option<PathBuf>,
    /// Who acts, as the command line or the environment says.
    pub principal: Option<String>,
    /// The run of the agent, stamped on entries.
    pub session: Option<String>,
    /// The trace of the work, stamped on entries.
    pub trace: Option<String>,
    /// How many reactions, one caused by another, led to this command; stamped on entries.
    pub reaction_depth: u32,
    /// What a reaction is told of the world: a few variables, and none of git's.
    pub reaction_environment: Vec<(OsString, OsString)>,
    /// The index that git is about to commit, in its hooks.
    pub index_file: Option<PathBuf>,
    /// The key that git was told to sign with by `git -c`, in its hooks.
    pub signing_key: Option<String>,
    /// The program that hooks call: this one.
    pub binary: PathBuf,
    pub clock: Rc<dyn Fn() -> Timestamp>,
    /// Lets so much time pass, if nobody stops it.
    pub pause: Rc<dyn Fn(Duration) -> Paused>,
    /// Is told how many of how many entries of a ledger are judged.
    pub progress: Rc<dyn Fn(usize, usize)>,
    /// Is told how far a fetch is.
    pub transfer: Option<TransferListener>,
    /// When everything that git is called for must be over: whoever asked does not wait for longer.
    pub deadline: Option<Instant>,
    /// Asks a person for the passphrase of a key; `None` if nobody is there.
    pub passphrase: Rc<Ask>,
}

impl Surroundings {
    /// Returns what the clock says.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Finds git, which tells how far its fetches are to whoever wants to know, and is at work no longer than anybody waits.
    pub(crate) fn git(&self) -> Result<Program, GitError> {
        Ok(Program::find()?.telling(self.transfer.clone()).until(self.deadline))
    }
}

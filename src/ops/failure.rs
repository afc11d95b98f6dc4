//! Why a verb did not do what was asked. The words and hints for people are decided in `ui::error`.

use std::path::PathBuf;

use crate::disk::DiskError;
use crate::git::GitError;
use crate::ledger::AppendError;
use crate::ledger::HeadFault;
use crate::ledger::LedgerError;
use crate::ledger::Lost;
use crate::ledger::SignerError;
use crate::model::Digest;
use crate::model::PatternFault;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::ops::hook_files::HookFileError;
use crate::ops::only_here::offline::Offline;
use crate::ops::similar::Known;
use crate::rules::Refusal;

/// A verb did not do what was asked; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ledger itself is not to be trusted.
    #[error("the ledger is refused at `{}`", .0.commit)]
    Untrusted(HeadFault, #[source] Refusal),
    /// A ledger that was verified is not there any more.
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error("there is no ledger in this repository")]
    NoLedger,
    /// Nothing says which ledger to trust, and whoever is judged may have brought one.
    #[error("nobody joined this clone, so nothing says which ledger is to be trusted")]
    NotJoined,
    /// A ledger was to be joined, and nobody who was asked has one.
    #[error("{}", nowhere(.remote))]
    NothingToJoin { remote: Option<String> },
    #[error("several remotes could decide about the ledger")]
    SeveralRemotes { known: Vec<String> },
    #[error("a ledger exists already")]
    LedgerExists,
    #[error("the remote `{remote}` has a ledger already")]
    LedgerThere { remote: String },
    #[error("nobody enrolled acts here")]
    NobodyHere,
    #[error("several principals could act here: {}", list(.0))]
    SeveralHere(Vec<PrincipalId>),
    #[error("`{0}` is not enrolled")]
    NotEnrolled(String),
    #[error("the key of `{principal}` is not at hand")]
    KeyMissing { principal: PrincipalId },
    #[error("cannot use the key `{}`: {reason}", path.display())]
    KeyUnusable { path: PathBuf, reason: String },
    #[error("`{}` belongs to another account, that with the number {owner}", path.display())]
    OtherAccount { path: PathBuf, owner: u32 },
    #[error("`{what}` is not {expected}")]
    Argument { what: String, expected: &'static str },
    #[error("`{claim}` of yours holds `{ground}` in the other mode, exclusive or shared")]
    OwnGround { claim: RecordId, ground: String },
    #[error("{} says it in the same words already", known(.0))]
    SaidAlready(Box<Known>),
    #[error("the report `{}` cannot be taken: {reason}", path.display())]
    Report { path: PathBuf, reason: String },
    #[error("the reactions are not those that were read: their digest is `{found}`")]
    OtherReactions { found: Digest },
    #[error("only people say what they trust, and {why}")]
    OnlyPeople { why: &'static str },
    #[error("`{typed}` is no path of this repository: {fault}")]
    Path { typed: String, fault: PatternFault },
    #[error("`{request}` of yours asks for `{head}` already, in other words")]
    AskedAlready { head: String, request: RecordId },
    #[error("there is no {kind} `{id}`")]
    NotFound { kind: &'static str, id: String },
    #[error("still waiting after {seconds} s")]
    WaitedEnough { seconds: u64 },
    #[error("lost the race {0} times")]
    Contended(u32),
    #[error("nothing of the ledger here was ever verified at the remote that decides")]
    NothingDecided,
    #[error("this clone and the remote have each continued the ledger")]
    Diverged,
    #[error("there is no remote `{name}`")]
    NoRemote { name: String, known: Vec<String> },
    /// The ledger is decided at a remote that git does not know any more.
    #[error("the ledger is decided at the remote `{remote}`, which git does not know any more")]
    RemoteGone { remote: String, known: Vec<String> },
    #[error("the remote `{remote}` cannot be reached")]
    RemoteUnreachable {
        remote: String,
        /// Whether what was to be written could be left here.
        offline: Offline,
        #[source]
        source: GitError,
    },
    #[error("git {found} is too old; {needed} is needed")]
    GitTooOld { found: String, needed: &'static str },
    #[error("`{0}` cannot be run")]
    ProgramMissing(&'static str),
    #[error("`{program}` could not be started")]
    NotStarted {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{}` has no commit yet", path.display())]
    NoCommit { path: PathBuf },
    #[error("`{0}` is not usable here")]
    Unsupported(&'static str),
    #[error("the push was not taken: {0}")]
    PushRefused(String),
    #[error("the entry cannot be written: {0}")]
    Unwritable(String),
    #[error("no random numbers are to be had")]
    NoRandomness,
    #[error(transparent)]
    Sign(#[from] SignerError),
    #[error(transparent)]
    Hooks(#[from] HookFileError),
    /// A settings file of another program stays as it is.
    #[error("cannot change `{}`: {reason}", path.display())]
    Settings { path: PathBuf, reason: String },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Failure {
    /// Returns whether what was to be written is certainly nowhere: a remote that broke off may have taken it.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::PushRefused(_) | Self::Contended(_) | Self::Unwritable(_) | Self::Sign(_)
        )
    }
}

fn known(known: &Known) -> String {
    let id = known.id().map_or("another", RecordId::as_str);
    known.holder().map_or_else(|| format!("`{id}`"), |holder| format!("`{id}` of `{holder}`"))
}

fn nowhere(remote: &Option<String>) -> String {
    match remote {
        Some(remote) => format!("the remote `{remote}` has no ledger"),
        None => "there is no ledger in this repository, and no remote that could have one".to_owned(),
    }
}

fn list(ids: &[PrincipalId]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::None => Self::NoLedger,
            LedgerError::Refused(fault, refusal) => Self::Untrusted(fault, refusal),
            LedgerError::Diverged { .. } => Self::Diverged,
            LedgerError::Lost(lost) => Self::Lost(lost),
            LedgerError::Git(GitError::Declined { said }) => Self::PushRefused(said),
            LedgerError::Git(error) => Self::Git(error),
        }
    }
}

impl From<AppendError<Self>> for Failure {
    fn from(error: AppendError<Self>) -> Self {
        match error {
            AppendError::Draft(failure) => failure,
            AppendError::Refused(refusal) => Self::Refused(refusal),
            AppendError::Contended(times) => Self::Contended(times),
            AppendError::Sign(error) => Self::Sign(error),
            AppendError::Unwritable(reason) => Self::Unwritable(reason),
            AppendError::Ledger(error) => error.into(),
        }
    }
}

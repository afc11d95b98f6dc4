//! An open repository with its verified ledger, and who acts.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tracing::debug_span;

use crate::git::GitError;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::AppendError;
use crate::ledger::Appended;
use crate::ledger::Author;
use crate::ledger::Beyond;
use crate::ledger::CloneStore;
use crate::ledger::Draft;
use crate::ledger::Ledger;
use crate::ledger::LedgerError;
use crate::ledger::MadeAnew;
use crate::ledger::Proxy;
use crate::ledger::Signer;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::Timestamp;
use crate::ops::elsewhere::Elsewhere;
use crate::ops::facts::Reader;
use crate::ops::failure::Failure;
use crate::ops::fetched;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::join;
use crate::ops::maintenance;
use crate::ops::only_here::offline::Offline;
use crate::ops::reactions::DEPTH_TRAILER;
use crate::ops::remote;
use crate::ops::similar::Kept;
use crate::ops::similar::SecondThoughts;
use crate::ops::surroundings::Surroundings;
use crate::ops::sync;
use crate::rules::Code;
use crate::rules::Freshness;
use crate::rules::State;
use crate::sign::PublicKey;

/// The key of the configuration that names the remote where the ledger is decided.
pub const REMOTE_KEY: &str = "coord.remote";
/// The key of a worktree's configuration that names who acts there.
pub const PRINCIPAL_KEY: &str = "coord.as";
/// The key of a worktree's configuration that names the worktree which it was written for.
pub(crate) const WORKTREE_KEY: &str = "coord.worktree";

/// How often an entry is tried anew because what is here was rebuilt under it.
const ATTEMPTS_MAX: u32 = 16;
/// How long a command that only looks waits until it may mend the checkout.
const LOOKERS_PATIENCE: Duration = Duration::from_millis(500);

/// An open repository with its verified ledger.
pub struct Context {
    pub surroundings: Surroundings,
    pub repository: Repository,
    pub program: Program,
    pub ledger: Ledger<CloneStore>,
    /// Whether what others have written was taken by this command.
    is_pulled: bool,
    /// What was decided, where something is only here, as far as somebody wanted to know it.
    pub(super) aside: RefCell<Option<Rc<Ledger<CloneStore>>>>,
    /// What becomes of entries while the remote is away.
    offline: Offline,
    /// What texts mean, as far as this command has asked.
    pub(super) kept: Kept,
}

impl Context {
    /// Opens the repository around the directory, and verifies its ledger.
    pub fn open(surroundings: Surroundings) -> Result<Self, Failure> {
        let repository = debug_span!("open the repository").in_scope(|| open_repository(&surroundings.directory))?;
        Self::open_in(surroundings, repository)
    }

    /// Opens the ledger of a repository that is open already.
    pub fn open_in(surroundings: Surroundings, repository: Repository) -> Result<Self, Failure> {
        let found = debug_span!("find git and the checkout").in_scope(|| {
            let program = surroundings.git()?;
            Ok::<_, Failure>((store_of(&repository, &program)?, program))
        });
        let (store, program) = found?;
        Self::open_store(surroundings, repository, program, store)
    }

    /// Opens the ledger of a repository in a store of it.
    pub(crate) fn open_store(
        surroundings: Surroundings,
        repository: Repository,
        program: Program,
        store: CloneStore,
    ) -> Result<Self, Failure> {
        let store = store.telling(surroundings.progress.clone());
        let pin = join::pinned(&repository)?.map(|(pin, _)| pin);
        let ledger = Ledger::open_pinned(store, pin, surroundings.now())?;
        let context = Self { is_pulled: false, ..Self::fetched(surroundings, repository, program, ledger) };
        join::check_pinned(&context)?;
        Ok(context)
    }

    /// Works on a ledger as it was fetched just now.
    pub(crate) fn fetched(
        surroundings: Surroundings,
        repository: Repository,
        program: Program,
        ledger: Ledger<CloneStore>,
    ) -> Self {
        Self {
            surroundings,
            repository,
            program,
            ledger,
            offline: Offline::Refused,
            is_pulled: true,
            aside: RefCell::default(),
            kept: Kept::default(),
        }
    }

    /// Returns the state of the ledger as it is here.
    pub fn state(&self) -> &State {
        self.ledger.state()
    }

    /// Returns a reader of the code as it is here, while nothing arrives.
    pub(crate) fn reader(&self) -> Reader<'_> {
        let audience = self.state().charter.audience.as_str();
        Reader { repository: &self.repository, audience, elsewhere: Elsewhere::Refs(&[]) }
    }

    /// Returns what the clock says.
    pub fn now(&self) -> Timestamp {
        self.surroundings.now()
    }

    /// Returns the later of ledger time and the clock.
    pub fn ledger_now(&self) -> Timestamp {
        self.now().max(self.state().time)
    }

    /// Says what becomes of entries while the remote is away.
    pub fn set_offline(&mut self, offline: Offline) {
        self.offline = offline;
        if offline == Offline::Chosen {
            self.ledger.store().leave_remote_alone();
        }
    }

    /// Returns whether entries are left here although a remote decides.
    pub(crate) fn leaves_entries_here(&self) -> bool {
        self.offline == Offline::Chosen && self.ledger.store().remote().is_some()
    }

    /// Opens the ledger once more, where the branch was rebuilt under it on what was decided meanwhile.
    pub(crate) fn reopen(&mut self) -> Result<(), Failure> {
        let store = remote::store_at(self.ledger.store().remote(), &self.repository, &self.program)?;
        let pin = Some(self.ledger.pin());
        self.ledger = Ledger::open_pinned(store.telling(self.surroundings.progress.clone()), pin, self.now())?;
        self.set_offline(self.offline);
        Ok(())
    }

    /// Appends an entry in somebody's name.
    pub fn append(
        &mut self,
        identity: &Identity,
        build: impl FnMut(&State, Timestamp) -> Result<Draft, Failure>,
    ) -> Result<Appended, Failure> {
        let now = self.now();
        self.append_dated(identity, now, build)
    }

    /// Appends an entry in somebody's name, dated as said, or as the entry before it if that is later.
    pub(crate) fn append_dated(
        &mut self,
        identity: &Identity,
        now: Timestamp,
        mut build: impl FnMut(&State, Timestamp) -> Result<Draft, Failure>,
    ) -> Result<Appended, Failure> {
        self.append_built(identity, now, &mut build)
    }

    /// Appends what one of many verbs builds: what follows is compiled once, and not for each of them.
    fn append_built(
        &mut self,
        identity: &Identity,
        now: Timestamp,
        build: &mut dyn FnMut(&State, Timestamp) -> Result<Draft, Failure>,
    ) -> Result<Appended, Failure> {
        let stamps = Stamps::of(&self.surroundings);
        let author = identity.author();
        let mut stamped = |state: &State, time: Timestamp| build(state, time).map(|draft| stamps.put_on(draft));
        for _ in 0..ATTEMPTS_MAX {
            let before = self.ledger.chain().head;
            let failure = match self.try_append(&author, now, &mut stamped) {
                Err(failure) => failure,
                done => return done,
            };
            match &failure {
                // What is only here goes along, as long as nobody loses anything by it.
                Failure::Diverged if sync::settle(self)? => {}
                Failure::Untrusted(_, refusal) if refusal.code == Code::LedgerFork => {
                    // Somebody may have rebuilt the branch meanwhile; whatever contains what was verified is no fork.
                    if self.reopen().is_err() || self.ledger.chain().head == before {
                        return Err(failure);
                    }
                }
                Failure::RemoteUnreachable { .. } if self.offline == Offline::Fallback => {
                    self.set_offline(Offline::Chosen);
                }
                _ => return Err(failure),
            }
        }
        Err(Failure::Contended(ATTEMPTS_MAX))
    }

    fn try_append(
        &mut self,
        author: &Author<'_>,
        now: Timestamp,
        build: &mut impl FnMut(&State, Timestamp) -> Result<Draft, Failure>,
    ) -> Result<Appended, Failure> {
        if self.offline == Offline::Chosen {
            self.pull()?;
        } else {
            sync::shed_void_head(self)?;
        }
        // Nobody is asked for a passphrase, nor an agent for a touch, on behalf of somebody else.
        let silent = Surroundings { passphrase: Rc::new(|_| None), agent_socket: None, ..self.surroundings.clone() };
        let (repository, surroundings) = (&self.repository, &silent);
        let keys = |state: &State, key: &PublicKey| {
            let identity = identity::identity_of(state.principal_by_key(key)?, repository, surroundings).ok()?;
            Some(identity.signer).filter(Signer::is_immediate)
        };
        let second_thoughts = SecondThoughts::default();
        let doubt = |made: &MadeAnew<'_>| second_thoughts.are_due(made);
        let appended = self.ledger.append_decided(author, now, build, &Proxy { keys: &keys, doubt: &doubt });
        if appended.is_ok() {
            maintenance::count_entry(self);
            if self.offline != Offline::Chosen {
                fetched::note(self);
            }
        }
        appended.map_err(|error| self.explain(error))
    }

    /// Takes what others have written where the ledger is decided.
    pub fn pull(&mut self) -> Result<(), Failure> {
        let now = self.now();
        let pulled = self.ledger.pull(now);
        self.take_pulled(pulled)
    }

    /// Notes whether what others have written was taken.
    pub(super) fn take_pulled(&mut self, pulled: Result<(), LedgerError>) -> Result<(), Failure> {
        self.is_pulled = pulled.is_ok();
        if self.is_pulled && self.offline != Offline::Chosen {
            fetched::note(self);
        }
        pulled.map_err(|error| self.explain(AppendError::Ledger(error)))
    }

    /// Returns whether decisions of this command rest on the ledger as it is where it is decided.
    pub(crate) fn freshness(&self) -> Freshness {
        let is_asked = self.offline != Offline::Chosen;
        let is_here = self.ledger.store().remote().is_none();
        if is_here || self.is_pulled && is_asked { Freshness::Known } else { Freshness::Stale }
    }

    /// Takes what others have written, and brings what is only here to where it is decided: what comes next rests on
    /// nothing tentative.
    pub fn settle(&mut self) -> Result<(), Failure> {
        match self.pull() {
            Ok(()) if self.offline == Offline::Chosen || self.ledger.beyond()? == Beyond::Nothing => Ok(()),
            Ok(()) | Err(Failure::Diverged) => {
                if !sync::settle(self)? {
                    return Err(Failure::Diverged);
                }
                self.is_pulled = true;
                Ok(())
            }
            // Somebody may have rebuilt the branch meanwhile.
            Err(failure @ Failure::Untrusted(..)) => {
                let before = self.ledger.chain().head;
                if self.reopen().is_err() || self.ledger.chain().head == before {
                    return Err(failure);
                }
                self.pull()
            }
            Err(failure) => Err(failure),
        }
    }

    /// Takes what others have written, if the remote answers. Returns why what is here is all that there is to look at.
    pub fn look(&mut self) -> Result<Option<Failure>, Failure> {
        let pulled = self.pull();
        Self::unless_away(pulled)
    }

    /// Returns why nothing was taken, where whoever only looks makes do with what is here.
    pub(super) fn unless_away(pulled: Result<(), Failure>) -> Result<Option<Failure>, Failure> {
        match pulled {
            Ok(()) => Ok(None),
            Err(
                failure @ (Failure::RemoteUnreachable { .. }
                | Failure::RemoteGone { .. }
                | Failure::Git(GitError::ReadOnly { .. })
                | Failure::Diverged),
            ) => Ok(Some(failure)),
            Err(failure) => Err(failure),
        }
    }

    pub(crate) fn explain(&self, error: AppendError<Failure>) -> Failure {
        match (error.into(), self.ledger.store().asked()) {
            (Failure::Git(source @ (GitError::Program { .. } | GitError::TimedOut { .. })), Some(remote)) => {
                remote::unanswered(&self.repository, remote, self.offline, source)
            }
            (failure, _) => failure,
        }
    }

    /// Brings the ledger's checkout up to date, so that stock git finds it in order. Whoever only looks is neither kept
    /// waiting for it nor refused: the next command does it.
    pub fn show(&self) -> Result<(), Failure> {
        if self.ledger.store().worktree().is_none() {
            return Ok(());
        }
        if self.ledger.is_shown()? {
            return Ok(());
        }
        let shown = self.ledger.store().lock_within(LOOKERS_PATIENCE).and_then(|lock| self.ledger.show(&lock));
        match shown {
            Err(GitError::IndexLocked { .. }) => Ok(()),
            Err(GitError::Disk(error)) if error.is_read_only() || error.is_full() => Ok(()),
            other => Ok(other?),
        }
    }
}

/// What is stamped on every entry of a session.
struct Stamps(Vec<String>);

impl Stamps {
    fn of(surroundings: &Surroundings) -> Self {
        let plain = |text: &str| text.chars().filter(|c| c.is_ascii_graphic()).take(100).collect::<String>();
        let session = surroundings.session.as_deref().map(|session| format!("Coord-Session: {}", plain(session)));
        let trace = surroundings.trace.as_deref().map(|trace| format!("Coord-Trace: {}", plain(trace)));
        let depth = surroundings.reaction_depth;
        let reaction = (depth > 0).then(|| format!("{DEPTH_TRAILER}: {depth}"));
        Self(session.into_iter().chain(trace).chain(reaction).collect())
    }

    fn put_on(&self, mut draft: Draft) -> Draft {
        if self.0.is_empty() {
            return draft;
        }
        let last = draft.message.rsplit("\n\n").next().unwrap_or_default();
        let has_trailers = draft.message.contains("\n\n") && last.lines().all(|line| line.starts_with("Coord-"));
        draft.message.push_str(if has_trailers { "\n" } else { "\n\n" });
        draft.message.push_str(&self.0.join("\n"));
        draft
    }
}

/// Opens the repository around a directory; a bare one if the directory is one.
pub fn open_repository(directory: &Path) -> Result<Repository, Failure> {
    match Repository::discover(directory) {
        Err(GitError::ImplicitBare { .. }) => Ok(Repository::open_git_dir(directory)?),
        other => Ok(other?),
    }
}

pub(crate) fn store_of(repository: &Repository, program: &Program) -> Result<CloneStore, Failure> {
    remote::told_store(repository, program)
}

/// Returns a fresh id.
pub(crate) fn random_id(kind: RecordKind) -> Result<RecordId, Failure> {
    let mut random = [0; 5];
    getrandom::fill(&mut random).map_err(|_| Failure::NoRandomness)?;
    Ok(RecordId::from_random(kind, random))
}

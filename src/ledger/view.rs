//! A verified view of a ledger, which follows its branch and never goes back.

use std::ops::ControlFlow;
use std::sync::Arc;

use tracing::debug_span;

use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::ahead::read_each;
use crate::ledger::chain::Chain;
use crate::ledger::chain::HeadFault;
use crate::ledger::chain::Step;
use crate::ledger::chain::VoidEntry;
use crate::ledger::clone::CloneStore;
use crate::ledger::descent::Line;
use crate::ledger::descent::line_to;
use crate::ledger::descent::newest;
use crate::ledger::lost::Lost;
use crate::ledger::lost::check_never_had_one;
use crate::ledger::lost::fetch_source;
use crate::ledger::memo;
use crate::ledger::memo::Base;
use crate::ledger::store::Recalled;
use crate::ledger::store::Snapshot;
use crate::ledger::store::Store;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::rules::Code;
use crate::rules::Refusal;

/// How many records may have changed since all of them were written, before they are again.
const RECENT_MAX: usize = 256;
/// From how many new entries on it is quicker to read what others of us remember than to judge them.
const RECALLED_FROM: usize = 4;

/// The ledger could not be read or is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("there is no ledger in this repository")]
    None,
    #[error("the ledger is refused at `{}`", .0.commit)]
    Refused(HeadFault, #[source] Refusal),
    /// The ledger was continued both here and where it is decided.
    #[error("the ledger here has entries that the remote does not have, and the other way round")]
    Diverged { there: ObjectId },
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error(transparent)]
    Git(#[from] GitError),
}

impl LedgerError {
    pub(crate) fn refused(fault: HeadFault) -> Self {
        let refusal = fault.refusal.clone();
        Self::Refused(fault, refusal)
    }
}

/// What lies beyond the verified head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing: the head of the branch is verified.
    Current,
    /// An entry dated ahead of this machine's clock, and its date: from then on it can be taken.
    Waiting(ObjectId, Timestamp),
}

/// A verified chain in a store.
#[derive(Debug)]
pub struct Ledger<S> {
    store: S,
    chain: Chain,
    outlook: Outlook,
    /// How many entries were judged by this process.
    judged: u64,
    /// What the chain's records are remembered in, as far as they have not changed.
    base: Option<Base>,
    /// The head of the chain that is remembered.
    remembered: Option<ObjectId>,
}

impl<S: Store> Ledger<S> {
    /// Opens the ledger of a store and verifies it up to its head, from what was remembered.
    pub fn open(store: S, now: Timestamp) -> Result<Self, LedgerError> {
        Self::open_pinned(store, None, now)
    }

    /// Opens the ledger of a store, which must begin with the genesis of this pin: another one is not remembered.
    pub fn open_pinned(store: S, pin: Option<Digest>, now: Timestamp) -> Result<Self, LedgerError> {
        let recalled = store.recall()?;
        let Some(head) = store.head()? else {
            check_never_had_one(&store, pin)?;
            return Err(LedgerError::None);
        };
        let trusted = recalled.as_ref().map(|recalled| recalled.head);
        let opened = Self::open_from(store, recalled, head, now);
        let mut ledger = opened.map_err(|error| match error {
            LedgerError::Refused(fault, refusal)
                if refusal.code == Code::LedgerFork && Some(fault.commit) == trusted =>
            {
                Lost::Left { verified: fault.commit, found: head }.into()
            }
            other => other,
        })?;
        if pin.is_some_and(|pin| pin != ledger.pin()) {
            let refusal = Refusal::new(Code::LedgerRoot, format!("the ledger here has the pin {}", ledger.pin()));
            return Err(LedgerError::refused(HeadFault { commit: head, refusal }));
        }
        if trusted != Some(ledger.chain.head) || ledger.remembered != Some(ledger.chain.head) {
            ledger.remember()?;
        }
        Ok(ledger)
    }

    /// Opens the ledger as it is at another head, which must contain what was verified before. Nothing is remembered:
    /// the head may yet be refused.
    pub fn open_at(store: S, head: ObjectId, now: Timestamp) -> Result<Self, LedgerError> {
        let recalled = store.recall()?;
        Self::open_from(store, recalled, head, now)
    }

    /// Opens the ledger and judges every entry again, from genesis.
    pub fn open_anew(store: S, now: Timestamp) -> Result<Self, LedgerError> {
        let recalled = store.recall()?.map(|recalled| Recalled { whole: Arc::new(Vec::new()), ..recalled });
        let head = store.head()?.ok_or(LedgerError::None)?;
        Self::open_from(store, recalled, head, now)
    }

    fn open_from(store: S, recalled: Option<Recalled>, head: ObjectId, now: Timestamp) -> Result<Self, LedgerError> {
        let trusted = recalled.as_ref().map(|recalled| recalled.head);
        let decode = |recalled: Recalled| memo::decode(recalled.whole, &recalled.recent);
        let memory = debug_span!("read the remembered state").in_scope(|| recalled.and_then(decode));
        let remembered = memory.as_ref().map(|(chain, _)| chain.head);
        // A remembered chain that the branch does not contain is no more than a stale cache.
        let ((chain, base), path) = match (memory, line_to(&store, head, remembered)?) {
            (Some((chain, base)), Line::From(path)) => ((chain, Some(base)), path),
            (_, Line::Root(mut path)) => {
                let root = path.pop().expect("a line has at least its head");
                let clock = if trusted.is_some() { Timestamp::MAX } else { now };
                ((Chain::begin(&store, root, clock)?.map_err(LedgerError::refused)?, None), path)
            }
            (_, Line::Broken(fault)) => return Err(LedgerError::refused(fault)),
            (None, Line::From(_)) => unreachable!("nothing was asked for"),
        };
        if path.is_empty() {
            // A head that is not there any more is noticed even if nothing is new.
            store.commit(head)?;
        }
        let mut ledger = Self { store, chain, outlook: Outlook::Current, judged: 0, base, remembered };
        let begins_at_trusted = trusted.is_none_or(|trusted| trusted == ledger.chain.head);
        let met = ledger.walk(path, trusted, now)? || begins_at_trusted;
        if !met {
            ledger.check_contains(trusted.expect("without one it begins there"))?;
        }
        Ok(ledger)
    }

    /// Begins a ledger that the store does not have yet, at this commit.
    pub(crate) fn begin_at(store: S, root: ObjectId, now: Timestamp) -> Result<Self, LedgerError> {
        let chain = Chain::begin(&store, root, now)?.map_err(LedgerError::refused)?;
        Ok(Self { store, chain, outlook: Outlook::Current, judged: 1, base: None, remembered: None })
    }

    /// Takes what the branch has gained since.
    pub fn refresh(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        let head = self.store.head()?.ok_or(LedgerError::None)?;
        self.advance_to(head, now)
    }

    /// Takes what the ledger has gained where it is decided, and brings the branch here up to that.
    pub fn pull(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        let local = self.store.head()?;
        let Some(head) = self.fetch_source()? else { return Ok(()) };
        if let Line::Root(_) = line_to(&self.store, head, Some(self.chain.head))? {
            // Either the remote is behind what is here, or each has something that the other lacks.
            return match line_to(&self.store, self.chain.head, Some(head))? {
                Line::From(_) => Ok(self.store.confirm(head)?),
                _ => Err(self.diverged(head)),
            };
        }
        self.advance_to(head, now)?;
        if self.chain.head == head {
            self.store.confirm(head)?;
            self.bring_branch(local, head)?;
        }
        Ok(())
    }

    /// Brings the branch here up to a head that contains it. Others of us may do so at this moment, with another one.
    fn bring_branch(&self, mut local: Option<ObjectId>, head: ObjectId) -> Result<(), GitError> {
        let is_behind = |local: Option<ObjectId>| match local {
            Some(local) if local == head => Ok(false),
            Some(local) => Ok(matches!(line_to(&self.store, head, Some(local))?, Line::From(_))),
            None => Ok::<_, GitError>(true),
        };
        while is_behind(local)? && self.store.follow(local, head)? == Swap::Moved {
            local = self.store.head()?;
        }
        Ok(())
    }

    /// Returns the ledger's head where it is decided, which contains what was verified there before.
    pub fn fetch_source(&self) -> Result<Option<ObjectId>, LedgerError> {
        let _phase = debug_span!("ask where it is decided").entered();
        fetch_source(&self.store).map_err(|error| match error {
            LedgerError::Lost(lost) => lost.with_landed(self.landed_here()).into(),
            other => other,
        })
    }

    /// Returns where protected refs last landed, as far as that is here.
    pub(crate) fn landed_here(&self) -> Vec<(RefName, ObjectId)> {
        let landed = self.state().landed.iter().map(|(name, landed)| (name.clone(), landed.new));
        landed.filter(|(_, new)| self.store.commit(*new).is_ok()).collect()
    }

    /// Takes the chain that ends in a head, which must contain the present one.
    pub fn advance_to(&mut self, head: ObjectId, now: Timestamp) -> Result<(), LedgerError> {
        let path = self.path_to(head)?;
        let path = self.skip_remembered(path)?;
        self.walk(path, None, now).map(|_| ())
    }

    /// Takes what others of us have judged and remembered meanwhile. Returns what is left to be judged.
    fn skip_remembered(&mut self, mut path: Vec<ObjectId>) -> Result<Vec<ObjectId>, LedgerError> {
        if path.len() < RECALLED_FROM {
            return Ok(path);
        }
        let memory = self.store.recall()?.and_then(|recalled| memo::decode(recalled.whole, &recalled.recent));
        let Some((chain, base)) = memory.filter(|(chain, _)| chain.pin == self.chain.pin) else { return Ok(path) };
        if let Some(known) = path.iter().position(|commit| *commit == chain.head) {
            path.truncate(known);
            (self.remembered, self.base) = (Some(chain.head), Some(base));
            self.chain = chain;
        }
        Ok(path)
    }

    /// Returns the commits after the present head up to another, newest first.
    pub fn path_to(&self, head: ObjectId) -> Result<Vec<ObjectId>, LedgerError> {
        if head == self.chain.head {
            return Ok(Vec::new());
        }
        match line_to(&self.store, head, Some(self.chain.head))? {
            Line::From(path) => Ok(path),
            Line::Root(_) => Err(self.fork(head)),
            Line::Broken(fault) => Err(LedgerError::refused(fault)),
        }
    }

    /// Returns the commits after an earlier head up to the present one, newest first; none if it does not follow that.
    pub(super) fn entries_after(&self, before: ObjectId) -> Result<Vec<ObjectId>, LedgerError> {
        Ok(match line_to(&self.store, self.chain.head, Some(before))? {
            Line::From(path) => path,
            Line::Root(_) | Line::Broken(_) => Vec::new(),
        })
    }

    /// Steps along a path, newest first; returns whether it met the trusted head.
    fn walk(&mut self, path: Vec<ObjectId>, trusted: Option<ObjectId>, now: Timestamp) -> Result<bool, LedgerError> {
        let total = path.len();
        let walked = self.take_each(path, trusted, now);
        self.store.judged(total, total);
        walked
    }

    fn take_each(
        &mut self,
        path: Vec<ObjectId>,
        trusted: Option<ObjectId>,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let _phase = debug_span!("take in entries").entered();
        let (total, mut met) = (path.len(), false);
        self.outlook = Outlook::Current;
        // What was verified once is not doubted because this machine's clock went back.
        let mut known = trusted.is_some_and(|trusted| path.contains(&trusted));
        let mut done = 0;
        let line: Vec<ObjectId> = path.into_iter().rev().collect();
        let Self { store, chain, outlook, judged, .. } = self;
        read_each(store, &line, |entry| {
            store.judged(done, total);
            let commit = entry.commit();
            let is_trusted = Some(commit) == trusted;
            let clock = if known { Timestamp::MAX } else { now };
            known &= !is_trusted;
            match chain.step_read(store, entry, clock)?.map_err(LedgerError::refused)? {
                Step::Taken(next, _) => *chain = *next,
                Step::Wait(until) => {
                    *outlook = Outlook::Waiting(commit, until);
                    return Ok(ControlFlow::Break(()));
                }
            }
            done += 1;
            *judged += 1;
            met |= is_trusted;
            Ok::<_, LedgerError>(ControlFlow::Continue(()))
        })?;
        Ok(met)
    }

    /// The remembered chain is behind the trusted head or apart from it: look for the head in the whole line.
    fn check_contains(&self, trusted: ObjectId) -> Result<(), LedgerError> {
        match line_to(&self.store, self.chain.head, Some(trusted))? {
            Line::From(_) => Ok(()),
            Line::Root(_) | Line::Broken(_) => Err(self.fork(trusted)),
        }
    }

    /// What was never verified at the remote may be rebuilt on it; a remote without what was verified there is a fork.
    fn diverged(&self, head: ObjectId) -> LedgerError {
        let verified = self.store.recall().ok().flatten().map(|recalled| recalled.head);
        let keeps =
            verified.is_none_or(|verified| matches!(line_to(&self.store, head, Some(verified)), Ok(Line::From(_))));
        if keeps { LedgerError::Diverged { there: head } } else { self.fork(head) }
    }

    fn fork(&self, other: ObjectId) -> LedgerError {
        let message = format!("`{}` and `{}` are two ledgers", self.chain.head.short(), other.short());
        // Evidence is worth keeping even if it cannot be kept.
        self.store.keep_evidence(other).ok();
        let refusal = Refusal::new(Code::LedgerFork, message);
        LedgerError::refused(HeadFault { commit: other, refusal })
    }

    /// Remembers the verified head and its chain: what has changed, or all of it when that has become much.
    pub(crate) fn remember(&mut self) -> Result<(), LedgerError> {
        let _phase = debug_span!("remember the state").entered();
        let head = self.chain.head;
        if let Some(base) = self.base.filter(|_| memo::recent_count(&self.chain) <= RECENT_MAX) {
            self.store.remember(&Snapshot { head, chain: memo::encode_recent(&self.chain, base) })?;
        } else {
            let chain = memo::encode_chain(&self.chain);
            self.store.remember(&Snapshot { head, chain: chain.clone() })?;
            let (chain, base) = memo::decode(Arc::new(chain), &[]).expect("it was written just now");
            (self.chain, self.base) = (chain, Some(base));
        }
        self.remembered = Some(head);
        Ok(())
    }

    /// Returns the chain that was verified.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns the state that the chain leads to.
    pub fn state(&self) -> &crate::rules::State {
        &self.chain.state
    }

    /// Returns what the ledger is stored in.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Returns the digest of the first entry, by which the ledger is told from others.
    pub fn pin(&self) -> Digest {
        self.chain.pin
    }

    /// Returns what lies beyond the verified head.
    pub fn outlook(&self) -> Outlook {
        self.outlook
    }

    /// Returns what the chain's records are remembered in.
    pub(super) fn base(&self) -> Option<Base> {
        self.base
    }

    /// How many entries this process judged: the others were remembered.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// Returns the latest void entries, the oldest first.
    pub fn voids(&self) -> &[VoidEntry] {
        &self.chain.voids
    }

    pub(crate) fn take(&mut self, chain: Chain) {
        self.chain = chain;
    }

    /// Returns the commits of the ledger, newest first, at most `most`.
    pub fn line(&self, most: usize) -> Result<Vec<ObjectId>, LedgerError> {
        Ok(newest(&self.store, self.chain.head, most)?)
    }
}

impl Ledger<CloneStore> {
    /// Returns whether what people look at is what counts. After a void head it is not: its garbage is taken back.
    pub fn is_shown(&self) -> Result<bool, GitError> {
        self.store.is_shown(self.chain.valid_tree)
    }
}

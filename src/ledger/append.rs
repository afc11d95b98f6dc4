//! How an entry comes to be: one function, used by everybody.

use tracing::debug_span;

use crate::format::commit::Payload;
use crate::format::commit::SignedCommit;
use crate::format::commit::Stamp;
use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::attempts::Attempts;
use crate::ledger::backoff::Backoff;
use crate::ledger::chain::Chain;
use crate::ledger::signer::Signer;
use crate::ledger::signer::SignerError;
use crate::ledger::store::Store;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::ledger::view::Outlook;
use crate::model::ObjectId;
use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;
use crate::sign::verify_commit;

/// How often a ledger is begun where nobody told what became of it, which the remote's own last word comes before.
const UNSURE_MAX: u32 = 8;

/// One file of an entry: its new text, or `None` to remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub path: RecordPath,
    pub text: Option<String>,
}

/// What an entry shall change, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub edits: Vec<Edit>,
    /// The message without a line feed at its end.
    pub message: String,
}

/// Who makes an entry: the names are decoration, the key is not.
#[derive(Debug)]
pub struct Author<'a> {
    pub name: String,
    pub mail: String,
    pub signer: &'a Signer,
}

/// An entry that is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    pub commit: ObjectId,
    pub height: u64,
    pub time: Timestamp,
}

impl Appended {
    /// Returns the entry that ends a chain.
    pub(super) fn at(chain: &Chain) -> Self {
        Self { commit: chain.head, height: chain.height(), time: chain.state.time }
    }
}

/// No entry was made, and nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum AppendError<E> {
    /// What was to be written was withdrawn by whoever makes it.
    #[error(transparent)]
    Draft(E),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("lost the race {0} times")]
    Contended(u32),
    #[error(transparent)]
    Sign(#[from] SignerError),
    #[error("the entry cannot be written: {0}")]
    Unwritable(String),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl<E> From<GitError> for AppendError<E> {
    fn from(error: GitError) -> Self {
        Self::Ledger(error.into())
    }
}

impl<S: Store> Ledger<S> {
    /// Appends an entry. `build` makes it from the state and the time at which it will stand; it is asked again
    /// whenever somebody else was faster.
    ///
    /// Success means that the entry is in the ledger, on the disk, and valid. Any failure leaves the ledger as it was.
    pub fn append<E>(
        &mut self,
        author: &Author<'_>,
        now: Timestamp,
        mut build: impl FnMut(&State, Timestamp) -> Result<Draft, E>,
    ) -> Result<Appended, AppendError<E>> {
        let (mut attempts, mut backoff) = (Attempts::default(), Backoff::new(self.store()));
        loop {
            // A person who touches a key must not hold everybody up: such entries are signed first.
            let early = if author.signer.is_immediate() {
                None
            } else {
                self.refresh(now)?;
                Some((self.chain().head, self.make(self.chain(), author, now, &mut build)?))
            };
            let door = debug_span!("wait for the turn").in_scope(|| self.store().wait_at_door())?;
            // Whoever has the lock waits for the disk: what was written until now is taken in meanwhile.
            self.refresh(now)?;
            let lock = debug_span!("wait for the lock").in_scope(|| self.store().lock(door))?;
            self.refresh(now)?;
            self.check_nothing_waits()?;
            if let Some(appended) = attempts.arrived(self)? {
                return Ok(appended);
            }
            if self.chain().void_tree.is_some() {
                // The checkout forgets what the void entry brought, before a head hides where it came from.
                self.show(&lock)?;
            }
            let made = match early {
                Some((head, made)) if head == self.chain().head => made,
                Some(_) => continue,
                None => self.make(self.chain(), author, now, &mut build)?,
            };
            let base = self.chain().head;
            let made = self.write(self.chain(), made)?;
            attempts.add(self.store(), made.head, base)?;
            let start = self.store().uptime();
            let swap = debug_span!("move the branch").in_scope(|| self.store().swap_head(Some(base), made.head));
            let swap = match swap {
                // An earlier push may still arrive, when what stands in the way now is gone.
                Err(GitError::Declined { .. }) if self.store().is_unsure() => {
                    return Err(GitError::nobody_told("push").into());
                }
                other => other?,
            };
            if swap == Swap::Done {
                let appended = Appended::at(&made);
                self.take(made);
                // The entry stands, whatever becomes of what people look at; the next command brings that up to date.
                self.show(&lock).ok();
                self.remember().ok();
                return Ok(appended);
            }
            attempts.doubt(self.store().is_unsure());
            let took = self.store().uptime() - start;
            let pause = backoff.lose(self.store(), took).ok_or_else(|| self.contended(&backoff))?;
            if self.store().source().is_some() {
                drop(lock);
                debug_span!("back off").in_scope(|| self.store().pause(pause));
            }
            // What is taken in before a pause is too old after it.
            self.pull(now)?;
            self.check_can_follow()?;
        }
    }

    /// Returns why it ends that others were faster too often.
    pub(super) fn contended<E>(&self, backoff: &Backoff) -> AppendError<E> {
        if self.store().is_unsure() {
            return GitError::nobody_told("push").into();
        }
        AppendError::Contended(backoff.lost())
    }

    /// Refuses to go on after a lost race where every other one would be lost, for this machine's clock is behind. Nobody is
    /// told that nothing was written as long as an earlier attempt may have been taken.
    pub(super) fn check_can_follow(&self) -> Result<(), Refusal> {
        if self.store().is_unsure() { Ok(()) } else { self.check_nothing_waits() }
    }

    /// Refuses to append while the ledger goes on with what cannot be judged yet.
    pub(super) fn check_nothing_waits(&self) -> Result<(), Refusal> {
        match self.outlook() {
            Outlook::Current => Ok(()),
            Outlook::Waiting(..) => {
                let message = "the ledger goes on with an entry that is dated ahead of this machine's clock";
                Err(Refusal::new(Code::EntrySkew, message))
            }
        }
    }

    /// Makes and signs the entry after a chain. Objects are written, the reference is not touched.
    pub(super) fn make<E>(
        &self,
        chain: &Chain,
        author: &Author<'_>,
        now: Timestamp,
        build: &mut impl FnMut(&State, Timestamp) -> Result<Draft, E>,
    ) -> Result<SignedCommit, AppendError<E>> {
        let time = now.max(chain.state.time);
        let draft = debug_span!("draft").in_scope(|| build(&chain.state, time)).map_err(AppendError::Draft)?;
        let write = || write_tree(self.store(), Some(chain.valid_tree), &draft.edits);
        let tree = debug_span!("write records and trees").in_scope(write)?;
        let _phase = debug_span!("sign").entered();
        sign_entry(author, tree, Some(chain.head), time, &draft.message)
    }

    /// Judges a signed entry and writes it. Returns the chain that it ends.
    pub(super) fn write<E>(&self, before: &Chain, signed: SignedCommit) -> Result<Chain, AppendError<E>> {
        let raw = signed.to_bytes(self.store().hash_kind());
        let valid_tree = signed.payload().tree();
        let verified = debug_span!("verify").in_scope(|| verify_commit(signed));
        let verified = verified.map_err(|fault| AppendError::Unwritable(fault.to_string()))?;
        let judged = debug_span!("judge").in_scope(|| before.judge_payload(self.store(), verified))?;
        let (_, state) = judged.map_err(AppendError::Refused)?;
        let head = debug_span!("write the entry").in_scope(|| self.store().write_commit(&raw))?;
        Ok(Chain { head, state, valid_tree, void_tree: None, ..before.clone() })
    }

    /// Brings what people look at up to the verified head.
    pub fn show(&self, lock: &S::Lock) -> Result<(), GitError> {
        let _phase = debug_span!("update the checkout").entered();
        self.store().show(lock, self.chain().head, self.chain().valid_tree)
    }

    /// Begins a ledger in a store that has none.
    pub fn begin<E>(store: S, author: &Author<'_>, now: Timestamp, draft: &Draft) -> Result<Self, AppendError<E>> {
        let lock = store.lock(store.wait_at_door()?)?;
        let tree = write_tree(&store, None, &draft.edits)?;
        let signed = sign_entry(author, tree, None, now, &draft.message)?;
        let root = store.write_commit(&signed.to_bytes(store.hash_kind()))?;
        let mut ledger = Self::begin_at(store, root, now).map_err(|error| match error {
            LedgerError::Refused(_, refusal) => AppendError::Refused(refusal),
            other => AppendError::Ledger(other),
        })?;
        let mut lost = 0;
        while ledger.store().swap_head(None, root)? == Swap::Moved {
            lost += 1;
            // Nobody was faster as far as is known: whoever did not answer says in the end why, or has it.
            if !ledger.store().is_unsure() || lost > UNSURE_MAX {
                return Err(AppendError::Contended(lost));
            }
        }
        ledger.show(&lock)?;
        ledger.remember()?;
        Ok(ledger)
    }
}

fn write_tree<S: Store>(store: &S, base: Option<ObjectId>, edits: &[Edit]) -> Result<ObjectId, GitError> {
    let mut written = Vec::with_capacity(edits.len());
    for edit in edits {
        let blob = edit.text.as_ref().map(|text| store.write_blob(text.as_bytes())).transpose()?;
        written.push((edit.path.to_string(), blob));
    }
    store.edit_tree(base, &written)
}

pub(super) fn sign_entry<E>(
    author: &Author<'_>,
    tree: ObjectId,
    parent: Option<ObjectId>,
    time: Timestamp,
    message: &str,
) -> Result<SignedCommit, AppendError<E>> {
    let unwritable = |fault: &dyn std::fmt::Display| AppendError::Unwritable(fault.to_string());
    let stamp = Stamp::new(&author.name, &author.mail, time.unix_s(), "+0000").map_err(|fault| unwritable(&fault))?;
    let payload = Payload::build(tree, parent, stamp.clone(), stamp, format!("{message}\n"));
    let payload = payload.map_err(|fault| unwritable(&fault))?;
    let armor = author.signer.sign(payload.bytes())?;
    Ok(SignedCommit::new(payload, armor))
}

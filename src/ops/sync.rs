//! `sync`: fetch, judge, replay what is only here, push.

use std::time::Duration;

use crate::disk;
use crate::disk::FileLock;
use crate::disk::LockError;
use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::AppendError;
use crate::ledger::Ledger;
use crate::ledger::Staging;
use crate::ledger::Store;
use crate::ledger::entries_beyond;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::advance;
use crate::ops::advance::Turn;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::fetched;
pub use crate::ops::only_here::replay::Became;
pub use crate::ops::only_here::replay::Fate;
use crate::ops::only_here::replay::replay;
use crate::ops::only_here::waiting;
use crate::ops::only_here::waiting::Written;
use crate::ops::remote;
use crate::rules::Code;
use crate::rules::Lease;
use crate::rules::Refusal;

/// How often it begins anew because somebody else was faster.
const ATTEMPTS_MAX: u32 = 16;
/// How long another synchronisation of this clone may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `sync` did.
pub struct Outcome {
    pub head: ObjectId,
    pub height: u64,
    /// What became of each entry that was only here, in their order.
    pub fates: Vec<Fate>,
    /// The claims that those which are confirmed are about, as they are now.
    pub leases: Vec<Lease>,
    /// Refs that had not followed what landed on them, and do now.
    pub finished: Vec<RefName>,
    pub remote: Option<String>,
}

/// Which fates are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Whatever becomes of each: somebody is there to be told.
    Any,
    /// Those of a whole of which nothing is lost, and nothing waits.
    AllConfirmed,
}

/// Brings this clone's ledger and the remote's together.
pub fn run(mut context: Context, remote: Option<&str>) -> Result<Outcome, Failure> {
    if let Some(remote) = remote {
        let store = remote::chosen_store(remote, &context.repository, &context.program)?;
        context = Context::open_store(context.surroundings, context.repository, context.program, store)?;
    }
    let now = context.now();
    let remote = context.ledger.store().remote().map(str::to_owned);
    let mut fates = Vec::new();
    if remote.is_some() {
        fates = bring(&mut context, Taken::Any)?.unwrap_or_default();
        remote::keep(context.ledger.store())?;
        fetched::note(&context);
    }
    context.ledger.refresh(now)?;
    context.show()?;
    let stopped = advance::unfinished(&context)?;
    if !stopped.is_empty() {
        // What is in the way of one is told when the others are finished.
        if let Some((_, failure)) = Turn::take(&context)?.finish(&context)?.into_iter().next() {
            return Err(failure);
        }
    }
    let finished = stopped.into_iter().map(|update| update.target).collect();
    let chain = context.ledger.chain();
    let confirmed = fates.iter().filter(|fate| matches!(fate.became, Became::Confirmed(_)));
    let about: Vec<_> = confirmed.flat_map(|fate| &fate.records).collect();
    let is_about = |lease: &&Lease| {
        about.iter().any(|path| matches!(path, crate::model::RecordPath::Claim(id) if *id == lease.claim.id))
    };
    let leases = chain.state.claims.values().filter(is_about).cloned().collect();
    Ok(Outcome { head: chain.head, height: chain.state.head_height(), fates, leases, finished, remote })
}

/// Brings what is only here to the remote if that costs nobody anything. Returns whether it did.
pub(crate) fn settle(context: &mut Context) -> Result<bool, Failure> {
    Ok(bring(context, Taken::AllConfirmed)?.is_some())
}

/// Drops a void head that the remote does not have, so that nobody's next entry has to be pushed along with it (S12). What
/// counts below it goes along.
pub(crate) fn shed_void_head(context: &mut Context) -> Result<(), Failure> {
    if context.ledger.store().remote().is_none() || context.ledger.chain().void_tree.is_none() {
        return Ok(());
    }
    let here = context.ledger.chain().head;
    match context.ledger.fetch_source().map_err(|error| context.explain(AppendError::Ledger(error)))? {
        Some(there) if !context.ledger.store().repository().is_ancestor(here, there)? => {
            // What counts is lost only to somebody who is told of it.
            if settle(context)? { Ok(()) } else { Err(Failure::Diverged) }
        }
        _ => Ok(()),
    }
}

/// Brings what is only here to the remote, and the branch here to what is there then. Whoever is stopped on the way begins
/// anew: what was pushed is found there, and the branch here moves last.
fn bring(context: &mut Context, taken: Taken) -> Result<Option<Vec<Fate>>, Failure> {
    let _turn = take_turn(context)?;
    for _ in 0..ATTEMPTS_MAX {
        let there = ask(context)?;
        // Somebody may have rebuilt the branch while we waited.
        if context.ledger.store().head()? != Some(context.ledger.chain().head) {
            context.reopen()?;
        }
        let here = context.ledger.chain().head;
        let plan = Plan::make(context, here, there)?;
        if taken == Taken::AllConfirmed && plan.fates.iter().any(|fate| fate.is_lost() || is_newly_waiting(fate, &plan))
        {
            return Ok(None);
        }
        if let Some(verified) = plan.verified {
            context.ledger.store().confirm(verified)?;
        }
        plan.keep(context, here)?;
        let is_open = there.is_none() || plan.verified.is_some();
        if is_open && Some(plan.head) != there && publish(context, plan.head)? == Swap::Moved {
            continue;
        }
        // From here on this clone holds what is decided there.
        remote::keep(context.ledger.store())?;
        if plan.head != here && !rebuild(context, here, plan.head)? {
            continue;
        }
        waiting::forget(context.ledger.store(), &plan.decided())?;
        return Ok(Some(plan.fates));
    }
    Err(Failure::Contended(ATTEMPTS_MAX))
}

/// Where the ledger is going to be, and what becomes of what was only here.
struct Plan {
    head: ObjectId,
    /// Where the remote's ledger is, if that was verified.
    verified: Option<ObjectId>,
    fates: Vec<Fate>,
    /// What waited for a key before.
    waited: Vec<ObjectId>,
    /// Whether the branch here is left behind.
    is_rebuilt: bool,
}

impl Plan {
    fn make(context: &Context, here: ObjectId, there: Option<ObjectId>) -> Result<Self, Failure> {
        let store = context.ledger.store();
        let mut waited = waiting::commits(store)?;
        waited.retain(|commit| context.repository.contains(*commit));
        let only_here = match there {
            Some(there) => entries_beyond(store, here, there)?,
            None => context.ledger.line(usize::MAX)?,
        };
        let voids = context.ledger.voids();
        let void = |id: &ObjectId| voids.iter().find(|void| void.commit == *id);
        let continues = match there {
            Some(there) => entries_beyond(store, there, here)?.is_empty(),
            None => true,
        };
        // What the remote only lacks goes there as it is, whoever signed it.
        let goes_as_it_is = continues && (there.is_none() || !only_here.iter().any(|id| void(id).is_some()));
        let (mut fates, mut entries) = (Vec::new(), Vec::new());
        for id in &waited {
            entries.push(Written::read(&context.repository, *id)?);
        }
        for id in only_here.iter().rev().filter(|id| !waited.contains(id)) {
            let entry = match there {
                Some(_) => Written::read_after(&context.repository, *id, voids)?,
                // All of a ledger goes to a remote that has none: that may be much, and nothing of it is in doubt.
                None => Written::read_message(&context.repository, *id)?,
            };
            match void(id) {
                // Nobody signs anew what did not count (S12).
                Some(void) if !goes_as_it_is => {
                    fates.push(Fate::new(context, &entry, Became::Void(void.refusal.clone())));
                }
                _ if goes_as_it_is => fates.push(Fate::new(context, &entry, Became::Confirmed(*id))),
                _ => entries.push(entry),
            }
        }
        let base = there.filter(|_| !goes_as_it_is).unwrap_or(here);
        let (mut head, mut verified) = (base, there);
        if base != here || !entries.is_empty() {
            let store = remote::store_at(store.remote(), &context.repository, &context.program)?;
            let mut staged = Ledger::open_at(Staging::new(store, base), base, context.now())?;
            if staged.pin() != context.ledger.pin() {
                let message = format!("the remote's ledger has the pin {}", staged.pin());
                return Err(Refusal::new(Code::LedgerRoot, message).into());
            }
            let is_verified = staged.chain().head == base;
            if !is_verified && !entries.is_empty() {
                let message = "the ledger goes on with an entry that is dated ahead of this machine's clock";
                return Err(Refusal::new(Code::EntrySkew, message).into());
            }
            // What is dated ahead of this clock was not judged: the branch stays off it, as after a fetch.
            head = here;
            if is_verified {
                fates.extend(replay(context, &mut staged, &entries)?);
                head = staged.chain().head;
            }
            verified = there.filter(|_| is_verified);
        }
        let is_rebuilt = !goes_as_it_is && !only_here.is_empty();
        Ok(Self { head, verified, fates, waited, is_rebuilt })
    }

    /// Keeps what the branch here is not going to hold any more, so that it can be looked at, or wait.
    fn keep(&self, context: &Context, here: ObjectId) -> Result<(), Failure> {
        if self.is_rebuilt {
            context.ledger.store().keep_evidence(here)?;
        }
        for fate in self.fates.iter().filter(|fate| fate.is_lost() && self.waited.contains(&fate.commit)) {
            context.ledger.store().keep_evidence(fate.commit)?;
        }
        let waiting = self.fates.iter().filter(|fate| matches!(fate.became, Became::Waiting(_)));
        waiting::keep(context.ledger.store(), &waiting.map(|fate| fate.commit).collect::<Vec<_>>())
    }

    /// Returns the entries that wait no more.
    fn decided(&self) -> Vec<ObjectId> {
        let decided = self.fates.iter().filter(|fate| !matches!(fate.became, Became::Waiting(_)));
        decided.map(|fate| fate.commit).collect()
    }
}

fn is_newly_waiting(fate: &Fate, plan: &Plan) -> bool {
    matches!(fate.became, Became::Waiting(_)) && !plan.waited.contains(&fate.commit)
}

/// Asks the remote where its ledger is.
fn ask(context: &Context) -> Result<Option<ObjectId>, Failure> {
    remote::ask(context.ledger.store()).map_err(|failure| match failure {
        Failure::Lost(lost) => Failure::Lost(lost.with_landed(context.ledger.landed_here())),
        other => other,
    })
}

fn publish(context: &Context, head: ObjectId) -> Result<Swap, Failure> {
    let published = context.ledger.store().publish(head);
    published.map_err(|error| context.explain(AppendError::Ledger(error.into())))
}

/// Moves the branch here to a head that is decided. Returns whether nobody else has moved it meanwhile.
fn rebuild(context: &mut Context, here: ObjectId, head: ObjectId) -> Result<bool, Failure> {
    let lock = context.ledger.store().lock(context.ledger.store().wait_at_door()?)?;
    if context.ledger.store().head()? != Some(here) {
        return Ok(false);
    }
    // The checkout forgets what was only here before the head hides where it came from: what git has staged of it would
    // be in whoever's next entry.
    context.ledger.show(&lock)?;
    if context.ledger.store().follow(Some(here), head)? == Swap::Moved {
        return Ok(false);
    }
    context.reopen()?;
    context.ledger.show(&lock)?;
    Ok(true)
}

/// Lets one synchronisation of this clone go on at a time: a second one would sign the same entries anew.
fn take_turn(context: &Context) -> Result<FileLock, Failure> {
    let directory = context.ledger.store().directory();
    disk::create_directories(&directory)?;
    FileLock::acquire(&directory.join("synchronising"), PATIENCE).map_err(|error| match error {
        LockError::Busy { path, waited } => GitError::IndexLocked { path, waited, lock: None }.into(),
        LockError::Disk(error) => error.into(),
    })
}

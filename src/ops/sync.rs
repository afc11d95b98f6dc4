//! `sync`: fetch, judge, replay what is only here, push.

use crate::format::commit;
use crate::git::Swap;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::ledger::Ledger;
use crate::ledger::Store;
use crate::model::ObjectId;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::ops::advance;
use crate::ops::advance::Turn;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::remote;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::sign::verify_commit;

/// What `sync` did.
pub struct Outcome {
    pub head: ObjectId,
    pub height: u64,
    /// Entries that were only here and are now at the remote.
    pub confirmed: Vec<String>,
    /// Entries that were only here and could not be taken over, with why.
    pub lost: Vec<(String, Refusal)>,
    /// Refs that had not followed what landed on them, and do now.
    pub finished: Vec<RefName>,
    pub remote: Option<String>,
}

/// An entry that was only here.
struct Tentative {
    subject: String,
    edits: Vec<Edit>,
    /// Who signed it: it is signed anew with the same key or not at all.
    identity: Identity,
}

/// Brings this clone's ledger and the remote's together.
pub fn run(mut context: Context, remote: Option<&str>) -> Result<Outcome, Failure> {
    if let Some(remote) = remote {
        let store = remote::chosen_store(remote, &context.repository, &context.program)?;
        context = Context::open_store(context.surroundings, context.repository, context.program, store)?;
    }
    let now = context.now();
    let remote = context.ledger.store().remote().map(str::to_owned);
    let (mut confirmed, mut lost) = (Vec::new(), Vec::new());
    if remote.is_some() {
        let there = remote::ask(context.ledger.store()).map_err(|failure| match failure {
            Failure::Lost(lost) => Failure::Lost(lost.with_landed(context.ledger.landed_here())),
            other => other,
        })?;
        let here = context.ledger.chain().head;
        match there {
            None => publish(&context, None, here, &mut confirmed)?,
            Some(there) if there == here => context.ledger.store().confirm(there)?,
            Some(there) if is_publishable(&context, there)? => {
                context.ledger.store().confirm(there)?;
                publish(&context, Some(there), here, &mut confirmed)?;
            }
            Some(there) => catch_up(&mut context, here, there, &mut confirmed, &mut lost)?,
        }
        remote::keep(context.ledger.store())?;
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
    Ok(Outcome { head: chain.head, height: chain.state.height, confirmed, lost, finished, remote })
}

/// Returns whether what is only here continues the remote's ledger, and none of it is void.
fn is_publishable(context: &Context, there: ObjectId) -> Result<bool, Failure> {
    let line = context.ledger.line(usize::MAX)?;
    let Some(common) = line.iter().position(|id| *id == there) else { return Ok(false) };
    Ok(!context.ledger.voids().iter().any(|void| line[..common].contains(&void.commit)))
}

/// Drops a void head that the remote does not have, so that nobody's next entry has to be pushed along with it (S12).
pub(crate) fn shed_void_head(context: &mut Context) -> Result<(), Failure> {
    if context.ledger.store().remote().is_none() || context.ledger.chain().void_tree.is_none() {
        return Ok(());
    }
    let here = context.ledger.chain().head;
    match context.ledger.fetch_source()? {
        Some(there) if !context.ledger.store().repository().is_ancestor(here, there)? => {
            if !is_all_void(context, there)? {
                // What counts is rebuilt only by somebody who is told what becomes of it.
                return Err(Failure::Diverged);
            }
            catch_up(context, here, there, &mut Vec::new(), &mut Vec::new())
        }
        _ => Ok(()),
    }
}

/// Returns whether everything that is only here is void.
fn is_all_void(context: &Context, there: ObjectId) -> Result<bool, Failure> {
    for id in context.ledger.line(usize::MAX)? {
        if context.ledger.store().repository().is_ancestor(id, there)? {
            return Ok(true);
        }
        if !context.ledger.voids().iter().any(|void| void.commit == id) {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Pushes what the remote does not have yet, as it is.
fn publish(
    context: &Context,
    expected: Option<ObjectId>,
    head: ObjectId,
    confirmed: &mut Vec<String>,
) -> Result<(), Failure> {
    if context.ledger.store().publish(head)? == Swap::Moved {
        return Err(Failure::Contended(1));
    }
    for id in context.ledger.line(usize::MAX)?.into_iter().take_while(|id| Some(*id) != expected) {
        confirmed.push(subject_of(context, id)?);
    }
    Ok(())
}

/// Follows the remote; what was only here is signed anew on top of it, as far as the caller's key reaches.
fn catch_up(
    context: &mut Context,
    here: ObjectId,
    there: ObjectId,
    confirmed: &mut Vec<String>,
    lost: &mut Vec<(String, Refusal)>,
) -> Result<(), Failure> {
    let now = context.now();
    let store = remote::store_at(context.ledger.store().remote(), &context.repository, &context.program)?;
    let ledger = Ledger::open_at(store, there, now)?;
    if ledger.pin() != context.ledger.pin() {
        let message = format!("the remote's ledger has the pin {}", ledger.pin());
        return Err(Refusal::new(Code::LedgerRoot, message).into());
    }
    ledger.store().confirm(there)?;
    let common: std::collections::BTreeSet<ObjectId> = ledger.line(usize::MAX)?.into_iter().collect();
    let only_here: Vec<ObjectId> =
        context.ledger.line(usize::MAX)?.into_iter().take_while(|id| !common.contains(id)).collect();
    let mut tentative = Vec::new();
    for id in only_here.iter().rev() {
        match context.ledger.voids().iter().find(|void| void.commit == *id) {
            // Nobody signs anew what did not count (S12).
            Some(void) => lost.push((subject_of(context, *id)?, void.refusal.clone())),
            None => tentative.push(read_entry(context, *id)?),
        }
    }
    if !only_here.is_empty() {
        // What is replaced can still be looked at.
        context.ledger.store().keep_evidence(here)?;
    }
    // From here on this clone holds what is decided there.
    remote::keep(context.ledger.store())?;
    let lock = context.ledger.store().lock()?;
    // The checkout forgets what was only here before the head hides where it came from: what git has staged of it would
    // be in whoever's next entry.
    context.ledger.show(&lock)?;
    if ledger.store().follow(Some(here), there)? == Swap::Moved {
        return Err(Failure::Contended(1));
    }
    context.ledger = ledger;
    context.ledger.show(&lock)?;
    drop(lock);
    for entry in tentative {
        let draft = Draft { edits: entry.edits, message: entry.subject.clone() };
        match context.append(&entry.identity, |_, _| Ok(draft.clone())) {
            Ok(_) => confirmed.push(entry.subject),
            Err(Failure::Refused(refusal)) => lost.push((entry.subject, refusal)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

fn read_entry(context: &Context, id: ObjectId) -> Result<Tentative, Failure> {
    let links = context.repository.commit_links(id)?;
    let base = links.parents.first().map(|parent| context.repository.commit_links(*parent)).transpose()?;
    let mut edits = Vec::new();
    for change in context.repository.tree_changes(base.map(|links| links.tree), Some(links.tree))? {
        let Some(path) = std::str::from_utf8(&change.path).ok().and_then(RecordPath::parse) else { continue };
        let text = match change.new {
            Some((_, blob)) => {
                let bytes = context.repository.blob(blob, crate::format::RECORD_BYTES_MAX as u64)?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            None => None,
        };
        edits.push(Edit { path, text });
    }
    let raw = context.repository.commit(id)?;
    let signed = commit::parse(&raw, context.repository.hash_kind()).ok();
    let key = signed.and_then(|signed| Some(verify_commit(signed).ok()?.key().clone()));
    let signer = key.and_then(|key| context.state().principal_by_key(&key).cloned());
    let signer = signer.ok_or_else(|| Failure::NotEnrolled(id.to_string()))?;
    let identity = identity::identity_of(&signer, &context.repository, &context.surroundings)?;
    Ok(Tentative { subject: subject_of(context, id)?, edits, identity })
}

fn subject_of(context: &Context, id: ObjectId) -> Result<String, Failure> {
    let raw = context.repository.commit(id)?;
    let parsed = commit::parse(&raw, context.repository.hash_kind());
    let message = parsed.map(|signed| signed.payload().message().to_owned()).unwrap_or_default();
    Ok(message.lines().next().unwrap_or_default().to_owned())
}

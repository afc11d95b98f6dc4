//! What is only here: how much, since when, and whose key is missing before it counts where the ledger is decided.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ledger::Beyond;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::only_here::waiting;
use crate::ops::only_here::waiting::Waiting;
use crate::ops::surroundings::Surroundings;

/// Some entries that are only here.
#[derive(Clone, Debug)]
pub struct Left {
    /// The oldest of them, or the head where nothing was ever decided elsewhere.
    pub first: ObjectId,
    pub count: u64,
    /// When the oldest was written, if it says so.
    pub since: Option<Timestamp>,
}

/// Entries that were set aside until their signer synchronises with its key.
#[derive(Clone, Debug)]
pub struct SetAside {
    pub left: Left,
    /// Who signed them; `None` if nobody enrolled did.
    pub signer: Option<PrincipalId>,
    pub key: KeyPlace,
}

/// Whether a signer's key is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    Here,
    Away,
}

/// Entries of one signer whose key is not on this machine.
#[derive(Clone, Debug)]
pub struct Keyless {
    pub signer: PrincipalId,
    pub entries: Vec<Waiting>,
}

/// Returns the entries of the branch that are only here.
pub fn on_branch(context: &Context) -> Result<Option<Left>, Failure> {
    let (first, count) = match context.ledger.beyond()? {
        Beyond::Nothing => return Ok(None),
        Beyond::Everything => {
            let (first, count) = (context.ledger.chain().head, context.state().height);
            return Ok(Some(Left { first, count, since: None }));
        }
        Beyond::Entries(entries) => (entries[entries.len() - 1], entries.len() as u64),
    };
    let since = Waiting::read(&context.repository, first, context.state())?.time;
    Ok(Some(Left { first, count, since }))
}

/// Returns the entries that were set aside, by signer.
pub fn set_aside(context: &Context) -> Result<Vec<SetAside>, Failure> {
    let mut found = Vec::new();
    for (signer, entries) in by_signer(waiting::list(context.ledger.store(), context.state())?) {
        let oldest = entries.iter().min_by_key(|entry| entry.time).expect("nobody is named without an entry");
        let left = Left { first: oldest.commit, count: entries.len() as u64, since: oldest.time };
        let key = match &signer {
            Some(signer) => key_place(context, signer)?,
            // What nobody enrolled signed is decided by whoever synchronises.
            None => KeyPlace::Here,
        };
        found.push(SetAside { left, signer, key });
    }
    Ok(found)
}

/// Returns the entries that are only here, on the branch or set aside, and whose signer's key is not on this machine.
pub fn keyless(context: &Context) -> Result<Vec<Keyless>, Failure> {
    let mut entries = waiting::list(context.ledger.store(), context.state())?;
    if let Beyond::Entries(commits) = context.ledger.beyond()? {
        let voids = context.ledger.voids();
        for commit in commits.into_iter().rev().filter(|commit| !voids.iter().any(|void| void.commit == *commit)) {
            entries.push(Waiting::read(&context.repository, commit, context.state())?);
        }
    }
    let mut found = Vec::new();
    for (signer, entries) in by_signer(entries) {
        if let Some(signer) = signer
            && key_place(context, &signer)? == KeyPlace::Away
        {
            found.push(Keyless { signer, entries });
        }
    }
    Ok(found)
}

fn by_signer(entries: Vec<Waiting>) -> BTreeMap<Option<PrincipalId>, Vec<Waiting>> {
    let mut by_signer: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in entries {
        by_signer.entry(entry.signer.clone()).or_default().push(entry);
    }
    by_signer
}

/// Nobody is asked for a passphrase by whoever only looks: a key that has one is there.
fn key_place(context: &Context, signer: &PrincipalId) -> Result<KeyPlace, Failure> {
    let Some(enrolled) = context.state().principal(signer) else { return Ok(KeyPlace::Away) };
    let silent = Surroundings { passphrase: Rc::new(|_| None), ..context.surroundings.clone() };
    match identity::identity_of(enrolled, &context.repository, &silent) {
        Ok(_) | Err(Failure::KeyUnusable { .. }) => Ok(KeyPlace::Here),
        Err(Failure::KeyMissing { .. }) => Ok(KeyPlace::Away),
        Err(failure) => Err(failure),
    }
}

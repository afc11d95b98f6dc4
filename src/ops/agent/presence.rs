//! The two ends of a session: what an agent must know, and what is given back.

use crate::format::AgentPayload;
use crate::git::Head;
use crate::model::RecordId;
use crate::ops::agent::Session;
use crate::ops::brief;
use crate::ops::brief::Brief;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::lease;

/// How many tokens a session begins with, but for what binds.
const BRIEF_TOKENS: u64 = 640;

/// Returns what an agent must know when its session begins; nothing where there is no ledger.
pub fn begin_session(session: &Session, payload: &AgentPayload) -> Result<Option<Brief>, Failure> {
    let Some(mut context) = session.open_home(payload)? else { return Ok(None) };
    // Without the remote it is told of what is here.
    session.look(&mut context, payload)?;
    let notes = session.notes(&context.repository, payload);
    notes.sweep(&context.repository, |id| context.state().claims.contains_key(id));
    brief::run(&context, &brief::Options { paths: Vec::new(), budget: BRIEF_TOKENS }).map(Some)
}

/// Gives back what was taken for a session, unless another one uses it. Returns the claims.
pub fn end_session(session: &Session, payload: &AgentPayload) -> Result<Vec<RecordId>, Failure> {
    let Some(mut context) = session.open_home(payload)? else { return Ok(Vec::new()) };
    let notes = session.notes(&context.repository, payload);
    let shared = notes.shared(&context.repository);
    let me = identity::whoami(&context).ok().map(|enrolled| enrolled.record.id.clone());
    let is_mine = |id: &&RecordId| {
        let lease = context.state().claims.get(*id);
        !shared.contains(*id) && lease.is_some_and(|lease| Some(&lease.claim.holder) == me.as_ref())
    };
    let mine: Vec<RecordId> = notes.claims().iter().filter(is_mine).cloned().collect();
    let mut released = Vec::new();
    if !mine.is_empty() {
        let branch = match context.repository.head()? {
            Head::Branch { name, .. } => name.strip_prefix("refs/heads/").map(str::to_owned),
            Head::Detached(_) => None,
        };
        let destination = lease::Destination { branch, ..lease::Destination::default() };
        released = lease::release_left(&mut context, &mine, &destination)?;
    }
    notes.sweep(&context.repository, |id| context.state().claims.contains_key(id));
    notes.forget()?;
    Ok(released)
}

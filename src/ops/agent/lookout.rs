//! A short look at the remote before an edit, now and then: a file that is held from another clone is held, though nothing
//! is claimed here that would ask the remote.
//!
//! No program of ours runs all the time for it. A file of the clone says when somebody looked last, whether or not the
//! remote answered: while it is away nobody waits for it at every edit.

use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::disk;
use crate::disk::Durability;
use crate::format::AgentPayload;
use crate::git::Repository;
use crate::ops::agent::Session;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::surroundings::Surroundings;

/// How old what is known of the remote may be.
const FRESH_S: i64 = 30;
/// How long a look may take.
const LIMIT: Duration = Duration::from_secs(5);
const STAMP_BYTES_MAX: u64 = 32;

impl Session {
    /// Looks at the remote, unless somebody has done so in this clone lately. Returns why what is here is all that there is
    /// to go by.
    pub(super) fn look_now_and_then(
        &self,
        context: &mut Context,
        payload: &AgentPayload,
    ) -> Result<Option<Failure>, Failure> {
        let now = context.now().unix_s();
        let is_fresh = |then: i64| (0..FRESH_S).contains(&(now - then));
        if context.ledger.store().remote().is_none() || looked_at(&context.repository).is_some_and(is_fresh) {
            return Ok(None);
        }
        self.look(context, payload)
    }

    /// Looks at the remote, for a short time. Returns why what is here is all that there is to go by.
    pub(super) fn look(&self, context: &mut Context, payload: &AgentPayload) -> Result<Option<Failure>, Failure> {
        if context.ledger.store().remote().is_none() {
            return Ok(None);
        }
        note(&context.repository, context.now().unix_s());
        let soon = Instant::now() + LIMIT;
        let deadline = self.surroundings.deadline.map_or(soon, |deadline| deadline.min(soon));
        let surroundings = Surroundings { deadline: Some(deadline), ..self.surroundings.clone() };
        let hurried = Self { surroundings, client: self.client, project: self.project.clone() };
        let Some(mut looker) = hurried.open_in(context.repository.clone(), payload)? else { return Ok(None) };
        let looked = match looker.look() {
            Err(failure @ (Failure::Untrusted(..) | Failure::Lost(_))) => return Err(failure),
            Err(failure) => Some(failure),
            Ok(away) => away,
        };
        if looker.ledger.chain().head != context.ledger.chain().head {
            context.reopen()?;
        }
        Ok(looked)
    }
}

fn stamp(repository: &Repository) -> PathBuf {
    repository.common_dir().join("coord").join("looked")
}

/// Returns when somebody looked last, in seconds.
fn looked_at(repository: &Repository) -> Option<i64> {
    let bytes = disk::read(&stamp(repository), STAMP_BYTES_MAX).ok()??;
    std::str::from_utf8(&bytes).ok()?.trim().parse().ok()
}

/// Notes that somebody looks. Where that cannot be written everybody looks.
fn note(repository: &Repository, now: i64) {
    disk::write(&stamp(repository), format!("{now}\n").as_bytes(), 0o600, Durability::Cached).ok();
}

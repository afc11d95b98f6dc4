//! When this clone last took in what others have written at the remote that decides. Whoever only looks is told how old that is.

use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::git::Repository;
use crate::model::Span;
use crate::model::Timestamp;
use crate::ops::context::Context;

const STAMP_BYTES_MAX: u64 = 32;

/// Returns how long ago that was; `None` where no remote decides, or where nobody knows.
pub(crate) fn age(context: &Context) -> Option<Span> {
    context.ledger.store().remote()?;
    let bytes = disk::read(&stamp(&context.repository), STAMP_BYTES_MAX).ok()??;
    let then = std::str::from_utf8(&bytes).ok()?.trim().parse().ok().and_then(Timestamp::from_unix_s)?;
    let now = context.now();
    // A clock that was set back tells nothing.
    (then <= now).then(|| now.since(then))
}

/// Notes that it was taken in just now. Where that cannot be written nobody is told.
pub(super) fn note(context: &Context) {
    if context.ledger.store().remote().is_some() {
        let text = format!("{}\n", context.now().unix_s());
        disk::write(&stamp(&context.repository), text.as_bytes(), 0o600, Durability::Cached).ok();
    }
}

fn stamp(repository: &Repository) -> PathBuf {
    repository.common_dir().join("coord").join("fetched")
}

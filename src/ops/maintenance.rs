//! Packing what entries leave behind, now and then, beside whatever else runs.

use crate::disk;
use crate::git::GitError;
use crate::ops::context::Context;

/// How many entries of this clone's own gather before git looks after them. Each leaves some five objects, and git finds it
/// worth while from about 6,700 on.
const EVERY: u64 = 2_000;
/// The key of the configuration that leaves packing to others.
const KEY: &str = "coord.maintenance";

/// Counts an entry. It stands, whatever becomes of this.
pub(crate) fn count_entry(context: &Context) {
    look_after(context).ok();
}

fn look_after(context: &Context) -> Result<(), GitError> {
    let repository = &context.repository;
    let path = context.ledger.store().directory().join("unpacked");
    if disk::count_one(&path)? < EVERY {
        return Ok(());
    }
    // Whoever comes next begins to count anew; git lets only one of those at work who come at the same time.
    disk::remove(&path)?;
    context.ledger.store().drop_fetched().ok();
    let is_off = repository.config(KEY).is_some_and(|value| ["false", "no", "off", "0"].contains(&value.as_str()));
    if is_off { Ok(()) } else { repository.maintain(&context.program) }
}

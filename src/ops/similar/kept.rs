//! What texts mean, kept in a clone. It is disposable, like everything that is remembered.

use crate::disk;
use crate::disk::Durability;
use crate::ledger::CloneStore;
use crate::ops::failure::Failure;
use crate::overlap::Meanings;

/// Its file, in the directory of what is remembered.
const FILE: &str = "meanings";
/// More than that is not read: some 100,000 texts.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Fewer new ones than that are not worth a write; they are computed again.
const WORTH_A_WRITE: usize = 16;

/// Returns what is known of some texts, and keeps it.
pub(super) fn meanings(store: &CloneStore, texts: &[&str]) -> Result<Meanings, Failure> {
    let path = store.directory().join(FILE);
    let mut meanings = Meanings::from_bytes(&disk::read(&path, FILE_BYTES_MAX).ok().flatten().unwrap_or_default());
    texts.iter().for_each(|text| meanings.learn(text));
    if meanings.new_count() >= WORTH_A_WRITE {
        match disk::write(&path, &meanings.to_bytes(texts.iter().copied()), 0o600, Durability::Cached) {
            // Whoever may only read is told all the same.
            Err(error) if error.is_read_only() || error.is_full() => {}
            written => written?,
        }
    }
    Ok(meanings)
}

//! What texts mean, kept in a clone. It is disposable, like everything that is remembered.

use crate::disk;
use crate::disk::Durability;
use crate::ledger::CloneStore;
use crate::overlap::Meanings;

/// Its file, in the directory of what is remembered.
const FILE: &str = "meanings";
/// More than that is not read: some 100,000 texts.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Fewer new ones than that are not worth a write; they are computed again.
const WORTH_A_WRITE: usize = 16;

/// Returns what is known of some texts, and keeps it if that can be.
pub(super) fn meanings(store: &CloneStore, texts: &[&str]) -> Meanings {
    let path = store.directory().join(FILE);
    let mut meanings = Meanings::from_bytes(&disk::read(&path, FILE_BYTES_MAX).ok().flatten().unwrap_or_default());
    texts.iter().for_each(|text| meanings.learn(text));
    if meanings.new_count() >= WORTH_A_WRITE {
        // What cannot be kept is computed again: no claim fails for it.
        disk::write(&path, &meanings.to_bytes(texts.iter().copied()), 0o600, Durability::Cached).ok();
    }
    meanings
}

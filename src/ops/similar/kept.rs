//! What texts mean, kept in a clone. It is disposable, like everything that is remembered.

use std::cell::RefCell;
use std::rc::Rc;

use crate::disk;
use crate::disk::Durability;
use crate::ledger::CloneStore;
use crate::overlap::Meaning;
use crate::overlap::Meanings;

/// Its file, in the directory of what is remembered.
const FILE: &str = "meanings";
/// More than that is not read: some 100,000 texts.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Fewer new ones than that are not worth a write; they are computed again.
const WORTH_A_WRITE: usize = 16;

/// What is known of texts while a command runs: read once, when it is first asked for.
#[derive(Clone, Default)]
pub(crate) struct Kept(Rc<RefCell<Option<Meanings>>>);

impl Kept {
    /// Returns what each of some texts means, and keeps what is new if that can be.
    pub(super) fn meanings(&self, store: &CloneStore, texts: &[&str]) -> Vec<Meaning> {
        let path = store.directory().join(FILE);
        let read = || disk::read(&path, FILE_BYTES_MAX).ok().flatten().unwrap_or_default();
        self.0.borrow_mut().get_or_insert_with(|| Meanings::from_bytes(&read()));
        let found = self.known(texts);
        if let Some(meanings) = &mut *self.0.borrow_mut()
            && meanings.new_count() >= WORTH_A_WRITE
        {
            // What cannot be kept is computed again: no claim fails for it.
            let bytes = meanings.to_bytes(texts.iter().copied());
            disk::write(&path, &bytes, 0o600, Durability::Cached).ok();
        }
        found
    }

    /// Returns what each of some texts means, by what was read so far.
    pub(super) fn known(&self, texts: &[&str]) -> Vec<Meaning> {
        let mut kept = self.0.borrow_mut();
        let meanings = kept.get_or_insert_default();
        texts.iter().map(|text| meanings.learn(text)).collect()
    }
}

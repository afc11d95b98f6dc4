//! What a clone remembers of a ledger, read without the clone.

use std::sync::Arc;

use git_coord::ledger::Chain;
use git_coord::ledger::Recalled;
use git_coord::ledger::recalled_chain;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;

/// Returns the chain of these bytes, if they are a whole one of this program.
pub fn remembered(bytes: &[u8]) -> Option<Chain> {
    let head = ObjectId::null(HashKind::Sha1);
    recalled_chain(&Recalled { head, whole: Arc::new(bytes.to_vec()), recent: Vec::new() })
}

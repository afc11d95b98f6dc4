//! The ledger is fetched without asking first where it is: over one connection instead of two.
//!
//! Git tells what it fetched by a reference only. It has a name of its own each time: whoever else fetches at the same time
//! may have been given an older answer.

use std::time::Duration;
use std::time::Instant;

use crate::git::GitError;
use crate::ledger::clone::CloneStore;
use crate::ledger::clone::LEDGER_REF;
use crate::ledger::publish::AT_ONCE;
use crate::model::ObjectId;

/// How long it may take, as long as a remote may take to say where the ledger is.
const LIMIT: Duration = Duration::from_secs(30);
/// Under which each fetch leaves what it got, for a moment.
const PREFIX: &str = "refs/coord/fetched/";

impl CloneStore {
    /// Fetches the ledger, which somebody else has probably moved. `None` if that did not work, for whatever reason.
    pub(super) fn fetch_moved(&self, remote: &str) -> Result<Option<ObjectId>, GitError> {
        let mut drawn = [0; 8];
        if self.repository().is_partial() || getrandom::fill(&mut drawn).is_err() {
            return Ok(None);
        }
        let name = format!("{PREFIX}{:016x}", u64::from_be_bytes(drawn));
        let start = Instant::now();
        let there = self.program().remote(self.repository(), remote).limit(LIMIT);
        match there.fetch(&[format!("{LEDGER_REF}:{name}")]) {
            Ok(()) => {}
            // There may be so much that it takes its time.
            Err(GitError::TimedOut { .. }) => return Ok(None),
            Err(GitError::Program { .. }) if start.elapsed() < AT_ONCE => return Ok(None),
            Err(error) => return Err(error),
        }
        let head = self.repository().reference(&name).ok().flatten();
        // What stays is removed one day with what killed fetches left.
        self.drop_reference(&name, head).ok();
        Ok(head)
    }

    /// Removes what fetches left that were killed. Whoever loses one that is in use asks the remote where the ledger is.
    pub(crate) fn drop_fetched(&self) -> Result<(), GitError> {
        for (name, head) in self.repository().references(PREFIX)? {
            self.drop_reference(&name, Some(head))?;
        }
        Ok(())
    }

    fn drop_reference(&self, name: &str, head: Option<ObjectId>) -> Result<(), GitError> {
        self.repository().swap_reference(name, head, None, "coord: fetched").map(|_| ())
    }
}

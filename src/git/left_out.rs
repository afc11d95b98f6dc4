//! What a partial clone has left out, brought when it is needed after all.

use super::GitError;
use super::Remote;
use super::Repository;
use crate::model::ObjectId;

/// A missing tree hides what is below it, but whoever is asked for a tree sends all of it.
const ROUNDS_MAX: usize = 8;

impl Repository {
    /// Returns whether git leaves out what it can get later.
    pub fn is_partial(&self) -> bool {
        let promises = |remote: &String| self.config(&format!("remote.{remote}.promisor")).is_some();
        self.config("extensions.partialClone").is_some() || self.remotes().iter().any(promises)
    }
}

impl Remote {
    /// Fetches whatever is missing below a commit, but not below another one.
    pub fn fetch_left_out(&self, head: ObjectId, known: Option<ObjectId>) -> Result<(), GitError> {
        for _ in 0..ROUNDS_MAX {
            let walk = self.call().args(["rev-list", "--objects", "--no-object-names", "--missing=print"]);
            let walk = walk.arg(head.to_string()).args(known.map(|known| format!("^{known}")));
            let listed = walk.run()?.success()?.stdout;
            let listed = String::from_utf8_lossy(&listed);
            let missing: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix('?')).collect();
            if missing.is_empty() {
                break;
            }
            self.fetch_objects(&missing)?;
        }
        Ok(())
    }
}

//! Packing is git's own affair; here it is only asked to look after it.

use super::GitError;
use super::Program;
use super::Repository;
use crate::disk;

/// Git spreads loose objects over this many directories, evenly.
const DIRECTORY_COUNT: usize = 256;
/// The directory that git itself looks into to see how many there are.
const SAMPLE: &str = "17";

impl Repository {
    /// Returns about how many objects are not in packs.
    pub fn loose_count(&self) -> Result<usize, GitError> {
        Ok(disk::list(&self.common_dir().join("objects").join(SAMPLE))?.len() * DIRECTORY_COUNT)
    }

    /// Lets git pack what has gathered, if it finds that worth while, beside whatever else runs. Nobody waits for it; git
    /// itself sees to it that only one does.
    pub fn maintain(&self, program: &Program) -> Result<(), GitError> {
        // What a command has written and not yet referenced is not for this to prune, whatever the user has set.
        let kept = program.at(self).setting("gc.pruneExpire=2.weeks.ago");
        let call = kept.setting("gc.autoDetach=false").setting("maintenance.autoDetach=false").keep_hooks();
        call.args(["maintenance", "run", "--auto", "--quiet"]).start()
    }
}

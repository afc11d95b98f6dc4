//! What a front needs of the command line.

use std::sync::Arc;

use crate::mcp::wait::Wait;
use crate::ui::ErrorWords;
use crate::ui::Report;

/// What a command came to.
pub struct Said {
    pub report: Report,
    /// Whether it did what was asked, or the answer is yes.
    pub is_done: bool,
}

/// Runs the words after `git coord`, and prints nothing. Whatever pauses does so on the wait.
pub type RunWords = dyn Fn(&[String], &Arc<Wait>) -> Result<Said, ErrorWords> + Send + Sync;

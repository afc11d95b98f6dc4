//! `GIT_COORD_TRACE=1`: how long each phase of a command took, on standard error.

use std::io::stderr;

use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::time::uptime;

use crate::cli::surroundings;

/// If the environment asks for it, every phase that ends from here on is told on a line of its own, with the phases that it
/// is part of; `time.busy` is what it took.
pub fn tell_phases() {
    if !surroundings::wants_phases() {
        return;
    }
    let told = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_timer(uptime())
        .with_ansi(false)
        .with_level(false)
        .with_target(false)
        .with_writer(stderr);
    told.try_init().ok();
}

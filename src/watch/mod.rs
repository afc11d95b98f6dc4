//! File-system events of a few directories, debounced, as our own hints.
//!
//! A hint says where to look again; the truth is what the reader finds there. Only directories are watched, at most
//! two levels deep but for those that the reader names one by one. Never opens a file, never decides what a change means,
//! never asks for the time of day.

mod error;
mod hint;
mod inbox;
mod native;
mod options;
mod snapshot;
mod survey;
mod watcher;

#[cfg(test)]
mod tests;

pub use error::WatchError;
pub use hint::Hint;
pub use options::Attention;
pub use options::SubDirectories;
pub use options::WatchMode;
pub use options::WatchOptions;
pub use watcher::Watcher;

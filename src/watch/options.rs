//! How to watch.

use std::time::Duration;

/// How a watcher works. There is no default: what is right depends on who reads the hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    /// How long it must be quiet before a hint is given; a hint is never held back longer than ten times this.
    pub debounce: Duration,
    /// How often polled directories are read, and lost or missing ones looked for.
    pub poll_interval: Duration,
    pub mode: WatchMode,
    pub sub_directories: SubDirectories,
}

/// Where events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchMode {
    /// The operating system reports them.
    Native,
    /// The directories are read again and again; also for network mounts, which report nothing.
    Poll,
}

/// Whether everything is watched that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    Full,
    /// There were too many, or the system has no more watches: somebody has to look again and again.
    Limited,
}

/// Whether the direct sub-directories of a watched directory are watched too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubDirectories {
    Ignored,
    Watched,
}

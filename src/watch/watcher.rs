//! Watches a few directories and says where to look again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use super::error::WatchError;
use super::hint::Hint;
use super::inbox::Inbox;
use super::inbox::Nature;
use super::inbox::Suspects;
use super::native::NativeEvents;
use super::options::Attention;
use super::options::SubDirectories;
use super::options::WatchMode;
use super::options::WatchOptions;
use super::snapshot::Snapshot;
use super::survey;
use super::survey::Identity;
use super::survey::Listing;

/// The system's watches are few and shared by every program of the user.
const NATIVE_WATCHES_MAX: usize = 16;
const ENTRIES_MAX: usize = 65_536;
const SUB_DIRECTORIES_MAX: usize = 1_024;
const POLL_INTERVAL_MIN: Duration = Duration::from_millis(10);
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(3_600);

/// Watches directories, natively where that works and by polling where it does not.
#[derive(Debug)]
pub struct Watcher {
    // Asking changes nothing that the caller could see except what was already told.
    watched: RefCell<Watched>,
    inbox: Arc<Inbox>,
    poll_interval: Duration,
}

#[derive(Debug)]
struct Watched {
    roots: Vec<PathBuf>,
    sub_directories: SubDirectories,
    native_watches_max: usize,
    /// `None` if only polling is wanted or possible.
    native: Option<NativeEvents>,
    directories: BTreeMap<PathBuf, Eye>,
    /// What the reader asked for besides, watched natively or not at all.
    attended: BTreeSet<PathBuf>,
    inbox: Arc<Inbox>,
    next_look: Instant,
}

/// How one directory is watched.
#[derive(Debug)]
enum Eye {
    Native(Identity),
    Poll(Snapshot),
}

/// Whether the content of a directory that comes under watch is news.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Known,
    News,
}

impl Watcher {
    /// Starts to watch these directories. One that does not exist yet is watched as soon as it does.
    pub fn start(directories: &[PathBuf], options: WatchOptions) -> Result<Self, WatchError> {
        Self::start_within(directories, options, NATIVE_WATCHES_MAX)
    }

    pub(super) fn start_within(
        directories: &[PathBuf],
        options: WatchOptions,
        native_watches_max: usize,
    ) -> Result<Self, WatchError> {
        if let Some(path) = directories.iter().find(|path| !path.is_absolute()) {
            return Err(WatchError::NotAbsolute { path: path.clone() });
        }
        let inbox = Arc::new(Inbox::new(options.debounce));
        let native = match options.mode {
            WatchMode::Native => NativeEvents::open(Arc::clone(&inbox)).ok(),
            WatchMode::Poll => None,
        };
        let poll_interval = options.poll_interval.clamp(POLL_INTERVAL_MIN, POLL_INTERVAL_MAX);
        let mut watched = Watched {
            roots: directories.to_vec(),
            sub_directories: options.sub_directories,
            native_watches_max,
            native,
            directories: BTreeMap::new(),
            attended: BTreeSet::new(),
            inbox: Arc::clone(&inbox),
            next_look: Instant::now() + poll_interval,
        };
        for root in directories {
            // Later a file in the place of a directory is an absence; at the start it is a mistake.
            survey::identify(root)?;
        }
        watched.extend(Content::Known)?;
        Ok(Self { watched: RefCell::new(watched), inbox, poll_interval })
    }

    /// Returns `Native` only while every directory that exists is watched natively.
    pub fn mode(&self) -> WatchMode {
        let watched = self.watched.borrow();
        let polls = watched.native.is_none() || watched.directories.values().any(|eye| matches!(eye, Eye::Poll(_)));
        if polls { WatchMode::Poll } else { WatchMode::Native }
    }

    /// Watches more directories, each by itself, as long as there are no more of them than this. They are hinted at like the
    /// others; what comes to be in them is not watched, and after a `Rescan` none of them is.
    pub fn attend(&self, directories: &[PathBuf], watches_max: usize) -> Attention {
        let mut watched = self.watched.borrow_mut();
        let is_each = directories.iter().all(|directory| watched.attend(directory, watches_max));
        if is_each { Attention::Full } else { Attention::Limited }
    }

    /// Returns whether a directory is watched that was asked for besides.
    pub fn attends(&self, directory: &Path) -> bool {
        self.watched.borrow().attended.contains(directory)
    }

    /// Watches those no more that were asked for besides and are below a directory, or are it.
    pub fn leave(&self, directory: &Path) {
        self.watched.borrow_mut().leave(directory);
    }

    /// Waits for the next hint; `None` if there is none in time. What is not yet due stays for the next call.
    pub fn next(&self, timeout: Duration) -> Result<Option<Hint>, WatchError> {
        let mut watched = self.watched.borrow_mut();
        let deadline = Instant::now().checked_add(timeout);
        loop {
            watched.mend(self.inbox.take_suspects())?;
            if Instant::now() >= watched.next_look {
                watched.look()?;
                watched.next_look = Instant::now() + self.poll_interval;
                continue;
            }
            let now = Instant::now();
            if let Some(hint) = self.inbox.take_due(now) {
                return Ok(Some(hint));
            }
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Ok(None);
            }
            self.inbox.wait(deadline.map_or(watched.next_look, |deadline| deadline.min(watched.next_look)));
        }
    }
}

impl Watched {
    /// Makes the watches anew that may be dead, and those of directories that are new.
    fn mend(&mut self, suspects: Suspects) -> Result<(), WatchError> {
        match suspects {
            Suspects::All => {
                self.leave(Path::new("/"));
                self.forget(|_| true);
                self.extend(Content::Known)
            }
            Suspects::Paths(paths) => {
                let mut is_stale = false;
                for path in &paths {
                    if self.attended.contains(path) {
                        self.leave(path);
                    }
                    if self.directories.contains_key(path) {
                        // notify drops every watch below a path that is gone, so all of them are made anew.
                        self.forget(|directory| directory.starts_with(path));
                        is_stale = true;
                    } else {
                        is_stale |= self.is_wanted(path) && survey::identify(path).is_ok_and(|found| found.is_some());
                    }
                }
                if is_stale { self.extend(Content::News) } else { Ok(()) }
            }
        }
    }

    /// Reads what is polled, and finds directories that came back or were replaced without an event.
    fn look(&mut self) -> Result<(), WatchError> {
        let mut lost = BTreeSet::new();
        for (path, eye) in &mut self.directories {
            match eye {
                Eye::Native(identity) => {
                    if present(survey::identify(path))? != Some(*identity) {
                        lost.insert(path.clone());
                    }
                }
                Eye::Poll(snapshot) => match read(path, &self.inbox)? {
                    Some(listing) => {
                        let changes = snapshot.advance(listing);
                        self.inbox.note(changes.content, Nature::Content);
                        self.inbox.note(changes.structure, Nature::Structure);
                    }
                    None => {
                        self.inbox.note(snapshot.paths().cloned(), Nature::Content);
                        lost.insert(path.clone());
                    }
                },
            }
        }
        self.inbox.note(lost, Nature::Structure);
        let missing = self.roots.iter().filter(|root| !self.directories.contains_key(*root));
        let is_back = missing.clone().any(|root| survey::identify(root).is_ok_and(|found| found.is_some()));
        if is_back { self.extend(Content::News) } else { Ok(()) }
    }

    /// Watches every wanted directory that exists and is not watched: the ones named first, then what is in them.
    fn extend(&mut self, content: Content) -> Result<(), WatchError> {
        for root in self.roots.clone() {
            self.watch(root, content)?;
        }
        if self.sub_directories == SubDirectories::Ignored {
            return Ok(());
        }
        for root in self.roots.clone() {
            let Some(listing) = read(&root, &self.inbox)? else { continue };
            let mut inside = listing.entries.into_iter().filter(|(_, stamp)| stamp.is_directory());
            for (path, _) in inside.by_ref().take(SUB_DIRECTORIES_MAX) {
                // Whoever may not read a directory does not miss its events.
                self.watch(path, content).ok();
            }
            if inside.next().is_some() {
                self.inbox.note_rescan();
            }
        }
        Ok(())
    }

    fn watch(&mut self, directory: PathBuf, content: Content) -> Result<(), WatchError> {
        if self.directories.contains_key(&directory) {
            return Ok(());
        }
        // Taken before the watch is made: if the directory is replaced in between, the next look finds the difference.
        let Some(identity) = present(survey::identify(&directory))? else { return Ok(()) };
        let is_native = self.watch_natively(&directory, identity);
        // Read after the watch is made: what came before is seen here, what comes later by its event.
        let Some(listing) = read(&directory, &self.inbox)? else {
            self.close(&directory);
            return Ok(());
        };
        if content == Content::News {
            self.inbox.note([directory.clone()], Nature::Content);
            self.inbox.note(listing.entries.iter().map(|(path, _)| path.clone()), Nature::Content);
        }
        let eye = if is_native { Eye::Native(identity) } else { Eye::Poll(Snapshot::new(listing)) };
        self.directories.insert(directory, eye);
        Ok(())
    }

    fn watch_natively(&mut self, directory: &Path, identity: Identity) -> bool {
        let mut taken = self.directories.values().filter_map(|eye| match eye {
            Eye::Native(identity) => Some(identity),
            Eye::Poll(_) => None,
        });
        // The system reports one directory under one name only.
        if taken.clone().count() >= self.native_watches_max || taken.any(|other| *other == identity) {
            return false;
        }
        self.native.as_mut().is_some_and(|native| native.watch(directory).is_ok())
    }

    fn attend(&mut self, directory: &Path, watches_max: usize) -> bool {
        if self.attended.contains(directory) {
            return true;
        }
        let is_gone = || !survey::identify(directory).is_ok_and(|found| found.is_some());
        let has_room = self.attended.len() < watches_max;
        let is_watched = has_room && self.native.as_mut().is_some_and(|native| native.watch(directory).is_ok());
        if is_watched {
            self.attended.insert(directory.to_owned());
        }
        // What has gone meanwhile needs no watch.
        is_watched || is_gone()
    }

    fn leave(&mut self, directory: &Path) {
        let left: Vec<PathBuf> = self.attended.iter().filter(|path| path.starts_with(directory)).cloned().collect();
        for path in left {
            self.attended.remove(&path);
            if let Some(native) = &mut self.native {
                native.unwatch(&path);
            }
        }
    }

    fn forget(&mut self, is_forgotten: impl Fn(&Path) -> bool) {
        let paths: Vec<PathBuf> = self.directories.keys().filter(|path| is_forgotten(path)).cloned().collect();
        for path in paths {
            self.close(&path);
        }
    }

    fn close(&mut self, directory: &Path) {
        let eye = self.directories.remove(directory);
        if let (Some(native), false) = (&mut self.native, matches!(eye, Some(Eye::Poll(_)))) {
            native.unwatch(directory);
        }
    }

    fn is_wanted(&self, path: &Path) -> bool {
        let is_inside = || path.parent().is_some_and(|parent| self.roots.iter().any(|root| root == parent));
        self.roots.iter().any(|root| root == path) || self.sub_directories == SubDirectories::Watched && is_inside()
    }
}

/// Takes a file in the place of a directory for an absent directory.
fn present<T>(found: Result<Option<T>, WatchError>) -> Result<Option<T>, WatchError> {
    match found {
        Err(WatchError::NotADirectory { .. }) => Ok(None),
        other => other,
    }
}

fn read(directory: &Path, inbox: &Inbox) -> Result<Option<Listing>, WatchError> {
    let listing = survey::list(directory, ENTRIES_MAX)?;
    if listing.as_ref().is_some_and(|listing| !listing.is_complete) {
        inbox.note_rescan();
    }
    Ok(listing)
}

//! Follows all work trees of a clone, and tells once where two of them come to change the same path, and where they no longer
//! do. With one work tree there is nothing to follow, and nothing is watched.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::git::Worktree;
use crate::ledger::LEDGER_REF;
use crate::model::Pattern;
use crate::ops::collisions::change::How;
use crate::ops::collisions::change::Side;
use crate::ops::collisions::mainline::Mainline;
use crate::ops::collisions::meeting::Meetings;
use crate::ops::collisions::post::Post;
use crate::ops::context::Context;
use crate::ops::event::Event;
use crate::ops::event::event;
use crate::ops::failure::Failure;
use crate::rules::leases_on;
use crate::rules::obstacle;
use crate::watch::Attention;
use crate::watch::Hint;
use crate::watch::WatchMode;
use crate::watch::Watcher;

/// The key of the configuration that says how many directories of work trees are watched at most.
const WATCHES_KEY: &str = "coord.watches";
/// The system's watches are shared by every program of the user.
const WATCHES_MAX: usize = 8_192;
/// How often work trees are looked at that cannot be watched: so that a second edit is told within a second.
const SURVEY_EVERY: Duration = Duration::from_millis(600);
/// How many times as long as a survey took it is waited for the next.
const SURVEY_REST: u32 = 4;

/// The work trees of a clone, and what was told of them.
pub(crate) struct Vigil {
    posts: BTreeMap<PathBuf, Post>,
    mainline: Mainline,
    meetings: Meetings,
    told: BTreeMap<(String, PathBuf, PathBuf), [Side; 2]>,
    mode: WatchMode,
    is_surveying: bool,
    next_survey: Instant,
}

/// Which paths may be changed in other work trees than they were.
enum Touched {
    Paths(BTreeSet<String>),
    Everything,
}

impl Vigil {
    pub(crate) fn new(mode: WatchMode) -> Self {
        Self {
            posts: BTreeMap::new(),
            mainline: Mainline::default(),
            meetings: Meetings::default(),
            told: BTreeMap::new(),
            mode,
            is_surveying: mode == WatchMode::Poll,
            next_survey: Instant::now(),
        }
    }

    /// Returns how long a watcher may sleep until this has to look by itself.
    pub(crate) fn patience(&self, most: Duration) -> Duration {
        let is_needed = self.is_surveying && self.posts.len() > 1;
        if is_needed { self.next_survey.saturating_duration_since(Instant::now()).min(most) } else { most }
    }

    /// Looks again where a hint says, and returns what is to be told.
    pub(crate) fn look(
        &mut self,
        context: &Context,
        watcher: &Watcher,
        hint: Option<&Hint>,
    ) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        let present = present(context)?;
        let mut touched = Touched::Paths(BTreeSet::new());
        let gone: Vec<PathBuf> = self.posts.keys().filter(|key| !present.contains_key(*key)).cloned().collect();
        for key in gone {
            self.dismiss(&key, watcher);
            touched = Touched::Everything;
        }
        let mainline = if present.is_empty() { Mainline::default() } else { Mainline::of(context)? };
        let is_over = self.is_surveying && Instant::now() >= self.next_survey;
        let is_anew = matches!(hint, Some(Hint::Rescan)) || is_over || mainline != self.mainline;
        self.mainline = mainline;
        let begun = Instant::now();
        for (key, worktree) in &present {
            let is_told = |post: &Post| match hint {
                Some(Hint::Changed(paths)) => paths.iter().any(|path| post.is_told_anew(path)),
                _ => false,
            };
            let post = self.posts.get(key);
            if !is_anew && post.is_some_and(|post| post.is_current() && post.worktree == *worktree && !is_told(post)) {
                continue;
            }
            // What cannot be read now, or is half made, is looked at again.
            if let Ok(mut post) = Post::open(context, worktree, &self.mainline) {
                let directories = post.place.desk.directories();
                self.posts.insert(key.clone(), post);
                touched = Touched::Everything;
                events.extend(self.attend(context, watcher, directories.unwrap_or_default(), Some(key)));
            }
        }
        if is_over {
            self.next_survey = Instant::now() + SURVEY_EVERY.max(begun.elapsed() * SURVEY_REST);
        }
        if let (Some(Hint::Changed(paths)), Touched::Paths(_)) = (hint, &touched) {
            let (found, directories) = self.follow(paths)?;
            touched = Touched::Paths(found);
            events.extend(self.attend(context, watcher, directories, None));
        }
        events.extend(self.compare(context, touched)?);
        Ok(events)
    }

    /// Looks at the paths of hints. Returns those that may be other than they were, and directories that may be new.
    fn follow(&mut self, hints: &BTreeSet<PathBuf>) -> Result<(BTreeSet<String>, Vec<PathBuf>), Failure> {
        let (mut touched, mut directories) = (BTreeSet::new(), Vec::new());
        for hint in hints {
            // One work tree may be inside another: what is there is the inner one's.
            let around = self.posts.values_mut().filter(|post| hint.starts_with(&post.worktree.path));
            let Some(post) = around.max_by_key(|post| post.worktree.path.as_os_str().len()) else { continue };
            let Some(path) = post.within(hint) else { continue };
            // What goes while it is looked at is hinted at once more.
            if let Ok((paths, new)) = post.look(&path) {
                touched.extend(paths);
                directories.extend(new);
            }
        }
        Ok((touched, directories))
    }

    /// Watches directories, or says once that they are looked at again and again instead.
    fn attend(
        &mut self,
        context: &Context,
        watcher: &Watcher,
        mut directories: Vec<PathBuf>,
        git_dir: Option<&Path>,
    ) -> Option<Event> {
        if self.is_surveying {
            return None;
        }
        // That of the main work tree is watched anyway.
        let own = git_dir.filter(|git_dir| *git_dir != context.repository.common_dir());
        directories.extend(own.map(Path::to_owned));
        let said = context.repository.config(WATCHES_KEY).and_then(|said| said.parse().ok());
        let most = said.unwrap_or(WATCHES_MAX);
        if watcher.attend(&directories, most) == Attention::Full {
            return None;
        }
        watcher.leave(Path::new("/"));
        self.is_surveying = true;
        self.next_survey = Instant::now();
        let mut told = event("watch.limited", WATCHES_KEY, None, context.state().head_height());
        let every = SURVEY_EVERY.as_millis();
        told.detail = Some(format!(
            "more than {most} directories, or no more watches of the system: every {every} ms all files are looked at"
        ));
        (self.mode == WatchMode::Native).then_some(told)
    }

    fn dismiss(&mut self, key: &Path, watcher: &Watcher) {
        if let Some(post) = self.posts.remove(key) {
            watcher.leave(&post.worktree.path);
            watcher.leave(&post.worktree.git_dir);
        }
    }

    /// Returns what began and what ended on paths that were touched.
    fn compare(&mut self, context: &Context, touched: Touched) -> Result<Vec<Event>, Failure> {
        let paths = match touched {
            Touched::Paths(paths) => paths,
            Touched::Everything => {
                let told = self.told.keys().map(|(path, ..)| path);
                self.posts.values().flat_map(Post::changed).chain(told).cloned().collect()
            }
        };
        let mut events = Vec::new();
        for path in paths {
            let mut now = BTreeMap::new();
            let changing: Vec<(&PathBuf, &Post, How)> =
                self.posts.iter().filter_map(|(key, post)| Some((key, post, post.how(&path)?))).collect();
            for (at, one) in changing.iter().enumerate() {
                for other in &changing[at + 1..] {
                    if meet(&mut self.meetings, context, (one.1, one.2), (other.1, other.2), &path)? {
                        let sides = [one, other].map(|(_, post, how)| post.place.side(context, &path, *how));
                        now.insert((path.clone(), one.0.clone(), other.0.clone()), sides);
                    }
                }
            }
            let first = (path.clone(), PathBuf::new(), PathBuf::new());
            let told = self.told.range(first..).take_while(|(key, _)| key.0 == path).map(|(key, _)| key.clone());
            let over: Vec<_> = told.filter(|key| !now.contains_key(key)).collect();
            for key in over {
                let sides = self.told.remove(&key).expect("it was there");
                events.push(about("edit.settled", context, &path, sides));
            }
            for (key, sides) in now {
                if self.told.insert(key, sides.clone()).is_none() {
                    events.push(about("edit.collision", context, &path, sides));
                }
            }
        }
        Ok(events)
    }
}

/// Returns the work trees that are there, by their git directories, if they are several. That of the ledger is none to work in.
fn present(context: &Context) -> Result<BTreeMap<PathBuf, Worktree>, Failure> {
    let all = context.repository.worktrees()?.into_iter();
    let is_work = |worktree: &Worktree| worktree.branch.as_deref() != Some(LEDGER_REF) && worktree.check().is_ok();
    let found: BTreeMap<_, _> = all.filter(is_work).map(|worktree| (worktree.git_dir.clone(), worktree)).collect();
    Ok(if found.len() > 1 { found } else { BTreeMap::new() })
}

/// Returns whether changes of one path in two work trees collide: neither has what the other brought.
fn meet(
    meetings: &mut Meetings,
    context: &Context,
    (one, one_how): (&Post, How),
    (other, other_how): (&Post, How),
    path: &str,
) -> Result<bool, Failure> {
    let (repository, left, right) = (&context.repository, one.commit(), other.commit());
    let is_seen = one_how == How::Unlanded && meetings.has(repository, right, left, path)?
        || other_how == How::Unlanded && meetings.has(repository, left, right, path)?;
    Ok(!is_seen)
}

fn about(name: &'static str, context: &Context, path: &str, sides: [Side; 2]) -> Event {
    let mut told = event(name, path, None, context.state().head_height());
    let pattern = Pattern::parse(&Pattern::escape(path)).ok();
    let held = pattern.iter().flat_map(|pattern| leases_on(context.state(), std::slice::from_ref(pattern)));
    told.holders = held.filter(|lease| lease.is_in_force()).map(obstacle).collect();
    (told.sides, told.paths) = (sides.into(), pattern.into_iter().collect());
    told
}

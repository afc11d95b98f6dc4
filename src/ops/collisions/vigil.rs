//! Follows all work trees of a clone, and tells once where two of them come to change the same path, and where they no longer
//! do. With one work tree there is nothing to follow, and nothing is watched.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::git::Desk;
use crate::git::GitError;
use crate::git::Worktree;
use crate::git::WorktreeList;
use crate::ledger::LEDGER_REF;
use crate::model::Pattern;
use crate::ops::collisions::change::How;
use crate::ops::collisions::change::Side;
use crate::ops::collisions::mainline::Mainline;
use crate::ops::collisions::meeting::Meetings;
use crate::ops::collisions::post::Post;
use crate::ops::collisions::same::have_same;
use crate::ops::collisions::told::AT_ONCE_MAX;
use crate::ops::collisions::told::Allowance;
use crate::ops::collisions::told::STANDING_MAX;
use crate::ops::collisions::told::Told;
use crate::ops::collisions::unopened::Unopened;
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
/// How often a work tree is looked at in a row whose directories come and go.
const OPENINGS_MAX: usize = 3;
/// How many times as long as a survey took it is waited for the next.
const SURVEY_REST: u32 = 4;

/// The work trees of a clone, and what was told of them.
pub(crate) struct Vigil {
    posts: BTreeMap<PathBuf, Post>,
    mainline: Mainline,
    meetings: Meetings,
    told: Told,
    unopened: Unopened,
    mode: WatchMode,
    is_surveying: bool,
    next_survey: Instant,
}

/// Which paths may be changed in other work trees than they were.
#[derive(Default)]
struct Touched {
    /// Those on which somebody works.
    paths: BTreeSet<String>,
    /// Whether any other may be as well.
    is_everything: bool,
}

impl Vigil {
    pub(crate) fn new(mode: WatchMode) -> Self {
        Self {
            posts: BTreeMap::new(),
            mainline: Mainline::default(),
            meetings: Meetings::default(),
            told: Told::default(),
            unopened: Unopened::default(),
            mode,
            is_surveying: mode == WatchMode::Poll,
            next_survey: Instant::now(),
        }
    }

    /// Returns how long a watcher may sleep until this has to look by itself.
    pub(crate) fn patience(&self, most: Duration) -> Duration {
        let survey = (self.is_surveying && self.posts.len() > 1).then_some(self.next_survey);
        let due = survey.into_iter().chain(self.unopened.next()).min();
        due.map_or(most, |due| due.saturating_duration_since(Instant::now()).min(most))
    }

    /// Looks again where a hint says, and returns what is to be told.
    pub(crate) fn look(
        &mut self,
        context: &Context,
        watcher: &Watcher,
        hint: Option<&Hint>,
    ) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        let (present, unreadable) = present(context)?;
        let mut touched = Touched::default();
        let gone: Vec<PathBuf> = self.posts.keys().filter(|key| !present.contains_key(*key)).cloned().collect();
        for key in gone {
            self.dismiss(&key, watcher);
            touched.is_everything = true;
        }
        self.unopened.retain(|key| present.contains_key(key) || unreadable.contains_key(key));
        let mainline = if present.is_empty() { Mainline::default() } else { Mainline::of(context)? };
        let is_over = self.is_surveying && Instant::now() >= self.next_survey;
        let is_anew = matches!(hint, Some(Hint::Rescan)) || is_over || mainline != self.mainline;
        self.mainline = mainline;
        let (begun, mut reopened) = (Instant::now(), BTreeSet::new());
        for (key, error) in &unreadable {
            if self.unopened.is_due(key, begun) && self.unopened.note(key, begun) {
                let detail =
                    format!("where this work tree is cannot be read, so what is changed there is not told: {error}");
                events.push(limited(context, &key.display().to_string(), detail));
            }
        }
        for (key, worktree) in &present {
            let is_told = |post: &Post| match hint {
                Some(Hint::Changed(paths)) => paths.iter().any(|path| post.is_told_anew(path)),
                _ => false,
            };
            let post = self.posts.get(key);
            if !is_anew && post.is_some_and(|post| post.is_current() && post.worktree == *worktree && !is_told(post)) {
                continue;
            }
            if !self.unopened.is_due(key, begun) {
                continue;
            }
            match self.open(context, watcher, key, worktree, &mut events) {
                Ok(post) => {
                    self.posts.insert(key.clone(), post);
                    self.unopened.forget(key);
                    touched.is_everything = true;
                    reopened.insert(key);
                }
                // What cannot be read now, or is half made, is looked at again.
                Err(failure) if self.unopened.note(key, begun) => {
                    let detail = format!("what is changed there is not told: {failure}");
                    events.push(limited(context, &worktree.path.display().to_string(), detail));
                }
                Err(_) => {}
            }
        }
        if is_over {
            self.next_survey = Instant::now() + SURVEY_EVERY.max(begun.elapsed() * SURVEY_REST);
        }
        // A hint comes once: whatever became of other work trees, it is followed.
        if let Some(Hint::Changed(paths)) = hint {
            let (found, mut directories) = self.follow(paths, &reopened);
            touched.paths = found;
            // What is written in a new directory before that is watched is hinted at by nobody: it is looked at again.
            for _ in 0..OPENINGS_MAX {
                directories.retain(|directory| !watcher.attends(directory));
                if directories.is_empty() || self.is_surveying {
                    break;
                }
                events.extend(self.attend(context, watcher, directories.clone(), None));
                let (found, more) = self.follow(&directories.into_iter().collect(), &BTreeSet::new());
                touched.paths.extend(found);
                directories = more;
            }
        }
        events.extend(self.compare(context, touched)?);
        Ok(events)
    }

    /// Watches a work tree and then looks at everything in it, so that nothing is missed in between: neither an edit nor who
    /// joins there.
    fn open(
        &mut self,
        context: &Context,
        watcher: &Watcher,
        key: &Path,
        worktree: &Worktree,
        events: &mut Vec<Event>,
    ) -> Result<Post, Failure> {
        if !self.is_surveying && !self.posts.contains_key(key) {
            let directories = Desk::open(worktree)?.directories()?;
            events.extend(self.attend(context, watcher, directories, Some(key)));
        }
        let mut openings = 0;
        loop {
            let mut post = Post::open(context, worktree, &self.mainline)?;
            let directories = post.place.desk.directories()?;
            let is_watched = directories.iter().all(|directory| watcher.attends(directory));
            events.extend(self.attend(context, watcher, directories, Some(key)));
            openings += 1;
            if is_watched || self.is_surveying || openings == OPENINGS_MAX {
                return Ok(post);
            }
        }
    }

    /// Looks at the paths of hints, except where everything was looked at just now. Returns those that may be other than they
    /// were, and directories that may be new.
    fn follow(&mut self, hints: &BTreeSet<PathBuf>, reopened: &BTreeSet<&PathBuf>) -> (BTreeSet<String>, Vec<PathBuf>) {
        let (mut touched, mut directories) = (BTreeSet::new(), Vec::new());
        for hint in hints {
            // One work tree may be inside another: what is there is the inner one's.
            let around = self.posts.iter_mut().filter(|(_, post)| hint.starts_with(&post.worktree.path));
            let innermost = around.max_by_key(|(_, post)| post.worktree.path.as_os_str().len());
            let Some((key, post)) = innermost else { continue };
            let Some(path) = post.within(hint) else { continue };
            if reopened.contains(key) {
                touched.insert(path);
                continue;
            }
            match post.look(&path) {
                Ok((paths, new)) => {
                    touched.extend(paths);
                    directories.extend(new);
                }
                Err(_) => post.doubt(),
            }
        }
        (touched, directories)
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
        let every = SURVEY_EVERY.as_millis();
        let detail = format!(
            "more than {most} directories, or no more watches of the system: every {every} ms all files are looked at"
        );
        (self.mode == WatchMode::Native).then(|| limited(context, WATCHES_KEY, detail))
    }

    fn dismiss(&mut self, key: &Path, watcher: &Watcher) {
        if let Some(post) = self.posts.remove(key) {
            watcher.leave(&post.worktree.path);
            watcher.leave(&post.worktree.git_dir);
        }
    }

    /// Returns what began and what ended on paths that were touched.
    fn compare(&mut self, context: &Context, touched: Touched) -> Result<Vec<Event>, Failure> {
        let mut paths: BTreeSet<String> = touched.paths.clone();
        if touched.is_everything {
            paths.extend(self.posts.values().flat_map(Post::changed).chain(self.told.paths()).cloned());
        }
        let (mut events, mut allowance) = (Vec::new(), Allowance::new());
        for path in paths {
            let mut now = BTreeSet::new();
            let changing: BTreeMap<&PathBuf, (&Post, How)> =
                self.posts.iter().filter_map(|(key, post)| Some((key, (post, post.how(&path)?)))).collect();
            for (at, (key, one)) in changing.iter().enumerate() {
                for (other_key, other) in changing.iter().skip(at + 1) {
                    if meet(&mut self.meetings, context, *one, *other, &path)? {
                        now.insert((path.clone(), (*key).clone(), (*other_key).clone()));
                    }
                }
            }
            for sides in self.told.end(&path, &now) {
                events.push(about("edit.settled", context, &path, sides));
            }
            for pair in self.told.begin(&path, now, touched.paths.contains(&path), &mut allowance) {
                let sides = [&pair.1, &pair.2].map(|key| changing[key]);
                let sides = sides.map(|(post, how)| post.place.side(context, &path, how));
                self.told.insert(pair, sides.clone());
                events.push(about("edit.collision", context, &path, sides));
            }
        }
        if allowance.more > 0 {
            let detail = format!(
                "paths that several work trees change and that are not told one by one: {}; at most {AT_ONCE_MAX} are told at \
                 once, and {STANDING_MAX} until some are settled",
                allowance.more
            );
            events.push(limited(context, "edit.collision", detail));
        }
        Ok(events)
    }
}

/// Says that less is told than there is, or later.
fn limited(context: &Context, subject: &str, detail: String) -> Event {
    let mut told = event("watch.limited", subject, None, context.state().head_height());
    told.detail = Some(detail);
    told
}

type Present = (BTreeMap<PathBuf, Worktree>, BTreeMap<PathBuf, GitError>);

/// Returns the work trees that are there, by their git directories, if they are several, and why others cannot be told. That
/// of the ledger is none to work in.
fn present(context: &Context) -> Result<Present, Failure> {
    let WorktreeList { found, unreadable } = context.repository.list_worktrees()?;
    let all = found.into_iter();
    let is_work = |worktree: &Worktree| worktree.branch.as_deref() != Some(LEDGER_REF) && worktree.check().is_ok();
    let found: BTreeMap<_, _> = all.filter(is_work).map(|worktree| (worktree.git_dir.clone(), worktree)).collect();
    Ok((if found.len() > 1 { found } else { BTreeMap::new() }, unreadable.into_iter().collect()))
}

/// Returns whether changes of one path in two work trees collide: neither has what the other brought, and they differ.
fn meet(
    meetings: &mut Meetings,
    context: &Context,
    (one, one_how): (&Post, How),
    (other, other_how): (&Post, How),
    path: &str,
) -> Result<bool, Failure> {
    let repository = &context.repository;
    let is_seen = one_how == How::Unlanded && meetings.has_all(repository, other.commit(), &one.commits(), path)?
        || other_how == How::Unlanded && meetings.has_all(repository, one.commit(), &other.commits(), path)?;
    Ok(!is_seen && !have_same(&one.worktree.path, &other.worktree.path, path))
}

fn about(name: &'static str, context: &Context, path: &str, sides: [Side; 2]) -> Event {
    let mut told = event(name, path, None, context.state().head_height());
    let pattern = Pattern::parse(&Pattern::escape(path)).ok();
    let held = pattern.iter().flat_map(|pattern| leases_on(context.state(), std::slice::from_ref(pattern)));
    told.holders = held.filter(|lease| lease.is_in_force()).map(obstacle).collect();
    (told.sides, told.paths) = (sides.into(), pattern.into_iter().collect());
    told
}

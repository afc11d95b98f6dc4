//! `watch`: what changes in the ledger, in `.coord/` and in the work trees, as events.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::ops::collisions::Vigil;
use crate::ops::context::Context;
use crate::ops::drafts;
use crate::ops::drafts::DraftFile;
use crate::ops::event::Event;
use crate::ops::event::describe;
use crate::ops::event::differences;
use crate::ops::event::event;
use crate::ops::failure::Failure;
use crate::ops::news::News;
use crate::ops::only_here::vanished;
use crate::ops::reactions::Depths;
use crate::ops::reactions::Runner;
use crate::ops::standing::Standing;
use crate::rules::State;
use crate::watch::Hint;
use crate::watch::SubDirectories;
use crate::watch::WatchMode;
use crate::watch::WatchOptions;
use crate::watch::Watcher;

/// How to watch.
#[derive(Clone, Copy)]
pub struct Options {
    pub mode: WatchMode,
    /// End when nothing has happened for so long.
    pub idle_limit: Option<Duration>,
    /// Ask for what others have written, so often; only where a remote decides.
    pub fetch_every: Option<Duration>,
}

/// How long changes are gathered before they are looked at.
const DEBOUNCE: Duration = Duration::from_millis(20);
const POLL_EVERY: Duration = Duration::from_millis(500);
/// A clock moves claims to "expired" without any file changing.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long it is quiet before the checkout is brought up to date, if nobody else has done so: whoever is told of something
/// may commit by hand at once, and git does not wait for a lock.
const SHOW_AFTER: Duration = Duration::from_millis(500);

/// Follows the ledger and the work trees, hands every event to `visit` until that says to stop, and then to the reactions of
/// the local user.
pub fn run(
    mut context: Context,
    options: Options,
    mut runner: Runner,
    mut visit: impl FnMut(&Event) -> Next,
) -> Result<(), Failure> {
    let followed = follow(&mut context, options, &mut runner, &mut visit);
    runner.finish();
    followed
}

fn follow(
    context: &mut Context,
    options: Options,
    runner: &mut Runner,
    visit: &mut impl FnMut(&Event) -> Next,
) -> Result<(), Failure> {
    let options_of_watcher = WatchOptions {
        debounce: DEBOUNCE,
        poll_interval: POLL_EVERY,
        mode: options.mode,
        sub_directories: SubDirectories::Ignored,
    };
    let watcher = Watcher::start(&directories(context), options_of_watcher)
        .map_err(|error| Failure::Unwritable(error.to_string()))?;
    let mut seen = Seen::of(context)?;
    let mut vigil = Vigil::new(options.mode);
    let present = vigil.look(context, &watcher, None)?;
    if tell(context, &present, runner, visit)? == Next::Stop {
        return Ok(());
    }
    let (mut idle, mut news) = (Duration::ZERO, News::asked(options.fetch_every));
    loop {
        let look_every = if seen.is_behind { SHOW_AFTER } else { LOOK_EVERY };
        let pause = options.idle_limit.map_or(look_every, |limit| limit.saturating_sub(idle).min(look_every));
        let (pause, asleep) = (vigil.patience(news.patience(pause)), Instant::now());
        let hint = watcher.next(pause).map_err(|error| Failure::Unwritable(error.to_string()))?;
        let is_told = hint.is_some();
        // An event is only a hint: what counts is what the ledger says now. It is told before the files are looked at.
        let of_news = news.look(context);
        let mut of_ledger = look_at_ledger(context, &mut seen)?;
        of_ledger.extend(of_news);
        if tell(context, &of_ledger, runner, visit)? == Next::Stop {
            return Ok(());
        }
        let of_edits = vigil.look(context, &watcher, hint.as_ref())?;
        if tell(context, &of_edits, runner, visit)? == Next::Stop {
            return Ok(());
        }
        let of_drafts = look_at_drafts(context, &mut seen, hint)?;
        if tell(context, &of_drafts, runner, visit)? == Next::Stop {
            return Ok(());
        }
        let is_quiet = of_ledger.is_empty() && of_edits.is_empty() && of_drafts.is_empty();
        idle = if !is_told && is_quiet { idle + asleep.elapsed() } else { Duration::ZERO };
        if options.idle_limit.is_some_and(|limit| idle >= limit) {
            return Ok(());
        }
    }
}

/// Hands events to whoever listens, and then to the reactions; and what these have to say to whoever listens.
fn tell(
    context: &Context,
    events: &[Event],
    runner: &mut Runner,
    visit: &mut impl FnMut(&Event) -> Next,
) -> Result<Next, Failure> {
    let (reactions, remarks) = runner.look(context)?;
    for remark in &remarks {
        if visit(remark) == Next::Stop {
            return Ok(Next::Stop);
        }
    }
    for event in events {
        let next = visit(event);
        runner.take(&reactions, event, context.now())?;
        if next == Next::Stop {
            return Ok(Next::Stop);
        }
    }
    Ok(Next::GoOn)
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    GoOn,
    Stop,
}

/// Few directories whatever the size of the repository: where the ref is, packed refs, which work trees there are, and the
/// live view.
fn directories(context: &Context) -> Vec<PathBuf> {
    let common = context.repository.common_dir();
    let mut directories = vec![common.join("refs").join("heads"), common.to_owned()];
    directories.extend(["worktrees", "info"].map(|name| common.join(name)));
    // What stands in its place is not ours to look into.
    if let Some(worktree) = context.ledger.store().worktree().filter(|worktree| drafts::is_there(worktree).is_ok()) {
        directories.push(worktree.path.clone());
        for name in ["claims", "decisions", "findings", "requests", "approvals", "principals"] {
            directories.push(worktree.path.join(name));
        }
    }
    directories
}

/// What was told already.
struct Seen {
    state: State,
    head: Option<ObjectId>,
    void_count: u64,
    drafts: BTreeMap<String, Option<String>>,
    expired: BTreeSet<String>,
    fork: Option<ObjectId>,
    /// Whether the checkout does not show the ledger as it is.
    is_behind: bool,
    suspects: Suspects,
}

/// What of the checkout may have changed since it was looked at.
enum Suspects {
    /// These files, besides what a glance shows.
    Files(BTreeSet<String>),
    All,
}

impl Seen {
    fn of(context: &Context) -> Result<Self, Failure> {
        let chain = context.ledger.chain();
        Ok(Self {
            state: chain.state.clone(),
            head: Some(chain.head),
            void_count: chain.void_count,
            drafts: problems(&drafts::list(context)?),
            expired: expired(context),
            fork: None,
            is_behind: false,
            suspects: Suspects::Files(BTreeSet::new()),
        })
    }
}

fn problems(drafts: &[DraftFile]) -> BTreeMap<String, Option<String>> {
    let problem = |draft: &DraftFile| draft.finding.as_ref().err().map(ToString::to_string);
    drafts.iter().map(|draft| (draft.path.clone(), problem(draft))).collect()
}

fn expired(context: &Context) -> BTreeSet<String> {
    let now = context.ledger_now();
    let past = context.state().claims.values().filter(|lease| lease.claim.expires <= now);
    past.map(|lease| lease.claim.id.to_string()).collect()
}

fn look_at_ledger(context: &mut Context, seen: &mut Seen) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    let now = context.now();
    let head = context.repository.reference(LEDGER_REF)?;
    let before = seen.head;
    if head != seen.head {
        // Whatever contains what was verified is no fork: what was only here may have been rebuilt on what was decided.
        match context.ledger.refresh(now).map_err(Failure::from).or_else(|_| context.reopen()) {
            Ok(()) => seen.fork = None,
            Err(error) => {
                // The last verified state stays; what was found is told once.
                if seen.fork != head {
                    seen.fork = head;
                    let gone = || "gone".to_owned();
                    let subject = head.map_or_else(gone, |head| head.to_string());
                    let mut event = event("ledger.fork", subject, None, seen.state.head_height());
                    event.detail = Some(error.to_string());
                    events.push(event);
                }
                return Ok(events);
            }
        }
        seen.head = head;
    }
    let chain = context.ledger.chain();
    let fresh = chain.void_count.saturating_sub(seen.void_count) as usize;
    for void in chain.voids.iter().rev().take(fresh).rev() {
        let mut told = event("entry.void", void.commit, None, void.height);
        told.refusal = Some(void.refusal.clone());
        events.push(told);
    }
    events.extend(vanished::look(context, &seen.state, &chain.state)?);
    events.extend(differences(&seen.state, &chain.state));
    describe(&mut events, &seen.state, &chain.state);
    if !events.is_empty() {
        let is_void = |commit| chain.voids.iter().any(|void| void.commit == commit);
        let depths = Depths::between(&context.repository, (before, chain.head), is_void);
        for event in &mut events {
            event.depth = depths.of(event);
        }
    }
    seen.void_count = chain.void_count;
    seen.state = chain.state.clone();
    events.extend(look_at_expiries(context, seen));
    if !events.is_empty() {
        let standing = Standing::of(context)?;
        for event in events.iter_mut().filter(|event| event.guarantee.is_none()) {
            event.guarantee = standing.of_event(event, &seen.state);
        }
    }
    Ok(events)
}

fn look_at_expiries(context: &Context, seen: &mut Seen) -> Vec<Event> {
    let now_expired = expired(context);
    let fresh = now_expired.difference(&seen.expired);
    let events = fresh.map(|id| event("claim.expired", id, None, context.state().head_height())).collect();
    seen.expired = now_expired;
    events
}

fn look_at_drafts(context: &Context, seen: &mut Seen, hint: Option<Hint>) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    if seen.fork.is_some() {
        return Ok(events);
    }
    match hint {
        None => context.show()?,
        Some(Hint::Rescan) => seen.suspects = Suspects::All,
        Some(Hint::Changed(paths)) => {
            if let Suspects::Files(files) = &mut seen.suspects {
                files.extend(paths.iter().filter_map(|path| drafts::path_within(context, path)));
            }
        }
    }
    let drafts = match &seen.suspects {
        Suspects::All => drafts::list(context)?,
        Suspects::Files(files) => drafts::look(context, files.iter().chain(seen.drafts.keys()).cloned().collect())?,
    };
    // Between a ledger that was read and files that belong to a later one everything looks wrong: it comes again.
    // So does what a writer that was killed has not shown.
    seen.is_behind = context.repository.reference(LEDGER_REF)? != seen.head || !context.ledger.is_shown()?;
    if seen.is_behind {
        return Ok(events);
    }
    for draft in &drafts {
        let Err(refusal) = &draft.finding else { continue };
        if seen.drafts.get(&draft.path) != Some(&Some(refusal.to_string())) {
            let mut told = event("draft.invalid", &draft.path, draft.owner.clone(), context.state().head_height());
            told.refusal = Some(refusal.clone());
            events.push(told);
        }
    }
    seen.drafts = problems(&drafts);
    seen.suspects = Suspects::Files(BTreeSet::new());
    Ok(events)
}

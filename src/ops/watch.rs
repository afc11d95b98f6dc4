//! `watch`: what changes in the ledger and in `.coord/`, as events.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::ledger::LEDGER_REF;
use crate::model::ApprovalRule;
use crate::model::FindingState;
use crate::model::ObjectId;
use crate::ops::context::Context;
use crate::ops::drafts;
use crate::ops::drafts::DraftFile;
use crate::ops::failure::Failure;
use crate::rules::Contributors;
use crate::rules::Ending;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Subject;
use crate::watch::SubDirectories;
use crate::watch::WatchMode;
use crate::watch::WatchOptions;
use crate::watch::Watcher;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What: `claim.granted`, `entry.void` …
    pub name: &'static str,
    /// The record, or the commit.
    pub subject: String,
    /// Who, as far as somebody is behind it.
    pub principal: Option<String>,
    pub height: u64,
    pub detail: Option<String>,
    pub refusal: Option<Refusal>,
}

/// How to watch.
#[derive(Clone, Copy)]
pub struct Options {
    pub mode: WatchMode,
    /// End when nothing has happened for so long.
    pub idle_limit: Option<Duration>,
}

/// How long changes are gathered before they are looked at.
const DEBOUNCE: Duration = Duration::from_millis(20);
const POLL_EVERY: Duration = Duration::from_millis(500);
/// A clock moves claims to "expired" without any file changing.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Follows the ledger and hands every event to `visit`, until that says to stop.
pub fn run(mut context: Context, options: Options, mut visit: impl FnMut(&Event) -> Next) -> Result<(), Failure> {
    let options_of_watcher = WatchOptions {
        debounce: DEBOUNCE,
        poll_interval: POLL_EVERY,
        mode: options.mode,
        sub_directories: SubDirectories::Ignored,
    };
    let watcher = Watcher::start(&directories(&context), options_of_watcher)
        .map_err(|error| Failure::Unwritable(error.to_string()))?;
    let mut seen = Seen::of(&context)?;
    let mut idle = Duration::ZERO;
    loop {
        let pause = options.idle_limit.map_or(LOOK_EVERY, |limit| limit.saturating_sub(idle).min(LOOK_EVERY));
        let hint = watcher.next(pause).map_err(|error| Failure::Unwritable(error.to_string()))?;
        let events = look(&mut context, &mut seen)?;
        // An event is only a hint: what counts is what the ledger says now.
        idle = if hint.is_none() && events.is_empty() { idle + pause } else { Duration::ZERO };
        for event in &events {
            if visit(event) == Next::Stop {
                return Ok(());
            }
        }
        if options.idle_limit.is_some_and(|limit| idle >= limit) {
            return Ok(());
        }
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    GoOn,
    Stop,
}

/// Few directories whatever the size of the repository: where the ref is, packed refs, and the live view.
fn directories(context: &Context) -> Vec<PathBuf> {
    let common = context.repository.common_dir();
    let mut directories = vec![common.join("refs").join("heads"), common.to_owned()];
    // What stands in its place is not ours to look into.
    if let Some(worktree) = context.ledger.store().worktree().filter(|worktree| drafts::is_there(worktree).is_ok()) {
        directories.push(worktree.path.clone());
        for name in ["claims", "findings", "requests", "approvals", "principals"] {
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
    expired: std::collections::BTreeSet<String>,
    fork: Option<ObjectId>,
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
        })
    }
}

fn problems(drafts: &[DraftFile]) -> BTreeMap<String, Option<String>> {
    let problem = |draft: &DraftFile| draft.finding.as_ref().err().map(ToString::to_string);
    drafts.iter().map(|draft| (draft.path.clone(), problem(draft))).collect()
}

fn expired(context: &Context) -> std::collections::BTreeSet<String> {
    let now = context.ledger_now();
    let past = context.state().claims.values().filter(|lease| lease.claim.expires <= now);
    past.map(|lease| lease.claim.id.to_string()).collect()
}

fn look(context: &mut Context, seen: &mut Seen) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    let now = context.now();
    let head = context.repository.reference(LEDGER_REF)?;
    if head != seen.head {
        match context.ledger.refresh(now) {
            Ok(()) => seen.fork = None,
            Err(error) => {
                // The last verified state stays; what was found is told once.
                if seen.fork != head {
                    seen.fork = head;
                    let event = Event {
                        name: "ledger.fork",
                        subject: head.map_or("gone".to_owned(), |head| head.to_string()),
                        principal: None,
                        height: seen.state.height,
                        detail: Some(error.to_string()),
                        refusal: None,
                    };
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
        events.push(Event {
            name: "entry.void",
            subject: void.commit.to_string(),
            principal: None,
            height: void.height,
            detail: None,
            refusal: Some(void.refusal.clone()),
        });
    }
    events.extend(differences(&seen.state, &chain.state));
    seen.void_count = chain.void_count;
    seen.state = chain.state.clone();
    events.extend(look_at_expiries(context, seen));
    events.extend(look_at_drafts(context, seen)?);
    Ok(events)
}

fn look_at_expiries(context: &Context, seen: &mut Seen) -> Vec<Event> {
    let now_expired = expired(context);
    let fresh = now_expired.difference(&seen.expired);
    let events = fresh.map(|id| event("claim.expired", id, None, context.state().height)).collect();
    seen.expired = now_expired;
    events
}

fn look_at_drafts(context: &Context, seen: &mut Seen) -> Result<Vec<Event>, Failure> {
    // What a writer that was killed has not shown is no draft.
    context.show()?;
    let drafts = drafts::list(context)?;
    let mut events = Vec::new();
    // Between a ledger that was read and files that belong to a later one everything looks wrong: it comes again.
    if context.repository.reference(LEDGER_REF)? != seen.head || !context.ledger.is_shown()? {
        return Ok(events);
    }
    for draft in &drafts {
        let Err(refusal) = &draft.finding else { continue };
        if seen.drafts.get(&draft.path) != Some(&Some(refusal.to_string())) {
            let mut told = event("draft.invalid", &draft.path, draft.owner.clone(), context.state().height);
            told.refusal = Some(refusal.clone());
            events.push(told);
        }
    }
    seen.drafts = problems(&drafts);
    Ok(events)
}

fn event(name: &'static str, subject: impl ToString, principal: Option<String>, height: u64) -> Event {
    Event { name, subject: subject.to_string(), principal, height, detail: None, refusal: None }
}

/// Returns what lies between two states.
fn differences(before: &State, after: &State) -> Vec<Event> {
    let mut events = Vec::new();
    let height = after.height;
    for (id, lease) in &after.claims {
        let holder = Some(lease.claim.holder.to_string());
        match before.claims.get(id) {
            None if lease.held.is_some() => events.push(event("claim.granted", id, holder, height)),
            None => events.push(event("claim.queued", id, holder, height)),
            Some(old) if old.held.is_none() && lease.held.is_some() => {
                events.push(event("claim.held", id, holder, height))
            }
            Some(_) => {}
        }
    }
    for (id, lease) in before.claims.iter().filter(|(id, _)| !after.claims.contains_key(*id)) {
        let name = match after.tombstones.get(id).map(|stone| &stone.ending) {
            Some(Ending::Taken | Ending::HandedOver) => "claim.taken",
            Some(Ending::Expired) => "claim.expired",
            _ => "claim.released",
        };
        events.push(event(name, id, Some(lease.claim.holder.to_string()), height));
    }
    for (id, noted) in &after.findings {
        let author = Some(noted.finding.author.to_string());
        let was_open = before.findings.get(id).map(|old| old.finding.state == FindingState::Open);
        match (was_open, noted.finding.state == FindingState::Open) {
            (None, _) => events.push(event("finding.added", id, author, height)),
            (Some(true), false) => events.push(event("finding.closed", id, author, height)),
            _ => {}
        }
    }
    for id in before.findings.keys().filter(|id| !after.findings.contains_key(*id)) {
        events.push(event("finding.closed", id, None, height));
    }
    for (id, pending) in after.requests.iter().filter(|(id, _)| !before.requests.contains_key(*id)) {
        events.push(event("request.opened", id, Some(pending.request.opener.to_string()), height));
    }
    for (id, pending) in &after.requests {
        let was_ready = before.requests.get(id).is_some_and(|old| is_ready(before, old));
        if !was_ready && is_ready(after, pending) {
            events.push(event("request.ready", id, Some(pending.request.opener.to_string()), height));
        }
    }
    for (name, landed) in &after.landed {
        if before.landed.get(name) != Some(landed) {
            let subject = landed.request.as_ref().map_or_else(|| name.to_string(), ToString::to_string);
            let mut told = event("request.landed", subject, None, height);
            told.detail = Some(format!("{name} is at {}", landed.new));
            events.push(told);
        }
    }
    events.extend(answers(before, after));
    if before.policy_digest != after.policy_digest {
        events.push(event("policy.changed", after.policy.version, None, height));
    }
    events
}

/// Returns whether a request has every approval that the ledger alone can count.
fn is_ready(state: &State, pending: &Pending) -> bool {
    let contributors = Contributors::of_request(pending);
    let subject = Subject {
        rights: state,
        latest: state,
        request: &pending.request,
        contributors: &contributors,
        paths: &[],
        lands: Some((Some(pending.request.base), pending.request.new_tree)),
        now: state.time,
    };
    let protections: Vec<_> = state.policy.protections_of(&pending.request.target).collect();
    let mut rules =
        protections.iter().flat_map(|protection| &protection.approvals).filter(|rule| rule.paths.is_empty());
    let is_met = |rule: &ApprovalRule| {
        subject.count(rule, state.answers(&pending.request.id)).counted.len() as u64 >= rule.count
    };
    !protections.is_empty() && rules.all(is_met)
}

fn answers(before: &State, after: &State) -> Vec<Event> {
    let mut events = Vec::new();
    for (request, answers) in &after.approvals {
        for (principal, answered) in answers {
            let old = before.approvals.get(request).and_then(|answers| answers.get(principal));
            if old != Some(answered) {
                events.push(event("approval.added", request, Some(principal.to_string()), after.height));
            }
        }
    }
    for (request, answers) in before.approvals.iter().filter(|(id, _)| after.requests.contains_key(*id)) {
        let now = after.approvals.get(request);
        for principal in answers.keys().filter(|id| now.is_none_or(|now| !now.contains_key(*id))) {
            events.push(event("approval.withdrawn", request, Some(principal.to_string()), after.height));
        }
    }
    events
}

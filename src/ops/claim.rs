//! `claim`: takes a lease on paths or resources, or waits for it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::disk;
use crate::format::WriteRecord;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::Resource;
use crate::model::Span;
use crate::model::Text;
use crate::model::Timestamp;
use crate::ops::agent;
use crate::ops::checkout::is_directory;
use crate::ops::collisions;
use crate::ops::collisions::Change;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::decide;
use crate::ops::failure::Failure;
use crate::ops::flight;
use crate::ops::flight::Flight;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::lease;
use crate::ops::similar;
use crate::ops::similar::Comparison;
use crate::ops::similar::Echo;
use crate::ops::similar::Ground;
use crate::ops::similar::Known;
use crate::ops::similar::New;
use crate::ops::similar::Reason;
use crate::ops::similar::Repetition;
use crate::ops::surroundings::Paused;
use crate::ops::widening;
use crate::rules::Code;
use crate::rules::Lease;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::obstacles;
use crate::rules::takeable_from;
use crate::rules::waits_for;

/// How long a waiting claim sleeps between two looks at the ledger.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What to claim.
pub struct Options {
    pub paths: Vec<String>,
    pub resources: Vec<Resource>,
    pub intent: Text,
    pub mode: ClaimMode,
    pub ttl: Option<Span>,
    pub contention: Contention,
    /// How long to wait for a queued claim to be held.
    pub wait: Option<Span>,
    pub takeover: Takeover,
    pub task: Option<RecordName>,
    pub mission: Option<RecordName>,
    /// What becomes of it if somebody else claims something in the same words.
    pub repetition: Repetition,
}

/// What to do about expired claims that are in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    Never,
    IfExpired,
}

/// A granted or queued claim, and what its holder should know.
pub struct Outcome {
    pub lease: Lease,
    /// The claim was there already.
    pub existed: bool,
    /// Claims of the caller whose ground it took over.
    pub replaced: Vec<RecordId>,
    /// Claims and work in flight of others whose intents are most like it, and claims on the same paths.
    pub similar: Comparison,
    /// Work on the same ground that is finished but has not landed.
    pub in_flight: Vec<Flight>,
    /// What is settled for the ground.
    pub decisions: Vec<decide::Told>,
    /// What other work trees of this clone have changed there and not landed.
    pub changed_elsewhere: Vec<Change>,
}

/// Takes a lease.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let paths = ground(context, &options.paths)?;
    let automatic = agent::taken_in(&context.repository);
    let own = |state: &State| {
        covered_already(state, &identity, &paths, options, &automatic).map(|lease| lease.claim.id.clone())
    };
    if own(context.state()).is_some() {
        // It may be over by now where that is decided.
        context.pull()?;
    }
    if let Some(id) = own(context.state()) {
        return take_again(context, &identity, &id, options);
    }
    let id = random_id(RecordKind::Claim)?;
    let holder = identity.id.clone();
    let new_claim = |state: &State, time: Timestamp| Claim {
        rev: 1,
        id: id.clone(),
        holder: holder.clone(),
        intent: options.intent.clone(),
        paths: paths.clone(),
        resources: options.resources.clone(),
        mode: options.mode,
        contention: options.contention,
        expires: time + options.ttl.unwrap_or(state.policy.ttls(options.mission.as_ref()).1),
        task: options.task.clone(),
        mission: options.mission.clone(),
        branch: None,
        offered_to: None,
        revoked_by: None,
    };
    let wanted = new_claim(context.state(), context.ledger_now());
    let echo = Echo::of(context, &New::Claim(&wanted), options.repetition);
    let (mut replaced, mut covered) = (Vec::new(), None);
    let appended = context.append(&identity, |state, time| {
        // A command that was killed may have made it where it is decided, which is seen only now (LEASE-8).
        covered = own(state);
        if covered.is_some() {
            return Err(Refusal::new(Code::ClaimHeld, "it is held already, under the token that it has").into());
        }
        let claim = new_claim(state, time);
        if let Some(own) = widening::in_another_mode(state, &claim) {
            let ground = own.paths.iter().map(ToString::to_string).chain(own.resources.iter().map(ToString::to_string));
            let ground = ground.collect::<Vec<_>>().join(", ");
            return Err(Failure::OwnGround { claim: own.id, ground });
        }
        let (claim, own) = widening::joined(state, claim);
        if let Some(echo) = &echo {
            echo.refuse(&New::Claim(&claim), state, time)?;
        }
        let mut edits = vec![Edit { path: RecordPath::Claim(claim.id.clone()), text: Some(claim.to_text()) }];
        edits.extend(
            over_in_the_way(state, &claim, time, options.takeover)
                .filter(|taken| !own.contains(taken))
                .map(|taken| Edit { path: RecordPath::Claim(taken), text: None }),
        );
        let message = message(&claim, edits.len() - 1);
        edits.extend(own.iter().map(|id| Edit { path: RecordPath::Claim(id.clone()), text: None }));
        replaced = own;
        Ok(Draft { message, edits })
    });
    if let Some(id) = covered {
        return take_again(context, &identity, &id, options);
    }
    appended?;
    if let Some(wait) = options.wait {
        wait_until_held(context, &identity, &id, wait)?;
    }
    let lease = context.state().claims.get(&id).cloned();
    let lease = lease.ok_or_else(|| Failure::NotFound { kind: "claim", id: id.to_string() })?;
    let mut outcome = outcome(context, lease, false);
    if options.repetition != Repetition::Unasked {
        outcome.similar = similar_to(context, &outcome.lease);
    }
    outcome.replaced = replaced;
    Ok(outcome)
}

/// Answers with a claim that is there already: waited for if it is queued, renewed if it has expired.
fn take_again(
    context: &mut Context,
    identity: &Identity,
    id: &RecordId,
    options: &Options,
) -> Result<Outcome, Failure> {
    if let Some(wait) = options.wait {
        wait_until_held(context, identity, id, wait)?;
    }
    let now = context.ledger_now();
    let is_over = context.state().claims.get(id).is_some_and(|lease| lease.claim.expires <= now);
    if is_over {
        let renewed = lease::renew(context, &lease::Which::Named(vec![id.to_string()]), options.ttl);
        // At this very moment somebody took it over: it is claimed as anything else is.
        if matches!(&renewed, Err(Failure::Refused(refusal)) if refusal.code == Code::ClaimFenced) {
            return run(context, options);
        }
        renewed?;
    }
    let lease = context.state().claims.get(id).cloned();
    let lease = lease.ok_or_else(|| Failure::NotFound { kind: "claim", id: id.to_string() })?;
    // It may have been made by a command that was killed before it had tidied up.
    context.show()?;
    Ok(outcome(context, lease, true))
}

/// Returns what others do that is most like it, now that it stands. Finished work on the same ground is told by itself.
fn similar_to(context: &Context, lease: &Lease) -> Comparison {
    let Claim { intent, paths, holder, .. } = &lease.claim;
    let others = vec![similar::claims(context, Some(holder))];
    let mut found = similar::among(context, intent.as_str(), &Ground::Patterns(paths), others);
    found
        .similar
        .retain(|similar| !(matches!(similar.known, Known::Flight(_)) && similar.alike.reason == Reason::SharedPaths));
    found
}

fn outcome(context: &Context, lease: Lease, existed: bool) -> Outcome {
    let in_flight = flight::on(context, &lease.claim.paths);
    let decisions = decide::on(context.state(), &lease.claim.paths);
    // It is granted already, whatever cannot be read of other work trees.
    let changed_elsewhere = collisions::on(context, &lease.claim.paths).unwrap_or_default();
    Outcome {
        lease,
        existed,
        replaced: Vec::new(),
        similar: Comparison::default(),
        in_flight,
        decisions,
        changed_elsewhere,
    }
}

/// Returns what the caller typed as patterns; a directory of the work tree gets its slash.
pub(crate) fn patterns(context: &Context, typed: &[String]) -> Result<Vec<Pattern>, Failure> {
    let root = context.repository.work_dir();
    let mut patterns = Vec::new();
    for text in typed {
        let inside = relative(context, text);
        let slashed = root.is_some_and(|root| !inside.ends_with('/') && is_directory(root, &inside));
        let text = if slashed { format!("{inside}/") } else { inside };
        patterns.push(Pattern::parse(&text).map_err(|fault| Failure::Path { typed: text, fault })?);
    }
    Ok(patterns)
}

/// Returns what the caller typed as ground to claim. A plain name that is nowhere yet may become a directory, and nobody
/// knows before it is made: it is claimed as both. One with a dot is taken for a file, as it most often is.
pub(crate) fn ground(context: &Context, typed: &[String]) -> Result<Vec<Pattern>, Failure> {
    let has_no_dot = |text: &str| !text.rsplit('/').next().unwrap_or_default().contains('.');
    with_directories(context, patterns(context, typed)?, has_no_dot)
}

/// Returns what the caller typed as ground to look at: a name that is nowhere yet is a file and a directory.
pub(crate) fn readings(context: &Context, typed: &[String]) -> Result<Vec<Pattern>, Failure> {
    with_directories(context, patterns(context, typed)?, |_| true)
}

/// Adds the directory of each plain name that is not there yet and that may become one. No tree has a file and a directory
/// of one name, so this is no more than the name.
fn with_directories(
    context: &Context,
    typed: Vec<Pattern>,
    may_become: impl Fn(&str) -> bool,
) -> Result<Vec<Pattern>, Failure> {
    const NOT_PLAIN: [char; 5] = ['*', '?', '[', '{', '\\'];
    let Some(root) = context.repository.work_dir() else { return Ok(typed) };
    let mut ground = Vec::new();
    for pattern in typed {
        let text = pattern.to_string();
        let is_plain = !text.ends_with('/') && !text.contains(NOT_PLAIN);
        let directory = Pattern::parse(&format!("{text}/")).ok();
        ground.push(pattern);
        if is_plain && may_become(&text) && disk::stat(&root.join(&text)).is_ok_and(|found| found.is_none()) {
            ground.extend(directory.filter(|directory| !ground.contains(directory)));
        }
    }
    Ok(ground)
}

/// Returns a typed path relative to the work tree's root: typed absolute, or relative to a folder below the root.
pub(crate) fn relative(context: &Context, text: &str) -> String {
    let Some(root) = context.repository.work_dir() else { return text.to_owned() };
    let trailing = if text.ends_with('/') { "/" } else { "" };
    let directory = &context.surroundings.directory;
    if let Ok(inside) = std::path::Path::new(text).strip_prefix(root) {
        return format!("{}{trailing}", inside.display()).replace("//", "/");
    }
    if text.is_empty() || text.starts_with('/') {
        return text.to_owned();
    }
    let prefix = directory.strip_prefix(root).unwrap_or(std::path::Path::new(""));
    let mut parts: Vec<String> = prefix.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." && parts.last().is_some_and(|last| last != "..") {
            parts.pop();
        } else {
            parts.push(part.to_owned());
        }
    }
    if parts.is_empty() { Pattern::everything().to_string() } else { format!("{}{trailing}", parts.join("/")) }
}

fn covered_already<'a>(
    state: &'a State,
    identity: &Identity,
    paths: &[Pattern],
    options: &Options,
    automatic: &BTreeSet<RecordId>,
) -> Option<&'a Lease> {
    state.claims.values().find(|lease| {
        let claim = &lease.claim;
        claim.holder == identity.id
            && claim.mode == options.mode
            && claim.revoked_by.is_none()
            // What was taken for a session ends with it, and whoever claims says for what and how long. But nobody pushes in
            // before those who wait for it.
            && (!automatic.contains(&claim.id) || waits_for(state, lease))
            // Whoever does not want to wait is not answered with a place in the queue.
            && (lease.held.is_some() || options.contention == Contention::Queue)
            && paths.iter().all(|path| claim.paths.iter().any(|own| own == path || own.covers(path)))
            && options.resources.iter().all(|resource| claim.resources.contains(resource))
    })
}

/// Returns the claims in the way that are over: those that were revoked, which are nobody's any more, and if asked those
/// that have expired past their grace and that nobody waits for.
pub(super) fn over_in_the_way(
    state: &State,
    claim: &Claim,
    time: Timestamp,
    takeover: Takeover,
) -> impl Iterator<Item = RecordId> {
    let in_the_way = obstacles(state, claim).into_iter();
    let state = state.clone();
    let takeable = in_the_way.filter(move |lease| {
        let is_expired = || time >= takeable_from(&state, &lease.claim) && !waits_for(&state, lease);
        lease.claim.revoked_by.is_some() || takeover == Takeover::IfExpired && is_expired()
    });
    takeable.map(|lease| lease.claim.id)
}

fn message(claim: &Claim, taken: usize) -> String {
    let paths = claim.paths.iter().map(ToString::to_string);
    let ground: Vec<_> = paths.chain(claim.resources.iter().map(ToString::to_string)).collect();
    let verb = match (taken, claim.contention) {
        (0, Contention::Refuse) => "Claim",
        (0, Contention::Queue) => "Queue for",
        _ => "Take over",
    };
    let mut subject: String = format!("{verb} {}", ground.join(", ")).chars().take(72).collect();
    subject.push_str(&format!("\n\n{}", claim.intent.as_str()));
    if let Some(mission) = &claim.mission {
        subject.push_str(&format!("\n\nCoord-Mission: {mission}"));
    }
    subject
}

/// Waits until a queued claim is held, removing expired ones that are in its way.
fn wait_until_held(context: &mut Context, identity: &Identity, id: &RecordId, patience: Span) -> Result<(), Failure> {
    let began = context.now();
    let until = began + patience;
    loop {
        let now = context.now();
        context.settle()?;
        context.ledger.refresh(now)?;
        let state = context.state();
        let Some(lease) = state.claims.get(id) else {
            return Err(Failure::NotFound { kind: "claim", id: id.to_string() });
        };
        if lease.held.is_some() {
            return Ok(());
        }
        let time = context.ledger_now();
        let blocking: Vec<RecordId> = crate::rules::waited_for(state, lease)
            .into_iter()
            .filter(|other| time >= takeable_from(state, &other.claim) || other.claim.revoked_by.is_some())
            .map(|other| other.claim.id.clone())
            .collect();
        if let Some(expired) = blocking.first() {
            let edits = vec![Edit { path: RecordPath::Claim(expired.clone()), text: None }];
            let removed = context.append(identity, |_, _| {
                Ok(Draft { edits: edits.clone(), message: format!("Remove the expired {expired}") })
            });
            // Somebody else may have done it at the same moment.
            if removed.is_ok() {
                continue;
            }
        }
        if now >= until {
            return Err(Failure::WaitedEnough { seconds: patience.seconds() });
        }
        if (context.surroundings.pause)(LOOK_EVERY) == Paused::Stopped {
            return Err(Failure::WaitedEnough { seconds: context.now().since(began).seconds() });
        }
    }
}

//! `brief`: what somebody must know before it touches some paths.

use std::collections::BTreeSet;

use crate::model::FindingState;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::ops::claim;
use crate::ops::collisions;
use crate::ops::context::Context;
use crate::ops::decide;
use crate::ops::failure::Failure;
use crate::ops::find;
use crate::ops::flight;
use crate::ops::flight::Flight;
use crate::ops::identity;
use crate::ops::inbox;
use crate::ops::inbox::Item;
use crate::ops::known_tip::known_tip;
use crate::ops::standing::Standing;
use crate::ops::status;
use crate::ops::status::Permission;
use crate::rules::Broken;
use crate::rules::Demand;
use crate::rules::Lease;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::State;
use crate::rules::ask_for_a_human;
use crate::rules::claim_of;
use crate::rules::demands;

/// What is asked.
pub struct Options {
    /// As typed; without any those of the caller's claims, or else all.
    pub paths: Vec<String>,
    /// How many tokens the answer may take, but for what binds.
    pub budget: u64,
}

/// What somebody must know before it touches some paths.
pub struct Brief {
    pub caller: Option<PrincipalId>,
    /// The ground that it is about, as it was named.
    pub paths: Vec<Pattern>,
    /// The same ground, and what names may become that are nowhere yet: files, and directories of any name.
    pub ground: Vec<Pattern>,
    /// Whether nobody named any of it.
    pub is_everywhere: bool,
    pub budget: u64,
    pub height: u64,
    pub now: Timestamp,
    pub standing: Standing,
    /// Who holds the ground or waits for it, and whether it must be claimed.
    pub permission: Permission,
    /// The caller's own claims on it.
    pub mine: Vec<Lease>,
    /// The caller's lanes, where some of the ground is outside of them; none at all if it may change nothing.
    pub lanes: Option<Vec<Pattern>>,
    /// What each protection asks of a change there.
    pub demands: Vec<Demand>,
    /// Paths that run by themselves, so that a human approves them.
    pub for_a_human: Vec<Pattern>,
    /// What landed through broken glass: its refs stand still.
    pub still: Vec<Broken>,
    /// What is settled there.
    pub decisions: Vec<decide::Told>,
    /// Open findings there of a severity that stops landings.
    pub blocking: Vec<Noted>,
    /// The other open findings there, the heaviest first.
    pub findings: Vec<Noted>,
    /// Work there that is finished but has not landed.
    pub in_flight: Vec<Flight>,
    /// Open requests to land that change it, the latest first.
    pub requests: Vec<Pending>,
    /// What waits for the caller, but for findings that are told already.
    pub inbox: Vec<Item>,
}

/// Returns what the caller must know before it touches these paths.
pub fn run(context: &Context, options: &Options) -> Result<Brief, Failure> {
    let state = context.state();
    let me = identity::whoami(context).ok();
    let caller = me.map(|enrolled| enrolled.record.id.clone());
    let own = own_leases(state, caller.as_ref());
    let paths = named_or_own(claim::patterns(context, &options.paths)?, &own);
    // What is not there yet may become a directory: who holds some of that is in the way.
    let ground = named_or_own(claim::readings(context, &options.paths)?, &own);
    let likely = named_or_own(likely(context, &options.paths)?, &own);
    let is_everywhere = paths.iter().all(|path| *path == Pattern::everything());
    // Every file of every work tree is looked at for nobody who did not name a place.
    let elsewhere = if is_everywhere { Vec::new() } else { collisions::on(context, &ground).unwrap_or_default() };
    let wide = status::permission_on(context, &ground);
    // What somebody else holds is told as that: nobody could claim it.
    let is_free = |path: &Pattern| !wide.held_by_others.iter().any(|lease| is_all_held(lease, path));
    let mut unclaimed = status::permission_on(context, &paths).unclaimed;
    unclaimed.retain(is_free);
    let permission = Permission { unclaimed, changed_elsewhere: elsewhere, ..wide };
    let mine: Vec<Lease> = own.into_iter().filter(|lease| Pattern::any_overlap(&lease.claim.paths, &ground)).collect();
    let missions: BTreeSet<_> = mine.iter().filter_map(|lease| lease.claim.mission.clone()).collect();
    let demands = demands(&state.policy, &likely, &missions);
    let severities: BTreeSet<_> =
        demands.iter().flat_map(|demand| demand.protection.block_on.iter().copied()).collect();
    // What is about a commit or a request only is on no path in particular.
    let about: &[Pattern] = if is_everywhere { &[] } else { &likely };
    let open = find::on(context, about, &[FindingState::Open]);
    let (blocking, findings): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|noted| severities.contains(&noted.finding.severity));
    let is_new = |item: &Item| match item {
        Item::Finding(noted) => !blocking.contains(noted) && !findings.contains(noted),
        _ => true,
    };
    let inbox = if me.is_some() { inbox::run(context)? } else { Vec::new() };
    let inbox: Vec<Item> = inbox.into_iter().filter(is_new).collect();
    Ok(Brief {
        lanes: me.and_then(|me| lanes(state.lanes_of(me), &paths)),
        permission,
        requests: requests_on(context, &likely, is_everywhere),
        for_a_human: ask_for_a_human(&state.policy, &paths).into_iter().cloned().collect(),
        still: state.broken.values().cloned().collect(),
        decisions: decide::on(state, &likely),
        in_flight: flight::on(context, &likely),
        inbox,
        height: state.head_height(),
        now: context.ledger_now(),
        standing: Standing::of(context)?,
        budget: options.budget,
        caller,
        paths,
        ground,
        is_everywhere,
        mine,
        demands,
        blocking,
        findings,
    })
}

/// Returns the open requests whose heads change some of the ground, as far as they are here, or that were done under claims
/// of it.
fn requests_on(context: &Context, ground: &[Pattern], is_everywhere: bool) -> Vec<Pending> {
    let state = context.state();
    let changes = |pending: &Pending| {
        let request = &pending.request;
        let tip = known_tip(context, &request.target).ok().flatten().unwrap_or(request.base);
        let changes = context.reader().own_changes(tip, request.head).ok().flatten().unwrap_or_default();
        changes.iter().any(|change| ground.iter().any(|pattern| pattern.matches_folded(&change.path)))
    };
    let is_done_there = |pending: &Pending| {
        let mut claims = pending.request.claims.iter().filter_map(|id| claim_of(state, id));
        claims.any(|claim| Pattern::any_overlap(&claim.paths, ground))
    };
    let touches = |pending: &&Pending| is_everywhere || is_done_there(pending) || changes(pending);
    let mut found: Vec<Pending> = state.requests.values().filter(touches).cloned().collect();
    found.sort_by(|a, b| b.opened.cmp(&a.opened).then(a.request.id.cmp(&b.request.id)));
    found
}

/// Returns whether a claim has all of a path.
fn is_all_held(lease: &Lease, path: &Pattern) -> bool {
    lease.claim.paths.iter().any(|held| held == path || held.covers(path))
}

fn own_leases(state: &State, caller: Option<&PrincipalId>) -> Vec<Lease> {
    let mut own: Vec<_> = state.claims.values().filter(|lease| Some(&lease.claim.holder) == caller).cloned().collect();
    own.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
    own
}

/// Returns what was typed, and what is likely to become of it: a name that is nowhere yet is taken for a directory as well, one
/// with a dot where rules or records speak of it as one.
fn likely(context: &Context, typed: &[String]) -> Result<Vec<Pattern>, Failure> {
    let state = context.state();
    let protections = state.policy.protections.iter();
    let rules = protections.flat_map(|protection| {
        let approvals = protection.approvals.iter().flat_map(|rule| &rule.paths);
        approvals.chain(protection.checks.iter().flat_map(|rule| &rule.paths))
    });
    let claims = state.claims.values().flat_map(|lease| &lease.claim.paths);
    let findings = state.findings.values().flat_map(|noted| &noted.finding.paths);
    let decisions = state.decisions.values().flat_map(|settled| &settled.decision.paths);
    let spoken_of: Vec<&Pattern> = rules.chain(claims).chain(findings).chain(decisions).collect();
    let mut ground = claim::ground(context, typed)?;
    let readings = claim::readings(context, typed)?.into_iter().filter(|reading| !ground.contains(reading));
    let meant: Vec<_> = readings.filter(|reading| spoken_of.iter().any(|named| reading.covers(named))).collect();
    ground.extend(meant);
    Ok(ground)
}

/// Returns what was typed, or else what the caller has claimed, or else everything.
fn named_or_own(typed: Vec<Pattern>, own: &[Lease]) -> Vec<Pattern> {
    if !typed.is_empty() {
        return typed;
    }
    let mut claimed: Vec<Pattern> = Vec::new();
    for path in own.iter().flat_map(|lease| &lease.claim.paths) {
        if !claimed.contains(path) {
            claimed.push(path.clone());
        }
    }
    if claimed.is_empty() { vec![Pattern::everything()] } else { claimed }
}

/// Returns the lanes that somebody keeps to, if they do not cover all of the ground.
fn lanes(lanes: Option<Vec<Pattern>>, ground: &[Pattern]) -> Option<Vec<Pattern>> {
    let Some(lanes) = lanes else { return Some(Vec::new()) };
    let covered = |path: &Pattern| lanes.iter().any(|lane| lane == path || lane.covers(path));
    (!lanes.is_empty() && !ground.iter().all(covered)).then_some(lanes)
}

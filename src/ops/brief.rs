//! `brief`: what somebody must know before it touches some paths.

use std::collections::BTreeSet;

use crate::model::FindingState;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::decide;
use crate::ops::failure::Failure;
use crate::ops::find;
use crate::ops::flight;
use crate::ops::flight::Flight;
use crate::ops::identity;
use crate::ops::inbox;
use crate::ops::inbox::Item;
use crate::ops::request;
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

/// The pattern of every path.
const EVERYTHING: &str = "**";

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
    /// The ground that it is about.
    pub paths: Vec<Pattern>,
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
    let named = ground(claim::patterns(context, &options.paths)?, &own);
    let paths = ground(claim::ground(context, &options.paths)?, &own);
    // What is not there yet may become a directory: who holds that is in the way as well.
    let wide = status::permission_on(context, &ground(claim::readings(context, &options.paths)?, &own));
    let permission = Permission { unclaimed: status::permission_on(context, &named).unclaimed, ..wide };
    let is_everywhere = paths.iter().all(|path| path.as_str() == EVERYTHING);
    let touches = |lease: &Lease| lease.claim.paths.iter().any(|own| paths.iter().any(|path| own.overlaps(path)));
    let mine: Vec<Lease> = own.into_iter().filter(touches).collect();
    let missions: BTreeSet<_> = mine.iter().filter_map(|lease| lease.claim.mission.clone()).collect();
    let demands = demands(&state.policy, &paths, &missions);
    let severities: BTreeSet<_> =
        demands.iter().flat_map(|demand| demand.protection.block_on.iter().copied()).collect();
    // What is about a commit or a request only is on no path in particular.
    let about: &[Pattern] = if is_everywhere { &[] } else { &paths };
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
        requests: requests_on(context, &paths, is_everywhere),
        for_a_human: ask_for_a_human(&state.policy, &paths).into_iter().cloned().collect(),
        still: state.broken.values().cloned().collect(),
        decisions: decide::on(state, &paths),
        in_flight: flight::on(context, &paths),
        inbox,
        height: state.head_height(),
        now: context.ledger_now(),
        standing: Standing::of(context)?,
        budget: options.budget,
        caller,
        paths: named,
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
        let tip = request::tip_of(context, &request.target).ok().flatten().unwrap_or(request.base);
        let changes = context.reader().own_changes(tip, request.head).ok().flatten().unwrap_or_default();
        changes.iter().any(|change| ground.iter().any(|pattern| pattern.matches_folded(&change.path)))
    };
    let is_done_there = |pending: &Pending| {
        let claimed = pending.request.claims.iter().filter_map(|id| claim_of(state, id)).flat_map(|claim| &claim.paths);
        claimed.into_iter().any(|own| ground.iter().any(|path| own.overlaps(path)))
    };
    let touches = |pending: &&Pending| is_everywhere || is_done_there(pending) || changes(pending);
    let mut found: Vec<Pending> = state.requests.values().filter(touches).cloned().collect();
    found.sort_by(|a, b| b.opened.cmp(&a.opened).then(a.request.id.cmp(&b.request.id)));
    found
}

fn own_leases(state: &State, caller: Option<&PrincipalId>) -> Vec<Lease> {
    let mut own: Vec<_> = state.claims.values().filter(|lease| Some(&lease.claim.holder) == caller).cloned().collect();
    own.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
    own
}

/// Returns what was typed, or else what the caller has claimed, or else everything.
fn ground(typed: Vec<Pattern>, own: &[Lease]) -> Vec<Pattern> {
    if !typed.is_empty() {
        return typed;
    }
    let mut claimed: Vec<Pattern> = Vec::new();
    for path in own.iter().flat_map(|lease| &lease.claim.paths) {
        if !claimed.contains(path) {
            claimed.push(path.clone());
        }
    }
    if claimed.is_empty() { vec![Pattern::parse(EVERYTHING).expect("it is a pattern")] } else { claimed }
}

/// Returns the lanes that somebody keeps to, if they do not cover all of the ground.
fn lanes(lanes: Option<Vec<Pattern>>, ground: &[Pattern]) -> Option<Vec<Pattern>> {
    let Some(lanes) = lanes else { return Some(Vec::new()) };
    let covered = |path: &Pattern| lanes.iter().any(|lane| lane == path || lane.covers(path));
    (!lanes.is_empty() && !ground.iter().all(covered)).then_some(lanes)
}

//! What must hold of each entry, in other words than the rules': from what was true before it and after.

use git_coord::ledger::Chain;
use git_coord::model::Answer;
use git_coord::model::RecordId;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::rules::Ending;
use git_coord::rules::State;

use crate::kernel::push::main_ref;
use crate::protocol::book::Agent;
use crate::protocol::book::GRACE_S;
use crate::protocol::book::Page;

/// What has happened by the end of a sequence of entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Deeds {
    /// The promises that were broken on the way.
    pub(super) broken: Vec<Promise>,
    /// The largest token that was ever held.
    pub(super) token: u64,
    /// The largest token under which anything landed.
    pub(super) landed_token: u64,
    pub(super) landers: Vec<Agent>,
    pub(super) landed_requests: Vec<RecordId>,
    /// What was done, in the order in which it was.
    pub(super) done: Vec<Deed>,
}

/// What an entry has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Claimed,
    Renewed,
    Released,
    TakenOver,
    Asked,
    Approved,
    Landed,
    /// By two approvals, as the new rules ask.
    LandedByTwo,
    Tightened,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    OneHolder,
    TokensRise,
    GraceIsKept,
    LandingIsClaimed,
    LandingIsApproved,
    LandingFollows,
}

/// Returns what has happened by the end of a sequence of entries and one more.
pub(super) fn deeds(before: &Page, after: &Chain) -> Deeds {
    let (old, new) = (&before.chain.state, &after.state);
    let mut deeds = before.deeds.clone();
    let held: Vec<u64> = new.claims.values().filter_map(|lease| lease.held.map(|grant| grant.token)).collect();
    deeds.expect(Promise::OneHolder, held.len() <= 1);
    let began = new.claims.values().filter(|lease| !old.claims.contains_key(&lease.claim.id));
    for token in began.filter_map(|lease| lease.held.map(|grant| grant.token)) {
        deeds.expect(Promise::TokensRise, token > deeds.token);
        deeds.token = deeds.token.max(token);
    }
    for lease in old.claims.values().filter(|lease| !new.claims.contains_key(&lease.claim.id)) {
        let is_given_back = new.tombstones.get(&lease.claim.id).is_some_and(|stone| stone.ending == Ending::Released);
        deeds.done.push(if is_given_back { Deed::Released } else { Deed::TakenOver });
        let is_over = new.time >= lease.claim.expires + Span::from_s(GRACE_S);
        deeds.expect(Promise::GraceIsKept, is_given_back || is_over);
    }
    deeds.done.extend(changes(old, new));
    if old.landed.get(&main_ref()) != new.landed.get(&main_ref()) {
        land(&mut deeds, old, new);
    }
    deeds
}

/// Returns what else was done than to end a claim or to land.
fn changes(old: &State, new: &State) -> Vec<Deed> {
    let mut done = Vec::new();
    for lease in new.claims.values() {
        match old.claims.get(&lease.claim.id) {
            None => done.push(Deed::Claimed),
            Some(before) if before.claim != lease.claim => done.push(Deed::Renewed),
            Some(_) => {}
        }
    }
    for pending in new.requests.values() {
        let id = &pending.request.id;
        if old.requests.get(id).is_none_or(|before| before.request != pending.request) {
            done.push(Deed::Asked);
        }
        if new.answers(id).any(|now| !old.answers(id).any(|before| before.approval == now.approval)) {
            done.push(Deed::Approved);
        }
    }
    if old.policy.version != new.policy.version {
        done.push(Deed::Tightened);
    }
    done
}

fn land(deeds: &mut Deeds, old: &State, new: &State) {
    let (last, landed) = (&old.landed[&main_ref()], &new.landed[&main_ref()]);
    let pending = landed.request.as_ref().and_then(|id| old.requests.get(id));
    let Some(pending) = pending else {
        deeds.expect(Promise::LandingFollows, false);
        return;
    };
    let request = &pending.request;
    let is_once = !deeds.landed_requests.contains(&request.id) && !new.requests.contains_key(&request.id);
    let follows = landed.old == Some(last.new) && landed.new == request.head && request.base == last.new;
    deeds.expect(Promise::LandingFollows, is_once && follows && new.answers(&request.id).next().is_none());
    let token = request.claims.iter().filter_map(|id| token_of(old, request, id)).max();
    let is_in_time = |token: u64| token >= deeds.landed_token && token <= pending.updated;
    deeds.expect(Promise::LandingIsClaimed, token.is_some_and(is_in_time));
    deeds.landed_token = deeds.landed_token.max(token.unwrap_or(0));
    let approvers = old.answers(&request.id).map(|one| &one.approval).filter(|approval| {
        let is_of_this = approval.delta == request.delta && approval.request_rev == Some(request.rev);
        approval.answer == Answer::Approve && approval.principal != request.opener && is_of_this
    });
    let needed = if old.policy.version == 1 { 1 } else { 2 };
    deeds.expect(Promise::LandingIsApproved, approvers.count() >= needed);
    deeds.done.push(if needed == 2 { Deed::LandedByTwo } else { Deed::Landed });
    deeds.landed_requests.push(request.id.clone());
    deeds.landers.extend(Agent::named(request.opener.name()));
}

/// Returns the token of a claim of the opener that is held or was given back; none of one that was lost.
fn token_of(state: &State, request: &Request, id: &RecordId) -> Option<u64> {
    let live = state.claims.get(id).map(|lease| (&lease.claim, lease.held.map(|grant| grant.token)));
    let ended = state.tombstones.get(id).filter(|stone| stone.ending == Ending::Released);
    let (claim, token) = live.or_else(|| ended.map(|stone| (&stone.claim, stone.token)))?;
    token.filter(|_| claim.holder == request.opener)
}

impl Deeds {
    fn expect(&mut self, promise: Promise, is_kept: bool) {
        if !is_kept && !self.broken.contains(&promise) {
            self.broken.push(promise);
        }
    }
}

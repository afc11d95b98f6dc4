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
    pub(super) has_taken_over: bool,
    /// Whether something landed that took two approvals.
    pub(super) has_landed_by_two: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    OneHolder,
    TokensRise,
    GraceIsKept,
    LandingIsClaimed,
    LandingIsApproved,
    LandingFollows,
    PolicyInOrder,
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
        deeds.has_taken_over |= !is_given_back;
        let is_over = new.time >= lease.claim.expires + Span::from_s(GRACE_S);
        deeds.expect(Promise::GraceIsKept, is_given_back || is_over);
    }
    let (version, next) = (old.policy.version, new.policy.version);
    let is_same = old.policy == new.policy;
    deeds.expect(Promise::PolicyInOrder, if is_same { next == version } else { next == version + 1 });
    if old.landed.get(&main_ref()) != new.landed.get(&main_ref()) {
        land(&mut deeds, old, new);
    }
    deeds
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
    deeds.has_landed_by_two |= needed == 2;
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

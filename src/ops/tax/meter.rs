//! Counts entry by entry. It keeps what is open, and of what has ended the figures only.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Landed;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::ops::tax::figures::Figures;
use crate::ops::tax::waiting::Scope;
use crate::ops::tax::waiting::Waiting;
use crate::rules::Answered;
use crate::rules::Code;
use crate::rules::Ending;
use crate::rules::State;

/// One entry: the states around it, and the records that it changes.
pub struct Move<'a> {
    pub before: &'a State,
    pub after: &'a State,
    pub touched: &'a [RecordPath],
    pub void: Option<Code>,
}

impl Move<'_> {
    /// Returns what the entry landed, if it landed a request.
    fn landed(&self) -> Option<&Landed> {
        let is_told = self.touched.iter().any(|path| matches!(path, RecordPath::Landed(_)));
        let new = is_told.then(|| self.after.landed_since(self.before).next()).flatten();
        new.filter(|landed| landed.request.is_some())
    }
}

/// Counts the entries of a ledger, from the first one on.
pub struct Meter {
    since: Timestamp,
    live: BTreeMap<RecordId, Waiting>,
    figures: Figures,
}

impl Meter {
    /// Returns a meter that counts what happens from a moment on. What was before is read all the same: what was open then
    /// waits on.
    pub fn new(since: Option<Timestamp>) -> Self {
        let since = since.unwrap_or(Timestamp::MIN);
        Self { since, live: BTreeMap::new(), figures: Figures::default() }
    }

    /// Takes the next entry. A void one is dated as the last one that counts: its own date is nobody's word.
    pub fn take(&mut self, entry: &Move<'_>) {
        let counts = u64::from(entry.after.time >= self.since);
        self.figures.entries += counts;
        if let Some(code) = entry.void {
            if counts > 0 {
                *self.figures.void.entry(code).or_default() += 1;
            }
            return;
        }
        let landed = entry.landed();
        let mut again = BTreeSet::new();
        let mut approved = BTreeMap::new();
        for path in entry.touched {
            match path {
                RecordPath::Claim(id) => self.count_claim(entry, id, counts),
                RecordPath::Approval(request, principal) => {
                    self.count_answer(entry, request, principal, landed, counts);
                    again.insert(request.clone());
                    let is = answer(entry.after, request, principal);
                    if is.is_some_and(|answered| answered.approval.answer == Answer::Approve) {
                        approved.insert(request.clone(), principal.clone());
                    }
                }
                RecordPath::Request(id) => {
                    self.count_request(entry, id, landed, counts);
                    again.insert(id.clone());
                }
                _ => {}
            }
        }
        if let Some(landed) = landed {
            self.count_landing(entry, landed, counts);
            // The file of what landed through broken glass stays.
            if let Some(id) = landed.request.as_ref().filter(|id| entry.after.broken.contains_key(*id)) {
                self.count_request(entry, id, Some(landed), counts);
            }
        }
        // Rules, rights, or where a ref is: any request may wait for something else now.
        let concerns_all = |path: &RecordPath| match path {
            RecordPath::Policy | RecordPath::Principal(_) | RecordPath::Landed(_) => true,
            // A veto is against the same change under any request, and so is what root members say of it.
            RecordPath::Approval(request, principal) => [entry.before, entry.after]
                .iter()
                .filter_map(|state| answer(state, request, principal))
                .any(|given| given.approval.answer == Answer::Veto || !given.approval.overrules.is_empty()),
            _ => false,
        };
        if entry.touched.iter().any(concerns_all) {
            again.extend(self.live.keys().cloned());
        }
        for id in again {
            if let (Some(waiting), Some(pending)) = (self.live.get_mut(&id), entry.after.requests.get(&id)) {
                waiting.look(entry.after, pending, approved.remove(&id));
            }
        }
    }

    fn count_claim(&mut self, entry: &Move<'_>, id: &RecordId, counts: u64) {
        let claims = &mut self.figures.claims;
        match (entry.before.claims.contains_key(id), entry.after.claims.contains_key(id)) {
            (false, true) => claims.made += counts,
            (true, false) => {
                let ended = match entry.after.tombstones.get(id).map(|stone| &stone.ending) {
                    Some(Ending::Replaced(_)) => &mut claims.replaced,
                    Some(Ending::HandedOver) => &mut claims.handed_over,
                    Some(Ending::Taken) => &mut claims.taken,
                    Some(Ending::Expired) => &mut claims.expired,
                    Some(Ending::Revoked) => &mut claims.revoked,
                    Some(Ending::Released) | None => &mut claims.released,
                };
                *ended += counts;
            }
            _ => {}
        }
    }

    /// Counts an approval that came, or that went without having been outdated before.
    fn count_answer(
        &mut self,
        entry: &Move<'_>,
        request: &RecordId,
        principal: &PrincipalId,
        landed: Option<&Landed>,
        counts: u64,
    ) {
        let (was, is) = (answer(entry.before, request, principal), answer(entry.after, request, principal));
        if was == is {
            return;
        }
        let approvals = &mut self.figures.approvals;
        if is.is_some_and(|answered| answered.approval.answer == Answer::Approve) {
            approvals.given += counts;
        }
        if !was.is_some_and(|answered| stands(entry.before, answered)) {
            return;
        }
        let lands = landed.is_some_and(|landed| landed.request.as_ref() == Some(request));
        let (is_run, after) = (entry.after.runs.contains_key(request), entry.after);
        if after.requests.contains_key(request) || after.petitions.contains_key(request) {
            approvals.withdrawn += counts;
        } else if lands || is_run {
            approvals.used += counts;
        } else {
            approvals.closed += counts;
        }
    }

    fn count_request(&mut self, entry: &Move<'_>, id: &RecordId, landed: Option<&Landed>, counts: u64) {
        match (entry.before.requests.get(id), entry.after.requests.get(id)) {
            (None, Some(pending)) => {
                self.figures.requests.opened += counts;
                self.figures.heads.insert(pending.request.head);
                self.live.insert(id.clone(), Waiting::new(entry.after, pending));
            }
            (Some(was), Some(pending)) if was.request.rev != pending.request.rev => {
                let outdated = entry.before.answers(id).filter(|answered| stands(entry.before, answered)).count();
                self.figures.approvals.outdated += outdated as u64 * counts;
                self.figures.heads.insert(pending.request.head);
                if let Some(waiting) = self.live.get_mut(id) {
                    waiting.ask(entry.after);
                }
            }
            (Some(_), None) => {
                let landed = landed.filter(|landed| landed.request.as_ref() == Some(id));
                let ended = match landed {
                    Some(_) => &mut self.figures.requests.landed,
                    None => &mut self.figures.requests.closed,
                };
                *ended += counts;
                let scope = landed.map_or(Scope::Unknown, scope_of);
                if let Some(waiting) = self.live.remove(id).filter(|_| counts > 0) {
                    waiting.settle(self.since, entry.after.time, scope, &mut self.figures);
                }
            }
            _ => {}
        }
    }

    fn count_landing(&mut self, entry: &Move<'_>, landed: &Landed, counts: u64) {
        let scope = scope_of(landed);
        let pending = landed.request.as_ref().and_then(|id| entry.before.requests.get(id));
        let paths: Vec<&[u8]> = landed.paths.iter().flatten().map(String::as_bytes).collect();
        let protections = pending.map(|pending| entry.before.protections_for(pending, &paths)).unwrap_or_default();
        let rules = protections.iter().flat_map(|protection| &protection.approvals);
        let is_asked = rules.filter(|rule| rule.count > 0).any(|rule| scope.is_asked_about_by(rule));
        let changes = &mut self.figures.changes;
        let kind = if is_asked { &mut changes.asked } else { &mut changes.unasked };
        *kind += counts;
    }

    /// Returns the figures, with what is open in the last state and waits on at this moment.
    pub fn end(mut self, state: &State, now: Timestamp) -> Figures {
        for waiting in self.live.values() {
            waiting.settle(self.since, now.max(state.time), Scope::Unknown, &mut self.figures);
            *self.figures.open.entry(waiting.cause()).or_default() += 1;
            let standing = state.answers(&waiting.id).filter(|answered| stands(state, answered)).count();
            self.figures.approvals.standing += standing as u64;
        }
        let of_actions = state.petitions.keys().flat_map(|id| state.answers(id));
        self.figures.approvals.standing += of_actions.filter(|answered| stands(state, answered)).count() as u64;
        self.figures.requests.open = self.live.len() as u64;
        let run_out = state.claims.values().filter(|lease| lease.held.is_some() && lease.claim.expires <= now);
        self.figures.claims.run_out = run_out.count() as u64;
        self.figures
    }
}

fn answer<'a>(state: &'a State, request: &RecordId, principal: &PrincipalId) -> Option<&'a Answered> {
    state.approvals.get(request)?.get(principal)
}

/// Returns whether it approves its request as that is now.
fn stands(state: &State, answered: &Answered) -> bool {
    let id = &answered.approval.request;
    let rev = state.requests.get(id).map(|pending| pending.request.rev);
    // A request for an action is never edited.
    let rev = rev.or_else(|| state.petitions.contains_key(id).then_some(1));
    answered.approval.answer == Answer::Approve && rev == Some(answered.request_rev)
}

fn scope_of(landed: &Landed) -> Scope<'_> {
    landed.paths.as_ref().map_or(Scope::All, |paths| Scope::Named(paths))
}

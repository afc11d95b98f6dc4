//! The entries that agents make of what their clone knows. They try whatever might be legal; the judge and the gate decide.

use std::collections::BTreeSet;

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::Landed;
use git_coord::model::LandedClaim;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::rules::Pending;
use git_coord::rules::State;
use git_coord::rules::tokens;

use crate::kernel::push::main_ref;
use crate::protocol::book::Agent;
use crate::protocol::book::Book;
use crate::protocol::book::PATH;
use crate::protocol::book::POLICY;
use crate::protocol::book::Page;
use crate::protocol::book::TTL_S;
use crate::support::world::name;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

/// What somebody may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Verb {
    Claim,
    Renew,
    Release,
    TakeOver,
    /// Asks to land, or asks anew for what the main branch is now and under the claim that there is now.
    Request,
    Approve(Agent),
    Land,
    /// The root member asks for one approval more.
    Tighten,
}

impl Book {
    /// Returns the entry that somebody makes, judged by what its clone knows; `None` if there is nothing to do or it is
    /// refused there.
    pub(super) fn attempt(&self, agent: Agent, verb: Verb, known: ObjectId, clock: u8) -> Option<ObjectId> {
        let asked = (known, agent, verb, clock);
        if let Some(before) = self.attempts.lock().unwrap().get(&asked) {
            return *before;
        }
        let made = self.make(agent, verb, known, clock);
        self.attempts.lock().unwrap().insert(asked, made);
        made
    }

    fn make(&self, agent: Agent, verb: Verb, known: ObjectId, clock: u8) -> Option<ObjectId> {
        let page = self.page(known);
        let edits = match verb {
            Verb::Tighten => return self.write(&self.root, known, &tightening(&page)?, clock),
            Verb::Claim => self.claiming(agent, &page, clock, None)?,
            Verb::TakeOver => {
                let others = page.chain.state.claims.values().map(|lease| &lease.claim);
                let other = others.into_iter().find(|claim| claim.holder != self.actor(agent).id)?.clone();
                self.claiming(agent, &page, clock, Some(&other))?
            }
            Verb::Renew => {
                let claim = self.own(agent, &page.chain.state)?;
                let expires = self.now(clock) + Span::from_s(TTL_S);
                (expires > claim.expires).then(|| vec![put(&Claim { rev: claim.rev + 1, expires, ..claim })])?
            }
            Verb::Release => vec![take_away(&self.own(agent, &page.chain.state)?)],
            Verb::Request => self.asking(agent, &page)?,
            Verb::Approve(opener) => self.approving(agent, opener, &page.chain.state)?,
            Verb::Land => self.landing(agent, &page, clock)?,
        };
        self.write(self.actor(agent), known, &edits, clock)
    }

    fn own(&self, agent: Agent, state: &State) -> Option<Claim> {
        let own = |claim: &Claim| claim.holder == self.actor(agent).id;
        state.claims.values().map(|lease| lease.claim.clone()).find(own)
    }

    fn claiming(&self, agent: Agent, page: &Page, clock: u8, other: Option<&Claim>) -> Option<Vec<Edit>> {
        let state = &page.chain.state;
        if self.own(agent, state).is_some() {
            return None;
        }
        let claim = Claim {
            rev: 1,
            id: id(RecordKind::Claim, agent, self.claims_of(agent, state).len()),
            holder: self.actor(agent).id.clone(),
            intent: text("Work"),
            paths: patterns(&[PATH]),
            resources: Vec::new(),
            mode: ClaimMode::Exclusive,
            contention: Contention::Refuse,
            expires: self.now(clock).max(state.time) + Span::from_s(TTL_S),
            task: None,
            mission: None,
            branch: None,
            offered_to: None,
            revoked_by: None,
        };
        Some(other.map(take_away).into_iter().chain([put(&claim)]).collect())
    }

    /// Returns every claim that an agent has or had, the oldest first.
    fn claims_of(&self, agent: Agent, state: &State) -> Vec<RecordId> {
        let live = state.claims.values().map(|lease| (lease.since, &lease.claim));
        let ended = state.tombstones.values().map(|stone| (stone.since, &stone.claim));
        let own = live.chain(ended).filter(|(_, claim)| claim.holder == self.actor(agent).id);
        let mut own: Vec<_> = own.map(|(since, claim)| (since, claim.id.clone())).collect();
        own.sort();
        own.into_iter().map(|(_, id)| id).collect()
    }

    fn request_of(&self, agent: Agent, state: &State) -> Option<Pending> {
        state.requests.values().find(|pending| pending.request.opener == self.actor(agent).id).cloned()
    }

    fn asking(&self, agent: Agent, page: &Page) -> Option<Vec<Edit>> {
        let state = &page.chain.state;
        let claim = self.claims_of(agent, state).pop()?;
        let work = self.work(agent, state.landed[&main_ref()].new);
        let request = Request {
            rev: 1,
            id: id(RecordKind::Request, agent, page.deeds.landers.iter().filter(|lander| **lander == agent).count()),
            opener: self.actor(agent).id.clone(),
            target: main_ref(),
            base: work.old.expect("work begins somewhere"),
            base_tree: work.old_tree,
            head: work.new,
            new_tree: work.new_tree,
            delta: work.delta,
            claims: vec![claim],
            mission: None,
            title: text("Change it"),
            summary: None,
            break_glass: None,
        };
        let Some(open) = self.request_of(agent, state) else { return Some(vec![put(&request)]) };
        let anew = Request { rev: open.request.rev, ..request.clone() };
        (anew != open.request).then(|| vec![put(&Request { rev: open.request.rev + 1, ..request })])
    }

    fn approving(&self, agent: Agent, opener: Agent, state: &State) -> Option<Vec<Edit>> {
        let request = self.request_of(opener, state)?.request;
        let who = &self.actor(agent).id;
        let has_answered = |rev| {
            state
                .answers(&request.id)
                .any(|one| one.approval.principal == *who && one.approval.request_rev == Some(rev))
        };
        if agent == opener || has_answered(request.rev) {
            return None;
        }
        let approval = Approval {
            request: request.id.clone(),
            principal: who.clone(),
            delta: request.delta,
            answer: Answer::Approve,
            role: name("worker"),
            policy: state.policy.version,
            reason: None,
            request_rev: Some(request.rev),
            base: Some(request.base),
            base_tree: Some(request.base_tree),
            head: Some(request.head),
            new_tree: Some(request.new_tree),
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
            overrules: BTreeSet::new(),
        };
        Some(vec![put(&approval)])
    }

    /// Lands its own request, whatever the gate will say.
    fn landing(&self, agent: Agent, page: &Page, clock: u8) -> Option<Vec<Edit>> {
        let state = &page.chain.state;
        let request = self.request_of(agent, state)?.request;
        let last = &state.landed[&main_ref()];
        if request.base != last.new {
            return None;
        }
        let landed = Landed {
            rev: last.rev + 1,
            target: main_ref(),
            old: Some(request.base),
            new: request.head,
            request: Some(request.id.clone()),
            delta: Some(request.delta),
            approvals: state.answers(&request.id).map(|one| one.approval.principal.clone()).collect(),
            claims: tokens(state, &request.claims).into_iter().map(|(id, token)| LandedClaim { id, token }).collect(),
            signers: vec![self.actor(agent).id.clone()],
            elsewhere: Vec::new(),
            contributors: Vec::new(),
            unknown_authors: 0,
            paths: Some(vec![PATH.to_owned()]),
            verdict: None,
            policy: state.policy.version,
            decided_at: state.height,
            rights_head: page.chain.head,
            now: self.now(clock),
        };
        let answers = state
            .answers(&request.id)
            .map(|one| remove(RecordPath::Approval(one.approval.request.clone(), one.approval.principal.clone())));
        Some([put(&landed), remove(RecordPath::Request(request.id.clone()))].into_iter().chain(answers).collect())
    }
}

/// Returns the change by which a root member alone asks for one approval more; once.
fn tightening(page: &Page) -> Option<Vec<Edit>> {
    let state = &page.chain.state;
    let members: Vec<_> = state.policy.root.members.iter().map(|member| format!("\"{member}\"")).collect();
    let active = POLICY.replace("ROOTS", &members.join(", "));
    let parent = sha256(active.as_bytes());
    let next = active.replacen("version = 1", &format!("version = 2\nparent  = \"{parent}\""), 1).replacen(
        "count    = 1",
        "count    = 2",
        1,
    );
    (state.policy.version == 1).then(|| vec![write(RecordPath::Policy, &next)])
}

/// Returns the id of what an agent files for that many-th time.
fn id(kind: RecordKind, agent: Agent, number: usize) -> RecordId {
    let number = u8::try_from(number).expect("nobody files so many");
    RecordId::from_random(kind, [7, agent as u8, number, 0, 0])
}

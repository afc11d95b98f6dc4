//! Records as the cast would write them now.

use std::collections::BTreeSet;

use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::Finding;
use git_coord::model::FindingKind;
use git_coord::model::FindingState;
use git_coord::model::Landed;
use git_coord::model::LandedClaim;
use git_coord::model::ObjectId;
use git_coord::model::Pattern;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Span;
use git_coord::rules::ROTATION_NAMESPACE;
use git_coord::rules::SegmentFacts;
use git_coord::rules::rotation_message;
use git_coord::rules::tokens;

use crate::support::world::AUDIENCE;
use crate::support::world::Actor;
use crate::support::world::Filed;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;

pub fn patterns(sources: &[&str]) -> Vec<Pattern> {
    sources.iter().map(|source| Pattern::parse(source).unwrap()).collect()
}

impl World {
    /// Returns an exclusive claim of half an hour that nobody has made yet.
    pub fn draft_claim(&mut self, holder: &Actor, paths: &[&str]) -> Claim {
        Claim {
            rev: 1,
            id: self.id(RecordKind::Claim),
            holder: holder.id.clone(),
            intent: text("Work"),
            paths: patterns(paths),
            resources: Vec::new(),
            mode: ClaimMode::Exclusive,
            contention: Contention::Refuse,
            expires: self.now + Span::from_s(1_800),
            task: None,
            mission: None,
            branch: None,
            offered_to: None,
            revoked_by: None,
        }
    }

    /// Returns a claim that waits for its turn.
    pub fn draft_queued(&mut self, holder: &Actor, paths: &[&str]) -> Claim {
        Claim { contention: Contention::Queue, ..self.draft_claim(holder, paths) }
    }

    #[track_caller]
    pub fn claim(&mut self, holder: &Actor, paths: &[&str]) -> Claim {
        let claim = self.draft_claim(holder, paths);
        self.ok(holder, &[put(&claim)]);
        claim
    }

    /// Makes two entries that leave nothing behind.
    #[track_caller]
    pub fn claim_and_release(&mut self, holder: &Actor, index: u32) {
        let claim = self.claim(holder, &[&format!("src/{index}.rs")]);
        self.ok(holder, &[take_away(&claim)]);
    }

    #[track_caller]
    pub fn queue(&mut self, holder: &Actor, paths: &[&str]) -> Claim {
        let claim = self.draft_queued(holder, paths);
        self.ok(holder, &[put(&claim)]);
        claim
    }

    /// Returns a request to land a piece of work that nobody has opened yet.
    pub fn draft_request(
        &mut self,
        opener: &Actor,
        target: &RefName,
        facts: &SegmentFacts,
        cited: &[&Claim],
    ) -> Request {
        Request {
            rev: 1,
            id: self.id(RecordKind::Request),
            opener: opener.id.clone(),
            target: target.clone(),
            base: facts.old.expect("work begins somewhere"),
            base_tree: facts.old_tree,
            head: facts.new,
            new_tree: facts.new_tree,
            delta: facts.delta,
            claims: cited.iter().map(|claim| claim.id.clone()).collect(),
            mission: None,
            title: text("Change it"),
            summary: None,
            break_glass: None,
        }
    }

    /// Returns an answer in the role that the principal has now.
    pub fn draft_answer(&self, who: &Actor, request: &Request, answer: Answer) -> Approval {
        Approval {
            request: request.id.clone(),
            principal: who.id.clone(),
            delta: request.delta,
            answer,
            role: self.record(who).role,
            policy: self.state().policy.version,
            reason: None,
            request_rev: Some(request.rev),
            base: Some(request.base),
            base_tree: Some(request.base_tree),
            head: Some(request.head),
            new_tree: Some(request.new_tree),
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
            overrules: BTreeSet::new(),
        }
    }

    #[track_caller]
    pub fn answer(&mut self, who: &Actor, request: &Request, answer: Answer) -> Approval {
        let approval = self.draft_answer(who, request, answer);
        self.ok(who, &[put(&approval)]);
        approval
    }

    /// Returns a finding about paths that nobody has left yet.
    pub fn draft_finding(&mut self, author: &Actor, severity: Severity, paths: &[&str]) -> Finding {
        Finding {
            rev: 1,
            id: self.id(RecordKind::Finding),
            author: author.id.clone(),
            kind: FindingKind::Bug,
            severity,
            text: text("It is wrong"),
            paths: patterns(paths),
            commit: None,
            request: None,
            half_life: None,
            state: FindingState::Open,
            mission: None,
        }
    }

    #[track_caller]
    pub fn find(&mut self, author: &Actor, severity: Severity, paths: &[&str]) -> Finding {
        let finding = self.draft_finding(author, severity, paths);
        self.ok(author, &[put(&finding)]);
        finding
    }

    /// Returns the record of a landing as an honest lander writes it.
    pub fn draft_landing(&self, request: &Request, facts: &SegmentFacts) -> Landed {
        let state = self.state();
        let cited: Vec<RecordId> = request.claims.clone();
        let signers = facts.commits.iter().filter_map(|commit| match &commit.signer {
            git_coord::rules::CommitSigner::Signed(key) => state.keys.get(key).cloned(),
            _ => None,
        });
        Landed {
            rev: state.landed.get(&request.target).map_or(1, |last| last.rev + 1),
            target: request.target.clone(),
            old: facts.old,
            new: facts.new,
            request: Some(request.id.clone()),
            delta: Some(facts.delta),
            approvals: state.answers(&request.id).map(|answered| answered.approval.principal.clone()).collect(),
            claims: tokens(state, &cited).into_iter().map(|(id, token)| LandedClaim { id, token }).collect(),
            signers: signers.collect(),
            elsewhere: Vec::new(),
            contributors: Vec::new(),
            unknown_authors: 0,
            paths: Some(facts.changes.iter().map(|change| String::from_utf8(change.path.clone()).unwrap()).collect()),
            verdict: None,
            policy: state.policy.version,
            decided_at: state.height,
            rights_head: self.chain().head,
            now: self.now,
        }
    }

    /// Returns the record of a principal as it is, with the next `rev`.
    #[track_caller]
    pub fn next_record(&self, who: &Actor) -> Principal {
        let record = self.record(who);
        Principal { rev: record.rev + 1, ..record }
    }

    #[track_caller]
    pub fn record(&self, who: &Actor) -> Principal {
        self.state().principal(&who.id).expect("it is enrolled").record.clone()
    }

    /// Returns the edits of a landing: its record, and what it uses up.
    pub fn landing_edits(&self, landed: &Landed) -> Vec<Edit> {
        let request = landed.request.as_ref().expect("it lands a request");
        let answers = self.state().answers(request).map(|answered| remove(answered.approval.path()));
        [put(landed), remove(RecordPath::Request(request.clone()))].into_iter().chain(answers).collect()
    }

    /// Lands as it should be.
    #[track_caller]
    pub fn land(&mut self, who: &Actor, request: &Request, facts: &SegmentFacts) -> Landed {
        let landed = self.draft_landing(request, facts);
        self.ok(who, &self.landing_edits(&landed));
        landed
    }

    /// Returns the record by which a root member takes a ref as it is.
    pub fn draft_adoption(&self, target: &RefName, new: ObjectId) -> Landed {
        Landed::adoption(target.clone(), new, self.state().height, self.chain().head, self.now)
    }

    /// Returns the record of a principal that rotates to another key.
    #[track_caller]
    pub fn rotated(&self, who: &Actor, new: &Actor) -> Principal {
        let message = rotation_message(AUDIENCE, &who.id, &who.key());
        let signature = new.secret().sign(ROTATION_NAMESPACE, message.as_bytes());
        Principal { key: new.key().to_openssh(), rotation: Some(signature), ..self.next_record(who) }
    }
}

//! Records as actors write them, from what they see of the ledger.

use std::collections::BTreeSet;

use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::Decision;
use git_coord::model::Digest;
use git_coord::model::Finding;
use git_coord::model::FindingKind;
use git_coord::model::FindingState;
use git_coord::model::Landed;
use git_coord::model::LandedClaim;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalId;
use git_coord::model::RecordId;
use git_coord::model::RecordName;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Timestamp;
use git_coord::rules::CommitSigner;
use git_coord::rules::SegmentFacts;
use git_coord::rules::State;
use git_coord::rules::tokens;

use crate::support::simulation::world::main_ref;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;

pub fn claim(id: RecordId, holder: &PrincipalId, paths: &[&str], expires: Timestamp) -> Claim {
    Claim {
        rev: 1,
        id,
        holder: holder.clone(),
        intent: text("Work"),
        paths: patterns(paths),
        resources: Vec::new(),
        mode: ClaimMode::Exclusive,
        contention: Contention::Refuse,
        expires,
        task: None,
        mission: None,
        branch: None,
        offered_to: None,
        revoked_by: None,
    }
}

pub fn finding(id: RecordId, author: &PrincipalId, severity: Severity, paths: &[&str]) -> Finding {
    Finding {
        rev: 1,
        id,
        author: author.clone(),
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

pub fn request(id: RecordId, opener: &PrincipalId, facts: &SegmentFacts, cited: Option<&Claim>) -> Request {
    Request {
        rev: 1,
        id,
        opener: opener.clone(),
        target: main_ref(),
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

pub fn answer(who: &PrincipalId, role: &RecordName, request: &Request, answer: Answer, policy: u64) -> Approval {
    Approval {
        request: request.id.clone(),
        principal: who.clone(),
        delta: request.delta,
        answer,
        role: role.clone(),
        policy,
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

/// With what a landing was decided.
pub struct Decided {
    pub verdict: Digest,
    pub height: u64,
    pub rights_head: ObjectId,
    pub now: Timestamp,
}

/// Returns the edits of a landing: its record, and what it uses up.
pub fn landing(state: &State, request: &Request, facts: &SegmentFacts, decided: &Decided) -> Vec<Edit> {
    let target = main_ref();
    let signers = facts.commits.iter().filter_map(|commit| match &commit.signer {
        CommitSigner::Signed(key) => state.keys.get(key).cloned(),
        _ => None,
    });
    let landed = Landed {
        rev: state.landed.get(&target).map_or(1, |last| last.rev + 1),
        target,
        old: facts.old,
        new: facts.new,
        request: Some(request.id.clone()),
        delta: Some(facts.delta),
        approvals: state.answers(&request.id).map(|word| word.approval.principal.clone()).collect(),
        claims: tokens(state, &request.claims).into_iter().map(|(id, token)| LandedClaim { id, token }).collect(),
        signers: signers.collect(),
        elsewhere: Vec::new(),
        contributors: Vec::new(),
        unknown_authors: 0,
        paths: Some(facts.changes.iter().map(|change| String::from_utf8_lossy(&change.path).into_owned()).collect()),
        verdict: Some(decided.verdict),
        policy: state.policy.version,
        decided_at: decided.height,
        rights_head: decided.rights_head,
        now: decided.now,
    };
    let words = state.answers(&request.id).map(|word| take_away(&word.approval));
    [put(&landed), remove(RecordPath::Request(request.id.clone()))].into_iter().chain(words).collect()
}

pub fn decision(id: RecordId, author: &PrincipalId, supersedes: Option<RecordId>) -> Decision {
    Decision {
        id,
        author: author.clone(),
        question: text("Which way?"),
        answer: text("This way."),
        paths: patterns(&["src/"]),
        request: None,
        finding: None,
        supersedes,
    }
}

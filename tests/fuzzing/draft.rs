//! Records as a fuzzer writes them: of the right shape, by whoever it likes.

use std::collections::BTreeSet;

use git_coord::format::sha256;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::Decision;
use git_coord::model::Finding;
use git_coord::model::FindingKind;
use git_coord::model::FindingState;
use git_coord::model::Landed;
use git_coord::model::LandedClaim;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Resource;
use git_coord::model::Severity;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::State;
use git_coord::rules::tokens;

use crate::support::world::Actor;
use crate::support::world::name;
use crate::support::world::patterns;
use crate::support::world::text;

use super::tape::Tape;

/// What is claimed and found, so that it meets.
const GROUND: [&[&str]; 8] = [
    &["src/"],
    &["src/a.rs"],
    &["SRC/A.rs", "docs/"],
    &["src/*.rs"],
    &["docs/x"],
    &["tests/"],
    &["**"],
    &["src/**/b?", "caf\u{e9}/"],
];
const REFS: [&str; 4] = ["refs/heads/main", "refs/heads/release/1", "refs/tags/v1", "refs/heads/free"];

/// Returns an id that a number stands for, so that ids are used twice as well.
pub fn id(kind: RecordKind, number: u8) -> RecordId {
    RecordId::from_random(kind, [0xf2, 0, 0, 0, number])
}

/// Returns a made-up object.
pub fn object(what: &str, number: usize) -> ObjectId {
    ObjectId::from_bytes(&sha256(format!("{what} {number}").as_bytes()).as_bytes()[..20]).expect("it is an id")
}

pub fn claim(tape: &mut Tape<'_>, holder: &Actor, now: Timestamp) -> Claim {
    let spans = [1_800, 60, 14_400, 0, 1 << 40];
    Claim {
        rev: 1,
        id: id(RecordKind::Claim, tape.byte()),
        holder: holder.id.clone(),
        intent: text("Work"),
        paths: patterns(tape.pick(&GROUND)),
        resources: if tape.below(4) == 3 { vec![Resource::parse("port:8080").expect("it is one")] } else { Vec::new() },
        mode: tape.pick(&[ClaimMode::Exclusive, ClaimMode::Exclusive, ClaimMode::Shared]),
        contention: tape.pick(&[Contention::Refuse, Contention::Queue]),
        expires: now + Span::from_s(tape.pick(&spans)),
        task: None,
        mission: None,
        branch: None,
        offered_to: None,
        revoked_by: None,
    }
}

pub fn finding(tape: &mut Tape<'_>, author: &Actor) -> Finding {
    Finding {
        rev: 1,
        id: id(RecordKind::Finding, tape.byte()),
        author: author.id.clone(),
        kind: tape.pick(&[FindingKind::Bug, FindingKind::Risk, FindingKind::Note, FindingKind::Question]),
        severity: tape.pick(&[Severity::Low, Severity::Medium, Severity::High, Severity::Critical]),
        text: text("It is wrong"),
        paths: patterns(tape.pick(&GROUND)),
        commit: tape.flag().then(|| object("head", 0)),
        request: None,
        half_life: None,
        state: tape.pick(&[FindingState::Open, FindingState::Open, FindingState::Resolved]),
        mission: None,
    }
}

pub fn decision(author: &Actor, number: u8, path: &str) -> Decision {
    Decision {
        id: id(RecordKind::Decision, number),
        author: author.id.clone(),
        question: text("Which one"),
        answer: text("That one"),
        paths: patterns(&[path]),
        request: None,
        finding: None,
        supersedes: None,
    }
}

/// Returns a request to land one of a few pieces of work, which are of the same change if their numbers are.
pub fn request(state: &State, opener: &Actor, number: u8, work: usize, claims: Vec<RecordId>) -> Request {
    let target = RefName::parse(REFS[work % REFS.len()]).expect("it is a name");
    let base = state.landed.get(&target).map_or(object("base", 0), |landed| landed.new);
    Request {
        rev: 1,
        id: id(RecordKind::Request, number),
        opener: opener.id.clone(),
        target,
        base,
        base_tree: object("base tree", 0),
        head: object("head", work),
        new_tree: object("new tree", work),
        delta: sha256(format!("delta {work}").as_bytes()),
        claims,
        mission: None,
        title: text("Change it"),
        summary: None,
        break_glass: None,
    }
}

pub fn answer(state: &State, who: &Actor, request: &Request, answer: Answer) -> Approval {
    let role = state.principal(&who.id).map_or(name("reviewer"), |enrolled| enrolled.record.role.clone());
    let seen = (role, state.policy.version);
    let (passed, head) = match answer {
        Answer::Attest => (BTreeSet::from([name("test")]), None),
        _ => (BTreeSet::new(), Some(request.head)),
    };
    Approval {
        request_rev: Some(request.rev),
        base: head.map(|_| request.base),
        base_tree: head.map(|_| request.base_tree),
        head,
        new_tree: Some(request.new_tree),
        passed,
        ..Approval::plain(request.id.clone(), who.id.clone(), request.delta, answer, seen)
    }
}

/// Returns the record of a landing of a request, as an honest lander writes it.
pub fn landing(state: &State, request: &Request, head: ObjectId, now: Timestamp) -> Landed {
    Landed {
        rev: state.landed.get(&request.target).map_or(1, |last| last.rev + 1),
        target: request.target.clone(),
        old: Some(request.base),
        new: request.head,
        request: Some(request.id.clone()),
        delta: Some(request.delta),
        approvals: state.answers(&request.id).map(|answered| answered.approval.principal.clone()).collect(),
        claims: tokens(state, &request.claims).into_iter().map(|(id, token)| LandedClaim { id, token }).collect(),
        signers: vec![request.opener.clone()],
        elsewhere: Vec::new(),
        contributors: Vec::new(),
        unknown_authors: 0,
        paths: Some(vec!["src/a.rs".to_owned()]),
        verdict: None,
        policy: state.policy.version,
        decided_at: state.height,
        rights_head: head,
        now,
    }
}

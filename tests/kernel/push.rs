//! Pieces of work and questions to the gate, without a code repository.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use git_coord::format::delta_digest;
use git_coord::format::sha256;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Content;
use git_coord::model::DeltaEntry;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Timestamp;
use git_coord::rules::Authorship;
use git_coord::rules::Code;
use git_coord::rules::CommitFact;
use git_coord::rules::CommitSigner;
use git_coord::rules::Freshness;
use git_coord::rules::Movement;
use git_coord::rules::Question;
use git_coord::rules::SameResult;
use git_coord::rules::Segment;
use git_coord::rules::SegmentFacts;
use git_coord::rules::State;
use git_coord::rules::Update;
use git_coord::rules::Verdict;
use git_coord::rules::decide;

use crate::support::world::AUDIENCE;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

pub fn main_ref() -> RefName {
    RefName::parse("refs/heads/main").unwrap()
}

/// Returns a made-up object id.
pub fn object(name: &str) -> ObjectId {
    ObjectId::from_bytes(&sha256(name.as_bytes()).as_bytes()[..20]).unwrap()
}

pub fn plain(content: &str) -> Option<Content> {
    Some(Content { mode: 0o100_644, sha256: *sha256(content.as_bytes()).as_bytes() })
}

pub fn commit(name: &str, signer: CommitSigner, paths: &[&str]) -> CommitFact {
    CommitFact {
        id: object(name),
        signer,
        user_verified: false,
        co_authors: Vec::new(),
        is_merge: false,
        touched: left_at(paths),
    }
}

/// What every commit leaves, and what lands, unless it is said otherwise.
fn left_at(paths: &[&str]) -> BTreeMap<Vec<u8>, Option<(u32, ObjectId)>> {
    let left = Some((0o100_644, object("what is left there")));
    paths.iter().map(|path| (path.as_bytes().to_vec(), left)).collect()
}

pub fn signed(name: &str, who: &Actor, paths: &[&str]) -> CommitFact {
    commit(name, CommitSigner::Signed(who.key()), paths)
}

/// Returns a merge that differs from all its parents at these paths only.
pub fn merge(name: &str, who: &Actor, paths: &[&str]) -> CommitFact {
    CommitFact { is_merge: true, ..signed(name, who, paths) }
}

fn bytes(paths: &[&str]) -> BTreeSet<Vec<u8>> {
    paths.iter().map(|path| path.as_bytes().to_vec()).collect()
}

/// Returns the work of one commit, from `base` on `main` to `name`.
pub fn work_from(base: &str, name: &str, who: &Actor, paths: &[&str]) -> SegmentFacts {
    let changes = bytes(paths).into_iter().map(|path| DeltaEntry { path, old: plain(base), new: plain(name) });
    let facts = SegmentFacts {
        old: Some(object(base)),
        new: object(name),
        old_tree: object(&format!("tree of {base}")),
        new_tree: object(&format!("tree of {name}")),
        delta: sha256(b""),
        changes: changes.collect(),
        result: left_at(paths),
        commits: vec![signed(name, who, paths)],
        other_heads: Vec::new(),
        same_result: SameResult::Found(Vec::new()),
        landed_since: Vec::new(),
        twins: Vec::new(),
    };
    measured(facts)
}

pub fn work(who: &Actor, paths: &[&str]) -> SegmentFacts {
    work_from("base", "head", who, paths)
}

/// Returns the facts with the digest of their changes on `main`.
pub fn measured(facts: SegmentFacts) -> SegmentFacts {
    SegmentFacts { delta: delta_digest(AUDIENCE, &main_ref(), &facts.changes), ..facts }
}

impl World {
    /// Claims, and asks to land a piece of work on `main`; nobody has approved yet.
    #[track_caller]
    pub fn ask(&mut self, who: &Actor, facts: &SegmentFacts, paths: &[&str]) -> (Claim, Request) {
        let claim = self.claim(who, paths);
        let request = self.draft_request(who, &main_ref(), facts, &[&claim]);
        self.ok(who, &[put(&request)]);
        (claim, request)
    }

    /// Claims, asks to land, and has `carol` approve.
    #[track_caller]
    pub fn approved(&mut self, who: &Actor, facts: &SegmentFacts, paths: &[&str]) -> (Claim, Request) {
        let (claim, request) = self.ask(who, facts, paths);
        self.answer(&Actor::named("carol"), &request, Answer::Approve);
        (claim, request)
    }
}

/// A question to the gate about `main`, answered from one ledger unless it is said otherwise.
pub struct Gate {
    pub target: RefName,
    pub movement: Movement,
    pub rights: State,
    pub records: State,
    pub latest: State,
    pub now: Timestamp,
    pub freshness: Freshness,
    /// Whether a ref without landings counts as adopted where the question begins.
    pub is_adopted: bool,
}

impl Gate {
    pub fn of(world: &World) -> Self {
        let state = world.state().clone();
        Self {
            target: main_ref(),
            movement: Movement::Forward,
            rights: state.clone(),
            records: state.clone(),
            latest: state,
            now: world.now,
            freshness: Freshness::Known,
            is_adopted: true,
        }
    }

    /// Returns the rights of a question that begins at a commit.
    fn rights_at(&self, old: Option<ObjectId>) -> State {
        let mut rights = self.rights.clone();
        if let Some(old) = old.filter(|_| self.is_adopted && !rights.landed.contains_key(&self.target)) {
            rights.landed.insert(self.target.clone(), World::new().draft_adoption(&self.target, old));
        }
        rights
    }

    pub fn verdict(&self, parts: &[(&SegmentFacts, Option<&RecordId>)]) -> Verdict {
        let old = parts.first().and_then(|(facts, _)| facts.old);
        self.verdict_of(old, parts.last().map(|(facts, _)| facts.new), parts)
    }

    pub fn verdict_of(
        &self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        parts: &[(&SegmentFacts, Option<&RecordId>)],
    ) -> Verdict {
        let update = Update { target: self.target.clone(), old, new };
        let rights = self.rights_at(old);
        let segments: Vec<_> =
            parts.iter().map(|(facts, request)| Segment { facts, records: &self.records, request: *request }).collect();
        decide(&Question {
            update: &update,
            movement: self.movement,
            segments: &segments,
            rights: &rights,
            latest: &self.latest,
            now: self.now,
            freshness: self.freshness,
        })
    }

    /// Returns who made a change, as whoever lands it finds them.
    pub fn authorship(&self, facts: &SegmentFacts, request: &Request) -> Authorship {
        let update = Update { target: self.target.clone(), old: facts.old, new: Some(facts.new) };
        let segment = Segment { facts, records: &self.records, request: Some(&request.id) };
        let question = Question {
            update: &update,
            movement: self.movement,
            segments: &[],
            rights: &self.rights,
            latest: &self.latest,
            now: self.now,
            freshness: self.freshness,
        };
        Authorship::of(&question, &segment)
    }

    #[track_caller]
    pub fn allows(&self, facts: &SegmentFacts, request: &Request) {
        let verdict = self.verdict(&[(facts, Some(&request.id))]);
        assert!(verdict.allows(), "{:#?}", broken(&verdict));
    }

    /// Exactly one rule is broken, in this way.
    #[track_caller]
    pub fn blocks(&self, facts: &SegmentFacts, request: &Request, code: Code) {
        blocked(&self.verdict(&[(facts, Some(&request.id))]), &[code]);
    }
}

/// These rules are broken and no others, in this order.
#[track_caller]
pub fn blocked(verdict: &Verdict, codes: &[Code]) {
    assert!(!verdict.allows() && verdict.code() == codes.first().copied(), "{verdict:#?}");
    let found: Vec<_> = broken(verdict).iter().filter_map(|rule| rule.code).collect();
    assert_eq!(found, codes, "{:#?}", broken(verdict));
}

/// Returns what a rule found; it is there once.
#[track_caller]
pub fn found<'a>(verdict: &'a Verdict, rule: &str) -> &'a [String] {
    let mut rules = verdict.rules.iter().filter(|outcome| outcome.rule == rule);
    let outcome = rules.next().expect("the rule was applied");
    assert!(rules.next().is_none(), "`{rule}` was applied twice");
    &outcome.found
}

fn broken(verdict: &Verdict) -> Vec<&git_coord::rules::RuleOutcome> {
    verdict.rules.iter().filter(|rule| rule.code.is_some()).collect()
}

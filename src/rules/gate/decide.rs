//! The gate: may this ref move so?
//!
//! Pure: no clock, no network, no configuration, no environment. The same question has the same verdict everywhere.

use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::gate::facts::Movement;
use crate::rules::gate::facts::SegmentFacts;
use crate::rules::gate::facts::Update;
use crate::rules::gate::segment;
use crate::rules::gate::verdict::FORWARD;
use crate::rules::gate::verdict::LAST_LANDING;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::verdict::Verdict;
use crate::rules::state::State;

/// A part of an update with the state from which its records are read (S22).
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    pub facts: &'a SegmentFacts,
    /// Requests, approvals, findings and claims.
    pub records: &'a State,
    /// The request that it lands; `None` if none fits.
    pub request: Option<&'a RecordId>,
}

/// Everything that a decision depends on.
pub struct Question<'a> {
    pub update: &'a Update,
    pub movement: Movement,
    pub segments: &'a [Segment<'a>],
    /// Rights, keys and policy: the ledger before the push.
    pub rights: &'a State,
    /// Revocations and vetoes count from here as well.
    pub latest: &'a State,
    /// The acceptor's clock (S27).
    pub now: Timestamp,
    pub freshness: Freshness,
}

/// Whether the ledger that was read is the one that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It was read where it is decided, or fetched from there for this decision.
    Known,
    /// It is decided elsewhere, and was not fetched: there may be a veto in it by now.
    Stale,
}

/// Decides about one ref update.
pub fn decide(question: &Question<'_>) -> Verdict {
    let update = question.update;
    let is_protected = question.rights.policy.protects(&update.target);
    let rules = if is_protected { protected(question) } else { unprotected(question) };
    Verdict {
        target: update.target.clone(),
        old: update.old,
        new: update.new,
        height: question.rights.height,
        policy: question.rights.policy.version,
        rules,
    }
}

/// A ref without rules is free, unless some checkout would take it for a protected one.
fn unprotected(question: &Question<'_>) -> Vec<RuleOutcome> {
    let target = &question.update.target;
    match question.rights.policy.protects_twin_of(target.as_str()) {
        Some(pattern) if question.update.new.is_some() => {
            let found = vec![format!("`{target}` is a twin of a ref that `{pattern}` protects")];
            vec![RuleOutcome::broken("ref name", Code::RefCase, "no twin of a protected ref", found)]
        }
        _ => Vec::new(),
    }
}

fn protected(question: &Question<'_>) -> Vec<RuleOutcome> {
    let mut rules = vec![movement_rule(question)];
    if rules[0].code.is_some() {
        return rules;
    }
    rules.extend(freshness_rule(question));
    rules.extend(last_landed_rule(question));
    if question.movement == Movement::Create && question.segments.is_empty() {
        rules.push(creation_rule(question));
        return rules;
    }
    rules.extend(course_rule(question));
    for segment in question.segments {
        rules.extend(segment::rules(question, segment));
    }
    rules
}

/// The segments lead from the old commit to the new one without a gap, and each lands a request of its own.
fn course_rule(question: &Question<'_>) -> Option<RuleOutcome> {
    let (name, needed) = ("course", "segments from the old commit to the new one, each with a request of its own");
    let mut at = question.update.old;
    for segment in question.segments {
        if segment.facts.old != at {
            let found =
                format!("a segment begins at {}", segment.facts.old.as_ref().map_or("nothing".into(), ObjectId::short));
            return Some(RuleOutcome::broken(name, Code::RequestAmbiguous, needed, vec![found]));
        }
        at = Some(segment.facts.new);
    }
    if at != question.update.new {
        let found = vec!["the segments end before the new commit".to_owned()];
        return Some(RuleOutcome::broken(name, Code::RequestAmbiguous, needed, found));
    }
    // What came after it would land before anybody has reviewed it.
    let breaks = |segment: &&Segment<'_>| {
        let pending = segment.request.and_then(|id| segment.records.requests.get(id));
        pending.is_some_and(|pending| pending.request.break_glass.is_some())
    };
    if let Some((_, before)) = question.segments.split_last()
        && before.iter().any(|segment| breaks(&segment))
    {
        let found = vec!["what lands through broken glass is followed by more".to_owned()];
        return Some(RuleOutcome::broken(name, Code::GlassUnreviewed, needed, found));
    }
    let mut landing: Vec<_> = question.segments.iter().filter_map(|segment| segment.request).collect();
    landing.sort();
    let twice = landing.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(RuleOutcome::broken(name, Code::ApprovalConsumed, needed, vec![format!("`{}` lands twice", twice[0])]))
}

fn movement_rule(question: &Question<'_>) -> RuleOutcome {
    let (name, needed) = (FORWARD, "the ref moves forward along first parents");
    let tag = question.update.target.as_str().starts_with("refs/tags/");
    let broken = |code, found: &str| RuleOutcome::broken(name, code, needed, vec![found.to_owned()]);
    match question.movement {
        Movement::Forward if tag => broken(Code::RefNotForward, "tags do not move"),
        Movement::Forward => RuleOutcome::satisfied(name, needed, "it does"),
        Movement::Create => RuleOutcome::satisfied(name, needed, "it is new"),
        Movement::Delete => broken(Code::RefDelete, "it would be deleted"),
        Movement::Rewind => broken(Code::RefNotForward, "the old commit is not in the new history"),
        Movement::Sideways => broken(Code::RefNotForward, "the old commit is merged in, not continued"),
        Movement::NoCommit => broken(Code::RefNotForward, "the new object is no commit"),
    }
}

fn freshness_rule(question: &Question<'_>) -> Option<RuleOutcome> {
    match question.freshness {
        Freshness::Known => None,
        Freshness::Stale => {
            let needed = "the ledger as it is where it is decided, fetched for this decision";
            let found = vec!["it was not fetched".to_owned()];
            Some(
                RuleOutcome::broken("ledger fresh", Code::LedgerStale, needed, found)
                    .with_next(["git coord sync".to_owned()]),
            )
        }
    }
}

/// A protected ref is where it last landed: a rewound or swapped one is noticed. One that never landed was never adopted,
/// so nobody could tell afterwards from where its first change came, and the approvals of that would stay unspent (S25).
fn last_landed_rule(question: &Question<'_>) -> Option<RuleOutcome> {
    let target = &question.update.target;
    let Some(last) = question.rights.landed.get(target) else {
        // What is created has a rule of its own.
        question.update.old?;
        if !question.rights.lacks_adoption(target) {
            return None;
        }
        let needed = "a root member's record that adopts the ref as it was before the first landing";
        return Some(unadopted(question, needed, question.update.old));
    };
    let needed = format!("the ref is at {}, where it last landed", last.new.short());
    Some(if question.update.old == Some(last.new) {
        RuleOutcome::satisfied(LAST_LANDING, needed, "it is")
    } else {
        let found =
            vec![format!("it is at {}", question.update.old.as_ref().map_or("nothing".into(), ObjectId::short))];
        RuleOutcome::broken(LAST_LANDING, Code::RefState, needed, found)
    })
}

/// A protected ref comes into being only as a root member adopted it.
fn creation_rule(question: &Question<'_>) -> RuleOutcome {
    let needed = "a root member's record that adopts the new ref";
    let adopted = question.latest.landed.get(&question.update.target);
    match adopted {
        Some(landed) if landed.request.is_none() && Some(landed.new) == question.update.new => {
            RuleOutcome::satisfied("adopted", needed, format!("at {}", landed.new.short()))
        }
        _ => unadopted(question, needed, question.update.new),
    }
}

fn unadopted(question: &Question<'_>, needed: &str, at: Option<ObjectId>) -> RuleOutcome {
    let target = &question.update.target;
    let adopters = at.map_or(0, |at| question.latest.adopters(target, at).count());
    let found = match adopters {
        0 => "there is none".to_owned(),
        _ => format!("{adopters} of {} that it takes", question.latest.policy.root.threshold),
    };
    RuleOutcome::broken("adopted", Code::LandedMissing, needed, vec![found])
        .with_next([format!("git coord land --adopt {target}")])
}

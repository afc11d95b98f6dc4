//! `gate`: the decision about a ref update, wherever it is asked.

use tracing::debug_span;

use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Timestamp;
use crate::ops::context::Context;
pub use crate::ops::elsewhere::Elsewhere;
use crate::ops::facts::Reader;
use crate::ops::facts::Station;
use crate::ops::failure::Failure;
use crate::ops::known_tip::known_tip;
use crate::rules::Authorship;
use crate::rules::Freshness;
use crate::rules::Movement;
use crate::rules::Objection;
use crate::rules::OpenRequests;
use crate::rules::Part;
use crate::rules::Question;
use crate::rules::Segment;
use crate::rules::SegmentFacts;
use crate::rules::State;
use crate::rules::Update;
use crate::rules::Verdict;
use crate::rules::cut;
use crate::rules::decide;
use crate::rules::objections;

/// The states of the ledger that a decision reads (S22).
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Rights, keys and policy.
    pub rights: &'a State,
    /// Requests, approvals, findings and claims.
    pub records: &'a State,
    /// Revocations and vetoes count from here as well.
    pub latest: &'a State,
    pub now: Timestamp,
    pub freshness: Freshness,
    pub elsewhere: Elsewhere<'a>,
}

/// A verdict with the segments that it is about.
pub struct Decision {
    pub verdict: Verdict,
    pub segments: Vec<Landable>,
    /// What is said against the requests that it lands.
    pub objections: Vec<Objection>,
    /// How many entries are only here, and were left out of it.
    pub left_out: usize,
}

/// A segment with the request that it lands.
pub struct Landable {
    pub facts: SegmentFacts,
    pub request: Option<RecordId>,
    pub authorship: Authorship,
}

/// Decides about one update from what the repository and the ledger hold. Where requests are named, no other lands.
pub fn judge_update(
    repository: &Repository,
    sources: Sources<'_>,
    update: &Update,
    named: &[RecordId],
) -> Result<Decision, Failure> {
    let audience = sources.rights.charter.audience.as_str();
    let reader = Reader { repository, audience, elsewhere: sources.elsewhere };
    let is_protected = sources.rights.policy.protects(&update.target);
    let mut segments = Vec::new();
    let reading = debug_span!("read the change").entered();
    let movement = if is_protected {
        let (movement, line) = reader.movement(update.old, update.new)?;
        if line.len() > 1 {
            segments = cut_and_read(reader, sources.records, update, &line, named)?;
        }
        movement
    } else {
        Movement::Forward
    };
    drop(reading);
    let _phase = debug_span!("decide").entered();
    let judged: Vec<Segment<'_>> = segments
        .iter()
        .map(|landable| Segment {
            facts: &landable.facts,
            records: sources.records,
            request: landable.request.as_ref(),
        })
        .collect();
    let question = Question {
        update,
        movement,
        segments: &judged,
        rights: sources.rights,
        latest: sources.latest,
        now: sources.now,
        freshness: sources.freshness,
    };
    let verdict = decide(&question);
    let authorships: Vec<_> = judged.iter().map(|segment| Authorship::of(&question, segment)).collect();
    for (landable, authorship) in segments.iter_mut().zip(authorships) {
        landable.authorship = authorship;
    }
    let landing = segments.iter().filter_map(|landable| landable.request.as_ref());
    let objections = landing.flat_map(|id| objections(sources.latest, id)).collect();
    Ok(Decision { verdict, segments, objections, left_out: 0 })
}

fn cut_and_read(
    reader: Reader<'_>,
    records: &State,
    update: &Update,
    line: &[Station],
    named: &[RecordId],
) -> Result<Vec<Landable>, Failure> {
    let target = &update.target;
    let open = OpenRequests { records, target, named };
    let commits: Vec<ObjectId> = line.iter().map(|station| station.commit).collect();
    let delta = |from: usize, to: usize| reader.digest(target, line[from].tree, line[to].tree);
    let mut segments = Vec::new();
    for Part { from, to, request } in cut(&commits, &open, delta)? {
        let pending = request.as_ref().and_then(|id| records.requests.get(id));
        let facts = reader.segment(target, line[from], line[to], records, pending)?;
        segments.push(Landable { facts, request, authorship: Authorship::default() });
    }
    Ok(segments)
}

/// Decides as the server would, from the ledger here. What is only here counts nowhere yet: it is left out (S11).
pub fn run(context: &Context, update: &Update, named: &[RecordId]) -> Result<Decision, Failure> {
    let decided = context.decided()?;
    let state = decided.state();
    let sources = Sources { rights: state, records: state, latest: state, ..here(context) };
    let decision = judge_update(&context.repository, sources, update, named)?;
    Ok(Decision { left_out: decided.left_out, ..decision })
}

/// Returns from where a ref would move if nobody says: where it is. A visitor takes it from where it last landed, because what
/// a forge merged just now may not be recorded yet, and is judged once more along with the rest.
pub fn beginning(context: &Context, target: &RefName) -> Result<Option<ObjectId>, Failure> {
    match context.state().landed.get(target) {
        Some(landed) if context.ledger.store().is_visit() => Ok(Some(landed.new)),
        _ => known_tip(context, target),
    }
}

/// Returns the sources of a decision in this clone.
pub(crate) fn here(context: &Context) -> Sources<'_> {
    let state = context.state();
    Sources {
        rights: state,
        records: state,
        latest: state,
        now: context.now(),
        freshness: context.freshness(),
        elsewhere: Elsewhere::Refs(&[]),
    }
}

/// Explains what stands between a request and its ref.
pub fn explain(context: &Context, id: &RecordId) -> Result<Decision, Failure> {
    let decided = context.decided()?;
    // One that is only here is explained as well: what stands in its way is that nobody knows of it.
    let pending = decided.state().requests.get(id).or_else(|| context.state().requests.get(id));
    let pending = pending.ok_or_else(|| Failure::NotFound { kind: "request to land", id: id.to_string() })?;
    crate::ops::request::fetch_heads(context, pending)?;
    let request = &pending.request;
    let tip = tip_ahead(context, request)?;
    let old = match tip {
        // What else stands in the way is told as it is where the change was made: a rebase changes none of it.
        Some(_) => Some(request.base),
        None => known_tip(context, &request.target)?.or(Some(request.base)),
    };
    let update = Update { target: request.target.clone(), old, new: Some(request.head) };
    let mut decision = run(context, &update, std::slice::from_ref(id))?;
    if let Some(tip) = tip {
        decision.verdict = decision.verdict.left_behind(id, tip);
    }
    Ok(decision)
}

/// Returns where the ref of a request is, if the request's head does not continue it.
pub fn tip_ahead(context: &Context, request: &Request) -> Result<Option<ObjectId>, Failure> {
    let tip = known_tip(context, &request.target)?;
    let (movement, _) = context.reader().movement(tip, Some(request.head))?;
    Ok(tip.filter(|_| movement != Movement::Forward))
}

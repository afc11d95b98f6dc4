//! `policy explain`: what a change would cost, before anybody asks for it to land.

use crate::git::Repository;
use crate::model::KeyRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Text;
use crate::ops::context::Context;
use crate::ops::facts::Station;
use crate::ops::facts::readable;
use crate::ops::failure::Failure;
use crate::ops::known_tip::known_tip;
use crate::ops::request;
use crate::rules::Asked;
use crate::rules::CommitSigner;
use crate::rules::Cost;
use crate::rules::NamedHead;
use crate::rules::Pending;
use crate::rules::SegmentFacts;
use crate::rules::Stage;
use crate::rules::State;
use crate::rules::cost;

/// What is asked.
pub struct Options {
    /// A range `A..B`, one commit, or an open request.
    pub what: String,
    /// The branch on which it would land; for a range or a commit only. Without it the one that `request` would take.
    pub into: Option<String>,
}

/// What a change would cost, and where.
pub struct Explanation {
    pub target: RefName,
    pub request: Option<RecordId>,
    /// The change is from here …
    pub base: ObjectId,
    /// … to here.
    pub head: ObjectId,
    pub policy: u64,
    pub height: u64,
    pub cost: Cost,
}

/// Explains what a change would cost.
pub fn run(context: &Context, options: &Options) -> Result<Explanation, Failure> {
    let state = context.state();
    let open = RecordId::parse(&options.what).ok().filter(|id| id.kind() == RecordKind::Request);
    match open {
        Some(_) if options.into.is_some() => {
            Err(Failure::Argument { what: "--into".to_owned(), expected: "left out: a request names its branch" })
        }
        Some(id) => {
            let pending = request::pending(state, &id)?;
            request::fetch_heads(context, pending)?;
            let tip = known_tip(context, &pending.request.target)?.unwrap_or(pending.request.base);
            let head = pending.request.head;
            let base = common(&context.repository, &options.what, tip, head)?;
            let facts = read(context, &pending.request.target, base, head, pending)?;
            let asked = Asked { pending, stage: Stage::Requested, facts: &facts };
            Ok(explanation(state, Some(id), base, asked))
        }
        None => {
            let target = request::target(context, options.into.as_deref())?;
            let (base, head) = ends(&context.repository, &options.what)?;
            let pending = imagined(state, &target, head);
            let facts = read(context, &target, base, head, &pending)?;
            let pending = Pending { request: Request { opener: author(state, &facts), ..pending.request }, ..pending };
            let asked = Asked { pending: &pending, stage: Stage::Committed, facts: &facts };
            Ok(explanation(state, None, base, asked))
        }
    }
}

/// Returns what an open request costs, as far as its head is here.
pub(crate) fn cost_here(context: &Context, pending: &Pending) -> Result<Cost, Failure> {
    let (target, head) = (&pending.request.target, pending.request.head);
    let tip = known_tip(context, target)?.unwrap_or(pending.request.base);
    let base = common(&context.repository, pending.request.id.as_str(), tip, head)?;
    let facts = read(context, target, base, head, pending)?;
    Ok(cost(context.state(), Asked { pending, stage: Stage::Requested, facts: &facts }))
}

fn explanation(state: &State, request: Option<RecordId>, base: ObjectId, asked: Asked<'_>) -> Explanation {
    Explanation {
        target: asked.pending.request.target.clone(),
        request,
        base,
        head: asked.pending.request.head,
        policy: state.policy.version,
        height: state.head_height(),
        cost: cost(state, asked),
    }
}

/// Returns where a range begins and ends, or one commit: with its first parent.
fn ends(repository: &Repository, what: &str) -> Result<(ObjectId, ObjectId), Failure> {
    let resolve = |spec: &str| {
        let spec = if spec.is_empty() { "HEAD" } else { spec };
        let found = repository.resolve(spec)?;
        found.ok_or_else(|| Failure::NotFound { kind: "commit", id: spec.to_owned() })
    };
    let Some((from, to)) = what.split_once("..") else {
        let head = resolve(what)?;
        let parent = readable(repository.commit_links(head))?.parents.first().copied();
        let expected = "a commit that follows another one, a range `A..B`, or a request";
        return Ok((parent.ok_or_else(|| Failure::Argument { what: what.to_owned(), expected })?, head));
    };
    // Three dots ask for the same: what the end changes since it left the beginning.
    let (from, head) = (resolve(from)?, resolve(to.trim_start_matches('.'))?);
    Ok((common(repository, what, from, head)?, head))
}

fn common(repository: &Repository, what: &str, from: ObjectId, head: ObjectId) -> Result<ObjectId, Failure> {
    let base = readable(repository.merge_base(from, head))?;
    base.ok_or_else(|| Failure::Argument { what: what.to_owned(), expected: "two commits of one history" })
}

fn read(
    context: &Context,
    target: &RefName,
    base: ObjectId,
    head: ObjectId,
    pending: &Pending,
) -> Result<SegmentFacts, Failure> {
    let state = context.state();
    let reader = context.reader();
    let station = |commit| -> Result<Station, Failure> {
        Ok(Station { commit, tree: readable(context.repository.commit_links(commit))?.tree })
    };
    reader.segment(target, station(base)?, station(head)?, state, Some(pending))
}

/// Returns the request that there would be for a range.
fn imagined(state: &State, target: &RefName, head: ObjectId) -> Pending {
    let request = Request {
        rev: 1,
        id: RecordId::first(RecordKind::Request),
        opener: nobody(state),
        target: target.clone(),
        base: head,
        base_tree: head,
        head,
        new_tree: head,
        delta: state.policy_digest,
        claims: Vec::new(),
        mission: None,
        title: Text::parse("Not asked yet").expect("it is plain text"),
        summary: None,
        break_glass: None,
    };
    Pending {
        request,
        opened: state.height,
        opened_time: state.time,
        updated: state.height,
        heads: vec![NamedHead { head, landed: None }],
        holders: Vec::new(),
        signed: KeyRule::Any,
    }
}

/// Returns who would ask for a change: whoever signed its last commit. Where nobody enrolled did, nobody could approve it
/// anyway.
fn author(state: &State, facts: &SegmentFacts) -> PrincipalId {
    let last = facts.commits.iter().find(|commit| commit.id == facts.new);
    let signer = last.and_then(|commit| match &commit.signer {
        CommitSigner::Signed(key) => state.keys.get(key).cloned(),
        CommitSigner::Unsigned | CommitSigner::Bad(_) => None,
    });
    signer.unwrap_or_else(|| nobody(state))
}

fn nobody(state: &State) -> PrincipalId {
    state.policy.root.members.first().expect("a policy has a root member").clone()
}

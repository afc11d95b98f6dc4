//! Landings of the past, each with the state in which it was decided, and their replay.

use crate::git::Repository;
use crate::ledger::Chain;
use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Decision;
use crate::ops::gate::Elsewhere;
use crate::ops::gate::Sources;
use crate::ops::history;
use crate::ops::history::Line;
use crate::ops::request::fetch_heads;
use crate::rules::Freshness;
use crate::rules::State;
use crate::rules::Update;

/// An entry of the ledger, and the time that it is dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub height: u64,
    pub time: Timestamp,
}

impl Moment {
    /// Returns that of the last landing on a ref.
    pub(crate) fn of(state: &State, landed: &Landed) -> Self {
        let entry = landed.delta.and_then(|delta| state.landed_deltas.get(&delta).copied());
        Self { height: entry.unwrap_or(landed.decided_at), time: landed.now }
    }
}

/// A landing, with the state just before it.
pub struct Landing {
    pub landed: Landed,
    pub moment: Moment,
    /// Who signed the entry that records it.
    pub recorder: Option<PrincipalId>,
    pub records: State,
    /// The tree that landed, where services attested checks of it; `None` also if its commit is not here any more.
    pub tree: Option<ObjectId>,
}

impl Landing {
    /// Decides again, from what was recorded and from the code repository.
    pub fn replay(&self, context: &Context) -> Result<Decision, Failure> {
        // Other heads of the request tell who made the change as well.
        if let Some(pending) = self.landed.request.as_ref().and_then(|id| self.records.requests.get(id)) {
            fetch_heads(context, pending)?;
        }
        let elsewhere = Elsewhere::Recorded(&self.landed.elsewhere);
        decide_again(&context.repository, &self.records, &self.landed, elsewhere)
    }
}

/// Decides a landing again, from what it recorded and the state before it: what has expired since, or was revoked later,
/// changes nothing.
pub(crate) fn decide_again(
    repository: &Repository,
    records: &State,
    landed: &Landed,
    elsewhere: Elsewhere<'_>,
) -> Result<Decision, Failure> {
    let update = Update { target: landed.target.clone(), old: landed.old, new: Some(landed.new) };
    let sources =
        Sources { rights: records, records, latest: records, now: landed.now, freshness: Freshness::Known, elsewhere };
    gate::judge_update(repository, sources, &update, landed.request.as_slice())
}

/// Returns every landing, oldest first. Each entry on the way is handed to `visit`, with the chain before and after it.
pub fn landings(context: &Context, mut visit: impl FnMut(&Line, &Chain, &Chain)) -> Result<Vec<Landing>, Failure> {
    let mut found = Vec::new();
    history::replay(context, |line, before, after| {
        visit(line, before, after);
        if line.void.is_some() {
            return;
        }
        if let Some(landed) = after.state.landed_since(&before.state).next() {
            found.push(Landing {
                landed: landed.clone(),
                moment: Moment { height: line.height, time: line.time.unwrap_or(landed.now) },
                recorder: line.signer.clone(),
                tree: tree_attested(context, landed, &before.state),
                records: before.state.clone(),
            });
        }
    })?;
    Ok(found)
}

fn tree_attested(context: &Context, landed: &Landed, records: &State) -> Option<ObjectId> {
    let mut answers = landed.request.iter().flat_map(|id| records.answers(id));
    answers.find(|answered| !answered.attested.words.is_empty())?;
    context.repository.commit_links(landed.new).ok().map(|links| links.tree)
}

/// Explains a request: what stands between it and its ref, or, if it has landed, how that was decided.
pub fn explain(context: &Context, id: &RecordId) -> Result<Decision, Failure> {
    let is_open = |state: &State| state.requests.contains_key(id);
    let is_open_there = || match context.decided() {
        Err(Failure::NothingDecided) => Ok(false),
        decided => decided.map(|decided| is_open(decided.state())),
    };
    if is_open(context.state()) || is_open_there()? {
        return gate::explain(context, id);
    }
    let landing =
        landings(context, |_, _, _| {})?.into_iter().find(|landing| landing.landed.request.as_ref() == Some(id));
    let landing = landing.ok_or_else(|| Failure::NotFound { kind: "request", id: id.to_string() })?;
    landing.replay(context)
}

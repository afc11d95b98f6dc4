//! What a server with hooks says of a push, by the code that its hook runs: the ledger is opened from what is remembered, the
//! entries are judged one by one, and each landing is decided with the move of its ref.

use git_coord::git::GitError;
use git_coord::git::Swap;
use git_coord::git::TreeChange;
use git_coord::ledger::Ledger;
use git_coord::ledger::LedgerError;
use git_coord::ledger::Recalled;
use git_coord::ledger::Snapshot;
use git_coord::ledger::Store;
use git_coord::ledger::judge_arriving;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;
use git_coord::model::Timestamp;
use git_coord::rules::Arrivals;
use git_coord::rules::Code;
use git_coord::rules::Freshness;
use git_coord::rules::Movement;
use git_coord::rules::Question;
use git_coord::rules::Refusal;
use git_coord::rules::Segment;
use git_coord::rules::SegmentFacts;
use git_coord::rules::State;
use git_coord::rules::Update;
use git_coord::rules::Verdict;
use git_coord::rules::check_landings_fit;
use git_coord::rules::decide;

use crate::support::simulation::world::HUB;
use crate::support::simulation::world::Letter;
use crate::support::simulation::world::Simulation;
use crate::support::simulation::world::beginning;
use crate::support::simulation::world::main_ref;

/// The server as its hook sees it, with the objects of a push beside its own.
struct Desk<'a> {
    sim: &'a Simulation,
    quarantine: Vec<ObjectId>,
}

/// Why a hook says no.
enum No {
    Refused(Refusal),
    /// There is no hub here whose key could record what is pushed: the program would say so before it judges.
    Unrecorded,
    Broken(String),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<LedgerError> for No {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(fault, _) => Self::Refused(fault.refusal),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<GitError> for No {
    fn from(error: GitError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Judges a push as `pre-receive` does.
pub fn judge(sim: &Simulation, letter: &Letter) -> Result<(), Refusal> {
    match judge_push(sim, letter) {
        Ok(()) => Ok(()),
        Err(No::Refused(refusal)) => {
            sim.stage.inner().sea.reach.code(refusal.code);
            Err(refusal)
        }
        Err(No::Unrecorded) => Err(Refusal::new(Code::HubMissing, "no hub is enrolled that could record it")),
        Err(No::Broken(why)) => {
            sim.stage.inner().fail(format!("the hook cannot decide: {why}"));
            Err(Refusal::new(Code::HistoryMissing, why))
        }
    }
}

fn judge_push(sim: &Simulation, letter: &Letter) -> Result<(), No> {
    let (quarantine, now) = {
        let inner = sim.stage.inner();
        (inner.sea.line(letter.new), server_time(inner.clock))
    };
    let ledger = Ledger::open(Desk { sim, quarantine }, now)?;
    let before = Some(ledger.state().clone());
    let mut arrivals = Arrivals { after: before.clone(), before, landings: Vec::new() };
    let chain = judge_arriving(&ledger, letter.new, now, |before, after| {
        arrivals.take_in(before, after);
        Ok::<_, No>(())
    })?;
    arrivals.after = Some(chain.state);
    let moved = letter.code.iter().map(|_| main_ref());
    arrivals.check_begun(moved)?;
    let tip = sim.stage.inner().sea.servers[HUB].views[0].main;
    let Some((old, new)) = letter.code else {
        let (_, ahead) = arrivals.landings_on(&main_ref(), Some(tip));
        return Ok(arrivals.check_moved(&main_ref(), &ahead)?);
    };
    arrivals.check_unmixed()?;
    let update = Update { target: main_ref(), old: Some(old), new: Some(new) };
    let (_, landings) = arrivals.landings_on(&main_ref(), Some(old));
    if landings.is_empty() {
        return Err(No::Unrecorded);
    }
    check_landings_fit(&update, &landings)?;
    for (records, landed) in landings {
        let facts = landed.old.and_then(|old| sim.stage.inner().sea.code.facts(old, landed.new));
        let latest = arrivals.after.as_ref().unwrap_or(records);
        let verdict = verdict(records, latest, facts.as_ref(), landed.request.as_ref(), now, (landed.old, landed.new));
        if let Some(code) = verdict.code() {
            return Err(Refusal::new(code, "the change may not land").into());
        }
    }
    Ok(())
}

/// Asks the gate about one landing on the protected branch.
pub fn verdict(
    records: &State,
    latest: &State,
    facts: Option<&SegmentFacts>,
    request: Option<&git_coord::model::RecordId>,
    now: Timestamp,
    (old, new): (Option<ObjectId>, ObjectId),
) -> Verdict {
    let update = Update { target: main_ref(), old, new: Some(new) };
    let segments: Vec<Segment<'_>> = facts.map(|facts| Segment { facts, records, request }).into_iter().collect();
    decide(&Question {
        update: &update,
        movement: if facts.is_some() { Movement::Forward } else { Movement::Rewind },
        segments: &segments,
        rights: records,
        latest,
        now,
        freshness: Freshness::Known,
    })
}

/// Returns what the server's clock says: the right time.
pub fn server_time(clock: u64) -> Timestamp {
    beginning() + git_coord::model::Span::from_s(clock / 1_000)
}

impl Store for Desk<'_> {
    type Door = ();
    type Lock = ();

    fn hash_kind(&self) -> HashKind {
        HashKind::Sha256
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        Ok(self.sim.stage.inner().sea.servers[HUB].views[0].head)
    }

    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        let is_there = self.quarantine.contains(&id) || self.sim.stage.inner().sea.servers[HUB].commits.contains(&id);
        if is_there { (&*self.sim.pool).commit(id) } else { Err(GitError::Missing { id }) }
    }

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        (&*self.sim.pool).blob(id, limit_bytes)
    }

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError> {
        (&*self.sim.pool).tree_changes(old, new)
    }

    fn write_blob(&self, _content: &[u8]) -> Result<ObjectId, GitError> {
        Err(GitError::Unsupported { what: "writing in a hook" })
    }

    fn edit_tree(&self, _: Option<ObjectId>, _: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError> {
        Err(GitError::Unsupported { what: "writing in a hook" })
    }

    fn write_commit(&self, _raw: &[u8]) -> Result<ObjectId, GitError> {
        Err(GitError::Unsupported { what: "writing in a hook" })
    }

    fn wait_at_door(&self) -> Result<(), GitError> {
        Ok(())
    }

    fn lock(&self, (): ()) -> Result<(), GitError> {
        Ok(())
    }

    fn swap_head(&self, _: Option<ObjectId>, _: ObjectId) -> Result<Swap, GitError> {
        Err(GitError::Unsupported { what: "writing in a hook" })
    }

    fn fetch_source(&self) -> Result<Option<ObjectId>, GitError> {
        self.head()
    }

    fn follow(&self, _: Option<ObjectId>, _: ObjectId) -> Result<Swap, GitError> {
        Err(GitError::Unsupported { what: "writing in a hook" })
    }

    fn show(&self, (): &(), _: ObjectId, _: ObjectId) -> Result<(), GitError> {
        Ok(())
    }

    fn recall(&self) -> Result<Option<Recalled>, GitError> {
        let inner = self.sim.stage.inner();
        let server = &inner.sea.servers[HUB];
        let Some(head) = server.verified else { return Ok(None) };
        Ok((&*server.memory).recall()?.map(|recalled| Recalled { head, ..recalled }))
    }

    fn remember(&self, snapshot: &Snapshot) -> Result<(), GitError> {
        let mut inner = self.sim.stage.inner();
        let server = &mut inner.sea.servers[HUB];
        server.verified = Some(snapshot.head);
        (&*server.memory).remember(snapshot)
    }

    fn keep_evidence(&self, _head: ObjectId) -> Result<(), GitError> {
        Ok(())
    }
}

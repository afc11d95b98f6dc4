//! The ledger on both sides of a push, and the verdict about each protected ref in it.

use std::collections::BTreeSet;

use crate::git::ObjectKind;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::CloneStore;
use crate::ledger::Ledger;
use crate::ledger::judge_arriving;
use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::elsewhere::Elsewhere;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Decision;
use crate::ops::gate::Sources;
use crate::ops::hub;
use crate::ops::landing;
use crate::ops::past::decide_again;
use crate::ops::receive::command::Command;
use crate::ops::receive::restored;
use crate::ops::run::check_starts;
use crate::rules::Arrival;
use crate::rules::Arrivals;
use crate::rules::Code;
use crate::rules::Freshness;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Update;
use crate::rules::check_landings_fit;

/// What else a push says that bears on each of its refs.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    /// The requests that it names.
    pub(super) named: &'a [RecordId],
    /// Where it moves refs to that tell of authors.
    pub(super) arriving: &'a [ObjectId],
}

/// The ledger on both sides of a push.
pub(super) struct Pushed {
    arrivals: Arrivals,
    pub(super) after_head: Option<ObjectId>,
}

impl Pushed {
    pub(super) fn read(
        repository: &Repository,
        program: &Program,
        command: Option<&Command>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let brought = command.and_then(|command| command.new);
        let ledger = restored::open(repository, program, brought, now)?;
        let before = ledger.as_ref().map(|ledger| ledger.state().clone());
        let before_head = ledger.as_ref().map(|ledger| ledger.chain().head);
        let arrivals = Arrivals { after: before.clone(), before, landings: Vec::new() };
        let mut pushed = Self { arrivals, after_head: before_head };
        let Some(command) = command else { return Ok(pushed) };
        let Some(new) = command.new else {
            return Err(Refusal::new(Code::LedgerDelete, "the ledger cannot be deleted").into());
        };
        if repository.kind(new)? != ObjectKind::Commit {
            return Err(Refusal::new(Code::SignaturePayload, "an entry of the ledger is a commit").into());
        }
        match ledger {
            Some(ledger) => pushed.follow(&ledger, new, now)?,
            None => {
                let store = CloneStore::local(repository.clone(), program.clone())?;
                let ledger = Ledger::open_at(store, new, now)?;
                check_all_taken(&ledger, new)?;
                pushed.arrivals.after = Some(ledger.state().clone());
                pushed.after_head = Some(new);
            }
        }
        Ok(pushed)
    }

    /// Judges the pushed entries one by one. A server takes no void ones.
    fn follow(&mut self, ledger: &Ledger<CloneStore>, new: ObjectId, now: Timestamp) -> Result<(), Failure> {
        let arrivals = &mut self.arrivals;
        let chain = judge_arriving(ledger, new, now, |before, after| {
            check_starts(before, after, now)?;
            arrivals.take_in(before, after);
            Ok::<_, Failure>(())
        })?;
        self.arrivals.after = Some(chain.state);
        self.after_head = Some(new);
        Ok(())
    }

    /// Returns the ledger before the push, if there was one.
    pub(super) fn before(&self) -> Option<&State> {
        self.arrivals.before.as_ref()
    }

    /// A landing that comes by a push comes with the move of its ref (S23), or after it: where a server lost its ledger, the
    /// ref is at the end of what comes back. Decides those again.
    pub(super) fn judge_unmoved(
        &self,
        repository: &Repository,
        commands: &[Command],
        arriving: &[ObjectId],
    ) -> Result<Vec<Decision>, Failure> {
        let mut decisions = Vec::new();
        let targets: BTreeSet<&RefName> = self.arrivals.landings.iter().map(|(_, landed)| &landed.target).collect();
        for target in targets {
            if commands.iter().any(|command| command.name == target.as_str()) {
                continue;
            }
            let (there, ahead) = self.arrivals.landings_on(target, repository.reference(target.as_str())?);
            self.arrivals.check_moved(target, &ahead)?;
            decisions.extend(replay_all(repository, &there, arriving)?);
        }
        Ok(decisions)
    }

    /// Refuses to move, or to land on, a ref that this push itself begins to protect: neither the old rules nor the new ones
    /// have judged that.
    pub(super) fn check_begun(&self, commands: &[Command]) -> Result<(), Failure> {
        let moved = commands.iter().filter_map(|command| RefName::parse(&command.name).ok());
        Ok(self.arrivals.check_begun(moved)?)
    }

    /// Judges one protected update: by the landings that came with it, or by what the hub would record.
    pub(super) fn judge(
        &self,
        repository: &Repository,
        command: &Command,
        target: &RefName,
        said: Said<'_>,
        now: Timestamp,
    ) -> Result<Vec<Decision>, Failure> {
        let rights = self.before().expect("a ref is protected by a ledger");
        let latest = self.arrivals.after.as_ref().expect("a ledger that was there is there after the push");
        let update = Update { target: target.clone(), old: command.old, new: command.new };
        let (there, landings) = self.arrivals.landings_on(target, command.old);
        if there.is_empty() && landings.is_empty() && restored::is_return(repository, rights, &update)? {
            return Ok(Vec::new());
        }
        self.arrivals.check_unmixed()?;
        if landings.is_empty() {
            return self.judge_plain(repository, rights, latest, &update, said, now);
        }
        check_landings_fit(&update, &landings)?;
        for (records, landed) in &landings {
            check_adoption(repository, records, &update, landed)?;
        }
        let mut decisions = replay_all(repository, &there, said.arriving)?;
        for (records, landed) in landings {
            let part = Update { target: target.clone(), old: landed.old, new: Some(landed.new) };
            let rights = records_with_rights(rights, records);
            let sources = Sources {
                rights,
                records,
                latest,
                now,
                freshness: Freshness::Known,
                elsewhere: Elsewhere::Refs(said.arriving),
            };
            let decision = gate::judge_update(repository, sources, &part, landed.request.as_slice())?;
            if decision.verdict.allows() && landed.request.is_some() {
                check_true(records, landed, &decision)?;
            }
            decisions.push(decision);
        }
        Ok(decisions)
    }

    fn judge_plain(
        &self,
        repository: &Repository,
        rights: &State,
        latest: &State,
        update: &Update,
        said: Said<'_>,
        now: Timestamp,
    ) -> Result<Vec<Decision>, Failure> {
        let sources = Sources {
            rights,
            records: latest,
            latest,
            now,
            freshness: Freshness::Known,
            elsewhere: Elsewhere::Refs(said.arriving),
        };
        let decision = gate::judge_update(repository, sources, update, said.named)?;
        let main = Repository::open_git_dir(repository.git_dir())?;
        if decision.verdict.allows()
            && let standing = hub::standing(&main, rights)?
            && let Some(mend) = standing.mend()
        {
            let message =
                format!("{standing}, so nobody could record the landing; use `git coord land`, or mend: {mend}");
            return Err(Refusal::new(Code::HubMissing, message).into());
        }
        Ok(vec![decision])
    }
}

/// Decides landings again that their ref has made already. What was taken as it is needs no decision.
///
/// The record is held against what it leads to by itself: branches that came since do not make it untrue. But whoever pushes
/// it may have left somebody out, so those count as well who are found to have made the same change now.
fn replay_all(repository: &Repository, there: &[&Arrival], arriving: &[ObjectId]) -> Result<Vec<Decision>, Failure> {
    let mut decisions = Vec::new();
    for (records, landed) in there.iter().filter(|(_, landed)| landed.request.is_some()) {
        let recorded = landed.elsewhere.as_slice();
        let decision = decide_again(repository, records, landed, Elsewhere::Both { arriving, recorded })?;
        if decision.verdict.allows() {
            let told = decide_again(repository, records, landed, Elsewhere::Recorded(recorded))?;
            check_true(records, landed, &told)?;
        }
        decisions.push(decision);
    }
    Ok(decisions)
}

/// A protected branch that is new begins with what has landed elsewhere; only the first one is taken as it is.
fn check_adoption(repository: &Repository, state: &State, update: &Update, landed: &Landed) -> Result<(), Failure> {
    if landed.request.is_some() || update.old.is_some() || !state.has_landings() {
        return Ok(());
    }
    if landing::has_landed(repository, state, landed.new)? {
        return Ok(());
    }
    let message = "a new protected branch begins with a commit that has landed on another one";
    Err(Refusal::new(Code::LandedMissing, message).into())
}

/// What a pushed landing says of its change is what the hub would say (S24): fences and audits rest on it.
fn check_true(records: &State, landed: &Landed, decision: &Decision) -> Result<(), Failure> {
    if decision.segments.len() > 1 {
        return Err(Refusal::new(Code::RequestAmbiguous, "the recorded landing is more than one request").into());
    }
    if !landing::is_true(records, landed, decision, decision.verdict.height)? {
        return Err(Refusal::new(Code::LandedMismatch, "the recorded landing is not what was decided").into());
    }
    Ok(())
}

/// A landing of several requests is judged part by part: the ref's last landing is then the part before.
fn records_with_rights<'a>(rights: &'a State, records: &'a State) -> &'a State {
    // Nothing that gives rights changes in such a push, so the states differ in records only.
    debug_assert!(rights.principals == records.principals);
    records
}

fn check_all_taken(ledger: &Ledger<CloneStore>, new: ObjectId) -> Result<(), Failure> {
    if let Some(void) = ledger.voids().first() {
        return Err(void.refusal.clone().into());
    }
    if ledger.chain().head != new {
        return Err(Refusal::new(Code::EntrySkew, "an entry is dated ahead of the server's clock").into());
    }
    Ok(())
}

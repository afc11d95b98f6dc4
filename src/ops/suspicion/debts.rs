//! What is to be reviewed again: landings, and runs, that rest on somebody whose key turned out to be suspect then (KEY-2,
//! S15).
//!
//! Nothing of them is undone, and nothing of it decides anything: it is for people. A landing counts as reviewed again when
//! somebody who may has closed a finding of the kind `risk` about its commit, or when the same change has landed again
//! without anybody suspect. Of runs `run_debts` tells.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ledger::Chain;
use crate::model::Answer;
use crate::model::Finding;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::Landed;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Run;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::history::Line;
use crate::ops::past::Landing;
use crate::ops::past::Moment;
use crate::ops::past::landings;
use crate::ops::suspicion::rereview::Demand;
use crate::ops::suspicion::rereview::demands;
use crate::ops::suspicion::rereview::is_stuck;
use crate::ops::suspicion::rereview::may_review;
use crate::ops::suspicion::rereview::may_settle;
use crate::ops::suspicion::resting::Part;
use crate::ops::suspicion::resting::parts;
use crate::ops::suspicion::run_debts::Ran;
use crate::ops::suspicion::withdrawn::Withdrawn;
use crate::rules::Answered;
use crate::rules::Noted;
use crate::rules::State;
use crate::rules::is_of_landed;

/// What was done on somebody's word.
#[derive(Clone, Debug)]
pub enum Done {
    Landed(Box<Landed>),
    Ran(Box<Run>),
}

/// What rests on somebody suspect, and what nobody has reviewed since.
#[derive(Clone, Debug)]
pub struct Debt {
    pub done: Done,
    pub moment: Moment,
    /// Whose key is suspect.
    pub principal: PrincipalId,
    pub parts: Vec<Part>,
    /// The height from which on its key is suspect.
    pub since: u64,
    /// The entry that said so.
    pub told: Moment,
    /// The finding by which somebody has begun to review it.
    pub begun: Option<RecordId>,
    /// Who could review it.
    pub reviewers: Vec<PrincipalId>,
    /// Whether that takes the root members, because nobody else could.
    pub is_stuck: bool,
}

/// Everything that rests on somebody suspect.
#[derive(Default)]
pub(crate) struct Owed {
    /// Those that nobody has reviewed since, oldest first.
    pub(crate) open: Vec<Debt>,
    /// How many were reviewed again.
    pub(crate) settled: u64,
}

/// Returns what is owed. It costs nothing as long as nobody is suspect.
pub(crate) fn owed(context: &Context) -> Result<Owed, Failure> {
    if context.state().principals.values().all(|enrolled| enrolled.record.suspect_since.is_none()) {
        return Ok(Owed::default());
    }
    let mut tale = Tale::default();
    let landings = landings(context, |line, before, after| tale.listen(line, before, after))?;
    Ok(tale.owed(context.state(), &landings))
}

/// What is gathered while the ledger is read from its beginning.
#[derive(Default)]
pub(crate) struct Tale {
    /// What was said of whom, as far as it was not taken back, in its order.
    pub(crate) suspicions: BTreeMap<PrincipalId, Vec<Suspicion>>,
    reviews: BTreeMap<RecordId, Review>,
    /// What was run, oldest first.
    pub(crate) runs: Vec<Ran>,
    /// Who reviewed what landed through broken glass, each with the height of its word.
    glass: BTreeMap<RecordId, Vec<(PrincipalId, u64)>>,
    pub(crate) withdrawn: Vec<Withdrawn>,
}

pub(crate) struct Suspicion {
    pub(crate) since: u64,
    pub(crate) told: Moment,
}

/// A finding about a commit, or a request that was spent, that was filed when somebody was suspect already.
pub(crate) struct Review {
    filed: u64,
    pub(crate) noted: Noted,
    /// The state after its state was set last.
    pub(crate) state: State,
}

impl Tale {
    pub(crate) fn listen(&mut self, line: &Line, before: &Chain, after: &Chain) {
        if line.void.is_some() {
            return;
        }
        let (before, after) = (&before.state, &after.state);
        for (id, broken) in before.broken.iter().filter(|(id, _)| !after.broken.contains_key(*id)) {
            let is_review = |said: &&Answered| matches!(said.approval.answer, Answer::Approve | Answer::Reject);
            let said = before.answers(id).filter(is_review).filter(|said| is_of_landed(broken, said));
            self.glass.insert(id.clone(), said.map(|said| (said.approval.principal.clone(), said.given)).collect());
        }
        let touches = |directory: &str| line.changes.iter().any(|(_, path)| path.starts_with(directory));
        if line.left_out > 0 || touches("principals/") {
            self.suspect(line, before, after);
        }
        if line.left_out > 0 || touches("runs/") {
            self.runs.extend(Ran::of(line, before, after));
        }
        if line.left_out > 0 || touches("approvals/") {
            self.withdrawn.extend(Withdrawn::of(line, before, after));
        }
        if self.suspicions.is_empty() {
            return;
        }
        let changed = line.changes.iter().filter_map(|(_, path)| match RecordPath::parse(path) {
            Some(RecordPath::Finding(id)) => Some(id),
            _ => None,
        });
        let changed: BTreeSet<RecordId> = match line.left_out {
            0 => changed.collect(),
            _ => after.findings.keys().cloned().collect(),
        };
        for id in changed {
            self.review(line, &id, before, after);
        }
    }

    fn suspect(&mut self, line: &Line, before: &State, after: &State) {
        for (id, enrolled) in &after.principals {
            let known = before.principal(id).and_then(|enrolled| enrolled.record.suspect_since);
            match enrolled.record.suspect_since {
                since if since == known => {}
                None => drop(self.suspicions.remove(id)),
                Some(since) => {
                    let told = Moment { height: line.height, time: line.time.unwrap_or(after.time) };
                    self.suspicions.entry(id.clone()).or_default().push(Suspicion { since, told });
                }
            }
        }
    }

    /// What was removed stays as it was last.
    fn review(&mut self, line: &Line, id: &RecordId, before: &State, after: &State) {
        let Some(noted) = after.findings.get(id) else { return };
        let names_any = noted.finding.commit.is_some() || noted.finding.request.is_some();
        if noted.finding.kind != FindingKind::Risk || !names_any {
            self.reviews.remove(id);
            return;
        }
        let (filed, state) = match self.reviews.remove(id) {
            Some(known) if noted.triaged == line.height => (known.filed, after.clone()),
            Some(known) => (known.filed, known.state),
            None if before.findings.contains_key(id) => return,
            None => (line.height, after.clone()),
        };
        self.reviews.insert(id.clone(), Review { filed, noted: noted.clone(), state });
    }

    pub(crate) fn owed(&self, state: &State, landings: &[Landing]) -> Owed {
        let mut owed = Owed::default();
        for landing in landings {
            for (id, suspicion, parts) in self.resting_on(landing) {
                let reviews = self.reviews_of(suspicion, |finding| finding.commit == Some(landing.landed.new));
                let again = || landings.iter().any(|other| self.lands_again(landing, other));
                if self.is_settled(landing, id, &reviews) || again() {
                    owed.settled += 1;
                    continue;
                }
                let stuck = |state: &State| is_stuck(state, landing, id, |who| !self.is_suspect(who, state.height));
                let is_stuck = stuck(state);
                // What a root member said while others could review it is not yet its word for root.
                let said = reviews.iter().filter(|review| !is_stuck || stuck(&review.state));
                let done: Vec<_> = said.filter_map(|review| review.by()).collect();
                let candidates = state.principals.keys().filter(|candidate| !done.contains(candidate));
                let trusted = |candidate: &PrincipalId| !self.is_suspect(candidate, state.height);
                let may = |candidate: &&PrincipalId| {
                    let settles = is_stuck && may_settle(state, landing, id, candidate);
                    trusted(candidate) && (settles || may_review(state, landing, id, candidate, Demand::Some))
                };
                let begun = reviews.iter().find(|review| review.by().is_none());
                owed.open.push(Debt {
                    done: Done::Landed(Box::new(landing.landed.clone())),
                    moment: landing.moment,
                    principal: id.clone(),
                    parts,
                    since: suspicion.since,
                    told: suspicion.told,
                    begun: begun.map(|review| review.noted.finding.id.clone()),
                    reviewers: candidates.filter(may).cloned().collect(),
                    is_stuck,
                });
            }
        }
        self.add_runs(state, &mut owed);
        owed.open.sort_by_key(|debt| debt.moment.height);
        owed
    }

    /// Returns on whom of those who are suspect a landing rests, and how.
    fn resting_on<'a>(&'a self, landing: &Landing) -> Vec<(&'a PrincipalId, &'a Suspicion, Vec<Part>)> {
        let rests = |id: &'a PrincipalId, suspicion: &'a Suspicion| {
            let covers = suspicion.since <= landing.moment.height;
            let mut parts = if covers { parts(landing, id, suspicion.since) } else { Vec::new() };
            // What broke the glass rests on whoever reviewed it afterwards.
            let said = landing.landed.request.iter().filter_map(|request| self.glass.get(request)).flatten();
            if said.into_iter().any(|(by, given)| by == id && *given >= suspicion.since) {
                parts.push(Part::Approval);
            }
            let until = landing.moment.height;
            let mut withdrawn = self.withdrawn.iter().filter(|one| one.is_by(id, suspicion.since..=until));
            if withdrawn.any(|one| one.stopped(landing)) {
                parts.push(Part::Withdrawal);
            }
            (!parts.is_empty()).then_some((id, suspicion, parts))
        };
        // The first that concerns it: a later one may reach further back.
        let first = |(id, all): (&'a PrincipalId, &'a Vec<Suspicion>)| all.iter().find_map(|one| rests(id, one));
        self.suspicions.iter().filter_map(first).collect()
    }

    /// Returns the findings about something that were filed when the suspicion was known.
    pub(crate) fn reviews_of(&self, suspicion: &Suspicion, is_about: impl Fn(&Finding) -> bool) -> Vec<&Review> {
        let counts = |review: &&Review| is_about(&review.noted.finding) && review.filed > suspicion.told.height;
        self.reviews.values().filter(counts).collect()
    }

    /// One for each demand of the policy at the time of the last of them; where nobody could meet one, as many root members as
    /// decide.
    fn is_settled(&self, landing: &Landing, suspect: &PrincipalId, reviews: &[&Review]) -> bool {
        let closed = || {
            let closed = reviews.iter().filter_map(|review| Some((*review, review.by()?)));
            closed.filter(|(review, by)| !self.is_suspect(by, review.noted.triaged))
        };
        closed().any(|(last, _)| {
            let until = || closed().filter(|(review, _)| review.noted.triaged <= last.noted.triaged);
            let reviewed = |demand: Demand<'_>| {
                until().any(|(review, by)| may_review(&review.state, landing, suspect, by, demand))
            };
            let members = || {
                let by_root = until().filter(|(review, by)| may_settle(&review.state, landing, suspect, by));
                by_root.map(|(_, by)| by.clone()).collect::<BTreeSet<_>>()
            };
            let trusted = |id: &PrincipalId| !self.is_suspect(id, last.noted.triaged);
            demands(&last.state, landing).into_iter().all(reviewed)
                || is_stuck(&last.state, landing, suspect, trusted) && last.state.suffice_as_root(&members())
        })
    }

    pub(crate) fn is_suspect(&self, id: &PrincipalId, height: u64) -> bool {
        self.suspicions.get(id).is_some_and(|all| all.iter().any(|suspicion| suspicion.since <= height))
    }

    /// Returns whether a later landing is of the same change, and rests on nobody suspect.
    fn lands_again(&self, landing: &Landing, other: &Landing) -> bool {
        let same = landing.landed.delta.is_some()
            && other.landed.delta == landing.landed.delta
            && other.landed.target == landing.landed.target;
        same && other.moment.height > landing.moment.height && self.resting_on(other).is_empty()
    }
}

impl Review {
    /// Returns who closed it; `None` while it is open.
    pub(crate) fn by(&self) -> Option<&PrincipalId> {
        self.noted.triaged_by.as_ref().filter(|_| self.noted.finding.state != FindingState::Open)
    }
}

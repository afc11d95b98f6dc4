//! Landings to be reviewed again: those that rest on somebody whose key turned out to be suspect then (KEY-2, S15).
//!
//! Nothing of them is undone, and nothing of it decides anything: it is for people. A landing counts as reviewed again when
//! somebody who may has closed a finding of the kind `risk` about its commit, or when the same change has landed again
//! without anybody suspect.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ledger::Chain;
use crate::model::Answer;
use crate::model::ApprovalRule;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::Landed;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Severity;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::history::Line;
use crate::ops::past::Landing;
use crate::ops::past::Moment;
use crate::ops::past::landings;
use crate::ops::rereview::is_stuck;
use crate::ops::rereview::may_review;
use crate::ops::rereview::may_settle;
use crate::ops::rereview::pending;
use crate::ops::rereview::rules_of;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::State;

/// How a landing rests on somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It signed a commit.
    Signature,
    /// It approved.
    Approval,
    /// It set a finding aside that would have stopped it.
    Review,
    /// It recorded the landing.
    Recording,
}

/// A landing that rests on somebody suspect, and that nobody has reviewed since.
#[derive(Clone, Debug)]
pub struct Debt {
    pub landed: Landed,
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

/// Every landing that rests on somebody suspect.
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
    suspicions: BTreeMap<PrincipalId, Vec<Suspicion>>,
    reviews: BTreeMap<RecordId, Review>,
    /// Who reviewed what landed through broken glass, each with the height of its word.
    glass: BTreeMap<RecordId, Vec<(PrincipalId, u64)>>,
}

struct Suspicion {
    since: u64,
    told: Moment,
}

/// A finding about a commit that was filed when somebody was suspect already.
struct Review {
    filed: u64,
    noted: Noted,
    /// The state after its state was set last.
    state: State,
}

impl Tale {
    pub(crate) fn listen(&mut self, line: &Line, before: &Chain, after: &Chain) {
        if line.void.is_some() {
            return;
        }
        let (before, after) = (&before.state, &after.state);
        for id in before.broken.keys().filter(|id| !after.broken.contains_key(*id)) {
            let said = before.answers(id).map(|answered| (answered.approval.principal.clone(), answered.given));
            self.glass.insert(id.clone(), said.collect());
        }
        let touches = |directory: &str| line.changes.iter().any(|(_, path)| path.starts_with(directory));
        if line.left_out > 0 || touches("principals/") {
            self.suspect(line, before, after);
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
        if noted.finding.kind != FindingKind::Risk || noted.finding.commit.is_none() {
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
                let reviews = self.reviews_of(landing, suspicion);
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
                    trusted(candidate) && (settles || may_review(state, landing, id, candidate, None))
                };
                let begun = reviews.iter().find(|review| review.by().is_none());
                owed.open.push(Debt {
                    landed: landing.landed.clone(),
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
            (!parts.is_empty()).then_some((id, suspicion, parts))
        };
        // The first that concerns it: a later one may reach further back.
        let first = |(id, all): (&'a PrincipalId, &'a Vec<Suspicion>)| all.iter().find_map(|one| rests(id, one));
        self.suspicions.iter().filter_map(first).collect()
    }

    /// Returns the findings about what landed that were filed when the suspicion was known.
    fn reviews_of(&self, landing: &Landing, suspicion: &Suspicion) -> Vec<&Review> {
        let about = |review: &&Review| {
            review.noted.finding.commit == Some(landing.landed.new) && review.filed > suspicion.told.height
        };
        self.reviews.values().filter(about).collect()
    }

    /// One for each rule of the policy at the time of the last of them, as who approves would have to be; where nobody could be
    /// that, as many root members as decide.
    fn is_settled(&self, landing: &Landing, suspect: &PrincipalId, reviews: &[&Review]) -> bool {
        let closed = || {
            let closed = reviews.iter().filter_map(|review| Some((*review, review.by()?)));
            closed.filter(|(review, by)| !self.is_suspect(by, review.noted.triaged))
        };
        closed().any(|(last, _)| {
            let until = || closed().filter(|(review, _)| review.noted.triaged <= last.noted.triaged);
            let reviewed = |rule: Option<&ApprovalRule>| {
                until().any(|(review, by)| may_review(&review.state, landing, suspect, by, rule))
            };
            let members = || {
                let by_root = until().filter(|(review, by)| may_settle(&review.state, landing, suspect, by));
                by_root.map(|(_, by)| by.clone()).collect::<BTreeSet<_>>()
            };
            let trusted = |id: &PrincipalId| !self.is_suspect(id, last.noted.triaged);
            reviewed(None) && rules_of(&last.state, landing).all(|rule| reviewed(Some(rule)))
                || is_stuck(&last.state, landing, suspect, trusted) && last.state.suffice_as_root(&members())
        })
    }

    fn is_suspect(&self, id: &PrincipalId, height: u64) -> bool {
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
    fn by(&self) -> Option<&PrincipalId> {
        self.noted.triaged_by.as_ref().filter(|_| self.noted.finding.state != FindingState::Open)
    }
}

fn parts(landing: &Landing, id: &PrincipalId, since: u64) -> Vec<Part> {
    let (landed, records) = (&landing.landed, &landing.records);
    let approved = landed.request.iter().flat_map(|request| records.answers(request)).any(|answered| {
        let approval = &answered.approval;
        approval.principal == *id && approval.answer == Answer::Approve && answered.given >= since
    });
    let set_aside = pending(landing).is_some_and(|pending| {
        let by = |noted: &&Noted| noted.triaged_by.as_ref() == Some(id) && noted.triaged >= since;
        records.findings.values().filter(by).any(|noted| would_have_stopped(landing, pending, noted))
    });
    [
        (Part::Signature, landed.signers.contains(id)),
        (Part::Approval, landed.approvals.contains(id) && approved),
        (Part::Review, set_aside),
        (Part::Recording, landing.recorder.as_ref() == Some(id)),
    ]
    .into_iter()
    .filter_map(|(part, rests)| rests.then_some(part))
    .collect()
}

/// Returns whether a finding about the change would have stopped it as it once was, and did not as it is.
fn would_have_stopped(landing: &Landing, pending: &Pending, noted: &Noted) -> bool {
    let (landed, finding) = (&landing.landed, &noted.finding);
    let paths: Vec<&[u8]> = landed.paths.iter().flatten().map(String::as_bytes).collect();
    let protections = landing.records.protections_for(pending, &paths);
    let blocks = |severity: Severity| protections.iter().any(|rules| rules.block_on.contains(&severity));
    let stands = finding.state == FindingState::Open && blocks(finding.severity);
    let on_paths = match &landed.paths {
        Some(paths) => {
            finding.paths.iter().any(|pattern| paths.iter().any(|path| pattern.matches_in_any_form(path.as_bytes())))
        }
        // Too many to list: any of them may be meant.
        None => !finding.paths.is_empty(),
    };
    let about = on_paths || noted.names(&pending.request) || finding.commit == Some(pending.request.head);
    about && blocks(noted.peak) && !stands
}

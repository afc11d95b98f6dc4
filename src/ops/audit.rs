//! `audit`: replays every landing to its verdict, and lists what went round the gate and what is to be reviewed again.

use std::collections::VecDeque;

use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::ops::astray;
use crate::ops::astray::Problem;
use crate::ops::astray::Refs;
use crate::ops::bypass;
use crate::ops::bypass::Bypass;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate::Decision;
use crate::ops::history::Line;
use crate::ops::land::fetch_target;
use crate::ops::landing;
use crate::ops::overrulings::Overruling;
use crate::ops::past::Landing;
use crate::ops::past::Moment;
use crate::ops::past::landings;
use crate::ops::start::Passed;
use crate::ops::start::Start;
use crate::ops::suspicion::debts::Debt;
use crate::ops::suspicion::debts::Tale;
use crate::rules::Broken;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;

/// What an audit found.
pub struct Outcome {
    /// The height from which on it looked, if it was told one.
    pub from: Option<u64>,
    pub entries: u64,
    pub landings: u64,
    pub adoptions: u64,
    /// Those before, which were not replayed.
    pub skipped: u64,
    /// Those of refs that began with what had not landed, after the first.
    pub trusted: Vec<Landed>,
    pub void: u64,
    /// The newest of the void entries, newest first.
    pub voids: VecDeque<Void>,
    pub wrongs: Vec<Wrong>,
    /// What landed through broken glass, oldest first.
    pub glass: Vec<GlassUse>,
    /// What root members said against vetoes.
    pub overrulings: Vec<Overruling>,
    /// What landed and is to be reviewed again, wherever the audit starts.
    pub debts: Vec<Debt>,
    /// How many landings were reviewed again.
    pub settled: u64,
    /// Why it is of what was here before, and not of what the remote has by now.
    pub stale: Option<Failure>,
}

impl Outcome {
    /// Returns whether nothing is wrong. Void entries change nothing, and stay for ever.
    pub fn is_sound(&self) -> bool {
        let is_reviewed = self.glass.iter().all(|told| told.reviewed.is_some());
        self.wrongs.is_empty() && self.debts.is_empty() && is_reviewed
    }
}

/// One landing through broken glass.
pub struct GlassUse {
    pub broken: Broken,
    /// Who has reviewed it since; `None` while that is not enough.
    pub reviewed: Option<Vec<PrincipalId>>,
    /// Which of them are root members who said it because nobody else could.
    pub for_root: Vec<PrincipalId>,
}

/// An entry that changed nothing.
pub struct Void {
    pub height: u64,
    pub commit: ObjectId,
    /// Who signed it; `None` if nobody enrolled did.
    pub signer: Option<PrincipalId>,
    pub time: Option<Timestamp>,
    pub refusal: Refusal,
}

/// Something that is wrong, with since when.
pub struct Wrong {
    pub problem: Problem,
    /// The landing that is wrong, or the last one before it went wrong; `None` where nothing ever landed.
    pub since: Option<Moment>,
    pub about: About,
}

/// What is wrong.
pub enum About {
    /// A landing does not come out as it was recorded.
    Landing { landed: Box<Landed>, recorder: Option<PrincipalId> },
    /// A ref on which something landed is elsewhere, or gone.
    Bypass(Bypass),
    /// A ref on which nothing landed.
    Ref,
}

/// How often refs are read anew because the ledger moved meanwhile.
const ATTEMPTS_MAX: u32 = 8;
/// How many void entries are told: anybody who may push can make any number of them.
const VOIDS_MAX: usize = 100;

/// Audits the whole ledger and every protected ref, as the remote has them if there is one and it answers. Told where to
/// start, it replays what landed from there on; what is wrong with the refs now, and what
/// is owed now, it tells all the same.
pub fn run(context: &mut Context, start: Option<&Start>) -> Result<Outcome, Failure> {
    let (problems, stale) = look_at_refs(context)?;
    let context = &*context;
    let mut passed = Vec::new();
    let mut voids = VecDeque::new();
    let mut tale = Tale::default();
    let mut glass = Vec::new();
    let mut overrulings = Vec::new();
    let landings = landings(context, |line, before, after| {
        tale.listen(line, before, after);
        note_glass(&mut glass, &before.state, &after.state);
        overrulings.extend(Overruling::of(line, before, after));
        passed.push(Passed::new(line));
        voids.extend(Void::of(line));
    })?;
    let from = start.map(|start| start.height(context, &passed, &landings)).transpose()?;
    let is_before = |height: u64| from.is_some_and(|from| height < from);
    voids.retain(|void: &Void| !is_before(void.height));
    // What waits for review is told from wherever the audit starts.
    glass.retain(|told: &GlassUse| told.reviewed.is_none() || !is_before(told.broken.height));
    overrulings.retain(|said: &Overruling| !is_before(said.moment.height));
    let owed = tale.owed(context.state(), &landings);
    let mut outcome = Outcome {
        from,
        entries: passed.iter().filter(|entry| !is_before(entry.height)).count() as u64,
        landings: 0,
        adoptions: 0,
        skipped: 0,
        trusted: Vec::new(),
        void: voids.len() as u64,
        voids: voids.into_iter().rev().take(VOIDS_MAX).collect(),
        wrongs: Vec::new(),
        glass,
        overrulings,
        debts: owed.open,
        settled: owed.settled,
        stale,
    };
    for landing in &landings {
        if is_before(landing.moment.height) {
            outcome.skipped += 1;
        } else {
            audit_landing(context, landing, &mut outcome)?;
        }
    }
    outcome.wrongs.extend(problems.into_iter().map(|problem| of_ref(context, problem)));
    Ok(outcome)
}

fn note_glass(glass: &mut Vec<GlassUse>, before: &State, after: &State) {
    let broken = after.broken.iter().filter(|(id, _)| !before.broken.contains_key(*id));
    glass.extend(broken.map(|(_, broken)| GlassUse { broken: broken.clone(), reviewed: None, for_root: Vec::new() }));
    for id in before.broken.keys().filter(|id| !after.broken.contains_key(*id)) {
        let by = before.answers(id).map(|answered| answered.approval.principal.clone()).collect();
        let told = glass.iter_mut().find(|told| told.broken.pending.request.id == *id);
        let told = told.expect("it landed before");
        told.reviewed = Some(by);
        let for_root = before.answers(id).filter(|answered| answered.for_root);
        told.for_root = for_root.map(|answered| answered.approval.principal.clone()).collect();
    }
}

impl Void {
    fn of(line: &Line) -> Option<Self> {
        let refusal = line.void.clone()?;
        Some(Self { height: line.height, commit: line.commit, signer: line.signer.clone(), time: line.time, refusal })
    }
}

/// Tells of a ref since when it is not as it should be, and what it has that never landed.
fn of_ref(context: &Context, problem: Problem) -> Wrong {
    let landed = problem.target.as_ref().and_then(|target| context.state().landed.get(target));
    match landed {
        Some(landed) => {
            let bypass = bypass::look(context, landed, problem.tip);
            Wrong { since: Some(Moment::of(context.state(), landed)), about: About::Bypass(bypass), problem }
        }
        None => Wrong { problem, since: None, about: About::Ref },
    }
}

/// Brings the ledger and what landed here, and compares the refs with it. Returns also why something was not fetched.
fn look_at_refs(context: &mut Context) -> Result<(Vec<Problem>, Option<Failure>), Failure> {
    let mut failure = context.look()?;
    for attempt in 1.. {
        if failure.is_some() {
            break;
        }
        let refs = match Refs::list(context) {
            Ok(refs) => refs,
            Err(error) => {
                failure = Some(error);
                break;
            }
        };
        let (problems, head) = (refs.problems(context)?, context.ledger.chain().head);
        if !problems.is_empty() && attempt < ATTEMPTS_MAX {
            // Something may have landed between the fetch of the ledger and the look at the refs.
            failure = context.look()?;
            if context.ledger.chain().head != head {
                continue;
            }
        }
        return Ok((problems, failure.or_else(|| fetch_refs(context, &refs).err())));
    }
    Ok((astray::of_last_fetch(context)?, failure))
}

fn fetch_refs(context: &Context, refs: &Refs) -> Result<(), Failure> {
    for target in context.state().landed.keys().filter(|target| refs.has(target)) {
        fetch_target(context, target)?;
    }
    Ok(())
}

/// Decides a landing again: it must come out as it was recorded.
fn audit_landing(context: &Context, past: &Landing, outcome: &mut Outcome) -> Result<(), Failure> {
    let landed = &past.landed;
    if landed.request.is_none() {
        outcome.adoptions += 1;
        let is_first = !past.records.has_landings();
        // What cannot be read any more did not land here as far as anybody can tell.
        if !is_first && !landing::has_landed(&context.repository, &past.records, landed.new).unwrap_or(false) {
            outcome.trusted.push(landed.clone());
        }
        return Ok(());
    }
    outcome.landings += 1;
    let place = format!("{} → {} at height {}", landed.target, landed.new.short(), past.moment.height);
    if let Some(problem) = problem_of(context, past, &place)? {
        let about = About::Landing { landed: Box::new(landed.clone()), recorder: past.recorder.clone() };
        outcome.wrongs.push(Wrong { problem, since: Some(past.moment), about });
    }
    Ok(())
}

fn problem_of(context: &Context, past: &Landing, place: &str) -> Result<Option<Problem>, Failure> {
    let landed = &past.landed;
    let gone = |what: &str| format!("{place}: facts gone, {what}");
    Ok(match past.replay(context) {
        Ok(decision) if landed.verdict == Some(decision.verdict.digest()) && decision.verdict.allows() => {
            // Fences rest on the paths and claims that it names.
            let is_true = landing::is_true(&past.records, landed, &decision, landed.decided_at)?;
            let message = format!("{place} records something else than was decided");
            (!is_true).then(|| Problem::new(Code::LandedMismatch, message))
        }
        Ok(decision) if let Some(head) = gone_head(&decision) => {
            let left = decision.verdict.code().map(|code| format!("; without it: {code}")).unwrap_or_default();
            let message = gone(&format!("the head {} of its request is not here{left}", head.short()));
            Some(Problem::new(Code::HistoryMissing, message))
        }
        Ok(decision) if !decision.verdict.allows() => {
            let code = decision.verdict.code().expect("a verdict that does not allow has a code");
            Some(Problem::new(code, format!("{place} does not replay to allow")))
        }
        Ok(_) => {
            let message = format!("{place} replays to another verdict than was recorded");
            Some(Problem::new(Code::LandedMismatch, message))
        }
        Err(Failure::Refused(refusal)) if is_gone(&refusal) => Some(Problem::new(refusal.code, gone(&refusal.message))),
        Err(failure) => return Err(failure),
    })
}

/// Returns a head of the landed requests whose commits are not here any more.
fn gone_head(decision: &Decision) -> Option<ObjectId> {
    let mut heads = decision.segments.iter().flat_map(|segment| &segment.facts.other_heads);
    heads.find(|other| other.commits.is_none()).map(|other| other.head)
}

fn is_gone(refusal: &Refusal) -> bool {
    matches!(refusal.code, Code::HistoryMissing | Code::HistoryShallow)
}

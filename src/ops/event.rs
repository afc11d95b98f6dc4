//! What happened between two states of the ledger.

use crate::format::Word;
use crate::model::Answer;
use crate::model::ApprovalRule;
use crate::model::CheckRule;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::RunState;
use crate::model::Severity;
use crate::ops::collisions::Side;
use crate::ops::only_here::vanished::is_unknown;
use crate::ops::standing::Guarantee;
use crate::rules::Answered;
use crate::rules::Consent;
use crate::rules::Contributors;
use crate::rules::Ending;
use crate::rules::Obstacle;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::Running;
use crate::rules::Settled;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::assent;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What: `claim.granted`, `entry.void` …
    pub name: &'static str,
    /// The record, or the commit.
    pub subject: String,
    /// Who, as far as somebody is behind it.
    pub principal: Option<String>,
    pub height: u64,
    pub detail: Option<String>,
    pub refusal: Option<Refusal>,
    /// Who holds now what was lost, or holds a path that two work trees change.
    pub holders: Vec<Obstacle>,
    /// The work trees that change a path both.
    pub sides: Vec<Side>,
    /// What it is about, as far as that is known.
    pub paths: Vec<Pattern>,
    /// Of a finding.
    pub kind: Option<FindingKind>,
    pub severity: Option<Severity>,
    /// How many reactions, one caused by another, led to it.
    pub depth: u32,
    /// What it is worth; nothing is said of what is not in the ledger.
    pub guarantee: Option<Guarantee>,
}

pub(crate) fn event(name: &'static str, subject: impl ToString, principal: Option<String>, height: u64) -> Event {
    Event {
        name,
        subject: subject.to_string(),
        principal,
        height,
        detail: None,
        refusal: None,
        holders: Vec::new(),
        sides: Vec::new(),
        paths: Vec::new(),
        kind: None,
        severity: None,
        depth: 0,
        guarantee: None,
    }
}

/// Says of each event what it is about, where one of the states knows the record.
pub(crate) fn describe(events: &mut [Event], before: &State, after: &State) {
    for event in events {
        let Ok(id) = RecordId::parse(&event.subject) else { continue };
        let known = [after, before];
        let lease = known.iter().find_map(|state| state.claims.get(&id));
        let finding = known.iter().find_map(|state| state.findings.get(&id)).map(|noted| &noted.finding);
        if let Some(lease) = lease {
            event.paths = lease.claim.paths.clone();
        }
        if let Some(settled) = known.iter().find_map(|state| state.decisions.get(&id)) {
            event.paths = settled.decision.paths.clone();
        }
        if let Some(finding) = finding {
            event.paths = finding.paths.clone();
            (event.kind, event.severity) = (Some(finding.kind), Some(finding.severity));
        }
    }
}

/// Returns what lies between two states. What the later one never knew was not ended by anybody, and is told elsewhere.
pub(crate) fn differences(before: &State, after: &State) -> Vec<Event> {
    let mut events = Vec::new();
    let height = after.head_height();
    for (id, lease) in &after.claims {
        let holder = Some(lease.claim.holder.to_string());
        match before.claims.get(id) {
            None if lease.held.is_some() => events.push(event("claim.granted", id, holder, height)),
            None => events.push(event("claim.queued", id, holder, height)),
            Some(old) if old.held.is_none() && lease.held.is_some() => {
                events.push(event("claim.held", id, holder, height))
            }
            Some(_) => {}
        }
    }
    let is_gone = |id: &&RecordId| !is_unknown(id, after);
    for (id, lease) in before.claims.iter().filter(|(id, _)| !after.claims.contains_key(*id) && is_gone(id)) {
        let name = match after.tombstones.get(id).map(|stone| &stone.ending) {
            Some(Ending::Taken | Ending::HandedOver) => "claim.taken",
            Some(Ending::Expired) => "claim.expired",
            _ => "claim.released",
        };
        events.push(event(name, id, Some(lease.claim.holder.to_string()), height));
    }
    for (id, noted) in &after.findings {
        let author = Some(noted.finding.author.to_string());
        let was_open = before.findings.get(id).map(|old| old.finding.state == FindingState::Open);
        match (was_open, noted.finding.state == FindingState::Open) {
            (None, _) => events.push(event("finding.added", id, author, height)),
            (Some(true), false) => events.push(event("finding.closed", id, author, height)),
            _ => {}
        }
    }
    for id in before.findings.keys().filter(|id| !after.findings.contains_key(*id)).filter(is_gone) {
        events.push(event("finding.closed", id, None, height));
    }
    events.extend(decisions(before, after));
    for (id, pending) in after.requests.iter().filter(|(id, _)| !before.requests.contains_key(*id)) {
        events.push(event("request.opened", id, Some(pending.request.opener.to_string()), height));
    }
    for (id, proposed) in after.proposals.iter().filter(|(id, _)| !before.proposals.contains_key(*id)) {
        events.push(event("request.opened", id, Some(proposed.request.opener.to_string()), height));
    }
    events.extend(actions(before, after));
    for (id, pending) in &after.requests {
        let was_ready = before.requests.get(id).is_some_and(|old| is_ready(before, old));
        if !was_ready && is_ready(after, pending) {
            events.push(event("request.ready", id, Some(pending.request.opener.to_string()), height));
        }
    }
    for landed in after.landed_since(before) {
        let target = &landed.target;
        let subject = landed.request.as_ref().map_or_else(|| target.to_string(), ToString::to_string);
        let mut told = event("request.landed", subject, None, height);
        told.detail = Some(format!("{target} is at {}", landed.new));
        events.push(told);
    }
    for (id, broken) in after.broken.iter().filter(|(id, _)| !before.broken.contains_key(*id)) {
        events.push(event("glass.broken", id, Some(broken.pending.request.opener.to_string()), height));
    }
    for id in before.broken.keys().filter(|id| !after.broken.contains_key(*id)) {
        events.push(event("glass.reviewed", id, None, height));
    }
    events.extend(answers(before, after));
    if before.policy_digest != after.policy_digest {
        events.push(event("policy.changed", after.policy.version, None, height));
    }
    events
}

/// Returns what was settled, and which decisions that superseded.
fn decisions(before: &State, after: &State) -> Vec<Event> {
    let made = after.decisions.iter().filter(|(id, _)| !before.decisions.contains_key(*id));
    let tell = |(id, settled): (&RecordId, &Settled)| {
        let author = Some(settled.decision.author.to_string());
        let mut made = event("decision.made", id, author.clone(), after.head_height());
        made.detail = Some(settled.decision.question.to_string());
        let superseded = settled.decision.supersedes.as_ref().map(|old| {
            let mut told = event("decision.superseded", old, author, after.head_height());
            told.detail = Some(format!("by {id}"));
            told
        });
        [Some(made), superseded]
    };
    made.flat_map(tell).flatten().collect()
}

/// Returns whether a request has every approval and check that the ledger alone can count.
pub(crate) fn is_ready(state: &State, pending: &Pending) -> bool {
    let contributors = Contributors::of_request(pending);
    let subject = Subject {
        lands: Some((Some(pending.request.base), pending.request.new_tree)),
        ..Subject::of(state, (&pending.request).into(), &contributors)
    };
    let protections = state.protections_for(pending, &[]);
    let mut rules =
        protections.iter().flat_map(|protection| &protection.approvals).filter(|rule| rule.paths.is_empty());
    let tree = Some(pending.request.new_tree);
    let mut checks = protections.iter().flat_map(|protection| &protection.checks).filter(|rule| rule.paths.is_empty());
    let is_passed = |rule: &CheckRule| subject.checked(rule, tree, state.answers(&pending.request.id)).is_passed();
    let is_met = |rule: &ApprovalRule| {
        subject.count(rule, state.answers(&pending.request.id)).counted.len() as u64 >= rule.count
    };
    !protections.is_empty() && rules.all(is_met) && checks.all(is_passed)
}

/// Returns what happened to requests for actions, and to what they asked for.
fn actions(before: &State, after: &State) -> Vec<Event> {
    let height = after.head_height();
    let mut events = Vec::new();
    for (id, petition) in &after.petitions {
        let opener = Some(petition.request.opener.to_string());
        if !before.petitions.contains_key(id) {
            events.push(event("request.opened", id, opener.clone(), height));
        }
        let is_ready = |state: &State, petition| assent(state, petition, state.time).consent() == Consent::Ready;
        if is_ready(after, petition) && !before.petitions.get(id).is_some_and(|old| is_ready(before, old)) {
            events.push(event("request.ready", id, opener, height));
        }
    }
    for (id, Running { run, .. }) in &after.runs {
        let known = before.runs.get(id).map(|running| running.run.state);
        if known.is_none() {
            let mut told = event("action.started", id, Some(run.runner.to_string()), height);
            told.detail = Some(run.action.to_string());
            events.push(told);
        }
        if run.state != RunState::Started && known != Some(run.state) {
            let mut told = event("action.finished", id, Some(run.runner.to_string()), height);
            told.detail = Some(format!("{} {}", run.action, run.state.word()));
            events.push(told);
        }
    }
    events
}

fn is_open(request: &RecordId, state: &State) -> bool {
    let is_asked = state.requests.contains_key(request) || state.proposals.contains_key(request);
    is_asked || state.petitions.contains_key(request) || state.broken.contains_key(request)
}

fn answers(before: &State, after: &State) -> Vec<Event> {
    let mut events = Vec::new();
    for (request, answers) in &after.approvals {
        for (principal, answered) in answers {
            let old = before.approvals.get(request).and_then(|answers| answers.get(principal));
            if old != Some(answered) {
                let name = name_of(answered, "approval.added", "check.attested");
                let mut told = event(name, request, Some(principal.to_string()), after.head_height());
                told.detail = checks_of(answered);
                events.push(told);
            }
        }
    }
    for (request, answers) in before.approvals.iter().filter(|(id, _)| is_open(id, after)) {
        let now = after.approvals.get(request);
        for (principal, answered) in answers.iter().filter(|(id, _)| now.is_none_or(|now| !now.contains_key(*id))) {
            let name = name_of(answered, "approval.withdrawn", "check.withdrawn");
            events.push(event(name, request, Some(principal.to_string()), after.head_height()));
        }
    }
    events
}

fn name_of(answered: &Answered, approval: &'static str, check: &'static str) -> &'static str {
    if answered.approval.answer == Answer::Attest { check } else { approval }
}

/// Says of which tree which checks were attested.
fn checks_of(answered: &Answered) -> Option<String> {
    let approval = &answered.approval;
    let tree = approval.new_tree.filter(|_| approval.answer == Answer::Attest)?;
    let passed = approval.passed.iter().map(|name| format!("{name} passed"));
    let words: Vec<_> = passed.chain(approval.failed.iter().map(|name| format!("{name} failed"))).collect();
    Some(format!("{} on the tree {}", words.join(", "), tree.short()))
}

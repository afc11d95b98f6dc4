//! What moves no further until somebody sees to it.

use crate::format::Word;
use crate::model::RecordPath;
use crate::model::Request;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::escalation::Escalation;
use crate::rules::Failing;
use crate::rules::Objection;
use crate::rules::Remedy;
use crate::ui::break_glass::broken_line;
use crate::ui::break_glass::next_of;
use crate::ui::objection::objection_line;
use crate::ui::objection::overrule_command;
use crate::ui::report::plain;
use crate::ui::report::span_words;
use crate::ui::request::finding_line;
use crate::ui::request::request_line;

/// Returns the kind by which programs know it, the id of what it is about, what it is in words, and what to do.
pub(crate) fn told(
    escalation: &Escalation,
    now: Timestamp,
    standing: &Standing,
) -> (&'static str, String, String, String) {
    match escalation {
        Escalation::Stuck { pending, lacking } => {
            let id = &pending.request.id;
            let age = span_words(now.since(pending.opened_time));
            let line = format!(
                "stuck: {} (waits {age}); nobody enrolled could give {}",
                request_line(pending, standing),
                plain(&lacking.join(", nor "))
            );
            let next = format!(
                "git coord policy explain {id}, then enroll somebody, propose another policy, or have it closed"
            );
            ("stuck", id.to_string(), line, next)
        }
        Escalation::Unreviewable { broken, lacking } => {
            let id = &broken.pending.request.id;
            let line = format!(
                "stuck: {}; nobody enrolled could give {}",
                broken_line(broken, now),
                plain(&lacking.join(", nor "))
            );
            let settled = "as many root members as decide settle it, or enroll somebody";
            ("stuck", id.to_string(), line, format!("{}: {settled}", next_of(broken)))
        }
        Escalation::Vetoed { pending, vetoes, since } => {
            let Request { id, delta, .. } = &pending.request;
            let age = span_words(now.since(*since));
            let mut line = format!("under a veto for {age}: {}", request_line(pending, standing));
            line.extend(vetoes.iter().map(|veto| format!("\n{}", objection_line(veto))));
            let overrule: Vec<_> = vetoes.iter().map(|veto| overrule_command(veto, id, delta)).collect();
            let next = format!("git coord show {id}; ask them to withdraw, or {}", overrule.join(", then "));
            ("vetoed", id.to_string(), line, next)
        }
        Escalation::Failed { pending, failing, since } => {
            let Request { id, head, .. } = &pending.request;
            let age = span_words(now.since(*since));
            let mut line = format!("failed for {age}: {}", request_line(pending, standing));
            line.extend(failing.iter().map(|failing| format!("\n{}", failing_line(failing))));
            let nexts: Vec<_> = failing.iter().map(|failing| failing.next(id, *head)).collect();
            ("failed", id.to_string(), line, nexts.join("; then "))
        }
        Escalation::Blocks { noted, requests } => {
            let id = &noted.finding.id;
            let names: Vec<_> = requests.iter().map(ToString::to_string).collect();
            let age = span_words(now.since(noted.found));
            let line = format!("stops {} (for {age}): {}", names.join(", "), finding_line(noted, standing));
            ("blocks", id.to_string(), line, format!("git coord show {id}, then git coord resolve {id} or dismiss it"))
        }
        Escalation::Unconfirmed(whom) => {
            let record = &whom.record;
            let line = format!(
                "confirm? {} ({}, {}), enrolled by {}",
                record.id,
                record.kind.word(),
                record.role,
                record.enrolled_by
            );
            ("confirm", record.id.to_string(), line, format!("git coord principals confirm {}", record.id))
        }
        Escalation::Ready(pending) => {
            let id = &pending.request.id;
            let age = span_words(now.since(pending.opened_time));
            let line = format!("ready: {} (opened {age} ago)", request_line(pending, standing));
            ("land", id.to_string(), line, format!("git coord land {id}"))
        }
    }
}

/// Returns which check failed by whose word, and why a run that passes does not end that.
fn failing_line(failing: &Failing) -> String {
    let Failing { check, by, role, .. } = failing;
    let why = match failing.remedy {
        Remedy::RootAsSuspended => ", which is suspended".to_owned(),
        Remedy::RootAsSuspect => ", whose key is suspect since".to_owned(),
        Remedy::Withdrawal => format!(", which is `{role}` by now"),
        Remedy::Pass | Remedy::PassOfContributor => String::new(),
    };
    format!("  {check} failed by the word of {by}{why}")
}

/// Returns since when it waits, as far as the ledger tells.
pub(crate) fn since(escalation: &Escalation) -> Option<Timestamp> {
    match escalation {
        Escalation::Stuck { pending, .. } | Escalation::Ready(pending) => Some(pending.opened_time),
        Escalation::Unreviewable { broken, .. } => Some(broken.landed.now),
        Escalation::Vetoed { since, .. } | Escalation::Failed { since, .. } => Some(*since),
        Escalation::Blocks { noted, .. } => Some(noted.found),
        Escalation::Unconfirmed(_) => None,
    }
}

/// Returns the vetoes that it is about.
pub(crate) fn against_of(escalation: &Escalation) -> &[Objection] {
    match escalation {
        Escalation::Vetoed { vetoes, .. } => vetoes,
        _ => &[],
    }
}

pub(crate) fn worth(escalation: &Escalation, standing: &Standing) -> Guarantee {
    match escalation {
        Escalation::Stuck { pending, .. }
        | Escalation::Vetoed { pending, .. }
        | Escalation::Failed { pending, .. }
        | Escalation::Ready(pending) => standing.of_record(&RecordPath::Request(pending.request.id.clone())),
        Escalation::Unreviewable { broken, .. } => {
            standing.of_record(&RecordPath::Request(broken.pending.request.id.clone()))
        }
        Escalation::Blocks { noted, .. } => standing.of_record(&RecordPath::Finding(noted.finding.id.clone())),
        Escalation::Unconfirmed(whom) => standing.of_record(&RecordPath::Principal(whom.record.id.clone())),
    }
}

//! Requests and findings.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::format::format_time;
use crate::model::ObjectId;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::find;
use crate::ops::request::Outcome;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::State;
use crate::ui::claim::beside;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::tentative_note;
use crate::ui::report::Report;
use crate::ui::report::path_words;
use crate::ui::report::quoted;
use crate::ui::report::quoted_whole;
use crate::ui::similar::tell_similar;

pub(crate) fn request_json(pending: &Pending, standing: &Standing) -> Value {
    let request = &pending.request;
    json!({
        "type": "request", "v": 1,
        "id": request.id.to_string(),
        "opener": request.opener.to_string(),
        "ref": request.target.as_str(),
        "base": request.base.to_string(),
        "head": request.head.to_string(),
        "delta": request.delta.to_string(),
        "rev": request.rev,
        "claims": request.claims.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "title": request.title.as_str(),
        "break_glass": request.break_glass.as_ref().map(|glass| json!({
            "reason": glass.reason.as_str(), "expires": format_time(glass.expires),
        })),
        "state": "open",
        "guarantee": guarantee_word(of_request(pending, standing)),
    })
}

/// Returns what became of a root member's word that a ref is taken as it is.
pub fn adoption_report(state: &State, target: &RefName, height: u64) -> Report {
    let threshold = state.policy.root.threshold;
    let so_far = state.adopting.get(target).map(|adopting| state.adopters(target, adopting.new).count() as u64);
    let mut report = Report::new();
    report.object(json!({
        "type": "adoption", "v": 1, "ref": target.as_str(), "height": height,
        "adopted": so_far.is_none(), "members": so_far.unwrap_or(threshold), "threshold": threshold,
    }));
    match so_far {
        None => report.line(format!("adopted {target}")),
        Some(count) => {
            let branch = target.branch().unwrap_or(target.as_str());
            report.line(format!("{count} of {threshold} root members took {target} as it is"));
            report.notes.push(format!("next, as another root member: git coord land --adopt {branch}"));
        }
    }
    report
}

/// Returns what stands between every request and a ref that nobody adopted.
pub fn adoption_note(state: &State, pending: &Pending) -> Option<String> {
    let target = &pending.request.target;
    let branch = target.branch().unwrap_or(target.as_str());
    let next = || format!("next, as a root member: git coord land --adopt {branch}; before that nothing lands on it");
    state.lacks_adoption(target).then(next)
}

/// Returns what is said of a request that its ref, which is at `tip`, has moved on from.
pub fn rebase_note(pending: &Pending, tip: ObjectId) -> String {
    let Request { id, target, .. } = &pending.request;
    let tip = tip.short();
    format!("{target} has moved on to {tip}; before it lands: git rebase {tip}, then git coord request --update {id}")
}

pub(crate) fn request_line(pending: &Pending, standing: &Standing) -> String {
    let request = &pending.request;
    format!(
        "{}  {}  {} → {} (rev {}{}{})  {}",
        request.id,
        request.opener,
        request.head.short(),
        request.target,
        request.rev,
        if request.break_glass.is_some() { ", breaks the glass" } else { "" },
        beside(of_request(pending, standing)),
        quoted(request.title.as_str())
    )
}

/// Returns what is said of a request that was opened or updated.
pub fn request_report(pending: &Pending, standing: &Standing) -> Report {
    let mut report = Report::new();
    let request = &pending.request;
    report.object(request_json(pending, standing));
    report.line(request_line(pending, standing));
    report.line(format!("  delta {}", request.delta));
    let claims: Vec<_> = request.claims.iter().map(ToString::to_string).collect();
    if !claims.is_empty() {
        report.line(format!("  done under {}", claims.join(", ")));
    }
    match &request.break_glass {
        Some(glass) => {
            report.line(format!(
                "  breaks the glass until {}: {}",
                format_time(glass.expires),
                quoted_whole(glass.reason.as_str())
            ));
            report.note(format!(
                "next: git coord land {}; the ref then stands still until others have reviewed it",
                request.id
            ));
        }
        None => report.note(format!("next: git coord gate explain {}", request.id)),
    }
    report
}

/// Returns what is said to whoever asked to land something.
pub fn asked_report(outcome: &Outcome, now: Timestamp, standing: &Standing) -> Report {
    let mut report = request_report(&outcome.pending, standing);
    let id = &outcome.pending.request.id;
    if let Some(object) = report.json.first_mut() {
        object["existed"] = outcome.existed.into();
        object["twins"] = outcome.twins.iter().map(ToString::to_string).collect();
    }
    if outcome.existed {
        report.note(format!("{id} was open already, and stays as it is"));
    }
    for twin in &outcome.twins {
        report.note(format!("{twin} of somebody else asks for the same; the older one lands unless one is named"));
    }
    tell_similar(&mut report, &outcome.similar, now);
    report
}

fn of_request(pending: &Pending, standing: &Standing) -> Guarantee {
    standing.of_record(&RecordPath::Request(pending.request.id.clone()))
}

fn of_finding(noted: &Noted, standing: &Standing) -> Guarantee {
    standing.of_record(&RecordPath::Finding(noted.finding.id.clone()))
}

fn finding_json(noted: &Noted, standing: &Standing) -> Value {
    let finding = &noted.finding;
    json!({
        "type": "finding", "v": 1,
        "id": finding.id.to_string(),
        "author": finding.author.to_string(),
        "kind": finding.kind.word(),
        "severity": finding.severity.word(),
        "text": finding.text.as_str(),
        "paths": finding.paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "commit": finding.commit.map(|id| id.to_string()),
        "request": finding.request.as_ref().map(ToString::to_string),
        "half_life_s": finding.half_life.map(|span| span.seconds()),
        "found": format_time(noted.found),
        "state": finding.state.word(),
        "guarantee": guarantee_word(of_finding(noted, standing)),
    })
}

pub(crate) fn finding_line(noted: &Noted, standing: &Standing) -> String {
    let finding = &noted.finding;
    let mut about: Vec<String> = finding.paths.iter().map(ToString::to_string).collect();
    about.extend(finding.commit.map(|id| id.short()));
    about.extend(finding.request.as_ref().map(ToString::to_string));
    format!(
        "{}  {} {} ({}{})  {}  by {}: {}",
        finding.id,
        finding.severity.word(),
        finding.kind.word(),
        finding.state.word(),
        beside(of_finding(noted, standing)),
        path_words(&about),
        finding.author,
        quoted(finding.text.as_str())
    )
}

/// Returns what is said to whoever left a finding.
pub fn finding_report(found: &find::Outcome, now: Timestamp, standing: &Standing) -> Report {
    let noted = &found.noted;
    let mut report = findings_report(std::slice::from_ref(noted), standing);
    if let Some(object) = report.json.first_mut() {
        object["existed"] = found.existed.into();
    }
    if found.existed {
        report.note(format!("{} was open already, and stays as it is", noted.finding.id));
    }
    report.notes.extend(tentative_note(of_finding(noted, standing)));
    tell_similar(&mut report, &found.similar, now);
    report
}

/// Returns findings; what they say is quoted, because others wrote it.
pub fn findings_report(findings: &[Noted], standing: &Standing) -> Report {
    let mut report = Report::new();
    for noted in findings {
        report.object(finding_json(noted, standing));
        report.line(finding_line(noted, standing));
    }
    if findings.is_empty() {
        report.line("no findings.");
    }
    report
}

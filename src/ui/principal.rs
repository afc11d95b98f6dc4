//! Principals.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::ops::enroll;
use crate::ops::join;
use crate::ops::join::PinTrust;
use crate::ops::principals::Listed;
use crate::rules::Trust;
use crate::ui::report::Report;
use crate::ui::report::plain;

fn principal_json(listed: &Listed) -> Value {
    let Listed { enrolled, unvouched } = listed;
    let record = &enrolled.record;
    json!({
        "type": "principal", "v": 1,
        "id": record.id.to_string(),
        "kind": record.kind.word(),
        "role": record.role.to_string(),
        "vendor": record.vendor.as_ref().map(ToString::to_string),
        "operator": record.operator.as_ref().map(ToString::to_string),
        "fingerprint": enrolled.key.fingerprint(),
        "status": record.status.word(),
        "confirmed": enrolled.trust == Trust::Confirmed,
        "suspect_since": record.suspect_since,
        "unvouched": unvouched.rights.iter().map(|right| right.word()).collect::<Vec<_>>(),
        "unvouched_lanes": unvouched.lanes,
    })
}

fn principal_line(listed: &Listed) -> String {
    let Listed { enrolled, unvouched } = listed;
    let record = &enrolled.record;
    let vendor = record.vendor.as_ref().map_or(String::new(), |vendor| format!(", {vendor}"));
    let operator = record.operator.as_ref().map_or(String::new(), |operator| format!(", for {operator}"));
    let status = match record.status {
        crate::model::Standing::Active => String::new(),
        other => format!(", {}", other.word()),
    };
    let trust = if enrolled.trust == Trust::Provisional { ", unconfirmed" } else { "" };
    let suspect = record.suspect_since.map_or(String::new(), |since| format!(", suspect since height {since}"));
    let rights = unvouched.rights.iter().map(|right| right.word());
    let beyond: Vec<_> = rights.chain(unvouched.lanes.then_some("some lanes")).collect();
    let beyond = if beyond.is_empty() { String::new() } else { format!(", nobody vouched for {}", beyond.join(", ")) };
    format!("{}  {} ({}{vendor}{operator}{status}{suspect}{trust}{beyond})", record.id, record.role, record.kind.word())
}

/// Returns what is said of one principal.
pub fn principal_report(listed: &Listed) -> Report {
    principals_report(std::slice::from_ref(listed))
}

/// Returns what is said of somebody who was enrolled.
pub fn enrolment_report(outcome: &enroll::Outcome) -> Report {
    let mut report = principal_report(&outcome.listed);
    if outcome.waits {
        let id = &outcome.listed.enrolled.record.id;
        report.note(format!(
            "it counts as one of yours as well, and decides nothing, until somebody for another operator confirms {id}"
        ));
        report.note(format!("next, as somebody else: git coord principals confirm {id}"));
    }
    let others: Vec<_> = outcome.namesakes.iter().map(ToString::to_string).collect();
    if !others.is_empty() {
        let id = &outcome.listed.enrolled.record.id;
        let name = id.name();
        report.note(format!("`{name}` is the name of {} as well: another key is another principal", others.join(", ")));
        report.note(format!("name each by its whole id from now on: {id}, {}", others.join(", ")));
    }
    if let Some(object) = report.json.first_mut() {
        object["namesakes"] = others.into();
    }
    report
}

/// Returns everybody.
pub fn principals_report(all: &[Listed]) -> Report {
    let mut report = Report::new();
    for listed in all {
        report.object(principal_json(listed));
        report.line(principal_line(listed));
    }
    report
}

/// Returns what is said to somebody who joined.
pub fn join_report(outcome: &join::Outcome) -> Report {
    let mut report = principal_report(&outcome.listed);
    report.line(format!("pin {}", outcome.pin));
    if outcome.trust == PinTrust::FirstUse {
        report.note("the ledger was trusted on first use; compare the pin with a root member's");
    }
    if let Some(hooks) = &outcome.hooks {
        report.notes.extend(crate::ui::hooks::hooks_report(hooks).human);
    }
    if let Some(object) = report.json.first_mut() {
        object["pin"] = outcome.pin.to_string().into();
    }
    report.notes = report.notes.iter().map(|note| plain(note)).collect();
    report
}

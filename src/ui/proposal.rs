//! Requests to change the policy.

use serde_json::Value;
use serde_json::json;

use crate::model::RecordPath;
use crate::ops::Standing;
use crate::ops::proposal::Agreement;
use crate::ops::proposal::Outcome;
use crate::rules::Proposed;
use crate::ui::claim::guarantee_word;
use crate::ui::report::Report;
use crate::ui::report::quoted;

/// Returns what is said of a request to change the policy that was opened.
pub fn proposal_report(outcome: &Outcome, standing: &Standing) -> Report {
    let Outcome { agreement, existed, only_tightens } = outcome;
    let mut report = Report::new();
    report.object(proposal_json(agreement, standing));
    let asked = if *existed { "you asked for this already, nothing was written: " } else { "" };
    report.line(format!("{asked}{}", agreement_line(agreement)));
    let (id, delta) = (&agreement.proposed.request.id, agreement.proposed.request.delta);
    report.notes.push(if agreement.is_reached {
        format!("next: git coord policy activate {id}")
    } else {
        format!("next, as another root member: git coord policy show {id}, then git coord approve {id} --delta {delta}")
    });
    if *only_tightens {
        report.notes.push("it only makes the rules tighter: a root member may make the file active at once".to_owned());
    }
    report
}

/// Returns one line about a request to change the policy.
pub fn proposal_line(proposed: &Proposed) -> String {
    let request = &proposed.request;
    let (id, version) = (&request.id, request.version);
    format!("{id} version {version} of the policy, by {}: {}", request.opener, quoted(request.title.as_str()))
}

/// Returns one line about a request to change the policy and who agrees.
pub(crate) fn agreement_line(agreement: &Agreement) -> String {
    let members: Vec<_> = agreement.members.iter().map(ToString::to_string).collect();
    let members = if members.is_empty() { "nobody".to_owned() } else { members.join(", ") };
    let enough = if agreement.is_reached { "enough" } else { "not enough" };
    format!("{} (agreed by {members}: {enough})", proposal_line(&agreement.proposed))
}

/// Returns a request to change the policy as an object.
pub(crate) fn proposal_json(agreement: &Agreement, standing: &Standing) -> Value {
    let request = &agreement.proposed.request;
    json!({
        "type": "policy-request", "v": 1,
        "id": request.id.to_string(),
        "opener": request.opener.to_string(),
        "version": request.version,
        "delta": request.delta.to_string(),
        "title": request.title.as_str(),
        "members": agreement.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "threshold": agreement.threshold,
        "agreed": agreement.is_reached,
        "guarantee": guarantee_word(standing.of_record(&RecordPath::Request(request.id.clone()))),
    })
}

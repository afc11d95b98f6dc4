//! What waits for the caller, most binding first.

use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::Standing;
use crate::ops::inbox::Item;
use crate::rules::Noted;
use crate::ui::escalation;
use crate::ui::inbox::actions;
use crate::ui::inbox::claims;
use crate::ui::inbox::only_here;
use crate::ui::inbox::proposals;
use crate::ui::inbox::requests;
use crate::ui::inbox::told::Told;
use crate::ui::report::Report;
use crate::ui::request::finding_line;

/// Returns what waits for the caller, most binding first.
pub fn inbox_report(items: &[Item], now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    for item in items {
        told(item, now, standing).add_to(&mut report, now);
    }
    if items.is_empty() {
        report.line("nothing waits for you.");
    }
    report
}

fn told<'a>(item: &'a Item, now: Timestamp, standing: &Standing) -> Told<'a> {
    match item {
        Item::Ahead(ahead) => only_here::ahead(ahead),
        Item::OnlyHere(left) => only_here::tentative(left, now),
        Item::SetAside(set_aside) => only_here::set_aside(set_aside, now),
        Item::Approve(pending) => requests::approve(pending, standing),
        Item::Glass(broken) => requests::glass(broken, now, standing),
        Item::Attest(pending, checks) => requests::attest(pending, checks, standing),
        Item::Review(debt) => requests::review(debt, standing),
        Item::Answered(pending, against) => requests::answered(pending, against, standing),
        Item::Behind(pending, tip) => requests::behind(pending, *tip, standing),
        Item::Unused(pending) => requests::unused(pending, standing),
        Item::Breaking(pending) => requests::breaking(pending, standing),
        Item::Agree(proposed) => proposals::agree(proposed, standing),
        Item::Opposed(proposed, against) => proposals::answered(proposed, against, standing),
        Item::Overtaken(proposed) => proposals::overtaken(proposed, standing),
        Item::Activate(proposed) => proposals::activate(proposed, standing),
        Item::Unfinished(running) => actions::unfinished(running, now, standing),
        Item::Allow(assent) => actions::approve(assent, now, standing),
        Item::Run(assent) => actions::run(assent, now, standing),
        Item::Declined(assent, against) => actions::answered(assent, against, now, standing),
        Item::Adopt(target) => adopt(target, standing),
        Item::Offered(lease) => claims::offered(lease, now, standing),
        Item::Expired(lease) => claims::expired(lease, now, standing),
        Item::Awaited(lease) => claims::awaited(lease, now, standing),
        Item::Waiting(lease) => claims::waiting(lease, now, standing),
        Item::Escalated(one) => {
            let (kind, id, line, next) = escalation::told(one, now, standing);
            let told = Told::new(kind, id, line, next, escalation::worth(one, standing));
            Told { since: escalation::since(one), against: escalation::against_of(one), ..told }
        }
        Item::Finding(noted) => finding(noted, standing),
    }
}

fn adopt<'a>(target: &RefName, standing: &Standing) -> Told<'a> {
    let next = format!("git coord land --adopt {}", target.branch().unwrap_or(target.as_str()));
    let line = format!("adopt? {target}, as another root member did");
    Told::new("adopt", target, line, next, standing.of_ledger())
}

fn finding<'a>(noted: &Noted, standing: &Standing) -> Told<'a> {
    let id = &noted.finding.id;
    let line = format!("on your paths: {}", finding_line(noted, standing));
    let guarantee = standing.of_record(&RecordPath::Finding(id.clone()));
    Told { since: Some(noted.found), ..Told::new("finding", id, line, format!("git coord show {id}"), guarantee) }
}

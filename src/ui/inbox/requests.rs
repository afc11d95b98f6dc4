//! Requests to land, and what landed and is to be looked at.

use crate::model::ObjectId;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::Request;
use crate::model::Timestamp;
use crate::ops::Standing;
use crate::ops::suspicion::debts::Debt;
use crate::rules::Broken;
use crate::rules::Objection;
use crate::rules::Pending;
use crate::ui::audit::debt_id;
use crate::ui::audit::debt_words;
use crate::ui::audit::next_of_debt;
use crate::ui::break_glass::broken_line;
use crate::ui::break_glass::glass_line;
use crate::ui::break_glass::next_of;
use crate::ui::inbox::told::Told;
use crate::ui::inbox::told::opposed;
use crate::ui::request::request_line;

pub(super) fn approve<'a>(pending: &'a Pending, standing: &Standing) -> Told<'a> {
    let Request { id, delta, .. } = &pending.request;
    let next = format!("git coord show {id}, then git coord approve {id} --delta {delta}");
    of_request("approve", pending, format!("approve? {}", request_line(pending, standing)), next, standing)
}

pub(super) fn attest<'a>(pending: &'a Pending, checks: &'a [RecordName], standing: &Standing) -> Told<'a> {
    let Request { id, head, .. } = &pending.request;
    let passed: String = checks.iter().map(|check| format!(" --passed {check}")).collect();
    let next = format!("check out {head}, run them, then git coord check attest {id}{passed} --commit {head}");
    let named = checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let line = format!("check {named}? {}", request_line(pending, standing));
    Told { checks: Some((*head, checks)), ..of_request("attest", pending, line, next, standing) }
}

pub(super) fn answered<'a>(pending: &'a Pending, against: &'a [Objection], standing: &Standing) -> Told<'a> {
    let line = opposed(against, &request_line(pending, standing));
    let next = format!("git coord show {}", pending.request.id);
    Told { against, ..of_request("answered", pending, line, next, standing) }
}

pub(super) fn behind<'a>(pending: &'a Pending, tip: ObjectId, standing: &Standing) -> Told<'a> {
    let Request { id, target, .. } = &pending.request;
    let tip = tip.short();
    let line = format!("moved on: {target} is at {tip}, which is not in {}", request_line(pending, standing));
    let next = match pending.request.break_glass {
        None => format!("git rebase {tip}, then git coord request --update {id}"),
        Some(_) => format!("git coord request --close {id}, then git rebase {tip} and ask anew"),
    };
    of_request("behind", pending, line, next, standing)
}

pub(super) fn unused<'a>(pending: &'a Pending, standing: &Standing) -> Told<'a> {
    let line = format!("never used, and expired: {}", glass_line(pending, standing));
    let next = format!("git coord request --close {}", pending.request.id);
    of_request("unused", pending, line, next, standing)
}

pub(super) fn breaking<'a>(pending: &'a Pending, standing: &Standing) -> Told<'a> {
    let Request { id, delta, .. } = &pending.request;
    let next = format!(
        "its opener lands it by git coord land {id}; others: git coord show {id}, then git coord approve or veto {id} \
         --delta {delta}"
    );
    let line = format!("lands before anybody approves: {}", glass_line(pending, standing));
    of_request("breaking", pending, line, next, standing)
}

fn of_request<'a>(
    kind: &'static str,
    pending: &'a Pending,
    line: String,
    next: String,
    standing: &Standing,
) -> Told<'a> {
    let request = &pending.request;
    let guarantee = standing.of_record(&RecordPath::Request(request.id.clone()));
    let told = Told::new(kind, &request.id, line, next, guarantee);
    let (since, glass) = (Some(pending.opened_time), request.break_glass.as_ref());
    Told { since, shows_age: true, delta: Some(request.delta), glass, ..told }
}

pub(super) fn glass<'a>(broken: &'a Broken, now: Timestamp, standing: &Standing) -> Told<'a> {
    let request = &broken.pending.request;
    let told = Told::new("glass", &request.id, broken_line(broken, now), next_of(broken), standing.of_ledger());
    let (since, glass) = (Some(broken.landed.now), request.break_glass.as_ref());
    Told { since, delta: Some(request.delta), glass, ..told }
}

pub(super) fn review<'a>(debt: &Debt, standing: &Standing) -> Told<'a> {
    let (kind, words) = match debt.is_stuck {
        true => ("stuck", "stuck, for root members to review again: nobody else could"),
        false => ("review", "review again"),
    };
    let line = format!("{words}: {}, suspect since height {}", debt_words(debt), debt.since);
    Told {
        since: Some(debt.told.time),
        ..Told::new(kind, debt_id(debt), line, next_of_debt(debt), standing.of_ledger())
    }
}

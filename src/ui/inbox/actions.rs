//! Commands that others approve.

use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::ops::Standing;
use crate::rules::Assent;
use crate::rules::Objection;
use crate::rules::Running;
use crate::ui::action::argv_json;
use crate::ui::action::assent_line;
use crate::ui::action::assent_lines;
use crate::ui::action::run_line;
use crate::ui::inbox::told::Told;
use crate::ui::inbox::told::opposed;

pub(super) fn unfinished<'a>(running: &Running, now: Timestamp, standing: &Standing) -> Told<'a> {
    let id = &running.run.id;
    let next = format!("git coord run {id} --outcome succeeded, failed or unknown");
    let guarantee = standing.of_record(&RecordPath::Run(id.clone()));
    let told = Told::new("outcome", id, run_line(running, now, standing), next, guarantee);
    Told { since: Some(running.since_time), argv: Some(argv_json(&running.run.order)), ..told }
}

pub(super) fn approve<'a>(assent: &Assent, now: Timestamp, standing: &Standing) -> Told<'a> {
    let (id, delta) = (&assent.petition.request.id, assent.petition.request.delta);
    let next = format!("git coord show {id}, then git coord approve {id} --delta {delta}");
    let line = format!("approve? {}", assent_lines(assent, now, standing).join("\n"));
    of_action("approve-action", assent, line, next, standing)
}

pub(super) fn run<'a>(assent: &Assent, now: Timestamp, standing: &Standing) -> Told<'a> {
    let line = format!("run? {}", assent_lines(assent, now, standing).join("\n"));
    of_action("run", assent, line, format!("git coord run {}", assent.petition.request.id), standing)
}

pub(super) fn answered<'a>(assent: &Assent, against: &'a [Objection], now: Timestamp, standing: &Standing) -> Told<'a> {
    let line = opposed(against, &assent_line(assent, now, standing));
    let next = format!("git coord show {}", assent.petition.request.id);
    Told { against, ..of_action("answered", assent, line, next, standing) }
}

fn of_action<'a>(kind: &'static str, assent: &Assent, line: String, next: String, standing: &Standing) -> Told<'a> {
    let request = &assent.petition.request;
    let guarantee = standing.of_record(&RecordPath::Request(request.id.clone()));
    let told = Told::new(kind, &request.id, line, next, guarantee);
    let (since, argv) = (Some(assent.petition.opened_time), Some(argv_json(&request.order)));
    Told { since, shows_age: true, delta: Some(request.delta), argv, ..told }
}

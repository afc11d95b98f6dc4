//! Drafts of the policy.

use crate::model::RecordPath;
use crate::ops::Standing;
use crate::rules::Objection;
use crate::rules::Proposed;
use crate::ui::inbox::told::Told;
use crate::ui::inbox::told::opposed;
use crate::ui::proposal::proposal_line;

pub(super) fn agree<'a>(proposed: &Proposed, standing: &Standing) -> Told<'a> {
    let (id, delta) = (&proposed.request.id, proposed.request.delta);
    let next = format!("git coord policy show {id}, then git coord approve {id} --delta {delta}");
    of_draft("agree", proposed, format!("agree? {}", proposal_line(proposed)), next, standing)
}

pub(super) fn answered<'a>(proposed: &Proposed, against: &'a [Objection], standing: &Standing) -> Told<'a> {
    let next = format!("git coord show {}", proposed.request.id);
    Told { against, ..of_draft("answered", proposed, opposed(against, &proposal_line(proposed)), next, standing) }
}

pub(super) fn overtaken<'a>(proposed: &Proposed, standing: &Standing) -> Told<'a> {
    let id = &proposed.request.id;
    let line = format!("overtaken by another version: {}", proposal_line(proposed));
    let next = format!("git coord request --close {id}, then propose it anew: git coord policy propose <file>");
    of_draft("overtaken", proposed, line, next, standing)
}

pub(super) fn activate<'a>(proposed: &Proposed, standing: &Standing) -> Told<'a> {
    let next = format!("git coord policy activate {}", proposed.request.id);
    of_draft("activate", proposed, format!("agreed: {}", proposal_line(proposed)), next, standing)
}

fn of_draft<'a>(kind: &'static str, proposed: &Proposed, line: String, next: String, standing: &Standing) -> Told<'a> {
    let request = &proposed.request;
    let guarantee = standing.of_record(&RecordPath::Request(request.id.clone()));
    let told = Told::new(kind, &request.id, line, next, guarantee);
    Told { since: Some(proposed.opened_time), shows_age: true, delta: Some(request.delta), ..told }
}

//! Claims that are offered, ended or waited for.

use crate::model::Timestamp;
use crate::ops::Standing;
use crate::rules::Lease;
use crate::ui::claim::lease_line;
use crate::ui::inbox::told::Told;

pub(super) fn offered<'a>(lease: &Lease, now: Timestamp, standing: &Standing) -> Told<'a> {
    let next = format!("git coord handoff {} --accept", lease.claim.id);
    of_lease("offered", "offered to you", lease, next, now, standing)
}

pub(super) fn expired<'a>(lease: &Lease, now: Timestamp, standing: &Standing) -> Told<'a> {
    let id = &lease.claim.id;
    let next = format!("git coord renew {id}, or git coord release {id}");
    Told { since: Some(lease.claim.expires), ..of_lease("expired", "expired", lease, next, now, standing) }
}

pub(super) fn awaited<'a>(lease: &Lease, now: Timestamp, standing: &Standing) -> Told<'a> {
    let next = format!("git coord release {}", lease.claim.id);
    of_lease("awaited", "others wait for", lease, next, now, standing)
}

pub(super) fn waiting<'a>(lease: &Lease, now: Timestamp, standing: &Standing) -> Told<'a> {
    of_lease("waiting", "you wait for", lease, "git coord status".to_owned(), now, standing)
}

fn of_lease<'a>(
    kind: &'static str,
    words: &str,
    lease: &Lease,
    next: String,
    now: Timestamp,
    standing: &Standing,
) -> Told<'a> {
    let line = format!("{words}: {}", lease_line(lease, now, standing));
    Told::new(kind, &lease.claim.id, line, next, standing.of_lease(lease))
}

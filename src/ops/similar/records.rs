//! With what an intent is compared. Each sort of records is compared by itself: the best of many unrelated ones scores higher
//! than the best of few, and the few that are being worked on matter most.

use crate::model::FindingState;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::ops::context::Context;
use crate::ops::flight;
use crate::ops::flight::Flight;
use crate::rules::Lease;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::Settled;
use crate::rules::binding;

/// What somebody does, or has written, in words that an intent can be compared with.
#[derive(Clone, Debug)]
pub enum Known {
    /// A claim that is held or queued.
    Claim(Lease),
    /// A released claim whose work has not landed.
    Flight(Flight),
    /// An open request to land.
    Request(Pending),
    /// An open finding.
    Finding(Noted),
    /// A decision that holds.
    Decision(Settled),
    /// A line of a file.
    Title { line: u64, text: String },
}

impl Known {
    /// Returns the words that are compared.
    pub fn text(&self) -> &str {
        match self {
            Self::Claim(lease) => lease.claim.intent.as_str(),
            Self::Flight(flight) => flight.ended.claim.intent.as_str(),
            Self::Request(pending) => pending.request.title.as_str(),
            Self::Finding(noted) => noted.finding.text.as_str(),
            Self::Decision(settled) => settled.decision.question.as_str(),
            Self::Title { text, .. } => text,
        }
    }

    /// Returns a number that is the higher the later it came to be as it is, among its sort.
    pub(super) fn since(&self) -> u64 {
        match self {
            Self::Claim(lease) => lease.since,
            Self::Flight(flight) => flight.ended.ended,
            Self::Request(pending) => pending.opened,
            Self::Finding(noted) => noted.found.unix_s().unsigned_abs(),
            Self::Decision(settled) => settled.since,
            Self::Title { .. } => 0,
        }
    }

    /// Returns whose it is; of a line of a file nobody's.
    pub fn holder(&self) -> Option<&PrincipalId> {
        match self {
            Self::Claim(lease) => Some(&lease.claim.holder),
            Self::Flight(flight) => Some(&flight.ended.claim.holder),
            Self::Request(pending) => Some(&pending.request.opener),
            Self::Finding(noted) => Some(&noted.finding.author),
            Self::Decision(settled) => Some(&settled.decision.author),
            Self::Title { .. } => None,
        }
    }

    /// Returns the record's id; a line of a file has none.
    pub fn id(&self) -> Option<&RecordId> {
        match self {
            Self::Claim(lease) => Some(&lease.claim.id),
            Self::Flight(flight) => Some(&flight.ended.claim.id),
            Self::Request(pending) => Some(&pending.request.id),
            Self::Finding(noted) => Some(&noted.finding.id),
            Self::Decision(settled) => Some(&settled.decision.id),
            Self::Title { .. } => None,
        }
    }
}

/// Returns the live claims, and the work in flight, of others than somebody.
pub(crate) fn claims(context: &Context, but: Option<&PrincipalId>) -> Vec<Known> {
    let live = context.state().claims.values().filter(|lease| Some(&lease.claim.holder) != but);
    let in_flight = flight::all(context).into_iter().map(Known::Flight).filter(|known| known.holder() != but);
    live.cloned().map(Known::Claim).chain(in_flight).collect()
}

/// Returns the requests to land that are open.
pub(crate) fn requests(context: &Context) -> Vec<Known> {
    context.state().requests.values().cloned().map(Known::Request).collect()
}

/// Returns the findings that are open.
pub(crate) fn findings(context: &Context) -> Vec<Known> {
    let open = context.state().findings.values().filter(|noted| noted.finding.state == FindingState::Open);
    open.cloned().map(Known::Finding).collect()
}

/// Returns the decisions that hold.
pub(crate) fn decisions(context: &Context) -> Vec<Known> {
    binding(context.state(), &[]).into_iter().cloned().map(Known::Decision).collect()
}

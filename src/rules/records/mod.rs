//! What the judge says of each kind of record, and of those who write them.

pub(crate) mod actions;
pub(crate) mod adoption;
pub(crate) mod answered;
pub(crate) mod approvals;
pub(crate) mod assent;
pub(crate) mod attestations;
pub(crate) mod break_glass;
pub(crate) mod claims;
pub(crate) mod decisions;
pub(crate) mod findings;
pub(crate) mod glass_review;
pub(crate) mod hardware;
pub(crate) mod landed;
pub(crate) mod landings;
pub(crate) mod left_vetoes;
pub(crate) mod objections;
pub(crate) mod overruling;
pub(crate) mod principals;
pub(crate) mod queue;
pub(crate) mod reach;
pub(crate) mod requests;
pub(crate) mod runs;
pub(crate) mod vouching;

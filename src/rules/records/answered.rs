//! What somebody answered to a request, and when.

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::KeyRule;
use crate::model::NamedVeto;
use crate::model::Timestamp;
use crate::rules::records::attestations::Attestations;

/// An approval with the moment from which it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub approval: Approval,
    /// The entry in which it was given, by SHA-256 of what its signer signed.
    pub entry: Digest,
    /// The request's `rev` when it was given: an older one is outdated (S17).
    pub request_rev: u64,
    pub given: u64,
    pub given_time: Timestamp,
    /// How many approvals its principal gave within the hour up to this one; 0 for another answer (APP-18).
    pub within_hour: u64,
    /// What its signature meets of what roles ask for.
    pub signed: KeyRule,
    /// Whether it is a root member's word on what landed through broken glass, where nobody else could review that.
    pub for_root: bool,
    /// What its principal said of trees, this answer included, since it last had none.
    pub attested: Attestations,
}

impl Answered {
    /// Returns whether its principal said what it thinks of the request. Who attests checks of it, or overrules the veto of
    /// another, has not.
    pub fn is_opinion(&self) -> bool {
        matches!(self.approval.answer, Answer::Approve | Answer::Reject | Answer::Veto)
    }

    /// Returns by what a veto is told from every other one.
    pub fn named(&self) -> NamedVeto {
        let (request, principal) = (self.approval.request.clone(), self.approval.principal.clone());
        NamedVeto { request, principal, entry: self.entry }
    }
}

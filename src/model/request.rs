//! Changes that ask for approval, and what principals answer.

use std::collections::BTreeSet;

use crate::model::Digest;
use crate::model::NamedVeto;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::Span;
use crate::model::Text;
use crate::model::Timestamp;

/// A change that asks to land on a ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub rev: u64,
    pub id: RecordId,
    pub opener: PrincipalId,
    pub target: RefName,
    pub base: ObjectId,
    pub base_tree: ObjectId,
    pub head: ObjectId,
    pub new_tree: ObjectId,
    pub delta: Digest,
    /// The claims under which the work was done.
    pub claims: Vec<RecordId>,
    pub mission: Option<RecordName>,
    pub title: Text,
    pub summary: Option<Text>,
    /// Set where it lands without waiting for anybody.
    pub break_glass: Option<BreakGlass>,
}

/// Why a change lands before anybody approved it, and until when it may: exactly from the request's base to its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    pub reason: Text,
    pub expires: Timestamp,
}

impl BreakGlass {
    /// How long after it was asked for it lasts at most.
    pub const LASTS_MAX: Span = Span::from_s(3_600);
}

/// What one principal says of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    Approve,
    Reject,
    Veto,
    /// Not a word about the change: which checks passed on a tree, and which did not.
    Attest,
    /// Nothing but a root member's word that vetoes are not to stand.
    Overrule,
}

/// One principal's answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub request: RecordId,
    pub principal: PrincipalId,
    pub delta: Digest,
    pub answer: Answer,
    pub role: RecordName,
    /// The version of the policy that the principal saw.
    pub policy: u64,
    pub reason: Option<Text>,
    /// The request's `rev` that was read; hand-written approvals may leave it and the four ids out.
    pub request_rev: Option<u64>,
    pub base: Option<ObjectId>,
    pub base_tree: Option<ObjectId>,
    pub head: Option<ObjectId>,
    /// Of an attestation: the tree on which the checks ran, which need not be that of the request's head.
    pub new_tree: Option<ObjectId>,
    /// The checks that passed on that tree; only an attestation names any.
    pub passed: BTreeSet<RecordName>,
    /// The checks that did not.
    pub failed: BTreeSet<RecordName>,
    /// The vetoes that are not to stand against this change, by the word of a root member (S18).
    pub overrules: BTreeSet<NamedVeto>,
}

impl Approval {
    /// An attestation names at most this many checks.
    pub const CHECKS_MAX: usize = 32;
    /// An answer overrules at most this many vetoes.
    pub const OVERRULES_MAX: usize = 32;

    /// Returns an answer that names neither commits nor checks, in a role and under a version of the policy.
    pub fn plain(
        request: RecordId,
        principal: PrincipalId,
        delta: Digest,
        answer: Answer,
        (role, policy): (RecordName, u64),
    ) -> Self {
        Self {
            request,
            principal,
            delta,
            answer,
            role,
            policy,
            reason: None,
            request_rev: Some(1),
            base: None,
            base_tree: None,
            head: None,
            new_tree: None,
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
            overrules: BTreeSet::new(),
        }
    }
}

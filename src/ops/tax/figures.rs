//! What is measured.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::rules::Code;

/// What a request waits for. At every moment it is exactly one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A rule of the policy asks for more approvals than it has.
    Approval,
    /// A veto of an earlier revision stands.
    Veto,
    /// Somebody said no to it as it is, or its ref has moved on: the next revision is its opener's.
    Author,
    /// It has what the ledger can count; whoever lands it, its findings and its checks are not told apart.
    Landing,
}

impl Cause {
    pub const ALL: [Self; 4] = [Self::Approval, Self::Veto, Self::Author, Self::Landing];
}

/// Spans of waiting that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    pub count: u64,
    pub seconds: u64,
    pub longest_s: u64,
    /// The request that waited longest.
    pub longest: Option<RecordId>,
}

impl Wait {
    pub(super) fn add(&mut self, seconds: u64, request: &RecordId) {
        self.count += 1;
        self.seconds += seconds;
        if self.longest.is_none() || seconds > self.longest_s {
            self.longest_s = seconds;
            self.longest = Some(request.clone());
        }
    }
}

/// A rule of the policy that asks for approvals: the name of its protection, and the roles that it asks.
pub type RuleKey = (RecordName, Vec<RecordName>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    pub opened: u64,
    pub landed: u64,
    pub closed: u64,
    pub open: u64,
    /// From their opening to their end, or to now.
    pub waited: Wait,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    pub given: u64,
    /// They stood when their request landed.
    pub used: u64,
    /// Their request got another revision before it landed.
    pub outdated: u64,
    /// Taken back, or answered again in other words.
    pub withdrawn: u64,
    /// Their request was closed.
    pub closed: u64,
    /// They count for what is open now.
    pub standing: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    pub made: u64,
    pub released: u64,
    pub replaced: u64,
    pub handed_over: u64,
    /// Lost: somebody else took the ground after the lease had run out.
    pub taken: u64,
    /// Lost: ended by somebody with the right to.
    pub revoked: u64,
    /// Removed by somebody else after the lease had run out, or because its holder is revoked.
    pub expired: u64,
    /// Held now, and the lease has run out.
    pub run_out: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Landings for which a rule of the policy asked for an approval.
    pub asked: u64,
    /// Landings for which none did.
    pub unasked: u64,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub entries: u64,
    pub void: BTreeMap<Code, u64>,
    pub requests: Requests,
    /// How many requests waited for it, and how long.
    pub waits: BTreeMap<Cause, Wait>,
    /// How many of the open requests wait for it now.
    pub open: BTreeMap<Cause, u64>,
    /// How long requests lacked approvals that a rule asks for. Rules may lack them at the same time.
    pub rules: BTreeMap<RuleKey, Wait>,
    /// Who gave the approval that was needed last, how often, and how long after the request asked.
    pub approvers: BTreeMap<PrincipalId, Wait>,
    /// Whose requests waited for their opener.
    pub authors: BTreeMap<PrincipalId, Wait>,
    /// Whose veto of an earlier revision was waited for.
    pub vetoers: BTreeMap<PrincipalId, Wait>,
    pub approvals: Approvals,
    pub claims: Claims,
    pub changes: Changes,
    /// Every head that somebody asked to land.
    pub heads: BTreeSet<ObjectId>,
}

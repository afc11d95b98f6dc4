//! What all valid entries up to a head add up to.

use imbl::OrdMap;

use crate::model::ActionRequest;
use crate::model::Charter;
use crate::model::Claim;
use crate::model::Digest;
use crate::model::Finding;
use crate::model::Holders;
use crate::model::KeyRule;
use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::Policy;
use crate::model::PolicyRequest;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Right;
use crate::model::Role;
use crate::model::Run;
use crate::model::Severity;
use crate::model::Standing;
use crate::model::Timestamp;
use crate::rules::pace::Pace;
use crate::rules::records::adoption::Adopting;
use crate::rules::records::answered::Answered;
use crate::rules::records::break_glass::Broken;
use crate::rules::records::decisions::Settled;
use crate::rules::records::left_vetoes::LeftVeto;
use crate::rules::records::reach::Reach;
use crate::rules::shelf::Shelf;
use crate::sign::PublicKey;

/// A principal with what the ledger knows of it beyond its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    pub record: Principal,
    pub key: PublicKey,
    /// Whether role, vendor and operator count as written (S14).
    pub trust: Trust,
    /// What those who vouched for it could vouch for then: its role gives it no more. `None` if a root member did.
    pub reach: Option<Reach>,
    /// What its record was when it was confirmed last, while one word has put another in the place of that.
    pub confirmed_as: Option<Principal>,
}

/// Whether what a principal's record says of its role, vendor and operator counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A root member set them, or a second principal confirmed them.
    Confirmed,
    /// Until then the principal counts as whoever enrolled it as well.
    Provisional,
}

/// A live claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub claim: Claim,
    /// The height of the entry that made it.
    pub since: u64,
    /// The height at which it became held, and when; `None` while it is queued.
    pub held: Option<Grant>,
}

impl Lease {
    /// Returns whether work may land under it: it is held, and nobody has revoked it.
    pub(crate) fn is_in_force(&self) -> bool {
        self.held.is_some() && self.claim.revoked_by.is_none()
    }
}

/// When a claim became held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub token: u64,
    pub time: Timestamp,
}

/// How a claim ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    Released,
    /// Its holder put these in its place by the same entry: what was done under it counts as long as they do.
    Replaced(Vec<RecordId>),
    HandedOver,
    Taken,
    Expired,
    Revoked,
}

/// What is remembered of a claim that ended (S10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    pub claim: Claim,
    pub since: u64,
    pub token: Option<u64>,
    pub ending: Ending,
    /// The height and time of the entry that ended it.
    pub ended: u64,
    pub ended_time: Timestamp,
    pub left: Left,
}

/// Where the holder said that the work went. For people; decides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub note: Option<String>,
}

impl Left {
    /// Returns whether it names no place: neither a branch nor a commit.
    pub fn is_empty(&self) -> bool {
        self.branch.is_none() && self.commit.is_none()
    }
}

/// A head that a request named, and where its ref was then: what has landed of it since was part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedHead {
    pub head: ObjectId,
    pub landed: Option<ObjectId>,
}

/// A request with what it has been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub request: Request,
    /// The height of the entry that opened it.
    pub opened: u64,
    pub opened_time: Timestamp,
    /// The height of the entry that changed it last: its claims were granted before that (S10).
    pub updated: u64,
    /// Every head it ever had, each once (S16).
    pub heads: Vec<NamedHead>,
    /// The holders of every claim that it ever cited: contributors only grow (S16).
    pub holders: Vec<PrincipalId>,
    /// What the signature by which it was opened meets of what roles ask for: what breaks the glass is not edited.
    pub signed: KeyRule,
}

/// A policy that asks to become active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    pub request: PolicyRequest,
    pub policy: Policy,
    /// The height of the entry that opened it.
    pub opened: u64,
    pub opened_time: Timestamp,
    /// What the opener's signature meets of what roles ask for.
    pub signed: KeyRule,
}

/// A command that asks to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Petition {
    pub request: ActionRequest,
    /// The height of the entry that opened it.
    pub opened: u64,
    pub opened_time: Timestamp,
}

/// A run, and when it was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub run: Run,
    /// The height of the entry that started it.
    pub since: u64,
    pub since_time: Timestamp,
}

/// A finding with the moment of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    pub finding: Finding,
    pub found: Timestamp,
    /// The highest severity that it ever had.
    pub peak: Severity,
    /// Who last set its state, if anybody but the author did.
    pub triaged_by: Option<PrincipalId>,
    /// The height of the entry that last set its state or its severity.
    pub triaged: u64,
    /// Whether its author might triage or veto when it filed it.
    pub filed_with_weight: bool,
    /// Who it was triaged for while open: a triager's word makes it block (S19).
    pub raised_by_triage: bool,
    /// Whether anybody but the author made it weigh more, or opened it again.
    pub raised_by_another: bool,
    /// The changes, each of a ref, that the request or the commit was which it names: it is about them under any other
    /// request as well.
    pub bound: Vec<(RefName, Digest)>,
}

impl Noted {
    /// Returns whether it names a request, or the change that this asks to land.
    pub fn names(&self, request: &Request) -> bool {
        self.finding.request.as_ref() == Some(&request.id) || self.is_bound_to(request)
    }

    pub(crate) fn is_bound_to(&self, request: &Request) -> bool {
        self.bound.iter().any(|(target, delta)| *target == request.target && *delta == request.delta)
    }
}

/// The state of a ledger at one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub charter: Charter,
    /// How many entries, void ones included, led here.
    pub height: u64,
    /// The time of the last valid entry.
    pub time: Timestamp,
    pub policy: Policy,
    pub policy_digest: Digest,
    pub principals: Shelf<PrincipalId, Enrolled>,
    /// Every key that ever belonged to a principal.
    pub keys: Shelf<PublicKey, PrincipalId>,
    pub claims: Shelf<RecordId, Lease>,
    /// The live claims by the beginnings of their patterns, and by their resources.
    pub occupied: Shelf<(String, RecordId), ()>,
    pub tombstones: Shelf<RecordId, Tombstone>,
    pub findings: Shelf<RecordId, Noted>,
    pub open_finding_count: u64,
    /// Every decision that was ever made.
    pub decisions: Shelf<RecordId, Settled>,
    pub requests: Shelf<RecordId, Pending>,
    /// Requests to change the policy.
    pub proposals: Shelf<RecordId, Proposed>,
    /// Requests that landed before anybody approved: their refs stand still until others have reviewed them.
    pub broken: Shelf<RecordId, Broken>,
    /// Requests for actions.
    pub petitions: Shelf<RecordId, Petition>,
    /// Runs, by the requests that they spent: those without a known outcome, and what ended since the last start.
    pub runs: Shelf<RecordId, Running>,
    pub approvals: Shelf<RecordId, OrdMap<PrincipalId, Answered>>,
    /// Vetoes whose requests have landed as something else.
    pub left_vetoes: Shelf<(RecordId, PrincipalId), LeftVeto>,
    pub landed: Shelf<RefName, Landed>,
    pub adopting: Shelf<RefName, Adopting>,
    /// Refs on which something landed until no rule protected them any more, with the `rev` of the last record about each:
    /// whatever moved them since was judged by nobody.
    pub lapsed: Shelf<RefName, u64>,
    /// The largest token that landed on a path of a ref, as far as a claim that is still known has a smaller one.
    pub landed_tokens: Shelf<(RefName, Vec<u8>), u64>,
    /// Deltas that landed: their approvals are used up.
    pub landed_deltas: Shelf<Digest, u64>,
    pub paces: Shelf<PrincipalId, Pace>,
    /// Every id that was ever used.
    pub used: Shelf<RecordId, ()>,
}

impl State {
    /// Returns the state of a ledger with one entry, before any record of it but charter and policy is taken in.
    pub(crate) fn without_records(charter: Charter, time: Timestamp, policy: Policy, policy_digest: Digest) -> Self {
        Self {
            charter,
            height: 1,
            time,
            policy,
            policy_digest,
            principals: Shelf::new(),
            keys: Shelf::new(),
            claims: Shelf::new(),
            occupied: Shelf::new(),
            tombstones: Shelf::new(),
            findings: Shelf::new(),
            open_finding_count: 0,
            decisions: Shelf::new(),
            requests: Shelf::new(),
            proposals: Shelf::new(),
            broken: Shelf::new(),
            petitions: Shelf::new(),
            runs: Shelf::new(),
            approvals: Shelf::new(),
            left_vetoes: Shelf::new(),
            landed: Shelf::new(),
            adopting: Shelf::new(),
            lapsed: Shelf::new(),
            landed_tokens: Shelf::new(),
            landed_deltas: Shelf::new(),
            paces: Shelf::new(),
            used: Shelf::new(),
        }
    }

    /// Returns the height of the last entry: how many there are before it, so that genesis has 0.
    pub fn head_height(&self) -> u64 {
        self.height - 1
    }

    pub fn principal(&self, id: &PrincipalId) -> Option<&Enrolled> {
        self.principals.get(id)
    }

    /// Returns the principal whose present key this is.
    pub fn principal_by_key(&self, key: &PublicKey) -> Option<&Enrolled> {
        self.principals.get(self.keys.get(key)?).filter(|enrolled| enrolled.key == *key)
    }

    pub fn role(&self, name: &RecordName) -> Option<&Role> {
        self.policy.roles.get(name)
    }

    /// Returns whether the principal may do this now.
    pub fn may(&self, enrolled: &Enrolled, right: Right) -> bool {
        if enrolled.record.status != Standing::Active {
            return false;
        }
        if right.needs_confirmation() && enrolled.trust == Trust::Provisional {
            return false;
        }
        if !self.has_fit_key(enrolled) || enrolled.reach.as_ref().is_some_and(|reach| !reach.may.contains(&right)) {
            return false;
        }
        // What machines check, machines say.
        if right == Right::Attest && enrolled.record.kind != PrincipalKind::Service {
            return false;
        }
        let is_hub = enrolled.record.role.as_str() == Policy::HUB;
        let suits = |role: &Role| role.holders == Holders::Anybody || enrolled.record.kind == PrincipalKind::Human;
        !is_hub && self.role(&enrolled.record.role).is_some_and(|role| role.may.contains(&right) && suits(role))
    }

    /// Returns whether what the principal signs from now on is nobody's word, because its key may be in other hands.
    pub(crate) fn is_suspect(&self, enrolled: &Enrolled) -> bool {
        enrolled.record.suspect_since.is_some_and(|since| self.height >= since)
    }

    /// Returns whether the principal is a hub: a service that records landings.
    pub fn is_hub(&self, enrolled: &Enrolled) -> bool {
        enrolled.record.role.as_str() == Policy::HUB
            && enrolled.record.kind == PrincipalKind::Service
            && enrolled.record.status == Standing::Active
            && enrolled.trust == Trust::Confirmed
    }

    /// Returns the answers to a request.
    pub fn answers(&self, request: &RecordId) -> impl Iterator<Item = &Answered> {
        self.approvals.get(request).into_iter().flat_map(|answers| answers.values())
    }
}

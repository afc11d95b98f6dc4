//! Who may do what, and which refs are protected by which rules.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::CheckRule;
use crate::model::Digest;
use crate::model::Mission;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::RefPattern;
use crate::model::Severity;
use crate::model::Span;

/// Something that a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    Claim,
    Find,
    Triage,
    Request,
    Approve,
    Veto,
    Enroll,
    Revoke,
    ProposePolicy,
    Land,
    /// To land before anybody approved, as a human.
    BreakGlass,
    /// Says which checks passed on a tree. Only services do.
    Attest,
    /// Settles questions for everybody.
    Decide,
}

impl Right {
    /// The rights that an unconfirmed principal cannot exercise (S14).
    pub fn needs_confirmation(self) -> bool {
        matches!(
            self,
            Self::Approve
                | Self::Veto
                | Self::Enroll
                | Self::Land
                | Self::Triage
                | Self::Revoke
                | Self::BreakGlass
                | Self::Attest
                | Self::Decide
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub may: BTreeSet<Right>,
    /// The paths that the role may change; empty means all.
    pub lanes: Vec<Pattern>,
    pub holders: Holders,
    pub enrolment: Enrolment,
    pub keys: KeyRule,
}

/// With which keys a role is exercised; each asks for more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyRule {
    Any,
    /// In a hardware authenticator, which is touched for each signature.
    UserPresence,
    /// In one that also checks its user, by PIN or finger.
    UserVerification,
}

/// Who may have a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders {
    Anybody,
    HumansOnly,
}

/// How a role is come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolment {
    ByOthers,
    BySelf,
}

/// Who may change the rules, and how many of them it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    pub threshold: u64,
    pub members: BTreeSet<PrincipalId>,
}

/// What happens to a commit on a path that nobody claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    Off,
    Warn,
    Auto,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRules {
    pub require: Requirement,
    pub ttl: Span,
    pub ttl_max: Span,
    /// How long after its expiry a claim cannot be taken over.
    pub grace: Span,
    /// How many live claims one principal may have.
    pub per_principal: u64,
}

/// What is asked of the commits of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommitRule {
    Any,
    Signed,
}

/// Whether commits that a forge makes, without a signature of a principal, may land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ForgeRule {
    Off,
    /// Those that commit exactly what a request's own head changes (S16).
    Delta,
}

/// What is looked at of a change that takes several commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HistoryRule {
    /// What it changes from its beginning to its end.
    Delta,
    /// Every commit on the way as well: what was added and taken out again stays in the history.
    Strict,
}

/// What is asked of the contributors' claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeaseRule {
    Any,
    Held,
}

/// In what approvers must differ from every contributor and from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distinct {
    Operator,
    Vendor,
}

/// What an approval is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    Delta,
    Tree,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// The rule asks only if a changed path matches one of these; empty means always.
    pub paths: Vec<Pattern>,
    pub count: u64,
    pub from: Vec<RecordName>,
    pub distinct: BTreeSet<Distinct>,
    pub bind: Binding,
    /// How old an approval may be.
    pub max_age: Option<Span>,
    /// How many approvals of one principal count that it gave within an hour.
    pub max_per_hour: Option<u64>,
}

impl ApprovalRule {
    /// Returns whether the rule asks about a change of these paths.
    pub fn asks<'a>(&self, paths: impl IntoIterator<Item = &'a [u8]>) -> bool {
        self.paths.is_empty() || paths.into_iter().any(|path| self.names(path))
    }

    /// Returns whether one of its patterns names a path, or one that a file system may take for it: what is asked about
    /// `Cargo.toml` is asked about `CARGO.TOML` too.
    pub fn names(&self, path: &[u8]) -> bool {
        self.paths.iter().any(|pattern| pattern.matches_in_any_form(path))
    }
}

/// Something that git cannot undo: a command, and who has to approve exactly it before it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRule {
    pub name: RecordName,
    /// All of them ask. None is about paths, or bound to a tree.
    pub approvals: Vec<ApprovalRule>,
    /// How long after it was given an approval counts.
    pub expires: Span,
}

impl ActionRule {
    /// The longest time for which an approval may count.
    pub const EXPIRES_MAX: Span = Span::from_s(86_400);

    /// Returns the rules by which approvals are counted: none of them counts for longer than the action lets it.
    pub fn asking(&self) -> impl Iterator<Item = ApprovalRule> + '_ {
        let age = |rule: &ApprovalRule| rule.max_age.map_or(self.expires, |age| age.min(self.expires));
        self.approvals.iter().map(move |rule| ApprovalRule { max_age: Some(age(rule)), ..rule.clone() })
    }
}

/// The rules of a set of refs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    pub name: RecordName,
    /// The mission whose changes alone it is asked of; `None` for those of everybody.
    pub mission: Option<RecordName>,
    pub refs: Vec<RefPattern>,
    pub commits: CommitRule,
    pub forge_commits: ForgeRule,
    pub history: HistoryRule,
    pub claims: LeaseRule,
    pub block_on: BTreeSet<Severity>,
    pub approvals: Vec<ApprovalRule>,
    pub checks: Vec<CheckRule>,
}

impl Protection {
    /// Returns whether the rules govern the ref. A twin of it is refused, and so needs no rules.
    pub fn governs(&self, name: &RefName) -> bool {
        self.refs.iter().any(|pattern| pattern.matches(name.as_str()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub version: u64,
    pub parent: Option<Digest>,
    pub root: Root,
    pub roles: BTreeMap<RecordName, Role>,
    pub claims: ClaimRules,
    /// What is asked of claims in a mission besides.
    pub missions: BTreeMap<RecordName, Mission>,
    /// Those of everybody first, then those of missions, which only ever ask for more.
    pub protections: Vec<Protection>,
    pub actions: Vec<ActionRule>,
}

impl Policy {
    /// The built-in role that may record landings and nothing else.
    pub const HUB: &str = "hub";

    /// Returns whether a principal is a root member.
    pub fn is_root(&self, id: &PrincipalId) -> bool {
        self.root.members.contains(id)
    }

    /// Returns the rules that govern a ref for everybody: all that match.
    pub fn protections_of<'a>(&'a self, name: &'a RefName) -> impl Iterator<Item = &'a Protection> + 'a {
        self.general().filter(move |protection| protection.governs(name))
    }

    /// Returns the rules that govern a ref for a change of these missions: theirs come on top, where anything is protected
    /// at all.
    pub fn protections_within<'a>(&'a self, name: &RefName, missions: &BTreeSet<&RecordName>) -> Vec<&'a Protection> {
        let governs = |protection: &&Protection| protection.governs(name);
        let general: Vec<_> = self.general().filter(governs).collect();
        if general.is_empty() {
            return general;
        }
        let concerns = |protection: &&Protection| protection.mission.as_ref().is_some_and(|own| missions.contains(own));
        let special = self.protections.iter().filter(concerns).filter(governs);
        general.into_iter().chain(special).collect()
    }

    /// Returns the rules that are no mission's.
    pub fn general(&self) -> impl Iterator<Item = &Protection> {
        self.protections.iter().filter(|protection| protection.mission.is_none())
    }

    /// Returns how long a claim may last at most, and how long it lasts if nobody says.
    pub fn ttls(&self, mission: Option<&RecordName>) -> (Span, Span) {
        let shorter = mission.and_then(|name| self.missions.get(name)?.ttl_max);
        let longest = shorter.map_or(self.claims.ttl_max, |shorter| shorter.min(self.claims.ttl_max));
        (longest, self.claims.ttl.min(longest))
    }

    /// Returns what the policy asks before an action is run, if it names it.
    pub fn action(&self, name: &RecordName) -> Option<&ActionRule> {
        self.actions.iter().find(|action| action.name == *name)
    }

    /// Returns whether any rule governs a ref for everybody.
    pub fn protects(&self, name: &RefName) -> bool {
        self.protections_of(name).next().is_some()
    }

    /// Returns a pattern that protects a ref, or one for which some checkout would take it.
    pub fn protects_twin_of(&self, name: &str) -> Option<&RefPattern> {
        let mut patterns = self.protections.iter().flat_map(|protection| &protection.refs);
        patterns.find(|pattern| pattern.matches_folded(name))
    }
}

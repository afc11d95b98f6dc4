//! `policy.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;

use crate::format::field::Field;
use crate::format::field::StringField;
use crate::format::field::unwrap_all;
use crate::format::keyed::Keyed;
use crate::format::mission::MissionShape;
use crate::format::version::Format;
use crate::model::ActionRule;
use crate::model::ApprovalRule;
use crate::model::Binding;
use crate::model::CheckRule;
use crate::model::ClaimRules;
use crate::model::CommitRule;
use crate::model::Digest;
use crate::model::Distinct;
use crate::model::Enrolment;
use crate::model::ForgeRule;
use crate::model::HistoryRule;
use crate::model::Holders;
use crate::model::KeyRule;
use crate::model::LeaseRule;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::PrincipalId;
use crate::model::Protection;
use crate::model::RecordName;
use crate::model::RefPattern;
use crate::model::Requirement;
use crate::model::Right;
use crate::model::Role;
use crate::model::Root;
use crate::model::Severity;
use crate::model::Span;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PolicyShape {
    #[expect(dead_code, reason = "reading it is the check")]
    format: Format,
    version: u64,
    parent: Option<Field<Digest>>,
    root: Keyed<RootShape>,
    #[serde(default)]
    roles: BTreeMap<RoleKey, Keyed<RoleShape>>,
    #[serde(default)]
    claims: Keyed<ClaimRulesShape>,
    #[serde(default)]
    missions: BTreeMap<Field<RecordName>, Keyed<MissionShape>>,
    #[serde(default)]
    protect: Vec<Keyed<ProtectionShape>>,
    #[serde(default)]
    actions: Vec<Keyed<ActionShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RootShape {
    threshold: u64,
    members: Vec<Field<PrincipalId>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RoleKey(RecordName);

impl<'de> Deserialize<'de> for RoleKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == Policy::HUB {
            return Err(D::Error::custom("the role `hub` is built in"));
        }
        RecordName::read(&name).map(RoleKey).map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RoleShape {
    may: Vec<Field<Right>>,
    #[serde(default)]
    lanes: Vec<Field<Pattern>>,
    #[serde(default)]
    humans_only: bool,
    #[serde(default)]
    self_enroll: bool,
    #[serde(default = "any_key")]
    keys: Field<KeyRule>,
}

fn any_key() -> Field<KeyRule> {
    Field(KeyRule::Any)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ClaimRulesShape {
    require: Field<Requirement>,
    ttl: Field<Span>,
    ttl_max: Field<Span>,
    grace: Field<Span>,
    per_principal: u64,
}

impl Default for ClaimRulesShape {
    fn default() -> Self {
        Self {
            require: Field(Requirement::Warn),
            ttl: Field(Span::from_s(1_800)),
            ttl_max: Field(Span::from_s(14_400)),
            grace: Field(Span::from_s(120)),
            per_principal: 20,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProtectionShape {
    name: Field<RecordName>,
    refs: Vec<Field<RefPattern>>,
    #[serde(default = "signed")]
    commits: Field<CommitRule>,
    #[serde(default = "no_forge")]
    forge_commits: Field<ForgeRule>,
    #[serde(default = "of_delta")]
    history: Field<HistoryRule>,
    #[serde(default = "any_lease")]
    claims: Field<LeaseRule>,
    #[serde(default)]
    block_on: Vec<Field<Severity>>,
    #[serde(default)]
    approvals: Vec<Keyed<ApprovalRuleShape>>,
    #[serde(default)]
    checks: Vec<Keyed<CheckRuleShape>>,
}

fn signed() -> Field<CommitRule> {
    Field(CommitRule::Signed)
}

fn no_forge() -> Field<ForgeRule> {
    Field(ForgeRule::Off)
}

fn of_delta() -> Field<HistoryRule> {
    Field(HistoryRule::Delta)
}

fn any_lease() -> Field<LeaseRule> {
    Field(LeaseRule::Any)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ApprovalRuleShape {
    #[serde(default)]
    paths: Vec<Field<Pattern>>,
    count: u64,
    from: Vec<Field<RecordName>>,
    #[serde(default)]
    distinct: Vec<Field<Distinct>>,
    #[serde(default = "delta_binding")]
    bind: Field<Binding>,
    max_age: Option<Field<Span>>,
    max_per_hour: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CheckRuleShape {
    name: Field<RecordName>,
    from: Vec<Field<RecordName>>,
    #[serde(default)]
    paths: Vec<Field<Pattern>>,
    max_age: Option<Field<Span>>,
}

/// Paths and trees are nothing that a command has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ActionShape {
    name: Field<RecordName>,
    approvals: Vec<Keyed<ActionApprovalShape>>,
    expires: Field<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ActionApprovalShape {
    count: u64,
    from: Vec<Field<RecordName>>,
    #[serde(default)]
    distinct: Vec<Field<Distinct>>,
    max_age: Option<Field<Span>>,
    max_per_hour: Option<u64>,
}

fn delta_binding() -> Field<Binding> {
    Field(Binding::Delta)
}

impl PolicyShape {
    pub(crate) fn into_model(self) -> Policy {
        let root = self.root.0;
        let claims = self.claims.0;
        let members = root.members.into_iter().map(|field| field.0).collect();
        let mut protections: Vec<_> = self.protect.into_iter().map(|shape| shape.0.into_model()).collect();
        let mut missions = BTreeMap::new();
        for (name, shape) in self.missions {
            let (mission, of_mission) = shape.0.into_model(&name.0);
            missions.insert(name.0, mission);
            protections.extend(of_mission);
        }
        Policy {
            version: self.version,
            parent: self.parent.map(|field| field.0),
            root: Root { threshold: root.threshold, members },
            roles: self.roles.into_iter().map(|(name, role)| (name.0, role.0.into_model())).collect(),
            claims: ClaimRules {
                require: claims.require.0,
                ttl: claims.ttl.0,
                ttl_max: claims.ttl_max.0,
                grace: claims.grace.0,
                per_principal: claims.per_principal,
            },
            missions,
            protections,
            actions: self.actions.into_iter().map(|shape| shape.0.into_model()).collect(),
        }
    }
}

impl RoleShape {
    fn into_model(self) -> Role {
        Role {
            may: self.may.into_iter().map(|field| field.0).collect(),
            lanes: unwrap_all(self.lanes),
            holders: if self.humans_only { Holders::HumansOnly } else { Holders::Anybody },
            enrolment: if self.self_enroll { Enrolment::BySelf } else { Enrolment::ByOthers },
            keys: self.keys.0,
        }
    }
}

impl ProtectionShape {
    pub(crate) fn into_model(self) -> Protection {
        Protection {
            name: self.name.0,
            mission: None,
            refs: unwrap_all(self.refs),
            commits: self.commits.0,
            forge_commits: self.forge_commits.0,
            history: self.history.0,
            claims: self.claims.0,
            block_on: self.block_on.into_iter().map(|field| field.0).collect(),
            approvals: self.approvals.into_iter().map(|shape| shape.0.into_model()).collect(),
            checks: self.checks.into_iter().map(|shape| shape.0.into_model()).collect(),
        }
    }
}

impl ApprovalRuleShape {
    fn into_model(self) -> ApprovalRule {
        ApprovalRule {
            paths: unwrap_all(self.paths),
            count: self.count,
            from: unwrap_all(self.from),
            distinct: self.distinct.into_iter().map(|field| field.0).collect(),
            bind: self.bind.0,
            max_age: self.max_age.map(|field| field.0),
            max_per_hour: self.max_per_hour,
        }
    }
}

impl CheckRuleShape {
    fn into_model(self) -> CheckRule {
        CheckRule {
            name: self.name.0,
            from: unwrap_all(self.from),
            paths: unwrap_all(self.paths),
            max_age: self.max_age.map(|field| field.0),
        }
    }
}

impl ActionShape {
    fn into_model(self) -> ActionRule {
        ActionRule {
            name: self.name.0,
            approvals: self.approvals.into_iter().map(|shape| shape.0.into_model()).collect(),
            expires: self.expires.0,
        }
    }
}

impl ActionApprovalShape {
    fn into_model(self) -> ApprovalRule {
        ApprovalRule {
            paths: Vec::new(),
            count: self.count,
            from: unwrap_all(self.from),
            distinct: self.distinct.into_iter().map(|field| field.0).collect(),
            bind: Binding::Delta,
            max_age: self.max_age.map(|field| field.0),
            max_per_hour: self.max_per_hour,
        }
    }
}

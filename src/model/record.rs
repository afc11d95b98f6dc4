//! Records by their place in the ledger's tree.

use std::fmt;

use crate::model::ActionRequest;
use crate::model::Approval;
use crate::model::Claim;
use crate::model::Decision;
use crate::model::Digest;
use crate::model::Finding;
use crate::model::Landed;
use crate::model::Policy;
use crate::model::PolicyRequest;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::Request;
use crate::model::Run;
use crate::model::Text;
use crate::model::Timestamp;

/// `coord.toml`: what this ledger is. Written at genesis only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charter {
    /// The version of the rules under which the ledger is judged.
    pub rules: u64,
    /// A random name of the ledger, to which approvals and deltas are bound.
    pub audience: Text,
    pub created: Timestamp,
}

/// One file of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Charter(Charter),
    Readme,
    Policy(Box<Policy>, Digest),
    /// A policy that is not active, and the digest of its file.
    Draft(Box<Policy>, Digest),
    Principal(Box<Principal>),
    Claim(Box<Claim>),
    Decision(Box<Decision>),
    Finding(Box<Finding>),
    Request(Box<Request>),
    PolicyRequest(Box<PolicyRequest>),
    ActionRequest(Box<ActionRequest>),
    Run(Box<Run>),
    Approval(Box<Approval>),
    Landed(Box<Landed>),
}

/// Where a record lies. The path follows from the record's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordPath {
    Charter,
    Readme,
    Policy,
    /// The version that a draft of the policy would be, and the request that asks for it.
    Draft(u64, RecordId),
    Principal(PrincipalId),
    Claim(RecordId),
    Decision(RecordId),
    Finding(RecordId),
    Request(RecordId),
    Approval(RecordId, PrincipalId),
    /// What became of the request whose id it bears.
    Run(RecordId),
    /// The first 16 hexadecimal digits of the SHA-256 of the ref's name.
    Landed(String),
}

impl RecordPath {
    /// Returns the record that belongs at the path, or `None` where no record may be.
    pub fn parse(path: &str) -> Option<Self> {
        let parsed = Self::parse_parts(path)?;
        // Only one spelling of each path: what it prints is what was read.
        (parsed.to_string() == path).then_some(parsed)
    }

    fn parse_parts(path: &str) -> Option<Self> {
        match path {
            "coord.toml" => return Some(Self::Charter),
            "README.md" => return Some(Self::Readme),
            "policy.toml" => return Some(Self::Policy),
            _ => {}
        }
        let (directory, rest) = path.split_once('/')?;
        let name = rest.strip_suffix(".toml")?;
        let id_of = |text: &str, kind: RecordKind| RecordId::parse(text).ok().filter(|id| id.kind() == kind);
        match directory {
            "drafts" => {
                let (version, request) = name.split_once('-')?;
                Some(Self::Draft(version.parse().ok()?, id_of(request, RecordKind::Request)?))
            }
            "principals" => PrincipalId::parse(name).ok().map(Self::Principal),
            "claims" => id_of(name, RecordKind::Claim).map(Self::Claim),
            "decisions" => id_of(name, RecordKind::Decision).map(Self::Decision),
            "findings" => id_of(name.split_once('/')?.1, RecordKind::Finding).map(Self::Finding),
            "requests" => id_of(name, RecordKind::Request).map(Self::Request),
            "approvals" => {
                let (request, principal) = name.split_once('/')?;
                let principal = PrincipalId::parse(principal).ok()?;
                Some(Self::Approval(id_of(request, RecordKind::Request)?, principal))
            }
            "runs" => id_of(name, RecordKind::Request).map(Self::Run),
            "landed" => {
                let is_hash = name.len() == 16 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                is_hash.then(|| Self::Landed(name.to_owned()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for RecordPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Charter => f.write_str("coord.toml"),
            Self::Readme => f.write_str("README.md"),
            Self::Policy => f.write_str("policy.toml"),
            Self::Draft(version, request) => write!(f, "drafts/{version}-{request}.toml"),
            Self::Principal(id) => write!(f, "principals/{id}.toml"),
            Self::Claim(id) => write!(f, "claims/{id}.toml"),
            Self::Decision(id) => write!(f, "decisions/{id}.toml"),
            // Findings can be many: a flat directory would be written anew with every one of them.
            Self::Finding(id) => write!(f, "findings/{}/{id}.toml", &id.as_str()[2..4]),
            Self::Request(id) => write!(f, "requests/{id}.toml"),
            Self::Approval(request, principal) => write!(f, "approvals/{request}/{principal}.toml"),
            Self::Run(id) => write!(f, "runs/{id}.toml"),
            Self::Landed(hash) => write!(f, "landed/{hash}.toml"),
        }
    }
}

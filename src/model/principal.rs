//! Who acts: agents, humans and services.

use crate::model::PrincipalId;
use crate::model::RecordName;

/// What sort of actor a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    Agent,
    Human,
    Service,
}

/// Whether a principal may act. It only ever moves down this list by its own hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Active,
    Suspended,
    Revoked,
}

/// The record of one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub rev: u64,
    pub id: PrincipalId,
    pub kind: PrincipalKind,
    pub role: RecordName,
    /// The model family of an agent. Humans have none.
    pub vendor: Option<RecordName>,
    /// The human or organisation behind the principal; its own id where it stands for itself.
    pub operator: Option<RecordName>,
    /// The public key as OpenSSH writes it, without a comment.
    pub key: String,
    pub status: Standing,
    pub enrolled_by: PrincipalId,
    pub confirmed_by: Option<PrincipalId>,
    pub suspect_since: Option<u64>,
    /// The new key's signature over the rotation, in armour; present once the key was rotated.
    pub rotation: Option<String>,
    pub capabilities: Vec<RecordName>,
}

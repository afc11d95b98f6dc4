//! A draft of the policy that asks to become the active one.

use crate::model::Digest;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Text;

/// A request whose change is the policy itself (S20). It is never edited: another draft is another request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRequest {
    pub id: RecordId,
    pub opener: PrincipalId,
    /// The version that the draft would be.
    pub version: u64,
    /// The digest of the draft's file: what is approved, byte for byte.
    pub delta: Digest,
    pub title: Text,
    pub summary: Option<Text>,
}

//! Which veto somebody means.

use crate::model::Digest;
use crate::model::PrincipalId;
use crate::model::RecordId;

/// One veto, by the entry in which it was given: given anew it is another one, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedVeto {
    /// The request that is vetoed.
    pub request: RecordId,
    pub principal: PrincipalId,
    /// The entry, by SHA-256 of what its signer signed.
    pub entry: Digest,
}

//! What a mission asks for beyond what is asked of everybody.

use crate::model::Span;

/// The limits of claims in a mission. They come on top of those of everybody, so none of them can loosen anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mission {
    /// How long a claim may last at most.
    pub ttl_max: Option<Span>,
    /// How many live claims of the mission one principal may have.
    pub per_principal: Option<u64>,
}

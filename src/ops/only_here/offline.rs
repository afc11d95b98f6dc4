//! What becomes of an entry while the remote that decides is away.

/// What becomes of an entry while the remote that decides is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    /// It is refused: what it says rests on a ledger that was fetched for it.
    Refused,
    /// It is refused, and its author may ask to have it left here.
    Possible,
    /// It is left here if the remote does not answer.
    Fallback,
    /// It is left here, and nobody is asked.
    Chosen,
}

//! Who acts: each has a home, a key and a place to work of their own.

/// Somebody who types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    /// The person who begins the ledger.
    Maria,
    /// An agent that changes code.
    Alice,
    /// Another one, of another vendor.
    Bob,
    /// An agent that reviews, of a third vendor.
    Carol,
    /// An agent that reviews, of Alice's vendor.
    Dave,
}

impl Actor {
    pub(super) const ALL: [Self; 5] = [Self::Maria, Self::Alice, Self::Bob, Self::Carol, Self::Dave];

    /// Returns the name that is enrolled.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Maria => "maria",
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Carol => "carol",
            Self::Dave => "dave",
        }
    }

    /// Returns where they work: the clone, a worktree of it, or the clone of the reviewers.
    pub(super) fn desk(self) -> &'static str {
        match self {
            Self::Maria => "project",
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Carol | Self::Dave => "review",
        }
    }
}

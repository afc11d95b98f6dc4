//! The difference between two trees, as approvals see it.

/// One side of a changed path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Content {
    /// The mode as git writes it: `0o100644`, `0o100755`, `0o120000` or `0o160000`.
    pub mode: u32,
    /// The SHA-256 of the content; of a submodule the commit id, filled up with zeros.
    pub sha256: [u8; 32],
}

impl Content {
    pub const LINK: u32 = 0o120_000;
    pub const SUBMODULE: u32 = 0o160_000;
}

/// One changed path. A delta lists them in the order of their path's bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeltaEntry {
    pub path: Vec<u8>,
    pub old: Option<Content>,
    pub new: Option<Content>,
}

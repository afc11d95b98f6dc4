//! What is tried on every server, as the page of servers tells it.

/// One thing that is tried on every server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    Begin,
    Install,
    Claim,
    Race,
    Unasked,
    Plain,
    Land,
    BothAtOnce,
    BothOneByOne,
    Alias,
    Delete,
    Rewind,
    Again,
    LedgerAside,
    Moved,
    Together,
    Missing,
    Crash,
    Key,
    Owner,
    ToldWithout,
    ToldWith,
}

impl Row {
    pub(crate) const ALL: [Self; 22] = [
        Self::Begin,
        Self::Install,
        Self::Claim,
        Self::Race,
        Self::Unasked,
        Self::Plain,
        Self::Land,
        Self::BothAtOnce,
        Self::BothOneByOne,
        Self::Alias,
        Self::Delete,
        Self::Rewind,
        Self::Again,
        Self::LedgerAside,
        Self::Moved,
        Self::Together,
        Self::Missing,
        Self::Crash,
        Self::Key,
        Self::Owner,
        Self::ToldWithout,
        Self::ToldWith,
    ];

    /// Returns what is tried.
    pub(crate) fn tried(self) -> &'static str {
        match self {
            Self::Begin => "`init --remote`, then `join` in a second clone",
            Self::Install => "`hooks install --server` by the server's account, the hub enrolled",
            Self::Claim => "`claim`: who says that it holds",
            Self::Race => "Two clones claim one path at once",
            Self::Unasked => "A push to `main` that nobody approved",
            Self::Plain => "A plain push of what was approved",
            Self::Land => "`land`",
            Self::BothAtOnce => "Ledger and branch in one atomic push: what may not, and what may",
            Self::BothOneByOne => "The same without `--atomic`, in both orders",
            Self::Alias => "A push to a symbolic ref that leads to `main`; the same without our hooks",
            Self::Delete => "Deleting `main`, and the ledger",
            Self::Rewind => "Rewinding `main`, and the ledger",
            Self::Again => "Deleting `main` and making it again",
            Self::LedgerAside => "Replacing the ledger by another one",
            Self::Moved => "An approval is withdrawn between check and move",
            Self::Together => "Six pushes at once",
            Self::Missing => "The program is gone from the server",
            Self::Crash => "The program dies",
            Self::Key => "The hub's key cannot be read by the server",
            Self::Owner => "The repository belongs to another account",
            Self::ToldWithout => "`demo --remote` where our hooks are not",
            Self::ToldWith => "`demo --remote` where they are",
        }
    }
}

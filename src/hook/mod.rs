//! What the shims in `hooks/` call. Client hooks advise; server hooks hold the gate, and refuse when in doubt.

mod client;
mod ledger_worktree;
mod server;

pub use client::pre_commit;
pub use client::pre_merge_commit;
pub use client::pre_push;
pub use client::prepare_commit_msg;
pub use server::post_receive;
pub use server::pre_receive;
pub use server::reference_transaction;

/// What a hook answers to git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether git may go on.
    pub goes_on: bool,
    /// What the person reads.
    pub said: Vec<String>,
}

impl Answer {
    pub(crate) fn go_on() -> Self {
        Self { goes_on: true, said: Vec::new() }
    }

    pub(crate) fn go_on_saying(said: Vec<String>) -> Self {
        Self { goes_on: true, said }
    }

    pub(crate) fn stop(said: Vec<String>) -> Self {
        Self { goes_on: false, said }
    }
}

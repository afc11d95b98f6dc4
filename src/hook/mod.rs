//! What the shims in `hooks/` call. Hooks of a clone advise; server hooks hold the gate, and refuse when in doubt. What agents'
//! programs call before an edit refuses in doubt as well.

mod agent;
mod answer;
mod claiming;
mod client;
mod held;
mod ledger_worktree;
mod server;
mod staged;

pub use agent::agent;
pub use answer::Answer;
pub use client::pre_commit;
pub use client::pre_merge_commit;
pub use client::pre_push;
pub use client::prepare_commit_msg;
pub use server::post_receive;
pub use server::pre_receive;
pub use server::reference_transaction;

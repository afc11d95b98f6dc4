//! The only door to git: objects, references, trees, history, work trees, and the git program.
//!
//! Everything local happens in-process, with replacement references, grafts and `GIT_*` variables switched off. Ids go in,
//! plain bytes and ids come out; no type of the git library leaves this module. It never decides anything, never trusts an
//! object whose hash does not match, and never runs a hook, filter or alias that a repository configures.

mod ancestry;
mod checkout;
mod configuration;
mod delta;
mod desk;
mod differences;
mod error;
mod glance;
mod history;
mod index;
mod index_lock;
mod left_out;
mod meeting_place;
mod mending;
mod object_cache;
mod objects;
mod packing;
mod process;
mod program;
mod reference_guard;
mod reference_lock;
mod references;
mod repository;
#[cfg(test)]
mod sandbox;
mod seen;
mod signer;
mod ssh;
mod ssh_share;
mod staged;
mod standing_lock;
mod transfer;
mod transport;
mod tree_changes;
mod tree_format;
mod trees;
mod uncommitted;
mod user_directory;
mod vouching;
mod worktree_pointers;
mod worktrees;

pub use configuration::ConfigScope;
pub use desk::Desk;
pub use error::GitError;
pub use glance::Glance;
pub use history::CommitLinks;
pub use index_lock::IndexLock;
pub use objects::ObjectKind;
pub use process::Output;
pub use program::Invocation;
pub use program::Program;
pub use reference_lock::Swap;
pub use references::Head;
pub use references::Target;
pub use references::parse_loose;
pub use repository::Repository;
pub use signer::run_signer;
pub use standing_lock::StandingLock;
pub use transfer::Transfer;
pub use transfer::TransferListener;
pub use transfer::TransferPhase;
pub use transport::Atomicity;
pub use transport::PushOutcome;
pub use transport::PushRequest;
pub use transport::PushResult;
pub use transport::Remote;
pub use transport::parse_push;
pub use transport::parse_references;
pub use tree_changes::TreeChange;
pub use tree_format::TreeEntry;
pub use tree_format::parse_tree;
pub use trees::TreeLookup;
pub use worktrees::Worktree;
pub use worktrees::WorktreeList;

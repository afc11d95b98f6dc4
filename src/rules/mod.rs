//! Pure: the state, what each role may change, claims, policy, the gate's verdict.
//!
//! Reading order: `state`, `entry`, `judge` and the rules of each kind of record, then `facts`, `decide` and what it
//! asks. Nothing here reads a clock, a file, git or the environment, and nothing accepts an entry that `sign` did not
//! verify.

mod approvals;
mod claims;
mod code;
mod contributors;
mod counting;
mod decide;
mod entry;
mod facts;
mod findings;
mod genesis;
mod judge;
mod landings;
mod leases;
mod policy_lint;
mod principals;
mod queue;
mod refusal;
mod requests;
mod segment;
mod sensitive;
mod state;
mod verdict;

pub use claims::leases_on;
pub use claims::obstacle;
pub use claims::takeable_from;
pub use code::Code;
pub use contributors::Contributors;
pub use counting::Count;
pub use counting::Discounted;
pub use counting::Subject;
pub use decide::Question;
pub use decide::STALENESS_MAX;
pub use decide::Segment;
pub use decide::decide;
pub use entry::Change;
pub use entry::Entry;
pub use entry::Operation;
pub use facts::CommitFact;
pub use facts::CommitSigner;
pub use facts::EarlierHead;
pub use facts::Movement;
pub use facts::SegmentFacts;
pub use facts::Update;
pub use genesis::judge_genesis;
pub use judge::RULES;
pub use judge::judge;
pub use leases::tokens;
pub use policy_lint::lint;
pub use principals::ROTATION_NAMESPACE;
pub use principals::rotation_message;
pub use queue::obstacles;
pub use queue::waited_for;
pub use queue::waits_for;
pub use refusal::Obstacle;
pub use refusal::Refusal;
pub use state::Answered;
pub use state::Ending;
pub use state::Enrolled;
pub use state::Grant;
pub use state::Lease;
pub use state::Left;
pub use state::Noted;
pub use state::Pending;
pub use state::State;
pub use state::Tombstone;
pub use state::Trust;
pub use verdict::RuleOutcome;
pub use verdict::Verdict;

//! The chain: append, verify, cache, sync, over a small storage trait (a clone, staging on top of one, and
//! memory for tests).
//!
//! Reading order: `store` (what the chain needs of storage), `chain` (one entry after the other), `ahead` (signatures
//! checked on every core), `descent` (from a head down), `view` (a verified view that follows its branch), `lost` (what was
//! verified is gone), `append` with `attempts` and `backoff`, `arriving` (what a push brings to a server). Where a remote decides:
//! `exchange`, `source`, `fetched`, `publish` (one push), `staged`, `line`, `notice`, `rebuild`, `rivals`, `neighbours`, `pusher` and `group` (one push for all who wait), `tentative`
//! and `staging` (what is only here, and how it is tried on top of something else). Then how it is kept: `memo`, `checksum`
//! and `pack` (between two commands), `memory`, `clone`, `trusted`, `shown` and `leftovers` (the checkout). It never prints, and never
//! decides by itself what an entry may do: that is asked of `rules`.

mod ahead;
mod append;
mod arriving;
mod attempts;
mod backoff;
mod chain;
mod checksum;
mod clone;
mod descent;
mod entry_reader;
mod exchange;
mod fetched;
mod group;
mod leftovers;
mod line;
mod lost;
mod memo;
mod memory;
mod neighbours;
mod notice;
mod pack;
mod pack_records;
mod pack_state;
mod publish;
mod pusher;
mod rebuild;
mod rivals;
mod shown;
mod signer;
mod source;
mod staged;
mod staging;
mod store;
mod tentative;
mod tracking;
mod trusted;
mod view;

pub use append::AppendError;
pub use append::Appended;
pub use append::Author;
pub use append::Draft;
pub use append::Edit;
pub use arriving::judge_arriving;
pub use chain::Chain;
pub use chain::HeadFault;
pub use chain::Step;
pub use chain::VoidEntry;
pub use clone::CloneStore;
pub use clone::LEDGER_REF;
pub use entry_reader::read_changes;
pub(crate) use entry_reader::refusal_of;
pub use exchange::Exchange;
pub use exchange::Traffic;
pub use exchange::confirm_decided;
pub use exchange::decide;
pub use exchange::fetch_decided;
pub use lost::Lost;
pub use lost::check_never_had_one;
pub use lost::fetch_source;
pub use memo::encode_chain;
pub use memo::recalled_chain;
pub use memory::MemoryStore;
pub use rebuild::Doubt;
pub use rebuild::KeyRing;
pub use rebuild::MadeAnew;
pub use rebuild::Proxy;
pub use signer::Signer;
pub use signer::SignerError;
pub use staging::Staging;
pub use store::Recalled;
pub use store::Snapshot;
pub use store::Store;
pub use tentative::Beyond;
pub use tentative::entries_beyond;
pub(crate) use trusted::read_trust;
pub use view::Ledger;
pub use view::LedgerError;
pub use view::Outlook;

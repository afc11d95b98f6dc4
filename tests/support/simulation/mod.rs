//! The protocol under every weather, by seeds: five clones, a server that decides and one that follows it, a clock that is
//! not the same for everybody, and somebody who chooses who goes on wherever that can matter.
//!
//! What runs is the program's own code: `append`, `pull`, `decide` and `fetch_decided` of the ledger, the judge, the gate, and
//! what a hook asks about a push. Only what lies beneath it is made up: clones without disks (`port`), a network (`network`),
//! servers (`hook`, `mischief`), a stage for the actors (`stage`). `oracle` looks at everything after every step, by what it
//! knows itself.

pub mod agent;
pub mod attempts;
pub mod code;
pub mod codes;
pub mod dice;
pub mod drafts;
pub mod hook;
pub mod landings;
pub mod mischief;
pub mod network;
pub mod oracle;
pub mod play;
pub mod port;
pub mod reach;
pub mod rogue;
pub mod settings;
pub mod stage;
pub mod trace;
pub mod work;
pub mod world;

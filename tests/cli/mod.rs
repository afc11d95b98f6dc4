//! The client side, by the real binary and the real git.

mod answers;
mod caches;
mod claims;
mod concurrency;
mod crashes;
mod drafts;
mod findings;
mod freshness;
mod hostile;
mod identity;
mod inspection;
mod interop;
mod landing;
mod leases;
mod policy;
mod raw;
mod remote;
mod revocations;
mod signers;
mod stale_index;
mod surroundings;
mod trailers;
mod trust;
mod unguarded;
mod views;
mod watcher;

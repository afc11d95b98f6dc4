//! The client side, by the real binary and the real git.

mod claims;
mod concurrency;
mod crashes;
mod findings;
mod identity;
mod interop;
mod leases;
mod raw;
mod signers;

//! Attacks on a hub with our hooks, by real pushes, each beside its nearest legal case.

mod adoptions;
mod approvals;
mod archive;
mod bindings;
mod cast;
mod closed;
mod decoys;
mod desk;
mod entry;
mod equals;
mod fencing;
mod ground;
mod hub_key;
mod landings;
mod lanes;
mod ledger;
mod merges;
mod powers;
mod recommits;
mod recording;
mod refs;
mod roundabout;
mod settling;
mod signatures;
mod stage;
mod variants;

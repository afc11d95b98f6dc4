//! One user-level verb a file: each takes a context and options and returns an outcome.
//!
//! Nothing here prints, prompts, exits, reads the environment or asks for the time; `surroundings` says what a verb is
//! told of the world, `context` is what most of them work on.

mod advance;
pub mod answer;
pub mod astray;
pub mod audit;
pub mod checkout;
pub mod claim;
mod context;
pub mod doctor;
pub mod drafts;
mod elsewhere;
mod enforcement;
pub mod enroll;
pub mod event;
mod facts;
mod failure;
pub mod find;
pub mod flight;
pub mod forge;
pub mod gate;
pub mod history;
pub mod hook_files;
pub mod hooks;
mod hub;
pub mod identity;
pub mod inbox;
pub mod init;
pub mod join;
mod keys;
pub mod land;
mod landing;
pub mod lease;
mod maintenance;
pub mod merge;
pub mod message;
pub mod named;
pub mod past;
pub mod policy;
pub mod principals;
pub mod receive;
mod record;
mod rehearsal;
mod remote;
pub mod request;
pub mod review;
pub mod revoke;
pub mod status;
mod surroundings;
pub mod sync;
pub mod verify;
pub mod visit;
pub mod watch;
mod widening;

pub use context::Context;
pub use context::Guarantee;
pub use context::PRINCIPAL_KEY;
pub use context::REMOTE_KEY;
pub use context::open_repository;
pub use failure::Failure;
pub use surroundings::Surroundings;

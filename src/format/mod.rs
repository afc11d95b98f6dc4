//! Records ↔ TOML, commits ↔ bytes, and what is hashed.
//!
//! Strict readers for what comes from outside, one canonical form for what we write. The files in `schema/` describe
//! exactly what this module reads. It decides nothing about who may write what.

mod action_request;
mod agent_payload;
mod charter;
mod claim;
pub mod code_commit;
pub mod commit;
mod decision;
mod digest;
mod fault;
mod field;
mod finding;
mod keyed;
mod landed;
mod mission;
mod moment;
mod named_veto;
mod policy;
mod policy_request;
mod principal;
mod reactions;
mod read;
mod request;
mod run;
pub mod sarif;
pub mod settings;
mod trailer;
mod version;
mod word;
mod write;

pub use action_request::action_digest;
pub use agent_payload::AGENT_PAYLOAD_BYTES_MAX;
pub use agent_payload::AgentPayload;
pub use agent_payload::PayloadFault;
pub(crate) use digest::Parts;
pub use digest::delta_digest;
pub use digest::ref_hash;
pub use digest::sha256;
pub use fault::RecordFault;
pub use fault::RecordFaultKind;
pub use moment::format_time;
pub use moment::parse_time;
pub use reactions::parse_reactions;
pub use read::RECORD_BYTES_MAX;
pub use read::parse_record;
pub use trailer::with_trailers;
pub use word::Word;
pub use write::WriteRecord;

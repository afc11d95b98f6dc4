//! Fuzzing: the bodies of the targets in `fuzz/`, which also run over everything that was ever found (`docs/testing.md`).

mod agent_payload;
mod commit;
#[cfg(test)]
mod corpus;
mod deed;
mod delta;
mod draft;
pub mod envelope;
mod fold;
mod git_answers;
mod ground;
pub mod harmless;
mod hook_input;
mod key;
mod mcp;
mod memo;
mod own_files;
mod pattern;
mod pattern_overlap;
mod policy;
mod reactions;
mod record;
mod ref_name;
mod sarif;
mod settings;
mod signature;
mod signers;
mod tape;
pub mod target;
mod terminal;
mod tree;
mod words;

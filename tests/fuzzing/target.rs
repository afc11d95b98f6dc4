//! What is fuzzed: a function of some bytes each, which holds what it reads against what must be true of it.

use super::agent_payload;
use super::commit;
use super::delta;
use super::fold;
use super::git_answers;
use super::hook_input;
use super::key;
use super::mcp;
use super::memo;
use super::own_files;
use super::pattern;
use super::pattern_overlap;
use super::policy;
use super::reactions;
use super::record;
use super::ref_name;
use super::sarif;
use super::settings;
use super::signature;
use super::signers;
use super::terminal;
use super::tree;
use super::words;

/// A name and a function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, by its name in `fuzz/fuzz_targets`.
pub const TARGETS: [Target; 25] = [
    ("agent_payload", agent_payload::run),
    ("commit", commit::run),
    ("delta", delta::run),
    ("fold", fold::run),
    ("git_answers", git_answers::run),
    ("hook_input", hook_input::run),
    ("key", key::run),
    ("mcp", mcp::run),
    ("memo", memo::run),
    ("own_files", own_files::run),
    ("pattern", pattern::run),
    ("pattern_overlap", pattern_overlap::run),
    ("policy", policy::run),
    ("reactions", reactions::run),
    ("record", record::run),
    ("ref_name", ref_name::run),
    ("sarif", sarif::run),
    ("settings_json", settings::json),
    ("settings_section", settings::section),
    ("settings_toml", settings::toml),
    ("signature", signature::run),
    ("signers", signers::run),
    ("terminal", terminal::run),
    ("tree", tree::run),
    ("words", words::run),
];

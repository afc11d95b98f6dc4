//! What agents' programs tell hooks.

use git_coord::format::AgentPayload;

/// Reads the bytes as what a hook is told: always the same, and never a tool that changes what it does not name.
pub fn run(data: &[u8]) {
    let read = AgentPayload::read(data);
    assert_eq!(AgentPayload::read(data), read);
    let Ok(payload) = read else { return };
    assert!(payload.files.len() <= 1_000, "{} files", payload.files.len());
    assert!(payload.files.iter().all(|file| !file.is_empty()), "a file without a name");
    let editors = ["Edit", "Write", "MultiEdit", "apply_patch", "create_file"];
    if payload.tool.as_deref().is_some_and(|tool| editors.contains(&tool)) {
        assert!(!payload.files.is_empty(), "a tool that changes files names none");
    }
    let is_empty = payload.tool.is_none() && payload.files.is_empty();
    assert!(!is_empty || payload.about_something().is_err());
}

//! What an agent's program tells a hook of ours: who works where, and which files a tool is about to change.
//!
//! Each program spells it its own way, and adds to it as it likes: what is not needed is passed over. A tool that is known
//! to change files and names none is not understood, which is a fault; so is whatever is not one JSON object.

use serde_json::Map;
use serde_json::Value;

/// What a hook is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentPayload {
    /// The run of the agent.
    pub session: Option<String>,
    /// Where the agent is.
    pub directory: Option<String>,
    /// The tool that is called, as its program names it.
    pub tool: Option<String>,
    /// The files that the tool changes, as they are named in the call.
    pub files: Vec<String>,
}

/// Why a payload is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadFault {
    #[error("it is longer than {AGENT_PAYLOAD_BYTES_MAX} bytes")]
    TooLong,
    #[error("it is not one JSON object: {0}")]
    Syntax(String),
    #[error("it does not say which file `{tool}` changes")]
    NoFile { tool: String },
    #[error("it names more than {FILES_MAX} files")]
    TooManyFiles,
    #[error("it names neither a tool nor a file")]
    NoTool,
    #[error("its patch counts from another directory; use apply_patch by itself")]
    MovedPatch,
}

/// More than the longest file that an agent writes at once.
pub const AGENT_PAYLOAD_BYTES_MAX: usize = 16 << 20;
/// More than one call changes.
const FILES_MAX: usize = 1_000;

/// Tools that change files, in lower case and without separators, of any of the programs.
const EDITORS: &[&str] = &[
    "applypatch",
    "create",
    "createfile",
    "delete",
    "deletefile",
    "edit",
    "editfile",
    "editfiles",
    "editnotebook",
    "insert",
    "inserteditintofile",
    "multiedit",
    "multireplacestringinfile",
    "notebookedit",
    "patch",
    "replace",
    "replacestringinfile",
    "searchreplace",
    "strreplace",
    "strreplacebasededittool",
    "strreplaceeditor",
    "write",
    "writefile",
];
/// Those of them that look as well, if they are told to.
const VIEWERS: &[&str] = &["strreplacebasededittool", "strreplaceeditor"];
/// Where tools name a file.
const PATH_KEYS: &[&str] = &[
    "file_path",
    "filePath",
    "notebook_path",
    "notebookPath",
    "path",
    "target_file",
    "targetFile",
    "target_notebook",
    "absolute_path",
];
/// Where tools carry a patch.
const PATCH_KEYS: &[&str] = &["command", "input", "patch", "patchText", "patch_text"];
const PATCH_BEGINS: &str = "*** Begin Patch";
const PATCH_ENDS: &str = "*** End Patch";
/// What applies a patch in a shell.
const PATCHERS: [&str; 2] = ["apply_patch", "applypatch"];
/// What a shell goes elsewhere by.
const MOVERS: [&str; 3] = ["cd", "pushd", "popd"];
/// How a line of a patch begins that names a file.
const PATCH_HEADS: &[&str] = &["*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:"];

impl AgentPayload {
    /// Reads a payload.
    pub fn read(bytes: &[u8]) -> Result<Self, PayloadFault> {
        if bytes.len() > AGENT_PAYLOAD_BYTES_MAX {
            return Err(PayloadFault::TooLong);
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let object: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|error| PayloadFault::Syntax(error.to_string()))?;
        let tool = text_at(&object, &["tool_name", "toolName"]);
        let files = match &tool {
            Some(tool) => files_of(tool, &input_of(&object))?,
            // Some events are about one file and no tool.
            None => text_at(&object, PATH_KEYS).into_iter().collect(),
        };
        Ok(Self {
            session: text_at(&object, &["session_id", "sessionId", "conversation_id"]),
            directory: text_at(&object, &["cwd"]).or_else(|| first_root(&object)),
            tool,
            files,
        })
    }

    /// Returns it, if it says what is called: of a call that names nothing nobody knows what it changes.
    pub fn about_something(self) -> Result<Self, PayloadFault> {
        if self.tool.is_none() && self.files.is_empty() { Err(PayloadFault::NoTool) } else { Ok(self) }
    }
}

fn text_at(object: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    let found = keys.iter().find_map(|key| object.get(*key)?.as_str().filter(|text| !text.is_empty()));
    found.map(str::to_owned)
}

fn first_root(object: &Map<String, Value>) -> Option<String> {
    object.get("workspace_roots")?.as_array()?.first()?.as_str().map(str::to_owned)
}

/// Returns what a tool is called with; some programs write it as JSON within JSON.
fn input_of(object: &Map<String, Value>) -> Value {
    let input = ["tool_input", "toolArgs", "toolInput"].iter().find_map(|key| object.get(*key));
    match input {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

fn files_of(tool: &str, input: &Value) -> Result<Vec<String>, PayloadFault> {
    let plain: String = tool.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let mut files = Vec::new();
    collect_paths(input, &mut files);
    patch_of(input, &mut files);
    files.sort();
    files.dedup();
    let command = command_of(input);
    if VIEWERS.contains(&plain.as_str()) && command == "view" {
        return Ok(Vec::new());
    }
    if !EDITORS.contains(&plain.as_str()) {
        // A shell is none of them, but what it is told to patch is plain.
        let patches = command.contains(PATCH_BEGINS) && PATCHERS.iter().any(|name| command.contains(name));
        if patches && goes_elsewhere(&command) {
            return Err(PayloadFault::MovedPatch);
        }
        return Ok(if patches { files } else { Vec::new() });
    }
    match files.len() {
        0 => Err(PayloadFault::NoFile { tool: tool.to_owned() }),
        1..=FILES_MAX => Ok(files),
        _ => Err(PayloadFault::TooManyFiles),
    }
}

/// Returns what a shell is told, in one text; its words may stand by themselves.
fn command_of(input: &Value) -> String {
    match input.get("command") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

/// Returns whether a shell may be elsewhere when it comes to a patch: what the patch names counts from there.
fn goes_elsewhere(command: &str) -> bool {
    let (mut is_in_patch, mut has_moved) = (false, false);
    for line in command.lines() {
        if is_in_patch {
            is_in_patch = !line.contains(PATCH_ENDS);
            continue;
        }
        let (before, begins) = match line.split_once(PATCH_BEGINS) {
            Some((before, rest)) => (before, !rest.contains(PATCH_ENDS)),
            None => (line, false),
        };
        let mut words = before.split(|c: char| c.is_whitespace() || "\"'`;&|(){}".contains(c));
        has_moved |= words.any(|word| MOVERS.contains(&word));
        if line.contains(PATCH_BEGINS) && has_moved {
            return true;
        }
        is_in_patch = begins;
    }
    false
}

/// Takes the files that a call names itself, or in a list of changes.
fn collect_paths(input: &Value, files: &mut Vec<String>) {
    let Some(object) = input.as_object() else { return };
    for (key, value) in object {
        match value {
            Value::String(path) if PATH_KEYS.contains(&key.as_str()) && !path.is_empty() => files.push(path.clone()),
            Value::Array(changes) => changes.iter().for_each(|change| collect_paths(change, files)),
            _ => {}
        }
    }
}

/// Takes the files that a patch names.
fn patch_of(input: &Value, files: &mut Vec<String>) {
    let mut texts: Vec<&str> = input.as_str().into_iter().collect();
    for value in PATCH_KEYS.iter().filter_map(|key| input.get(*key)) {
        texts.extend(value.as_str());
        texts.extend(value.as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    for text in texts.into_iter().filter(|text| text.contains(PATCH_BEGINS)) {
        // A line of context may look the same: one file too many is looked at, never one too few.
        let named = text.lines().filter_map(|line| PATCH_HEADS.iter().find_map(|head| line.trim().strip_prefix(head)));
        files.extend(named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn files(payload: &str) -> Vec<String> {
        AgentPayload::read(payload.as_bytes()).unwrap().files
    }

    #[test]
    fn each_program_names_the_file_its_own_way() {
        for payload in [
            r#"{"tool_name":"Edit","tool_input":{"file_path":"/r/a","old_string":"x","new_string":"y"}}"#,
            r#"{"tool_name":"NotebookEdit","tool_input":{"notebook_path":"/r/a"}}"#,
            r#"{"tool_name":"write_file","tool_input":{"file_path":"/r/a","content":"*** Add File: b"}}"#,
            r#"{"toolName":"edit","toolArgs":"{\"path\":\"/r/a\"}"}"#,
            r#"{"tool_name":"write","tool_input":{"filePath":"/r/a"}}"#,
            r#"{"hook_event_name":"afterFileEdit","file_path":"/r/a","edits":[]}"#,
            r#"{"tool_name":"multi_replace_string_in_file","tool_input":{"replacements":[{"filePath":"/r/a"}]}}"#,
        ] {
            assert_eq!(files(payload), ["/r/a"], "{payload}");
        }
    }

    #[test]
    fn every_file_of_a_patch_counts() {
        let patch = "*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@\n-x\n+*** Add File: no\n*** Add File: c d\n\
                     +y\n  *** Delete File: e\r\n*** End Patch";
        for input in [
            serde_json::json!({"command": patch}),
            serde_json::json!({"command": ["apply_patch", patch]}),
            serde_json::json!({"patchText": patch}),
            serde_json::json!(patch),
        ] {
            let payload = serde_json::json!({"tool_name": "apply_patch", "tool_input": input}).to_string();
            assert_eq!(files(&payload), ["a", "b", "c d", "e"]);
        }
        let command = format!("apply_patch <<'E'\n{patch}\nE");
        let payload = serde_json::json!({"tool_name": "Bash", "tool_input": {"command": command}}).to_string();
        assert_eq!(files(&payload), ["a", "b", "c d", "e"]);
    }

    #[test]
    fn two_names_are_two_files() {
        let payload = r#"{"tool_name":"Edit","tool_input":{"file_path":"a","path":"b"}}"#;
        assert_eq!(files(payload), ["a", "b"]);
    }

    #[test]
    fn other_tools_change_nothing_that_is_known() {
        for payload in [
            r#"{"tool_name":"Bash","tool_input":{"command":"rm -rf /"}}"#,
            r#"{"tool_name":"Bash","tool_input":{"command":"grep '*** Begin Patch\n*** Add File: a'"}}"#,
            r#"{"tool_name":"Read","tool_input":{"file_path":"/r/a"}}"#,
            r#"{"tool_name":"str_replace_editor","tool_input":{"command":"view","path":"/r/a"}}"#,
            r#"{"session_id":"s","cwd":"/r"}"#,
        ] {
            assert_eq!(files(payload), Vec::<String>::new(), "{payload}");
        }
    }

    #[test]
    fn what_is_not_understood_is_a_fault() {
        let fault = |payload: &[u8]| AgentPayload::read(payload).unwrap_err();
        assert!(matches!(fault(b""), PayloadFault::Syntax(_)));
        assert!(matches!(fault(b"[]"), PayloadFault::Syntax(_)));
        assert!(matches!(fault(b"{} {}"), PayloadFault::Syntax(_)));
        assert!(matches!(fault(&b"[".repeat(100_000)), PayloadFault::Syntax(_)));
        assert_eq!(fault(br#"{"tool_name":"Edit"}"#), PayloadFault::NoFile { tool: "Edit".into() });
        assert_eq!(
            fault(br#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch"}}"#),
            PayloadFault::NoFile { tool: "apply_patch".into() }
        );
        assert_eq!(fault(&vec![b' '; AGENT_PAYLOAD_BYTES_MAX + 1]), PayloadFault::TooLong);
    }

    #[test]
    fn session_and_directory_are_read() {
        let payload = br#"{"conversation_id":"c","session_id":"s","cwd":"","workspace_roots":["/w"],"more":[1]}"#;
        let read = AgentPayload::read(payload).unwrap();
        assert_eq!((read.session.as_deref(), read.directory.as_deref()), (Some("s"), Some("/w")));
    }
}

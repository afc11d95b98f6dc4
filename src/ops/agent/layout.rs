//! What goes where in the settings of each program, with the units and names that it knows.
//!
//! The command is one line for a shell. Before an edit every failure of it is turned into the code that stops the edit:
//! a program that is gone, or ended by a bug, must not let edits through.

use std::path::Path;
use std::path::PathBuf;

use crate::format::settings::Entry;
use crate::format::settings::Node;
use crate::format::settings::ServerTable;
use crate::format::settings::sealed;
use crate::ops::agent::AgentClient;
use crate::ops::agent::AgentEvent;
use crate::ops::agent::instructions;
use crate::ops::agent::patience_s;

const OPENCODE_PLUGIN: &str = include_str!("../../../hooks/agents/opencode.js");
/// What turns every failure into the code that stops an edit.
const OR_STOP: &str = " || exit 2";
/// The name of our MCP server.
const SERVER: &str = "coord";
/// What our server is to know of the user's environment, where a program hands on only what it is told to: who acts, where the
/// keys are, and how remotes are reached.
const TOLD_VARIABLES: [&str; 8] = [
    "GIT_COORD_AS",
    "GIT_COORD_SESSION",
    "GIT_COORD_PASSPHRASE",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
];

/// Whose settings are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of one work tree.
    Project,
    /// Those of the user, for every repository.
    User,
}

/// What is wanted in one file.
pub(super) enum Wanted {
    /// Entries among others.
    Entries(Vec<Entry>),
    /// A table of a TOML file.
    Table(ServerTable),
    /// A section of a text.
    Section(String),
    /// The whole file.
    Whole(String),
}

/// One file, from the root of the work tree or from the home directory.
pub(super) struct WantedFile {
    pub(super) path: PathBuf,
    pub(super) wanted: Wanted,
    /// It says where the MCP server is: whoever has one of that name keeps it.
    pub(super) is_server: bool,
    /// Its program reads it in the main work tree, wherever it was opened (Codex does so with its hooks).
    pub(super) is_in_main: bool,
}

/// Returns whether a command of a settings file is ours: one that we wrote, for whatever program of that name. A longer line
/// that calls us as well is somebody's.
pub(super) fn is_ours(client: AgentClient, binary: &Path, command: &str) -> bool {
    let line = command.strip_suffix(OR_STOP).unwrap_or(command);
    let is_hook = |event: &AgentEvent| line.strip_suffix(&*hook_words(client, *event)).is_some_and(is_one_word);
    let is_server = |program: &str| {
        let is_named = Path::new(program).file_name().is_some_and(|name| name == "git-coord");
        program == binary.to_string_lossy() || is_named && !program.contains(char::is_whitespace)
    };
    AgentEvent::ALL.iter().any(is_hook) || command.strip_suffix(" mcp").is_some_and(is_server)
}

/// Returns whether a shell takes it for one word, as we write it.
fn is_one_word(text: &str) -> bool {
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let path = quoted.map_or_else(|| text.to_owned(), |text| text.replace(r"'\''", "'"));
    !path.is_empty() && shell_word(Path::new(&path)) == text
}

fn hook_words(client: AgentClient, event: AgentEvent) -> String {
    format!(" agent hook {} {}", client.as_str(), event.as_str())
}

/// Returns a path as one word of a shell.
fn shell_word(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%,:".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

fn command(client: AgentClient, binary: &Path, event: AgentEvent) -> Node {
    let stops = if event == AgentEvent::BeforeEdit { OR_STOP } else { "" };
    Node::text(format!("{}{}{stops}", shell_word(binary), hook_words(client, event)))
}

/// Returns the files of a program.
pub(super) fn files(client: AgentClient, scope: Scope, binary: &Path) -> Vec<WantedFile> {
    let entries = |path: &str, entries| WantedFile {
        path: path.into(),
        wanted: Wanted::Entries(entries),
        is_server: false,
        is_in_main: false,
    };
    let server = |path: &str, key, value| {
        let member = Entry::Member { path: vec![key], key: SERVER, value };
        WantedFile { path: path.into(), wanted: Wanted::Entries(vec![member]), is_server: true, is_in_main: false }
    };
    let path = binary.display().to_string();
    let plain = || Node::Object(vec![("command", Node::text(&*path)), ("args", Node::texts(&["mcp"]))]);
    let in_project = scope == Scope::Project;
    match client {
        AgentClient::Claude => {
            let stdio = Node::Object(vec![
                ("type", Node::text("stdio")),
                ("command", Node::text(&*path)),
                ("args", Node::texts(&["mcp"])),
            ]);
            let mut files = vec![entries(".claude/settings.json", grouped(client, binary))];
            if in_project {
                files.push(server(".mcp.json", "mcpServers", stdio));
            }
            files
        }
        AgentClient::Codex => {
            let table = Wanted::Table(ServerTable {
                above: "mcp_servers",
                name: SERVER,
                command: path,
                arguments: vec!["mcp"],
                variables: TOLD_VARIABLES.to_vec(),
            });
            vec![
                WantedFile { is_in_main: in_project, ..entries(".codex/hooks.json", grouped(client, binary)) },
                WantedFile { path: ".codex/config.toml".into(), wanted: table, is_server: true, is_in_main: false },
            ]
        }
        AgentClient::Gemini => vec![
            entries(".gemini/settings.json", grouped(client, binary)),
            server(".gemini/settings.json", "mcpServers", plain()),
        ],
        AgentClient::Cursor => {
            vec![entries(".cursor/hooks.json", cursor(binary)), server(".cursor/mcp.json", "mcpServers", plain())]
        }
        AgentClient::Copilot if in_project => vec![entries(".github/hooks/git-coord.json", copilot(binary))],
        AgentClient::Copilot => {
            let local = Node::Object(vec![
                ("type", Node::text("local")),
                ("command", Node::text(&*path)),
                ("args", Node::texts(&["mcp"])),
                ("tools", Node::texts(&["*"])),
            ]);
            vec![
                entries(".copilot/hooks/git-coord.json", copilot(binary)),
                server(".copilot/mcp-config.json", "mcpServers", local),
            ]
        }
        AgentClient::OpenCode => {
            let local = Node::Object(vec![
                ("type", Node::text("local")),
                ("command", Node::texts(&[&path, "mcp"])),
                ("enabled", Node::Flag(true)),
            ]);
            let patience = patience_s(client, AgentEvent::BeforeEdit).to_string();
            let plugin = OPENCODE_PLUGIN.replace("@binary@", &json_text(&path)).replace("@patience@", &patience);
            let plugin = sealed(&plugin);
            let folder = if in_project { ".opencode" } else { ".config/opencode" };
            let settings = if in_project { "opencode.json" } else { ".config/opencode/opencode.json" };
            let file = Path::new(folder).join("plugin/git-coord.js");
            vec![
                WantedFile { path: file, wanted: Wanted::Whole(plugin), is_server: false, is_in_main: false },
                server(settings, "mcp", local),
            ]
        }
    }
}

/// Returns the files that teach agents, for those of a program.
pub(super) fn teaching(client: AgentClient) -> Vec<WantedFile> {
    let folder = if client == AgentClient::Claude { ".claude" } else { ".agents" };
    let skill = Path::new(folder).join("skills/git-coord/SKILL.md");
    let section = Wanted::Section(instructions::SECTION.to_owned());
    vec![
        WantedFile { path: "AGENTS.md".into(), wanted: section, is_server: false, is_in_main: false },
        WantedFile { path: skill, wanted: Wanted::Whole(instructions::skill()), is_server: false, is_in_main: false },
    ]
}

/// Returns the entries of the programs that group hooks under a matcher.
fn grouped(client: AgentClient, binary: &Path) -> Vec<Entry> {
    let is_gemini = client == AgentClient::Gemini;
    let (before, after, matcher) = match client {
        AgentClient::Gemini => ("BeforeTool", "AfterTool", "replace|write_file|edit"),
        AgentClient::Codex => ("PreToolUse", "PostToolUse", "apply_patch|Edit|Write|Bash"),
        _ => ("PreToolUse", "PostToolUse", "Edit|Write|MultiEdit|NotebookEdit"),
    };
    let group = |event, matcher: Option<&str>| {
        let mut handler = vec![("type", Node::text("command")), ("command", command(client, binary, event))];
        if is_gemini {
            handler.insert(0, ("name", Node::text(format!("git-coord-{}", event.as_str()))));
        }
        let unit = if is_gemini { 1_000 } else { 1 };
        handler.push(("timeout", Node::Number(patience_s(client, event) * unit)));
        let hooks = ("hooks", Node::List(vec![Node::Object(handler)]));
        Node::Object(matcher.map(|matcher| ("matcher", Node::text(matcher))).into_iter().chain([hooks]).collect())
    };
    let entry = |name, event, matcher| Entry::Element { path: vec!["hooks", name], value: group(event, matcher) };
    vec![
        entry("SessionStart", AgentEvent::SessionStart, None),
        entry(before, AgentEvent::BeforeEdit, Some(matcher)),
        entry(after, AgentEvent::AfterEdit, Some(matcher)),
        entry("SessionEnd", AgentEvent::SessionEnd, None),
    ]
}

fn version() -> Entry {
    Entry::Beside { key: "version", value: Node::Number(1), other: "hooks" }
}

fn cursor(binary: &Path) -> Vec<Entry> {
    const MATCHER: &str = "Write|Edit|StrReplace|Delete|EditNotebook";
    let entry = |name, event, extra: &[(&'static str, Node)]| {
        let mut handler = vec![("command", command(AgentClient::Cursor, binary, event))];
        handler.push(("timeout", Node::Number(patience_s(AgentClient::Cursor, event))));
        handler.extend(extra.iter().cloned());
        Entry::Element { path: vec!["hooks", name], value: Node::Object(handler) }
    };
    let matcher = ("matcher", Node::text(MATCHER));
    vec![
        version(),
        entry("sessionStart", AgentEvent::SessionStart, &[]),
        entry("preToolUse", AgentEvent::BeforeEdit, &[matcher.clone(), ("failClosed", Node::Flag(true))]),
        entry("postToolUse", AgentEvent::AfterEdit, &[matcher]),
        entry("sessionEnd", AgentEvent::SessionEnd, &[]),
    ]
}

fn copilot(binary: &Path) -> Vec<Entry> {
    let entry = |name, event| {
        let handler = vec![
            ("type", Node::text("command")),
            ("bash", command(AgentClient::Copilot, binary, event)),
            ("timeoutSec", Node::Number(patience_s(AgentClient::Copilot, event))),
        ];
        Entry::Element { path: vec!["hooks", name], value: Node::Object(handler) }
    };
    vec![
        version(),
        entry("sessionStart", AgentEvent::SessionStart),
        entry("preToolUse", AgentEvent::BeforeEdit),
        entry("postToolUse", AgentEvent::AfterEdit),
        entry("sessionEnd", AgentEvent::SessionEnd),
    ]
}

/// Returns a text as JSON and JavaScript have it.
fn json_text(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

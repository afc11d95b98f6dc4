//! Settings files of other programs: what is put in comes out again without a trace.

use git_coord::format::settings::Entry;
use git_coord::format::settings::Node;
use git_coord::format::settings::Owned;
use git_coord::format::settings::ServerTable;
use git_coord::format::settings::owned_of;
use git_coord::format::settings::put;
use git_coord::format::settings::put_section;
use git_coord::format::settings::sealed;
use git_coord::format::settings::take;
use git_coord::format::settings::take_section;

fn is_ours(command: &str) -> bool {
    command.contains(" agent hook test ") || command.ends_with("git-coord mcp")
}

fn entries(binary: &str) -> Vec<Entry> {
    let handler = |event: &str| {
        let command = Node::text(format!("{binary} agent hook test {event}"));
        Node::Object(vec![("type", Node::text("command")), ("command", command)])
    };
    let group =
        |event| Node::Object(vec![("matcher", Node::text("Edit|Write")), ("hooks", Node::List(vec![handler(event)]))]);
    let element = |event| Entry::Element { path: vec!["hooks", event], value: group(event) };
    let server = Node::Object(vec![("command", Node::text("/bin/git-coord")), ("args", Node::texts(&["mcp"]))]);
    vec![
        Entry::Beside { key: "version", value: Node::Number(1), other: "hooks" },
        element("Before"),
        element("After"),
        Entry::Member { path: vec!["mcpServers"], key: "coord", value: server },
    ]
}

/// Reads the bytes as JSON with comments.
pub fn json(data: &[u8]) {
    let entries_now = entries("'/a b/git-coord'");
    // Whatever of ours is in it already, it is as if it had never been.
    let Ok(bare) = take(Some(data), &entries_now, &is_ours) else { return };
    let Ok(made) = put(bare.as_deref(), &entries_now, &is_ours) else { return };
    assert_eq!(put(Some(&made), &entries_now, &is_ours).as_ref(), Ok(&made), "twice is once");
    assert_eq!(take(Some(&made), &entries_now, &is_ours), Ok(bare.clone()), "it comes out as it went in");
    if let Ok(older) = put(bare.as_deref(), &entries("/old/git-coord"), &is_ours) {
        assert_eq!(put(Some(&older), &entries_now, &is_ours), Ok(made), "an older one is replaced");
    }
}

/// Reads the bytes as TOML.
pub fn toml(data: &[u8]) {
    let table = ServerTable {
        above: "mcp_servers",
        name: "coord",
        command: "/a \"b\"\\git-coord".to_owned(),
        arguments: vec!["mcp"],
        variables: vec!["GIT_COORD_AS"],
    };
    let Ok(bare) = table.take(data, &is_ours) else { return };
    let Ok(made) = table.put(bare.as_deref(), &is_ours) else { return };
    assert_eq!(table.put(Some(&made), &is_ours).as_ref(), Ok(&made), "twice is once");
    assert_eq!(table.take(&made, &is_ours), Ok(bare), "it comes out as it went in");
}

/// Reads the bytes as a text with a section of ours, and as a file that is ours as a whole.
pub fn section(data: &[u8]) {
    const BODY: &str = "## Coordination\n\nAsk `git coord status` first.\n";
    if let Ok(bare) = take_section(data)
        && let Ok(made) = put_section(bare.as_deref(), BODY)
    {
        assert_eq!(put_section(Some(&made), BODY).as_ref(), Ok(&made), "twice is once");
        assert_eq!(take_section(&made), Ok(bare), "it comes out as it went in");
    }
    owned_of(data);
    let Ok(text) = str::from_utf8(data) else { return };
    let has_seal = text.contains("made by git coord, ") || text.contains("@seal@");
    if !has_seal && !text.is_empty() {
        let made = sealed(&format!("# @seal@\n{text}"));
        assert_eq!(owned_of(made.as_bytes()), Owned::Ours);
        assert_eq!(owned_of(format!("{made}x").as_bytes()), Owned::Changed);
    }
}

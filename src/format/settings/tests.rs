//! Whatever a settings file looks like, what is put in comes out without a trace, and nothing else moves.

use proptest::prelude::any;
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;
use proptest::strategy::Just;
use proptest::strategy::Strategy;

use super::Entry;
use super::Node;
use super::SettingsFault;
use super::put;
use super::take;

fn is_ours(command: &str) -> bool {
    command.contains(" agent hook test ") || command.ends_with("git-coord mcp")
}

fn group(binary: &str, event: &str) -> Node {
    let command = format!("{binary} agent hook test {event}");
    let handler = Node::Object(vec![("type", Node::text("command")), ("command", Node::text(command))]);
    Node::Object(vec![("matcher", Node::text("Edit|Write")), ("hooks", Node::List(vec![handler]))])
}

fn entries_of(binary: &str) -> Vec<Entry> {
    let element = |event| Entry::Element { path: vec!["hooks", event], value: group(binary, event) };
    let server = Node::Object(vec![("command", Node::text("/bin/git-coord")), ("args", Node::texts(&["mcp"]))]);
    vec![
        Entry::Beside { key: "version", value: Node::Number(1), other: "hooks" },
        element("Before"),
        element("After"),
        Entry::Member { path: vec!["mcpServers"], key: "coord", value: server },
    ]
}

fn installed(text: Option<&str>) -> String {
    let entries = entries_of("'/a b/git-coord'");
    let made = put(text.map(str::as_bytes), &entries, &is_ours).unwrap();
    String::from_utf8(made).unwrap()
}

#[track_caller]
fn round_trip(text: Option<&str>) -> String {
    let entries = entries_of("'/a b/git-coord'");
    let made = installed(text);
    assert_eq!(put(Some(made.as_bytes()), &entries, &is_ours).unwrap(), made.as_bytes(), "twice is once: {made}");
    let back = take(Some(made.as_bytes()), &entries, &is_ours).unwrap();
    assert_eq!(back.as_deref().map(String::from_utf8_lossy).as_deref(), text, "{made}");
    // An older entry is replaced where it stands, as if it had never been there.
    let older = put(text.map(str::as_bytes), &entries_of("/old/git-coord"), &is_ours).unwrap();
    assert_eq!(put(Some(&older), &entries, &is_ours).unwrap(), made.as_bytes());
    made
}

#[test]
fn file_that_was_not_there_is_laid_out_for_people_and_goes_again() {
    let made = round_trip(None);
    assert!(
        made.starts_with("{\n  \"version\": 1,\n  \"hooks\": {\n    \"Before\": [\n      {\n        \"matcher\""),
        "{made}"
    );
    assert!(made.ends_with("  \"mcpServers\": {\n    \"coord\": {\n      \"command\": \"/bin/git-coord\",\n      \"args\": [\n        \"mcp\"\n      ]\n    }\n  }\n}\n"), "{made}");
}

#[test]
fn odd_files_come_back_as_they_were() {
    for text in [
        "",
        "\n",
        " \r\n ",
        "{}",
        "{}\n",
        "{\n}\n",
        "{ }",
        "{\n}",
        "\u{feff}{}",
        "\u{feff}",
        "{\"a\":1}",
        "{\"a\":1,\"a\":2}",
        "{\t\"a\" : [ ] }",
        "{\r\n\t\"model\": \"x\",\r\n\t\"hooks\": {}\r\n}\r\n",
        "{\"hooks\":{\"Before\":[]}}",
        "{\"hooks\":{\"Before\":[ ],\"Other\":[{\"command\":\"x\"}]},\"mcpServers\":{}}",
        "{\"version\":1,\"hooks\":{\"Before\":[{\"hooks\":[{\"command\":\"guard\"}]}]}}",
        "{\"version\": 1}",
        "{\n  // note\n  \"a\": 1, // one\n  /* two */\n}\n// end",
        "{ // nothing\n}",
        "{\n  \"hooks\": {\n    // mine\n    \"Before\": [\n      {\"command\": \"x\"}, // theirs\n    ],\n  },\n}\n",
        "{\"mcpServers\":{\"other\":{\"command\":\"x\"}}}\n\n\n",
        "{\"\\u0068ooks\":{}}",
    ] {
        round_trip(Some(text));
    }
}

#[test]
fn what_others_add_later_stays() {
    let made = installed(None);
    let grown = made.replacen("\"Before\": [", "\"Before\": [\n      {\"command\": \"guard\"},", 1);
    let left = take(Some(grown.as_bytes()), &entries_of("x"), &is_ours).unwrap().unwrap();
    let left = String::from_utf8(left).unwrap();
    assert!(left.contains("{\"command\": \"guard\"}") && !left.contains("git-coord"), "{left}");
    assert!(super::document::parse(&left).unwrap().is_some());
    let shared = made.replacen("\"command\": \"'/a b", "\"command\": \"theirs\"},\n{\"command\": \"'/a b", 1);
    let left = take(Some(shared.as_bytes()), &entries_of("x"), &is_ours).unwrap().unwrap();
    let left = String::from_utf8(left).unwrap();
    assert!(left.contains("\"theirs\"") && !left.contains("git-coord"), "{left}");
}

#[test]
fn what_is_not_understood_is_refused() {
    let fault = |text: &[u8]| put(Some(text), &entries_of("x"), &is_ours).unwrap_err();
    assert_eq!(fault(b"\xff{}"), SettingsFault::Encoding);
    for text in ["{", "{}}", "{'a':1}", "{\"a\":}", "{a:1}", "nonsense", "{\"a\" 1}"] {
        assert!(matches!(fault(text.as_bytes()), SettingsFault::Syntax(_)), "{text}");
    }
    for text in ["[]", "1", "{\"hooks\":[]}", "{\"hooks\":{\"Before\":{}}}", "{\"hooks\":null}", "{\"mcpServers\":1}"] {
        assert!(matches!(fault(text.as_bytes()), SettingsFault::Shape(_)), "{text}");
    }
    assert_eq!(fault(b"{\"hooks\":{},\"hooks\":{}}"), SettingsFault::Twice("hooks".to_owned()));
    let taken = b"{\"mcpServers\":{\"coord\":{\"command\":\"other\"}}}";
    assert_eq!(fault(taken), SettingsFault::Taken("mcpServers.coord".to_owned()));
    assert_eq!(take(Some(taken), &entries_of("x"), &is_ours).unwrap().unwrap(), taken);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(fault(deep.as_bytes()), SettingsFault::Syntax(_)));
}

fn blank() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        2 => Just(" ".to_owned()),
        2 => Just("\n  ".to_owned()),
        1 => Just("\r\n\t".to_owned()),
        1 => Just(" /* c, } */ ".to_owned()),
        1 => Just(" // l ]\n".to_owned()),
    ]
}

fn joined(open: char, parts: Vec<(String, String, String)>, end: String, comma: bool, close: char) -> String {
    let body: Vec<String> = parts.into_iter().map(|(before, part, after)| format!("{before}{part}{after}")).collect();
    let last = if comma && !body.is_empty() { "," } else { "" };
    format!("{open}{}{last}{end}{close}", body.join(","))
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("null".to_owned()),
        Just("\"a,b}\"".to_owned()),
        Just("\"\\\"x\"".to_owned()),
        Just("{\"command\":\"guard\"}".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key =
            prop_oneof![Just("hooks"), Just("Before"), Just("After"), Just("mcpServers"), Just("version"), Just("x")];
        let element = (blank(), inner.clone(), blank());
        let member =
            (blank(), (key, blank(), inner).prop_map(|(key, gap, value)| format!("\"{key}\":{gap}{value}")), blank());
        prop_oneof![
            (proptest::collection::vec(element, 0..4), blank(), any::<bool>())
                .prop_map(|(parts, end, comma)| joined('[', parts, end, comma, ']')),
            (proptest::collection::vec(member, 0..4), blank(), any::<bool>())
                .prop_map(|(parts, end, comma)| joined('{', parts, end, comma, '}')),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_taken_comes_back_as_it_was(before in blank(), value in value(), after in blank()) {
        let text = format!("{before}{value}{after}");
        let entries = entries_of("/b/git-coord");
        // What cannot be put in is refused, and then nothing is written.
        if let Ok(made) = put(Some(text.as_bytes()), &entries, &is_ours) {
            prop_assert_eq!(put(Some(&made), &entries, &is_ours).unwrap(), &made[..]);
            let back = take(Some(&made), &entries, &is_ours).unwrap();
            prop_assert_eq!(back.as_deref(), Some(text.as_bytes()));
        }
    }
}

#[test]
fn seal_tells_what_somebody_changed() {
    let made = super::sealed("---\nname: x\n---\n<!-- @seal@ -->\nText\n");
    assert_eq!(super::owned_of(made.as_bytes()), super::Owned::Ours);
    assert_eq!(super::owned_of(made.replace("Text", "More").as_bytes()), super::Owned::Changed);
    assert_eq!(super::owned_of(b"Text\n"), super::Owned::Foreign);
}

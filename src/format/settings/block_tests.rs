//! Sections and tables of ours: whatever stands around them, or is written into them, stays.

use proptest::prelude::any;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;
use proptest::strategy::Just;
use proptest::strategy::Strategy;

use super::ServerTable;
use super::SettingsFault;
use super::put_section;
use super::take_section;

const START: &str = "# >>> git-coord >>>";
const END: &str = "# <<< git-coord <<<";

fn is_ours(command: &str) -> bool {
    command.ends_with("git-coord mcp")
}

fn table(command: &str) -> ServerTable {
    let (arguments, variables) = (vec!["mcp"], vec!["GIT_COORD_AS", "SSH_AUTH_SOCK"]);
    ServerTable { above: "mcp_servers", name: "coord", command: command.to_owned(), arguments, variables }
}

fn put(before: Option<&str>) -> Result<String, SettingsFault> {
    let made = table("/a b/git-coord").put(before.map(str::as_bytes), &is_ours)?;
    Ok(String::from_utf8(made).unwrap())
}

fn take(text: &str) -> Option<String> {
    let taken = table("/elsewhere/git-coord").take(text.as_bytes(), &is_ours).unwrap();
    taken.map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Lines that a program or a person may write into such a file.
fn foreign() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("# note".to_owned()),
        Just("[mcp_servers.other]\ncommand = \"echo\"\nargs = [\"mcp\"]".to_owned()),
        Just("[projects.\"/x\"]\ntrust_level = \"trusted\"".to_owned()),
        Just("[notice]\ntext = \"\"\"\n[mcp_servers.coord]\ncommand = \"/git-coord\"\n\"\"\"".to_owned()),
        Just("[tui]\nspeed = nan".to_owned()),
    ]
}

fn document(parts: &[String], line_end: &str, has_end: bool) -> String {
    let mut seen: Vec<&String> = Vec::new();
    for part in parts {
        if part.is_empty() || part.starts_with('#') || !seen.contains(&part) {
            seen.push(part);
        }
    }
    let text = seen.iter().map(|part| part.as_str()).collect::<Vec<_>>().join("\n");
    let text = if has_end && !text.is_empty() { format!("{text}\n") } else { text };
    text.replace('\n', line_end)
}

proptest! {
    #[test]
    fn table_comes_out_without_a_trace(
        parts in proptest::collection::vec(foreign(), 0..5),
        line_end in prop_oneof![Just("\n"), Just("\r\n")],
        has_end in any::<bool>(),
        has_file in any::<bool>(),
    ) {
        let text = document(&parts, line_end, has_end);
        let before = has_file.then_some(text.as_str());
        let made = put(before).unwrap();
        prop_assert_eq!(put(Some(&made)).unwrap(), made.clone(), "twice is once");
        let back = take(&made);
        prop_assert_eq!(back.as_deref(), before);
        let older = table("/old/git-coord").put(before.map(str::as_bytes), &is_ours).unwrap();
        prop_assert_eq!(table("/a b/git-coord").put(Some(&older), &is_ours).unwrap(), made.as_bytes());
    }

    /// Whatever a program writes around our lines, between our marks or not, and whichever mark it drops.
    #[test]
    fn what_is_written_between_our_marks_stays(
        parts in proptest::collection::vec(foreign(), 0..3),
        above in foreign(),
        below in foreign(),
        has_start in any::<bool>(),
        has_end in any::<bool>(),
    ) {
        let text = document(&parts, "\n", true);
        let made = put(Some(&text)).unwrap();
        let own = &made[text.len()..];
        let body = own.lines().filter(|line| ![START, END].contains(line)).collect::<Vec<_>>().join("\n");
        let with = |middle: &str| {
            let (start, end) = (if has_start { START } else { "" }, if has_end { END } else { "" });
            let lines = [start, above.as_str(), middle, below.as_str(), end];
            let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            if lines.is_empty() { text.clone() } else { format!("{text}{}\n", lines.join("\n")) }
        };
        let grown = with(&body);
        // Twice the same table is no TOML, which is not ours to mend.
        if toml::from_str::<toml::Table>(&grown).is_ok() {
            prop_assert_eq!(put(Some(&grown)).unwrap(), grown.clone(), "it is there");
            let bare = with("");
            let left: Vec<_> = bare.lines().filter(|line| ![START, END].contains(line)).map(str::to_owned).collect();
            let taken = take(&grown).unwrap_or_default();
            prop_assert_eq!(taken.lines().map(str::to_owned).collect::<Vec<_>>(), left);
            prop_assert!(!taken.contains("/a b/git-coord"));
        }
    }

    #[test]
    fn section_comes_out_without_a_trace(text in "[a#<\\r\\n ]{0,30}", has_file in any::<bool>()) {
        let before = has_file.then_some(text.as_bytes());
        let made = put_section(before, "one\ntwo").unwrap();
        prop_assert_eq!(put_section(Some(&made), "one\ntwo").unwrap(), &made[..]);
        let back = take_section(&made).unwrap();
        prop_assert_eq!(back.as_deref(), before);
        let older = put_section(before, "older").unwrap();
        prop_assert_eq!(put_section(Some(&older), "one\ntwo").unwrap(), made);
    }

    /// Nothing that somebody writes into the section is taken for ours.
    #[test]
    fn section_that_somebody_changed_stays(line in "[a-z]{1,9}", at in 0_usize..3) {
        let made = String::from_utf8(put_section(Some(b"# Mine\n"), "one\ntwo").unwrap()).unwrap();
        let mut lines: Vec<String> = made.lines().map(str::to_owned).collect();
        lines.insert(2 + at, line);
        let grown = format!("{}\n", lines.join("\n"));
        prop_assert_eq!(put_section(Some(grown.as_bytes()), "three"), Err(SettingsFault::Changed));
        prop_assert_eq!(take_section(grown.as_bytes()), Err(SettingsFault::Changed));
        let crlf = made.replace('\n', "\r\n");
        prop_assert_eq!(take_section(crlf.as_bytes()).unwrap().unwrap(), b"# Mine\r\n");
    }
}

/// As Codex 0.169.0 leaves a file behind when it adds a server to it.
#[test]
fn table_is_found_where_its_program_has_dropped_a_mark() {
    let made = put(Some("model = \"x\"\n")).unwrap();
    let grown = made.replace(&format!("{START}\n"), "\n");
    let grown = grown.replace(END, &format!("\n[mcp_servers.other]\ncommand = \"echo\"\n{END}"));
    assert_eq!(put(Some(&grown)).unwrap(), grown);
    assert_eq!(take(&grown).unwrap(), "model = \"x\"\n\n\n[mcp_servers.other]\ncommand = \"echo\"\n");
    // An older one is replaced where it stands.
    let older = grown.replace("/a b/", "/old/");
    assert_eq!(put(Some(&older)).unwrap(), grown);
    // What is left of one that is gone goes as well.
    let gone = format!("model = \"x\"\n{END}\n");
    assert_eq!(take(&gone).unwrap(), "model = \"x\"\n");
    assert_eq!(put(Some(&gone)).unwrap(), made);
}

#[test]
fn table_that_somebody_changed_is_theirs() {
    let made = put(None).unwrap();
    let theirs = [
        made.replace("env_vars = [", "startup_timeout_sec = 9\nenv_vars = ["),
        made.replace(END, &format!("[mcp_servers.coord.env]\nA = \"B\"\n{END}")),
        made.replace("\"GIT_COORD_AS\"", "\"OTHER\""),
        made.replace("/a b/git-coord", "theirs"),
        "mcp_servers = { coord = { command = \"/x/git-coord\", args = [\"mcp\"] } }\n".to_owned(),
    ];
    for text in theirs {
        assert_eq!(put(Some(&text)), Err(SettingsFault::Taken("mcp_servers.coord".to_owned())), "{text}");
        let left = take(&text).unwrap();
        assert!(left.contains("mcp_servers") && !left.contains(">>>"), "{left}");
    }
    let closed = "mcp_servers = {}\n";
    assert_eq!(put(Some(closed)), Err(SettingsFault::Taken("mcp_servers.coord".to_owned())));
    assert!(matches!(put(Some("not toml")), Err(SettingsFault::Syntax(_))));
    // One that tells of fewer variables is an older one.
    let older = made.lines().filter(|line| !line.starts_with("env_vars")).collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(put(Some(&older)).unwrap(), made);
    assert_eq!(take(&older), None);
}

#[test]
fn lone_marks_of_a_section_are_damage() {
    for text in ["<!-- >>> git-coord >>> -->\n", "<!-- <<< git-coord <<< -->\n<!-- >>> git-coord >>> -->\n"] {
        assert_eq!(put_section(Some(text.as_bytes()), "x"), Err(SettingsFault::Marks));
        assert_eq!(take_section(text.as_bytes()), Err(SettingsFault::Marks));
    }
}

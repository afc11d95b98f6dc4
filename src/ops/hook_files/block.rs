//! The marked lines: made from the templates, put into a file's bytes, found and taken out again.

use std::ops::Range;

use super::hook_name::HookName;
use super::hook_name::Side;
use super::request::Program;
use super::script;

const START: &str = "# >>> git-coord >>>";
const END: &str = "# <<< git-coord <<<";

const CLIENT: &str = include_str!("../../../hooks/client.sh");
const CLIENT_STDIN: &str = include_str!("../../../hooks/client-stdin.sh");
const SERVER: &str = include_str!("../../../hooks/server.sh");

/// How the file came to hold the marked lines, so that it can go the same way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The lines were put into a script of somebody else.
    Inserted,
    /// There was no file.
    Created,
    /// What was there is kept aside, and git would not have run it.
    SavedIdle,
    /// What was there is kept aside and run.
    SavedRun,
    /// What was there, a link to a shell script, is kept aside and read in, so that its `$0` stays what it was.
    SavedSource,
}

/// Where in a file the marked lines stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    range: Range<usize>,
    pub text: String,
    pub origin: Origin,
}

/// The marks do not stand in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

impl Origin {
    const ALL: [Self; 5] = [Self::Created, Self::SavedIdle, Self::SavedRun, Self::SavedSource, Self::Inserted];

    fn note(self) -> Option<&'static str> {
        match self {
            Self::Inserted => None,
            Self::Created => Some("# Made by git coord: there was no such file before."),
            Self::SavedIdle => {
                Some("# What was here before could not run; it is kept under the same name and `.coord-saved`.")
            }
            Self::SavedRun => {
                Some("# What was here before is kept under the same name and `.coord-saved`, and run below.")
            }
            Self::SavedSource => {
                Some("# What was here before is kept under the same name and `.coord-saved`, and read below.")
            }
        }
    }

    fn tail(self, hook: HookName) -> Option<String> {
        match self {
            Self::Inserted | Self::Created | Self::SavedIdle => None,
            Self::SavedRun => Some(format!("\"${{0%/*}}/{hook}.coord-saved\" \"$@\" || exit $?")),
            Self::SavedSource => Some(format!(". \"${{0%/*}}/{hook}.coord-saved\"")),
        }
    }
}

/// Returns the marked lines of a hook file, the last one without its end.
pub(super) fn render(hook: HookName, side: Side, program: &Program, origin: Origin) -> String {
    let template = match side {
        Side::Server => SERVER,
        Side::Client if hook.reads_stdin() => CLIENT_STDIN,
        Side::Client => CLIENT,
    };
    let body = template.replace("@hook@", hook.as_str()).replace("@binary@", &program.shell_word());
    let body = body.trim_end().trim_start_matches(START).trim_end_matches(END).trim_matches('\n').to_owned();
    enclose(&body, origin, origin.tail(hook))
}

/// Returns lines between the marks, the last one without its end.
pub(super) fn enclose(body: &str, origin: Origin, tail: Option<String>) -> String {
    let note = origin.note().map(str::to_owned);
    let parts = [Some(START.to_owned()), note, Some(body.to_owned()), tail, Some(END.to_owned())];
    parts.into_iter().flatten().collect::<Vec<String>>().join("\n")
}

/// Finds the marked lines in a file's bytes.
pub(super) fn find(content: &[u8]) -> Result<Option<Found>, Damaged> {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let mut position = 0;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let next = position + line.len();
        match line.trim_ascii_end() {
            bare if bare == START.as_bytes() => starts.push(position),
            bare if bare == END.as_bytes() => ends.push(next),
            _ => {}
        }
        position = next;
    }
    let range = match (&starts[..], &ends[..]) {
        ([], []) => return Ok(None),
        ([start], [end]) if start < end => *start..*end,
        _ => return Err(Damaged),
    };
    let text = String::from_utf8_lossy(&content[range.clone()]).trim_end_matches('\n').to_owned();
    let has = |line: &str| text.lines().any(|other| other == line);
    let origin = Origin::ALL.into_iter().find(|origin| origin.note().is_none_or(has));
    Ok(Some(Found { range, text, origin: origin.unwrap_or(Origin::Inserted) }))
}

/// Puts marked lines behind the line that names the interpreter, or at the top.
pub(super) fn insert(content: &[u8], text: &str) -> Vec<u8> {
    let position = script::shebang(content).map_or(0, |line| (line.len() + 1).min(content.len()));
    insert_at(content, position, text)
}

/// Puts marked lines at the end.
pub(super) fn append(content: &[u8], text: &str) -> Vec<u8> {
    insert_at(content, content.len(), text)
}

/// Takes the marked lines out: the bytes are those that they were put into.
pub(super) fn remove(content: &[u8], found: &Found) -> Vec<u8> {
    let Range { mut start, end } = found.range;
    // They were put behind a line without an end, and took its place as the last one.
    if !content[..end].ends_with(b"\n") && content[..start].ends_with(b"\n") {
        start -= 1;
    }
    [&content[..start], &content[end..]].concat()
}

/// Puts other marked lines in the place of those found.
pub(super) fn replace(content: &[u8], found: &Found, text: &str) -> Vec<u8> {
    let Range { start, end } = found.range;
    let line_end: &[u8] = if content[..end].ends_with(b"\n") { b"\n" } else { b"" };
    [&content[..start], text.as_bytes(), line_end, &content[end..]].concat()
}

fn insert_at(content: &[u8], position: usize, text: &str) -> Vec<u8> {
    let (before, after) = content.split_at(position);
    if before.is_empty() || before.ends_with(b"\n") {
        return [before, text.as_bytes(), b"\n", after].concat();
    }
    [before, b"\n", text.as_bytes(), after].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::any;
    use proptest::prop_oneof;
    use proptest::proptest;
    use proptest::strategy::Just;
    use proptest::strategy::Strategy;

    use super::*;

    fn text(origin: Origin) -> String {
        render(HookName::PrePush, Side::Client, &Program::File("/opt/it's/git-coord".to_owned()), origin)
    }

    fn round_trip(content: &[u8], put: fn(&[u8], &str) -> Vec<u8>) {
        let installed = put(content, &text(Origin::Inserted));
        let found = find(&installed).unwrap().unwrap();
        assert_eq!(found.text, text(Origin::Inserted));
        assert_eq!(replace(&installed, &found, &found.text), installed);
        assert_eq!(remove(&installed, &found), content);
    }

    fn file() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"#!/bin/sh".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"exit 0".to_vec()),
            Just(b"# >>> git".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out_without_a_trace(content in file()) {
            round_trip(&content, insert);
            round_trip(&content, append);
        }
    }

    #[test]
    fn first_line_stays_the_first() {
        let installed = insert(b"#!/bin/bash\nexit 0\n", &text(Origin::Inserted));
        assert!(installed.starts_with(b"#!/bin/bash\n# >>> git-coord >>>\n"));
        assert!(installed.ends_with(b"# <<< git-coord <<<\nexit 0\n"));
    }

    #[test]
    fn origin_is_read_from_the_lines() {
        for origin in Origin::ALL {
            let installed = insert(b"#!/bin/sh\n", &text(origin));
            assert_eq!(find(&installed).unwrap().unwrap().origin, origin);
        }
    }

    #[test]
    fn lone_and_doubled_marks_are_damage() {
        let once = insert(b"", &text(Origin::Inserted));
        assert_eq!(find(&[once.clone(), once.clone()].concat()), Err(Damaged));
        assert_eq!(find(format!("{START}\n").as_bytes()), Err(Damaged));
        assert_eq!(find(format!("{END}\n{START}\n").as_bytes()), Err(Damaged));
        assert!(find(&once).unwrap().is_some());
    }

    #[test]
    fn nothing_of_a_template_is_left_unfilled() {
        for hook in HookName::ALL {
            for side in [Side::Client, Side::Server] {
                let text = render(hook, side, &Program::OnPath, Origin::Inserted);
                assert!(
                    !text.contains(['\r', '@'].as_slice()) || !text.contains("@hook@") && !text.contains("@binary@")
                );
                assert!(text.contains(&format!(" hook {hook} \"$@\"")));
            }
        }
    }
}

//! What a file is called, how long it is, and how it begins.

use std::fs;

use crate::tidy::source;
use crate::tidy::source::Purpose;
use crate::tidy::source::expect_none;
use crate::tidy::source::read;
use crate::tidy::source::root;

const LINES_MAX: usize = 400;
const TEST_LINES_MAX: usize = 600;
const BANNED_FILES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "types", "imp", "prelude"];
const BANNED_ENDINGS: &[&str] = &["Manager", "Helper", "Helpers", "Handler", "Info", "Util", "Utils", "Impl"];

#[test]
fn files_are_short() {
    let too_long = source::everything().iter().filter_map(|source| {
        let most = if source.purpose == Purpose::Test { TEST_LINES_MAX } else { LINES_MAX };
        let lines = source.text.lines().count();
        (lines > most).then(|| format!("{} has {lines} lines, {most} are allowed", source.path))
    });
    expect_none("one concept a file", too_long);
}

#[test]
fn module_roots_hold_docs_and_declarations_only() {
    let roots = source::program().filter(|source| source.path.ends_with("/mod.rs"));
    let is_wrong = |line: &str| {
        let line = line.trim();
        let declared = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
        let is_module = declared.starts_with("mod ") && declared.ends_with(';');
        let is_export = declared.starts_with("use ") && declared != line;
        !(line.is_empty() || line.starts_with("#[") || is_module || is_export)
    };
    let complaints = roots.flat_map(|source| source.complaints(&source.code, is_wrong));
    expect_none("`mod.rs` contains only docs, `mod` and `pub use`", complaints);
}

#[test]
fn files_say_what_they_are_for() {
    let silent =
        source::everything().iter().filter(|source| source.path != "src/main.rs" && !source.text.starts_with("//! "));
    // Inner tests stand beside what they are about, and say nothing new in a first line.
    let silent = silent.filter(|source| source.purpose == Purpose::Program || !source.path.starts_with("src/"));
    expect_none("every module opens with `//!`", silent.map(|source| source.path.clone()));
}

#[test]
fn names_say_what_a_thing_is() {
    let mut complaints = Vec::new();
    for source in source::everything() {
        let stem = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        if BANNED_FILES.contains(&stem.as_str()) {
            complaints.push(source.path.clone());
        }
        complaints.extend(source.complaints(&source.code, |code| {
            let words: Vec<&str> = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            words.windows(2).any(|pair| match pair[0] {
                "struct" | "enum" | "trait" | "type" => BANNED_ENDINGS.iter().any(|ending| pair[1].ends_with(ending)),
                "mod" => BANNED_FILES.contains(&pair[1]),
                _ => false,
            })
        }));
    }
    expect_none("a shared function lives with the noun it serves", complaints);
}

#[test]
fn program_is_a_library_with_a_door() {
    assert!(read("src/main.rs").lines().count() < 30);
}

/// Test files are found by name only, so one that nobody lists would silently not run.
#[test]
fn every_test_file_is_listed() {
    let main = read("tests/main.rs");
    let entries = fs::read_dir(root().join("tests")).unwrap().map(Result::unwrap);
    let names = entries.map(|entry| entry.file_name().to_str().unwrap().trim_end_matches(".rs").to_owned());
    let missing = names.filter(|name| name != "main" && !main.lines().any(|line| line == format!("mod {name};")));
    expect_none("`tests/main.rs` lists every subject", missing);
}

#[test]
fn text_files_end_with_a_line_and_use_line_feeds() {
    let mut complaints = Vec::new();
    let texts = ["rs", "toml", "md", "sh", "json"].iter().flat_map(|ending| {
        let ending = format!(".{ending}");
        ["src", "tests", "benches", "docs", "hooks"].into_iter().flat_map(move |place| source::files(place, &ending))
    });
    for path in texts {
        let bytes = fs::read(root().join(&path)).unwrap();
        if bytes.contains(&b'\r') || bytes.last().is_some_and(|byte| *byte != b'\n') {
            complaints.push(path);
        }
    }
    expect_none("lines end with a line feed, the last one too", complaints);
}

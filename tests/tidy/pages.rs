//! What pages say of the code, and how they are set.

use std::fs;

use crate::tidy::source::expect_none;
use crate::tidy::source::files;
use crate::tidy::source::read;
use crate::tidy::source::root;

/// How wide prose may be.
const COLUMNS_MAX: usize = 130;

/// Returns the pages of the project, with what they say.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(root()).unwrap().map(Result::unwrap);
    let names = entries.map(|entry| entry.file_name().to_str().unwrap().to_owned());
    let top = names.filter(|name| name.ends_with(".md"));
    let below = ["docs", "schema", "src", "tests"].into_iter().flat_map(|place| files(place, ".md"));
    top.chain(below).map(|path| (path.clone(), read(&path))).collect()
}

/// Returns the lines of a page outside its blocks of code, with their numbers.
fn outside_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        inside ^= is_fence;
        !inside && !is_fence
    })
}

/// Returns what stands between backticks in a line.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether a span is a source file with its directory; a file name alone, or a glob, is said of many.
fn is_source(span: &str) -> bool {
    let is_plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "/_.-".contains(c));
    is_plain && span.contains('/') && span.ends_with(".rs")
}

/// Whether a span is the path of something in a module of the program.
fn is_item(span: &str) -> bool {
    let mut parts = span.split("::");
    let module = parts.next().unwrap_or_default();
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let has_module = root().join(format!("src/{module}")).is_dir() && is_name(module);
    has_module && span.contains("::") && parts.all(is_name)
}

/// Whether a module has the last part of the path inside it, or passes it on.
fn has_item(span: &str) -> bool {
    let (module, name) = span.rsplit_once("::").unwrap();
    let place = module.replace("::", "/");
    let exists = |path: String| root().join(path).exists();
    if exists(format!("src/{place}/{name}.rs")) || exists(format!("src/{place}/{name}/mod.rs")) {
        return true;
    }
    let within = [format!("src/{place}.rs"), format!("src/{place}/mod.rs")];
    let within = within.into_iter().find(|path| exists(path.clone()));
    within.is_some_and(|path| {
        let code = read(&path);
        code.contains(&format!("::{name};")) || code.contains(&format!("fn {name}("))
    })
}

#[test]
fn pages_name_source_files_that_exist() {
    let mut complaints = Vec::new();
    let mut named = 0;
    for (path, text) in pages() {
        for (number, line) in outside_code(&text) {
            let paths = spans(line).filter(|span| is_source(span)).inspect(|_| named += 1);
            let missing = paths.filter(|span| !root().join(span).exists() && !root().join("src").join(span).exists());
            complaints.extend(missing.map(|span| format!("{path}:{number}: `{span}`")));
        }
    }
    assert!(named > 20, "source files are named");
    expect_none("a source file is named by its path, or by its path within `src`", complaints);
}

#[test]
fn pages_name_modules_and_functions_that_exist() {
    let mut complaints = Vec::new();
    let mut named = 0;
    for (path, text) in pages() {
        for (number, line) in outside_code(&text) {
            let items = spans(line).filter(|span| is_item(span)).inspect(|_| named += 1);
            complaints.extend(items.filter(|span| !has_item(span)).map(|span| format!("{path}:{number}: `{span}`")));
        }
    }
    assert!(named > 5, "modules are named");
    expect_none("what is named is there", complaints);
}

#[test]
fn prose_is_wrapped() {
    let mut complaints = Vec::new();
    for (path, text) in pages() {
        // A table's row and a link cannot be broken, nor can what has no blank in it.
        let is_prose = |line: &str| {
            let is_definition = line.starts_with('[') && line.contains("]: ");
            !line.starts_with('|') && !is_definition && line.trim_start_matches("- ").trim().contains(' ')
        };
        let lines = outside_code(&text).map(|(number, line)| (number, line, line.chars().count()));
        let wide = lines.filter(|(_, line, columns)| *columns > COLUMNS_MAX && is_prose(line));
        complaints.extend(wide.map(|(number, _, columns)| format!("{path}:{number}: {columns} columns")));
    }
    expect_none(&format!("prose has at most {COLUMNS_MAX} columns"), complaints);
}

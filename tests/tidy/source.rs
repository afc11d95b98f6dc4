//! The source files of the project, with what of them is code and what is only there for tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::tidy::blank::blank;

/// A source file.
pub struct Source {
    /// Its path within the project, with slashes.
    pub path: String,
    pub text: String,
    /// The text without comments and literals.
    pub code: String,
    pub purpose: Purpose,
}

/// Whether a file is part of the program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Program,
    Test,
}

impl Source {
    /// Returns the module of the program that the file belongs to.
    pub fn module(&self) -> &str {
        let inner = self.path.trim_start_matches("src/");
        inner.split(['/', '.']).next().unwrap_or_default()
    }

    /// Returns the code that is part of the program: without the tests at the end.
    pub fn program(&self) -> &str {
        if self.purpose == Purpose::Test {
            return "";
        }
        let inline_tests = self.code.find("#[cfg(test)]\nmod tests {");
        &self.code[..inline_tests.unwrap_or(self.code.len())]
    }

    /// Returns the numbered lines that a test complains of.
    pub fn complaints<'a>(
        &'a self,
        code: &'a str,
        is_wrong: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = String> + 'a {
        let lines = code.lines().zip(self.text.lines()).enumerate();
        lines
            .filter(move |(_, (code, _))| is_wrong(code))
            .map(|(index, (_, text))| format!("{}:{}: {}", self.path, index + 1, text.trim()))
    }
}

/// Reads a file of the project.
#[track_caller]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every file below a directory of the project whose name ends like this.
pub fn files(directory: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(root().join(directory)) else { return found };
    for entry in entries.map(Result::unwrap) {
        let path = format!("{directory}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the files of the program, its inner tests included.
pub fn program() -> impl Iterator<Item = &'static Source> + Clone {
    everything().iter().filter(|source| source.path.starts_with("src/"))
}

/// Returns the files of the program, of its tests and of its benchmarks.
pub fn everything() -> &'static [Source] {
    static EVERYTHING: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let inner = files("src", ".rs");
        let tests = inner_tests(&inner);
        let purpose = |path: &String| if tests.contains(path) { Purpose::Test } else { Purpose::Program };
        let outer = files("tests", ".rs").into_iter().chain(files("benches", ".rs"));
        let program = inner.iter().map(|path| source(path, purpose(path)));
        program.chain(outer.map(|path| source(&path, Purpose::Test))).collect()
    });
    &EVERYTHING
}

fn source(path: &str, purpose: Purpose) -> Source {
    let text = read(path);
    Source { path: path.to_owned(), code: blank(&text), text, purpose }
}

/// Returns the files that only `#[cfg(test)] mod …;` leads to.
fn inner_tests(paths: &[String]) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for path in paths {
        let text = read(path);
        let (directory, file) = path.rsplit_once('/').unwrap();
        for (at, _) in text.match_indices("#[cfg(") {
            let mut lines = text[at..].lines();
            if !lines.next().is_some_and(|condition| condition.contains("test")) {
                continue;
            }
            let mut line = lines.next().unwrap_or_default();
            if let Some(named) = line.strip_prefix("#[path = \"") {
                tests.insert(format!("{directory}/{}", named.trim_end_matches("\"]")));
                line = lines.next().unwrap_or_default();
            }
            let Some(name) = line.trim_start_matches("pub(crate) ").strip_prefix("mod ") else { continue };
            let Some(name) = name.strip_suffix(';') else { continue };
            let inside = match file {
                "mod.rs" | "lib.rs" => directory.to_owned(),
                other => format!("{directory}/{}", other.trim_end_matches(".rs")),
            };
            let (one, below) = (format!("{inside}/{name}.rs"), format!("{inside}/{name}/"));
            tests.extend(paths.iter().filter(|path| **path == one || path.starts_with(&below)).cloned());
        }
    }
    tests
}

/// Fails with all complaints, if there are any.
#[track_caller]
pub fn expect_none(rule: &str, complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<_> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "{rule}\n  {}", complaints.join("\n  "));
}

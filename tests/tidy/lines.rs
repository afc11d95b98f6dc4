//! What no line of code does.

use crate::tidy::source;
use crate::tidy::source::Purpose;
use crate::tidy::source::expect_none;

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let unwraps = |code: &str| code.contains(".unwrap()") || code.contains(".unwrap_err()");
    let complaints = source::program().flat_map(|source| source.complaints(source.program(), unwraps));
    expect_none("`expect` says why it holds, `unwrap` does not", complaints);
}

#[test]
fn names_of_the_program_are_no_words_for_people() {
    let mut complaints = Vec::new();
    for source in source::program().filter(|source| source.purpose == Purpose::Program) {
        let lines = source.text.lines().zip(1..).take(source.program().lines().count());
        // What implements `Debug` is asked by tests and by panics.
        let shown = lines.filter(|(line, _)| line.contains(":?}") && !line.contains("write!(f, "));
        complaints.extend(shown.map(|(line, number)| format!("{}:{number}: {}", source.path, line.trim())));
    }
    expect_none("a type that is told has a `word`; `{:?}` is for who writes the program", complaints);
}

#[test]
fn nothing_is_put_off() {
    let marks = ["TO", "FIX", "X", "HA"].iter().zip(["DO", "ME", "XX", "CK"]).map(|(one, two)| format!("{one}{two}"));
    let marks: Vec<String> = marks.collect();
    let macros = ["todo!", "unimplemented!", "dbg!"];
    // In two pieces, like the marks, so that this file is not its own finding.
    let skipped = ["#[", "ignore"].concat();
    let mut complaints = Vec::new();
    for source in source::everything() {
        let is_mark = |line: &str| {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric());
            words.any(|word| marks.iter().any(|mark| mark == word))
        };
        complaints.extend(source.complaints(&source.text, is_mark));
        complaints.extend(source.complaints(&source.code, |code| macros.iter().any(|name| code.contains(name))));
        complaints.extend(source.complaints(&source.code, |code| code.contains(&skipped)));
    }
    expect_none("what must wait is said in the change, not in the code", complaints);
}

#[test]
fn imports_are_one_a_line() {
    let mut complaints = Vec::new();
    for source in source::everything() {
        let is_wrong = |code: &str| {
            let line = code.trim();
            let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
            line.starts_with("use ") && (line.contains('{') || line.contains('*'))
        };
        // The tests at the end of a file may take what the file has, and nothing else in this way.
        let found = source.complaints(&source.code, is_wrong);
        complaints.extend(found.filter(|line| !line.ends_with(": use super::*;")));
        complaints.extend(source.complaints(source.program(), |code| code.contains("use super::*;")));
    }
    expect_none("one import a line, no globs, no braces", complaints);
}

#[test]
fn questions_with_two_answers_are_no_parameters_of_public_functions() {
    let mut complaints = Vec::new();
    for source in source::program() {
        let code = source.program();
        for (at, _) in code.match_indices("pub fn ") {
            let rest = &code[at..];
            let open = rest.find('(').unwrap_or(0);
            let parameters = &rest[open..closing(&rest[open..]) + open];
            if parameters.split([',', '(']).any(|one| one.split(':').next_back().map(str::trim) == Some("bool")) {
                complaints.push(format!("{}: {}", source.path, &rest[..open]));
            }
        }
    }
    expect_none("two functions or an enum, not a `bool`", complaints);
}

/// Returns where the bracket is closed with which the text begins.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[test]
fn lints_are_silenced_with_a_reason() {
    let mut complaints = Vec::new();
    for source in source::everything() {
        complaints.extend(source.complaints(&source.code, |code| code.trim().starts_with("#[allow(")));
        for (at, _) in source.code.match_indices("#[expect(") {
            let text = &source.code[at..];
            if !text[..text.find(")]").unwrap_or(text.len())].contains("reason = ") {
                complaints.push(format!("{}: `expect` without a reason", source.path));
            }
        }
    }
    expect_none("a lint is silenced with `expect` and a reason", complaints);
}

#[test]
fn nothing_names_this_machine() {
    let places = ["root", "work", "Users"].map(|name| format!("/{name}/"));
    let mut complaints = Vec::new();
    for source in source::everything() {
        let is_place = |line: &str| {
            places.iter().any(|place| {
                line.match_indices(place.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|letter| " \"'`(=:".contains(letter))
                })
            })
        };
        if source.purpose == Purpose::Program {
            complaints.extend(source.complaints(&source.text, is_place));
        }
    }
    expect_none("a path of one machine is true nowhere else", complaints);
}

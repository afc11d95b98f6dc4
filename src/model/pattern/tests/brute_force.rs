//! Overlap and cover of small patterns against enumeration of all small names and paths.
//!
//! Why a small enumeration holds a witness whenever there is one. Take a shortest common word of two patterns, folded. A
//! symbol that falls on a star of both could be left out, so each symbol falls on a single step of at least one of them:
//! the length is at most the number of single steps of both together, and a mark more where one is part of a character.
//! (Two patterns of stars alone share the empty word, and then every word.) The same holds for components and `**`. As
//! for the alphabet: the steps generated here cannot tell symbols apart beyond the ones they name, so one unnamed symbol
//! (`c`) stands for all others, with what makes a letter of several symbols: a letter and a mark in one (`á` and `ć`),
//! the mark alone, and two marks in one.

use std::collections::HashSet;

use proptest::prelude::Just;
use proptest::prelude::Strategy;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;
use proptest::sample::select;
use proptest::test_runner::Config;
use proptest::test_runner::TestCaseError;

use crate::model::fold::fold;
use crate::model::pattern::Pattern;

/// Returns all words over the alphabet from one symbol to `length_max` symbols.
pub(super) fn words(alphabet: &[&str], length_max: usize, separator: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut longest: Vec<String> = vec![String::new()];
    for _ in 0..length_max {
        let extend = |word: &String, symbol: &&str| {
            if word.is_empty() { (*symbol).to_owned() } else { format!("{word}{separator}{symbol}") }
        };
        longest = longest
            .iter()
            .flat_map(|word| alphabet.iter().map(|symbol| extend(word, symbol)).collect::<Vec<_>>())
            .collect();
        words.extend_from_slice(&longest);
    }
    words
}

/// Matches one component by trying everything, from the text of the pattern.
fn name_matches(source: &[char], name: &[char]) -> bool {
    match (source, name) {
        ([], _) => name.is_empty(),
        (['*', rest @ ..], _) => (0..=name.len()).any(|skipped| name_matches(rest, &name[skipped..])),
        (_, []) => false,
        (['?', rest @ ..], [_, tail @ ..]) => name_matches(rest, tail),
        (['[', rest @ ..], [first, tail @ ..]) => {
            let end = rest.iter().position(|&character| character == ']').unwrap();
            let is_member = match &rest[..end] {
                ['!', members @ ..] => !members.contains(first),
                members => members.contains(first),
            };
            is_member && name_matches(&rest[end + 1..], tail)
        }
        ([literal, rest @ ..], [first, tail @ ..]) => literal == first && name_matches(rest, tail),
    }
}

/// Matches a path by trying everything, from the text of the pattern.
fn path_matches(components: &[Vec<char>], names: &[Vec<char>]) -> bool {
    match (components, names) {
        ([first], _) if *first == DEEP => !names.is_empty(),
        ([first, rest @ ..], _) if *first == DEEP => {
            (0..=names.len()).any(|skipped| path_matches(rest, &names[skipped..]))
        }
        ([], []) => true,
        ([first, rest @ ..], [name, tail @ ..]) => name_matches(first, name) && path_matches(rest, tail),
        _ => false,
    }
}

const DEEP: [char; 2] = ['*', '*'];

fn split(text: &str) -> Vec<Vec<char>> {
    text.split('/').map(|part| part.chars().collect()).collect()
}

/// A path that patterns are asked about.
pub(super) struct Path {
    pub(super) text: String,
    pub(super) folded: String,
    names: Vec<Vec<char>>,
}

impl Path {
    pub(super) fn new(text: String) -> Self {
        Self { folded: fold(&text), names: split(&text), text }
    }

    pub(super) fn is_matched_by(&self, source: &[Vec<char>]) -> bool {
        path_matches(source, &self.names)
    }
}

/// Returns the components of a pattern.
pub(super) fn components(source: &str) -> Vec<Vec<char>> {
    let mut components = split(source.trim_end_matches('/'));
    if source.ends_with('/') {
        components.push(DEEP.to_vec());
    }
    components
}

/// Returns whether patterns may be taken to overlap that do not. A class that excludes a letter may be taken for more
/// than it is where the other pattern has that letter, and one after a star where it could be a mark.
fn is_loose(one: &str, other: &str) -> bool {
    let excludes_letter = |source: &str| source.contains("[!aA]");
    let without_exclusions = |source: &str| source.replace("[!aA]", "").replace("[!A1]", "").replace("[!a]", "");
    let has_letter = |source: &str| without_exclusions(source).contains(['a', 'A']);
    excludes_letter(one) && has_letter(other)
        || excludes_letter(other) && has_letter(one)
        || one.contains("*[!")
        || other.contains("*[!")
}

fn check(one: &str, other: &str, paths: &[Path]) -> Result<(), TestCaseError> {
    let (first, second) = (Pattern::parse(one).unwrap(), Pattern::parse(other).unwrap());
    let accepted = |source: &str, pattern: &Pattern| {
        let mut accepted = Vec::new();
        let components = components(source);
        for path in paths {
            let expected = path.is_matched_by(&components);
            prop_assert_eq!(pattern.matches(path.text.as_bytes()), expected, "{} {}", source, path.text);
            if expected {
                accepted.push(path);
            }
        }
        Ok(accepted)
    };
    let (by_first, by_second) = (accepted(one, &first)?, accepted(other, &second)?);
    let folded: HashSet<&str> = by_first.iter().map(|path| &*path.folded).collect();
    let expected = by_second.iter().any(|path| folded.contains(&*path.folded));
    if expected || !is_loose(one, other) {
        prop_assert_eq!(first.overlaps(&second), expected, "{} {}", one, other);
    }
    prop_assert_eq!(second.overlaps(&first), first.overlaps(&second), "{} {}", other, one);
    prop_assert!(first.overlaps(&first) && second.overlaps(&second));
    if first.covers(&second) {
        let components = components(one);
        prop_assert!(by_second.iter().all(|path| path.is_matched_by(&components)), "{} covers {}", one, other);
    }
    for path in by_second.iter().take(50) {
        prop_assert!(second.matches_folded(path.text.to_ascii_uppercase().as_bytes()));
        let is_matched = first.matches_folded(path.text.as_bytes());
        prop_assert!(is_matched == first.overlaps(&Pattern::parse(&path.text).unwrap()));
    }
    Ok(())
}

/// A component of at most two single steps, with stars before, between and after.
fn name_source() -> impl Strategy<Value = String> {
    let step = || select(&["", "a", "A", "1", "?", "[a1]", "[A1]", "[!a]", "[!aA]", "[!A1]"][..]);
    let star = || select(&["", "*"][..]);
    (star(), step(), star(), step(), star()).prop_map(|(s, x, t, y, u)| {
        let name = [s, x, t, y, u].concat().replace("***", "*").replace("**", "*");
        if name.is_empty() { "*".to_owned() } else { name }
    })
}

/// A pattern of at most two components that stand for one name each, with `**` around them.
///
/// "Everything below" counts as one. Each name has at most one single step or is a literal, so that names of two
/// symbols suffice.
fn path_source() -> impl Strategy<Value = String> {
    let name = || select(&["a", "A", "b", "ab", "*", "?", "a*", "*b", "*a*", "[ab]", "A[bB]"][..]);
    let deep = || select(&["", "**/"][..]);
    prop_oneof![
        (deep(), name(), deep(), name()).prop_map(|(d, x, e, y)| format!("{d}{x}/{e}{y}")),
        (deep(), name(), select(&["", "/", "/**", "/**/"][..])).prop_map(|(d, x, end)| format!("{d}{x}{end}")),
        Just("**".to_owned()),
    ]
}

#[test]
fn names_agree_with_brute_force() {
    let names = words(&["a", "A", "1", "c", "á", "ć", "\u{301}", "\u{344}"], 4, "");
    let names: Vec<Path> = names.into_iter().map(Path::new).collect();
    let config = Config::with_cases(100);
    proptest!(config, |(one in name_source(), other in name_source())| check(&one, &other, &names)?);
}

#[test]
fn paths_agree_with_brute_force() {
    let names = words(&["a", "A", "b"], 2, "");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let paths = words(&names, 4, "/");
    let paths: Vec<Path> = paths.into_iter().map(Path::new).collect();
    let config = Config::with_cases(24);
    proptest!(config, |(one in path_source(), other in path_source())| check(&one, &other, &paths)?);
}

//! Overlap and cover of small patterns against enumeration of all small names and paths.
//!
//! Why a small enumeration holds a witness whenever there is one. Take a shortest common word of two patterns. A symbol
//! that falls on a star of both could be left out, so each symbol falls on a single step of at least one of them, and
//! each single step takes one symbol: the length is at most the number of single steps of both together. (Two patterns
//! of stars alone share the empty word, and then every word.) The same holds for components and `**`. As for the
//! alphabet: the steps generated here cannot tell symbols apart beyond the ones they name, so one unnamed symbol (`c`)
//! stands for all others.

use proptest::prelude::Just;
use proptest::prelude::Strategy;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;
use proptest::sample::select;

use crate::model::pattern::Pattern;

/// Returns all words over the alphabet from one symbol to `length_max` symbols.
fn words(alphabet: &[&str], length_max: usize, separator: &str) -> Vec<String> {
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
fn name_matches(source: &[u8], name: &[u8]) -> bool {
    match (source, name) {
        ([], _) => name.is_empty(),
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skipped| name_matches(rest, &name[skipped..])),
        (_, []) => false,
        ([b'?', rest @ ..], [_, tail @ ..]) => name_matches(rest, tail),
        ([b'[', rest @ ..], [first, tail @ ..]) => {
            let end = rest.iter().position(|&byte| byte == b']').unwrap();
            let is_member = match &rest[..end] {
                [b'!', members @ ..] => !members.contains(first),
                members => members.contains(first),
            };
            is_member && name_matches(&rest[end + 1..], tail)
        }
        ([literal, rest @ ..], [first, tail @ ..]) => literal == first && name_matches(rest, tail),
    }
}

/// Matches a path by trying everything, from the text of the pattern.
fn path_matches(components: &[&str], names: &[&str]) -> bool {
    match (components, names) {
        (["**"], _) => !names.is_empty(),
        (["**", rest @ ..], _) => (0..=names.len()).any(|skipped| path_matches(rest, &names[skipped..])),
        ([], []) => true,
        ([first, rest @ ..], [name, tail @ ..]) => {
            name_matches(first.as_bytes(), name.as_bytes()) && path_matches(rest, tail)
        }
        _ => false,
    }
}

fn matches(source: &str, path: &str) -> bool {
    let mut components: Vec<&str> = source.trim_end_matches('/').split('/').collect();
    if source.ends_with('/') {
        components.push("**");
    }
    path_matches(&components, &path.split('/').collect::<Vec<_>>())
}

fn check(one: &str, other: &str, paths: &[String]) -> Result<(), proptest::test_runner::TestCaseError> {
    let (first, second) = (Pattern::parse(one).unwrap(), Pattern::parse(other).unwrap());
    let accepted = |source: &str, pattern: &Pattern| {
        let mut accepted = Vec::new();
        for path in paths {
            let expected = matches(source, path);
            prop_assert_eq!(pattern.matches(path.as_bytes()), expected, "{} {}", source, path);
            if expected {
                accepted.push(path.as_str());
            }
        }
        Ok(accepted)
    };
    let (by_first, by_second) = (accepted(one, &first)?, accepted(other, &second)?);
    let mut folded: Vec<String> = by_first.iter().map(|path| path.to_ascii_lowercase()).collect();
    folded.sort_unstable();
    let is_common = |path: &&str| folded.binary_search(&path.to_ascii_lowercase()).is_ok();
    let expected = by_second.iter().any(is_common);
    prop_assert_eq!(first.overlaps(&second), expected, "{} {}", one, other);
    prop_assert_eq!(second.overlaps(&first), expected, "{} {}", other, one);
    prop_assert!(first.overlaps(&first) && second.overlaps(&second));
    if first.covers(&second) {
        prop_assert!(by_second.iter().all(|path| matches(one, path)), "{} covers {}", one, other);
    }
    for path in by_second.iter().take(50) {
        prop_assert!(second.matches_folded(path.to_ascii_uppercase().as_bytes()));
        prop_assert!(first.matches_folded(path.as_bytes()) == first.overlaps(&Pattern::parse(path).unwrap()));
    }
    Ok(())
}

/// A component of at most two single steps, with stars before, between and after.
fn name_source() -> impl Strategy<Value = String> {
    let step = || select(&["", "a", "A", "b", "B", "?", "[ab]", "[aB]", "[!a]", "[!aA]", "[!ab]"][..]);
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
    let name = || select(&["a", "A", "b", "ab", "*", "?", "a*", "*b", "*a*", "[ab]", "A?"][..]);
    let deep = || select(&["", "**/"][..]);
    prop_oneof![
        (deep(), name(), deep(), name()).prop_map(|(d, x, e, y)| format!("{d}{x}/{e}{y}")),
        (deep(), name(), select(&["", "/", "/**", "/**/"][..])).prop_map(|(d, x, end)| format!("{d}{x}{end}")),
        Just("**".to_owned()),
    ]
}

#[test]
fn names_agree_with_brute_force() {
    let names = words(&["a", "A", "b", "B", "c"], 4, "");
    proptest!(|(one in name_source(), other in name_source())| check(&one, &other, &names)?);
}

#[test]
fn paths_agree_with_brute_force() {
    let names = words(&["a", "A", "b"], 2, "");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let paths = words(&names, 4, "/");
    let config = proptest::test_runner::Config::with_cases(24);
    proptest!(config, |(one in path_source(), other in path_source())| check(&one, &other, &paths)?);
}

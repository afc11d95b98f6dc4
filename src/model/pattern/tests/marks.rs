//! Letters and their marks: overlap of small patterns against enumeration of names that fold to the same.

use std::collections::HashSet;

use proptest::prelude::Strategy;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::prop_assume;
use proptest::proptest;
use proptest::sample::select;
use proptest::test_runner::Config;

use super::brute_force::Path;
use super::brute_force::components;
use super::brute_force::words;
use crate::model::fold::fold;
use crate::model::fold::order_of_mark;
use crate::model::pattern::Pattern;

const ACUTE: &str = "\u{301}";
const DOT_BELOW: &str = "\u{323}";
const TWO_MARKS: &str = "\u{344}";

fn check_overlap(one: &str, other: &str, expected: bool) {
    let (first, second) = (Pattern::parse(one).unwrap(), Pattern::parse(other).unwrap());
    assert_eq!(first.overlaps(&second), expected, "{one} and {other}");
    assert_eq!(second.overlaps(&first), expected, "{other} and {one}");
}

#[test]
fn wildcards_match_the_mark_of_a_decomposed_letter() {
    check_overlap("u/??", "u/é", true);
    check_overlap("u/??", "u/1", false);
    check_overlap("u/?", "u/??", true);
    check_overlap("u/?", "u/1?", false);
    check_overlap("log-?.txt", "log-??.txt", true);
    check_overlap("log-?.txt", "log-1?.txt", false);
    check_overlap("?[\u{301}]", "é", true);
    check_overlap("?[\u{301}\u{302}]", "é", true);
    check_overlap("?[a-c]", "é", false);
    check_overlap("e[!a]", "é", true);
    check_overlap("e[!a]", "e", false);
    check_overlap("??", "\u{AC00}", true);
    check_overlap("???", "\u{AC01}", true);
    check_overlap("\u{AC00}?", "\u{AC01}", true);
    check_overlap("\u{AC00}?", "\u{AC00}", false);
}

#[test]
fn marks_of_wildcards_take_their_places_among_those_of_literals() {
    check_overlap("é*", "e\u{323}\u{301}", true);
    check_overlap("é*", "e\u{323}", false);
    check_overlap("é*", "è*", false);
    check_overlap("é*", "e\u{323}*", true);
    check_overlap("é?", "e\u{323}\u{301}", true);
    check_overlap("é?", "ea", false);
    check_overlap("é?", "é", false);
    check_overlap("*\u{301}\u{302}", "é\u{323}\u{302}", true);
    check_overlap("*\u{323}x", "e\u{323}\u{301}x", true);
    check_overlap("*\u{323}x", "e\u{301}x", false);
    // The star between them takes nothing, and the marks change places.
    check_overlap("e\u{301}*\u{323}x", "e\u{323}\u{301}x", true);
    check_overlap("e\u{301}*\u{323}x", "e\u{323}x", false);
    check_overlap("e\u{301}*?", "e\u{323}\u{301}", true);
    check_overlap("e\u{301}*[a-c]", "e\u{323}\u{301}b", true);
    check_overlap("e\u{301}*[a-c]", "e\u{323}\u{301}d", false);
    check_overlap("caf\u{E9}-*", "cafè-*", false);
    check_overlap("\u{301}*", "\u{323}\u{301}", true);
    check_overlap("*\u{323}*", "\u{323}\u{301}", true);
    check_overlap("*\u{323}*", "\u{301}", false);
    check_overlap("[a\u{301}]b", "ab", true);
    check_overlap("?*", "1", true);
    check_overlap("1*?", "?", false);
    check_overlap("1?*", "?", false);
}

#[test]
fn excluding_classes_match_every_other_spelling() {
    // A letter and its mark, composed or not; the Kelvin sign; the Greek question mark.
    check_overlap("[!eE]", "e\u{301}", true);
    check_overlap("[!eE]", "e", false);
    check_overlap("[!kK]", "k", true);
    check_overlap("[!kK\u{212A}]", "k", false);
    check_overlap("[!;]", ";", true);
    check_overlap("[!,]", ",", false);
    check_overlap("x[!.]", "x.", false);
}

/// Words over these are closed under what the patterns here can tell apart.
const ALPHABET: [&str; 11] = ["e", "é", "E", "a", "1", ACUTE, DOT_BELOW, TWO_MARKS, "가", "\u{1100}", "\u{1161}"];

const STEPS: [&str; 25] = [
    "e",
    "é",
    "E",
    "a",
    "1",
    ACUTE,
    DOT_BELOW,
    TWO_MARKS,
    "가",
    "\u{1100}",
    "\u{1161}",
    "",
    "",
    "*",
    "*",
    "?",
    "?",
    "[ea]",
    "[éa]",
    "[!e]",
    "[!eE]",
    "[!1]",
    "[!é]",
    "[a\u{301}]",
    "[\u{301}\u{323}]",
];

fn name_source(steps: &'static [&'static str], len_max: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(select(steps), 1..=len_max).prop_map(|steps| {
        let name = steps.concat().replace("****", "*").replace("***", "*").replace("**", "*");
        if name.is_empty() { "*".to_owned() } else { name }
    })
}

fn names(alphabet: &[&str], length_max: usize) -> Vec<Path> {
    words(alphabet, length_max, "").into_iter().map(Path::new).collect()
}

fn accepted<'a>(source: &str, names: &'a [Path]) -> Vec<&'a Path> {
    let components = components(source);
    names.iter().filter(|name| name.is_matched_by(&components)).collect()
}

fn have_common_name(one: &[&Path], other: &[&Path]) -> bool {
    let folded: HashSet<&str> = one.iter().map(|name| &*name.folded).collect();
    other.iter().any(|name| folded.contains(&*name.folded))
}

#[test]
fn no_overlap_is_missed() {
    let names = names(&ALPHABET, 4);
    proptest!(Config::with_cases(100), |(one in name_source(&STEPS, 4), other in name_source(&STEPS, 4))| {
        let (first, second) = (Pattern::parse(&one).unwrap(), Pattern::parse(&other).unwrap());
        let (by_first, by_second) = (accepted(&one, &names), accepted(&other, &names));
        prop_assert_eq!(first.overlaps(&second), second.overlaps(&first));
        prop_assert!(first.overlaps(&second) || !have_common_name(&by_first, &by_second), "{} and {}", one, other);
        for path in &by_first {
            prop_assert!(first.matches(path.text.as_bytes()));
            // What both match as checkouts see it is in conflict: a path belongs to one claim (P4).
            let is_matched = second.matches_folded(path.text.as_bytes());
            prop_assert!(first.overlaps(&second) || !is_matched, "{} and {}, {}", one, other, path.text);
            prop_assert!(first.matches_folded(path.folded.as_bytes()));
        }
        if first.covers(&second) {
            let components = components(&one);
            prop_assert!(by_second.iter().all(|path| path.is_matched_by(&components)), "{} covers {}", one, other);
        }
    });
}

#[test]
fn what_is_covered_overlaps_no_more() {
    let steps = &STEPS;
    let sources = (name_source(steps, 3), name_source(steps, 3), name_source(steps, 3));
    proptest!(Config::with_cases(10_000), |((wide, narrow, other) in sources)| {
        let [wide, narrow, other] = [&wide, &narrow, &other].map(|source| Pattern::parse(source).unwrap());
        if wide.covers(&narrow) {
            prop_assert!(wide.overlaps(&other) || !narrow.overlaps(&other), "{wide} covers {narrow}, not {other}");
        }
    });
}

/// Returns whether the marks of two literals may come together.
fn has_star_between_marks(source: &str) -> bool {
    let folded: Vec<char> = fold(source).chars().collect();
    let is_mark = |character: char| order_of_mark(character) != 0;
    folded.windows(3).any(|triple| is_mark(triple[0]) && triple[1] == '*' && is_mark(triple[2]))
}

/// Exact where no wildcard but stars and classes of letters without marks stand beside marks.
#[test]
fn stars_among_marks_are_decided_exactly() {
    const STEPS: [&str; 12] = ["e", "é", "E", "a", ACUTE, DOT_BELOW, "é", "*", "*", "[ea]", "\u{300}", ""];
    let names = names(&["e", "é", "E", "a", ACUTE, DOT_BELOW, "\u{300}"], 4);
    proptest!(Config::with_cases(100), |(one in name_source(&STEPS, 3), other in name_source(&STEPS, 3))| {
        prop_assume!(!has_star_between_marks(&one) && !has_star_between_marks(&other));
        let (first, second) = (Pattern::parse(&one).unwrap(), Pattern::parse(&other).unwrap());
        let expected = have_common_name(&accepted(&one, &names), &accepted(&other, &names));
        prop_assert_eq!(first.overlaps(&second), expected, "{} and {}", one, other);
    });
}

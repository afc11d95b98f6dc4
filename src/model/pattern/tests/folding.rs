//! Patterns beyond ASCII.

use proptest::prelude::Strategy;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::proptest;
use proptest::sample::select;
use unicode_normalization::UnicodeNormalization;

use crate::model::fold::fold;
use crate::model::pattern::Pattern;

fn check_overlap(one: &str, other: &str, expected: bool) {
    let (first, second) = (Pattern::parse(one).unwrap(), Pattern::parse(other).unwrap());
    assert_eq!(first.overlaps(&second), expected, "{one} and {other}");
    assert_eq!(second.overlaps(&first), expected, "{other} and {one}");
}

#[test]
fn case_and_normalisation_variants_overlap() {
    check_overlap("SRC/Main.rs", "src/main.rs", true);
    check_overlap("caf\u{E9}.md", "CAFE\u{301}.md", true);
    check_overlap("caf\u{E9}/", "Caf*/x", true);
    check_overlap("\u{AC01}/", "\u{1100}\u{1161}\u{11A8}/a", true);
    check_overlap("[A-C]x", "bX", true);
    check_overlap("[!a]x", "ax", true);
}

#[test]
fn wildcards_match_whole_letters() {
    check_overlap("caf?.md", "caf\u{E9}.md", true);
    check_overlap("caf?.md", "cafe\u{301}.md", true);
    check_overlap("?", "\u{AC01}", true);
    check_overlap("[à-ý]", "E\u{301}", true);
    check_overlap("[\u{AC00}-\u{D7A3}]", "\u{AC01}", true);
    check_overlap("[!x]", "\u{E9}", true);
    check_overlap("?", "\u{E9}\u{E9}", false);
    check_overlap("caf?", "cafe\u{E9}", false);
}

#[test]
fn patterns_with_a_common_byte_path_overlap_whatever_folding_does() {
    // The second mark sorts before the first in the folded path.
    check_overlap("e\u{301}*", "e\u{301}\u{323}", true);
    check_overlap("e?", "e\u{301}", true);
    check_overlap("[!eE]", "\u{E9}", true);
    check_overlap("e?[ab]", "e\u{301}[!b]", true);
    check_overlap("e?[ab]", "e\u{301}[!abAB]", false);
}

#[test]
fn other_letters_do_not_overlap() {
    check_overlap("caf\u{E9}", "cafe", false);
    check_overlap("[а-я]", "a", false);
    check_overlap("straße", "strasse", false);
}

const PIECES: [&str; 18] = [
    "a", "A", "e", "E", "é", "e\u{301}", "É", "\u{323}", "각", "ß", "K", "/", "?", "*", "[a-é]", "[!a]", "[!eé]",
    "[éa]",
];

fn pattern_source() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(&PIECES[..]), 1..7).prop_map(|pieces| pieces.concat())
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(&PIECES[..12]), 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn byte_match_implies_folded_match_prefix_and_overlap(
        one in pattern_source(), other in pattern_source(), path in path()
    ) {
        let Ok(one) = Pattern::parse(&one) else { return Ok(()) };
        if one.matches(path.as_bytes()) {
            prop_assert!(one.matches_folded(path.as_bytes()));
            prop_assert!(fold(&path).starts_with(&*one.literal_prefix()));
        }
        let Ok(other) = Pattern::parse(&other) else { return Ok(()) };
        prop_assert_eq!(one.overlaps(&other), other.overlaps(&one));
        let variants = [path.clone(), path.nfc().collect(), path.nfd().collect(), path.to_lowercase(), fold(&path)];
        if one.matches(path.as_bytes()) && variants.iter().any(|variant| other.matches(variant.as_bytes())) {
            prop_assert!(one.overlaps(&other));
        }
        if one.overlaps(&other) {
            let (first, second) = (one.literal_prefix(), other.literal_prefix());
            prop_assert!(first.starts_with(&*second) || second.starts_with(&*first));
        }
        if let (Ok(literal), true) = (Pattern::parse(&path), one.covers(&other)) {
            prop_assert!(!other.overlaps(&literal) || one.overlaps(&literal));
            prop_assert!(!other.matches(path.as_bytes()) || one.matches(path.as_bytes()));
        }
    }

    #[test]
    fn literal_overlaps_what_matches_it_folded(source in pattern_source(), path in path()) {
        if let (Ok(pattern), Ok(literal)) = (Pattern::parse(&source), Pattern::parse(&path))
            && literal.is_literal()
        {
            prop_assert_eq!(pattern.overlaps(&literal), pattern.matches_folded(path.as_bytes()));
        }
    }

    #[test]
    fn literal_overlaps_its_variants(path in path()) {
        let Ok(literal) = Pattern::parse(&path) else { return Ok(()) };
        let variants =
            [path.nfc().collect::<String>(), path.nfd().collect(), path.to_lowercase(), path.replace('É', "é")];
        for variant in variants {
            prop_assert!(literal.overlaps(&Pattern::parse(&variant).unwrap()), "{}", variant);
        }
    }
}

//! The grammar and its meaning by example.

use proptest::prelude::any;
use proptest::proptest;

use crate::model::pattern::Pattern;
use crate::model::pattern::PatternFault;
use crate::model::pattern::RefPattern;

fn pattern(source: &str) -> Pattern {
    Pattern::parse(source).unwrap_or_else(|fault| panic!("{source}: {fault}"))
}

fn check_matches(source: &str, paths: &[&str], other_paths: &[&str]) {
    for path in paths {
        assert!(pattern(source).matches(path.as_bytes()), "{source} should match {path}");
        assert!(pattern(source).matches_folded(path.as_bytes()), "{source} should match {path} folded");
    }
    for path in other_paths {
        assert!(!pattern(source).matches(path.as_bytes()), "{source} should not match {path}");
    }
}

#[test]
fn literal_matches_itself_only() {
    check_matches("src/a.rs", &["src/a.rs"], &["src/a.rs2", "src/a.r", "src/A.rs", "src/a.rs/b", "a.rs", ""]);
    check_matches("src", &["src"], &["src/a.rs", "sr", "src/"]);
}

#[test]
fn directory_matches_everything_below() {
    for source in ["src/parser/", "src/parser/**", "src/parser/**/"] {
        check_matches(source, &["src/parser/a", "src/parser/a/b"], &["src/parser", "src/parser/", "src/parsers/a"]);
    }
    check_matches("src/*/", &["src/a/b", "src/a/b/c"], &["src/a", "src"]);
}

#[test]
fn stars_stay_within_a_component() {
    check_matches(
        "tests/parser_*.rs",
        &["tests/parser_.rs", "tests/parser_a.rs"],
        &["tests/parser_a/b.rs", "tests/parser.rs"],
    );
    check_matches("*", &["a", ".a"], &["a/b", ""]);
    check_matches("src/*", &["src/a"], &["src/", "src", "src//"]);
    check_matches("a?c", &["abc", "aéc", "a\u{4E2D}c"], &["ac", "abbc", "a/c"]);
}

#[test]
fn double_stars_cross_components() {
    check_matches("**", &["a", "a/b/c"], &[""]);
    check_matches("**/x", &["x", "a/x", "a/b/x"], &["xx", "a/x/y"]);
    check_matches("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb", "b"]);
    check_matches("src/**/*.rs", &["src/a.rs", "src/x/a.rs"], &["src/a.md", "a.rs"]);
    check_matches("**/a/**/b/**", &["a/b/c", "x/a/y/b/z/z", "a/a/b/b"], &["a/b", "b/a/c"]);
}

#[test]
fn classes_match_one_character() {
    check_matches("[abc]", &["a", "b", "c"], &["d", "A", "ab", "/"]);
    check_matches("[a-cx-]", &["b", "x", "-"], &["d", "y"]);
    check_matches("[!a-c]", &["d", "A", "é", "-"], &["a", "b", "c", "dd"]);
    check_matches("[^a]", &["b"], &["a"]);
    check_matches("[]a]", &["]", "a"], &["b"]);
    check_matches("[!]]", &["a"], &["]"]);
    check_matches("[\\]\\-a]", &["]", "-", "a"], &["\\", "b"]);
    check_matches("[а-я]x", &["жx"], &["ax"]);
    check_matches("a[.-0]b", &["a.b", "a0b"], &["a/b"]);
}

#[test]
fn backslash_makes_the_next_character_literal() {
    check_matches("app/\\[id\\]/p\\*\\?\\\\.tsx", &["app/[id]/p*?\\.tsx"], &["app/i/pa?\\.tsx"]);
    check_matches("[a]", &["a"], &["[a]"]);
    assert!(pattern("app/\\[id]").is_literal());
    assert!(pattern("[a]").is_literal());
    assert!(!pattern("[ab]").is_literal());
    assert!(!pattern("src/").is_literal());
}

#[test]
fn bytes_that_are_not_utf8_are_single_characters() {
    assert!(pattern("a?b").matches(b"a\xFFb"));
    assert!(pattern("a*b").matches(b"a\xFF\xFEb"));
    assert!(pattern("a[!x]b").matches_folded(b"A\xFFB"));
    assert!(!pattern("a?b").matches(b"a\xFF\xFEb"));
    assert!(!pattern("a[x-z]b").matches(b"a\xFFb"));
}

fn check_fault(sources: &[&str], expected: PatternFault) {
    for source in sources {
        assert_eq!(Pattern::parse(source).err(), Some(expected), "{source:?}");
    }
}

#[test]
fn malformed_patterns_are_refused() {
    check_fault(&[""], PatternFault::Empty);
    check_fault(&["/", "/src", "//"], PatternFault::Absolute);
    check_fault(&["a//b", "a//", "src//*"], PatternFault::EmptyComponent);
    check_fault(&[".", "..", "./a", "a/../b", "a/.", "../", "\\.", "[.]/a", "a/.[.]"], PatternFault::DotComponent);
    check_fault(&["a\nb"], PatternFault::Deceptive('\n'));
    check_fault(&["a\u{202E}b"], PatternFault::Deceptive('\u{202E}'));
    check_fault(&["a**", "**b", "a**b", "***", "a/**b/c"], PatternFault::PartialDoubleStar);
    check_fault(&["[", "[a", "[]", "[!]", "[a/b]", "[a-", "[\\]", "[\\"], PatternFault::UnterminatedClass);
    check_fault(&["[[:alpha:]]", "[a[:digit:]]"], PatternFault::NamedClass);
    check_fault(&["[z-a]"], PatternFault::ReversedRange('z', 'a'));
    check_fault(&["a\\", "a\\/b", "\\"], PatternFault::TrailingBackslash);
    check_fault(&[".git", ".git/", ".GIT/config", ".g\\it/*", ".git/**", "[.]git/x"], PatternFault::GitDirectory);
}

#[test]
fn legal_twins_of_malformed_patterns_are_accepted() {
    for source in [
        "a",
        "a/b",
        ".a",
        "...",
        "a/..b",
        "a b",
        "a/**/b",
        "a*",
        "*a*b*",
        "[a]",
        "[a-z]",
        "[a-]",
        "[a:]",
        "a\\\\",
        ".gitignore",
        ".github/",
        "src/.git",
        "[",
        "é",
    ] {
        let is_legal = source != "[";
        assert_eq!(Pattern::parse(source).is_ok(), is_legal, "{source}");
        if is_legal {
            assert_eq!(pattern(source).to_string(), source);
        }
    }
}

#[test]
fn length_and_wildcards_are_bounded() {
    assert!(Pattern::parse(&"a".repeat(1024)).is_ok());
    check_fault(&[&"a".repeat(1025)], PatternFault::TooLong);
    for wildcard in ["?", "*a", "[ab]", "**/a/"] {
        assert!(Pattern::parse(&wildcard.repeat(32)).is_ok());
        check_fault(&[&wildcard.repeat(33)], PatternFault::TooManyWildcards);
    }
}

fn check_overlap(one: &str, other: &str, expected: bool) {
    assert_eq!(pattern(one).overlaps(&pattern(other)), expected, "{one} and {other}");
    assert_eq!(pattern(other).overlaps(&pattern(one)), expected, "{other} and {one}");
}

#[test]
fn patterns_with_a_common_path_overlap() {
    for (one, other) in [
        ("src/a.rs", "src/a.rs"),
        ("src/**", "src/a.rs"),
        ("src/", "SRC/a.rs"),
        ("src/", "src/parser/"),
        ("**", "a"),
        ("**/", "a/"),
        ("src/**/*.rs", "src/parser/"),
        ("src/*.rs", "src/parser_*"),
        ("**/x/**", "a/**/b"),
        ("*a", "b*"),
        ("[a-m]*", "[m-z]*"),
        ("[!a]", "[!b]"),
        ("*/b", "a/*"),
        ("?", "[xy]"),
        // A composed letter, and the letter and its mark.
        ("?", "??"),
        ("?x", "a?x"),
        ("log-?.txt", "log-??.txt"),
        ("[!aA]", "a?"),
    ] {
        check_overlap(one, other, true);
    }
}

#[test]
fn patterns_without_a_common_path_do_not_overlap() {
    for (one, other) in [
        ("src/a.rs", "src/b.rs"),
        ("src", "src/"),
        ("src/", "srcs/"),
        ("src/*.rs", "src/*.md"),
        ("src/*.rs", "src/x/*.rs"),
        ("src/**/*.rs", "src/**/*.md"),
        ("a*", "b*"),
        ("*a", "*b"),
        ("[a-m]*", "[n-z]*"),
        ("[!aA]", "a"),
        ("?", "1?"),
        ("?x", "1?x"),
        ("?", "[ab][ab]"),
        ("??", "[0-9]"),
        ("log-?.txt", "log-1?.txt"),
        ("[!.]", ".?"),
        ("*", "a/"),
        ("**/a/*", "**/b/c/d/e"),
        ("[.-0]", "[!.0]"),
        ("*a?", "*bb"),
        ("?a*", "bb*"),
    ] {
        check_overlap(one, other, false);
    }
}

#[test]
fn wider_patterns_cover_narrower_ones() {
    for (wide, narrow) in [
        ("src/", "src/a.rs"),
        ("src/", "src/parser/"),
        ("src/", "src/**/*.rs"),
        ("**", "src/"),
        ("src/**/*.rs", "src/parser/*.rs"),
        ("src/**/*.rs", "src/a.rs"),
        ("src/**/*.rs", "src/**/a_*.rs"),
        ("src/[a-z]*", "src/[b-d]x"),
        ("src/[!a]", "src/[!ab]"),
        ("src/?", "src/[ab]"),
        ("*/a", "*/a"),
    ] {
        assert!(pattern(wide).covers(&pattern(narrow)), "{wide} covers {narrow}");
        assert_eq!(pattern(narrow).covers(&pattern(wide)), wide == narrow, "{narrow} covers {wide}");
    }
}

#[test]
fn patterns_with_other_paths_are_not_covered() {
    for (wide, narrow) in [
        ("src/", "src"),
        ("src/a", "src/A"),
        ("src/", "lib/a.rs"),
        ("src/*.rs", "src/x/a.rs"),
        ("src/*.rs", "src/**"),
        ("src/?", "src/*"),
        ("src/parser/", "src/*/a"),
        ("[!a]", "?"),
    ] {
        assert!(!pattern(wide).covers(&pattern(narrow)), "{wide} covers {narrow}");
    }
}

#[test]
fn literal_prefix_ends_at_the_first_wildcard() {
    for (source, prefix) in [
        ("SRC/a.rs", "src/a.rs"),
        ("src/", "src/"),
        ("src/Par*", "src/par"),
        ("**/x", ""),
        ("a/**/b", "a/"),
        ("e\u{301}*", "e"),
    ] {
        assert_eq!(pattern(source).literal_prefix(), prefix);
    }
}

#[test]
fn hostile_patterns_are_decided() {
    let stars = pattern(&"*a".repeat(32));
    assert!(stars.overlaps(&stars) && stars.covers(&stars));
    assert!(!stars.matches("a".repeat(4096).replace("aa", "ab").as_bytes()));
    check_overlap(&format!("{}b", "*a".repeat(31)), &"*a".repeat(32), false);
    let tail = "a".repeat(900);
    check_overlap(&format!("{}{tail}b*", "*a".repeat(30)), &format!("{}{tail}c*", "*a".repeat(30)), true);
    let deep = format!("{}{}", "**/a/".repeat(20), "a/".repeat(400));
    check_overlap(&format!("{deep}b"), &format!("{deep}c"), false);
    let names = format!("{}x", "**/*a/".repeat(16));
    check_overlap(&names, &names.replace('x', "y"), false);
    assert!(!pattern(&names).matches("a/".repeat(2000).as_bytes()));
}

#[test]
fn ref_patterns_do_not_cross_slashes_with_one_star() {
    let release = RefPattern::parse("refs/heads/release/*").unwrap();
    assert!(release.matches("refs/heads/release/1.0"));
    assert!(!release.matches("refs/heads/release/1.0/fix"));
    assert!(!release.matches("refs/heads/Release/1.0"));
    assert!(release.matches_folded("refs/heads/Release/1.0"));
    assert!(RefPattern::parse("refs/heads/**").unwrap().matches("refs/heads/a/b"));
    assert!(release.overlaps(&RefPattern::parse("refs/heads/**/1.0").unwrap()));
    assert!(!release.overlaps(&RefPattern::parse("refs/tags/**").unwrap()));
    for source in ["heads/main", "**", "refs", "Refs/heads/*"] {
        assert_eq!(RefPattern::parse(source).err(), Some(PatternFault::NotARef), "{source}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_is_refused_or_becomes_a_pattern(source in "[a-zA-Zé/*?\\[\\]!^\\\\.:-]{0,40}", path in any::<Vec<u8>>()) {
        if let Ok(pattern) = Pattern::parse(&source) {
            assert_eq!(pattern.as_str(), source);
            assert!(pattern.overlaps(&pattern) && pattern.covers(&pattern));
            assert!(!pattern.matches(&path) || pattern.matches_folded(&path));
        }
    }

    #[test]
    fn any_string_is_parsed_without_panic(source in any::<String>()) {
        let _ = Pattern::parse(&source);
    }

    #[test]
    fn escaped_path_is_a_literal_pattern(path in "[a-c*?\\[\\]\\\\!é-]{1,8}(/[a-c*?\\[\\]\\\\!é-]{1,8}){0,2}") {
        let literal = pattern(&Pattern::escape(&path));
        assert!(literal.is_literal() && literal.matches(path.as_bytes()));
    }
}

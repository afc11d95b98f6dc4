//! Folding of case and Unicode normalisation: what two checkouts may regard as one name.
//!
//! A fold is for comparing, never for storing or showing. It decomposes canonically (NFD) and lower-cases every
//! character through its upper case, so that `ς`, `σ` and `Σ`, or `ſ` and `s`, are one; both steps are repeated
//! until nothing changes. Case is mapped from one character to one: `ß` and `ss` stay different, as on NTFS.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::char::is_combining_mark;

/// Returns the form in which two names are equal if a file system may take them for one.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = fold_once(text);
    loop {
        let again = fold_once(&folded);
        if again == folded {
            return folded;
        }
        folded = again;
    }
}

/// Folds the valid parts of a path; bytes that are not UTF-8 stay as they are.
pub(crate) fn fold_path(path: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        folded.extend_from_slice(fold(chunk.valid()).as_bytes());
        folded.extend_from_slice(chunk.invalid());
    }
    folded
}

/// Folds a name or a path, without the code points that HFS+ ignores in names.
pub(crate) fn fold_name(name: &[u8]) -> Vec<u8> {
    fold_path(&without_ignored(name))
}

/// Returns a name or a path without the code points that HFS+ ignores in names.
pub(crate) fn without_ignored(name: &[u8]) -> Cow<'_, [u8]> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let mut kept = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        let heard: String = chunk.valid().chars().filter(|character| !is_ignored(*character)).collect();
        kept.extend_from_slice(heard.as_bytes());
        kept.extend_from_slice(chunk.invalid());
    }
    Cow::Owned(kept)
}

/// Joiners, marks of direction, and the mark of byte order.
fn is_ignored(character: char) -> bool {
    matches!(character, '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}')
}

/// Returns whether a folded character continues the letter before it: a combining mark, or a letter that occurs as the
/// second part of a decomposition (Korean vowels and finals, a Kirat Rai vowel).
pub(crate) fn continues_letter(character: char) -> bool {
    character >= '\u{300}'
        && (matches!(character, '\u{1160}'..='\u{11FF}' | '\u{16D67}') || is_combining_mark(character))
}

/// Returns the place of a mark in the canonical order of the marks of a letter: those of one place keep their order. What
/// is 0 has no place, and no mark passes it.
pub(crate) fn order_of_mark(character: char) -> u8 {
    if character < '\u{300}' { 0 } else { canonical_combining_class(character) }
}

/// Returns the characters that fold to a folded ASCII character.
pub(crate) fn spellings(folded: char) -> impl Iterator<Item = char> {
    let foreign = match folded {
        ';' => Some('\u{37E}'),
        '`' => Some('\u{1FEF}'),
        'i' => Some('\u{131}'),
        'k' => Some('\u{212A}'),
        's' => Some('\u{17F}'),
        _ => None,
    };
    [folded, folded.to_ascii_uppercase()].into_iter().chain(foreign)
}

fn fold_once(text: &str) -> String {
    text.nfd().flat_map(char::to_lowercase).map(merge_lower_cases).nfd().collect()
}

/// Maps a lower-case character to the usual lower case of its upper case: `ς` to `σ`.
fn merge_lower_cases(character: char) -> char {
    // The upper case of the mark U+0345 is a letter; a mark must stay with its letter.
    if continues_letter(character) {
        return character;
    }
    only(character.to_uppercase()).and_then(|upper| only(upper.to_lowercase())).unwrap_or(character)
}

fn only(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_normalisation_variants_fold_together() {
        for (one, other) in [
            ("SRC/Main.rs", "src/main.rs"),
            ("caf\u{E9}", "CAFE\u{301}"),
            ("\u{1EAD}", "a\u{302}\u{323}"),
            ("\u{AC01}", "\u{1100}\u{1161}\u{11A8}"),
            ("ΟΔΟΣ", "οδος"),
            ("\u{212A}elvin", "kelvin"),
            ("\u{212B}", "a\u{30A}"),
            ("\u{17F}", "S"),
            ("\u{130}", "i\u{307}"),
            ("\u{1E9E}", "ß"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (one, other) in [("a", "b"), ("e", "é"), ("ß", "ss"), ("ﬁ", "fi"), ("²", "2")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn every_character_folds_to_a_fixed_point_shared_with_its_cases() {
        for character in '\0'..=char::MAX {
            let folded = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(folded, fold(&folded), "{character:?}");
            let lower: String = character.to_lowercase().collect();
            assert_eq!(folded, fold(&lower), "{character:?}");
            if let Some(upper) = only(character.to_uppercase())
                && !continues_letter(character)
            {
                assert_eq!(folded, fold(upper.encode_utf8(&mut [0; 4])), "{character:?}");
            }
            // Patterns rely on this: whatever one character becomes, it stays one letter with its marks.
            assert!(folded.chars().skip(1).all(continues_letter), "{character:?}");
        }
    }

    #[test]
    fn spellings_are_all_that_folds_to_an_ascii_character() {
        for character in '\0'..=char::MAX {
            let folded = fold(character.encode_utf8(&mut [0; 4]));
            if let Some(ascii) = only(folded.chars()).filter(char::is_ascii) {
                assert!(spellings(ascii).any(|spelling| spelling == character), "{character:?}");
            }
        }
        for ascii in ('\0'..='\x7F').filter(|character| !character.is_ascii_uppercase()) {
            let folds_back = |spelling: char| fold(spelling.encode_utf8(&mut [0; 4])) == ascii.to_string();
            assert!(spellings(ascii).all(folds_back), "{ascii:?}");
        }
    }

    #[test]
    fn names_fold_without_what_a_file_system_ignores() {
        for name in [".co\u{200c}ord", "\u{feff}.COORD", ".c\u{202e}oord\u{206f}", ".coord"] {
            assert_eq!(fold_name(name.as_bytes()), b".coord", "{name:?}");
        }
        for name in [".co\u{2010}ord", ".co ord", ".co\u{e9}rd", ".coords"] {
            assert_ne!(fold_name(name.as_bytes()), b".coord", "{name:?}");
        }
        assert_eq!(fold_name(b"A\xFF\xE2\x80\x8C"), b"a\xFF");
    }

    #[test]
    fn bytes_that_are_not_utf8_stay_themselves() {
        assert_eq!(fold_path(b"A\xFFB\xE2\x82/C"), b"a\xFFb\xE2\x82/c");
        assert_eq!(fold_path("É".as_bytes()), "e\u{301}".as_bytes());
    }
}

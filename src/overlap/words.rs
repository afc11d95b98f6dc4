//! Text as tokens of the table: whole words if it has them, else the parts of names in camel case, else the longest pieces.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::overlap::table::PIECE_BYTES_MAX;
use crate::overlap::table::Table;
use crate::overlap::table::Token;

/// Longer texts are cut: a title has far less.
const TEXT_CHARACTERS_MAX: usize = 512;

/// Returns the words of a text in lower case, without marks on letters.
pub(super) fn words(text: &str) -> Vec<String> {
    runs(&folded(text)).map(str::to_lowercase).collect()
}

/// Returns the tokens of a text in their order.
pub(super) fn tokens(table: &Table<'_>, text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for run in runs(&folded(text)) {
        let word = run.to_lowercase();
        if let Some(token) = whole(table, &word) {
            found.push(token);
            continue;
        }
        let parts = parts(run);
        if parts.len() < 2 {
            add_pieces(table, &word, &mut found);
            continue;
        }
        for part in parts {
            let part = part.to_lowercase();
            match whole(table, &part) {
                Some(token) => found.push(token),
                None => add_pieces(table, &part, &mut found),
            }
        }
    }
    found
}

/// Takes marks off letters: `café` is `cafe`.
fn folded(text: &str) -> String {
    let cut = text.chars().take(TEXT_CHARACTERS_MAX);
    cut.nfkd().filter(|character| !is_combining_mark(*character)).collect()
}

fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|run| !run.is_empty())
}

fn whole(table: &Table<'_>, word: &str) -> Option<Token> {
    (word.len() <= PIECE_BYTES_MAX).then(|| table.find(word, false)).flatten()
}

/// Adds the longest pieces of a word that the table has, from its beginning; letters that begin none are left out.
fn add_pieces(table: &Table<'_>, word: &str, found: &mut Vec<Token>) {
    let mut from = 0;
    while from < word.len() {
        let rest = &word[from..];
        let ends = rest.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let ends: Vec<usize> = ends.take_while(|end| *end <= PIECE_BYTES_MAX).collect();
        let longest = ends.iter().rev().find_map(|end| Some((*end, table.find(&rest[..*end], from > 0)?)));
        match longest {
            Some((length, token)) => {
                found.push(token);
                from += length;
            }
            None => from += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
}

/// What a letter is for names in camel case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Upper,
    Lower,
    Digit,
    Other,
}

/// Takes a name in camel case apart: `HTTPServer2` is `HTTP`, `Server` and `2`.
fn parts(run: &str) -> Vec<&str> {
    let letters: Vec<(usize, Sort)> = run.char_indices().map(|(at, letter)| (at, sort(letter))).collect();
    let mut starts = vec![0];
    for (index, pair) in letters.windows(2).enumerate() {
        let ((_, one), (at, next)) = (pair[0], pair[1]);
        let begins_word = next == Sort::Upper && letters.get(index + 2).is_some_and(|(_, after)| *after == Sort::Lower);
        let goes_on = one == next && !(one == Sort::Upper && begins_word) || one == Sort::Upper && next == Sort::Lower;
        if !goes_on {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([run.len()]);
    starts.iter().zip(ends).map(|(start, end)| &run[*start..end]).collect()
}

fn sort(letter: char) -> Sort {
    match letter {
        'A'..='Z' => Sort::Upper,
        'a'..='z' => Sort::Lower,
        _ if letter.is_ascii_digit() => Sort::Digit,
        _ => Sort::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_camel_case_are_taken_apart() {
        for (name, expected) in [
            ("parseHeader", &["parse", "Header"][..]),
            ("HTTPServer2", &["HTTP", "Server", "2"]),
            ("lower", &["lower"]),
            ("UPPER", &["UPPER"]),
            ("x86", &["x", "86"]),
            ("AbCd", &["Ab", "Cd"]),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
    }

    #[test]
    fn marks_case_and_punctuation_do_not_count() {
        assert_eq!(words("Café—naïve, COOPERATE!"), ["cafe", "naive", "cooperate"]);
        let table = Table::shipped();
        assert_eq!(tokens(&table, "Fix the Parser."), tokens(&table, "fix THE párser"));
        assert!(tokens(&table, "… — !").is_empty());
    }

    #[test]
    fn unknown_words_are_pieces_and_unknown_letters_nothing() {
        let table = Table::shipped();
        assert!(tokens(&table, "zzyzxqwv").len() > 1);
        assert!(tokens(&table, "修复").is_empty());
        // However long a word is, it ends.
        assert!(!tokens(&table, &"ab".repeat(10_000)).is_empty());
    }
}

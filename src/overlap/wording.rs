//! How alike two texts are worded: the words that they share, rare ones more than common ones, and the pairs of letters,
//! which also see names, codes and other languages than the table knows.

use std::collections::BTreeSet;

use strsim::sorensen_dice;

use crate::overlap::table::Table;
use crate::overlap::table::Token;

/// From here on two texts have the same wording: as good as equal.
pub(super) const SAME_FROM: f32 = 0.8;

/// How a text is worded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wording {
    /// Its words in their order.
    words: Vec<String>,
    /// Its tokens, each once.
    tokens: BTreeSet<Token>,
    /// Its words as one text.
    normal: String,
}

impl Wording {
    pub(super) fn new(words: Vec<String>, tokens: &[Token]) -> Self {
        let (normal, tokens) = (words.join(" "), tokens.iter().copied().collect());
        Self { words, tokens, normal }
    }

    /// Returns how alike two wordings are: 1 for the same words, 0 for nothing in common.
    pub(super) fn likeness(&self, other: &Self, table: &Table<'_>) -> f32 {
        if !self.words.is_empty() && self.words == other.words {
            return 1.0;
        }
        (self.tokens_shared(other, table) + self.letters_shared(other)) / 2.0
    }

    /// Returns whether both name the same numbers: step 3 is not step 4, however alike they are worded.
    pub(super) fn counts_as(&self, other: &Self) -> bool {
        self.numbers().eq(other.numbers())
    }

    /// Returns the words with digits: names, versions and numbers.
    fn numbers(&self) -> impl Iterator<Item = &String> {
        let numbers: BTreeSet<_> = self.words.iter().filter(|word| word.contains(char::is_numeric)).collect();
        numbers.into_iter()
    }

    /// Returns whether these are more words than one. Not every script puts a space between words.
    pub(super) fn is_telling(&self) -> bool {
        match self.words.as_slice() {
            [] => false,
            [only] => !only.is_ascii(),
            _ => true,
        }
    }

    /// Returns the words that both have, in the order of the first.
    pub(super) fn shared_words(&self, other: &Self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for word in self.words.iter().filter(|word| other.words.contains(word)) {
            if !found.contains(word) {
                found.push(word.clone());
            }
        }
        found
    }

    /// The Sørensen–Dice coefficient of the tokens, each weighed by how rare it is.
    fn tokens_shared(&self, other: &Self, table: &Table<'_>) -> f32 {
        let weight = |token: &Token| table.weight(*token);
        let both: f32 = self.tokens.iter().chain(&other.tokens).map(weight).sum();
        let shared: f32 = self.tokens.intersection(&other.tokens).map(weight).sum();
        if both == 0.0 { 0.0 } else { 2.0 * shared / both }
    }

    /// The Sørensen–Dice coefficient of the pairs of letters.
    fn letters_shared(&self, other: &Self) -> f32 {
        if self.normal.is_empty() || other.normal.is_empty() {
            return 0.0;
        }
        sorensen_dice(&self.normal, &other.normal) as f32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::any;
    use proptest::prop_assert;
    use proptest::prop_assert_eq;
    use proptest::proptest;

    use super::*;
    use crate::overlap::words::tokens;
    use crate::overlap::words::words;

    fn likeness(a: &str, b: &str) -> f32 {
        let table = Table::shipped();
        let [a, b] = [a, b].map(|text| Wording::new(words(text), &tokens(&table, text)));
        a.likeness(&b, &table)
    }

    #[test]
    fn case_and_punctuation_do_not_count() {
        assert_eq!(likeness("Fix the parser, fast!", "fix THE parser — fast"), 1.0);
        assert!(likeness("Fix the parser, fast!", "fast: fix the parser") >= SAME_FROM);
        // Words that the table does not know count by their letters.
        assert_eq!(likeness("修复解析器", "修复解析器"), 1.0);
        assert_eq!(likeness("", ""), 0.0);
    }

    #[test]
    fn other_words_are_another_wording() {
        assert!(likeness("Retry uploads that time out", "Upload again after a timeout") < SAME_FROM);
        assert!(likeness("Fix the parser", "Update the images of CI") < 0.3);
    }

    #[test]
    fn numbers_tell_the_same_words_apart() {
        let wording = |text: &str| Wording::new(words(text), &tokens(&Table::shipped(), text));
        let counts = |a: &str, b: &str| wording(a).counts_as(&wording(b));
        assert!(likeness("Migrate module 12 to the new API", "Migrate module 13 to the new API") >= SAME_FROM);
        assert!(!counts("Migrate module 12 to the new API", "Migrate module 13 to the new API"));
        assert!(!counts("Fix the parser", "Fix the parser2"));
        assert!(counts("Fix #12 and v2", "fix v2, 12"));
        for (text, is_telling) in [("", false), ("Refactor", false), ("Fix typos", true), ("修复解析器", true)] {
            assert_eq!(wording(text).is_telling(), is_telling, "{text}");
        }
    }

    proptest! {
        #[test]
        fn likeness_is_symmetric_and_between_zero_and_one(a in any::<String>(), b in any::<String>()) {
            let one = likeness(&a, &b);
            prop_assert!((0.0..=1.000_001).contains(&one));
            prop_assert!((one - likeness(&b, &a)).abs() < 1e-6);
            prop_assert_eq!(likeness(&a, &a) == 1.0, !words(&a).is_empty());
        }
    }
}

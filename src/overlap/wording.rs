//! Similarity of wording.

use std::cmp::Ordering;

use strsim::jaro_winkler;
use strsim::sorensen_dice;

/// Of the score; the rest is Jaro–Winkler, the weaker measure, which sees what short texts have in common.
const DICE_SHARE: f64 = 0.8;

/// Texts are compared up to this length once normalised: the measures take time quadratic in it.
const LEN_MAX_CHARACTERS: usize = 256;

/// Returns the intents most like the given one with their scores, best first, at most `count`, none with a score below
/// `least`.
///
/// A score is 0 for nothing in common and 1 for the same words. Order, case, punctuation and repetition of words do not
/// count; an intent without words is like no other. Equal scores keep the order in which they came; intents with nothing
/// in common are left out.
pub fn most_similar<'a, Id>(
    intent: &str,
    others: impl Iterator<Item = (Id, &'a str)>,
    least: f64,
    count: usize,
) -> Vec<(Id, f64)> {
    let intent = normalised(intent);
    let own: Vec<u8> = pairs(&intent).collect();
    let score = |(id, other): (Id, &str)| {
        let other = normalised(other);
        (score_max(&own, &other) >= least).then(|| (id, normalised_similarity(&intent, &other)))
    };
    let mut scored: Vec<(Id, f64)> =
        others.filter_map(score).filter(|(_, score)| *score > 0.0 && *score >= least).collect();
    scored.sort_by(|(_, one), (_, other)| other.partial_cmp(one).unwrap_or(Ordering::Equal));
    scored.truncate(count);
    scored
}

fn normalised_similarity(a: &str, b: &str) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    DICE_SHARE * sorensen_dice(a, b) + (1.0 - DICE_SHARE) * jaro_winkler(a, b)
}

/// Returns a score that two normalised texts do not exceed, at a small part of the cost: most have few letters in common.
fn score_max(own: &[u8], other: &str) -> f64 {
    let (mut there, mut count) = ([false; 256], 0);
    for pair in pairs(other) {
        there[usize::from(pair)] = true;
        count += 1;
    }
    let shared_max = own.iter().filter(|pair| there[usize::from(**pair)]).count();
    match own.len() + count {
        0 => 1.0,
        both => (DICE_SHARE * 2.0 * shared_max as f64 / both as f64 + (1.0 - DICE_SHARE)).min(1.0),
    }
}

/// Returns the pairs of letters that follow each other, as the dice coefficient counts them, each cut down to a byte: equal
/// ones stay equal.
fn pairs(text: &str) -> impl Iterator<Item = u8> {
    let letters = || text.chars().filter(|letter| !letter.is_whitespace()).map(u32::from);
    letters().zip(letters().skip(1)).map(|(one, next)| (one.wrapping_mul(31) ^ next.wrapping_mul(17)).to_le_bytes()[0])
}

/// Returns the distinct words of a text in lower case and in order.
fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    let mut joined = words.join(" ");
    if let Some((end, _)) = joined.char_indices().nth(LEN_MAX_CHARACTERS) {
        joined.truncate(end);
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::any;
    use proptest::prop_assert;
    use proptest::prop_assert_eq;
    use proptest::proptest;

    use super::*;

    fn similarity(a: &str, b: &str) -> f64 {
        normalised_similarity(&normalised(a), &normalised(b))
    }

    #[test]
    fn order_case_and_punctuation_do_not_count() {
        assert!(similarity("Fix the parser, fast!", "fast: FIX the the parser") > 0.999);
    }

    #[test]
    fn shared_words_score_above_other_words() {
        let intent = "Stream the tokenizer's input";
        let near = similarity(intent, "Stream input of the tokenizer");
        let far = similarity(intent, "Upgrade CI images");
        assert!(near > 0.7 && far < 0.4, "{near} {far}");
    }

    #[test]
    fn text_without_words_is_like_nothing() {
        for (a, b) in [("", ""), ("...", "..."), ("", "a")] {
            assert_eq!(similarity(a, b), 0.0);
        }
    }

    #[test]
    fn most_similar_comes_first_and_count_is_kept() {
        let others = [(1, "Upgrade CI images"), (2, "Fix the lexer"), (3, "Fix the parser"), (4, "")];
        let ids = |count| -> Vec<i32> {
            most_similar("fix parser", others.into_iter(), 0.0, count).into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(ids(2), [3, 2]);
        assert_eq!(ids(0), [0; 0]);
        assert!(!ids(9).contains(&4));
    }

    proptest! {
        #[test]
        fn nothing_alike_enough_is_passed_over(a in "[a-d ]{0,9}", others in vec("[a-d ]{0,9}", 0..6), least in 0.0..1.0) {
            let kept = most_similar(&a, others.iter().map(|other| (other, other.as_str())), least, 9);
            let expected = others.iter().filter(|other| similarity(&a, other) > 0.0 && similarity(&a, other) >= least);
            prop_assert_eq!(kept.len(), expected.count());
        }

        #[test]
        fn score_is_symmetric_and_between_zero_and_one(a in any::<String>(), b in any::<String>()) {
            let score = similarity(&a, &b);
            prop_assert!((0.0..=1.000_001).contains(&score));
            prop_assert!((score - similarity(&b, &a)).abs() < 1e-9);
            let own = similarity(&a, &a);
            prop_assert_eq!(own > 0.999, own > 0.0);
        }
    }
}

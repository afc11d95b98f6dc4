//! Which of many texts are most like one, and how sure that is.

use std::cmp::Reverse;

use crate::overlap::meaning::Meaning;
use crate::overlap::table::Table;
use crate::overlap::wording::SAME_FROM;
use crate::overlap::wording::Wording;
use crate::overlap::words::tokens;
use crate::overlap::words::words;

/// How many are told: who asks judges for itself, and no score separates the same work from other work beside it.
pub const TOLD_MAX: usize = 5;
/// Of so many that mean something alike the wording is compared as well.
const COMPARED_MAX: usize = 50;
/// What the wording adds to a score at most. Its square is taken: half of the same words are still other work, and would push
/// down what means the same in other words.
const WORDING_SHARE: f32 = 0.25;
/// What is told scores at least so much: below, not even people see what the two have in common.
const SCORE_MIN: f32 = 0.2;

/// A text that is compared with others.
#[derive(Clone, Debug)]
pub struct Intent {
    meaning: Meaning,
    wording: Wording,
}

/// Why something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The same words, give or take a few.
    SameWording,
    /// Other words, and much the same meaning.
    SimilarMeaning,
    /// Whatever the words say: it is about the same paths. Whoever compares more than words says so.
    SharedPaths,
}

impl Reason {
    /// Returns the words by which people and programs know it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SameWording => "same wording",
            Self::SimilarMeaning => "similar meaning",
            Self::SharedPaths => "shared paths",
        }
    }
}

/// One of those that are most alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// Its place among those that were compared.
    pub place: usize,
    /// About 0 for nothing in common, to 1.25 for the same words.
    pub score: f32,
    pub reason: Reason,
    /// Whether so high a score is rare among as many unrelated ones: about 1 of 20 has one.
    pub is_likely: bool,
    /// The words that both have.
    pub shared: Vec<String>,
}

impl Intent {
    pub fn of(text: &str) -> Self {
        let table = Table::shipped();
        let tokens = tokens(&table, text);
        Self { meaning: Meaning::of(&table, &tokens), wording: Wording::new(words(text), &tokens) }
    }

    /// Returns those most like it, the most first, at most [`TOLD_MAX`]: of texts whose meanings are these, in their order.
    pub fn most_alike<'a>(&self, meanings: &[Meaning], text: impl Fn(usize) -> &'a str) -> Vec<Alike> {
        let cosine = |place: usize| Meaning::cosine(self.meaning.product(&meanings[place]));
        self.ranked(&self.nearest(meanings, COMPARED_MAX), cosine, text, meanings.len())
    }

    /// Returns the places of so many texts whose meanings are nearest. A text of which nothing is known is compared by its
    /// wording alone, with all of them.
    pub fn nearest(&self, meanings: &[Meaning], max: usize) -> Vec<usize> {
        let products = meanings.iter().map(|meaning| Reverse(self.meaning.product(meaning)));
        let mut near: Vec<(Reverse<i32>, usize)> = products.zip(0..).collect();
        if self.meaning.is_known() && near.len() > max {
            near.select_nth_unstable(max - 1);
            near.truncate(max);
        }
        near.into_iter().map(|(_, place)| place).collect()
    }

    /// Returns those of some texts that are most like it by these cosines and their wording, at most [`TOLD_MAX`].
    pub fn ranked<'a>(
        &self,
        near: &[usize],
        cosine: impl Fn(usize) -> f32,
        text: impl Fn(usize) -> &'a str,
        count: usize,
    ) -> Vec<Alike> {
        let table = Table::shipped();
        let alike = |place: &usize| self.compare(&table, cosine(*place), *place, text(*place), count);
        let mut found: Vec<_> = near.iter().map(alike).filter(Alike::is_told).collect();
        found.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.place.cmp(&other.place)));
        found.truncate(TOLD_MAX);
        found
    }

    /// Returns how much one of so many texts is like it, however little.
    pub fn likeness(&self, meaning: &Meaning, place: usize, text: &str, count: usize) -> Alike {
        self.compare(&Table::shipped(), Meaning::cosine(self.meaning.product(meaning)), place, text, count)
    }

    fn compare(&self, table: &Table<'_>, cosine: f32, place: usize, text: &str, count: usize) -> Alike {
        let wording = Wording::new(words(text), &tokens(table, text));
        let likeness = self.wording.likeness(&wording, table);
        let score = cosine + WORDING_SHARE * likeness * likeness;
        let is_same = likeness >= SAME_FROM && self.wording.counts_as(&wording);
        let reason = if is_same { Reason::SameWording } else { Reason::SimilarMeaning };
        let shared = self.wording.shared_words(&wording);
        Alike { place, score: rounded(score), reason, is_likely: score >= likely_from(count), shared }
    }

    /// Returns whether it says enough to be told from others by its words: one word in Latin letters is said of much.
    pub fn is_telling(&self) -> bool {
        self.wording.is_telling()
    }
}

impl Alike {
    fn is_told(&self) -> bool {
        self.score >= SCORE_MIN || self.reason == Reason::SameWording
    }
}

/// From which score on one of so many is likely to be the same work. The best of many unrelated ones scores higher than the
/// best of few: 0.50 among 30 and 0.90 among 8,000 (the 95th percentile of 298 queries, as measured in the design).
fn likely_from(count: usize) -> f32 {
    (0.62 + 0.155 * ((count.max(1) as f32).log10() - 2.0)).clamp(0.50, 0.92)
}

/// Scores that differ by less than the machines that add them up are the same.
fn rounded(score: f32) -> f32 {
    (score * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(texts: &[&str]) -> Vec<Meaning> {
        texts.iter().map(|text| Meaning::of_text(text)).collect()
    }

    fn told<'a>(intent: &str, others: &[&'a str]) -> Vec<(&'a str, Reason, bool)> {
        let alike = Intent::of(intent).most_alike(&meanings(others), |place| others[place]);
        alike.into_iter().map(|alike| (others[alike.place], alike.reason, alike.is_likely)).collect()
    }

    #[test]
    fn same_meaning_in_other_words_is_found() {
        let others = ["Update the images of CI", "Upload again after a timeout", "Retry uploads that time out"];
        let found = told("retry uploads that time out", &others);
        assert_eq!(found[0], (others[2], Reason::SameWording, true));
        assert_eq!((found[1].0, found[1].1), (others[1], Reason::SimilarMeaning));
        assert!(found.iter().all(|(text, ..)| *text != others[0]), "{found:?}");
    }

    #[test]
    fn at_most_five_are_told_and_the_same_comes_first_among_many() {
        let many: Vec<String> = (0..200).map(|number| format!("Fix the parser for case {number}")).collect();
        let others: Vec<&str> = many.iter().map(String::as_str).collect();
        let found = told("fix the parser for case 137", &others);
        assert_eq!(found.len(), TOLD_MAX);
        assert_eq!(found[0].0, "Fix the parser for case 137");
        assert!(told("fix the parser", &[]).is_empty());
    }

    #[test]
    fn text_of_which_nothing_is_known_is_compared_by_its_letters() {
        let mut others = vec!["Update the images of CI"; 80];
        others.push("修复解析器的错误");
        assert_eq!(told("修复解析器的错误", &others)[0].0, "修复解析器的错误");
        assert!(told("", &others).is_empty());
    }

    #[test]
    fn many_records_make_a_score_less_telling() {
        let at = |count| (likely_from(count) * 1000.0).round() / 1000.0;
        assert_eq!([at(0), at(1), at(100), at(1_000), at(1_000_000)], [0.5, 0.5, 0.62, 0.775, 0.92]);
    }

    #[test]
    fn shared_words_are_told() {
        let alike = Intent::of("Retry uploads, then retry")
            .most_alike(&meanings(&["retry the uploads"]), |_| "retry the uploads");
        assert_eq!(alike[0].shared, ["retry", "uploads"]);
    }
}

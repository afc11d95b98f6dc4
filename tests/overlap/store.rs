//! A thousand titles, among which the other one of a pair is looked for. The benchmark of budgets uses it as well.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use git_coord::overlap::Intent;
use git_coord::overlap::Meaning;
use git_coord::overlap::TOLD_MAX;
use serde_json::Value;

const PAIRS: &str = include_str!("pairs.jsonl");
pub(crate) const TITLES: &str = include_str!("titles.txt");
/// With how many others each title is compared.
const OTHERS: usize = 1_000;

pub(crate) struct Store {
    pairs: Vec<Value>,
    pub(crate) titles: Vec<String>,
    /// The titles of the same work as each.
    same: BTreeMap<String, BTreeSet<String>>,
}

impl Store {
    pub(crate) fn new() -> Self {
        let pairs: Vec<Value> = PAIRS.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
        let mut titles: Vec<String> = Vec::new();
        let mut same: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pair in &pairs {
            let [a, b] = ["a", "b"].map(|side| pair[side].as_str().expect("it is a title").to_owned());
            if pair["label"] == 1 {
                same.entry(a.clone()).or_default().insert(b.clone());
                same.entry(b.clone()).or_default().insert(a.clone());
            }
            for title in [a, b] {
                if !titles.contains(&title) {
                    titles.push(title);
                }
            }
        }
        titles.extend(TITLES.lines().map(str::to_owned));
        titles.truncate(OTHERS + 1);
        assert_eq!(titles.len(), OTHERS + 1, "there are too few titles");
        Self { pairs, titles, same }
    }

    /// Returns of which share of the pairs of a kind the first title finds one of the same work among the first few.
    pub(crate) fn recall(&self, kind: &str, first: impl Fn(&str, &[&str]) -> Vec<usize>) -> f64 {
        let of_kind = self.pairs.iter().filter(|pair| pair["kind"] == kind);
        let asked: Vec<&str> = of_kind.filter_map(|pair| pair["a"].as_str()).collect();
        let is_found = |title: &&&str| {
            let others: Vec<&str> = self.titles.iter().map(String::as_str).filter(|other| other != *title).collect();
            first(title, &others).into_iter().any(|place| self.same[**title].contains(others[place]))
        };
        asked.iter().filter(is_found).count() as f64 / asked.len() as f64
    }
}

/// Returns the places of those that the program tells.
pub(crate) fn as_shipped(title: &str, others: &[&str]) -> Vec<usize> {
    let meanings: Vec<Meaning> = others.iter().map(|other| Meaning::of_text(other)).collect();
    let alike = Intent::of(title).most_alike(&meanings, |place| others[place]);
    alike.into_iter().map(|alike| alike.place).collect()
}

/// Returns the places of as many by another measure.
pub(crate) fn by(measure: fn(&str, &str) -> f64, title: &str, others: &[&str]) -> Vec<usize> {
    let mut scored: Vec<(f64, usize)> =
        others.iter().enumerate().map(|(place, other)| (measure(title, other), place)).collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    scored.into_iter().take(TOLD_MAX).map(|(_, place)| place).collect()
}

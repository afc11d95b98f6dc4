//! Recall: of two titles of one piece of work, does the one find the other among a thousand?

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use git_coord::overlap::Intent;
use git_coord::overlap::Meaning;
use git_coord::overlap::TOLD_MAX;
use serde_json::Value;

const PAIRS: &str = include_str!("pairs.jsonl");
const TITLES: &str = include_str!("titles.txt");
const STORE: usize = 1_000;

struct Store {
    pairs: Vec<Value>,
    titles: Vec<String>,
    /// The titles of the same work as each.
    same: BTreeMap<String, BTreeSet<String>>,
}

impl Store {
    fn new() -> Self {
        let pairs: Vec<Value> = PAIRS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut titles = Vec::new();
        let mut same: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pair in &pairs {
            let [a, b] = ["a", "b"].map(|side| pair[side].as_str().unwrap().to_owned());
            if pair["label"] == 1 {
                same.entry(a.clone()).or_default().insert(b.clone());
                same.entry(b.clone()).or_default().insert(a.clone());
            }
            titles.extend([a, b].into_iter().filter(|title| !titles.contains(title)).collect::<Vec<_>>());
        }
        titles.extend(TITLES.lines().map(str::to_owned));
        // The asked title itself is not compared.
        titles.truncate(STORE + 1);
        assert_eq!(titles.len(), STORE + 1);
        Self { pairs, titles, same }
    }

    /// Returns of how many pairs of a kind the first title finds one of the same work among the first few.
    fn recall(&self, kind: &str, told: impl Fn(&str, &[&str]) -> Vec<usize>) -> f64 {
        let asked: Vec<&str> =
            self.pairs.iter().filter(|pair| pair["kind"] == kind).map(|pair| pair["a"].as_str().unwrap()).collect();
        let found = asked.iter().filter(|title| {
            let others: Vec<&str> = self.titles.iter().map(String::as_str).filter(|other| other != *title).collect();
            let told = told(title, &others);
            assert!(told.len() <= TOLD_MAX);
            told.into_iter().any(|place| self.same[**title].contains(others[place]))
        });
        found.count() as f64 / asked.len() as f64
    }
}

fn as_shipped(title: &str, others: &[&str]) -> Vec<usize> {
    let alike = Intent::of(title).most_alike(others.iter().copied().enumerate(), Meaning::of_text);
    alike.into_iter().map(|alike| alike.id).collect()
}

fn by_letters(title: &str, others: &[&str]) -> Vec<usize> {
    let mut scored: Vec<(f64, usize)> =
        others.iter().enumerate().map(|(place, other)| (strsim::sorensen_dice(title, other), place)).collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    scored.into_iter().take(TOLD_MAX).map(|(_, place)| place).collect()
}

#[test]
fn same_work_is_found_among_a_thousand_others() {
    let store = Store::new();
    let [reworded, paraphrased] = ["github-duplicate", "task-same-intent"].map(|kind| store.recall(kind, as_shipped));
    assert!(reworded >= 0.88 && paraphrased >= 0.68, "{reworded} {paraphrased}");
    // What letters alone find: the same intent in other words is not among it.
    assert!(store.recall("task-same-intent", by_letters) < 0.2);
}

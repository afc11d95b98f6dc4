//! How long an intent takes to compare, and how often what is the same work is found: as shipped, and by letters alone.

use std::hint::black_box;

use git_coord::overlap::Intent;
use git_coord::overlap::Meaning;
use strsim::jaro_winkler;
use strsim::sorensen_dice;

use crate::budgets::duel::timed;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::statistics::median;
use crate::store::Store;
use crate::store::TITLES;
use crate::store::as_shipped;
use crate::store::by;

/// How many intents are asked about, at least.
const ASKED_MIN: usize = 60;

pub(crate) fn rows(bench: &mut Bench) {
    times(bench);
    let store = Store::new();
    for (kind, what, least) in
        [("github-duplicate", "reworded reports", 0.88), ("task-same-intent", "the same in other words", 0.68)]
    {
        let mut row = |how: &str, recall: f64, budget: Budget| {
            let what = format!("recall of {what} in the first five of 1,000, {how}");
            bench.add(Row::figure(what, recall, "of 1", budget));
        };
        row("as shipped", store.recall(kind, as_shipped), Budget::AtLeast(least));
        let dice = store.recall(kind, |title, others| by(sorensen_dice, title, others));
        row("by strsim's Sørensen–Dice", dice, Budget::None);
        let winkler = store.recall(kind, |title, others| by(jaro_winkler, title, others));
        row("by strsim's Jaro–Winkler", winkler, Budget::None);
    }
}

fn times(bench: &mut Bench) {
    for (count, name, budget_ms) in [(1_000, "1,000", 0.5), (10_000, "10,000", 1.0), (100_000, "100,000", 4.0)] {
        let texts = made(count);
        let meanings: Vec<Meaning> = texts.iter().map(|text| Meaning::of_text(text)).collect();
        let ask = |title: &str| {
            let (time, found) = timed(|| Intent::of(title).most_alike(&meanings, |place| texts[place].as_str()));
            black_box(found);
            time.as_secs_f64() * 1_000.0
        };
        let times: Vec<f64> = TITLES.lines().take(bench.samples.max(ASKED_MIN)).map(ask).collect();
        let what = format!("an intent compared with {name} records, in-process");
        bench.add(Row::figure(what, median(&times), "ms", Budget::AtMost(budget_ms)));
    }
}

/// Makes so many titles: those of the background, then two of them in one.
fn made(count: usize) -> Vec<String> {
    let titles: Vec<&str> = TITLES.lines().collect();
    let known = titles.len();
    let title = |place: usize| match titles.get(place) {
        Some(title) => (*title).to_owned(),
        None => format!("{} {}", titles[place % known], titles[(place * 7 + place / known) % known]),
    };
    (0..count).map(title).collect()
}

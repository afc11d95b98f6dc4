//! `COORD_TEST_MODEL=FOLDER cargo bench --features model --bench model`: what a sentence model in a folder finds that the table does
//! not, and what it costs. The figures stand in docs/overlap.md.

#[path = "../tests/overlap/store.rs"]
mod store;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use git_coord::overlap::Encoder;
use git_coord::overlap::Intent;
use git_coord::overlap::Meaning;
use git_coord::overlap::identity;

use crate::store::Store;
use crate::store::as_shipped;
use crate::store::by;

/// So many that the table finds nearest are ranked by the model, as the program does it.
const RERANKED_MAX: usize = 200;
const FILES: [&str; 3] = ["model.safetensors", "tokenizer.json", "config.json"];

struct Model {
    encoder: Encoder,
    known: BTreeMap<String, Vec<f32>>,
}

impl Model {
    /// Returns the places of those that the program tells with the model.
    fn ranked(&self, title: &str, others: &[&str]) -> Vec<usize> {
        let meanings: Vec<Meaning> = others.iter().map(|other| Meaning::of_text(other)).collect();
        let intent = Intent::of(title);
        let near = intent.nearest(&meanings, RERANKED_MAX);
        let alike =
            intent.ranked(&near, |place| self.cosine(title, others[place]), |place| others[place], others.len());
        alike.into_iter().map(|alike| alike.place).collect()
    }

    /// Returns the places of as many by the model alone, among all of them.
    fn alone(&self, title: &str, others: &[&str]) -> Vec<usize> {
        let mut scored: Vec<(f32, usize)> =
            others.iter().enumerate().map(|(place, other)| (self.cosine(title, other), place)).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0));
        scored.into_iter().take(git_coord::overlap::TOLD_MAX).map(|(_, place)| place).collect()
    }

    fn cosine(&self, one: &str, other: &str) -> f32 {
        self.known[one].iter().zip(&self.known[other]).map(|(one, other)| one * other).sum()
    }

    fn learn(&mut self, texts: &[&str]) {
        let said = self.encoder.directions(texts, || false).expect("the model says what they mean");
        self.known.extend(texts.iter().map(|text| (*text).to_owned()).zip(said.into_iter().flatten()));
    }
}

fn main() {
    let Some(folder) = std::env::var_os("COORD_TEST_MODEL").map(PathBuf::from) else {
        println!("NOT MEASURED: COORD_TEST_MODEL names no folder with a model");
        return;
    };
    let store = Store::new();
    let begun = Instant::now();
    let [weights, tokenizer, config] = FILES.map(|name| fs::read(folder.join(name)).expect("the folder has a model"));
    let read = begun.elapsed();
    let told_apart = identity(&weights, &tokenizer, &config);
    let hashed = begun.elapsed() - read;
    let encoder = Encoder::read(&weights, &tokenizer, &config).expect("it is a model");
    drop(weights);
    let loaded = begun.elapsed() - hashed - read;
    let mut model = Model { encoder, known: BTreeMap::new() };
    println!("SHA-256 {told_apart}");
    println!("read {}, hash {}, load {}; {}", ms(read), ms(hashed), ms(loaded), memory());
    let titles: Vec<&str> = store.titles.iter().map(String::as_str).collect();
    let mut alone: Vec<Duration> = titles.iter().take(200).map(|title| timed(|| model.learn(&[title]))).collect();
    alone.sort();
    println!("one title alone: median {}, most {}", ms(alone[100]), ms(alone[199]));
    let batch = timed(|| model.learn(&titles));
    println!("{} titles at once: {}, {} each; {}", titles.len(), ms(batch), ms(batch / titles.len() as u32), memory());
    println!("{:<34} {:>9} {:>12}", "found among 1,000", "reworded", "other words");
    let row = |name: &str, first: &dyn Fn(&str, &[&str]) -> Vec<usize>| {
        let [reworded, paraphrased] = ["github-duplicate", "task-same-intent"]
            .map(|kind| store.recall(kind, |title, others| first(title, others)));
        println!("{name:<34} {reworded:>9.2} {paraphrased:>12.2}");
    };
    row("table", &as_shipped);
    row("model and wording, of the nearest 200", &|title, others| model.ranked(title, others));
    row("model alone, of all", &|title, others| model.alone(title, others));
    row("Sørensen–Dice (strsim)", &|title, others| by(strsim::sorensen_dice, title, others));
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn ms(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}

/// Returns how much memory the process has had at most, where that is told.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(str::trim);
    format!("memory at most {}", most.unwrap_or("unknown"))
}

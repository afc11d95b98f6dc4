//! Verifying the ledger: from genesis, and what is new since the last look.

use git_coord::format::commit;
use git_coord::git::Program;
use git_coord::git::Repository;
use git_coord::ledger::CloneStore;
use git_coord::ledger::Ledger;
use git_coord::ledger::Snapshot;
use git_coord::ledger::Store;
use git_coord::ledger::encode_chain;
use git_coord::ledger::recalled_chain;
use git_coord::rules::State;
use git_coord::sign::verify_commit;
use std::hint::black_box;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::budgets::duel::Duel;
use crate::budgets::duel::timed;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::row::time;
use crate::budgets::run::Bench;
use crate::budgets::worker;
use crate::budgets::worlds::Size;
use crate::budgets::writer::Writer;

pub(crate) fn cold(bench: &mut Bench) {
    let directory = bench.worlds.copy(Size::HISTORY, "cold");
    let sandbox = &bench.worlds.sandbox;
    let signers = sandbox.coord(&directory, &["principals", "--allowed-signers"]);
    let file = sandbox.root.join("allowed-signers");
    std::fs::write(&file, signers).expect("the directory is ours");
    sandbox.git(&directory, &["config", "gpg.ssh.allowedSignersFile", &file.display().to_string()]);
    let entries = open(&directory).state().height as u32;
    let mut back = 0;
    let duel = Duel::run(
        bench.samples,
        || {
            back += 7;
            sandbox.time("git", &directory, &["verify-commit", &format!("coord~{back}")])
        },
        || {
            let store = store(&directory);
            let (took, ledger) = timed(|| Ledger::open_anew(store, worker::now()));
            assert_eq!(ledger.expect("the ledger is sound").judged(), u64::from(entries) - 1);
            took * cores() / entries
        },
    );
    let row = Row::ratio(
        format!("cold verification per entry and core, {entries} entries / `git verify-commit`"),
        &duel,
        Budget::None,
    );
    let faster = 1.0 / duel.ratio();
    let row = Row { measured: faster, unit: "times faster", budget: Budget::AtLeast(150.0), ..row };
    bench
        .add(row.because(|| format!("The signature of an entry alone takes {} of that.", signature_alone(&directory))));
}

/// As many cores verify at once: what one of them takes for an entry is so many times what passes.
fn cores() -> u32 {
    thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
}

/// How long it takes to read a signed commit and check its signature, without what it changes.
fn signature_alone(directory: &Path) -> String {
    const ENTRIES: usize = 2_000;
    let (store, ledger) = (store(directory), open(directory));
    let line = ledger.line(ENTRIES).expect("the ledger is sound");
    let raw: Vec<_> = line.iter().map(|id| store.commit(*id).expect("the ledger is sound")).collect();
    let check = || {
        for raw in &raw {
            let signed = commit::parse(raw, store.hash_kind()).expect("the ledger is sound");
            black_box(verify_commit(signed).expect("the ledger is sound"));
        }
    };
    time(timed(check).0.as_secs_f64() * 1e6 / raw.len() as f64)
}

pub(crate) fn incremental(bench: &mut Bench) {
    let directory = bench.worlds.copy(Size::HISTORY, "incremental");
    let ledger = open(&directory);
    let line = ledger.line(200).expect("the ledger is sound");
    let cold_us = cold_us_per_entry(bench, &directory, ledger.state().height);
    for count in [1, 100] {
        let before = at(&directory, line[count + 1]);
        let snapshot = Snapshot { head: line[count + 1], chain: encode_chain(before.chain()) };
        let duel = Duel::run(
            bench.samples,
            || Duration::from_secs_f64(cold_us * count as f64 / 1e6),
            || {
                let store = Writer::new(repository(&directory), Some(line[count + 1]), Some(snapshot.clone()));
                let mut ledger = Ledger::open(store, worker::now()).expect("the ledger is sound");
                // One entry reads what was remembered, which is measured by itself.
                ledger.store().set_head(line[count]);
                ledger.refresh(worker::now()).expect("the ledger is sound");
                ledger.store().set_head(line[0]);
                let (took, judged) = timed(|| ledger.refresh(worker::now()));
                judged.expect("the ledger is sound");
                took
            },
        );
        let what = format!("incremental verification of {count} new / cold per entry × {count}");
        bench.add(Row::ratio(what, &duel, Budget::AtMost(1.5)));
    }
}

pub(crate) fn cache(bench: &mut Bench) {
    let directory = bench.worlds.copy(Size::FULL, "cache");
    let load = || {
        let store = store(&directory);
        let recalled = store.recall().expect("it can be read").expect("it is remembered");
        let chain = recalled_chain(&recalled).expect("it is whole");
        read_all(&chain.state);
        chain
    };
    let duel =
        Duel::run(bench.samples, || timed(|| black_box(load())).0, || timed(|| black_box(encode_chain(&load()))).0);
    let load_ms = duel.floor_us() / 1_000.0;
    bench.add(Row::figure("cache load, 1,000 claims and 20,000 other records", load_ms, "ms", Budget::AtMost(3.0)));
    let bytes = encode_chain(&load()).len() as f64 / 1_048_576.0;
    bench.add(Row::figure("the cache itself", bytes, "MiB", Budget::None));
}

/// Reads every kind of record, as far as a command may want any.
fn read_all(state: &State) {
    black_box((state.principals.iter().next(), state.keys.iter().next(), state.claims.iter().next()));
    black_box((state.occupied.iter().next(), state.tombstones.iter().next(), state.findings.iter().next()));
    black_box((state.requests.iter().next(), state.approvals.iter().next(), state.landed.iter().next()));
    black_box((state.landed_tokens.iter().next(), state.landed_deltas.iter().next()));
    black_box((state.paces.iter().next(), state.used.iter().next()));
}

/// Returns how long one entry takes from genesis, as the median of a few whole verifications.
fn cold_us_per_entry(bench: &Bench, directory: &Path, entries: u64) -> f64 {
    let took: Vec<f64> = (0..bench.samples.div_ceil(4))
        .map(|_| {
            let store = store(directory);
            let (took, ledger) = timed(|| Ledger::open_anew(store, worker::now()));
            assert_eq!(ledger.expect("the ledger is sound").state().height, entries);
            took.as_secs_f64() * 1e6 * f64::from(cores()) / entries as f64
        })
        .collect();
    crate::budgets::statistics::median(&took)
}

fn at(directory: &Path, head: git_coord::model::ObjectId) -> Ledger<Writer> {
    let store = Writer::new(repository(directory), Some(head), None);
    Ledger::open(store, worker::now()).expect("the ledger is sound")
}

fn open(directory: &Path) -> Ledger<CloneStore> {
    Ledger::open(store(directory), worker::now()).expect("the ledger is sound")
}

fn store(directory: &Path) -> CloneStore {
    let program = Program::find().expect("git is there");
    CloneStore::local(repository(directory), program).expect("it can be read")
}

fn repository(directory: &Path) -> Repository {
    Repository::discover(directory).expect("it is a repository")
}

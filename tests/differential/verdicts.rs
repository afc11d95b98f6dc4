//! The same commits before us and before stock git.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::env;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use git_coord::format::code_commit;
use git_coord::format::commit;
use git_coord::model::HashKind;
use git_coord::sign::CodeSignature;
use git_coord::sign::verify_code_commit;
use git_coord::sign::verify_commit;

use super::class::CLASSES;
use super::class::class_of;
use super::mutation::Mutant;
use super::mutation::Mutation;
use super::stock::Stock;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::format_under_test;

/// How many commits are tried when nobody says.
const COUNT: u64 = 260;
/// So many at once, so that a long run does not fill the disk with small files in one directory.
const BATCH: u64 = 2_000;

/// What came of all of them.
#[derive(Default)]
struct Tally {
    both_take: usize,
    both_refuse: usize,
    ours_only: Vec<String>,
    classless: Vec<String>,
    /// By class, how many and by which changes.
    stricter: BTreeMap<&'static str, (usize, BTreeSet<Mutation>)>,
    /// How often each change was tried.
    tried: BTreeMap<Mutation, usize>,
}

fn ours(raw: &[u8], hash: HashKind) -> Result<(), String> {
    let signed = commit::parse(raw, hash).map_err(|fault| fault.to_string())?;
    verify_commit(signed).map(|_| ()).map_err(|fault| fault.to_string())
}

/// Whether a commit of code counts as signed.
fn counts_as_code(raw: &[u8], hash: HashKind) -> bool {
    code_commit::parse(raw, hash).is_ok_and(|code| matches!(verify_code_commit(&code), CodeSignature::Signed { .. }))
}

impl Tally {
    fn take(&mut self, number: u64, mutant: &Mutant, hash: HashKind, stock: bool) {
        let told = || format!("commit {number}, {:?}", mutant.mutations);
        mutant.mutations.iter().for_each(|mutation| *self.tried.entry(*mutation).or_default() += 1);
        if counts_as_code(&mutant.raw, hash) && !stock {
            self.ours_only.push(format!("{} as code", told()));
        }
        match (ours(&mutant.raw, hash), stock) {
            (Ok(()), true) => self.both_take += 1,
            (Ok(()), false) => self.ours_only.push(told()),
            (Err(_), false) => self.both_refuse += 1,
            (Err(words), true) => match class_of(&words) {
                Some(class) => {
                    let (count, by) = self.stricter.entry(class.words).or_default();
                    *count += 1;
                    by.extend(&mutant.mutations);
                }
                None => self.classless.push(format!("{}: {words}", told())),
            },
        }
    }

    fn table(&self) -> String {
        let mut table = format!("both take {}, both refuse {}\n", self.both_take, self.both_refuse);
        for class in &CLASSES {
            let (count, by) = self.stricter.get(class.words).cloned().unwrap_or_default();
            table += &format!("| {} | {count} | {} | {by:?} |\n", class.words, class.why);
        }
        table
    }
}

/// SIG-1, SIG-2, SIG-3, SIG-4, SIG-5, SIG-6, SIG-7, SIG-9, SIG-10, SIG-12, SIG-15, SIG-16, with legal twin and control:
/// what we take as an entry, git takes with the signers that we export; what only git takes, we refuse for a reason that
/// has a name.
#[test]
fn what_we_take_git_takes_as_well() {
    let count = env::var("COORD_TEST_DIFFERENTIAL").map_or(COUNT, |count| count.parse().expect("it is a number"));
    let sandbox = Sandbox::new();
    let hash = if format_under_test() == "sha256" { HashKind::Sha256 } else { HashKind::Sha1 };
    let stock = Stock::new(&sandbox);
    let tally = Mutex::new(Tally::default());
    for first in (0..count).step_by(BATCH as usize) {
        let numbers: Vec<u64> = (first..count.min(first + BATCH)).collect();
        let mutants: Vec<_> = numbers.iter().map(|number| Mutant::of(*number, hash, &stock.foreign)).collect();
        let ids = stock.write(&mutants.iter().map(|mutant| mutant.raw.clone()).collect::<Vec<_>>());
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let index = next.fetch_add(1, Ordering::Relaxed)
                        && let (Some(id), Some(mutant)) = (ids.get(index), mutants.get(index))
                    {
                        let is_good = stock.verifies(id);
                        if let Ok(signed) = commit::parse(&mutant.raw, hash)
                            && let Ok(verified) = verify_commit(signed.clone())
                        {
                            let who = if verified.key().is_hardware() { "control" } else { "alice-" };
                            let who = stock.principal(who);
                            let taken = stock.takes(signed.payload().bytes(), signed.armor(), &who);
                            assert!(taken, "ssh-keygen refuses commit {}: {:?}", numbers[index], mutant.mutations);
                        }
                        tally.lock().unwrap().take(numbers[index], mutant, hash, is_good);
                    }
                });
            }
        });
    }
    let tally = tally.into_inner().unwrap();
    println!("{count} commits, {}\n{}", format_under_test(), tally.table());
    assert!(tally.ours_only.is_empty(), "git refuses what we take: {:#?}", tally.ours_only);
    assert!(
        tally.classless.is_empty(),
        "git takes what we refuse, for no reason that has a name: {:#?}",
        tally.classless
    );
    let missed = CLASSES.iter().filter(|class| !tally.stricter.contains_key(class.words));
    let missed: Vec<_> = missed.map(|class| class.words).collect();
    assert!(missed.is_empty(), "classes that nothing reached: {missed:?}");
    assert_eq!(tally.tried.len(), Mutation::ALL.len(), "every change is tried");
    assert!(tally.both_take > 0 && tally.both_refuse > 0);
}

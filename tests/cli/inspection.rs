//! The inspection at the end of every test finds what it is there for.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;

use git_coord::ledger::encode_chain;

use crate::support::cache::remembered;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::format_under_test;
use crate::support::sandbox::git_under_test;

/// Returns whether the end of a sandbox would fail its test.
fn fails_at_the_end(sandbox: Sandbox) -> bool {
    catch_unwind(AssertUnwindSafe(|| drop(sandbox))).is_err()
}

/// Makes what is remembered of a ledger say something that the ledger does not.
fn remember_wrongly(actor: &Actor) {
    let file = actor.directory.join(".git/coord/chain");
    fs::remove_file(&file).unwrap();
    actor.coord(&["status"]).ok();
    let mut chain = remembered(&fs::read(&file).unwrap()).unwrap();
    chain.void_count += 1;
    fs::write(&file, encode_chain(&chain)).unwrap();
}

/// Returns a git that does as the real one does, but for a command.
fn git_without(scripts: &Sandbox, command: &str) -> std::path::PathBuf {
    let real = git_under_test();
    let body = format!(
        "#!/bin/sh\nfor word; do [ \"$word\" = {command} ] && exit 1; done\nexec '{}' \"$@\"\n",
        real.display()
    );
    scripts.script("git-without", &body)
}

#[test]
fn wrong_memory_fails_the_test_that_leaves_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    remember_wrongly(&maria);
    assert!(fails_at_the_end(sandbox));
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    remember_wrongly(&maria);
    sandbox.leave_uninspected(&maria.directory);
    assert!(!fails_at_the_end(sandbox), "it was named");
}

#[test]
fn every_ledger_of_a_sandbox_is_inspected() {
    for wrong in ["work", "other"] {
        let sandbox = Sandbox::new();
        let both = ["work", "other"].map(|name| sandbox.repository(name).begin(&[]));
        remember_wrongly(both.iter().find(|actor| actor.directory.ends_with(Path::new(wrong))).unwrap());
        assert!(fails_at_the_end(sandbox), "{wrong}");
    }
}

#[test]
fn entry_that_stock_git_does_not_verify_fails_its_test() {
    let scripts = Sandbox::new();
    for (refused, expected) in [("verify-commit", true), ("bisect", false)] {
        let sandbox = Sandbox::with_git(&git_without(&scripts, refused), &format_under_test());
        sandbox.ledger().claim(&["src/"]);
        assert_eq!(fails_at_the_end(sandbox), expected, "{refused}");
    }
}

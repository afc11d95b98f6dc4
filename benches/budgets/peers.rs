//! The same work done by others: what people have used so far to say “this file is mine for now”, and prove it to each other.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::budgets::duel::Duel;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::worlds::Size;

/// Which of the programs say their version is all that is asked.
const PROGRAMS: [&str; 2] = ["svn", "svnadmin"];
const INTENT: &str = "Do something new";
const FILES: usize = 1_000;

/// A lock of Subversion: a path of a repository, somebody's name, a reason; refused to everybody else. It is neither signed nor
/// bounded in time.
pub(crate) fn rows(bench: &mut Bench) {
    let is_there = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    if !PROGRAMS.iter().all(is_there) {
        return bench.skip("a lock of Subversion", "it is not here");
    }
    let peer = working_copy(bench);
    let directory = bench.worlds.joined(Size::CLAIMS, "peers", &["--no-hooks"]);
    let sandbox = bench.worlds.sandbox.clone();
    let (mut locked, mut claimed) = (0, 0);
    let duel = Duel::run(
        bench.samples,
        || {
            locked += 1;
            let arguments = ["--non-interactive", "lock", "-m", INTENT, &file(locked)];
            sandbox.time("svn", &peer, &arguments)
        },
        || {
            claimed += 1;
            sandbox.time(BINARY, &directory, &["claim", &format!("new/{}", file(claimed)), "--intent", INTENT])
        },
    );
    let what = "`claim`, 1,000 live claims / `svn lock` in a repository of 1,000 files, no server";
    bench.add(Row::ratio(what, &duel, Budget::None));
}

fn file(number: usize) -> String {
    format!("m{number:04}.rs")
}

fn working_copy(bench: &Bench) -> PathBuf {
    let sandbox = &bench.worlds.sandbox;
    let (repository, copy) = (sandbox.root.join("peer"), sandbox.root.join("peer-copy"));
    let run = |program: &str, directory: &PathBuf, arguments: &[&str]| {
        sandbox.time(program, directory, arguments);
    };
    run("svnadmin", &sandbox.root, &["create", "peer"]);
    let url = format!("file://{}", repository.display());
    run("svn", &sandbox.root, &["--non-interactive", "checkout", &url, "peer-copy"]);
    for number in 0..FILES {
        fs::write(copy.join(file(number)), "// something\n").expect("the directory is ours");
    }
    run("svn", &copy, &["--non-interactive", "add", "--force", "."]);
    run("svn", &copy, &["--non-interactive", "commit", "-m", "Begin"]);
    copy
}

//! What the client's hooks add to `git commit`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::budgets::causes;
use crate::budgets::duel::Duel;
use crate::budgets::phases::phases;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::worlds::Size;

pub(crate) fn rows(bench: &mut Bench) {
    let plain = bench.worlds.joined(Size::CLAIMS, "commit-plain", &["--no-hooks"]);
    let hooked = bench.worlds.joined(Size::CLAIMS, "commit-hooked", &[]);
    for (signing, how, budget) in [("true", "signed", Budget::AtMost(1.0)), ("false", "unsigned", Budget::None)] {
        let setting = format!("commit.gpgSign={signing}");
        let mut index = 0;
        let mut next = || {
            index += 1;
            format!("{how} {index}")
        };
        let mut other = 0;
        let duel = Duel::run(
            bench.samples,
            || commit(bench, &plain, &setting, &next()),
            || {
                other += 1;
                commit(bench, &hooked, &setting, &format!("{how} {other}"))
            },
        );
        let what = format!("pre-commit + prepare-commit-msg beside a {how} `git commit`, adds");
        let row = Row::added(what, &duel, budget).because(|| {
            let mut index = 0;
            let prepare = || {
                index += 1;
                stage(bench, &hooked, &format!("{how} once more {index}"));
                let mut command = bench.worlds.sandbox.command("git", &hooked);
                command.args(commit_arguments(&setting));
                command
            };
            format!(
                "Two hooks that start the program and do nothing take {} by themselves. {}",
                causes::bare_hooks(bench, 2),
                phases(bench, prepare)
            )
        });
        bench.add(row);
    }
}

/// Times a commit of one file on claimed ground; the change is staged before.
fn commit(bench: &Bench, directory: &Path, setting: &str, content: &str) -> Duration {
    stage(bench, directory, content);
    bench.worlds.sandbox.time("git", directory, &commit_arguments(setting))
}

fn stage(bench: &Bench, directory: &Path, content: &str) {
    let file = directory.join("src/m0003/reader.rs");
    fs::create_dir_all(file.parent().expect("it lies in a directory")).expect("the world is ours");
    fs::write(&file, content).expect("the world is ours");
    bench.worlds.sandbox.git(directory, &["add", "src/m0003/reader.rs"]);
}

fn commit_arguments(setting: &str) -> [&str; 6] {
    ["-c", setting, "commit", "-q", "-m", "Change the reader"]
}

//! Bugs on purpose: each patch here breaks a rule, and names the tests that have to catch it, on a line for
//! each suite that does so by itself. `run.sh` applies them one by
//! one. Here it is only seen to that they still apply, and that the tests they name are there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn patches() -> Vec<PathBuf> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/seeded_bugs");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "patch")).collect();
    found.sort();
    found
}

#[test]
fn every_bug_still_applies() {
    let patches = patches();
    assert!(patches.len() >= 30, "{} bugs", patches.len());
    for patch in patches {
        let mut git = Command::new("git");
        let ran = git.args(["apply", "--check"]).arg(&patch).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(ran.status.success(), "{}: {}", patch.display(), String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn every_bug_names_its_tests() {
    for patch in patches() {
        let text = fs::read_to_string(&patch).unwrap();
        let head = text.lines().take_while(|line| !line.is_empty());
        let mut count = 0;
        for line in head {
            let tests = line.strip_prefix("tests: ").unwrap_or_default();
            let of = tests.strip_prefix("--lib ").or(tests.strip_prefix("--test main "));
            assert!(of.is_some_and(|names| !names.is_empty()), "{}: `{line}`", patch.display());
            count += 1;
        }
        assert!(count > 0, "{} names no tests", patch.display());
    }
}

//! Every target over everything that was kept, and over inputs that are large.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;
use std::time::Instant;

use super::target::TARGETS;
use crate::tidy::source::read;
use crate::tidy::source::root;

/// Returns the files below a directory of `fuzz/`, with their content.
fn inputs(directory: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(root().join("fuzz").join(directory)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut found: Vec<_> =
        paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())).collect();
    found.sort();
    found
}

/// A crash that was found once stays a test: its input is put there.
#[test]
fn everything_that_was_kept_holds() {
    std::thread::scope(|scope| {
        for (name, run) in TARGETS {
            let kept = inputs(&format!("corpus/{name}"));
            assert!(!kept.is_empty(), "fuzz/corpus/{name} has no seeds");
            scope.spawn(move || {
                for (file, bytes) in kept {
                    let result = std::panic::catch_unwind(|| run(&bytes));
                    assert!(result.is_ok(), "fuzz/corpus/{name}/{file}");
                }
            });
        }
    });
}

/// PARSE-2: no input of 64 KiB takes long. A debug build is given ten times of the second that is allowed.
#[test]
fn large_inputs_take_no_time() {
    const SIZE: usize = 64 << 10;
    let repeated =
        ["[", "{\"a\":", "a = [", "[[a]]\n", "a.", "*", "**/", "\n", "\u{344}", "a\n", "[!a-", "=", " ", "\0"];
    let mut slow = Vec::new();
    for (name, run) in TARGETS {
        let seed = inputs(&format!("corpus/{name}")).into_iter().map(|(_, bytes)| bytes).max_by_key(Vec::len);
        let seed = seed.filter(|bytes| !bytes.is_empty()).unwrap_or_default();
        let seeded = seed.iter().copied().cycle().take(if seed.is_empty() { 0 } else { SIZE }).collect();
        let texts = repeated.iter().map(|part| part.bytes().cycle().take(SIZE).collect::<Vec<u8>>());
        for (index, bytes) in texts.chain([seeded, vec![0xff; SIZE]]).enumerate() {
            let began = Instant::now();
            run(&bytes);
            if began.elapsed() > Duration::from_secs(10) {
                slow.push(format!("{name} took {:?} with input {index}", began.elapsed()));
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[test]
fn every_target_is_one_of_cargo_fuzz() {
    let manifest = read("fuzz/Cargo.toml");
    let named: BTreeSet<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""))
        .collect();
    assert_eq!(named, TARGETS.iter().map(|(name, _)| *name).collect());
    for (name, _) in TARGETS {
        let body = read(&format!("fuzz/fuzz_targets/{name}.rs"));
        assert!(body.contains(&format!("run(\"{name}\", data)")), "{name}");
    }
}

//! Every target over everything that was kept, and over inputs that are large.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;
use std::time::Instant;

use git_coord::ui::json_line;
use git_coord::ui::plain;
use serde_json::Value;

use super::fold;
use super::harmless::assert_harmless;
use super::record;
use super::target::TARGETS;
use crate::tidy::source::read;
use crate::tidy::source::root;

/// Where the entries of the kept corpus have to write, and count: a landing writes to `landed`, an activation the policy.
const PLACES: [&str; 9] =
    ["approvals", "claims", "decisions", "drafts", "findings", "landed", "policy.toml", "principals", "requests"];

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
                if name == "fold" {
                    let reached = fold::reached();
                    let missing: Vec<_> = PLACES.iter().filter(|place| !reached.contains_key(**place)).collect();
                    assert!(missing.is_empty(), "no entry that counts changes {missing:?}: {reached:?}");
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
        let texts = texts.chain([seeded, vec![0xff; SIZE]]);
        // Where the first byte says what the rest is read as, the rest is tried as each.
        let selectors = if name == "record" { record::PLACES.len() } else { 0 };
        let selected = |bytes: Vec<u8>| {
            let with = |first: usize| [&[first as u8][..], &bytes[..SIZE - 1]].concat();
            let chosen = (0..selectors).filter(|_| bytes.len() == SIZE).map(with).collect::<Vec<_>>();
            [vec![bytes.clone()], chosen].concat()
        };
        for (index, bytes) in texts.flat_map(selected).enumerate() {
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

/// Each character that there is, on its way to a terminal.
#[test]
fn no_character_misleads_whoever_reads_it() {
    let all: String = ('\0'..=char::MAX).collect();
    assert_harmless(&plain(&all), "plain");
    assert_harmless(&json_line(&Value::from(all.as_str())), "json_line");
    // Who writes in these needs them to be seen as they are.
    for usual in ["Größe", "修正", "نامه", "❤\u{fe0f}"] {
        assert_eq!(plain(usual), usual);
    }
}

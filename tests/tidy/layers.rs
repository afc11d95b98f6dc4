//! Which module may name which: the arrows of the design.

use std::collections::BTreeSet;

use crate::tidy::source;
use crate::tidy::source::expect_none;

/// Every module with the ones that it may name. They stand from the lowest to the highest, and none names a higher one.
const LAYERS: &[(&str, &[&str])] = &[
    ("disk", &[]),
    ("model", &[]),
    ("format", &["model"]),
    ("sign", &["disk", "model", "format"]),
    ("rules", &["model", "format", "sign"]),
    ("git", &["disk", "model"]),
    ("watch", &["disk", "model"]),
    ("overlap", &["model"]),
    ("ledger", &["disk", "model", "format", "sign", "rules", "git"]),
    ("ops", &["disk", "model", "format", "sign", "rules", "git", "watch", "overlap", "ledger"]),
    ("ui", &["model", "format", "sign", "rules", "git", "ledger", "ops"]),
    ("hook", &["model", "format", "rules", "git", "ledger", "ops", "ui"]),
    ("demo", &["disk", "model", "format", "rules", "git", "ledger", "ops", "ui"]),
    ("mcp", &["model", "ops", "ui"]),
    ("cli", &["disk", "model", "format", "rules", "git", "watch", "ledger", "ops", "ui", "hook", "demo", "mcp"]),
    ("lib", &[]),
    ("main", &[]),
];

fn named_by(code: &str) -> BTreeSet<&str> {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let after = code.match_indices("crate::").map(|(at, found)| &code[at + found.len()..]);
    after.map(|rest| rest.split(|letter| !is_letter(letter)).next().unwrap_or_default()).collect()
}

#[test]
fn module_names_only_what_stands_below_it() {
    let mut complaints = Vec::new();
    for source in source::program() {
        let module = source.module();
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            complaints.push(format!("{}: `{module}` has no place in the layers", source.path));
            continue;
        };
        for named in named_by(source.program()) {
            if named != module && !below.contains(&named) {
                complaints.push(format!("{}: `{module}` may not name `{named}`", source.path));
            }
        }
    }
    expect_none("a module names only what stands below it", complaints);
}

#[test]
fn layers_have_no_circle() {
    for (index, (module, below)) in LAYERS.iter().enumerate() {
        for name in *below {
            let place = LAYERS.iter().position(|(other, _)| other == name);
            assert!(place.is_some_and(|place| place < index), "`{module}` names `{name}`, which does not stand below");
        }
    }
}

#[test]
fn every_layer_has_a_module() {
    let modules: BTreeSet<String> = source::program().map(|source| source.module().to_owned()).collect();
    let unused = LAYERS.iter().filter(|(module, _)| !modules.contains(*module));
    expect_none("the table names what is there", unused.map(|(module, _)| format!("`{module}` is not there")));
}

#[test]
fn nothing_climbs_out_of_its_module_by_super() {
    let climbs = |code: &str| code.contains("super::super");
    let complaints = source::program().flat_map(|source| source.complaints(source.program(), climbs));
    expect_none("what is further away than a neighbour is named from `crate` on", complaints);
}

/// Doors to the world outside, and who may open them.
const DOORS: &[(&str, &[&str])] = &[
    ("std::fs", &["src/disk"]),
    // Beside git: what others approved, and what the local user's own configuration names.
    ("std::process::Command", &["src/git/", "src/demo/", "src/ops/command.rs", "src/ops/fed_command.rs"]),
    ("std::process::exit", &[]),
    (
        "std::env",
        &[
            "src/cli/surroundings.rs",
            "src/git/program.rs",
            "src/git/process.rs",
            "src/git/signer.rs",
            "src/demo/",
            // It takes search paths apart that it is told, and reads nothing.
            "src/ops/outside_program.rs",
        ],
    ),
    ("std::net", &[]),
    ("std::os::unix::net", &["src/sign/agent"]),
    ("std::os::unix::fs", &["src/disk", "src/watch/survey.rs"]),
    ("SystemTime::now", &["src/cli/surroundings.rs"]),
    ("std::io::stdin", &["src/cli/"]),
    ("std::io::stdout", &["src/cli/"]),
    ("std::io::stderr", &["src/cli/"]),
    ("println!", &[]),
    ("print!", &[]),
    // A library that breaks off at what a user's file says.
    ("catch_unwind", &["src/overlap/bert/encoder.rs"]),
];

#[test]
fn each_door_to_the_world_is_opened_by_its_owner_only() {
    let mut complaints = Vec::new();
    for (door, owners) in DOORS {
        for source in source::program().filter(|source| !owners.iter().any(|owner| source.path.starts_with(owner))) {
            let is_opened = |code: &str| mentions(code, door);
            complaints.extend(source.complaints(source.program(), is_opened));
        }
    }
    expect_none("files, processes, environment, clock, network and streams have owners", complaints);
}

#[test]
fn nothing_asks_the_file_system_behind_the_back_of_disk() {
    let questions =
        [".exists()", ".try_exists()", ".canonicalize()", ".read_dir()", ".symlink_metadata()", ".read_link()"];
    let asks = |code: &str| questions.iter().any(|question| code.contains(question));
    let elsewhere = source::program().filter(|source| !source.path.starts_with("src/disk"));
    let complaints = elsewhere.flat_map(|source| source.complaints(source.program(), asks));
    expect_none("a path is a name; what is there is asked of `disk`, which tells errors from absence", complaints);
}

/// The order of a hash map differs from run to run; inside `git` none of it is seen.
#[test]
fn what_is_decided_or_printed_has_an_order() {
    let owners = ["src/git/", "src/ledger/memory.rs"];
    let has_none = |code: &str| mentions(code, "HashMap") || mentions(code, "HashSet");
    let others = source::program().filter(|source| !owners.iter().any(|owner| source.path.starts_with(owner)));
    let complaints = others.flat_map(|source| source.complaints(source.program(), has_none));
    expect_none("`BTreeMap` and `BTreeSet`, or `imbl`'s", complaints);
}

/// Returns whether a line names something as a whole, not as part of a longer name.
fn mentions(line: &str, name: &str) -> bool {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(name).any(|(at, found)| {
        let before = line[..at].chars().next_back().is_some_and(is_name);
        let after = line[at + found.len()..].chars().next().is_some_and(is_name);
        !before && !after
    })
}

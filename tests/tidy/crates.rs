//! Which module owns which outside crate, and that each is there for a reason.

use std::collections::BTreeSet;

use crate::tidy::source;
use crate::tidy::source::expect_none;
use crate::tidy::source::read;

/// Every outside crate with the places that may name it. What everybody may name stands with `src/`.
const OWNERS: &[(&str, &[&str])] = &[
    ("candle_core", &["src/overlap/bert/"]),
    ("candle_nn", &["src/overlap/bert/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
    ("ed25519_dalek", &["src/sign/"]),
    ("getrandom", &["src/sign/", "src/ops/", "src/ledger/backoff.rs", "src/ledger/fetched.rs", "src/ledger/line.rs"]),
    ("gix", &["src/git/"]),
    ("imbl", &["src/rules/", "src/ledger/"]),
    ("jiff", &["src/format/moment.rs"]),
    ("jsonc_parser", &["src/format/settings/"]),
    ("notify", &["src/watch/"]),
    ("rmcp", &["src/mcp/"]),
    ("rpassword", &["src/cli/"]),
    ("rustix", &["src/disk", "src/ops/fed_command.rs"]),
    ("serde", &["src/format/"]),
    (
        "serde_json",
        &[
            "src/ops/reactions",
            "src/ui/",
            "src/demo/",
            "src/format/agent_payload.rs",
            "src/format/sarif/",
            "src/mcp/",
            "src/ops/similar/program.rs",
            "src/overlap/bert/shape.rs",
        ],
    ),
    ("sha2", &["src/format/", "src/sign/", "src/git/", "src/overlap/"]),
    ("shlex", &["src/ops/similar/program.rs"]),
    ("ssh_key", &["src/sign/"]),
    ("strsim", &["src/overlap/"]),
    ("tempfile", &["src/disk", "src/git/", "src/demo/"]),
    ("thiserror", &["src/"]),
    ("tokenizers", &["src/overlap/bert/"]),
    ("tokio", &["src/mcp/"]),
    ("toml", &["src/format/"]),
    ("tracing", &["src/"]),
    ("tracing_subscriber", &["src/cli/trace.rs"]),
    ("unicode_normalization", &["src/model/", "src/overlap/"]),
    ("walkdir", &["src/watch/"]),
    ("zeroize", &["src/sign/"]),
];

/// The crates of a section of the manifest, as code names them.
fn dependencies(section: &str) -> BTreeSet<String> {
    let manifest = read("Cargo.toml");
    let head = format!("[{section}]\n");
    let body = manifest.split_once(&head).map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or_default());
    body.lines().filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_"))).collect()
}

fn names(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    code.match_indices(&path).any(|(at, _)| !code[..at].chars().next_back().is_some_and(is_path))
}

#[test]
fn crate_is_named_by_its_owners_only() {
    let mut complaints = Vec::new();
    for (name, owners) in OWNERS {
        for source in source::program().filter(|source| !owners.iter().any(|owner| source.path.starts_with(owner))) {
            complaints.extend(source.complaints(source.program(), |code| names(code, name)));
        }
    }
    expect_none("each outside crate has owners", complaints);
}

#[test]
fn every_crate_of_the_manifest_has_an_owner_and_is_used() {
    let wanted = dependencies("dependencies");
    let owned: BTreeSet<String> = OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(wanted, owned, "the manifest and the table of owners name the same crates");
    let unused = wanted.iter().filter(|name| !source::program().any(|source| names(source.program(), name)));
    expect_none("a crate is used or it is not there", unused.map(|name| format!("nothing uses `{name}`")));
}

#[test]
fn pure_modules_name_no_crate_that_reaches_outside() {
    let pure = ["model", "rules"];
    let allowed = ["imbl", "thiserror", "unicode_normalization"];
    let mut complaints = Vec::new();
    for source in source::program().filter(|source| pure.contains(&source.module())) {
        for (name, _) in OWNERS.iter().filter(|(name, _)| !allowed.contains(name)) {
            complaints.extend(source.complaints(source.program(), |code| names(code, name)));
        }
    }
    expect_none("`model` and `rules` are pure", complaints);
}

#[test]
fn features_are_chosen_one_by_one() {
    let manifest = read("Cargo.toml");
    let lines = manifest.lines().filter(|line| line.contains("version = \"") && line.contains('{'));
    let complaints = lines.filter(|line| !line.contains("default-features = false")).map(str::to_owned);
    expect_none("default features are off", complaints);
}

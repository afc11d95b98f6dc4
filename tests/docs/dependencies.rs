//! Every crate of the manifest stands in `docs/dependencies.md`, with its features and a reason.

use crate::tidy::source::read;

/// Returns the crates of a section of a manifest with their features.
fn wanted(manifest: &str, section: &str) -> Vec<(String, String)> {
    let manifest = read(manifest);
    let head = format!("\n[{section}]\n");
    let body = manifest.split_once(&head).map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or_default());
    let crates = body.lines().filter_map(|line| line.split_once(" = ")).filter(|(_, value)| !value.contains("path = "));
    crates
        .map(|(name, value)| {
            let features = value.split_once("features = [").map_or("", |(_, rest)| rest.split(']').next().unwrap());
            (name.to_owned(), features.replace('"', ""))
        })
        .collect()
}

/// Returns the rows of a section of the page: crate, features, reason.
fn rows(page: &str, section: &str) -> Vec<(String, String, String)> {
    let head = format!("\n## {section}\n");
    let body = page.split_once(&head).map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or_default());
    let cells = body.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .map(|line| {
            let mut cells = line.split('|').map(|cell| cell.trim().replace('`', ""));
            let mut cell = || cells.next().unwrap_or_default();
            (cell(), cell(), cell())
        })
        .collect()
}

#[test]
fn every_crate_is_there_for_a_reason() {
    let page = read("docs/dependencies.md");
    for (title, manifest, section) in [
        ("In the program", "Cargo.toml", "dependencies"),
        ("In its tests", "Cargo.toml", "dev-dependencies"),
        ("In fuzzing", "fuzz/Cargo.toml", "dependencies"),
    ] {
        let rows = rows(&page, title);
        let told: Vec<_> = rows.iter().map(|(name, features, _)| (name.clone(), features.clone())).collect();
        assert_eq!(told, wanted(manifest, section), "docs/dependencies.md tells of the crates in {manifest}");
        for (name, _, reason) in rows {
            assert!(reason.len() > 20, "why is `{name}` there?");
        }
    }
}

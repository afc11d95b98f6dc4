//! Tables that people read, held against the code that they tell of.

use crate::tidy::source;
use crate::tidy::source::expect_none;
use crate::tidy::source::read;

/// The codes of `exit.rs` with the first sentence of their docs, in order.
fn exit_codes() -> Vec<(String, String)> {
    let text = read("src/cli/exit.rs");
    let body = text.split_once("pub enum Exit {").unwrap().1.split_once("\n}").unwrap().0;
    let mut said = String::new();
    let mut codes = Vec::new();
    for line in body.lines().map(str::trim) {
        if let Some(sentence) = line.strip_prefix("/// ") {
            said = sentence.trim_end_matches('.').to_owned();
        } else if let Some((_, code)) = line.trim_end_matches(',').split_once(" = ") {
            codes.push((code.to_owned(), std::mem::take(&mut said)));
        }
    }
    codes
}

#[test]
fn readme_tells_the_exit_codes() {
    let readme = read("README.md");
    let section = readme.split_once("\n## Exit codes\n").expect("the README has a section of exit codes").1;
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let code = cells.next()?.parse::<u8>().ok()?.to_string();
        Some((code, cells.next()?.to_owned()))
    });
    assert_eq!(rows.collect::<Vec<_>>(), exit_codes());
}

#[test]
fn architecture_tells_every_module() {
    let architecture = read("ARCHITECTURE.md");
    let mut modules: Vec<&str> = source::program().map(source::Source::module).collect();
    modules.dedup();
    modules.retain(|module| !["lib", "main"].contains(module));
    let missing = modules.into_iter().filter(|module| !architecture.contains(&format!("`{module}`")));
    expect_none("`ARCHITECTURE.md` lists the modules", missing.map(str::to_owned));
}

#[test]
fn verbs_have_files_of_their_own() {
    let operations = read("src/ops/mod.rs");
    let listed = source::files("src/ops", ".rs");
    let single = listed.iter().filter_map(|path| path.strip_prefix("src/ops/")?.strip_suffix(".rs"));
    let missing = single.filter(|name| !name.contains('/') && *name != "mod");
    let missing = missing.filter(|name| !operations.contains(&format!("mod {name};"))).map(str::to_owned);
    expect_none("every file of `ops` is part of it", missing);
}

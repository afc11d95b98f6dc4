//! `docs/glossary.md` says what every numbered rule means that the repository names, and pages lead to pages.

use std::collections::BTreeSet;
use std::fs;

use crate::tidy::source::files;
use crate::tidy::source::read;
use crate::tidy::source::root;

/// Returns the numbers of rules that a text names: an `S`, one or two digits, and no word around them.
fn rules(text: &str) -> BTreeSet<u32> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let words = text.split(|c| !is_word(c)).filter_map(|word| word.strip_prefix('S'));
    let numbers = words.filter(|rest| matches!(rest.len(), 1 | 2) && rest.bytes().all(|byte| byte.is_ascii_digit()));
    numbers.filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn every_numbered_rule_is_explained() {
    let page = read("docs/glossary.md");
    let explained: BTreeSet<u32> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| S")?.split_once(" |"))
        .filter_map(|(number, _)| number.parse().ok())
        .collect();
    let places = files("src", ".rs").into_iter().chain(files("docs", ".md")).chain(files("schema", ".json"));
    let mut named = 0;
    for path in places {
        let rules = rules(&read(&path));
        named += rules.len();
        let unknown: Vec<_> = rules.difference(&explained).collect();
        assert!(unknown.is_empty(), "{path} names S{unknown:?}, which the glossary does not explain");
    }
    assert!(named > 100, "rules are named in many places");
}

/// Returns what the headings of a page are linked by.
fn anchors(page: &str) -> impl Iterator<Item = String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings.map(|heading| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    })
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"].map(str::to_owned);
    let mut followed = 0;
    for path in pages.into_iter().chain(files("docs", ".md")).chain(files("schema", ".md")) {
        let directory = root().join(&path).parent().unwrap().to_owned();
        let text = read(&path);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains(':')) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            assert!(directory.join(file).exists(), "{path} links to {link}");
            let target = if file.is_empty() { root().join(&path) } else { directory.join(file) };
            if !anchor.is_empty() && target.extension().is_some_and(|ending| ending == "md") {
                let page = fs::read_to_string(&target).unwrap();
                assert!(anchors(&page).any(|one| one == anchor), "{path} links to {link}, which is no heading there");
            }
            followed += 1;
        }
    }
    assert!(followed > 10, "there are links");
}

#[test]
fn contents_of_the_decisions_are_its_sections() {
    let page = read("docs/design/decisions.md");
    let listed: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("- [")?.split_once("](#")).collect();
    let listed: Vec<_> = listed.into_iter().map(|(title, _)| title).collect();
    let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(listed, sections);
}

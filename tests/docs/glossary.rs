//! `docs/glossary.md` says what every numbered rule means that the repository names, and pages lead to pages.

use std::collections::BTreeSet;

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

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"].map(str::to_owned);
    let mut followed = 0;
    for path in pages.into_iter().chain(files("docs", ".md")).chain(files("schema", ".md")) {
        let directory = root().join(&path).parent().unwrap().to_owned();
        let text = read(&path);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains(':')) {
            let file = link.split('#').next().unwrap();
            assert!(directory.join(file).exists(), "{path} links to {link}");
            followed += 1;
        }
    }
    assert!(followed > 10, "there are links");
}

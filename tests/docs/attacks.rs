//! `docs/attacks.md`: every attack with the tests that try it, its nearest legal case, and what stock git does about it.
//!
//! A test says in its comment what it is, on a line that begins with ids:
//!
//! - `APP-4: …` tries the attack, `APP-4, legal twin: …` the nearest legal case, `APP-4, control: …` runs stock git;
//! - `APP-4, with legal twin: …`, `APP-4, with control: …` and `APP-4, with legal twin and control: …` do both or all.

use std::collections::BTreeMap;

use git_coord::rules::Code;

use crate::docs::attack_list::ATTACKS;
use crate::docs::attack_list::FAMILIES;
use crate::docs::failures::FAILURES;
use crate::docs::generated::check_page;
use crate::tidy::source::everything;

/// What no test shows yet, or not by all that belongs to it, with the reason.
const NOT_YET: &[(&str, &str)] = &[];

/// What an answer leaves open.
const LEFT_OPEN: &[(&str, &str)] = &[
    (
        "LED-14",
        "A fresh clone that has the pin and nothing else believes what a retired key signed after the same genesis, until it \
         meets a clone or a remote that saw the true history. Nobody cosigns heads yet.",
    ),
    (
        "POL-10",
        "One root member revokes anybody who is none, also whoever vetoes, even where changing the rules takes two; in entries \
         that everybody sees. Whom one brought in while one decided stays vouched for when the threshold is raised.",
    ),
    ("APP-16", "No policy counts how far the base moved on; `bind = \"tree\"` asks again when it moved at all."),
    ("ENV-1", "`LD_PRELOAD` puts somebody else's code in the place of ours, which then decides."),
    ("SRV-1", "The whole hook has no limit of time; whatever it waits for has one."),
    (
        "CI-2",
        "A forge must be told which app reports the check; nobody sees from outside whether it was. Audits find what lands.",
    ),
];

/// One attack of the list.
struct Attack {
    id: &'static str,
    is_starred: bool,
    codes: Vec<&'static str>,
    title: &'static str,
}

fn attacks() -> Vec<Attack> {
    let rows = ATTACKS.lines().map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [id, codes, title] = cells[..] else { panic!("not three cells: {line}") };
        let codes = codes.split(", ").filter(|code| !code.is_empty()).collect();
        Attack { id: id.trim_end_matches('*'), is_starred: id.ends_with('*'), codes, title }
    });
    rows.collect()
}

/// What a test is to an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Attack,
    Twin,
    Control,
}

/// A test that says what it is.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    path: &'static str,
    /// The line of the function.
    line: usize,
}

/// Returns the ids that a line of a comment begins with, and what the test is to them.
fn announced(comment: &str) -> Option<(Vec<&str>, Vec<Part>)> {
    let head = comment.split(':').next()?;
    let mut ids = Vec::new();
    let mut parts = vec![Part::Attack];
    for piece in head.split(", ") {
        parts = match piece {
            "legal twin" => vec![Part::Twin],
            "control" => vec![Part::Control],
            "with legal twin" => vec![Part::Attack, Part::Twin],
            "with control" => vec![Part::Attack, Part::Control],
            "with legal twin and control" => vec![Part::Attack, Part::Twin, Part::Control],
            piece if is_id(piece) => {
                ids.push(piece);
                continue;
            }
            // A rule of the design.
            piece if piece.starts_with(['S', 'D', 'P']) && piece[1..].parse::<u32>().is_ok() => continue,
            _ => return None,
        };
    }
    (!ids.is_empty()).then_some((ids, parts))
}

fn is_id(piece: &str) -> bool {
    piece.split_once('-').is_some_and(|(family, number)| {
        number.parse::<u32>().is_ok() && FAMILIES.iter().any(|(known, _)| *known == family)
    })
}

/// Finds every test that says what it is, by id.
fn places() -> BTreeMap<&'static str, Vec<(Part, Place)>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for source in everything() {
        let lines: Vec<&'static str> = source.text.lines().map(str::trim).collect();
        for (at, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[test]") {
            let name = at + lines[at..].iter().position(|line| line.starts_with("fn ")).expect("a test is a function");
            let comments = lines[..at].iter().rev().map_while(|line| line.strip_prefix("/// "));
            for (ids, parts) in comments.filter_map(announced) {
                for id in ids {
                    let place = Place { path: &source.path, line: name + 1 };
                    found.entry(id).or_default().extend(parts.iter().map(|part| (*part, place.clone())));
                }
            }
        }
    }
    found
}

/// Returns how a code is named in the code of tests.
fn names_of(code: &str) -> Vec<String> {
    let variant = Code::ALL.iter().find(|known| known.as_str() == code).map(|known| format!("Code::{known:?}"));
    let failure = FAILURES.iter().any(|(known, _)| *known == code).then(|| format!("\"{code}\""));
    let names: Vec<_> = variant.into_iter().chain(failure).chain([format!("\"{code}\"")]).collect();
    assert!(names.len() > 1, "`{code}` is no code of the program");
    names
}

/// Returns what is wrong with the tests of an attack.
fn gaps(attack: &Attack, places: &[(Part, Place)]) -> Vec<String> {
    let has = |part| places.iter().any(|(is, _)| *is == part);
    let mut gaps = Vec::new();
    for (part, is_needed) in [(Part::Attack, true), (Part::Twin, true), (Part::Control, attack.is_starred)] {
        if is_needed && !has(part) {
            gaps.push(format!("{} has no {part:?}", attack.id));
        }
    }
    for code in &attack.codes {
        let names = names_of(code);
        let tried = places.iter().filter(|(part, _)| *part == Part::Attack);
        let is_named = |place: &Place| {
            let text = &everything().iter().find(|source| source.path == place.path).unwrap().text;
            names.iter().any(|name| text.contains(name))
        };
        if has(Part::Attack) && !tried.clone().any(|(_, place)| is_named(place)) {
            gaps.push(format!("no test of {} names `{code}`", attack.id));
        }
    }
    gaps
}

/// Returns links to the tests of one part. What stands in the column of attacks is not linked again.
fn links(part: Part, places: &[(Part, Place)]) -> String {
    let of = |part| places.iter().filter(move |(is, _)| *is == part).map(|(_, place)| place);
    let is_linked = |place: &Place| part != Part::Attack && of(Part::Attack).any(|other| other == place);
    let link = |Place { path, line }: &Place| format!("[{path}:{line}](../{path}#L{line})");
    let same = of(part).any(is_linked).then(|| "there as well".to_owned());
    let links = of(part).filter(|place| !is_linked(place)).map(link);
    same.into_iter().chain(links).collect::<Vec<_>>().join("<br>")
}

#[test]
fn page_of_attacks_lists_their_tests() {
    let (attacks, places) = (attacks(), places());
    let mut page = "# Attacks\n\n\
        This page is generated from `tests/docs/attack_list.rs` and the comments of tests. A test compares it, and fails where\n\
        something is missing.\n\n\
        Every attack is a test that must be refused, with its code. Beside it stands a *legal twin*, the nearest case that must\n\
        pass: a gate that refuses everything is none. A star means that stock git or OpenSSH lets it through, as the test in the\n\
        last column shows. The codes are explained in [errors.md](errors.md); where there is none, the attack changes nothing,\n\
        and so nothing is refused.\n"
        .to_owned();
    let mut missing = Vec::new();
    let none = Vec::new();
    for (family, about) in FAMILIES {
        page.push_str(&format!("\n## {about}\n\n| id | what is tried | code | attack | legal twin | stock git |\n"));
        page.push_str("|---|---|---|---|---|---|\n");
        let of_family = attacks.iter().filter(|attack| attack.id.rsplit_once('-').unwrap().0 == *family);
        for attack in of_family {
            let tests = places.get(attack.id).unwrap_or(&none);
            let gaps = gaps(attack, tests);
            let is_excused = NOT_YET.iter().any(|(id, _)| *id == attack.id);
            assert!(!is_excused || !gaps.is_empty(), "{} is there by now", attack.id);
            missing.extend(gaps.into_iter().filter(|_| !is_excused));
            let codes: Vec<_> = attack.codes.iter().map(|code| format!("`{code}`")).collect();
            let star = if attack.is_starred { "\\*" } else { "" };
            let cells = [Part::Attack, Part::Twin, Part::Control].map(|part| links(part, tests));
            page.push_str(&format!(
                "| {}{star} | {} | {} | {} |\n",
                attack.id,
                attack.title,
                codes.join(", "),
                cells.join(" | ")
            ));
        }
    }
    if !NOT_YET.is_empty() {
        page.push_str("\n## Not yet\n\n| id | why |\n|---|---|\n");
    }
    for (id, reason) in NOT_YET {
        page.push_str(&format!("| {id} | {reason} |\n"));
    }
    page.push_str("\n## Left open\n\n| id | what |\n|---|---|\n");
    for (id, what) in LEFT_OPEN {
        assert!(attacks.iter().any(|attack| attack.id == *id), "{id} is no attack");
        page.push_str(&format!("| {id} | {what} |\n"));
    }
    let unknown: Vec<_> = places.keys().filter(|id| attacks.iter().all(|attack| attack.id != **id)).collect();
    assert!(unknown.is_empty(), "tests name attacks that are not listed: {unknown:?}");
    assert!(
        missing.is_empty(),
        "a new attack has a test, a legal twin and, with a star, a control:\n  {}",
        missing.join("\n  ")
    );
    check_page("docs/attacks.md", &page);
}

#[test]
fn comments_say_what_a_test_is() {
    let all = [Part::Attack, Part::Twin, Part::Control];
    for (comment, expected) in [
        ("APP-4: a branch is replaced.", Some((vec!["APP-4"], vec![Part::Attack]))),
        ("LEASE-1, S8", Some((vec!["LEASE-1"], vec![Part::Attack]))),
        ("SIG-1, SIG-2, legal twin: an honest entry.", Some((vec!["SIG-1", "SIG-2"], vec![Part::Twin]))),
        ("REF-1, control:", Some((vec!["REF-1"], vec![Part::Control]))),
        ("REF-1, with legal twin and control:", Some((vec!["REF-1"], all.to_vec()))),
        ("Nobody is above the gate (POL-10).", None),
        ("POL-10 is tried with everybody.", None),
        ("S8: whoever is revoked.", None),
    ] {
        assert_eq!(announced(comment), expected, "{comment}");
    }
}

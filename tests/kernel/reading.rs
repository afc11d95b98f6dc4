//! Records as nobody honest writes them: what is read is read strictly, soon, and never half.

use std::time::Duration;
use std::time::Instant;

use git_coord::ledger::Edit;
use git_coord::model::Severity;
use git_coord::rules::Code;

use crate::support::world::Actor;
use crate::support::world::Filed;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

/// How long even a slow machine may take to say no.
const SOON: Duration = Duration::from_secs(10);

/// One record of every kind that alice may write, each with its text.
fn records(world: &mut World) -> Vec<Edit> {
    let alice = Actor::named("alice");
    let claim = put(&world.draft_claim(&alice, &["src/a.rs"]));
    let finding = put(&world.draft_finding(&alice, Severity::Low, &["src/a.rs"]));
    let facts = crate::kernel::push::work(&alice, &["src/a.rs"]);
    let request = put(&world.draft_request(&alice, &crate::kernel::push::main_ref(), &facts, &[]));
    let principal = world.next_record(&alice);
    let able = git_coord::model::Principal { capabilities: vec![crate::support::world::name("rust")], ..principal };
    vec![claim, finding, request, put(&able)]
}

fn written(edit: &Edit) -> &str {
    edit.text.as_ref().unwrap()
}

/// Refuses each damaged text of each record, and takes the record as it was.
#[track_caller]
fn check(damage: impl Fn(&str) -> Vec<String>, code: Code) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    for good in records(&mut world) {
        let texts = damage(written(&good));
        assert!(!texts.is_empty(), "{good:?} is not damaged");
        for text in texts {
            assert_ne!(text, written(&good));
            let begun = Instant::now();
            world.refuse(&alice, &[Edit { text: Some(text), ..good.clone() }], code);
            assert!(begun.elapsed() < SOON, "{}", good.path);
        }
        world.ok(&alice, &[good]);
    }
}

/// Every text with one value's quotes opened to take something in.
fn into_each_value(text: &str, more: &str) -> Vec<String> {
    let quotes = text.match_indices(" = \"").map(|(at, found)| at + found.len());
    quotes.map(|at| format!("{}{more}{}", &text[..at], &text[at..])).collect()
}

/// PARSE-1, with legal twin: of every kind of record.
#[test]
fn key_that_is_unknown_twice_or_of_another_type_is_refused() {
    check(
        |text| {
            let first = text.lines().next().unwrap();
            vec![
                format!("{text}{first}\n"),
                format!("{text}admin = true\n"),
                format!("{text}[admin]\nis = true\n"),
                format!("{text}[[admin]]\n"),
                text.replacen("format = 1", "format = \"1\"", 1),
                text.replacen("format = 1", "format = [1]", 1),
                text.replacen("format = 1", "format = 2", 1),
                text.replacen("format = 1", "\"format\" = 1\n'format' = 1", 1),
            ]
        },
        Code::RecordParse,
    );
}

/// PARSE-2, with legal twin: no time is spent on it, and no stack.
#[test]
fn what_is_deep_is_not_descended_into() {
    check(
        |text| {
            let depth = 15_000;
            vec![
                format!("{text}deep = {}{}\n", "[".repeat(depth), "]".repeat(depth)),
                format!("{text}deep = {}1{}\n", "{a=".repeat(depth), "}".repeat(depth)),
                format!("{text}{}deep = 1\n", "a.".repeat(depth)),
                format!("{text}[{}a]\n", "a.".repeat(depth)),
            ]
        },
        Code::RecordParse,
    );
}

/// PARSE-2, with legal twin: nothing is read of what is longer than a record may be.
#[test]
fn what_is_long_is_not_read() {
    check(
        |text| {
            let keys: String = (0..1_000_000).map(|number| format!("k{number} = 1\n")).collect();
            vec![format!("{text}{keys}"), format!("{text}# {}\n", "x".repeat(64 * 1024 + 1 - text.len() - 2))]
        },
        Code::RecordLimit,
    );
}

/// PARSE-3, with legal twin: in any field of any record, spelt as it is or as an escape.
#[test]
fn character_that_deceives_or_steers_is_refused_in_every_field() {
    let deceptive = [
        "\u{0}", "\u{1b}", "\u{7f}", "\u{85}", "\u{9b}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{200f}", "\u{200b}",
        "\u{feff}",
    ];
    for character in deceptive {
        let escaped = character.escape_unicode().to_string();
        let digits: String = escaped.chars().filter(char::is_ascii_hexdigit).collect();
        for spelt in [character.to_owned(), format!("\\u{digits:0>4}")] {
            check(
                |text| {
                    let mut all = into_each_value(text, &spelt);
                    all.push(format!("{spelt}{text}"));
                    all
                },
                Code::RecordParse,
            );
        }
    }
}

/// PARSE-4, with legal twin: numbers that no record has, wherever it has one.
#[test]
fn number_beyond_its_kind_is_refused() {
    check(
        |text| {
            let more = ["9223372036854775808", "-9223372036854775809", "1.0", "1e0", "nan", "inf", "1_0", "-1"];
            more.iter().map(|number| text.replacen("format = 1", &format!("format = {number}"), 1)).collect()
        },
        Code::RecordParse,
    );
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let claim = world.claim(&alice, &["src/a.rs"]);
    let next = put(&git_coord::model::Claim { rev: 2, intent: crate::support::world::text("Other"), ..claim.clone() });
    assert!(written(&next).contains("rev = 2"));
    for number in ["18446744073709551616", "9223372036854775808", "-1", "2.0", "nan", "\"2\""] {
        let text = written(&next).replacen("rev = 2", &format!("rev = {number}"), 1);
        world.refuse(&alice, &[Edit { text: Some(text), ..next.clone() }], Code::RecordParse);
    }
    world.ok(&alice, &[next]);
    world.ok(&alice, &[take_away(&claim)]);
    assert!(claim.path().to_string().starts_with("claims/"));
}

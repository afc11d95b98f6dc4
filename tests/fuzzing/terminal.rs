//! Text of others on its way to a terminal and into lines for programs.

use std::path::PathBuf;

use git_coord::ops::Failure;
use git_coord::rules::Code;
use git_coord::rules::Refusal;
use git_coord::ui::Report;
use git_coord::ui::argument_words;
use git_coord::ui::json_line;
use git_coord::ui::plain;
use git_coord::ui::text_report;
use git_coord::ui::usage_words;
use git_coord::ui::words_of;
use serde_json::Value;
use serde_json::json;

use super::harmless::assert_harmless;
use super::harmless::assert_harmless_file;

/// Puts a text into whatever is shown of a text.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let shown = plain(&text);
    assert_harmless(&shown, "plain");
    assert!(!shown.contains('\n'));
    assert_eq!(plain(&shown), shown, "what is harmless stays");
    let object = json!({ &*text: [&*text, {"a": &*text}] });
    let line = json_line(&object);
    assert_harmless(&line, "json_line");
    assert!(!line.contains('\n'));
    assert_eq!(serde_json::from_str::<Value>(&line).expect("it is JSON"), object, "programs read what was meant");
    report(&text_report(&text), "text_report");
    let said = || text.clone().into_owned();
    let failures = [
        Failure::from(Refusal::new(Code::ClaimHeld, said())),
        Failure::Argument { what: said(), expected: "a path" },
        Failure::NotEnrolled(said()),
        Failure::NothingToJoin { remote: Some(said()) },
        Failure::SeveralRemotes { known: vec![said(), said()] },
        Failure::LedgerThere { remote: said() },
        Failure::KeyUnusable { path: PathBuf::from(said()), reason: said() },
        Failure::Report { path: PathBuf::from(said()), reason: said() },
        Failure::NotFound { kind: "claim", id: said() },
    ];
    let words = failures.iter().map(words_of).chain([usage_words(&text), argument_words(&text, "git coord help")]);
    for words in words {
        words.human().iter().for_each(|line| assert_harmless(line, "a failure"));
    }
}

fn report(report: &Report, what: &str) {
    report.human.iter().chain(&report.notes).for_each(|line| assert_harmless_file(line, what));
    report.json.iter().for_each(|object| assert_harmless(&json_line(object), what));
}

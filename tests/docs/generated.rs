//! Pages that are written by the program about itself.

use std::env;
use std::fs;

use git_coord::cli::Exit;
use git_coord::ops::Failure;
use git_coord::rules::Code;
use git_coord::rules::Refusal;
use git_coord::ui::words_of;

use crate::docs::failures::FAILURES;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::tidy::source::read;
use crate::tidy::source::root;

/// Compares a page with what it should be, or writes it.
#[track_caller]
pub fn check_page(path: &str, expected: &str) {
    if env::var_os("COORD_REGENERATE_DOCS").is_some() {
        fs::write(root().join(path), expected).unwrap();
    }
    let found = read(path);
    let line = found.lines().zip(expected.lines()).position(|(one, other)| one != other);
    let line = line.unwrap_or(found.lines().count().min(expected.lines().count()));
    assert!(
        found == expected,
        "{path} differs from line {} on; COORD_REGENERATE_DOCS=1 writes it anew\n  has   {:?}\n  needs {:?}",
        line + 1,
        found.lines().nth(line),
        expected.lines().nth(line)
    );
}

#[test]
fn page_of_errors_lists_every_code() {
    let mut page = "# Errors\n\n\
        This page is generated from `src/rules/code.rs` and `src/ui/error.rs`; a test compares it.\n\n\
        Every error carries a stable code: in brackets for people, as `code` for programs. Words, and numbers of rules\n\
        such as S5 and P4, are explained in [glossary.md](glossary.md).\n\n\
        ## Rules that say no\n\n\
        *Attack* is the name of the family of attacks that it answers. *Exit* is that of a command; hooks end with 1.\n\n\
        | code | exit | attack | rule |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let exit = Exit::of(words_of(&Failure::Refused(Refusal::new(*code, ""))).kind).code();
        page.push_str(&format!("| `{code}` | {exit} | `{}` | {} |\n", code.attack(), code.rule()));
    }
    page.push_str("\n## Commands that could not be done\n\n| code | exit | what happened |\n|---|---|---|\n");
    let mut failures = failure_codes();
    failures.sort();
    failures.dedup();
    for (code, kind) in &failures {
        let meaning = FAILURES.iter().find(|(known, _)| known == code).map(|(_, meaning)| *meaning);
        let meaning = meaning.unwrap_or_else(|| panic!("what does `{code}` mean?"));
        page.push_str(&format!("| `{code}` | {} | {meaning} |\n", exit_of(kind)));
    }
    for (known, _) in FAILURES {
        assert!(failures.iter().any(|(code, _)| code == known), "no command fails with `{known}` any more");
    }
    check_page("docs/errors.md", &page);
}

/// Reads the codes of failures, with their kinds, from the one place where they are decided.
fn failure_codes() -> Vec<(String, String)> {
    let text = read("src/ui/error.rs");
    let all = format!("{text}{}", read("src/ui/usage.rs"));
    let direct = all.match_indices("(ErrorKind::").filter_map(|(at, start)| {
        let (kind, rest) = all[at + start.len()..].split_once(", ")?;
        let code = rest.strip_prefix('"')?.split_once("\")")?.0;
        Some((code.to_owned(), kind.to_owned()))
    });
    let of_git = text.split_once("fn git_code(").expect("git's errors have codes of their own").1;
    let of_git = of_git.split("\n}\n").next().unwrap_or_default();
    let of_git = of_git.split("=> \"").skip(1).filter_map(|rest| rest.split_once('"'));
    direct.chain(of_git.map(|(code, _)| (code.to_owned(), "Environment".to_owned()))).collect()
}

fn exit_of(kind: &str) -> u8 {
    let exit = match kind {
        "Refused" => Exit::Refused,
        "Usage" => Exit::Usage,
        "Conflict" => Exit::Conflict,
        "Untrusted" => Exit::Untrusted,
        "Environment" => Exit::Environment,
        other => panic!("`{other}` has no exit code"),
    };
    exit.code()
}

#[test]
fn page_of_commands_is_their_help() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.somebody(&sandbox.root);
    let mut page = "# Commands\n\n\
        This page is what `git coord help` and `git coord help <command>` print; a test compares it.\n"
        .to_owned();
    add_help(&somebody, &[], &mut page);
    check_page("docs/cli.md", &page);
}

fn add_help(somebody: &Actor, verbs: &[&str], page: &mut String) {
    let help = somebody.say(&[verbs, &["--help"]].concat()).ok().stdout;
    let name = ["git coord"].iter().chain(verbs).copied().collect::<Vec<_>>().join(" ");
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    let below = lines.iter().skip_while(|line| **line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Help about help says nothing new.
    for verb in below.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help") {
        add_help(somebody, &[verbs, &[verb]].concat(), page);
    }
}

/// An argument without a word about it is one that nobody can use.
#[test]
fn every_argument_is_explained() {
    let page = read("docs/cli.md");
    let lines: Vec<&str> = page.lines().collect();
    let mut verb = "";
    let mut silent = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        verb = line.strip_prefix("## ").unwrap_or(verb);
        let name = line.trim_start();
        let is_argument = line.starts_with("  ") && name.starts_with(['<', '[', '-']);
        // What is said stands behind two spaces, or on a line of its own below.
        let beside = name.contains("  ");
        let below = lines.get(index + 1).is_some_and(|next| next.starts_with("          "));
        if is_argument && !beside && !below {
            silent.push(format!("{verb}: {name}"));
        }
    }
    assert!(silent.is_empty(), "nothing is said of\n  {}", silent.join("\n  "));
}

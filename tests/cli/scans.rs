//! `git coord find --sarif`: reports in the shapes that scanners write, and such as nobody should.

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const CODEQL: &str = include_str!("../support/data/sarif/codeql.sarif");
const SEMGREP: &str = include_str!("../support/data/sarif/semgrep.sarif");
const CLIPPY: &str = include_str!("../support/data/sarif/clippy.sarif");
const ESLINT: &str = include_str!("../support/data/sarif/eslint.sarif");

/// What became of a report: added, known, dismissed, left out.
type Fate = [u64; 4];

#[track_caller]
fn take(actor: &Actor, report: &str, arguments: &[&str]) -> (Fate, Vec<Value>, Vec<(String, u64)>) {
    actor.write("report.sarif", report);
    let ran = actor.coord(&[&["find", "--sarif", "report.sarif"], arguments].concat()).ok();
    let scan = ran.json();
    let fate = ["added", "known", "dismissed", "left_out"].map(|field| scan[field].as_u64().unwrap());
    let left_out = ran.of_type("scan_left_out");
    let left_out = left_out.iter().map(|one| (text(&one["reason"]), one["count"].as_u64().unwrap())).collect();
    (fate, ran.of_type("finding"), left_out)
}

fn report(results: Vec<Value>) -> String {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": results}]}).to_string()
}

fn result(uri: &str, said: &str) -> Value {
    json!({
        "ruleId": "r", "message": {"text": said},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}],
    })
}

/// Returns kind, severity, the only path, and the text without its mark.
fn told(finding: &Value) -> [String; 4] {
    let said = text(&finding["text"]);
    let said = said.split_once(" [sarif ").unwrap().0.to_owned();
    [text(&finding["kind"]), text(&finding["severity"]), text(&finding["paths"][0]), said]
}

#[test]
fn reports_of_scanners_become_findings() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let eslint = ESLINT.replace("ROOT", maria.directory.to_str().unwrap());
    for (report, fate, expected) in [
        (
            CODEQL,
            [2, 0, 0, 0],
            vec![
                [
                    "risk",
                    "critical",
                    "src/a.rs",
                    "rs/path-from-input: This path depends on a value of the user. (line 7, CodeQL)",
                ],
                ["bug", "low", "src/b.rs", "rs/dead-branch: This branch is never taken. (line 2, CodeQL)"],
            ],
        ),
        (
            SEMGREP,
            [2, 0, 0, 1],
            vec![
                ["risk", "medium", "src/a.rs", "example.generic.secret: A secret in the code. (line 3, Semgrep OSS)"],
                ["risk", "medium", "src/a.rs", "example.generic.secret: A secret in the code. (line 9, Semgrep OSS)"],
            ],
        ),
        (
            CLIPPY,
            [1, 0, 0, 0],
            vec![["bug", "medium", "src/b.rs", "example::never_read: this value is never read (line 4, clippy)"]],
        ),
        (
            eslint.as_str(),
            [1, 0, 0, 1],
            vec![[
                "bug",
                "high",
                "src/a b.ts",
                "no-leftovers: 'left' is assigned a value but never used. (line 11, ESLint)",
            ]],
        ),
    ] {
        let before = maria.head();
        let (seen, findings, _) = take(&maria, report, &[]);
        assert_eq!(seen, fate);
        let mut said: Vec<_> = findings.iter().map(told).collect();
        let mut expected: Vec<_> = expected.iter().map(|row| row.map(str::to_owned)).collect();
        said.sort();
        expected.sort();
        assert_eq!(said, expected);
        assert_eq!(maria.git(&["rev-parse", "coord^"]), before, "one entry for all of them");
        let after = maria.head();
        let (again, findings, _) = take(&maria, report, &[]);
        assert_eq!(again, [0, fate[0], 0, fate[3]]);
        assert!(findings.is_empty());
        assert_eq!(maria.head(), after, "the same report says nothing new");
    }
    assert_eq!(maria.coord(&["findings"]).ok().of_type("finding").len(), 6);
}

#[test]
fn fingerprints_hold_where_lines_move() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    take(&maria, CODEQL, &[]);
    let moved = CODEQL.replace("\"startLine\": 7", "\"startLine\": 70").replace("a value of the user", "some value");
    assert_eq!(take(&maria, &moved, &[]).0, [0, 2, 0, 0]);
    assert_eq!(take(&maria, &CODEQL.replace("5f3c1a2b9d8e7f60:1", "5f3c1a2b9d8e7f60:2"), &[]).0, [1, 1, 0, 0]);
    // Without them, a line is all there is.
    take(&maria, CLIPPY, &[]);
    assert_eq!(take(&maria, &CLIPPY.replace("\"startLine\": 4", "\"startLine\": 5"), &[]).0, [1, 0, 0, 0]);
}

#[test]
fn what_was_dismissed_stays_so_and_what_was_resolved_is_back() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (_, found, _) = take(&alice, CODEQL, &[]);
    maria.coord(&["dismiss", &text(&found[0]["id"])]).ok();
    maria.coord(&["resolve", &text(&found[1]["id"])]).ok();
    assert_eq!(take(&alice, CODEQL, &[]).0, [1, 0, 1, 0]);
    // What somebody else had dismissed is no word about ours, and one that is open need not be said twice.
    assert_eq!(take(&maria, CODEQL, &[]).0, [1, 1, 0, 0]);
}

/// Somebody writes the mark of what a scanner will find, and less about it.
#[test]
fn mark_of_somebody_else_hides_nothing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let bob = maria.agent("bob");
    let (_, found, _) = take(&alice, CLIPPY, &[]);
    let said = text(&found[0]["text"]);
    alice.coord(&["resolve", &text(&found[0]["id"])]).ok();
    for arguments in [["--severity", "low", "--kind", "bug"], ["--severity", "medium", "--kind", "note"]] {
        bob.coord(&[&["find", &said, "--on", "src/b.rs"], &arguments[..]].concat()).ok();
    }
    bob.coord(&["find", &said, "--on", "src/a.rs", "--kind", "bug", "--severity", "high"]).ok();
    let forged = said.replace("never read", "fine");
    bob.coord(&["find", &forged, "--on", "src/b.rs", "--kind", "bug", "--severity", "high"]).ok();
    assert_eq!(take(&alice, CLIPPY, &[]).0, [1, 0, 0, 0]);
}

#[test]
fn commit_and_request_apply_to_all() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let commit = alice.commit("Change a");
    let request = text(&alice.coord(&["request", "HEAD", "--into", "main"]).ok().json()["id"]);
    let about = ["--commit", "alice", "--request", request.as_str(), "--half-life", "7d"];
    let (fate, found, _) = take(&maria, CODEQL, &about);
    assert_eq!(fate, [2, 0, 0, 0]);
    for finding in found {
        assert_eq!((&finding["commit"], &finding["request"]), (&commit.as_str().into(), &request.as_str().into()));
        assert_eq!(finding["half_life_s"], 604_800);
    }
    assert_eq!(take(&maria, CODEQL, &about).0, [0, 2, 0, 0]);
    assert_eq!(take(&maria, CODEQL, &["--request", &request]).0, [2, 0, 0, 0], "it is about no commit now");
    assert_eq!(take(&maria, CODEQL, &[]).0, [2, 0, 0, 0], "what is about a commit is not about what comes after it");
    let placeless = report(vec![json!({"message": {"text": "Nowhere"}})]);
    assert_eq!(take(&maria, &placeless, &[]).2, [("placeless".to_owned(), 1)]);
    assert_eq!(take(&maria, &placeless, &["--commit", "alice"]).0, [1, 0, 0, 0]);
    maria.coord(&["find", "--sarif", "report.sarif", "--request", "r-zzzzzzzz"]).fails(2, "usage.not-found");
    maria.coord(&["find", "--sarif", "report.sarif", "--commit", "nothing"]).fails(2, "usage.not-found");
}

#[test]
fn what_is_left_out_is_told_with_its_reason() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let with = |field: &str, value: Value| {
        let mut changed = result("src/a.rs", field);
        changed[field] = value;
        changed
    };
    let outside =
        ["../x", "src/../../x", "/etc/passwd", "file:///etc/passwd", "https://example.org/x", "C:/x", "a%2fb"];
    let mut results: Vec<_> = outside.iter().map(|uri| result(uri, "Outside")).collect();
    results.extend([".git/config", "a%00b", "a%zz", "src\\a.rs", "%2e%2e/x"].iter().map(|uri| result(uri, "Outside")));
    results.extend([with("kind", json!("pass")), with("level", json!("none"))]);
    results.extend([with("suppressions", json!([{"kind": "external", "status": "accepted"}]))]);
    results.extend([with("suppressions", json!([{"kind": "external", "status": "underReview"}]))]);
    results.extend([with("baselineState", json!("absent")), with("baselineState", json!("unchanged"))]);
    results.extend([with("message", json!({"id": "unknown"}))]);
    results.extend([result("./src/x/../b.rs", "Inside"), result("src/b.rs", "Inside")]);
    let (fate, found, left_out) = take(&maria, &report(results), &[]);
    assert_eq!(fate, [3, 0, 0, 18]);
    let expected =
        [("suppressed", 1), ("no-problem", 2), ("absent", 1), ("outside", 12), ("wordless", 1), ("repeated", 1)];
    assert_eq!(left_out, expected.map(|(reason, count)| (reason.to_owned(), count)));
    let mut paths: Vec<_> = found.iter().map(|finding| text(&finding["paths"][0])).collect();
    paths.sort();
    assert_eq!(paths, ["src/a.rs", "src/a.rs", "src/b.rs"]);
    let said = maria.say(&["find", "--sarif", "report.sarif"]).ok();
    assert!(said.stdout.contains("left out 12: outside of the repository (r ../x)"), "{said}");
}

#[test]
fn what_cannot_be_read_changes_nothing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let head = maria.head();
    let many = (0..1_001).map(|index| result("src/a.rs", &format!("{index}"))).collect();
    for bad in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        json!({"version": "2.1.0"}).to_string(),
        json!({"version": "1.0.0", "runs": []}).to_string(),
        report(vec![result("src/a.rs", "Good"), json!({"message": {"text": "x"}, "level": "terrible"})]),
        report(vec![result("src/a.rs", "Good"), json!({"ruleId": "x"})]),
        report(vec![result("src/a.rs", "Good")]).replace("\"Good\"", "7"),
        "[".repeat(100_000),
        report(many),
    ] {
        maria.write("report.sarif", &bad);
        maria.coord(&["find", "--sarif", "report.sarif"]).fails(2, "usage.report");
    }
    maria.coord(&["find", "--sarif", "missing.sarif"]).fails(2, "usage.not-found");
    for arguments in [["--kind", "bug"], ["--severity", "low"], ["--on", "src/"]] {
        maria.coord(&[&["find", "--sarif", "report.sarif"], &arguments[..]].concat()).exits(2);
    }
    maria.coord(&["find", "words", "--sarif", "report.sarif"]).exits(2);
    maria.coord(&["find"]).exits(2);
    assert_eq!(maria.head(), head);
    assert_eq!(take(&maria, &report(vec![result("src/a.rs", "Good")]), &[]).0, [1, 0, 0, 0]);
}

#[test]
fn many_results_are_few_entries() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let height = |actor: &Actor| actor.git(&["rev-list", "--count", "coord"]).parse::<u64>().unwrap();
    let before = height(&maria);
    let many = report((0..500).map(|index| result("src/a.rs", &format!("{index}"))).collect());
    assert_eq!(take(&maria, &many, &[]).0, [500, 0, 0, 0]);
    assert_eq!(height(&maria) - before, 2);
    assert_eq!(take(&maria, &many, &[]).0, [0, 500, 0, 0]);
    assert!(maria.coord(&["log"]).ok().of_type("entry").iter().all(|entry| entry["void"].is_null()));
    let more = report((0..501).map(|index| result("src/a.rs", &format!("{index}"))).collect());
    assert_eq!(take(&maria, &more, &[]).0, [1, 500, 0, 0]);
}

#[test]
fn what_a_report_says_is_made_harmless() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut odd = result("src/a%5Bid%5D.tsx", &format!("Two\nlines {} {}", '\u{1b}', "x".repeat(9_000)));
    odd["ruleId"] = json!("r\u{202e}");
    let (fate, found, _) = take(&maria, &report(vec![odd]), &[]);
    assert_eq!(fate, [1, 0, 0, 0]);
    let said = text(&found[0]["text"]);
    assert!(said.len() <= 4_096 && said.starts_with("r\u{fffd}: Two lines \u{fffd} xxx"), "{said}");
    assert!(said.contains("… (line 1, t) [sarif "), "{said}");
    assert_eq!(found[0]["paths"][0], "src/a\\[id].tsx", "a file, and no pattern of files");
    assert_eq!(maria.coord(&["findings", "src/ai.tsx"]).ok().of_type("finding").len(), 0);
    let said = maria.say(&["find", "--sarif", "report.sarif"]).ok();
    assert!(!said.stdout.contains('\u{1b}') && !said.stdout.contains('\u{202e}'), "{said}");
    maria.write("report.sarif", &report(vec![result("../\u{1b}x", "Outside")]));
    let said = maria.say(&["find", "--sarif", "report.sarif"]).ok();
    assert!(!said.stdout.contains('\u{1b}'), "{said}");
}

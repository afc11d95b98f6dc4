use serde_json::Value;
use serde_json::json;

use crate::format::sarif::Sarif;
use crate::format::sarif::Scanned;
use crate::format::sarif::mark_of;
use crate::model::FindingKind;
use crate::model::Severity;

const ROOT: &str = "/srv/my repository";

fn read(run: &Value) -> Sarif {
    let log = json!({"version": "2.1.0", "runs": [run]});
    Sarif::read(log.to_string().as_bytes(), Some(ROOT)).unwrap()
}

/// Returns the only result of a run with this rule.
#[track_caller]
fn of_rule(rule: Value, result: Value) -> Scanned {
    let mut result = result;
    result["ruleIndex"] = json!(0);
    let tool = json!({"driver": {"name": "t", "rules": [rule], "globalMessageStrings": {"all": {"text": "For {0}"}}}});
    let mut report = read(&json!({"tool": tool, "results": [result]}));
    assert_eq!(report.results.len(), 1, "{:?}", report.left_out);
    report.results.remove(0)
}

fn said(scanned: &Scanned) -> &str {
    scanned.text.as_str().split_once(" (t) [sarif ").unwrap().0
}

#[test]
fn score_of_a_rule_outweighs_the_level() {
    for (score, expected) in [
        (json!("9.0"), Severity::Critical),
        (json!("10"), Severity::Critical),
        (json!("8.9"), Severity::High),
        (json!(7.0), Severity::High),
        (json!("6.9"), Severity::Medium),
        (json!("4.0"), Severity::Medium),
        (json!("3.9"), Severity::Low),
    ] {
        let rule = json!({"id": "r", "properties": {"security-severity": score}});
        let scanned = of_rule(rule, json!({"level": "error", "message": {"text": "x"}}));
        assert_eq!((scanned.severity, scanned.kind), (expected, FindingKind::Risk), "{score}");
    }
    // What is no number says nothing.
    let rule = json!({"id": "r", "properties": {"security-severity": "high"}});
    let scanned = of_rule(rule, json!({"level": "note", "message": {"text": "x"}}));
    assert_eq!((scanned.severity, scanned.kind), (Severity::Low, FindingKind::Bug));
}

#[test]
fn level_is_that_of_the_result_or_of_its_rule_or_a_warning() {
    let weighs = |rule: Value, level: Option<&str>| {
        let mut result = json!({"message": {"text": "x"}});
        if let Some(level) = level {
            result["level"] = json!(level);
        }
        of_rule(rule, result).severity
    };
    let configured = || json!({"id": "r", "defaultConfiguration": {"level": "error"}});
    assert_eq!(weighs(json!({"id": "r"}), None), Severity::Medium);
    assert_eq!(weighs(configured(), None), Severity::High);
    assert_eq!(weighs(configured(), Some("note")), Severity::Low);
    assert_eq!(weighs(configured(), Some("warning")), Severity::Medium);
}

#[test]
fn words_are_of_the_result_or_of_its_rule() {
    let rule = || {
        json!({
            "id": "r", "shortDescription": {"text": "In short"},
            "messageStrings": {"default": {"text": "{1} before {0}, {{0}} and {7}"}},
        })
    };
    for (message, expected) in [
        (json!({"text": "Itself", "id": "default"}), "r: Itself"),
        (json!({"id": "default", "arguments": ["a", "b"]}), "r: b before a, {0} and {7}"),
        (json!({"id": "all", "arguments": ["it"]}), "r: For it"),
        (json!({"id": "unknown"}), "r: In short"),
        (
            json!({"text": "See [the call](2) of [a page](https://example.org/) in [x]"}),
            "r: See the call of [a page](https://example.org/) in [x]",
        ),
        (json!({"text": "{0}", "arguments": ["{0}"]}), "r: {0}"),
    ] {
        let scanned = of_rule(rule(), json!({"message": message}));
        assert_eq!(said(&scanned), expected);
        assert_eq!(mark_of(scanned.text.as_str()), Some(scanned.mark.as_str()));
    }
}

#[test]
fn rule_is_found_by_its_place_or_by_its_id() {
    let rules = json!([{"id": "other"}, {"id": "r", "defaultConfiguration": {"level": "error"}}]);
    let tool = json!({"driver": {"name": "t", "rules": rules}});
    for result in [
        json!({"ruleIndex": 1}),
        json!({"ruleId": "r"}),
        json!({"ruleId": "r/case"}),
        json!({"rule": {"id": "r"}}),
        json!({"rule": {"index": 1}}),
        json!({"ruleId": "r", "ruleIndex": -1}),
    ] {
        let mut result = result;
        result["message"] = json!({"text": "x"});
        let report = read(&json!({"tool": tool, "results": [result]}));
        assert_eq!(report.results[0].severity, Severity::High, "{result}");
    }
    let report = read(&json!({"tool": tool, "results": [{"ruleId": "red", "message": {"text": "x"}}]}));
    assert_eq!(report.results[0].severity, Severity::Medium, "an id that only begins alike is of another rule");
}

#[test]
fn places_are_found_from_their_bases() {
    let bases = json!({
        "%SRCROOT%": {"uri": "file:///home/somebody/checkout/"},
        "HERE": {"uri": "file:///srv/my%20repository/crates/"},
        "SUB": {"uri": "sub/", "uriBaseId": "%SRCROOT%"},
        "DEEP": {"uri": "deep", "uriBaseId": "SUB"},
        "WORDS": {"description": {"text": "no uri"}},
        "ONE": {"uri": "x/", "uriBaseId": "OTHER"}, "OTHER": {"uri": "y/", "uriBaseId": "ONE"},
    });
    for (uri, base, expected) in [
        ("a.rs", "%SRCROOT%", Some("a.rs")),
        ("a.rs", "UNDEFINED", Some("a.rs")),
        ("a.rs", "WORDS", Some("a.rs")),
        ("a.rs", "HERE", Some("crates/a.rs")),
        ("a.rs", "SUB", Some("sub/a.rs")),
        ("a.rs", "DEEP", Some("sub/deep/a.rs")),
        ("../a.rs", "SUB", Some("a.rs")),
        ("../a.rs", "%SRCROOT%", None),
        ("a.rs", "ONE", None),
        ("file:///srv/my%20repository/a.rs", "SUB", Some("a.rs")),
        ("file:/srv/my%20repository/a.rs", "SUB", Some("a.rs")),
        ("file://localhost/srv/my%20repository/a.rs", "SUB", Some("a.rs")),
        ("file:///srv/my%20repository-2/a.rs", "SUB", None),
        ("file:///srv/my%20repository/../a.rs", "SUB", None),
        ("file:///srv/my%20repository", "SUB", None),
        ("file://elsewhere/srv/my%20repository/a.rs", "SUB", None),
        ("a.rs?x", "SUB", None),
        ("%E4.rs", "SUB", None),
        ("gr%C3%BCn/%25.rs", "SUB", Some("sub/grün/%.rs")),
    ] {
        let place = json!({"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": base}}});
        let result = json!({"message": {"text": "x"}, "locations": [place]});
        let run = json!({"tool": {"driver": {"name": "t"}}, "originalUriBaseIds": bases, "results": [result]});
        let found = read(&run).results.first().map(|scanned| scanned.paths[0].to_string());
        assert_eq!(found.as_deref(), expected, "{uri} from {base}");
    }
}

#[test]
fn file_of_a_visitor_without_a_work_tree_is_relative_only() {
    let log = |uri: &str| {
        let place = json!({"physicalLocation": {"artifactLocation": {"uri": uri}}});
        let result = json!({"message": {"text": "x"}, "locations": [place]});
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result]}]}).to_string()
    };
    let count = |uri: &str| Sarif::read(log(uri).as_bytes(), None).unwrap().results.len();
    assert_eq!((count("a.rs"), count("file:///a.rs")), (1, 0));
    let with_mark = format!("\u{feff}{}", log("a.rs"));
    assert_eq!(Sarif::read(with_mark.as_bytes(), None).unwrap().results.len(), 1);
}

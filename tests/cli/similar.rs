//! What reads like an intent: among live records, line by line, and among the lines of a file.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn told(object: &Value) -> Vec<(String, String, String)> {
    let similar = object["similar"].as_array().unwrap();
    similar.iter().map(|one| (text(&one["kind"]), text(&one["intent"]), text(&one["reason"]))).collect()
}

fn ask_lines(actor: &Actor, lines: &str) -> Ran {
    let mut command = actor.command("git-coord");
    command.args(["similar", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    Ran::waited_for("git-coord similar --stdin", child)
}

/// Each sort of records is compared by itself, and nothing is written.
#[test]
fn live_records_that_read_alike_are_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.coord(&["claim", "src/a.rs", "--intent", "Retry uploads that time out"]).ok();
    alice.coord(&["claim", "docs/", "--intent", "Explain releases"]).ok();
    alice
        .coord(&[
            "find",
            "uploads are not retried after a timeout",
            "--on",
            "src/a.rs",
            "--kind",
            "bug",
            "--severity",
            "high",
        ])
        .ok();
    let before = maria.git(&["rev-parse", "coord"]);
    let found = maria.coord(&["similar", "upload again when the connection times out"]).ok().json();
    assert_eq!((&found["type"], &found["v"]), (&json!("similar"), &json!(1)));
    assert!(text(&found["model"]).starts_with("gcsem-128@"), "{found}");
    let told = told(&found);
    assert_eq!(told[0], ("claim".into(), "Retry uploads that time out".into(), "similar meaning".into()), "{found}");
    assert!(told.iter().any(|(kind, ..)| kind == "finding"), "{found}");
    assert!(told.iter().all(|(_, intent, _)| intent != "Explain releases"), "{found}");
    let first = &found["similar"][0];
    assert_eq!(first["holder"], alice.id.as_str());
    assert!(text(&first["doing"]).starts_with("works on src/a.rs for "), "{first}");
    assert!(first["shared"].as_array().unwrap().is_empty() || first["likely"].is_boolean());
    assert_eq!(maria.git(&["rev-parse", "coord"]), before);
    let said = maria.say(&["similar", "Retry uploads that time out"]).ok().stdout;
    assert!(said.contains("same wording, likely the same work): claim c-"), "{said}");
    assert_eq!(maria.say(&["similar", "Water the plants"]).ok().stdout, "nothing reads like it.\n");
}

#[test]
fn lines_are_answered_one_by_one() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.agent("alice").coord(&["claim", "src/a.rs", "--intent", "Retry uploads that time out"]).ok();
    let lines: Vec<Value> = ask_lines(&maria, "retry uploads that time out\n\nWater the plants\n").ok().objects();
    assert_eq!(
        lines.iter().map(|line| text(&line["intent"])).collect::<Vec<_>>(),
        ["retry uploads that time out", "", "Water the plants"]
    );
    assert_eq!(lines.iter().map(|line| told(line).len()).collect::<Vec<_>>(), [1, 0, 0]);
    maria.say(&["similar"]).exits(2);
}

#[test]
fn lines_of_a_file_are_compared_instead() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.agent("alice").coord(&["claim", "src/a.rs", "--intent", "Retry uploads that time out"]).ok();
    maria.write("titles.txt", "Water the plants\n\nupload again after a timeout\n");
    let found = maria.coord(&["similar", "Retry uploads that time out", "--against", "titles.txt"]).ok().json();
    assert_eq!(told(&found), [("title".into(), "upload again after a timeout".into(), "similar meaning".into())]);
    assert_eq!((&found["similar"][0]["id"], &found["similar"][0]["holder"]), (&json!("3"), &Value::Null));
    maria.coord(&["similar", "Retry", "--against", "nowhere.txt"]).fails(2, "usage.not-found");
}

/// What is kept of texts is disposable: gone or torn, it is computed anew.
#[test]
fn what_is_kept_of_texts_is_disposable() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    for number in 0..20 {
        alice
            .coord(&["find", &format!("the parser fails in case {number}"), "--on", "src/a.rs", "--severity", "low"])
            .ok();
    }
    let ask = || maria.coord(&["similar", "case 7 of the parser fails"]).ok().json()["similar"].clone();
    let found = ask();
    let kept = sandbox.root.join("work/.git/coord/meanings");
    let bytes = std::fs::read(&kept).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("the parser"), "it holds no texts");
    assert_eq!(ask(), found);
    for torn in [Vec::new(), bytes[..bytes.len() / 2].to_vec(), b"git-coord meanings 1 another\n".to_vec()] {
        std::fs::write(&kept, &torn).unwrap();
        assert_eq!(ask(), found);
    }
    std::fs::remove_file(&kept).unwrap();
    assert_eq!(ask(), found);
    // Nor does anything fail where it can be neither read nor kept.
    std::fs::remove_file(&kept).unwrap();
    std::fs::create_dir_all(kept.join("in/the/way")).unwrap();
    assert_eq!(ask(), found);
    alice.coord(&["claim", "docs/", "--intent", "case 7 of the parser fails"]).ok();
}

fn similar(object: &Value) -> Vec<(String, String, Value)> {
    let all = object["similar"].as_array().unwrap_or_else(|| panic!("{object}"));
    all.iter().map(|one| (text(&one["id"]), text(&one["reason"]), one["shared_paths"].clone())).collect()
}

/// What is about the same paths is told by that alone, whatever its words; and what reads alike by its words.
#[test]
fn requests_and_findings_tell_what_is_like_them() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let note = |actor: &Actor, words: &str, path: &str| actor.coord(&["find", words, "--on", path]).ok().json();
    let id = |object: &Value| text(&object["id"]);
    let first = note(&alice, "Uploads are not retried after a timeout", "src/a.rs");
    let second = note(&bob, "The license header is missing", "docs/");
    let third = note(&bob, "Nothing uploads again when the connection times out", "docs/guide.md");
    assert_eq!(
        similar(&third),
        [(id(&first), "similar meaning".into(), json!([])), (id(&second), "shared paths".into(), json!(["docs/"])),],
        "{third}"
    );
    let claim = alice.coord(&["claim", "src/", "--intent", "Tidy up imports"]).ok().json();
    bob.git(&["checkout", "-q", "-b", "topic"]);
    bob.write("lib/new.rs", "fn new() {}\n");
    bob.commit("Add a lexer for numbers");
    let opened = bob.coord(&["request", "--into", "main"]).ok().json();
    assert_eq!(similar(&opened), []);
    maria.git(&["checkout", "-q", "-b", "other", "main"]);
    maria.write("lib/new.rs", "fn other() {}\n");
    maria.write("src/new.rs", "fn b() {}\n");
    maria.git(&["add", "-A"]);
    maria.git(&["commit", "-q", "--no-verify", "-m", "Water the plants"]);
    let asked = maria.coord(&["request", "other", "--into", "main"]).ok();
    assert_eq!(
        similar(&asked.json()),
        [
            (id(&opened), "shared paths".into(), json!(["lib/new.rs"])),
            (id(&claim), "shared paths".into(), json!(["src/"])),
        ],
        "{asked}"
    );
    let said = maria.say(&["find", "Too many plants", "--on", "src/a.rs"]).ok().stderr;
    assert!(said.contains("similar (shared paths: src/a.rs): finding f-"), "{said}");
}

/// Who shares ground, or waits for it, is told by that.
#[test]
fn claims_on_the_same_paths_are_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let held = alice.coord(&["claim", "src/", "--shared", "--intent", "Tidy up imports"]).ok().json();
    let beside = bob.coord(&["claim", "src/a.rs", "docs/", "--shared", "--intent", "Water the plants"]).ok().json();
    assert_eq!(similar(&beside), [(text(&held["id"]), "shared paths".into(), json!(["src/"]))]);
    assert_eq!((&beside["similar"][0]["likely"], &beside["similar"][0]["shared"]), (&json!(false), &json!([])));
}

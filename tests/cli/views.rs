//! What programs read and what people see: the fields are there, and a default view fits one screen and says what it leaves out.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const SCREEN_BYTES: usize = 2048;

#[track_caller]
fn assert_fields(object: &Value, kind: &str, fields: &str) {
    assert_eq!((object["type"].as_str(), object["v"].as_u64()), (Some(kind), Some(1)), "{object}");
    for field in fields.split_whitespace() {
        assert!(object.get(field).is_some(), "`{kind}` has no `{field}`: {object}");
    }
}

const CLAIM: &str = "id holder intent paths resources mode state token granted expires guarantee similar in_flight";
const PRINCIPAL: &str = "id kind role vendor operator fingerprint status";
const VERDICT: &str = "allow ref old new height policy rules";

#[test]
fn every_answer_has_its_fields() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.repository("work");
    let init = somebody.coord(&["init", "--name", "maria"]).ok().json();
    assert_fields(&init, "init", "principal pin ledger height");
    let maria = Actor { id: text(&init["principal"]), ..somebody };
    let enrolled = maria.coord(&["enroll", "alice", "--role", "builder", "--vendor", "v"]).ok().json();
    assert_fields(&enrolled, "principal", PRINCIPAL);
    maria.git(&["worktree", "add", "-q", "-b", "alice", "../alice"]);
    let alice = Actor { id: text(&enrolled["id"]), ..maria.at("../alice") };
    assert_fields(&alice.coord(&["join", &alice.id]).ok().json(), "principal", PRINCIPAL);
    assert_fields(&alice.coord(&["whoami"]).ok().json(), "principal", PRINCIPAL);
    for principal in maria.coord(&["principals"]).ok().objects() {
        assert_fields(&principal, "principal", PRINCIPAL);
    }
    let claim = alice.claim(&["src/"]);
    assert_fields(&claim, "claim", CLAIM);
    assert_fields(&alice.coord(&["renew", "--ttl", "1h"]).ok().json(), "claim", CLAIM);
    assert_fields(&alice.coord(&["check", "src/"]).ok().json(), "check", "may held_by_others");
    let finding = alice.coord(&["find", "x", "--on", "src/"]).ok().json();
    assert_fields(&finding, "finding", "id author kind severity text paths state");
    assert_fields(&maria.coord(&["findings"]).ok().json(), "finding", "id author kind severity text paths state");
    assert_fields(&maria.coord(&["resolve", &text(&finding["id"])]).ok().json(), "done", "id height");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let head = alice.commit("Change a");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    assert_fields(&request, "request", "id opener ref base head delta state");
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    let answered = |verb: &str| maria.coord(&[verb, &id, "--delta", &delta, "--reason", "Because"]).ok().json();
    for verb in ["reject", "approve"] {
        assert_fields(&answered(verb), "approval", "request principal verdict delta state");
    }
    assert_fields(&maria.coord(&["withdraw", &id]).ok().json(), "done", "id height");
    assert_fields(&answered("veto"), "approval", "request principal verdict delta state");
    maria.coord(&["withdraw", &id]).ok();
    let blocked = maria.coord(&["gate", "explain", &id]).exits(1).json();
    assert_fields(&blocked, "verdict", VERDICT);
    for rule in blocked["rules"].as_array().unwrap() {
        assert!("rule ok code needed found next".split(' ').all(|field| rule.get(field).is_some()), "{rule}");
    }
    answered("approve");
    let verdict = maria.coord(&["gate", "--ref", "main", "--base", "main", "--head", &head]).ok().json();
    assert_fields(&verdict, "verdict", VERDICT);
    assert_eq!((&verdict["allow"], &verdict["new"]), (&true.into(), &head.as_str().into()));
    let landed = maria.coord(&["land", &id]).ok().objects();
    assert!(landed.iter().any(|object| object["type"] == "verdict"), "{landed:?}");
    assert_fields(&alice.coord(&["release", &text(&claim["id"])]).ok().json(), "done", "id height");
    let status = maria.coord(&["status"]).ok().json();
    assert_fields(&status, "head", "commit height guarantee age_s void");
    let verified = maria.coord(&["verify"]).ok().json();
    assert_fields(&verified, "verified", "head height pin entries void cached");
    assert_eq!((&verified["pin"], &verified["head"]), (&init["pin"], &status["commit"]));
    for entry in maria.coord(&["log"]).ok().objects() {
        assert_fields(&entry, "entry", "height commit payload signer t changes void");
        for change in entry["changes"].as_array().unwrap() {
            assert!("op record id".split(' ').all(|field| change.get(field).is_some()), "{change}");
        }
    }
    assert_fields(&maria.coord(&["hooks", "install"]).ok().json(), "hooks", "installed kept hub_key");
    let audit = maria.coord(&["audit"]).ok().objects();
    assert_fields(&audit[0], "audit", "entries landings void problems");
    assert_eq!((audit.len(), &audit[0]["landings"]), (1, &1.into()), "no problems");
    let line = maria.coord(&["audit", "src/a.rs:1"]).ok().json();
    assert_fields(&line, "line", "path line text commit author claims landing");
    assert_eq!((&line["author"], &line["commit"]), (&alice.id.as_str().into(), &head.as_str().into()));
    assert_eq!(line["claims"][0]["id"], claim["id"]);
    assert_eq!(line["landing"]["approvals"][0]["principal"], maria.id.as_str());
    let story = maria.coord(&["show", &text(&claim["id"])]).ok().json();
    assert_fields(&story, "record", "id text entries");
    assert_eq!(story["entries"].as_array().unwrap().len(), 3, "granted, renewed, released");
    assert!(story["text"].is_null(), "it is not there any more");
    for look in maria.coord(&["doctor"]).objects() {
        assert_fields(&look, "doctor", "subject health message mend");
    }
    for unknown in ["c-zzzzzzzz", "nonsense"] {
        maria.coord(&["show", unknown]).exits(2);
    }
    maria.coord(&["audit", "src/a.rs:99"]).fails(2, "usage.not-found");
}

#[test]
fn default_views_fit_one_screen_and_say_what_they_leave_out() {
    const COUNT: usize = 200;
    let sandbox = Sandbox::new();
    let roomy = |policy: &str| policy.replace("per-principal = 20", "per-principal = 2000");
    let maria = sandbox.repository("work").begin_under(roomy);
    for number in 0..COUNT {
        let file = format!(".coord/claims/c-{}.toml", 22_200_000 + number);
        maria.write(&file, &super::raw::claim_text(&maria.id, &format!("some/rather/long/path/to/file-{number}.rs")));
        if number % 60 == 0 {
            maria.write(".coord/junk.txt", &number.to_string());
        }
    }
    std::fs::remove_file(maria.directory.join(".coord/junk.txt")).unwrap();
    maria.raw_commit("Claim much").ok();
    for number in 0..30 {
        maria.coord(&["find", &format!("A finding with the number {number}"), "--on", "src/"]).ok();
    }
    for arguments in [
        &["status"][..],
        &["log"],
        &["findings"],
        &["inbox"],
        &["brief"],
        &["check", "some/"],
        &["verify"],
        &["audit"],
        &["doctor"],
    ] {
        let ran = maria.say(arguments);
        assert!(ran.code <= 3, "{ran}");
        assert!(ran.stdout.len() <= SCREEN_BYTES, "{} bytes: {ran}", ran.stdout.len());
    }
    let status = maria.say(&["status"]).ok().stdout;
    let shown = status.lines().filter(|line| line.starts_with("c-")).count();
    let told = format!("{} more claims", COUNT - shown);
    assert!(shown > 0 && status.contains(&told) && status.contains("--all"), "{status}");
    let all = maria.say(&["status", "--all"]).ok().stdout;
    assert_eq!(all.lines().filter(|line| line.starts_with("c-")).count(), COUNT);
    assert_eq!(maria.coord(&["status"]).ok().of_type("claim").len(), COUNT, "programs get everything");
    let part = maria.say(&["status", "some/rather/long/path/to/file-7.rs"]).ok().stdout;
    assert_eq!(part.lines().filter(|line| line.starts_with("c-")).count(), 1, "{part}");
    let log = maria.coord(&["log", "-n", "100"]).ok().objects();
    let changes = |entry: &Value| entry["changes"].as_array().unwrap().len();
    assert!(log.iter().any(|entry| changes(entry) == COUNT && entry["left_out"] == 0));
}

#[test]
fn usage_errors_are_exit_2_and_help_is_exit_0() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    for bad in [&["nonsense"][..], &["claim"], &["claim", "x"], &["log", "-n", "many"], &["--nonsense"], &[]] {
        let ran = maria.say(bad);
        assert!(ran.code == 2 && ran.stdout.is_empty() && !ran.stderr.is_empty(), "{ran}");
    }
    for good in [&["--help"][..], &["--version"], &["claim", "--help"], &["help-not-needed", "--help"]] {
        let ran = maria.say(good);
        assert!(
            if good[0].starts_with("help") { ran.code == 2 } else { ran.code == 0 && ran.stderr.is_empty() },
            "{ran}"
        );
    }
    maria.git(&["config", "alias.co-x", "checkout"]);
    let by_git = maria.try_git(&["coord", "whoami"]).ok();
    assert!(by_git.stdout.contains(&maria.id), "git finds it as one of its own");
}

#[test]
fn usage_errors_are_objects_for_programs() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    for bad in
        [&["nonsense"][..], &["claim"], &["claim", "x"], &["log", "-n", "many"], &["--nonsense"], &["check"], &[]]
    {
        let ran = maria.coord(bad);
        let error = ran.fails(2, "usage.argument");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
        assert!(!error["message"].as_str().unwrap().is_empty() && !error["hints"].as_array().unwrap().is_empty());
    }
    let claim = maria.coord(&["claim", "x"]).fails(2, "usage.argument");
    assert_eq!(claim["message"], "the following required arguments were not provided: --intent <INTENT>");
    // It stands behind the verb as well; behind `--` it is a word like any other.
    maria.say(&["claim", "x", "--json"]).fails(2, "usage.argument");
    assert!(maria.say(&["claim", "--", "--json"]).exits(2).stderr.starts_with("error: the following"));
    assert!(maria.coord(&["claim", "--help"]).ok().stdout.contains("Usage: git coord claim"), "help is an answer");
}

#[test]
fn quiet_leaves_out_remarks_only() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.claim(&["src/"]);
    let (loud, quiet) =
        (alice.say(&["claim", "src/", "--intent", "x"]), alice.say(&["-q", "claim", "src/", "--intent", "x"]));
    assert!(loud.stderr.contains("hint: ") && !quiet.stderr.contains("hint: "), "{quiet}");
    assert!(quiet.stderr.contains("(claim.held)"), "{quiet}");
    assert_eq!((loud.code, quiet.code), (3, 3));
}

/// Where the time goes is told to whoever asks, beside the answer, which stays the same.
#[test]
fn phases_are_told_to_whoever_asks() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let plain = maria.coord(&["check", "src/a.rs"]).ok();
    assert!(!plain.stderr.contains("time.busy"), "{plain}");
    let with = |value: &str| maria.clone().with_env("GIT_COORD_TRACE", value).coord(&["check", "src/a.rs"]).ok();
    let told = with("1");
    assert_eq!(told.stdout, plain.stdout);
    for phase in ["command: close", "command:open the repository: close", "command:print: close"] {
        assert!(told.stderr.contains(phase), "{phase}: {told}");
    }
    assert!(!with("0").stderr.contains("time.busy"));
}

/// Git looks for a manual page when it sees `git coord --help`, so every word about help leads elsewhere.
#[test]
fn help_is_found_under_git_too() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.somebody(&sandbox.root);
    let ask = |arguments: &[&str]| somebody.try_git(&[&["coord"], arguments].concat());
    let long = somebody.say(&["--help"]).ok().stdout;
    assert_eq!(ask(&["help"]).ok().stdout, long);
    assert_eq!(ask(&["help", "claim"]).ok().stdout, ask(&["claim", "--help"]).ok().stdout);
    let short = ask(&["-h"]).ok().stdout;
    assert!(short.contains("'git coord help'") && !short.contains("'--help'"), "{short}");
    for wrong in [&["bogus"][..], &["claim"], &["policy", "bogus"]] {
        let said = ask(wrong).exits(2).stderr.clone();
        assert!(said.contains("try '-h'") && !said.contains("'--help'"), "{said}");
        // The words are true: what they name answers.
        let named = wrong.iter().filter(|word| **word != "bogus").chain(&["-h"]).copied().collect::<Vec<_>>();
        assert!(ask(&named).ok().stdout.contains("Usage: git coord"));
    }
}

/// A height is how many entries came before one, wherever it is told: genesis has 0.
#[test]
fn every_answer_counts_heights_alike() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.repository("work");
    let init = somebody.coord(&["init", "--name", "maria", "--template", "team"]).ok().json();
    assert_eq!(init["height"], 0);
    let maria = Actor { id: text(&init["principal"]), ..somebody };
    let expect = |height: u64| {
        for command in [&["log", "-n", "1"][..], &["status"], &["sync"], &["verify"], &["verify", "--full"]] {
            assert_eq!(maria.coord(command).ok().json()["height"], height, "{command:?}");
        }
        assert!(maria.say(&["status"]).ok().stdout.contains(&format!("ledger at height {height} (")));
        assert!(maria.say(&["sync"]).ok().stdout.contains(&format!("at height {height};")));
        assert!(maria.say(&["doctor"]).stdout.contains(&format!("height {height}, 0 void")));
    };
    expect(0);
    let adopted = maria.coord(&["land", "--adopt", "main"]).ok().json();
    assert_eq!(adopted["height"], 1);
    expect(1);
    let claim = maria.claim(&["src/"]);
    assert_eq!(claim["token"], 2);
    expect(2);
    maria.git(&["checkout", "-q", "-b", "topic"]);
    maria.write("src/a.rs", "fn a() { 1 }\n");
    maria.commit("Change a");
    let asked = maria.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    expect(3);
    let verdict = maria.coord(&["gate", "explain", &text(&asked["id"])]).exits(1);
    assert_eq!(verdict.json()["height"], 3);
    let cost = maria.coord(&["policy", "explain", &text(&asked["id"])]).ok();
    assert_eq!(cost.json()["height"], 3);
    let found = maria.coord(&["find", "Odd", "--on", "docs/"]).ok().json();
    let withdrawn = maria.coord(&["dismiss", &text(&found["id"])]).ok().json();
    assert_eq!(withdrawn["height"], 5);
    expect(5);
}

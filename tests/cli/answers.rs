//! Answers to requests: given once, given again, given anew.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Opens a request of alice; returns its id and delta.
fn asked(alice: &Actor) -> (String, String) {
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main", "--force"]).ok().json();
    (text(&request["id"]), text(&request["delta"]))
}

#[test]
fn same_answer_again_succeeds_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (id, delta) = asked(&maria.agent("alice"));
    let approve = ["approve", &id, "--delta", &delta];
    let first = maria.coord(&[&approve[..], &["--reason", "Read it"]].concat()).ok().json();
    let head = maria.head();
    for more in [&[][..], &["--reason", "Read it"]] {
        assert_eq!(maria.coord(&[&approve[..], more].concat()).ok().json(), first);
    }
    let said = maria.say(&approve).ok();
    assert!(said.stdout.starts_with("already approved"), "{said}");
    assert_eq!(maria.head(), head, "nothing is written");
    // Anything else to say is an answer of its own.
    maria.coord(&[&approve[..], &["--reason", "Read it twice"]].concat()).ok();
    assert_ne!(maria.head(), head);
    let said = maria.say(&["reject", &id, "--delta", &delta]).ok();
    assert!(said.stdout.starts_with("rejected"), "{said}");
}

#[test]
fn same_answer_to_an_updated_request_is_given_anew() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (id, delta) = asked(&alice);
    maria.coord(&["approve", &id, "--delta", &delta]).ok();
    alice.coord(&["request", "HEAD", "--update", &id, "--summary", "More words"]).ok();
    let head = maria.head();
    maria.coord(&["approve", &id, "--delta", &format!("sha256:{}", "0".repeat(64))]).fails(1, "approval.delta");
    let said = maria.say(&["approve", &id, "--delta", &delta]).ok();
    assert!(said.stdout.starts_with("approved"), "{said}");
    assert_ne!(maria.head(), head);
}

/// What has expired does not count any more, whoever says that it was said already.
#[test]
fn expired_approval_is_given_anew() {
    let sandbox = Sandbox::new();
    let short = |policy: &str| policy.replacen("count ", "max-age = \"1s\"\ncount ", 1);
    let maria = sandbox.repository("work").begin_under(short);
    let (id, delta) = asked(&maria.agent("alice"));
    let approve = ["approve", &id, "--delta", &delta];
    let given = maria.say(&approve).ok();
    let anew = crate::support::sandbox::wait_for("an expired approval", || {
        let said = maria.say(&approve).ok().stdout;
        said.starts_with("approved").then_some(said)
    });
    assert_eq!(anew, given.stdout);
}

/// What runs by itself needs a human, whichever roles the rules ask: nobody tells that human that the word would not count.
#[test]
fn human_whom_no_rule_asks_approves_what_runs_by_itself() {
    let sandbox = Sandbox::new();
    let only_reviewers = |policy: &str| policy.replacen("[\"reviewer\", \"maintainer\"]", "[\"reviewer\"]", 1);
    let maria = sandbox.repository("work").begin_under(only_reviewers);
    maria.coord(&["land", "--adopt", "main"]).ok();
    let rita = maria.enroll("rita", &["--role", "reviewer", "--vendor", "openai"]);
    let alice = maria.agent("alice");
    let (id, delta) = asked(&alice);
    maria.coord(&["approve", &id, "--delta", &delta]).fails(1, "approval.threshold");
    alice.write(".github/workflows/a.yml", "on: push\n");
    alice.commit("Add a workflow");
    let request = alice.coord(&["request", "HEAD", "--into", "main", "--update", &id]).ok().json();
    let delta = text(&request["delta"]);
    rita.coord(&["approve", &id, "--delta", &delta]).ok();
    let verdict = alice.coord(&["gate", "explain", &id]).exits(1).stdout;
    assert!(verdict.contains("lane.sensitive"), "{verdict}");
    maria.coord(&["approve", &id, "--delta", &delta]).ok();
    alice.coord(&["gate", "explain", &id]).ok();
}

/// A debt that no rule of the policy asks anybody to review is somebody's all the same, and told to whoever could.
#[test]
fn what_broke_the_glass_where_nobody_approves_waits_for_another_operator() {
    let sandbox = Sandbox::new();
    let no_approvals = |policy: &str| {
        let (above, _) = policy.split_once("  [[protect.approvals]]").unwrap();
        above.replacen("\"land\"]", "\"land\", \"break-glass\"]", 1)
    };
    let maria = sandbox.repository("work").begin_under(no_approvals);
    maria.coord(&["land", "--adopt", "main"]).ok();
    let other = ["--kind", "human", "--role", "maintainer", "--operator", "sven"];
    let sven = maria.enroll("sven", &other);
    let twin = maria.enroll("twin", &other);
    sven.write("src/a.rs", "fn a() { 1 }\n");
    sven.commit("Change a");
    let request = sven.coord(&["request", "HEAD", "--into", "main", "--break-glass", "It is down"]).ok().json();
    sven.coord(&["land", &text(&request["id"])]).ok();
    assert_eq!(maria.coord(&["inbox"]).ok().json()["kind"], "glass");
    for involved in [&sven, &twin] {
        assert_eq!(involved.coord(&["inbox"]).ok().objects(), Vec::<serde_json::Value>::new());
    }
    let glass = || sven.coord(&["audit", "src/a.rs:1"]).ok().json()["landing"]["glass"].clone();
    let unreviewed = serde_json::json!({"reason": "It is down", "reviewed": false, "by": []});
    assert_eq!(glass(), unreviewed);
    maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    assert_eq!(maria.coord(&["inbox"]).ok().objects(), Vec::<serde_json::Value>::new());
    assert_eq!((&glass()["reviewed"], &glass()["by"]), (&true.into(), &serde_json::json!([maria.id])));
    let told = sven.say(&["audit", "src/a.rs:1"]).ok().stdout;
    assert!(told.contains("glass broken: \"It is down\"") && told.contains("reviewed by maria"), "{told}");
}

/// APP-18, with legal twin: a stamp too many is told as what it is, and not as valid; saying it again at once writes nothing,
/// because that would not count either.
#[test]
fn approval_that_does_not_count_is_not_told_as_valid() {
    let sandbox = Sandbox::new();
    let hurried = |policy: &str| policy.replacen("count ", "max-per-hour = 1\ncount ", 1);
    let maria = sandbox.repository("work").begin_under(hurried);
    let [first, second] = ["alice", "bob"].map(|name| asked(&maria.agent(name)));
    let approve = |(id, delta): &(String, String)| maria.coord(&["approve", id, "--delta", delta]).ok().json();
    let said = approve(&first);
    assert_eq!((&said["state"], &said["why"]), (&"valid".into(), &serde_json::Value::Null));
    let said = approve(&second);
    assert_eq!((&said["state"], &said["why"]), (&"not-counted".into(), &"had approved 2 within an hour".into()));
    let ledger = maria.head();
    assert_eq!((approve(&first)["state"].clone(), approve(&second)), ("valid".into(), said));
    let told = maria.say(&["approve", &second.0, "--delta", &second.1]).ok().stdout;
    assert!(told.starts_with("already approved") && told.contains("does not count"), "{told}");
    assert!(told.contains("had approved 2 within an hour (approval.rate)"), "{told}");
    assert_eq!(maria.head(), ledger, "nothing is written");
}

/// S27, with legal twin: what has expired by the rule of a mission that nobody named is given anew, and what has not is not.
#[test]
fn approval_that_expired_for_a_mission_is_given_anew() {
    for (age, is_anew) in [("1s", true), ("1h", false)] {
        let sandbox = Sandbox::new();
        let of_mission = format!(
            "\n[[missions.pay.protect]]\nname = \"pay\"\nrefs = [\"refs/heads/main\"]\n\n  \
             [[missions.pay.protect.approvals]]\n  count = 1\n  from = [\"maintainer\"]\n  max-age = \"{age}\"\n"
        );
        let maria = sandbox.repository("work").begin_under(|policy| policy.to_owned() + &of_mission);
        let (id, delta) = asked(&maria.agent("alice"));
        let bob = maria.agent("bob");
        bob.coord(&["claim", "--mission", "pay", "--intent", "Work here", "src/a.rs"]).ok();
        let approve = ["approve", &id, "--delta", &delta];
        maria.coord(&approve).ok();
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        assert_eq!(maria.say(&approve).ok().stdout.starts_with("approved"), is_anew);
    }
}

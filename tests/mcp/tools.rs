//! Each tool does what the command of its name does, and fails as that fails.

use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// From a claim to a landing, by tools alone; beside each step that is refused stands the nearest one that is not.
#[test]
fn work_goes_from_claim_to_landing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    let (mut root, mut builder) = (Client::of(&maria), Client::of(&alice));

    let claim = builder.call("claim", json!({"paths": ["src/a.rs", "docs/"], "intent": "Change a", "ttl": "1h"}));
    assert_eq!((&claim["type"], &claim["state"]), (&json!("claim"), &json!("held")));
    let error = root.refused("claim", json!({"paths": ["src/a.rs"], "intent": "Mine"}), "claim.held");
    assert_eq!(error["holders"][0]["holder"], json!(alice.id), "{error}");
    root.call("claim", json!({"paths": ["src/b.rs"], "intent": "Mine"}));
    assert_eq!(root.call("check", json!({"paths": ["src/a.rs"]}))["may"], false);
    assert_eq!(builder.call("check", json!({"paths": "src/a.rs"}))["may"], true);
    assert_eq!(builder.call("renew", json!({"ttl": "2h"}))["extended"], true);
    builder.refused("renew", json!({"claims": ["README.md"]}), "usage.not-found");

    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = builder.call("request", json!({"into": "main", "summary": "It was wrong"}));
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    let waiting = root.call("inbox", json!({}));
    assert_eq!(waiting["id"], json!(id), "{waiting}");
    assert!(text(&root.call("show", json!({"id": id}))["text"]).contains(&delta));
    let blocked = root.try_call("land", json!({"request": id}));
    assert_eq!(
        (&blocked["isError"], &blocked["structuredContent"]["objects"][0]["allow"]),
        (&json!(true), &json!(false))
    );
    assert!(text(&blocked["content"][0]["text"]).contains("(approval.threshold)"), "{blocked}");
    root.call("approve", json!({"request": id, "delta": delta, "reason": "Read it"}));
    let landed = root.call("land", json!({"request": id}));
    assert_eq!(landed["allow"], true, "{landed}");
    assert_eq!(maria.git(&["rev-parse", "main"]), alice.git(&["rev-parse", "HEAD"]));

    builder.refused("release", json!({}), "usage.argument");
    builder.call("release", json!({"all": true, "note": "Landed"}));
    assert!(root.try_call("status", json!({}))["content"][0]["text"].as_str().unwrap().contains("Mine"));
}

/// REACT-4: nobody approves whatever is latest; the delta is part of the call.
#[test]
fn answer_without_the_delta_is_refused_and_one_for_another_change() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let mut builder = Client::of(&alice);
    let first = builder.call("request", json!({"into": "main"}));
    let id = text(&first["id"]);
    alice.write("src/a.rs", "fn a() { 2 }\n");
    alice.commit("Change a again");
    let second = builder.call("request", json!({"update": id}));
    let mut root = Client::of(&maria);
    for tool in ["approve", "reject"] {
        root.refused(tool, json!({"request": id}), "usage.argument");
        root.refused(tool, json!({"request": id, "delta": null}), "usage.argument");
        root.refused(tool, json!({"request": id, "delta": ""}), "usage.argument");
        root.refused(tool, json!({"request": id, "delta": "latest"}), "usage.argument");
        root.refused(tool, json!({"request": id, "delta": first["delta"]}), "approval.delta");
    }
    root.call("reject", json!({"request": id, "delta": second["delta"], "reason": "Not so"}));
    root.call("approve", json!({"request": id, "delta": second["delta"]}));
}

#[test]
fn findings_are_left_and_dealt_with() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut client = Client::of(&maria);
    let found =
        client.call("find", json!({"text": "--loud", "paths": ["src/a.rs"], "kind": "bug", "severity": "high"}));
    assert_eq!((&found["text"], &found["kind"]), (&json!("--loud"), &json!("bug")));
    client.refused("find", json!({"text": "Of nothing"}), "usage.argument");
    let alike = client.call("similar", json!({"intent": "--loud"}));
    assert_eq!(alike["similar"][0]["id"], found["id"], "{alike}");
    client.call("resolve", json!({"finding": found["id"]}));
    client.refused("resolve", json!({"finding": "f-00000000"}), "usage.not-found");
    client.refused("show", json!({"id": "f-00000000"}), "usage.not-found");
}

#[test]
fn brief_tells_what_binds_however_small_its_measure() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = text(&maria.claim(&["src/a.rs"])["id"]);
    let mut client = Client::of(&alice);
    let result = client.try_call("brief", json!({"paths": ["src/a.rs"], "budget": 1}));
    assert!(text(&result["content"][0]["text"]).contains(&claim), "{result}");
    let said = alice.coord(&["brief", "src/a.rs", "--budget", "1"]).ok().objects();
    let told = result["structuredContent"]["objects"].as_array().unwrap();
    assert_eq!((told.len(), &told[0]["type"]), (said.len(), &said[0]["type"]));
    client.refused("brief", json!({"budget": "much"}), "usage.argument");
}

#[test]
fn questions_are_settled_once() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let mut root = Client::of(&maria);
    let asked = json!({"question": "Tabs or spaces?", "answer": "Spaces", "paths": ["src/"]});
    let settled = root.call("decide", asked.clone());
    let mut builder = Client::of(&alice);
    assert_eq!(builder.call("decisions", json!({"paths": ["src/a.rs"]}))["id"], settled["id"]);
    builder.refused("decide", json!({"question": "Tabs?", "answer": "Tabs", "paths": ["src/"]}), "record.right");
    let listed = builder.ask("resources/list", json!({}))["result"]["resources"].clone();
    assert_eq!(listed[0]["uri"], json!(format!("coord://decision/{}", text(&settled["id"]))), "{listed}");
}

/// Arguments are values, whatever they look like; nothing that is not offered can be reached.
#[test]
fn argument_is_never_taken_for_an_option_or_another_command() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let mut client = Client::of(&alice);
    let claim = client.call("claim", json!({"paths": ["--as", "-C", "src/--all"], "intent": "--takeover"}));
    assert_eq!((&claim["holder"], &claim["intent"]), (&json!(alice.id), &json!("--takeover")));
    assert_eq!(claim["paths"].as_array().unwrap()[0], "--as");
    // `check attest` and `request action` are commands of their own, and no tools.
    assert_eq!(client.call("check", json!({"paths": ["attest"]}))["type"], "check");
    client.refused("request", json!({"branch": "action"}), "usage.not-found");
    client.refused("claim", json!({"paths": ["a"], "intent": "x", "offline": true}), "usage.argument");
    client.refused("claim", json!({"paths": ["../outside"], "intent": "x"}), "usage.argument");
}

/// Each call sees what others have done since the last one, and who acts is asked anew.
#[test]
fn call_sees_the_ledger_as_it_is_now() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.repository("work");
    let mut client = Client::of(&somebody);
    client.refused("status", json!({}), "ledger.none");
    let maria = somebody.begin(&[]);
    assert_eq!(client.call("status", json!({}))["height"], 0);
    maria.claim(&["src/a.rs"]);
    assert_eq!(client.call("status", json!({}))["height"], 1);
    assert_eq!(client.call("claim", json!({"paths": ["src/b.rs"], "intent": "x"}))["holder"], json!(maria.id));
}

/// `--as` and `-C` are said once, where the server is started.
#[test]
fn server_acts_where_and_as_whom_it_was_started() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let elsewhere = sandbox.somebody(&sandbox.root);
    let mut client = Client::start_with(&elsewhere, &["-C", alice.directory.to_str().unwrap(), "--as", &alice.id]);
    client.initialize("2025-11-25");
    assert_eq!(client.call("claim", json!({"paths": ["src/a.rs"], "intent": "x"}))["holder"], json!(alice.id));
}

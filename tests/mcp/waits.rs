//! Waiting for what somebody else holds: told of, ended, won.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

/// Begins to wait for a path, and returns once the wait is told of.
#[track_caller]
fn wait(client: &mut Client, path: &str) -> i64 {
    let arguments = json!({"paths": [path], "intent": "Work here", "wait": "10m"});
    let params = json!({"name": "claim", "arguments": arguments, "_meta": {"progressToken": "tok"}});
    let id = client.begin("tools/call", params);
    let heard = client.hear();
    assert_eq!(
        (&heard["method"], &heard["params"]["progressToken"]),
        (&json!("notifications/progress"), &json!("tok"))
    );
    id
}

fn states(actor: &Actor) -> Vec<(String, String)> {
    let claims = actor.coord(&["status"]).ok().of_type("claim");
    claims.iter().map(|claim| (text(&claim["holder"]), text(&claim["state"]))).collect()
}

#[test]
fn whoever_waits_is_told_and_gets_what_is_given_back() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = text(&maria.claim(&["src/a.rs"])["id"]);
    let mut client = Client::of(&alice);
    let id = wait(&mut client, "src/a.rs");
    let second = client.hear();
    assert_eq!(second["method"], "notifications/progress");
    assert!(second["params"]["progress"].as_f64().unwrap() >= 1.0, "it comes each second: {second}");
    assert!(text(&second["params"]["message"]).starts_with("in the queue for "), "{second}");
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}), "others are answered meanwhile");
    assert_eq!(client.call("check", json!({"paths": ["src/b.rs"]}))["may"], true);
    maria.coord(&["release", &claim]).ok();
    let result = client.answer(id)["result"].clone();
    assert_eq!(
        (&result["isError"], &result["structuredContent"]["objects"][0]["state"]),
        (&json!(false), &json!("held"))
    );
    let told: Vec<_> = client.aside.iter().filter_map(|heard| heard["params"]["progress"].as_f64()).collect();
    assert!(told.is_sorted(), "{told:?}");
}

#[test]
fn wait_that_is_cancelled_ends_without_an_answer_and_keeps_the_place() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = text(&maria.claim(&["src/a.rs"])["id"]);
    let mut client = Client::of(&alice);
    let id = wait(&mut client, "src/a.rs");
    client
        .say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}).to_string());
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
    let heard = client.hear_within(Duration::from_secs(2));
    assert_eq!(heard, None, "neither an answer nor progress comes after that");
    assert!(states(&maria).contains(&(alice.id.clone(), "queued".to_owned())));
    maria.coord(&["release", &claim]).ok();
    assert_eq!(states(&maria), [(alice.id, "held".to_owned())], "the place in the queue was kept");
}

#[test]
fn who_does_not_ask_for_progress_is_not_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.claim(&["src/a.rs"]);
    let mut client = Client::of(&alice);
    let error = client.refused("claim", json!({"paths": ["src/a.rs"], "intent": "x", "wait": "2s"}), "claim.waiting");
    assert!(text(&error["message"]).starts_with("still waiting after "), "{error}");
    assert!(client.aside.is_empty(), "{:?}", client.aside);
}

#[test]
fn of_two_servers_that_want_one_path_one_gets_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut clients = ["alice", "bob"].map(|name| Client::of(&maria.agent(name)));
    let params = json!({"name": "claim", "arguments": {"paths": ["src/a.rs"], "intent": "Work"}});
    let ids = clients.each_mut().map(|client| client.begin("tools/call", params.clone()));
    let mut results: Vec<Value> = Vec::new();
    for (client, id) in clients.iter_mut().zip(ids) {
        results.push(client.answer(id)["result"].clone());
    }
    let lost: Vec<_> = results.iter().filter(|result| result["isError"] == true).collect();
    assert_eq!(lost.len(), 1, "{results:?}");
    assert_eq!(lost[0]["structuredContent"]["objects"][0]["code"], "claim.held");
    wait_for("claim", || (states(&maria).len() == 1).then_some(()));
}

/// Clients call several tools at once; in one process as in several, each entry is written whole.
#[test]
fn calls_at_once_do_not_disturb_each_other() {
    let (alone, shared) = (Sandbox::new(), Sandbox::new());
    for maria in [alone.ledger(), shared.hub().maria] {
        let mut client = Client::of(&maria);
        let arguments =
            |number: i64| json!({"paths": [format!("src/{number}.rs")], "intent": format!("Part {number}")});
        let ids: Vec<_> = (0..12)
            .map(|number| client.begin("tools/call", json!({"name": "claim", "arguments": arguments(number)})))
            .collect();
        let mut answers: Vec<_> = (0..ids.len()).map(|_| client.hear()).collect();
        assert!(answers.iter().all(|answer| answer["result"]["isError"] == false), "{answers:?}");
        answers.sort_by_key(|answer| answer["id"].as_i64());
        assert_eq!(answers.iter().map(|answer| answer["id"].as_i64().unwrap()).collect::<Vec<_>>(), ids);
        let held = states(&maria).into_iter().filter(|(_, state)| state == "held").count();
        assert_eq!(held, 12);
        maria.coord(&["verify", "--full"]).ok();
    }
}

/// A client may not fill the machine with calls that only wait.
#[test]
fn only_so_many_calls_run_at_once() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.claim(&["src/a.rs"]);
    let mut client = Client::of(&alice);
    let arguments = json!({"paths": ["src/a.rs"], "intent": "Work", "wait": "10m"});
    let ids: Vec<_> =
        (0..33).map(|_| client.begin("tools/call", json!({"name": "claim", "arguments": arguments}))).collect();
    let result = client.answer(ids[32])["result"].clone();
    assert_eq!(result["structuredContent"]["objects"][0]["code"], "usage.busy", "{result}");
    for id in &ids[..32] {
        let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
        client.say(&cancelled.to_string());
    }
    wait_for("room", || {
        let result = client.try_call("check", json!({"paths": ["src/b.rs"]}));
        (result["isError"] == false).then_some(())
    });
    assert!(client.leave().success());
}

//! Live records as resources.

use serde_json::Value;
use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn live_records_are_listed_and_read() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let claim = text(&maria.claim(&["src/a.rs"])["id"]);
    let finding = text(&maria.coord(&["find", "It is slow", "--on", "src/"]).ok().json()["id"]);
    let mut client = Client::of(&maria);
    let listed = client.ask("resources/list", json!({}))["result"]["resources"].clone();
    let uris: Vec<_> = listed.as_array().unwrap().iter().map(|one| text(&one["uri"])).collect();
    assert_eq!(uris, [format!("coord://claim/{claim}"), format!("coord://finding/{finding}")]);
    assert_eq!(listed[1]["description"], "\"It is slow\"", "which others wrote");
    let templates = client.ask("resources/templates/list", json!({}))["result"]["resourceTemplates"].clone();
    assert!(templates.as_array().unwrap().iter().any(|one| one["uriTemplate"] == "coord://claim/{id}"), "{templates}");

    let read = client.ask("resources/read", json!({"uri": uris[0]}))["result"]["contents"][0].clone();
    assert_eq!((&read["uri"], &read["mimeType"]), (&json!(uris[0]), &json!("application/json")));
    let shown: Value = serde_json::from_str(&text(&read["text"])).unwrap();
    assert_eq!(shown["objects"], json!(maria.coord(&["show", &claim]).ok().objects()), "it is what `show` prints");

    for uri in
        ["coord://claim/c-00000000", "coord://request/c-00000000", "coord://claim/../../x", "file:///etc/passwd", ""]
    {
        assert_eq!(client.ask("resources/read", json!({"uri": uri}))["error"]["code"], -32002, "{uri}");
    }
    maria.coord(&["release", "--all"]).ok();
    let listed = client.ask("resources/list", json!({}))["result"]["resources"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1, "what has ended is not live: {listed}");
}

#[test]
fn many_resources_come_in_pages() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    for name in ["a", "b"] {
        let texts = (0..60).map(|number| format!("Slow {name} {number}"));
        let results: Vec<_> = texts
            .map(|text| {
                json!({"ruleId": "r", "message": {"text": text}, "locations": [{"physicalLocation":
                {"artifactLocation": {"uri": "src/a.rs"}, "region": {"startLine": 1}}}]})
            })
            .collect();
        let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": name}}, "results": results}]});
        maria.write("scan.sarif", &log.to_string());
        maria.coord(&["find", "--sarif", "scan.sarif"]).ok();
    }
    let mut client = Client::of(&maria);
    let first = client.ask("resources/list", json!({}))["result"].clone();
    assert_eq!((first["resources"].as_array().unwrap().len(), &first["nextCursor"]), (100, &json!("100")));
    let rest = client.ask("resources/list", json!({"cursor": "100"}))["result"].clone();
    assert_eq!((rest["resources"].as_array().unwrap().len(), rest.get("nextCursor")), (20, None));
    assert_eq!(client.ask("resources/list", json!({"cursor": "x"}))["error"]["code"], -32602);
}

/// Clients are set up once for all repositories of a user; most have no ledger.
#[test]
fn where_nobody_coordinates_there_are_no_records() {
    let sandbox = Sandbox::new();
    let mut client = Client::of(&sandbox.repository("work"));
    assert_eq!(client.ask("resources/list", json!({}))["result"]["resources"], json!([]));
}

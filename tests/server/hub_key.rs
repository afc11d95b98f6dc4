//! A server without the key of its hub: it says so, and says how to go on.

use std::fs;

use git_coord::rules::Code;

use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Pushes what is approved to a server that cannot record it. Returns what it says.
#[track_caller]
fn refusal(stage: &Stage) -> String {
    let before = stage.hub_tip(MAIN);
    let said = stage.push(&["x:main"]);
    assert!(said.code != 0 && said.stderr.contains(Code::HubMissing.as_str()), "{said}");
    assert_eq!(stage.hub_tip(MAIN), before);
    said.stderr
}

#[test]
fn lost_key_of_the_hub_is_named_and_a_new_one_takes_its_place() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let hub = stage.state().principals.keys().find(|id| id.name() == "hub").unwrap().to_string();
    let lost = format!("the key of the enrolled hub `{hub}` is not on this server");
    let key = stage.hub.join("coord/hub-key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let said = refusal(&stage);
    assert!(said.contains(&lost) && said.contains("git coord hooks install --server"), "{said}");
    // A new key is another one until it is enrolled.
    let mut install = stage.program(&stage.hub, env!("CARGO_BIN_EXE_git-coord"));
    install.args(["--json", "hooks", "install", "--server"]);
    let made = text(&stage.run(&mut install, b"").json()["hub_key"]);
    let said = refusal(&stage);
    assert!(said.contains(&lost) && said.contains("another one") && said.contains(&made), "{said}");
    // The legal twins: the new key enrolled, and the old one put back.
    stage.said("maria", &["enroll", "hub", "--kind", "service", "--role", "hub", "--key", &made]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
    fs::write(&key, kept).unwrap();
    stage.sync();
    stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.accepted(&["y:main"]);
    stage.assert_recorded();
}

#[test]
fn doctor_on_the_server_misses_the_key_of_the_hub() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let server = sandbox.somebody(&hub.directory);
    let enforcement = |exit| {
        let ran = server.coord(&["doctor"]).exits(exit);
        ran.objects().into_iter().find(|object| object["subject"] == "enforcement").unwrap()
    };
    assert_eq!(enforcement(0)["health"], "good");
    let key = hub.directory.join("coord/hub-key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let lost = enforcement(1);
    assert!(lost["health"] == "bad" && text(&lost["message"]).contains("is not on this server"), "{lost}");
    assert!(text(&lost["mend"]).contains("git coord hooks install --server"), "{lost}");
    // Half a key is none.
    fs::write(&key, &kept[..40]).unwrap();
    assert_eq!(enforcement(1)["health"], "bad");
    // The clones have no such key, and miss none.
    let ran = hub.maria.coord(&["doctor"]).ok();
    assert!(ran.stdout.contains("a hub is enrolled; whether"), "{ran}");
    fs::write(&key, &kept).unwrap();
    assert_eq!(enforcement(0)["health"], "good");
}

#[test]
fn server_whose_hub_nobody_enrolled_says_that() {
    let sandbox = Sandbox::new();
    let (server, maria) = (sandbox.somebody(&sandbox.root.join("hub.git")), sandbox.repository("work"));
    maria.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    maria.git(&["remote", "add", "hub", "../hub.git"]);
    maria.git(&["push", "-q", "hub", "main"]);
    let maria = maria.begin(&["--remote", "hub"]);
    let key = text(&server.coord(&["hooks", "install", "--server"]).ok().json()["hub_key"]);
    let said = server.coord(&["doctor"]).ok().stdout;
    assert!(said.contains("no hub is enrolled") && said.contains(&key), "{said}");
    maria.coord(&["enroll", "hub", "--kind", "service", "--role", "hub", "--key", &key]).ok();
    assert!(server.coord(&["doctor"]).ok().stdout.contains("L2: a hub is enrolled"));
}

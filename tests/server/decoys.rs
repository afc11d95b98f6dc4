//! What a reviewer reads is what lands, and what was decided stays decided.

use git_coord::rules::Code;

use crate::server::stage::Asked;
use crate::server::stage::Stage;
use crate::support::world::Actor;

/// A request of alice whose record asks for the change of the branch `evil` while its head is that of `typo`.
#[track_caller]
fn decoy(stage: &Stage) -> Asked {
    stage.branch("evil");
    stage.commit("alice", "src/a.rs", "fn evil() {}\n");
    let evil = stage.request("alice", "evil");
    stage.said("alice", &["request", "--close", &evil.id]);
    stage.branch("typo");
    stage.commit("alice", "src/a.rs", "fn a() {} // typo\n");
    let asked = stage.request("alice", "typo");
    let (head, path) = (stage.ledger_head(), format!("requests/{}.toml", asked.id));
    let text = stage.git(&["show", &format!("{head}:{path}")]);
    let tree = stage.git(&["rev-parse", "typo^{tree}"]);
    let other_tree = stage.git(&["rev-parse", "evil^{tree}"]);
    let text = text.replace(&asked.delta, &evil.delta).replace(&tree, &other_tree).replacen("rev = 1", "rev = 2", 1);
    let text = if text.contains("rev = 2") { text } else { text.replacen("format = 1", "format = 1\nrev = 2", 1) };
    let entry = stage.entry_with(&head, &[(&path, Some(("100644", format!("{text}\n").as_bytes())))]);
    stage.accepted(&[&Stage::to_ledger(&entry.write(stage, "alice"))]);
    stage.sync();
    Asked { delta: evil.delta, ..asked }
}

/// Nobody is made to approve one change by being shown another; and if somebody is, it does not land.
#[test]
fn a_request_that_shows_another_change_than_it_asks_for_is_not_approved_and_does_not_land() {
    let stage = Stage::plain();
    let asked = decoy(&stage);
    let shown = stage.said("bob", &["show", &asked.id]);
    assert_eq!(shown["review"]["as-asked"], false, "{shown}");
    assert_eq!(shown["review"]["changes"][0]["path"], "src/a.rs");
    let refused = stage.coord("bob", &["approve", &asked.id, "--delta", &asked.delta]);
    assert!(refused.code != 0 && refused.stderr.contains(Code::ApprovalDelta.as_str()), "{}", refused.stderr);
    stage.answer_by_hand("bob", &asked, |_| {});
    stage.sync();
    stage.stock_git_accepts(&["evil:main"]);
    stage.refused(&["evil:main"], Code::ApprovalDelta);
    stage.refused(&["typo:main"], Code::ApprovalDelta);
    // Its record mended, and approved anew, the change that is shown lands.
    stage.said("alice", &["request", "typo", "--update", &asked.id]);
    let shown = stage.said("bob", &["show", &asked.id]);
    assert_eq!(shown["review"]["as-asked"], true, "{shown}");
    let asked = stage.ask("alice", &["request", "typo", "--update", &asked.id]);
    stage.approve("bob", &asked);
    stage.accepted(&["typo:main"]);
    stage.assert_recorded();
}

/// What somebody pushes after a landing changes nothing of how it was decided.
#[test]
fn branches_that_come_later_change_no_verdict_of_the_past() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.branch("same");
    stage.commit("bob", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    stage.coord("maria", &["audit"]).ok();
    stage.accepted(&["same"]);
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
    // Had it been there before, it would have counted, and does when the landing is decided again.
    stage.branch("first");
    stage.commit("carol", "src/b.rs", "fn b() { 1 }\n");
    stage.accepted(&["first"]);
    let asked = stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.accepted(&["y:main"]);
    stage.accepted(&[":first"]);
    stage.git(&["branch", "-qD", "first"]);
    stage.sync();
    let landed = stage.state().landed.iter().next().unwrap().1.clone();
    assert_eq!(landed.elsewhere, [Actor::named("carol").id]);
    stage.coord("maria", &["audit"]).ok();
}

/// Whoever reviewed read these heads, and audits will; nobody removes them or puts something else in their place.
#[test]
fn heads_of_requests_stay() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let name = format!("refs/requests/{}/{}", asked.id, asked.head);
    assert_eq!(stage.hub_tip(&name), asked.head);
    stage.refused(&[&format!(":{name}")], Code::RefDelete);
    stage.refused(&[&format!("+refs/remotes/hub/main:{name}")], Code::RefName);
    let other = stage.tip("refs/remotes/hub/main");
    stage.refused(&[&format!("x:refs/requests/{}/{other}", asked.id)], Code::RefName);
    stage.accepted(&[&format!("{other}:refs/requests/{}/{other}", asked.id)]);
    stage.accepted(&["x:main"]);
}

//! Break-glass by real pushes: what a human lands at once, and what waits until others have looked at it (POL-14).

use git_coord::rules::Code;
use serde_json::Value;

use crate::server::cast::PLAIN;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;

const RIGHT: (&str, &str) = ("\"propose-policy\", \"land\"]", "\"propose-policy\", \"land\", \"break-glass\"]");

/// Returns a stage whose maintainers may break the glass.
fn stage() -> Stage {
    let policy = PLAIN.replace(RIGHT.0, RIGHT.1);
    assert_ne!(policy, PLAIN);
    Stage::with(&policy)
}

/// Returns the words of somebody's inbox, and the items of a kind.
fn waits(stage: &Stage, who: &str, kind: &str) -> Vec<Value> {
    let items = stage.coord(who, &["inbox"]).ok().of_type("inbox");
    items.into_iter().filter(|item| item["kind"] == kind).collect()
}

/// POL-14, legal twin: by a plain push, which the hub records.
#[test]
fn emergency_lands_and_the_ref_waits() {
    let stage = stage();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 9 }\n");
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    let asked = stage.ask("nora", &["request", "x", "--break-glass", "The site is down"]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
    stage.sync();
    // Everybody sees it, and those who may review are asked.
    let seen = stage.coord("alice", &["status"]).ok().of_type("break-glass");
    assert_eq!((&seen[0]["id"], &seen[0]["reviewed"]), (&asked.id.clone().into(), &false.into()));
    assert_eq!(waits(&stage, "bob", "glass").len(), 1);
    assert_eq!(waits(&stage, "nora", "glass").len() + waits(&stage, "alice", "glass").len(), 0);
    let audit = stage.coord("maria", &["audit"]);
    assert_eq!(audit.code, 1, "{}", audit.stdout);
    assert_eq!(audit.of_type("break-glass")[0]["reason"], "The site is down");
    // The next one has all it needs, but for that.
    let next = stage.approved("y", "src/b.rs", "fn b() { 2 }\n");
    stage.refused(&["y:main"], Code::GlassUnreviewed);
    let blocked = stage.coord("maria", &["land", &next.id]);
    assert!(blocked.code == 1 && blocked.stdout.contains("break-glass.unreviewed"), "{}", blocked.stdout);
    stage.coord("bob", &["veto", &asked.id, "--delta", &asked.delta]).fails(1, "approval.veto");
    let shown = stage.coord("bob", &["show", &asked.id]).ok();
    assert!(shown.stdout.contains("src/a.rs"), "{}", shown.stdout);
    let said = stage.said("bob", &["approve", &asked.id, "--delta", &asked.delta]);
    assert_eq!(said["reviewed"], MAIN);
    stage.accepted(&["y:main"]);
    stage.sync();
    assert_eq!(stage.hub_tip(MAIN), next.head);
    let audit = stage.coord("maria", &["audit"]).ok();
    let told = audit.of_type("break-glass");
    assert_eq!((told.len(), &told[0]["reviewed"]), (1, &true.into()));
    assert!(told[0]["by"][0].as_str().unwrap().starts_with("bob-"), "{}", told[0]);
    stage.coord("maria", &["verify", "--full"]).ok();
    // The key of who reviewed it turns out to be suspect: it is to be reviewed again.
    let since = (told[0]["height"].as_u64().unwrap() + 1).to_string();
    let bob = told[0]["by"][0].as_str().unwrap();
    stage.coord("maria", &["principals", "suspect", bob, "--since", &since]).ok();
    let audit = stage.coord("maria", &["audit"]).exits(1);
    let debts = audit.of_type("debt");
    assert!(debts.iter().any(|debt| debt["request"] == asked.id && debt["principal"] == bob), "{}", audit.stdout);
}

/// POL-14, with legal twin: a co-author does not review what landed; who signed what nobody knows leaves it to the root, whose
/// inbox tells of it.
#[test]
fn what_nobody_could_review_comes_to_the_root() {
    let stage = stage();
    stage.branch("x");
    let bob = stage.said("bob", &["whoami"])["id"].as_str().unwrap().to_owned();
    stage.write("src/a.rs", b"fn a() { 9 }\n");
    stage.commit_all("alice", &format!("Change a\n\nCo-authored-by: Bob <{bob}@coord.invalid>"));
    let asked = stage.ask("nora", &["request", "x", "--break-glass", "The site is down"]);
    stage.accepted(&["x:main"]);
    stage.sync();
    assert_eq!((waits(&stage, "bob", "glass").len(), waits(&stage, "maria", "stuck").len()), (0, 0));
    stage.answer("bob", "approve", &asked);
    assert_eq!(waits(&stage, "carol", "glass").len(), 1);
    stage.answer("maria", "approve", &asked);
    let told = stage.coord("maria", &["audit"]).ok().of_type("break-glass");
    assert_eq!((&told[0]["reviewed"], &told[0]["for_root"]), (&true.into(), &serde_json::json!([])));

    stage.branch("y");
    stage.write("src/b.rs", b"fn b() { 9 }\n");
    stage.git(&["add", "-A"]);
    stage.git(&["commit", "-q", "--no-gpg-sign", "-m", "Change b"]);
    let asked = stage.ask("nora", &["request", "y", "--break-glass", "It is down again"]);
    stage.accepted(&["y:main"]);
    stage.assert_recorded();
    stage.sync();
    assert!(waits(&stage, "bob", "glass").is_empty());
    let stuck = waits(&stage, "maria", "stuck");
    assert_eq!((&stuck[0]["id"], stuck[0]["since"].is_string()), (&asked.id.clone().into(), true), "{stuck:?}");
    assert!(waits(&stage, "nora", "stuck").is_empty());
    stage.answer("bob", "approve", &asked);
    let next = stage.approved("z", "src/c.rs", "fn c() {}\n");
    stage.refused(&["z:main"], Code::GlassUnreviewed);
    stage.answer("maria", "approve", &asked);
    stage.accepted(&["z:main"]);
    stage.sync();
    assert_eq!(stage.hub_tip(MAIN), next.head);
    let audit = stage.coord("maria", &["audit"]).ok();
    let told = audit.of_type("break-glass").into_iter().find(|told| told["id"] == asked.id.as_str()).unwrap();
    assert!(told["for_root"][0].as_str().unwrap().starts_with("maria-"), "{told}");
    stage.coord("maria", &["verify", "--full"]).ok();
}

/// The same in one push with its landing, by whoever may land; and it is used once.
#[test]
fn emergency_lands_by_land_and_only_once() {
    let stage = stage();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 9 }\n");
    let asked = stage.ask("nora", &["request", "x", "--break-glass", "The site is down", "--expires", "10m"]);
    let verdict = stage.said("nora", &["gate", "explain", &asked.id]);
    assert_eq!(verdict["allow"], true, "{verdict}");
    stage.coord("nora", &["land", &asked.id]).ok();
    stage.sync();
    assert_eq!(stage.hub_tip(MAIN), asked.head);
    stage.coord("nora", &["land", &asked.id]).fails(2, "usage.not-found");
    let explained = stage.said("bob", &["gate", "explain", &asked.id]);
    assert_eq!(explained["allow"], true, "{explained}");
    // Not even by going back first.
    stage.refused(&[&format!("+{}^:refs/heads/main", asked.head)], Code::RefNotForward);
    // What was wrong is said so, and can be reverted then.
    stage.answer("bob", "reject", &asked);
    stage.sync();
    let revert = stage.approved("back", "src/a.rs", "fn a() {}\n");
    stage.accepted(&["back:main"]);
    assert_eq!(stage.hub_tip(MAIN), revert.head);
}

/// POL-14: without the right, without a reason, for too long, for another head, by an agent.
#[test]
fn glass_is_not_broken_otherwise() {
    let stage = stage();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 9 }\n");
    let ask = |who: &str, more: &[&str]| {
        let arguments = [&["request", "x", "--break-glass"], more].concat();
        stage.coord(who, &arguments)
    };
    ask("alice", &["It is down"]).fails(1, "break-glass.refused");
    ask("bob", &["It is down"]).fails(1, "break-glass.refused");
    ask("nora", &["It is down", "--expires", "2h"]).fails(1, "break-glass.refused");
    assert_eq!(ask("nora", &[" "]).code, 2);
    let asked = stage.ask("nora", &["request", "x", "--break-glass", "It is down"]);
    stage.coord("nora", &["request", "x", "--update", &asked.id]).fails(1, "break-glass.refused");
    // One more commit is another move.
    stage.commit("alice", "src/a.rs", "fn a() { 10 }\n");
    stage.refused(&["x:main"], Code::ApprovalDelta);
    stage.accepted(&[&format!("{}:refs/heads/main", asked.head)]);
}

/// A change that does not continue the branch is rebased first: the move is exact.
#[test]
fn glass_is_broken_for_what_continues_the_ref() {
    let stage = stage();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 9 }\n");
    stage.approved("y", "src/b.rs", "fn b() { 2 }\n");
    stage.land("y");
    stage.coord("nora", &["request", "x", "--break-glass", "It is down"]).fails(1, "ref.not-forward");
    stage.git(&["rebase", "-q", "refs/remotes/hub/main", "x"]);
    stage.ask("nora", &["request", "x", "--break-glass", "It is down"]);
    stage.accepted(&["x:main"]);
}

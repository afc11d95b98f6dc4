//! How landings come to be recorded: by the hub, by who lands, several at once, and after a crash.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::server::stage::Asked;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::put;

/// How often the main branch landed, adoption included.
fn landed_rev(stage: &Stage) -> u64 {
    stage.state().landed.get(&RefName::parse(MAIN).unwrap()).unwrap().rev
}

#[track_caller]
fn audit_is_clean(stage: &Stage) {
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

#[test]
fn a_maintainer_lands_and_records_in_one_push() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    // Whoever may not record landings cannot land this way.
    for who in ["alice", "bob", "sam"] {
        assert_ne!(stage.coord(who, &["land", &asked.id]).code, 0, "{who}");
    }
    let height = stage.state().height;
    let said = stage.said("nora", &["land", &asked.id]);
    assert_eq!((said["allow"].as_bool(), stage.hub_tip(MAIN)), (Some(true), asked.head.clone()));
    assert_eq!(stage.state().height, height + 1, "the hub has nothing to add");
    stage.assert_recorded();
    audit_is_clean(&stage);
}

#[test]
fn without_a_hub_only_who_records_can_land() {
    let stage = Stage::plain();
    let key = stage.hub.join("coord/hub-key");
    fs::remove_file(key).unwrap();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.refused(&["x:main"], Code::HubMissing);
    stage.accepted(&["x:topic"]);
    stage.said("nora", &["land", &asked.id]);
    stage.assert_recorded();
    audit_is_clean(&stage);
}

/// Makes two branches from the main one, asks for both, and puts the second on top of the first.
fn two_requests(stage: &Stage) -> (Asked, Asked) {
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let first = stage.request("alice", "x");
    stage.branch("y");
    stage.commit("dave", "src/b.rs", "fn b() { 1 }\n");
    let second = stage.request("dave", "y");
    stage.git(&["checkout", "-q", "-B", "both", "x"]);
    stage.commit("dave", "src/b.rs", "fn b() { 1 }\n");
    (first, second)
}

#[test]
fn two_requests_land_in_one_push() {
    let stage = Stage::plain();
    let (first, second) = two_requests(&stage);
    stage.approve("bob", &first);
    // Each part needs its own approval; the first one's does not carry the second.
    stage.refused(&["both:main"], Code::ApprovalThreshold);
    stage.approve("carol", &second);
    stage.accepted(&["both:main"]);
    assert_eq!(landed_rev(&stage), 3, "each part has a landing of its own");
    assert!(stage.state().requests.is_empty());
    stage.assert_recorded();
    audit_is_clean(&stage);
}

/// People read what a kept rule is, not that it is kept.
#[test]
fn verdict_reads_by_itself() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("alice", "x");
    let said = stage.coord("alice", &["gate", "explain", &asked.id]).stdout;
    let text = stage.refused(&["x:main"], Code::ApprovalThreshold).stderr;
    assert!(text.contains("✓ forward         the ref moves forward along first parents"), "{text}");
    assert!(text.contains("needed: 1 of "), "{text}");
    assert!(said.contains("\"it does\""), "what landings recorded keeps its words: {said}");
}

/// S26: every push option counts.
#[test]
fn all_requests_that_a_push_names_land_and_no_other() {
    let stage = Stage::plain();
    let (first, second) = two_requests(&stage);
    stage.approve("bob", &first);
    stage.approve("carol", &second);
    let option = |asked: &Asked| format!("coord.request={}", asked.id);
    let (one, other) = (option(&first), option(&second));
    // One is named, two would land; both are named, one would land.
    stage.refused(&["-o", &one, "both:main"], Code::ApprovalDelta);
    stage.refused(&["-o", &other, "both:main"], Code::ApprovalDelta);
    stage.refused(&["-o", &one, "-o", &other, "x:main"], Code::RequestAmbiguous);
    stage.refused(&["-o", &one, "-o", "coord.request=r-00000000", "x:main"], Code::RequestAmbiguous);
    stage.refused(&["-o", &one, "-o", "coord.request=the other", "both:main"], Code::InputMalformed);
    stage.accepted(&["-o", &one, "-o", &other, "-o", &one, "both:main"]);
    assert_eq!(landed_rev(&stage), 3, "each part has a landing of its own");
    assert!(stage.state().requests.is_empty());
    stage.assert_recorded();
    audit_is_clean(&stage);
}

#[test]
fn a_commit_that_nobody_asked_for_does_not_ride_along() {
    let stage = Stage::plain();
    let (first, second) = two_requests(&stage);
    stage.approve("bob", &first);
    stage.approve("carol", &second);
    stage.commit("alice", "docs/guide.md", "Evil\n");
    stage.refused(&["both:main"], Code::ApprovalDelta);
    stage.accepted(&["both~1:main"]);
}

/// Opens a second request for the same change, in the same entry if so told.
fn twin_requests(stage: &Stage, together: bool) -> (RecordId, RecordId) {
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("alice", "x");
    stage.sync();
    let one = stage.state().requests.values().next().unwrap().request.clone();
    let renamed = |random: u8| Request { id: RecordId::from_random(RecordKind::Request, [random; 5]), ..one.clone() };
    let entry = if together {
        stage.said("alice", &["request", "--close", &asked.id]);
        stage.entry(&[put(&renamed(1)), put(&renamed(2))])
    } else {
        stage.entry(&[put(&renamed(2))])
    };
    stage.accepted(&[&Stage::to_ledger(&entry.write(stage, "alice"))]);
    stage.sync();
    if together { (renamed(1).id, renamed(2).id) } else { (one.id.clone(), renamed(2).id) }
}

fn approve_id(stage: &Stage, who: &str, id: &RecordId) {
    let delta = stage.state().requests.get(id).unwrap().request.delta.to_string();
    stage.said(who, &["approve", id.as_str(), "--delta", &delta]);
}

#[test]
fn which_of_two_requests_lands_must_be_clear() {
    let stage = Stage::plain();
    let (one, other) = twin_requests(&stage, true);
    approve_id(&stage, "bob", &one);
    approve_id(&stage, "bob", &other);
    stage.refused(&["x:main"], Code::RequestAmbiguous);
    stage.accepted(&["-o", &format!("coord.request={other}"), "x:main"]);
    stage.assert_recorded();
    let state = stage.state();
    assert!(state.requests.contains_key(&one) && !state.requests.contains_key(&other));
    audit_is_clean(&stage);
    // The hub goes on working.
    stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.accepted(&["y:main"]);
    stage.assert_recorded();
}

#[test]
fn of_two_requests_the_older_lands_unless_the_younger_is_named() {
    let stage = Stage::plain();
    let (older, younger) = twin_requests(&stage, false);
    approve_id(&stage, "bob", &younger);
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.refused(&["-o", &format!("coord.request={older}"), "x:main"], Code::ApprovalThreshold);
    stage.accepted(&["-o", &format!("coord.request={younger}"), "x:main"]);
    stage.assert_recorded();
    assert!(stage.state().requests.contains_key(&older));
    audit_is_clean(&stage);
}

#[test]
fn a_push_option_names_a_request_that_fits() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let other = stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.refused(&["-o", &format!("coord.request={}", other.id), "x:main"], Code::ApprovalDelta);
    let nobody = stage.push(&["-o", "coord.request=r-00000000", "x:main"]);
    assert_ne!(nobody.code, 0, "{}", nobody.stderr);
    stage.refused(&["-o", "coord.request=the first", "x:main"], Code::InputMalformed);
    stage.accepted(&["-o", &format!("coord.request={}", asked.id), "-o", "other=option", "x:main"]);
    stage.assert_recorded();
}

fn set_mode(stage: &Stage, hook: &str, mode: u32) {
    fs::set_permissions(stage.hub.join("hooks").join(hook), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_a_crash_left_unrecorded_is_recorded_before_the_next_push() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    set_mode(&stage, "post-receive", 0o644);
    stage.accepted(&["x:main"]);
    set_mode(&stage, "post-receive", 0o755);
    assert_eq!(landed_rev(&stage), 1, "nobody recorded it");
    stage.fetch();
    stage.branch("y");
    stage.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    // Even a push that is refused records what landed before.
    assert_ne!(stage.push(&["y:main"]).code, 0);
    assert_eq!(landed_rev(&stage), 2);
    stage.assert_recorded();
    stage.sync();
    stage.approved("z", "src/b.rs", "fn b() { 2 }\n");
    stage.accepted(&["z:main"]);
    audit_is_clean(&stage);
}

#[test]
fn a_crash_does_not_forget_which_request_was_named() {
    let stage = Stage::plain();
    let (one, other) = twin_requests(&stage, true);
    approve_id(&stage, "bob", &other);
    set_mode(&stage, "post-receive", 0o644);
    stage.accepted(&["-o", &format!("coord.request={other}"), "x:main"]);
    set_mode(&stage, "post-receive", 0o755);
    stage.accepted(&["x:topic"]);
    stage.assert_recorded();
    assert!(stage.state().requests.contains_key(&one));
    audit_is_clean(&stage);
}

#[test]
fn of_two_pushes_at_once_one_wins() {
    let stage = Stage::plain();
    for round in 0..4 {
        let mut branches = Vec::new();
        for (branch, file) in [("x", "src/a.rs"), ("y", "src/b.rs")] {
            stage.approved(branch, file, &format!("fn {branch}() {{ {round} }}\n"));
            branches.push(branch);
        }
        let push = |branch: &str| {
            let mut command = stage.program(&stage.work, "git");
            command.args(["push", "-q", "hub", &format!("{branch}:main")]).stderr(Stdio::null());
            command.spawn().unwrap()
        };
        let pushes: Vec<_> = branches.iter().map(|branch| push(branch)).collect();
        let won: Vec<bool> = pushes.into_iter().map(|mut push| push.wait().unwrap().success()).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
        stage.assert_recorded();
        stage.sync();
        let loser = if won[0] { "y" } else { "x" };
        assert_ne!(stage.push(&[&format!("{loser}:main")]).code, 0, "it must be rebased first");
        let key = format!("user.signingKey={}", stage.key_file("alice").display());
        stage.git(&["checkout", "-q", loser]);
        stage.git(&["-c", &key, "rebase", "-q", "-S", "refs/remotes/hub/main"]);
        stage.land(loser);
        stage.assert_recorded();
    }
    audit_is_clean(&stage);
}

/// POL-1, with legal twin and control
#[test]
fn what_changes_rules_or_principals_moves_no_protected_branch() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let state = stage.state();
    let erin = state.principals.values().find(|enrolled| enrolled.record.id.name() == "erin").unwrap();
    let record = Principal { rev: 2, status: Standing::Suspended, ..erin.record.clone() };
    let path = RecordPath::Principal(record.id.clone());
    let entry = stage.entry(&[Edit { path, text: Some(record.to_text()) }]).write(&stage, "maria");
    let ledger = format!("{entry}:{COORD}");
    for arguments in [vec!["--atomic", &ledger, "x:main"], vec!["--atomic", "x:main", &ledger], vec![&ledger, "x:main"]]
    {
        stage.stock_git_accepts(&arguments);
        stage.refused(&arguments, Code::PushMixed);
    }
    // One after the other, and together with a branch that is free, they are taken.
    stage.accepted(&[&ledger, "x:topic"]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// S26 knows no number: beyond some commits the parts end in the heads of their requests.
#[test]
fn two_long_requests_land_in_one_push() {
    let stage = Stage::plain();
    let go_on = |file: &str, count: usize| {
        (0..count).for_each(|number| drop(stage.commit("alice", file, &format!("fn f() {{ {number} }}\n"))));
    };
    stage.branch("x");
    go_on("src/a.rs", 40);
    let first = stage.request("alice", "x");
    stage.git(&["checkout", "-q", "-b", "both"]);
    go_on("src/b.rs", 30);
    let landed = stage.tip("refs/remotes/hub/main");
    stage.git(&["update-ref", "refs/remotes/hub/main", "x"]);
    let second = stage.request("alice", "both");
    stage.git(&["update-ref", "refs/remotes/hub/main", &landed]);
    for asked in [&first, &second] {
        stage.answer_by_hand("bob", asked, |_| {});
    }
    stage.accepted(&["both:main"]);
    assert_eq!(landed_rev(&stage), 3, "each part has a landing of its own");
    stage.assert_recorded();
    audit_is_clean(&stage);
}

/// PARSE-5, REF-7, with legal twin:
/// a small push whose commits go to and fro between two wide trees would take more memory than a server has.
#[test]
fn commits_that_change_too_much_all_together_are_refused() {
    const WIDTH: usize = 5_000;
    let stage = Stage::plain();
    let swaying = |name: &str, count: usize| {
        let from = stage.tip("refs/remotes/hub/main");
        let mut stream = String::from("blob\nmark :1\ndata 1\na\nblob\nmark :2\ndata 1\nb\n");
        for number in 0..count {
            let from = if number == 0 { format!("from {from}\n") } else { String::new() };
            stream += &format!(
                "commit refs/heads/{name}\ncommitter T <t@e> {} +0000\ndata 1\nx\n{from}",
                1_700_000_000 + number
            );
            (0..WIDTH).for_each(|file| stream += &format!("M 100644 :{} src/wide/{file:04}\n", 1 + number % 2));
            stream.push('\n');
        }
        let mut command = stage.program(&stage.work, "git");
        let ran = stage.run(command.args(["fast-import", "--quiet", "--force"]), stream.as_bytes());
        assert_eq!(ran.code, 0, "{ran}");
    };
    swaying("wild", 110);
    stage.refused(&["wild:main"], Code::RecordLimit);
    // Nor do they come in by a free branch that ends where somebody's change does.
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let tree = stage.tip("x^{tree}");
    let ends_alike = |from: &str| stage.git(&["commit-tree", &tree, "-p", from, "-m", "The same, after all"]);
    stage.accepted(&[&format!("{}:refs/heads/other", ends_alike("wild"))]);
    stage.refused(&["x:main"], Code::RecordLimit);
    stage.accepted(&[":other"]);
    swaying("tame", 3);
    stage.accepted(&[&format!("{}:refs/heads/other", ends_alike("tame"))]);
    stage.accepted(&["x:main"]);
    stage.fetch();
    swaying("tame", 3);
    let told = stage.push(&["tame:main"]).stderr;
    assert!(told.contains("range.signature") || told.contains("request"), "{told}");
    assert!(!told.contains("record.limit"), "{told}");
}

//! A protected ref that is ahead of its landing: recorded with what it was decided with, however late, or a problem of that
//! ref alone.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use git_coord::format::ref_hash;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::Code;

use crate::server::approvals::request_of_the_past;
use crate::server::cast::PLAIN;
use crate::server::ground::now;
use crate::server::recording::meanwhile;
use crate::server::recording::no_longer;
use crate::server::stage::Asked;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;

const FN: &str = "fn a() { 1 }\n";
/// Moves a ref as the hub's own hooks do not see it.
const UNSEEN: [&str; 3] = ["-c", "core.hooksPath=/dev/null", "update-ref"];

/// Lets the hub be stopped, or not, before it records what landed.
pub(super) fn stop_before_record(stage: &Stage, mode: u32) {
    fs::set_permissions(stage.hub.join("hooks/post-receive"), Permissions::from_mode(mode)).unwrap();
}

/// Pushes a change whose record the hub does not come to write.
#[track_caller]
pub(super) fn push_unrecorded(stage: &Stage, refspec: &str) {
    stop_before_record(stage, 0o644);
    stage.accepted(&[refspec]);
    stop_before_record(stage, 0o755);
}

fn main_ref() -> RefName {
    RefName::parse(MAIN).unwrap()
}

#[track_caller]
fn assert_audit_clean(stage: &Stage) {
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// The ledger takes entries, the branch takes nothing, and whoever asks is told.
#[track_caller]
fn assert_alone(stage: &Stage) {
    let before = stage.state().height;
    stage.said("dave", &["claim", "docs/", "--intent", "Other work"]);
    assert!(stage.state().height > before);
    stage.sync();
    let audit = stage.coord("maria", &["audit"]).exits(1);
    assert!(audit.stdout.contains(Code::RefState.as_str()), "{audit}");
    assert!(audit.stdout.contains(MAIN), "{audit}");
    let doctor = stage.coord("maria", &["doctor"]);
    assert!(doctor.stdout.contains("it last landed at"), "{doctor}");
}

/// Writes what the gate would have noted of a push at some time.
fn note(stage: &Stage, asked: &Asked, now: Timestamp) {
    let old = stage.state().landed.get(&main_ref()).unwrap().new;
    let text =
        format!("head {}\nnow {}\nold {old}\npart {} {}\n", stage.hub_tip(COORD), now.unix_s(), asked.head, asked.id);
    let directory = stage.hub.join("coord/evaluated");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(format!("{}-{}", ref_hash(&main_ref()), asked.head)), text).unwrap();
}

/// The hub was stopped three hours ago, when the approval was new; by now it has expired.
#[test]
fn a_landing_is_recorded_by_the_clock_of_its_decision_however_late() {
    for in_time in [true, false] {
        let policy = PLAIN.replace("count    = 1", "count    = 1\n  max-age  = \"1h\"");
        let stage = Stage::with(&policy);
        stage.branch("x");
        stage.commit("alice", "src/a.rs", FN);
        let (early, asked) = request_of_the_past(&stage);
        stage.append_at(early, &Actor::named("bob"), &[stage.answer_edit("bob", &asked, |_| {})]);
        stage.sync();
        stage.accepted(&["x:kept"]);
        let decided = early + Span::from_s(if in_time { 600 } else { 2 * 3_600 });
        note(&stage, &asked, decided);
        stage.at_hub(&[&UNSEEN[..], &[MAIN, &asked.head]].concat());
        stage.accepted(&["x:topic"]);
        if in_time {
            stage.assert_recorded();
            let landed = stage.state().landed.get(&main_ref()).cloned().unwrap();
            assert_eq!((landed.now, stage.state().time), (decided, decided), "it is dated as it was decided");
            assert_audit_clean(&stage);
        } else {
            // What had expired when it was decided is not recorded, and holds nothing else up.
            assert_alone(&stage);
        }
    }
}

/// Bob approves a change, and has a branch of his own with the same tree.
fn twin_of_bob(stage: &Stage) -> (Asked, String) {
    let asked = stage.approved("x", "src/a.rs", FN);
    stage.branch("mine");
    stage.git(&["read-tree", "-u", "--reset", "x"]);
    let twin = stage.commit_all("bob", "The same");
    (asked, twin)
}

/// Between the gate's answer and the record, a branch arrives that tells that the approver made the change as well.
#[test]
fn a_branch_that_comes_after_the_decision_changes_no_record() {
    let stage = Stage::plain();
    let (asked, twin) = twin_of_bob(&stage);
    stage.git(&["push", "-q", stage.hub.to_str().unwrap(), &format!("{twin}:refs/tags/objects")]);
    meanwhile(&stage, &format!("git {} refs/heads/mine {twin}", UNSEEN.join(" ")));
    stage.accepted(&["x:main"]);
    no_longer(&stage);
    assert_eq!(stage.hub_tip(MAIN), asked.head);
    stage.assert_recorded();
    assert_audit_clean(&stage);
    // Its twin: whoever comes before the decision is seen.
    let stage = Stage::plain();
    twin_of_bob(&stage);
    stage.accepted(&["mine"]);
    stage.refused(&["x:main"], Code::ApprovalContributor);
}

/// A server whose branch was restored from a backup, two landings back, or moved past the hooks.
#[test]
fn a_ref_that_nobody_judged_is_wrong_alone() {
    let stage = Stage::plain();
    let first = stage.hub_tip(MAIN);
    for (number, branch) in ["x", "y"].into_iter().enumerate() {
        stage.approved(branch, "src/a.rs", &format!("fn a() {{ {number} }}\n"));
        stage.land(branch);
    }
    let last = stage.hub_tip(MAIN);
    stage.at_hub(&[&UNSEEN[..], &[MAIN, &first]].concat());
    stage.accepted(&["x:topic"]);
    assert_alone_at_hub(&stage);
    // Where it last landed it goes on.
    stage.at_hub(&[&UNSEEN[..], &[MAIN, &last]].concat());
    stage.sync();
    stage.approved("z", "src/a.rs", "fn a() { 9 }\n");
    stage.land("z");
    assert_audit_clean(&stage);
}

/// A clone that was at the later commit takes an older one for one that it has not fetched; the hub tells.
#[track_caller]
fn assert_alone_at_hub(stage: &Stage) {
    stage.said("dave", &["claim", "docs/", "--intent", "Other work"]);
    stage.coord("maria", &["sync"]).ok();
    let audit = stage.coord("maria", &["audit"]).exits(1);
    assert!(audit.stdout.contains(Code::RefState.as_str()), "{audit}");
    let doctor = stage.coord_in(&stage.hub, &["doctor"]);
    assert!(doctor.stdout.contains("it last landed at"), "{doctor}");
}

/// Past the hooks, the ledger lost what a landing rests on before that was recorded.
#[test]
fn a_landing_that_a_rule_keeps_from_its_record_is_wrong_alone() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    let request = RecordId::parse(&asked.id).unwrap();
    let withdrawal = Edit { path: RecordPath::Approval(request, Actor::named("bob").id), text: None };
    let withdrawal = stage.entry(&[withdrawal]).write(&stage, "bob");
    stage.accepted(&[&format!("{withdrawal}:refs/heads/kept")]);
    push_unrecorded(&stage, "x:main");
    stage.at_hub(&[&UNSEEN[..], &[COORD, &withdrawal]].concat());
    stage.accepted(&["x:topic"]);
    assert_alone(&stage);
    stage.branch("y");
    stage.commit("alice", "src/b.rs", FN);
    stage.refused_for(&["y:main"], &[Code::RefState, Code::ApprovalDelta]);
    // The approval that is missing can be given, and then the next push records the landing.
    stage.answer_by_hand("bob", &asked, |_| {});
    stage.accepted(&["x:other"]);
    stage.assert_recorded();
    assert_audit_clean(&stage);
}

/// The approval expired before the landing was recorded, and the ledger has gone on: a later one is decided with by its
/// own time.
#[test]
fn what_the_ledger_has_left_behind_is_decided_anew() {
    let stage = Stage::with(&PLAIN.replace("count    = 1", "count    = 1\n  max-age  = \"1h\""));
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let (early, asked) = request_of_the_past(&stage);
    stage.append_at(early, &Actor::named("bob"), &[stage.answer_edit("bob", &asked, |_| {})]);
    stage.sync();
    // A branch of carol's with the same tree came after the decision, and counts like any other by now.
    stage.branch("mine");
    stage.git(&["read-tree", "-u", "--reset", "x"]);
    let twin = stage.commit_all("carol", "The same");
    stage.accepted(&["x:kept", "mine"]);
    note(&stage, &asked, early + Span::from_s(600));
    // Erin shares the model family of alice.
    stage.append_at(now(), &Actor::named("erin"), &[stage.answer_edit("erin", &asked, |_| {})]);
    stage.at_hub(&[&UNSEEN[..], &[MAIN, &asked.head]].concat());
    stage.accepted(&["x:topic"]);
    assert_alone(&stage);
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.accepted(&["x:other"]);
    assert_ne!(stage.state().landed.get(&main_ref()).unwrap().new.to_string(), asked.head);
    stage.at_hub(&["update-ref", "-d", "refs/heads/mine", &twin]);
    stage.accepted(&["x:another"]);
    stage.assert_recorded();
    let landed = stage.state().landed.get(&main_ref()).cloned().unwrap();
    assert!(landed.now > early + Span::from_s(2 * 3_600), "it is dated as it was decided anew");
    assert_audit_clean(&stage);
}

/// A key that is away for a moment frees nobody to change what a landing rests on; one that is lost holds nobody up for
/// long.
#[test]
fn a_landing_waits_for_the_key_of_the_hub_but_not_for_ever() {
    for is_late in [false, true] {
        let stage = Stage::plain();
        let asked = stage.approved("x", "src/a.rs", FN);
        push_unrecorded(&stage, "x:main");
        if is_late {
            set_back_note(&stage, &asked, Span::from_s(1_200));
        }
        let key = stage.hub.join("coord/hub-key");
        let kept = fs::read(&key).unwrap();
        fs::remove_file(&key).unwrap();
        stage.accepted(&["x:topic"]);
        let entry = stage.answer_entry("sam", &asked, |approval| approval.answer = Answer::Reject);
        if is_late {
            stage.accepted(&[&entry]);
        } else {
            let before = stage.hub_tip(COORD);
            let said = stage.push(&[&entry]);
            assert!(said.code != 0 && said.stderr.contains(Code::PushMoved.as_str()), "{said}");
            assert_eq!(stage.hub_tip(COORD), before);
        }
        fs::write(&key, kept).unwrap();
        stage.accepted(&["x:other"]);
        stage.assert_recorded();
        assert_audit_clean(&stage);
    }
}

/// Lets a push seem to have been decided earlier than it was.
fn set_back_note(stage: &Stage, asked: &Asked, by: Span) {
    let file = stage.hub.join("coord/evaluated").join(format!("{}-{}", ref_hash(&main_ref()), asked.head));
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.starts_with("now ")).unwrap();
    fs::write(&file, text.replace(line, &format!("now {}", (now() - by).unix_s()))).unwrap();
}

//! Merges: what they bring in is what lands, whatever their parents say.

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::Principal;
use git_coord::model::RecordPath;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::server::cast::STRICT;
use crate::server::stage::Stage;

/// Merges branches into a new one that begins at the main branch, without committing.
#[track_caller]
fn merge(stage: &Stage, branches: &[&str]) {
    stage.branch("merged");
    let mut arguments = vec!["merge", "-q", "--no-ff", "--no-commit"];
    arguments.extend(branches);
    stage.git(&arguments);
}

/// MRG-1, with legal twin and control
#[test]
fn a_merge_lands_what_was_approved_and_no_more() {
    let stage = Stage::plain();
    stage.approved("side", "src/a.rs", "fn a() { 1 }\n");
    merge(&stage, &["side"]);
    stage.write("src/evil.rs", b"fn evil() {}\n");
    stage.commit_all("alice", "Merge side");
    stage.stock_git_accepts(&["merged:main"]);
    stage.refused(&["merged:main"], Code::ApprovalDelta);
    merge(&stage, &["side"]);
    stage.commit_all("alice", "Merge side");
    stage.accepted(&["merged:main"]);
    stage.assert_recorded();
}

/// MRG-2, with legal twin and control
#[test]
fn a_merge_does_not_drop_what_landed_before() {
    let stage = Stage::plain();
    stage.approved("side", "src/b.rs", "fn b() { 1 }\n");
    stage.approved("fix", "src/a.rs", "fn a() { fixed }\n");
    stage.land("fix");
    // Theirs for every file: the fix is gone, and `git show` prints nothing of it.
    stage.branch("merged");
    stage.git(&["merge", "-q", "--no-ff", "--no-commit", "-s", "ours", "side"]);
    stage.git(&["checkout", "-q", "side", "--", "."]);
    stage.commit_all("alice", "Merge side");
    assert_eq!(stage.git(&["show", "--format=", "HEAD"]), "");
    stage.stock_git_accepts(&["merged:main"]);
    stage.refused(&["merged:main"], Code::ApprovalDelta);
    merge(&stage, &["side"]);
    stage.commit_all("alice", "Merge side");
    stage.accepted(&["merged:main"]);
}

/// LANE-2, with legal twin and control:
/// no commit of the range wrote what the merge takes back, and somebody else in it may change everything.
#[test]
fn a_merge_takes_nothing_back_outside_the_lanes_of_whoever_merged() {
    for (who, touches, is_free) in [("alice", false, false), ("alice", true, false), ("nora", true, true)] {
        let stage = Stage::with(&STRICT.replace("claims   = \"held\"\n", ""));
        stage.branch("new");
        stage.commit("nora", "README.md", "# Mended\n");
        let asked = stage.request("nora", "new");
        stage.approve("bob", &asked);
        stage.land("new");
        stage.git(&["checkout", "-q", "-B", "side", "refs/remotes/hub/main~1"]);
        stage.commit("carol", "docs/guide.md", "More\n");
        stage.branch("merged");
        if touches {
            stage.commit("nora", "README.md", "# Mended once more\n");
        }
        stage.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
        stage.git(&["checkout", "-q", "refs/remotes/hub/main~1", "--", "README.md"]);
        stage.commit_all(who, "Merge side");
        let asked = stage.request(who, "merged");
        stage.approve("bob", &asked);
        if is_free {
            stage.accepted(&["merged:main"]);
            stage.assert_recorded();
        } else {
            stage.stock_git_accepts(&["merged:main"]);
            stage.refused(&["merged:main"], Code::LaneOutside);
        }
    }
}

/// MRG-3, with legal twin and control
#[test]
fn a_third_parent_smuggles_nothing() {
    let stage = Stage::plain();
    stage.branch("evil");
    stage.commit("alice", "src/evil.rs", "fn evil() {}\n");
    stage.branch("second");
    stage.commit("alice", "docs/guide.md", "More\n");
    stage.approved("side", "src/a.rs", "fn a() { 1 }\n");
    merge(&stage, &["side", "evil"]);
    stage.commit_all("alice", "Merge");
    assert_eq!(stage.git(&["rev-list", "--parents", "-n", "1", "HEAD"]).split(' ').count(), 4);
    stage.stock_git_accepts(&["merged:main"]);
    stage.refused(&["merged:main"], Code::ApprovalDelta);
    merge(&stage, &["side", "second"]);
    stage.commit_all("alice", "Merge");
    let asked = stage.request("alice", "merged");
    stage.approve("bob", &asked);
    stage.accepted(&["merged:main"]);
}

/// MRG-4, with legal twin and control
#[test]
fn every_commit_behind_a_merge_is_signed() {
    let stage = Stage::plain();
    let request_merge = |stage: &Stage| {
        merge(stage, &["side"]);
        stage.commit_all("alice", "Merge side");
        let asked = stage.request("alice", "merged");
        stage.answer_by_hand("nora", &asked, |_| {});
    };
    stage.branch("side");
    stage.write("src/a.rs", b"fn a() { 1 }\n");
    stage.git(&["-c", "commit.gpgSign=false", "commit", "-q", "-a", "-m", "Unsigned"]);
    request_merge(&stage);
    stage.stock_git_accepts(&["merged:main"]);
    // Nobody knows who wrote it, so nobody is independent of its author either.
    stage.refused_for(&["merged:main"], &[Code::RangeSignature, Code::ApprovalIndependence]);
    stage.branch("side");
    stage.commit("stranger", "src/a.rs", "fn a() { 1 }\n");
    stage.refused_for(&["side:main"], &[Code::RangeSignature, Code::ApprovalIndependence]);
    stage.branch("side");
    stage.commit("dave", "src/a.rs", "fn a() { 2 }\n");
    request_merge(&stage);
    stage.accepted(&["merged:main"]);
}

/// Changes the standing of somebody, by a root member.
#[track_caller]
pub(super) fn set_standing(stage: &Stage, who: &str, status: Standing) {
    let state = stage.state();
    let record = state.principals.values().find(|enrolled| enrolled.record.id.name() == who).unwrap().record.clone();
    let record = Principal { rev: record.rev + 1, status, ..record };
    let edit = Edit { path: RecordPath::Principal(record.id.clone()), text: Some(record.to_text()) };
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&[edit]).write(stage, "maria"))]);
    stage.sync();
}

/// MRG-5, KEY-2, with legal twin and control
#[test]
fn what_a_revoked_key_signed_does_not_land() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("dave", "x");
    stage.approve("carol", &asked);
    // The commit and its approval are older than the revocation; the ledger of now counts.
    set_standing(&stage, "alice", Standing::Revoked);
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::KeyRevoked);
    stage.branch("y");
    stage.commit("dave", "src/a.rs", "fn a() { 1 }\n");
    stage.accepted(&["y:main"]);
}

/// KEY-2, with legal twin
#[test]
fn what_a_revoked_reviewer_approved_does_not_land() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    set_standing(&stage, "bob", Standing::Suspended);
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.approve("carol", &asked);
    stage.accepted(&["x:main"]);
}

#[test]
fn a_revoked_hub_records_nothing() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    set_standing(&stage, "hub", Standing::Revoked);
    stage.refused(&["x:main"], Code::HubMissing);
    stage.said("nora", &["land", &asked.id]);
    stage.assert_recorded();
}

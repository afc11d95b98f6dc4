//! What one alone does not undo by an entry, before it pushes.

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::server::stage::Stage;

/// Returns the refspec by which somebody changes records in the ledger with stock git.
fn entry(stage: &Stage, who: &str, edits: &[Edit]) -> String {
    Stage::to_ledger(&stage.entry(edits).write(stage, who))
}

/// Leaves a finding that would block.
#[track_caller]
fn find(stage: &Stage, who: &str, about: &[&str]) -> String {
    let said = stage.said(who, &[&["find", "It opens a hole", "--severity", "critical"], about].concat());
    said["id"].as_str().unwrap().to_owned()
}

/// S19: nobody has asked for the change yet, so the ledger does not know that carol contributes.
#[test]
fn contributor_does_not_remove_what_it_dismissed() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("carol", "src/a.rs", "fn a() { 1 }\n");
    let id = find(&stage, "sam", &["--on", "src/a.rs"]);
    stage.said("carol", &["dismiss", &id]);
    let removal = [Edit { path: RecordPath::Finding(RecordId::parse(&id).unwrap()), text: None }];
    let by_carol = entry(&stage, "carol", &removal);
    stage.stock_git_accepts(&[&by_carol]);
    stage.refused(&[&by_carol], Code::RecordOwner);
    let asked = stage.request("carol", "x");
    stage.approve("bob", &asked);
    stage.refused(&["x:main"], Code::FindingBlocks);
    // Its author is of one mind with her, and takes it back.
    stage.said("carol", &["request", "--close", &asked.id]);
    stage.accepted(&[&entry(&stage, "sam", &removal)]);
    stage.sync();
    let asked = stage.request("carol", "x");
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// S15: the only root member stays, others go.
#[test]
fn last_root_member_does_not_step_down() {
    let stage = Stage::plain();
    for (who, code) in [("maria", Some(Code::PrincipalStatus)), ("alice", None)] {
        let state = stage.state();
        let found = state.principals.values().find(|enrolled| enrolled.record.id.name() == who);
        let mut record = found.unwrap().record.clone();
        (record.rev, record.status) = (record.rev + 1, git_coord::model::Standing::Revoked);
        let edit = Edit { path: RecordPath::Principal(record.id.clone()), text: Some(record.to_text()) };
        let refspec = entry(&stage, who, &[edit]);
        stage.stock_git_accepts(&[&refspec]);
        match code {
            Some(code) => drop(stage.refused(&[&refspec], code)),
            None => drop(stage.accepted(&[&refspec])),
        }
    }
}

/// APP-13: closing a request and opening the same again sheds nothing, and neither does amending its commit.
#[test]
fn finding_outlives_the_request_that_it_names() {
    for amend in [false, true] {
        let stage = Stage::plain();
        let first = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
        let named = if amend { ["--commit", first.head.as_str()] } else { ["--request", first.id.as_str()] };
        let id = find(&stage, "sam", &named);
        stage.stock_git_accepts(&["x:main"]);
        stage.refused(&["x:main"], Code::FindingBlocks);
        stage.said("alice", &["request", "--close", &first.id]);
        if amend {
            stage.branch("x");
            stage.write("src/a.rs", b"fn a() { 1 }\n");
            stage.commit_all("alice", "Say it otherwise");
        }
        let again = stage.request("alice", "x");
        assert_eq!(again.delta, first.delta);
        assert_eq!(stage.said("bob", &["show", &again.id])["findings"][0], *id);
        stage.approve("bob", &again);
        stage.refused(&["x:main"], Code::FindingBlocks);
        stage.said("sam", &["resolve", &id]);
        assert!(stage.said("bob", &["show", &again.id])["findings"].as_array().unwrap().is_empty());
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
}

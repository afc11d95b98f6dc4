//! What one alone does not undo by an entry, before it pushes.

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;
use crate::support::world::name;

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

/// Returns the next record of somebody.
fn changed(stage: &Stage, who: &str, change: impl FnOnce(&mut Principal)) -> Edit {
    let mut record = stage.state().principal(&Actor::named(who).id).unwrap().record.clone();
    record.rev += 1;
    change(&mut record);
    Edit { path: RecordPath::Principal(record.id.clone()), text: Some(record.to_text()) }
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

/// POL-11, S15, with legal twin and control: the only root member stays, others go.
#[test]
fn last_root_member_does_not_step_down() {
    let stage = Stage::plain();
    for (who, code) in [("maria", Some(Code::PrincipalStatus)), ("alice", None)] {
        let refspec = entry(&stage, who, &[changed(&stage, who, |record| record.status = Standing::Revoked)]);
        stage.stock_git_accepts(&[&refspec]);
        match code {
            Some(code) => drop(stage.refused(&[&refspec], code)),
            None => drop(stage.accepted(&[&refspec])),
        }
    }
}

/// APP-13, with legal twin and control:
/// closing a request and opening the same again sheds nothing, and neither does amending its commit.
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

/// Recasts somebody: nora, who may enroll, is refused, and a root member is not. `meanwhile` looks in between.
#[track_caller]
fn check_recast_by_root_only(stage: &Stage, who: &str, change: impl Fn(&mut Principal), meanwhile: impl Fn()) {
    let recast_by = |by: &str| {
        let recast = changed(stage, who, |record| {
            change(record);
            record.enrolled_by = Actor::named(by).id;
        });
        let refspec = entry(stage, by, &[recast]);
        stage.stock_git_accepts(&[&refspec]);
        refspec
    };
    stage.refused(&[&recast_by("nora")], Code::PrincipalEscalation);
    meanwhile();
    stage.accepted(&[&recast_by("maria")]);
}

/// S14, S19: nora contributes and may enroll; sam's finding keeps its weight, whoever recasts sam.
#[test]
fn recast_of_its_author_takes_no_weight_from_a_finding() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("nora", "src/a.rs", "fn a() { 1 }\n");
    let id = find(&stage, "sam", &["--on", "src/a.rs"]);
    let asked = stage.request("nora", "x");
    stage.approve("bob", &asked);
    stage.refused(&["x:main"], Code::FindingBlocks);
    check_recast_by_root_only(&stage, "sam", |record| record.role = name("builder"), || {});
    stage.sync();
    stage.refused(&["x:main"], Code::FindingBlocks);
    stage.said("bob", &["resolve", &id]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// S14: fred and alice share an operator, and go on to, whatever one enroller says.
#[test]
fn recast_of_a_contributor_makes_nobody_independent() {
    let stage = Stage::with(&PLAIN.replace("[\"vendor\"]", "[\"operator\"]"));
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("fred", &asked, |_| {});
    stage.refused(&["x:main"], Code::ApprovalIndependence);
    let meanwhile = || drop(stage.refused(&["x:main"], Code::ApprovalIndependence));
    check_recast_by_root_only(&stage, "alice", |record| record.operator = Some(name("other")), meanwhile);
    stage.sync();
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

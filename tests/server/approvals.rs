//! Whose approvals count: of people and models who had no hand in the change, until they are withdrawn, vetoed or old.

use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Digest;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::ground::now;
use crate::server::ground::open_ledger;
use crate::server::stage::Asked;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::remove;

const FN: &str = "fn a() { 1 }\n";

fn request_record(stage: &Stage, asked: &Asked) -> Request {
    stage.state().requests.get(&RecordId::parse(&asked.id).unwrap()).unwrap().request.clone()
}

/// APP-1, APP-3, with legal twin
#[test]
fn whoever_opened_or_contributed_does_not_count() {
    let stage = Stage::plain();
    // Bob, who reviews, opens a request for the work of alice.
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("bob", "x");
    let own = stage.coord("bob", &["approve", &asked.id, "--delta", &asked.delta]);
    assert!(own.code != 0 && own.stderr.contains(Code::ApprovalSelf.as_str()), "{}", own.stderr);
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.approve("carol", &asked);
    stage.land("x");
    // Carol signed a commit of the change that alice opened.
    stage.branch("y");
    stage.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    stage.commit("carol", "docs/guide.md", "More\n");
    let asked = stage.request("alice", "y");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.refused(&["y:main"], Code::ApprovalContributor);
    // Squashed under the name of alice alone, carol's hand in it is remembered.
    stage.branch("y2");
    stage.git(&["checkout", "-q", "y", "--", "."]);
    stage.commit_all("alice", "Squash");
    stage.refused(&["y2:main"], Code::ApprovalContributor);
    stage.sync();
    stage.approve("bob", &asked);
    stage.accepted(&["y2:main"]);
}

/// S16: what carol made of a head lands by itself; the rest of that head is not for her to approve. Asked for anew, it has
/// nothing of hers.
#[test]
fn whoever_made_what_landed_of_a_head_does_not_approve_the_rest() {
    for anew in [false, true] {
        let stage = Stage::plain();
        stage.branch("x");
        let first = stage.commit("carol", "src/b.rs", "fn b() { 1 }\n");
        stage.commit("alice", "src/a.rs", FN);
        let whole = stage.request("alice", "x");
        let part = stage.request("carol", &first);
        stage.approve("bob", &part);
        stage.accepted(&[&format!("{first}:main")]);
        stage.sync();
        let rest = if anew {
            stage.said("alice", &["request", "--close", &whole.id]);
            stage.request("alice", "x")
        } else {
            stage.ask("alice", &["request", "x", "--update", &whole.id])
        };
        stage.answer_by_hand("carol", &rest, |_| {});
        if anew {
            stage.accepted(&["x:main"]);
        } else {
            stage.refused(&["x:main"], Code::ApprovalContributor);
            stage.sync();
            stage.approve("bob", &rest);
            stage.accepted(&["x:main"]);
        }
        stage.assert_recorded();
        stage.sync();
        stage.coord("maria", &["audit"]).ok();
    }
}

/// S16: committed once more under another name, a change is still of who made it first.
#[test]
fn whoever_signed_the_same_result_on_another_branch_does_not_count() {
    let stage = Stage::plain();
    stage.branch("first");
    stage.commit("carol", "src/a.rs", FN);
    stage.accepted(&["first"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.refused(&["x:main"], Code::ApprovalContributor);
    stage.sync();
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// Another result says nothing of this one, and nor does a copy that nobody signed: anybody can push one.
#[test]
fn another_result_and_an_unsigned_copy_involve_nobody() {
    let stage = Stage::plain();
    stage.branch("other");
    stage.commit("carol", "src/a.rs", "fn a() { 2 }\n");
    stage.branch("copy");
    stage.write("src/a.rs", FN.as_bytes());
    let carol = "--author=carol <carol@example.org>";
    stage.git(&["commit", "-q", "-a", "--no-gpg-sign", carol, "-m", "Copy"]);
    stage.accepted(&["other", "copy"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    stage.approve("carol", &asked);
    stage.accepted(&["x:main"]);
}

/// APP-3, with legal twin
#[test]
fn a_co_author_does_not_count() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.write("src/a.rs", FN.as_bytes());
    let carol = Actor::named("carol").id;
    stage.commit_all("alice", &format!("Change\n\nCo-authored-by: Carol <{carol}@coord.invalid>"));
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.refused(&["x:main"], Code::ApprovalContributor);
    stage.sync();
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
}

/// APP-2, with legal twin
#[test]
fn a_reviewer_of_the_same_model_family_does_not_count() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("erin", &asked, |_| {});
    stage.refused(&["x:main"], Code::ApprovalIndependence);
    stage.sync();
    stage.approve("nora", &asked);
    stage.accepted(&["x:main"]);
}

/// APP-2, with legal twin
#[test]
fn a_reviewer_of_the_same_operator_does_not_count_where_operators_differ() {
    let policy = PLAIN.replace("[\"vendor\"]", "[\"operator\", \"vendor\"]");
    let stage = Stage::with(&policy);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("fred", &asked, |_| {});
    stage.refused(&["x:main"], Code::ApprovalIndependence);
    stage.sync();
    stage.approve("carol", &asked);
    stage.accepted(&["x:main"]);
}

/// APP-10, with legal twin
#[test]
fn two_approvals_of_one_family_count_once() {
    let stage = Stage::with(&PLAIN.replace("count    = 1", "count    = 2"));
    let asked = stage.approved("x", "src/a.rs", FN);
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    // The same principal again replaces its own answer.
    stage.said("bob", &["approve", &asked.id, "--delta", &asked.delta, "--reason", "Once more"]);
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.approve("carol", &asked);
    stage.answer_by_hand("fred", &asked, |_| {});
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

#[test]
fn an_approval_of_something_else_is_no_approval() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    let request = request_record(&stage, &asked);
    let refuse = |edit: &dyn Fn(&mut Approval), code: Code| {
        let refspec = stage.answer_entry("bob", &asked, |approval| edit(approval));
        stage.refused(&[&refspec], code);
    };
    refuse(&|approval| approval.delta = Digest::new([1; 32]), Code::ApprovalDelta);
    refuse(&|approval| approval.request_rev = Some(2), Code::ApprovalDelta);
    refuse(&|approval| approval.head = Some(request.base), Code::ApprovalDelta);
    refuse(&|approval| approval.principal = Actor::named("carol").id, Code::RecordOwner);
    refuse(&|approval| approval.role = name("maintainer"), Code::PrincipalRole);
    refuse(&|approval| approval.policy = 2, Code::RecordField);
    refuse(&|approval| approval.answer = Answer::Veto, Code::RecordRight);
    stage.answer_by_hand("bob", &asked, |_| {});
    stage.accepted(&["x:main"]);
}

/// APP-12, with legal twin
#[test]
fn a_withdrawn_approval_is_gone() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    let path = RecordPath::Approval(RecordId::parse(&asked.id).unwrap(), Actor::named("bob").id);
    let removal = stage.entry(&[remove(path)]);
    stage.refused(&[&Stage::to_ledger(&removal.write(&stage, "carol"))], Code::RecordOwner);
    stage.said("bob", &["withdraw", &asked.id]);
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
}

/// APP-13, with legal twin
#[test]
fn a_veto_stops_what_others_approved() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    stage.answer("sam", "veto", &asked);
    stage.refused(&["x:main"], Code::ApprovalVeto);
    // The same change under another request is under the same veto; the vetoed one cannot be taken away.
    assert_ne!(stage.coord("alice", &["request", "--close", &asked.id]).code, 0);
    let again = stage.request("dave", "x");
    stage.approve("carol", &again);
    stage.refused_for(&["-o", &format!("coord.request={}", again.id), "x:main"], &[Code::ApprovalVeto]);
    assert_ne!(stage.coord("bob", &["veto", &asked.id, "--delta", &asked.delta]).code, 0, "bob may not");
    stage.said("sam", &["withdraw", &asked.id]);
    stage.accepted(&["-o", &format!("coord.request={}", asked.id), "x:main"]);
}

/// APP-13, with legal twin
#[test]
fn a_veto_in_the_same_push_counts() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    let veto = stage.answer_entry("sam", &asked, |approval| approval.answer = Answer::Veto);
    stage.refused(&["--atomic", &veto, "x:main"], Code::ApprovalVeto);
    stage.accepted(&["x:main"]);
}

/// An approval that comes in the push itself counts: it is signed like any other.
#[test]
fn an_approval_in_the_same_push_counts() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    let by_alice = stage.answer_entry("alice", &asked, |_| {});
    stage.refused(&["--atomic", &by_alice, "x:main"], Code::ApprovalSelf);
    let by_bob = stage.answer_entry("bob", &asked, |_| {});
    stage.accepted(&["--atomic", &by_bob, "x:main"]);
    stage.assert_recorded();
}

/// APP-13, with legal twin
#[test]
fn an_open_finding_of_weight_stops_a_landing() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    // A builder's finding is heard, but stops nobody.
    let note = |who: &str, severity: &str| {
        let said = stage.said(who, &["find", "It is wrong", "--on", "src/a.rs", "--severity", severity, "--force"]);
        said["id"].as_str().unwrap().to_owned()
    };
    note("dave", "critical");
    note("sam", "low");
    let heavy = note("sam", "high");
    stage.refused(&["x:main"], Code::FindingBlocks);
    assert_ne!(stage.coord("alice", &["resolve", &heavy]).code, 0, "alice may not triage");
    stage.refused(&["x:main"], Code::FindingBlocks);
    stage.said("carol", &["resolve", &heavy]);
    stage.accepted(&["x:main"]);
    assert_eq!(stage.hub_tip(MAIN), asked.head);
}

/// APP-16, with legal twin
#[test]
fn an_approval_ages() {
    let stage = Stage::with(&PLAIN.replace("count    = 1", "count    = 1\n  max-age  = \"1h\""));
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    // The request and its first approval are of this morning.
    let (early, asked) = request_of_the_past(&stage);
    stage.append_at(early, &Actor::named("bob"), &[stage.answer_edit("bob", &asked, |_| {})]);
    stage.sync();
    stage.refused(&["x:main"], Code::ApprovalStale);
    stage.said("bob", &["withdraw", &asked.id]);
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
}

/// Opens a request for the branch `x` three hours ago.
pub(super) fn request_of_the_past(stage: &Stage) -> (Timestamp, Asked) {
    let early = now() - Span::from_s(3 * 3_600);
    // What the program would write now, written then: the draft is taken from a request that is closed again elsewhere.
    let copy = Stage::with(&PLAIN.replace("count    = 1", "count    = 1\n  max-age  = \"1h\""));
    copy.git(&["fetch", "-q", stage.work.to_str().unwrap(), "x:x"]);
    let asked = copy.request("alice", "x");
    let request = request_record(&copy, &asked);
    stage.append_at(early, &Actor::named("alice"), &[put(&request)]);
    assert_eq!(open_ledger(&stage.hub).state().time, early);
    (early, asked)
}

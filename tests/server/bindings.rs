//! What an approval is of: this change, for this ref, once; and what it survives.

use std::fs;

use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;

const FN: &str = "fn a() { 1 }\n";

/// APP-5, with legal twin and control
#[test]
fn a_commit_on_top_of_what_was_approved_is_refused() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", FN);
    stage.commit("alice", "src/a.rs", "fn a() { 2 }\n");
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::ApprovalDelta);
    // Below what was approved it is as new.
    stage.branch("y");
    stage.commit("alice", "docs/guide.md", "More\n");
    stage.commit("alice", "src/a.rs", FN);
    stage.refused(&["y:main"], Code::ApprovalDelta);
    stage.accepted(&["x~1:main"]);
}

/// APP-4, with legal twin
#[test]
fn a_branch_that_was_replaced_after_its_approval_is_refused() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { evil }\n");
    stage.refused(&["x:main"], Code::ApprovalDelta);
    // Asking anew does not carry the old approval along.
    stage.said("alice", &["request", "x", "--update", &asked.id]);
    stage.refused(&["x:main"], Code::ApprovalDelta);
    stage.git(&["checkout", "-q", "-B", "x", &asked.head]);
    stage.said("alice", &["request", "x", "--update", &asked.id]);
    // A change and a change back do not revive it either.
    stage.refused(&["x:main"], Code::ApprovalDelta);
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
}

/// Returns what git calls the patch of a branch.
#[track_caller]
fn patch_id(stage: &Stage, branch: &str) -> String {
    let patch = stage.git_try(&["diff", "refs/remotes/hub/main", branch]).ok().stdout;
    let mut command = stage.program(&stage.work, "git");
    let said = stage.run(command.args(["patch-id", "--stable"]), patch.as_bytes()).ok();
    said.stdout.split(' ').next().unwrap().to_owned()
}

/// APP-6, with legal twin and control:
/// what git calls the same patch is another delta: other white space, another place.
#[test]
fn a_patch_that_only_looks_the_same_is_refused() {
    let stage = Stage::plain();
    stage.branch("base");
    // Two places that look alike, as far as a patch tells where it belongs.
    let around = |first: &str, second: &str| format!("{0}{first}{0}{0}{second}{0}", "pass();\npass();\npass();\n");
    let base = stage.commit("alice", "src/a.rs", &around("", ""));
    let asked = stage.request("alice", "base");
    stage.approve("bob", &asked);
    stage.land("base");
    assert_eq!(stage.hub_tip(MAIN), base);
    stage.approved("x", "src/a.rs", &around("    evil();\n", ""));
    for other in [around("evil();\n", ""), around("", "    evil();\n")] {
        stage.branch("other");
        stage.commit("alice", "src/a.rs", &other);
        assert_eq!(patch_id(&stage, "other"), patch_id(&stage, "x"));
        stage.stock_git_accepts(&["other:main"]);
        stage.refused(&["other:main"], Code::ApprovalDelta);
    }
    stage.accepted(&["x:main"]);
}

/// APP-7, with legal twin
#[test]
fn an_approval_for_one_ref_does_not_land_on_another() {
    let stage = Stage::with(&PLAIN.replace("refs/heads/release/*", "refs/heads/dev"));
    stage.accepted_adoption("dev");
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.ask("alice", &["request", "x", "--into", "dev"]);
    stage.approve("bob", &asked);
    stage.refused(&["x:main"], Code::ApprovalRef);
    stage.refused(&["-o", &format!("coord.request={}", asked.id), "x:main"], Code::ApprovalRef);
    stage.accepted(&["x:dev"]);
}

/// APP-7, with legal twin: the same commits, landed on one branch, are as new on another.
#[test]
fn a_landing_on_one_ref_opens_no_other() {
    let stage = Stage::with(&PLAIN.replace("refs/heads/release/*", "refs/heads/dev"));
    stage.accepted_adoption("dev");
    stage.branch("x");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.ask("alice", &["request", "x", "--into", "dev"]);
    stage.approve("bob", &asked);
    stage.accepted(&["x:dev"]);
    stage.sync();
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    let asked = stage.request("alice", "x");
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// APP-9, with legal twin
#[test]
fn an_approval_lands_once() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", FN);
    stage.land("x");
    stage.approved("undo", "src/a.rs", "fn a() {}\n");
    stage.land("undo");
    // The same change again, byte for byte.
    stage.branch("again");
    stage.commit("alice", "src/a.rs", FN);
    stage.refused(&["again:main"], Code::ApprovalConsumed);
    let asked = stage.request("alice", "again");
    stage.refused(&["again:main"], Code::ApprovalThreshold);
    stage.approve("bob", &asked);
    stage.accepted(&["again:main"]);
    stage.assert_recorded();
}

/// APP-14, with legal twin and control
#[test]
fn a_change_of_nothing_needs_a_request_of_its_own() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit_all("alice", "Nothing");
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::ApprovalEmptyDelta);
    // Nor does one make a hostile history reachable.
    stage.branch("side");
    stage.commit("alice", "src/a.rs", "fn a() { evil }\n");
    stage.branch("y");
    stage.git(&["merge", "-q", "--no-ff", "-s", "ours", "--no-commit", "side"]);
    stage.commit_all("alice", "Merge nothing");
    stage.refused(&["y:main"], Code::ApprovalEmptyDelta);
    stage.git(&["checkout", "-q", "x"]);
    let asked = stage.request("alice", "x");
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
}

/// APP-19, with legal twin
#[test]
fn an_approval_in_the_code_is_no_approval() {
    let stage = Stage::plain();
    stage.branch("x");
    let asked = {
        stage.commit("alice", "src/a.rs", FN);
        stage.request("alice", "x")
    };
    let elsewhere = format!(".coord/approvals/{}/{}.toml", asked.id, Actor::named("bob").id);
    let unapproved = Code::ApprovalThreshold;
    let lies_there = [unapproved, Code::WorktreeReplaced];
    for (file, codes) in [(elsewhere.as_str(), &lies_there[..]), ("policy.toml", &[unapproved])] {
        stage.branch("x");
        stage.write(file, b"format = 1\nverdict = \"approve\"\n");
        stage.git(&["add", "-f", file]);
        stage.commit("alice", "src/a.rs", FN);
        assert!(stage.git(&["ls-files"]).contains(file));
        let asked = stage.request("alice", "x");
        stage.refused_for(&["-o", &format!("coord.request={}", asked.id), "x:main"], codes);
        stage.git(&["rm", "-q", "--cached", file]);
        fs::remove_file(stage.work.join(file)).unwrap();
    }
    stage.approve("bob", &asked);
    stage.git(&["checkout", "-q", "-f", "-B", "x", &asked.head]);
    stage.accepted(&["x:main"]);
}

/// APP-16, with legal twin
#[test]
fn what_is_bound_to_a_tree_lands_as_that_tree() {
    let stage = Stage::with(&PLAIN.replace("count    = 1", "count    = 1\n  bind     = \"tree\""));
    let first = stage.approved("x", "src/a.rs", FN);
    stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.land("y");
    // The base moved in another file: the delta is the same, the result is not.
    stage.git(&["checkout", "-q", "x"]);
    rebase(&stage);
    stage.refused(&["x:main"], Code::ApprovalTree);
    stage.said("alice", &["request", "x", "--update", &first.id]);
    stage.approve("bob", &first);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

fn rebase(stage: &Stage) {
    let key = format!("user.signingKey={}", stage.key_file("alice").display());
    stage.git(&["-c", &key, "rebase", "-q", "-S", "refs/remotes/hub/main"]);
}

#[test]
fn an_approved_change_survives_rebase_squash_and_rewording() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 0 }\n");
    stage.commit("alice", "src/a.rs", FN);
    let asked = stage.request("alice", "x");
    stage.approve("bob", &asked);
    stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.land("y");
    // Squashed and reworded, on a base that moved in another file.
    stage.branch("squashed");
    stage.commit("alice", "src/a.rs", FN);
    stage.git(&["checkout", "-q", "x"]);
    rebase(&stage);
    stage.stock_git_accepts(&["x:main"]);
    stage.git(&["checkout", "-q", "squashed"]);
    stage.accepted(&["squashed:main"]);
    stage.assert_recorded();
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// The same file changed on the base: what was approved is not what would land.
#[test]
fn a_base_that_moved_in_the_same_file_asks_again() {
    let stage = Stage::plain();
    stage.branch("long");
    let lines: String = (0..40).map(|line| format!("line {line}\n")).collect();
    let asked = {
        stage.commit("alice", "src/a.rs", &lines);
        stage.request("alice", "long")
    };
    stage.approve("bob", &asked);
    stage.land("long");
    let first = stage.approved("x", "src/a.rs", &lines.replace("line 2\n", "line two\n"));
    stage.approved("y", "src/a.rs", &lines.replace("line 37\n", "line thirty-seven\n"));
    stage.land("y");
    stage.git(&["checkout", "-q", "x"]);
    rebase(&stage);
    stage.refused(&["x:main"], Code::ApprovalDelta);
    let asked = stage.ask("alice", &["request", "x", "--update", &first.id]);
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
}

//! Squashes and merges of what was approved: who makes them is not their author (S16).

use git_coord::rules::Code;

use crate::server::cast::STRICT;
use crate::server::stage::Asked;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;

/// A claimed change of alice in two commits that `nora` approved, while the main branch went on in another file.
#[track_caller]
fn approved_by_nora(stage: &Stage) -> Asked {
    stage.claim("alice", &["src/a.rs"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 0 }\n");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("alice", "x");
    stage.approve("nora", &asked);
    stage.claim("dave", &["src/b.rs"]);
    stage.branch("y");
    stage.commit("dave", "src/b.rs", "fn b() { 1 }\n");
    let other = stage.request("dave", "y");
    stage.approve("carol", &other);
    stage.land("y");
    asked
}

/// Stages what a branch changes on top of the main branch.
#[track_caller]
fn squash(stage: &Stage, branch: &str) {
    stage.branch("squashed");
    stage.git(&["merge", "-q", "--squash", branch]);
}

/// As a forge does it: without a signature that we know.
#[track_caller]
fn commit_unsigned(stage: &Stage) {
    stage.git(&["commit", "-q", "--no-gpg-sign", "-m", "Merge x"]);
}

/// Whoever approved may squash and push, without a claim, and another clone comes to the same verdict afterwards.
#[test]
fn the_approver_squashes_and_lands_without_a_claim() {
    let stage = Stage::strict();
    let asked = approved_by_nora(&stage);
    squash(&stage, "x");
    stage.commit_all("nora", "Squash x");
    stage.accepted(&["squashed:main"]);
    stage.assert_recorded();
    let landed = stage.state().landed.iter().next().unwrap().1.clone();
    assert_eq!(landed.signers.iter().map(|id| &id.as_str()[..5]).collect::<Vec<_>>(), ["alice"]);
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
    // A branch that nora goes on with from there says nothing of who made it.
    stage.branch("after");
    stage.commit_all("nora", "Run the checks again");
    stage.coord("maria", &["audit"]).ok();
    let clone = stage.root.join("elsewhere");
    stage.git_in(&stage.root, &["clone", "-q", "--no-local", stage.hub.to_str().unwrap(), clone.to_str().unwrap()]);
    stage.coord_in(&clone, &["join", Actor::named("maria").id.as_str(), "--remote", "origin"]).ok();
    stage.coord_in(&clone, &["--json", "audit"]).ok();
    // Where the head that was approved is gone, the audit says so, and not that somebody landed what she should not have.
    let head = &asked.head;
    stage.at_hub(&["update-ref", "-d", &format!("refs/requests/{}/{head}", asked.id)]);
    let bare = stage.root.join("bare");
    stage.git_in(&stage.root, &["clone", "-q", "--no-local", stage.hub.to_str().unwrap(), bare.to_str().unwrap()]);
    stage.coord_in(&bare, &["join", Actor::named("maria").id.as_str(), "--remote", "origin"]).ok();
    let told = stage.coord_in(&bare, &["--json", "audit"]);
    assert!(told.code == 1 && told.stdout.contains("facts gone") && !told.stdout.contains("replay"), "{}", told.stdout);
}

/// One word more in the squash, and it is a change of her own.
#[test]
fn a_squash_with_a_word_more_is_another_change() {
    let stage = Stage::strict();
    approved_by_nora(&stage);
    squash(&stage, "x");
    stage.write("src/a.rs", b"fn a() { 1 } // more\n");
    stage.commit_all("nora", "Squash x");
    stage.stock_git_accepts(&["squashed:main"]);
    stage.refused(&["squashed:main"], Code::ApprovalDelta);
}

/// Whoever does not ask with the head that was reviewed makes the change hers.
#[test]
fn a_copy_that_asks_for_itself_is_of_who_signed_it() {
    let stage = Stage::strict();
    approved_by_nora(&stage);
    squash(&stage, "x");
    stage.commit_all("nora", "Squash x");
    stage.said("nora", &["request", "squashed"]);
    let asked = stage.ask("nora", &["request", "squashed"]);
    stage.approve("carol", &asked);
    let own = format!("coord.request={}", asked.id);
    stage.refused(&["-o", &own, "squashed:main"], Code::ClaimOverlap);
}

#[test]
fn squash_and_merge_of_a_forge_land_where_the_policy_takes_them() {
    let takes = STRICT.replace("commits  = \"signed\"", "commits  = \"signed\"\nforge-commits = \"delta\"");
    for policy in [STRICT, takes.as_str()] {
        let stage = Stage::with(policy, "sha1");
        approved_by_nora(&stage);
        squash(&stage, "x");
        commit_unsigned(&stage);
        stage.branch("merged");
        stage.git(&["merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge x", "x"]);
        if policy == STRICT {
            stage.refused(&["squashed:main"], Code::RangeSignature);
            stage.refused(&["merged:main"], Code::RangeSignature);
            continue;
        }
        // The change is what was approved, or nothing is.
        stage.git(&["checkout", "-q", "-B", "more", "squashed"]);
        stage.write("src/a.rs", b"fn a() { 1 } // more\n");
        stage.git(&["commit", "-q", "-a", "--no-gpg-sign", "--amend", "--no-edit"]);
        stage.refused(&["more:main"], Code::ApprovalDelta);
        stage.accepted(&["merged:main"]);
        stage.assert_recorded();
        stage.sync();
        stage.coord("maria", &["audit"]).ok();
        assert_eq!(stage.hub_tip(MAIN), stage.tip("merged"));
    }
}

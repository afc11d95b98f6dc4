//! Claims at the gate: what was done under a lost lease does not land.

use git_coord::ledger::Edit;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Span;
use git_coord::rules::Code;

use crate::server::ground::now;
use crate::server::stage::Asked;
use crate::server::stage::Stage;
use crate::support::world::Actor;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::text;

/// Makes a branch with one commit of alice, asked for by her and approved by carol.
#[track_caller]
fn work(stage: &Stage) -> Asked {
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.sync();
    asked
}

/// After a refusal for a lost claim, a new one heals.
#[track_caller]
fn heals_with_a_new_claim(stage: &Stage, asked: &Asked) {
    stage.claim("alice", &["src/a.rs"]);
    stage.said("alice", &["request", "x", "--update", &asked.id]);
    stage.approve("carol", asked);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// Makes a claim of alice that expired some time ago.
#[track_caller]
fn expired_claim(stage: &Stage) -> Claim {
    let early = now() - Span::from_s(3_600);
    let claim = Claim {
        rev: 1,
        id: RecordId::from_random(RecordKind::Claim, [7; 5]),
        holder: Actor::named("alice").id,
        intent: text("Work"),
        paths: patterns(&["src/a.rs"]),
        resources: Vec::new(),
        mode: ClaimMode::Exclusive,
        contention: Contention::Refuse,
        expires: early + Span::from_s(600),
        task: None,
        mission: None,
        branch: None,
        offered_to: None,
        revoked_by: None,
    };
    stage.append_at(early, &Actor::named("alice"), &[put(&claim)]);
    stage.sync();
    claim
}

#[test]
fn work_lands_under_a_claim_that_is_held_or_was_given_back() {
    for released in [false, true] {
        let stage = Stage::strict();
        let claim = stage.claim("alice", &["src/a.rs"]);
        work(&stage);
        if released {
            stage.said("alice", &["release", &claim]);
        }
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
        stage.sync();
        stage.coord("maria", &["audit"]).ok();
    }
}

#[test]
fn work_without_a_claim_does_not_land() {
    let stage = Stage::strict();
    let asked = work(&stage);
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::ClaimOverlap);
    // The claim of somebody else who had no part in it covers nothing.
    let claim = stage.claim("dave", &["src/"]);
    stage.said("alice", &["request", "x", "--update", &asked.id, "--claim", &claim]);
    stage.approve("carol", &asked);
    stage.refused(&["x:main"], Code::ClaimOverlap);
    stage.said("dave", &["release", &claim]);
    heals_with_a_new_claim(&stage, &asked);
}

/// S10: each contributor's claim is cited, whoever opens the request.
#[test]
fn work_of_several_lands_under_the_claim_of_each() {
    for claimed in [true, false] {
        let stage = Stage::strict();
        let mut expected = vec![stage.claim("alice", &["src/a.rs"])];
        if claimed {
            expected.push(stage.claim("dave", &["src/b.rs"]));
        }
        stage.branch("x");
        stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
        stage.commit("dave", "src/b.rs", "fn b() { 1 }\n");
        let asked = stage.request("alice", "x");
        stage.answer_by_hand("carol", &asked, |_| {});
        stage.sync();
        let state = stage.state();
        let mut cited: Vec<_> = state.requests.values().next().unwrap().request.claims.iter().collect();
        cited.sort();
        expected.sort();
        assert_eq!(cited.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        if claimed {
            stage.accepted(&["x:main"]);
            stage.assert_recorded();
        } else {
            stage.refused(&["x:main"], Code::ClaimOverlap);
        }
    }
}

#[test]
fn work_under_a_claim_of_afterwards_does_not_land() {
    let stage = Stage::strict();
    let asked = work(&stage);
    stage.claim("alice", &["src/a.rs"]);
    stage.refused(&["x:main"], Code::ClaimOverlap);
    stage.said("alice", &["request", "x", "--update", &asked.id]);
    stage.approve("carol", &asked);
    stage.accepted(&["x:main"]);
}

#[test]
fn work_under_a_revoked_claim_does_not_land() {
    let stage = Stage::strict();
    let claim = stage.claim("alice", &["src/a.rs"]);
    let asked = work(&stage);
    let path = RecordPath::Claim(RecordId::parse(&claim).unwrap());
    let removal = stage.entry(&[remove(path)]);
    for who in ["dave", "maria"] {
        stage.refused(&[&Stage::to_ledger(&removal.write(&stage, who))], Code::RecordOwner);
    }
    stage.said("maria", &["revoke", &claim]);
    stage.refused(&["x:main"], Code::ClaimFenced);
    stage.sync();
    heals_with_a_new_claim(&stage, &asked);
}

#[test]
fn work_under_a_claim_that_was_handed_over_does_not_land() {
    let stage = Stage::strict();
    let claim = stage.claim("alice", &["src/a.rs"]);
    let asked = work(&stage);
    stage.said("alice", &["handoff", &claim, "--to", Actor::named("dave").id.as_str()]);
    // Offered is not given.
    stage.said("dave", &["handoff", &claim, "--accept"]);
    stage.refused(&["x:main"], Code::ClaimFenced);
    stage.said("dave", &["release", "--all"]);
    heals_with_a_new_claim(&stage, &asked);
}

/// LEASE-3, with legal twin: a holder that slept, woke up after its lease was taken over, and pushes what it had.
#[test]
fn work_under_a_claim_that_was_taken_over_does_not_land() {
    let stage = Stage::strict();
    let claim = expired_claim(&stage);
    let asked = work(&stage);
    let held = stage.coord("dave", &["claim", "src/a.rs", "--intent", "Take it"]);
    assert_ne!(held.code, 0, "only a takeover takes it");
    let taken = stage.said("dave", &["claim", "src/a.rs", "--intent", "Take it", "--takeover"]);
    assert_eq!(taken["state"], "held");
    stage.refused(&["x:main"], Code::ClaimFenced);
    // The old lease does not come back either.
    let renewed = Edit { path: RecordPath::Claim(claim.id.clone()), ..put(&Claim { rev: 2, ..claim }) };
    let entry = stage.entry(&[renewed]).write(&stage, "alice");
    stage.refused(&[&Stage::to_ledger(&entry)], Code::ClaimFenced);
    stage.said("dave", &["release", "--all"]);
    heals_with_a_new_claim(&stage, &asked);
}

#[test]
fn an_expired_claim_that_nobody_took_still_counts() {
    let stage = Stage::strict();
    expired_claim(&stage);
    work(&stage);
    stage.accepted(&["x:main"]);
}

/// LEASE-3, with legal twin
#[test]
fn work_under_an_older_token_does_not_land_after_that_of_a_newer_one() {
    let stage = Stage::strict();
    let first = stage.claim("alice", &["src/a.rs"]);
    stage.said("alice", &["release", &first]);
    stage.claim("dave", &["src/a.rs"]);
    stage.branch("y");
    stage.commit("dave", "src/a.rs", "fn a() { 2 }\n");
    let asked = stage.request("dave", "y");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.sync();
    stage.land("y");
    stage.said("dave", &["release", "--all"]);
    let asked = work(&stage);
    stage.refused(&["x:main"], Code::ClaimFenced);
    heals_with_a_new_claim(&stage, &asked);
}

/// S10: what a wider claim replaced is no way back to the ground, and `request` does not cite it.
#[test]
fn work_after_the_loss_of_a_wider_claim_does_not_land_under_what_it_replaced() {
    for lost in [false, true] {
        let stage = Stage::strict();
        stage.claim("alice", &["src/a.rs"]);
        let wide = stage.claim("alice", &["src/"]);
        if lost {
            stage.said("maria", &["revoke", &wide]);
            stage.sync();
        }
        work(&stage);
        match lost {
            true => drop(stage.refused(&["x:main"], Code::ClaimOverlap)),
            false => drop(stage.accepted(&["x:main"])),
        }
    }
}

//! Missions: their rules come on top of those of everybody, and nobody gets round them by not naming the mission.

use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::RecordName;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/pay.rs"];
/// A mission in which a human approves as well, and claims are few and short.
const PAYMENTS: &str = r#"
[missions.payments.claims]
ttl-max       = "1h"
per-principal = 2

[[missions.payments.protect]]
name = "payments"
refs = ["refs/heads/main"]

  [[missions.payments.protect.approvals]]
  count = 1
  from  = ["maintainer"]
"#;

fn world() -> World {
    World::with_policy(|policy| format!("{policy}{PAYMENTS}"))
}

fn payments() -> Option<RecordName> {
    Some(name("payments"))
}

/// Returns a change of `alice` that asks to land, of these missions by its claim and by its request, with the approval of
/// another agent.
fn approved(
    world: &mut World,
    by_claim: Option<RecordName>,
    by_request: Option<RecordName>,
) -> (SegmentFacts, Request) {
    let alice = Actor::named("alice");
    let claim = Claim { mission: by_claim, ..world.draft_claim(&alice, PATHS) };
    world.ok(&alice, &[put(&claim)]);
    let facts = work(&alice, PATHS);
    let mut request = world.draft_request(&alice, &crate::kernel::push::main_ref(), &facts, &[&claim]);
    request.mission = by_request;
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    (facts, request)
}

/// Checks that the word of a human is missing, and that it is all that is missing.
#[track_caller]
fn check_needs_human(mut world: World, facts: &SegmentFacts, request: &Request) {
    Gate::of(&world).blocks(facts, request, Code::ApprovalThreshold);
    let landed = world.draft_landing(request, facts);
    let edits = world.landing_edits(&landed);
    world.refuse(&Actor::named("nora"), &edits, Code::ApprovalThreshold);
    world.answer(&Actor::named("maria"), request, Answer::Approve);
    Gate::of(&world).allows(facts, request);
    world.land(&Actor::named("nora"), request, facts);
}

#[test]
fn mission_asks_for_more() {
    let mut world = world();
    let (facts, request) = approved(&mut world, payments(), payments());
    check_needs_human(world, &facts, &request);
}

#[test]
fn change_of_no_mission_or_another_is_asked_what_everybody_is() {
    for mission in [None, Some(name("search"))] {
        let mut world = world();
        let (facts, request) = approved(&mut world, mission.clone(), mission);
        Gate::of(&world).allows(&facts, &request);
        world.land(&Actor::named("nora"), &request, &facts);
    }
}

#[test]
fn request_that_leaves_the_mission_of_its_claim_out_belongs_to_it() {
    let mut world = world();
    let (facts, request) = approved(&mut world, payments(), None);
    check_needs_human(world, &facts, &request);
}

#[test]
fn change_on_ground_that_was_held_for_a_mission_belongs_to_it_though_the_claim_is_not_cited() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let of_mission = Claim { mission: payments(), ..world.draft_claim(&alice, PATHS) };
    world.ok(&alice, &[put(&of_mission)]);
    world.ok(&alice, &[take_away(&of_mission)]);
    let (facts, request) = approved(&mut world, None, None);
    check_needs_human(world, &facts, &request);
}

#[test]
fn request_keeps_its_mission() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let (_, request) = approved(&mut world, None, payments());
    let without = Request { rev: 2, mission: None, ..request.clone() };
    world.refuse(&alice, &[put(&without)], Code::RecordField);
    let other = Request { rev: 2, mission: Some(name("search")), ..request.clone() };
    world.refuse(&alice, &[put(&other)], Code::RecordField);
    world.ok(&alice, &[put(&Request { rev: 2, ..request })]);
    // One that had none may still be put into one: that only asks for more.
    let (_, request) = approved_again(&mut world);
    world.ok(&alice, &[put(&Request { rev: 2, mission: payments(), ..request })]);
}

fn approved_again(world: &mut World) -> (SegmentFacts, Request) {
    let (alice, paths) = (Actor::named("alice"), &["src/other.rs"]);
    let facts = work(&alice, paths);
    let (_, request) = world.ask(&alice, &facts, paths);
    (facts, request)
}

#[test]
fn mission_does_not_loosen_what_everybody_is_asked() {
    let lax = r#"
[[missions.lax.protect]]
name    = "lax"
refs    = ["refs/heads/main"]
commits = "any"
forge-commits = "delta"

  [[missions.lax.protect.approvals]]
  count = 1
  from  = ["reviewer"]
"#;
    let mut world = World::with_policy(|policy| format!("{policy}{lax}"));
    let (alice, lax) = (Actor::named("alice"), Some(name("lax")));
    let claim = Claim { mission: lax.clone(), ..world.draft_claim(&alice, PATHS) };
    world.ok(&alice, &[put(&claim)]);
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &crate::kernel::push::main_ref(), &facts, &[&claim]);
    let request = Request { mission: lax, ..request };
    world.ok(&alice, &[put(&request)]);
    // Another of the same vendor: enough for the mission, and not for everybody.
    world.answer(&Actor::named("dave"), &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

#[test]
fn claims_of_a_mission_are_shorter_and_fewer() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let of_mission =
        |world: &mut World, path: &str| Claim { mission: payments(), ..world.draft_claim(&alice, &[path]) };
    let long = of_mission(&mut world, "src/a.rs");
    let long = Claim { expires: world.now + Span::from_s(2 * 3_600), ..long };
    world.refuse(&alice, &[put(&long)], Code::ClaimTtl);
    world.ok(&alice, &[put(&Claim { mission: None, ..long })]);
    for path in ["src/b.rs", "src/c.rs"] {
        let claim = of_mission(&mut world, path);
        world.ok(&alice, &[put(&claim)]);
    }
    let third = of_mission(&mut world, "src/d.rs");
    world.refuse(&alice, &[put(&third)], Code::ClaimQuota);
    world.ok(&alice, &[put(&Claim { mission: None, ..third })]);
}

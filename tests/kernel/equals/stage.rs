//! Those who could think that they are above the gate, and what each of them tries.

use git_coord::model::Answer;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

/// Those who could think that they are above it.
pub const MIGHTY: [&str; 3] = ["sam", "nora", "maria"];
pub const PATHS: &[&str] = &["src/a.rs"];

/// The policy of the world with whatever everybody needs to ask for a landing and to answer.
pub fn free(policy: &str) -> String {
    let policy = policy.replace("claims   = \"held\"\n", "");
    policy.replace(
        "[roles.security]\nmay = [\"find\", \"triage\", \"approve\", \"veto\"]",
        "[roles.security]\nmay = [\"find\", \"triage\", \"request\", \"approve\", \"veto\"]",
    )
}

/// A change that somebody asks to land.
pub fn asked(who: &Actor, facts: &SegmentFacts) -> (World, Request) {
    let mut world = World::with_policy(free);
    let request = world.draft_request(who, &main_ref(), facts, &[]);
    world.ok(who, &[put(&request)]);
    (world, request)
}

/// Has each of them try something at the gate: nothing but this stops it, and `legal` mends that.
#[track_caller]
pub fn blocked(
    attack: impl Fn(&Actor) -> (World, SegmentFacts, Request, Code),
    legal: impl Fn(&mut World, &Actor, &Request),
) {
    for who in MIGHTY.map(Actor::named) {
        let (mut world, facts, request, code) = attack(&who);
        Gate::of(&world).blocks(&facts, &request, code);
        legal(&mut world, &who, &request);
        Gate::of(&world).allows(&facts, &request);
    }
}

pub fn by_carol(world: &mut World, _: &Actor, request: &Request) {
    world.answer(&Actor::named("carol"), request, Answer::Approve);
}

/// The same, and the word of the security role counts as a reviewer's.
pub fn counted(policy: &str) -> String {
    free(policy).replacen("[\"reviewer\", \"maintainer\"]", "[\"reviewer\", \"maintainer\", \"security\"]", 1)
}

/// A change of alice that she asks to land under a policy, and that one of them approves.
pub fn approved(who: &Actor, policy: impl FnOnce(&str) -> String) -> (World, SegmentFacts, Request) {
    let (mut world, facts, request) = asked_by_alice(policy);
    world.answer(who, &request, Answer::Approve);
    (world, facts, request)
}

pub fn asked_by_alice(policy: impl FnOnce(&str) -> String) -> (World, SegmentFacts, Request) {
    let (mut world, alice) = (World::with_policy(policy), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
    world.ok(&alice, &[put(&request)]);
    (world, facts, request)
}

//! Queues: who waits for whom, who is next, and who would wait for ever.

use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Span;
use git_coord::rules::Code;
use git_coord::rules::Ending;
use git_coord::rules::waited_for;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::take_away;

fn cast() -> (World, Actor, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"), Actor::named("nora"))
}

/// S8
#[test]
fn queued_claims_are_held_in_the_order_of_their_making() {
    let (mut world, alice, bob, nora) = cast();
    let first = world.claim(&alice, &["src/"]);
    let second = world.queue(&bob, &["src/a.rs"]);
    let third = world.queue(&nora, &["src/**"]);
    assert_eq!((world.lease(&second.id).held, world.lease(&third.id).held), (None, None));
    assert_eq!(waited_for(world.state(), world.lease(&third.id)).len(), 2);
    let height = world.ok(&alice, &[take_away(&first)]);
    let token = world.lease(&second.id).held.unwrap().token;
    assert_eq!(token, height, "the token is the height of the entry after which it is held");
    assert_eq!(world.lease(&third.id).held, None);
    world.ok(&bob, &[take_away(&second)]);
    assert!(world.lease(&third.id).held.unwrap().token > token);
}

/// S8: whoever comes later does not overtake those who wait.
#[test]
fn new_claim_conflicts_with_queued_ones() {
    let (mut world, alice, bob, nora) = cast();
    let first = world.claim(&alice, &["src/a.rs"]);
    world.queue(&bob, &["src/"]);
    let late = world.draft_claim(&nora, &["src/b.rs"]);
    world.refuse(&nora, &[put(&late)], Code::ClaimHeld);
    world.queue(&nora, &["src/b.rs"]);
    world.ok(&alice, &[take_away(&first)]);
    world.claim(&nora, &["docs/"]);
}

#[test]
fn queued_claim_without_obstacle_is_held_at_once() {
    let (mut world, alice, bob, _) = cast();
    let claim = world.queue(&alice, &["src/"]);
    assert!(world.lease(&claim.id).held.is_some());
    let waiting = world.queue(&bob, &["src/"]);
    assert!(world.lease(&waiting.id).held.is_none());
}

#[test]
fn waiting_in_a_circle_is_refused() {
    let (mut world, alice, bob, nora) = cast();
    world.claim(&alice, &["a"]);
    world.claim(&bob, &["b"]);
    world.claim(&nora, &["c"]);
    world.queue(&alice, &["b"]);
    world.queue(&bob, &["c"]);
    let closing = world.draft_queued(&nora, &["a"]);
    world.refuse(&nora, &[put(&closing)], Code::ClaimDeadlock);
    let own = world.draft_queued(&alice, &["a"]);
    world.refuse(&alice, &[put(&own)], Code::ClaimDeadlock);
    world.queue(&alice, &["c"]);
}

/// Giving way instead of waiting breaks what would have been a circle.
#[test]
fn release_in_the_same_entry_breaks_the_circle() {
    let (mut world, alice, bob, _) = cast();
    world.claim(&alice, &["a"]);
    let held = world.claim(&bob, &["b"]);
    let waiting = world.queue(&alice, &["b"]);
    let closing = world.draft_queued(&bob, &["a"]);
    world.refuse(&bob, &[put(&closing)], Code::ClaimDeadlock);
    world.ok(&bob, &[take_away(&held), put(&closing)]);
    assert!(world.lease(&waiting.id).held.is_some());
}

/// S8: nobody takes over past a queue, but anybody clears the way for it.
#[test]
fn expired_claim_that_others_wait_for_is_removed_not_taken() {
    let (mut world, alice, bob, nora) = cast();
    let old = world.claim(&alice, &["src/"]);
    let waiting = Claim { expires: world.now + Span::from_s(14_400), ..world.draft_queued(&bob, &["src/"]) };
    world.ok(&bob, &[put(&waiting)]);
    world.pass(1_800 + 120);
    let grab = world.draft_claim(&nora, &["src/"]);
    world.refuse(&nora, &[take_away(&old), put(&grab)], Code::ClaimHeld);
    let behind = world.draft_queued(&nora, &["src/"]);
    world.ok(&nora, &[take_away(&old), put(&behind)]);
    assert!(world.lease(&waiting.id).held.is_some() && world.lease(&behind.id).held.is_none());
    assert_eq!(world.state().tombstones[&old.id].ending, Ending::Expired);
    world.refuse(&alice, &[put(&old)], Code::ClaimFenced);
}

#[test]
fn claim_that_others_wait_for_keeps_its_grace() {
    let (mut world, alice, bob, _) = cast();
    let carol = Actor::named("carol");
    let old = world.claim(&alice, &["src/"]);
    world.queue(&bob, &["src/"]);
    world.pass(1_800 + 119);
    world.refuse(&carol, &[take_away(&old)], Code::RecordOwner);
    world.pass(1);
    world.ok(&carol, &[take_away(&old)]);
}

/// S8, with legal twin: who waits for something else has no use for it.
#[test]
fn expired_claim_is_not_cleared_away_for_those_who_wait_for_something_beside_it() {
    let (mut world, alice, bob, nora) = cast();
    let carol = Actor::named("carol");
    let old = world.claim(&alice, &["src/*.rs"]);
    world.claim(&bob, &["src/x/"]);
    world.queue(&nora, &["src/x/a.rs"]);
    world.pass(1_800 + 120);
    world.refuse(&carol, &[take_away(&old)], Code::RecordOwner);
    world.queue(&nora, &["src/a.rs"]);
    world.ok(&carol, &[take_away(&old)]);
}

/// S8
#[test]
fn claim_that_expired_while_it_waited_is_removable_at_once() {
    let (mut world, alice, bob, _) = cast();
    let carol = Actor::named("carol");
    let held = Claim { expires: world.now + Span::from_s(14_400), ..world.draft_claim(&alice, &["src/"]) };
    world.ok(&alice, &[put(&held)]);
    let waiting = world.queue(&bob, &["src/"]);
    world.pass(1_799);
    world.refuse(&carol, &[take_away(&waiting)], Code::RecordOwner);
    world.pass(1);
    world.ok(&alice, &[take_away(&waiting)]);
}

/// S7, S8: handing over is no way around a queue.
#[test]
fn offered_claim_is_not_handed_over_past_a_queue() {
    let (mut world, alice, bob, nora) = cast();
    let claim = world.claim(&alice, &["src/"]);
    world.queue(&nora, &["src/a.rs"]);
    world.ok(&alice, &[put(&Claim { rev: 2, offered_to: Some(bob.id.clone()), ..claim.clone() })]);
    let own = world.draft_claim(&bob, &["src/"]);
    world.refuse(&bob, &[take_away(&claim), put(&own)], Code::ClaimHeld);
    let beside = world.draft_claim(&bob, &["src/b.rs"]);
    world.ok(&bob, &[take_away(&claim), put(&beside)]);
}

#[test]
fn narrowing_lets_those_who_wait_for_the_rest_in() {
    let (mut world, alice, bob, _) = cast();
    let claim = world.claim(&alice, &["src/"]);
    let waiting = world.queue(&bob, &["src/b/"]);
    let kept = world.queue(&bob, &["src/a/x.rs"]);
    world.ok(&alice, &[put(&Claim { rev: 2, paths: patterns(&["src/a/"]), ..claim })]);
    let token = world.lease(&waiting.id).held.unwrap().token;
    assert!(token > world.lease(&kept.id).since && world.lease(&kept.id).held.is_none());
}

#[test]
fn shared_claims_leave_the_queue_together() {
    let (mut world, alice, bob, nora) = cast();
    let claim = world.claim(&alice, &["src/"]);
    let shared = |claim: Claim| Claim { mode: ClaimMode::Shared, ..claim };
    let one = shared(world.draft_queued(&bob, &["src/a.rs"]));
    world.ok(&bob, &[put(&one)]);
    let other = shared(world.draft_queued(&nora, &["src/a.rs"]));
    world.ok(&nora, &[put(&other)]);
    world.ok(&alice, &[take_away(&claim)]);
    assert_eq!(world.lease(&one.id).held, world.lease(&other.id).held);
    assert!(world.lease(&one.id).held.is_some());
}

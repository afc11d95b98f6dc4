//! Ground beside one's own: one wider claim in place of both.

use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::Ending;
use git_coord::rules::SegmentFacts;
use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::proptest;
use proptest::sample::select;
use proptest::strategy::Strategy;

use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: [&str; 8] = ["src/", "src/a.rs", "src/*.rs", "SRC/A.rs", "docs/", "docs/x/y", "tests/b.rs", "**/b.rs"];
const PROBES: [&str; 7] = ["src/a.rs", "src/x/z", "SRC/A.rs", "docs/x/y", "docs/q", "tests/b.rs", "b.rs"];

fn some_paths() -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(&PATHS[..]), 1..4)
}

/// Claims one list of paths, then another, as one wider claim where they overlap.
fn run(first: &[&str], second: &[&str]) {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let held = world.claim(&alice, first);
    let token = world.lease(&held.id).held.unwrap().token;
    let asked = world.draft_claim(&alice, second);
    if asked.conflicts_with(&held) {
        world.refuse(&alice, &[put(&asked)], Code::ClaimHeld);
        let wide = asked.widened_by(&held);
        world.ok(&alice, &[take_away(&held), put(&wide)]);
        assert!(world.lease(&wide.id).held.unwrap().token > token);
        let replaced = Ending::Replaced(vec![wide.id.clone()]);
        assert_eq!(world.state().tombstones[&held.id].ending, replaced, "it counts as long as the wide one");
    } else {
        world.ok(&alice, &[put(&asked)]);
    }
    let covers = |claim: &Claim, path: &str| claim.covers_path(path.as_bytes());
    let [one, other] = [first, second].map(|paths| world.draft_claim(&alice, paths));
    for probe in PROBES {
        let live = world.state().claims.values().filter(|lease| covers(&lease.claim, probe)).count();
        assert!(live <= 1, "P4: {probe} has {live} tokens");
        assert_eq!(live == 1, covers(&one, probe) || covers(&other, probe), "{probe}");
        let theirs = world.draft_claim(&bob, &[probe]);
        if live == 1 {
            world.refuse(&bob, &[put(&theirs)], Code::ClaimHeld);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wider_claim_covers_the_ground_of_both_and_nothing_twice(first in some_paths(), second in some_paths()) {
        run(&first, &second);
    }
}

const NARROW: &[&str] = &["src/a.rs"];

/// Returns a world in which `alice` put a claim on wider ground in the place of a narrow one.
fn widened(ground: &[&str]) -> (World, Actor, Claim, Claim) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let narrow = world.claim(&alice, NARROW);
    let wide = replace(&mut world, &alice, &narrow, ground);
    (world, alice, narrow, wide)
}

fn replace(world: &mut World, holder: &Actor, old: &Claim, ground: &[&str]) -> Claim {
    let new = world.draft_claim(holder, ground);
    world.ok(holder, &[take_away(old), put(&new)]);
    new
}

/// Asks to land work on the narrow ground, under this claim alone.
fn asked(world: &mut World, alice: &Actor, cited: &Claim) -> (SegmentFacts, Request) {
    let facts = work(alice, NARROW);
    let request = world.draft_request(alice, &main_ref(), &facts, &[cited]);
    world.ok(alice, &[put(&request)]);
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    (facts, request)
}

fn revoke(world: &mut World, claim: &Claim) -> Claim {
    let nora = Actor::named("nora");
    let revoked = Claim { rev: claim.rev + 1, revoked_by: Some(nora.id.clone()), ..claim.clone() };
    world.ok(&nora, &[put(&revoked)]);
    revoked
}

/// Ends a claim otherwise than by giving it back.
fn lose(world: &mut World, alice: &Actor, wide: &Claim, how: &str) {
    let bob = Actor::named("bob");
    match how {
        "revocation" => drop(revoke(world, wide)),
        "revocation and removal" => {
            let revoked = revoke(world, wide);
            world.ok(&Actor::named("nora"), &[take_away(&revoked)]);
        }
        "handing over" => {
            let offered = Claim { rev: wide.rev + 1, offered_to: Some(bob.id.clone()), ..wide.clone() };
            world.ok(alice, &[put(&offered)]);
            replace(world, &bob, &offered, &["src/"]);
        }
        _ => {
            world.pass(3_600);
            replace(world, &bob, wide, &["src/"]);
        }
    }
}

/// S10: the narrow claim is no way back to ground that was lost with the wide one.
#[test]
fn replaced_claim_does_not_outlive_the_loss_of_its_successor() {
    for how in ["revocation", "revocation and removal", "handing over", "takeover"] {
        let (mut world, alice, narrow, wide) = widened(&["src/"]);
        lose(&mut world, &alice, &wide, how);
        let (facts, request) = asked(&mut world, &alice, &narrow);
        Gate::of(&world).blocks(&facts, &request, Code::ClaimFenced);
    }
}

#[test]
fn replaced_claim_counts_while_its_successor_is_held_and_after_it_was_given_back() {
    let (mut world, alice, narrow, wide) = widened(&["src/"]);
    let (facts, request) = asked(&mut world, &alice, &narrow);
    Gate::of(&world).allows(&facts, &request);
    world.ok(&alice, &[take_away(&wide)]);
    Gate::of(&world).allows(&facts, &request);
}

/// The same however often it was replaced, and whatever came of it in one entry.
#[test]
fn chain_of_replaced_claims_counts_as_long_as_its_end() {
    for is_lost in [false, true] {
        let (mut world, alice, narrow, wide) = widened(&["src/"]);
        let wider = replace(&mut world, &alice, &wide, &["src/", "docs/"]);
        // Two in the place of one, which cover only some of it.
        let (one, other) = (world.draft_claim(&alice, &["src/b.rs"]), world.draft_claim(&alice, NARROW));
        world.ok(&alice, &[take_away(&wider), put(&one), put(&other)]);
        let (facts, request) = asked(&mut world, &alice, &narrow);
        Gate::of(&world).allows(&facts, &request);
        match is_lost {
            false => {
                world.ok(&alice, &[take_away(&other)]);
                Gate::of(&world).allows(&facts, &request);
            }
            true => {
                lose(&mut world, &alice, &other, "revocation and removal");
                Gate::of(&world).blocks(&facts, &request, Code::ClaimFenced);
            }
        }
    }
}

/// What was given back before counts by itself: the ground of another claim is not its successor.
#[test]
fn claim_released_beside_a_new_one_elsewhere_counts_by_itself() {
    let (mut world, alice, narrow, elsewhere) = widened(&["docs/"]);
    assert_eq!(world.state().tombstones[&narrow.id].ending, Ending::Released);
    lose(&mut world, &alice, &elsewhere, "revocation and removal");
    let (facts, request) = asked(&mut world, &alice, &narrow);
    Gate::of(&world).allows(&facts, &request);
}

/// A successor is remembered as long as a request cites what it replaced.
#[test]
fn successor_of_a_cited_claim_is_not_forgotten() {
    let (mut world, alice, narrow, wide) = widened(&["src/"]);
    let (_, request) = asked(&mut world, &alice, &narrow);
    world.ok(&alice, &[take_away(&wide)]);
    world.pass(15 * 86_400);
    for index in 0..40 {
        world.claim_and_release(&alice, index);
    }
    assert!([&narrow, &wide].iter().all(|claim| world.state().tombstones.contains_key(&claim.id)));
    world.ok(&alice, &[put(&Request { rev: 2, claims: Vec::new(), ..request })]);
    for index in 40..80 {
        world.claim_and_release(&alice, index);
    }
    assert!([&narrow, &wide].iter().all(|claim| !world.state().tombstones.contains_key(&claim.id)));
}

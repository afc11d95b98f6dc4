//! Clocks that jump, and who holds what meanwhile.

use git_coord::model::Claim;
use git_coord::model::Span;
use git_coord::rules::Code;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const HOUR: Span = Span::from_s(3_600);
const PATH: &str = "src/a.rs";

/// Returns who holds the path, and under which token.
#[track_caller]
fn holder(world: &World) -> (String, u64) {
    let held: Vec<_> = world.state().claims.values().filter_map(|lease| Some((&lease.claim, lease.held?))).collect();
    let [(claim, held)] = held[..] else { panic!("not exactly one holds it: {held:?}") };
    (claim.holder.to_string(), held.token)
}

/// TIME-3, with legal twin: the machine of a claimant slept, or its clock was set, an hour back and an hour on.
#[test]
fn clock_that_jumps_grants_nothing_twice() {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let mut held = world.claim(&alice, &[PATH]);
    let mut owner = &alice;
    let mut rival = &bob;
    let mut last = holder(&world).1;
    let steps: [fn(World) -> World; 7] = [back, on, on, back, on, on, back];
    let mut takeovers = 0;
    for (number, step) in steps.into_iter().enumerate() {
        world = step(world);
        let ledger_time = world.state().time;
        let want =
            Claim { expires: world.now.max(ledger_time) + Span::from_s(600), ..world.draft_claim(rival, &[PATH]) };
        world.refuse(rival, &[put(&want)], Code::ClaimHeld);
        // By the ledger's time, which never goes back, the lease is over or it is not.
        let is_over = world.now.max(ledger_time) >= held.expires + Span::from_s(120);
        let takeover = [take_away(&held), put(&want)];
        if !is_over {
            world.refuse(rival, &takeover, Code::ClaimHeld);
            assert_eq!(holder(&world), (owner.id.to_string(), last), "step {number}");
            continue;
        }
        world.ok(rival, &takeover);
        // Whoever had it wakes up, whatever its clock says by then.
        let woken = Claim { rev: held.rev + 1, expires: want.expires, ..held };
        world.refuse(owner, &[put(&woken)], Code::ClaimFenced);
        (owner, rival) = (rival, owner);
        held = want;
        let (who, token) = holder(&world);
        assert_eq!(who, owner.id.to_string());
        assert!(token > last, "step {number}: tokens grow");
        (last, takeovers) = (token, takeovers + 1);
    }
    assert_eq!(takeovers, 2);
    assert!(world.ledger.voids().is_empty());
}

fn back(world: World) -> World {
    at(world, |world| world.now - HOUR)
}

fn on(world: World) -> World {
    at(world, |world| world.now + HOUR)
}

fn at(mut world: World, now: impl Fn(&World) -> git_coord::model::Timestamp) -> World {
    world.now = now(&world);
    world
}

//! Clones whose clocks differ: what is decided while they differ by less than is allowed, and what is said beyond.

use crate::support::clock::Clock;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// LEASE-5, with legal twin: a clone whose clock is too far behind is told that, and not that others were faster.
#[test]
fn clone_whose_clock_is_behind_is_told_so() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let clock = Clock::new(&sandbox);
    let [alice, bob] = ["alice", "bob"].map(|name| {
        let id = text(&hub.maria.coord(&["enroll", name, "--role", "builder"]).ok().json()["id"]);
        let clone = hub.clone(&sandbox, name);
        clone.coord(&["join", &id]).ok();
        Actor { id, ..clone }
    });
    let claim = |who: &Actor, seconds, path: &str| {
        clock.given_to(who, seconds).coord(&["claim", path, "--intent", "Work", "--force"])
    };
    claim(&bob, 40, "src/a.rs").ok();
    // She has not heard of it yet, and twice when she has.
    for path in ["src/b.rs", "src/a.rs", "src/b.rs"] {
        claim(&alice, -40, path).fails(1, "entry.skew");
    }
    claim(&alice, -10, "src/b.rs").ok();
    claim(&alice, -10, "src/a.rs").fails(3, "claim.held");
}

//! Ground beside one's own: one wider claim in place of both.

use git_coord::model::Claim;
use git_coord::rules::Code;
use git_coord::rules::Ending;
use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::proptest;
use proptest::sample::select;
use proptest::strategy::Strategy;

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
        assert_eq!(world.state().tombstones[&held.id].ending, Ending::Released, "work under it still lands");
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

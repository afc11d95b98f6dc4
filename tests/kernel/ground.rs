//! Who lies on some ground: what is found by the beginnings of patterns is what comparing every claim would find.

use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Pattern;
use git_coord::rules::State;
use git_coord::rules::leases_on;
use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::proptest;
use proptest::sample::select;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const PATTERNS: [&str; 22] = [
    "**",
    "*",
    "src/",
    "src/**",
    "src/a.rs",
    "SRC/A.rs",
    "src/*.rs",
    "src/a*",
    "src/a/b/c/d.rs",
    "src/a/**/d.rs",
    "s?c/a.rs",
    "[rs]rc/",
    "srcs/",
    "docs/caf\u{e9}.md",
    "docs/cafe\u{301}.md",
    "docs/cafe*",
    "docs/CAF\u{c9}.MD",
    "docs/cafe\u{301}*",
    "docs/\u{130}",
    "docs/i\u{307}*",
    "docs/stra\u{df}e",
    "docs/STRASSE/",
];

/// Compares the quick answer with the slow one, for every pattern.
fn compare(state: &State) {
    for asked in PATTERNS {
        let asked = Pattern::parse(asked).unwrap();
        let mut slow: Vec<_> = state.claims.values().collect();
        slow.retain(|lease| lease.claim.paths.iter().any(|own| own.overlaps(&asked)));
        slow.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
        assert_eq!(leases_on(state, &[asked]), slow);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn claims_are_found_as_if_each_were_compared(
        steps in vec((vec(select(&PATTERNS[..]), 1..4), 0_usize..4), 1..12)
    ) {
        let roomy = |policy: &str| policy.replace("per-principal = 5", "per-principal = 50");
        let (mut world, alice) = (World::with_policy(roomy), Actor::named("alice"));
        let mut live: Vec<Claim> = Vec::new();
        for (mut paths, action) in steps {
            paths.dedup();
            match (action, live.pop()) {
                (0, Some(claim)) => drop(world.ok(&alice, &[take_away(&claim)])),
                (1, Some(claim)) if claim.paths.len() > 1 => {
                    let narrow = Claim { rev: claim.rev + 1, paths: claim.paths[1..].to_vec(), ..claim };
                    world.ok(&alice, &[put(&narrow)]);
                    live.push(narrow);
                }
                (_, last) => {
                    live.extend(last);
                    let claim = Claim { mode: ClaimMode::Shared, ..world.draft_claim(&alice, &paths) };
                    world.ok(&alice, &[put(&claim)]);
                    live.push(claim);
                }
            }
            compare(world.state());
        }
    }
}

//! Everybody reads the ledger, so nobody may flood it.

use git_coord::model::Claim;
use git_coord::rules::Code;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::text;

/// LED-15: so many entries an hour, by the dates of the entries, and each principal by itself.
#[test]
fn principal_makes_only_so_many_entries_an_hour() {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let claim = world.claim(&alice, &["src/"]);
    let changed = |rev: u64| put(&Claim { rev, intent: text(&format!("Work {rev}")), ..claim.clone() });
    for rev in 2..=10_000 {
        world.ok(&alice, &[changed(rev)]);
    }
    world.refuse(&alice, &[changed(10_001)], Code::EntryQuota);
    world.claim(&bob, &["docs/"]);
    world.pass(3_600);
    world.ok(&alice, &[changed(10_001)]);
    assert_eq!(world.state().paces[&alice.id].count, 1);
}

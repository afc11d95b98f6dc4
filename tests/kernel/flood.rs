//! Everybody reads the ledger, so nobody may flood it.

use git_coord::model::Claim;
use git_coord::model::Severity;
use git_coord::rules::Code;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::text;

/// LED-15, with legal twin: so many records an hour, by the dates of the entries, and each principal by itself.
#[test]
fn principal_changes_only_so_many_records_an_hour() {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let claim = world.claim(&alice, &["src/"]);
    let changed = |rev: u64| put(&Claim { rev, intent: text(&format!("Work {rev}")), ..claim.clone() });
    for rev in 2..=9_990 {
        world.ok(&alice, &[changed(rev)]);
    }
    // Many records in one entry are as many.
    let mut findings =
        |count| (0..count).map(|_| put(&world.draft_finding(&alice, Severity::Low, &["src/"]))).collect::<Vec<_>>();
    let (many, few) = (findings(11), findings(10));
    world.refuse(&alice, &many, Code::EntryQuota);
    world.ok(&alice, &few);
    world.refuse(&alice, &[changed(9_991)], Code::EntryQuota);
    world.claim(&bob, &["docs/"]);
    world.pass(3_600);
    world.ok(&alice, &[changed(9_991)]);
    assert_eq!(world.state().paces[&alice.id].count, 1);
}

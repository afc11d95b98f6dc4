//! Keys that were retired, and what is still believed of them.

use git_coord::ledger::Ledger;
use git_coord::ledger::LedgerError;
use git_coord::ledger::Lost;
use git_coord::ledger::MemoryStore;
use git_coord::model::Principal;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

fn code(error: &LedgerError) -> Code {
    match error {
        LedgerError::Refused(fault, _) => fault.refusal.code,
        LedgerError::Lost(Lost::Left { .. }) => Code::LedgerFork,
        other => panic!("not refused: {other}"),
    }
}

/// LED-14, with legal twin: a root member's old key begins another ledger, or goes on from before it was retired.
#[test]
fn history_by_a_retired_root_key_is_told_by_the_pin_and_by_what_was_verified() {
    let (mut world, maria) = (World::new(), Actor::named("maria"));
    let early = world.chain().clone();
    let new = maria.rekeyed("maria 2");
    let record = world.rotated(&maria, &new);
    world.ok(&maria, &[put(&record)]);
    world.claim(&Actor::named("alice"), &["src/"]);
    let (pin, head) = (world.ledger.pin(), world.chain().head);

    // From the beginning: whoever has the pin alone is told.
    let other = World::with_policy(|policy| policy.replace("per-principal = 5", "per-principal = 6"));
    let fresh = MemoryStore::default();
    fresh.copy_objects_from(world.store);
    fresh.copy_objects_from(other.store);
    fresh.force_head(other.chain().head);
    assert_eq!(code(&Ledger::open_pinned(&fresh, Some(pin), world.now).unwrap_err()), Code::LedgerRoot);

    // From before it was retired: whoever saw what came since is told, and keeps it as evidence.
    let out = Principal { rev: 2, status: Standing::Revoked, ..world.record(&Actor::named("nora")) };
    let forged = world.commit(&maria, early.head, early.valid_tree, &[put(&out)], world.now);
    world.store.force_head(forged);
    assert_eq!(code(&world.ledger.refresh(world.now).unwrap_err()), Code::LedgerFork);
    assert!(world.store.evidence().contains(&forged));
    // After it, the old key is nobody's.
    world.store.force_head(head);
    world.refuse(&maria, &[put(&out)], Code::KeyRevoked);

    let fresh = MemoryStore::default();
    fresh.copy_objects_from(world.store);
    fresh.force_head(head);
    assert_eq!(Ledger::open_pinned(&fresh, Some(pin), world.now).unwrap().chain(), world.chain());
    world.ok(&new, &[put(&out)]);
}

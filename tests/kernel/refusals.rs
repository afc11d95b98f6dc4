//! What is read of a refusal: programs go by its code, people by its message.

use git_coord::model::Severity;
use git_coord::rules::Code;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

#[test]
fn refusal_reads_as_its_message_and_its_code_as_programs_know_it() {
    let mut world = World::new();
    let [alice, bob] = ["alice", "bob"].map(Actor::named);
    let finding = world.draft_finding(&alice, Severity::Low, &["src/"]);
    let refusal = world.refuse(&bob, &[put(&finding)], Code::RecordOwner);
    assert!(refusal.message.contains(&format!("`{}`", bob.id)), "{}", refusal.message);
    assert_eq!((refusal.to_string(), refusal.code.to_string()), (refusal.message, "record.owner".to_owned()));
}

//! A second key makes no second principal: what was said and done with either is one's own.

use git_coord::model::Answer;
use git_coord::rules::Code;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

const PATHS: &[&str] = &["src/a.rs"];

/// Gives somebody another key, with which it acts from then on.
#[track_caller]
fn rotate(world: &mut World, who: &Actor) -> Actor {
    let new = who.rekeyed("another key");
    let record = world.rotated(who, &new);
    world.ok(who, &[put(&record)]);
    new
}

/// APP-1, with legal twin: asked for with one key, and approved with the next.
#[test]
fn opener_does_not_approve_with_its_next_key() {
    let (mut world, nora, alice) = (World::new(), Actor::named("nora"), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    world.claim(&alice, PATHS);
    let (_, request) = world.ask(&nora, &work(&nora, &["docs/a.md"]), &["docs/a.md"]);
    let new = rotate(&mut world, &nora);
    let own = world.draft_answer(&new, &request, Answer::Approve);
    world.refuse(&new, &[put(&own)], Code::ApprovalSelf);
    // What somebody else asks for, and has done, she approves with it.
    let theirs = world.state().claims.values().find(|lease| lease.claim.holder == alice.id).unwrap().claim.clone();
    let theirs = world.draft_request(&alice, &crate::kernel::push::main_ref(), &facts, &[&theirs]);
    world.ok(&alice, &[put(&theirs)]);
    world.answer(&new, &theirs, Answer::Approve);
    Gate::of(&world).allows(&facts, &theirs);
}

/// APP-3, with legal twin: signed with one key, and approved with the next.
#[test]
fn contributor_does_not_approve_with_its_next_key() {
    let (mut world, nora, alice) = (World::new(), Actor::named("nora"), Actor::named("alice"));
    let mut facts = work(&alice, PATHS);
    facts.commits.push(crate::kernel::push::signed("more", &nora, &[]));
    let (_, request) = world.ask(&alice, &facts, PATHS);
    let new = rotate(&mut world, &nora);
    world.answer(&new, &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor);
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-10, with legal twin: one approval with each of two keys, and with a file of its own for each.
#[test]
fn two_keys_of_one_principal_approve_once() {
    let twice = |policy: &str| policy.replacen("count    = 1", "count    = 2", 1);
    let (mut world, alice, nora) = (World::with_policy(twice), Actor::named("alice"), Actor::named("nora"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    let first = world.answer(&nora, &request, Answer::Approve);
    let new = rotate(&mut world, &nora);
    let again = world.draft_answer(&new, &request, Answer::Approve);
    world.refuse(&new, &[put(&again)], Code::EntryEmpty);
    let reworded = git_coord::model::Approval { reason: Some(crate::support::world::text("Once more")), ..again };
    world.ok(&new, &[put(&reworded)]);
    assert_eq!(world.state().answers(&request.id).count(), 1);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    // A file under the id that the new key would have had is that of nobody.
    let other = Actor::from_seed("nora", "another key");
    let elsewhere = git_coord::model::Approval { principal: other.id, ..first };
    world.refuse(&new, &[put(&elsewhere)], Code::RecordOwner);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

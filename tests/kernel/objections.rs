//! What is said against a request: whether it is a veto, what it is worth now, and of what it is (S18).

use git_coord::model::Answer;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Force;
use git_coord::rules::SegmentFacts;
use git_coord::rules::objections;

use crate::kernel::actions;
use crate::kernel::overruling::overrule;
use crate::kernel::overruling::vetoed;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

/// Returns who objects, whether by a veto, and what that is worth.
fn told(world: &World, id: &RecordId) -> Vec<(String, bool, Force)> {
    let found = objections(world.state(), id);
    let one = |objection: &git_coord::rules::Objection| {
        (objection.answered.approval.principal.name().to_owned(), objection.is_veto(), objection.force)
    };
    found.iter().map(one).collect()
}

#[test]
fn objection_is_told_with_what_it_is_worth_by_now() {
    let (mut world, _, request, _) = vetoed();
    let [maria, dave, sam] = ["maria", "dave", "sam"].map(Actor::named);
    let check = |world: &World, veto, rejection| {
        let expected = [("sam".to_owned(), true, veto), ("dave".to_owned(), false, rejection)];
        assert_eq!(told(world, &request.id), expected);
    };
    world.answer(&dave, &request, Answer::Reject);
    check(&world, Force::Stands, Force::Stands);
    for who in ["maria", "ruth"] {
        overrule(&mut world, who, &request);
    }
    check(&world, Force::Overruled, Force::Stands);
    for (status, [veto, rejection]) in [
        (Standing::Suspended, [Force::Overruled, Force::Stands]),
        (Standing::Revoked, [Force::Disowned, Force::Disowned]),
    ] {
        for who in [&dave, &sam] {
            world.ok(&maria, &[put(&Principal { status, ..world.next_record(who) })]);
        }
        check(&world, veto, rejection);
    }
}

/// A rejection is of the request as it stood, a veto of whatever it becomes.
#[test]
fn rejection_is_outdated_by_an_edit_and_a_veto_is_not() {
    let (mut world, _, request, _) = vetoed();
    let [alice, dave] = ["alice", "dave"].map(Actor::named);
    world.answer(&dave, &request, Answer::Reject);
    world.ok(&alice, &[put(&Request { rev: 2, ..request.clone() })]);
    let expected = [("sam".to_owned(), true, Force::Stands), ("dave".to_owned(), false, Force::Outdated)];
    assert_eq!(told(&world, &request.id), expected);
}

/// S18, with legal twins: a veto of a command is said against every request for the very same, and neither against another nor
/// by whoever vetoes a change of a ref that bears its digest: anybody may write one there.
#[test]
fn veto_of_a_command_is_said_against_the_same_command_only() {
    let mut world = actions::world();
    let [alice, sam] = ["alice", "sam"].map(Actor::named);
    let (vetoed, same) = (actions::ask(&mut world, &alice), actions::ask(&mut world, &alice));
    let other = actions::draft(&mut world, &alice, "deploy", &["./deploy.sh"]);
    world.ok(&alice, &[put(&other)]);
    let veto = actions::answer(&world, &sam, &vetoed, Answer::Veto);
    world.ok(&sam, &[put(&veto)]);
    let expected = [("sam".to_owned(), true, Force::Stands)];
    assert_eq!([told(&world, &vetoed.id), told(&world, &same.id)], [expected.clone(), expected.clone()]);
    assert!(told(&world, &other.id).is_empty());
    let facts = SegmentFacts { delta: other.delta, ..work(&alice, &["src/a.rs"]) };
    let (_, landing) = world.ask(&alice, &facts, &["src/a.rs"]);
    world.answer(&sam, &landing, Answer::Veto);
    assert_eq!(told(&world, &landing.id), expected);
    assert!(told(&world, &other.id).is_empty());
}

//! What comes with a draft of the policy, what is answered to it, and what its activation leaves alone (S20).

use git_coord::format::sha256;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::kernel::policies::LOOSER;
use crate::kernel::policies::TIGHTER;
use crate::kernel::policies::answer;
use crate::kernel::policies::change;
use crate::kernel::policies::edited;
use crate::kernel::policies::proposed;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::write;

/// Each draft has a request of its own: one that nobody asks about would stay for ever.
#[test]
fn draft_does_not_come_along_with_the_request_for_another() {
    let (mut world, maria) = (World::new(), Actor::named("maria"));
    let policy = edited(&world, &["maria"], 1, LOOSER);
    let [asked, beside] = [(); 2].map(|()| change(&mut world, &maria, &policy));
    let mut along = asked.open().to_vec();
    along.push(beside.draft.clone());
    world.refuse(&maria, &along, Code::RecordMissing);
    along.push(put(&beside.request));
    world.ok(&maria, &along);
}

/// Whoever answers says which draft was read, and nothing of commits: a draft has none.
#[test]
fn answer_to_a_draft_is_of_exactly_that_draft() {
    let (mut world, roots, change) = proposed();
    let good = answer(&world, &roots[1], &change.request, Answer::Approve);
    for bad in [
        Approval { delta: sha256(b"another draft"), ..good.clone() },
        Approval { delta: sha256(b"another draft"), request_rev: None, ..good.clone() },
        Approval { head: Some(object("head")), ..good.clone() },
        Approval { new_tree: Some(object("tree")), request_rev: None, ..good.clone() },
        Approval { request_rev: Some(2), ..good.clone() },
    ] {
        world.refuse(&roots[1], &[put(&bad)], Code::ApprovalDelta);
    }
    world.ok(&roots[1], &[put(&Approval { request_rev: None, ..good.clone() })]);
    world.ok(&roots[1], &[put(&good)]);
    world.ok(&roots[0], &change.activation(&[&roots[1]]));
}

/// A request to land is no request to change the policy: closing it makes nothing active, and has an entry of its own.
#[test]
fn tightening_closes_no_request_to_land() {
    let (mut world, maria) = (World::new(), Actor::named("maria"));
    let request = world.draft_request(&maria, &main_ref(), &work(&maria, &["src/a.rs"]), &[]);
    world.ok(&maria, &[put(&request)]);
    let tighter = write(RecordPath::Policy, &edited(&world, &["maria"], 1, TIGHTER));
    world.refuse(&maria, &[tighter.clone(), take_away(&request)], Code::EntryMixed);
    world.ok(&maria, &[tighter]);
    world.ok(&maria, &[take_away(&request)]);
}

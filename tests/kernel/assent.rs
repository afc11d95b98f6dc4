//! What a request for a command lacks, and who could give it, as the rules of the action find it at some moment (S7).

use git_coord::model::ActionRequest;
use git_coord::model::Answer;
use git_coord::rules::Code;
use git_coord::rules::Consent;
use git_coord::rules::assent;
use git_coord::rules::could_approve_action;

use crate::kernel::actions;
use crate::kernel::actions::approve;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

/// Returns a world in which `alice` asks for a command that takes two maintainers.
fn wiping() -> (World, ActionRequest) {
    let (mut world, alice) = (actions::world(), Actor::named("alice"));
    let request = actions::draft(&mut world, &alice, "wipe", &["./wipe.sh"]);
    world.ok(&alice, &[put(&request)]);
    (world, request)
}

/// Returns whether it may be run, and for how many seconds more.
fn told(world: &World, request: &ActionRequest) -> (Consent, Option<i64>) {
    let found = assent(world.state(), &world.state().petitions[&request.id], world.now);
    (found.consent(), found.until().map(|until| until.unix_s() - world.now.unix_s()))
}

/// With legal twins: it is ready until the first of the approvals that it takes has expired, and whoever is not asked makes it
/// neither ready nor expired.
#[test]
fn command_may_be_run_until_the_first_of_its_approvals_expires() {
    let (mut world, request) = wiping();
    let [carol, nora, olga, sam] = ["carol", "nora", "olga", "sam"].map(Actor::named);
    assert_eq!(told(&world, &request), (Consent::Open, None));
    approve(&mut world, &carol, &request);
    assert_eq!(told(&world, &request), (Consent::Open, None), "it is not asked");
    approve(&mut world, &nora, &request);
    assert_eq!(told(&world, &request), (Consent::Open, None), "it takes two");
    world.pass(60);
    approve(&mut world, &olga, &request);
    assert_eq!(told(&world, &request), (Consent::Ready, Some(3_540)));
    let veto = actions::answer(&world, &sam, &request, Answer::Veto);
    world.ok(&sam, &[put(&veto)]);
    assert_eq!(told(&world, &request), (Consent::Vetoed, None));
    world.ok(&sam, &[take_away(&veto)]);
    world.pass(3_540);
    assert_eq!(told(&world, &request), (Consent::Ready, Some(0)));
    world.pass(1);
    assert_eq!(told(&world, &request), (Consent::Expired, None));
}

#[test]
fn who_could_approve_is_told_for_each_rule() {
    let (mut world, wipe) = wiping();
    let deploy = actions::ask(&mut world, &Actor::named("alice"));
    let could = |who: &str, request: &ActionRequest| -> Vec<_> {
        let petition = &world.state().petitions[&request.id];
        let found = could_approve_action(world.state(), petition, &Actor::named(who).id, world.now);
        found.into_iter().map(|could| could.map_err(|not| not.code)).collect()
    };
    assert_eq!([could("carol", &deploy), could("nora", &deploy), could("nora", &wipe)], [[Ok(())]; 3]);
    for (who, request, code) in [
        ("alice", &deploy, Code::ApprovalSelf),
        ("erin", &deploy, Code::ApprovalIndependence),
        ("carol", &wipe, Code::ApprovalThreshold),
    ] {
        assert_eq!(could(who, request), [Err(code)], "{who}");
    }
}

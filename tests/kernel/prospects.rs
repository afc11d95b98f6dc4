//! Who could satisfy the rules of a policy, before there is anything to approve.

use git_coord::model::Policy;
use git_coord::model::PrincipalKind;
use git_coord::model::Right;
use git_coord::rules::attesters;
use git_coord::rules::prospects;

use crate::kernel::gate_checks::TESTS;
use crate::kernel::gate_checks::enroll;
use crate::kernel::gate_checks::with_checks;
use crate::support::world::World;
use crate::support::world::name;

/// Returns the policy of every world, edited.
fn draft(edit: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = World::new().state().policy.clone();
    edit(&mut policy);
    policy
}

/// What a draft takes from a role its holders would not have.
#[test]
fn rights_are_those_of_the_policy_that_is_asked_about() {
    let could = |policy: &Policy| -> Vec<Vec<String>> {
        let found = prospects(World::new().state(), policy);
        let names = found.iter().map(|prospect| {
            prospect.could.iter().map(|approver| approver.enrolled.record.id.name().to_owned()).collect()
        });
        names.collect()
    };
    let agents = ["carol", "dave", "erin"];
    let humans = ["maria", "nora", "olga"];
    assert_eq!(could(&draft(|_| ())), [[agents, humans].concat(), humans.to_vec()]);
    let powerless = draft(|policy| {
        policy.roles.get_mut(&name("reviewer")).unwrap().may.remove(&Right::Approve);
    });
    assert_eq!(could(&powerless), [humans, humans]);
}

#[test]
fn rule_for_which_too_few_are_enrolled_is_told_from_the_others() {
    for (count, enough) in [(3, true), (4, false)] {
        let asked = draft(|policy| policy.protections[0].approvals[1].count = count);
        let found = prospects(World::new().state(), &asked);
        assert_eq!(found.iter().map(|prospect| prospect.is_enough()).collect::<Vec<_>>(), [true, enough]);
    }
}

/// With legal twin: so it is with those who could attest its checks.
#[test]
fn services_are_those_of_the_policy_that_is_asked_about() {
    let mut world = World::with_policy(|policy| with_checks(policy, TESTS));
    enroll(&mut world, "ci", PrincipalKind::Service, "maria");
    let could = |edit: fn(&mut Policy)| -> Vec<Vec<String>> {
        let mut policy = world.state().policy.clone();
        edit(&mut policy);
        let found = attesters(world.state(), &policy);
        found.iter().map(|one| one.could.iter().map(|by| by.record.id.name().to_owned()).collect()).collect()
    };
    assert_eq!(could(|_| ()), [["ci"]]);
    let powerless = could(|policy| {
        policy.roles.get_mut(&name("ci")).unwrap().may.remove(&Right::Attest);
    });
    assert_eq!(powerless, [[""; 0]]);
}

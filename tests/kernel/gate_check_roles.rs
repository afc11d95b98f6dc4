//! What a service said of a tree in one role, and what it says of it in another (APP-17).

use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Attestations;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::gate_checks::TESTS;
use crate::kernel::gate_checks::attest;
use crate::kernel::gate_checks::enroll;
use crate::kernel::gate_checks::with_checks;
use crate::kernel::push::Gate;
use crate::kernel::push::found;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;

/// Another job of the same name, on other paths of the same ref.
const OTHERS: &str = "\n[[protect]]\nname = \"infra\"\nrefs = [\"refs/heads/main\"]\n\n  [[protect.checks]]\n  name = \"tests\"\n  \
                      from = [\"nightly\"]\n  paths = [\"src/infra/**\"]\n";

/// Returns a world in which a change of these paths is approved, a service that says that it failed, and another one in the
/// same role.
pub fn failed(checks: &str, paths: &[&str]) -> (World, SegmentFacts, Request, [Actor; 2]) {
    let roles = |policy: &str| {
        let nightly = "[roles.nightly]\nmay = [\"attest\"]\n\n[roles.ci]";
        with_checks(policy, checks).replacen("[roles.ci]", nightly, 1)
    };
    let mut world = World::with_policy(roles);
    let services = ["ci", "runner"].map(|who| enroll(&mut world, who, PrincipalKind::Service, "maria"));
    let alice = Actor::named("alice");
    let facts = work(&alice, paths);
    let (_, request) = world.approved(&alice, &facts, paths);
    attest(&mut world, &services[0], &request, facts.new_tree, &[], &["tests"]);
    (world, facts, request, services)
}

/// Has the root member put a service into another role.
#[track_caller]
pub fn recast(world: &mut World, who: &Actor, role: &str) {
    let record = Principal { role: name(role), ..world.next_record(who) };
    world.ok(&Actor::named("maria"), &[put(&record)]);
}

/// APP-17, with legal twins: a service is given another role, and its job there fails on the same tree as well, or passes. The
/// failure stands where the former role is asked, whoever else passed it, and ends by a pass in that role.
#[test]
fn failure_is_not_lifted_by_a_word_in_a_role_that_is_not_asked() {
    let (mut world, facts, request, [ci, other]) = failed(&format!("{TESTS}{OTHERS}"), &["src/a.rs"]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    recast(&mut world, &ci, "nightly");
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    recast(&mut world, &ci, "ci");
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
    // What only the other job saw fail stops nothing where that is not asked, and is no pass that does not count.
    recast(&mut world, &ci, "nightly");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    Gate::of(&world).allows(&facts, &request);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert_eq!(found(&verdict, "check tests"), [format!("`{}` attests it", other.id)]);
}

/// APP-17, with legal twin: each job says so of its own.
#[test]
fn failures_in_two_roles_end_each_by_a_pass_in_its_own() {
    let paths = &["src/infra/a.tf"];
    let (mut world, facts, request, [ci, other]) = failed(&format!("{TESTS}{OTHERS}"), paths);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    let nightly = enroll(&mut world, "nightly", PrincipalKind::Service, "maria");
    recast(&mut world, &nightly, "nightly");
    attest(&mut world, &nightly, &request, facts.new_tree, &["tests"], &[]);
    recast(&mut world, &ci, "nightly");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    let codes = |world: &World| {
        let verdict = Gate::of(world).verdict(&[(&facts, Some(&request.id))]);
        verdict.rules.iter().filter_map(|rule| rule.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&world), [Code::CheckFailed; 2]);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    assert_eq!(codes(&world), [Code::CheckFailed]);
    recast(&mut world, &ci, "ci");
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-17, legal twin: where either role is asked, it is one job, and its latest word stands.
#[test]
fn failure_is_lifted_by_a_pass_in_another_role_that_is_asked() {
    let either = TESTS.replace("[\"ci\"]", "[\"ci\", \"nightly\"]");
    let (mut world, facts, request, [ci, _]) = failed(&either, &["src/a.rs"]);
    recast(&mut world, &ci, "nightly");
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
}

/// APP-17, LED-15, with legal twin: nor is it forgotten by much ado in the other role, and that has an end as well.
#[test]
fn failure_in_a_former_role_is_not_forgotten_by_much_ado() {
    let (mut world, facts, request, [ci, other]) = failed(&format!("{TESTS}{OTHERS}"), &["src/a.rs"]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    recast(&mut world, &ci, "nightly");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    for index in 0..Attestations::WORDS_MAX {
        attest(&mut world, &ci, &request, object(&format!("tree {index}")), &["tests"], &[]);
    }
    let said = world.state().approvals.get(&request.id).unwrap()[&ci.id].attested.clone();
    assert_eq!((said.words.len(), said.former.len(), said.untold.len()), (Attestations::WORDS_MAX, 0, 2));
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    // A pass of that tree in the other role says nothing of it; one in its own does.
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    recast(&mut world, &ci, "ci");
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-17, KEY-2, with legal twin: what is nobody's word any more hides nothing that was said before in another role.
#[test]
fn failure_stands_behind_one_that_is_disowned() {
    let either = TESTS.replace("[\"ci\"]", "[\"ci\", \"nightly\"]");
    let (mut world, facts, request, [ci, other]) = failed(&either, &["src/a.rs"]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    let given = |world: &World| world.state().approvals.get(&request.id).unwrap()[&ci.id].given;
    let first = given(&world);
    recast(&mut world, &ci, "nightly");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    for (since, stands) in [(given(&world), true), (first, false)] {
        let record = Principal { suspect_since: Some(since), ..world.next_record(&ci) };
        world.ok(&Actor::named("maria"), &[put(&record)]);
        match stands {
            true => Gate::of(&world).blocks(&facts, &request, Code::CheckFailed),
            false => Gate::of(&world).allows(&facts, &request),
        }
    }
}

/// Returns what the gate says is to be done next, where nothing but the check stands in the way.
#[track_caller]
fn next(world: &World, facts: &SegmentFacts, request: &Request) -> Vec<String> {
    Gate::of(world).blocks(facts, request, Code::CheckFailed);
    let verdict = Gate::of(world).verdict(&[(facts, Some(&request.id))]);
    verdict.rules.iter().flat_map(|rule| rule.next.clone()).collect()
}

/// APP-17: what ends a failure is told, whoever could do it by now, and does.
#[test]
fn how_a_failure_ends_is_told_whatever_became_of_its_service() {
    let checks = format!("{TESTS}{OTHERS}");
    let of = |world: &World, request: &Request, ci: &Actor| {
        world.state().approvals.get(&request.id).unwrap()[&ci.id].clone()
    };
    let (mut world, facts, request, [ci, other]) = failed(&checks, &["src/a.rs"]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    let pass = format!("ask {} (ci):  git coord check attest {} --passed tests", ci.id, request.id);
    assert!(next(&world, &facts, &request)[0].starts_with(&pass), "{:?}", next(&world, &facts, &request));
    // In another role it takes back what it said.
    recast(&mut world, &ci, "nightly");
    let withdraw = format!("ask {} (nightly):  git coord withdraw {}", ci.id, request.id);
    assert_eq!(next(&world, &facts, &request), [withdraw]);
    let said = of(&world, &request, &ci);
    world.ok(&ci, &[take_away(&said.approval)]);
    Gate::of(&world).allows(&facts, &request);
    // Whoever acts no more, or is nobody any more, takes nothing back: a root member says that it does not count.
    let suspended: fn(Principal, u64) -> Principal = |record, _| Principal { status: Standing::Suspended, ..record };
    let suspect: fn(Principal, u64) -> Principal =
        |record, given| Principal { suspect_since: Some(given + 1), ..record };
    let revoked: fn(Principal, u64) -> Principal = |record, _| Principal { status: Standing::Revoked, ..record };
    let earlier: fn(Principal, u64) -> Principal = |record, given| Principal { suspect_since: Some(given), ..record };
    for (edit, end) in [(suspended, revoked), (suspended, earlier), (suspect, revoked), (suspect, earlier)] {
        let (mut world, facts, request, [ci, other]) = failed(&checks, &["src/a.rs"]);
        attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
        let given = of(&world, &request, &ci).given;
        let record = edit(world.next_record(&ci), given);
        world.ok(&Actor::named("maria"), &[put(&record)]);
        let told = next(&world, &facts, &request);
        let [suspect, revoke] = [format!("suspect {} --since {given},", ci.id), format!("revoke {}", ci.id)];
        assert!(told.len() == 1 && told[0].starts_with("ask a root member:  git coord principals"), "{told:?}");
        assert!(told[0].contains(&suspect) && told[0].ends_with(&revoke), "{told:?}");
        let record = end(world.next_record(&ci), given);
        world.ok(&Actor::named("maria"), &[put(&record)]);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// APP-17, legal twin: of several each is told.
#[test]
fn each_service_that_says_no_is_told() {
    let (mut world, facts, request, [ci, other]) = failed(TESTS, &["src/a.rs"]);
    attest(&mut world, &other, &request, facts.new_tree, &[], &["tests"]);
    let record = Principal { status: Standing::Suspended, ..world.next_record(&ci) };
    world.ok(&Actor::named("maria"), &[put(&record)]);
    let mut told = next(&world, &facts, &request);
    told.sort();
    assert!(told.len() == 2 && told[0].contains("principals revoke") && told[1].contains("check attest"), "{told:?}");
}

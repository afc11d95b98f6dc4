//! The policies that `init` offers suit those for whom they are meant.

use git_coord::format::parse_record;
use git_coord::model::Policy;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::PrincipalKind::Agent;
use git_coord::model::PrincipalKind::Human;
use git_coord::model::Record;
use git_coord::model::RecordPath;
use git_coord::rules::faults;
use git_coord::rules::lint_for;
use git_coord::rules::prospects;
use git_coord::rules::remarks;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;

const SOLO: &str = include_str!("../../src/ops/templates/solo.toml");
const TEAM: &str = include_str!("../../src/ops/templates/team.toml");
const STRICT: &str = include_str!("../../src/ops/templates/strict.toml");

/// Name, kind, role, vendor, operator.
type Member = (&'static str, PrincipalKind, &'static str, Option<&'static str>, &'static str);

const ALICE: Member = ("alice", Agent, "builder", Some("anthropic"), "maria");
const BOB: Member = ("bob", Agent, "builder", Some("openai"), "maria");
const CAROL: Member = ("carol", Agent, "reviewer", Some("openai"), "nora");
const NORA: Member = ("nora", Human, "maintainer", None, "nora");

/// Returns a ledger that `maria` began with a template, and in which she has enrolled others.
fn world(template: &str, members: &[Member]) -> World {
    let maria = Actor::named("maria");
    let policy = template.replace("\"{root}\"", "ROOTS");
    let mut world = World::begin(&[Actor::named("maria")], &policy).unwrap();
    for (named, kind, role, vendor, operator) in members {
        let mut record: Principal = principal(&Actor::named(named), *kind, role, &maria);
        (record.vendor, record.operator) = (vendor.map(name), Some(name(operator)));
        world.ok(&maria, &[put(&record)]);
    }
    world
}

/// Returns the words of what may surprise under the policy of a ledger, which has no faults.
#[track_caller]
fn surprises(world: &World) -> Vec<&'static str> {
    let state = world.state();
    assert_eq!(faults(state, &state.policy), []);
    assert_eq!(lint_for(state, &state.policy), Ok(()));
    assert!(prospects(state, &state.policy).iter().all(|prospect| prospect.is_enough()));
    remarks(state, &state.policy).iter().map(|remark| remark.surprise.word()).collect()
}

/// Returns who could satisfy each rule, by name.
fn could(world: &World) -> Vec<Vec<String>> {
    let prospects = prospects(world.state(), &world.state().policy);
    let names = prospects
        .iter()
        .map(|prospect| prospect.could.iter().map(|approver| approver.enrolled.record.id.name().to_owned()).collect());
    names.collect()
}

#[test]
fn solo_suits_one_human_and_agents() {
    for members in [&[][..], &[ALICE], &[ALICE, BOB]] {
        let world = world(SOLO, members);
        assert_eq!(surprises(&world), [""; 0]);
        assert_eq!(could(&world), [[""; 0]; 0]);
    }
}

#[test]
fn team_suits_agents_that_somebody_else_reviews() {
    let world = world(TEAM, &[ALICE, BOB, CAROL]);
    assert_eq!(surprises(&world), [""; 0]);
    assert_eq!(could(&world), [["carol", "maria"]]);
    // Whoever has begun alone is told whom it needs.
    assert_eq!(surprises(&self::world(TEAM, &[])), ["nobody-else"]);
    // A reviewer of the same house is enough for a team, and that is said.
    let own = (CAROL.0, CAROL.1, CAROL.2, CAROL.3, ALICE.4);
    assert_eq!(surprises(&self::world(TEAM, &[ALICE, own])), ["one-operator"]);
}

#[test]
fn strict_suits_two_humans_and_what_they_run() {
    let world = world(STRICT, &[NORA, ALICE, CAROL]);
    assert_eq!(surprises(&world), [""; 0]);
    assert_eq!(could(&world), [&["carol", "maria", "nora"][..], &["maria", "nora"]]);
    // With one human nothing that it runs could land.
    assert_eq!(surprises(&self::world(STRICT, &[ALICE, BOB])), ["nobody-else"]);
}

/// A template that somebody has loosened is found out.
#[test]
fn template_without_what_keeps_authors_apart_is_refused() {
    let own: &[Member] = &[ALICE, (CAROL.0, CAROL.1, CAROL.2, CAROL.3, ALICE.4)];
    let world = world(TEAM, own);
    let check = |from: &str, to: &str| {
        let text = TEAM.replace("\"{root}\"", &format!("\"{}\"", Actor::named("maria").id));
        assert!(text.contains(from), "{from}");
        let draft = parse_record(&RecordPath::Policy, text.replacen(from, to, 1).as_bytes()).unwrap();
        let Record::Policy(draft, _) = draft else { unreachable!("it is a policy") };
        let draft: Policy = *draft;
        faults(world.state(), &draft).iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(check("distinct = [\"vendor\"]", ""), ["approval.self"]);
    assert_eq!(check("distinct = [\"vendor\"]", "distinct = [\"operator\"]"), [""; 0]);
    assert_eq!(check("humans-only = true", ""), ["principal.escalation"]);
    assert_eq!(check("humans-only = true", "humans-only = true # and nobody else"), [""; 0]);
    assert_eq!(check("threshold = 1", "threshold = 2"), ["policy.unsat"]);
    assert_eq!(check("threshold = 1", "threshold = 1 # for now"), [""; 0]);
}

//! Which movements of which refs the gate looks at, and which it never lets through.

use git_coord::model::Landed;
use git_coord::model::RefName;
use git_coord::rules::Code;
use git_coord::rules::Freshness;
use git_coord::rules::Movement;
use git_coord::rules::OtherHead;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::found;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

fn target(name: &str) -> RefName {
    RefName::parse(name).unwrap()
}

#[test]
fn ref_without_rules_is_free() {
    let world = World::new();
    let facts = work(&Actor::named("alice"), &["infra/x"]);
    let gate = Gate { target: target("refs/heads/topic"), ..Gate::of(&world) };
    assert!(gate.verdict(&[(&facts, None)]).allows());
}

/// REF-3, with legal twin
#[test]
fn twin_of_a_protected_ref_is_refused_and_may_be_removed() {
    let world = World::new();
    for twin in [
        "refs/heads/Main",
        "refs/heads/MAIN",
        "refs/heads/ma\u{200c}in",
        "refs/heads/Release/1",
        "refs/tags/V\u{200d}1",
    ] {
        for movement in [Movement::Create, Movement::Forward] {
            let gate = Gate { target: target(twin), movement, ..Gate::of(&world) };
            blocked(&gate.verdict_of(None, Some(object("new")), &[]), &[Code::RefCase]);
        }
        let gate = Gate { target: target(twin), movement: Movement::Delete, ..Gate::of(&world) };
        assert!(gate.verdict_of(Some(object("old")), None, &[]).allows());
    }
    let gate = Gate { target: target("refs/heads/mainline"), movement: Movement::Create, ..Gate::of(&world) };
    assert!(gate.verdict_of(None, Some(object("new")), &[]).allows());
}

/// REF-4, REF-5, REF-6, with legal twin
#[test]
fn protected_ref_only_moves_forward_along_first_parents() {
    let mut world = World::new();
    let facts = work(&Actor::named("alice"), &["src/a.rs"]);
    let (_, request) = world.approved(&Actor::named("alice"), &facts, &["src/a.rs"]);
    for (movement, code) in [
        (Movement::Delete, Code::RefDelete),
        (Movement::Rewind, Code::RefNotForward),
        (Movement::Sideways, Code::RefNotForward),
        (Movement::NoCommit, Code::RefNotForward),
    ] {
        Gate { movement, ..Gate::of(&world) }.blocks(&facts, &request, code);
    }
    let tag = Gate { target: target("refs/tags/v1"), ..Gate::of(&world) };
    tag.blocks(&facts, &request, Code::RefNotForward);
    Gate::of(&world).allows(&facts, &request);
}

/// LED-11, with legal twin
#[test]
fn stale_ledger_decides_nothing_about_protected_refs() {
    let mut world = World::new();
    let alice = Actor::named("alice");
    let facts = work(&alice, &["src/a.rs"]);
    let (_, request) = world.approved(&alice, &facts, &["src/a.rs"]);
    let stale = || Gate { freshness: Freshness::Stale, ..Gate::of(&world) };
    stale().blocks(&facts, &request, Code::LedgerStale);
    Gate::of(&world).allows(&facts, &request);
    let free = Gate { target: target("refs/heads/topic"), ..stale() };
    assert!(free.verdict(&[(&facts, None)]).allows());
}

/// REF-11, S23, with legal twin
#[test]
fn protected_ref_that_is_not_where_it_landed_is_refused() {
    let mut world = World::new();
    let alice = Actor::named("alice");
    let before = work_from("start", "base", &alice, &["src/a.rs"]);
    let (claim, landed) = world.approved(&alice, &before, &["src/a.rs"]);
    world.land(&Actor::named("hub"), &landed, &before);
    let facts = work(&alice, &["src/a.rs"]);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&claim]);
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("carol"), &request, git_coord::model::Answer::Approve);
    Gate::of(&world).allows(&facts, &request);

    let elsewhere = work_from("elsewhere", "head", &alice, &["src/a.rs"]);
    let elsewhere = SegmentFacts { delta: facts.delta, ..elsewhere };
    Gate::of(&world).blocks(&elsewhere, &request, Code::RefState);
    let gone = Gate { movement: Movement::Create, ..Gate::of(&world) };
    blocked(&gone.verdict_of(None, Some(object("x")), &[]), &[Code::RefState, Code::LandedMissing]);
}

#[test]
fn protected_ref_is_created_only_as_a_root_member_adopted_it() {
    let mut world = World::new();
    let maria = Actor::named("maria");
    let create = |world: &World, new| {
        Gate { movement: Movement::Create, ..Gate::of(world) }.verdict_of(None, Some(object(new)), &[])
    };
    blocked(&create(&world, "first"), &[Code::LandedMissing]);
    assert_eq!(found(&create(&world, "first"), "adopted"), ["there is none"]);
    // The push brings the record of its own adoption.
    let before = world.state().clone();
    let adoption = world.draft_adoption(&main_ref(), object("first"));
    world.ok(&maria, &[put(&adoption)]);
    let gate = Gate { movement: Movement::Create, rights: before, ..Gate::of(&world) };
    assert!(gate.verdict_of(None, Some(object("first")), &[]).allows());
    blocked(&gate.verdict_of(None, Some(object("second")), &[]), &[Code::LandedMissing]);
}

/// S25: what lands on a ref that nobody adopted could not be mended later, and its approvals would stay unspent.
#[test]
fn nothing_lands_on_a_protected_ref_that_was_never_adopted() {
    let (maria, alice) = (Actor::named("maria"), Actor::named("alice"));
    let mut world = World::new();
    let facts = work(&alice, &["src/a.rs"]);
    let (_, request) = world.approved(&alice, &facts, &["src/a.rs"]);
    let unadopted = |world: &World| Gate { is_adopted: false, ..Gate::of(world) };
    unadopted(&world).blocks(&facts, &request, Code::LandedMissing);
    let verdict = unadopted(&world).verdict(&[(&facts, Some(&request.id))]);
    let next: Vec<&str> = verdict.rules.iter().flat_map(|rule| &rule.next).map(String::as_str).collect();
    assert!(next.contains(&"git coord land --adopt refs/heads/main"), "{next:?}");
    // Branches that nobody protects need no adoption, and the adopted one lands.
    let topic = Gate { target: target("refs/heads/topic"), ..unadopted(&world) };
    assert!(topic.verdict_of(facts.old, Some(facts.new), &[]).allows());
    let adoption = world.draft_adoption(&main_ref(), facts.old.unwrap());
    world.ok(&maria, &[put(&adoption)]);
    unadopted(&world).allows(&facts, &request);
}

#[test]
fn where_two_root_members_are_needed_both_have_adopted_before_anything_lands() {
    let two = |policy: &str| policy.replace("threshold = 1", "threshold = 2");
    let (mut world, alice) = (World::with_roots(&["maria", "mike"], two), Actor::named("alice"));
    let facts = work(&alice, &["src/a.rs"]);
    let (_, request) = world.approved(&alice, &facts, &["src/a.rs"]);
    let unadopted = |world: &World| Gate { is_adopted: false, ..Gate::of(world) };
    let before = world.state().clone();
    let created = |world: &World| {
        let gate = Gate { movement: Movement::Create, rights: before.clone(), ..Gate::of(world) };
        gate.verdict_of(None, facts.old, &[]).allows()
    };
    let adoption = world.draft_adoption(&main_ref(), facts.old.unwrap());
    world.ok(&Actor::named("maria"), &[put(&adoption)]);
    unadopted(&world).blocks(&facts, &request, Code::LandedMissing);
    assert!(!created(&world));
    let verdict = unadopted(&world).verdict(&[(&facts, Some(&request.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.found == ["1 of 2 that it takes"]), "{verdict:#?}");
    world.ok(&Actor::named("mike"), &[put(&Landed { rev: 2, ..adoption })]);
    unadopted(&world).allows(&facts, &request);
    assert!(created(&world));
}

/// S26: whatever part of an update nobody described is not let through.
#[test]
fn segments_cover_the_whole_update() {
    let mut world = World::new();
    let alice = Actor::named("alice");
    let facts = work(&alice, &["src/a.rs"]);
    let (_, request) = world.approved(&alice, &facts, &["src/a.rs"]);
    let gate = Gate::of(&world);
    let part = [(&facts, Some(&request.id))];
    blocked(&gate.verdict_of(facts.old, Some(facts.new), &[]), &[Code::RequestAmbiguous]);
    blocked(&gate.verdict_of(facts.old, Some(object("beyond")), &part), &[Code::RequestAmbiguous]);
    blocked(&gate.verdict_of(Some(object("before")), Some(facts.new), &part), &[Code::RequestAmbiguous]);
    assert!(gate.verdict_of(facts.old, Some(facts.new), &part).allows());
    assert!(gate.verdict_of(facts.old, facts.old, &[]).allows(), "nothing moves");
}

/// APP-9, with legal twin: one request lands once, even within one push.
#[test]
fn request_lands_once_in_a_push() {
    let mut world = World::new();
    let alice = Actor::named("alice");
    let there = work_from("one", "two", &alice, &["src/a.rs"]);
    let (claim, request) = world.approved(&alice, &there, &["src/a.rs"]);
    let mut back = work_from("two", "one", &alice, &["src/a.rs"]);
    back.new = object("reverted");
    let reverting = world.draft_request(&alice, &main_ref(), &back, &[&claim]);
    world.ok(&alice, &[put(&reverting)]);
    world.answer(&Actor::named("carol"), &reverting, git_coord::model::Answer::Approve);
    let reviewed = OtherHead { head: there.new, delta: Some(there.delta), commits: Some(there.commits.clone()) };
    let again =
        SegmentFacts { old: Some(back.new), new: object("again"), other_heads: vec![reviewed], ..there.clone() };
    let gate = Gate::of(&world);
    let (first, second) = ((&there, Some(&request.id)), (&back, Some(&reverting.id)));
    assert!(gate.verdict(&[first, second]).allows());
    blocked(&gate.verdict(&[first, second, (&again, Some(&request.id))]), &[Code::ApprovalConsumed]);
}

#[test]
fn verdict_digest_depends_on_everything_but_advice() {
    let mut world = World::new();
    let alice = Actor::named("alice");
    let facts = work(&alice, &["src/a.rs"]);
    let (_, request) = world.ask(&alice, &facts, &["src/a.rs"]);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let mut advised = verdict.clone();
    advised.rules[0].next.push("do something".to_owned());
    assert_eq!(advised.digest(), verdict.digest());
    let mut other = verdict.clone();
    other.height += 1;
    assert_ne!(other.digest(), verdict.digest());
    let mut other = verdict.clone();
    other.rules[0].found.push("more".to_owned());
    assert_ne!(other.digest(), verdict.digest());
}

//! Where the rules take several root members, one of them alone brings in nobody whose word counts, nor says for whom somebody
//! works (S14, POL-9, POL-10).

use git_coord::model::Answer;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Right;
use git_coord::rules::Code;
use git_coord::rules::Trust;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;

const ROOTS: [&str; 2] = ["maria", "mike"];

fn two(policy: &str) -> String {
    policy.replace("threshold = 1", "threshold = 2")
}

fn cast() -> (World, [Actor; 4]) {
    (World::with_roots(&ROOTS, two), ["maria", "mike", "nora", "new"].map(Actor::named))
}

/// An agent of nobody else's house, if its enroller is to be believed.
fn agent(who: &Actor, role: &str, by: &Actor) -> Principal {
    Principal {
        vendor: Some(name("mistral")),
        operator: Some(name("elsewhere")),
        ..principal(who, PrincipalKind::Agent, role, by)
    }
}

fn confirmed(world: &World, who: &Actor, by: &Actor) -> Principal {
    Principal { confirmed_by: Some(by.id.clone()), ..world.next_record(who) }
}

fn trust(world: &World, who: &Actor) -> Trust {
    world.state().principal(&who.id).unwrap().trust
}

/// POL-9, POL-10, S14, with legal twin: a second reviewer who is nobody else would pass every rule that asks for two people.
#[test]
fn one_root_member_of_several_brings_in_no_approver() {
    let (mut world, [maria, mike, nora, new]) = cast();
    let alice = Actor::named("alice");
    world.ok(&maria, &[put(&agent(&new, "reviewer", &maria))]);
    assert_eq!(trust(&world, &new), Trust::Provisional);
    let facts = work(&alice, &["docs/a.md"]);
    let (_, request) = world.ask(&alice, &facts, &["docs/"]);
    world.refuse(&new, &[put(&world.draft_answer(&new, &request, Answer::Approve))], Code::RecordRight);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    // Nor does anybody of her own confirm it, nor does she by saying it again, nor by saying something else.
    let twin = Actor::named("twin");
    let own =
        Principal { operator: Some(name("maria")), ..principal(&twin, PrincipalKind::Human, "maintainer", &maria) };
    world.ok(&maria, &[put(&own)]);
    world.refuse(&twin, &[put(&confirmed(&world, &new, &twin))], Code::RecordRight);
    world.ok(&mike, &[put(&confirmed(&world, &twin, &mike))]);
    world.refuse(&twin, &[put(&confirmed(&world, &new, &twin))], Code::ApprovalIndependence);
    world.refuse(&maria, &[put(&confirmed(&world, &new, &maria))], Code::PrincipalEscalation);
    world.refuse(&maria, &[put(&world.next_record(&new))], Code::RecordOwner);
    world.ok(&maria, &[put(&Principal { operator: Some(name("third")), ..world.next_record(&new) })]);
    assert_eq!(trust(&world, &new), Trust::Provisional);
    // The twins: another root member confirms it, and so does whoever else may enroll.
    let other = Actor::named("other");
    world.ok(&maria, &[put(&agent(&other, "reviewer", &maria))]);
    world.ok(&nora, &[put(&confirmed(&world, &other, &nora))]);
    world.ok(&mike, &[put(&confirmed(&world, &new, &mike))]);
    assert_eq!([trust(&world, &new), trust(&world, &other)], [Trust::Confirmed; 2]);
    world.answer(&new, &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// POL-10, legal twin: where one root member decides, its word is enough, and it works alone.
#[test]
fn only_root_member_brings_in_whom_it_likes() {
    for roots in [&ROOTS[..1], &ROOTS[..]] {
        let mut world = World::with_roots(roots, str::to_owned);
        let [maria, alice, new] = ["maria", "alice", "new"].map(Actor::named);
        world.ok(&maria, &[put(&agent(&new, "reviewer", &maria))]);
        let facts = work(&alice, &["docs/a.md"]);
        let (_, request) = world.ask(&alice, &facts, &["docs/"]);
        world.answer(&new, &request, Answer::Approve);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// POL-10, S14, with legal twin: nor does it approve what its own agent wrote in the name of somebody else's.
#[test]
fn one_root_member_of_several_says_not_alone_for_whom_somebody_works() {
    let (mut world, [maria, mike, _, ghost]) = cast();
    world.ok(&maria, &[put(&agent(&ghost, "builder", &maria))]);
    let facts = work(&ghost, &["docs/a.md"]);
    let (_, request) = world.ask(&ghost, &facts, &["docs/"]);
    world.answer(&maria, &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
    world.ok(&mike, &[put(&confirmed(&world, &ghost, &mike))]);
    Gate::of(&world).allows(&facts, &request);
}

/// POL-10, S14, with legal twin: what records landings, and what says that checks passed, waits as well.
#[test]
fn hub_waits_for_another_root_member() {
    let (mut world, [maria, mike, nora, new]) = cast();
    let hub = Principal { vendor: None, ..agent(&new, "hub", &maria) };
    world.ok(&maria, &[put(&Principal { kind: PrincipalKind::Service, ..hub })]);
    let enrolled = |world: &World, who: &Actor| world.state().principal(&who.id).unwrap().clone();
    let state = world.state();
    assert!(!state.is_hub(&enrolled(&world, &new)) && state.waits_for_confirmation(&enrolled(&world, &new)));
    let could = |who: &Actor| state.could_confirm(&enrolled(&world, who), &enrolled(&world, &new));
    assert_eq!([&maria, &mike, &nora].map(could), [false, true, false]);
    world.refuse(&nora, &[put(&confirmed(&world, &new, &nora))], Code::PrincipalEscalation);
    world.ok(&mike, &[put(&confirmed(&world, &new, &mike))]);
    assert!(world.state().is_hub(&enrolled(&world, &new)));
}

/// POL-10, S14, with legal twin: a key that enrolled itself has nobody's word, so one more makes one.
#[test]
fn one_root_member_of_several_confirms_nobody_who_enrolled_itself() {
    let (mut world, [maria, mike, _, guest]) = cast();
    world.ok(&guest, &[put(&agent(&guest, "guest", &guest))]);
    let refused = world.refuse(&maria, &[put(&confirmed(&world, &guest, &maria))], Code::PrincipalEscalation);
    assert!(!refused.message.contains("a root member confirms it"), "{refused}");
    world.ok(&maria, &[put(&Principal { enrolled_by: maria.id.clone(), ..world.next_record(&guest) })]);
    assert_eq!(trust(&world, &guest), Trust::Provisional);
    world.ok(&mike, &[put(&confirmed(&world, &guest, &mike))]);
    assert_eq!(trust(&world, &guest), Trust::Confirmed);
}

/// POL-10, S14, with legal twin: whom two have vouched for, one may change, and that is one word again. Of another root member
/// it takes nothing away: by its operator it is counted.
#[test]
fn what_one_root_member_of_several_changes_waits_again() {
    let (mut world, [maria, mike, nora, _]) = cast();
    let carol = Actor::named("carol");
    let recast = |world: &World, who: &Actor, by: &Actor| Principal {
        role: name("security"),
        enrolled_by: by.id.clone(),
        confirmed_by: None,
        ..world.next_record(who)
    };
    world.refuse(&nora, &[put(&recast(&world, &carol, &nora))], Code::PrincipalEscalation);
    world.ok(&maria, &[put(&recast(&world, &carol, &maria))]);
    let may_veto = |world: &World| world.state().may(world.state().principal(&carol.id).unwrap(), Right::Veto);
    assert!(trust(&world, &carol) == Trust::Provisional && !may_veto(&world));
    world.ok(&nora, &[put(&confirmed(&world, &carol, &nora))]);
    assert!(may_veto(&world));
    world.ok(&maria, &[put(&recast(&world, &mike, &maria))]);
    assert_eq!(trust(&world, &mike), Trust::Confirmed);
    world.rule_by(&ROOTS, |policy| two(policy).replace("ttl           = \"30m\"", "ttl           = \"40m\""));
}

/// Whoever enrolled somebody says it again where its word is enough by now.
#[test]
fn word_that_was_not_enough_is_said_again_when_it_is() {
    let (mut world, [maria, mike, _, new]) = cast();
    world.ok(&maria, &[put(&agent(&new, "reviewer", &maria))]);
    world.rule_by(&ROOTS, str::to_owned);
    assert_eq!(trust(&world, &new), Trust::Provisional, "it was said under other rules");
    world.refuse(&mike, &[put(&world.next_record(&new))], Code::RecordOwner);
    world.ok(&maria, &[put(&world.next_record(&new))]);
    assert_eq!(trust(&world, &new), Trust::Confirmed);
    world.refuse(&maria, &[put(&world.next_record(&new))], Code::RecordOwner);
}

/// Returns a world in which a human of this operator maintains, by the words of both root members.
fn joined_by(world: &mut World, who: &Actor, operator: &str) {
    let [maria, mike] = ROOTS.map(Actor::named);
    let record =
        Principal { operator: Some(name(operator)), ..principal(who, PrincipalKind::Human, "maintainer", &maria) };
    world.ok(&maria, &[put(&record)]);
    if trust(world, who) == Trust::Provisional {
        world.ok(&mike, &[put(&confirmed(world, who, &mike))]);
    }
}

/// Returns a record as one root member puts another operator into it.
fn moved(world: &World, who: &Actor, by: &Actor, operator: &str) -> Principal {
    let operator = Some(name(operator));
    Principal { operator, enrolled_by: by.id.clone(), confirmed_by: None, ..world.next_record(who) }
}

/// POL-10, S14, with legal twins: until it is confirmed, an agent is one of those whose it is said to be, and one of those who
/// say so.
#[test]
fn nobody_approves_what_its_own_agent_wrote_whom_another_enrolled() {
    for (approver, before, after) in [("maria", false, false), ("mike", false, true), ("nora", true, true)] {
        let (mut world, [_, mike, nora, ghost]) = cast();
        let record = Principal { operator: Some(name("maria")), ..agent(&ghost, "builder", &mike) };
        world.ok(&mike, &[put(&record)]);
        let facts = work(&ghost, &["docs/a.md"]);
        let (_, request) = world.ask(&ghost, &facts, &["docs/"]);
        world.answer(&Actor::named(approver), &request, Answer::Approve);
        let check = |world: &World, allows| match allows {
            true => Gate::of(world).allows(&facts, &request),
            false => Gate::of(world).blocks(&facts, &request, Code::ApprovalIndependence),
        };
        check(&world, before);
        world.ok(&nora, &[put(&confirmed(&world, &ghost, &nora))]);
        check(&world, after);
    }
}

/// POL-10, S14, with legal twins: one word takes no contributor from the side of its colleague, said once or twice.
#[test]
fn one_root_member_of_several_makes_no_stranger_of_a_colleague() {
    let (mut world, [maria, mike, _, peer]) = cast();
    let alice = Actor::named("alice");
    joined_by(&mut world, &peer, "acme");
    let facts = work(&alice, &["docs/a.md"]);
    let (_, request) = world.ask(&alice, &facts, &["docs/"]);
    world.answer(&peer, &request, Answer::Approve);
    for operator in ["acme", "maria", "elsewhere"] {
        world.ok(&maria, &[put(&Principal { role: name("lead"), ..moved(&world, &alice, &maria, operator) })]);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
    }
    let mut twin = Gate::of(&world);
    world.ok(&mike, &[put(&confirmed(&world, &alice, &mike))]);
    Gate::of(&world).allows(&facts, &request);
    // Somebody who is of none of them is independent before that as well.
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    twin.records = world.state().clone();
    twin.allows(&facts, &request);
}

/// S14, legal twin: where one root member decides, what it writes is so at once.
#[test]
fn only_root_member_says_alone_for_whom_somebody_works() {
    let mut world = World::new();
    let [maria, alice, peer] = ["maria", "alice", "peer"].map(Actor::named);
    joined_by(&mut world, &peer, "acme");
    let facts = work(&alice, &["docs/a.md"]);
    let (_, request) = world.ask(&alice, &facts, &["docs/"]);
    world.answer(&peer, &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
    world.ok(&maria, &[put(&moved(&world, &alice, &maria, "elsewhere"))]);
    Gate::of(&world).allows(&facts, &request);
}

/// POL-9, S14, with legal twin: nor does it make a second person of the enroller's colleague.
#[test]
fn colleague_of_the_enroller_confirms_nobody_after_one_word_about_the_enroller() {
    let (mut world, [maria, _, nora, new]) = cast();
    let (twin, olga) = (Actor::named("twin"), Actor::named("olga"));
    joined_by(&mut world, &twin, "nora");
    world.ok(&nora, &[put(&agent(&new, "reviewer", &nora))]);
    world.ok(&maria, &[put(&moved(&world, &nora, &maria, "elsewhere"))]);
    world.refuse(&twin, &[put(&confirmed(&world, &new, &twin))], Code::ApprovalIndependence);
    world.ok(&olga, &[put(&confirmed(&world, &new, &olga))]);
}

/// APP-2, S14, with legal twins: of which house an agent is nobody knows from one human's word. That it waits for a second one is
/// said, and a human is of no house anyway.
#[test]
fn builder_of_one_root_member_of_several_lands_once_it_is_confirmed() {
    let by_agents = |policy: &str| two(policy).replacen("[\"reviewer\", \"maintainer\"]", "[\"reviewer\"]", 1);
    for policy in [&two as &dyn Fn(&str) -> String, &by_agents] {
        let mut world = World::with_roots(&ROOTS, policy);
        let [maria, mike, nora, new] = ["maria", "mike", "nora", "new"].map(Actor::named);
        world.ok(&maria, &[put(&agent(&new, "builder", &maria))]);
        let enrolled = |who: &Actor| world.state().principal(&who.id).unwrap();
        assert!(world.state().waits_for_confirmation(enrolled(&new)));
        let could = |who: &Actor| world.state().could_confirm(enrolled(who), enrolled(&new));
        assert_eq!([&maria, &mike, &nora].map(could), [false, true, true]);
        let facts = work(&new, &["docs/a.md"]);
        let (_, request) = world.ask(&new, &facts, &["docs/"]);
        let told = |world: &World| format!("{:?}", Gate::of(world).verdict(&[(&facts, Some(&request.id))]).rules);
        let next = format!("git coord principals confirm {}", new.id);
        let has_humans = world.state().policy.protections[0].approvals[0].from.len() == 2;
        assert_eq!(told(&world).contains(&next), !has_humans, "{}", told(&world));
        world.answer(&Actor::named("carol"), &request, Answer::Approve);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
        assert!(told(&world).contains(&next), "{}", told(&world));
        if has_humans {
            let mut gate = Gate::of(&world);
            world.answer(&nora, &request, Answer::Approve);
            gate.records = world.state().clone();
            gate.allows(&facts, &request);
        } else {
            world.ok(&mike, &[put(&confirmed(&world, &new, &mike))]);
            Gate::of(&world).allows(&facts, &request);
        }
    }
}

/// S14, with legal twin: a confirmation is advised where an approval waits for it, and nowhere else.
#[test]
fn confirmation_is_advised_only_where_it_would_help() {
    let all = &["carol", "dave", "erin"];
    for (distinct, refusing, is_edited, is_advised) in [
        (true, &all[..0], false, true),
        (true, &all[..1], false, true),
        (true, &all[..2], false, true),
        (true, all, false, false),
        // Of what it has become since they have not said so.
        (true, all, true, true),
        (false, all, false, false),
    ] {
        let by_agents = |policy: &str| {
            let policy = two(policy).replacen("[\"reviewer\", \"maintainer\"]", "[\"reviewer\"]", 1);
            if distinct { policy } else { policy.replace("[\"operator\", \"vendor\"]", "[]") }
        };
        let mut world = World::with_roots(&ROOTS, by_agents);
        let [maria, new] = ["maria", "new"].map(Actor::named);
        world.ok(&maria, &[put(&agent(&new, "builder", &maria))]);
        let facts = work(&new, &["docs/a.md"]);
        let (_, mut request) = world.ask(&new, &facts, &["docs/"]);
        for who in refusing {
            world.answer(&Actor::named(who), &request, Answer::Reject);
        }
        if is_edited {
            request.rev += 1;
            world.ok(&new, &[put(&request)]);
        }
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        let advice = format!("as somebody else: git coord principals confirm {}", new.id);
        let is_found = verdict.rules.iter().any(|rule| rule.next.contains(&advice));
        assert_eq!(is_found, is_advised, "{distinct} {refusing:?} {verdict:#?}");
    }
}

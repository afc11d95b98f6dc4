//! How fast somebody approves, by the dates of the entries (APP-18).

use git_coord::model::Answer;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// Lets carol approve as often, and withdraw what she said before each time.
fn approve_again_and_again(world: &mut World, request: &Request, times: u64) {
    let carol = Actor::named("carol");
    for _ in 0..times {
        let said: Vec<_> = world.state().answers(&request.id).map(|answered| answered.approval.clone()).collect();
        for approval in said {
            world.ok(&carol, &[take_away(&approval)]);
        }
        world.answer(&carol, request, Answer::Approve);
    }
}

fn warning(world: &World, facts: &SegmentFacts, request: &Request) -> Option<Code> {
    let verdict = Gate::of(world).verdict(&[(facts, Some(&request.id))]);
    assert!(verdict.allows(), "{verdict:#?}");
    verdict.rules.iter().find_map(|rule| rule.warning)
}

/// APP-18, with legal twin:
/// who approves faster than anybody reads is told of, and what a policy does not want is not counted.
#[test]
fn approvals_in_bulk_are_told_of_or_do_not_count() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    approve_again_and_again(&mut world, &request, 20);
    assert_eq!(warning(&world, &facts, &request), None);
    approve_again_and_again(&mut world, &request, 1);
    assert_eq!(warning(&world, &facts, &request), Some(Code::ApprovalRate));
    world.pass(3_600);
    approve_again_and_again(&mut world, &request, 1);
    assert_eq!(warning(&world, &facts, &request), None);

    let bounded = |policy: &str| policy.replacen("count    = 1", "count    = 1\n  max-per-hour = 2", 1);
    let mut world = World::with_policy(bounded);
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    approve_again_and_again(&mut world, &request, 2);
    Gate::of(&world).allows(&facts, &request);
    approve_again_and_again(&mut world, &request, 1);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalRate);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-18, with legal twin: no hour has more approvals that count, wherever it begins; who takes its time is never hindered.
#[test]
fn approvals_are_counted_within_any_hour() {
    let bounded = |policy: &str| policy.replacen("count    = 1", "count    = 1\n  max-per-hour = 2", 1);
    let alice = Actor::named("alice");
    let counts_after = |waits: &[u64]| -> Vec<bool> {
        let mut world = World::with_policy(bounded);
        let facts = work(&alice, PATHS);
        let (_, request) = world.ask(&alice, &facts, PATHS);
        let mut given = Vec::new();
        for wait in waits {
            world.pass(*wait);
            approve_again_and_again(&mut world, &request, 1);
            given.push(Gate::of(&world).verdict(&[(&facts, Some(&request.id))]).allows());
        }
        given
    };
    // A burst around what would be the end of a window: of the four within ten seconds two count.
    assert_eq!(counts_after(&[0, 3_590, 6, 4, 1]), [true, true, false, false, false]);
    assert_eq!(counts_after(&[0, 3_600, 1, 1]), [true, true, true, false]);
    // What does not count goes on counting for what follows it: more of it makes nothing better.
    assert_eq!(counts_after(&[0, 1, 1, 3_597, 1, 3_600]), [true, true, false, false, false, true]);
    // Two an hour, for hours.
    assert_eq!(counts_after(&[1_800; 12]), [true; 12]);
}

/// APP-18: as many as an entry may give, all at one moment.
#[test]
fn approvals_of_one_entry_are_as_many() {
    let (mut world, alice, carol) = (World::new(), Actor::named("alice"), Actor::named("carol"));
    let requests: Vec<_> = ["src/a.rs", "src/b.rs", "src/c.rs", "src/d.rs", "src/e.rs"]
        .map(|path| world.ask(&alice, &work(&alice, &[path]), &[path]).1)
        .to_vec();
    let approvals: Vec<_> = requests.iter().map(|one| world.draft_answer(&carol, one, Answer::Approve)).collect();
    world.ok(&carol, &approvals.iter().map(put).collect::<Vec<_>>());
    let mut counts: Vec<_> = requests.iter().flat_map(|one| world.state().answers(&one.id)).collect();
    counts.sort_by_key(|answered| answered.within_hour);
    assert_eq!(counts.iter().map(|answered| answered.within_hour).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(world.state().paces[&carol.id].approvals.len(), 1);
    // Each of them is a change as well (LED-15), and adds to those before.
    assert_eq!(world.state().paces[&carol.id].count, 5);
    world.ok(&carol, &approvals[..2].iter().map(take_away).collect::<Vec<_>>());
    assert_eq!(world.state().paces[&carol.id].count, 7);
}

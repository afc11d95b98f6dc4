//! What a change would cost on a ref, before anybody has approved it: what is asked, by which of its paths, and who could give
//! it today.

use git_coord::model::Principal;
use git_coord::model::Protection;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::rules::Asked;
use git_coord::rules::Cost;
use git_coord::rules::Enrolled;
use git_coord::rules::Price;
use git_coord::rules::SegmentFacts;
use git_coord::rules::Stage;
use git_coord::rules::State;
use git_coord::rules::Subject;
use git_coord::rules::cost;
use git_coord::rules::could_vouch;

use crate::kernel::push::main_ref;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

/// In the order in which a change lists them.
const PATHS: [&str; 3] = [".envrc", "src/a.rs", "src/core/b.rs"];

/// Returns a world in which `nora` asks to land what `alice` wrote.
fn asked(target: &RefName, paths: &[&str]) -> (World, SegmentFacts, Request) {
    let (mut world, nora) = (World::new(), Actor::named("nora"));
    let facts = work(&Actor::named("alice"), paths);
    let request = world.draft_request(&nora, target, &facts, &[]);
    world.ok(&nora, &[put(&request)]);
    (world, facts, request)
}

/// From now on what somebody signs is nobody's word.
fn suspect(world: &mut World, name: &str) {
    let suspect_since = Some(world.state().height + 1);
    let record = Principal { suspect_since, ..world.next_record(&Actor::named(name)) };
    world.ok(&Actor::named("maria"), &[put(&record)]);
}

fn of(state: &State, facts: &SegmentFacts, request: &Request) -> Cost {
    cost(state, Asked { pending: &state.requests[&request.id], stage: Stage::Requested, facts })
}

fn names<'a>(enrolled: impl IntoIterator<Item = &'a Enrolled>) -> Vec<&'a str> {
    enrolled.into_iter().map(|enrolled| enrolled.record.id.name()).collect()
}

/// Returns the paths that ask for a price, and who could pay it.
fn told(price: &Price) -> (Vec<&str>, Vec<&str>) {
    let paths = price.asked_by.iter().map(|path| std::str::from_utf8(path).unwrap());
    (paths.collect(), names(&price.could))
}

/// Whoever opened the request or signed a commit pays nothing, nor does whoever shares its vendor or operator, nor a suspect;
/// for what runs by itself only humans do.
#[test]
fn every_price_tells_its_paths_and_who_could_pay_it() {
    let (mut world, facts, request) = asked(&main_ref(), &PATHS);
    let check = |world: &World, reviewers: &[&str], humans: &[&str]| {
        let cost = of(world.state(), &facts, &request);
        let [every, core, sensitive] = cost.prices.as_slice() else { panic!("{:#?}", cost.prices) };
        assert_eq!(told(every), (PATHS.to_vec(), reviewers.to_vec()));
        assert_eq!(told(core), (vec![PATHS[2]], humans.to_vec()));
        assert_eq!(told(sensitive), (vec![PATHS[0]], humans.to_vec()));
        assert!(cost.prices.iter().all(|price| price.together == 1 && price.is_enough()));
        let of_paths: Vec<_> = cost.paths.iter().map(|path| path.prices.clone()).collect();
        assert_eq!(of_paths, [vec![0, 2], vec![0], vec![0, 1]]);
    };
    check(&world, &["carol", "maria", "olga"], &["maria", "olga"]);
    suspect(&mut world, "olga");
    check(&world, &["carol", "maria"], &["maria"]);
}

/// As many have to fit together as the rule asks for.
#[test]
fn price_that_too_few_could_pay_is_not_enough() {
    let (world, facts, request) = asked(&main_ref(), &PATHS);
    let mut state = world.state().clone();
    for (count, is_enough) in [(2, true), (3, false)] {
        state.policy.protections[0].approvals[1].count = count;
        let core = &of(&state, &facts, &request).prices[1];
        assert_eq!((core.count, core.together, core.is_enough()), (count, 2, is_enough));
    }
}

/// A change of nothing takes the word of anybody who may approve, where the ref is protected.
#[test]
fn change_of_nothing_costs_one_approval() {
    let (world, facts, request) = asked(&main_ref(), &[]);
    let cost = of(world.state(), &facts, &request);
    let [every, nothing] = cost.prices.as_slice() else { panic!("{:#?}", cost.prices) };
    assert!(every.rule.is_some() && nothing.rule.is_none() && nothing.is_enough());
    assert_eq!(told(nothing), (Vec::new(), vec!["carol", "dave", "erin", "maria", "olga", "sam"]));
    let (world, facts, request) = asked(&RefName::parse("refs/heads/topic").unwrap(), &[]);
    assert!(of(world.state(), &facts, &request).prices.is_empty());
}

/// LANE-5, with legal twins: only a human's word counts for what runs by itself, if it had no hand in the change and its key is
/// its own. Where nothing runs by itself, nobody is asked for it.
#[test]
fn human_who_is_uninvolved_vouches_for_what_runs_by_itself() {
    let (mut world, facts, request) = asked(&main_ref(), &PATHS);
    let could = |world: &World, facts: &SegmentFacts| -> Vec<String> {
        let state = world.state();
        let cost = of(state, facts, &request);
        let protections: Vec<&Protection> = cost.protections.iter().collect();
        let paths: Vec<_> = facts.changes.iter().map(|change| change.path.as_slice()).collect();
        let subject = Subject { paths: &paths, ..Subject::of(state, (&request).into(), &cost.contributors) };
        let could = |id: &&_| could_vouch(&subject, &facts.changes, &protections, id);
        state.principals.keys().filter(could).map(|id| id.name().to_owned()).collect()
    };
    assert_eq!(could(&world, &facts), ["maria", "olga"]);
    assert!(could(&world, &work(&Actor::named("alice"), &PATHS[1..])).is_empty());
    suspect(&mut world, "olga");
    assert_eq!(could(&world, &facts), ["maria"]);
}

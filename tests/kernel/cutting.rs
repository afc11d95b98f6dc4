//! Which requests a push lands (S26): the line is cut into what open requests ask for.

use git_coord::model::Digest;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::OpenRequests;
use git_coord::rules::Part;
use git_coord::rules::Refusal;
use git_coord::rules::SegmentFacts;
use git_coord::rules::cut;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

/// Up to so many commits every part may be one that lands.
const SEGMENTED_MAX: usize = 64;

/// What lies between two places of every line here. A part without a commit is none: it would be cut for ever.
fn delta(from: usize, to: usize) -> Digest {
    assert!(from < to, "nothing lies between {from} and {to}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(from as u64).to_be_bytes());
    bytes[8..16].copy_from_slice(&(to as u64).to_be_bytes());
    Digest::new(bytes)
}

fn line(length: usize) -> Vec<ObjectId> {
    (0..length).map(|place| object(&format!("place {place}"))).collect()
}

/// Returns a request for what lies between two places, on a branch.
fn asking(world: &mut World, target: &RefName, from: usize, to: usize) -> Request {
    let alice = Actor::named("alice");
    let facts = SegmentFacts { delta: delta(from, to), ..work(&alice, &["src/a.rs"]) };
    world.draft_request(&alice, target, &facts, &[])
}

/// Opens such a request, in an entry of its own.
fn ask(world: &mut World, from: usize, to: usize) -> RecordId {
    let request = asking(world, &main_ref(), from, to);
    world.ok(&Actor::named("alice"), &[put(&request)]);
    request.id
}

fn parts(
    world: &World,
    line: &[ObjectId],
    named: &[&RecordId],
) -> Result<Vec<(usize, usize, Option<RecordId>)>, Refusal> {
    let named: Vec<RecordId> = named.iter().map(|id| (*id).clone()).collect();
    let (target, records) = (main_ref(), world.state());
    let open = OpenRequests { records, target: &target, named: &named };
    let parts = cut(line, &open, |from, to| Ok::<_, Refusal>(delta(from, to)))?;
    Ok(parts.into_iter().map(|Part { from, to, request }| (from, to, request)).collect())
}

#[test]
fn push_is_cut_into_the_longest_parts_that_are_asked_for() {
    let mut world = World::new();
    let [first, second] = [ask(&mut world, 0, 2), ask(&mut world, 2, 3)];
    let line = line(4);
    assert_eq!(parts(&world, &line, &[]), Ok(vec![(0, 2, Some(first.clone())), (2, 3, Some(second.clone()))]));
    assert_eq!(parts(&world, &line[..3], &[]), Ok(vec![(0, 2, Some(first.clone()))]));
    // A longer part that is asked for as well goes before.
    ask(&mut world, 0, 1);
    assert_eq!(parts(&world, &line, &[]), Ok(vec![(0, 2, Some(first)), (2, 3, Some(second))]));
    let whole = ask(&mut world, 0, 3);
    assert_eq!(parts(&world, &line, &[]), Ok(vec![(0, 3, Some(whole))]));
}

#[test]
fn push_with_a_part_that_nobody_asked_for_is_one_part_without_a_request() {
    let mut world = World::new();
    assert_eq!(parts(&world, &line(4), &[]), Ok(vec![(0, 3, None)]));
    let first = ask(&mut world, 0, 1);
    assert_eq!(parts(&world, &line(4), &[]), Ok(vec![(0, 3, None)]));
    assert_eq!(parts(&world, &line(2), &[]), Ok(vec![(0, 1, Some(first.clone()))]));
    // What was named is what the verdict is about.
    assert_eq!(parts(&world, &line(4), &[&first]), Ok(vec![(0, 3, Some(first.clone()))]));
    let gone = world.id(git_coord::model::RecordKind::Request);
    assert_eq!(parts(&world, &line(4), &[&gone, &first]), Ok(vec![(0, 3, Some(first))]));
    assert_eq!(parts(&world, &line(4), &[&gone]), Ok(vec![(0, 3, None)]));
}

#[test]
fn only_requests_for_this_ref_and_of_those_named_land() {
    let mut world = World::new();
    let elsewhere = asking(&mut world, &RefName::parse("refs/heads/release/1").unwrap(), 0, 1);
    world.ok(&Actor::named("alice"), &[put(&elsewhere)]);
    assert_eq!(parts(&world, &line(2), &[]), Ok(vec![(0, 1, None)]));
    let [older, newer] = [ask(&mut world, 0, 1), ask(&mut world, 0, 1)];
    assert_eq!(parts(&world, &line(2), &[]), Ok(vec![(0, 1, Some(older.clone()))]));
    assert_eq!(parts(&world, &line(2), &[&newer]), Ok(vec![(0, 1, Some(newer.clone()))]));
    assert_eq!(parts(&world, &line(2), &[&newer, &older]), Ok(vec![(0, 1, Some(older))]));
}

/// S26, with legal twins: which of two lands is not left to chance.
#[test]
fn two_requests_of_one_entry_for_one_part_are_ambiguous() {
    let mut world = World::new();
    let twins = [asking(&mut world, &main_ref(), 0, 1), asking(&mut world, &main_ref(), 0, 1)];
    world.ok(&Actor::named("alice"), &twins.each_ref().map(put));
    assert_eq!(parts(&world, &line(2), &[]).unwrap_err().code, Code::RequestAmbiguous);
    assert_eq!(parts(&world, &line(2), &[&twins[1].id]), Ok(vec![(0, 1, Some(twins[1].id.clone()))]));
    // Nothing of it lands, so neither of them would.
    assert_eq!(parts(&world, &line(3), &[]), Ok(vec![(0, 2, None)]));
    let rest = ask(&mut world, 1, 2);
    assert_eq!(parts(&world, &line(3), &[]).unwrap_err().code, Code::RequestAmbiguous);
    let whole = ask(&mut world, 0, 2);
    assert_eq!(parts(&world, &line(3), &[]), Ok(vec![(0, 2, Some(whole))]));
    assert_eq!(parts(&world, &line(3), &[&twins[0].id, &rest]).unwrap().len(), 2);
}

/// Whoever pushes a long line makes nobody compare every part of it with every other.
#[test]
fn long_line_is_cut_only_where_a_request_ends() {
    for (length, ends_anywhere) in [(SEGMENTED_MAX, true), (SEGMENTED_MAX + 1, false)] {
        let (mut world, last) = (World::new(), length - 1);
        let line = line(length);
        let [first, second] = [ask(&mut world, 0, 5), ask(&mut world, 5, last)];
        let both = vec![(0, 5, Some(first.clone())), (5, last, Some(second.clone()))];
        let expected = if ends_anywhere { both.clone() } else { vec![(0, last, None)] };
        assert_eq!(parts(&world, &line, &[]), Ok(expected), "{length}");
        // A head tells where a part may end, if it is that of a request for this ref.
        let heads = asking(&mut world, &RefName::parse("refs/heads/release/1").unwrap(), 70, 71);
        world.ok(&Actor::named("alice"), &[put(&Request { head: line[5], ..heads })]);
        assert_eq!(parts(&world, &line, &[]).unwrap().len(), if ends_anywhere { 2 } else { 1 });
        let head = asking(&mut world, &main_ref(), 70, 71);
        world.ok(&Actor::named("alice"), &[put(&Request { head: line[5], ..head })]);
        assert_eq!(parts(&world, &line, &[]), Ok(both), "{length}");
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    let world = World::new();
    let (target, records) = (main_ref(), world.state());
    let open = OpenRequests { records, target: &target, named: &[] };
    let gone = |_, _| Err(Refusal::new(Code::HistoryMissing, "the object is not here".to_owned()));
    assert_eq!(cut(&line(2), &open, gone).unwrap_err().code, Code::HistoryMissing);
}

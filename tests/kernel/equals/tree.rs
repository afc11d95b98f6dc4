//! What lies in the tree that they would land.

use git_coord::model::Answer;
use git_coord::model::Content;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::equals::stage::MIGHTY;
use crate::kernel::equals::stage::PATHS;
use crate::kernel::equals::stage::asked;
use crate::kernel::equals::stage::blocked;
use crate::kernel::equals::stage::by_carol;
use crate::kernel::equals::stage::free;
use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::measured;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

/// POL-10, LANE-1, LANE-3, LANE-4, LANE-5, with legal twin: whoever signs, what runs by itself and what collides is told.
#[test]
fn tree_is_looked_at_whoever_signs() {
    let sensitive = |who: &Actor| {
        let facts = work(who, &["src/.gitattributes"]);
        let (mut world, request) = asked(who, &facts);
        by_carol(&mut world, who, &request);
        (world, facts, request, Code::LaneSensitive)
    };
    // The word of a human who had no part in it; one's own, or one's own key, is none.
    blocked(sensitive, |world, _, request| drop(world.answer(&Actor::named("olga"), request, Answer::Approve)));
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, PATHS);
        let (mut world, request) = asked(&who, &facts);
        by_carol(&mut world, &who, &request);
        let twins = SegmentFacts { twins: vec![b"src/A.rs".to_vec()], ..facts.clone() };
        Gate::of(&world).blocks(&twins, &request, Code::LaneCollision);
        Gate::of(&world).allows(&facts, &request);
    }
    // Lanes are a matter of the role: here the security role has some, and a maintainer.
    let laned = |policy: &str| {
        let policy =
            free(policy).replace("\"approve\", \"veto\"]\n", "\"approve\", \"veto\"]\nlanes = [\"docs/**\"]\n");
        policy.replace("humans-only = true", "humans-only = true\nlanes = [\"docs/**\"]")
    };
    for who in MIGHTY.map(Actor::named) {
        for (path, code) in [("src/a.rs", Some(Code::LaneOutside)), ("docs/a.md", None)] {
            let mut world = World::with_policy(laned);
            let facts = work(&who, &[path]);
            let request = world.draft_request(&who, &main_ref(), &facts, &[]);
            world.ok(&who, &[put(&request)]);
            by_carol(&mut world, &who, &request);
            match code {
                Some(code) => Gate::of(&world).blocks(&facts, &request, code),
                None => Gate::of(&world).allows(&facts, &request),
            }
        }
    }
}

/// A policy under which the security role and the maintainers keep to `docs/`.
fn laned(policy: &str) -> String {
    let policy = free(policy).replace("\"approve\", \"veto\"]\n", "\"approve\", \"veto\"]\nlanes = [\"docs/**\"]\n");
    policy.replace("humans-only = true", "humans-only = true\nlanes = [\"docs/**\"]")
}

/// POL-10, LANE-2, with legal twin: a path in another spelling is another path, whoever signs.
#[test]
fn lanes_are_matched_by_bytes_whoever_signs() {
    for who in MIGHTY.map(Actor::named) {
        for (path, is_outside) in [
            ("d\u{f6}cs/a.md", true),
            ("docs\\a.md", true),
            ("\"docs/a.md\"", true),
            ("docs\u{301}/a.md", true),
            ("docsx/a.md", true),
            ("docs/gr\u{f6}\u{df}e.md", false),
        ] {
            let mut world = World::with_policy(laned);
            let facts = work(&who, &[path]);
            let request = world.draft_request(&who, &main_ref(), &facts, &[]);
            world.ok(&who, &[put(&request)]);
            by_carol(&mut world, &who, &request);
            match is_outside {
                true => Gate::of(&world).blocks(&facts, &request, Code::LaneOutside),
                false => Gate::of(&world).allows(&facts, &request),
            }
        }
    }
}

/// Returns a change of nothing but the mode of a file.
fn made_executable(who: &Actor, path: &str) -> SegmentFacts {
    let mut facts = work(who, &[path]);
    let change = &mut facts.changes[0];
    change.new = change.old.map(|old| Content { mode: 0o100_755, ..old });
    measured(facts)
}

/// POL-10, LANE-6, with legal twin: a mode is a part of the change, outside of the lanes and after the approval.
#[test]
fn mode_is_a_change_whoever_makes_it() {
    for who in MIGHTY.map(Actor::named) {
        for (path, code) in [("src/run.sh", Some(Code::LaneOutside)), ("docs/run.sh", None)] {
            let mut world = World::with_policy(laned);
            let facts = made_executable(&who, path);
            let request = world.draft_request(&who, &main_ref(), &facts, &[]);
            world.ok(&who, &[put(&request)]);
            by_carol(&mut world, &who, &request);
            match code {
                Some(code) => Gate::of(&world).blocks(&facts, &request, code),
                None => {
                    Gate::of(&world).allows(&facts, &request);
                    // What was approved is this, and not the same content under another mode.
                    let mut plain = facts.clone();
                    plain.changes[0].new = plain.changes[0].old;
                    let mut written = measured(plain);
                    written.changes[0].new.as_mut().unwrap().mode = 0o100_600;
                    Gate::of(&world).blocks(&measured(written), &request, Code::ApprovalDelta);
                }
            }
        }
    }
}

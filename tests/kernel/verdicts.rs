//! What a verdict says beyond yes and no: from which ledger it was given, whether anything was decided at all, and what becomes
//! of it where the ref has moved on.

use git_coord::model::Answer;
use git_coord::rules::Code;
use git_coord::rules::Freshness;
use git_coord::rules::Verdict;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::found;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;

const PATHS: &[&str] = &["src/a.rs"];

/// Where nothing could be read, nobody said no: but one rule that did is enough.
#[test]
fn verdict_that_cannot_tell_is_told_from_one_that_says_no() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let told = |world: &World, freshness| -> Verdict {
        Gate { freshness, ..Gate::of(world) }.verdict(&[(&facts, Some(&request.id))])
    };
    let allowed = told(&world, Freshness::Known);
    assert!(allowed.allows() && !allowed.cannot_tell());
    assert_eq!(allowed.head_height(), world.state().head_height());
    let stale = told(&world, Freshness::Stale);
    blocked(&stale, &[Code::LedgerStale]);
    assert!(stale.cannot_tell());
    world.answer(&Actor::named("sam"), &request, Answer::Veto);
    let vetoed = told(&world, Freshness::Known);
    assert!(!vetoed.allows() && !vetoed.cannot_tell());
    let both = told(&world, Freshness::Stale);
    blocked(&both, &[Code::LedgerStale, Code::ApprovalVeto]);
    assert!(!both.cannot_tell());
}

/// It says once that the ref has moved, from where it is now, and all else as it was.
#[test]
fn verdict_of_what_was_left_behind_says_so_in_the_place_of_where_the_ref_was() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let tip = object("tip");
    let mut gate = Gate::of(&world);
    gate.rights.landed.insert(main_ref(), world.draft_adoption(&main_ref(), tip));
    let judged = gate.verdict(&[(&facts, Some(&request.id))]);
    blocked(&judged, &[Code::RefState]);
    let (place, rest): (Vec<_>, Vec<_>) =
        judged.rules.iter().cloned().partition(|rule| ["forward", "last landing"].contains(&rule.rule.as_str()));
    assert!(place.len() == 2 && rest.iter().any(|rule| rule.rule == "review"), "{judged:#?}");
    let behind = judged.left_behind(&request.id, tip);
    blocked(&behind, &[Code::RefNotForward]);
    assert_eq!((behind.old, &behind.rules[1..]), (Some(tip), rest.as_slice()));
    assert!(found(&behind, "forward")[0].contains(&tip.short()), "{behind:#?}");
}

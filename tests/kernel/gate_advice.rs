//! What the gate tells whoever it stops: why no request fits, and whom to ask.

use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::found;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;

const PATHS: &[&str] = &["src/a.rs"];

/// APP-7, legal twin: a request for another ref is in the way of nothing but its own change.
#[test]
fn request_for_another_ref_is_named_only_where_it_asks_for_the_very_change() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let dev = RefName::parse("refs/heads/dev").unwrap();
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &dev, &facts, &[]);
    world.ok(&alice, &[put(&request)]);
    let check = |facts: &SegmentFacts, code, told: &str| {
        let verdict = Gate::of(&world).verdict(&[(facts, None)]);
        blocked(&verdict, &[code]);
        assert_eq!(found(&verdict, "request"), [told]);
    };
    check(&facts, Code::ApprovalRef, &format!("`{}` asks for `refs/heads/dev`", request.id));
    // Another change of the same base, and what comes to the same from another base.
    check(&work_from("base", "other", &alice, PATHS), Code::ApprovalThreshold, "there is no request");
    check(&work_from("another base", "head", &alice, PATHS), Code::ApprovalThreshold, "there is no request");
}

/// Whoever has said what it thinks of a request as it stands has no more to say; after an edit it is asked again.
#[test]
fn three_are_asked_who_have_not_spoken() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    let asked = |world: &World, request: &Request| {
        let verdict = Gate::of(world).verdict(&[(&facts, Some(&request.id))]);
        let names = verdict.rules.iter().flat_map(|rule| &rule.next).map(|next| {
            let id = next.strip_prefix("ask ").unwrap().split(' ').next().unwrap();
            id.split_once('-').unwrap().0.to_owned()
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(asked(&world, &request), ["carol", "maria", "nora"]);
    world.answer(&Actor::named("carol"), &request, Answer::Reject);
    assert_eq!(asked(&world, &request), ["maria", "nora", "olga"]);
    let edited = Request { rev: 2, ..request };
    world.ok(&alice, &[put(&edited)]);
    assert_eq!(asked(&world, &edited), ["carol", "maria", "nora"]);
}

/// With legal twin: who only says that a veto of another is not to stand has not said what it thinks of the change, and is asked;
/// who approves as well is not.
#[test]
fn whoever_only_overruled_is_asked() {
    let (mut world, alice, maria) = (World::new(), Actor::named("alice"), Actor::named("maria"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&Actor::named("sam"), &request, Answer::Veto);
    let veto = world.state().approvals[&request.id][&Actor::named("sam").id].named();
    for (said, is_asked) in [(Answer::Overrule, true), (Answer::Approve, false)] {
        let word = world.draft_answer(&maria, &request, said);
        world.ok(&maria, &[put(&Approval { overrules: [veto.clone()].into(), ..word })]);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        let mut next = verdict.rules.iter().flat_map(|rule| &rule.next);
        let asks = format!("ask {} (maintainer, human)", maria.id);
        assert_eq!(next.any(|next| next.starts_with(&asks)), is_asked, "{verdict:#?}");
    }
}

//! What stands against a change: findings, and who has a say in them.

use git_coord::model::Answer;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::Principal;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::gate_objections::ready;
use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::found;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// APP-13, S19, with legal twin
#[test]
fn open_finding_of_a_blocking_severity_blocks_if_its_author_may_triage() {
    for (author, severity, path, blocks) in [
        ("carol", Severity::High, "src/", true),
        ("sam", Severity::Critical, "SRC/A.rs", true),
        ("carol", Severity::Medium, "src/", false),
        ("carol", Severity::High, "tests/", false),
        ("bob", Severity::Critical, "src/", false),
    ] {
        let (mut world, facts, request) = ready();
        world.find(&Actor::named(author), severity, &[path]);
        match blocks {
            true => Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks),
            false => Gate::of(&world).allows(&facts, &request),
        }
    }
}

/// S19: the word of one who may triage makes anybody's finding block.
#[test]
fn finding_that_a_triager_raised_blocks_until_it_is_closed() {
    let (mut world, facts, request) = ready();
    let (bob, carol) = (Actor::named("bob"), Actor::named("carol"));
    let finding = world.find(&bob, Severity::Medium, PATHS);
    Gate::of(&world).allows(&facts, &request);
    let raised = Finding { rev: 2, severity: Severity::High, ..finding };
    world.refuse(&bob, &[put(&raised)], Code::RecordOwner);
    world.ok(&carol, &[put(&raised)]);
    Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert_eq!(found(&verdict, "findings"), [format!("{} by {}", raised.id, bob.id)]);
    world.ok(&carol, &[put(&Finding { rev: 3, state: FindingState::Resolved, ..raised })]);
    Gate::of(&world).allows(&facts, &request);
}

#[test]
fn finding_blocks_by_the_request_or_commit_that_it_names() {
    for named in ["request", "commit"] {
        let (mut world, facts, request) = ready();
        let finding = world.draft_finding(&Actor::named("carol"), Severity::High, &[]);
        let finding = match named {
            "request" => Finding { request: Some(request.id.clone()), ..finding },
            _ => Finding { commit: Some(facts.commits[0].id), ..finding },
        };
        world.ok(&Actor::named("carol"), &[put(&finding)]);
        Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
        world.ok(&Actor::named("carol"), &[take_away(&finding)]);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// Closes a request, with its answers.
#[track_caller]
fn close(world: &mut World, request: &Request) {
    let answers: Vec<_> = world.state().answers(&request.id).map(|answered| take_away(&answered.approval)).collect();
    world.ok(&Actor::named("alice"), &[vec![take_away(request)], answers].concat());
}

/// Asks for a change once more, and has it approved.
#[track_caller]
fn ask_again(world: &mut World, first: &Request, facts: &SegmentFacts) -> Request {
    let mut again = world.draft_request(&Actor::named("alice"), &main_ref(), facts, &[]);
    again.claims.clone_from(&first.claims);
    world.ok(&Actor::named("alice"), &[put(&again)]);
    world.answer(&Actor::named("nora"), &again, Answer::Approve);
    again
}

/// APP-13, with legal twin: as a veto, it is about the change of the ref, whatever request asks for it.
#[test]
fn finding_about_a_request_blocks_the_same_change_in_any_other() {
    for named in ["request", "commit"] {
        let (mut world, facts, request) = ready();
        let sam = Actor::named("sam");
        let draft = world.draft_finding(&sam, Severity::High, &[]);
        let finding = match named {
            "request" => Finding { request: Some(request.id.clone()), ..draft },
            _ => Finding { commit: Some(request.head), ..draft },
        };
        world.ok(&sam, &[put(&finding)]);
        // Amended: another head, the same change; and one that makes another change.
        let alice = Actor::named("alice");
        let amended =
            SegmentFacts { new: object("amended"), commits: vec![signed("amended", &alice, PATHS)], ..facts.clone() };
        let other = work_from("base", "other", &alice, PATHS);
        let beside = ask_again(&mut world, &request, &amended);
        Gate::of(&world).blocks(&amended, &beside, Code::FindingBlocks);
        close(&mut world, &beside);
        close(&mut world, &request);
        let again = ask_again(&mut world, &request, &amended);
        Gate::of(&world).blocks(&amended, &again, Code::FindingBlocks);
        let different = ask_again(&mut world, &request, &other);
        Gate::of(&world).allows(&other, &different);
        world.ok(&sam, &[put(&Finding { state: FindingState::Resolved, ..next(&finding) })]);
        Gate::of(&world).allows(&amended, &again);
    }
}

/// APP-13, with legal twin: what the request became in the meantime is remembered when it is closed.
#[test]
fn finding_about_a_request_blocks_what_that_asked_for_last() {
    let (mut world, _, request) = ready();
    let (alice, sam) = (Actor::named("alice"), Actor::named("sam"));
    let finding = Finding { request: Some(request.id.clone()), ..world.draft_finding(&sam, Severity::High, &[]) };
    world.ok(&sam, &[put(&finding)]);
    let moved = work_from("base", "moved", &alice, PATHS);
    let edited = Request { rev: 2, head: moved.new, new_tree: moved.new_tree, delta: moved.delta, ..request.clone() };
    world.ok(&alice, &[put(&edited)]);
    close(&mut world, &edited);
    let again = ask_again(&mut world, &request, &moved);
    Gate::of(&world).blocks(&moved, &again, Code::FindingBlocks);
    world.ok(&sam, &[take_away(&finding)]);
    Gate::of(&world).allows(&moved, &again);
}

/// APP-13, legal twin: what is about another request, or about none, does not come to be about what is closed.
#[test]
fn finding_about_something_else_is_not_bound_to_what_is_closed() {
    let (mut world, facts, request) = ready();
    let (alice, sam) = (Actor::named("alice"), Actor::named("sam"));
    let other = world.draft_request(&alice, &main_ref(), &work_from("base", "other", &alice, &["src/z.rs"]), &[]);
    world.ok(&alice, &[put(&other)]);
    let about = Finding { request: Some(other.id), ..world.draft_finding(&sam, Severity::High, &[]) };
    world.ok(&sam, &[put(&about)]);
    world.find(&sam, Severity::High, &["docs/"]);
    close(&mut world, &request);
    let again = ask_again(&mut world, &request, &facts);
    Gate::of(&world).allows(&facts, &again);
}

/// S19, at the gate: a contributor that the ledger alone does not know closed what blocks its own request.
#[test]
fn finding_about_a_request_that_a_contributor_closed_still_blocks() {
    let (mut world, mut facts, request) = ready();
    let (carol, sam) = (Actor::named("carol"), Actor::named("sam"));
    let finding = Finding { request: Some(request.id.clone()), ..world.draft_finding(&sam, Severity::High, &[]) };
    world.ok(&sam, &[put(&finding)]);
    world.ok(&carol, &[put(&Finding { rev: 2, state: FindingState::Dismissed, ..finding })]);
    Gate::of(&world).allows(&facts, &request);
    facts.commits.push(signed("more", &carol, &[]));
    Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
}

fn next(finding: &Finding) -> Finding {
    Finding { rev: finding.rev + 1, ..finding.clone() }
}

/// S19: what a contributor made light of weighs what it weighed at most, until somebody else has weighed it.
#[test]
fn severity_that_a_contributor_lowered_does_not_count() {
    let (mut world, facts, request) = ready();
    let (carol, sam, bob) = (Actor::named("carol"), Actor::named("sam"), Actor::named("bob"));
    let mut shared = facts.clone();
    shared.commits.push(signed("more", &carol, &[]));
    let heavy = world.find(&sam, Severity::High, PATHS);
    // One that became heavy by a triager's word only.
    let raised = world.find(&bob, Severity::Low, PATHS);
    let raised = Finding { severity: Severity::Critical, ..next(&raised) };
    world.ok(&sam, &[put(&raised)]);
    let lowered = [heavy, raised].map(|finding| Finding { severity: Severity::Medium, ..next(&finding) });
    Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
    for finding in &lowered {
        world.ok(&carol, &[put(finding)]);
    }
    Gate::of(&world).allows(&facts, &request);
    Gate::of(&world).blocks(&shared, &request, Code::FindingBlocks);
    // One of them is weighed by its author, the other by a third.
    for (who, finding) in ["sam", "dave"].into_iter().zip(&lowered) {
        Gate::of(&world).blocks(&shared, &request, Code::FindingBlocks);
        world.ok(&Actor::named(who), &[put(&Finding { severity: Severity::Low, ..next(finding) })]);
    }
    Gate::of(&world).allows(&shared, &request);
}

/// S19: closing is no way round either, whatever the finding names.
#[test]
fn finding_that_a_contributor_closed_during_the_work_still_blocks() {
    for named in ["paths", "commit"] {
        for state in [FindingState::Dismissed, FindingState::Resolved] {
            let (mut world, facts, request) = ready();
            let (carol, sam, dave) = (Actor::named("carol"), Actor::named("sam"), Actor::named("dave"));
            let mut shared = facts.clone();
            shared.commits.push(signed("more", &carol, &[]));
            let finding = match named {
                "paths" => world.draft_finding(&sam, Severity::High, PATHS),
                _ => Finding { commit: Some(facts.commits[0].id), ..world.draft_finding(&sam, Severity::High, &[]) },
            };
            world.ok(&sam, &[put(&finding)]);
            let closed = Finding { state, ..next(&finding) };
            world.ok(&carol, &[put(&closed)]);
            Gate::of(&world).allows(&facts, &request);
            Gate::of(&world).blocks(&shared, &request, Code::FindingBlocks);
            let reopened = Finding { state: FindingState::Open, ..next(&closed) };
            world.ok(&dave, &[put(&reopened)]);
            world.ok(&dave, &[put(&Finding { state, ..next(&reopened) })]);
            Gate::of(&world).allows(&shared, &request);
        }
    }
}

/// S19: what a contributor closed is closed once somebody else says so too, be it the finding's author.
#[test]
fn finding_that_a_contributor_closed_is_closed_by_the_word_of_another() {
    for confirmer in ["sam", "dave"] {
        let (mut world, mut facts, request) = ready();
        let (carol, sam, confirmer) = (Actor::named("carol"), Actor::named("sam"), Actor::named(confirmer));
        facts.commits.push(signed("more", &carol, &[]));
        let finding = world.find(&sam, Severity::High, PATHS);
        let closed = Finding { state: FindingState::Resolved, ..next(&finding) };
        world.ok(&carol, &[put(&closed)]);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        blocked(&verdict, &[Code::FindingBlocks]);
        let said = format!("{} by {}, resolved by {}, who contributes", finding.id, sam.id, carol.id);
        assert!(verdict.rules.iter().any(|rule| rule.found == [said.clone()]), "{verdict:#?}");
        world.ok(&confirmer, &[put(&next(&closed))]);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// Lands a change elsewhere, on which the others are based, or takes the ref as it is.
fn land_base(world: &mut World, how: &str) {
    if how == "adoption" {
        let adopted = world.draft_adoption(&main_ref(), object("base"));
        world.ok(&Actor::named("maria"), &[put(&adopted)]);
        return;
    }
    let bob = Actor::named("bob");
    let facts = work_from("start", "base", &bob, &["docs/x"]);
    let (_, request) = world.ask(&bob, &facts, &["docs/x"]);
    world.answer(&Actor::named("dave"), &request, Answer::Approve);
    world.land(&Actor::named("hub"), &request, &facts);
}

/// S19: what was closed before the base landed was about other work, and is no burden of whoever works there next. A first
/// claim after the closing does not make it so: the work may have begun without one.
#[test]
fn finding_that_a_contributor_closed_blocks_unless_the_base_landed_since() {
    for (before, after, blocks) in
        [("", "", true), ("landing", "", true), ("adoption", "", true), ("", "landing", false), ("", "adoption", false)]
    {
        let (mut world, alice, carol) = (World::new(), Actor::named("alice"), Actor::named("carol"));
        let mut facts = work(&alice, PATHS);
        facts.commits.push(signed("more", &carol, &[]));
        let finding = world.find(&Actor::named("sam"), Severity::High, PATHS);
        if !before.is_empty() {
            land_base(&mut world, before);
        }
        let closed = Finding { state: FindingState::Dismissed, ..next(&finding) };
        world.ok(&carol, &[put(&closed)]);
        if !after.is_empty() {
            land_base(&mut world, after);
        }
        let (_, request) = world.ask(&alice, &facts, PATHS);
        world.answer(&Actor::named("nora"), &request, Answer::Approve);
        if blocks {
            Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
            world.ok(&Actor::named("dave"), &[put(&next(&closed))]);
        }
        Gate::of(&world).allows(&facts, &request);
    }
}

/// A landing of somebody else in the meantime does not make the work younger.
#[test]
fn finding_that_a_contributor_closed_after_its_claim_blocks_whatever_landed_since() {
    for closes_first in [true, false] {
        let (mut world, alice, carol) = (World::new(), Actor::named("alice"), Actor::named("carol"));
        let mut facts = work(&alice, PATHS);
        facts.commits.push(signed("more", &carol, &[]));
        let finding = world.find(&Actor::named("sam"), Severity::High, PATHS);
        let closed = put(&Finding { state: FindingState::Dismissed, ..next(&finding) });
        if closes_first {
            world.ok(&carol, std::slice::from_ref(&closed));
        }
        let (_, request) = world.ask(&alice, &facts, PATHS);
        if !closes_first {
            world.ok(&carol, &[closed]);
        }
        land_base(&mut world, "landing");
        world.answer(&Actor::named("nora"), &request, Answer::Approve);
        match closes_first {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks),
        }
    }
}

/// S19: what is gone could not be weighed any more, so what once was heavy stays as long as somebody asks to land.
#[test]
fn heavy_finding_of_somebody_else_is_not_removed_while_a_request_is_open() {
    let (mut world, _, request) = ready();
    let (alice, carol, sam) = (Actor::named("alice"), Actor::named("carol"), Actor::named("sam"));
    let heavy = world.find(&sam, Severity::High, PATHS);
    let light = world.find(&sam, Severity::Medium, PATHS);
    let lowered = Finding { severity: Severity::Low, ..next(&heavy) };
    world.ok(&carol, &[put(&lowered)]);
    let closed = [lowered, light].map(|finding| Finding { state: FindingState::Dismissed, ..next(&finding) });
    for finding in &closed {
        world.ok(&carol, &[put(finding)]);
    }
    world.refuse(&carol, &[take_away(&closed[0])], Code::RecordField);
    world.ok(&carol, &[take_away(&closed[1])]);
    let answers: Vec<_> = world.state().answers(&request.id).map(|answered| take_away(&answered.approval)).collect();
    world.ok(&alice, &[vec![take_away(&request)], answers].concat());
    world.refuse(&carol, &[take_away(&closed[0])], Code::RecordOwner);
    world.ok(&sam, &[take_away(&closed[0])]);
}

/// A finding of somebody who was suspended since is no more weighty.
#[test]
fn finding_of_a_suspended_author_does_not_block() {
    let (mut world, facts, request) = ready();
    let carol = Actor::named("carol");
    world.find(&carol, Severity::High, PATHS);
    Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
    let suspended = Principal { status: Standing::Suspended, ..world.next_record(&carol) };
    world.ok(&Actor::named("maria"), &[put(&suspended)]);
    Gate::of(&world).allows(&facts, &request);
}

/// S19: what its author was when it filed it, or when it was triaged, gives a finding its weight.
#[test]
fn finding_weighs_what_its_author_was_when_it_filed_it() {
    let recast = |world: &mut World, who: &Actor, role: &str| {
        world.ok(&Actor::named("maria"), &[put(&Principal { role: name(role), ..world.next_record(who) })])
    };
    let (mut world, facts, request) = ready();
    let sam = Actor::named("sam");
    let finding = world.find(&sam, Severity::High, PATHS);
    recast(&mut world, &sam, "builder");
    Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
    world.ok(&Actor::named("dave"), &[put(&Finding { state: FindingState::Resolved, ..next(&finding) })]);
    Gate::of(&world).allows(&facts, &request);
    let bob = Actor::named("bob");
    let light = world.find(&bob, Severity::Medium, PATHS);
    recast(&mut world, &bob, "security");
    Gate::of(&world).allows(&facts, &request);
    world.ok(&bob, &[put(&Finding { severity: Severity::High, ..next(&light) })]);
    Gate::of(&world).blocks(&facts, &request, Code::FindingBlocks);
}

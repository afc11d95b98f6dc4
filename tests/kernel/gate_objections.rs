//! What stands against a change: findings and vetoes.

use git_coord::model::Answer;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::Principal;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::main_ref;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// Returns a world with a change of `alice` that `nora` approved.
fn ready() -> (World, SegmentFacts, Request) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    (world, facts, request)
}

/// S19
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

/// APP-13, S18
#[test]
fn veto_blocks_until_its_author_withdraws_it() {
    let (mut world, facts, request) = ready();
    let (alice, sam) = (Actor::named("alice"), Actor::named("sam"));
    let veto = world.answer(&sam, &request, Answer::Veto);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    for other in ["alice", "nora", "maria", "carol"] {
        world.refuse(&Actor::named(other), &[take_away(&veto)], Code::RecordOwner);
    }
    // The request stays, whatever it becomes and whoever wants it closed.
    let answers: Vec<_> = world.state().answers(&request.id).map(|answered| take_away(&answered.approval)).collect();
    let all = [vec![take_away(&request)], answers].concat();
    world.refuse(&alice, &all, Code::ApprovalVeto);
    let edited = Request { rev: 2, delta: work(&alice, &["src/z.rs"]).delta, ..request.clone() };
    world.ok(&alice, &[put(&edited)]);
    let other_facts = work(&alice, &["src/z.rs"]);
    let verdict = Gate::of(&world).verdict(&[(&other_facts, Some(&edited.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.code == Some(Code::ApprovalVeto)));
    world.ok(&alice, &[put(&Request { rev: 3, ..request.clone() })]);
    world.ok(&sam, &[take_away(&veto)]);
    world.answer(&Actor::named("nora"), &Request { rev: 3, ..request.clone() }, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// S22: a veto that comes with the push counts.
#[test]
fn veto_in_the_latest_state_blocks() {
    let (mut world, facts, request) = ready();
    let before = world.state().clone();
    world.answer(&Actor::named("sam"), &request, Answer::Veto);
    let gate = Gate { rights: before.clone(), records: before.clone(), ..Gate::of(&world) };
    gate.blocks(&facts, &request, Code::ApprovalVeto);
    Gate { latest: before, ..gate }.allows(&facts, &request);
}

/// S18: the same change of the same ref stays vetoed under another request, even when the vetoed one moves on.
#[test]
fn veto_binds_the_same_change_in_any_other_request() {
    let (mut world, facts, request) = ready();
    let (alice, sam, nora) = (Actor::named("alice"), Actor::named("sam"), Actor::named("nora"));
    let veto = world.answer(&sam, &request, Answer::Veto);
    let again = Request { rev: 1, id: world.id(git_coord::model::RecordKind::Request), ..request.clone() };
    world.ok(&alice, &[put(&again)]);
    world.answer(&nora, &again, Answer::Approve);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    let moved = Request { rev: 2, delta: work(&alice, &["src/z.rs"]).delta, ..request };
    world.ok(&alice, &[put(&moved)]);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    // The judge knows as much.
    let landed = world.draft_landing(&again, &facts);
    let edits = world.landing_edits(&landed);
    world.refuse(&Actor::named("hub"), &edits, Code::ApprovalVeto);
    world.ok(&sam, &[take_away(&veto)]);
    Gate::of(&world).allows(&facts, &again);
    world.ok(&Actor::named("hub"), &edits);
}

/// A veto stays when its author loses the right to it.
#[test]
fn veto_outlives_the_right_to_veto() {
    let (mut world, facts, request) = ready();
    let (maria, sam) = (Actor::named("maria"), Actor::named("sam"));
    let veto = world.answer(&sam, &request, Answer::Veto);
    world.ok(&maria, &[put(&Principal { role: name("reviewer"), ..world.next_record(&sam) })]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    world.ok(&sam, &[take_away(&veto)]);
    Gate::of(&world).allows(&facts, &request);
    let again = world.draft_answer(&sam, &request, Answer::Veto);
    world.refuse(&sam, &[put(&again)], Code::RecordRight);
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

/// APP-9
#[test]
fn change_that_landed_needs_a_new_request_to_land_again() {
    let (mut world, facts, request) = ready();
    let (alice, hub) = (Actor::named("alice"), Actor::named("hub"));
    world.land(&hub, &request, &facts);
    let again = SegmentFacts { old: Some(facts.new), new: crate::kernel::push::object("again"), ..facts.clone() };
    blocked(&Gate::of(&world).verdict(&[(&again, None)]), &[Code::ApprovalConsumed]);
    let late = world.draft_answer(&Actor::named("olga"), &request, Answer::Approve);
    world.refuse(&Actor::named("olga"), &[put(&late)], Code::ApprovalConsumed);
    let claim = world.state().claims.values().next().unwrap().claim.clone();
    let second = world.draft_request(&alice, &main_ref(), &again, &[&claim]);
    world.ok(&alice, &[put(&second)]);
    world.answer(&Actor::named("nora"), &second, Answer::Approve);
    Gate::of(&world).allows(&again, &second);
}

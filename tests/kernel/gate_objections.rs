//! What stands against a change: vetoes, and that it landed before.

use git_coord::model::Answer;
use git_coord::model::Principal;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// Returns a world with a change of `alice` that `nora` approved.
pub fn ready() -> (World, SegmentFacts, Request) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    (world, facts, request)
}

/// APP-13, S18, with legal twin
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

/// APP-13, S22, with legal twin: a veto that comes with the push counts.
#[test]
fn veto_in_the_latest_state_blocks() {
    let (mut world, facts, request) = ready();
    let before = world.state().clone();
    world.answer(&Actor::named("sam"), &request, Answer::Veto);
    let gate = Gate { rights: before.clone(), records: before.clone(), ..Gate::of(&world) };
    gate.blocks(&facts, &request, Code::ApprovalVeto);
    Gate { latest: before, ..gate }.allows(&facts, &request);
}

/// APP-13, S18, with legal twin:
/// the same change of the same ref stays vetoed under another request, even when the vetoed one moves on.
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

/// S18, legal twin: of another change, or of the same one for another ref, it stops nothing.
#[test]
fn veto_stops_nothing_but_its_change_of_its_ref() {
    let (mut world, facts, request) = ready();
    let (alice, sam) = (Actor::named("alice"), Actor::named("sam"));
    let other = work(&alice, &["src/z.rs"]);
    let beside = world.draft_request(&alice, &main_ref(), &other, &[]);
    let elsewhere = world.draft_request(&alice, &RefName::parse("refs/heads/release/1").unwrap(), &facts, &[]);
    for vetoed in [&beside, &elsewhere] {
        world.ok(&alice, &[put(vetoed)]);
        world.answer(&sam, vetoed, Answer::Veto);
    }
    Gate::of(&world).allows(&facts, &request);
    world.land(&Actor::named("hub"), &request, &facts);
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

/// S18: whoever is revoked can withdraw nothing, so its veto stands for nobody.
#[test]
fn veto_does_not_outlive_the_revocation_of_its_author() {
    for (status, blocks) in [(Standing::Active, true), (Standing::Suspended, true), (Standing::Revoked, false)] {
        let (mut world, facts, request) = ready();
        let (alice, sam, hub) = (Actor::named("alice"), Actor::named("sam"), Actor::named("hub"));
        world.answer(&sam, &request, Answer::Veto);
        let before = Gate::of(&world);
        before.blocks(&facts, &request, Code::ApprovalVeto);
        if status != Standing::Active {
            world.ok(&Actor::named("maria"), &[put(&Principal { status, ..world.next_record(&sam) })]);
        }
        let answers: Vec<_> =
            world.state().answers(&request.id).map(|answered| take_away(&answered.approval)).collect();
        let closing = [vec![take_away(&request)], answers].concat();
        let landing = world.landing_edits(&world.draft_landing(&request, &facts));
        if blocks {
            Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
            world.refuse(&alice, &closing, Code::ApprovalVeto);
            world.refuse(&hub, &landing, Code::ApprovalVeto);
            continue;
        }
        Gate::of(&world).allows(&facts, &request);
        // S22: a revocation that comes with the push counts.
        Gate { latest: world.state().clone(), ..before }.allows(&facts, &request);
        world.ok(&hub, &landing);
    }
}

#[test]
fn request_is_closed_over_the_veto_of_a_revoked_author() {
    let (mut world, _, request) = ready();
    let (alice, sam) = (Actor::named("alice"), Actor::named("sam"));
    world.answer(&sam, &request, Answer::Veto);
    let answers: Vec<_> = world.state().answers(&request.id).map(|answered| take_away(&answered.approval)).collect();
    let closing = [vec![take_away(&request)], answers].concat();
    world.refuse(&alice, &closing, Code::ApprovalVeto);
    world.ok(&Actor::named("maria"), &[put(&Principal { status: Standing::Revoked, ..world.next_record(&sam) })]);
    world.ok(&alice, &closing);
}

/// KEY-2, with legal twin: like an approval. One root member does not silence another by it.
#[test]
fn veto_given_while_the_key_is_suspect_does_not_block_unless_it_is_a_root_members() {
    for (author, early, late) in [("sam", true, false), ("mike", true, true)] {
        let (mut world, alice) = (World::with_roots(&["maria", "mike"], str::to_owned), Actor::named("alice"));
        let facts = work(&alice, PATHS);
        let (_, request) = world.ask(&alice, &facts, PATHS);
        world.answer(&Actor::named("nora"), &request, Answer::Approve);
        let author = Actor::named(author);
        world.answer(&author, &request, Answer::Veto);
        let given = world.state().answers(&request.id).map(|answered| answered.given).max().unwrap();
        for (since, blocks) in [(given + 1, early), (given, late)] {
            let suspect = Principal { suspect_since: Some(since), ..world.next_record(&author) };
            world.ok(&Actor::named("maria"), &[put(&suspect)]);
            match blocks {
                true => Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto),
                false => Gate::of(&world).allows(&facts, &request),
            }
        }
    }
}

/// APP-9, with legal twin
#[test]
fn change_that_landed_needs_a_new_request_to_land_again() {
    let (mut world, facts, request) = ready();
    let (alice, hub) = (Actor::named("alice"), Actor::named("hub"));
    world.land(&hub, &request, &facts);
    let again = SegmentFacts { old: Some(facts.new), new: object("again"), ..facts.clone() };
    blocked(&Gate::of(&world).verdict(&[(&again, None)]), &[Code::ApprovalConsumed]);
    let late = world.draft_answer(&Actor::named("olga"), &request, Answer::Approve);
    world.refuse(&Actor::named("olga"), &[put(&late)], Code::ApprovalConsumed);
    let claim = world.state().claims.values().next().unwrap().claim.clone();
    let second = world.draft_request(&alice, &main_ref(), &again, &[&claim]);
    world.ok(&alice, &[put(&second)]);
    world.answer(&Actor::named("nora"), &second, Answer::Approve);
    Gate::of(&world).allows(&again, &second);
}

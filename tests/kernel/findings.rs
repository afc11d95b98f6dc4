//! Findings: who says what, and who may close it.

use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::Severity;
use git_coord::rules::Code;

use crate::kernel::push::main_ref;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;

fn cast() -> (World, Actor, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"), Actor::named("carol"))
}

fn next(finding: &Finding) -> Finding {
    Finding { rev: finding.rev + 1, ..finding.clone() }
}

#[test]
fn finding_begins_open_at_rev_one_and_by_its_author() {
    let (mut world, alice, bob, _) = cast();
    let finding = world.draft_finding(&alice, Severity::High, &["src/"]);
    world.refuse(&bob, &[put(&finding)], Code::RecordOwner);
    world.refuse(&alice, &[put(&Finding { rev: 2, ..finding.clone() })], Code::RecordRev);
    world.refuse(&alice, &[put(&Finding { state: FindingState::Resolved, ..finding.clone() })], Code::RecordRev);
    let about = Finding { request: Some(git_coord::model::RecordId::parse("r-00000000").unwrap()), ..finding.clone() };
    world.refuse(&alice, &[put(&about)], Code::RecordMissing);
    world.ok(&alice, &[put(&finding)]);
    world.ok(&alice, &[take_away(&finding)]);
    world.refuse(&alice, &[put(&finding)], Code::RecordId);
    // What was asked for once can be looked at after it was closed; it stops nothing then.
    let facts = work(&alice, &["src/a.rs"]);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
    world.ok(&alice, &[put(&request)]);
    world.ok(&alice, &[take_away(&request)]);
    let about = Finding { request: Some(request.id), ..world.draft_finding(&alice, Severity::High, &[]) };
    world.ok(&alice, &[put(&about)]);
    assert!(world.state().findings.get(&about.id).unwrap().bound.is_empty());
}

#[test]
fn author_changes_the_text_and_nobody_else_does() {
    let (mut world, alice, bob, carol) = cast();
    let finding = world.find(&alice, Severity::Low, &["src/"]);
    let reworded = Finding { text: text("Worse"), ..next(&finding) };
    world.refuse(&bob, &[put(&reworded)], Code::RecordOwner);
    world.refuse(&carol, &[put(&reworded)], Code::RecordOwner);
    world.refuse(&alice, &[put(&Finding { paths: patterns(&["docs/"]), ..reworded.clone() })], Code::RecordField);
    world.refuse(&alice, &[put(&Finding { author: bob.id, ..reworded.clone() })], Code::RecordField);
    world.refuse(&alice, &[put(&Finding { rev: 1, ..reworded.clone() })], Code::RecordRev);
    world.ok(&alice, &[put(&reworded)]);
}

/// LED-4, with legal twin: not even a change of nothing.
#[test]
fn record_of_somebody_else_is_not_rewritten_as_it_is() {
    let (mut world, alice, bob, carol) = cast();
    let finding = world.find(&alice, Severity::Low, &["src/"]);
    world.refuse(&bob, &[put(&next(&finding))], Code::RecordOwner);
    world.refuse(&carol, &[put(&next(&finding))], Code::RecordOwner);
    world.ok(&alice, &[put(&next(&finding))]);
}

/// APP-13, with legal twin
#[test]
fn state_and_severity_are_set_by_those_who_triage() {
    let (mut world, alice, _, carol) = cast();
    let finding = world.find(&alice, Severity::High, &["src/"]);
    let closed = Finding { state: FindingState::Dismissed, ..next(&finding) };
    let lowered = Finding { severity: Severity::Low, ..next(&finding) };
    world.refuse(&alice, &[put(&closed)], Code::RecordOwner);
    world.refuse(&alice, &[put(&lowered)], Code::RecordOwner);
    world.ok(&carol, &[put(&lowered)]);
    world.ok(&carol, &[put(&Finding { rev: 3, ..closed })]);
}

/// APP-13, S6, with legal twin
#[test]
fn open_finding_of_somebody_else_is_closed_before_it_is_removed() {
    let (mut world, alice, bob, carol) = cast();
    let finding = world.find(&alice, Severity::Medium, &["src/"]);
    world.refuse(&bob, &[take_away(&finding)], Code::RecordOwner);
    world.refuse(&carol, &[take_away(&finding)], Code::RecordField);
    let closed = Finding { state: FindingState::Dismissed, ..next(&finding) };
    world.ok(&carol, &[put(&closed)]);
    world.refuse(&bob, &[take_away(&closed)], Code::RecordOwner);
    world.ok(&carol, &[take_away(&closed)]);
}

/// S19: what somebody else weighed is not the author's alone to take back.
#[test]
fn author_does_not_remove_a_finding_that_somebody_triaged() {
    let (mut world, alice, _, carol) = cast();
    let finding = world.find(&alice, Severity::Medium, &["src/"]);
    let raised = Finding { severity: Severity::Critical, ..next(&finding) };
    world.ok(&carol, &[put(&raised)]);
    world.refuse(&alice, &[take_away(&raised)], Code::RecordOwner);
    let untouched = world.find(&alice, Severity::Medium, &["src/"]);
    world.ok(&alice, &[take_away(&untouched)]);
}

/// S19: a contributor whom the ledger does not know yet would make the gate forget by it.
#[test]
fn closed_finding_that_may_block_is_removed_by_its_author_or_an_uninvolved_root_member_only() {
    let (maria, carol, dave, sam) =
        (Actor::named("maria"), Actor::named("carol"), Actor::named("dave"), Actor::named("sam"));
    for (severity, closer, who, allowed) in [
        (Severity::High, &carol, &carol, false),
        (Severity::High, &carol, &dave, false),
        (Severity::High, &carol, &sam, true),
        (Severity::High, &carol, &maria, true),
        (Severity::High, &maria, &maria, false),
        (Severity::High, &maria, &sam, true),
        (Severity::Medium, &carol, &carol, true),
        (Severity::Medium, &carol, &dave, true),
    ] {
        let mut world = World::new();
        let finding = world.find(&sam, severity, &["src/"]);
        // What is lighter now weighed as much once.
        let lighter = Finding { severity: Severity::Low, ..next(&finding) };
        let closed = Finding { state: FindingState::Dismissed, ..next(&lighter) };
        world.ok(closer, &[put(&lighter)]);
        world.ok(closer, &[put(&closed)]);
        match allowed {
            true => drop(world.ok(who, &[take_away(&closed)])),
            false => drop(world.refuse(who, &[take_away(&closed)], Code::RecordOwner)),
        }
    }
}

/// S19: what another one raised is not the author's alone any more, even if the author weighed it last.
#[test]
fn author_does_not_remove_what_another_one_made_weigh() {
    let (mut world, _, _, carol) = cast();
    let (maria, sam) = (Actor::named("maria"), Actor::named("sam"));
    let raised_again = |world: &mut World, first: Severity, raised: Severity| {
        let finding = world.find(&sam, first, &["src/"]);
        let raised = Finding { severity: raised, ..next(&finding) };
        world.ok(&carol, &[put(&raised)]);
        let closed = Finding { state: FindingState::Dismissed, ..next(&raised) };
        world.ok(&sam, &[put(&closed)]);
        closed
    };
    let heavy = raised_again(&mut world, Severity::Medium, Severity::High);
    world.refuse(&sam, &[take_away(&heavy)], Code::RecordOwner);
    world.ok(&maria, &[take_away(&heavy)]);
    let light = raised_again(&mut world, Severity::Low, Severity::Medium);
    world.ok(&sam, &[take_away(&light)]);
    // Opened again by another, after the author had closed it.
    let finding = world.find(&sam, Severity::High, &["src/"]);
    let closed = Finding { state: FindingState::Dismissed, ..next(&finding) };
    let reopened = Finding { state: FindingState::Open, ..next(&closed) };
    let closed_again = Finding { state: FindingState::Dismissed, ..next(&reopened) };
    for (who, finding) in [(&sam, &closed), (&carol, &reopened), (&sam, &closed_again)] {
        world.ok(who, &[put(finding)]);
    }
    world.refuse(&sam, &[take_away(&closed_again)], Code::RecordOwner);
    let own = world.find(&sam, Severity::High, &["src/"]);
    world.ok(&sam, &[take_away(&own)]);
}

/// S19
#[test]
fn contributor_does_not_triage_what_blocks_its_own_request() {
    let (mut world, _, _, carol) = cast();
    let (nora, olga) = (Actor::named("nora"), Actor::named("olga"));
    let finding = world.find(&carol, Severity::High, &["src/"]);
    let elsewhere = world.find(&carol, Severity::High, &["docs/"]);
    let minor = world.find(&carol, Severity::Low, &["src/"]);
    world.ask(&nora, &work(&nora, &["src/a.rs"]), &["src/a.rs"]);
    let dismissed = |finding: &Finding| put(&Finding { state: FindingState::Dismissed, ..next(finding) });
    world.refuse(&nora, &[dismissed(&finding)], Code::ApprovalContributor);
    let lowered = put(&Finding { severity: Severity::Low, ..next(&finding) });
    world.refuse(&nora, &[lowered], Code::ApprovalContributor);
    world.ok(&nora, &[dismissed(&elsewhere)]);
    world.ok(&nora, &[dismissed(&minor)]);
    world.ok(&olga, &[dismissed(&finding)]);
    world.refuse(&nora, &[put(&Finding { rev: 3, ..finding })], Code::ApprovalContributor);
}

/// S19: who asks has a hand in it, and so has whoever holds the ground, each for itself.
#[test]
fn opener_and_holder_triage_each_nothing_of_the_request() {
    let (mut world, alice, _, carol) = cast();
    let (nora, olga) = (Actor::named("nora"), Actor::named("olga"));
    let finding = world.find(&carol, Severity::High, &["src/"]);
    let claim = world.claim(&olga, &["src/a.rs"]);
    let request = world.draft_request(&nora, &main_ref(), &work(&alice, &["src/a.rs"]), &[&claim]);
    world.ok(&nora, &[put(&request)]);
    let dismissed = put(&Finding { state: FindingState::Dismissed, ..next(&finding) });
    for who in [&nora, &olga] {
        world.refuse(who, std::slice::from_ref(&dismissed), Code::ApprovalContributor);
    }
    world.ok(&Actor::named("maria"), &[dismissed]);
}

/// Everybody who looks is told how many are open.
#[test]
fn open_findings_are_counted() {
    let (mut world, alice, _, carol) = cast();
    let count = |world: &World| world.state().open_finding_count;
    let first = world.find(&alice, Severity::Low, &["src/"]);
    let second = world.find(&alice, Severity::Low, &["docs/"]);
    assert_eq!(count(&world), 2);
    world.ok(&alice, &[put(&Finding { text: text("Worse"), ..next(&second) })]);
    assert_eq!(count(&world), 2);
    let closed = Finding { state: FindingState::Resolved, ..next(&first) };
    world.ok(&carol, &[put(&closed)]);
    assert_eq!(count(&world), 1);
    world.ok(&carol, &[put(&Finding { state: FindingState::Open, ..next(&closed) })]);
    assert_eq!(count(&world), 2);
    world.ok(&carol, &[put(&Finding { rev: 4, ..closed.clone() })]);
    world.ok(&carol, &[take_away(&closed)]);
    assert_eq!(count(&world), 1);
    world.ok(&alice, &[take_away(&second)]);
    assert_eq!(count(&world), 0);
}

/// S19: nor under another request for the same change.
#[test]
fn contributor_does_not_triage_what_is_about_its_own_change() {
    let (mut world, _, _, carol) = cast();
    let (nora, olga) = (Actor::named("nora"), Actor::named("olga"));
    let facts = work(&nora, &["src/a.rs"]);
    let (_, request) = world.ask(&nora, &facts, &["src/a.rs"]);
    let about = Finding { request: Some(request.id.clone()), ..world.draft_finding(&carol, Severity::High, &[]) };
    world.ok(&carol, &[put(&about)]);
    world.ok(&nora, &[take_away(&request)]);
    let dismissed = put(&Finding { state: FindingState::Dismissed, ..next(&about) });
    let mut again = world.draft_request(&nora, &request.target, &facts, &[]);
    again.claims.clone_from(&request.claims);
    world.ok(&nora, &[put(&again)]);
    world.refuse(&nora, std::slice::from_ref(&dismissed), Code::ApprovalContributor);
    world.ok(&olga, &[dismissed]);
}

/// S19: the word of a second triager replaces that of the first, whatever the first one had to do with it.
#[test]
fn triager_confirms_what_another_one_decided() {
    let (mut world, alice, bob, carol) = cast();
    let dave = Actor::named("dave");
    let finding = world.find(&alice, Severity::High, &["src/"]);
    let as_it_is = next(&finding);
    world.refuse(&carol, &[put(&as_it_is)], Code::RecordOwner);
    let closed = Finding { state: FindingState::Resolved, ..next(&finding) };
    world.ok(&carol, &[put(&closed)]);
    let confirmed = next(&closed);
    for who in [&carol, &bob] {
        world.refuse(who, &[put(&confirmed)], Code::RecordOwner);
    }
    let height = world.ok(&dave, &[put(&confirmed)]);
    let noted = &world.state().findings[&finding.id];
    assert_eq!((noted.triaged_by.as_ref(), noted.triaged), (Some(&dave.id), height));
    // The author has no such right: what it writes back stays another's word.
    world.ok(&alice, &[put(&next(&confirmed))]);
    assert_eq!(world.state().findings[&finding.id].triaged_by.as_ref(), Some(&dave.id));
}

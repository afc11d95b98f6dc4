//! Requests and answers as the judge sees them.

use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

fn asked() -> (World, Actor, Actor, Request) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    (world, alice, Actor::named("carol"), request)
}

#[test]
fn request_is_opened_by_its_opener_with_the_right_to_and_known_claims() {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
    world.refuse(&bob, &[put(&request)], Code::RecordOwner);
    let carol = Actor::named("carol");
    world.refuse(&carol, &[put(&Request { opener: carol.id.clone(), ..request.clone() })], Code::RecordRight);
    world.refuse(&alice, &[put(&Request { rev: 2, ..request.clone() })], Code::RecordRev);
    let unknown = vec![RecordId::parse("c-zzzzzzzz").unwrap()];
    world.refuse(&alice, &[put(&Request { claims: unknown, ..request.clone() })], Code::RecordMissing);
    world.ok(&alice, &[put(&request)]);
    world.ok(&alice, &[take_away(&request)]);
    world.refuse(&alice, &[put(&request)], Code::RecordId);
}

#[test]
fn request_is_changed_by_its_opener_and_stays_with_its_ref() {
    let (mut world, alice, carol, request) = asked();
    let moved = Request { rev: 2, head: object("further"), ..request.clone() };
    world.refuse(&carol, &[put(&moved)], Code::RecordOwner);
    world.refuse(&Actor::named("maria"), &[put(&moved)], Code::RecordOwner);
    let stolen = Request { opener: carol.id.clone(), ..moved.clone() };
    world.refuse(&carol, &[put(&stolen)], Code::RecordOwner);
    world.refuse(&alice, &[put(&stolen)], Code::RecordOwner);
    let elsewhere = Request { target: RefName::parse("refs/heads/dev").unwrap(), ..moved.clone() };
    world.refuse(&alice, &[put(&elsewhere)], Code::RecordField);
    world.refuse(&alice, &[put(&Request { rev: 3, ..moved.clone() })], Code::RecordRev);
    world.ok(&alice, &[put(&moved)]);
    let heads: Vec<_> = world.state().requests[&request.id].heads.iter().map(|named| named.head).collect();
    assert_eq!(heads, [request.head, object("further")]);
}

/// Every decision about a request reads all its heads, so that they are not without number; one that comes again is none more.
#[test]
fn request_has_only_so_many_heads() {
    let (mut world, alice, _, request) = asked();
    let with = |rev: u64, head: &str| put(&Request { rev, head: object(head), ..request.clone() });
    for rev in 2..=256 {
        world.ok(&alice, &[with(rev, &format!("head {rev}"))]);
    }
    world.refuse(&alice, &[with(257, "one more")], Code::RecordLimit);
    world.ok(&alice, &[with(257, "head 2")]);
    assert_eq!(world.state().requests[&request.id].heads.len(), 256);
}

/// S17
/// What a revoked principal left open is anybody's to close, and nobody's before.
#[test]
fn request_of_somebody_revoked_is_closed_by_anybody() {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let facts = work(&alice, &["src/a.rs"]);
    let (_, request) = world.ask(&alice, &facts, &["src/a.rs"]);
    let suspended = Principal { status: Standing::Suspended, ..world.next_record(&alice) };
    world.ok(&Actor::named("maria"), &[put(&suspended)]);
    world.refuse(&bob, &[take_away(&request)], Code::RecordOwner);
    let revoked = Principal { status: Standing::Revoked, ..world.next_record(&alice) };
    world.ok(&Actor::named("maria"), &[put(&revoked)]);
    world.ok(&bob, &[take_away(&request)]);
}

#[test]
fn closing_a_request_removes_its_answers() {
    let (mut world, alice, carol, request) = asked();
    let approval = world.answer(&carol, &request, Answer::Approve);
    world.refuse(&carol, &[take_away(&approval), take_away(&request)], Code::RecordOwner);
    world.refuse(&alice, &[take_away(&request)], Code::RecordField);
    world.refuse(&alice, &[take_away(&approval)], Code::RecordOwner);
    world.ok(&alice, &[take_away(&request), take_away(&approval)]);
    assert!(world.state().approvals.is_empty());
}

/// APP-12, with legal twin: who asks edits its request, and what others said of it stays theirs.
#[test]
fn editing_a_request_removes_no_answer_of_others() {
    let (mut world, alice, carol, request) = asked();
    let rejection = world.answer(&carol, &request, Answer::Reject);
    let moved = Request { rev: 2, head: object("further"), ..request };
    world.refuse(&alice, &[put(&moved), take_away(&rejection)], Code::RecordOwner);
    world.ok(&alice, &[put(&moved)]);
    assert_eq!(world.state().answers(&moved.id).count(), 1);
    world.ok(&carol, &[take_away(&rejection)]);
}

/// APP-1, APP-10, with legal twin
#[test]
fn answer_is_signed_by_the_principal_that_its_file_names() {
    let (mut world, alice, carol, request) = asked();
    let foreign = world.draft_answer(&Actor::named("erin"), &request, Answer::Approve);
    world.refuse(&carol, &[put(&foreign)], Code::RecordOwner);
    world.refuse(&alice, &[put(&foreign)], Code::RecordOwner);
    let own = world.draft_answer(&alice, &request, Answer::Approve);
    world.refuse(&alice, &[put(&own)], Code::ApprovalSelf);
    world.answer(&carol, &request, Answer::Approve);
}

#[test]
fn answers_take_the_right_to_them() {
    let (mut world, _, carol, request) = asked();
    let bob = Actor::named("bob");
    for (who, answer) in [(&bob, Answer::Approve), (&bob, Answer::Reject), (&bob, Answer::Veto), (&carol, Answer::Veto)]
    {
        let refused = world.draft_answer(who, &request, answer);
        world.refuse(who, &[put(&refused)], Code::RecordRight);
    }
    world.answer(&carol, &request, Answer::Reject);
    world.answer(&Actor::named("sam"), &request, Answer::Veto);
}

/// APP-4, S17, S21, with legal twin: what an answer names of its request must fit.
#[test]
fn answer_is_to_the_request_as_it_stands() {
    let (mut world, _, carol, request) = asked();
    let good = world.draft_answer(&carol, &request, Answer::Approve);
    let other = Some(object("other"));
    for bad in [
        Approval { delta: git_coord::format::sha256(b"other"), ..good.clone() },
        Approval { request_rev: Some(2), ..good.clone() },
        Approval { base: other, ..good.clone() },
        Approval { base_tree: other, ..good.clone() },
        Approval { head: other, ..good.clone() },
        Approval { new_tree: other, ..good.clone() },
    ] {
        world.refuse(&carol, &[put(&bad)], Code::ApprovalDelta);
    }
    world.refuse(&carol, &[put(&Approval { role: name("maintainer"), ..good.clone() })], Code::PrincipalRole);
    world.refuse(&carol, &[put(&Approval { policy: 2, ..good.clone() })], Code::RecordField);
    // A hand-written answer may leave out all but the delta.
    let short = Approval { request_rev: None, base: None, base_tree: None, head: None, new_tree: None, ..good };
    world.ok(&carol, &[put(&short)]);
}

#[test]
fn answer_to_a_request_that_is_not_open_is_refused() {
    let (mut world, alice, carol, request) = asked();
    let unknown = Request { id: RecordId::parse("r-zzzzzzzz").unwrap(), ..request.clone() };
    world.refuse(&carol, &[put(&world.draft_answer(&carol, &unknown, Answer::Approve))], Code::RecordMissing);
    let good = world.draft_answer(&carol, &request, Answer::Approve);
    world.ok(&alice, &[take_away(&request)]);
    world.refuse(&carol, &[put(&good)], Code::ApprovalConsumed);
}

/// S5: an entry cannot open a request and bring somebody else's approval along.
#[test]
fn opener_does_not_bring_approvals_along() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
    let approval = world.draft_answer(&Actor::named("carol"), &request, Answer::Approve);
    world.refuse(&alice, &[put(&request), put(&approval)], Code::RecordOwner);
    world.ok(&alice, &[put(&request)]);
}

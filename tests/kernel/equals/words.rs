//! What they ask for themselves, and what others said.

use git_coord::format::sha256;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::FindingState;
use git_coord::model::Landed;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::rules::Code;
use git_coord::rules::Movement;

use crate::kernel::equals::stage::MIGHTY;
use crate::kernel::equals::stage::PATHS;
use crate::kernel::equals::stage::asked;
use crate::kernel::equals::stage::blocked;
use crate::kernel::equals::stage::by_carol;
use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;

/// POL-10, APP-1, with legal twin: each needs somebody else for what it asks for.
#[test]
fn own_request_waits_for_somebody_else() {
    let alone = |who: &Actor| {
        let facts = work(who, PATHS);
        let (mut world, request) = asked(who, &facts);
        let own = world.draft_answer(who, &request, Answer::Approve);
        world.refuse(who, &[put(&own)], Code::ApprovalSelf);
        (world, facts, request, Code::ApprovalThreshold)
    };
    blocked(alone, by_carol);
}

/// POL-10, APP-3, with legal twin: nor is its word of use for what it signed, co-authored or held.
#[test]
fn own_work_waits_for_somebody_else() {
    let signed_by = |who: &Actor| {
        let alice = Actor::named("alice");
        let mut facts = work(&alice, PATHS);
        facts.commits.push(signed("more", who, &[]));
        let (mut world, request) = asked(&alice, &facts);
        world.answer(who, &request, Answer::Approve);
        (world, facts, request, Code::ApprovalContributor)
    };
    blocked(signed_by, by_carol);
    let co_authored = |who: &Actor| {
        let alice = Actor::named("alice");
        let mut facts = work(&alice, PATHS);
        facts.commits[0].co_authors.push(format!("Somebody <{}@example.org>", who.id));
        let (mut world, request) = asked(&alice, &facts);
        world.answer(who, &request, Answer::Approve);
        (world, facts, request, Code::ApprovalContributor)
    };
    blocked(co_authored, by_carol);
}

/// POL-10, APP-4, APP-5, APP-7, with legal twin: an approval of theirs is of one change for one ref.
#[test]
fn their_approval_is_of_this_change_only() {
    for who in MIGHTY.map(Actor::named) {
        let alice = Actor::named("alice");
        let facts = work(&alice, PATHS);
        let (mut world, request) = asked(&alice, &facts);
        by_carol(&mut world, &who, &request);
        world.answer(&who, &request, Answer::Approve);
        let gate = Gate::of(&world);
        gate.blocks(&work_from("base", "other", &alice, PATHS), &request, Code::ApprovalDelta);
        gate.blocks(&work(&alice, &["src/a.rs", "src/b.rs"]), &request, Code::ApprovalDelta);
        let elsewhere = RefName::parse("refs/heads/release/1").unwrap();
        Gate { target: elsewhere, ..Gate::of(&world) }.blocks(&facts, &request, Code::ApprovalRef);
        gate.allows(&facts, &request);
    }
}

/// POL-10, APP-9, with legal twin: what has landed lands again for nobody without being asked for anew.
#[test]
fn landed_request_is_used_up_for_everybody() {
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, PATHS);
        let (mut world, request) = asked(&who, &facts);
        by_carol(&mut world, &who, &request);
        let landed = world.land(&Actor::named("hub"), &request, &facts);
        let again = Landed { rev: 2, old: Some(landed.new), new: object("again"), ..landed };
        let code = if who.id.name() == "sam" { Code::RecordRight } else { Code::ApprovalConsumed };
        world.refuse(&who, &[put(&again)], code);
        let late = world.draft_answer(&who, &request, Answer::Approve);
        world.refuse(&who, &[put(&late)], Code::ApprovalConsumed);
        let next = work_from("head", "again", &who, PATHS);
        let anew = world.draft_request(&who, &main_ref(), &next, &[]);
        world.ok(&who, &[put(&anew)]);
        by_carol(&mut world, &who, &anew);
        Gate::of(&world).allows(&next, &anew);
    }
}

/// POL-10, APP-12, APP-13, LED-4, with legal twin: none speaks for another, or silences it.
#[test]
fn word_of_somebody_else_is_not_theirs() {
    for who in MIGHTY.map(Actor::named) {
        let (alice, olga) = (Actor::named("alice"), Actor::named("olga"));
        let facts = work(&alice, PATHS);
        let (mut world, request) = asked(&alice, &facts);
        let approval = world.answer(&Actor::named("carol"), &request, Answer::Approve);
        let veto = world.answer(&olga, &request, Answer::Veto);
        let finding = world.find(&alice, Severity::High, &["docs/"]);
        let claim = world.claim(&alice, &["docs/"]);
        let forged = world.draft_answer(&Actor::named("dave"), &request, Answer::Approve);
        for (edit, code) in [
            (take_away(&approval), Code::RecordOwner),
            (take_away(&veto), Code::RecordOwner),
            (put(&Approval { answer: Answer::Approve, ..veto.clone() }), Code::RecordOwner),
            (put(&forged), Code::RecordOwner),
            (put(&Request { rev: 2, head: object("theirs"), ..request.clone() }), Code::RecordOwner),
            (take_away(&request), Code::RecordOwner),
            (take_away(&claim), Code::RecordOwner),
            (put(&git_coord::model::Claim { rev: 2, holder: who.id.clone(), ..claim.clone() }), Code::RecordOwner),
            (put(&git_coord::model::Finding { rev: 2, text: text("Nothing"), ..finding.clone() }), Code::RecordOwner),
            (take_away(&finding), Code::RecordField),
        ] {
            world.refuse(&who, &[edit], code);
        }
        // Closing what somebody found is what the role is for, and everybody sees who did it.
        let closed = git_coord::model::Finding { rev: 2, state: FindingState::Dismissed, ..finding };
        world.ok(&who, &[put(&closed)]);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
        world.ok(&olga, &[take_away(&veto)]);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// POL-10, REF-4, REF-5, REF-8, with legal twin: no movement but forward, with a landing.
#[test]
fn protected_ref_moves_for_nobody_but_by_a_landing() {
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, PATHS);
        let (mut world, request) = asked(&who, &facts);
        by_carol(&mut world, &who, &request);
        for (movement, code) in [
            (Movement::Delete, Code::RefDelete),
            (Movement::Rewind, Code::RefNotForward),
            (Movement::Sideways, Code::RefNotForward),
        ] {
            Gate { movement, ..Gate::of(&world) }.blocks(&facts, &request, code);
        }
        let honest = world.draft_landing(&request, &facts);
        let untrue = Landed { delta: Some(sha256(b"other")), ..honest.clone() };
        let edits = world.landing_edits(&honest);
        let lies = [vec![put(&untrue)], edits[1..].to_vec()].concat();
        let may_land = who.id.name() != "sam";
        world.refuse(&who, &lies, if may_land { Code::ApprovalDelta } else { Code::RecordRight });
        let lander = if may_land { &who } else { &Actor::named("nora") };
        world.ok(lander, &edits);
    }
}

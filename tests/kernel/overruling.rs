//! Vetoes that root members overrule: as many as decide, of one change, and never more than that (S18).

use std::collections::BTreeSet;

use git_coord::model::ActionRequest;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Digest;
use git_coord::model::NamedVeto;
use git_coord::model::Principal;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Answered;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;
use git_coord::rules::named_veto;
use git_coord::rules::overruled_vetoes;
use git_coord::rules::standing_vetoes;

use crate::kernel::actions;
use crate::kernel::actions::started;
use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;

const PATHS: &[&str] = &["src/a.rs"];

/// Returns a world with two root members, of whom it takes both, and a change that is approved and vetoed by `sam`.
pub fn vetoed() -> (World, SegmentFacts, Request, Approval) {
    let both = |policy: &str| policy.replacen("threshold = 1", "threshold = 2", 1);
    let mut world = World::with_roots(&["maria", "ruth"], both);
    let alice = Actor::named("alice");
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let veto = world.answer(&Actor::named("sam"), &request, Answer::Veto);
    (world, facts, request, veto)
}

/// Returns by what a veto is told from others; where there is none, by some entry.
pub fn named(world: &World, by: &str, request: &Request) -> NamedVeto {
    let principal = Actor::named(by).id;
    let answered = world.state().approvals.get(&request.id).and_then(|answers| answers.get(&principal));
    let none = NamedVeto { request: request.id.clone(), principal: principal.clone(), entry: Digest::new([7; 32]) };
    answered.map_or(none, Answered::named)
}

pub fn draft(world: &World, who: &Actor, request: &Request, of: &[&str]) -> Approval {
    let overrules = of.iter().map(|by| named(world, by, request)).collect();
    Approval { overrules, ..world.draft_answer(who, request, Answer::Overrule) }
}

#[track_caller]
pub fn overrule(world: &mut World, who: &str, request: &Request) -> Approval {
    let who = Actor::named(who);
    let said = draft(world, &who, request, &["sam"]);
    world.ok(&who, &[put(&said)]);
    said
}

#[test]
fn veto_stands_until_as_many_root_members_overrule_it_as_decide() {
    let (mut world, facts, request, _) = vetoed();
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    overrule(&mut world, "maria", &request);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    let edits = world.landing_edits(&world.draft_landing(&request, &facts));
    world.refuse(&Actor::named("hub"), &edits, Code::ApprovalVeto);
    let second = overrule(&mut world, "ruth", &request);
    Gate::of(&world).allows(&facts, &request);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let told = verdict.rules.iter().find(|rule| rule.rule == "vetoes").unwrap();
    assert!(told.found[0].contains("overruled by `maria-") && told.found[0].contains("`ruth-"), "{told:?}");
    // Each may take its word back.
    world.ok(&Actor::named("ruth"), &[take_away(&second)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    overrule(&mut world, "ruth", &request);
    world.land(&Actor::named("hub"), &request, &facts);
    assert!(world.state().approvals.is_empty());
}

/// People are told which vetoes stand, and by whose word the others do not.
#[test]
fn veto_is_told_with_the_root_members_who_overruled_it() {
    let (mut world, _, request, _) = vetoed();
    let [maria, ruth, sam] = ["maria", "ruth", "sam"].map(|name| Actor::named(name).id);
    let standing = |world: &World| -> Vec<_> {
        let vetoes = standing_vetoes(world.state(), &request);
        vetoes.into_iter().map(|veto| veto.approval.principal.clone()).collect()
    };
    let overruled = |world: &World| -> Vec<_> {
        let vetoes = overruled_vetoes(world.state(), &request);
        vetoes.into_iter().map(|(veto, by)| (veto.approval.principal.clone(), by)).collect()
    };
    overrule(&mut world, "maria", &request);
    assert_eq!((standing(&world), overruled(&world)), (vec![sam.clone()], Vec::new()));
    overrule(&mut world, "ruth", &request);
    assert_eq!((standing(&world), overruled(&world)), (Vec::new(), vec![(sam, BTreeSet::from([maria, ruth]))]));
}

/// An overruled veto keeps nobody from closing the request either.
#[test]
fn request_is_closed_once_its_veto_is_overruled() {
    let (mut world, _, request, _) = vetoed();
    let alice = Actor::named("alice");
    let closing = |world: &World| {
        let answers = world.state().answers(&request.id).map(|answered| take_away(&answered.approval));
        answers.chain([take_away(&request)]).collect::<Vec<_>>()
    };
    overrule(&mut world, "maria", &request);
    let edits = closing(&world);
    world.refuse(&alice, &edits, Code::ApprovalVeto);
    overrule(&mut world, "ruth", &request);
    let edits = closing(&world);
    world.ok(&alice, &edits);
}

#[test]
fn only_root_members_overrule_and_only_vetoes_of_others() {
    let (mut world, facts, request, _) = vetoed();
    for who in ["alice", "carol", "olga", "sam"] {
        let who = Actor::named(who);
        let said = draft(&world, &who, &request, &["sam"]);
        world.refuse(&who, &[put(&said)], Code::RecordRight);
    }
    let maria = Actor::named("maria");
    for of in ["carol", "dave"] {
        let said = draft(&world, &maria, &request, &["sam", of]);
        world.refuse(&maria, &[put(&said)], Code::RecordMissing);
    }
    // Whoever vetoed withdraws: its own word is not one of those that it takes.
    world.answer(&maria, &request, Answer::Veto);
    let said = draft(&world, &maria, &request, &["maria"]);
    world.refuse(&maria, &[put(&said)], Code::RecordMissing);
    let own = world.draft_answer(&maria, &request, Answer::Veto);
    world.ok(&maria, &[take_away(&own)]);
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-13, S18, with legal twins: a root member's word against the veto of another does not end its own without saying so. It
/// ends by being withdrawn, or by a word on the change.
#[test]
fn overruling_another_veto_does_not_end_ones_own() {
    let (mut world, facts, request, _) = vetoed();
    let maria = Actor::named("maria");
    let own = world.answer(&maria, &request, Answer::Veto);
    let said = draft(&world, &maria, &request, &["sam"]);
    world.refuse(&maria, &[put(&said)], Code::ApprovalVeto);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    world.ok(&maria, &[take_away(&own)]);
    overrule(&mut world, "maria", &request);
    world.answer(&maria, &request, Answer::Veto);
    let said = Approval { answer: Answer::Approve, ..draft(&world, &maria, &request, &["sam"]) };
    world.ok(&maria, &[put(&said)]);
    overrule(&mut world, "ruth", &request);
    Gate::of(&world).allows(&facts, &request);
}

/// A root member's veto yields to the threshold of the others only.
#[test]
fn root_member_who_vetoed_does_not_count_against_its_own_veto() {
    let (mut world, facts, request, veto) = vetoed();
    let (maria, ruth) = (Actor::named("maria"), Actor::named("ruth"));
    world.ok(&Actor::named("sam"), &[take_away(&veto)]);
    world.answer(&maria, &request, Answer::Veto);
    let said = draft(&world, &ruth, &request, &["maria"]);
    world.ok(&ruth, &[put(&said)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    let mut gate = Gate::of(&world);
    gate.rights.policy.root.threshold = 1;
    gate.records.policy.root.threshold = 1;
    gate.latest.policy.root.threshold = 1;
    gate.allows(&facts, &request);
}

/// S20: members of one operator are one.
#[test]
fn members_of_one_operator_overrule_as_one() {
    let (mut world, facts, request, _) = vetoed();
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    let mut gate = Gate::of(&world);
    gate.allows(&facts, &request);
    let ruth = Actor::named("ruth").id;
    let mut enrolled = gate.latest.principal(&ruth).unwrap().clone();
    enrolled.record.operator = Some(name("maria"));
    gate.latest.principals.insert(ruth, enrolled);
    gate.blocks(&facts, &request, Code::ApprovalVeto);
}

/// KEY-2: what was said with a suspect key, or by who is not there any more, is nobody's word.
#[test]
fn suspect_or_suspended_member_does_not_overrule() {
    let (mut world, facts, request, _) = vetoed();
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    let (maria, ruth) = (Actor::named("maria"), Actor::named("ruth"));
    let given = world.state().approvals.get(&request.id).unwrap()[&ruth.id].given;
    for (since, stands) in [(given + 1, false), (given, true)] {
        let record = Principal { suspect_since: Some(since), ..world.next_record(&ruth) };
        world.ok(&maria, &[put(&record)]);
        match stands {
            true => Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto),
            false => Gate::of(&world).allows(&facts, &request),
        }
    }
    let (mut world, facts, request, _) = vetoed();
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    let before = Gate::of(&world);
    let record = Principal { status: Standing::Suspended, ..world.next_record(&ruth) };
    world.ok(&maria, &[put(&record)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    before.allows(&facts, &request);
}

/// The word is of one change: what the request becomes is under the veto again, in whatever request it is asked for.
#[test]
fn overruling_is_of_one_change() {
    let (mut world, facts, request, _) = vetoed();
    let (alice, carol) = (Actor::named("alice"), Actor::named("carol"));
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    Gate::of(&world).allows(&facts, &request);
    // The same change in another request is the one that they meant.
    let again = Request { id: world.id(git_coord::model::RecordKind::Request), ..request.clone() };
    world.ok(&alice, &[put(&again)]);
    world.answer(&carol, &again, Answer::Approve);
    Gate::of(&world).allows(&facts, &again);
    let other = work(&alice, &["src/a.rs", "src/z.rs"]);
    let edited = Request { rev: 2, delta: other.delta, ..request.clone() };
    world.ok(&alice, &[put(&edited)]);
    world.answer(&carol, &edited, Answer::Approve);
    let verdict = Gate::of(&world).verdict(&[(&other, Some(&edited.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.code == Some(Code::ApprovalVeto)), "{verdict:#?}");
    let delta = world.draft_answer(&carol, &request, Answer::Overrule).delta;
    let stale = Approval { delta, ..draft(&world, &Actor::named("maria"), &edited, &["sam"]) };
    world.refuse(&Actor::named("maria"), &[put(&stale)], Code::ApprovalDelta);
    overrule(&mut world, "maria", &edited);
    overrule(&mut world, "ruth", &edited);
    let verdict = Gate::of(&world).verdict(&[(&other, Some(&edited.id))]);
    assert!(verdict.rules.iter().all(|rule| rule.code != Some(Code::ApprovalVeto)), "{verdict:#?}");
}

/// Who vetoes anew has something new to say.
#[test]
fn veto_that_is_given_anew_stands() {
    let (mut world, facts, request, veto) = vetoed();
    let sam = Actor::named("sam");
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    Gate::of(&world).allows(&facts, &request);
    let meant = named(&world, "sam", &request);
    assert_eq!(named_veto(world.state(), &meant).map(Answered::named), Some(meant.clone()));
    world.ok(&sam, &[take_away(&veto)]);
    assert_eq!(named_veto(world.state(), &meant), None);
    world.answer(&sam, &request, Answer::Veto);
    assert_eq!(named_veto(world.state(), &meant), None, "it is another one");
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    for who in ["maria", "ruth"] {
        let said = draft(&world, &Actor::named(who), &request, &["sam"]);
        world.ok(&Actor::named(who), &[take_away(&said)]);
        overrule(&mut world, who, &request);
    }
    Gate::of(&world).allows(&facts, &request);
}

/// APP-13, with legal twins: a word against a veto is of the one that was read. One that comes late, or is said again on
/// another base, does not hit what took its place.
#[test]
fn overruling_of_a_veto_that_was_replaced_is_refused() {
    let (mut world, facts, request, veto) = vetoed();
    let [maria, ruth, sam] = ["maria", "ruth", "sam"].map(Actor::named);
    let read = draft(&world, &maria, &request, &["sam"]);
    // What is written in between does not matter, as long as the veto stays.
    world.claim_and_release(&Actor::named("alice"), 1);
    let twin = draft(&world, &ruth, &request, &["sam"]);
    world.ok(&ruth, &[put(&twin)]);
    // For another reason, withdrawn and given in the same words, or only said again.
    let other = Approval { reason: Some(text("It leaks")), ..veto.clone() };
    let replacements: [&dyn Fn(&mut World); 3] = [
        &|world| {
            world.ok(&sam, &[put(&other)]);
        },
        &|world| {
            world.ok(&sam, &[take_away(&other)]);
            world.ok(&sam, &[put(&veto)]);
        },
        &|world| {
            world.ok(&sam, &[put(&other)]);
            world.ok(&sam, &[put(&veto)]);
        },
    ];
    for replace in replacements {
        let before = draft(&world, &maria, &request, &["sam"]);
        replace(&mut world);
        for late in [&read, &before] {
            world.refuse(&maria, &[put(late)], Code::RecordMissing);
        }
        // Nor does what was said before go on by being said again along with an approval.
        let again = Approval { answer: Answer::Approve, ..twin.clone() };
        world.refuse(&ruth, &[put(&again)], Code::RecordMissing);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    }
    for who in [&maria, &ruth] {
        let said = draft(&world, who, &request, &["sam"]);
        world.ok(who, &[put(&said)]);
    }
    Gate::of(&world).allows(&facts, &request);
}

/// S18, with legal twins: a veto stands against what its request asked for then, under any other request, and is overruled
/// there, because its own asks for something else by now.
#[test]
fn veto_of_a_former_change_of_another_request_is_overruled_where_it_stops_one() {
    let (mut world, facts, request, _) = vetoed();
    let [alice, carol, maria, ruth] = ["alice", "carol", "maria", "ruth"].map(Actor::named);
    let again = Request { id: world.id(git_coord::model::RecordKind::Request), ..request.clone() };
    world.ok(&alice, &[put(&again)]);
    world.answer(&carol, &again, Answer::Approve);
    let other = work(&alice, &["src/a.rs", "src/z.rs"]);
    let edited = Request { rev: 2, delta: other.delta, ..request.clone() };
    world.ok(&alice, &[put(&edited)]);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    let there = |world: &World, who: &Actor| {
        let overrules = [named(world, "sam", &request)].into();
        Approval { overrules, ..world.draft_answer(who, &again, Answer::Overrule) }
    };
    // Where it was vetoed, nobody can speak of the former change any more.
    let stale = Approval { delta: request.delta, ..draft(&world, &maria, &edited, &["sam"]) };
    world.refuse(&maria, &[put(&stale)], Code::ApprovalDelta);
    let said = there(&world, &maria);
    world.ok(&maria, &[put(&said)]);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    let said = there(&world, &ruth);
    world.ok(&ruth, &[put(&said)]);
    Gate::of(&world).allows(&facts, &again);
    // What its own request asks for now stays under it.
    world.answer(&carol, &edited, Answer::Approve);
    let verdict = Gate::of(&world).verdict(&[(&other, Some(&edited.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.code == Some(Code::ApprovalVeto)), "{verdict:#?}");
    // A request for another change is no place to speak of it.
    let apart = work(&alice, &["src/y.rs"]);
    let apart = world.draft_request(&alice, &request.target, &apart, &[]);
    world.ok(&alice, &[put(&apart)]);
    let misplaced = there(&world, &maria).overrules;
    let misplaced = Approval { overrules: misplaced, ..world.draft_answer(&maria, &apart, Answer::Overrule) };
    world.refuse(&maria, &[put(&misplaced)], Code::RecordMissing);
}

/// It approves nothing; and who approves may overrule by the same answer.
#[test]
fn overruling_is_no_approval() {
    let (mut world, facts, request, _) = vetoed();
    let carol = Actor::named("carol");
    let approval = world.state().approvals.get(&request.id).unwrap()[&carol.id].approval.clone();
    world.ok(&carol, &[take_away(&approval)]);
    overrule(&mut world, "maria", &request);
    overrule(&mut world, "ruth", &request);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    let ruth = Actor::named("ruth");
    let both = Approval { answer: Answer::Approve, ..draft(&world, &ruth, &request, &["sam"]) };
    world.ok(&ruth, &[put(&both)]);
    Gate::of(&world).allows(&facts, &request);
    for answer in [Answer::Reject, Answer::Veto] {
        world.refuse(&ruth, &[put(&Approval { answer, ..both.clone() })], Code::RecordParse);
    }
}

/// What is overruled keeps a command from nothing, whether it is run or its request is closed.
#[test]
fn overruled_veto_stops_no_command() {
    let mut world = actions::world();
    let [alice, sam, carol, maria] = ["alice", "sam", "carol", "maria"].map(Actor::named);
    let (request, same) = (actions::ask(&mut world, &alice), actions::ask(&mut world, &alice));
    actions::approve(&mut world, &carol, &request);
    for of in [&request, &same] {
        let veto = actions::answer(&world, &sam, of, Answer::Veto);
        world.ok(&sam, &[put(&veto)]);
    }
    let overrule = |world: &mut World, of: &ActionRequest| {
        let veto = world.state().approvals.get(&of.id).unwrap()[&sam.id].named();
        let overrules = BTreeSet::from([veto]);
        let said = Approval { overrules, ..actions::answer(world, &maria, of, Answer::Overrule) };
        world.ok(&maria, &[put(&said)]);
    };
    overrule(&mut world, &request);
    // The other veto of the same command still stands.
    world.refuse(&alice, &started(&world, &request), Code::ApprovalVeto);
    let close = started(&world, &same)[1..].to_vec();
    world.refuse(&alice, &close, Code::ApprovalVeto);
    overrule(&mut world, &same);
    world.ok(&alice, &started(&world, &request));
    let close = started(&world, &same)[1..].to_vec();
    world.ok(&alice, &close);
}

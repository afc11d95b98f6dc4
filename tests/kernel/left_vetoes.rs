//! A veto goes on against what was vetoed, though its request was let through, or given up, as something else (S18).

use git_coord::ledger::encode_chain;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Answered;
use git_coord::rules::Attestations;
use git_coord::rules::Code;
use git_coord::rules::Force;
use git_coord::rules::SegmentFacts;
use git_coord::rules::objections;

use crate::kernel::gate_checks::attest;
use crate::kernel::gate_checks::enroll;
use crate::kernel::gate_checks::with_checks;
use crate::kernel::overruling::draft;
use crate::kernel::overruling::overrule;
use crate::kernel::overruling::vetoed;
use crate::kernel::push::Gate;
use crate::kernel::push::found;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::cache::remembered;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

/// Asks for another change by the same request, approved, with the veto overruled for that.
fn harmless(world: &mut World, request: &Request) -> (SegmentFacts, Request) {
    let alice = Actor::named("alice");
    let facts = work_from("base", "harmless", &alice, &["src/a.rs"]);
    let SegmentFacts { delta, new, new_tree, .. } = facts;
    let edited = Request { rev: request.rev + 1, delta, head: new, new_tree, ..request.clone() };
    world.ok(&alice, &[put(&edited)]);
    world.answer(&Actor::named("carol"), &edited, Answer::Approve);
    for who in ["maria", "ruth"] {
        overrule(world, who, &edited);
    }
    Gate::of(world).allows(&facts, &edited);
    (facts, edited)
}

/// Asks for a change again, on what has landed since, and has it approved.
fn ask_again(world: &mut World, of: &Request, facts: &SegmentFacts, landed: &SegmentFacts) -> (SegmentFacts, Request) {
    let alice = Actor::named("alice");
    let facts = SegmentFacts { old: Some(landed.new), old_tree: landed.new_tree, ..facts.clone() };
    let request = world.draft_request(&alice, &of.target, &facts, &[]);
    let request = Request { claims: of.claims.clone(), ..request };
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    (facts, request)
}

/// Returns a world in which the request that `sam` vetoed has landed as something harmless, and what was vetoed is asked for
/// again.
fn landed_as_another() -> (World, SegmentFacts, Request, Request) {
    let (mut world, facts, request, _) = vetoed();
    let (other, edited) = harmless(&mut world, &request);
    world.land(&Actor::named("hub"), &edited, &other);
    assert!(world.state().approvals.is_empty(), "its file goes with the request");
    let (facts, again) = ask_again(&mut world, &edited, &facts, &other);
    (world, facts, again, request)
}

/// APP-13, S18, with legal twins: a change is vetoed, its request lands as another one for which the veto is overruled, and
/// what was vetoed is asked for again. Another change is not under the veto, nor is it the same one elsewhere.
#[test]
fn veto_outlives_the_landing_of_another_change() {
    let (mut world, facts, again, request) = landed_as_another();
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    let edits = world.landing_edits(&world.draft_landing(&again, &facts));
    world.refuse(&Actor::named("hub"), &edits, Code::ApprovalVeto);
    let (sam, alice) = (Actor::named("sam"), Actor::named("alice"));
    let told = objections(world.state(), &again.id);
    assert_eq!((told.len(), told[0].force, &told[0].answered.approval.request), (1, Force::Stands, &request.id));
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&again.id))]);
    assert_eq!(found(&verdict, "vetoes"), [format!("`{}` on {}", sam.id, request.id)]);
    let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
    assert!(next.iter().any(|next| next.contains(&format!("git coord approve {}", again.id))), "{next:?}");
    // It is remembered like everything else.
    assert_eq!(remembered(&encode_chain(world.chain())).as_ref(), Some(world.chain()));
    let apart = work(&alice, &["src/y.rs"]);
    let apart = SegmentFacts { old: facts.old, old_tree: facts.old_tree, ..apart };
    let (_, other) = world.approved(&alice, &apart, &["src/y.rs"]);
    Gate::of(&world).allows(&apart, &other);
    assert!(objections(world.state(), &other.id).is_empty());
}

/// S18, S22: a server decides on a landing with the ledger just before it and just after, where the words of the root are gone
/// and the veto is left behind: what lands by their word lands there too. With legal twin: a veto given anew since stops it.
#[test]
fn request_lands_where_its_veto_is_left_behind_by_that() {
    let (mut world, _, request, _) = vetoed();
    let (facts, edited) = harmless(&mut world, &request);
    let before = world.state().clone();
    let sam = Actor::named("sam");
    let mut anew = world.state().clone();
    let answers = anew.approvals.get(&edited.id).unwrap().clone();
    let mut changed = answers.clone();
    let veto = changed.get(&sam.id).unwrap().clone();
    changed.insert(sam.id.clone(), Answered { entry: git_coord::model::Digest::new([7; 32]), ..veto });
    anew.approvals.insert(edited.id.clone(), changed);
    world.land(&Actor::named("hub"), &edited, &facts);
    let latest = world.state().clone();
    assert_eq!(latest.left_vetoes.len(), 1);
    let of = |latest| Gate { records: before.clone(), rights: before.clone(), latest, ..Gate::of(&world) };
    of(latest).allows(&facts, &edited);
    of(anew).blocks(&facts, &edited, Code::ApprovalVeto);
}

/// S18, with legal twins: its author ends it by a word on the same change, and nobody else does, nor does another word of its.
#[test]
fn veto_that_is_left_behind_ends_by_its_authors_word() {
    let (mut world, facts, again, _) = landed_as_another();
    let [sam, dave] = ["sam", "dave"].map(Actor::named);
    world.answer(&dave, &again, Answer::Approve);
    world.answer(&sam, &again, Answer::Reject);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&again.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.code == Some(Code::ApprovalVeto)), "{verdict:#?}");
    world.answer(&sam, &again, Answer::Approve);
    Gate::of(&world).allows(&facts, &again);
    assert!(world.state().left_vetoes.is_empty());
    // A veto of the same change stands beside it, and ends both when it is withdrawn.
    let (mut world, facts, again, _) = landed_as_another();
    let veto = world.answer(&sam, &again, Answer::Veto);
    assert_eq!(objections(world.state(), &again.id).len(), 2);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    world.ok(&sam, &[take_away(&veto)]);
    Gate::of(&world).allows(&facts, &again);
    assert!(world.state().left_vetoes.is_empty());
    // One with a stolen key does not take the true one along.
    let (mut world, facts, again, _) = landed_as_another();
    world.answer(&sam, &again, Answer::Veto);
    let given = world.state().approvals.get(&again.id).unwrap()[&sam.id].given;
    let suspect = Principal { suspect_since: Some(given), ..world.next_record(&sam) };
    world.ok(&Actor::named("maria"), &[put(&suspect)]);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    // An approval of another change says nothing of this one.
    let (mut world, facts, again, _) = landed_as_another();
    let alice = Actor::named("alice");
    let (_, other) = world.ask(&alice, &work(&alice, &["src/y.rs"]), &["src/y.rs"]);
    world.answer(&sam, &other, Answer::Approve);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
}

/// S18, with legal twin: as many root members as decide overrule it where it stops a request, and for that one only.
#[test]
fn veto_that_is_left_behind_is_overruled_where_it_stops_a_request() {
    let (mut world, facts, again, request) = landed_as_another();
    let [maria, ruth, alice] = ["maria", "ruth", "alice"].map(Actor::named);
    let named = world.state().left_vetoes.values().next().unwrap().veto.named();
    assert_eq!(named.request, request.id);
    let word = |world: &World, who: &Actor, on: &Request| {
        let overrules = [named.clone()].into();
        Approval { overrules, ..world.draft_answer(who, on, Answer::Overrule) }
    };
    let (_, apart) = world.ask(&alice, &work(&alice, &["src/y.rs"]), &["src/y.rs"]);
    let misplaced = word(&world, &maria, &apart);
    world.refuse(&maria, &[put(&misplaced)], Code::RecordMissing);
    let said = word(&world, &maria, &again);
    world.ok(&maria, &[put(&said)]);
    Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto);
    let said = word(&world, &ruth, &again);
    world.ok(&ruth, &[put(&said)]);
    Gate::of(&world).allows(&facts, &again);
    // Their word goes with the request in which they gave it; if that is closed, the veto is there still.
    let before = world.state().clone();
    let answers = before.answers(&again.id).map(|answered| take_away(&answered.approval));
    world.ok(&alice, &answers.chain([take_away(&again)]).collect::<Vec<_>>());
    let once_more = Request { id: world.id(RecordKind::Request), ..again.clone() };
    world.ok(&alice, &[put(&once_more)]);
    world.answer(&Actor::named("carol"), &once_more, Answer::Approve);
    Gate::of(&world).blocks(&facts, &once_more, Code::ApprovalVeto);
    for who in [&maria, &ruth] {
        let said = word(&world, who, &once_more);
        world.ok(who, &[put(&said)]);
    }
    world.land(&Actor::named("hub"), &once_more, &facts);
    assert!(world.state().left_vetoes.is_empty(), "what was vetoed has landed by the word of the root");
}

/// S18: it is worth what it would be worth if its request were open.
#[test]
fn veto_that_is_left_behind_ends_with_its_author() {
    let (mut world, facts, again, _) = landed_as_another();
    let (maria, sam) = (Actor::named("maria"), Actor::named("sam"));
    for (status, stands) in [(Standing::Suspended, true), (Standing::Revoked, false)] {
        let record = Principal { status, ..world.next_record(&sam) };
        world.ok(&maria, &[put(&record)]);
        match stands {
            true => Gate::of(&world).blocks(&facts, &again, Code::ApprovalVeto),
            false => Gate::of(&world).allows(&facts, &again),
        }
    }
}

/// S18, legal twins: nothing is left of a veto that is overruled for what was vetoed as well, or of which that has landed.
#[test]
fn veto_that_is_overruled_for_what_was_vetoed_leaves_nothing() {
    let (mut world, facts, request, _) = vetoed();
    for who in ["maria", "ruth"] {
        overrule(&mut world, who, &request);
    }
    world.land(&Actor::named("hub"), &request, &facts);
    assert!(world.state().left_vetoes.is_empty());
    let (mut world, _, request, _) = vetoed();
    let alice = Actor::named("alice");
    let again = Request { id: world.id(RecordKind::Request), ..request.clone() };
    world.ok(&alice, &[put(&again)]);
    for who in ["maria", "ruth"] {
        let who = Actor::named(who);
        let overrules = draft(&world, &who, &request, &["sam"]).overrules;
        let said = Approval { overrules, ..world.draft_answer(&who, &again, Answer::Overrule) };
        world.ok(&who, &[put(&said)]);
    }
    let (other, edited) = harmless(&mut world, &request);
    world.land(&Actor::named("hub"), &edited, &other);
    assert!(world.state().left_vetoes.is_empty());
}

/// APP-13, S18, with legal twins: closing takes the veto with it, so it is not overruled for what is asked for now that counts,
/// but for what was vetoed as well.
#[test]
fn request_is_not_closed_while_its_former_change_is_under_a_veto() {
    let (mut world, facts, request, _) = vetoed();
    let [alice, sam] = ["alice", "sam"].map(Actor::named);
    let closing = |world: &World| {
        let answers = world.state().answers(&request.id).map(|answered| take_away(&answered.approval));
        answers.chain([take_away(&request)]).collect::<Vec<_>>()
    };
    let (_, edited) = harmless(&mut world, &request);
    let edits = closing(&world);
    world.refuse(&alice, &edits, Code::ApprovalVeto);
    // It asks for that again, and has it overruled.
    let back = Request { rev: edited.rev + 1, ..request.clone() };
    world.ok(&alice, &[put(&back)]);
    world.answer(&Actor::named("carol"), &back, Answer::Approve);
    Gate::of(&world).blocks(&facts, &back, Code::ApprovalVeto);
    for who in ["maria", "ruth"] {
        overrule(&mut world, who, &back);
    }
    let edits = closing(&world);
    world.ok(&alice, &edits);
    assert!(world.state().left_vetoes.is_empty());
    // Or whose it is withdraws it.
    let (mut world, _, request, veto) = vetoed();
    harmless(&mut world, &request);
    world.ok(&sam, &[take_away(&veto)]);
    let answers = world.state().answers(&request.id).map(|answered| take_away(&answered.approval));
    let edits = answers.chain([take_away(&request)]).collect::<Vec<_>>();
    world.ok(&alice, &edits);
}

/// S18, legal twin: what its author attested of trees goes with the request.
#[test]
fn veto_that_is_left_behind_keeps_nothing_that_was_attested() {
    let granting = |policy: &str| with_checks(policy, "").replace("[\"attest\"]", "[\"attest\", \"veto\"]");
    let mut world = World::with_policy(granting);
    let [alice, carol, maria] = ["alice", "carol", "maria"].map(Actor::named);
    let ci = enroll(&mut world, "ci", PrincipalKind::Service, "maria");
    let (_, request) = world.approved(&alice, &work(&alice, &["src/a.rs"]), &["src/a.rs"]);
    attest(&mut world, &ci, &request, request.new_tree, &["tests"], &[]);
    world.answer(&ci, &request, Answer::Veto);
    assert_eq!(world.state().approvals[&request.id][&ci.id].attested.words.len(), 1);
    let facts = work_from("base", "harmless", &alice, &["src/a.rs"]);
    let SegmentFacts { delta, new, new_tree, .. } = facts;
    let edited = Request { rev: 2, delta, head: new, new_tree, ..request };
    world.ok(&alice, &[put(&edited)]);
    world.answer(&carol, &edited, Answer::Approve);
    let word = draft(&world, &maria, &edited, &["ci"]);
    world.ok(&maria, &[put(&word)]);
    world.land(&Actor::named("hub"), &edited, &facts);
    let left: Vec<_> = world.state().left_vetoes.values().map(|left| &left.veto).collect();
    assert_eq!((left.len(), &left[0].approval.principal), (1, &ci.id));
    assert_eq!(left[0].attested, Attestations::default());
}

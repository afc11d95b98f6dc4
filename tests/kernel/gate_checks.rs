//! Machine checks: which service's word counts, for which tree, and that it is nobody's approval (APP-17).

use std::collections::BTreeSet;

use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::ObjectId;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::rules::Attestations;
use git_coord::rules::Code;
use git_coord::rules::OtherHead;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::found;
use crate::kernel::push::object;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];
pub const TESTS: &str = "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n";

pub fn with_checks(policy: &str, checks: &str) -> String {
    let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
    policy.replacen("[roles.builder]", roles, 1) + checks
}

pub fn enroll(world: &mut World, who: &str, kind: PrincipalKind, by: &str) -> Actor {
    let (actor, by) = (Actor::named(who), Actor::named(by));
    let vendor = (kind != PrincipalKind::Human).then(|| name("tools"));
    let record = Principal { vendor, ..principal(&actor, kind, "ci", &by) };
    world.ok(&by, &[put(&Principal { operator: Some(name(who)), ..record })]);
    actor
}

/// Returns a world whose policy asks for checks, in which a change of `alice` is approved, and its service.
fn asked_under(checks: &str) -> (World, SegmentFacts, Request, Actor) {
    let mut world = World::with_policy(|policy| with_checks(policy, checks));
    let ci = enroll(&mut world, "ci", PrincipalKind::Service, "maria");
    let alice = Actor::named("alice");
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    (world, facts, request, ci)
}

fn asked() -> (World, SegmentFacts, Request, Actor) {
    asked_under(TESTS)
}

/// Returns what a service says of a tree.
pub fn draft(
    world: &World,
    who: &Actor,
    request: &Request,
    tree: ObjectId,
    passed: &[&str],
    failed: &[&str],
) -> Approval {
    let names = |names: &[&str]| names.iter().map(|text| name(text)).collect::<BTreeSet<_>>();
    Approval {
        base: None,
        base_tree: None,
        head: None,
        request_rev: None,
        new_tree: Some(tree),
        passed: names(passed),
        failed: names(failed),
        ..world.draft_answer(who, request, Answer::Attest)
    }
}

#[track_caller]
pub fn attest(world: &mut World, who: &Actor, request: &Request, tree: ObjectId, passed: &[&str], failed: &[&str]) {
    let said = draft(world, who, request, tree, passed, failed);
    world.ok(who, &[put(&said)]);
}

#[test]
fn change_lands_once_its_checks_have_passed() {
    let (mut world, facts, request, ci) = asked();
    Gate::of(&world).blocks(&facts, &request, Code::CheckMissing);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
    let command = format!("git coord check attest {} --passed tests --commit {}", request.id, facts.new);
    assert!(next.iter().any(|next| next.contains(&command)), "{next:?}");
    let edits = world.landing_edits(&world.draft_landing(&request, &facts));
    world.refuse(&Actor::named("hub"), &edits, Code::CheckMissing);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
    // It is used up along with the approvals.
    world.land(&Actor::named("hub"), &request, &facts);
    assert!(world.state().approvals.is_empty());
}

/// APP-17, with legal twin: a check of another tree, and of this one.
#[test]
fn attestation_of_another_tree_is_refused() {
    let (mut world, facts, request, ci) = asked();
    attest(&mut world, &ci, &request, object("tree that was tested"), &["tests"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalTree);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let told = format!("`{}` attests it, but it is of the tree {}", ci.id, object("tree that was tested").short());
    assert_eq!(found(&verdict, "check tests"), [told]);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    assert_eq!(world.state().answers(&request.id).count(), 2, "one answer of a service, whatever trees it is of");
    Gate::of(&world).allows(&facts, &request);
}

/// APP-17, with legal twin: the base has moved in other files. What reviewers approved is the same; what runs is not.
#[test]
fn attestation_dies_with_the_result_and_survives_all_else() {
    let (mut world, facts, request, ci) = asked();
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let moved = rebased(&facts, object("another result"));
    Gate::of(&world).blocks(&moved, &request, Code::ApprovalTree);
    // The same tree under another commit on another base is what was tested.
    Gate::of(&world).allows(&SegmentFacts { new_tree: facts.new_tree, ..moved.clone() }, &request);
    attest(&mut world, &ci, &request, moved.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&moved, &request);
    // An edited request outdates approvals; the tree passed all the same.
    let edited = Request { rev: 2, ..request };
    world.ok(&Actor::named("alice"), &[put(&edited)]);
    Gate::of(&world).blocks(&moved, &edited, Code::ApprovalDelta);
    world.answer(&Actor::named("carol"), &edited, Answer::Approve);
    Gate::of(&world).allows(&moved, &edited);
}

/// A machine's word is no review, and a review no test.
#[test]
fn attestation_and_approval_do_not_stand_in_for_each_other() {
    let (mut world, facts, request, ci) = asked();
    let carol = Actor::named("carol");
    let approval = world.state().answers(&request.id).next().unwrap().approval.clone();
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    world.ok(&carol, &[take_away(&approval)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    world.answer(&carol, &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
    // Who may approve may not attest, and the other way round.
    let said = draft(&world, &carol, &request, facts.new_tree, &["tests"], &[]);
    world.refuse(&carol, &[put(&said)], Code::RecordRight);
    let approval = world.draft_answer(&ci, &request, Answer::Approve);
    world.refuse(&ci, &[put(&approval)], Code::RecordRight);
}

/// Only services attest, whatever role an agent or a human has; and only confirmed ones (S14).
#[test]
fn only_confirmed_services_attest() {
    let granting = |policy: &str| {
        with_checks(policy, TESTS).replace("\"propose-policy\", \"land\"]", "\"propose-policy\", \"land\", \"attest\"]")
    };
    // Nobody grants what it lacks, though a human who has the right cannot use it.
    let mut world = World::with_policy(granting);
    let alice = Actor::named("alice");
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    for kind in [PrincipalKind::Agent, PrincipalKind::Human] {
        let who = enroll(&mut world, if kind == PrincipalKind::Human { "hugo" } else { "bot" }, kind, "maria");
        let said = draft(&world, &who, &request, facts.new_tree, &["tests"], &[]);
        world.refuse(&who, &[put(&said)], Code::RecordRight);
    }
    // Enrolled by a maintainer who is no root member: it waits for another one's word.
    let ci = enroll(&mut world, "ci", PrincipalKind::Service, "nora");
    let said = draft(&world, &ci, &request, facts.new_tree, &["tests"], &[]);
    world.refuse(&ci, &[put(&said)], Code::RecordRight);
    let olga = Actor::named("olga");
    let confirmed = Principal { confirmed_by: Some(olga.id.clone()), ..world.next_record(&ci) };
    world.ok(&olga, &[put(&confirmed)]);
    world.ok(&ci, &[put(&said)]);
    Gate::of(&world).allows(&facts, &request);
}

/// Whoever contributed does not vouch for its own work.
#[test]
fn contributor_does_not_attest() {
    let (mut world, facts, request, ci) = asked();
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let mut own = facts.clone();
    own.commits.push(signed("formatted", &ci, &[]));
    Gate::of(&world).blocks(&own, &request, Code::ApprovalContributor);
    let other = enroll(&mut world, "runner", PrincipalKind::Service, "maria");
    let verdict = Gate::of(&world).verdict(&[(&own, Some(&request.id))]);
    let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
    assert!(next.len() == 1 && next[0].starts_with(&format!("ask {} ", other.id)), "not itself: {next:?}");
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&own, &request);
}

#[test]
fn opener_does_not_attest() {
    let requesting = |policy: &str| with_checks(policy, TESTS).replace("[\"attest\"]", "[\"attest\", \"request\"]");
    let mut world = World::with_policy(requesting);
    let bot = enroll(&mut world, "bot", PrincipalKind::Service, "maria");
    let ci = enroll(&mut world, "ci", PrincipalKind::Service, "maria");
    let facts = work(&Actor::named("alice"), PATHS);
    let request = world.draft_request(&bot, &crate::kernel::push::main_ref(), &facts, &[]);
    world.ok(&bot, &[put(&request)]);
    let own = draft(&world, &bot, &request, facts.new_tree, &["tests"], &[]);
    world.refuse(&bot, &[put(&own)], Code::ApprovalSelf);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
}

/// Each check by itself, by the roles that are asked, where the change asks for it.
#[test]
fn each_check_is_asked_of_its_roles_and_on_its_paths() {
    let lint = "\n  [[protect.checks]]\n  name = \"lint\"\n  from = [\"ci\"]\n  paths = [\"docs/**\"]\n";
    let fuzz = "\n  [[protect.checks]]\n  name = \"fuzz\"\n  from = [\"ci\"]\n  paths = [\"SRC/**\"]\n";
    let (mut world, facts, request, ci) = asked_under(&format!("{TESTS}{lint}{fuzz}"));
    let gate = Gate::of(&world);
    blocked(&gate.verdict(&[(&facts, Some(&request.id))]), &[Code::CheckMissing, Code::CheckMissing]);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckMissing);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests", "fuzz"], &[]);
    Gate::of(&world).allows(&facts, &request);
    let mut gate = Gate::of(&world);
    for check in &mut gate.rights.policy.protections[0].checks {
        check.from = vec![name("runner")];
    }
    let verdict = gate.verdict(&[(&facts, Some(&request.id))]);
    blocked(&verdict, &[Code::ApprovalThreshold, Code::ApprovalThreshold]);
}

/// What failed on the tree that lands stops it, whoever else saw it pass.
#[test]
fn failed_check_stops_the_tree_that_failed() {
    let (mut world, facts, request, ci) = asked();
    let other = enroll(&mut world, "runner", PrincipalKind::Service, "maria");
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
    // What failed elsewhere, or is not asked for, stops nothing.
    attest(&mut world, &ci, &request, object("another tree"), &[], &["tests"]);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["lint"]);
    Gate::of(&world).allows(&facts, &request);
}

/// The same change on another base: another tree lands.
fn rebased(facts: &SegmentFacts, tree: ObjectId) -> SegmentFacts {
    let reviewed = OtherHead { head: facts.new, delta: Some(facts.delta), commits: Some(facts.commits.clone()) };
    SegmentFacts {
        old: Some(object("moved base")),
        old_tree: object("moved tree"),
        new: object("rebased"),
        new_tree: tree,
        other_heads: vec![reviewed],
        ..facts.clone()
    }
}

/// APP-17, with legal twins: a check failed on what lands. A pass of another tree, or of another check, takes nothing of it
/// back, so another service's pass does not count; a pass of that very tree does, and so does the answer that is withdrawn.
#[test]
fn failure_stands_against_its_tree_whatever_is_said_of_others() {
    let (mut world, facts, request, ci) = asked();
    let other = enroll(&mut world, "runner", PrincipalKind::Service, "maria");
    let second = object("second tree");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    attest(&mut world, &ci, &request, second, &["tests"], &[]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["lint"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
    assert!(next.len() == 1 && next[0].starts_with(&format!("ask {}", ci.id)), "only its own service: {next:?}");
    // An edited request is of the same tree.
    let edited = Request { rev: 2, ..request.clone() };
    world.ok(&Actor::named("alice"), &[put(&edited)]);
    world.answer(&Actor::named("carol"), &edited, Answer::Approve);
    Gate::of(&world).blocks(&facts, &edited, Code::CheckFailed);
    // The second tree passed, and still counts as passed after what was said of the first one.
    Gate::of(&world).allows(&rebased(&facts, second), &edited);
    let failing = draft(&world, &ci, &request, facts.new_tree, &[], &["tests"]);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &edited);
    Gate::of(&world).allows(&rebased(&facts, second), &edited);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    Gate::of(&world).blocks(&facts, &edited, Code::CheckFailed);
    world.ok(&ci, &[take_away(&failing)]);
    assert!(Gate::of(&world).verdict(&[(&facts, Some(&edited.id))]).allows(), "it was taken back");
}

/// APP-17, with legal twin: a service that also reviews does not hide what it attested behind another answer.
#[test]
fn failure_stands_behind_another_answer_of_its_service() {
    let granting = |policy: &str| with_checks(policy, TESTS).replace("[\"attest\"]", "[\"attest\", \"approve\"]");
    let mut world = World::with_policy(granting);
    let [ci, other] = ["ci", "runner"].map(|who| enroll(&mut world, who, PrincipalKind::Service, "maria"));
    let facts = work(&Actor::named("alice"), PATHS);
    let (_, request) = world.approved(&Actor::named("alice"), &facts, PATHS);
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    world.answer(&ci, &request, Answer::Approve);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-13, S18, with legal twins: a check that runs again does not end the veto of its service; it attests once it withdrew, and
/// what it attested before does not keep it from a veto.
#[test]
fn attestation_does_not_end_the_veto_of_its_service() {
    let granting = |policy: &str| with_checks(policy, TESTS).replace("[\"attest\"]", "[\"attest\", \"veto\"]");
    let mut world = World::with_policy(granting);
    let ci = enroll(&mut world, "ci", PrincipalKind::Service, "maria");
    let facts = work(&Actor::named("alice"), PATHS);
    let (_, request) = world.approved(&Actor::named("alice"), &facts, PATHS);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
    let veto = world.answer(&ci, &request, Answer::Veto);
    let again = draft(&world, &ci, &request, facts.new_tree, &["tests"], &[]);
    world.refuse(&ci, &[put(&again)], Code::ApprovalVeto);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    world.ok(&ci, &[take_away(&veto)]);
    world.ok(&ci, &[put(&again)]);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-17, S15, with legal twins: one root member who suspends a service, or gives it another role, is not rid of what it saw fail,
/// whoever saw it pass. It ends as a veto does: once its service is revoked, or its key was suspect by then.
#[test]
fn failure_outlives_the_rights_of_its_service() {
    let roles =
        |policy: &str| with_checks(policy, TESTS).replacen("[roles.ci]", "[roles.old]\nmay = []\n\n[roles.ci]", 1);
    type Change = fn(Principal, u64) -> Principal;
    let edits: [(Change, bool); 5] = [
        (|record, _| Principal { status: Standing::Suspended, ..record }, true),
        (|record, _| Principal { role: name("old"), ..record }, true),
        (|record, given| Principal { suspect_since: Some(given + 1), ..record }, true),
        (|record, given| Principal { suspect_since: Some(given), ..record }, false),
        (|record, _| Principal { status: Standing::Revoked, ..record }, false),
    ];
    for (index, (edit, stops)) in edits.into_iter().enumerate() {
        let mut world = World::with_policy(roles);
        let [ci, other] = ["ci", "runner"].map(|who| enroll(&mut world, who, PrincipalKind::Service, "maria"));
        let facts = work(&Actor::named("alice"), PATHS);
        let (_, request) = world.approved(&Actor::named("alice"), &facts, PATHS);
        attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
        attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
        let before = world.state().clone();
        let given = before.approvals.get(&request.id).unwrap()[&ci.id].given;
        let record = edit(world.next_record(&ci), given);
        world.ok(&Actor::named("maria"), &[put(&record)]);
        for rights in [world.state().clone(), before] {
            let gate = Gate { rights, ..Gate::of(&world) };
            if stops {
                gate.blocks(&facts, &request, Code::CheckFailed);
            } else {
                assert!(gate.verdict(&[(&facts, Some(&request.id))]).allows(), "{index}");
            }
        }
    }
}

/// APP-17, with legal twin: whoever names a service as co-author is not rid of what it saw fail.
#[test]
fn failure_counts_though_its_service_is_named_as_co_author() {
    let (mut world, facts, request, ci) = asked();
    let other = enroll(&mut world, "runner", PrincipalKind::Service, "maria");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    let mut named = facts.clone();
    named.commits[0].co_authors.push(format!("CI <{}@example.org>", ci.id));
    Gate::of(&world).blocks(&named, &request, Code::CheckFailed);
    let verdict = Gate::of(&world).verdict(&[(&named, Some(&request.id))]);
    let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
    assert!(next.iter().any(|next| next.contains(&format!("git coord withdraw {}", request.id))), "{next:?}");
    // Its pass would not count; but it takes the failure back.
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&named, &request);
}

/// APP-17, with legal twin: so many words that the failure is not told apart any more. It counts against every tree of which
/// its service says nothing, and what is remembered has an end.
#[test]
fn failure_is_not_forgotten_by_much_ado() {
    let (mut world, facts, request, ci) = asked();
    let other = enroll(&mut world, "runner", PrincipalKind::Service, "maria");
    attest(&mut world, &ci, &request, facts.new_tree, &[], &["tests"]);
    attest(&mut world, &other, &request, facts.new_tree, &["tests"], &[]);
    for index in 0..Attestations::WORDS_MAX {
        attest(&mut world, &ci, &request, object(&format!("tree {index}")), &["tests"], &[]);
    }
    let said = |world: &World| world.state().approvals.get(&request.id).unwrap()[&ci.id].attested.clone();
    assert_eq!(said(&world).words.len(), Attestations::WORDS_MAX);
    assert!(said(&world).word(facts.new_tree, &name("tests")).is_none());
    Gate::of(&world).blocks(&facts, &request, Code::CheckFailed);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
}

/// LED-15, with legal twin: nobody fills the state with names of checks that failed.
#[test]
fn what_failed_on_forgotten_trees_is_bounded() {
    let (mut world, facts, request, ci) = asked();
    let round = |index: usize| -> Vec<String> { (0..32).map(|check| format!("check-{index}-{check}")).collect() };
    let say = |world: &World, index: usize| {
        let names = round(index);
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        draft(world, &ci, &request, facts.new_tree, &[], &names)
    };
    for index in 0..9 {
        let said = say(&world, index);
        world.ok(&ci, &[put(&said)]);
    }
    let next = say(&world, 9);
    world.refuse(&ci, &[put(&next)], Code::RecordLimit);
    world.ok(&ci, &[take_away(&next)]);
    world.ok(&ci, &[put(&next)]);
}

/// S27, with legal twin: another check that passes later makes the first one no younger.
#[test]
fn each_check_of_a_tree_ages_by_itself() {
    let lint = "\n  [[protect.checks]]\n  name = \"lint\"\n  from = [\"ci\"]\n";
    let (mut world, facts, request, ci) = asked_under(&format!("{TESTS}  max-age = \"1h\"\n{lint}"));
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    world.pass(3_000);
    attest(&mut world, &ci, &request, facts.new_tree, &["lint"], &[]);
    Gate::of(&world).allows(&facts, &request);
    world.pass(3_000);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalStale);
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    Gate::of(&world).allows(&facts, &request);
}

/// KEY-2, APP-12: taken back, suspect, suspended, or of a role that may no more.
#[test]
fn attestation_counts_only_while_it_is_its_services_word() {
    let (mut world, facts, request, ci) = asked();
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let said = world.state().approvals.get(&request.id).unwrap()[&ci.id].clone();
    let maria = Actor::named("maria");
    world.refuse(&maria, &[take_away(&said.approval)], Code::RecordOwner);
    let mut gate = Gate::of(&world);
    gate.rights.policy.roles.get_mut(&name("ci")).unwrap().may.clear();
    gate.blocks(&facts, &request, Code::ApprovalThreshold);
    let suspect = |since| move |record: Principal| Principal { suspect_since: Some(since), ..record };
    let record = suspect(said.given + 1)(world.next_record(&ci));
    world.ok(&maria, &[put(&record)]);
    Gate::of(&world).allows(&facts, &request);
    let record = suspect(said.given)(world.next_record(&ci));
    world.ok(&maria, &[put(&record)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);

    let (mut world, facts, request, ci) = asked();
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let before = world.state().clone();
    let record = Principal { status: Standing::Suspended, ..world.next_record(&ci) };
    world.ok(&maria, &[put(&record)]);
    Gate { rights: before.clone(), ..Gate::of(&world) }.blocks(&facts, &request, Code::ApprovalThreshold);
    Gate { rights: before.clone(), latest: before, ..Gate::of(&world) }.allows(&facts, &request);

    let (mut world, facts, request, ci) = asked();
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let said = world.state().approvals.get(&request.id).unwrap()[&ci.id].approval.clone();
    world.ok(&ci, &[take_away(&said)]);
    Gate::of(&world).blocks(&facts, &request, Code::CheckMissing);
}

/// S27
#[test]
fn attestation_ages_as_the_policy_says() {
    let (mut world, facts, request, ci) = asked_under(&format!("{TESTS}  max-age = \"1h\"\n"));
    attest(&mut world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let at = |seconds| Gate { now: world.now + Span::from_s(seconds), ..Gate::of(&world) };
    at(3_600).allows(&facts, &request);
    at(3_601).blocks(&facts, &request, Code::ApprovalStale);
}

/// An attestation is of the request as it is, by whoever signs, and names what it must.
#[test]
fn attestation_fits_its_request() {
    let (mut world, facts, request, ci) = asked();
    let good = draft(&world, &ci, &request, facts.new_tree, &["tests"], &[]);
    let delta = git_coord::format::sha256(b"another change");
    world.refuse(&ci, &[put(&Approval { delta, ..good.clone() })], Code::ApprovalDelta);
    world.refuse(&ci, &[put(&Approval { request_rev: Some(2), ..good.clone() })], Code::ApprovalDelta);
    world.refuse(&ci, &[put(&Approval { role: name("reviewer"), ..good.clone() })], Code::PrincipalRole);
    world.refuse(&Actor::named("carol"), &[put(&good)], Code::RecordOwner);
    for bad in [
        Approval { new_tree: None, ..good.clone() },
        Approval { passed: BTreeSet::new(), ..good.clone() },
        Approval { head: Some(request.head), ..good.clone() },
        Approval { failed: good.passed.clone(), ..good.clone() },
        Approval { answer: Answer::Approve, ..good.clone() },
    ] {
        world.refuse(&ci, &[put(&bad)], Code::RecordParse);
    }
    let many = |count: u32| (0..count).map(|index| name(&format!("check-{index}"))).collect();
    world.refuse(&ci, &[put(&Approval { passed: many(33), ..good.clone() })], Code::RecordLimit);
    world.ok(&ci, &[put(&Approval { passed: many(32), ..good.clone() })]);
    world.ok(&ci, &[put(&good)]);
}

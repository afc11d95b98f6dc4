//! Which approvals count, for what, and of whom.

use git_coord::format::delta_digest;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::PrincipalKind;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::OtherHead;
use git_coord::rules::SegmentFacts;

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
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// Returns a world in which `alice` asks to land a change of one file, and that change.
fn asked() -> (World, SegmentFacts, Claim, Request) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (claim, request) = world.ask(&alice, &facts, PATHS);
    (world, facts, claim, request)
}

/// Returns the same with these approvals.
fn approved_by(names: &[&str]) -> (World, SegmentFacts, Request) {
    let (mut world, facts, _, request) = asked();
    for name in names {
        world.answer(&Actor::named(name), &request, Answer::Approve);
    }
    (world, facts, request)
}

#[test]
fn approved_change_is_allowed_and_others_are_not() {
    let (world, facts, request) = approved_by(&["carol"]);
    Gate::of(&world).allows(&facts, &request);
    let (world, facts, request) = approved_by(&[]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
}

#[test]
fn rejection_is_no_approval() {
    let (mut world, facts, request) = approved_by(&[]);
    world.answer(&Actor::named("carol"), &request, Answer::Reject);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-4, APP-5, APP-6, LANE-6
#[test]
fn approval_is_of_exactly_this_change() {
    let (world, _, request) = approved_by(&["carol"]);
    let gate = Gate::of(&world);
    let alice = Actor::named("alice");
    gate.blocks(&work_from("base", "other", &alice, PATHS), &request, Code::ApprovalDelta);
    gate.blocks(&work(&alice, &["src/a.rs", "src/b.rs"]), &request, Code::ApprovalDelta);
    let mut mode = work(&alice, PATHS);
    mode.changes[0].new.as_mut().unwrap().mode = 0o100_755;
    let mode = crate::kernel::push::measured(mode);
    gate.blocks(&mode, &request, Code::ApprovalDelta);
    blocked(&gate.verdict(&[(&mode, None)]), &[Code::ApprovalDelta]);
}

/// APP-4, APP-5, legal twin:
/// the approval survives a rebase: other commits, the same change; and the head that was reviewed makes that change.
#[test]
fn approval_survives_other_commits_with_the_same_change() {
    let (world, facts, request) = approved_by(&["carol"]);
    let mut rebased = facts.clone();
    rebased.old = Some(object("moved base"));
    rebased.new = object("rebased");
    rebased.old_tree = object("another tree");
    rebased.new_tree = object("yet another tree");
    rebased.commits[0].id = object("rebased");
    let reviewed = OtherHead { head: facts.new, delta: Some(facts.delta), commits: Some(facts.commits) };
    let gate = Gate::of(&world);
    // Whoever reviewed a head that makes another change has not seen this one.
    gate.blocks(&rebased, &request, Code::ApprovalDelta);
    for delta in [None, Some(git_coord::format::sha256(b"another change"))] {
        rebased.other_heads = vec![OtherHead { delta, ..reviewed.clone() }];
        gate.blocks(&rebased, &request, Code::ApprovalDelta);
    }
    rebased.other_heads = vec![reviewed];
    gate.allows(&rebased, &request);
}

/// S17: a change and a change back do not revive an approval.
#[test]
fn edited_request_outdates_its_approvals() {
    let (mut world, facts, request) = approved_by(&["carol"]);
    let alice = Actor::named("alice");
    let moved = Request { rev: 2, head: object("elsewhere"), ..request.clone() };
    world.ok(&alice, &[put(&moved)]);
    let back = Request { rev: 3, ..request };
    world.ok(&alice, &[put(&back)]);
    Gate::of(&world).blocks(&facts, &back, Code::ApprovalDelta);
    world.answer(&Actor::named("carol"), &back, Answer::Approve);
    Gate::of(&world).allows(&facts, &back);
}

/// APP-7
#[test]
fn approval_for_one_ref_does_not_land_on_another() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let claim = world.claim(&alice, PATHS);
    // The digest is that of `main`, but the request asks for another ref: what reviewers were shown.
    let dev = RefName::parse("refs/heads/dev").unwrap();
    let request = world.draft_request(&alice, &dev, &facts, &[&claim]);
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalRef);
    blocked(&Gate::of(&world).verdict(&[(&facts, None)]), &[Code::ApprovalRef]);
}

/// APP-8, with legal twin:
/// the digest of a change says for which ledger it is, and every entry says which one it follows.
#[test]
fn approval_for_another_ledger_is_no_approval() {
    let (mut world, facts, _, request) = asked();
    let carol = Actor::named("carol");
    let answer = world.draft_answer(&carol, &request, Answer::Approve);
    let delta = delta_digest("another-ledger", &main_ref(), &facts.changes);
    world.refuse(&carol, &[put(&Approval { delta, ..answer.clone() })], Code::ApprovalDelta);
    // The very entry, from a ledger that has the same request under the same name.
    let mut other = World::with_policy(|policy| policy.replace("per-principal = 5", "per-principal = 6"));
    let (_, same) = other.ask(&Actor::named("alice"), &facts, PATHS);
    assert_eq!(same, request);
    other.answer(&carol, &same, Answer::Approve);
    world.store.copy_objects_from(other.store);
    let copied = world.chain().step(&world.store, other.chain().head, world.now).unwrap().unwrap_err();
    assert_eq!(copied.refusal.code, Code::LedgerFork);
    blocked(&Gate::of(&world).verdict(&[(&facts, Some(&request.id))]), &[Code::ApprovalThreshold]);
    world.ok(&carol, &[put(&answer)]);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-10: one principal, one answer.
#[test]
fn second_answer_of_a_principal_replaces_the_first() {
    let (mut world, _, request) = approved_by(&["carol"]);
    world.answer(&Actor::named("carol"), &request, Answer::Reject);
    assert_eq!(world.state().answers(&request.id).count(), 1);
}

/// APP-11
#[test]
fn approval_by_a_role_that_may_no_more_does_not_count() {
    let (world, facts, request) = approved_by(&["carol"]);
    let mut gate = Gate::of(&world);
    let reviewer = gate.rights.policy.roles.get_mut(&name("reviewer")).unwrap();
    reviewer.may.remove(&git_coord::model::Right::Approve);
    gate.blocks(&facts, &request, Code::ApprovalThreshold);
}

/// What was said in one role does not become the word of another.
#[test]
fn approval_in_a_former_role_does_not_count() {
    let (mut world, facts, request) = approved_by(&["sam"]);
    let (maria, sam) = (Actor::named("maria"), Actor::named("sam"));
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    world.ok(&maria, &[put(&git_coord::model::Principal { role: name("reviewer"), ..world.next_record(&sam) })]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    world.answer(&sam, &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// KEY-2, with legal twin: revoked before the push or by it.
#[test]
fn approval_of_a_suspended_or_revoked_principal_does_not_count() {
    for status in [Standing::Suspended, Standing::Revoked] {
        let (mut world, facts, request) = approved_by(&["carol"]);
        let before = world.state().clone();
        let record = git_coord::model::Principal { status, ..world.next_record(&Actor::named("carol")) };
        world.ok(&Actor::named("maria"), &[put(&record)]);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
        Gate { rights: before.clone(), ..Gate::of(&world) }.blocks(&facts, &request, Code::ApprovalThreshold);
        Gate { rights: before.clone(), latest: before, ..Gate::of(&world) }.allows(&facts, &request);
    }
}

/// KEY-2, with legal twin
#[test]
fn approval_given_while_the_key_is_suspect_does_not_count() {
    let (mut world, facts, request) = approved_by(&["carol"]);
    let given = world.state().answers(&request.id).next().unwrap().given;
    let mut suspect = |since| {
        let record =
            git_coord::model::Principal { suspect_since: Some(since), ..world.next_record(&Actor::named("carol")) };
        world.ok(&Actor::named("maria"), &[put(&record)]);
        Gate::of(&world)
    };
    suspect(given + 1).allows(&facts, &request);
    suspect(given).blocks(&facts, &request, Code::ApprovalThreshold);
}

/// APP-12, with legal twin
#[test]
fn withdrawn_approval_does_not_count() {
    let (mut world, facts, _, request) = asked();
    let carol = Actor::named("carol");
    let approval = world.answer(&carol, &request, Answer::Approve);
    world.refuse(&Actor::named("alice"), &[take_away(&approval)], Code::RecordOwner);
    world.refuse(&Actor::named("maria"), &[take_away(&approval)], Code::RecordOwner);
    Gate::of(&world).allows(&facts, &request);
    world.ok(&carol, &[take_away(&approval)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
}

/// APP-14, with legal twin
#[test]
fn change_of_nothing_needs_an_approval_of_its_own() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, &[]);
    blocked(&Gate::of(&world).verdict(&[(&facts, None)]), &[Code::ApprovalEmptyDelta]);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
    world.ok(&alice, &[put(&request)]);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    blocked(&verdict, &[Code::ApprovalEmptyDelta, Code::ApprovalThreshold]);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-14, with legal twin: an approval that counts for nothing does not count for a change of nothing.
#[test]
fn outdated_or_involved_approval_does_not_pass_an_empty_change() {
    let no_reviews = |policy: &str| {
        let start = policy.find("  [[protect.approvals]]").unwrap();
        policy[..start].to_owned()
    };
    let (mut world, alice) = (World::with_policy(no_reviews), Actor::named("alice"));
    let facts = work(&alice, &[]);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
    let mut own = facts.clone();
    own.commits.push(signed("more", &Actor::named("carol"), &[]));
    Gate::of(&world).blocks(&own, &request, Code::ApprovalEmptyDelta);
    let edited = Request { rev: 2, ..request };
    world.ok(&alice, &[put(&edited)]);
    Gate::of(&world).blocks(&facts, &edited, Code::ApprovalEmptyDelta);
}

/// APP-15, with legal twin
#[test]
fn reviewer_approves_within_its_lanes() {
    let asks_scribes = |policy: &str| policy.replace(r#"from     = ["reviewer", "#, r#"from     = ["scribe", "#);
    for (path, code) in [("src/a.rs", Some(Code::ApprovalScope)), ("docs/a.md", None)] {
        let mut world = World::with_policy(asks_scribes);
        let (alice, maria, scribe) = (Actor::named("alice"), Actor::named("maria"), Actor::named("zoe"));
        let record = git_coord::model::Principal {
            vendor: Some(name("mistral")),
            ..principal(&scribe, PrincipalKind::Agent, "scribe", &maria)
        };
        world.ok(&maria, &[put(&record)]);
        let facts = work(&alice, &[path]);
        let (_, request) = world.ask(&alice, &facts, &[path]);
        world.answer(&scribe, &request, Answer::Approve);
        match code {
            Some(code) => Gate::of(&world).blocks(&facts, &request, code),
            None => Gate::of(&world).allows(&facts, &request),
        }
    }
}

/// APP-16, S27, with legal twin: the later of ledger time and the acceptor's clock.
#[test]
fn approval_ages_as_the_policy_says() {
    let aging = |policy: &str| policy.replacen("count    = 1", "count    = 1\n  max-age  = \"1h\"", 1);
    let (mut world, alice) = (World::with_policy(aging), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let at = |seconds| Gate { now: world.now + Span::from_s(seconds), ..Gate::of(&world) };
    at(3_600).allows(&facts, &request);
    at(3_601).blocks(&facts, &request, Code::ApprovalStale);
    let verdict = at(3_601).verdict(&[(&facts, Some(&request.id))]);
    let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
    assert!(next.iter().any(|next| next.contains("ask carol-")), "she may say it again: {next:?}");
    let mut gate = at(0);
    gate.records.time = world.now + Span::from_s(3_601);
    gate.blocks(&facts, &request, Code::ApprovalStale);
}

/// APP-16, S21, with legal twin: approvals that are bound to a tree land as exactly that tree on exactly that base.
#[test]
fn tree_bound_approval_lands_only_on_its_base_as_its_tree() {
    let core = &["src/core/x.rs"];
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, core);
    let (_, request) = world.ask(&alice, &facts, core);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    let gate = Gate::of(&world);
    gate.allows(&facts, &request);
    gate.blocks(&SegmentFacts { old: Some(object("moved")), ..facts.clone() }, &request, Code::ApprovalTree);
    gate.blocks(&SegmentFacts { new_tree: object("moved"), ..facts.clone() }, &request, Code::ApprovalTree);
}

/// Every rule whose paths are touched asks.
#[test]
fn consequential_path_asks_for_its_own_approval() {
    let core = &["src/core/x.rs"];
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, core);
    let (_, request) = world.approved(&alice, &facts, core);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let told = format!("`{}` approved but is `reviewer`, which is not asked", Actor::named("carol").id);
    assert_eq!(found(&verdict, "review of src/core/**"), [told]);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// APP-1, with legal twin
#[test]
fn opener_does_not_approve_even_with_a_right_to() {
    let (mut world, nora) = (World::new(), Actor::named("nora"));
    let facts = work(&nora, PATHS);
    let (_, request) = world.ask(&nora, &facts, PATHS);
    let own: Approval = world.draft_answer(&nora, &request, Answer::Approve);
    world.refuse(&nora, &[put(&own)], Code::ApprovalSelf);
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

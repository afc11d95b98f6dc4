//! Who is independent of a change, and so may approve it.

use git_coord::model::Answer;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::CommitSigner;
use git_coord::rules::OtherHead;
use git_coord::rules::SameResult;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::commit;
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

/// Returns a world in which `alice` asks to land a change of one file, that change, and these approvals.
fn approved_by(names: &[&str]) -> (World, SegmentFacts, Request) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    for name in names {
        world.answer(&Actor::named(name), &request, Answer::Approve);
    }
    (world, facts, request)
}

/// APP-2, with legal twin
#[test]
fn approver_of_the_same_operator_or_vendor_is_not_independent() {
    for (approver, shared) in [
        ("dave", Some("vendor")),
        ("erin", Some("operator")),
        ("carol", None),
        // A human is of no vendor.
        ("nora", None),
    ] {
        let (world, facts, request) = approved_by(&[approver]);
        let Some(shared) = shared else {
            Gate::of(&world).allows(&facts, &request);
            continue;
        };
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
        let (approver, alice) = (Actor::named(approver).id, Actor::named("alice").id);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        let told = format!("`{approver}` approved but shares the {shared} of `{alice}`");
        assert_eq!(found(&verdict, "review"), [told]);
    }
}

/// A crowd of one vendor hides no approval of another, whichever is looked at first.
#[test]
fn crowd_of_one_vendor_hides_no_other_approval() {
    let twice = |policy: &str| policy.replacen("count    = 1", "count    = 2", 1);
    let (mut world, alice, maria) = (World::with_policy(twice), Actor::named("alice"), Actor::named("maria"));
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    let mut approve = |member: &str, vendor: &str| {
        let record = git_coord::model::Principal {
            vendor: Some(name(vendor)),
            operator: Some(name(&format!("of-{member}"))),
            ..principal(&Actor::named(member), PrincipalKind::Agent, "reviewer", &maria)
        };
        world.ok(&maria, &[put(&record)]);
        world.answer(&Actor::named(member), &request, Answer::Approve);
        Gate::of(&world).verdict(&[(&facts, Some(&request.id))])
    };
    for number in 0..30 {
        let verdict = approve(&format!("crowd{number:02}"), "openai");
        blocked(&verdict, &[Code::ApprovalThreshold]);
        let next: Vec<_> = verdict.rules.iter().flat_map(|rule| &rule.next).collect();
        assert!(!next.iter().any(|next| next.contains("crowd")), "they have spoken: {next:?}");
    }
    assert!(approve("zoe", "google").allows());
}

/// Enrolls a reviewer of carol's vendor, and of another operator.
fn peer_of_one_vendor(world: &mut World) -> Actor {
    let (maria, peer) = (Actor::named("maria"), Actor::named("carla"));
    let record = git_coord::model::Principal {
        vendor: Some(name("openai")),
        operator: Some(name("other")),
        ..principal(&peer, PrincipalKind::Agent, "reviewer", &maria)
    };
    world.ok(&maria, &[put(&record)]);
    peer
}

/// APP-10, with legal twin
#[test]
fn two_approvers_must_differ_from_each_other() {
    let twice = |policy: &str| policy.replacen("count    = 1", "count    = 2", 1);
    let mut world = World::with_policy(twice);
    let alice = Actor::named("alice");
    let peer = peer_of_one_vendor(&mut world);
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    world.answer(&peer, &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let told = found(&verdict, "review");
    let shares = "approved but shares operator or vendor with another approver";
    let (first, second) = (&Actor::named("carol").id, &peer.id);
    assert_eq!(told, [format!("`{first}` approved"), format!("`{second}` {shares}")]);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// What a rule does not ask for, its approvers may share.
#[test]
fn approvers_differ_from_each_other_only_as_the_rule_asks() {
    for (distinct, allowed) in [("[\"operator\"]", true), ("[]", true), ("[\"vendor\"]", false)] {
        let twice = |policy: &str| {
            let policy = policy.replacen("count    = 1", "count    = 2", 1);
            policy.replace("[\"operator\", \"vendor\"]", distinct)
        };
        let (mut world, alice) = (World::with_policy(twice), Actor::named("alice"));
        let peer = peer_of_one_vendor(&mut world);
        let facts = work(&alice, PATHS);
        let (_, request) = world.approved(&alice, &facts, PATHS);
        world.answer(&peer, &request, Answer::Approve);
        match allowed {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold),
        }
    }
}

/// APP-3, with legal twin
#[test]
fn whoever_contributed_does_not_approve() {
    let carol = Actor::named("carol");
    let (world, facts, request) = approved_by(&["carol"]);
    let gate = Gate::of(&world);
    let mut signed_by = facts.clone();
    signed_by.commits.push(signed("more", &carol, &[]));
    gate.blocks(&signed_by, &request, Code::ApprovalContributor);
    let mut co_authored = facts.clone();
    co_authored.commits[0].co_authors.push(format!("Carol <{}@example.org>", carol.id));
    gate.blocks(&co_authored, &request, Code::ApprovalContributor);
    let mut earlier = facts.clone();
    let commits = Some(vec![signed("then", &carol, &[])]);
    earlier.other_heads.push(OtherHead { head: object("earlier"), delta: None, commits });
    gate.blocks(&earlier, &request, Code::ApprovalContributor);
    gate.allows(&facts, &request);
}

/// APP-3, S16, with legal twin: whoever held a changed path had a hand in it, even if the claim has ended.
#[test]
fn whoever_held_a_changed_path_does_not_approve() {
    let (mut world, alice, nora) = (World::new(), Actor::named("alice"), Actor::named("nora"));
    let facts = work(&alice, PATHS);
    let claim = world.claim(&alice, PATHS);
    world.ok(&alice, &[take_away(&claim)]);
    let between = world.claim(&nora, &["src/"]);
    world.ok(&nora, &[take_away(&between)]);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&claim]);
    world.ok(&alice, &[put(&request)]);
    world.answer(&nora, &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor);
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// S16: since the base, and not only since the first cited claim; what ended before the base landed was other work.
#[test]
fn whoever_held_a_changed_path_before_the_first_claim_does_not_approve_unless_the_base_is_younger() {
    for base_landed in [false, true] {
        let (mut world, alice, nora) = (World::new(), Actor::named("alice"), Actor::named("nora"));
        let earlier = world.claim(&nora, &["src/"]);
        world.ok(&nora, &[take_away(&earlier)]);
        let mut facts = work(&alice, PATHS);
        if base_landed {
            let (claim, landing) = world.ask(&alice, &facts, PATHS);
            world.answer(&Actor::named("olga"), &landing, Answer::Approve);
            world.land(&Actor::named("hub"), &landing, &facts);
            world.ok(&alice, &[take_away(&claim)]);
            facts = work_from("head", "further", &alice, PATHS);
        }
        let (_, request) = world.ask(&alice, &facts, PATHS);
        world.answer(&nora, &request, Answer::Approve);
        match base_landed {
            false => Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor),
            true => Gate::of(&world).allows(&facts, &request),
        }
    }
}

/// S16, with legal twin: what ended while a ref was being adopted was before its base; what ended after that was not.
#[test]
fn whoever_held_a_changed_path_until_its_ref_was_adopted_approves() {
    for in_between in [true, false] {
        let (mut world, alice, nora) = (World::new(), Actor::named("alice"), Actor::named("nora"));
        let facts = work(&alice, PATHS);
        let earlier = world.claim(&nora, &["src/"]);
        let adoption = world.draft_adoption(&main_ref(), facts.old.unwrap());
        if in_between {
            world.ok(&nora, &[take_away(&earlier)]);
        }
        world.ok(&Actor::named("maria"), &[put(&adoption)]);
        if !in_between {
            world.ok(&nora, &[take_away(&earlier)]);
        }
        let (_, request) = world.ask(&alice, &facts, PATHS);
        world.answer(&nora, &request, Answer::Approve);
        match in_between {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor),
        }
    }
}

/// S16: contributors only grow. Citing another claim later does not make its former holder a stranger.
#[test]
fn holder_of_a_claim_that_was_cited_once_remains_a_contributor() {
    let (mut world, alice, nora) = (World::new(), Actor::named("alice"), Actor::named("nora"));
    let maria = Actor::named("maria");
    let facts = work(&alice, PATHS);
    let (theirs, later) = (world.claim(&nora, &["docs/"]), world.claim(&maria, &["tests/"]));
    let own = world.claim(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&own, &theirs]);
    world.ok(&alice, &[put(&request)]);
    // One more comes and goes while it is open.
    let request = Request { rev: 2, claims: vec![own.id.clone(), later.id], ..request };
    world.ok(&alice, &[put(&request)]);
    let request = Request { rev: 3, claims: vec![own.id], ..request };
    world.ok(&alice, &[put(&request)]);
    for contributor in [&nora, &maria] {
        let approval = world.answer(contributor, &request, Answer::Approve);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor);
        world.ok(contributor, &[take_away(&approval)]);
    }
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// S16: who signed another branch that ends alike made this change as well, under whatever name it is committed again.
#[test]
fn whoever_signed_the_same_result_elsewhere_does_not_approve() {
    let (mut world, mut facts, request) = approved_by(&["carol"]);
    Gate::of(&world).allows(&facts, &request);
    // What she added beside the change is no work on it.
    let beside = signed("beside", &Actor::named("carol"), &["docs/a.md"]);
    facts.same_result = SameResult::Found(vec![beside.clone()]);
    Gate::of(&world).allows(&facts, &request);
    facts.same_result = SameResult::Found(vec![beside, signed("elsewhere", &Actor::named("carol"), PATHS)]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor);
    // What was found then counts when the landing is replayed, whatever is found now.
    facts.same_result = SameResult::Recorded(vec![Actor::named("carol").id]);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor);
    // Where both count, either is enough.
    for (found, recorded) in [(vec![], vec!["carol"]), (vec!["carol"], vec![])] {
        let found = found.into_iter().map(|who| signed("elsewhere", &Actor::named(who), PATHS)).collect();
        let recorded = recorded.into_iter().map(|who| Actor::named(who).id).collect();
        facts.same_result = SameResult::Both(found, recorded);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalContributor);
    }
    // Who is as independent of carol as of alice approves it.
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// S16: contributors only grow, even if what they made of a head landed meanwhile by itself.
#[test]
fn whoever_signed_what_has_landed_of_a_head_does_not_approve_the_rest() {
    let (mut world, facts, request) = approved_by(&["carol"]);
    let carol = Actor::named("carol");
    let mut signed_by = facts.clone();
    signed_by.landed_since.push(signed("landed", &carol, &[]));
    Gate::of(&world).blocks(&signed_by, &request, Code::ApprovalContributor);
    let mut co_authored = facts.clone();
    co_authored.landed_since.push(signed("landed", &Actor::named("alice"), &[]));
    co_authored.landed_since[0].co_authors.push(carol.id.to_string());
    Gate::of(&world).blocks(&co_authored, &request, Code::ApprovalContributor);
    // What nobody known signed has been through the gate.
    let mut unknown = facts;
    unknown.landed_since.push(signed("landed", &Actor::named("stranger"), &[]));
    Gate::of(&world).allows(&unknown, &request);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).allows(&signed_by, &request);
}

/// A key that nobody enrolled is nobody's hand: anybody can sign a copy of a branch with one.
#[test]
fn same_result_signed_by_a_stranger_involves_nobody() {
    let (world, mut facts, request) = approved_by(&["carol"]);
    facts.same_result = SameResult::Found(vec![signed("elsewhere", &Actor::named("stranger"), PATHS)]);
    Gate::of(&world).allows(&facts, &request);
}

/// Unknown authorship counts as everybody.
#[test]
fn unknown_authorship_makes_nobody_independent() {
    for distinct in [r#"["operator", "vendor"]"#, "[]"] {
        let lax = |policy: &str| {
            let policy = policy.replace(r#"commits  = "signed""#, r#"commits = "any""#);
            policy.replace(r#"["operator", "vendor"]"#, distinct)
        };
        let (mut world, alice) = (World::with_policy(lax), Actor::named("alice"));
        let facts = work(&alice, PATHS);
        let (_, request) = world.approved(&alice, &facts, PATHS);
        let gate = Gate::of(&world);
        let mut unsigned = facts.clone();
        unsigned.commits.push(commit("more", CommitSigner::Unsigned, &[]));
        gate.blocks(&unsigned, &request, Code::ApprovalIndependence);
        let mut gone = facts.clone();
        gone.other_heads.push(OtherHead { head: object("gone"), delta: None, commits: None });
        gate.blocks(&gone, &request, Code::ApprovalIndependence);
        // A co-author whom nobody knows is shown, not counted, when the signer is enrolled.
        let mut stranger = facts.clone();
        stranger.commits[0].co_authors.push("Somebody <x@example.org>".to_owned());
        gate.allows(&stranger, &request);
    }
}

/// Somebody enrolled who is named as co-author is not unknown, whoever signed; the landing tells how many are.
#[test]
fn co_author_of_an_unsigned_commit_is_unknown_only_if_nobody_enrolled() {
    let (world, mut facts, request) = approved_by(&["nora"]);
    let (bob, mut unsigned) = (Actor::named("bob"), commit("more", CommitSigner::Unsigned, &[]));
    unsigned.co_authors = vec![format!("Bob <{}@example.org>", bob.id)];
    facts.commits.push(unsigned);
    let contributors = |facts: &SegmentFacts| Gate::of(&world).authorship(facts, &request).contributors;
    let named = contributors(&facts);
    assert_eq!(named.unknown, [format!("commit {} names no enrolled signer", object("more").short())]);
    assert!(named.principals.contains_key(&bob.id));
    facts.commits[1].co_authors[0] = "Somebody <x@example.org>".to_owned();
    let stranger = contributors(&facts);
    assert_eq!(stranger.unknown[1..], ["the co-author `Somebody <x@example.org>` is nobody enrolled"]);
    assert!(!stranger.principals.contains_key(&bob.id));
}

/// Whoever the push itself enrolls is no stranger: its operator and vendor count all the same.
#[test]
fn contributor_whom_the_push_enrolls_counts() {
    let lax = |policy: &str| policy.replace(r#"commits  = "signed""#, r#"commits = "any""#);
    for (vendor, code) in [("openai", Some(Code::ApprovalIndependence)), ("mistral", None)] {
        let (mut world, alice) = (World::with_policy(lax), Actor::named("alice"));
        let (maria, new) = (Actor::named("maria"), Actor::named("new"));
        let mut facts = work(&alice, PATHS);
        facts.commits.push(signed("more", &new, &[]));
        let (_, request) = world.approved(&alice, &facts, PATHS);
        let before = world.state().clone();
        let record = git_coord::model::Principal {
            vendor: Some(name(vendor)),
            ..principal(&new, PrincipalKind::Agent, "builder", &maria)
        };
        world.ok(&maria, &[put(&record)]);
        let gate = Gate { rights: before, ..Gate::of(&world) };
        match code {
            Some(code) => gate.blocks(&facts, &request, code),
            None => gate.allows(&facts, &request),
        }
    }
}

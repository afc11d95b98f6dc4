//! What was approved may be committed again, as a squash, a rebase or a merge: that makes nobody its author (S16).

use git_coord::model::Answer;
use git_coord::model::Finding;
use git_coord::model::Principal;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::CommitFact;
use git_coord::rules::CommitSigner;
use git_coord::rules::OtherHead;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::commit;
use crate::kernel::push::found;
use crate::kernel::push::measured;
use crate::kernel::push::object;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

fn forge_commits(policy: &str) -> String {
    policy.replace("commits  = \"signed\"", "commits  = \"signed\"\nforge-commits = \"delta\"")
}

/// Returns a request of `alice` that `nora` approved, and the same change in one other commit.
fn recommitted(world: &mut World, squash: &CommitFact) -> (SegmentFacts, Request) {
    approved_by("nora", world, squash)
}

fn approved_by(approver: &str, world: &mut World, squash: &CommitFact) -> (SegmentFacts, Request) {
    let alice = Actor::named("alice");
    let facts = work(&alice, PATHS);
    let (_, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&Actor::named(approver), &request, Answer::Approve);
    (again(&facts, squash), request)
}

/// Returns the facts of a segment that makes the change of another one in one commit.
fn again(facts: &SegmentFacts, squash: &CommitFact) -> SegmentFacts {
    let own = OtherHead { head: facts.new, delta: Some(facts.delta), commits: Some(facts.commits.clone()) };
    SegmentFacts {
        old: Some(object("moved base")),
        new: squash.id,
        commits: vec![squash.clone()],
        other_heads: vec![own],
        ..facts.clone()
    }
}

fn own_head(facts: &mut SegmentFacts) -> &mut OtherHead {
    &mut facts.other_heads[0]
}

/// The reviewer squashes what she approved: she made nothing of it, and needs no claim of her own.
#[test]
fn whoever_commits_an_approved_change_again_does_not_contribute() {
    for squasher in ["nora", "bob", "alice"] {
        let mut world = World::new();
        let squash = signed("squash", &Actor::named(squasher), PATHS);
        let (facts, request) = recommitted(&mut world, &squash);
        Gate::of(&world).allows(&facts, &request);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        assert_eq!(found(&verdict, "commits signed"), ["1 of 1"]);
    }
}

/// Whoever reviewed a request read its head: what that does not change does not land for it, whoever commits it.
#[test]
fn what_the_own_head_does_not_change_was_not_approved() {
    let mut world = World::new();
    let squash = signed("squash", &Actor::named("nora"), PATHS);
    let (facts, request) = recommitted(&mut world, &squash);
    let gate = Gate::of(&world);
    gate.allows(&facts, &request);
    let refused = |facts: &SegmentFacts| gate.blocks(facts, &request, Code::ApprovalDelta);
    let mut other = facts.clone();
    own_head(&mut other).delta = Some(git_coord::format::sha256(b"another change"));
    refused(&other);
    let mut unrelated = facts.clone();
    own_head(&mut unrelated).delta = None;
    refused(&unrelated);
    // A head that the request had once is not what was approved.
    let mut former = facts.clone();
    own_head(&mut former).head = object("former");
    refused(&former);
}

/// Where nobody known stands behind the own head, whoever commits its change again is the author.
#[test]
fn whoever_commits_again_what_nobody_signed_contributes() {
    let mut world = World::new();
    let squash = signed("squash", &Actor::named("nora"), PATHS);
    let (facts, request) = recommitted(&mut world, &squash);
    let gate = Gate::of(&world);
    let both = [Code::ClaimOverlap, Code::ApprovalContributor];
    let refused = |facts: &SegmentFacts| blocked(&gate.verdict(&[(facts, Some(&request.id))]), &both);
    let mut unsigned = facts.clone();
    own_head(&mut unsigned).commits = Some(vec![commit("own", CommitSigner::Unsigned, PATHS)]);
    refused(&unsigned);
    let mut gone = facts;
    own_head(&mut gone).commits = None;
    refused(&gone);
}

/// Who made it remains who made it: whoever signed or co-authored the own head cannot approve what somebody else squashed.
#[test]
fn authors_of_the_own_head_contribute_to_what_is_committed_again() {
    let mut world = World::new();
    let (carol, dave) = (Actor::named("carol"), Actor::named("dave"));
    let squash = signed("squash", &Actor::named("bob"), PATHS);
    let (facts, request) = approved_by("carol", &mut world, &squash);
    let gate = Gate::of(&world);
    gate.allows(&facts, &request);
    let mut signed_by = facts.clone();
    let also = signed("also", &carol, &["docs/a.md"]);
    own_head(&mut signed_by).commits.as_mut().unwrap().push(also);
    gate.blocks(&signed_by, &request, Code::ApprovalContributor);
    let mut co_authored = facts.clone();
    own_head(&mut co_authored).commits.as_mut().unwrap()[0].co_authors.push(carol.id.to_string());
    gate.blocks(&co_authored, &request, Code::ApprovalContributor);
    let mut same_vendor = facts;
    own_head(&mut same_vendor).commits.as_mut().unwrap()[0].co_authors.push(dave.id.to_string());
    gate.allows(&same_vendor, &request);
}

/// The claim under which the change was made counts, not one of whoever commits it again.
#[test]
fn what_is_committed_again_lands_under_the_claims_of_who_made_it() {
    let mut world = World::new();
    let bob = Actor::named("bob");
    let facts = work(&bob, PATHS);
    // Alice opens a request for the work of bob, who holds nothing.
    let alice = Actor::named("alice");
    let (_, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    let squash = signed("squash", &alice, PATHS);
    Gate::of(&world).blocks(&again(&facts, &squash), &request, Code::ClaimOverlap);
}

/// Nobody launders its lanes through whoever squashes.
#[test]
fn lanes_are_those_of_who_made_the_change() {
    for (path, code) in [("src/a.rs", None), ("tools/a.sh", Some(Code::LaneOutside))] {
        let mut world = World::new();
        let alice = Actor::named("alice");
        let facts = work(&alice, &[path]);
        let (_, request) = match code {
            None => world.ask(&alice, &facts, &[path]),
            // She cannot claim what is outside of her lanes; nora does.
            Some(_) => world.ask(&Actor::named("nora"), &facts, &[path]),
        };
        world.answer(&Actor::named("olga"), &request, Answer::Approve);
        let verdict = Gate::of(&world)
            .verdict(&[(&again(&facts, &signed("squash", &Actor::named("nora"), &[path])), Some(&request.id))]);
        match code {
            None => assert!(verdict.allows(), "{verdict:#?}"),
            Some(code) => assert!(verdict.rules.iter().any(|rule| rule.code == Some(code)), "{verdict:#?}"),
        }
    }
}

/// Work of a key that was revoked since is of whoever commits it again.
#[test]
fn work_of_somebody_revoked_is_of_whoever_commits_it_again() {
    let mut world = World::new();
    let squash = signed("squash", &Actor::named("bob"), PATHS);
    let (facts, request) = recommitted(&mut world, &squash);
    Gate::of(&world).allows(&facts, &request);
    let alice = Actor::named("alice");
    let revoked = Principal { status: Standing::Revoked, ..world.next_record(&alice) };
    world.ok(&Actor::named("maria"), &[put(&revoked)]);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.code == Some(Code::ClaimOverlap)), "{verdict:#?}");
}

/// A forge's squash bears no signature that we know: it lands where the policy takes it, and only for the very change.
#[test]
fn commits_of_a_forge_land_only_where_the_policy_takes_them() {
    let stranger = CommitSigner::Signed(Actor::named("forge").key());
    for signer in [CommitSigner::Unsigned, CommitSigner::Bad("PGP".to_owned()), stranger] {
        for takes in [false, true] {
            let mut world = if takes { World::with_policy(forge_commits) } else { World::new() };
            let (facts, request) = recommitted(&mut world, &commit("squash", signer.clone(), PATHS));
            match takes {
                true => {
                    Gate::of(&world).allows(&facts, &request);
                    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
                    let told = format!("0 of 1, the rest commit the change of {} again", request.head.short());
                    assert_eq!(found(&verdict, "commits signed"), [told]);
                }
                false => Gate::of(&world).blocks(&facts, &request, Code::RangeSignature),
            }
            // What nobody signed in the own head either is nobody's.
            let mut unsigned = facts.clone();
            own_head(&mut unsigned).commits = Some(vec![commit("own", CommitSigner::Unsigned, PATHS)]);
            let verdict = Gate::of(&world).verdict(&[(&unsigned, Some(&request.id))]);
            blocked(&verdict, &[Code::RangeSignature, Code::ApprovalIndependence]);
        }
    }
}

/// A merge by a forge brings the signed commits along, and only the merge itself may be without a signature.
#[test]
fn merge_of_a_forge_brings_signed_commits_along() {
    let mut world = World::with_policy(forge_commits);
    let merge = commit("merge", CommitSigner::Unsigned, &[]);
    let (mut facts, request) = recommitted(&mut world, &merge);
    let own = own_head(&mut facts).commits.clone().unwrap();
    facts.commits.extend(own);
    Gate::of(&world).allows(&facts, &request);
    let mut unsigned = facts;
    let hidden = commit("hidden", CommitSigner::Unsigned, PATHS);
    unsigned.commits.push(hidden.clone());
    own_head(&mut unsigned).commits.as_mut().unwrap().push(hidden);
    let verdict = Gate::of(&world).verdict(&[(&unsigned, Some(&request.id))]);
    assert_eq!(verdict.code(), Some(Code::RangeSignature), "{verdict:#?}");
}

/// A known key is no forge's: whoever was revoked does not land by a squash.
#[test]
fn revoked_key_is_no_forge() {
    let mut world = World::with_policy(forge_commits);
    let bob = Actor::named("bob");
    let (facts, request) = recommitted(&mut world, &signed("squash", &bob, PATHS));
    Gate::of(&world).allows(&facts, &request);
    let revoked = Principal { status: Standing::Revoked, ..world.next_record(&bob) };
    world.ok(&Actor::named("maria"), &[put(&revoked)]);
    Gate::of(&world).blocks(&facts, &request, Code::KeyRevoked);
}

/// An empty change is nothing but the history that it brings, so nobody brings other history in its place.
#[test]
fn empty_change_is_never_committed_again() {
    let mut world = World::new();
    let (alice, nora) = (Actor::named("alice"), Actor::named("nora"));
    let facts = measured(SegmentFacts { changes: Vec::new(), ..work(&alice, PATHS) });
    let (_, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&nora, &request, Answer::Approve);
    let gate = Gate::of(&world);
    gate.allows(&facts, &request);
    gate.allows(&again(&facts, &signed("squash", &alice, &[])), &request);
    let mut other = again(&facts, &signed("squash", &nora, &[]));
    let codes = [Code::ApprovalEmptyDelta, Code::ApprovalContributor];
    blocked(&gate.verdict(&[(&other, Some(&request.id))]), &codes);
    // The head was in the history of the ref already: it has no commits to commit again.
    own_head(&mut other).commits = Some(Vec::new());
    blocked(&gate.verdict(&[(&other, Some(&request.id))]), &codes);
}

/// A merge that keeps its own side brings any history along; whoever signed that contributes, and a forge brings none.
#[test]
fn what_the_own_head_never_touched_does_not_come_along() {
    let mut world = World::with_policy(forge_commits);
    let squash = signed("squash", &Actor::named("bob"), PATHS);
    let (facts, request) = recommitted(&mut world, &squash);
    let gate = Gate::of(&world);
    gate.allows(&facts, &request);
    let along = ["src/stray.rs"];
    let mut hers = facts.clone();
    hers.commits.push(signed("stray", &Actor::named("nora"), &along));
    blocked(&gate.verdict(&[(&hers, Some(&request.id))]), &[Code::ClaimOverlap, Code::ApprovalContributor]);
    let mut unsigned = facts;
    unsigned.commits[0] = commit("squash", CommitSigner::Unsigned, PATHS);
    gate.allows(&unsigned, &request);
    unsigned.commits.push(commit("stray", CommitSigner::Unsigned, &along));
    blocked(&gate.verdict(&[(&unsigned, Some(&request.id))]), &[Code::RangeSignature, Code::ApprovalIndependence]);
    // What the work itself made and took back again, a rebase makes and takes back as well.
    own_head(&mut unsigned).commits.as_mut().unwrap().push(signed("there", &Actor::named("alice"), &along));
    gate.allows(&unsigned, &request);
}

/// What a rebase holds on its way stays in the history for ever: it is what the work held on its own way.
#[test]
fn what_the_work_never_held_is_not_held_on_the_way() {
    let mut world = World::with_policy(forge_commits);
    let squash = signed("squash", &Actor::named("bob"), PATHS);
    let (mut facts, request) = recommitted(&mut world, &squash);
    let held = |signer: CommitSigner, content: &str| {
        let mut held = commit("on the way", signer, PATHS);
        held.touched.values_mut().for_each(|left| *left = Some((0o100_644, object(content))));
        held
    };
    let gate = Gate::of(&world);
    facts.commits[0].signer = CommitSigner::Unsigned;
    gate.allows(&facts, &request);
    facts.commits.push(held(CommitSigner::Unsigned, "hostile"));
    blocked(&gate.verdict(&[(&facts, Some(&request.id))]), &[Code::RangeSignature, Code::ApprovalIndependence]);
    // The mode counts as well as the content.
    let mut executable = facts.clone();
    let signer = CommitSigner::Signed(Actor::named("alice").key());
    let own = CommitFact { id: object("own"), ..held(signer, "hostile") };
    for left in executable.commits.last_mut().unwrap().touched.values_mut() {
        *left = Some((0o100_755, object("hostile")));
    }
    for facts in [&mut facts, &mut executable] {
        own_head(facts).commits.as_mut().unwrap().push(own.clone());
    }
    gate.allows(&facts, &request);
    blocked(&gate.verdict(&[(&executable, Some(&request.id))]), &[Code::RangeSignature, Code::ApprovalIndependence]);
}

/// Whoever stands for what somebody revoked made does not step over what was found in it.
#[test]
fn findings_on_commits_of_the_own_head_block_whoever_commits_them_again() {
    for revoked in [false, true] {
        let mut world = World::new();
        let squash = signed("squash", &Actor::named("bob"), PATHS);
        let (mut facts, request) = recommitted(&mut world, &squash);
        // One on the way to the head, which is what requests name.
        own_head(&mut facts).commits.as_mut().unwrap().push(signed("first", &Actor::named("alice"), PATHS));
        if revoked {
            let alice = Principal { status: Standing::Revoked, ..world.next_record(&Actor::named("alice")) };
            world.ok(&Actor::named("maria"), &[put(&alice)]);
        }
        let blocks = |world: &World| {
            let verdict = Gate::of(world).verdict(&[(&facts, Some(&request.id))]);
            verdict.rules.iter().any(|rule| rule.code == Some(Code::FindingBlocks))
        };
        assert!(!blocks(&world));
        let sam = Actor::named("sam");
        for own in facts.other_heads[0].commits.as_ref().unwrap() {
            let finding = Finding { commit: Some(own.id), ..world.draft_finding(&sam, Severity::High, &[]) };
            world.ok(&sam, &[put(&finding)]);
            assert!(blocks(&world), "{}", own.id);
            world.ok(&sam, &[take_away(&finding)]);
            assert!(!blocks(&world));
        }
    }
}

//! The work was done under a lease that still covers it, and under the latest one.

use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Landed;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::found;
use crate::kernel::push::main_ref;
use crate::kernel::push::merge;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

fn cast() -> (World, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"))
}

/// S10
#[test]
fn every_changed_path_is_covered_by_a_cited_claim() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, &["src/a.rs", "src/b.rs"]);
    let (claim, request) = world.approved(&alice, &facts, PATHS);
    Gate::of(&world).blocks(&facts, &request, Code::ClaimOverlap);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert_eq!(found(&verdict, "claims held"), ["no cited claim covers `src/b.rs`"]);
    // A claim that is made later counts once the request is edited to cite it.
    let late = world.claim(&alice, &["src/b.rs"]);
    let edited = Request { rev: 2, claims: vec![claim.id.clone(), late.id.clone()], ..request };
    world.ok(&alice, &[put(&edited)]);
    world.answer(&Actor::named("carol"), &edited, Answer::Approve);
    Gate::of(&world).allows(&facts, &edited);
}

/// Whoever is stopped is told how much is bare, and whoever is not under which leases it lands.
#[test]
fn leases_of_the_work_are_told() {
    let told = |paths: &[&str], claimed: &[&str]| {
        let (mut world, alice, _) = cast();
        let facts = work(&alice, paths);
        let claims: Vec<_> = claimed.iter().map(|path| world.claim(&alice, &[path])).collect();
        let request = world.draft_request(&alice, &main_ref(), &facts, &claims.iter().collect::<Vec<_>>());
        world.ok(&alice, &[put(&request)]);
        found(&Gate::of(&world).verdict(&[(&facts, Some(&request.id))]), "claims held").to_owned()
    };
    assert_eq!(told(&["src/a.rs", "src/b.rs"], &[]), ["no cited claim covers `src/a.rs` and 1 more"]);
    assert_eq!(told(&["src/a.rs", "src/b.rs", "src/c.rs"], &[]), ["no cited claim covers `src/a.rs` and 2 more"]);
    // The cast is enrolled by nine entries after the first one.
    let alice = Actor::named("alice").id;
    let both = [format!("src/a.rs by {alice}, token 10"), format!("src/b.rs by {alice}, token 11")];
    assert_eq!(told(&["src/a.rs", "src/b.rs"], &["src/a.rs", "src/b.rs"]), both);
    assert_eq!(told(&[], &[]), ["no path changed"]);
}

/// S10: nobody has to wait between claiming and asking.
#[test]
fn claim_of_the_entry_that_asks_comes_in_time() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let claim = world.draft_claim(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&claim]);
    world.ok(&alice, &[put(&claim), put(&request)]);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// S10: a claim that is held only after the request was written comes too late for it.
#[test]
fn claim_that_still_waits_when_it_is_cited_comes_too_late() {
    let (mut world, alice, bob) = cast();
    let facts = work(&alice, &["src/a.rs"]);
    let first = world.claim(&bob, &["src/a.rs"]);
    let waiting = world.queue(&alice, &["src/a.rs"]);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&waiting]);
    world.ok(&alice, &[put(&request)]);
    world.ok(&bob, &[take_away(&first)]);
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ClaimFenced);
    let edited = Request { rev: 2, ..request };
    world.ok(&alice, &[put(&edited)]);
    world.answer(&Actor::named("olga"), &edited, Answer::Approve);
    Gate::of(&world).allows(&facts, &edited);
}

/// S10: a claim that was properly released still covers the work.
#[test]
fn released_claim_covers_and_a_lost_one_does_not() {
    let lost = Some(Code::ClaimFenced);
    for (end, code) in [("release", None), ("takeover", lost), ("revoked", lost), ("revoked and removed", lost)] {
        let (mut world, alice, bob) = cast();
        let facts = work(&alice, PATHS);
        let (claim, request) = world.ask(&alice, &facts, PATHS);
        world.answer(&Actor::named("olga"), &request, Answer::Approve);
        match end {
            "release" => drop(world.ok(&alice, &[take_away(&claim)])),
            "revoked" | "revoked and removed" => {
                let nora = Actor::named("nora");
                world.ok(&nora, &[put(&Claim { rev: 2, revoked_by: Some(nora.id.clone()), ..claim.clone() })]);
                if end == "revoked and removed" {
                    world.ok(&nora, &[take_away(&claim)]);
                }
            }
            _ => {
                world.pass(3_600);
                let taken = world.draft_claim(&bob, PATHS);
                world.ok(&bob, &[take_away(&claim), put(&taken)]);
            }
        }
        match code {
            Some(code) => {
                Gate::of(&world).blocks(&facts, &request, code);
                let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
                let lost = format!("{} of {} was ", claim.id, alice.id);
                assert!(found(&verdict, "claims held")[1].starts_with(&lost), "{verdict:#?}");
            }
            None => Gate::of(&world).allows(&facts, &request),
        }
    }
}

/// S10, with legal twin: whoever replaced its claim is told which one was lost.
#[test]
fn replaced_claim_covers_as_long_as_what_came_in_its_place() {
    let (mut world, alice, bob) = cast();
    let facts = work(&alice, PATHS);
    let (first, request) = world.approved(&alice, &facts, PATHS);
    let second = world.draft_claim(&alice, &["src/"]);
    world.ok(&alice, &[take_away(&first), put(&second)]);
    Gate::of(&world).allows(&facts, &request);
    world.pass(3_600);
    let taken = world.draft_claim(&bob, PATHS);
    world.ok(&bob, &[take_away(&second), put(&taken)]);
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    let lost = format!("{} was replaced, and {} of {} was taken over", first.id, second.id, alice.id);
    assert_eq!(found(&verdict, "claims held")[1..], [lost]);
}

/// P4, S10: the tokens that land on a path strictly increase.
#[test]
fn released_claim_does_not_land_after_a_later_one_did() {
    for list in [true, false] {
        let (mut world, alice, bob) = cast();
        let facts = work_from("next", "late", &alice, PATHS);
        let (claim, request) = world.ask(&alice, &facts, PATHS);
        world.answer(&Actor::named("olga"), &request, Answer::Approve);
        world.ok(&alice, &[take_away(&claim)]);
        let other = work_from("base", "next", &bob, PATHS);
        let (_, theirs) = world.ask(&bob, &other, &["src/"]);
        // Alice held the path since the base, so dave, of her vendor, would not do (S16).
        world.answer(&Actor::named("nora"), &theirs, Answer::Approve);
        Gate::of(&world).allows(&other, &theirs);
        Gate::of(&world).allows(&facts, &request);
        let landed = world.draft_landing(&theirs, &other);
        // A landing of too many paths lists none; what its claim covers has landed then.
        let landed = Landed { paths: landed.paths.clone().filter(|_| list), ..landed };
        world.ok(&Actor::named("hub"), &world.landing_edits(&landed));
        Gate::of(&world).blocks(&facts, &request, Code::ClaimFenced);
    }
}

/// S10: tokens are of one ref; what landed on another one under a later claim fences nobody here.
#[test]
fn later_claim_that_landed_on_another_ref_fences_nothing() {
    let (mut world, alice, bob) = cast();
    let facts = work(&alice, PATHS);
    let (claim, request) = world.ask(&alice, &facts, PATHS);
    world.answer(&Actor::named("olga"), &request, Answer::Approve);
    world.ok(&alice, &[take_away(&claim)]);
    let release = RefName::parse("refs/heads/release/1").unwrap();
    let (other, later) = (work(&bob, PATHS), world.claim(&bob, &["src/"]));
    let theirs = world.draft_request(&bob, &release, &other, &[&later]);
    world.ok(&bob, &[put(&theirs)]);
    world.answer(&Actor::named("nora"), &theirs, Answer::Approve);
    let landed = Landed { paths: None, ..world.draft_landing(&theirs, &other) };
    world.ok(&Actor::named("hub"), &world.landing_edits(&landed));
    Gate::of(&world).allows(&facts, &request);
}

/// S10: whoever works on what somebody else holds is not covered by citing that claim.
#[test]
fn claim_of_somebody_who_did_not_do_the_work_does_not_cover_it() {
    let (mut world, alice, bob) = cast();
    let theirs = world.claim(&bob, PATHS);
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&theirs]);
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ClaimOverlap);
    let mut claimed: Vec<SegmentFacts> = vec![facts.clone(), facts.clone()];
    // Anybody can write a co-author line, and sign something else in the range.
    claimed[0].commits[0].co_authors.push(bob.id.to_string());
    claimed[1].commits.push(signed("elsewhere", &bob, &["src/b.rs"]));
    for facts in &claimed {
        Gate::of(&world).blocks(facts, &request, Code::ClaimOverlap);
    }
    // Each who worked on a path holds it, or held it.
    let mut both = facts.clone();
    both.commits.push(signed("on it", &bob, PATHS));
    Gate::of(&world).blocks(&both, &request, Code::ClaimOverlap);
    let mut theirs_alone = facts;
    theirs_alone.commits = vec![signed("on it", &bob, PATHS)];
    Gate::of(&world).allows(&theirs_alone, &request);
}

#[test]
fn claim_that_still_waits_covers_nothing() {
    let (mut world, alice, bob) = cast();
    world.claim(&bob, &["src/"]);
    let waiting: Claim = world.queue(&alice, PATHS);
    let facts = work(&alice, PATHS);
    let request = world.draft_request(&alice, &main_ref(), &facts, &[&waiting]);
    world.ok(&alice, &[put(&request)]);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ClaimFenced);
}

/// S10: whoever merged worked on what the merge took over from one side, and holds it; the claim of another is no cover.
#[test]
fn path_that_a_merge_took_over_is_held_by_whoever_merged() {
    for (merging, allowed) in [("alice", false), ("bob", true)] {
        let (mut world, alice, bob) = cast();
        let merging = Actor::named(merging);
        let paths = &["src/a.rs", "src/b.rs"];
        let (ours, theirs) = (world.claim(&alice, &["src/a.rs"]), world.claim(&bob, &["src/b.rs"]));
        let mut facts = work(&alice, paths);
        facts.commits = vec![
            signed("ours", &alice, &["src/a.rs"]),
            signed("theirs", &bob, &["src/c.rs"]),
            merge("merge", &merging, &[]),
        ];
        let request = world.draft_request(&alice, &main_ref(), &facts, &[&ours, &theirs]);
        world.ok(&alice, &[put(&request)]);
        world.answer(&Actor::named("nora"), &request, Answer::Approve);
        match allowed {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::ClaimOverlap),
        }
    }
}

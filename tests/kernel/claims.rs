//! Claims: who gets what, for how long, and who waits.

use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::RecordPath;
use git_coord::model::Resource;
use git_coord::model::Span;
use git_coord::rules::Code;
use git_coord::rules::Ending;
use git_coord::rules::waits_for;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;

fn cast() -> (World, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"))
}

/// Returns the claim with the next `rev`.
fn next(claim: &Claim) -> Claim {
    Claim { rev: claim.rev + 1, ..claim.clone() }
}

/// Returns the claim as somebody revokes it.
fn revoked(claim: &Claim, by: &Actor) -> Claim {
    Claim { revoked_by: Some(by.id.clone()), ..next(claim) }
}

/// LEASE-1, S8, with legal twin
#[test]
fn second_claim_on_the_same_path_is_refused_and_names_the_holder() {
    let (mut world, alice, bob) = cast();
    let height = world.state().height;
    let held = world.claim(&alice, &["src/a.rs"]);
    let late = world.draft_claim(&bob, &["src/a.rs"]);
    let refusal = world.refuse(&bob, &[put(&late)], Code::ClaimHeld);
    let [obstacle] = refusal.obstacles.as_slice() else { panic!("one stands in the way") };
    assert_eq!((&obstacle.claim, &obstacle.holder, obstacle.token), (&held.id, &alice.id, Some(height)));
    assert_eq!(refusal.message, format!("`src/a.rs` is held by `{}` (token {height})", alice.id));
    world.claim(&bob, &["src/b.rs"]);
}

/// Whoever is in its own way replaces its claim; whoever is in the way of others waits or asks them.
#[test]
fn refused_claim_is_told_how_many_stand_in_its_way_and_whether_they_are_its_own() {
    let (mut world, alice, bob) = cast();
    let nora = Actor::named("nora");
    let height = world.state().height;
    let own = world.claim(&alice, &["src/a.rs"]);
    world.claim(&bob, &["src/b.rs"]);
    let mut message = |who: &Actor, paths: &[&str]| {
        let claim = world.draft_claim(who, paths);
        world.refuse(who, &[put(&claim)], Code::ClaimHeld).message
    };
    let by_alice = format!("`src/a.rs` is held by `{}` (token {height})", alice.id);
    assert_eq!(message(&nora, &["src/a.rs", "docs/"]), by_alice);
    assert_eq!(message(&nora, &["src/"]), format!("{by_alice} and 1 more stand in the way"));
    let overlaps =
        format!("it overlaps your own {}; remove that in the same entry and claim the ground of both", own.id);
    assert_eq!(message(&alice, &["src/a.rs", "docs/"]), overlaps);
    // Replacing its own would not be enough.
    assert_eq!(message(&alice, &["src/"]), format!("{by_alice} and 1 more stand in the way"));
    world.queue(&bob, &["src/a*.rs"]);
    let late = world.draft_claim(&nora, &["src/ab.rs"]);
    let refusal = world.refuse(&nora, &[put(&late)], Code::ClaimHeld);
    assert_eq!(refusal.message, format!("`{}` waits for `src/a*.rs` already", bob.id));
}

/// LEASE-7, S9, with legal twin
#[test]
fn overlap_is_found_through_patterns_case_and_normalisation() {
    for (held, asked) in [
        ("src/**", "src/a.rs"),
        ("src/", "src/x/y.rs"),
        ("src/a*.rs", "src/*b.rs"),
        ("SRC/a.rs", "src/A.RS"),
        ("docs/caf\u{e9}.md", "docs/cafe\u{301}.md"),
    ] {
        let (mut world, alice, bob) = cast();
        world.claim(&alice, &[held]);
        let claim = world.draft_claim(&bob, &[asked]);
        world.refuse(&bob, &[put(&claim)], Code::ClaimHeld);
    }
    let (mut world, alice, bob) = cast();
    world.claim(&alice, &["src/*.rs"]);
    world.claim(&bob, &["src/x/*.rs", "src/*.toml"]);
}

/// LEASE-7, S5, with legal twin
#[test]
fn conflicting_claims_of_one_entry_are_refused() {
    let (mut world, alice, _) = cast();
    let one = world.draft_claim(&alice, &["src/**"]);
    let other = world.draft_claim(&alice, &["src/a.rs"]);
    world.refuse(&alice, &[put(&one), put(&other)], Code::ClaimOverlap);
    let apart = world.draft_claim(&alice, &["tests/a.rs"]);
    world.ok(&alice, &[put(&one), put(&apart)]);
}

#[test]
fn resources_conflict_by_name_and_shared_claims_only_with_exclusive_ones() {
    let (mut world, alice, bob) = cast();
    let resource = |name: &str| vec![Resource::parse(name).unwrap()];
    let port = Claim { resources: resource("port:8080"), paths: Vec::new(), ..world.draft_claim(&alice, &["x"]) };
    world.ok(&alice, &[put(&port)]);
    let same = Claim { resources: resource("port:8080"), paths: Vec::new(), ..world.draft_claim(&bob, &["x"]) };
    world.refuse(&bob, &[put(&same)], Code::ClaimHeld);
    world.ok(&bob, &[put(&Claim { resources: resource("port:8081"), ..same })]);

    let shared =
        |world: &mut World, who: &Actor| Claim { mode: ClaimMode::Shared, ..world.draft_claim(who, &["src/"]) };
    let (one, other) = (shared(&mut world, &alice), shared(&mut world, &bob));
    world.ok(&alice, &[put(&one)]);
    world.ok(&bob, &[put(&other)]);
    let exclusive = world.draft_claim(&bob, &["src/a.rs"]);
    world.refuse(&bob, &[put(&exclusive)], Code::ClaimHeld);
}

/// A claim is all or nothing.
#[test]
fn claim_of_which_one_path_is_taken_gets_none() {
    let (mut world, alice, bob) = cast();
    world.claim(&alice, &["src/a.rs"]);
    let both = world.draft_claim(&bob, &["src/a.rs", "src/b.rs"]);
    world.refuse(&bob, &[put(&both)], Code::ClaimHeld);
    world.claim(&alice, &["src/b.rs"]);
}

/// LEASE-6, with legal twin
#[test]
fn expiry_lies_after_the_entry_and_within_the_longest_time() {
    let (mut world, alice, _) = cast();
    let longest = world.now + Span::from_s(4 * 3_600);
    for expires in [world.now, world.now - Span::from_s(1), longest + Span::from_s(1), longest + Span::MAX] {
        let claim = Claim { expires, ..world.draft_claim(&alice, &["src/a.rs"]) };
        world.refuse(&alice, &[put(&claim)], Code::ClaimTtl);
    }
    let claim = Claim { expires: longest, ..world.draft_claim(&alice, &["src/a.rs"]) };
    world.ok(&alice, &[put(&claim)]);
    world.refuse(&alice, &[put(&Claim { expires: longest + Span::from_s(1), ..next(&claim) })], Code::ClaimTtl);
    world.pass(60);
    world.ok(&alice, &[put(&Claim { expires: longest + Span::from_s(60), ..next(&claim) })]);
}

/// LEASE-6, PARSE-4, with legal twin: times that are none are not even read.
#[test]
fn expiry_that_is_no_time_is_refused() {
    let (mut world, alice, _) = cast();
    let claim = world.draft_claim(&alice, &["src/a.rs"]);
    let good = put(&claim);
    let written = good.text.clone().unwrap();
    let line = written.lines().find(|line| line.starts_with("expires")).unwrap().to_owned();
    for bad in ["nan", "-1", "0", "99999999999999999999", "\"2027-01-15T08:30:00Z\"", "2027-01-15T08:30:60Z", "inf"] {
        let text = Some(written.replace(&line, &format!("expires = {bad}")));
        world.refuse(&alice, &[git_coord::ledger::Edit { text, ..good.clone() }], Code::RecordParse);
    }
    world.ok(&alice, &[good]);
}

/// LEASE-9, with legal twin
#[test]
fn principal_has_a_bounded_number_of_claims_queued_ones_included() {
    let (mut world, alice, bob) = cast();
    let first = world.claim(&alice, &["src/0.rs"]);
    for index in 1..4 {
        world.claim(&alice, &[&format!("src/{index}.rs")]);
    }
    world.claim(&bob, &["docs/"]);
    world.queue(&alice, &["docs/a.md"]);
    let sixth = world.draft_claim(&alice, &["src/6.rs"]);
    world.refuse(&alice, &[put(&sixth)], Code::ClaimQuota);
    world.ok(&alice, &[take_away(&first), put(&sixth)]);
}

/// LEASE-9, LEASE-4, with legal twin: squatting may be ended by a role.
#[test]
fn claim_is_revoked_only_with_the_right() {
    let (mut world, alice, bob) = cast();
    let nora = Actor::named("nora");
    let claim = world.claim(&alice, &["src/"]);
    world.refuse(&bob, &[take_away(&claim)], Code::RecordOwner);
    world.refuse(&bob, &[put(&revoked(&claim, &bob))], Code::RecordOwner);
    world.refuse(&alice, &[put(&revoked(&claim, &alice))], Code::RecordRight);
    // Revoking and taking are two steps: nobody takes what is held.
    let own = world.draft_claim(&nora, &["src/"]);
    world.refuse(&nora, &[take_away(&claim), put(&own)], Code::ClaimHeld);
    world.ok(&nora, &[put(&revoked(&claim, &nora))]);
    world.ok(&nora, &[take_away(&claim)]);
    assert_eq!(world.state().tombstones[&claim.id].ending, Ending::Revoked);
    // LEASE-4: what was lost does not come back.
    world.refuse(&alice, &[put(&claim)], Code::ClaimFenced);
    world.claim(&alice, &["src/"]);
}

/// S6: a stale checkout lacks what came meanwhile; that somebody may revoke does not make it a wish to.
#[test]
fn absence_of_somebody_elses_claim_is_no_revocation() {
    let (mut world, alice, _) = cast();
    let nora = Actor::named("nora");
    let claim = world.claim(&alice, &["src/"]);
    let own = world.draft_claim(&nora, &["docs/"]);
    world.refuse(&nora, &[take_away(&claim)], Code::RecordOwner);
    world.refuse(&nora, &[take_away(&claim), put(&own)], Code::RecordOwner);
    world.ok(&nora, &[put(&own)]);
    world.ok(&nora, &[put(&revoked(&claim, &nora))]);
    world.ok(&nora, &[take_away(&claim)]);
}

#[test]
fn revoked_claim_is_nobodys_to_change_and_everybodys_to_remove() {
    let (mut world, alice, bob) = cast();
    let nora = Actor::named("nora");
    let claim = world.claim(&alice, &["src/"]);
    let with_more = Claim { intent: text("Other words"), ..revoked(&claim, &nora) };
    world.refuse(&nora, &[put(&with_more)], Code::RecordOwner);
    world.refuse(&nora, &[put(&revoked(&claim, &bob))], Code::RecordOwner);
    let marked = revoked(&claim, &nora);
    world.ok(&nora, &[put(&marked)]);
    world.refuse(&alice, &[put(&Claim { revoked_by: None, ..next(&marked) })], Code::ClaimFenced);
    world.refuse(
        &alice,
        &[put(&Claim { expires: claim.expires + Span::from_s(60), ..next(&marked) })],
        Code::ClaimFenced,
    );
    world.refuse(&nora, &[put(&Claim { revoked_by: None, ..next(&marked) })], Code::RecordOwner);
    let own = world.draft_claim(&bob, &["src/"]);
    world.refuse(&bob, &[put(&own)], Code::ClaimHeld);
    world.ok(&bob, &[take_away(&claim), put(&own)]);
    assert_eq!(world.state().tombstones[&claim.id].ending, Ending::Revoked);
    // Whoever gives back what was taken away has not released it.
    let again = world.claim(&alice, &["docs/"]);
    world.ok(&nora, &[put(&revoked(&again, &nora))]);
    world.ok(&alice, &[take_away(&again)]);
    assert_eq!(world.state().tombstones[&again.id].ending, Ending::Revoked);
}

#[test]
fn claim_that_is_revoked_while_it_waits_is_not_granted() {
    let (mut world, alice, bob) = cast();
    let nora = Actor::named("nora");
    let first = world.claim(&alice, &["src/"]);
    let waiting = world.queue(&bob, &["src/"]);
    let behind = world.queue(&nora, &["src/a.rs"]);
    world.ok(&nora, &[put(&revoked(&waiting, &nora))]);
    world.ok(&alice, &[take_away(&first)]);
    assert_eq!((world.lease(&waiting.id).held, world.lease(&behind.id).held), (None, None));
    world.ok(&nora, &[take_away(&waiting)]);
    assert!(world.lease(&behind.id).held.is_some());
}

/// LEASE-2, with legal twin
#[test]
fn takeover_waits_for_expiry_and_grace_and_gets_a_higher_token() {
    let (mut world, alice, bob) = cast();
    let old = world.claim(&alice, &["src/"]);
    let token = world.lease(&old.id).held.unwrap().token;
    world.pass(1_800 + 119);
    let early = world.draft_claim(&bob, &["src/a.rs"]);
    world.refuse(&bob, &[take_away(&old), put(&early)], Code::ClaimHeld);
    world.refuse(&bob, &[put(&early)], Code::ClaimHeld);
    world.pass(1);
    // Removing without taking is not anybody's business.
    world.refuse(&bob, &[take_away(&old)], Code::RecordOwner);
    let elsewhere = world.draft_claim(&bob, &["docs/"]);
    world.refuse(&bob, &[take_away(&old), put(&elsewhere)], Code::RecordOwner);
    world.refuse(&bob, &[put(&early)], Code::ClaimHeld);
    world.ok(&bob, &[take_away(&old), put(&early)]);
    assert!(world.lease(&early.id).held.unwrap().token > token);
}

/// LEASE-3, LEASE-4
#[test]
fn holder_that_was_taken_over_cannot_renew_or_revive() {
    let (mut world, alice, bob) = cast();
    let old = world.claim(&alice, &["src/"]);
    world.pass(3_600);
    let taken = world.draft_claim(&bob, &["src/"]);
    world.ok(&bob, &[take_away(&old), put(&taken)]);
    let renewed = Claim { expires: world.now + Span::from_s(600), ..next(&old) };
    world.refuse(&alice, &[put(&renewed)], Code::ClaimFenced);
    world.refuse(&alice, &[put(&Claim { rev: 1, ..renewed })], Code::ClaimFenced);
    world.refuse(&alice, &[take_away(&taken)], Code::RecordOwner);
    world.refuse(&alice, &[put(&Claim { holder: alice.id.clone(), ..next(&taken) })], Code::RecordOwner);
    world.claim(&alice, &["docs/"]);
}

/// LEASE-3, LEASE-4, legal twin: expiry makes a claim takeable, not void.
#[test]
fn uncontended_holder_renews_after_expiry() {
    let (mut world, alice, bob) = cast();
    let claim = world.claim(&alice, &["src/"]);
    world.pass(7_200);
    let renewed = Claim { expires: world.now + Span::from_s(600), ..next(&claim) };
    world.refuse(&bob, &[put(&renewed)], Code::RecordOwner);
    world.ok(&alice, &[put(&renewed)]);
    let other = world.draft_claim(&bob, &["src/"]);
    world.refuse(&bob, &[take_away(&claim), put(&other)], Code::ClaimHeld);
}

/// LED-17, S6, with legal twin
#[test]
fn revert_by_a_stale_checkout_is_refused() {
    let (mut world, alice, _) = cast();
    let claim = world.claim(&alice, &["src/"]);
    let renewed = Claim { expires: claim.expires + Span::from_s(600), ..next(&claim) };
    world.ok(&alice, &[put(&renewed)]);
    world.refuse(&alice, &[put(&claim)], Code::RecordRev);
    world.refuse(&alice, &[put(&Claim { rev: 4, ..claim.clone() })], Code::RecordRev);
    world.ok(&alice, &[put(&Claim { rev: 3, ..claim })]);
}

#[test]
fn claim_is_narrowed_never_widened() {
    let (mut world, alice, _) = cast();
    let claim = world.claim(&alice, &["src/", "tests/a.rs"]);
    let with = |paths: &[&str], rev| Claim { rev, paths: patterns(paths), ..claim.clone() };
    world.refuse(&alice, &[put(&with(&["src/", "tests/"], 2))], Code::RecordField);
    world.refuse(&alice, &[put(&with(&["**"], 2))], Code::RecordField);
    world.ok(&alice, &[put(&with(&["src/a/**", "src/b.rs"], 2))]);
    world.refuse(&alice, &[put(&with(&["src/"], 3))], Code::RecordField);
    let shared = Claim { mode: ClaimMode::Shared, ..with(&["src/b.rs"], 3) };
    world.ok(&alice, &[put(&shared)]);
    world.refuse(&alice, &[put(&with(&["src/b.rs"], 4))], Code::RecordField);
    world.ok(&alice, &[put(&Claim { intent: text("Other words"), ..next(&shared) })]);
}

/// With legal twin: so it is with resources.
#[test]
fn claim_gives_resources_back_and_takes_no_more() {
    let (mut world, alice, _) = cast();
    let resources = |names: &[&str]| names.iter().map(|name| Resource::parse(name).unwrap()).collect::<Vec<_>>();
    let claim = Claim { resources: resources(&["port:1", "port:2"]), ..world.draft_claim(&alice, &["src/"]) };
    world.ok(&alice, &[put(&claim)]);
    let less = Claim { resources: resources(&["port:1"]), ..next(&claim) };
    world.ok(&alice, &[put(&less)]);
    for wider in [&["port:2"][..], &["port:1", "port:2"]] {
        world.refuse(&alice, &[put(&Claim { resources: resources(wider), ..next(&less) })], Code::RecordField);
    }
}

/// S8, with legal twin: a claim is waited for by those behind it, and by none before it, nor where it is in nobody's way.
#[test]
fn claim_is_waited_for_by_those_behind_it() {
    let (mut world, alice, bob) = cast();
    let (first, apart) = (world.claim(&alice, &["src/"]), world.claim(&alice, &["docs/"]));
    let second = world.queue(&bob, &["src/a.rs"]);
    let waits = |claim: &Claim| waits_for(world.state(), world.lease(&claim.id));
    assert_eq!([&first, &second, &apart].map(waits), [true, false, false]);
}

/// What a claim is for is said once: each of these alone would make it another claim.
#[test]
fn claim_keeps_its_queue_task_and_mission() {
    let (mut world, alice, _) = cast();
    let claim = world.claim(&alice, &["src/"]);
    for changed in [
        Claim { contention: Contention::Queue, ..next(&claim) },
        Claim { task: Some(name("another")), ..next(&claim) },
        Claim { mission: Some(name("another")), ..next(&claim) },
    ] {
        world.refuse(&alice, &[put(&changed)], Code::RecordField);
    }
    world.ok(&alice, &[put(&Claim { branch: Some(text("topic")), ..next(&claim) })]);
}

/// S7
#[test]
fn only_the_named_receiver_takes_an_offered_claim_and_only_by_its_own() {
    let (mut world, alice, bob) = cast();
    let nora = Actor::named("nora");
    let claim = world.claim(&alice, &["src/"]);
    let early = world.draft_claim(&bob, &["src/"]);
    world.refuse(&bob, &[take_away(&claim), put(&early)], Code::ClaimHeld);
    let offered = Claim { offered_to: Some(bob.id.clone()), ..next(&claim) };
    world.refuse(&bob, &[put(&offered)], Code::RecordOwner);
    world.ok(&alice, &[put(&offered)]);
    let grab = world.draft_claim(&nora, &["src/"]);
    world.refuse(&nora, &[take_away(&claim), put(&grab)], Code::ClaimHeld);
    world.refuse(&bob, &[take_away(&claim)], Code::RecordOwner);
    let token = world.lease(&claim.id).held.unwrap().token;
    world.ok(&bob, &[take_away(&claim), put(&early)]);
    assert!(world.lease(&early.id).held.unwrap().token > token);
    world.refuse(&alice, &[put(&offered)], Code::ClaimFenced);
}

#[test]
fn id_that_was_released_is_not_used_again() {
    let (mut world, alice, _) = cast();
    let claim = world.claim(&alice, &["src/"]);
    world.ok(&alice, &[take_away(&claim)]);
    world.refuse(&alice, &[put(&claim)], Code::RecordId);
    world.claim(&alice, &["src/"]);
}

#[test]
fn claim_begins_at_its_first_rev_and_unoffered() {
    let (mut world, alice, bob) = cast();
    let claim = world.draft_claim(&alice, &["src/"]);
    world.refuse(&alice, &[put(&Claim { rev: 2, ..claim.clone() })], Code::RecordRev);
    world.refuse(&alice, &[put(&Claim { offered_to: Some(bob.id.clone()), ..claim.clone() })], Code::RecordRev);
    world.refuse(&alice, &[put(&Claim { revoked_by: Some(bob.id.clone()), ..claim.clone() })], Code::RecordRev);
    world.ok(&alice, &[put(&claim)]);
}

/// S8: whoever is revoked holds nobody up.
#[test]
fn claims_of_a_revoked_holder_are_removable_at_once() {
    let (mut world, alice, bob) = cast();
    let maria = Actor::named("maria");
    let claim = world.claim(&alice, &["src/"]);
    world.refuse(&bob, &[take_away(&claim)], Code::RecordOwner);
    let revoked =
        git_coord::model::Principal { status: git_coord::model::Standing::Revoked, ..world.next_record(&alice) };
    world.ok(&maria, &[put(&revoked)]);
    let own = world.draft_claim(&bob, &["src/"]);
    world.ok(&bob, &[take_away(&claim), put(&own)]);
}

#[test]
fn where_released_work_went_is_remembered() {
    let (mut world, alice, _) = cast();
    let claim = world.claim(&alice, &["src/"]);
    world.append(&alice, &[take_away(&claim)], "Release\n\nCoord-Branch: topic\nCoord-Note: done").unwrap();
    let stone = &world.state().tombstones[&claim.id];
    assert_eq!((stone.left.branch.as_deref(), stone.left.note.as_deref()), (Some("topic"), Some("done")));
    assert!(world.state().claims.is_empty() && RecordPath::Claim(claim.id).to_string().starts_with("claims/"));
    // A branch or a commit is where somebody finds it; a note is not.
    for (told, is_empty) in
        [("Coord-Branch: topic", false), ("Coord-Commit: 1234567", false), ("Coord-Note: done", true)]
    {
        let claim = world.claim(&alice, &["src/"]);
        world.append(&alice, &[take_away(&claim)], &format!("Release\n\n{told}")).unwrap();
        assert_eq!(world.state().tombstones[&claim.id].left.is_empty(), is_empty, "{told}");
    }
}

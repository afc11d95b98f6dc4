//! How principals change: keys, status, suspicion, and who may do what to whom.

use git_coord::model::Landed;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordPath;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::Trust;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;

fn cast() -> (World, Actor, Actor, Actor) {
    (World::new(), Actor::named("maria"), Actor::named("nora"), Actor::named("alice"))
}

/// Returns a world with two root members, both of whom are needed.
fn two_roots() -> (World, Actor, Actor) {
    let two = |policy: &str| policy.replace("threshold = 1", "threshold = 2");
    (World::with_roots(&["maria", "mike"], two), Actor::named("maria"), Actor::named("mike"))
}

fn with_status(world: &World, who: &Actor, status: Standing) -> Principal {
    Principal { status, ..world.next_record(who) }
}

/// LED-4: a record is never removed, and never rewritten by somebody who changes nothing that it may.
#[test]
fn principal_is_neither_removed_nor_rewritten_by_others() {
    let (mut world, maria, _, alice) = cast();
    let bob = Actor::named("bob");
    for who in [&maria, &alice, &bob] {
        world.refuse(who, &[remove(RecordPath::Principal(alice.id.clone()))], Code::PrincipalStatus);
    }
    world.refuse(&bob, &[put(&world.next_record(&alice))], Code::RecordOwner);
    world.refuse(&maria, &[put(&world.next_record(&alice))], Code::RecordOwner);
    world.ok(&alice, &[put(&world.next_record(&alice))]);
}

#[test]
fn capabilities_are_the_principals_own() {
    let (mut world, maria, _, alice) = cast();
    let able = Principal { capabilities: vec![name("rust")], ..world.next_record(&alice) };
    world.refuse(&maria, &[put(&able)], Code::RecordOwner);
    world.ok(&alice, &[put(&able)]);
}

/// S6
#[test]
fn each_change_raises_rev_by_one() {
    let (mut world, _, _, alice) = cast();
    let record = world.next_record(&alice);
    world.refuse(&alice, &[put(&Principal { rev: 3, ..record.clone() })], Code::RecordRev);
    world.refuse(
        &alice,
        &[put(&Principal { rev: 1, capabilities: vec![name("x")], ..record.clone() })],
        Code::RecordRev,
    );
    world.ok(&alice, &[put(&record)]);
}

/// KEY-4, S7, with legal twin
#[test]
fn key_is_rotated_by_its_owner_and_the_new_key_signs_for_it() {
    let (mut world, maria, _, alice) = cast();
    let new = alice.rekeyed("alice 2");
    let record = world.rotated(&alice, &new);
    world.refuse(&maria, &[put(&record)], Code::RecordOwner);
    world.refuse(&Actor::named("bob"), &[put(&record)], Code::RecordOwner);
    world.refuse(&alice, &[put(&Principal { rotation: None, ..record.clone() })], Code::SignatureBad);
    let foreign = world.rotated(&Actor::named("bob"), &new).rotation;
    world.refuse(&alice, &[put(&Principal { rotation: foreign, ..record.clone() })], Code::SignatureBad);
    let by_old = Some(alice.secret().sign("coord-key", b"x"));
    world.refuse(&alice, &[put(&Principal { rotation: by_old, ..record.clone() })], Code::SignatureBad);
    let known = world.rotated(&alice, &Actor::named("bob"));
    world.refuse(&alice, &[put(&known)], Code::KeyReused);
    world.ok(&alice, &[put(&record)]);
    // The old key is the principal's for ever, and signs no more.
    let claim = world.draft_claim(&alice, &["src/"]);
    world.refuse(&alice, &[put(&claim)], Code::KeyRevoked);
    world.ok(&new, &[put(&claim)]);
    let back = world.rotated(&new, &alice);
    world.refuse(&new, &[put(&back)], Code::KeyReused);
    world.refuse(&new, &[put(&Principal { rotation: None, ..world.next_record(&new) })], Code::RecordField);
}

/// S15, KEY-2, with legal twin: a thief would shut its owner out of its place.
#[test]
fn suspect_key_is_not_rotated() {
    let (mut world, maria, _, alice) = cast();
    let suspect = |world: &World, since| Principal { suspect_since: since, ..world.next_record(&alice) };
    let since = world.state().height;
    world.ok(&maria, &[put(&suspect(&world, Some(since)))]);
    let new = alice.rekeyed("alice 2");
    let record = world.rotated(&alice, &new);
    world.refuse(&alice, &[put(&record)], Code::KeySuspect);
    // Nor does it get rid of the suspicion along with the key.
    world.refuse(&alice, &[put(&Principal { suspect_since: None, ..record })], Code::KeySuspect);
    world.ok(&maria, &[put(&suspect(&world, None))]);
    let record = world.rotated(&alice, &new);
    world.ok(&alice, &[put(&record)]);
    // A suspicion is of the principal: it goes back before the new key, and takes that along.
    world.ok(&maria, &[put(&suspect(&world, Some(since)))]);
    let next = world.rotated(&new, &alice.rekeyed("alice 3"));
    world.refuse(&new, &[put(&next)], Code::KeySuspect);
}

/// S15
#[test]
fn principal_only_ever_steps_down_by_itself() {
    let (mut world, maria, _, alice) = cast();
    let bob = Actor::named("bob");
    world.refuse(&bob, &[put(&with_status(&world, &alice, Standing::Suspended))], Code::RecordRight);
    world.refuse(&Actor::named("nora"), &[put(&with_status(&world, &alice, Standing::Revoked))], Code::RecordRight);
    world.ok(&alice, &[put(&with_status(&world, &alice, Standing::Suspended))]);
    // Whoever is suspended does nothing, not even to itself.
    world.refuse(&alice, &[put(&with_status(&world, &alice, Standing::Active))], Code::KeyRevoked);
    world.ok(&maria, &[put(&with_status(&world, &alice, Standing::Active))]);
    world.ok(&alice, &[put(&with_status(&world, &alice, Standing::Revoked))]);
    world.refuse(&maria, &[put(&with_status(&world, &alice, Standing::Active))], Code::PrincipalStatus);
    world.refuse(&maria, &[put(&with_status(&world, &alice, Standing::Suspended))], Code::PrincipalStatus);
}

/// KEY-2, with legal twin
#[test]
fn revoked_and_suspended_principals_do_not_act() {
    for (status, told) in [(Standing::Suspended, "suspended"), (Standing::Revoked, "revoked")] {
        let (mut world, maria, _, alice) = cast();
        let claim = world.claim(&alice, &["src/"]);
        world.ok(&maria, &[put(&with_status(&world, &alice, status))]);
        let other = world.draft_claim(&alice, &["docs/"]);
        let refusal = world.refuse(&alice, &[put(&other)], Code::KeyRevoked);
        assert_eq!(refusal.message, format!("`{}` is {told}", alice.id));
        world.refuse(&alice, &[take_away(&claim)], Code::KeyRevoked);
        world.claim(&Actor::named("bob"), &["docs/"]);
    }
}

/// POL-12, S15, with legal twin: one suspends another; revoking or reinstating takes more than one.
#[test]
fn one_root_member_suspends_another_and_no_more() {
    let (mut world, maria, mike) = two_roots();
    world.refuse(&maria, &[put(&with_status(&world, &mike, Standing::Revoked))], Code::PrincipalStatus);
    world.refuse(&Actor::named("nora"), &[put(&with_status(&world, &mike, Standing::Suspended))], Code::RecordRight);
    world.ok(&maria, &[put(&with_status(&world, &mike, Standing::Suspended))]);
    world.refuse(&maria, &[put(&with_status(&world, &mike, Standing::Active))], Code::PrincipalStatus);
    let alice = Actor::named("alice");
    world.ok(&maria, &[put(&with_status(&world, &alice, Standing::Suspended))]);
    world.refuse(&maria, &[put(&with_status(&world, &alice, Standing::Active))], Code::PrincipalStatus);
    world.ok(&maria, &[put(&with_status(&world, &alice, Standing::Revoked))]);
}

/// POL-11, S15, with legal twin: whoever is left can still decide.
#[test]
fn root_member_does_not_step_down_where_too_few_would_be_left() {
    for (roots, threshold, code) in [
        (&["maria"][..], "1", Some(Code::PrincipalStatus)),
        (&["maria", "mike"], "2", Some(Code::PrincipalStatus)),
        (&["maria", "mike"], "1", None),
        (&["maria", "mike", "zoe"], "2", None),
    ] {
        for status in [Standing::Suspended, Standing::Revoked] {
            let with = |policy: &str| policy.replace("threshold = 1", &format!("threshold = {threshold}"));
            let (mut world, maria) = (World::with_roots(roots, with), Actor::named("maria"));
            let edit = put(&with_status(&world, &maria, status));
            match code {
                Some(code) => drop(world.refuse(&maria, &[edit], code)),
                None => drop(world.ok(&maria, &[edit])),
            }
        }
    }
    // Nor where those who would be left do not act; and nobody else is bound.
    let mut world = World::with_roots(&["maria", "mike"], str::to_owned);
    let (maria, mike, alice) = (Actor::named("maria"), Actor::named("mike"), Actor::named("alice"));
    world.ok(&maria, &[put(&with_status(&world, &mike, Standing::Suspended))]);
    world.refuse(&maria, &[put(&with_status(&world, &maria, Standing::Revoked))], Code::PrincipalStatus);
    world.ok(&alice, &[put(&with_status(&world, &alice, Standing::Revoked))]);
}

/// S15
#[test]
fn suspicion_is_set_by_root_members_and_moves_only_earlier() {
    let (mut world, maria, _) = two_roots();
    let (carol, nora) = (Actor::named("carol"), Actor::named("nora"));
    let since = |world: &World, since| Principal { suspect_since: since, ..world.next_record(&carol) };
    for who in [&nora, &carol] {
        world.refuse(who, &[put(&since(&world, Some(5)))], Code::RecordRight);
    }
    world.ok(&maria, &[put(&since(&world, Some(5)))]);
    world.refuse(&maria, &[put(&since(&world, Some(6)))], Code::PrincipalStatus);
    world.refuse(&maria, &[put(&since(&world, None))], Code::PrincipalStatus);
    world.ok(&maria, &[put(&since(&world, Some(4)))]);
    let (mut alone, maria, ..) = cast();
    alone.ok(&maria, &[put(&since(&alone, Some(5)))]);
    alone.refuse(&maria, &[put(&since(&alone, Some(6)))], Code::PrincipalStatus);
    alone.ok(&maria, &[put(&since(&alone, None))]);
}

/// POL-9, with legal twin: taking rights from a root member would be a way to power as well.
#[test]
fn root_member_is_recast_by_root_members_only() {
    let (mut world, maria, mike) = two_roots();
    let nora = Actor::named("nora");
    for by in [&nora, &maria] {
        let record = Principal { role: name("security"), enrolled_by: by.id.clone(), ..world.next_record(&mike) };
        // By operators root members are counted.
        let recounted = Principal { operator: Some(name("x")), ..record.clone() };
        world.refuse(by, &[put(&recounted)], Code::PrincipalEscalation);
        if by.id == nora.id {
            world.refuse(by, &[put(&record)], Code::PrincipalEscalation);
        } else {
            world.ok(by, &[put(&record)]);
        }
    }
}

/// POL-9, with legal twin: nobody takes a role away that it could not give.
#[test]
fn enroller_does_not_recast_whoever_may_more_than_itself() {
    let (mut world, maria, _, _) = cast();
    let lead = Actor::named("lea");
    world.ok(&maria, &[put(&principal(&lead, PrincipalKind::Agent, "lead", &maria))]);
    for (who, code) in
        [("carol", Some(Code::PrincipalEscalation)), ("hub", Some(Code::PrincipalEscalation)), ("guest", None)]
    {
        let who = Actor::named(who);
        if who.id.name() == "guest" {
            let record = principal(&who, PrincipalKind::Agent, "guest", &lead);
            world.ok(&lead, &[put(&record)]);
        }
        let recast = Principal {
            role: name("guest"),
            operator: Some(name("mine")),
            enrolled_by: lead.id.clone(),
            ..world.next_record(&who)
        };
        match code {
            Some(code) => drop(world.refuse(&lead, &[put(&recast)], code)),
            None => drop(world.ok(&lead, &[put(&recast)])),
        }
    }
}

/// SIG-13, with legal twin: names in the commit are decoration; every entry here is by "Somebody".
#[test]
fn signer_is_who_holds_the_key_whatever_the_commit_says() {
    let (mut world, _, _, alice) = cast();
    let claim = world.draft_claim(&alice, &["src/"]);
    world.refuse(&Actor::named("bob"), &[put(&claim)], Code::RecordOwner);
    world.refuse(&Actor::named("nobody"), &[put(&claim)], Code::KeyUnknown);
    world.ok(&alice, &[put(&claim)]);
}

/// S15, KEY-2: a thief does not take back what it is suspected of, nor turn on the others.
#[test]
fn suspect_root_member_has_no_say_as_one() {
    let mut world = World::with_roots(&["maria", "mike"], str::to_owned);
    let [maria, mike, nora, olga, carol, new] = ["maria", "mike", "nora", "olga", "carol", "new"].map(Actor::named);
    let enrolled = |who: &Actor, by: &Actor| Principal {
        operator: Some(name("elsewhere")),
        ..principal(who, PrincipalKind::Agent, "reviewer", by)
    };
    world.ok(&nora, &[put(&enrolled(&new, &nora))]);
    let suspect = |world: &World, who: &Actor, since| Principal { suspect_since: since, ..world.next_record(who) };
    // Not yet: what is suspect from some later height on is not suspect now.
    let later = world.state().height + 2;
    world.ok(&mike, &[put(&suspect(&world, &maria, Some(later)))]);
    world.ok(&maria, &[put(&suspect(&world, &maria, None))]);
    let since = world.state().height;
    world.ok(&mike, &[put(&suspect(&world, &maria, Some(since)))]);
    for edit in [
        suspect(&world, &maria, None),
        suspect(&world, &mike, Some(0)),
        suspect(&world, &carol, Some(0)),
        with_status(&world, &mike, Standing::Suspended),
        with_status(&world, &carol, Standing::Revoked),
        Principal { confirmed_by: Some(maria.id.clone()), ..world.next_record(&new) },
    ] {
        world.refuse(&maria, &[put(&edit)], Code::KeySuspect);
    }
    let recast = Principal { role: name("guest"), enrolled_by: maria.id.clone(), ..world.next_record(&carol) };
    world.refuse(&maria, &[put(&recast)], Code::PrincipalEscalation);
    let adoption = world.draft_adoption(&main_ref(), object("tip"));
    world.refuse(&maria, &[put(&adoption)], Code::KeySuspect);
    // Whom it enrolls is whom any maintainer enrolls, and it disowns more of what it said.
    let other = Actor::named("other");
    world.ok(&maria, &[put(&enrolled(&other, &maria))]);
    assert_eq!(world.state().principal(&other.id).unwrap().trust, Trust::Provisional);
    world.ok(&maria, &[put(&suspect(&world, &maria, Some(since - 1)))]);
    // The twins: the other root member, and after it has cleared her she herself.
    world.ok(&mike, &[put(&recast_by(&world, &carol, &mike))]);
    world.ok(&mike, &[put(&suspect(&world, &maria, None))]);
    world.ok(&maria, &[put(&adoption_now(&world))]);
    world.ok(&olga, &[put(&Principal { confirmed_by: Some(olga.id.clone()), ..world.next_record(&new) })]);
    world.ok(&maria, &[put(&with_status(&world, &carol, Standing::Revoked))]);
}

fn recast_by(world: &World, whom: &Actor, by: &Actor) -> Principal {
    Principal { role: name("guest"), enrolled_by: by.id.clone(), ..world.next_record(whom) }
}

fn adoption_now(world: &World) -> Landed {
    world.draft_adoption(&main_ref(), object("tip"))
}

/// S15: where it is the only one, its suspicion is for good: nobody is left to clear it.
#[test]
fn only_root_member_disowns_itself_for_good() {
    let (mut world, maria, _, alice) = cast();
    let suspect = |world: &World, since| Principal { suspect_since: since, ..world.next_record(&maria) };
    let since = world.state().height;
    world.ok(&maria, &[put(&suspect(&world, Some(since)))]);
    world.refuse(&maria, &[put(&suspect(&world, None))], Code::KeySuspect);
    world.refuse(&maria, &[put(&suspect(&world, Some(since + 1)))], Code::PrincipalStatus);
    // Everything that is not for root goes on.
    world.claim(&alice, &["src/"]);
}

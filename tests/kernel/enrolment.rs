//! How principals come to be, and from when on their word counts.

use git_coord::model::Answer;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::Trust;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::write;

fn cast() -> (World, Actor, Actor, Actor) {
    (World::new(), Actor::named("maria"), Actor::named("nora"), Actor::named("new"))
}

fn agent(actor: &Actor, role: &str, by: &Actor) -> Principal {
    Principal {
        vendor: Some(name("mistral")),
        operator: Some(name("elsewhere")),
        ..principal(actor, PrincipalKind::Agent, role, by)
    }
}

/// S14
#[test]
fn root_members_word_counts_at_once_and_that_of_others_after_confirmation() {
    let (mut world, maria, nora, new) = cast();
    world.ok(&nora, &[put(&agent(&new, "reviewer", &nora))]);
    assert_eq!(world.state().principal(&new.id).unwrap().trust, Trust::Provisional);
    let other = Actor::named("other");
    world.ok(&maria, &[put(&agent(&other, "reviewer", &maria))]);
    assert_eq!(world.state().principal(&other.id).unwrap().trust, Trust::Confirmed);
}

#[test]
fn only_those_with_the_right_enroll_and_only_in_their_own_name() {
    let (mut world, _, nora, new) = cast();
    let alice = Actor::named("alice");
    world.refuse(&alice, &[put(&agent(&new, "builder", &alice))], Code::RecordRight);
    world.refuse(&nora, &[put(&agent(&new, "builder", &alice))], Code::RecordField);
    world.ok(&nora, &[put(&agent(&new, "builder", &nora))]);
}

/// POL-9, with legal twin
#[test]
fn nobody_grants_a_right_or_a_lane_that_it_lacks() {
    let (mut world, maria, nora, new) = cast();
    let lead = Actor::named("lea");
    world.ok(&maria, &[put(&agent(&lead, "lead", &maria))]);
    for role in ["reviewer", "security", "hub"] {
        let kind = if role == "hub" { PrincipalKind::Service } else { PrincipalKind::Agent };
        world.refuse(&lead, &[put(&Principal { kind, ..agent(&new, role, &lead) })], Code::PrincipalEscalation);
    }
    // `builder` may no more than `lead`, but in more lanes.
    world.refuse(&lead, &[put(&agent(&new, "builder", &lead))], Code::PrincipalEscalation);
    world.ok(&lead, &[put(&agent(&new, "guest", &lead))]);
    let hub = Principal { kind: PrincipalKind::Service, ..agent(&Actor::named("hub2"), "hub", &nora) };
    world.refuse(&nora, &[put(&hub)], Code::PrincipalEscalation);
    world.ok(&maria, &[put(&Principal { enrolled_by: maria.id.clone(), ..hub })]);
}

/// POL-9, with legal twin
#[test]
fn nobody_changes_its_own_role_vendor_operator_or_kind() {
    let (mut world, maria, nora, _) = cast();
    for who in [&maria, &nora, &Actor::named("alice")] {
        let record = world.next_record(who);
        let code = if who.id.name() == "alice" { Code::RecordRight } else { Code::PrincipalEscalation };
        for changed in [
            Principal { role: name("security"), ..record.clone() },
            Principal { vendor: Some(name("other")), ..record.clone() },
            Principal { operator: Some(name("other")), ..record.clone() },
            Principal { kind: PrincipalKind::Service, ..record.clone() },
        ] {
            world.refuse(who, &[put(&changed)], code);
        }
        world.ok(who, &[put(&Principal { capabilities: vec![name("rust")], ..record })]);
    }
}

#[test]
fn role_exists_and_suits_the_kind() {
    let (mut world, maria, _, new) = cast();
    world.refuse(&maria, &[put(&agent(&new, "wizard", &maria))], Code::PrincipalRole);
    world.refuse(&maria, &[put(&agent(&new, "maintainer", &maria))], Code::PrincipalRole);
    world.refuse(&maria, &[put(&agent(&new, "hub", &maria))], Code::PrincipalRole);
    let human = Principal { kind: PrincipalKind::Human, ..agent(&new, "builder", &maria) };
    world.refuse(&maria, &[put(&human)], Code::RecordField);
    world.ok(&maria, &[put(&Principal { vendor: None, ..human })]);
}

#[test]
fn principal_begins_active_unconfirmed_and_at_rev_one() {
    let (mut world, maria, nora, new) = cast();
    let record = agent(&new, "builder", &maria);
    world.refuse(&maria, &[put(&Principal { rev: 2, ..record.clone() })], Code::PrincipalStatus);
    world.refuse(&maria, &[put(&Principal { status: Standing::Suspended, ..record.clone() })], Code::PrincipalStatus);
    world.refuse(&maria, &[put(&Principal { confirmed_by: Some(nora.id), ..record.clone() })], Code::RecordField);
    world.refuse(&maria, &[put(&Principal { suspect_since: Some(1), ..record.clone() })], Code::RecordField);
    world.ok(&maria, &[put(&record)]);
}

/// S5
#[test]
fn enrolment_of_somebody_who_decides_stands_alone() {
    let (mut world, maria, _, new) = cast();
    let claim = world.draft_claim(&maria, &["docs/"]);
    world.refuse(&maria, &[put(&agent(&new, "reviewer", &maria)), put(&claim)], Code::EntryMixed);
    let hub = Principal { kind: PrincipalKind::Service, ..agent(&Actor::named("hub2"), "hub", &maria) };
    world.refuse(&maria, &[put(&hub), put(&claim)], Code::EntryMixed);
    world.ok(&maria, &[put(&agent(&new, "builder", &maria)), put(&claim)]);
}

/// KEY-3, with legal twin
#[test]
fn key_belongs_to_one_principal_for_ever() {
    let (mut world, maria, _, new) = cast();
    let alice = Actor::named("alice");
    let twice = Actor::from_seed("twin", "alice");
    world.refuse(&maria, &[put(&agent(&twice, "builder", &maria))], Code::KeyReused);
    world.ok(&maria, &[put(&Principal { status: Standing::Revoked, ..world.next_record(&alice) })]);
    world.refuse(&maria, &[put(&agent(&twice, "builder", &maria))], Code::KeyReused);
    let rotated = world.rotated(&Actor::named("bob"), &Actor::from_seed("bob", "bob 2"));
    world.ok(&Actor::named("bob"), &[put(&rotated)]);
    for seed in ["bob", "bob 2"] {
        let old = Actor::from_seed("late", seed);
        world.refuse(&maria, &[put(&agent(&old, "builder", &maria))], Code::KeyReused);
    }
    world.ok(&maria, &[put(&agent(&new, "builder", &maria))]);
}

/// SIG-7, SIG-9, with legal twin
#[test]
fn weak_and_foreign_keys_are_not_enrolled() {
    let (mut world, maria, _, new) = cast();
    // The neutral element and another point of small order; an RSA key.
    let mut weak = [0_u8; 32];
    weak[0] = 1;
    let zero = [0_u8; 32];
    let line = |point: &[u8; 32]| format!("ssh-ed25519 {}", openssh_blob(point));
    for (key, code) in [
        (line(&weak), Code::KeyWeak),
        (line(&zero), Code::KeyWeak),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7".to_owned(), Code::KeyType),
        ("ssh-ed25519 AAAA".to_owned(), Code::RecordParse),
        (format!("{} comment", new.key().to_openssh()), Code::RecordParse),
    ] {
        world.refuse(&maria, &[put(&Principal { key, ..agent(&new, "builder", &maria) })], code);
    }
    world.ok(&maria, &[put(&agent(&new, "builder", &maria))]);
}

/// Returns the base64 of an ed25519 public key blob.
fn openssh_blob(point: &[u8; 32]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let blob = [b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), point].concat();
    assert!(blob.len().is_multiple_of(3), "no padding");
    let digits = blob.chunks(3).flat_map(|chunk| {
        let bits = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[(bits >> shift & 63) as usize]))
    });
    digits.collect()
}

/// KEY-5, with legal twin
#[test]
fn id_is_a_plain_name_and_the_start_of_the_keys_hash() {
    let (mut world, maria, _, new) = cast();
    let record = agent(&new, "builder", &maria);
    let id = git_coord::model::PrincipalId::parse("new-00000000").unwrap();
    world.refuse(&maria, &[put(&Principal { id, ..record.clone() })], Code::PrincipalName);
    for bad in ["\u{430}lice-3f9a1c2e", "Alice-3f9a1c2e", "a\"b-3f9a1c2e", "a\nb-3f9a1c2e"] {
        assert!(git_coord::model::RecordPath::parse(&format!("principals/{bad}.toml")).is_none(), "{bad}");
    }
    world.ok(&maria, &[put(&record)]);
}

/// S14
#[test]
fn guest_enrolls_itself_where_the_policy_allows_it() {
    let (mut world, _, _, new) = cast();
    let record = agent(&new, "guest", &new);
    world.refuse(&new, &[put(&agent(&new, "builder", &new))], Code::RecordRight);
    world.refuse(&new, &[put(&agent(&new, "hub", &new))], Code::PrincipalRole);
    let hub = Principal { kind: PrincipalKind::Service, ..agent(&new, "hub", &new) };
    world.refuse(&new, &[put(&hub)], Code::RecordRight);
    world.refuse(
        &new,
        &[put(&Principal { enrolled_by: Actor::named("maria").id, ..record.clone() })],
        Code::RecordField,
    );
    let claim = world.draft_claim(&new, &["docs/"]);
    world.refuse(&new, &[put(&record), put(&claim)], Code::KeyUnknown);
    world.refuse(&new, &[put(&agent(&Actor::named("second"), "guest", &new))], Code::KeyUnknown);
    world.ok(&new, &[put(&record)]);
    world.ok(&new, &[put(&claim)]);
    let second = agent(&Actor::named("second"), "guest", &new);
    world.refuse(&new, &[put(&second)], Code::RecordRight);
}

/// S14: whoever enrolled itself is never independent of anyone.
#[test]
fn self_enrolled_contributor_makes_nobody_independent() {
    for distinct in [r#"["operator"]"#, r#"["vendor"]"#] {
        let only = |policy: &str| policy.replace(r#"["operator", "vendor"]"#, distinct);
        for kind in [PrincipalKind::Agent, PrincipalKind::Human] {
            let (mut world, guest) = (World::with_policy(only), Actor::named("guest"));
            let vendor = (kind == PrincipalKind::Agent).then(|| name("mistral"));
            world.ok(&guest, &[put(&Principal { kind, vendor, ..agent(&guest, "guest", &guest) })]);
            let facts = work(&guest, &["docs/a.md"]);
            let (_, request) = world.approved(&guest, &facts, &["docs/a.md"]);
            Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
            let record = Principal { enrolled_by: Actor::named("maria").id, ..world.next_record(&guest) };
            world.ok(&Actor::named("maria"), &[put(&record)]);
            Gate::of(&world).allows(&facts, &request);
        }
    }
}

/// S14: until somebody confirms it, a principal counts as its enroller and decides nothing.
#[test]
fn provisional_principal_counts_as_its_enroller() {
    let (mut world, _, nora, new) = cast();
    let olga = Actor::named("olga");
    let human = Principal { kind: PrincipalKind::Human, vendor: None, ..agent(&new, "maintainer", &nora) };
    world.ok(&nora, &[put(&human)]);
    let facts = work(&new, &["docs/a.md"]);
    let (_, request) = world.ask(&new, &facts, &["docs/a.md"]);
    world.answer(&nora, &request, Answer::Approve);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
    world.refuse(&new, &[put(&agent(&Actor::named("child"), "builder", &new))], Code::RecordRight);
    world.ok(&olga, &[put(&Principal { confirmed_by: Some(olga.id.clone()), ..world.next_record(&new) })]);
    Gate::of(&world).allows(&facts, &request);
}

/// S14
#[test]
fn confirmation_is_by_a_second_principal_of_another_operator() {
    let (mut world, maria, nora, new) = cast();
    let (olga, twin) = (Actor::named("olga"), Actor::named("twin"));
    // Another maintainer of the operator `nora`.
    let same =
        Principal { operator: Some(name("nora")), ..principal(&twin, PrincipalKind::Human, "maintainer", &maria) };
    world.ok(&maria, &[put(&same)]);
    world.ok(&nora, &[put(&agent(&new, "reviewer", &nora))]);
    let by = |who: &Actor, world: &World| Principal { confirmed_by: Some(who.id.clone()), ..world.next_record(&new) };
    world.refuse(&nora, &[put(&by(&nora, &world))], Code::PrincipalEscalation);
    world.refuse(&new, &[put(&by(&new, &world))], Code::RecordRight);
    world.refuse(&twin, &[put(&by(&twin, &world))], Code::ApprovalIndependence);
    world.refuse(&olga, &[put(&by(&nora, &world))], Code::RecordField);
    let alice = Actor::named("alice");
    world.refuse(&alice, &[put(&by(&alice, &world))], Code::RecordRight);
    world.ok(&olga, &[put(&by(&olga, &world))]);
    assert_eq!(world.state().principal(&new.id).unwrap().trust, Trust::Confirmed);
}

/// S14: vouching for one's own second key alone would make two of one.
#[test]
fn one_maintainer_alone_confirms_nobody_who_enrolled_itself() {
    let (mut world, maria, nora, _) = cast();
    let (guest, olga) = (Actor::named("guest"), Actor::named("olga"));
    world.ok(&guest, &[put(&agent(&guest, "guest", &guest))]);
    let by = |who: &Actor, world: &World| Principal { confirmed_by: Some(who.id.clone()), ..world.next_record(&guest) };
    world.refuse(&nora, &[put(&by(&nora, &world))], Code::PrincipalEscalation);
    // One takes it over, a second confirms.
    let taken = Principal { enrolled_by: nora.id.clone(), ..world.next_record(&guest) };
    world.ok(&nora, &[put(&taken)]);
    assert_eq!(world.state().principal(&guest.id).unwrap().trust, Trust::Provisional);
    world.refuse(&nora, &[put(&by(&nora, &world))], Code::PrincipalEscalation);
    world.ok(&olga, &[put(&by(&olga, &world))]);
    assert_eq!(world.state().principal(&guest.id).unwrap().trust, Trust::Confirmed);
    let second = Actor::named("guest2");
    world.ok(&second, &[put(&agent(&second, "guest", &second))]);
    let record = Principal { confirmed_by: Some(maria.id.clone()), ..world.next_record(&second) };
    world.ok(&maria, &[put(&record)]);
}

/// S14: one word does not undo what a root member, or two others, stand for.
#[test]
fn confirmed_principal_is_recast_by_root_members_only() {
    let (mut world, maria, nora, new) = cast();
    let (alice, olga) = (Actor::named("alice"), Actor::named("olga"));
    world.ok(&nora, &[put(&agent(&new, "reviewer", &nora))]);
    world.ok(&olga, &[put(&Principal { confirmed_by: Some(olga.id.clone()), ..world.next_record(&new) })]);
    for who in [&alice, &new] {
        for recast in [
            Principal { operator: Some(name("other")), ..world.next_record(who) },
            Principal { role: name("guest"), ..world.next_record(who) },
            Principal { vendor: Some(name("other")), ..world.next_record(who) },
        ] {
            let by =
                |who: &Actor| put(&Principal { enrolled_by: who.id.clone(), confirmed_by: None, ..recast.clone() });
            world.refuse(&nora, &[by(&nora)], Code::PrincipalEscalation);
            world.refuse(&maria, &[by(&nora)], Code::RecordField);
        }
        let by_root = Principal {
            operator: Some(name("other")),
            enrolled_by: maria.id.clone(),
            confirmed_by: None,
            ..world.next_record(who)
        };
        world.ok(&maria, &[put(&by_root)]);
        assert_eq!(world.state().principal(&who.id).unwrap().trust, Trust::Confirmed);
    }
}

/// S14: nor does one put its own word in the place of another's.
#[test]
fn provisional_principal_is_recast_by_its_enroller_or_root_members_only() {
    let (mut world, maria, nora, new) = cast();
    let olga = Actor::named("olga");
    world.ok(&nora, &[put(&agent(&new, "reviewer", &nora))]);
    let recast = |world: &World, who: &Actor, operator: &str| {
        put(&Principal { operator: Some(name(operator)), enrolled_by: who.id.clone(), ..world.next_record(&new) })
    };
    world.refuse(&olga, &[recast(&world, &olga, "other")], Code::PrincipalEscalation);
    world.ok(&nora, &[recast(&world, &nora, "other")]);
    assert_eq!(world.state().principal(&new.id).unwrap().trust, Trust::Provisional);
    world.ok(&maria, &[recast(&world, &maria, "third")]);
    assert_eq!(world.state().principal(&new.id).unwrap().trust, Trust::Confirmed);
}

/// PARSE-1, with legal twin
#[test]
fn principal_record_is_read_strictly() {
    let (mut world, maria, _, new) = cast();
    let good = put(&agent(&new, "builder", &maria));
    let source = good.text.clone().unwrap();
    for bad in [
        format!("{source}admin = true\n"),
        format!("{source}role = \"builder\"\n"),
        source.replace("format = 1", "format = 2"),
    ] {
        world.refuse(&maria, &[write(good.path.clone(), &bad)], Code::RecordParse);
    }
    world.ok(&maria, &[good]);
}

//! Who may change the rules, and make more of itself.

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::PolicyRequest;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::kernel::equals::stage::MIGHTY;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

/// Returns a policy that follows the active one, with one thing replaced.
fn next_policy(world: &World, (from, to): (&str, &str)) -> String {
    let root = format!("\"{}\", \"{}\"", Actor::named("maria").id, Actor::named("otto").id);
    let body = POLICY.replace("ROOTS", &root).replace("threshold = 1", "threshold = 2");
    let changed = body.replacen(from, to, 1);
    assert_ne!(changed, body, "{from}");
    let front = format!("version = 2\nparent = \"{}\"", world.state().policy_digest);
    changed.replacen("version = 1", &front, 1)
}

/// POL-10, POL-4, POL-12, with legal twin: the rules are changed by as many root members as they ask for, and by nobody alone;
/// one root member may make them tighter.
#[test]
fn rules_are_nobodys_alone() {
    let tighter = ("ttl-max       = \"4h\"", "ttl-max       = \"2h\"");
    let two = |policy: &str| policy.replace("threshold = 1", "threshold = 2");
    for who in ["sam", "nora", "maria"] {
        let (mut world, otto) = (World::with_roots(&["maria", "otto"], two), Actor::named("otto"));
        let who = Actor::named(who);
        let lose = next_policy(&world, ("claims   = \"held\"\n", ""));
        world.refuse(&who, &[write(RecordPath::Policy, &lose)], Code::PolicyThreshold);
        let id = world.id(RecordKind::Request);
        let request = PolicyRequest {
            id: id.clone(),
            opener: who.id.clone(),
            version: 2,
            delta: sha256(lose.as_bytes()),
            title: text("Ask less"),
            summary: None,
        };
        let open = [write(RecordPath::Draft(2, id.clone()), &lose), put(&request)];
        let active = [write(RecordPath::Policy, &lose), remove(RecordPath::Draft(2, id.clone())), take_away(&request)];
        if who.id.name() == "sam" {
            world.refuse(&who, &open, Code::RecordRight);
        } else {
            world.ok(&who, &open);
            world.refuse(&who, &active, Code::PolicyThreshold);
        }
        world.refuse(&who, &[remove(RecordPath::Policy)], Code::RecordFrozen);
        world.refuse(&who, &[remove(RecordPath::Charter)], Code::RecordFrozen);
        let tight = next_policy(&world, tighter);
        match who.id.name() {
            "maria" => drop(world.ok(&who, &[write(RecordPath::Policy, &tight)])),
            _ => {
                world.refuse(&who, &[write(RecordPath::Policy, &tight)], Code::PolicyThreshold);
                world.ok(&otto, &[write(RecordPath::Policy, &tight)]);
            }
        }
        assert_eq!(world.state().policy.version, 2);
    }
}

/// POL-10, POL-9, POL-11, KEY-4, with legal twin: none makes itself, or a child of its own, more than it is.
#[test]
fn nobody_makes_more_of_itself() {
    for who in MIGHTY.map(Actor::named) {
        let (mut world, child) = (World::new(), Actor::named("child"));
        let is_root = who.id.name() == "maria";
        let own = world.next_record(&who);
        for recast in [
            Principal { role: name("lead"), ..own.clone() },
            Principal { operator: Some(name("other")), ..own.clone() },
            Principal { vendor: Some(name("other")), ..own.clone() },
            Principal { kind: PrincipalKind::Service, ..own.clone() },
            Principal { confirmed_by: Some(who.id.clone()), ..own.clone() },
        ] {
            let refusal = world.append(&who, &[put(&recast)], "Change").unwrap_err();
            let known = [Code::PrincipalEscalation, Code::RecordRight, Code::RecordField];
            assert!(known.contains(&refusal.code), "{}: {refusal}", who.id);
        }
        let stranger = Actor::named("alice").rekeyed("stolen");
        let rotated = world.rotated(&Actor::named("alice"), &stranger);
        world.refuse(&who, &[put(&rotated)], Code::RecordOwner);
        world.refuse(&who, &[remove(RecordPath::Principal(Actor::named("alice").id))], Code::PrincipalStatus);
        if is_root {
            let gone = Principal { status: Standing::Revoked, ..world.next_record(&who) };
            world.refuse(&who, &[put(&gone)], Code::PrincipalStatus);
        }
        let child = principal(&child, PrincipalKind::Agent, "reviewer", &who);
        let edits: [Edit; 1] = [put(&Principal { vendor: Some(name("mistral")), ..child })];
        match who.id.name() {
            "sam" => drop(world.refuse(&who, &edits, Code::RecordRight)),
            _ => drop(world.ok(&who, &edits)),
        }
        world.ok(&who, &[put(&Principal { capabilities: vec![name("rust")], ..world.next_record(&who) })]);
    }
}

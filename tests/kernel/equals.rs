//! Nobody is above the gate: what the security role, a maintainer and the root member try is refused as if anybody did
//! (POL-10). What they may do at once only ever makes the rules tighter.

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::FindingState;
use git_coord::model::Landed;
use git_coord::model::PolicyRequest;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::Movement;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
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

/// Those who could think that they are above it.
const MIGHTY: [&str; 3] = ["sam", "nora", "maria"];
const PATHS: &[&str] = &["src/a.rs"];

/// The policy of the world with whatever everybody needs to ask for a landing and to answer.
fn free(policy: &str) -> String {
    let policy = policy.replace("claims   = \"held\"\n", "");
    policy.replace(
        "[roles.security]\nmay = [\"find\", \"triage\", \"approve\", \"veto\"]",
        "[roles.security]\nmay = [\"find\", \"triage\", \"request\", \"approve\", \"veto\"]",
    )
}

/// A change that somebody asks to land.
fn asked(who: &Actor, facts: &SegmentFacts) -> (World, Request) {
    let mut world = World::with_policy(free);
    let request = world.draft_request(who, &main_ref(), facts, &[]);
    world.ok(who, &[put(&request)]);
    (world, request)
}

/// Has each of them try something at the gate: nothing but this stops it, and `legal` mends that.
#[track_caller]
fn blocked(
    attack: impl Fn(&Actor) -> (World, SegmentFacts, Request, Code),
    legal: impl Fn(&mut World, &Actor, &Request),
) {
    for who in MIGHTY.map(Actor::named) {
        let (mut world, facts, request, code) = attack(&who);
        Gate::of(&world).blocks(&facts, &request, code);
        legal(&mut world, &who, &request);
        Gate::of(&world).allows(&facts, &request);
    }
}

fn by_carol(world: &mut World, _: &Actor, request: &Request) {
    world.answer(&Actor::named("carol"), request, Answer::Approve);
}

/// POL-10, APP-1, with legal twin: each needs somebody else for what it asks for.
#[test]
fn own_request_waits_for_somebody_else() {
    let alone = |who: &Actor| {
        let facts = work(who, PATHS);
        let (mut world, request) = asked(who, &facts);
        let own = world.draft_answer(who, &request, Answer::Approve);
        world.refuse(who, &[put(&own)], Code::ApprovalSelf);
        (world, facts, request, Code::ApprovalThreshold)
    };
    blocked(alone, by_carol);
}

/// POL-10, APP-3, with legal twin: nor is its word of use for what it signed, co-authored or held.
#[test]
fn own_work_waits_for_somebody_else() {
    let signed_by = |who: &Actor| {
        let alice = Actor::named("alice");
        let mut facts = work(&alice, PATHS);
        facts.commits.push(signed("more", who, &[]));
        let (mut world, request) = asked(&alice, &facts);
        world.answer(who, &request, Answer::Approve);
        (world, facts, request, Code::ApprovalContributor)
    };
    blocked(signed_by, by_carol);
    let co_authored = |who: &Actor| {
        let alice = Actor::named("alice");
        let mut facts = work(&alice, PATHS);
        facts.commits[0].co_authors.push(format!("Somebody <{}@example.org>", who.id));
        let (mut world, request) = asked(&alice, &facts);
        world.answer(who, &request, Answer::Approve);
        (world, facts, request, Code::ApprovalContributor)
    };
    blocked(co_authored, by_carol);
}

/// POL-10, APP-4, APP-5, APP-7, with legal twin: an approval of theirs is of one change for one ref.
#[test]
fn their_approval_is_of_this_change_only() {
    for who in MIGHTY.map(Actor::named) {
        let alice = Actor::named("alice");
        let facts = work(&alice, PATHS);
        let (mut world, request) = asked(&alice, &facts);
        by_carol(&mut world, &who, &request);
        world.answer(&who, &request, Answer::Approve);
        let gate = Gate::of(&world);
        gate.blocks(&work_from("base", "other", &alice, PATHS), &request, Code::ApprovalDelta);
        gate.blocks(&work(&alice, &["src/a.rs", "src/b.rs"]), &request, Code::ApprovalDelta);
        let elsewhere = RefName::parse("refs/heads/release/1").unwrap();
        Gate { target: elsewhere, ..Gate::of(&world) }.blocks(&facts, &request, Code::ApprovalRef);
        gate.allows(&facts, &request);
    }
}

/// POL-10, APP-9, with legal twin: what has landed lands again for nobody without being asked for anew.
#[test]
fn landed_request_is_used_up_for_everybody() {
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, PATHS);
        let (mut world, request) = asked(&who, &facts);
        by_carol(&mut world, &who, &request);
        let landed = world.land(&Actor::named("hub"), &request, &facts);
        let again = Landed { rev: 2, old: Some(landed.new), new: object("again"), ..landed };
        let code = if who.id.name() == "sam" { Code::RecordRight } else { Code::ApprovalConsumed };
        world.refuse(&who, &[put(&again)], code);
        let late = world.draft_answer(&who, &request, Answer::Approve);
        world.refuse(&who, &[put(&late)], Code::ApprovalConsumed);
        let next = work_from("head", "again", &who, PATHS);
        let anew = world.draft_request(&who, &main_ref(), &next, &[]);
        world.ok(&who, &[put(&anew)]);
        by_carol(&mut world, &who, &anew);
        Gate::of(&world).allows(&next, &anew);
    }
}

/// POL-10, APP-12, APP-13, LED-4, with legal twin: none speaks for another, or silences it.
#[test]
fn word_of_somebody_else_is_not_theirs() {
    for who in MIGHTY.map(Actor::named) {
        let (alice, olga) = (Actor::named("alice"), Actor::named("olga"));
        let facts = work(&alice, PATHS);
        let (mut world, request) = asked(&alice, &facts);
        let approval = world.answer(&Actor::named("carol"), &request, Answer::Approve);
        let veto = world.answer(&olga, &request, Answer::Veto);
        let finding = world.find(&alice, Severity::High, &["docs/"]);
        let claim = world.claim(&alice, &["docs/"]);
        let forged = world.draft_answer(&Actor::named("dave"), &request, Answer::Approve);
        for (edit, code) in [
            (take_away(&approval), Code::RecordOwner),
            (take_away(&veto), Code::RecordOwner),
            (put(&Approval { answer: Answer::Approve, ..veto.clone() }), Code::RecordOwner),
            (put(&forged), Code::RecordOwner),
            (put(&Request { rev: 2, head: object("theirs"), ..request.clone() }), Code::RecordOwner),
            (take_away(&request), Code::RecordOwner),
            (take_away(&claim), Code::RecordOwner),
            (put(&git_coord::model::Claim { rev: 2, holder: who.id.clone(), ..claim.clone() }), Code::RecordOwner),
            (put(&git_coord::model::Finding { rev: 2, text: text("Nothing"), ..finding.clone() }), Code::RecordOwner),
            (take_away(&finding), Code::RecordField),
        ] {
            world.refuse(&who, &[edit], code);
        }
        // Closing what somebody found is what the role is for, and everybody sees who did it.
        let closed = git_coord::model::Finding { rev: 2, state: FindingState::Dismissed, ..finding };
        world.ok(&who, &[put(&closed)]);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
        world.ok(&olga, &[take_away(&veto)]);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// POL-10, REF-4, REF-5, REF-8, with legal twin: no movement but forward, with a landing.
#[test]
fn protected_ref_moves_for_nobody_but_by_a_landing() {
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, PATHS);
        let (mut world, request) = asked(&who, &facts);
        by_carol(&mut world, &who, &request);
        for (movement, code) in [
            (Movement::Delete, Code::RefDelete),
            (Movement::Rewind, Code::RefNotForward),
            (Movement::Sideways, Code::RefNotForward),
        ] {
            Gate { movement, ..Gate::of(&world) }.blocks(&facts, &request, code);
        }
        let honest = world.draft_landing(&request, &facts);
        let untrue = Landed { delta: Some(sha256(b"other")), ..honest.clone() };
        let edits = world.landing_edits(&honest);
        let lies = [vec![put(&untrue)], edits[1..].to_vec()].concat();
        let may_land = who.id.name() != "sam";
        world.refuse(&who, &lies, if may_land { Code::ApprovalDelta } else { Code::RecordRight });
        let lander = if may_land { &who } else { &Actor::named("nora") };
        world.ok(lander, &edits);
    }
}

/// POL-10, LANE-1, LANE-3, LANE-4, LANE-5, with legal twin: whoever signs, what runs by itself and what collides is told.
#[test]
fn tree_is_looked_at_whoever_signs() {
    let sensitive = |who: &Actor| {
        let facts = work(who, &["src/.gitattributes"]);
        let (mut world, request) = asked(who, &facts);
        by_carol(&mut world, who, &request);
        (world, facts, request, Code::LaneSensitive)
    };
    // The word of a human who had no part in it; one's own, or one's own key, is none.
    blocked(sensitive, |world, _, request| drop(world.answer(&Actor::named("olga"), request, Answer::Approve)));
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, PATHS);
        let (mut world, request) = asked(&who, &facts);
        by_carol(&mut world, &who, &request);
        let twins = SegmentFacts { twins: vec![b"src/A.rs".to_vec()], ..facts.clone() };
        Gate::of(&world).blocks(&twins, &request, Code::LaneCollision);
        Gate::of(&world).allows(&facts, &request);
    }
    // Lanes are a matter of the role: here the security role has some, and a maintainer.
    let laned = |policy: &str| {
        let policy =
            free(policy).replace("\"approve\", \"veto\"]\n", "\"approve\", \"veto\"]\nlanes = [\"docs/**\"]\n");
        policy.replace("humans-only = true", "humans-only = true\nlanes = [\"docs/**\"]")
    };
    for who in MIGHTY.map(Actor::named) {
        for (path, code) in [("src/a.rs", Some(Code::LaneOutside)), ("docs/a.md", None)] {
            let mut world = World::with_policy(laned);
            let facts = work(&who, &[path]);
            let request = world.draft_request(&who, &main_ref(), &facts, &[]);
            world.ok(&who, &[put(&request)]);
            by_carol(&mut world, &who, &request);
            match code {
                Some(code) => Gate::of(&world).blocks(&facts, &request, code),
                None => Gate::of(&world).allows(&facts, &request),
            }
        }
    }
}

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

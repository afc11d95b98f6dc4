//! What their approvals are of, and when they count. Nobody of them is the machine of APP-17; APP-19 takes a push.

use git_coord::format::delta_digest;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Right;
use git_coord::rules::Code;

use crate::kernel::equals::stage::MIGHTY;
use crate::kernel::equals::stage::PATHS;
use crate::kernel::equals::stage::approved;
use crate::kernel::equals::stage::asked;
use crate::kernel::equals::stage::asked_by_alice;
use crate::kernel::equals::stage::blocked;
use crate::kernel::equals::stage::by_carol;
use crate::kernel::equals::stage::counted;
use crate::kernel::push::Gate;
use crate::kernel::push::blocked as blocked_by;
use crate::kernel::push::main_ref;
use crate::kernel::push::measured;
use crate::kernel::push::object;
use crate::kernel::push::plain;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;

/// POL-10, APP-2, with legal twin: their word for the work of their own people, or of their own model family, is none.
#[test]
fn their_approval_is_not_independent_of_their_own() {
    for (who, operator, vendor) in [
        ("sam", "watch", "mistral"),
        ("sam", "elsewhere", "google"),
        // Humans come from no model family.
        ("nora", "nora", "mistral"),
        ("maria", "maria", "mistral"),
    ] {
        let (mut world, kid, who) = (World::with_policy(counted), Actor::named("kid"), Actor::named(who));
        let record = principal(&kid, PrincipalKind::Agent, "builder", &Actor::named("maria"));
        let record = Principal { operator: Some(name(operator)), vendor: Some(name(vendor)), ..record };
        world.ok(&Actor::named("maria"), &[put(&record)]);
        let facts = work(&kid, PATHS);
        let request = world.draft_request(&kid, &main_ref(), &facts, &[]);
        world.ok(&kid, &[put(&request)]);
        world.answer(&who, &request, Answer::Approve);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalIndependence);
        by_carol(&mut world, &who, &request);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// POL-10, APP-6, APP-8, with legal twin: their approval is of this content in this ledger.
#[test]
fn their_approval_is_of_this_content_in_this_ledger() {
    for who in MIGHTY.map(Actor::named) {
        let (mut world, facts, request) = asked_by_alice(counted);
        let answer = world.draft_answer(&who, &request, Answer::Approve);
        let delta = delta_digest("another-ledger", &main_ref(), &facts.changes);
        world.refuse(&who, &[put(&Approval { delta, ..answer.clone() })], Code::ApprovalDelta);
        // The very entry, from a ledger that has the same request under the same name.
        let other_rules = |policy: &str| counted(policy).replace("per-principal = 5", "per-principal = 6");
        let (other, _, same) = approved(&who, other_rules);
        assert_eq!(same, request);
        world.store.copy_objects_from(other.store);
        let copied = world.chain().step(&world.store, other.chain().head, world.now).unwrap().unwrap_err();
        assert_eq!(copied.refusal.code, Code::LedgerFork);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
        world.ok(&who, &[put(&answer)]);
        Gate::of(&world).allows(&facts, &request);
        // The same lines elsewhere, or indented otherwise, have one patch-id: their content is another one.
        let mut indented = facts.clone();
        indented.changes[0].new = plain("the same lines, indented");
        Gate::of(&world).blocks(&measured(indented), &request, Code::ApprovalDelta);
    }
}

/// POL-10, APP-10, with legal twin: each of them is one voice, however often it speaks.
#[test]
fn each_of_them_is_one_voice() {
    let two = |policy: &str| counted(policy).replacen("count    = 1", "count    = 2", 1);
    let twice = |who: &Actor| {
        let (mut world, facts, request) = approved(who, two);
        let second =
            Approval { principal: Actor::named("erin").id, ..world.draft_answer(who, &request, Answer::Approve) };
        world.refuse(who, &[put(&second)], Code::RecordOwner);
        let again = Approval { reason: Some(text("Once more")), ..world.draft_answer(who, &request, Answer::Approve) };
        world.ok(who, &[put(&again)]);
        assert_eq!(world.state().answers(&request.id).count(), 1);
        (world, facts, request, Code::ApprovalThreshold)
    };
    blocked(twice, by_carol);
}

/// POL-10, APP-11, with legal twin: what their role may no more counts no more.
#[test]
fn their_role_lends_its_rights_only_while_it_has_them() {
    for who in MIGHTY.map(Actor::named) {
        let (mut world, facts, request) = approved(&who, counted);
        Gate::of(&world).allows(&facts, &request);
        let stripped = |world: &World| {
            let mut gate = Gate::of(world);
            let role = world.record(&who).role;
            gate.rights.policy.roles.get_mut(&role).unwrap().may.remove(&Right::Approve);
            gate
        };
        stripped(&world).blocks(&facts, &request, Code::ApprovalThreshold);
        by_carol(&mut world, &who, &request);
        stripped(&world).allows(&facts, &request);
    }
}

/// POL-10, APP-14, with legal twin: a change of nothing brings a history along, whoever asks for it.
#[test]
fn change_of_nothing_waits_for_somebody_else() {
    for who in MIGHTY.map(Actor::named) {
        let facts = work(&who, &[]);
        let (mut world, request) = asked(&who, &facts);
        let own = world.draft_answer(&who, &request, Answer::Approve);
        world.refuse(&who, &[put(&own)], Code::ApprovalSelf);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        blocked_by(&verdict, &[Code::ApprovalEmptyDelta, Code::ApprovalThreshold]);
        by_carol(&mut world, &who, &request);
        Gate::of(&world).allows(&facts, &request);
    }
}

/// POL-10, APP-15, with legal twin: they review within their lanes, if their role has any.
#[test]
fn they_review_within_their_lanes() {
    let laned = |policy: &str| {
        let policy =
            counted(policy).replace("\"approve\", \"veto\"]\n", "\"approve\", \"veto\"]\nlanes = [\"docs/**\"]\n");
        policy.replace("humans-only = true", "humans-only = true\nlanes = [\"docs/**\"]")
    };
    let outside = |who: &Actor| {
        let (world, facts, request) = approved(who, laned);
        (world, facts, request, Code::ApprovalScope)
    };
    blocked(outside, by_carol);
}

/// POL-10, APP-16, APP-18, with legal twin: their word ages as anybody's, and no faster than it is read does it count.
#[test]
fn their_approval_ages_and_is_not_stamped() {
    let aging = |who: &Actor| {
        let aging = |policy: &str| counted(policy).replacen("count    = 1", "count    = 1\n  max-age  = \"1h\"", 1);
        let (mut world, facts, request) = approved(who, aging);
        Gate::of(&world).allows(&facts, &request);
        world.pass(3_601);
        (world, facts, request, Code::ApprovalStale)
    };
    blocked(aging, by_carol);
    let stamped = |who: &Actor| {
        let slow = |policy: &str| counted(policy).replacen("count    = 1", "count    = 1\n  max-per-hour = 1", 1);
        let (mut world, facts, request) = approved(who, slow);
        Gate::of(&world).allows(&facts, &request);
        let said = world.draft_answer(who, &request, Answer::Approve);
        world.ok(who, &[take_away(&said)]);
        world.ok(who, &[put(&said)]);
        (world, facts, request, Code::ApprovalRate)
    };
    blocked(stamped, by_carol);
}

/// POL-10, APP-17, with legal twin: what machines check none of them attests, and for no other tree than was tested.
#[test]
fn none_of_them_is_a_machine() {
    let checked = |policy: &str| {
        let policy =
            counted(policy).replacen("[roles.builder]", "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]", 1);
        let may = "\"approve\", \"veto\"";
        policy.replace(may, &format!("{may}, \"attest\""))
            + "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\", \"security\"]\n"
    };
    // A policy that asks a role for humans for a check is refused as one that nobody can satisfy.
    for who in MIGHTY.map(Actor::named) {
        let (mut world, ci) = (World::with_policy(checked), Actor::named("ci"));
        let maria = Actor::named("maria");
        let record = principal(&ci, PrincipalKind::Service, "ci", &maria);
        world.ok(&maria, &[put(&Principal { operator: Some(name("ci")), ..record })]);
        let alice = Actor::named("alice");
        let facts = work(&alice, PATHS);
        let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
        world.ok(&alice, &[put(&request)]);
        let attested = |world: &World, by: &Actor, tree| Approval {
            base: None,
            base_tree: None,
            head: None,
            request_rev: None,
            new_tree: Some(tree),
            passed: [name("tests")].into(),
            ..world.draft_answer(by, &request, Answer::Attest)
        };
        let own = attested(&world, &who, facts.new_tree);
        world.refuse(&who, &[put(&own)], Code::RecordRight);
        world.answer(&who, &request, Answer::Approve);
        Gate::of(&world).blocks(&facts, &request, Code::CheckMissing);
        let tested = attested(&world, &ci, object("tree that was tested"));
        world.ok(&ci, &[put(&tested)]);
        Gate::of(&world).blocks(&facts, &request, Code::ApprovalTree);
        let passed = attested(&world, &ci, facts.new_tree);
        world.ok(&ci, &[put(&passed)]);
        Gate::of(&world).allows(&facts, &request);
    }
}

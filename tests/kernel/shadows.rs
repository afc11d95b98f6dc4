//! Protections of the same ref, one within, beside or over another: the strictest wins.

use git_coord::model::Answer;
use git_coord::model::RefName;
use git_coord::rules::Code;
use git_coord::rules::Movement;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;

/// A protection that asks for nothing but an approval of whoever may approve.
fn lax(refs: &str) -> String {
    format!(
        "\n[[protect]]\nname = \"second\"\nrefs = [{refs}]\ncommits = \"any\"\n\n  [[protect.approvals]]\n  \
         count = 1\n  from = [\"security\", \"reviewer\", \"maintainer\"]\n"
    )
}

/// The same policy with such a protection behind or in front of the strict one.
fn shadowed(refs: &str, place: Place) -> String {
    match place {
        Place::Behind => format!("{POLICY}{}", lax(refs)),
        Place::InFront => POLICY.replacen("\n[[protect]]", &format!("{}\n[[protect]]", lax(refs)), 1),
    }
}

#[derive(Clone, Copy)]
enum Place {
    Behind,
    InFront,
}

/// POL-13, with legal twin: whatever a second rule says of the same ref, the first is asked as well.
#[test]
fn lax_protection_shadows_no_strict_one() {
    for refs in [
        "\"refs/heads/main\"",
        "\"refs/heads/*\"",
        "\"refs/heads/**\"",
        "\"refs/**\"",
        "\"refs/heads/m*\"",
        "\"refs/heads/[lm]ain\"",
        "\"refs/heads/[!a]ain\"",
        "\"refs/heads/mai?\"",
        "\"refs/heads/Main\"",
        "\"refs/heads/MAIN\", \"refs/heads/main\"",
    ] {
        for place in [Place::Behind, Place::InFront] {
            let (mut world, alice) = (World::with_policy(|_| shadowed(refs, place)), Actor::named("alice"));
            let facts = work(&alice, &["src/a.rs"]);
            let (_, request) = world.ask(&alice, &facts, &["src/a.rs"]);
            // Sam's word is enough for the second rule, and not for the first.
            world.answer(&Actor::named("sam"), &request, Answer::Approve);
            Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
            world.answer(&Actor::named("carol"), &request, Answer::Approve);
            Gate::of(&world).allows(&facts, &request);
        }
    }
}

/// POL-13: what looks like an exception is none.
#[test]
fn negation_is_no_way_to_leave_a_ref_out() {
    for refs in ["!refs/heads/main", "-refs/heads/main", "^refs/heads/main"] {
        let with =
            |policy: &str| policy.replacen("\"refs/heads/main\"", &format!("\"refs/heads/main\", \"{refs}\""), 1);
        let begun = World::begin(&[Actor::named("maria")], &with(POLICY));
        assert_eq!(begun.err().map(|refusal| refusal.code), Some(Code::PolicyUnknown), "{refs}");
    }
}

/// POL-13: a twin of what a pattern with a wildcard protects is refused, like one of a ref that is named.
#[test]
fn twin_of_what_a_pattern_protects_is_refused() {
    let protected =
        |refs: &'static str| move |policy: &str| policy.replacen("\"refs/heads/release/*\"", &format!("\"{refs}\""), 1);
    for (refs, twin, is_refused) in [
        ("refs/heads/release/**", "refs/heads/Release/1/2", true),
        ("refs/heads/[r]elease/*", "refs/heads/RELEASE/1", true),
        ("refs/heads/caf\u{e9}/*", "refs/heads/cafe\u{301}/1", true),
        ("refs/heads/release/*", "refs/heads/release-1", false),
    ] {
        let world = World::with_policy(protected(refs));
        let target = RefName::parse(twin).unwrap();
        let gate = Gate { target, movement: Movement::Create, ..Gate::of(&world) };
        let verdict = gate.verdict_of(None, Some(object("new")), &[]);
        if is_refused {
            blocked(&verdict, &[Code::RefCase]);
        } else {
            assert!(verdict.allows(), "{twin}");
        }
    }
}

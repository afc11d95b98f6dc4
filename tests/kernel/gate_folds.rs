//! Names that some checkout takes for others: what is asked about one is asked about the other.

use git_coord::model::Answer;
use git_coord::rules::Code;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;

/// Lets everybody change everything, so that only names are in question.
fn free(policy: &str) -> String {
    policy.replace("lanes = [\"src/**\", \"tests/**\", \"docs/**\"]\n", "")
}

/// POL-13, with legal twin: at the gate, and for the judge of its record.
#[test]
fn rule_asks_about_every_path_that_a_checkout_may_take_for_its_own() {
    for (path, asks) in [
        ("src/core/x.rs", true),
        ("SRC/Core/x.rs", true),
        ("\u{17f}rc/core/x.rs", true),
        ("src/co\u{200c}re/x.rs", true),
        ("src/cores/x.rs", false),
        ("src/c\u{f6}re/x.rs", false),
    ] {
        let (mut world, alice, hub) = (World::with_policy(free), Actor::named("alice"), Actor::named("hub"));
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &[path]);
        let edits = |world: &World| world.landing_edits(&world.draft_landing(&request, &facts));
        if asks {
            Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
            world.refuse(&hub, &edits(&world), Code::ApprovalThreshold);
            world.answer(&Actor::named("nora"), &request, Answer::Approve);
        }
        Gate::of(&world).allows(&facts, &request);
        world.ok(&hub, &edits(&world));
    }
}

/// APP-15, with legal twin: who reviews for a rule reviews every path that it asks about; its lanes are byte for byte.
#[test]
fn reviewer_of_a_rule_reviews_whatever_it_asks_about() {
    let asks_scribes = |policy: &str| {
        let policy = free(policy).replace("from  = [\"maintainer\"]\n  bind  = \"tree\"", "from  = [\"scribe\"]");
        policy.replace("paths = [\"src/core/**\"]", "paths = [\"docs/**\"]")
    };
    for (path, code) in [("DOCS/a.md", Some(Code::ApprovalThreshold)), ("docs/a.md", None)] {
        let mut world = World::with_policy(asks_scribes);
        let (alice, maria, scribe) = (Actor::named("alice"), Actor::named("maria"), Actor::named("zoe"));
        let record = git_coord::model::Principal {
            vendor: Some(name("mistral")),
            ..principal(&scribe, git_coord::model::PrincipalKind::Agent, "scribe", &maria)
        };
        world.ok(&maria, &[put(&record)]);
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &[path]);
        world.answer(&scribe, &request, Answer::Approve);
        match code {
            Some(code) => Gate::of(&world).blocks(&facts, &request, code),
            None => Gate::of(&world).allows(&facts, &request),
        }
    }
}

/// LANE-5, with legal twin: on file systems that fold these, `.hu\u{17f}ky` is `.husky`.
#[test]
fn sensitive_name_is_told_in_every_form() {
    for (path, is_sensitive) in [
        ("AGENT\u{17f}.md", true),
        (".hu\u{17f}\u{212a}y/pre-commit", true),
        (".gitattribute\u{17f}", true),
        ("src/AGE\u{200d}NTS.md", true),
        ("AGENT\u{df}.md", false),
        (".hu\u{15f}ky/pre-commit", false),
    ] {
        let (mut world, alice) = (World::with_policy(free), Actor::named("alice"));
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &[path]);
        if is_sensitive {
            Gate::of(&world).blocks(&facts, &request, Code::LaneSensitive);
            world.answer(&Actor::named("nora"), &request, Answer::Approve);
        }
        Gate::of(&world).allows(&facts, &request);
    }
}

/// ENV-4, with legal twin: nor does a form of `.coord` that a file system takes for it land.
#[test]
fn ledgers_checkout_is_told_in_every_form() {
    for (path, code) in [
        (".co\u{200c}ord/policy.toml", Some(Code::WorktreeReplaced)),
        ("\u{feff}.COORD", Some(Code::WorktreeReplaced)),
        (".co\u{2010}ord/policy.toml", None),
    ] {
        let (mut world, alice) = (World::with_policy(free), Actor::named("alice"));
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &["**"]);
        match code {
            Some(code) => Gate::of(&world).blocks(&facts, &request, code),
            None => Gate::of(&world).allows(&facts, &request),
        }
    }
}

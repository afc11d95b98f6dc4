//! The work itself: who signed it, in whose lane, under which lease, and what stands against it.

use git_coord::model::Answer;
use git_coord::model::Content;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Asked;
use git_coord::rules::Code;
use git_coord::rules::CommitSigner;
use git_coord::rules::SegmentFacts;
use git_coord::rules::Stage;
use git_coord::rules::cost;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::commit;
use crate::kernel::push::main_ref;
use crate::kernel::push::measured;
use crate::kernel::push::merge;
use crate::kernel::push::object;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;

const PATHS: &[&str] = &["src/a.rs"];

fn cast() -> (World, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"))
}

/// MRG-4, SIG-12, with legal twin
#[test]
fn every_new_commit_is_signed_by_somebody_enrolled() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let gate = Gate::of(&world);
    let with = |signer| {
        let mut facts = facts.clone();
        facts.commits.push(commit("more", signer, &[]));
        facts
    };
    let stranger = Actor::named("stranger");
    for signer in [CommitSigner::Unsigned, CommitSigner::Bad("broken".to_owned()), CommitSigner::Signed(stranger.key())]
    {
        let verdict = gate.verdict(&[(&with(signer), Some(&request.id))]);
        blocked(&verdict, &[Code::RangeSignature, Code::ApprovalIndependence]);
    }
    gate.allows(&with(CommitSigner::Signed(alice.key())), &request);
}

/// MRG-5, KEY-2, with legal twin
#[test]
fn commit_of_a_revoked_principal_is_refused_by_the_ledgers_head() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let before = world.state().clone();
    Gate::of(&world).allows(&facts, &request);
    world.ok(&Actor::named("maria"), &[put(&Principal { status: Standing::Revoked, ..world.next_record(&alice) })]);
    Gate::of(&world).blocks(&facts, &request, Code::KeyRevoked);
    Gate { rights: before, ..Gate::of(&world) }.blocks(&facts, &request, Code::KeyRevoked);
}

/// A key that was rotated away still stands behind what it signed.
#[test]
fn commit_signed_before_a_rotation_is_still_signed() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let record = world.rotated(&alice, &alice.rekeyed("new"));
    world.ok(&alice, &[put(&record)]);
    Gate::of(&world).allows(&facts, &request);
}

/// Keys are taken from the ledger before the push.
#[test]
fn commit_of_somebody_whom_the_push_enrolls_is_not_signed() {
    let (mut world, alice, _) = cast();
    let (maria, new) = (Actor::named("maria"), Actor::named("new"));
    let mut facts = work(&alice, PATHS);
    facts.commits.push(signed("more", &new, &[]));
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let before = world.state().clone();
    let record = Principal {
        operator: Some(name("elsewhere")),
        vendor: Some(name("mistral")),
        ..principal(&new, PrincipalKind::Agent, "builder", &maria)
    };
    world.ok(&maria, &[put(&record)]);
    Gate::of(&world).allows(&facts, &request);
    let gate = Gate { rights: before, ..Gate::of(&world) };
    assert_eq!(gate.verdict(&[(&facts, Some(&request.id))]).code(), Some(Code::RangeSignature));
}

/// LANE-1, LANE-2, with legal twin: both sides of a rename, by bytes.
#[test]
fn signer_changes_the_paths_of_its_lanes_only() {
    for (paths, allowed) in [
        (&["src/a.rs", "src/b.rs"][..], true),
        (&["src/a.rs", "infra/a.rs"], false),
        (&["SRC/a.rs"], false),
        (&["s\u{155}c/a.rs"], false),
        (&["srcx/a.rs"], false),
    ] {
        let (mut world, alice, _) = cast();
        let facts = work(&alice, paths);
        let (_, request) = world.approved(&alice, &facts, paths);
        match allowed {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::LaneOutside),
        }
    }
}

/// Nobody is told of lanes who has none.
#[test]
fn verdict_tells_of_lanes_only_where_a_signer_keeps_to_some() {
    for (who, told) in [("alice", true), ("nora", false)] {
        let (mut world, who) = (World::new(), Actor::named(who));
        let facts = work(&who, &["src/a.rs"]);
        let (_, request) = world.approved(&who, &facts, &["src/a.rs"]);
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        assert!(verdict.allows(), "{verdict:#?}");
        assert_eq!(verdict.rules.iter().any(|rule| rule.rule == "lanes"), told);
    }
}

/// What is taken back on the way is outside of the lanes only where the whole history counts.
#[test]
fn path_that_is_taken_back_counts_under_a_strict_history_only() {
    for (rule, allowed) in [("", true), ("history = \"delta\"\n", true), ("history = \"strict\"\n", false)] {
        let with = |policy: &str| policy.replacen("claims   = \"held\"\n", &format!("claims = \"held\"\n{rule}"), 1);
        let (mut world, alice) = (World::with_policy(with), Actor::named("alice"));
        let mut facts = work(&alice, PATHS);
        facts.commits.extend(["there", "and back"].map(|step| signed(step, &alice, &["infra/x.sh"])));
        let (_, request) = world.approved(&alice, &facts, PATHS);
        match allowed {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::LaneOutside),
        }
        // Within the lanes nobody minds.
        for step in &mut facts.commits[1..] {
            *step = signed("there and back", &alice, &["docs/x.md"]);
        }
        Gate::of(&world).allows(&facts, &request);
    }
}

#[test]
fn each_commit_counts_for_its_own_signer() {
    let (mut world, alice, _) = cast();
    let nora = Actor::named("nora");
    let paths = &["src/a.rs", "infra/a.rs"];
    let mut facts = work(&nora, paths);
    let (_, request) = world.approved(&nora, &facts, paths);
    Gate::of(&world).allows(&facts, &request);
    facts.commits = vec![signed("one", &nora, &["src/a.rs"]), signed("two", &alice, &["infra/a.rs"])];
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert_eq!(verdict.code(), Some(Code::LaneOutside));
}

/// LANE-2, with legal twin:
/// what a merge took over without touching it, whoever merged must be free to change; if nobody did, everybody.
#[test]
fn path_that_a_merge_took_over_lies_in_the_lanes_of_whoever_merged() {
    let (mut world, alice, _) = cast();
    let nora = Actor::named("nora");
    let paths = &["src/a.rs", "infra/a.rs"];
    let by = |who: &Actor| signed("one", who, &["src/a.rs"]);
    // She changed it, and what lands there is something else.
    let otherwise = || {
        let mut commit = signed("otherwise", &nora, paths);
        commit.touched.insert(b"infra/a.rs".to_vec(), Some((0o100_644, object("another"))));
        commit
    };
    let mut facts = work(&nora, paths);
    let (_, request) = world.approved(&nora, &facts, paths);
    for (commits, allowed) in [
        (vec![by(&nora), merge("merge", &alice, &[])], false),
        (vec![by(&nora), merge("merge", &nora, &[]), merge("another", &alice, &[])], false),
        (vec![by(&nora), signed("more", &alice, &[])], false),
        (vec![by(&alice)], false),
        (vec![otherwise(), merge("merge", &alice, &[])], false),
        (vec![otherwise(), merge("merge", &nora, &[])], true),
        (vec![signed("all", &nora, paths), merge("merge", &alice, &[])], true),
        (vec![by(&nora), signed("more", &alice, &[]), merge("merge", &nora, &[])], true),
        (vec![by(&nora)], true),
    ] {
        facts.commits = commits;
        let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
        let is_outside = verdict.rules.iter().any(|rule| rule.code == Some(Code::LaneOutside));
        assert_eq!(is_outside, !allowed, "{verdict:#?}");
    }
}

/// A role that the policy does not know has no lanes: not all of them.
#[test]
fn signer_without_a_known_role_changes_nothing() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let mut gate = Gate::of(&world);
    gate.allows(&facts, &request);
    gate.rights.policy.roles.remove(&name("builder"));
    gate.blocks(&facts, &request, Code::LaneOutside);
    // The hub has the single right to record landings.
    let mut by_hub = facts;
    by_hub.commits.push(signed("by the hub", &Actor::named("hub"), PATHS));
    let verdict = Gate::of(&world).verdict(&[(&by_hub, Some(&request.id))]);
    assert_eq!(verdict.code(), Some(Code::LaneOutside));
}

/// LANE-3, with legal twin
#[test]
fn paths_that_collide_in_some_checkout_are_refused() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let twins = vec![b"src/A.rs".to_vec()];
    Gate::of(&world).blocks(&SegmentFacts { twins, ..facts.clone() }, &request, Code::LaneCollision);
    Gate::of(&world).allows(&facts, &request);
}

/// ENV-4, with legal twin: a checkout of such a tree would take the place of the ledger's own.
#[test]
fn nothing_lands_where_the_ledgers_checkout_lies() {
    let everywhere = |policy: &str| policy.replace("\"src/**\", \"tests/**\"", "\"**\", \"tests/**\"");
    for (path, code) in [
        (".coord", Some(Code::WorktreeReplaced)),
        (".coord/policy.toml", Some(Code::WorktreeReplaced)),
        (".COORD/claims/c-22222222.toml", Some(Code::WorktreeReplaced)),
        ("src/.coord/a.toml", None),
        (".coordinates/a.toml", None),
    ] {
        let (mut world, alice) = (World::with_policy(everywhere), Actor::named("alice"));
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &[path]);
        match code {
            Some(code) => Gate::of(&world).blocks(&facts, &request, code),
            None => Gate::of(&world).allows(&facts, &request),
        }
    }
    let (mut world, alice) = (World::with_policy(everywhere), Actor::named("alice"));
    let mut removal = work(&alice, &[".coord/policy.toml"]);
    removal.changes[0].old = removal.changes[0].new.take();
    let removal = measured(removal);
    let (_, request) = world.approved(&alice, &removal, &[".coord/policy.toml"]);
    Gate::of(&world).allows(&removal, &request);
}

fn with_mode(facts: &SegmentFacts, mode: u32) -> SegmentFacts {
    let mut facts = facts.clone();
    facts.changes[0].new.as_mut().unwrap().mode = mode;
    measured(facts)
}

/// LANE-4, with legal twin
#[test]
fn agents_make_no_symbolic_links() {
    let (mut world, alice, _) = cast();
    let nora = Actor::named("nora");
    let link = with_mode(&work(&alice, PATHS), Content::LINK);
    let (_, request) = world.approved(&alice, &link, PATHS);
    Gate::of(&world).blocks(&link, &request, Code::LaneSymlink);
    // A merge that takes the link over without touching it makes it all the same.
    let mut merged = link.clone();
    merged.commits = vec![signed("merge", &alice, &[])];
    Gate::of(&world).blocks(&merged, &request, Code::LaneSymlink);
    let by_human = with_mode(&work_from("base", "human", &nora, &["src/n.rs"]), Content::LINK);
    let (_, request) = world.approved(&nora, &by_human, &["src/n.rs"]);
    Gate::of(&world).allows(&by_human, &request);
}

/// LANE-4, with legal twin: another link in the same change, made by a human, hides none.
#[test]
fn link_of_an_agent_is_found_behind_that_of_a_human() {
    for (signer, allowed) in [("alice", false), ("nora", true)] {
        let (mut world, _, _) = cast();
        let nora = Actor::named("nora");
        let paths = &["src/a.rs", "src/z.rs"];
        let mut facts = work(&nora, paths);
        for change in &mut facts.changes {
            change.new.as_mut().unwrap().mode = Content::LINK;
        }
        facts.commits =
            vec![signed("first", &nora, &["src/a.rs"]), signed("second", &Actor::named(signer), &["src/z.rs"])];
        let facts = measured(facts);
        let (claim, mut request) = world.ask(&nora, &facts, &["src/a.rs"]);
        let second = world.claim(&Actor::named(signer), &["src/z.rs"]);
        request = Request { rev: 2, claims: vec![claim.id, second.id], ..request };
        world.ok(&nora, &[put(&request)]);
        world.answer(&Actor::named("carol"), &request, Answer::Approve);
        match allowed {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::LaneSymlink),
        }
    }
}

/// LANE-4, with legal twin:
/// where a link points is all that there is to it. An agent may take it out, or put a file in its place.
#[test]
fn agents_point_no_link_elsewhere() {
    for (who, mode, allowed) in [
        ("alice", Some(Content::LINK), false),
        ("nora", Some(Content::LINK), true),
        ("alice", Some(0o100_644), true),
        ("alice", None, true),
    ] {
        let (mut world, _, _) = cast();
        let who = Actor::named(who);
        let mut facts = work(&who, PATHS);
        facts.changes[0].old.as_mut().unwrap().mode = Content::LINK;
        facts.changes[0].new = facts.changes[0].new.and_then(|new| Some(Content { mode: mode?, ..new }));
        let facts = measured(facts);
        let (_, request) = world.approved(&who, &facts, PATHS);
        match allowed {
            true => Gate::of(&world).allows(&facts, &request),
            false => Gate::of(&world).blocks(&facts, &request, Code::LaneSymlink),
        }
    }
}

/// LANE-4, S14: whoever says of itself that it is human is not believed.
#[test]
fn provisional_human_makes_no_symbolic_link_either() {
    let (mut world, _, _) = cast();
    let guest = Actor::named("guest");
    let record =
        Principal { enrolled_by: guest.id.clone(), ..principal(&guest, PrincipalKind::Human, "guest", &guest) };
    world.ok(&guest, &[put(&record)]);
    let link = with_mode(&work(&guest, &["docs/a.md"]), Content::LINK);
    let (_, request) = world.ask(&guest, &link, &["docs/a.md"]);
    assert_eq!(Gate::of(&world).verdict(&[(&link, Some(&request.id))]).code(), Some(Code::LaneSymlink));
}

/// LANE-5, with legal twin
#[test]
fn sensitive_path_needs_a_human() {
    for path in [
        "src/.gitattributes",
        "docs/.github/workflows/ci.yml",
        "src/.GitModules",
        "src/.HUSKY/x",
        "src/.circleci/config.yml",
        "src/Jenkinsfile",
        "src/azure-pipelines.yml",
        "src/.gitlab-ci.yml",
        "src/.vscode/tasks.json",
        "src/.devcontainer/devcontainer.json",
        "src/.mcp.json",
        "src/.claude/settings.json",
        "src/.cursor/mcp.json",
        "src/agents.md",
        "src/CLAUDE.md",
        "src/lefthook.yml",
        "src/.pre-commit-config.yaml",
    ] {
        let (mut world, alice, _) = cast();
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &[path]);
        Gate::of(&world).blocks(&facts, &request, Code::LaneSensitive);
        world.answer(&Actor::named("nora"), &request, Answer::Approve);
        Gate::of(&world).allows(&facts, &request);
    }
    // Names that only look like them run nowhere.
    for path in ["src/claude.rs", "docs/agents.md.txt", "src/vscode/a.rs", "src/jenkinsfile.rs"] {
        let (mut world, alice, _) = cast();
        let facts = work(&alice, &[path]);
        let (_, request) = world.approved(&alice, &facts, &[path]);
        Gate::of(&world).allows(&facts, &request);
    }
    let (mut world, alice, _) = cast();
    let submodule = with_mode(&work(&alice, PATHS), Content::SUBMODULE);
    let (_, request) = world.approved(&alice, &submodule, PATHS);
    Gate::of(&world).blocks(&submodule, &request, Code::LaneSensitive);
}

/// LANE-5, with legal twin: the human's approval must be one that counts.
#[test]
fn sensitive_path_is_not_passed_by_an_involved_outdated_or_suspect_human() {
    let path = &["src/.gitattributes"];
    let (mut world, alice, _) = cast();
    let (nora, maria) = (Actor::named("nora"), Actor::named("maria"));
    let facts = work(&alice, path);
    let (_, request) = world.approved(&alice, &facts, path);
    let given = world.state().height;
    world.answer(&nora, &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
    let mut involved = facts.clone();
    involved.commits.push(signed("more", &nora, &[]));
    Gate::of(&world).blocks(&involved, &request, Code::LaneSensitive);
    let suspect = Principal { suspect_since: Some(given), ..world.next_record(&nora) };
    world.ok(&maria, &[put(&suspect)]);
    Gate::of(&world).blocks(&facts, &request, Code::LaneSensitive);
}

/// S16, with legal twin: whoever made a change is known before anybody asks for it; whoever asks has a hand in it by that.
#[test]
fn authors_are_known_before_anybody_asks() {
    let (mut world, alice, bob) = (World::new(), Actor::named("alice"), Actor::named("bob"));
    let facts = work(&alice, &["src/a.rs"]);
    let request = world.draft_request(&bob, &main_ref(), &facts, &[]);
    world.ok(&bob, &[put(&request)]);
    let pending = &world.state().requests[&request.id];
    for (stage, expected) in [(Stage::Committed, &[&alice][..]), (Stage::Requested, &[&alice, &bob])] {
        let found = cost(world.state(), Asked { pending, stage, facts: &facts }).contributors;
        let expected: Vec<_> = expected.iter().map(|who| &who.id).collect();
        assert_eq!(found.principals.keys().collect::<Vec<_>>(), expected, "{stage:?}");
    }
}

//! The work itself: who signed it, in whose lane, under which lease, and what stands against it.

use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Content;
use git_coord::model::Landed;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::CommitSigner;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::commit;
use crate::kernel::push::main_ref;
use crate::kernel::push::measured;
use crate::kernel::push::signed;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

fn cast() -> (World, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"))
}

/// MRG-4, SIG-12
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

/// MRG-5, KEY-2
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

/// LANE-1, LANE-2: both sides of a rename, by bytes.
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
    // What a merge took over without touching it, somebody in the range must be free to change.
    facts.commits = vec![signed("two", &alice, &["src/a.rs"])];
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert_eq!(verdict.code(), Some(Code::LaneOutside));
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

/// LANE-3
#[test]
fn paths_that_collide_in_some_checkout_are_refused() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, PATHS);
    let (_, request) = world.approved(&alice, &facts, PATHS);
    let twins = vec![b"src/A.rs".to_vec()];
    Gate::of(&world).blocks(&SegmentFacts { twins, ..facts.clone() }, &request, Code::LaneCollision);
    Gate::of(&world).allows(&facts, &request);
}

/// ENV-4: a checkout of such a tree would take the place of the ledger's own.
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

/// LANE-4
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
    // A link that was there may change where it points; a human may make one.
    let mut moved = link.clone();
    moved.changes[0].old.as_mut().unwrap().mode = Content::LINK;
    let moved = measured(moved);
    let mut second = world.draft_request(&alice, &main_ref(), &moved, &[]);
    second.claims.clone_from(&request.claims);
    world.ok(&alice, &[put(&second)]);
    world.answer(&Actor::named("carol"), &second, Answer::Approve);
    Gate::of(&world).allows(&moved, &second);
    let by_human = with_mode(&work_from("base", "human", &nora, &["src/n.rs"]), Content::LINK);
    let (_, request) = world.approved(&nora, &by_human, &["src/n.rs"]);
    Gate::of(&world).allows(&by_human, &request);
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

/// LANE-5
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

/// LANE-5: the human's approval must be one that counts.
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

/// S10
#[test]
fn every_changed_path_is_covered_by_a_cited_claim() {
    let (mut world, alice, _) = cast();
    let facts = work(&alice, &["src/a.rs", "src/b.rs"]);
    let (claim, request) = world.approved(&alice, &facts, PATHS);
    Gate::of(&world).blocks(&facts, &request, Code::ClaimOverlap);
    // A claim that is made later counts once the request is edited to cite it.
    let late = world.claim(&alice, &["src/b.rs"]);
    let edited = Request { rev: 2, claims: vec![claim.id.clone(), late.id.clone()], ..request };
    world.ok(&alice, &[put(&edited)]);
    world.answer(&Actor::named("carol"), &edited, Answer::Approve);
    Gate::of(&world).allows(&facts, &edited);
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
            Some(code) => Gate::of(&world).blocks(&facts, &request, code),
            None => Gate::of(&world).allows(&facts, &request),
        }
    }
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

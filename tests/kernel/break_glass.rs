//! Break-glass: a human lands one exact move before anybody approved it, and the ref stands still until others have
//! reviewed it (POL-14).

use git_coord::model::Answer;
use git_coord::model::BreakGlass;
use git_coord::model::Claim;
use git_coord::model::Landed;
use git_coord::model::Principal;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::OtherHead;
use git_coord::rules::SegmentFacts;
use git_coord::rules::unreviewed_on;

use crate::kernel::push::Gate;
use crate::kernel::push::blocked;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;

const PATHS: &[&str] = &["src/a.rs"];

fn actor(name: &str) -> Actor {
    Actor::named(name)
}

/// Returns a world whose maintainers may break the glass, and whose `main` is at `base`.
fn world() -> World {
    world_with("")
}

/// As [`world`], with more in its policy.
fn world_with(more: &str) -> World {
    world_under(&["maria"], |policy| policy + more)
}

/// As [`world`], with these root members and another policy.
pub fn world_under(roots: &[&str], edit: impl FnOnce(String) -> String) -> World {
    let mut world = World::with_roots(roots, |policy| {
        let may = "\"enroll\", \"revoke\", \"propose-policy\", \"land\"]";
        let edited = policy.replacen(may, &may.replace("\"land\"", "\"land\", \"break-glass\""), 1);
        assert_ne!(edited, policy);
        // An agent with the right: it is not enough.
        edit(edited.replacen(
            "[\"find\", \"triage\", \"approve\", \"veto\"]",
            "[\"find\", \"request\", \"triage\", \"approve\", \"veto\", \"break-glass\"]",
            1,
        ))
    });
    for (rev, root) in (1..).zip(roots) {
        if !world.state().landed.contains_key(&main_ref()) {
            let adoption = Landed { rev, ..world.draft_adoption(&main_ref(), object("base")) };
            world.ok(&actor(root), &[put(&adoption)]);
        }
    }
    world
}

/// Returns a request of somebody to land an unsigned-for, unclaimed and unapproved change at once.
fn glass(world: &mut World, who: &Actor) -> (SegmentFacts, Request) {
    let facts = work_from("base", "emergency", &actor("alice"), PATHS);
    let request = draft_glass(world, who, &facts);
    (facts, request)
}

/// Returns a request of somebody to land a change at once.
pub fn draft_glass(world: &mut World, who: &Actor, facts: &SegmentFacts) -> Request {
    let request = world.draft_request(who, &main_ref(), facts, &[]);
    let expires = world.now + Span::from_s(1_800);
    Request { break_glass: Some(BreakGlass { reason: text("The site is down"), expires }), ..request }
}

/// Returns the record of such a landing as an honest lander writes it.
pub fn landing(world: &World, request: &Request, facts: &SegmentFacts) -> Landed {
    let contributors = Gate::of(world).authorship(facts, request).contributors;
    Landed {
        approvals: Vec::new(),
        unknown_authors: contributors.unknown.len() as u64,
        contributors: contributors.principals.into_keys().collect(),
        ..world.draft_landing(request, facts)
    }
}

/// Returns a world in which `nora` has broken the glass.
fn broken() -> (World, SegmentFacts, Request) {
    let mut world = world();
    let nora = actor("nora");
    let (facts, request) = glass(&mut world, &nora);
    world.ok(&nora, &[put(&request)]);
    Gate::of(&world).allows(&facts, &request);
    let landed = landing(&world, &request, &facts);
    world.ok(&actor("hub"), &[put(&landed)]);
    (world, facts, request)
}

/// POL-14, legal twin: a human who may lands at once, with the reason, and others review it afterwards.
#[test]
fn human_breaks_the_glass_and_the_ref_waits_for_review() {
    let (mut world, _, request) = broken();
    assert!(world.state().broken.contains_key(&request.id) && world.state().requests.is_empty());
    // The next change has every approval, and does not land.
    let next = work_from("emergency", "next", &actor("alice"), &["src/b.rs"]);
    let (_, asked) = world.approved(&actor("alice"), &next, &["src/b.rs"]);
    Gate::of(&world).blocks(&next, &asked, Code::GlassUnreviewed);
    let edits = world.landing_edits(&world.draft_landing(&asked, &next));
    world.refuse(&actor("hub"), &edits, Code::GlassUnreviewed);
    // Nor does it come away unreviewed, nor by a review of who broke it or who wrote it.
    for name in ["nora", "maria", "carol"] {
        world.refuse(&actor(name), &[take_away(&request)], Code::GlassUnreviewed);
    }
    let own = world.draft_answer(&actor("nora"), &request, Answer::Approve);
    world.refuse(&actor("nora"), &[put(&own)], Code::ApprovalSelf);
    // `dave` shares the vendor of who wrote it.
    world.answer(&actor("dave"), &request, Answer::Approve);
    Gate::of(&world).blocks(&next, &asked, Code::GlassUnreviewed);
    world.answer(&actor("carol"), &request, Answer::Approve);
    Gate::of(&world).allows(&next, &asked);
    let answers = [actor("dave"), actor("carol")].map(|who| world.draft_answer(&who, &request, Answer::Approve));
    world.refuse(&actor("carol"), &[take_away(&request)], Code::RecordField);
    let close: Vec<_> = [take_away(&request)].into_iter().chain(answers.iter().map(take_away)).collect();
    world.ok(&actor("bob"), &close);
    assert!(world.state().broken.is_empty());
    world.land(&actor("hub"), &asked, &next);
}

/// What was wrong is reviewed as well: it can be reverted then.
#[test]
fn rejection_is_a_review_and_a_veto_is_none() {
    let (mut world, _, request) = broken();
    let next = work_from("emergency", "revert", &actor("alice"), &["src/b.rs"]);
    let (_, asked) = world.approved(&actor("alice"), &next, &["src/b.rs"]);
    let veto = world.draft_answer(&actor("sam"), &request, Answer::Veto);
    world.refuse(&actor("sam"), &[put(&veto)], Code::ApprovalVeto);
    Gate::of(&world).blocks(&next, &asked, Code::GlassUnreviewed);
    world.answer(&actor("carol"), &request, Answer::Reject);
    Gate::of(&world).allows(&next, &asked);
}

/// Whose review was given with a key that is suspect since has reviewed nothing.
#[test]
fn review_of_a_suspect_counts_no_more() {
    let (mut world, _, request) = broken();
    let next = work_from("emergency", "next", &actor("alice"), &["src/b.rs"]);
    let (_, asked) = world.ask(&actor("alice"), &next, &["src/b.rs"]);
    let since = world.state().height;
    world.answer(&actor("carol"), &request, Answer::Approve);
    world.answer(&actor("maria"), &asked, Answer::Approve);
    Gate::of(&world).allows(&next, &asked);
    let suspect = Principal { suspect_since: Some(since), ..world.next_record(&actor("carol")) };
    world.ok(&actor("maria"), &[put(&suspect)]);
    Gate::of(&world).blocks(&next, &asked, Code::GlassUnreviewed);
}

/// POL-14: an agent, somebody without the right, and one whose key is suspect do not break it.
#[test]
fn only_a_human_who_may_breaks_the_glass() {
    let mut world = world();
    for name in ["sam", "alice"] {
        let who = actor(name);
        let (_, request) = glass(&mut world, &who);
        world.refuse(&who, &[put(&request)], Code::GlassRefused);
    }
    let (_, request) = glass(&mut world, &actor("nora"));
    world.refuse(&actor("olga"), &[put(&request)], Code::RecordOwner);
    let suspect = Principal { suspect_since: Some(1), ..world.next_record(&actor("nora")) };
    world.ok(&actor("maria"), &[put(&suspect)]);
    world.refuse(&actor("nora"), &[put(&request)], Code::GlassRefused);
    let (_, request) = glass(&mut world, &actor("olga"));
    world.ok(&actor("olga"), &[put(&request)]);
}

/// POL-14: it is over within the hour, at the gate and for the judge.
#[test]
fn glass_is_broken_within_the_hour() {
    let mut world = world();
    let nora = actor("nora");
    let (facts, request) = glass(&mut world, &nora);
    for seconds in [3_602, 0] {
        let expires = world.now + Span::from_s(seconds);
        let other = BreakGlass { expires, ..request.break_glass.clone().unwrap() };
        let wrong = Request { break_glass: Some(other), ..request.clone() };
        world.refuse(&nora, &[put(&wrong)], Code::GlassRefused);
    }
    world.ok(&nora, &[put(&request)]);
    world.pass(1_700);
    Gate::of(&world).allows(&facts, &request);
    world.pass(200);
    Gate::of(&world).blocks(&facts, &request, Code::GlassRefused);
    let landed = landing(&world, &request, &facts);
    world.refuse(&actor("hub"), &[put(&landed)], Code::GlassRefused);
    // Whoever records cannot say that it was earlier than the last entry.
    world.claim(&actor("bob"), &["docs/x"]);
    let early = Landed { now: world.now - Span::from_s(300), ..landing(&world, &request, &facts) };
    world.refuse(&actor("hub"), &[put(&early)], Code::GlassRefused);
    world.ok(&nora, &[take_away(&request)]);
}

/// POL-14: for another old or new commit than it names, on another ref, or edited, it is worth nothing.
#[test]
fn glass_is_for_one_exact_move() {
    let mut world = world();
    let nora = actor("nora");
    let (facts, request) = glass(&mut world, &nora);
    let elsewhere = Request { base: object("elsewhere"), ..request.clone() };
    world.refuse(&nora, &[put(&elsewhere)], Code::GlassRefused);
    world.ok(&nora, &[put(&request)]);
    let later = BreakGlass { expires: world.now + Span::from_s(3_000), ..request.break_glass.clone().unwrap() };
    for edited in [
        Request { rev: 2, head: object("other"), ..request.clone() },
        Request { rev: 2, break_glass: Some(later), ..request.clone() },
        Request { rev: 2, break_glass: None, ..request.clone() },
    ] {
        world.refuse(&nora, &[put(&edited)], Code::GlassRefused);
    }
    // The same change in another commit, or from where something else has landed: another request could land either.
    let shown = OtherHead { head: facts.new, delta: Some(facts.delta), commits: Some(facts.commits.clone()) };
    let other = SegmentFacts { new: object("other"), other_heads: vec![shown], ..facts.clone() };
    let elsewhere = SegmentFacts { old: Some(object("elsewhere")), ..facts.clone() };
    for moved in [&other, &elsewhere] {
        let mut gate = Gate::of(&world);
        gate.rights.landed.insert(main_ref(), world.draft_adoption(&main_ref(), moved.old.unwrap()));
        gate.blocks(moved, &request, Code::GlassRefused);
    }
    Gate::of(&world).allows(&facts, &request);
    let landed = landing(&world, &request, &other);
    world.refuse(&actor("hub"), &[put(&landed)], Code::GlassRefused);
    let landed = landing(&world, &request, &facts);
    let used = world.landing_edits(&landed);
    world.refuse(&actor("hub"), &used, Code::LandedMismatch);
    world.ok(&actor("hub"), &[put(&landed)]);
    // And twice it is not used, nor edited once it was.
    let again = Landed { rev: landed.rev + 1, old: Some(facts.new), ..landed };
    world.refuse(&actor("hub"), &[put(&again)], Code::ApprovalConsumed);
    world.refuse(&nora, &[put(&Request { rev: 2, ..request })], Code::GlassRefused);
}

/// An ordinary request does not turn into one that lands at once.
#[test]
fn open_request_does_not_become_glass() {
    let mut world = world();
    let nora = actor("nora");
    let (_, request) = glass(&mut world, &nora);
    let ordinary = Request { break_glass: None, ..request.clone() };
    world.ok(&nora, &[put(&ordinary)]);
    world.refuse(&nora, &[put(&Request { rev: 2, ..request })], Code::GlassRefused);
    world.ok(&nora, &[put(&Request { rev: 2, ..ordinary })]);
}

/// Who loses the right, or steps down, has not broken it if it has not landed yet.
#[test]
fn right_counts_when_it_lands() {
    let mut world = world();
    let nora = actor("nora");
    let (facts, request) = glass(&mut world, &nora);
    world.ok(&nora, &[put(&request)]);
    let suspended = Principal { status: Standing::Suspended, ..world.next_record(&nora) };
    world.ok(&actor("maria"), &[put(&suspended)]);
    Gate::of(&world).blocks(&facts, &request, Code::GlassRefused);
    let landed = landing(&world, &request, &facts);
    world.refuse(&actor("hub"), &[put(&landed)], Code::GlassRefused);
}

/// A veto stops it as it stops everything, and `.coord` and twins are nobody's to take.
#[test]
fn veto_stops_it() {
    let mut world = world();
    let nora = actor("nora");
    let (facts, request) = glass(&mut world, &nora);
    world.ok(&nora, &[put(&request)]);
    world.answer(&actor("sam"), &request, Answer::Veto);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalVeto);
    let landed = landing(&world, &request, &facts);
    world.refuse(&actor("hub"), &[put(&landed)], Code::ApprovalVeto);
}

/// In one push nothing comes after it, for nobody has reviewed it then.
#[test]
fn nothing_follows_it_in_one_push() {
    let mut world = world();
    let nora = actor("nora");
    let (facts, request) = glass(&mut world, &nora);
    world.ok(&nora, &[put(&request)]);
    let next = work_from("emergency", "next", &actor("alice"), &["src/b.rs"]);
    let (_, asked) = world.approved(&actor("alice"), &next, &["src/b.rs"]);
    let both = [(&facts, Some(&request.id)), (&next, Some(&asked.id))];
    let verdict = Gate::of(&world).verdict(&both);
    blocked(&verdict, &[Code::GlassUnreviewed]);
}

/// Without the right in the policy there is no glass to break.
#[test]
fn policy_gives_the_right() {
    let mut world = World::new();
    let adoption = world.draft_adoption(&main_ref(), object("base"));
    world.ok(&actor("maria"), &[put(&adoption)]);
    let (_, request) = glass(&mut world, &actor("maria"));
    world.refuse(&actor("maria"), &[put(&request)], Code::GlassRefused);
}

/// Returns a world in which `nora` has broken the glass for a change of these paths.
fn broken_on(world: World, paths: &[&str]) -> (World, Request) {
    broken_by(world, &actor("nora"), &work_from("base", "emergency", &actor("alice"), paths))
}

/// Returns a world in which somebody has broken the glass for a change.
pub fn broken_by(mut world: World, who: &Actor, facts: &SegmentFacts) -> (World, Request) {
    let request = draft_glass(&mut world, who, facts);
    world.ok(who, &[put(&request)]);
    let landed = landing(&world, &request, facts);
    world.ok(&actor("hub"), &[put(&landed)]);
    (world, request)
}

/// Checks that a review by one is not enough, and that together with another's it is.
#[track_caller]
fn check_takes(mut world: World, request: &Request, first: &str, second: &str) {
    world.answer(&actor(first), request, Answer::Approve);
    assert!(unreviewed_on(world.state(), &main_ref()).is_some(), "`{first}` alone");
    world.answer(&actor(second), request, Answer::Reject);
    assert!(unreviewed_on(world.state(), &main_ref()).is_none());
}

/// What a human had to approve is reviewed by one as well.
#[test]
fn sensitive_path_is_reviewed_by_a_human() {
    let (world, request) = broken_on(world(), &[".github/build.yml"]);
    check_takes(world, &request, "carol", "olga");
    let (mut world, request) = broken_on(self::world(), &["src/build.yml"]);
    world.answer(&actor("carol"), &request, Answer::Approve);
    assert!(unreviewed_on(world.state(), &main_ref()).is_none());
}

/// S16: who held what was changed had a hand in it, though the request cites no claim and the claim ends.
#[test]
fn who_held_a_changed_path_does_not_review_it() {
    let mut world = world();
    let maria = actor("maria");
    let builder =
        Principal { role: name("reviewer"), enrolled_by: maria.id.clone(), ..world.next_record(&actor("bob")) };
    let claim = world.claim(&actor("bob"), PATHS);
    world.ok(&actor("bob"), &[take_away(&claim)]);
    world.ok(&maria, &[put(&builder)]);
    // Nor if the record of the landing leaves its holder out: the ledger knows.
    let (_, request) = glass(&mut world, &actor("nora"));
    world.ok(&actor("nora"), &[put(&request)]);
    let facts = work_from("base", "emergency", &actor("alice"), PATHS);
    let landed = Landed { contributors: vec![actor("nora").id], ..landing(&world, &request, &facts) };
    world.ok(&actor("hub"), &[put(&landed)]);
    assert_eq!(world.state().broken[&request.id].pending.holders, [actor("bob").id]);
    check_takes(world, &request, "bob", "olga");
}

/// A claim tells of a mission, and it may be given back before the glass is broken: its rules ask all the same.
#[test]
fn rules_of_its_mission_ask_for_its_review() {
    let mission = r#"
[[missions.payments.protect]]
name = "payments"
refs = ["refs/heads/main"]

  [[missions.payments.protect.approvals]]
  count = 1
  from  = ["maintainer"]
"#;
    for paths in [PATHS, &["docs/a.md"]] {
        let mut world = world_with(mission);
        let claim = Claim { mission: Some(name("payments")), ..world.draft_claim(&actor("alice"), PATHS) };
        world.ok(&actor("alice"), &[put(&claim)]);
        world.ok(&actor("alice"), &[take_away(&claim)]);
        let (mut world, request) = broken_on(world, paths);
        if paths == PATHS {
            check_takes(world, &request, "carol", "olga");
        } else {
            world.answer(&actor("carol"), &request, Answer::Approve);
            assert!(unreviewed_on(world.state(), &main_ref()).is_none());
        }
    }
}

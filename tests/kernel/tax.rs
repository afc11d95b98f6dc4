//! What each figure of `git coord tax` means, on ledgers whose times are known to the second.

use git_coord::ledger::Chain;
use git_coord::ledger::Step;
use git_coord::ledger::Store;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Timestamp;
use git_coord::ops::tax::Approvals;
use git_coord::ops::tax::Cause;
use git_coord::ops::tax::Changes;
use git_coord::ops::tax::Claims;
use git_coord::ops::tax::Figures;
use git_coord::ops::tax::Meter;
use git_coord::ops::tax::Move;
use git_coord::ops::tax::Wait;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// Measures a world from its genesis, entry by entry.
fn measure(world: &World, since: Option<Timestamp>) -> Figures {
    let store = &world.store;
    let mut line = world.ledger.line(usize::MAX).unwrap();
    line.reverse();
    let mut meter = Meter::new(since);
    let mut chain = Chain::begin(store, line[0], world.now).unwrap().unwrap();
    for commit in line.into_iter().skip(1) {
        let Step::Taken(next, void) = chain.step(store, commit, world.now).unwrap().unwrap() else {
            panic!("it waits")
        };
        let changes = store.tree_changes(Some(chain.valid_tree), next.valid_tree).unwrap();
        let paths = changes.iter().map(|change| String::from_utf8(change.path.clone()).unwrap());
        let touched: Vec<_> = paths.filter_map(|path| RecordPath::parse(&path)).collect();
        let void = void.map(|void| void.refusal.code);
        meter.take(&Move { before: &chain.state, after: &next.state, touched: &touched, void });
        chain = *next;
    }
    meter.end(&chain.state, world.now)
}

/// Returns how long was waited for each cause, in the order of their names, and by how many requests.
fn waits(figures: &Figures) -> [(u64, u64); 4] {
    let of = |cause| figures.waits.get(&cause).map_or((0, 0), |wait| (wait.count, wait.seconds));
    [of(Cause::Approval), of(Cause::Veto), of(Cause::Author), of(Cause::Landing)]
}

fn alice() -> Actor {
    Actor::named("alice")
}

fn carol() -> Actor {
    Actor::named("carol")
}

/// Returns a world in which `alice` asks to land a change.
fn asked(paths: &[&str]) -> (World, SegmentFacts, Request) {
    let mut world = World::new();
    let facts = work(&alice(), paths);
    let (_, request) = world.ask(&alice(), &facts, paths);
    (world, facts, request)
}

fn update(world: &mut World, request: &Request) -> Request {
    let next = Request { rev: request.rev + 1, ..request.clone() };
    world.ok(&alice(), &[put(&next)]);
    next
}

#[test]
fn waiting_is_split_by_what_was_waited_for() {
    let (mut world, facts, request) = asked(PATHS);
    world.pass(100);
    world.answer(&carol(), &request, Answer::Reject);
    world.pass(20);
    let request = update(&mut world, &request);
    world.pass(3);
    world.answer(&carol(), &request, Answer::Approve);
    world.pass(4_000);
    world.land(&Actor::named("hub"), &request, &facts);
    world.pass(50_000);
    let figures = measure(&world, None);
    assert_eq!(waits(&figures), [(1, 103), (0, 0), (1, 20), (1, 4_000)]);
    let whole = Wait { count: 1, seconds: 4_123, longest_s: 4_123, longest: Some(request.id.clone()) };
    assert_eq!(figures.requests.waited, whole);
    let requests = (figures.requests.opened, figures.requests.landed, figures.requests.closed, figures.requests.open);
    assert_eq!(requests, (1, 1, 0, 0));
    // From the revision that it is of, not from the opening.
    let last = Wait { count: 1, seconds: 3, longest_s: 3, longest: Some(request.id.clone()) };
    assert_eq!(figures.approvers.into_iter().collect::<Vec<_>>(), [(carol().id, last)]);
    let author = Wait { count: 1, seconds: 20, longest_s: 20, longest: Some(request.id.clone()) };
    assert_eq!(figures.authors.into_iter().collect::<Vec<_>>(), [(alice().id, author)]);
    let (rule, wait) = figures.rules.into_iter().next().unwrap();
    let asked: Vec<_> = rule.1.iter().map(|role| role.as_str()).collect();
    assert_eq!((rule.0.as_str(), asked, wait.seconds), ("main", vec!["reviewer", "maintainer"], 103));
    assert!(figures.heads.contains(&facts.new));
}

#[test]
fn request_under_an_old_veto_waits_for_whoever_gave_it() {
    let (mut world, _, request) = asked(PATHS);
    let sam = Actor::named("sam");
    let veto = world.answer(&sam, &request, Answer::Veto);
    world.pass(10);
    let request = update(&mut world, &request);
    world.pass(200);
    world.ok(&sam, &[take_away(&veto)]);
    world.pass(3_000);
    let figures = measure(&world, None);
    assert_eq!(waits(&figures), [(1, 3_000), (1, 200), (1, 10), (0, 0)]);
    assert_eq!(figures.vetoers[&sam.id].seconds, 200);
    assert_eq!(figures.open.into_iter().collect::<Vec<_>>(), [(Cause::Approval, 1)]);
    assert_eq!(figures.requests.waited.longest, Some(request.id));
}

/// A ref that moves on makes work for the author of what is ready, and none where approvals are missing anyway.
#[test]
fn request_that_was_left_behind_waits_for_its_author() {
    let (mut world, facts, first) = asked(PATHS);
    let behind = work_from("base", "behind", &alice(), &["src/b.rs"]);
    let (_, second) = world.ask(&alice(), &behind, &["src/b.rs"]);
    world.answer(&carol(), &first, Answer::Approve);
    world.answer(&carol(), &second, Answer::Approve);
    world.pass(10);
    world.land(&Actor::named("hub"), &first, &facts);
    world.pass(200);
    let rebased = Request { rev: 2, base: facts.new, base_tree: facts.new_tree, ..second };
    world.ok(&alice(), &[put(&rebased)]);
    world.pass(3_000);
    let figures = measure(&world, None);
    assert_eq!(waits(&figures), [(2, 3_000), (0, 0), (1, 200), (2, 20)]);
    assert_eq!(figures.approvals.outdated, 1);
}

#[test]
fn rules_about_paths_are_asked_of_what_landed() {
    let nora = Actor::named("nora");
    for (path, expected, last) in [
        ("src/core/a.rs", [(1, 300), (0, 0), (0, 0), (1, 5)], &nora),
        ("src/a.rs", [(1, 100), (0, 0), (0, 0), (1, 205)], &carol()),
    ] {
        let (mut world, facts, request) = asked(&[path]);
        world.pass(100);
        world.answer(&carol(), &request, Answer::Approve);
        world.pass(200);
        world.answer(&nora, &request, Answer::Approve);
        world.pass(5);
        // As long as nobody knows what it changes, only the rule about everything is asked.
        assert_eq!(waits(&measure(&world, None)), [(1, 100), (0, 0), (0, 0), (1, 205)], "{path}");
        world.land(&Actor::named("hub"), &request, &facts);
        let figures = measure(&world, None);
        assert_eq!(waits(&figures), expected, "{path}");
        assert_eq!(figures.approvers.keys().collect::<Vec<_>>(), [&last.id], "{path}");
    }
}

#[test]
fn only_the_window_is_counted() {
    let (mut world, facts, request) = asked(PATHS);
    world.pass(1_000);
    let before = world.now;
    world.pass(1);
    world.answer(&carol(), &request, Answer::Approve);
    world.pass(30);
    let after = world.now;
    world.pass(2);
    world.land(&Actor::named("hub"), &request, &facts);
    world.pass(400);
    let figures = measure(&world, Some(before));
    assert_eq!(waits(&figures), [(1, 1), (0, 0), (0, 0), (1, 32)]);
    // The whole answer was waited for, though most of that was before.
    assert_eq!(figures.approvers[&carol().id].seconds, 1_001);
    assert_eq!((figures.requests.opened, figures.requests.landed, figures.requests.waited.seconds), (0, 1, 33));
    assert_eq!((figures.entries, figures.claims.made), (2, 0));
    let figures = measure(&world, Some(after));
    assert_eq!(waits(&figures), [(0, 0), (0, 0), (0, 0), (1, 2)]);
    assert_eq!((figures.approvals.given, figures.approvals.used, figures.approvers.len()), (0, 1, 0));
    assert_eq!(measure(&world, Some(world.now)), Figures { heads: figures.heads, ..Figures::default() });
}

/// Over a whole ledger the fates of approvals add up to those given.
#[test]
fn every_approval_has_one_fate() {
    let (mut world, facts, request) = asked(PATHS);
    let (carol, dave, nora) = (carol(), Actor::named("dave"), Actor::named("nora"));
    world.answer(&carol, &request, Answer::Approve);
    world.answer(&dave, &request, Answer::Approve);
    let request = update(&mut world, &request);
    world.answer(&carol, &request, Answer::Approve);
    let withdrawn = world.answer(&nora, &request, Answer::Approve);
    world.ok(&nora, &[take_away(&withdrawn)]);
    world.land(&Actor::named("hub"), &request, &facts);
    let next = work_from("head", "next", &alice(), &["src/b.rs"]);
    let (_, closed) = world.ask(&alice(), &next, &["src/b.rs"]);
    let answer = world.answer(&carol, &closed, Answer::Approve);
    world.ok(&alice(), &[take_away(&closed), take_away(&answer)]);
    let last = work_from("head", "last", &alice(), &["src/c.rs"]);
    let (_, open) = world.ask(&alice(), &last, &["src/c.rs"]);
    world.answer(&nora, &open, Answer::Approve);
    world.answer(&nora, &open, Answer::Reject);
    world.answer(&nora, &open, Answer::Approve);
    let figures = measure(&world, None);
    let expected = Approvals { given: 7, used: 1, outdated: 2, withdrawn: 2, closed: 1, standing: 1 };
    assert_eq!(figures.approvals, expected);
    assert_eq!((figures.requests.opened, figures.requests.landed, figures.requests.closed), (3, 1, 1));
}

#[test]
fn claims_are_counted_by_how_they_ended() {
    let mut world = World::new();
    let (alice, bob, nora) = (alice(), Actor::named("bob"), Actor::named("nora"));
    let released = world.claim(&alice, &["docs/"]);
    world.ok(&alice, &[take_away(&released)]);
    let revoked = world.claim(&alice, &["docs/"]);
    world.ok(&nora, &[put(&Claim { rev: 2, revoked_by: Some(nora.id.clone()), ..revoked.clone() })]);
    world.ok(&nora, &[take_away(&revoked)]);
    let lost = world.claim(&alice, &["src/"]);
    let run_out = world.claim(&alice, &["tests/"]);
    world.pass(1_800 + 120);
    let taken = world.draft_claim(&bob, &["src/"]);
    world.ok(&bob, &[take_away(&lost), put(&taken)]);
    let figures = measure(&world, None);
    assert_eq!(figures.claims, Claims { made: 5, released: 1, revoked: 1, taken: 1, run_out: 1, ..Claims::default() });
    world.ok(&alice, &[put(&Claim { rev: 2, expires: world.now + git_coord::model::Span::from_s(60), ..run_out })]);
    assert_eq!(measure(&world, None).claims.run_out, 0, "a claim that was renewed is not lost");
}

#[test]
fn void_entries_are_counted_by_rule() {
    let mut world = World::new();
    let bob = Actor::named("bob");
    // An entry of somebody else's, one of nobody's, and between them such as count.
    for who in [&bob, &Actor::named("stranger"), &bob] {
        let finding = world.draft_finding(&alice(), git_coord::model::Severity::Low, &["src/"]);
        world.force(who, &[put(&finding)]);
        world.find(&alice(), git_coord::model::Severity::Low, &["src/"]);
    }
    let figures = measure(&world, None);
    let void: Vec<_> = figures.void.iter().map(|(code, count)| (*code, *count)).collect();
    assert_eq!(void.iter().map(|(_, count)| count).sum::<u64>(), 3, "{void:?}");
    assert!(void.contains(&(Code::KeyUnknown, 1)) && void.contains(&(Code::RecordOwner, 2)), "{void:?}");
    let genesis = 1;
    assert_eq!(figures.entries, world.state().height - genesis);
}

#[test]
fn landing_that_no_rule_asks_about_needed_no_gate() {
    let only_code = |policy: &str| policy.replacen("count    = 1", "paths    = [\"src/**\"]\n  count    = 1", 1);
    let mut world = World::with_policy(only_code);
    let (hub, base) = (Actor::named("hub"), "base");
    let facts = work_from(base, "words", &alice(), &["docs/a.md"]);
    let (_, request) = world.ask(&alice(), &facts, &["docs/a.md"]);
    world.land(&hub, &request, &facts);
    let facts = work_from("words", "code", &alice(), PATHS);
    let (_, request) = world.approved(&alice(), &facts, PATHS);
    world.land(&hub, &request, &facts);
    // What a root member takes as it is, is no change.
    let other = git_coord::model::RefName::parse("refs/heads/release/1").unwrap();
    world.ok(&Actor::named("maria"), &[put(&world.draft_adoption(&other, object("code")))]);
    assert_eq!(world.state().landed[&main_ref()].new, object("code"));
    assert_eq!(measure(&world, None).changes, Changes { asked: 1, unasked: 1 });
}

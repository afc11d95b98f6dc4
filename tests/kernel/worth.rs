//! What an approval is worth: whether it counts for all that asks for it, and whether it would again if it were given now.

use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::rules::Code;
use git_coord::rules::Contributors;
use git_coord::rules::Subject;
use git_coord::rules::Worth;
use git_coord::rules::worth_for_action;
use git_coord::rules::worth_for_draft;

use crate::kernel::actions;
use crate::kernel::policies::answer;
use crate::kernel::policies::proposed;
use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/pay.rs"];
/// A mission in which approvals age.
const PAYMENTS: &str = r#"
[[missions.payments.protect]]
name = "payments"
refs = ["refs/heads/main"]

  [[missions.payments.protect.approvals]]
  count   = 1
  from    = ["reviewer"]
  max-age = "1h"
"#;

/// Returns what somebody's approval of a request that changes these paths is worth.
fn worth(world: &World, who: &str, request: &Request, paths: &[&str]) -> Worth {
    let state = world.state();
    let pending = &state.requests[&request.id];
    let contributors = Contributors::of_request(pending);
    let paths: Vec<&[u8]> = paths.iter().map(|path| path.as_bytes()).collect();
    let protections = state.protections_for(pending, &paths);
    let rules = protections.iter().flat_map(|protection| &protection.approvals);
    let asking: Vec<_> = rules.filter(|rule| rule.asks(paths.iter().copied())).collect();
    let subject = Subject {
        paths: &paths,
        lands: Some((Some(request.base), request.new_tree)),
        now: world.now.max(state.time),
        ..Subject::of(state, (&pending.request).into(), &contributors)
    };
    subject.worth(&asking, &state.approvals[&request.id][&Actor::named(who).id])
}

fn code_of(worth: &Worth) -> (&'static str, Option<Code>) {
    let name = match worth {
        Worth::Counts => COUNTS.0,
        Worth::CountsYet => "counts yet",
        Worth::Lapsed(_) => "lapsed",
        Worth::Discounted(_) => "discounted",
    };
    (name, worth.clone().discounted().map(|why| why.code))
}

const COUNTS: (&str, Option<Code>) = ("counts", None);

/// S27, with legal twins: a rule that governs only through a claim on what is changed ages an approval as any other; where
/// nobody held that for a mission it does not, nor within the hour.
#[test]
fn approval_lapses_by_the_rule_of_a_mission_that_nobody_named() {
    let mut world = World::with_policy(|policy| format!("{policy}{PAYMENTS}"));
    let (alice, bob, dave) = (Actor::named("alice"), Actor::named("bob"), Actor::named("dave"));
    let claim = Claim { mission: Some(name("payments")), ..world.draft_claim(&alice, PATHS) };
    world.ok(&alice, &[put(&claim)]);
    let ask = |world: &mut World, paths: &[&str]| {
        let facts = work(&bob, paths);
        let request = world.draft_request(&bob, &main_ref(), &facts, &[]);
        world.ok(&bob, &[put(&request)]);
        world.answer(&dave, &request, Answer::Approve);
        (facts, request)
    };
    let (facts, request) = ask(&mut world, PATHS);
    let (_, other) = ask(&mut world, &["src/other.rs"]);
    world.pass(3_600);
    assert_eq!(code_of(&worth(&world, "dave", &request, PATHS)), COUNTS);
    world.pass(3_600);
    assert_eq!(code_of(&worth(&world, "dave", &request, PATHS)), ("lapsed", Some(Code::ApprovalStale)));
    assert_eq!(code_of(&worth(&world, "dave", &other, &["src/other.rs"])), COUNTS);
    // So does the gate find it.
    let verdict = Gate::of(&world).verdict(&[(&facts, Some(&request.id))]);
    assert!(verdict.rules.iter().any(|rule| rule.code == Some(Code::ApprovalStale)), "{verdict:#?}");
    // Given anew it counts.
    let again = world.state().approvals[&request.id][&dave.id].approval.clone();
    world.ok(&dave, &[take_away(&again)]);
    world.answer(&dave, &request, Answer::Approve);
    assert_eq!(code_of(&worth(&world, "dave", &request, PATHS)), COUNTS);
}

/// S27, legal twin: the age that a rule asks of approvals of other paths, or of other roles, ends nothing.
#[test]
fn approval_does_not_lapse_by_a_rule_that_does_not_ask_for_it() {
    let mut world = World::with_policy(|policy| policy.replacen("bind  = \"tree\"", "max-age = \"1h\"", 1));
    let alice = Actor::named("alice");
    let ask = |world: &mut World, paths: &[&str]| {
        let (_, request) = world.ask(&alice, &work(&alice, paths), paths);
        world.answer(&Actor::named("carol"), &request, Answer::Approve);
        world.answer(&Actor::named("nora"), &request, Answer::Approve);
        request
    };
    let (plain, core) = (ask(&mut world, &["src/a.rs"]), ask(&mut world, &["src/core/b.rs"]));
    world.pass(7_200);
    assert_eq!(code_of(&worth(&world, "nora", &plain, &["src/a.rs"])), COUNTS);
    assert_eq!(code_of(&worth(&world, "carol", &core, &["src/core/b.rs"])), COUNTS);
    assert_eq!(code_of(&worth(&world, "nora", &core, &["src/core/b.rs"])), ("lapsed", Some(Code::ApprovalStale)));
}

/// APP-18, with legal twins: one stamp too many does not count, and would once the hour is over; so nobody says it again unasked.
#[test]
fn hurried_approval_would_count_again_an_hour_later() {
    let mut world = World::with_policy(|policy| policy.replacen("count    = 1", "count    = 1\n  max-per-hour = 2", 1));
    let (alice, carol) = (Actor::named("alice"), Actor::named("carol"));
    let requests = ["src/a.rs", "src/b.rs", "src/c.rs"].map(|path| {
        let (_, request) = world.ask(&alice, &work(&alice, &[path]), &[path]);
        world.answer(&carol, &request, Answer::Approve);
        (request, path)
    });
    let worths =
        |world: &World| requests.each_ref().map(|(request, path)| code_of(&worth(world, "carol", request, &[*path])));
    assert_eq!(worths(&world), [COUNTS, COUNTS, ("discounted", Some(Code::ApprovalRate))]);
    world.pass(3_599);
    assert_eq!(worths(&world), [COUNTS, COUNTS, ("discounted", Some(Code::ApprovalRate))]);
    world.pass(1);
    assert_eq!(worths(&world), [COUNTS, COUNTS, ("lapsed", Some(Code::ApprovalRate))]);
}

/// APP-18, with legal twin: given anew it would be one more of those that are left of the hour.
#[test]
fn hurried_approval_lapses_once_one_more_would_fit() {
    let mut world = World::with_policy(|policy| policy.replacen("count    = 1", "count    = 1\n  max-per-hour = 2", 1));
    let (alice, carol) = (Actor::named("alice"), Actor::named("carol"));
    let mut approve = |path: &'static str, seconds| {
        let (_, request) = world.ask(&alice, &work(&alice, &[path]), &[path]);
        world.answer(&carol, &request, Answer::Approve);
        world.pass(seconds);
        request
    };
    let [_, _, last] =
        [("src/a.rs", 10), ("src/b.rs", 10), ("src/c.rs", 3_580)].map(|(path, wait)| approve(path, wait));
    // An hour after the first of them: with the two others it would be one too many again.
    let found = |world: &World| code_of(&worth(world, "carol", &last, &["src/c.rs"]));
    assert_eq!(found(&world), ("discounted", Some(Code::ApprovalRate)));
    world.pass(10);
    assert_eq!(found(&world), ("lapsed", Some(Code::ApprovalRate)));
}

/// S17, with legal twin: where no rule asks for its author's, an approval is worth what it is to whoever asks for anybody's.
#[test]
fn approval_that_no_rule_asks_for_lapses_with_the_revision() {
    let (mut world, paths) = (World::new(), &["docs/a.md"]);
    let [alice, maria, scribe] = ["alice", "maria", "scribe"].map(Actor::named);
    world.ok(&maria, &[put(&principal(&scribe, PrincipalKind::Agent, "scribe", &maria))]);
    let (_, request) = world.ask(&alice, &work(&alice, paths), paths);
    world.answer(&scribe, &request, Answer::Approve);
    assert_eq!(code_of(&worth(&world, "scribe", &request, paths)), COUNTS);
    let edited = Request { rev: 2, ..request };
    world.ok(&alice, &[put(&edited)]);
    assert_eq!(code_of(&worth(&world, "scribe", &edited, paths)), ("lapsed", Some(Code::ApprovalDelta)));
    world.answer(&scribe, &edited, Answer::Approve);
    assert_eq!(code_of(&worth(&world, "scribe", &edited, paths)), COUNTS);
}

/// KEY-2, with legal twin: as long as its key is suspect, saying it again mends nothing.
#[test]
fn approval_by_a_suspect_key_is_not_mended_by_giving_it_again() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let (_, request) = world.approved(&alice, &work(&alice, PATHS), PATHS);
    assert_eq!(code_of(&worth(&world, "carol", &request, PATHS)), COUNTS);
    let suspect = Principal { suspect_since: Some(0), ..world.next_record(&Actor::named("carol")) };
    world.ok(&Actor::named("maria"), &[put(&suspect)]);
    let found = worth(&world, "carol", &request, PATHS);
    assert_eq!(code_of(&found), ("discounted", Some(Code::ApprovalThreshold)));
}

/// S27, with legal twin: for an action.
#[test]
fn approval_of_an_action_lapses_with_its_time() {
    let (mut world, carol) = (actions::world(), Actor::named("carol"));
    let request = actions::ask(&mut world, &Actor::named("alice"));
    actions::approve(&mut world, &carol, &request);
    let found = |world: &World| {
        let (state, petition) = (world.state(), &world.state().petitions[&request.id]);
        code_of(&worth_for_action(state, petition, &state.approvals[&request.id][&carol.id], world.now))
    };
    world.pass(900);
    assert_eq!(found(&world), COUNTS);
    world.pass(1);
    assert_eq!(found(&world), ("lapsed", Some(Code::ApprovalStale)));
}

/// With legal twin: for a draft of the policy.
#[test]
fn approval_of_a_draft_counts_while_nobody_suspects_its_key() {
    let (mut world, roots, change) = proposed();
    let approval = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&approval)]);
    let found = |world: &World| {
        let state = world.state();
        code_of(&worth_for_draft(state, &state.approvals[&change.request.id][&roots[1].id]))
    };
    assert_eq!(found(&world), COUNTS);
    let suspect = Principal { suspect_since: Some(0), ..world.next_record(&roots[1]) };
    world.ok(&roots[0], &[put(&suspect)]);
    assert_eq!(found(&world), ("discounted", Some(Code::ApprovalThreshold)));
}

/// S14, S27, with legal twins: what has ended for a rule is not to come back once that takes its principal's word, because it is
/// confirmed for whom a contributor works; as long as it does not, the approval counts for what else asks for it.
#[test]
fn approval_ends_for_a_rule_that_waits_for_a_confirmation() {
    let aging = "  [[protect.approvals]]\n  count = 1\n  from = [\"reviewer\"]\n  distinct = [\"vendor\"]\n  max-age = \"1h\"\n";
    let roots = ["maria", "mike"];
    let mut world = World::with_roots(&roots, |policy| {
        let policy = policy.replace("threshold = 1", "threshold = 2").replace("[\"operator\", \"vendor\"]", "[]");
        format!("{policy}\n{aging}")
    });
    let [maria, mike, new] = ["maria", "mike", "new"].map(Actor::named);
    let record = Principal {
        vendor: Some(name("mistral")),
        operator: Some(name("elsewhere")),
        ..principal(&new, PrincipalKind::Agent, "builder", &maria)
    };
    world.ok(&maria, &[put(&record)]);
    let (_, request) = world.approved(&new, &work(&new, PATHS), PATHS);
    assert_eq!(code_of(&worth(&world, "carol", &request, PATHS)), COUNTS);
    world.pass(3_601);
    assert_eq!(code_of(&worth(&world, "carol", &request, PATHS)), ("counts yet", None));
    let confirmed = Principal { confirmed_by: Some(mike.id.clone()), ..world.next_record(&new) };
    world.ok(&mike, &[put(&confirmed)]);
    assert_eq!(code_of(&worth(&world, "carol", &request, PATHS)), ("lapsed", Some(Code::ApprovalStale)));
}

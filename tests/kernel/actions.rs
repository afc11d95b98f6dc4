//! Commands that were approved, as the judge sees them: what may be asked for, answered and started (S7).

use git_coord::format::action_digest;
use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::ActionRequest;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Argument;
use git_coord::model::Input;
use git_coord::model::InputPath;
use git_coord::model::Order;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Run;
use git_coord::model::RunState;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::assent;

use crate::support::world::AUDIENCE;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

pub(super) const ACTIONS: &str = r#"
[[actions]]
name      = "deploy"
approvals = [{ count = 1, from = ["reviewer", "maintainer"], distinct = ["operator"] }]
expires   = "15m"

[[actions]]
name      = "wipe"
approvals = [{ count = 2, from = ["maintainer"] }]
expires   = "1h"
"#;

pub(super) fn world() -> World {
    World::with_policy(|policy| format!("{policy}{ACTIONS}"))
}

pub(super) fn order(argv: &[&str]) -> Order {
    let input = Input { path: InputPath::parse("deploy.toml").unwrap(), digest: sha256(b"one") };
    Order { argv: argv.iter().map(|argument| Argument::parse(argument).unwrap()).collect(), inputs: vec![input] }
}

pub(super) fn draft(world: &mut World, opener: &Actor, action: &str, argv: &[&str]) -> ActionRequest {
    let order = order(argv);
    ActionRequest {
        id: world.id(RecordKind::Request),
        opener: opener.id.clone(),
        action: name(action),
        delta: action_digest(AUDIENCE, &name(action), &order),
        order,
        mission: None,
        title: text("Deploy it"),
        summary: None,
    }
}

pub(super) fn ask(world: &mut World, opener: &Actor) -> ActionRequest {
    let request = draft(world, opener, "deploy", &["./deploy.sh", "--to", "production"]);
    world.ok(opener, &[put(&request)]);
    request
}

pub(super) fn answer(world: &World, who: &Actor, request: &ActionRequest, answer: Answer) -> Approval {
    let seen = (world.record(who).role, world.state().policy.version);
    Approval::plain(request.id.clone(), who.id.clone(), request.delta, answer, seen)
}

pub(super) fn approve(world: &mut World, who: &Actor, request: &ActionRequest) {
    let approval = answer(world, who, request, Answer::Approve);
    world.ok(who, &[put(&approval)]);
}

/// Returns the run that a request leads to now, rightly or not.
pub(super) fn run(world: &World, request: &ActionRequest) -> Run {
    let petition = world.state().petitions.get(&request.id);
    let approvals = petition.map(|petition| assent(world.state(), petition, world.now).approvers());
    Run {
        rev: 1,
        id: request.id.clone(),
        runner: request.opener.clone(),
        action: request.action.clone(),
        order: request.order.clone(),
        delta: request.delta,
        nonce: sha256(b"a start"),
        approvals: approvals.unwrap_or_default(),
        policy: world.state().policy.version,
        state: RunState::Started,
        status: None,
        signal: None,
        seconds: None,
        finished: None,
    }
}

/// Returns what starts a run: it spends the request with every answer to it.
pub(super) fn start(world: &World, run: &Run) -> Vec<Edit> {
    let mut edits = vec![put(run), remove(RecordPath::Request(run.id.clone()))];
    let answers = world.state().answers(&run.id).map(|answered| answered.approval.principal.clone());
    edits.extend(answers.map(|principal| remove(RecordPath::Approval(run.id.clone(), principal))));
    edits
}

/// Returns what starts the run of a request.
pub(super) fn started(world: &World, request: &ActionRequest) -> Vec<Edit> {
    start(world, &run(world, request))
}

/// Puts an edited policy in the place of the active one, which only gets tighter.
fn tighten(world: &mut World, (from, to): (&str, &str)) {
    let maria = Actor::named("maria");
    let body = format!("{}{ACTIONS}", crate::support::world::POLICY);
    let body = body.replace("ROOTS", &format!("\"{}\"", maria.id));
    let edited = body.replacen(from, to, 1);
    assert_ne!(edited, body, "{from}");
    let front = format!("version = 2\nparent = \"{}\"", world.state().policy_digest);
    world.ok(&maria, &[write(RecordPath::Policy, &edited.replacen("version = 1", &front, 1))]);
}

#[test]
fn approved_command_is_started_once() {
    let (mut world, alice, carol) = (world(), Actor::named("alice"), Actor::named("carol"));
    let request = ask(&mut world, &alice);
    world.refuse(&alice, &started(&world, &request), Code::ApprovalThreshold);
    approve(&mut world, &carol, &request);
    let edits = started(&world, &request);
    world.ok(&alice, &edits);
    let state = world.state();
    assert!(state.petitions.is_empty() && state.approvals.is_empty());
    let running = state.runs.get(&request.id).unwrap();
    assert_eq!((running.run.state, &running.run.approvals), (RunState::Started, &vec![carol.id.clone()]));
    // Neither the run, nor the request, nor an approval of it comes back.
    let again = run(&world, &request);
    let again = Run { nonce: sha256(b"another"), ..again };
    world.refuse(&alice, &[put(&again)], Code::ActionConsumed);
    world.refuse(&alice, &[put(&request)], Code::RecordId);
    let late = answer(&world, &carol, &request, Answer::Approve);
    world.refuse(&carol, &[put(&late)], Code::ApprovalConsumed);
}

#[test]
fn who_asks_does_not_approve() {
    let (mut world, nora, olga) = (world(), Actor::named("nora"), Actor::named("olga"));
    let request = ask(&mut world, &nora);
    let own = answer(&world, &nora, &request, Answer::Approve);
    world.refuse(&nora, &[put(&own)], Code::ApprovalSelf);
    approve(&mut world, &olga, &request);
    world.ok(&nora, &started(&world, &request));
}

/// A9: one operator behind two principals agrees with itself.
#[test]
fn approver_of_the_same_operator_does_not_count() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &Actor::named("erin"), &request);
    world.refuse(&alice, &started(&world, &request), Code::ApprovalIndependence);
    approve(&mut world, &Actor::named("dave"), &request);
    world.ok(&alice, &started(&world, &request));
}

#[test]
fn approval_counts_as_long_as_the_action_says() {
    let (mut world, alice, carol) = (world(), Actor::named("alice"), Actor::named("carol"));
    let (early, late) = (ask(&mut world, &alice), ask(&mut world, &alice));
    let given = answer(&world, &carol, &late, Answer::Approve);
    approve(&mut world, &carol, &early);
    world.ok(&carol, &[put(&given)]);
    world.pass(900);
    world.ok(&alice, &started(&world, &early));
    world.pass(1);
    world.refuse(&alice, &started(&world, &late), Code::ApprovalStale);
    world.ok(&carol, &[take_away(&given)]);
    world.ok(&carol, &[put(&given)]);
    world.ok(&alice, &started(&world, &late));
}

/// What is approved here is approved in no other ledger.
#[test]
fn approval_is_of_exactly_this_command() {
    let (mut world, alice, carol) = (world(), Actor::named("alice"), Actor::named("carol"));
    let request = ask(&mut world, &alice);
    let elsewhere = action_digest("another-ledger", &request.action, &request.order);
    let lying = ActionRequest { delta: elsewhere, ..draft(&mut world, &alice, "deploy", &["./deploy.sh"]) };
    world.refuse(&alice, &[put(&lying)], Code::ApprovalDelta);
    let other = draft(&mut world, &alice, "deploy", &["./deploy.sh"]);
    for delta in [elsewhere, other.delta, action_digest(AUDIENCE, &name("wipe"), &request.order)] {
        let copied = Approval { delta, ..answer(&world, &carol, &request, Answer::Approve) };
        world.refuse(&carol, &[put(&copied)], Code::ApprovalDelta);
    }
    let edited = Approval { request_rev: Some(2), ..answer(&world, &carol, &request, Answer::Approve) };
    world.refuse(&carol, &[put(&edited)], Code::ApprovalDelta);
    approve(&mut world, &carol, &request);
    world.ok(&alice, &started(&world, &request));
}

/// A request that was approved is neither edited nor replaced by another sort of request.
#[test]
fn request_is_never_edited() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &Actor::named("carol"), &request);
    let retitled = ActionRequest { title: text("Another"), ..request.clone() };
    world.refuse(&alice, &[put(&retitled)], Code::RecordField);
    let wider = order(&["./deploy.sh", "--to", "everywhere"]);
    let delta = action_digest(AUDIENCE, &request.action, &wider);
    world.refuse(&alice, &[put(&ActionRequest { order: wider, delta, ..request.clone() })], Code::RecordField);
    world.ok(&alice, &started(&world, &request));
}

/// Approve one, run another.
#[test]
fn what_is_run_is_what_was_approved() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &Actor::named("carol"), &request);
    let right = run(&world, &request);
    let other_file = Order {
        inputs: vec![Input { digest: sha256(b"two"), ..request.order.inputs[0].clone() }],
        ..request.order.clone()
    };
    for (wrong, code) in [
        (Run { order: order(&["./deploy.sh", "--to", "everywhere"]), ..right.clone() }, Code::ActionMismatch),
        (Run { order: other_file, ..right.clone() }, Code::ActionMismatch),
        (Run { action: name("wipe"), ..right.clone() }, Code::ActionMismatch),
        (Run { delta: sha256(b"another"), ..right.clone() }, Code::ActionMismatch),
        (Run { rev: 2, ..right.clone() }, Code::RecordRev),
        (Run { state: RunState::Succeeded, ..right.clone() }, Code::RecordField),
        (Run { policy: 0, ..right.clone() }, Code::RecordField),
        (Run { approvals: Vec::new(), ..right.clone() }, Code::RecordField),
        (Run { runner: Actor::named("bob").id, ..right.clone() }, Code::RecordOwner),
    ] {
        world.refuse(&alice, &start(&world, &wrong), code);
    }
    world.ok(&alice, &start(&world, &right));
}

/// A6: whoever may veto, maintain, or change the rules is judged like everybody.
#[test]
fn only_who_asked_runs_it() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &Actor::named("carol"), &request);
    for other in ["bob", "carol", "sam", "nora", "maria", "hub"] {
        let other = Actor::named(other);
        let refusal = world.refuse(&other, &started(&world, &request), Code::RecordOwner);
        assert_eq!(refusal.message, format!("`{0}` asked for it, and only `{0}` runs it", alice.id));
        let own = Run { runner: other.id.clone(), ..run(&world, &request) };
        world.refuse(&other, &start(&world, &own), Code::RecordOwner);
    }
    world.ok(&alice, &started(&world, &request));
    for powerful in ["nora", "maria"] {
        let powerful = Actor::named(powerful);
        let request = ask(&mut world, &powerful);
        world.refuse(&powerful, &started(&world, &request), Code::ApprovalThreshold);
    }
    for without in ["sam", "carol", "hub"] {
        let without = Actor::named(without);
        let request = draft(&mut world, &without, "deploy", &["./deploy.sh"]);
        world.refuse(&without, &[put(&request)], Code::RecordRight);
    }
}

/// What is wrong with the only approval says more than a count; beside one that counts it does not.
#[test]
fn refused_run_is_told_what_its_approvals_lack() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let (nora, olga) = (Actor::named("nora"), Actor::named("olga"));
    let request = draft(&mut world, &alice, "wipe", &["./wipe.sh"]);
    world.ok(&alice, &[put(&request)]);
    approve(&mut world, &nora, &request);
    world.pass(3_601);
    let outdated = format!("`{}` approved but", nora.id);
    let refusal = world.refuse(&alice, &started(&world, &request), Code::ApprovalStale);
    assert!(refusal.message.contains(&format!(", 0 count; {outdated}")), "{refusal}");
    approve(&mut world, &olga, &request);
    let refusal = world.refuse(&alice, &started(&world, &request), Code::ApprovalThreshold);
    assert!(refusal.message.contains(&format!(", 1 count; {outdated}")), "{refusal}");
    let again = answer(&world, &nora, &request, Answer::Approve);
    world.ok(&nora, &[take_away(&again)]);
    world.ok(&nora, &[put(&again)]);
    world.ok(&alice, &started(&world, &request));
}

/// S18
#[test]
fn veto_stops_the_command_in_whatever_request() {
    let (mut world, alice, bob, sam) = (world(), Actor::named("alice"), Actor::named("bob"), Actor::named("sam"));
    let (carol, dave) = (Actor::named("carol"), Actor::named("dave"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &carol, &request);
    let powerless = answer(&world, &dave, &request, Answer::Veto);
    world.refuse(&dave, &[put(&powerless)], Code::RecordRight);
    let veto = answer(&world, &sam, &request, Answer::Veto);
    world.ok(&sam, &[put(&veto)]);
    world.refuse(&alice, &started(&world, &request), Code::ApprovalVeto);
    let close =
        [take_away(&request), take_away(&veto), remove(RecordPath::Approval(request.id.clone(), carol.id.clone()))];
    world.refuse(&alice, &close, Code::ApprovalVeto);
    let same = ask(&mut world, &bob);
    approve(&mut world, &carol, &same);
    world.refuse(&bob, &started(&world, &same), Code::ApprovalVeto);
    world.ok(&sam, &[take_away(&veto)]);
    world.ok(&bob, &started(&world, &same));
    world.ok(&alice, &started(&world, &request));
}

#[test]
fn action_is_one_that_the_policy_names() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let unknown = draft(&mut world, &alice, "publish", &["make", "publish"]);
    world.refuse(&alice, &[put(&unknown)], Code::ActionUnknown);
    let request = ask(&mut world, &alice);
    approve(&mut world, &Actor::named("carol"), &request);
    let deploy = &ACTIONS[..ACTIONS.find("\n[[actions]]\nname      = \"wipe\"").unwrap()];
    tighten(&mut world, (deploy, ""));
    world.refuse(&alice, &started(&world, &request), Code::ActionUnknown);
    // It is closed as any other.
    world.ok(&alice, &started(&world, &request)[1..]);
}

/// The rules that count are those of the moment of the run.
#[test]
fn rules_that_changed_meanwhile_are_those_that_ask() {
    let (mut world, alice, carol) = (world(), Actor::named("alice"), Actor::named("carol"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &carol, &request);
    let under_the_old = run(&world, &request);
    tighten(&mut world, ("{ count = 1, from = [\"reviewer\"", "{ count = 2, from = [\"reviewer\""));
    world.refuse(&alice, &start(&world, &under_the_old), Code::RecordField);
    world.refuse(&alice, &started(&world, &request), Code::ApprovalThreshold);
    approve(&mut world, &Actor::named("dave"), &request);
    world.ok(&alice, &started(&world, &request));
}

/// The word of who lost its role, its place or its key is nobody's.
#[test]
fn approver_still_is_what_it_was() {
    for (change, code) in
        [("role", Code::ApprovalThreshold), ("status", Code::ApprovalThreshold), ("key", Code::ApprovalThreshold)]
    {
        let (mut world, alice, carol) = (world(), Actor::named("alice"), Actor::named("carol"));
        let maria = Actor::named("maria");
        let request = ask(&mut world, &alice);
        approve(&mut world, &carol, &request);
        let mut record = world.next_record(&carol);
        match change {
            "role" => record.role = name("builder"),
            "status" => record.status = Standing::Suspended,
            _ => record.suspect_since = Some(0),
        }
        world.ok(&maria, &[put(&record)]);
        world.refuse(&alice, &started(&world, &request), code);
        approve(&mut world, &Actor::named("dave"), &request);
        world.ok(&alice, &started(&world, &request));
    }
}

#[test]
fn runner_still_is_what_it_was() {
    let (mut world, alice, maria) = (world(), Actor::named("alice"), Actor::named("maria"));
    let request = ask(&mut world, &alice);
    approve(&mut world, &Actor::named("carol"), &request);
    let was = world.record(&alice);
    let mut changed = world.next_record(&alice);
    changed.role = name("reviewer");
    world.ok(&maria, &[put(&changed)]);
    world.refuse(&alice, &started(&world, &request), Code::RecordRight);
    let mut back = world.next_record(&alice);
    back.role = was.role;
    world.ok(&maria, &[put(&back)]);
    let mut suspect = world.next_record(&alice);
    suspect.suspect_since = Some(world.state().height);
    world.ok(&maria, &[put(&suspect)]);
    world.refuse(&alice, &started(&world, &request), Code::RecordRight);
}

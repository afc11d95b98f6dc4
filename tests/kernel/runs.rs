//! Runs of approved commands, as the judge sees them: what goes with a start, and what became of it (S7).

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::ActionRequest;
use git_coord::model::RecordPath;
use git_coord::model::Run;
use git_coord::model::RunState;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::kernel::actions::ACTIONS;
use crate::kernel::actions::approve;
use crate::kernel::actions::ask;
use crate::kernel::actions::draft;
use crate::kernel::actions::run;
use crate::kernel::actions::started;
use crate::kernel::actions::world;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::write;

/// A run of alice's that has begun.
fn running() -> (World, Actor, Run) {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let run = begin(&mut world, &alice);
    (world, alice, run)
}

fn approved(world: &mut World, who: &Actor) -> ActionRequest {
    let request = ask(world, who);
    approve(world, &Actor::named("carol"), &request);
    request
}

fn begin(world: &mut World, who: &Actor) -> Run {
    let request = approved(world, who);
    let edits = started(world, &request);
    let run = run(world, &request);
    world.ok(who, &edits);
    run
}

fn ended(run: &Run, state: RunState) -> Run {
    Run { rev: 2, state, ..run.clone() }
}

#[test]
fn outcome_is_told_once_by_who_ran_it() {
    let (mut world, alice, run) = running();
    let done = Run { status: Some(0), seconds: Some(3), ..ended(&run, RunState::Succeeded) };
    for other in ["bob", "carol", "sam", "nora", "maria"] {
        world.refuse(&Actor::named(other), &[put(&done)], Code::RecordOwner);
    }
    world.ok(&alice, &[put(&done)]);
    assert_eq!(world.state().runs.get(&run.id).unwrap().run, done);
    for state in [RunState::Failed, RunState::Unknown, RunState::Succeeded] {
        world.refuse(&alice, &[put(&Run { rev: 3, ..ended(&run, state) })], Code::ActionOutcome);
    }
    world.refuse(&alice, &[put(&Run { rev: 3, ..run.clone() })], Code::ActionConsumed);
}

#[test]
fn nothing_of_a_run_changes_but_its_outcome() {
    let (mut world, alice, run) = running();
    let done = ended(&run, RunState::Failed);
    let later = world.now + Span::from_s(61);
    for (wrong, code) in [
        (Run { rev: 1, ..done.clone() }, Code::RecordRev),
        (Run { rev: 3, ..done.clone() }, Code::RecordRev),
        (Run { nonce: sha256(b"another"), ..done.clone() }, Code::RecordField),
        (Run { approvals: Vec::new(), ..done.clone() }, Code::RecordField),
        (Run { policy: 7, ..done.clone() }, Code::RecordField),
        (Run { runner: Actor::named("bob").id, ..done.clone() }, Code::RecordField),
        (Run { rev: 2, ..run.clone() }, Code::ActionConsumed),
        (Run { finished: Some(later), ..done.clone() }, Code::RecordField),
    ] {
        world.refuse(&alice, &[put(&wrong)], code);
    }
    let done = Run { finished: Some(world.now), signal: Some(9), ..done };
    world.ok(&alice, &[put(&done)]);
}

#[test]
fn run_goes_with_the_next_start_once_its_outcome_is_known() {
    let (mut world, alice, first) = running();
    let bob = Actor::named("bob");
    let gone = remove(RecordPath::Run(first.id.clone()));
    world.refuse(&alice, std::slice::from_ref(&gone), Code::ActionRunning);
    let next = approved(&mut world, &bob);
    let with_it = |world: &World| -> Vec<Edit> { [started(world, &next), vec![gone.clone()]].concat() };
    world.refuse(&bob, &with_it(&world), Code::ActionRunning);
    world.ok(&alice, &[put(&ended(&first, RunState::Unknown))]);
    world.refuse(&alice, std::slice::from_ref(&gone), Code::ActionRunning);
    world.ok(&bob, &with_it(&world));
    assert_eq!(world.state().runs.keys().collect::<Vec<_>>(), [&next.id]);
    // What went does not come back.
    world.refuse(&alice, &[put(&first)], Code::ActionConsumed);
}

/// Nobody else can tell what became of what somebody started who is gone.
#[test]
fn run_of_who_is_revoked_goes_with_the_next_start() {
    let (mut world, alice, first) = running();
    let (bob, maria) = (Actor::named("bob"), Actor::named("maria"));
    let next = approved(&mut world, &bob);
    let gone = remove(RecordPath::Run(first.id.clone()));
    let mut record = world.next_record(&alice);
    record.status = Standing::Suspended;
    world.ok(&maria, &[put(&record)]);
    world.refuse(&bob, &[started(&world, &next), vec![gone.clone()]].concat(), Code::ActionRunning);
    let mut record = world.next_record(&alice);
    record.status = Standing::Revoked;
    world.ok(&maria, &[put(&record)]);
    world.ok(&bob, &[started(&world, &next), vec![gone]].concat());
}

#[test]
fn start_stands_alone_and_spends_its_request() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let request = approved(&mut world, &alice);
    let run = run(&world, &request);
    let whole = started(&world, &request);
    world.refuse(&alice, &[put(&run)], Code::ActionMismatch);
    // An approval that stays behind.
    world.refuse(&alice, &whole[..2], Code::RecordField);
    let claim = world.draft_claim(&alice, &["docs/a.md"]);
    world.refuse(&alice, &[whole.clone(), vec![put(&claim)]].concat(), Code::EntryMixed);
    let other = approved(&mut world, &alice);
    world.refuse(&alice, &[whole.clone(), started(&world, &other)].concat(), Code::EntryMixed);
    // What nobody asked for is not run.
    let unasked = draft(&mut world, &alice, "deploy", &["./deploy.sh"]);
    world.refuse(&alice, &[put(&self::run(&world, &unasked))], Code::RecordMissing);
    // Without its start a request is closed by who asked, and by nobody else.
    world.refuse(&Actor::named("carol"), &whole[1..], Code::RecordOwner);
    world.ok(&alice, &whole);
}

/// With legal twin: what else an entry brings is no start.
#[test]
fn request_for_an_action_is_closed_by_who_asked_whatever_else_the_entry_does() {
    let (mut world, alice, bob) = (world(), Actor::named("alice"), Actor::named("bob"));
    let request = ask(&mut world, &alice);
    let close = remove(RecordPath::Request(request.id.clone()));
    for (who, closes) in [(&bob, false), (&alice, true)] {
        let edits = [close.clone(), put(&world.draft_claim(who, &["docs/a.md"]))];
        match closes {
            true => drop(world.ok(who, &edits)),
            false => drop(world.refuse(who, &edits, Code::RecordOwner)),
        }
    }
}

#[test]
fn nobody_piles_up_actions_or_runs() {
    let (mut world, alice) = (world(), Actor::named("alice"));
    let runs: Vec<Run> = (0..8).map(|_| begin(&mut world, &alice)).collect();
    let ninth = approved(&mut world, &alice);
    world.refuse(&alice, &started(&world, &ninth), Code::RecordLimit);
    world.ok(&alice, &[put(&ended(&runs[3], RunState::Unknown))]);
    world.ok(&alice, &started(&world, &ninth));
    let bob = Actor::named("bob");
    let open: Vec<ActionRequest> = (0..32).map(|_| ask(&mut world, &bob)).collect();
    let more = draft(&mut world, &bob, "deploy", &["./deploy.sh"]);
    world.refuse(&bob, &[put(&more)], Code::RecordLimit);
    world.ok(&bob, &[remove(RecordPath::Request(open[0].id.clone()))]);
    world.ok(&bob, &[put(&more)]);
}

/// S20: one root member makes an action harder to run, or takes it away, and nothing else.
#[test]
fn one_root_member_tightens_actions() {
    let rule = "approvals = [{ count = 1, from = [\"reviewer\", \"maintainer\"], distinct = [\"operator\"] }]";
    let wipe = &ACTIONS[ACTIONS.find("[[actions]]\nname      = \"wipe\"").unwrap()..];
    let with = |text: &str| rule.replace("[{", text);
    for (from, to, is_tighter) in [
        (rule, rule.replace("count = 1", "count = 2"), true),
        (rule, with("[{ count = 1, from = [\"maintainer\"] }, {"), false),
        (rule, rule.replace("}]", "}, { count = 1, from = [\"maintainer\"] }]"), true),
        ("\"15m\"", "\"14m\"".to_owned(), true),
        ("\"15m\"", "\"16m\"".to_owned(), false),
        (wipe, String::new(), true),
        (wipe, format!("{wipe}\n{}", wipe.replace("wipe", "publish")), false),
        ("approvals = [{ count = 2", "approvals = [{ count = 1".to_owned(), false),
        (rule, rule.replace("[\"reviewer\", \"maintainer\"]", "[\"maintainer\"]"), false),
        (rule, rule.replace(", distinct = [\"operator\"]", ""), false),
        ("\"wipe\"", "\"erase\"".to_owned(), false),
    ] {
        let (mut world, maria) = (world(), Actor::named("maria"));
        let body = format!("{POLICY}{ACTIONS}").replace("ROOTS", &format!("\"{}\"", maria.id));
        let edited = body.replacen(from, &to, 1);
        assert_ne!(edited, body, "{from}");
        let front = format!("version = 2\nparent = \"{}\"", world.state().policy_digest);
        let edits = [write(RecordPath::Policy, &edited.replacen("version = 1", &front, 1))];
        if is_tighter {
            world.ok(&maria, &edits);
        } else {
            world.refuse(&maria, &edits, Code::PolicyThreshold);
        }
    }
}

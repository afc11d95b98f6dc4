//! Every state of the model is visited, within the bounds of each test.

use std::env;
use std::time::Instant;

use stateright::Checker;
use stateright::Model;

use crate::protocol::book::Agent;
use crate::protocol::drafts::Verb;
use crate::protocol::model::Bounds;
use crate::protocol::model::Flights;
use crate::protocol::model::Protocol;

/// Returns how many entries are looked at, so many more than usual as `COORD_TEST_MODEL_MORE` says.
fn entries(usual: usize) -> usize {
    usual + env::var("COORD_TEST_MODEL_MORE").map_or(0, |more| more.parse::<usize>().expect("a number"))
}

/// Visits everything, and says how much that was.
#[track_caller]
fn visit(what: &str, bounds: Bounds) {
    let began = Instant::now();
    let checker = Protocol::new(bounds).checker().spawn_bfs().join();
    let model = checker.model();
    let (entries, asked) = model.book.counts();
    eprintln!(
        "{what}: {} states, {} deep, {} transitions; {entries} entries judged, {asked} questions to the gate; {:.1} s; refused {:?}; {:?}",
        checker.unique_state_count(),
        checker.max_depth(),
        checker.state_count(),
        began.elapsed().as_secs_f64(),
        model.refusals.lock().unwrap(),
        model.bounds,
    );
    checker.assert_properties();
}

/// Three agents in two clones want one path; answers get lost, processes die, time passes beyond expiry and grace.
#[test]
fn claims_of_clones_that_race() {
    visit(
        "claims",
        Bounds {
            entries: entries(3),
            ticks: 3,
            lost_answers: 1,
            crashes: 1,
            workers: Agent::ALL.to_vec(),
            approvers: Vec::new(),
            verbs: vec![Verb::Claim, Verb::Renew, Verb::Release, Verb::TakeOver],
            flights: Flights::EachClone,
        },
    );
}

/// Two claim and land, the third approves, and the rules may change at any moment between.
#[test]
fn landings_of_clones_that_race() {
    visit(
        "landings",
        Bounds {
            entries: entries(4),
            ticks: 1,
            lost_answers: 1,
            crashes: 1,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Carol],
            verbs: vec![Verb::Claim, Verb::TakeOver, Verb::Release, Verb::Request, Verb::Land, Verb::Tighten],
            flights: Flights::EachClone,
        },
    );
}

/// Everybody claims, approves and lands, before and after the rules ask for one approval more.
#[test]
fn landings_of_everybody() {
    visit(
        "landings of everybody",
        Bounds {
            entries: entries(6),
            ticks: 0,
            lost_answers: 0,
            crashes: 0,
            workers: Agent::ALL.to_vec(),
            approvers: Agent::ALL.to_vec(),
            verbs: vec![Verb::Claim, Verb::Release, Verb::Request, Verb::Land, Verb::Tighten],
            flights: Flights::None,
        },
    );
}

/// Whoever was taken over lands no more under the claim that it lost.
#[test]
fn landings_after_takeovers() {
    visit(
        "landings after takeovers",
        Bounds {
            entries: entries(6),
            ticks: 2,
            lost_answers: 0,
            crashes: 0,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Carol],
            verbs: vec![Verb::Claim, Verb::TakeOver, Verb::Request, Verb::Land],
            flights: Flights::None,
        },
    );
}

/// Nothing lands under an older token than what landed last.
#[test]
fn landings_under_older_tokens() {
    visit(
        "landings under older tokens",
        Bounds {
            entries: entries(9),
            ticks: 0,
            lost_answers: 0,
            crashes: 0,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Carol],
            verbs: vec![Verb::Claim, Verb::Release, Verb::Request, Verb::Land],
            flights: Flights::None,
        },
    );
}

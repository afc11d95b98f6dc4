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
use crate::protocol::promises::Deed;

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
            beginning: Vec::new(),
            entries: entries(3),
            ticks: 3,
            lost_answers: 1,
            crashes: 1,
            workers: Agent::ALL.to_vec(),
            approvers: Vec::new(),
            verbs: vec![Verb::Claim, Verb::Renew, Verb::Release, Verb::TakeOver],
            flights: Flights::EachClone,
            reaches: Vec::new(),
        },
    );
}

/// Alice has claimed, asked, and has Carol's word. From there all race: she lands, is taken over, gives back, or the rules change
/// first and it takes a second word.
#[test]
fn landings_of_clones_that_race() {
    visit(
        "landings",
        Bounds {
            beginning: asked_and_approved(),
            entries: entries(3),
            ticks: 2,
            lost_answers: 0,
            crashes: 1,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Bob, Agent::Carol],
            verbs: vec![Verb::Claim, Verb::TakeOver, Verb::Release, Verb::Request, Verb::Land, Verb::Tighten],
            flights: Flights::EachClone,
            reaches: vec![Deed::Approved, Deed::LandedByTwo],
        },
    );
}

/// Alice has landed, and has asked and been approved again: what she lands a second time races with everything else.
#[test]
fn second_landings_of_clones_that_race() {
    let again =
        [(Agent::Alice, Verb::Land), (Agent::Alice, Verb::Request), (Agent::Carol, Verb::Approve(Agent::Alice))];
    visit(
        "second landings",
        Bounds {
            beginning: asked_and_approved().into_iter().chain(again).collect(),
            entries: entries(2),
            ticks: 2,
            lost_answers: 1,
            crashes: 1,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Carol],
            verbs: vec![Verb::TakeOver, Verb::Release, Verb::Land, Verb::Tighten],
            flights: Flights::EachClone,
            reaches: Vec::new(),
        },
    );
}

fn asked_and_approved() -> Vec<(Agent, Verb)> {
    vec![(Agent::Alice, Verb::Claim), (Agent::Alice, Verb::Request), (Agent::Carol, Verb::Approve(Agent::Alice))]
}

/// Everybody claims, approves and lands, before and after the rules ask for one approval more.
#[test]
fn landings_of_everybody() {
    visit(
        "landings of everybody",
        Bounds {
            beginning: Vec::new(),
            entries: entries(6),
            ticks: 0,
            lost_answers: 0,
            crashes: 0,
            workers: Agent::ALL.to_vec(),
            approvers: Agent::ALL.to_vec(),
            verbs: vec![Verb::Claim, Verb::Release, Verb::Request, Verb::Land, Verb::Tighten],
            flights: Flights::None,
            reaches: vec![Deed::Approved, Deed::LandedByTwo],
        },
    );
}

/// Whoever was taken over lands no more under the claim that it lost.
#[test]
fn landings_after_takeovers() {
    visit(
        "landings after takeovers",
        Bounds {
            beginning: Vec::new(),
            entries: entries(6),
            ticks: 2,
            lost_answers: 0,
            crashes: 0,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Carol],
            verbs: vec![Verb::Claim, Verb::TakeOver, Verb::Request, Verb::Land],
            flights: Flights::None,
            reaches: Vec::new(),
        },
    );
}

/// Nothing lands under an older token than what landed last.
#[test]
fn landings_under_older_tokens() {
    visit(
        "landings under older tokens",
        Bounds {
            beginning: Vec::new(),
            entries: entries(9),
            ticks: 0,
            lost_answers: 0,
            crashes: 0,
            workers: vec![Agent::Alice, Agent::Bob],
            approvers: vec![Agent::Carol],
            verbs: vec![Verb::Claim, Verb::Release, Verb::Request, Verb::Land],
            flights: Flights::None,
            reaches: Vec::new(),
        },
    );
}

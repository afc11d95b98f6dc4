//! The net under the ledger itself: it grows, and not while a landing waits to be recorded.

use git_coord::rules::Code;

use crate::server::recording::landed;
use crate::server::recording::landing;
use crate::server::recording::meanwhile;
use crate::server::recording::no_longer;
use crate::server::signatures::finding;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;
use crate::server::unrecorded::push_unrecorded;
use crate::server::unrecorded::stop_before_record;
use crate::support::sandbox::Ran;

const FN: &str = "fn a() { 1 }\n";
/// Pushes to the main branch from within the hub, once.
const INNER: &str = "[ -n \"$inner\" ] || inner=1 git push -q . refs/heads/kept:refs/heads/main";

/// Returns a push of a new entry.
fn entry(stage: &Stage, number: u8) -> String {
    Stage::to_ledger(&stage.entry(&[finding("alice", number)]).write(stage, "alice"))
}

/// Between the gate's answer and the move of the refs, another push moved the main branch and has yet to record it: the
/// entry that comes now could change what that rests on.
#[test]
fn the_ledger_waits_for_a_landing_that_is_being_recorded() {
    for arguments in
        [["--atomic", "L", "T"], ["--atomic", "T", "L"], ["--no-atomic", "L", "T"], ["--no-atomic", "T", "L"]]
    {
        let stage = Stage::plain();
        let asked = stage.approved("x", "src/a.rs", FN);
        stage.accepted(&["x:kept"]);
        let push = |number: u8| {
            let ledger = entry(&stage, number);
            let spelled = arguments.map(|argument| match argument {
                "L" => ledger.clone(),
                "T" => format!("x:topic-{number}"),
                other => other.to_owned(),
            });
            stage.push(&spelled.each_ref().map(String::as_str))
        };
        stop_before_record(&stage, 0o644);
        meanwhile(&stage, INNER);
        let head = stage.hub_tip(COORD);
        let said = push(1);
        assert_ne!(said.code, 0, "{arguments:?}: {said}");
        assert_eq!(codes_in(&said.stderr), [Code::PushMoved].into(), "{arguments:?}: {said}");
        assert_eq!(stage.hub_tip(COORD), head, "{arguments:?}");
        no_longer(&stage);
        stop_before_record(&stage, 0o755);
        assert_eq!(stage.hub_tip(MAIN), asked.head, "{arguments:?}: {said}");
        // The next push records it, and then the same one is taken.
        stage.accepted(&["x:other"]);
        stage.assert_recorded();
        push(2).ok();
        assert_eq!(stage.hub_tip("refs/heads/topic-2"), asked.head);
        stage.sync();
        stage.coord("maria", &["audit"]).ok();
    }
}

/// Moves a ref at the hub itself, past the gate but not past the net.
fn update(stage: &Stage, arguments: &[&str]) -> Ran {
    stage.git_try_in(&stage.hub, &[&["update-ref"], arguments].concat())
}

#[track_caller]
fn held_back(stage: &Stage, arguments: &[&str], code: Code) {
    let before = stage.hub_tip(COORD);
    let said = update(stage, arguments);
    assert_ne!(said.code, 0, "{said}");
    assert_eq!(codes_in(&said.stderr), [code].into(), "{said}");
    assert_eq!(stage.hub_tip(COORD), before);
}

/// Brings the commit of a refspec to the hub under another name.
#[track_caller]
fn carried(stage: &Stage, refspec: &str, name: &str) -> String {
    let commit = refspec.split(':').next().unwrap();
    stage.accepted(&[&format!("{commit}:refs/heads/{name}")]);
    commit.to_owned()
}

/// What may come while a landing waits is the record of that very landing.
#[test]
fn only_its_own_record_comes_before_a_landing_is_settled() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    stage.accepted(&["x:topic"]);
    let other = carried(&stage, &entry(&stage, 1), "other");
    let record = landing(&stage, "nora", &landed(&stage, &asked, &["alice"]));
    let record = carried(&stage, &record, "record");
    push_unrecorded(&stage, "x:main");
    held_back(&stage, &[COORD, &other], Code::PushMoved);
    update(&stage, &[COORD, &record]).ok();
    stage.assert_recorded();
    let next = entry(&stage, 2);
    stage.accepted(&[&next]);
}

#[test]
fn the_ledger_only_grows_below_the_gate_as_well() {
    let stage = Stage::plain();
    stage.accepted(&[&entry(&stage, 1)]);
    let next = carried(&stage, &entry(&stage, 2), "next");
    let older = stage.hub_tip(&format!("{COORD}~1"));
    let aside = carried(&stage, MAIN, "aside");
    for commit in [older, stage.hub_tip(&aside)] {
        held_back(&stage, &[COORD, &commit], Code::LedgerFork);
    }
    held_back(&stage, &["-d", COORD], Code::LedgerDelete);
    update(&stage, &[COORD, &next]).ok();
    stage.at_hub(&["pack-refs", "--all", "--prune"]);
    assert_eq!(stage.hub_tip(COORD), next);
}

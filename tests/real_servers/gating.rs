//! The gate behind a real server: what it refuses, what it takes, and that both orders of a push are one.

use git_coord::ledger::Edit;
use git_coord::model::Landed;
use git_coord::model::RefName;
use git_coord::rules::Code;

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::real_servers::row::Row;
use crate::real_servers::served::Served;
use crate::server::ground::now;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::put;

on_every_server!(approved_work_lands_and_other_work_does_not ledger_and_branch_in_one_push);

fn approved_work_lands_and_other_work_does_not(kind: Kind) {
    let served = Served::new(kind);
    served.branch("x");
    let head = served.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let seen = served.turned_away(&["x:main"], Code::ApprovalThreshold);
    assert_ne!(served.git_try_in(&served.hub, &["cat-file", "-e", &head]).code, 0, "it stays in quarantine");
    served.accepted(&["x:topic"]);
    served.saw(Row::Unasked, &seen);

    let asked = served.request("alice", "x");
    served.approve("bob", &asked);
    let said = served.accepted(&["x:main"]).stderr;
    assert!(said.contains("remote: git coord: recorded refs/heads/main"), "{said}");
    served.assert_landed();
    served.saw(Row::Plain, "taken, recorded by the hub");

    let asked = served.approved("y", "src/b.rs", "fn b() { 1 }\n");
    assert_ne!(served.coord("alice", &["land", &asked.id]).code, 0);
    let landed = served.said("nora", &["land", &asked.id]);
    assert_eq!((landed["allow"].as_bool(), served.hub_tip(MAIN)), (Some(true), asked.head));
    served.assert_landed();
    served.saw(Row::Land, "both refs in one push");
}

/// Returns the push of a record by which a root member takes a commit for a branch.
fn adoption(served: &Served, target: &str, new: &str) -> String {
    let head = served.ledger_head();
    let height = served.git(&["rev-list", "--count", &head]).parse::<u64>().unwrap() - 1;
    let (target, new) = (RefName::parse(target).unwrap(), new.parse().unwrap());
    let record = Landed::adoption(target, new, height, head.parse().unwrap(), now());
    let edits: [Edit; 1] = [put(&record)];
    Stage::to_ledger(&served.entry(&edits).write(served, "maria"))
}

fn ledger_and_branch_in_one_push(kind: Kind) {
    let served = Served::new(kind);
    let landed = served.hub_tip(MAIN);
    served.branch("x");
    let ahead = served.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let target = |number: u32| format!("refs/heads/release/{number}");
    let (ledger, code) = (adoption(&served, &target(1), &ahead), format!("{ahead}:{}", target(1)));
    let mut seen = Vec::new();
    for arguments in [["--atomic", &ledger, &code], ["--no-atomic", &ledger, &code], ["--no-atomic", &code, &ledger]] {
        seen.push(served.turned_away(&arguments, Code::LandedMissing));
    }
    let taken = |number: u32, is_atomic: &str, ledger_first: bool| {
        let (ledger, code) = (adoption(&served, &target(number), &landed), format!("{landed}:{}", target(number)));
        let refs = if ledger_first { [&ledger, &code] } else { [&code, &ledger] };
        served.accepted(&[is_atomic, refs[0], refs[1]]);
        assert_eq!(served.hub_tip(&target(number)), landed);
    };
    taken(1, "--atomic", true);
    taken(2, "--no-atomic", true);
    taken(3, "--no-atomic", false);
    served.sync();
    served.coord("maria", &["audit"]).ok();
    assert!(seen.iter().all(|one| *one == seen[0]));
    served.saw(Row::BothAtOnce, &format!("{}; taken", seen[0]));
    served.saw(Row::BothOneByOne, &format!("{}; taken", seen[1]));
}

//! Nobody is above the gate: builders, maintainers, the root member and the security role meet the same refusals.

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Principal;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::name;

/// Those who could think that they are above it.
const MIGHTY: [&str; 3] = ["nora", "maria", "sam"];
const EVERYBODY: [&str; 4] = ["alice", "nora", "maria", "sam"];

/// POL-10, APP-1, with legal twin
#[test]
fn everybody_needs_the_approval_of_somebody_else() {
    for who in EVERYBODY {
        let stage = Stage::plain();
        stage.branch("x");
        stage.commit(who, "src/a.rs", "fn a() { 1 }\n");
        stage.refused(&["x:main"], Code::ApprovalThreshold);
        let asked = stage.request(who, "x");
        stage.refused(&["x:main"], Code::ApprovalThreshold);
        // Its own approval is no entry at all, and lands nothing in the same push either.
        let own = stage.answer_entry(who, &asked, |_| {});
        stage.refused(&[&own], Code::ApprovalSelf);
        stage.refused(&["--atomic", &own, "x:main"], Code::ApprovalSelf);
        if ["nora", "maria"].contains(&who) {
            assert_ne!(stage.coord(who, &["land", &asked.id]).code, 0, "{who} lands its own");
        }
        stage.approve("bob", &asked);
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
}

/// POL-10, APP-3, with legal twin: whoever signed does not approve, even if somebody else opens the request.
#[test]
fn nobody_approves_what_it_signed() {
    for who in ["nora", "maria", "sam"] {
        let stage = Stage::plain();
        stage.branch("x");
        stage.commit(who, "src/a.rs", "fn a() { 1 }\n");
        let asked = stage.request("alice", "x");
        stage.answer_by_hand(who, &asked, |_| {});
        stage.refused(&["x:main"], Code::ApprovalContributor);
        stage.sync();
        stage.approve("bob", &asked);
        stage.accepted(&["x:main"]);
    }
}

/// POL-10, with legal twin
#[test]
fn everybody_moves_protected_branches_forward_only() {
    for who in EVERYBODY {
        let stage = Stage::plain();
        stage.at_hub(&["config", "receive.denyDeleteCurrent", "ignore"]);
        stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
        stage.land("x");
        stage.branch("y");
        stage.commit(who, "src/b.rs", "fn b() { 1 }\n");
        stage.refused(&["+refs/remotes/hub/main~1:refs/heads/main"], Code::RefNotForward);
        stage.refused(&[":main"], Code::RefDelete);
        stage.refused(&[&format!(":{COORD}")], Code::LedgerDelete);
        stage.refused(&["y:refs/heads/Main"], Code::RefCase);
        stage.refused(&["y:refs/heads/release/1"], Code::LandedMissing);
        stage.accepted(&["y:topic"]);
    }
}

/// POL-10, with legal twin
#[test]
fn the_security_role_stops_but_does_not_loosen() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.answer("sam", "veto", &asked);
    stage.refused(&["x:main"], Code::ApprovalVeto);
    assert_ne!(stage.coord("sam", &["land", &asked.id]).code, 0);
    let head = stage.ledger_head();
    let parent = format!("version = 2\nparent = \"{}\"", stage.state().policy_digest);
    let policy = stage.git(&["show", &format!("{head}:policy.toml")]).replace("[\"vendor\"]", "[]");
    let policy = policy.replacen("version = 1", &parent, 1);
    let looser = stage.entry_with(&head, &[("policy.toml", Some(("100644", policy.as_bytes())))]);
    for who in ["sam", "nora", "maria"] {
        stage.refused(&[&Stage::to_ledger(&looser.write(&stage, who))], Code::PolicyThreshold);
    }
    let taken = stage.answer_entry("sam", &asked, |approval| approval.answer = Answer::Approve);
    stage.accepted(&[&taken]);
    stage.accepted(&["x:main"]);
}

/// POL-7, with legal twin: a policy or a key in the code says nothing: only the ledger before the push does.
#[test]
fn rules_in_the_code_are_not_read() {
    let stage = Stage::plain();
    stage.branch("x");
    let free = PLAIN.replace("refs/heads/main", "refs/heads/nothing");
    stage.write("policy.toml", free.as_bytes());
    stage.write(".coord-policy/policy.toml", free.as_bytes());
    stage.commit_all("alice", "Loosen");
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    let asked = stage.request("alice", "x");
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
    stage.fetch();
    stage.branch("y");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    stage.refused(&["y:main"], Code::ApprovalThreshold);
    assert_ne!(stage.hub_tip(MAIN), stage.tip("y"));
}

/// POL-10, POL-7, APP-19, with legal twin: nor do they say anything if one of them puts them there, be it rules or approvals.
#[test]
fn rules_and_approvals_in_the_code_are_nobodys() {
    for who in MIGHTY {
        let stage = Stage::plain();
        let id = stage.said(who, &["whoami"])["id"].as_str().unwrap().to_owned();
        stage.branch("x");
        stage.write("policy.toml", PLAIN.replace("refs/heads/main", "refs/heads/nothing").as_bytes());
        stage.commit(who, "src/a.rs", "fn a() { 1 }\n");
        let asked = stage.request("alice", "x");
        let answer =
            format!("format = 1\nrequest = \"{}\"\ndelta = \"{}\"\nverdict = \"approve\"\n", asked.id, asked.delta);
        for place in ["approvals", "coord/approvals"] {
            stage.write(&format!("{place}/{}/{id}.toml", asked.id), answer.as_bytes());
        }
        stage.commit_all(who, "Approve");
        let asked = stage.ask("alice", &["request", "x", "--update", &asked.id]);
        stage.refused(&["-o", &format!("coord.request={}", asked.id), "x:main"], Code::ApprovalThreshold);
        stage.approve("bob", &asked);
        stage.accepted(&["x:main"]);
    }
}

/// POL-10, POL-1, with legal twin: what changes the rules, or only one's own record, moves no protected branch in the same push.
#[test]
fn nobody_changes_rules_and_branches_together() {
    for who in MIGHTY {
        let stage = Stage::plain();
        stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
        let state = stage.state();
        let own = state.principals.values().find(|enrolled| enrolled.record.id.name() == who).unwrap().record.clone();
        let record = Principal { rev: own.rev + 1, capabilities: vec![name("rust")], ..own };
        let path = RecordPath::Principal(record.id.clone());
        let entry = stage.entry(&[Edit { path, text: Some(record.to_text()) }]).write(&stage, who);
        let ledger = Stage::to_ledger(&entry);
        for arguments in [vec!["--atomic", &ledger, "x:main"], vec!["x:main", &ledger]] {
            stage.refused(&arguments, Code::PushMixed);
        }
        stage.accepted(&[&ledger]);
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
}

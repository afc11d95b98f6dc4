//! Pushes that carry the ledger and the code together, and a ledger that moves in between.

use std::fs;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Digest;
use git_coord::model::Landed;
use git_coord::model::PrincipalId;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Span;
use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::ground::now;
use crate::server::stage::Asked;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::format_under_test;
use crate::support::sandbox::gits;
use crate::support::world::put;
use crate::support::world::remove;

/// Returns the record of a landing as an honest lander writes it.
pub(super) fn landed(stage: &Stage, asked: &Asked, signers: &[&str]) -> Landed {
    stage.sync();
    let explained = stage.coord("nora", &["gate", "explain", &asked.id]).json();
    let verdict = explained["digest"].as_str().unwrap().parse().unwrap();
    let head = stage.ledger_head().parse().unwrap();
    let state = stage.state();
    let id = RecordId::parse(&asked.id).unwrap();
    let request = &state.requests.get(&id).unwrap().request;
    let last = state.landed.get(&request.target).unwrap();
    let id_of = |name: &&str| state.principals.keys().find(|id| id.name() == *name).unwrap().clone();
    let approvals: Vec<PrincipalId> = state.answers(&id).map(|answered| answered.approval.principal.clone()).collect();
    Landed {
        rev: last.rev + 1,
        target: request.target.clone(),
        old: Some(last.new),
        new: request.head,
        request: Some(id.clone()),
        delta: Some(request.delta),
        approvals,
        claims: Vec::new(),
        signers: signers.iter().map(id_of).collect(),
        elsewhere: Vec::new(),
        contributors: Vec::new(),
        unknown_authors: 0,
        paths: Some(vec!["src/a.rs".to_owned()]),
        verdict: Some(verdict),
        policy: 1,
        decided_at: state.height,
        rights_head: head,
        now: now(),
    }
}

/// Returns everything that a landing changes.
fn edits(record: &Landed) -> Vec<Edit> {
    let id = record.request.clone().unwrap();
    let mut edits = vec![put(record), remove(RecordPath::Request(id.clone()))];
    edits.extend(record.approvals.iter().map(|who| remove(RecordPath::Approval(id.clone(), who.clone()))));
    edits
}

pub(super) fn landing(stage: &Stage, signer: &str, record: &Landed) -> String {
    Stage::to_ledger(&stage.entry(&edits(record)).write(stage, signer))
}

/// REF-8, with legal twin and control
#[test]
fn a_landing_is_recorded_together_with_its_move_only() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let honest = landed(&stage, &asked, &["alice"]);
    let ledger = landing(&stage, "nora", &honest);
    stage.stock_git_accepts(&[&ledger]);
    stage.refused(&[&ledger], Code::LandedMismatch);
    // Another commit moves, or further, or to elsewhere.
    stage.commit("alice", "docs/guide.md", "Evil\n");
    stage.refused(&["--atomic", &ledger, "x:main"], Code::LandedMismatch);
    stage.refused(&["--atomic", &ledger, "x~1:refs/heads/topic"], Code::LandedMismatch);
    stage.accepted(&["--atomic", &ledger, "x~1:main"]);
    stage.assert_recorded();
}

/// REF-8, with legal twin
#[test]
fn a_landing_of_something_else_is_refused() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let honest = landed(&stage, &asked, &["alice"]);
    let elsewhere = stage.hub_tip(COORD).parse().unwrap();
    let wrong_old = Landed { old: Some(elsewhere), ..honest.clone() };
    let wrong_new = Landed { new: elsewhere, ..honest.clone() };
    let wrong_ref =
        Landed { target: RefName::parse("refs/heads/release/1").unwrap(), rev: 1, old: None, ..honest.clone() };
    let wrong_delta = Landed { delta: Some(Digest::new([1; 32])), ..honest.clone() };
    let wrong_rev = Landed { rev: honest.rev + 1, ..honest.clone() };
    let future = Landed { decided_at: honest.decided_at + 9, ..honest.clone() };
    let cases = [
        (wrong_old, Code::LandedMismatch),
        (wrong_new, Code::LandedMismatch),
        (wrong_ref, Code::ApprovalRef),
        (wrong_delta, Code::ApprovalDelta),
        (wrong_rev, Code::RecordRev),
        (future, Code::RecordField),
    ];
    for (record, code) in cases {
        let ledger = landing(&stage, "nora", &record);
        stage.refused(&["--atomic", &ledger, "x:main"], code);
    }
    // It uses up exactly its request and the answers to it.
    stage.branch("y");
    stage.commit("nora", "src/b.rs", "fn b() { 1 }\n");
    let other = stage.request("nora", "y");
    let honest = landed(&stage, &asked, &["alice"]);
    let spared: Vec<_> = edits(&honest).into_iter().take(1).collect();
    let entry = Stage::to_ledger(&stage.entry(&spared).write(&stage, "nora"));
    stage.refused(&["--atomic", &entry, "x:main"], Code::LandedMismatch);
    let mut greedy = edits(&honest);
    greedy.push(remove(RecordPath::Request(RecordId::parse(&other.id).unwrap())));
    let entry = Stage::to_ledger(&stage.entry(&greedy).write(&stage, "nora"));
    stage.refused(&["--atomic", &entry, "x:main"], Code::LandedMismatch);
    stage.accepted(&["--atomic", &landing(&stage, "nora", &honest), "x:main"]);
    stage.assert_recorded();
}

#[test]
fn who_may_not_land_records_no_landing() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    for signer in ["alice", "bob", "sam"] {
        let ledger = landing(&stage, signer, &landed(&stage, &asked, &["alice"]));
        stage.refused(&["--atomic", &ledger, "x:main"], Code::RecordRight);
    }
    let ledger = landing(&stage, "stranger", &landed(&stage, &asked, &["alice"]));
    stage.refused(&["--atomic", &ledger, "x:main"], Code::KeyUnknown);
}

/// Fences, independence and audits rest on what a landing says of its change.
#[test]
fn a_landing_that_says_something_untrue_is_refused() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let honest = landed(&stage, &asked, &["alice"]);
    let nora = stage.state().principals.keys().find(|id| id.name() == "nora").unwrap().clone();
    let lies = [
        Landed { signers: vec![nora.clone()], ..honest.clone() },
        Landed { signers: Vec::new(), ..honest.clone() },
        Landed { paths: Some(vec!["docs/guide.md".to_owned()]), ..honest.clone() },
        Landed { paths: None, ..honest.clone() },
        Landed { verdict: Some(Digest::new([7; 32])), ..honest.clone() },
        Landed { verdict: None, ..honest.clone() },
        Landed { decided_at: honest.decided_at - 1, ..honest.clone() },
        Landed { now: honest.now + Span::from_s(3_600), ..honest.clone() },
        Landed { now: honest.now - Span::from_s(3_600), ..honest.clone() },
    ];
    for lie in lies {
        stage.refused(&["--atomic", &landing(&stage, "nora", &lie), "x:main"], Code::LandedMismatch);
    }
    stage.accepted(&["--atomic", &landing(&stage, "nora", &honest), "x:main"]);
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// Who signed is read from the commits, whatever the landing says.
#[test]
fn a_landing_does_not_hide_who_signed() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("dave", "x");
    // Erin shares the model family of alice, not that of dave.
    stage.answer_by_hand("erin", &asked, |_| {});
    let ledger = landing(&stage, "nora", &landed(&stage, &asked, &["dave"]));
    stage.refused(&["--atomic", &ledger, "x:main"], Code::ApprovalIndependence);
    stage.sync();
    stage.approve("carol", &asked);
    let ledger = landing(&stage, "nora", &landed(&stage, &asked, &["alice"]));
    stage.accepted(&["--atomic", &ledger, "x:main"]);
}

/// Lets something happen at the hub after the gate has decided and before the refs move.
pub(super) fn meanwhile(stage: &Stage, commands: &str) {
    let free = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES";
    let mut hook = OpenOptions::new().append(true).open(stage.hub.join("hooks/pre-receive")).unwrap();
    writeln!(hook, "{free}\n{commands}\n").unwrap();
}

pub(super) fn no_longer(stage: &Stage) {
    let file = stage.hub.join("hooks/pre-receive");
    let text = fs::read_to_string(&file).unwrap();
    let end = text.find("unset GIT_QUARANTINE_PATH").unwrap();
    fs::write(&file, &text[..end]).unwrap();
}

/// REF-9, with legal twin and control
#[test]
fn a_ledger_that_moved_since_the_gate_decided_holds_the_push_back() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    // A veto that arrives in between: its entry is at the hub already, under another name.
    let veto = stage.answer_entry("sam", &asked, |approval| approval.answer = Answer::Veto);
    let veto = veto.split(':').next().unwrap().to_owned();
    stage.accepted(&[&format!("{veto}:refs/heads/kept")]);
    let before = stage.hub_tip(MAIN);
    meanwhile(&stage, &format!("git update-ref {COORD} {veto}"));
    stage.stock_git_accepts(&["x:main"]);
    let said = stage.push(&["x:main"]);
    assert_ne!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains(Code::PushMoved.as_str()), "{}", said.stderr);
    assert_eq!(stage.hub_tip(MAIN), before);
    no_longer(&stage);
    stage.refused(&["x:main"], Code::ApprovalVeto);
    stage.sync();
    stage.said("sam", &["withdraw", &asked.id]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// REF-10, with legal twin
#[test]
fn ledger_and_code_in_one_push_end_alike_in_every_order() {
    for git in gits() {
        for arguments in
            [["--atomic", "L", "C"], ["--atomic", "C", "L"], ["--no-atomic", "L", "C"], ["--no-atomic", "C", "L"]]
        {
            let stage = Stage::within(Sandbox::with_git(&git, &format_under_test()), PLAIN);
            let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
            let ledger = landing(&stage, "nora", &landed(&stage, &asked, &["alice"]));
            let spelled = arguments.map(|argument| match argument {
                "L" => ledger.as_str(),
                "C" => "x:main",
                other => other,
            });
            let said = stage.push(&spelled);
            assert_eq!(stage.hub_tip(MAIN), asked.head, "{arguments:?} with {}: {}", git.display(), said.stderr);
            stage.assert_recorded();
            // The same push of a change that nobody approved ends alike as well.
            stage.sync();
            stage.branch("y");
            stage.commit("alice", "src/a.rs", "fn a() { 2 }\n");
            let asked = stage.request("alice", "y");
            let ledger = landing(&stage, "nora", &landed(&stage, &asked, &["alice"]));
            let spelled = arguments.map(|argument| match argument {
                "L" => ledger.as_str(),
                "C" => "y:main",
                other => other,
            });
            stage.refused(&spelled, Code::ApprovalThreshold);
        }
    }
}

/// REF-10, control: an update hook of stock git sees another ledger with `--atomic` than without, and so decides otherwise.
#[test]
fn update_hook_sees_the_ledger_before_or_after_depending_on_the_client() {
    for (how, sees_new) in [("--atomic", false), ("--no-atomic", true)] {
        let stage = Stage::plain();
        let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
        let ledger = landing(&stage, "nora", &landed(&stage, &asked, &["alice"]));
        let entry = ledger.split(':').next().unwrap().to_owned();
        let bare = stage.root.join("bare.git");
        stage.git_in(&stage.root, &["clone", "-q", "--bare", "hub.git", "bare.git"]);
        let seen = stage.root.join("seen");
        let hook = format!("#!/bin/sh\n[ \"$1\" != {MAIN} ] || git rev-parse {COORD} >{}\n", seen.display());
        fs::write(bare.join("hooks/update"), hook).unwrap();
        fs::set_permissions(bare.join("hooks/update"), Permissions::from_mode(0o755)).unwrap();
        stage.git(&["push", "-q", how, bare.to_str().unwrap(), &ledger, "x:main"]);
        assert_eq!(fs::read_to_string(&seen).unwrap().trim_end() == entry, sees_new, "{how}");
    }
}

/// Where no server checks it, an audit finds a landing that tells other paths or claims than it had: fences rest on them.
#[test]
fn an_audit_finds_what_a_landing_says_untruly() {
    for truly in [true, false] {
        let stage = Stage::plain();
        let asked = stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
        for hook in ["pre-receive", "reference-transaction", "post-receive"] {
            fs::remove_file(stage.hub.join("hooks").join(hook)).unwrap();
        }
        let honest = landed(&stage, &asked, &["alice"]);
        let told = if truly { honest } else { Landed { paths: Some(vec!["docs/guide.md".to_owned()]), ..honest } };
        stage.accepted(&["--atomic", &landing(&stage, "nora", &told), "x:main"]);
        stage.sync();
        let audit = stage.coord("maria", &["audit"]);
        assert_eq!(audit.code == 0, truly, "{}", audit.stdout);
        assert_eq!(audit.stdout.contains(Code::LandedMismatch.as_str()), !truly, "{}", audit.stdout);
    }
}

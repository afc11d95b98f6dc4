//! A server that was set back: what the hint says brings it back, and nothing else does.

use std::fs;
use std::path::Path;

use git_coord::model::Landed;
use git_coord::rules::Code;

use crate::server::recording::landed;
use crate::server::recording::landing;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::unrecorded::push_unrecorded;
use crate::support::sandbox::Ran;
use crate::support::world::Actor;

/// Moves a ref as the hub's own hooks do not see it.
const UNSEEN: [&str; 3] = ["-c", "core.hooksPath=/dev/null", "update-ref"];

const FN: &str = "fn a() { 1 }\n";

/// What of a server goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    Ledger,
    LedgerAndMain,
    /// Two landings, where one that was stopped would be finished by itself.
    Main,
    Everything,
    LedgerAndMemory,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

fn forget(directory: &Path) {
    for name in ["chain", "recent", "verified"] {
        fs::remove_file(directory.join(name)).ok();
    }
}

/// Lands two changes, and sets the server back to before them.
fn set_back(stage: &Stage, what: Back) {
    let older = [COORD, MAIN].map(|name| stage.hub_tip(name));
    let backup = stage.root.join("backup.git");
    copy(&stage.hub, &backup);
    for (number, branch) in ["x", "y"].into_iter().enumerate() {
        stage.approved(branch, "src/a.rs", &format!("fn a() {{ {number} }}\n"));
        stage.land(branch);
    }
    let reset = |name: &str, id: &str| stage.at_hub(&[&UNSEEN[..], &[name, id]].concat());
    if matches!(what, Back::Ledger | Back::LedgerAndMain | Back::LedgerAndMemory) {
        reset(COORD, &older[0]);
    }
    if matches!(what, Back::LedgerAndMain | Back::Main) {
        reset(MAIN, &older[1]);
    }
    if what == Back::LedgerAndMemory {
        forget(&stage.hub.join("coord"));
    }
    if what == Back::Everything {
        fs::remove_dir_all(&stage.hub).unwrap();
        copy(&backup, &stage.hub);
    }
}

/// Does what the hint of a clone says.
fn follow_hint(stage: &Stage) -> Ran {
    let error = stage.coord("maria", &["sync"]).fails(4, "ledger.fork");
    let hint = error["hints"][0].as_str().unwrap();
    let command = hint.split('`').find(|part| part.starts_with("git push ")).unwrap();
    stage.git_try(&command.split(' ').skip(1).collect::<Vec<_>>())
}

#[test]
fn what_the_hint_says_brings_a_server_back() {
    for what in [Back::Ledger, Back::LedgerAndMain, Back::Everything, Back::LedgerAndMemory] {
        let stage = Stage::plain();
        set_back(&stage, what);
        let tips = [stage.tip(COORD), stage.tip("refs/remotes/hub/main")];
        let said = follow_hint(&stage);
        assert_eq!(said.code, 0, "{what:?}: {said}");
        assert_eq!([COORD, MAIN].map(|name| stage.hub_tip(name)), tips, "{what:?}");
        stage.assert_recorded();
        stage.sync();
        stage.said("dave", &["claim", "docs/", "--intent", "Other work"]);
        stage.approved("z", "src/b.rs", "fn b() { 1 }\n");
        stage.land("z");
        stage.coord("maria", &["audit"]).ok();
    }
}

/// A server that knows which ledger it verified takes none without that.
#[test]
fn a_ledger_without_what_the_server_verified_is_not_taken() {
    let stage = Stage::plain();
    set_back(&stage, Back::Ledger);
    let before = [COORD, MAIN].map(|name| stage.hub_tip(name));
    let first = stage.git(&["rev-list", "--reverse", &format!("{}..{}", before[0], stage.tip(COORD))]);
    let first = first.lines().next().unwrap();
    for refspec in [format!("{first}:{COORD}"), "x:topic".to_owned()] {
        let said = stage.push(&[&refspec]);
        assert_ne!(said.code, 0, "{said}");
        assert!(said.stderr.contains(Code::LedgerFork.as_str()), "{said}");
        assert_eq!([COORD, MAIN].map(|name| stage.hub_tip(name)), before);
    }
    follow_hint(&stage).ok();
    stage.accepted(&["x:topic"]);
}

/// A branch that was restored alone comes back by a push to where it last landed, and to nowhere else.
#[test]
fn a_branch_that_was_set_back_returns_to_where_it_landed() {
    let stage = Stage::plain();
    set_back(&stage, Back::Main);
    let last = stage.tip("refs/remotes/hub/main");
    let other = stage.git(&["commit-tree", "-p", &format!("{last}~2"), "-m", "Evil", &format!("{last}^{{tree}}")]);
    for commit in [format!("{last}~1"), other.clone()] {
        let said = stage.push(&[&format!("{commit}:{MAIN}")]);
        assert_ne!(said.code, 0, "{said}");
        assert!(said.stderr.contains(Code::RefState.as_str()), "{said}");
    }
    // From beside it, it is for whoever keeps the server to put it back.
    let behind = stage.hub_tip(MAIN);
    stage.accepted(&[&format!("{other}:refs/heads/kept")]);
    stage.at_hub(&[&UNSEEN[..], &[MAIN, &other]].concat());
    let said = stage.push(&[&format!("+{last}:{MAIN}")]);
    assert_ne!(said.code, 0, "{said}");
    assert!(said.stderr.contains(Code::RefNotForward.as_str()), "{said}");
    stage.at_hub(&[&UNSEEN[..], &[MAIN, &behind]].concat());
    // The hooks of a clone let it go as well: nothing new lands.
    stage.coord("maria", &["hooks", "install"]).ok();
    stage.accepted(&[&format!("{last}:{MAIN}")]);
    stage.coord("maria", &["hooks", "uninstall"]).ok();
    stage.assert_recorded();
    stage.approved("z", "src/b.rs", "fn b() { 1 }\n");
    stage.land("z");
    stage.coord("maria", &["audit"]).ok();
}

/// What a landing says of a ref that is there already is judged all the same.
#[test]
fn a_landing_that_its_ref_has_made_is_judged() {
    let stage = Stage::plain();
    let asked = stage.approved("x", "src/a.rs", FN);
    let honest = landed(&stage, &asked, &["alice"]);
    let lie = Landed { signers: Vec::new(), ..honest.clone() };
    let [lie, honest] = [lie, honest].map(|record| landing(&stage, "nora", &record));
    push_unrecorded(&stage, "x:main");
    // Nothing tells the hub that it let this through.
    fs::remove_dir_all(stage.hub.join("coord/evaluated")).unwrap();
    stage.refused(&[&lie], Code::LandedMismatch);
    stage.accepted(&[&honest]);
    stage.assert_recorded();
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// Who made the same change elsewhere is not for whoever pushes the record to leave out, while a branch still tells it.
#[test]
fn a_landing_that_its_ref_has_made_leaves_nobody_out() {
    for who in ["bob", "carol"] {
        let stage = Stage::plain();
        let asked = stage.approved("x", "src/a.rs", FN);
        let record = landing(&stage, "nora", &landed(&stage, &asked, &["alice"]));
        stage.branch("mine");
        let twin = stage.commit(who, "src/a.rs", FN);
        stage.accepted(&["x:kept"]);
        stage.at_hub(&[&UNSEEN[..], &[MAIN, &asked.head]].concat());
        if who == "bob" {
            // It comes with the same push, or came before.
            stage.refused(&["--atomic", &record, "mine"], Code::ApprovalContributor);
            stage.accepted(&["mine"]);
            stage.refused(&[&record], Code::ApprovalContributor);
            stage.at_hub(&["update-ref", "-d", "refs/heads/mine", &twin]);
        } else {
            // The legal twin: she did not approve, and her branch may have come after the landing.
            stage.accepted(&["mine"]);
        }
        stage.accepted(&[&record]);
        stage.assert_recorded();
        stage.sync();
        stage.coord("maria", &["audit"]).ok();
    }
}

/// A change of rules moves no protected ref, so what it divides comes back piece by piece.
#[test]
fn a_change_of_principals_brings_a_server_back_in_pieces() {
    let stage = Stage::plain();
    let backup = stage.root.join("backup.git");
    copy(&stage.hub, &backup);
    let mut pieces = Vec::new();
    for (number, branch) in ["x", "y"].into_iter().enumerate() {
        stage.approved(branch, "src/a.rs", &format!("fn a() {{ {number} }}\n"));
        stage.land(branch);
        pieces.push([COORD, MAIN].map(|name| format!("{}:{name}", stage.hub_tip(name))).to_vec());
        if number == 0 {
            let key = Actor::named("ivo").key().to_openssh();
            stage.said("maria", &["enroll", "ivo", "--kind", "human", "--role", "reviewer", "--key", &key]);
            pieces.push(vec![format!("{}:{COORD}", stage.hub_tip(COORD))]);
        }
    }
    stage.sync();
    fs::remove_dir_all(&stage.hub).unwrap();
    copy(&backup, &stage.hub);
    let before = stage.at_hub(&["for-each-ref"]);
    let said = follow_hint(&stage);
    assert!(said.code != 0 && said.stderr.contains(Code::PushMixed.as_str()), "{said}");
    assert!(said.stderr.contains("piece by piece"), "{said}");
    assert_eq!(stage.at_hub(&["for-each-ref"]), before);
    for piece in &pieces {
        let mut arguments = vec!["--atomic"];
        arguments.extend(piece.iter().map(String::as_str));
        stage.accepted(&arguments);
    }
    stage.assert_recorded();
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

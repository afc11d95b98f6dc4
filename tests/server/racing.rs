//! Two pushes in their transactions at once, one of which takes away what the other rests on.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use git_coord::ledger::Edit;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::server::stage::Asked;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;
use crate::support::world::Actor;

const FN: &str = "fn a() { 1 }\n";
const PATIENCE: Duration = Duration::from_secs(60);

/// A hub with an approved change and the withdrawal of its only approval, and a door in its hook.
struct Race {
    stage: Stage,
    asked: Asked,
    withdrawal: String,
}

impl Race {
    fn new() -> Self {
        let stage = Stage::plain();
        let asked = stage.approved("x", "src/a.rs", FN);
        let request = RecordId::parse(&asked.id).unwrap();
        let edit = Edit { path: RecordPath::Approval(request, Actor::named("bob").id), text: None };
        let withdrawal = Stage::to_ledger(&stage.entry(&[edit]).write(&stage, "bob"));
        Self { stage, asked, withdrawal }
    }

    fn hook(&self) -> PathBuf {
        self.stage.hub.join("hooks/reference-transaction")
    }

    /// Lets every transaction wait at a door that is shut, before or after our lines in the hook.
    fn build_door(&self, is_before: bool) {
        let text = fs::read_to_string(self.hook()).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let door = format!(
            "if [ \"$1\" = prepared ] && [ -e {shut} ]; then\n  touch {at}.$$\n  n=0\n  \
             while [ -e {shut} ] && [ $n -lt 1200 ]; do n=$((n + 1)); sleep 0.05; done\nfi",
            shut = self.door().display(),
            at = self.stage.root.join("at").display(),
        );
        let text = if is_before { format!("{first}\n{door}\n{rest}") } else { format!("{text}\n{door}\n") };
        fs::write(self.hook(), text).unwrap();
        fs::write(self.door(), "").unwrap();
    }

    fn door(&self) -> PathBuf {
        self.stage.root.join("shut")
    }

    fn open_door(&self) {
        fs::remove_file(self.door()).unwrap();
    }

    /// Begins a push, and waits until so many stand at the door.
    #[track_caller]
    fn begin(&self, refspec: &str, count: usize) -> Child {
        let mut command = self.stage.program(&self.stage.work, "git");
        let child = command.args(["push", "-q", "hub", refspec]).stderr(Stdio::null()).spawn().unwrap();
        let waiting = || {
            let names = fs::read_dir(&self.stage.root).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_string_lossy().starts_with("at.")).count()
        };
        let start = Instant::now();
        while waiting() < count {
            assert!(start.elapsed() < PATIENCE, "{refspec} does not come to the door");
            thread::sleep(Duration::from_millis(10));
        }
        child
    }

    /// Either the change landed, or its approval was withdrawn.
    #[track_caller]
    fn assert_consistent(&self) {
        let has_moved = self.stage.hub_tip(MAIN) == self.asked.head;
        let withdrawal = self.withdrawal.split(':').next().unwrap();
        let is_withdrawn = self.stage.hub_tip(COORD) == withdrawal;
        assert!(!(has_moved && is_withdrawn), "both went through");
        self.stage.accepted(&["x:topic"]);
        if has_moved {
            self.stage.assert_recorded();
        }
        self.stage.sync();
        self.stage.coord("maria", &["audit"]).ok();
    }
}

fn ended_well(mut child: Child) -> bool {
    child.wait().unwrap().success()
}

/// REF-9
#[test]
fn an_entry_does_not_come_while_a_protected_ref_moves() {
    let race = Race::new();
    race.build_door(false);
    let landing = race.begin("x:main", 1);
    let before = race.stage.hub_tip(COORD);
    let said = race.stage.push(&[&race.withdrawal]);
    assert_ne!(said.code, 0, "{said}");
    assert_eq!(codes_in(&said.stderr), [Code::PushMoved].into(), "{said}");
    assert!(said.stderr.contains("refs/heads/main.lock"), "it says which lock: {said}");
    assert_eq!(race.stage.hub_tip(COORD), before);
    race.open_door();
    assert!(ended_well(landing));
    race.assert_consistent();
}

/// REF-9
#[test]
fn a_protected_ref_does_not_move_while_an_entry_comes() {
    let race = Race::new();
    race.build_door(false);
    let withdrawing = race.begin(&race.withdrawal, 1);
    let before = race.stage.hub_tip(MAIN);
    let said = race.stage.push(&["x:main"]);
    assert_ne!(said.code, 0, "{said}");
    assert_eq!(codes_in(&said.stderr), [Code::PushMoved].into(), "{said}");
    assert!(said.stderr.contains("refs/heads/coord.lock"), "it says which lock: {said}");
    assert_eq!(race.stage.hub_tip(MAIN), before);
    race.open_door();
    assert!(ended_well(withdrawing));
    race.stage.refused(&["x:main"], Code::ApprovalThreshold);
    race.assert_consistent();
}

/// Both have locked, and neither has looked yet.
#[test]
fn of_two_that_look_at_once_one_at_least_stands_back() {
    let race = Race::new();
    race.build_door(true);
    let pushes = [race.begin("x:main", 1), race.begin(&race.withdrawal, 2)];
    race.open_door();
    let won = pushes.map(ended_well);
    assert_ne!(won, [true, true]);
    race.assert_consistent();
}

/// REF-9, legal twin: one after the other, both are taken.
#[test]
fn neither_loses_when_they_do_not_overlap() {
    let race = Race::new();
    race.build_door(true);
    race.open_door();
    race.stage.accepted(&["x:main"]);
    race.stage.assert_recorded();
    race.stage.sync();
    race.stage.said("dave", &["claim", "docs/", "--intent", "Other work"]);
    let second = Race::new();
    second.stage.accepted(&[&second.withdrawal]);
    second.stage.refused(&["x:main"], Code::ApprovalThreshold);
    second.stage.sync();
    second.stage.approve("bob", &second.asked);
    second.stage.accepted(&["x:main"]);
    second.assert_consistent();
}

/// A killed git leaves a lock that git itself would not pass either: clients are told which one, and not that nobody answers.
#[test]
fn a_lock_that_was_left_is_named() {
    let race = Race::new();
    let lock = race.stage.hub.join("refs/heads/main.lock");
    fs::write(&lock, "").unwrap();
    let before = race.stage.hub_tip(COORD);
    let error = race.stage.coord("dave", &["claim", "docs/", "--intent", "x"]).fails(3, "push.moved");
    assert!(error["message"].as_str().unwrap().contains(lock.to_str().unwrap()), "{error}");
    assert_eq!(race.stage.hub_tip(COORD), before);
    fs::remove_file(&lock).unwrap();
    race.stage.said("dave", &["claim", "docs/", "--intent", "x"]);
}

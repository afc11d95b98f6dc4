//! Runs that race, end too early, or cannot be told: a command that was approved once is run once at most.

use std::fs;
use std::thread;

use serde_json::json;

use crate::cli::actions::Cast;
use crate::cli::actions::ask;
use crate::cli::actions::name_action;
use crate::cli::actions::state_of;
use crate::cli::actions::waits;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

/// A ledger that a hub decides, with alice in two clones under one key.
fn two_clones() -> (Cast, Actor) {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let elsewhere = hub.clone(&sandbox, "elsewhere");
    let cast = Cast::under(sandbox, hub.maria, "15m");
    elsewhere.coord(&["join", &cast.alice.id, "--remote", "hub"]).ok();
    let twin = Actor { id: cast.alice.id.clone(), ..elsewhere };
    (cast, twin)
}

/// Runs a request from several places at once. Returns how each ended.
fn race(actors: &[&Actor], id: &str) -> Vec<Ran> {
    thread::scope(|scope| {
        let all: Vec<_> = actors.iter().map(|actor| scope.spawn(move || actor.coord(&["run", id]))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn twins_with_one_key_run_a_command_once_between_them() {
    let (cast, twin) = two_clones();
    cast.script("");
    let act = cast.sandbox.root.join("alice/act.sh");
    for round in 1..=6 {
        let id = cast.approved(&[act.to_str().unwrap(), &round.to_string()]);
        let ended = race(&[&cast.alice, &twin, &cast.alice, &twin], &id);
        let ran: Vec<_> = ended.iter().filter(|ran| ran.code == 0).collect();
        assert_eq!((ran.len(), cast.count()), (1, round), "{}", ended.iter().map(Ran::to_string).collect::<String>());
        for lost in ended.iter().filter(|ran| ran.code != 0) {
            lost.fails(1, "action.consumed");
        }
    }
    twin.coord(&["sync"]).ok();
    assert_eq!(twin.coord(&["status"]).ok().of_type("run").len(), 1, "what ended goes with the next start");
}

/// Nothing is started that is not decided.
#[test]
fn command_is_not_run_while_the_remote_is_away() {
    let (cast, twin) = two_clones();
    cast.script("");
    let id = cast.approved(&["./act.sh"]);
    let (hub, away) = (cast.sandbox.root.join("hub.git"), cast.sandbox.root.join("away.git"));
    let before = cast.alice.head();
    fs::rename(&hub, &away).unwrap();
    cast.alice.coord(&["run", &id]).fails(5, "remote.unreachable");
    cast.alice.coord(&["run", &id, "--offline"]).exits(2);
    assert_eq!((cast.count(), cast.alice.head()), (0, before));
    fs::rename(&away, &hub).unwrap();
    let told = cast.alice.coord(&["run", &id]).ok().json();
    assert_eq!((cast.count(), &told["guarantee"]), (1, &"remote".into()));
    twin.coord(&["run", &id]).fails(1, "action.consumed");
}

/// What has happened is kept here until it can be told.
#[test]
fn outcome_waits_for_a_remote_that_went_away() {
    let (cast, twin) = two_clones();
    let (hub, away) = (cast.sandbox.root.join("hub.git"), cast.sandbox.root.join("away.git"));
    cast.script(&format!("mv '{}' '{}'", hub.display(), away.display()));
    let id = cast.approved(&["./act.sh"]);
    let told = cast.alice.coord(&["run", &id]).ok().json();
    assert_eq!((&told["state"], &told["guarantee"]), (&"succeeded".into(), &"tentative".into()));
    fs::rename(&away, &hub).unwrap();
    twin.coord(&["sync"]).ok();
    assert_eq!(state_of(&twin, "run", &id).as_deref(), Some("started"));
    cast.alice.coord(&["sync"]).ok();
    twin.coord(&["sync"]).ok();
    assert_eq!(state_of(&twin, "run", &id).as_deref(), Some("succeeded"));
}

/// Killed between the entry and the end of the command: nobody knows, and nobody tries again.
#[test]
fn run_that_was_cut_off_is_never_run_again() {
    let cast = Cast::new("15m");
    let alice = &cast.alice;
    cast.script("kill -9 $PPID");
    let id = cast.approved(&["./act.sh"]);
    assert_eq!(alice.coord(&["run", &id]).code, -1);
    wait_for("line of the script", || (cast.count() == 1).then_some(()));
    alice.coord(&["run", &id]).fails(1, "action.consumed");
    assert_eq!((cast.count(), waits(alice, &id)), (1, vec!["outcome".to_owned()]));
    assert_eq!(state_of(&cast.carol, "run", &id).as_deref(), Some("started"));
    let said = alice.say(&["status"]).ok();
    assert!(said.stdout.contains("no outcome known"), "{said}");
    alice.coord(&["run", &id, "--outcome", "lost"]).fails(2, "usage.argument");
    cast.carol.coord(&["run", &id, "--outcome", "unknown"]).fails(1, "record.owner");
    let told = alice.coord(&["run", &id, "--outcome", "unknown"]).ok().json();
    assert_eq!((&told["type"], &told["state"]), (&"run".into(), &"unknown".into()));
    alice.coord(&["run", &id, "--outcome", "succeeded"]).fails(1, "action.outcome");
    assert_eq!(waits(alice, &id), [""; 0]);
    let open = text(&ask(alice, &[], &["./act.sh"])["id"]);
    alice.coord(&["run", &open, "--outcome", "unknown"]).fails(2, "usage.not-found");
}

#[test]
fn approval_expires_and_is_given_anew() {
    let cast = Cast::new("1s");
    cast.script("");
    let asked = ask(&cast.alice, &[], &["./act.sh"]);
    cast.approve(&asked);
    let id = text(&asked["id"]);
    wait_for("end of the approval", || {
        (state_of(&cast.alice, "action-request", &id).as_deref() == Some("expired")).then_some(())
    });
    cast.alice.coord(&["run", &id]).fails(1, "approval.stale");
    assert_eq!((cast.count(), waits(&cast.carol, &id)), (0, vec!["approve-action".to_owned()]));
    // Whoever wants to runs it within the second, at some attempt.
    wait_for("run in time", || {
        cast.approve(&asked);
        (cast.alice.coord(&["run", &id]).code == 0).then_some(())
    });
    assert_eq!(cast.count(), 1);
}

#[test]
fn watcher_tells_of_actions() {
    let cast = Cast::new("15m");
    cast.script("");
    let mut command = cast.maria.command("git-coord");
    command.args(["--json", "watch", "--poll", "--idle", "60s", "--count", "6"]);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    let watcher = command.spawn().unwrap();
    // It looks at what was there when it began: more happens until it has seen enough.
    let ended = thread::scope(|scope| {
        let waited = scope.spawn(move || Ran::waited_for("watch", watcher));
        wait_for("end of the watcher", || {
            if !waited.is_finished() {
                let id = cast.approved(&["./act.sh"]);
                cast.alice.coord(&["run", &id]).ok();
            }
            waited.is_finished().then_some(())
        });
        waited.join().unwrap()
    });
    let told: Vec<String> = ended.ok().of_type("event").iter().map(|event| text(&event["event"])).collect();
    let known = ["request.opened", "request.ready", "approval.added", "action.started", "action.finished"];
    assert!(told.iter().all(|event| known.contains(&event.as_str())), "{told:?}");
    assert!(told.iter().any(|event| event == "action.finished"), "{told:?}");
}

/// Entries that stock git signs are judged where they arrive, and as late as they are there (S27).
#[test]
fn server_judges_starts_by_its_own_clock() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let cast = Cast::under(sandbox, hub.maria, "1s");
    let alice = &cast.alice;
    let asked = ask(alice, &[], &["./act.sh"]);
    let id = text(&asked["id"]);
    let start = |approvals: &str| {
        let request = alice.read(&format!(".coord/requests/{id}.toml"));
        let kept = |key: &str| request.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        let (argv, delta) = (kept("argv"), kept("delta"));
        let runner = &alice.id;
        let nonce = format!("sha256:{}", "0".repeat(64));
        fs::remove_file(alice.directory.join(format!(".coord/requests/{id}.toml"))).unwrap();
        let _ = fs::remove_dir_all(alice.directory.join(format!(".coord/approvals/{id}")));
        alice.write(
            &format!(".coord/runs/{id}.toml"),
            &format!(
                "format = 1\nrunner = \"{runner}\"\naction = \"deploy\"\n{argv}\n{delta}\nnonce = \"{nonce}\"\n\
                 approvals = [{approvals}]\npolicy = 2\nstate = \"started\"\n"
            ),
        );
        alice.raw(&["add", "-A"]).ok();
    };
    let push = |date: &str| {
        let dated = alice.with_env("GIT_COMMITTER_DATE", date).with_env("GIT_AUTHOR_DATE", date);
        dated.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Run it"]).ok();
        let pushed = alice.try_git(&["push", "hub", "coord"]);
        alice.git(&["-C", ".coord", "reset", "-q", "--hard", "HEAD^"]);
        pushed
    };
    let now = jiff::Timestamp::now().to_string();
    start("");
    let refused = push(&now);
    assert!(refused.code != 0 && refused.stderr.contains("(approval.threshold)"), "{refused}");
    cast.approve(&asked);
    let given = text(&alice.coord(&["log", "-n", "1"]).ok().json()["t"]);
    wait_for("end of the approval", || {
        (state_of(alice, "action-request", &id).as_deref() == Some("expired")).then_some(())
    });
    start(&format!("\"{}\"", cast.carol.id));
    // By the ledger's time nothing has expired: the entry says that it is as old as the approval.
    let refused = push(&given);
    assert!(refused.code != 0 && refused.stderr.contains("(approval.stale)"), "{refused}");
    assert_eq!(json!(alice.coord(&["verify", "--full"]).ok().json()["void"]), 0);
    // The legal twin: with time enough.
    name_longer(&cast.maria);
    cast.approve(&asked);
    alice.coord(&["sync"]).ok();
    cast.script("");
    alice.coord(&["run", &id]).ok();
    assert_eq!(cast.count(), 1);
}

/// Lets approvals count for a while.
fn name_longer(maria: &Actor) {
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    let (before, _) = active.split_once("[[actions]]").unwrap();
    maria.write("shorter.toml", before);
    maria.coord(&["policy", "activate", "shorter.toml"]).ok();
    name_action(maria, "15m");
}

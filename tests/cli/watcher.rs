//! `git coord watch`: what happens is told as events, once, however the files are watched.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Stdio;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::offline::Setting;
use super::raw::claim_text;

const PATIENCE: Duration = Duration::from_secs(30);
const BEAT: Duration = Duration::from_millis(300);

/// A watcher that runs until it is dropped, and the events that it tells.
pub(super) struct Watching {
    pub(super) process: Child,
    pub(super) events: Receiver<Value>,
    pub(super) seen: Vec<Value>,
}

/// Lets something happen that is told, and returns its id. No two are alike: what was found already is not found again.
pub(super) fn beat(actor: &Actor) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let title = format!("Beat {}", COUNT.fetch_add(1, Ordering::Relaxed));
    text(&actor.coord(&["find", &title, "--on", "beat"]).ok().json()["id"])
}

impl Watching {
    /// Starts one, and returns when it is known to tell what happens.
    pub(super) fn start(actor: &Actor, arguments: &[&str]) -> Self {
        let mut command = actor.command("git-coord");
        command.args(["--json", "watch"]).args(arguments);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (send, events) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        let mut watching = Self { process, events, seen: Vec::new() };
        let until = Instant::now() + PATIENCE;
        // It says nothing until something happens, so something is made to happen until it says so.
        loop {
            let beat = beat(actor);
            if watching.events.recv_timeout(BEAT).is_ok() {
                watching.expect_of("finding.added", &beat, true);
                return watching;
            }
            assert!(Instant::now() < until, "the watcher says nothing");
        }
    }

    /// Waits for an event about a record or a commit.
    #[track_caller]
    pub(super) fn expect(&mut self, name: &str, id: &str) -> Value {
        self.expect_of(name, id, false)
    }

    #[track_caller]
    fn expect_of(&mut self, name: &str, id: &str, is_first: bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.seen.iter().find(|event| event["event"] == name && event["id"] == id) {
                return found.clone();
            }
            match self.events.recv_timeout(if is_first {
                BEAT
            } else {
                until.saturating_duration_since(Instant::now())
            }) {
                Ok(event) => self.seen.push(event),
                // The first one may have been told before anybody listened.
                Err(_) if is_first => return Value::Null,
                Err(_) => panic!("no `{name}` of {id} among {:?}", self.seen),
            }
        }
    }

    pub(super) fn count(&self, name: &str, id: &str) -> usize {
        self.seen.iter().filter(|event| event["event"] == name && event["id"] == id).count()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn id(object: &Value) -> String {
    text(&object["id"])
}

/// Lets everything happen that has an event, and checks that each is told once.
fn check_story(arguments: &[&str]) {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let mut watching = Watching::start(&maria, arguments);

    let first = alice.claim(&["src/a.rs"]);
    let granted = watching.expect("claim.granted", &id(&first));
    for field in ["type", "v", "event", "id", "principal", "height"] {
        assert!(granted.get(field).is_some(), "{field}: {granted}");
    }
    assert_eq!(granted["principal"], alice.id.as_str());
    let queued = bob.coord(&["claim", "src/a.rs", "--intent", "x", "--queue"]).ok().json();
    watching.expect("claim.queued", &id(&queued));
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    watching.expect("request.opened", &id(&request));
    alice.coord(&["release", &id(&first)]).ok();
    watching.expect("claim.released", &id(&first));
    watching.expect("claim.held", &id(&queued));
    maria.coord(&["approve", &id(&request), "--delta", &text(&request["delta"])]).ok();
    watching.expect("request.ready", &id(&request));
    let finding = maria.coord(&["find", "Slow", "--on", "src/"]).ok().json();
    watching.expect("finding.added", &id(&finding));
    let settled = maria.coord(&["decide", "How slow?", "--answer", "Not at all", "--on", "src/"]).ok().json();
    watching.expect("decision.made", &id(&settled));
    let next = maria.coord(&["decide", "How slow?", "--answer", "A little", "--supersedes", &id(&settled)]).ok().json();
    assert_eq!(watching.expect("decision.superseded", &id(&settled))["detail"], format!("by {}", id(&next)));
    maria.coord(&["resolve", &id(&finding)]).ok();
    watching.expect("finding.closed", &id(&finding));
    let short = alice.coord(&["claim", "short", "--intent", "x", "--ttl", "1s"]).ok().json();
    watching.expect("claim.expired", &id(&short));

    // By hand: a draft as it is typed, then as it counts; then what does not count.
    maria.write(".coord/claims/c-22222222.toml", "format = 1\nholder = ");
    let invalid = watching.expect("draft.invalid", "claims/c-22222222.toml");
    assert_eq!(invalid["code"], "record.parse");
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "docs/"));
    maria.raw_commit("By hand").ok();
    watching.expect("claim.granted", "c-22222222");
    maria.write(".coord/garbage.txt", "x\n");
    maria.raw(&["add", "-A"]).ok();
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Garbage"]).ok();
    let void = watching.expect("entry.void", &maria.head());
    assert_eq!(void["code"], "ledger.tree");
    // Drafts are told beside what does not count, and whether a record is new or is edited in place.
    maria.write(".coord/claims/c-44444444.toml", "nonsense");
    watching.expect("draft.invalid", "claims/c-44444444.toml");
    let edited = format!("claims/{}.toml", id(&queued));
    maria.write(&format!(".coord/{edited}"), "nonsense");
    watching.expect("draft.invalid", &edited);

    // Directories come and go.
    fs::remove_dir_all(maria.directory.join(".coord/claims")).unwrap();
    let third = alice.claim(&["tests/"]);
    watching.expect("claim.granted", &id(&third));
    maria.write(".coord/claims/c-33333333.toml", "nonsense");
    watching.expect("draft.invalid", "claims/c-33333333.toml");
    maria.coord(&["status"]).ok();

    for (name, subject) in [
        ("claim.granted", id(&first)),
        ("claim.queued", id(&queued)),
        ("claim.held", id(&queued)),
        ("claim.released", id(&first)),
        ("request.opened", id(&request)),
        ("finding.added", id(&finding)),
        ("finding.closed", id(&finding)),
        ("entry.void", text(&void["id"])),
    ] {
        assert_eq!(watching.count(name, &subject), 1, "`{name}` of {subject} is told once");
    }
    let made = ["claims/c-22222222.toml", "claims/c-33333333.toml", "claims/c-44444444.toml", "garbage.txt"];
    let typed = [&made[..], &[&edited]].concat();
    for event in watching.seen.iter().filter(|event| event["event"] == "draft.invalid") {
        assert!(typed.contains(&event["id"].as_str().unwrap()), "nobody typed {event}");
    }
}

#[test]
fn events_are_told_as_they_happen() {
    check_story(&[]);
}

#[test]
fn polling_tells_the_same() {
    check_story(&["--poll"]);
}

#[test]
fn entries_of_the_tool_are_never_taken_for_drafts() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut watching = Watching::start(&maria, &[]);
    let claims: Vec<_> = (0..12)
        .map(|number| {
            let claim = maria.claim(&[&format!("part/{number}")]);
            maria.coord(&["release", &id(&claim)]).ok();
            claim
        })
        .collect();
    let last = maria.claim(&["last"]);
    watching.expect("claim.granted", &id(&last));
    assert_eq!(claims.len(), 12);
    let drafts: Vec<_> = watching.seen.iter().filter(|event| event["event"] == "draft.invalid").collect();
    assert!(drafts.is_empty(), "{drafts:?}");
}

#[test]
fn reading_causes_no_events() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    for arguments in [&["watch", "--idle", "2s"][..], &["watch", "--poll", "--idle", "2s"]] {
        let start = Instant::now();
        let silent = thread::scope(|scope| {
            let watching = scope.spawn(|| maria.coord(arguments));
            while !watching.is_finished() && start.elapsed() < Duration::from_secs(1) {
                for verb in ["status", "log", "verify", "whoami"] {
                    maria.coord(&[verb]).ok();
                }
                maria.git(&["-C", ".coord", "log", "-1"]);
            }
            watching.join().unwrap().ok()
        });
        assert_eq!(silent.stdout, "");
        assert!(start.elapsed() < PATIENCE, "it ends by itself");
    }
}

/// A file may go between two looks at it, and a directory under way.
#[test]
fn drafts_that_come_and_go_do_not_end_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut watching = Watching::start(&maria, &[]);
    let begun = Instant::now();
    for round in 0.. {
        let name = format!(".coord/claims/c-2222222{}.toml", round % 8);
        maria.write(&name, "nonsense");
        fs::remove_file(maria.directory.join(&name)).unwrap();
        if round % 16 == 15 {
            fs::remove_dir_all(maria.directory.join(".coord/claims")).unwrap();
        }
        if begun.elapsed() > Duration::from_secs(3) {
            break;
        }
    }
    let claim = maria.claim(&["src/"]);
    watching.expect("claim.granted", &id(&claim));
}

#[test]
fn watching_ends_after_so_many_events() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut command = maria.command("git-coord");
    command.args(["--json", "watch", "--count", "1"]);
    let heard = thread::scope(|scope| {
        let watching = scope.spawn(move || Ran::of(command));
        let until = Instant::now() + PATIENCE;
        while !watching.is_finished() && Instant::now() < until {
            beat(&maria);
        }
        watching.join().unwrap().ok()
    });
    assert_eq!(heard.objects().len(), 1);
}

#[test]
fn foreign_ledger_is_told_and_watching_goes_on() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut watching = Watching::start(&maria, &[]);
    let good = maria.head();
    maria.git(&["update-ref", "refs/heads/coord", &format!("{good}^")]);
    watching.expect("ledger.fork", &maria.git(&["rev-parse", &format!("{good}^")]));
    maria.git(&["update-ref", "refs/heads/coord", &good]);
    let claim = maria.claim(&["src/"]);
    watching.expect("claim.granted", &id(&claim));
}

/// What is left here is told as such; that the branch is rebuilt on what was decided meanwhile is no fork.
#[test]
fn what_is_only_here_is_told_as_tentative() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let (maria, other) = (&hub.maria, hub.clone(&sandbox, "elsewhere"));
    other.coord(&["join", &maria.id, "--remote", "hub"]).ok();
    let alice = maria.agent("alice");
    let mut watching = Watching::start(&alice, &[]);
    let firm = text(&alice.claim(&["docs/"])["id"]);
    assert_eq!(watching.expect("claim.granted", &firm)["guarantee"], "remote");
    let offline = |path: &str| alice.coord(&["claim", path, "--intent", "x", "--offline"]).ok().json();
    let (lost, kept) = (text(&offline("src/a.rs")["id"]), text(&offline("src/b.rs")["id"]));
    assert_eq!(watching.expect("claim.granted", &lost)["guarantee"], "tentative");
    assert_eq!(watching.expect("claim.granted", &kept)["guarantee"], "tentative");
    let theirs = text(&other.claim(&["src/a.rs"])["id"]);
    alice.coord(&["sync"]).exits(3);
    assert_eq!(watching.expect("claim.granted", &theirs)["guarantee"], "remote");
    let told = watching.expect("claim.lost", &lost);
    assert_eq!((&told["principal"], &told["guarantee"]), (&alice.id.as_str().into(), &"remote".into()), "{told}");
    let holder = &told["holders"][0];
    assert_eq!((&holder["claim"], &holder["holder"]), (&theirs.as_str().into(), &maria.id.as_str().into()), "{told}");
    assert_eq!(told["holders"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(watching.count("claim.released", &lost), 0, "nobody gave it back");
    // The twins: what is given back was not lost, and what was confirmed is not told anew.
    alice.coord(&["release", &kept]).ok();
    let told = watching.expect("claim.released", &kept);
    assert_eq!(told["holders"], Value::Array(Vec::new()), "{told}");
    assert_eq!((watching.count("claim.granted", &kept), watching.count("claim.lost", &kept)), (1, 0));
    assert!(watching.seen.iter().all(|event| event["event"] != "ledger.fork"), "{:?}", watching.seen);
}

/// Nothing tells a clone that somebody elsewhere has pushed: a watcher that is told to asks, and says once if nobody answers.
#[test]
fn what_others_push_is_told_to_a_watcher_that_asks() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let (maria, other) = (&hub.maria, hub.clone(&sandbox, "elsewhere"));
    other.coord(&["join", &maria.id, "--remote", "hub"]).ok();
    let alice = maria.agent("alice");
    let mut asking = Watching::start(&alice, &["--fetch", "1s"]);
    let theirs = text(&other.claim(&["src/"])["id"]);
    assert_eq!(asking.expect("claim.granted", &theirs)["guarantee"], "remote");
    // While it is away that is said once; what comes after it is back is told.
    let (there, gone) = (hub.directory.clone(), hub.directory.with_extension("gone"));
    fs::rename(&there, &gone).unwrap();
    let told = asking.expect("watch.limited", "hub");
    assert!(told["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{told}");
    fs::rename(&gone, &there).unwrap();
    let later = text(&other.claim(&["docs/"])["id"]);
    asking.expect("claim.granted", &later);
    assert_eq!(asking.count("watch.limited", "hub"), 1);
    drop(asking);
    // The twin: whoever was not told to ask hears of it when somebody here does.
    let mut deaf = Watching::start(&alice, &[]);
    let unseen = text(&other.claim(&["tests/"])["id"]);
    let quiet = Instant::now() + Duration::from_secs(2);
    while Instant::now() < quiet {
        deaf.seen.extend(deaf.events.recv_timeout(BEAT));
    }
    assert_eq!(deaf.count("claim.granted", &unseen), 0);
    alice.coord(&["sync"]).ok();
    deaf.expect("claim.granted", &unseen);
    // Where nobody else decides there is nothing to ask.
    let alone = sandbox.repository("alone");
    alone.coord(&["init", "--name", "zoe"]).ok();
    alone.coord(&["watch", "--fetch", "1s", "--idle", "1s"]).fails(2, "usage.argument");
}

/// What waits for its signer's key is not lost, and what nobody but its author lacks is not closed.
#[test]
fn what_is_set_aside_is_told_as_such() {
    let Setting { sandbox, hub, alice, other } = Setting::new();
    let maria = &hub.maria;
    let mut watching = Watching::start(maria, &[]);
    let claim = text(&alice.coord(&["claim", "src/a.rs", "--intent", "x", "--offline"]).ok().json()["id"]);
    let found = text(&alice.coord(&["find", "Odd", "--on", "src/", "--offline"]).ok().json()["id"]);
    watching.expect("finding.added", &found);
    other.claim(&["tests/"]);
    let (key, away) = (alice.key_file(), sandbox.root.join("away"));
    fs::rename(&key, &away).unwrap();
    maria.coord(&["sync"]).ok();
    for (name, id) in [("claim.set-aside", &claim), ("finding.set-aside", &found)] {
        let told = watching.expect(name, id);
        assert_eq!(
            (&told["principal"], &told["guarantee"]),
            (&alice.id.as_str().into(), &"tentative".into()),
            "{told}"
        );
    }
    // The key comes back: the claim stands, and is told once more.
    fs::rename(&away, &key).unwrap();
    alice.coord(&["sync"]).ok();
    let until = Instant::now() + PATIENCE;
    while watching.count("claim.granted", &claim) < 2 {
        let left = until.saturating_duration_since(Instant::now());
        watching.seen.push(watching.events.recv_timeout(left).expect("the claim is told once more"));
    }
    for name in ["claim.released", "claim.lost", "finding.closed", "finding.lost"] {
        assert!(watching.seen.iter().all(|event| event["event"] != name), "{name}: {:?}", watching.seen);
    }
}

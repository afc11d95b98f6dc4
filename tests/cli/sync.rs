//! What becomes of entries that were only here when the remote has moved on: each is confirmed or lost, and it is said to
//! whom; nothing of it depends on where a synchronisation was stopped.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::thread;

use crate::support::sandbox::Actor;
use crate::support::sandbox::git_under_test;
use crate::support::sandbox::text;

use super::offline::Setting;
use super::offline::claim_offline;
use super::offline::each;
use super::offline::fates;

/// Returns the claims that are there, by id, with their tokens.
fn held(actor: &Actor) -> Vec<(String, u64)> {
    let claims = actor.coord(&["status"]).ok().of_type("claim");
    let mut held: Vec<_> = claims.iter().map(|claim| (text(&claim["id"]), claim["token"].as_u64().unwrap())).collect();
    held.sort();
    held
}

#[test]
fn each_entry_is_confirmed_or_lost_to_somebody() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    let lost = claim_offline(alice, "src/a.rs");
    let kept = claim_offline(alice, "docs/");
    let found = alice.coord(&["find", "Odd", "--on", "docs/", "--offline"]).ok().json();
    let winner = other.claim(&["src/"]);
    let besides = other.claim(&["tests/"]);
    let old_head = alice.head();
    let told = alice.coord(&["sync"]).exits(3);
    let fates = told.of_type("synced");
    assert_eq!(each(&fates, "outcome"), ["lost", "confirmed", "confirmed"], "{told}");
    assert_eq!(each(&fates, "id"), [&lost, &kept, &found].map(|record| text(&record["id"])));
    assert_eq!(each(&fates, "guarantee"), ["tentative", "remote", "remote"]);
    let (gone, holder) = (&fates[0], &fates[0]["holders"][0]);
    assert_eq!((&gone["code"], &holder["holder"]), (&"claim.held".into(), &hub.maria.id.as_str().into()), "{gone}");
    for (name, value) in [("claim", &winner["id"]), ("intent", &winner["intent"]), ("expires", &winner["expires"])] {
        assert_eq!(&holder[name], value, "{gone}");
    }
    // The token that counts is the new one, and the old one is nowhere.
    let now = held(alice);
    assert_ne!(kept["token"], fates[1]["token"], "somebody's entry is below it now");
    let expected = |id: &serde_json::Value, token: &serde_json::Value| (text(id), token.as_u64().unwrap());
    let mut all = vec![expected(&kept["id"], &fates[1]["token"])];
    all.extend([&winner, &besides].map(|claim| expected(&claim["id"], &claim["token"])));
    all.sort();
    assert_eq!(now, all);
    assert_eq!((alice.head(), held(other).len()), (setting.at_hub(), 2));
    other.coord(&["sync"]).ok();
    assert_eq!(held(other), all);
    alice.assert_clean();
    // What was lost can be looked at.
    let look = text(&gone["look"]);
    let shown = alice.git(&look.split(' ').skip(1).collect::<Vec<_>>());
    assert!(shown.contains(&text(&lost["id"])) && shown.contains("Work on the train"), "{shown}");
    assert!(alice.git(&["for-each-ref", "refs/coord/evidence/"]).contains(&old_head));
    // Once more there is nothing to do.
    let head = alice.head();
    let again = alice.coord(&["sync"]).ok();
    assert_eq!((again.of_type("synced").len(), alice.head()), (0, head));
}

#[test]
fn people_are_told_to_whom_it_was_lost() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    let lost = text(&claim_offline(alice, "src/a.rs")["id"]);
    alice.coord(&["renew", &lost, "--ttl", "1h", "--offline"]).ok();
    claim_offline(alice, "docs/");
    other.claim(&["src/"]);
    let said = alice.say(&["sync"]).exits(3).stdout;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("lost: ")).count(), 1, "{said}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("confirmed: ")).count(), 1, "{said}");
    for told in [&*lost, "claim.held", &hub.maria.id, "Work of ", "until ", "git show ", "git coord claim", "Renew c-"]
    {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert_eq!(said.matches("Renew c-").count(), 1, "{said}");
}

/// Whatever was built on what is lost is lost with it; whatever was not, is not.
#[test]
fn what_depends_on_a_lost_entry_is_lost_with_it() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    let bob = hub.maria.enroll("bob", &["--role", "builder", "--vendor", "openai"]);
    other.coord(&["sync"]).ok();
    let lost = text(&claim_offline(alice, "src/a.rs")["id"]);
    let kept = text(&claim_offline(&bob, "docs/")["id"]);
    alice.coord(&["renew", &lost, "--ttl", "1h", "--offline"]).ok();
    bob.coord(&["renew", &kept, "--ttl", "1h", "--offline"]).ok();
    let found = text(&bob.coord(&["find", "Odd", "--on", "docs/", "--offline"]).ok().json()["id"]);
    alice.coord(&["release", &lost, "--offline"]).ok();
    bob.coord(&["resolve", &found, "--offline"]).ok();
    bob.coord(&["release", &kept, "--note", "All of it", "--branch", "bob", "--offline"]).ok();
    other.claim(&["src/"]);
    let fates = fates(alice, 3);
    let outcomes = ["lost", "confirmed", "lost", "confirmed", "confirmed", "lost", "confirmed", "confirmed"];
    assert_eq!(each(&fates, "outcome"), outcomes, "{fates:?}");
    let first = text(&fates[0]["commit"]);
    let with: Vec<_> = fates.iter().map(|fate| fate["with"].as_str()).collect();
    assert_eq!(with, [None, None, Some(&*first), None, None, Some(&*first), None, None]);
    let whose: Vec<_> = fates.iter().map(|fate| fate["signer"] == *bob.id).collect();
    assert_eq!(whose, [false, true, false, true, true, false, true, true]);
    assert_eq!(each(&fates, "id"), [&lost, &kept, &lost, &kept, &found, &lost, &found, &kept].map(String::clone));
    assert_eq!(held(alice).len(), 1);
    // Where the work went is kept as well.
    let trailers = alice.coord(&["log", "-n", "1"]).ok().json()["trailers"].to_string();
    assert!(trailers.contains("All of it") && trailers.contains("Coord-Branch"), "{trailers}");
    alice.assert_clean();
}

#[test]
fn entry_whose_key_is_away_stays_tentative_and_stops_nobody() {
    let setting = Setting::new();
    let Setting { alice, other, hub, sandbox, .. } = &setting;
    let bob = hub.maria.enroll("bob", &["--role", "builder", "--vendor", "openai"]);
    let waits = text(&claim_offline(alice, "src/a.rs")["id"]);
    let kept = text(&claim_offline(&bob, "docs/")["id"]);
    alice.coord(&["renew", &waits, "--ttl", "1h", "--offline"]).ok();
    other.claim(&["tests/"]);
    let (key, away) = (alice.key_file(), sandbox.root.join("away"));
    fs::rename(&key, &away).unwrap();
    let told = fates(&bob, 0);
    assert_eq!(each(&told, "outcome"), ["tentative", "confirmed", "tentative"], "{told:?}");
    assert_eq!(told[2]["with"], told[0]["commit"], "what follows it waits with it");
    assert_eq!(bob.head(), setting.at_hub());
    assert!(held(&bob).iter().any(|(id, _)| *id == kept) && held(&bob).iter().all(|(id, _)| *id != waits));
    bob.git(&["gc", "-q", "--prune=now"]);
    let waiting = bob.coord(&["status"]).ok().of_type("waiting");
    assert_eq!(each(&waiting, "signer"), [&*alice.id, &*alice.id], "{waiting:?}");
    assert!(bob.say(&["status"]).ok().stdout.contains(&format!("waits until {}", alice.id)));
    // Nobody is held up by it, however often the remote moves.
    claim_offline(&bob, "more/");
    other.coord(&["find", "Odd", "--on", "tests/"]).ok();
    bob.claim(&["bench/"]);
    assert_eq!(fates(&bob, 0).len(), 2);
    // Whoever has the key brings it there, under the ids that it has.
    fs::rename(&away, &key).unwrap();
    let waiting = hub.maria.directory.join(".git/coord/waiting");
    let set_aside = fs::read(&waiting).unwrap();
    let told = fates(alice, 0);
    assert_eq!(each(&told, "outcome"), ["confirmed", "confirmed"], "{told:?}");
    assert_eq!(each(&told, "id"), [&*waits, &*waits]);
    // As if it had been killed before it forgot them: it says so once more, and writes nothing.
    let head = setting.at_hub();
    fs::write(&waiting, set_aside).unwrap();
    assert_eq!(each(&fates(alice, 0), "outcome"), ["confirmed", "confirmed"]);
    assert_eq!(setting.at_hub(), head);
    assert!(alice.coord(&["status"]).ok().of_type("waiting").is_empty());
    assert!(held(alice).iter().any(|(id, _)| *id == waits));
    assert_eq!((alice.head(), fates(alice, 0).len()), (setting.at_hub(), 0));
    // Nobody's key is needed where the remote did not move.
    claim_offline(alice, "alone/");
    fs::rename(&key, &away).unwrap();
    assert_eq!(each(&fates(&bob, 0), "outcome"), ["confirmed"]);
    fs::rename(&away, &key).unwrap();
}

#[test]
fn entry_that_waited_is_lost_when_its_turn_comes() {
    let setting = Setting::new();
    let Setting { alice, other, hub, sandbox, .. } = &setting;
    let bob = hub.maria.enroll("bob", &["--role", "builder", "--vendor", "openai"]);
    let waits = claim_offline(alice, "src/a.rs");
    other.claim(&["tests/"]);
    let (key, away) = (alice.key_file(), sandbox.root.join("away"));
    fs::rename(&key, &away).unwrap();
    assert_eq!(each(&fates(&bob, 0), "outcome"), ["tentative"]);
    bob.claim(&["src/"]);
    fs::rename(&away, &key).unwrap();
    let told = fates(alice, 3);
    assert_eq!(
        (each(&told, "outcome"), &told[0]["holders"][0]["holder"]),
        (vec!["lost".to_owned()], &bob.id.as_str().into())
    );
    let shown = alice.git(&text(&told[0]["look"]).split(' ').skip(1).collect::<Vec<_>>());
    assert!(shown.contains(&text(&waits["id"])));
    alice.git(&["gc", "-q", "--prune=now"]);
    alice.git(&text(&told[0]["look"]).split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(fates(alice, 0).len(), 0);
}

/// The next entry takes along what is only here as long as that costs nobody anything; otherwise somebody is to be told.
#[test]
fn next_entry_takes_along_what_loses_nothing() {
    let setting = Setting::new();
    let Setting { alice, other, .. } = &setting;
    let mine = text(&claim_offline(alice, "src/a.rs")["id"]);
    other.claim(&["docs/"]);
    assert_eq!(alice.claim(&["tests/"])["guarantee"], "remote");
    assert_eq!(alice.head(), setting.at_hub());
    assert!(held(alice).iter().any(|(id, _)| *id == mine));
    let lost = text(&claim_offline(alice, "more/")["id"]);
    other.claim(&["more/a"]);
    let before = (setting.at_hub(), alice.head(), alice.git(&["for-each-ref"]));
    let error = alice.coord(&["claim", "bench/", "--intent", "x"]).fails(3, "ledger.diverged");
    assert!(text(&error["hints"][0]).contains("git coord sync"), "{error}");
    assert_eq!((setting.at_hub(), alice.head(), alice.git(&["for-each-ref"])), before);
    assert_eq!(each(&fates(alice, 3), "id"), [lost]);
    alice.claim(&["bench/"]);
}

/// A finding may have reached the remote although that did not seem to answer: then it is there, whoever signed it how.
#[test]
fn entry_that_is_there_in_other_words_is_confirmed() {
    let setting = Setting::new();
    let Setting { alice, other, .. } = &setting;
    let found = text(&alice.coord(&["find", "Odd", "--on", "src/", "--offline"]).ok().json()["id"]);
    let path = format!(".coord/findings/{}/{found}.toml", &found[2..4]);
    let there = claim_offline(other, "more/");
    let again = Actor { id: alice.id.clone(), ..other.clone() };
    again.write(&path, &alice.read(&path));
    again.raw_commit("Find it as well").ok();
    other.coord(&["sync"]).ok();
    let told = fates(alice, 0);
    assert_eq!((each(&told, "outcome"), each(&told, "id")), (vec!["confirmed".to_owned()], vec![found]));
    assert_eq!(alice.head(), setting.at_hub());
    assert_eq!(held(alice), [(text(&there["id"]), held(other)[0].1)]);
}

/// Killed before its push, right after it, and while the branch here moves: whoever runs it again has the same in the end.
#[test]
fn synchronisation_that_was_killed_is_run_again() {
    let setting = Setting::new();
    let Setting { alice, other, sandbox, .. } = &setting;
    let cases = [("kill -9 $PPID; exit 1", "one"), ("\"$REAL\" \"$@\" >/dev/null 2>&1; kill -9 $PPID; exit 1", "two")];
    for (instead, name) in cases {
        let script = format!(
            "#!/bin/sh\nREAL='{}'\nfor word; do if [ \"$word\" = push ]; then\n{instead}\nfi; done\nexec \"$REAL\" \"$@\"\n",
            git_under_test().display()
        );
        sandbox.script("deadly/git", &script);
        let (_, path) = alice.environment.iter().rev().find(|(name, _)| name == "PATH").unwrap();
        let path = format!("{}:{}", sandbox.root.join("deadly").display(), path.to_str().unwrap());
        let kept = text(&claim_offline(alice, &format!("kept-{name}/"))["id"]);
        alice.coord(&["renew", &kept, "--ttl", "1h", "--offline"]).ok();
        let lost = text(&claim_offline(alice, &format!("lost-{name}/"))["id"]);
        other.claim(&[&format!("lost-{name}/a")]);
        let ended = alice.with_env("PATH", path).command("git-coord").arg("sync").output().unwrap();
        assert_eq!(ended.status.signal(), Some(9), "{ended:?}");
        let told = fates(alice, 3);
        assert_eq!(each(&told, "outcome"), ["confirmed", "confirmed", "lost"], "{name}: {told:?}");
        assert_eq!(each(&told, "id"), [&*kept, &*kept, &*lost]);
        assert_eq!(alice.head(), setting.at_hub());
        let times = alice.coord(&["log", "-n", "50", &kept]).ok().of_type("entry").len();
        assert_eq!(times, 2, "{name}: nothing is said twice");
        assert_eq!(fates(alice, 0).len(), 0);
        alice.assert_clean();
        other.coord(&["sync"]).ok();
    }
}

#[test]
fn two_synchronisations_at_once_say_everything_once() {
    let setting = Setting::new();
    let Setting { alice, other, .. } = &setting;
    for path in ["src/a.rs", "src/b.rs", "docs/"] {
        claim_offline(alice, path);
    }
    other.claim(&["tests/"]);
    let told: Vec<_> = thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| alice.coord(&["sync"]).ok().of_type("synced").len()));
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(told.iter().sum::<usize>(), 3, "{told:?}");
    assert_eq!((alice.head(), held(alice).len()), (setting.at_hub(), 4));
    alice.assert_clean();
}

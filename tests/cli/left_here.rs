//! What is only here is told to whoever looks after what waits, or after what is wrong, with what brings it away.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::text;

use super::offline::Setting;
use super::offline::claim_offline;
use super::offline::each;
use super::offline::fates;

/// Returns what the inbox says of entries that are only here.
fn left(actor: &Actor) -> Vec<Value> {
    let mut items = actor.coord(&["inbox"]).ok().of_type("inbox");
    items.retain(|item| !item["count"].is_null());
    items
}

/// Returns what the doctor says of entries.
fn looked_at(actor: &Actor) -> Vec<Value> {
    let mut looks = actor.coord(&["doctor"]).objects();
    looks.retain(|look| look["subject"] == "entries");
    looks
}

#[test]
fn inbox_counts_what_is_only_here() {
    let setting = Setting::new();
    let Setting { alice, other, hub, .. } = &setting;
    assert_eq!((left(alice).len(), looked_at(alice).len()), (0, 0));
    let before = alice.head();
    claim_offline(alice, "src/a.rs");
    let first = alice.head();
    claim_offline(alice, "docs/");
    for actor in [alice, &hub.maria] {
        let items = left(actor);
        assert_eq!((each(&items, "kind"), each(&items, "id")), (vec!["tentative".to_owned()], vec![first.clone()]));
        let item = &items[0];
        assert_eq!((&item["count"], &item["next"]), (&2.into(), &"git coord sync".into()), "{item}");
        assert_eq!((&item["guarantee"], &item["signer"]), (&"tentative".into(), &Value::Null), "{item}");
        let dated = actor.coord(&["log", "-n", "2"]).ok().of_type("entry").remove(1);
        assert_eq!((&dated["commit"], &dated["t"]), (&item["id"], &item["since"]), "{item}");
        let said = actor.say(&["inbox"]).ok().stdout;
        let lines: Vec<_> = said.lines().take(2).collect();
        assert!(lines[0].starts_with("2 entries are only here (the oldest for "), "{said}");
        assert_eq!(lines[1], "  next: git coord sync");
        let looks = looked_at(actor);
        assert_eq!(
            (each(&looks, "health"), each(&looks, "mend")),
            (vec!["advice".into()], vec!["git coord sync".into()])
        );
    }
    assert_eq!((left(other).len(), looked_at(other).len()), (0, 0), "elsewhere nobody knows of it");
    // It is told as well when the remote has moved on and the branch cannot follow.
    other.claim(&["tests/"]);
    assert_eq!(left(alice)[0]["count"], 2);
    alice.coord(&["sync"]).ok();
    assert_eq!((left(alice).len(), looked_at(alice).len()), (0, 0));
    assert_ne!(alice.head(), before);
}

/// What is trusted is what was verified at the remote. Where the note of it is torn, an entry that is only here does not
/// take its place, and the note is made whole.
#[test]
fn torn_note_of_what_is_trusted_does_not_keep_what_is_only_here_from_the_remote() {
    let setting = Setting::new();
    let Setting { alice, other, .. } = &setting;
    let note =
        PathBuf::from(alice.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"])).join("coord/verified");
    for (path, theirs) in [("src/a.rs", "tests/one"), ("docs/", "tests/two")] {
        claim_offline(alice, path);
        let good = fs::read(&note).unwrap();
        fs::write(&note, &good[..20]).unwrap();
        alice.coord(&["status"]).ok();
        assert_eq!(fs::read(&note).unwrap(), good, "it is made whole, with the head that was verified");
        fs::write(&note, &good[..20]).unwrap();
        other.claim(&[theirs]);
        alice.coord(&["sync"]).ok();
        assert_eq!(alice.head(), setting.at_hub());
    }
}

#[test]
fn entries_that_wait_for_a_key_are_told_with_whose_it_is() {
    let setting = Setting::new();
    let Setting { alice, other, hub, sandbox } = &setting;
    let maria = &hub.maria;
    claim_offline(alice, "src/a.rs");
    let first = alice.head();
    alice.coord(&["renew", "src/a.rs", "--ttl", "1h", "--offline"]).ok();
    let second = alice.head();
    claim_offline(maria, "docs/");
    assert_eq!(looked_at(maria).len(), 1, "every key is here");
    let (key, away) = (alice.key_file(), sandbox.root.join("away"));
    fs::rename(&key, &away).unwrap();
    let lacks = |looks: &[Value]| {
        let mend = format!("git coord sync, where the key of `{}` is", alice.id);
        let about: Vec<_> = looks.iter().filter(|look| look["mend"] == *mend).collect();
        let names = |commit: &String| text(&about[0]["message"]).contains(&commit[..7]);
        assert!(about.len() == 1 && about[0]["health"] == "advice", "{looks:?}");
        assert!(names(&first) && names(&second) && !names(&maria.head()), "{looks:?}");
        assert!(text(&about[0]["message"]).contains("Claim "), "{looks:?}");
    };
    // On the branch, and once they are set aside.
    lacks(&looked_at(maria));
    other.claim(&["tests/"]);
    assert_eq!(each(&fates(maria, 0), "outcome"), ["tentative", "tentative", "confirmed"]);
    lacks(&looked_at(maria));
    let items = left(maria);
    assert_eq!((each(&items, "kind"), each(&items, "id")), (vec!["key".to_owned()], vec![first.clone()]), "{items:?}");
    assert_eq!((&items[0]["count"], &items[0]["signer"]), (&2.into(), &alice.id.as_str().into()));
    assert_eq!((&items[0]["guarantee"], items[0]["since"].is_string()), (&"tentative".into(), true));
    let next = format!("git coord sync, where the key of {} is", alice.id);
    assert_eq!(items[0]["next"], *next);
    let said = maria.say(&["inbox"]).ok().stdout;
    assert!(
        said.contains("2 entries are only here") && said.contains(&format!("set aside for the key of {}", alice.id))
    );
    assert!(said.contains(&next), "{said}");
    // With the key it is as easy as ever.
    fs::rename(&away, &key).unwrap();
    assert_eq!(left(maria)[0]["next"], "git coord sync");
    assert_eq!(looked_at(maria).len(), 0);
    alice.coord(&["sync"]).ok();
    assert_eq!((left(alice).len(), looked_at(alice).len()), (0, 0));
}

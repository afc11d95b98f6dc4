//! What tells which ledger is trusted here: the pin and the last verified head. A foreign ledger is refused before anything
//! of it is remembered, and what cannot be read is not taken for nothing.

use std::fs;
use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const VERBS: &str = "status|log|verify|verify --full|audit|check src/|findings|inbox|whoami|principals\
                     |principals --allowed-signers|policy show|sync|join|watch --idle 1s|renew|release --all|commit\
                     |claim docs/ --intent x|find x --on src/|enroll zoe --role builder|request HEAD --into main";

fn verbs() -> Vec<Vec<&'static str>> {
    VERBS.split('|').map(|line| line.split_whitespace().collect()).collect()
}

fn note(actor: &Actor, name: &str) -> PathBuf {
    actor.directory.join(".git/coord").join(name)
}

/// Forgets all that only saves time.
fn forget(actor: &Actor) {
    for name in ["verified", "chain", "recent"] {
        fs::remove_file(note(actor, name)).ok();
    }
}

/// Checks that every verb is refused with a code and a next step.
#[track_caller]
fn check_all_refused(actor: &Actor, code: &str) {
    for arguments in verbs() {
        let error = actor.coord(&arguments).fails(4, code);
        assert!(!error["hints"].as_array().unwrap().is_empty(), "{arguments:?}: {error}");
    }
}

/// LED-13, with legal twin
#[test]
fn foreign_ledger_is_refused_before_it_is_remembered() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let other = sandbox.repository("other").begin(&[]);
    maria.git(&["fetch", "-q", other.directory.to_str().unwrap(), "coord"]);
    let (ours, theirs) = (maria.head(), other.head());
    maria.git(&["update-ref", "refs/heads/coord", &theirs]);
    forget(&maria);
    for arguments in verbs() {
        maria.coord(&arguments).fails(4, "ledger.root");
        for name in ["verified", "chain", "recent"] {
            assert!(!note(&maria, name).exists(), "{arguments:?} remembers `{name}` of a foreign ledger");
        }
    }
    assert_eq!(maria.head(), theirs, "nothing is repaired behind anybody's back");
    maria.git(&["update-ref", "refs/heads/coord", &ours]);
    maria.coord(&["status"]).ok();
    assert!(note(&maria, "verified").exists() && note(&maria, "chain").exists());
    maria.claim(&["docs/"]);
}

/// The branch went, the pin did not.
#[test]
fn foreign_ledger_does_not_take_the_place_of_one_that_was_lost() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let ours = maria.head();
    let other = sandbox.repository("other").begin(&[]);
    maria.git(&["worktree", "remove", "--force", "--force", ".coord"]);
    maria.git(&["update-ref", "-d", "refs/heads/coord"]);
    forget(&maria);
    let from = other.directory.to_str().unwrap();
    maria.git(&["remote", "add", "there", from]);
    maria.coord(&["join", "--remote", "there"]).fails(4, "ledger.root");
    assert_eq!(maria.try_git(&["rev-parse", "-q", "--verify", "refs/heads/coord"]).code, 1, "nothing is taken over");
    // The legal twin: the one that was lost comes back.
    other.git(&["fetch", "-q", maria.directory.to_str().unwrap(), &ours]);
    let back = sandbox.empty_repository("back");
    back.git(&["fetch", "-q", maria.directory.to_str().unwrap(), &format!("{ours}:refs/heads/coord")]);
    maria.git(&["remote", "set-url", "there", back.directory.to_str().unwrap()]);
    maria.coord(&["join", "--remote", "there"]).ok();
    assert_eq!(maria.head(), ours);
}

#[test]
fn pin_that_cannot_be_read_is_not_taken_for_none() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let file = note(&maria, "pin");
    let good = fs::read(&file).unwrap();
    let pin = text(&maria.coord(&["verify"]).ok().json()["pin"]);
    let mut flipped = good.clone();
    flipped[2] = b'!';
    let variants = [
        Vec::new(),
        b"\n".to_vec(),
        good[..20].to_vec(),
        good[..good.len() - 3].to_vec(),
        flipped,
        vec![0; 40],
        vec![b'a'; 4096],
    ];
    for bytes in variants {
        fs::write(&file, &bytes).unwrap();
        maria.coord(&["status"]).fails(4, "trust.lost");
        maria.coord(&["claim", "docs/", "--intent", "x"]).fails(4, "trust.lost");
    }
    check_all_refused(&maria, "trust.lost");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let error = maria.coord(&["status"]).fails(4, "trust.lost");
    assert!(text(&error["message"]).contains(file.to_str().unwrap()), "it says which file: {error}");
    // What the hint says.
    fs::remove_dir(&file).unwrap();
    maria.coord(&["join", "--pin", &pin]).ok();
    assert_eq!(fs::read(&file).unwrap(), good);
    maria.claim(&["docs/"]);
}

#[test]
fn damaged_head_without_a_chain_is_not_taken_for_none() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let rewound = maria.head();
    maria.claim(&["src/"]);
    let head = maria.head();
    let file = note(&maria, "verified");
    let good = fs::read(&file).unwrap();
    for bytes in [Vec::new(), good[..10].to_vec(), b"garbage\n".to_vec(), vec![b'a'; 4096]] {
        forget(&maria);
        // With nothing known of the head, an older one would pass.
        maria.git(&["update-ref", "refs/heads/coord", &rewound]);
        fs::write(&file, &bytes).unwrap();
        for arguments in [&["status"][..], &["claim", "docs/", "--intent", "x"], &["verify"], &["verify", "--full"]] {
            let error = maria.coord(arguments).fails(4, "trust.lost");
            assert!(!error["hints"].as_array().unwrap().is_empty(), "{error}");
            assert!(!note(&maria, "chain").exists(), "{arguments:?}");
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "it is left for a person to look at");
        maria.git(&["update-ref", "refs/heads/coord", &head]);
        maria.coord(&["status"]).fails(4, "trust.lost");
    }
    // The legal twin: a head that can be read, and nothing else.
    forget(&maria);
    fs::write(&file, &good).unwrap();
    maria.coord(&["status"]).ok();
    maria.git(&["update-ref", "refs/heads/coord", &rewound]);
    maria.coord(&["status"]).fails(4, "ledger.fork");
    maria.git(&["update-ref", "refs/heads/coord", &head]);
    // What the hint says.
    forget(&maria);
    fs::write(&file, "").unwrap();
    maria.coord(&["status"]).fails(4, "trust.lost");
    fs::remove_file(&file).unwrap();
    maria.coord(&["join"]).ok();
    assert_eq!(fs::read(&file).unwrap(), good);
}

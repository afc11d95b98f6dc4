//! What is remembered in the git directory is never an authority.

use std::fs;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;

/// Returns what a verification says, without how much of it was remembered.
fn verdict(actor: &Actor) -> serde_json::Value {
    let mut verified = actor.coord(&["verify"]).ok().json();
    verified.as_object_mut().unwrap().remove("cached");
    verified.as_object_mut().unwrap().remove("trust");
    verified
}

#[test]
fn damaged_state_is_built_anew() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let other = sandbox.repository("other").begin(&[]);
    maria.claim(&["src/"]);
    other.claim(&["docs/"]);
    let chain = maria.directory.join(".git/coord/chain");
    let good = fs::read(&chain).unwrap();
    let foreign = fs::read(other.directory.join(".git/coord/chain")).unwrap();
    let expected = (verdict(&maria), maria.coord(&["status"]).ok().of_type("claim"));
    let mut variants = vec![Vec::new(), b"garbage".to_vec(), vec![0; 4096], vec![0xff; 100_000], foreign];
    variants.extend((1..good.len()).step_by(29).map(|length| good[..length].to_vec()));
    variants.extend((0..good.len()).step_by(41).map(|index| {
        let mut flipped = good.clone();
        flipped[index] ^= 0x55;
        flipped
    }));
    for bytes in variants {
        fs::write(&chain, &bytes).unwrap();
        let found = (verdict(&maria), maria.coord(&["status"]).ok().of_type("claim"));
        assert_eq!(found, expected, "{} bytes", bytes.len());
    }
    fs::remove_file(&chain).unwrap();
    assert_eq!(verdict(&maria), expected.0);
    maria.coord(&["claim", "src/", "--intent", "x"]).ok();
    assert_eq!(verdict(&other)["void"], 0);
}

#[test]
fn full_verification_relies_on_nothing_remembered() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    let full = maria.coord(&["verify", "--full"]).ok().json();
    assert_eq!((full["cached"].as_u64(), full["entries"].as_u64()), (Some(0), Some(2)));
    assert_ne!(maria.coord(&["verify"]).ok().json()["cached"], 0);
}

#[test]
fn damaged_head_never_admits_another_ledger() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let other = sandbox.repository("other").begin(&[]);
    maria.claim(&["src/"]);
    let directory = maria.directory.join(".git/coord");
    let good = fs::read(directory.join("verified")).unwrap();
    let variants = [Vec::new(), good[..10].to_vec(), b"garbage\n".to_vec(), vec![0; 41]];
    for bytes in variants {
        fs::write(directory.join("verified"), &bytes).unwrap();
        // What was trusted is known from the chain as well.
        assert_eq!(maria.coord(&["status"]).ok().json()["height"], 1);
    }
    fs::write(directory.join("verified"), fs::read(other.directory.join(".git/coord/verified")).unwrap()).unwrap();
    maria.coord(&["status"]).fails(4, "ledger.fork");
    fs::write(directory.join("verified"), &good).unwrap();
    // Another ledger in the place of this one, whatever is remembered.
    maria.git(&["fetch", "-q", other.directory.to_str().unwrap(), "coord:refs/heads/foreign"]);
    let (ours, theirs) = (maria.head(), maria.git(&["rev-parse", "foreign"]));
    maria.git(&["update-ref", "refs/heads/coord", &theirs]);
    maria.coord(&["status"]).exits(4);
    maria.coord(&["claim", "docs/", "--intent", "x"]).exits(4);
    fs::remove_file(directory.join("verified")).unwrap();
    fs::remove_file(directory.join("chain")).unwrap();
    maria.coord(&["status"]).fails(4, "ledger.root");
    maria.git(&["update-ref", "refs/heads/coord", &ours]);
    maria.coord(&["claim", "docs/", "--intent", "x"]).ok();
}

/// LED-10, with legal twin
#[test]
fn rewound_ledger_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let before = maria.head();
    maria.claim(&["src/"]);
    let after = maria.head();
    maria.git(&["update-ref", "refs/heads/coord", &before]);
    for arguments in [&["status"][..], &["claim", "docs/", "--intent", "x"], &["verify"], &["verify", "--full"]] {
        maria.coord(arguments).fails(4, "ledger.fork");
    }
    assert_eq!(maria.head(), before, "nothing is repaired behind anybody's back");
    maria.git(&["update-ref", "refs/heads/coord", &after]);
    maria.claim(&["docs/"]);
}

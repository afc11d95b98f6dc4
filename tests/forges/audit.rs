//! What went round the gate of a forge is found by the next audit, each with its code.

use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;

/// Returns a forge on which one change has landed and is recorded, with where the main branch was before.
fn landed() -> (Forge, String) {
    let forge = Forge::new();
    let before = forge.tip(MAIN);
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    forge.move_to(MAIN, &forge.merge(&before, &pull.head));
    forge.record().ok();
    forge.audit().ok();
    (forge, before)
}

/// Nothing of it is recorded, and an audit tells; put back, all is well.
#[track_caller]
fn check(forge: &Forge, bypass: impl Fn(&Forge), record: (i32, Option<&str>), codes: &[&str]) {
    let (tip, ledger) = (forge.tip(MAIN), forge.ledger());
    bypass(forge);
    if forge.bare.try_git(&["rev-parse", "--verify", "-q", MAIN]).code == 0 {
        let told = forge.record().exits(record.0);
        assert!(record.1.is_none_or(|code| told.stdout.contains(code)), "{told}");
    }
    assert_eq!(forge.ledger(), ledger);
    forge.audit_finds(codes);
    forge.move_to(MAIN, &tip);
    forge.audit().ok();
}

/// CI-2, CI-3, with legal twin: whatever a status says, it is the audit that counts what has landed.
#[test]
fn each_way_round_is_found() {
    let (forge, before) = landed();
    let unapproved = forge.pull("unapproved", "src/b.rs", "fn b() { 1 }\n");
    let approved = forge.approved("approved", "src/c.rs", "fn c() {}\n");
    let tip = forge.tip(MAIN);
    let admin = |forge: &Forge| forge.move_to(MAIN, &forge.merge(&tip, &unapproved.head));
    check(&forge, admin, (1, Some("approval.threshold")), &["ref.state"]);
    let other_tree = |forge: &Forge| forge.move_to(MAIN, &forge.evil(&forge.squash(&tip, &approved.head), "src/x.rs"));
    check(&forge, other_tree, (1, Some("approval.delta")), &["ref.state"]);
    check(&forge, |forge| forge.move_to(MAIN, &before), (1, Some("ref.not-forward")), &["ref.state"]);
    let gone = |forge: &Forge| {
        forge.bare.git(&["update-ref", "-d", MAIN]);
    };
    check(&forge, gone, (1, None), &["ref.delete"]);
}

/// LED-10, with legal twin: a ledger that is set back is known by whoever saw more of it.
#[test]
fn ledger_that_a_forge_lets_be_rewound_is_found_by_a_clone() {
    let (forge, _) = landed();
    let ledger = forge.ledger();
    forge.maria.coord(&["sync"]).ok();
    let before = forge.bare.git(&["rev-parse", &format!("{ledger}~1")]);
    forge.move_to("refs/heads/coord", &before);
    forge.maria.coord(&["audit"]).fails(4, "ledger.fork");
    // A fresh clone sees that the branch is ahead of its landings.
    forge.audit_finds(&["ref.state"]);
    forge.move_to("refs/heads/coord", &ledger);
    forge.audit().ok();
}

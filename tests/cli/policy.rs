//! `policy check`: what it says of a draft before anybody lives under it.

use crate::support::sandbox::Sandbox;

/// APP-20, POL-8, POL-11
#[test]
fn policy_that_cannot_be_held_is_told_from_one_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let active = maria.read(".coord/policy.toml");
    for (from, to, code) in [
        ("threshold = 1", "threshold = 0", "policy.unsat"),
        ("threshold = 1", "threshold = 2", "policy.unsat"),
        ("per-principal = 20", "per-principal = 0", "policy.unsat"),
        ("count    = 1", "count    = 1\n  max-per-hour = 0", "policy.unsat"),
        ("count    = 1", "count    = 1\n  max-per-hour = -1", "policy.unknown"),
        ("[claims]", "[claims]\nsurprise = 1", "policy.unknown"),
        ("[claims]", "[surprise]", "policy.unknown"),
        ("format  = 1", "format  = 2", "policy.unknown"),
        ("[claims]", "[claims", "policy.unknown"),
    ] {
        let edited = active.replacen(from, to, 1);
        assert_ne!(edited, active, "{from}");
        maria.write("draft.toml", &edited);
        maria.coord(&["policy", "check", "draft.toml"]).fails(1, code);
        // A draft in the ledger's checkout is said to be the same.
        maria.write(".coord/policy.toml", &edited);
        let drafts = maria.coord(&["status"]).ok().stdout;
        let expected = if code == "policy.unknown" { code } else { "record.frozen" };
        assert!(drafts.contains(expected), "{drafts}");
        maria.write(".coord/policy.toml", &active);
    }
    maria.write("draft.toml", &active.replace("per-principal = 20", "per-principal = 21"));
    maria.coord(&["policy", "check", "draft.toml"]).ok();
    maria.coord(&["policy", "check"]).ok();
}

//! Claiming what one has already: the answer is that of whoever decides, not what the clone remembers.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns somebody new with a clone of its own.
fn somebody(sandbox: &Sandbox, hub: &Hub, name: &str) -> Actor {
    let id = text(&hub.maria.coord(&["enroll", name, "--role", "builder"]).ok().json()["id"]);
    let clone = hub.clone(sandbox, name);
    clone.coord(&["join", &id]).ok();
    Actor { id, ..clone }
}

#[test]
fn claim_that_ended_elsewhere_is_not_held_any_more() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let [alice, bob] = ["alice", "bob"].map(|name| somebody(&sandbox, &hub, name));
    let (lost, kept) = (alice.claim(&["src/a.rs"]), alice.claim(&["src/b.rs"]));
    hub.maria.coord(&["sync"]).ok();
    hub.maria.coord(&["revoke", &text(&lost["id"])]).ok();
    let taken = bob.claim(&["src/a.rs"]);
    // Her clone has not heard of it.
    let again = |path: &str| alice.coord(&["claim", path, "--intent", "Once more"]);
    let error = again("src/a.rs").fails(3, "claim.held");
    assert_eq!(error["holders"][0]["token"], taken["token"]);
    // The legal twin.
    let same = again("src/b.rs").ok().json();
    assert_eq!((&same["id"], &same["token"], &same["guarantee"]), (&kept["id"], &kept["token"], &"remote".into()));
}

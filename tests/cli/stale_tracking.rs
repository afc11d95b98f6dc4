//! What a request asks for is told of where its ref is, and the ledger may know that better than what was last fetched.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const TRACKING: &str = "refs/remotes/hub/main";

/// A hub on which maria lands what agents ask for.
struct Stage {
    sandbox: Sandbox,
    hub: Hub,
    alice: Actor,
    bob: Actor,
    before: String,
}

impl Stage {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let hub = sandbox.hub();
        hub.maria.coord(&["land", "--adopt", "main"]).ok();
        let (alice, bob) = (hub.maria.agent("alice"), hub.maria.agent("bob"));
        let before = hub.maria.git(&["rev-parse", "main"]);
        Self { sandbox, hub, alice, bob, before }
    }

    /// Lands a change of a file. Returns where the branch is then.
    fn land(&self, who: &Actor, path: &str) -> String {
        who.write(path, &format!("fn by() {{ {:?} }}\n", who.id));
        let commit = who.commit(&format!("Change {path}"));
        let request = who.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        self.approve_and_land(&request);
        commit
    }

    fn approve_and_land(&self, request: &Value) {
        let maria = &self.hub.maria;
        maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
        maria.coord(&["land", &text(&request["id"])]).ok();
    }
}

/// Merges what has landed, but leaves what git remembers of the remote as it is.
fn merge_unnoticed(who: &Actor) {
    who.git(&["fetch", "-q", "--refmap=", "hub", "main"]);
    who.git(&["merge", "-q", "--no-edit", "FETCH_HEAD"]);
}

fn ask(who: &Actor, path: &str) -> Value {
    who.write(path, &format!("fn of() {{ {:?} }}\n", who.id));
    who.commit(&format!("Change {path} as well"));
    who.coord(&["request", "HEAD", "--into", "main"]).ok().json()
}

/// Somebody has merged what landed without moving the tracking branch: asked for is only what was done on top, and whoever
/// reads it, and the gate, see the same.
#[test]
fn change_is_told_of_where_its_ref_landed_last() {
    let stage = Stage::new();
    let landed = stage.land(&stage.bob, "src/b.rs");
    stage.alice.git(&["update-ref", TRACKING, &stage.before]);
    merge_unnoticed(&stage.alice);
    let request = ask(&stage.alice, "src/a.rs");
    assert_eq!(request["base"], landed.as_str(), "{request}");
    stage.alice.git(&["update-ref", TRACKING, &stage.before]);
    let id = text(&request["id"]);
    let shown = stage.hub.maria.say(&["show", &id]).ok().stdout;
    assert!(shown.contains("src/a.rs") && !shown.contains("src/b.rs"), "{shown}");
    stage.approve_and_land(&request);
}

/// The same where the ledger here does not know of the landing either, which it learns when it is written to.
#[test]
fn change_is_told_of_what_landed_while_it_was_asked_for() {
    let stage = Stage::new();
    let elsewhere = stage.hub.clone(&stage.sandbox, "elsewhere");
    elsewhere.coord(&["join", &stage.alice.id, "--remote", "hub"]).ok();
    let twin = Actor { id: stage.alice.id.clone(), ..elsewhere };
    let landed = stage.land(&stage.bob, "src/b.rs");
    merge_unnoticed(&twin);
    assert_eq!(twin.git(&["rev-parse", TRACKING]), stage.before);
    let request = ask(&twin, "src/a.rs");
    assert_eq!(request["base"], landed.as_str(), "{request}");
    stage.approve_and_land(&request);
}

/// Where the newest landing is not here although an older one that git does not remember is, it is fetched.
#[test]
fn change_is_told_of_a_landing_that_is_not_here() {
    let stage = Stage::new();
    let elsewhere = stage.hub.clone(&stage.sandbox, "elsewhere");
    elsewhere.coord(&["join", &stage.alice.id, "--remote", "hub"]).ok();
    let twin = Actor { id: stage.alice.id.clone(), ..elsewhere };
    let landed = stage.land(&stage.bob, "src/b.rs");
    merge_unnoticed(&twin);
    stage.bob.git(&["checkout", "-q", "--detach"]);
    let newest = stage.land(&stage.bob, "README.md");
    twin.coord(&["sync"]).ok();
    assert_ne!(twin.try_git(&["cat-file", "-e", &newest]).code, 0, "it is not here");
    let request = ask(&twin, "src/a.rs");
    assert_eq!(request["base"], landed.as_str(), "{request}");
}

/// The legal twins: what was fetched is newer than the ledger here, and a branch that did not merge at all.
#[test]
fn what_was_fetched_counts_where_it_is_newer() {
    let stage = Stage::new();
    let elsewhere = stage.hub.clone(&stage.sandbox, "elsewhere");
    elsewhere.coord(&["join", &stage.alice.id, "--remote", "hub"]).ok();
    let twin = Actor { id: stage.alice.id.clone(), ..elsewhere };
    let landed = stage.land(&stage.bob, "src/b.rs");
    twin.git(&["fetch", "-q", "hub", &format!("main:{TRACKING}")]);
    twin.git(&["merge", "-q", TRACKING]);
    let request = ask(&twin, "src/a.rs");
    assert_eq!(request["base"], landed.as_str(), "{request}");
    stage.alice.write("src/c.rs", "fn c() {}\n");
    stage.alice.commit("Add c");
    let aside = stage.alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    assert_eq!(aside["base"], stage.before.as_str(), "{aside}");
}

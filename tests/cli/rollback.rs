//! A remote that does not have any more what was verified there: every command that fetches refuses to go on, and nobody
//! puts anything back unasked.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

/// The commands that fetch, on a clone in which nothing waits to be written.
const VERBS: &str =
    "sync|claim more/ --intent x|audit|inbox|audit README.md:1|find x --on src/|request HEAD --into main";

/// A bare repository without hooks, and two clones in which maria acts.
struct Forge {
    sandbox: Sandbox,
    server: Actor,
    maria: Actor,
    other: Actor,
}

impl Forge {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let directory = sandbox.root.join("forge.git");
        let outside = sandbox.somebody(&sandbox.root);
        outside.git(&["init", "-q", "--bare", "-b", "main", "forge.git"]);
        let work = sandbox.repository("work");
        work.git(&["remote", "add", "forge", directory.to_str().unwrap()]);
        work.git(&["push", "-q", "forge", "main"]);
        let maria = work.begin(&["--remote", "forge"]);
        for path in ["src/a.rs", "src/b.rs", "tests/"] {
            maria.claim(&[path]);
        }
        outside.git(&["clone", "-q", "-o", "forge", directory.to_str().unwrap(), "other"]);
        let mut other = sandbox.somebody(&sandbox.root.join("other"));
        other.git(&["config", "user.name", "Somebody"]);
        other.git(&["config", "user.email", "somebody@example.org"]);
        other.coord(&["join", &maria.id, "--remote", "forge"]).ok();
        other.id.clone_from(&maria.id);
        let server = sandbox.somebody(&directory);
        Self { sandbox, server, maria, other }
    }

    /// Returns every ref on both sides but the evidence, and what maria's clone trusts.
    fn state(&self) -> Vec<String> {
        let refs = |actor: &Actor| actor.git(&["for-each-ref", "refs/heads", "refs/coord/remotes"]);
        let trusted = ["verified", "pin"].map(|name| self.maria.read(&format!(".git/coord/{name}")));
        [vec![refs(&self.server), refs(&self.maria)], trusted.to_vec()].concat()
    }

    /// Checks that every command that fetches is refused, names these heads, and changes nothing. Returns the last error.
    #[track_caller]
    fn assert_refused(&self, heads: &[&str]) -> Value {
        let before = self.state();
        let mut last = Value::Null;
        for line in VERBS.split('|') {
            let arguments: Vec<&str> = line.split_whitespace().collect();
            last = self.maria.coord(&arguments).fails(4, "ledger.fork");
            let message = text(&last["message"]);
            assert!(heads.iter().all(|head| message.contains(head)), "{line}: {last}");
            assert_eq!(self.state(), before, "{line}");
        }
        last
    }

    /// Does what the hint of an error says.
    #[track_caller]
    fn follow_hint(&self, error: &Value) {
        let hint = text(&error["hints"][0]);
        let command = hint.split('`').find(|part| part.starts_with("git push ")).unwrap();
        self.maria.git(&command.split(' ').skip(1).collect::<Vec<_>>());
    }

    fn evidence(&self) -> String {
        self.maria.git(&["for-each-ref", "refs/coord/evidence/"])
    }
}

/// LED-10, with legal twin
#[test]
fn remote_that_was_rolled_back_is_refused() {
    let forge = Forge::new();
    let maria = &forge.maria;
    maria.coord(&["sync"]).ok();
    let (head, older) = (maria.head(), maria.git(&["rev-parse", "coord~2"]));
    forge.server.git(&["update-ref", "refs/heads/coord", &older]);
    let error = forge.assert_refused(&[&head, &older]);
    assert!(forge.evidence().contains(&older) && forge.evidence().contains(&head));
    forge.follow_hint(&error);
    assert_eq!(forge.server.head(), head);
    assert_eq!(maria.coord(&["sync"]).ok().json()["confirmed"], serde_json::json!([]));
    maria.claim(&["docs/"]);
    forge.other.coord(&["sync"]).ok();
    assert_eq!(forge.other.head(), forge.server.head());
}

/// LED-3, with legal twin: a merge on the remote's ledger is told as what it is, not as another ledger (S1).
#[test]
fn merge_on_the_ledger_of_the_remote_is_refused_as_a_merge() {
    let forge = Forge::new();
    let maria = &forge.maria;
    maria.coord(&["sync"]).ok();
    let (head, older) = (maria.head(), maria.git(&["rev-parse", "coord~2"]));
    let tree = format!("{head}^{{tree}}");
    let stamp = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"];
    let made = [&stamp[..], &["commit-tree", &tree, "-p", &head, "-p", &older, "-m", "Merge"]].concat();
    let merge = forge.server.git(&made);
    forge.server.git(&["update-ref", "refs/heads/coord", &merge]);
    let before = forge.state();
    maria.coord(&["sync"]).fails(4, "ledger.merge");
    maria.coord(&["claim", "more/", "--intent", "x"]).fails(4, "ledger.merge");
    assert_eq!(forge.state(), before);
    assert!(forge.evidence().contains(&merge));
    forge.server.git(&["update-ref", "refs/heads/coord", &head]);
    maria.coord(&["sync"]).ok();
    maria.claim(&["more/"]);
}

/// What a clone took from the remote by `sync` alone, before anything else looked at it, was verified as well.
#[test]
fn head_that_was_only_followed_is_remembered() {
    let forge = Forge::new();
    let seen = forge.other.head();
    forge.maria.claim(&["docs/"]);
    forge.other.coord(&["sync"]).ok();
    forge.other.write(".coord/claims/c-22222222.toml", &claim_text(&forge.other.id, "lib/"));
    forge.other.raw(&["add", "-A"]).ok();
    forge.other.raw(&["commit", "-q", "-S", "-m", "Claim lib"]).ok();
    forge.server.git(&["update-ref", "refs/heads/coord", &seen]);
    forge.other.coord(&["sync"]).fails(4, "ledger.fork");
    forge.other.coord(&["claim", "x/", "--intent", "x"]).fails(4, "ledger.fork");
    // The legal twin: what is only here is no reason to doubt a remote that has all that was verified there.
    forge.server.git(&["update-ref", "refs/heads/coord", &forge.maria.head()]);
    let synced = forge.other.coord(&["sync"]).ok().json();
    assert_eq!(synced["confirmed"], serde_json::json!(["Claim lib"]), "{synced}");
    assert_eq!(forge.other.head(), forge.server.head());
}

#[test]
fn remote_that_is_merely_not_ahead_is_brought_up() {
    let forge = Forge::new();
    let (maria, older) = (&forge.maria, forge.maria.git(&["rev-parse", "coord~2"]));
    // Another remote that never had more than this.
    forge.sandbox.somebody(&forge.sandbox.root).git(&["init", "-q", "--bare", "mirror.git"]);
    let mirror = forge.sandbox.somebody(&forge.sandbox.root.join("mirror.git"));
    maria.git(&["remote", "add", "mirror", mirror.directory.to_str().unwrap()]);
    maria.git(&["push", "-q", "mirror", &format!("{older}:refs/heads/coord")]);
    let synced = maria.coord(&["sync", "--remote", "mirror"]).ok().json();
    assert_eq!(synced["confirmed"].as_array().unwrap().len(), 2, "{synced}");
    assert_eq!(mirror.head(), maria.head());
}

/// LED-2, with legal twin
#[test]
fn remote_whose_ledger_was_deleted_is_refused_at_once() {
    let forge = Forge::new();
    let head = forge.maria.head();
    forge.maria.coord(&["sync"]).ok();
    forge.server.git(&["update-ref", "-d", "refs/heads/coord"]);
    let error = forge.assert_refused(&[&head]);
    forge.follow_hint(&error);
    assert_eq!(forge.server.head(), head);
    forge.maria.claim(&["docs/"]);
}

#[test]
fn first_push_of_a_ledger_finds_no_ledger_and_makes_it() {
    let sandbox = Sandbox::new();
    let outside = sandbox.somebody(&sandbox.root);
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    for name in ["one", "two"] {
        outside.git(&["init", "-q", "--bare", &format!("{name}.git")]);
        let there = sandbox.somebody(&sandbox.root.join(format!("{name}.git")));
        maria.git(&["remote", "add", name, there.directory.to_str().unwrap()]);
        if name == "one" {
            maria.coord(&["sync", "--remote", name]).ok();
        } else {
            maria.git(&["config", "coord.remote", name]);
            maria.claim(&["docs/"]);
        }
        assert_eq!(there.head(), maria.head());
    }
}

/// What is only here makes no difference: a remote that lacks what was verified there is refused, its head overwrites nothing,
/// and nothing of what is only here is lost by it.
#[test]
fn remote_that_lost_its_ledger_is_refused_with_entries_that_are_only_here() {
    let sandbox = Sandbox::new();
    let stranger = sandbox.repository("stranger").begin(&[]);
    let foreign = stranger.head();
    let forge = Forge::new();
    let (maria, server) = (&forge.maria, &forge.server);
    server.git(&["fetch", "-q", stranger.directory.to_str().unwrap(), "refs/heads/coord"]);
    maria.coord(&["sync"]).ok();
    let older = maria.git(&["rev-parse", "coord~2"]);
    let tree = maria.git(&["rev-parse", "coord^{tree}"]);
    for (name, found) in [("older", Some(&older)), ("deleted", None), ("another", Some(&foreign))] {
        let head = server.head();
        let offline = |path: &str| maria.coord(&["claim", path, "--intent", "x", "--offline"]).ok().json();
        let kept = text(&offline(&format!("{name}/"))["id"]);
        match found {
            Some(found) => server.git(&["update-ref", "refs/heads/coord", found]),
            None => server.git(&["update-ref", "-d", "refs/heads/coord"]),
        };
        let heads: Vec<&str> = [Some(&*head), found.map(|found| &**found)].into_iter().flatten().collect();
        forge.assert_refused(&heads);
        if found.is_some() {
            let evidence = forge.evidence();
            assert!(heads.iter().all(|head| evidence.contains(head)), "{name}: {evidence}");
        }
        // Whoever asks nobody is not told anything by it, and what is only here goes on.
        let more = text(&offline(&format!("{name}-more/"))["id"]);
        let shown = maria.coord(&["status"]).ok().of_type("claim");
        let tentative = shown.iter().filter(|claim| claim["guarantee"] == "tentative");
        assert_eq!(tentative.map(|claim| text(&claim["id"])).collect::<Vec<_>>(), [kept, more]);
        // The legal twin: a remote that has what was verified there, or more.
        server.git(&["update-ref", "refs/heads/coord", &head]);
        if name == "another" {
            forge.other.claim(&["elsewhere/"]);
        }
        let synced = maria.coord(&["sync"]).ok().of_type("synced");
        assert_eq!(synced.iter().filter(|fate| fate["outcome"] == "confirmed").count(), 2, "{name}: {synced:?}");
        assert_eq!(maria.head(), server.head());
        forge.other.coord(&["sync"]).ok();
    }
    assert_ne!(maria.git(&["rev-parse", "coord^{tree}"]), tree);
}

/// A remote that is asked and shows an old head is no remote that does not answer: a finding is not left here for it.
#[test]
fn finding_is_not_left_here_for_a_remote_that_went_back() {
    let forge = Forge::new();
    let maria = &forge.maria;
    maria.coord(&["sync"]).ok();
    let (head, older) = (maria.head(), maria.git(&["rev-parse", "coord~1"]));
    forge.server.git(&["update-ref", "refs/heads/coord", &older]);
    maria.coord(&["find", "Odd", "--on", "src/"]).fails(4, "ledger.fork");
    assert_eq!(maria.head(), head);
    forge.server.git(&["update-ref", "refs/heads/coord", &head]);
    assert_eq!(maria.coord(&["find", "Odd", "--on", "src/"]).ok().json()["guarantee"], "remote");
}

/// LED-8, LED-9, with legal twin:
/// two entries of one key after the same one, both published: whoever has seen one is shown both.
#[test]
fn two_published_heads_are_both_kept() {
    let forge = Forge::new();
    let (maria, other) = (&forge.maria, &forge.other);
    let common = forge.server.head();
    maria.claim(&["docs/"]);
    let ours = forge.server.head();
    forge.server.git(&["update-ref", "refs/heads/coord", &common]);
    other.claim(&["lib/"]);
    let theirs = forge.server.head();
    assert_ne!(ours, theirs);
    forge.assert_refused(&[&ours, &theirs]);
    for head in [&ours, &theirs] {
        assert!(forge.evidence().contains(&format!("refs/coord/evidence/{head}")), "{}", forge.evidence());
        assert_eq!(maria.git(&["rev-parse", &format!("{head}^")]), common);
        maria.git(&["cat-file", "-e", &format!("{head}^{{tree}}")]);
    }
    assert_eq!(maria.head(), ours);
    // The legal twin: whoever has seen neither before the other follows the remote.
    other.coord(&["sync"]).ok();
    assert_eq!(other.head(), theirs);
}

/// What was verified at one remote says nothing of another whose name is spelt alike.
#[test]
fn remote_with_a_name_like_another_is_not_accused() {
    let forge = Forge::new();
    let (maria, there) = (&forge.maria, forge.sandbox.root.join("more.git"));
    maria.git(&["remote", "rename", "forge", "hub-1"]);
    maria.git(&["config", "coord.remote", "hub-1"]);
    maria.coord(&["sync"]).ok();
    let long = "\u{96FB}".repeat(60);
    for name in ["hub.1", "Hub-1", "hub_1", &long] {
        let empty = forge.sandbox.root.join(format!("{name}.git"));
        forge.sandbox.somebody(&forge.sandbox.root).git(&["init", "-q", "--bare", empty.to_str().unwrap()]);
        maria.git(&["remote", "add", name, empty.to_str().unwrap()]);
        maria.coord(&["sync", "--remote", name]).ok();
        maria.git(&["config", "coord.remote", "hub-1"]);
    }
    // The remote itself, emptied, is.
    forge.sandbox.somebody(&forge.sandbox.root).git(&["init", "-q", "--bare", there.to_str().unwrap()]);
    maria.git(&["remote", "set-url", "hub-1", there.to_str().unwrap()]);
    maria.coord(&["sync"]).fails(4, "ledger.fork");
}

//! A remote without our hooks: nobody but the clients keeps its ledger from going back.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::cli::raw::claim_text;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// A bare repository without hooks, and two clones of one principal whose ledger is decided there.
struct Remote {
    server: Actor,
    maria: Actor,
    second: Actor,
}

impl Remote {
    fn new(sandbox: &Sandbox) -> Self {
        sandbox.somebody(&sandbox.root).git(&["init", "-q", "--bare", "-b", "main", "plain.git"]);
        let server = sandbox.somebody(&sandbox.root.join("plain.git"));
        let work = sandbox.repository("work");
        work.git(&["remote", "add", "hub", server.directory.to_str().unwrap()]);
        work.git(&["push", "-q", "hub", "main"]);
        let maria = work.begin(&["--remote", "hub"]);
        sandbox.somebody(&sandbox.root).git(&["clone", "-q", "-o", "hub", "plain.git", "second"]);
        let second = Actor { id: maria.id.clone(), ..sandbox.somebody(&sandbox.root.join("second")) };
        second.coord(&["join", &maria.id, "--remote", "hub"]).ok();
        Self { server, maria, second }
    }

    /// Returns whether the remote's ledger still has an entry.
    fn has(&self, entry: &str) -> bool {
        self.server.try_git(&["merge-base", "--is-ancestor", entry, "refs/heads/coord"]).code == 0
    }

    /// Returns the ids of the claims that the remote's ledger has.
    fn claims(&self) -> String {
        self.server.git(&["ls-tree", "-r", "--name-only", "refs/heads/coord", "claims"])
    }
}

#[test]
fn clone_that_is_behind_goes_on_from_what_others_wrote() {
    let sandbox = Sandbox::new();
    let remote = Remote::new(&sandbox);
    let theirs = text(&remote.second.claim(&["docs/"])["id"]);
    let there = remote.server.head();
    let ours = text(&remote.maria.claim(&["src/"])["id"]);
    assert!(remote.has(&there) && remote.server.head() != there);
    assert!(remote.claims().contains(&theirs) && remote.claims().contains(&ours));
}

/// Both went on from the same entry, here by hand. Once the remote's ledger has been fetched the lease on it would hold,
/// so it is not the lease that keeps what others wrote.
#[test]
fn clone_that_went_its_own_way_does_not_rewind_the_remote() {
    let sandbox = Sandbox::new();
    let remote = Remote::new(&sandbox);
    let (maria, by_hand) = (&remote.maria, "c-10000000");
    maria.write(&format!(".coord/claims/{by_hand}.toml"), &claim_text(&maria.id, "tests/"));
    maria.raw_commit("By hand").ok();
    let in_the_way = text(&remote.second.claim(&["tests/"])["id"]);
    let (here, there) = (maria.head(), remote.server.head());
    for attempt in ["before", "after", "again"] {
        maria.coord(&["claim", "src/", "--intent", attempt]).fails(3, "ledger.diverged");
        assert_eq!((remote.server.head(), maria.head()), (there.clone(), here.clone()), "{attempt} it was fetched");
    }
    // Where nobody loses anything both are brought together, and the next one follows.
    remote.second.coord(&["release", &in_the_way]).ok();
    let theirs = text(&remote.second.claim(&["docs/"])["id"]);
    let there = remote.server.head();
    let ours = text(&maria.claim(&["src/"])["id"]);
    assert!(remote.has(&there));
    for claim in [theirs, ours, by_hand.to_owned()] {
        assert!(remote.claims().contains(&claim), "{claim} is lost");
    }
    maria.assert_clean();
}

/// PARSE-7, with legal twin and control:
/// what a remote says is data. A control byte of it reaches neither a terminal nor a program as it is.
#[test]
fn what_a_remote_says_is_shown_as_escapes() {
    let sandbox = Sandbox::new();
    let remote = Remote::new(&sandbox);
    let hook = remote.server.directory.join("hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\nprintf 'so \\033[2J\\033]0;title\\007 it is\\n' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, Permissions::from_mode(0o755)).unwrap();
    // Stock git hands on what would take over a terminal.
    let stock = remote.maria.try_git(&["push", "hub", "main:refs/heads/side"]);
    assert!(stock.code != 0 && stock.stderr.contains("\u{1b}]0;title"), "{stock:?}");
    let claim = ["claim", "docs/", "--intent", "x"];
    let (said, told) = (remote.maria.say(&claim), remote.maria.coord(&claim));
    for ran in [&said, &told] {
        assert_ne!(ran.code, 0, "{ran}");
        assert!(ran.stderr.contains("it is"), "what it said is told: {ran}");
        assert!(!ran.stderr.contains(['\u{1b}', '\u{7}']) && !ran.stdout.contains('\u{1b}'), "{ran}");
    }
    // The legal twin: a remote that only talks is not in the way, and is not repeated either.
    fs::write(&hook, "#!/bin/sh\nprintf 'so \\033[2J it is\\n' >&2\n").unwrap();
    let claimed = remote.maria.say(&claim).ok();
    assert!(!claimed.stderr.contains('\u{1b}'), "{claimed}");
}

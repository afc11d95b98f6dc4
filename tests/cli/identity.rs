//! Who acts: ids, worktrees, the choice among several, sessions.

use std::fs;

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn is_id(id: &str, name: &str) -> bool {
    let digits = id.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| b"0123456789abcdef".contains(&byte)))
}

#[test]
fn an_id_is_a_name_and_eight_digits_of_the_key() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    assert!(is_id(&maria.id, "maria"), "{}", maria.id);
    assert!(is_id(&alice.id, "alice"), "{}", alice.id);
    for bad in ["Alice", "al ice", "а1ice", "-alice", "", "alice\n", &"a".repeat(33)] {
        maria.coord(&["enroll", "--role", "builder", "--", bad]).fails(2, "usage.argument");
    }
}

#[test]
fn the_same_key_stays_the_same_principal() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let key = fs::read_to_string(sandbox.ssh_key("carol", "").with_extension("pub")).unwrap();
    let enroll = |name: &str| maria.coord(&["enroll", name, "--role", "builder", "--key", key.trim()]).ok().json();
    let first = enroll("carol");
    let height = text(&maria.coord(&["status"]).ok().json()["commit"]);
    let again = enroll("carol");
    let renamed = enroll("caroline");
    assert_eq!((&first["id"], &first["fingerprint"]), (&again["id"], &again["fingerprint"]));
    assert_eq!(first["id"], renamed["id"], "one key is one principal");
    assert_eq!(text(&maria.coord(&["status"]).ok().json()["commit"]), height, "nothing was appended");
    let all = maria.coord(&["principals"]).ok().of_type("principal");
    assert_eq!(all.len(), 2, "no ghost");
    let other = maria.coord(&["enroll", "carol", "--role", "builder"]).ok().json();
    assert_ne!(other["id"], first["id"], "another key is another principal, even of the same name");
}

#[test]
fn whoami_is_stable_in_every_worktree() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    for _ in 0..2 {
        let who = alice.coord(&["whoami"]).ok().json();
        assert_eq!(who["id"], alice.id.as_str());
        for field in ["id", "kind", "role", "vendor", "operator", "fingerprint", "status"] {
            assert!(who.get(field).is_some(), "{field}");
        }
        assert_eq!(maria.coord(&["whoami"]).ok().json()["id"], maria.id.as_str());
    }
    assert_eq!(alice.at("src").coord(&["whoami"]).ok().json()["id"], alice.id.as_str());
    fs::remove_dir_all(maria.directory.join(".git/coord")).unwrap();
    assert_eq!(alice.coord(&["whoami"]).ok().json()["id"], alice.id.as_str(), "without caches");
}

#[test]
fn join_sets_one_worktree_only() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.git(&["worktree", "add", "-q", "-b", "free", "../free"]);
    let free = sandbox.somebody(&sandbox.root.join("free"));
    let before = [&maria, &free].map(|other| other.git(&["config", "--list", "--worktree"]));
    let alice = maria.agent("alice");
    assert_eq!(alice.git(&["config", "--worktree", "coord.as"]), alice.id);
    assert_eq!(alice.git(&["config", "commit.gpgsign"]), "true");
    assert_eq!([&maria, &free].map(|other| other.git(&["config", "--list", "--worktree"])), before);
    for key in ["coord.as", "commit.gpgsign", "user.signingkey"] {
        assert_eq!(maria.try_git(&["config", "--local", key]).code, 1, "{key} is set for everybody");
    }
    assert_eq!(fs::read_dir(&sandbox.home).unwrap().count(), 1, "the home has keys and nothing else");
    assert!(!sandbox.home.join(".gitconfig").exists());
    let by_maria = maria.coord(&["whoami"]).ok().json();
    assert_eq!(by_maria["id"], maria.id.as_str());
}

#[test]
fn commits_of_a_worktree_are_signed_by_its_principal() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let signers = maria.say(&["principals", "--allowed-signers"]).ok().stdout;
    fs::write(sandbox.root.join("signers"), signers).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", sandbox.root.join("signers").display());
    for actor in [&maria, &alice] {
        actor.write("note", &actor.id);
        actor.commit("Note");
        let seen = actor.git(&["-c", &setting, "log", "-1", "--format=%G? %GS"]);
        assert_eq!(seen, format!("G {}@coord.invalid", actor.id));
    }
}

#[test]
fn the_principal_is_chosen_by_option_then_environment_then_worktree() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let bob = maria.agent("bob");
    let by_environment = alice.with_env("GIT_COORD_AS", &bob.id);
    let who = |actor: &crate::support::sandbox::Actor, arguments: &[&str]| {
        text(&actor.coord(&[arguments, &["whoami"]].concat()).ok().json()["id"])
    };
    assert_eq!(who(&alice, &[]), alice.id);
    assert_eq!(who(&by_environment, &[]), bob.id);
    assert_eq!(who(&by_environment, &["--as", &maria.id]), maria.id);
    assert_eq!(who(&alice, &["--as", "bob"]), bob.id, "a name will do while only one has it");
    assert_eq!(by_environment.claim(&["src/a.rs"])["holder"], bob.id.as_str());
    alice.coord(&["--as", "nobody", "whoami"]).fails(2, "identity.unknown");
    alice.coord(&["--as", "bob-00000000", "claim", "x", "--intent", "y"]).fails(2, "identity.unknown");
}

#[test]
fn several_possible_principals_are_an_error_one_is_not() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    // Git copies the settings of the worktree that it is called in; what they say is about that one.
    maria.git(&["worktree", "add", "-q", "-b", "free", "../free"]);
    let free = sandbox.somebody(&sandbox.root.join("free"));
    assert_eq!(free.coord(&["whoami"]).ok().json()["id"], maria.id.as_str(), "the only key at hand");
    maria.coord(&["enroll", "alice", "--role", "builder"]).ok();
    free.coord(&["whoami"]).fails(2, "identity.several");
    free.coord(&["claim", "src/", "--intent", "x"]).fails(2, "identity.several");
    free.coord(&["--as", "alice", "claim", "src/", "--intent", "x"]).ok();
    let other = sandbox.root.join("other-home");
    let stranger = free.with_env("HOME", &other);
    free.git(&["config", "--worktree", "--unset", "user.signingKey"]);
    stranger.coord(&["whoami"]).fails(5, "identity.none");
    stranger.coord(&["status"]).ok();
    stranger.coord(&["--as", "alice", "claim", "docs/", "--intent", "x"]).fails(5, "key.missing");
}

#[test]
fn sessions_are_stamped_and_never_an_identity() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/a.rs"]);
    let plain = maria.git(&["log", "-1", "--format=%B", "coord"]);
    assert!(!plain.contains("Coord-Session"), "{plain}");
    let session = maria.with_env("GIT_COORD_SESSION", "s-42 \u{1b}[2J\nCoord-Trace: forged");
    session.claim(&["src/b.rs"]);
    let trailers = maria.git(&["log", "-1", "--format=%(trailers:only,unfold)", "coord"]);
    let session_line = trailers.lines().find(|line| line.starts_with("Coord-Session: ")).expect("a session");
    assert!(session_line.starts_with("Coord-Session: s-42"), "{session_line:?}");
    assert!(!session_line.contains('\u{1b}'));
    assert!(!trailers.lines().any(|line| line.starts_with("Coord-Trace:")), "a session forges no trailer: {trailers}");
    let traced = session.with_env("GIT_COORD_SESSION", "s-43").with_env("TRACEPARENT", "00-abc-def-01");
    traced.claim(&["README.md"]);
    let trailers = maria.git(&["log", "-1", "--format=%(trailers:only,unfold)", "coord"]);
    assert_eq!(trailers.lines().collect::<Vec<_>>(), ["Coord-Session: s-43", "Coord-Trace: 00-abc-def-01"]);
    assert_eq!(traced.coord(&["whoami"]).ok().json()["id"], maria.id.as_str());
}

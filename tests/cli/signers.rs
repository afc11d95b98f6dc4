//! What signs: key files, passphrases, agents, programs of one's own; and what happens when nothing does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

/// An ssh-agent that ends with the test.
pub(super) struct Agent {
    process: Child,
    socket: PathBuf,
}

impl Agent {
    pub(super) fn start(sandbox: &Sandbox) -> Self {
        Self::start_as(sandbox, &sandbox.somebody(&sandbox.root))
    }

    /// Starts one with the environment of somebody.
    pub(super) fn start_as(sandbox: &Sandbox, somebody: &Actor) -> Self {
        let socket = sandbox.root.join("agent");
        let mut command = somebody.command("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        let agent = Self { process, socket };
        wait_for("agent", || agent.socket.exists().then_some(()));
        agent
    }

    pub(super) fn add(&self, actor: &Actor, key: &str) {
        self.tell(actor, &["-q", key]);
    }

    /// Runs `ssh-add`.
    pub(super) fn tell(&self, actor: &Actor, arguments: &[&str]) {
        let mut command = self.known_to(actor).command("ssh-add");
        command.args(arguments);
        Ran::of(command).ok();
    }

    /// Locks or unlocks it. It asks for the password by a program, because there is no terminal.
    pub(super) fn lock(&self, sandbox: &Sandbox, actor: &Actor, option: &str) {
        let ask = sandbox.script("ask", "#!/bin/sh\necho secret\n");
        let asked = self.known_to(actor).with_env("SSH_ASKPASS", ask).with_env("SSH_ASKPASS_REQUIRE", "force");
        let mut command = asked.with_env("DISPLAY", ":0").command("ssh-add");
        command.arg(option);
        Ran::of(command).ok();
    }

    pub(super) fn known_to(&self, actor: &Actor) -> Actor {
        actor.with_env("SSH_AUTH_SOCK", &self.socket)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Returns somebody whose git is configured to sign with a key, and who began a ledger with it.
pub(super) fn configured(sandbox: &Sandbox, signing_key: &str) -> Actor {
    let somebody = sandbox.repository("work");
    somebody.git(&["config", "gpg.format", "ssh"]);
    somebody.git(&["config", "user.signingKey", signing_key]);
    somebody
}

fn path(file: &std::path::Path) -> String {
    file.to_str().unwrap().to_owned()
}

/// Checks that the last entry is good for stock git, signed with a key.
pub(super) fn assert_signed_with(sandbox: &Sandbox, actor: &Actor, public: &str) {
    let key: Vec<_> = public.split_whitespace().take(2).collect();
    let file = sandbox.root.join("one-signer");
    fs::write(&file, format!("me {}\n", key.join(" "))).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", file.display());
    assert_eq!(actor.git(&["-c", &setting, "log", "-1", "--format=%G? %GS", "coord"]), "G me");
}

#[track_caller]
fn assert_refuses_to_write(actor: &Actor, code: &str) {
    let before = (actor.head(), fs::read_dir(actor.directory.join(".git/coord")).unwrap().count());
    let error = actor.coord(&["claim", "docs/", "--intent", "x"]).fails(5, code);
    assert!(!error["hints"].as_array().unwrap().is_empty(), "{error}");
    assert_eq!((actor.head(), fs::read_dir(actor.directory.join(".git/coord")).unwrap().count()), before);
    assert!(actor.coord(&["status"]).ok().of_type("claim").iter().all(|claim| claim["paths"][0] != "docs/"));
}

#[test]
fn plain_key_file_signs() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    for named in [path(&key), path(&key.with_extension("pub"))] {
        let maria = configured(&sandbox, &named).begin(&[]);
        maria.claim(&["src/"]);
        assert_signed_with(&sandbox, &maria, &public);
        assert!(!sandbox.home.join(".local/share/git-coord/keys").exists(), "no second key is made");
        fs::remove_dir_all(&maria.directory).unwrap();
    }
}

#[test]
fn key_named_at_the_beginning_is_remembered() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "");
    let maria = sandbox.repository("work").begin(&["--key", &path(&key)]);
    maria.claim(&["src/"]);
    assert_signed_with(&sandbox, &maria, &fs::read_to_string(key.with_extension("pub")).unwrap());
    maria.write("note", "x");
    maria.commit("Note");
    assert!(maria.git(&["cat-file", "-p", "HEAD"]).contains("gpgsig"), "commits are signed as well");
}

#[test]
fn passphrase_is_taken_from_the_environment() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "correct horse");
    let somebody = configured(&sandbox, &path(&key));
    let maria = somebody.with_env("GIT_COORD_PASSPHRASE", "correct horse").begin(&[]);
    maria.claim(&["src/"]);
    assert_signed_with(&sandbox, &maria, &fs::read_to_string(key.with_extension("pub")).unwrap());
    for other in [maria.with_env("GIT_COORD_PASSPHRASE", "wrong"), maria.with_env("GIT_COORD_PASSPHRASE", "")] {
        assert_eq!(other.coord(&["whoami"]).ok().json()["id"], maria.id.as_str(), "reading needs no secret");
    }
    assert_refuses_to_write(&maria.with_env("GIT_COORD_PASSPHRASE", "wrong"), "key.missing");
}

#[test]
fn passphrase_nobody_can_type_is_an_error() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "correct horse");
    let maria = configured(&sandbox, &path(&key)).with_env("GIT_COORD_PASSPHRASE", "correct horse").begin(&[]);
    let head = maria.head();
    // Away from any terminal on which it could ask.
    let mut command = maria.with_env("GIT_COORD_PASSPHRASE", "").command("setsid");
    command.args(["--wait", "git-coord", "--json", "claim", "src/", "--intent", "x"]);
    Ran::of(command).fails(5, "key.missing");
    assert_eq!(maria.head(), head);
    maria.claim(&["src/"]);
}

#[test]
fn agent_signs_while_it_has_the_key() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = sandbox.ssh_key("id", "");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    agent.add(&sandbox.somebody(&sandbox.root), &path(&key));
    // Only the public half stays on disk.
    fs::remove_file(&key).unwrap();
    let without = configured(&sandbox, &path(&key.with_extension("pub")));
    let maria = agent.known_to(&without).begin(&[]);
    maria.claim(&["src/"]);
    assert_signed_with(&sandbox, &maria, &public);
    assert_refuses_to_write(&Actor { environment: without.environment.clone(), ..maria.clone() }, "key.missing");
    let dead = Actor { environment: without.environment.clone(), ..maria.clone() };
    assert_refuses_to_write(&dead.with_env("SSH_AUTH_SOCK", sandbox.root.join("nothing")), "key.missing");
    maria.claim(&["tests/"]);
}

#[test]
fn locked_agent_is_an_error() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = sandbox.ssh_key("id", "");
    agent.add(&sandbox.somebody(&sandbox.root), &path(&key));
    fs::remove_file(&key).unwrap();
    let maria = agent.known_to(&configured(&sandbox, &path(&key.with_extension("pub")))).begin(&[]);
    agent.lock(&sandbox, &maria, "-x");
    assert_refuses_to_write(&maria, "key.missing");
    agent.lock(&sandbox, &maria, "-X");
    maria.claim(&["src/"]);
}

#[test]
fn literal_key_signs_by_the_agent() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = sandbox.ssh_key("id", "");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    agent.add(&sandbox.somebody(&sandbox.root), &path(&key));
    for (directory, literal) in [("one", format!("key::{}", public.trim())), ("two", public.trim().to_owned())] {
        let somebody = sandbox.repository(directory);
        somebody.git(&["config", "gpg.format", "ssh"]);
        somebody.git(&["config", "user.signingKey", &literal]);
        let maria = agent.known_to(&somebody).begin(&[]);
        maria.claim(&["src/"]);
        assert_signed_with(&sandbox, &maria, &public);
        let without = Actor { environment: somebody.environment.clone(), ..maria.clone() };
        assert_refuses_to_write(&without, "key.missing");
    }
}

/// Whoever joined a worktree before leaves nothing that signs for somebody else.
#[test]
fn join_with_a_key_of_the_agent_alone_signs_with_it() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let maria = agent.known_to(&sandbox.ledger());
    let alice = maria.agent("alice");
    let key = sandbox.ssh_key("id", "");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    agent.add(&maria, &path(&key));
    fs::remove_file(&key).unwrap();
    let enrolled = ["enroll", "bob", "--role", "builder", "--vendor", "openai", "--key", public.trim()];
    let bob = text(&maria.coord(&enrolled).ok().json()["id"]);
    let named = |actor: &Actor| actor.git(&["config", "user.signingKey"]);
    let before = named(&alice);
    alice.coord(&["join", &bob]).ok();
    assert_ne!(named(&alice), before);
    let signers = sandbox.root.join("signers");
    fs::write(&signers, maria.say(&["principals", "--allowed-signers"]).ok().stdout).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    let signed_by = |actor: &Actor| {
        actor.write("note", &actor.git(&["rev-parse", "HEAD"]));
        actor.commit("Note");
        actor.git(&["-c", &setting, "log", "-1", "--format=%G? %GS"])
    };
    assert_eq!(signed_by(&alice), format!("G {bob}@coord.invalid"));
    alice.coord(&["join", &alice.id]).ok();
    assert_eq!((named(&alice), signed_by(&alice)), (before, format!("G {}@coord.invalid", alice.id)));
}

/// What git names already is left as its user wrote it.
#[test]
fn join_leaves_the_name_of_the_key_that_git_signs_with() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = sandbox.ssh_key("id", "");
    agent.add(&sandbox.somebody(&sandbox.root), &path(&key));
    let maria = agent.known_to(&configured(&sandbox, &path(&key.with_extension("pub")))).begin(&[]);
    maria.coord(&["join", &maria.id]).ok();
    assert_eq!(maria.try_git(&["config", "--worktree", "user.signingKey"]).code, 1);
    assert_eq!(maria.git(&["config", "user.signingKey"]), path(&key.with_extension("pub")));
}

#[test]
fn program_of_the_users_own_signs() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "");
    let log = sandbox.root.join("signer.log");
    let program =
        sandbox.script("signer", &format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec ssh-keygen \"$@\"\n", log.display()));
    let somebody = configured(&sandbox, &path(&key));
    somebody.git(&["config", "gpg.ssh.program", &path(&program)]);
    let maria = somebody.begin(&[]);
    maria.claim(&["src/"]);
    assert_signed_with(&sandbox, &maria, &fs::read_to_string(key.with_extension("pub")).unwrap());
    maria.coord(&["land", "--adopt", "main"]).ok();
    let calls = fs::read_to_string(&log).unwrap();
    assert!(calls.lines().count() >= 2 && calls.contains("-Y sign -n git -f"), "{calls}");

    let signed = calls.lines().filter(|line| line.contains("-Y sign")).count();
    for verb in ["status", "verify", "log", "audit"] {
        maria.coord(&[verb]).ok();
    }
    let after = fs::read_to_string(&log).unwrap().lines().filter(|line| line.contains("-Y sign")).count();
    assert_eq!(after, signed, "reading signs nothing");
    sandbox.script("signer", "#!/bin/sh\necho 'touch your key' >&2\nexit 1\n");
    assert_refuses_to_write(&maria, "key.unusable");
    sandbox.script("signer", "#!/bin/sh\nexit 0\n");
    assert_refuses_to_write(&maria, "key.unusable");
}

#[test]
fn program_that_signs_with_another_key_is_refused() {
    let sandbox = Sandbox::new();
    let (key, other) = (sandbox.ssh_key("id", ""), sandbox.ssh_key("other", ""));
    let somebody = configured(&sandbox, &path(&key));
    let maria = somebody.begin(&[]);
    // The file to sign comes last, whatever key was asked for.
    let body =
        format!("#!/bin/sh\nfor file; do :; done\nexec ssh-keygen -Y sign -n git -f '{}' \"$file\"\n", other.display());
    let program = sandbox.script("signer", &body);
    let head = maria.head();
    maria.git(&["config", "gpg.ssh.program", &path(&program)]);
    maria.coord(&["claim", "src/", "--intent", "x"]).fails(4, "key.unknown");
    assert_eq!(maria.head(), head);
    maria.git(&["config", "--unset", "gpg.ssh.program"]);
    maria.claim(&["src/"]);
}

#[test]
fn missing_key_is_an_error_and_reading_goes_on() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let keys = sandbox.home.join(".local/share/git-coord/keys");
    fs::rename(&keys, sandbox.root.join("aside")).unwrap();
    assert_refuses_to_write(&maria, "key.missing");
    maria.coord(&["status"]).ok();
    maria.coord(&["verify", "--full"]).ok();
    let doctor = maria.coord(&["doctor"]).exits(1).objects();
    assert!(doctor.iter().any(|look| look["subject"] == "key" && look["health"] == "bad"), "{doctor:?}");
    fs::rename(sandbox.root.join("aside"), &keys).unwrap();
    maria.claim(&["src/"]);
    let broken = keys.join(&maria.id);
    fs::write(&broken, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n").unwrap();
    assert_refuses_to_write(&maria, "key.missing");
}

#[test]
fn new_keys_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    for actor in [&maria, &alice] {
        assert_eq!(fs::metadata(actor.key_file()).unwrap().permissions().mode() & 0o777, 0o600);
        let tracked = actor.git(&["log", "--all", "-p", "--format=%H"]);
        assert!(!tracked.contains("PRIVATE KEY"), "a private key is in the repository");
    }
    let key = sandbox.ssh_key("rsa", "");
    Ran::of({
        let mut command = maria.command("ssh-keygen");
        command.args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "rsa-key"]);
        command
    })
    .ok();
    let rsa = maria.read("rsa-key.pub");
    maria.coord(&["enroll", "old", "--role", "builder", "--key", rsa.trim()]).fails(2, "usage.argument");
    let fine = fs::read_to_string(key.with_extension("pub")).unwrap();
    let enrolled = maria.coord(&["enroll", "new", "--role", "builder", "--key", fine.trim()]).ok().json();
    assert!(text(&enrolled["id"]).starts_with("new-"));
}

/// Ssh signs with no key file that others may read, so that every commit would fail.
#[test]
fn doctor_tells_of_a_key_that_others_may_read() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let key = sandbox.home.join(".local/share/git-coord/keys").join(&maria.id);
    let health = |code: i32| {
        let looks = maria.coord(&["doctor"]).exits(code).objects();
        text(&looks.iter().find(|look| look["subject"] == "key").unwrap()["health"])
    };
    assert_eq!(health(0), "good");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(health(1), "bad");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(health(0), "good");
}

/// Every verb that writes signs alike: with the passphrase, by the agent, and without either it ends at once and says what to do.
#[test]
fn every_verb_that_writes_takes_a_key_with_a_passphrase() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = sandbox.ssh_key("id", "correct horse");
    let bare = configured(&sandbox, &path(&key));
    let maria = bare.with_env("GIT_COORD_PASSPHRASE", "correct horse").begin(&[]);
    let ask = sandbox.script("pass", "#!/bin/sh\necho correct horse\n");
    let asked = agent.known_to(&maria).with_env("SSH_ASKPASS", ask).with_env("SSH_ASKPASS_REQUIRE", "force");
    agent.add(&asked.with_env("DISPLAY", ":0"), &path(&key));
    let silent = Actor { environment: bare.environment.clone(), ..maria.clone() };
    let by_agent = agent.known_to(&silent);
    let new = fs::read_to_string(sandbox.ssh_key("new", "").with_extension("pub")).unwrap();
    maria
        .write("draft.toml", &maria.read(".coord/policy.toml").replacen("per-principal = 20", "per-principal = 21", 1));
    let enrolled = ["enroll", "alice", "--role", "builder", "--key", new.trim()];
    let alice = text(&maria.coord(&enrolled).ok().json()["id"]);
    let verbs: [&[&str]; 10] = [
        &["claim", "docs/", "--intent", "x"],
        &["renew", "docs/", "--ttl", "2h"],
        &["release", "docs/"],
        &["find", "It is slow", "--on", "src/"],
        &["land", "--adopt", "main"],
        &["principals", "suspend", &alice],
        &["principals", "reinstate", &alice],
        &["principals", "suspect", &alice],
        &["principals", "revoke", &alice],
        &["policy", "propose", "draft.toml"],
    ];
    for (at, verb) in verbs.iter().enumerate() {
        let head = maria.head();
        // Away from any terminal on which it could ask.
        let mut command = silent.command("setsid");
        command.args(["--wait", "git-coord", "--json"]).args(*verb);
        let error = Ran::of(command).fails(5, "key.missing");
        assert!(text(&error["hints"][0]).contains("ssh-add"), "{verb:?}: {error}");
        assert_eq!(maria.head(), head, "{verb:?}");
        let signer = if at % 2 == 0 { &maria } else { &by_agent };
        signer.coord(verb).ok();
        assert_ne!(maria.head(), head, "{verb:?}");
    }
}

/// On a terminal it asks there, once, and hangs for nobody else's answer.
#[test]
fn passphrase_is_asked_for_on_a_terminal() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "correct horse");
    let bare = configured(&sandbox, &path(&key));
    let maria = bare.with_env("GIT_COORD_PASSPHRASE", "correct horse").begin(&[]);
    let silent = Actor { environment: bare.environment.clone(), ..maria.clone() };
    let (head, typed) = (maria.head(), sandbox.root.join("typed"));
    for (passphrase, exit) in [("wrong", false), ("correct horse", true)] {
        fs::write(&typed, format!("{passphrase}\n")).unwrap();
        let mut command = silent.command("script");
        command.args(["-q", "-e", "-c", "git-coord claim src/ --intent x", "/dev/null"]);
        command.stdin(fs::File::open(&typed).unwrap());
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(ran.status.success(), exit, "{said}");
        assert!(said.to_lowercase().contains("passphrase"), "{said}");
        assert_eq!(maria.head() != head, exit, "{said}");
    }
}

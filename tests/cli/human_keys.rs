//! `doctor` finds the keys with which an agent on this machine could sign as a human, with real keys and agents of OpenSSH.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::signers::Agent;
use super::signers::configured;

/// Returns what the doctor says of humans' keys, and that it is no worse than this.
#[track_caller]
fn looks(actor: &Actor, exit: i32) -> Vec<Value> {
    let ran = actor.coord(&["doctor"]).exits(exit);
    let looks: Vec<_> = ran.objects().into_iter().filter(|look| look["subject"] == "separation").collect();
    assert!(!looks.is_empty(), "{ran}");
    looks
}

#[track_caller]
fn assert_separate(actor: &Actor) {
    let looks = looks(actor, 0);
    assert_eq!(looks.iter().map(|look| &look["health"]).collect::<Vec<_>>(), ["good"], "{looks:?}");
}

/// Checks that exactly one way is told, with these words, and how to end it.
#[track_caller]
fn assert_told(actor: &Actor, words: &[&str], mend: &str) {
    let looks = looks(actor, 0);
    let [look] = looks.as_slice() else { panic!("one way is to be told: {looks:?}") };
    assert_eq!(look["health"], "advice", "{look}");
    let message = text(&look["message"]);
    assert!(words.iter().all(|word| message.contains(word)), "{look}");
    assert!(text(&look["mend"]).contains(mend), "{look}");
    let said = actor.say(&["doctor"]).ok().stdout;
    assert!(said.contains(words[0]) && said.contains(mend), "{said}");
}

/// Begins a ledger with a key of ssh that lies there, where an agent works as the same user.
fn begun(sandbox: &Sandbox, key: &Path, passphrase: &str) -> Actor {
    let maria = configured(sandbox, key.to_str().unwrap()).with_env("GIT_COORD_PASSPHRASE", passphrase).begin(&[]);
    maria.agent("alice");
    // Whoever only looks needs no passphrase, and asks for none.
    maria.with_env("GIT_COORD_PASSPHRASE", "")
}

#[test]
fn key_file_without_a_passphrase_is_told_and_one_with_is_not() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    assert_separate(&maria);
    let alice = maria.agent("alice");
    let path = format!("keys/{}", maria.id);
    for actor in [&maria, &alice] {
        assert_told(
            actor,
            &[&format!("{} could sign as {}", alice.id, maria.id), &path, "no passphrase"],
            "ssh-keygen -p -f",
        );
    }
    // What it says to do, with real ssh-keygen.
    let file = sandbox.home.join(".local/share/git-coord").join(path);
    let mut command = maria.command("ssh-keygen");
    command.args(["-q", "-p", "-P", "", "-N", "correct horse", "-f"]).arg(&file);
    Ran::of(command).ok();
    assert_separate(&maria);
}

/// Wherever git and ssh find keys.
#[test]
fn key_file_is_found_where_git_and_ssh_keep_them() {
    let places: [(&str, &str); 3] =
        [("home/.ssh/id_work", ""), ("elsewhere", ""), ("named", "IdentityFile ~/../named\n")];
    for (name, config) in places {
        for passphrase in ["", "correct horse"] {
            let sandbox = Sandbox::new();
            fs::create_dir(sandbox.home.join(".ssh")).unwrap();
            fs::write(sandbox.home.join(".ssh/known_hosts"), "example.org ssh-ed25519 AAAA\n").unwrap();
            fs::write(sandbox.home.join(".ssh/config"), format!("Host *\n  {config}")).unwrap();
            let key = sandbox.ssh_key(name, passphrase);
            let maria = begun(&sandbox, &key, passphrase);
            if name != "elsewhere" {
                // Git does not name it any more: ssh does.
                maria.git(&["config", "--unset", "user.signingKey"]);
            }
            let maria = Actor { id: maria.id.clone(), ..maria.at("../alice") };
            match passphrase {
                "" => assert_told(
                    &maria,
                    &[&format!("could sign as {}", maria.id), name, "no passphrase"],
                    "ssh-keygen -p",
                ),
                _ => assert_separate(&maria),
            }
        }
    }
}

#[test]
fn key_in_an_ssh_agent_is_told_without_using_it() {
    let sandbox = Sandbox::new();
    let asked = sandbox.root.join("asked");
    let ask = sandbox.script("confirm", &format!("#!/bin/sh\necho \"$*\" >>'{}'\nexit 0\n", asked.display()));
    let somebody = sandbox.somebody(&sandbox.root).with_env("SSH_ASKPASS", ask).with_env("DISPLAY", ":0");
    let agent = Agent::start_as(&sandbox, &somebody.with_env("SSH_ASKPASS_REQUIRE", "force"));
    let key = sandbox.ssh_key("id", "");
    // One that asks before it signs: whoever uses it leaves a trace.
    agent.tell(&somebody, &["-q", "-c", key.to_str().unwrap()]);
    fs::remove_file(&key).unwrap();
    let public = key.with_extension("pub");
    let maria = agent.known_to(&configured(&sandbox, public.to_str().unwrap())).begin(&[]);
    maria.agent("alice");
    assert!(asked.exists(), "it asks whoever signs");
    fs::remove_file(&asked).unwrap();
    assert_told(&maria, &[&format!("could sign as {}", maria.id), "ssh-agent"], "ssh-add -c");
    assert!(!asked.exists(), "looking signs nothing: {}", fs::read_to_string(&asked).unwrap_or_default());
    // Nothing is told of one that is locked, that is gone, or that the agents do not see.
    agent.lock(&sandbox, &maria, "-x");
    assert_eq!(
        maria.coord(&["doctor"]).objects().iter().filter(|look| look["mend"].to_string().contains("ssh-add")).count(),
        0
    );
    agent.lock(&sandbox, &maria, "-X");
    let alice = maria.at("../alice");
    assert_told(&alice, &["ssh-agent"], "ssh-add -c");
    assert_separate(&alice.with_env("SSH_AUTH_SOCK", ""));
    agent.tell(&somebody, &["-q", "-D"]);
    assert_separate(&alice);
}

/// Returns the file of a hardware key as ssh-keygen writes it, with these flags, and its public line.
fn hardware_key(flags: u8) -> (String, String) {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    // The base point of the curve: a key that nobody has the other half of.
    let point = [&[0x58][..], &[0x66; 31]].concat();
    let (name, application) = (b"sk-ssh-ed25519@openssh.com", b"ssh:");
    let public = [string(name), string(&point), string(application)].concat();
    let handle = [string(b"no such authenticator"), string(b"")].concat();
    let mut inside = [&[7; 8][..], &public, &[flags], &handle, &string(b"nina")].concat();
    inside.extend((1..).take((8 - inside.len() % 8) % 8));
    let front =
        [&b"openssh-key-v1\0"[..], &string(b"none"), &string(b"none"), &string(b""), &1_u32.to_be_bytes()].concat();
    let whole = [front, string(&public), string(&inside)].concat();
    let body: Vec<String> =
        base64(&whole).as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into()).collect();
    let file = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", body.join("\n"));
    (file, format!("{} {}", String::from_utf8_lossy(name), base64(&public)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let padded = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from(padded[0]) << 16 | u32::from(padded[1]) << 8 | u32::from(padded[2]);
        let digit = |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
        text.extend((0..4).map(|at| if at <= chunk.len() { digit(at) } else { '=' }));
    }
    text
}

#[test]
fn hardware_key_that_needs_no_touch_is_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (_, public) = hardware_key(0);
    let nina = ["enroll", "nina", "--kind", "human", "--role", "maintainer", "--key", &public];
    let nina = text(&maria.coord(&nina).ok().json()["id"]);
    // Only what is about her: maria's own key has no passphrase.
    let told =
        || looks(&alice, 0).into_iter().filter(|look| look["message"].to_string().contains(&nina)).collect::<Vec<_>>();
    assert!(told().is_empty());
    fs::create_dir(sandbox.home.join(".ssh")).unwrap();
    let file = sandbox.home.join(".ssh/id_ed25519_sk");
    for (flags, is_told) in [(0x00, true), (0x01, false), (0x05, false), (0x20, true), (0x21, false)] {
        fs::write(&file, hardware_key(flags).0).unwrap();
        let mut command = maria.command("chmod");
        command.arg("600").arg(&file);
        Ran::of(command).ok();
        // Stock ssh reads the very same key from it.
        let mut command = maria.command("ssh-keygen");
        command.arg("-y").arg("-f").arg(&file);
        assert!(Ran::of(command).ok().stdout.starts_with(&public));
        let told = told();
        assert_eq!(told.len(), usize::from(is_told), "{flags:#x}: {told:?}");
        assert!(told.iter().all(|look| look["message"].to_string().contains("needs no touch")), "{told:?}");
    }
}

#[test]
fn environment_of_an_agent_that_names_a_human_is_bad() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key("id", "correct horse");
    let maria = begun(&sandbox, &key, "correct horse");
    let alice = Actor { id: String::new(), ..maria.at("../alice") };
    for named in ["maria", &maria.id] {
        let looks = looks(&alice.with_env("GIT_COORD_AS", named), 1);
        assert_eq!(looks[0]["health"], "bad", "{looks:?}");
        assert!(text(&looks[0]["message"]).contains("GIT_COORD_AS"), "{looks:?}");
        assert!(text(&looks[0]["mend"]).contains("unset GIT_COORD_AS"), "{looks:?}");
    }
    // The legal twins: the agent itself, and the human where she works.
    assert_separate(&alice.with_env("GIT_COORD_AS", "alice"));
    assert_separate(&maria.with_env("GIT_COORD_AS", "maria"));
    let session = maria.with_env("GIT_COORD_AS", "maria").with_env("CLAUDE_SESSION_ID", "s-1");
    assert_eq!(looks(&session, 0)[0]["health"], "advice");
}

#[test]
fn nothing_of_a_key_is_printed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let file = sandbox.home.join(".local/share/git-coord/keys").join(&maria.id);
    let key = fs::read_to_string(file).unwrap();
    let lines: Vec<_> = key.lines().filter(|line| line.len() > 16).collect();
    for ran in [alice.coord(&["doctor"]).ok(), alice.say(&["doctor"]).ok()] {
        assert!(lines.iter().all(|line| !ran.stdout.contains(line) && !ran.stderr.contains(line)), "{ran}");
    }
}

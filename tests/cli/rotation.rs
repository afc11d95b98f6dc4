//! `principals rotate`: another key in the place of one's own, with real keys and agents of OpenSSH.

use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::cli::offline::Setting;
use crate::cli::raw::claim_text;
use crate::cli::signers::Agent;
use crate::cli::signers::assert_signed_with;
use crate::cli::signers::configured;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn path(file: &Path) -> String {
    file.to_str().unwrap().to_owned()
}

fn public(file: &Path) -> String {
    fs::read_to_string(file.with_extension("pub")).unwrap().trim().to_owned()
}

/// Returns the private keys that git coord keeps for everybody here.
fn kept(sandbox: &Sandbox) -> Vec<String> {
    let keys = sandbox.home.join(".local/share/git-coord/keys");
    let names = fs::read_dir(keys).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with(".pub")).collect();
    names.sort();
    names
}

/// Checks that a rotation is refused, and leaves the ledger, git and the keys as they are.
#[track_caller]
fn refuses(sandbox: &Sandbox, actor: &Actor, arguments: &[&str], exit: i32, code: &str) -> Value {
    let before = (actor.head(), kept(sandbox), actor.git(&["config", "user.signingKey"]));
    let error = actor.coord(&[&["principals", "rotate"], arguments].concat()).fails(exit, code);
    assert_eq!((actor.head(), kept(sandbox), actor.git(&["config", "user.signingKey"])), before);
    error
}

/// S7, with legal twin: what is open stays as it is, and the old key signs no more.
#[test]
fn new_key_takes_over_and_what_is_open_stays() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    let bob = maria.enroll("bob", &["--role", "reviewer", "--vendor", "openai"]);
    let claim = text(&alice.claim(&["docs/"])["id"]);
    alice.write("docs/a.md", "Changed\n");
    let signed_before = alice.commit("Change it");
    let asked = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    bob.coord(&["approve", &id, "--delta", &delta]).ok();
    let before = alice.coord(&["whoami"]).ok().json();
    let done = alice.coord(&["principals", "rotate"]).ok().json();
    let told = [&done["type"], &done["id"], &done["old_fingerprint"], &done["set"], &done["guarantee"]];
    assert_eq!(
        told,
        [&json!("rotated"), &json!(alice.id), &before["fingerprint"], &json!(true), &json!("local")],
        "{done}"
    );
    assert_eq!(
        (&done["claims"], &done["requests"], &done["answers"]),
        (&json!([claim]), &json!([id]), &json!([])),
        "{done}"
    );
    assert_eq!(done["next"], json!([format!("git coord join {}", alice.id)]), "{done}");
    let now = alice.coord(&["whoami"]).ok().json();
    assert_eq!((&now["id"], &now["fingerprint"]), (&before["id"], &done["fingerprint"]), "{now}");
    let said = bob.coord(&["principals", "rotate"]).ok().json();
    assert_eq!(said["answers"], json!([id]), "{said}");
    // Stock git signs with it from now on, and verifies what either key signed.
    alice.write("docs/b.md", "Changed\n");
    let signed_after = alice.commit("Change more");
    let signers = sandbox.root.join("signers");
    fs::write(&signers, maria.say(&["principals", "--allowed-signers"]).ok().stdout).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    let fingerprints = [&before, &done].map(|told| text(&told["fingerprint"]));
    for (commit, fingerprint) in [signed_before, signed_after].iter().zip(&fingerprints) {
        let shown = alice.git(&["-c", &setting, "log", "-1", "--format=%G? %GS %GF", commit]);
        assert_eq!(shown, format!("G {}@coord.invalid {fingerprint}", alice.id));
    }
    // The old key: the hook stops its entry, and without the hook it is void.
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&alice.id, "docs/c.md"));
    let by_hand = Actor { id: alice.id.clone(), ..maria.clone() };
    by_hand.raw(&["add", "-A"]).ok();
    let stopped = by_hand.raw(&["commit", "-q", "-S", "-m", "Claim by hand"]);
    assert!(stopped.code != 0 && stopped.stderr.contains("rotated"), "{stopped}");
    by_hand.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Claim by hand"]).ok();
    let entry = maria.coord(&["log", "-n", "1"]).ok().json();
    assert_eq!(entry["void"], "key.revoked", "{entry}");
    // The twin: the claim, the request and the approvals, given with old keys, are as good as before.
    alice.coord(&["renew"]).ok();
    maria.coord(&["land", &id]).ok();
    maria.coord(&["verify", "--full"]).ok();
    assert_eq!(maria.coord(&["doctor"]).objects().iter().filter(|look| look["subject"] == "key").count(), 1);
}

/// What people read: the new key, the old one, and what there is to do elsewhere.
#[test]
fn rotation_tells_what_to_do() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let said = maria.say(&["principals", "rotate"]).ok();
    let all = format!("{}{}", said.stdout, said.stderr);
    for words in
        ["signs with SHA256:", "signs nothing more", "made a key: ", "the old key is still at ", "git coord join "]
    {
        assert!(all.contains(words), "{words}: {said}");
    }
    assert_eq!(kept(&sandbox).len(), 2);
    // As often as one likes; each key is known by its own name.
    maria.coord(&["principals", "rotate"]).ok();
    maria.claim(&["docs/"]);
    assert_eq!(kept(&sandbox).len(), 3);
    assert_eq!(maria.coord(&["join", &maria.id]).ok().json()["id"], maria.id.as_str());
    maria.claim(&["src/"]);
}

/// KEY-3, with legal twin: one key is one principal's for ever.
#[test]
fn key_that_ever_was_anybodys_does_not_take_over() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob, gone) = (maria.agent("alice"), maria.agent("bob"), maria.agent("gone"));
    maria.coord(&["principals", "revoke", "gone"]).ok();
    let first = sandbox.root.join("first");
    fs::copy(alice.key_file(), &first).unwrap();
    fs::copy(format!("{}.pub", alice.key_file()), first.with_extension("pub")).unwrap();
    refuses(&sandbox, &alice, &["--key", &path(&first)], 1, "key.reused");
    alice.coord(&["principals", "rotate"]).ok();
    for taken in [path(&first), bob.key_file(), gone.key_file(), maria.key_file()] {
        refuses(&sandbox, &alice, &["--key", &taken], 1, "key.reused");
        let line = fs::read_to_string(format!("{}.pub", taken.trim_end_matches(".pub"))).unwrap();
        refuses(&sandbox, &alice, &["--key", line.trim()], 1, "key.reused");
    }
    // Nor is what was rotated away anybody's to be enrolled with.
    let line = public(&first);
    maria.coord(&["enroll", "late", "--role", "builder", "--key", &line]).fails(1, "key.reused");
    alice.coord(&["principals", "rotate", "--key", &path(&sandbox.ssh_key("new", ""))]).ok();
    alice.claim(&["docs/"]);
}

/// S15, KEY-2, with legal twin: a thief does not shut its owner out of its place.
#[test]
fn suspended_revoked_and_suspect_principals_do_not_rotate() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.coord(&["principals", "suspend", "alice"]).ok();
    refuses(&sandbox, &alice, &[], 1, "key.revoked");
    maria.coord(&["principals", "reinstate", "alice"]).ok();
    maria.coord(&["principals", "suspect", "alice"]).ok();
    refuses(&sandbox, &alice, &[], 1, "key.suspect");
    let new = sandbox.ssh_key("new", "");
    refuses(&sandbox, &alice, &["--key", &path(&new)], 1, "key.suspect");
    maria.coord(&["principals", "clear", "alice"]).ok();
    alice.coord(&["principals", "rotate", "--key", &path(&new)]).ok();
    maria.coord(&["principals", "revoke", "alice"]).ok();
    refuses(&sandbox, &alice, &[], 1, "key.revoked");
}

#[test]
fn what_is_no_key_or_cannot_sign_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    fs::write(sandbox.root.join("text"), "no key\n").unwrap();
    refuses(&sandbox, &alice, &["--key", &path(&sandbox.root.join("text"))], 5, "key.missing");
    refuses(&sandbox, &alice, &["--key", &path(&sandbox.root.join("absent"))], 5, "key.missing");
    refuses(&sandbox, &alice, &["--key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7"], 2, "usage.argument");
    // Only the public half is there: nobody countersigns.
    let key = sandbox.ssh_key("half", "");
    let line = public(&key);
    fs::rename(&key, sandbox.root.join("aside")).unwrap();
    refuses(&sandbox, &alice, &["--key", &path(&key)], 5, "key.missing");
    refuses(&sandbox, &alice, &["--key", &line], 5, "key.missing");
    fs::rename(sandbox.root.join("aside"), &key).unwrap();
    alice.coord(&["principals", "rotate", "--key", &path(&key)]).ok();
}

#[test]
fn key_with_a_passphrase_takes_over_from_one() {
    let sandbox = Sandbox::new();
    let [old, new] = ["old", "new"].map(|name| sandbox.ssh_key(name, "correct horse"));
    let maria = configured(&sandbox, &path(&old)).with_env("GIT_COORD_PASSPHRASE", "correct horse").begin(&[]);
    let head = maria.head();
    let locked = maria.with_env("GIT_COORD_PASSPHRASE", "wrong");
    locked.coord(&["principals", "rotate", "--key", &path(&new)]).fails(5, "key.missing");
    assert_eq!(maria.head(), head);
    let done = maria.coord(&["principals", "rotate", "--key", &path(&new)]).ok().json();
    assert_eq!((&done["key_file"], &done["old_key_file"]), (&Value::Null, &Value::Null), "{done}");
    assert_eq!(maria.git(&["config", "user.signingKey"]), path(&new));
    maria.claim(&["src/"]);
    assert_signed_with(&sandbox, &maria, &public(&new));
}

#[test]
fn key_in_an_agent_takes_over_from_one() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let [old, new, named] = ["old", "new", "named"].map(|name| sandbox.ssh_key(name, ""));
    for key in [&old, &new, &named] {
        agent.add(&sandbox.somebody(&sandbox.root), &path(key));
        fs::remove_file(key).unwrap();
    }
    let maria = agent.known_to(&configured(&sandbox, &path(&old.with_extension("pub")))).begin(&[]);
    for (key, given) in [(&new, public(&new)), (&named, path(&named.with_extension("pub")))] {
        maria.coord(&["principals", "rotate", "--key", &given]).ok();
        maria.claim(&[&format!("tests/{}/", maria.head())]);
        assert_signed_with(&sandbox, &maria, &public(key));
        maria.write("note", &maria.head());
        maria.commit("Signed by the agent as well");
    }
}

/// Where others decide: in one entry there, and not at all while it is away.
#[test]
fn rotation_is_decided_at_the_remote_and_other_clones_join_again() {
    let setting = Setting::new();
    let (alice, maria) = (&setting.alice, &setting.other);
    setting.cut();
    refuses(&setting.sandbox, alice, &[], 5, "remote.unreachable");
    setting.mend();
    // What alice left offline in another clone was signed with the key that she has no more.
    let second = setting.hub.clone(&setting.sandbox, "second");
    second.coord(&["join", &alice.id, "--remote", "hub"]).ok();
    let second = Actor { id: alice.id.clone(), ..second };
    let left = text(&second.coord(&["claim", "docs/", "--intent", "x", "--offline"]).ok().json()["id"]);
    let done = alice.coord(&["principals", "rotate"]).ok().json();
    assert_eq!(done["guarantee"], "remote", "{done}");
    assert_eq!(alice.head(), setting.at_hub());
    // The new key is on this machine: git coord finds it, and git has to be told.
    let lost = second.coord(&["sync"]).exits(3).of_type("synced");
    assert_eq!((&lost[0]["id"], &lost[0]["code"]), (&left.into(), &"key.revoked".into()), "{lost:?}");
    assert!(maria.coord(&["status"]).ok().of_type("claim").is_empty());
    second.coord(&["claim", "docs/", "--intent", "x"]).ok();
    let git_signs_with = || second.git(&["config", "user.signingKey"]);
    assert_ne!(git_signs_with(), text(&done["key_file"]));
    let looks = second.coord(&["doctor"]).exits(1).objects();
    let look = looks.iter().find(|look| look["subject"] == "key").unwrap();
    assert_eq!((&look["health"], &look["mend"]), (&"bad".into(), &format!("git coord join {}", alice.id).into()));
    second.coord(&["join", &alice.id]).ok();
    assert_eq!(git_signs_with(), text(&done["key_file"]));
    assert_eq!(
        second.coord(&["doctor"]).ok().objects().iter().find(|look| look["subject"] == "key").unwrap()["health"],
        "good"
    );
    // On a machine that has only the old one, nobody signs.
    let key = Path::new(&text(&done["key_file"])).to_owned();
    fs::rename(&key, key.with_file_name("elsewhere")).unwrap();
    fs::rename(key.with_extension("pub"), key.with_file_name("elsewhere.pub")).unwrap();
    second.coord(&["claim", "src/", "--intent", "x"]).fails(5, "key.missing");
    second.coord(&["join", &alice.id]).fails(5, "key.missing");
    fs::rename(key.with_file_name("elsewhere"), &key).unwrap();
    second.coord(&["claim", "src/", "--intent", "x"]).ok();
}

//! Environments and configurations that want to be obeyed: no command that reads runs anything for them.

use std::fs;
use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::landing::Approved;

/// A program that leaves a trace when it is run.
pub(super) struct Canary {
    pub(super) program: String,
    trace: PathBuf,
}

impl Canary {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        let trace = sandbox.root.join("trace");
        let program = sandbox.script("canary", &format!("#!/bin/sh\necho \"$0 $*\" >>'{}'\ncat\n", trace.display()));
        Self { program: program.to_str().unwrap().to_owned(), trace }
    }

    /// The control: it is there when stock git has run, and is taken away.
    #[track_caller]
    pub(super) fn assert_sang(&self) {
        assert!(self.trace.exists(), "stock git does not run the canary; the test tests nothing");
        fs::remove_file(&self.trace).unwrap();
    }

    #[track_caller]
    pub(super) fn assert_silent(&self, what: &[&str]) {
        let trace = fs::read_to_string(&self.trace).unwrap_or_default();
        assert_eq!(trace, "", "{what:?} ran what it should not");
    }
}

/// Returns a ledger with something of everything, and the id of a request.
fn full_ledger(sandbox: &Sandbox) -> (Actor, String) {
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    maria.coord(&["find", "Slow", "--on", "src/a.rs"]).ok();
    (maria, text(&request["id"]))
}

fn reading(request: &str) -> Vec<Vec<&str>> {
    let all = "status|status --all|log|verify|verify --full|audit|audit src/a.rs:1|check src/a.rs|findings|inbox|whoami\
               |principals|principals --allowed-signers|doctor|policy show|policy check|hooks status\
               |policy explain main..alice|gate --ref main --base main --head alice";
    let mut verbs: Vec<Vec<&str>> = all.split('|').map(|line| line.split_whitespace().collect()).collect();
    verbs.push(vec!["show", request]);
    verbs.push(vec!["gate", "explain", request]);
    verbs.push(vec!["policy", "explain", request]);
    verbs
}

/// ENV-2, with legal twin and control
#[test]
fn hostile_configuration_is_never_executed() {
    let sandbox = Sandbox::new();
    let (maria, request) = full_ledger(&sandbox);
    let canary = Canary::new(&sandbox);
    let hooks = sandbox.root.join("evil-hooks");
    let all_hooks = "pre-commit post-commit commit-msg prepare-commit-msg post-checkout post-index-change post-rewrite \
                     reference-transaction pre-push post-merge fsmonitor-watchman pre-auto-gc update";
    for name in all_hooks.split_whitespace() {
        sandbox.script(&format!("evil-hooks/{name}"), &format!("#!/bin/sh\nexec {} </dev/null\n", canary.program));
    }
    maria.write(".gitattributes", "* diff=evil filter=evil merge=evil\n");
    fs::write(maria.directory.join(".git/info/attributes"), "* diff=evil filter=evil merge=evil\n").unwrap();
    let program = canary.program.as_str();
    let shell = format!("!{program}");
    let settings = [
        ("core.fsmonitor", program),
        ("core.pager", program),
        ("core.editor", program),
        ("core.sshCommand", program),
        ("core.hooksPath", hooks.to_str().unwrap()),
        ("core.alternateRefsCommand", program),
        ("diff.external", program),
        ("diff.evil.textconv", program),
        ("diff.evil.command", program),
        ("filter.evil.clean", program),
        ("filter.evil.smudge", program),
        ("filter.evil.process", program),
        ("merge.evil.driver", program),
        ("gpg.program", program),
        ("gpg.ssh.program", program),
        ("gpg.ssh.defaultKeyCommand", program),
        ("credential.helper", &shell),
        ("sequence.editor", program),
        ("interactive.diffFilter", program),
        ("uploadpack.packObjectsHook", program),
    ];
    for (key, value) in settings {
        for place in [&maria, &maria.ledger()] {
            place.git(&["config", "--worktree", key, value]);
        }
    }
    for verb in ["status", "log", "verify", "diff", "commit", "show", "rev-parse", "worktree", "diff-index", "ls-files"]
    {
        maria.git(&["config", &format!("alias.{verb}"), &shell]);
    }
    maria.try_git(&["status"]);
    canary.assert_sang();
    maria.write(".coord/claims/c-22222222.toml", "a draft\n");
    for arguments in reading(&request) {
        let ran = maria.coord(&arguments);
        assert!([0, 1, 3].contains(&ran.code), "{ran}");
        canary.assert_silent(&arguments);
        maria.say(&arguments);
        canary.assert_silent(&arguments);
    }
    maria.coord(&["watch", "--idle", "1s"]).ok();
    canary.assert_silent(&["watch"]);
    // Whoever signs runs the signing program of the user's choice, and nothing else.
    for place in [&maria, &maria.ledger()] {
        place.git(&["config", "--worktree", "--unset", "gpg.ssh.program"]);
    }
    let writing: [&[&str]; 5] = [
        &["claim", "docs/", "--intent", "x"],
        &["renew", "--ttl", "1h"],
        &["find", "x", "--on", "src/"],
        &["release", "docs/"],
        &["approve", &request, "--delta", &delta(&maria, &request)],
    ];
    for arguments in writing {
        maria.coord(arguments).ok();
        canary.assert_silent(arguments);
    }
}

fn delta(actor: &Actor, request: &str) -> String {
    let found = actor.coord(&["status", "--all"]).ok().of_type("request");
    text(&found.iter().find(|found| found["id"] == request).unwrap()["delta"])
}

/// ENV-1, with legal twin and control
#[test]
fn hostile_environment_changes_no_answer() {
    let sandbox = Sandbox::new();
    let (maria, request) = full_ledger(&sandbox);
    let other = sandbox.repository("other").begin(&[]);
    other.claim(&["docs/"]);
    let canary = Canary::new(&sandbox);
    let evil = sandbox.root.join("evil");
    fs::create_dir(&evil).unwrap();
    for name in ["git", "git-upload-pack", "git-remote-https", "git-diff-index"] {
        sandbox.script(&format!("evil/{name}"), &format!("#!/bin/sh\nexec {} </dev/null\n", canary.program));
    }
    let configuration = evil.join("config");
    fs::write(
        &configuration,
        format!("[core]\n\tfsmonitor = {0}\n\tpager = {0}\n[diff]\n\texternal = {0}\n", canary.program),
    )
    .unwrap();
    let theirs = |inside: &str| other.directory.join(".git").join(inside).to_str().unwrap().to_owned();
    let variables: Vec<(&str, String)> = vec![
        ("GIT_DIR", theirs("")),
        ("GIT_WORK_TREE", other.directory.to_str().unwrap().to_owned()),
        ("GIT_COMMON_DIR", theirs("")),
        ("GIT_OBJECT_DIRECTORY", theirs("objects")),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", theirs("objects")),
        ("GIT_QUARANTINE_PATH", theirs("objects")),
        ("GIT_INDEX_FILE", theirs("index")),
        ("GIT_NAMESPACE", "evil".to_owned()),
        ("GIT_REPLACE_REF_BASE", "refs/heads/".to_owned()),
        ("GIT_GRAFT_FILE", configuration.to_str().unwrap().to_owned()),
        ("GIT_SHALLOW_FILE", configuration.to_str().unwrap().to_owned()),
        ("GIT_CEILING_DIRECTORIES", sandbox.root.to_str().unwrap().to_owned()),
        ("GIT_CONFIG", configuration.to_str().unwrap().to_owned()),
        ("GIT_CONFIG_GLOBAL", configuration.to_str().unwrap().to_owned()),
        ("GIT_CONFIG_SYSTEM", configuration.to_str().unwrap().to_owned()),
        ("GIT_CONFIG_PARAMETERS", format!("'core.fsmonitor={}'", canary.program)),
        ("GIT_EXEC_PATH", evil.to_str().unwrap().to_owned()),
        ("GIT_SSH_COMMAND", canary.program.clone()),
        ("GIT_PROXY_COMMAND", canary.program.clone()),
        ("GIT_EXTERNAL_DIFF", canary.program.clone()),
        ("GIT_PAGER", canary.program.clone()),
        ("PAGER", canary.program.clone()),
        ("GIT_EDITOR", canary.program.clone()),
        ("GIT_ASKPASS", canary.program.clone()),
        ("SSH_ASKPASS", canary.program.clone()),
        ("GIT_TRACE", sandbox.root.join("trace").to_str().unwrap().to_owned()),
        ("GIT_DEFAULT_HASH", "sha256".to_owned()),
        ("GIT_LITERAL_PATHSPECS", "1".to_owned()),
        ("GIT_DIFF_OPTS", "--unified=0".to_owned()),
        ("GIT_ATTR_SOURCE", "main".to_owned()),
    ];
    let counted = maria.with_env("GIT_CONFIG_COUNT", "1").with_env("GIT_CONFIG_KEY_0", "core.fsmonitor");
    let counted = counted.with_env("GIT_CONFIG_VALUE_0", &canary.program);
    let mut attacked: Vec<(String, Actor)> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), maria.with_env(name, value))).collect();
    let all = variables.iter().fold(maria.clone(), |actor, (name, value)| actor.with_env(name, value));
    attacked.push(("GIT_CONFIG_COUNT".to_owned(), counted));
    attacked.push(("all of them".to_owned(), all));
    maria.with_env("GIT_EXTERNAL_DIFF", &canary.program).try_git(&["diff", "main", "alice"]);
    canary.assert_sang();
    let ask = |actor: &Actor| -> Vec<_> {
        let mut verdicts: Vec<_> = [&["verify", "--full"][..], &["gate", "explain", &request], &["check", "src/a.rs"]]
            .iter()
            .map(|arguments| actor.coord(arguments))
            .map(|ran| (ran.code, ran.stdout))
            .collect();
        // Its age is another at every look.
        let mut status = actor.coord(&["status"]).ok().objects();
        status.iter_mut().for_each(|object| drop(object.as_object_mut().unwrap().remove("age_s")));
        verdicts.push((0, serde_json::to_string(&status).unwrap()));
        verdicts
    };
    let expected = ask(&maria);
    for (name, actor) in &attacked {
        assert_eq!(ask(actor), expected, "{name}");
        canary.assert_silent(&[name]);
    }
    let before = other.head();
    for (number, (name, actor)) in attacked.iter().take(8).enumerate() {
        let claim = actor.claim(&[&format!("hostile/{number}")]);
        assert_eq!(claim["state"], "held", "{name}");
        maria.coord(&["check", &format!("hostile/{number}")]).exits(0);
    }
    assert_eq!(other.head(), before, "the other repository is untouched");
    maria.assert_clean();
    maria.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn git_of_a_relative_search_path_is_not_run() {
    let sandbox = Sandbox::new();
    let (maria, request) = full_ledger(&sandbox);
    let canary = Canary::new(&sandbox);
    let body = format!("#!/bin/sh\nexec {} </dev/null\n", canary.program);
    sandbox.script("work/git", &body);
    let (_, path) = maria.environment.iter().find(|(name, _)| name == "PATH").unwrap().clone();
    for relative in [".:", ":", "./:", "../work:"] {
        let poisoned = maria.with_env("PATH", format!("{relative}{}", path.to_str().unwrap()));
        for arguments in reading(&request) {
            let mut command = maria.command("git-coord");
            command.envs(poisoned.environment.clone()).arg("--json").args(&arguments);
            Ran::of(command);
            canary.assert_silent(&arguments);
        }
    }
}

/// ENV-3, with legal twin and control
#[test]
fn bare_repository_inside_the_tree_runs_nothing() {
    let sandbox = Sandbox::new();
    let (maria, _) = full_ledger(&sandbox);
    let canary = Canary::new(&sandbox);
    maria.git(&["init", "-q", "--bare", "evil"]);
    let inside = maria.at("evil");
    inside.git(&["config", "core.fsmonitor", &canary.program]);
    inside.git(&["config", "core.bare", "false"]);
    inside.git(&["config", "core.worktree", maria.directory.to_str().unwrap()]);
    inside.git(&["config", "core.hooksPath", "."]);
    inside.try_git(&["status"]);
    canary.assert_sang();
    let height = maria.head();
    for arguments in [&["status"][..], &["verify"], &["claim", "docs/", "--intent", "x"], &["doctor"]] {
        inside.coord(arguments);
        canary.assert_silent(arguments);
    }
    maria.coord(&["verify", "--full"]).ok();
    let entries = maria.git(&["rev-list", "--count", &format!("{height}..coord")]);
    assert!(entries == "0" || entries == "1", "{entries}");
}

/// ENV-2, with legal twin and control:
/// to see whether the work tree can follow, nothing is run that a repository configures for its files.
#[test]
fn landing_here_runs_no_filter_to_compare() {
    let sandbox = Sandbox::new();
    let approved = Approved::new(&sandbox);
    let maria = &approved.maria;
    let canary = Canary::new(&sandbox);
    for key in ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command", "diff.external"] {
        maria.git(&["config", key, &canary.program]);
    }
    fs::write(maria.directory.join(".git/info/attributes"), "README.md filter=evil diff=evil\n").unwrap();
    // It is as it was, but git cannot know that without a look.
    let touch = |seconds: &str| {
        let mut command = maria.command("touch");
        command.args(["-d", seconds, "README.md"]);
        Ran::of(command).ok();
    };
    touch("@1000000000");
    maria.try_git(&["diff", "--quiet", "--no-ext-diff", "HEAD"]);
    canary.assert_sang();
    let readme = maria.read("README.md");
    maria.write("README.md", "Mine\n");
    maria.coord(&["land", &approved.request]).fails(2, "usage.argument");
    canary.assert_silent(&["land", "refused"]);
    maria.write("README.md", &readme);
    touch("@1000000001");
    maria.coord(&["land", &approved.request]).ok();
    canary.assert_silent(&["land"]);
    assert_eq!(maria.read("src/a.rs"), "fn a() { 1 }\n", "the work tree has followed");
}

/// SIG-14, LED-17, with legal twin and control:
/// who signed is told by the ledger at its head, not by files that git is configured with, nor by what
/// somebody typed into the checkout.
#[test]
fn files_beside_the_ledger_say_nothing_of_keys_and_rules() {
    let sandbox = Sandbox::new();
    let (maria, request) = full_ledger(&sandbox);
    let signers = maria.say(&["principals", "--allowed-signers"]).ok().stdout;
    maria.write("../honest", &signers);
    let keys: String =
        signers.lines().filter_map(|line| line.find("ssh-ed25519").map(|at| format!("{}\n", &line[at..]))).collect();
    maria.write("../revoked", &keys);
    let file = |name: &str| sandbox.root.join(name).display().to_string();
    let settings = |signers: &str, revoked: &str| {
        maria.git(&["config", "gpg.ssh.allowedSignersFile", signers]);
        maria.git(&["config", "gpg.ssh.revocationFile", revoked]);
    };
    let stock = || maria.try_git(&["verify-commit", "coord"]).code == 0;
    let ours = || {
        let [verified, explained] =
            [&["verify", "--full"][..], &["gate", "explain", &request]].map(|verb| maria.coord(verb));
        (verified.code, verified.stdout, explained.code, explained.stdout)
    };
    let expected = ours();
    let empty = "/dev/null".to_owned();
    for (signers, revoked, is_good) in [
        (file("honest"), empty.clone(), true),
        (empty.clone(), empty.clone(), false),
        (file("honest"), file("revoked"), false),
        (file("missing"), empty, false),
    ] {
        settings(&signers, &revoked);
        assert_eq!(stock(), is_good, "{signers} {revoked}");
        assert_eq!(ours(), expected, "{signers} {revoked}");
    }
    // Nobody needs an approval, and everybody may land, says the checkout.
    let policy = maria.read(".coord/policy.toml");
    maria.write(".coord/policy.toml", &policy[..policy.find("[[protect]]").unwrap()]);
    for name in fs::read_dir(maria.directory.join(".coord/principals")).unwrap().map(|entry| entry.unwrap().path()) {
        let record = fs::read_to_string(&name).unwrap();
        fs::write(&name, record.replace("builder", "maintainer").replace("reviewer", "maintainer")).unwrap();
    }
    assert_eq!(ours(), expected, "what was typed");
    maria.ledger().git(&["add", "-A"]);
    assert_eq!(ours(), expected, "what was staged");
}

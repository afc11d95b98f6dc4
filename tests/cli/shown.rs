//! A repository and a ledger full of text that moves terminals: no command shows any of it as it is.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

use crate::agents::told::with_input;
use crate::cli::raw::claim_text;
use crate::fuzzing::harmless::assert_harmless_file;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::tidy::source::read;

/// Clears a screen, sets a title, goes back in the line, turns text round, hides some.
const EVIL: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}y\u{2066}\u{200b}\u{2028}\u{feff}\u{e0041}\u{8}\r\tz";
/// What of it git lets into the name of a branch.
const BRANCH: &str = "evil\u{9b}\u{202e}y\u{2066}\u{200b}\u{2028}\u{feff}\u{e0041}z";
/// What of it is text by the rules of records: joiners, and characters that are nobody's.
const JOINED: &str = "x\u{200d}y\u{200c}z\u{e000} \"quoted\\\" \u{ad}";
/// What policies may have in comments.
const COMMENT: &str = "# x\u{200b}\u{2028}\u{feff}\u{e0041}\u{2060}\tz";

/// Every command with the words it is run with; `{…}` stands for what is there, a second line for another run.
const RUNS: &[(&str, &str)] = &[
    ("whoami", "whoami"),
    ("principals", "principals\nprincipals --allowed-signers"),
    ("principals rotate", "principals rotate {evil}"),
    ("principals suspend", "principals suspend {evil}\nprincipals suspend bob"),
    ("principals reinstate", "principals reinstate {evil}\nprincipals reinstate bob"),
    ("principals suspect", "principals suspect {evil} --since 3"),
    ("principals clear", "principals clear {evil}"),
    ("principals confirm", "principals confirm {evil}\nprincipals confirm bob"),
    ("status", "status\nstatus --all"),
    ("inbox", "inbox"),
    ("brief", "brief\nbrief {path}"),
    ("findings", "findings\nfindings {path}"),
    ("decisions", "decisions\ndecisions {path}"),
    ("similar", "similar {joined}\nsimilar {evil}"),
    ("check", "check {path}\ncheck src/a.rs\ncheck {evil}"),
    ("check attest", "check attest {request} --passed test --tree HEAD\ncheck attest {evil} --passed {evil}"),
    ("gate", "gate --ref main --base main --head {branch}\ngate --ref {evil} --base {evil} --head {evil}"),
    ("gate explain", "gate explain {request}\ngate explain {evil}"),
    ("policy", "policy"),
    ("policy show", "policy show\npolicy show {proposal}\npolicy show {evil}"),
    ("policy check", "policy check\npolicy check {policy}\npolicy check {evil}"),
    ("policy explain", "policy explain {request}\npolicy explain main..{branch}\npolicy explain {evil}"),
    ("policy propose", "policy propose {policy}\npolicy propose {evil}"),
    ("policy activate", "policy activate {evil}"),
    ("policy rollback", "policy rollback 1"),
    ("log", "log"),
    ("show", "show {request}\nshow {claim}\nshow {finding}\nshow {proposal}\nshow {decision}\nshow {evil}"),
    ("audit", "audit\naudit {path}:1\naudit {evil}"),
    ("tax", "tax"),
    ("verify", "verify\nverify --full"),
    ("doctor", "doctor"),
    ("hooks", "hooks"),
    ("hooks status", "hooks status"),
    ("agent", "agent"),
    ("agent install", "agent install claude --scope project\nagent install {evil}"),
    ("agent uninstall", "agent uninstall claude --scope project"),
    ("reactions", "reactions"),
    ("reactions trust", "reactions trust"),
    ("reactions retry", "reactions retry\nreactions retry {evil}"),
    ("watch", "watch --idle 1s"),
    ("claim", "claim {path} --intent {joined}\nclaim src/a.rs --intent {joined}\nclaim {evil} --intent {evil}"),
    ("renew", "renew\nrenew {evil}"),
    ("handoff", "handoff {claim} bob\nhandoff {evil} {evil}"),
    ("revoke", "revoke {claim}\nrevoke {evil}"),
    ("release", "release {path}\nrelease {evil} --note {evil}"),
    ("find", "find {joined} --on {path}\nfind {evil} --on {evil}"),
    ("resolve", "resolve {finding} --reason {evil}\nresolve {evil}"),
    ("dismiss", "dismiss {finding}\ndismiss {evil}"),
    ("decide", "decide {joined} --answer {joined} --on src/\ndecide {evil} --answer {evil} --on {evil}"),
    ("request", "request {branch} --into main --title {joined}\nrequest {branch} --into {evil}"),
    ("request action", "request action deploy -- {evil}\nrequest action {evil} -- {evil}"),
    ("approve", "approve {request} --delta {delta}\napprove {evil} --delta {evil}"),
    ("reject", "reject {request} --delta {delta} --reason {joined}\nreject {evil} --reason {evil}"),
    ("veto", "veto {request} --delta {delta} --reason {joined}\nveto {evil}"),
    ("overrule", "overrule {request} --delta {delta} --reason {joined}\noverrule {evil} --reason {evil}"),
    ("withdraw", "withdraw {request}\nwithdraw {evil}"),
    ("land", "land {request}\nland {evil}"),
    ("run", "run {request}\nrun {evil}"),
    ("enroll", "enroll {evil}\nenroll zoe --operator {evil}"),
    ("init", "init\ninit --name {evil}"),
    ("join", "join\njoin --pin {evil} --name {evil}"),
    ("sync", "sync"),
    ("commit", "commit"),
    ("principals revoke", "principals revoke {evil}\nprincipals revoke bob"),
    ("hooks install", "hooks install"),
    ("hooks uninstall", "hooks uninstall"),
    ("completions", "completions bash\ncompletions {evil}"),
    ("manual", "manual"),
    // What it shows it has written itself, in a directory of its own.
    ("demo", "demo --on {evil}"),
    ("mcp", ""),
];

/// What stands for what in the words of a run.
struct Full {
    maria: Actor,
    words: Vec<(&'static str, String)>,
}

impl Full {
    /// Makes the repository and the ledger.
    fn new(sandbox: &Sandbox) -> Self {
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        maria.agent("bob");
        let path = format!("src/{}.rs", EVIL.replace('/', "_"));
        for actor in [&maria, &alice] {
            actor.git(&["config", "user.name", &EVIL.replace(['\r', '\u{feff}'], "")]);
        }
        let pattern = EVIL.replace(|c: char| c.is_control(), "").replace(['[', ']', '\u{feff}'], "");
        alice.claim(&["src/"]);
        let claim = alice.coord(&["claim", "docs/", "--intent", JOINED]).ok().json();
        alice.git(&["checkout", "-q", "-b", BRANCH]);
        alice.write(&path, "fn a() { 1 }\n");
        alice.write("src/a.rs", "fn a() { 2 }\n");
        alice.git(&["add", "-A"]);
        let message = format!("Change {EVIL}\n\nCo-authored-by: {EVIL} <{EVIL}@x>\nCoord-Claim: {EVIL}\n");
        alice.git(&["commit", "-q", "--cleanup=verbatim", "-m", &message]);
        let request = alice.coord(&["request", "HEAD", "--into", "main", "--title", JOINED]).ok().json();
        let finding = maria.coord(&["find", JOINED, "--on", "src/", "--severity", "high"]).ok().json();
        let decision = maria.coord(&["decide", JOINED, "--answer", JOINED, "--on", "src/"]).ok().json();
        let policy = format!("{COMMENT}\n{}\n{COMMENT}\n", maria.say(&["policy", "show"]).ok().stdout);
        let policy = policy.replace("version = 1", "version = 2");
        maria.write("policy.toml", &policy);
        let proposed = maria.coord(&["policy", "propose", "policy.toml"]);
        let proposal = if proposed.code == 0 { text(&proposed.json()["id"]) } else { text(&request["id"]) };
        // What stock git says in the ledger: a message of any bytes, over a record that counts and over one that does not.
        maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, &format!("tests/{pattern}")));
        maria.raw(&["add", "-A"]).ok();
        maria.raw(&[
            "commit",
            "-q",
            "-S",
            "--cleanup=verbatim",
            "--no-verify",
            "-m",
            &format!("{EVIL}\n\nCoord-Session: {EVIL}"),
        ]);
        maria.write(&format!(".coord/{path}"), EVIL);
        maria.raw(&["add", "-A"]).ok();
        maria.raw(&["commit", "-q", "-S", "--cleanup=verbatim", "--no-verify", "-m", EVIL]);
        maria.write(&format!(".coord/claims/{}.toml", EVIL.replace('/', "_")), EVIL);
        maria.write(".coord/claims/c-33333333.toml", &format!("intent = \"{EVIL}\"\n{EVIL} = 1\n"));
        fs::write(maria.directory.join(".git/hooks/pre-push"), format!("#!/bin/sh\necho '{EVIL}'\n")).ok();
        let words = vec![
            ("{evil}", EVIL.to_owned()),
            ("{joined}", JOINED.to_owned()),
            ("{path}", path),
            ("{branch}", BRANCH.to_owned()),
            ("{policy}", "policy.toml".to_owned()),
            ("{proposal}", proposal),
            ("{request}", text(&request["id"])),
            ("{delta}", text(&request["delta"])),
            ("{claim}", text(&claim["id"])),
            ("{finding}", text(&finding["id"])),
            ("{decision}", text(&decision["id"])),
        ];
        Self { maria, words }
    }

    /// Runs a command for people and for programs.
    #[track_caller]
    fn run(&self, line: &str) {
        let word = |word: &str| self.words.iter().find(|(name, _)| *name == word).map(|(_, word)| word.clone());
        let words = line.split(' ').map(|part| word(part).unwrap_or_else(|| self.filled(part)));
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        check(line, &self.maria.say(&words));
        check(line, &self.maria.coord(&words));
    }

    fn filled(&self, part: &str) -> String {
        self.words.iter().fold(part.to_owned(), |part, (name, word)| part.replace(name, word))
    }
}

#[track_caller]
fn check(what: &str, ran: &Ran) {
    assert!((0..=5).contains(&ran.code), "{what} ends with {}: {ran}", ran.code);
    for said in [&ran.stdout, &ran.stderr] {
        assert_harmless_file(said, what);
    }
}

fn fed(actor: &Actor, words: &[&str], input: &str) -> Ran {
    let mut command = actor.command("git-coord");
    command.args(words);
    with_input(command, input.as_bytes())
}

/// PARSE-7: the page of commands is generated from the grammar, so that a new one is not forgotten here.
#[test]
fn no_command_shows_what_moves_a_terminal() {
    let sandbox = Sandbox::new();
    let full = Full::new(&sandbox);
    sandbox.leave_uninspected(&full.maria.directory);
    let page = read("docs/cli.md");
    let known: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("## git coord ")).collect();
    let tried: BTreeSet<&str> = RUNS.iter().map(|(name, _)| *name).collect();
    assert_eq!(tried, known, "every command is run");
    for (_, lines) in RUNS {
        lines.lines().for_each(|line| full.run(line));
    }
    full.run("{evil}");
    full.run("status --{evil}");
}

/// PARSE-7: hooks answer git and agents' programs, which show it to people and models.
#[test]
fn no_hook_shows_what_moves_a_terminal() {
    let sandbox = Sandbox::new();
    let full = Full::new(&sandbox);
    sandbox.leave_uninspected(&full.maria.directory);
    let maria = &full.maria;
    let path = full.filled("{path}");
    let payload = json!({
        "session_id": EVIL, "cwd": maria.directory, "tool_name": "Edit",
        "tool_input": {"file_path": path, "old_string": EVIL, "new_string": EVIL},
    });
    let odd = json!({"session_id": EVIL, "cwd": EVIL, "tool_name": EVIL, "tool_input": EVIL});
    for client in ["claude", "codex", "cursor", "gemini", "copilot", "opencode"] {
        for event in ["before-edit", "after-edit", "session-start", "session-end", EVIL] {
            for told in [payload.to_string(), odd.to_string(), EVIL.to_owned()] {
                let ran = fed(maria, &["agent", "hook", client, event], &told);
                assert_harmless_file(&ran.stdout, event);
                assert_harmless_file(&ran.stderr, event);
            }
        }
    }
    let head = maria.git(&["rev-parse", "HEAD"]);
    let null = "0".repeat(head.len());
    let lines = [
        format!("{head} {null} refs/heads/{EVIL}\n"),
        format!("{null} {head} refs/heads/{BRANCH}\n{null} {head} refs/heads/main\n"),
        EVIL.to_owned(),
    ];
    for name in ["pre-receive", "reference-transaction", "post-receive", "pre-push", "pre-commit", EVIL] {
        for line in &lines {
            let ran = fed(maria, &["hook", name, "prepared", EVIL], line);
            assert_harmless_file(&ran.stdout, name);
            assert_harmless_file(&ran.stderr, name);
        }
    }
}

/// PARSE-7: what a server says while it refuses is the word of a stranger.
#[test]
fn no_word_of_a_server_moves_a_terminal() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    maria.git(&["config", "user.name", "Maria"]);
    let hook = format!("#!/bin/sh\nprintf '%s\\n' '{EVIL}' >&2\nexit 1\n");
    sandbox.script("hub.git/hooks/update", &hook);
    for words in [
        &["claim", "src/a.rs", "--intent", "Work"][..],
        &["find", "Slow", "--on", "src/"],
        &["sync"],
        &["status"],
        &["doctor"],
        &["verify"],
    ] {
        check(words[0], &maria.say(words));
        check(words[0], &maria.coord(words));
    }
    maria.git(&["config", "remote.hub.url", &format!("ssh://{}@127.0.0.1:1/x", "a\u{202e}\u{200b}b")]);
    for words in [&["claim", "src/b.rs", "--intent", "Other work"][..], &["sync"], &["status"], &["doctor"]] {
        check(words[0], &maria.say(words));
        check(words[0], &maria.coord(words));
    }
    sandbox.leave_uninspected(&maria.directory);
    sandbox.leave_uninspected(&hub.directory);
}

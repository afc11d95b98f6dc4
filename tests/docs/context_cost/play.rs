//! The day of a team, in which every command is used.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// One answer.
pub(super) struct Cost {
    pub(super) command: String,
    pub(super) answer: String,
}

/// A team at work, and what it was told.
struct Play {
    is_json: bool,
    costs: Vec<Cost>,
}

impl Play {
    /// Runs a command, which is done, and keeps what it says.
    #[track_caller]
    fn ask(&mut self, actor: &Actor, verb: &str, arguments: &[&str]) {
        self.hear(actor, verb, arguments, 0);
    }

    /// Runs a command and keeps its answer, both streams, as whoever called it sees them.
    #[track_caller]
    fn hear(&mut self, actor: &Actor, verb: &str, arguments: &[&str], exit: i32) {
        let all: Vec<&str> = verb.split(' ').chain(arguments.iter().copied()).collect();
        let ran = if self.is_json { actor.coord(&all) } else { actor.say(&all) };
        assert_eq!(ran.code, exit, "`{verb}` went otherwise: {ran}");
        let answer = format!("{}{}", ran.stdout, ran.stderr);
        self.costs.push(Cost { command: verb.to_owned(), answer });
    }

    /// The same for a command that makes a record. Returns its id.
    #[track_caller]
    fn make(&mut self, actor: &Actor, verb: &str, arguments: &[&str]) -> String {
        self.ask(actor, verb, arguments);
        let entry = actor.coord(&["log"]).ok().json();
        let mut ids = entry["changes"].as_array().unwrap().iter().map(|change| text(&change["id"]));
        // A changed policy has a file beside its request.
        ids.find(|id| id.len() == "r-00000000".len()).unwrap()
    }
}

/// Returns the delta that a request asks to land.
#[track_caller]
fn delta_of(actor: &Actor, request: &str) -> String {
    let record = text(&actor.coord(&["show", request]).ok().json()["text"]);
    let delta = record.lines().find_map(|line| line.strip_prefix("delta")).unwrap();
    delta.trim_start_matches([' ', '=']).trim_matches('"').to_owned()
}

const INTENTS: [&str; 8] = [
    "Read the token from the header only",
    "Show the date in the zone of the reader",
    "Let uploads resume where they broke off",
    "Cache thumbnails for a day",
    "Refuse passwords that have leaked",
    "Sort search results by date",
    "Send one mail a day instead of ten",
    "Draw the chart without the old library",
];

/// Twelve weeks of nobody tidying up: claims, findings and requests that others made.
pub(super) fn crowd(maria: &Actor) {
    for (at, intent) in INTENTS.iter().enumerate() {
        let somebody = maria.agent(&format!("agent-{at}"));
        let path = format!("src/part-{at}/main.rs");
        somebody.coord(&["claim", &path, "--intent", intent]).ok();
        somebody.write(&path, "fn main() {}\n");
        somebody.commit(intent);
        somebody.coord(&["request", "HEAD", "--into", "main"]).ok();
        let text = format!("{intent}: the test of it fails on the first of a month");
        somebody.coord(&["find", &text, "--on", &path, "--kind", "bug"]).ok();
    }
}

/// Plays the day of a team: every command as it is used.
pub(super) fn play(is_json: bool) -> Vec<Cost> {
    let sandbox = Sandbox::with_format("sha1");
    let mut play = Play { is_json, costs: Vec::new() };
    let somebody = sandbox.repository("work");
    play.ask(&somebody, "init", &["--name", "maria", "--template", "team"]);
    let maria = Actor { id: text(&somebody.coord(&["whoami"]).ok().json()["id"]), ..somebody };
    let of_other = ["--vendor", "openai", "--operator", "gamma"];
    play.ask(&maria, "enroll", &["carol", "--role", "reviewer"].into_iter().chain(of_other).collect::<Vec<_>>());
    maria.git(&["worktree", "add", "-q", "-b", "carol", "../carol"]);
    play.ask(&maria.at("../carol"), "join", &["carol"]);
    let carol = maria.at("../carol");
    let carol = Actor { id: text(&carol.coord(&["whoami"]).ok().json()["id"]), ..carol };
    maria.coord(&["land", "--adopt", "main"]).ok();
    let (alice, dana) = (maria.agent("alice"), maria.enroll("dana", &["--kind", "human", "--role", "maintainer"]));
    crowd(&maria);

    play.ask(&alice, "whoami", &[]);
    play.ask(&alice, "principals", &[]);
    play.ask(&alice, "similar", &["Let an upload go on after the connection broke"]);
    let settled = ["How long is an account locked?", "--answer", "For a minute, then it opens by itself"];
    play.ask(&maria, "decide", &[&settled[..], &["--on", "src/login.rs"]].concat());
    play.ask(&alice, "decisions", &[]);
    play.ask(&alice, "brief", &[]);
    let claim = play.make(&alice, "claim", &["src/login.rs", "--intent", "Lock an account after ten wrong passwords"]);
    play.ask(&alice, "renew", &[&claim]);
    play.hear(&alice, "check", &["src/login.rs", "src/part-1/"], 3);
    let finding =
        play.make(&alice, "find", &["Sessions outlive the password", "--on", "src/login.rs", "--kind", "bug"]);
    let other = play.make(&alice, "find", &["The log has mail addresses in it", "--on", "src/login.rs"]);
    play.ask(&alice, "findings", &[]);
    play.ask(&maria, "resolve", &[&finding]);
    play.ask(&maria, "dismiss", &[&other]);
    alice.write("src/login.rs", "fn login() {}\n");
    alice.commit("Lock an account after ten wrong passwords");
    let request = play.make(&alice, "request", &["HEAD", "--into", "main"]);
    let delta = delta_of(&alice, &request);
    play.ask(&carol, "inbox", &[]);
    play.ask(&carol, "reject", &[&request, "--delta", &delta, "--reason", "Who unlocks it?"]);
    play.ask(&carol, "withdraw", &[&request]);
    play.ask(&dana, "veto", &[&request, "--delta", &delta, "--reason", "Anybody could lock anybody out"]);
    let veto = maria.veto_entry(&request, &dana.id);
    let reason = ["--reason", "Only for a minute"];
    let named = [request.as_str(), "--veto-of", &dana.id, "--delta", &delta, "--veto", &veto];
    play.ask(&maria, "overrule", &[&named[..], &reason[..]].concat());
    play.hear(&alice, "land", &[&request], 1);
    play.hear(&alice, "gate explain", &[&request], 1);
    play.ask(&carol, "approve", &[&request, "--delta", &delta]);
    play.ask(&alice, "status", &[]);
    play.ask(&alice, "show", &[&request]);
    let (base, head) = (alice.git(&["rev-parse", "main"]), alice.git(&["rev-parse", "HEAD"]));
    play.ask(&alice, "gate", &["--ref", "main", "--base", &base, "--head", &head]);
    play.ask(&maria, "land", &[&request]);
    play.ask(&alice, "handoff", &[&claim, "--to", &carol.id]);
    play.ask(&alice, "release", &[&claim]);
    let forgotten = text(&alice.claim(&["docs/"])["id"]);
    play.ask(&maria, "revoke", &[&forgotten]);
    play.ask(&alice, "audit", &["src/login.rs:1"]);
    change_rules(&mut play, &sandbox, [&maria, &alice, &carol]);
    keep_house(&mut play, &maria);
    change_principals(&mut play, &maria, &carol);
    play.costs
}

/// Puts a draft of the active policy with an edit into a file.
fn draft(maria: &Actor, edit: impl FnOnce(&str) -> String) {
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    maria.write("draft.toml", &edit(&active));
}

/// Names a check and an action in a policy.
fn with_check_and_action(policy: &str) -> String {
    let check = "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n";
    let approvals = "approvals = [{ count = 1, from = [\"reviewer\", \"maintainer\"], distinct = [\"operator\"] }]";
    format!("{policy}{check}\n[[actions]]\nname = \"deploy\"\n{approvals}\nexpires = \"1h\"\n")
}

/// The policy is changed, and what it then names is used.
fn change_rules(play: &mut Play, sandbox: &Sandbox, [maria, alice, carol]: [&Actor; 3]) {
    draft(maria, |policy| policy.replacen("[roles.builder]", "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]", 1));
    let opened = text(&maria.coord(&["policy", "propose", "draft.toml"]).ok().json()["id"]);
    maria.coord(&["policy", "activate", &opened]).ok();
    let service = maria.enroll("ci", &["--kind", "service", "--role", "ci"]);
    draft(maria, with_check_and_action);
    play.ask(maria, "policy check", &["draft.toml"]);
    let opened = play.make(maria, "policy propose", &["draft.toml", "--title", "Let releases be made"]);
    play.ask(maria, "policy activate", &[&opened]);
    play.ask(maria, "policy show", &[]);
    play.ask(maria, "policy explain", &["main"]);
    play.ask(maria, "policy rollback", &["1"]);
    sandbox.script("alice/act.sh", "#!/bin/sh\necho deployed\n");
    let asked = play.make(alice, "request action", &["deploy", "--", "./act.sh"]);
    carol.coord(&["approve", &asked, "--delta", &delta_of(carol, &asked)]).ok();
    play.ask(alice, "run", &[&asked]);
    alice.write("src/login.rs", "fn login() { lock() }\n");
    let head = alice.commit("Lock after five wrong passwords");
    alice.coord(&["request", "HEAD", "--into", "main"]).ok();
    play.ask(&service, "check attest", &["--passed", "tests", "--commit", &head]);
}

/// What becomes of principals and their keys.
fn change_principals(play: &mut Play, maria: &Actor, carol: &Actor) {
    for verb in ["confirm", "suspend", "reinstate", "suspect", "clear"] {
        play.ask(maria, &format!("principals {verb}"), &[&carol.id]);
    }
    play.ask(carol, "principals rotate", &[]);
    play.ask(maria, "principals revoke", &[&carol.id]);
}

/// What a user lets react.
const REACTIONS: &str = "format = 1\n[[reaction]]\nid = \"tell\"\non = [\"finding.added\"]\ncommand = [\"true\"]\n";

/// What is looked at, and mended, now and then.
fn keep_house(play: &mut Play, maria: &Actor) {
    maria.write(".git/coord/reactions.toml", REACTIONS);
    play.ask(maria, "reactions", &[]);
    let digest = text(&maria.coord(&["reactions"]).ok().json()["digest"]);
    play.ask(maria, "reactions trust", &[&digest]);
    play.ask(maria, "reactions retry", &[]);
    for verb in ["log", "audit", "tax", "verify", "sync", "hooks status", "hooks install", "hooks uninstall"] {
        play.ask(maria, verb, &[]);
    }
    for verb in ["agent install", "agent uninstall"] {
        play.ask(maria, verb, &["claude"]);
    }
    play.hear(maria, "doctor", &[], 1);
    let finding = text(&maria.coord(&["find", "Nobody reads the old log", "--on", "docs/"]).ok().json()["id"]);
    let path = format!(".coord/findings/{}/{finding}.toml", &finding[2..4]);
    maria.write(&path, &maria.read(&path).replace("Nobody", "Hardly anybody").replace("rev = 1", "rev = 2"));
    play.ask(maria, "commit", &[&path[".coord/".len()..]]);
}

//! The objects that `--json` prints, seen by running the commands.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;

use git_coord::model::FindingKind;
use git_coord::model::Pattern;
use git_coord::model::PrincipalId;
use git_coord::model::RecordId;
use git_coord::model::RecordName;
use git_coord::model::Severity;
use git_coord::model::Timestamp;
use git_coord::ops::Guarantee;
use git_coord::ops::collisions::How;
use git_coord::ops::collisions::Side;
use git_coord::ops::event::Event;
use git_coord::ops::tax;
use git_coord::rules::Code;
use git_coord::rules::Obstacle;
use git_coord::rules::Refusal;
use git_coord::ui::event_report;
use git_coord::ui::tax_report;
use serde_json::Value;

use crate::docs::generated::check_page;
use crate::docs::meanings::MEANINGS;
use crate::docs::meanings::meaning;
use crate::docs::unseen::UNSEEN;
use crate::docs::watch_meanings::OF_WATCH;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

type Fields = BTreeMap<String, BTreeSet<String>>;

/// What was seen: for every command its types of objects, in the order of their first appearance, with their fields.
#[derive(Default)]
struct Seen {
    commands: Vec<(String, Vec<(String, Fields)>)>,
}

impl Seen {
    /// Runs a command that ends well and takes note of what it prints.
    #[track_caller]
    fn run(&mut self, actor: &Actor, label: &str, arguments: &[&str]) -> Value {
        let words: Vec<&str> = label.split(' ').chain(arguments.iter().copied()).collect();
        let ran = actor.coord(&words).ok();
        self.note(label, ran.objects());
        ran.objects().into_iter().next().unwrap_or_default()
    }

    fn note(&mut self, label: &str, objects: Vec<Value>) {
        let types = entry(&mut self.commands, label);
        for object in objects {
            let fields = entry(types, object["type"].as_str().expect("every object has a type"));
            assert_eq!(object["v"], 1, "every object has a version");
            for (name, value) in
                object.as_object().unwrap().iter().filter(|(name, _)| !["type", "v"].contains(&name.as_str()))
            {
                fields.entry(name.clone()).or_default().insert(kind(value));
            }
        }
    }

    fn page(&self) -> String {
        let mut page = "# What `--json` prints\n\n\
            This page was written by running the commands; a test runs them again and compares. A field has the values that\n\
            any command showed in it.\n\n\
            One object a line on standard output, each with `type` and `v` (1). Fields are added, never renamed or\n\
            removed; skip what you do not know. Times are RFC 3339 in UTC, commits and digests are complete, spans end\n\
            in `_s` and are in seconds. `guarantee` is `local`, `remote` or `tentative`. What does not apply is `null`.\n\
            Texts that others wrote are data.\n\n\
            An error is one object of type `error` on standard error, whatever the command; its codes are in\n\
            [errors.md](errors.md). What is not ours to say, such as what git says of a failed push, is not JSON.\n"
            .to_owned();
        for (label, types) in &self.commands {
            page.push_str(&format!("\n## {label}\n"));
            for (name, fields) in types {
                page.push_str(&format!("\n`{name}`\n\n| field | value | meaning |\n|---|---|---|\n"));
                for field in fields.keys() {
                    let meaning =
                        meaning(name, field).unwrap_or_else(|| panic!("what does `{field}` of `{name}` mean?"));
                    page.push_str(&format!("| `{field}` | {} | {meaning} |\n", told(&self.kinds(name, field))));
                }
            }
        }
        page
    }

    /// Returns every kind of value that a field may have, whatever command prints it.
    fn kinds(&self, object: &str, field: &str) -> BTreeSet<String> {
        let types = self.commands.iter().flat_map(|(_, types)| types).filter(|(name, _)| name == object);
        let seen = types.filter_map(|(_, fields)| fields.get(field)).flatten().cloned();
        let unseen = UNSEEN.iter().filter(|(name, of, _)| (*name, *of) == (object, field));
        seen.chain(unseen.map(|(_, _, kind)| (*kind).to_owned())).collect()
    }

    /// A meaning without a field tells of something that is not there any more.
    fn check_meanings(&self) {
        let types = || self.commands.iter().flat_map(|(_, types)| types);
        for (object, field, _) in MEANINGS.iter().chain(OF_WATCH).chain(UNSEEN) {
            let has =
                |(name, fields): &(String, Fields)| (*object == "*" || name == object) && fields.contains_key(*field);
            assert!(types().any(has), "`{object}` has no `{field}`");
        }
    }
}

fn entry<'a, T: Default>(list: &'a mut Vec<(String, T)>, name: &str) -> &'a mut T {
    let at = list.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        list.push((name.to_owned(), T::default()));
        list.len() - 1
    });
    &mut list[at].1
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => items.first().map_or("list".to_owned(), |item| format!("list of {}", kind(item))),
        Value::Object(fields) => {
            let names: Vec<_> = fields.keys().map(|name| format!("`{name}`")).collect();
            format!("{{{}}}", names.join(", "))
        }
    }
}

/// Returns the kinds in words: an empty list says nothing if a filled one was seen, and `null` comes last.
fn told(kinds: &BTreeSet<String>) -> String {
    let is_filled = kinds.iter().any(|kind| kind.starts_with("list of"));
    let mut shown: Vec<&str> = kinds.iter().map(String::as_str).collect();
    shown.retain(|kind| *kind != "null" && !(is_filled && *kind == "list"));
    if kinds.contains("null") {
        shown.push("null");
    }
    shown.join(" or ")
}

#[test]
fn page_of_objects_is_what_is_printed() {
    let sandbox = Sandbox::new();
    let mut seen = Seen::default();
    let maria = begin(&mut seen, &sandbox);
    let (alice, bob) = (maria.agent("alice"), maria.enroll("bob", &["--role", "builder", "--vendor", "openai"]));
    claims(&mut seen, &maria, &alice, &bob);
    findings(&mut seen, &maria, &alice);
    landing(&mut seen, &maria, &alice);
    actions(&mut seen, &maria, &alice);
    around(&mut seen, &maria, &alice);
    offline(&mut seen, &sandbox, &maria, &alice);
    checks(&mut seen);
    seen.check_meanings();
    check_page("docs/json.md", &seen.page());
}

fn begin(seen: &mut Seen, sandbox: &Sandbox) -> Actor {
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "-b", "main", "hub.git"]);
    let mut maria = sandbox.repository("work");
    maria.git(&["remote", "add", "hub", "../hub.git"]);
    maria.git(&["push", "-q", "hub", "main"]);
    maria.id = text(&seen.run(&maria, "init", &["--name", "maria", "--remote", "hub"])["principal"]);
    let server = outside.at("hub.git");
    let key = text(&seen.run(&server, "hooks install", &["--server"])["hub_key"]);
    seen.run(&maria, "hooks install", &[]);
    seen.run(&maria, "hooks status", &[]);
    seen.run(&maria, "agent install", &["codex", "--dry-run"]);
    seen.run(&maria, "enroll", &["hub", "--kind", "service", "--role", "hub", "--key", &key]);
    let dave = seen.run(&maria, "enroll", &["dave", "--role", "builder", "--vendor", "mistral", "--operator", "acme"]);
    let place = sandbox.root.join("dave");
    maria.git(&["worktree", "add", "-q", "-b", "dave", place.to_str().unwrap()]);
    let dave = (sandbox.somebody(&place), text(&dave["id"]));
    seen.run(&dave.0, "join", &[&dave.1]);
    seen.run(&dave.0, "whoami", &[]);
    seen.run(&maria, "whoami", &[]);
    seen.run(&maria, "principals", &[]);
    seen.run(&maria, "principals --allowed-signers", &[]);
    maria
}

fn claims(seen: &mut Seen, maria: &Actor, alice: &Actor, bob: &Actor) {
    seen.run(bob, "claim", &["docs/", "--intent", "Say what the parser reads"]);
    seen.run(bob, "release", &["docs/", "--branch", "bob", "--note", "Only the guide is missing"]);
    seen.run(bob, "claim", &["tests/", "--intent", "Stream the input of the parser"]);
    seen.run(
        alice,
        "claim",
        &["docs/", "--resource", "port:8080", "--intent", "Let a parser read its input as a stream"],
    );
    seen.run(maria, "claim", &["docs/", "--queue", "--intent", "Translate"]);
    seen.run(alice, "renew", &[]);
    // One that waits is renewed as well.
    seen.run(maria, "renew", &[]);
    seen.run(alice, "check", &["src/a.rs"]);
    let refused = bob.coord(&["check", "docs/x"]).exits(3);
    seen.note("check", refused.objects());
    seen.run(bob, "handoff", &["tests/", "--to", &alice.id]);
    seen.run(alice, "handoff", &["tests/", "--accept"]);
}

fn findings(seen: &mut Seen, maria: &Actor, alice: &Actor) {
    let commit = maria.git(&["rev-parse", "HEAD"]);
    seen.run(alice, "find", &["It reads twice", "--kind", "bug", "--on", "src/a.rs", "--commit", &commit]);
    let second = seen.run(alice, "find", &["It is slow", "--on", "src/b.rs", "--half-life", "24h"]);
    let third = seen.run(alice, "find", &["It is odd", "--on", "src/"]);
    let result = |uri: &str| {
        format!(
            r#"{{"message": {{"text": "It is wrong"}}, "locations": [{{"physicalLocation":
        {{"artifactLocation": {{"uri": "{uri}"}}, "region": {{"startLine": 1}}}}}}]}}"#
        )
    };
    let (inside, outside) = (result("src/a.rs"), result("../a.rs"));
    let results = format!(r#"[{inside}, {outside}]"#);
    alice.write(
        "report.sarif",
        &format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "t"}}}}, "results": {results}}}]}}"#
        ),
    );
    seen.run(alice, "find --sarif", &["report.sarif"]);
    fs::remove_file(alice.directory.join("report.sarif")).unwrap();
    seen.run(maria, "findings", &[]);
    let question = ["Which parser?", "--answer", "The one of the workspace", "--on", "src/"];
    let first = seen.run(maria, "decide", &[&question[..], &["--finding", &text(&second["id"])]].concat());
    seen.run(maria, "decide", &["Whose parser?", "--answer", "Ours", "--supersedes", &text(&first["id"])]);
    seen.run(maria, "decisions --all", &[]);
    seen.run(alice, "claim", &["src/parser.rs", "--intent", "Read the input in pieces"]);
    seen.run(maria, "brief", &["src/", "--budget", "0"]);
    seen.run(alice, "release", &["src/parser.rs"]);
    seen.run(maria, "resolve", &[&text(&second["id"])]);
    seen.run(maria, "dismiss", &[&text(&third["id"])]);
}

fn landing(seen: &mut Seen, maria: &Actor, alice: &Actor) {
    seen.run(maria, "land --adopt", &["main"]);
    alice.write("docs/guide.md", "Read it.\n");
    alice.commit("Write the guide");
    let request = seen.run(alice, "request", &["--into", "main", "--title", "A guide"]);
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    let found = seen.run(maria, "find", &["It says too little", "--request", &id]);
    seen.run(maria, "dismiss", &[&text(&found["id"])]);
    seen.run(maria, "inbox", &[]);
    seen.run(maria, "similar", &["Work here"]);
    maria.git(&["config", "coord.overlap.model", "none"]);
    seen.run(maria, "similar", &["Work here"]);
    maria.git(&["config", "--unset", "coord.overlap.model"]);
    seen.run(maria, "policy explain", &[&id]);
    maria.write("src/elsewhere.rs", "fn elsewhere() {}\n");
    seen.run(alice, "status", &["src/elsewhere.rs"]);
    fs::remove_file(maria.directory.join("src/elsewhere.rs")).unwrap();
    let head = alice.git(&["rev-parse", "HEAD"]);
    let gate = ["--ref", "main", "--base", "main", "--head", &head];
    let refused = alice.coord(&[&["gate"], &gate[..]].concat()).exits(1);
    seen.note("gate", refused.objects());
    let explained = alice.coord(&["gate", "explain", &id]).exits(1);
    seen.note("gate explain", explained.objects());
    seen.run(maria, "veto", &[&id, "--delta", &delta, "--reason", "Wait"]);
    seen.run(maria, "withdraw", &[&id]);
    seen.run(maria, "reject", &[&id, "--delta", &delta, "--reason", "Not so"]);
    seen.run(maria, "approve", &[&id, "--delta", &delta, "--reason", "Read"]);
    seen.run(maria, "show", &[&id]);
    seen.run(maria, "status", &[]);
    let carol = maria.enroll("carol", &["--role", "maintainer", "--kind", "human"]);
    carol.coord(&["veto", &id, "--delta", &delta]).ok();
    let veto = maria.veto_entry(&id, &carol.id);
    seen.run(maria, "overrule", &[&id, "--veto-of", &carol.id, "--veto", &veto, "--delta", &delta]);
    seen.run(maria, "land", &[&id]);
    seen.run(maria, "gate --record", &["--ref", "main", "--key", "../hub.git/coord/hub-key"]);
    maria.git(&["pull", "-q", "hub", "main"]);
}

/// Lets a service attest what somebody asks to land.
fn checks(seen: &mut Seen) {
    let sandbox = Sandbox::new();
    let rule =
        "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n  paths = [\"**\"]\n  max-age = \"7d\"\n";
    let role = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
    let maria = sandbox.repository("work").begin_under(|policy| policy.replacen("[roles.builder]", role, 1) + rule);
    let (alice, ci) = (maria.agent("alice"), maria.enroll("ci", &["--kind", "service", "--role", "ci"]));
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let head = alice.commit("Change a");
    let id = text(&alice.coord(&["request", "--into", "main"]).ok().json()["id"]);
    seen.run(&maria, "policy check", &[]);
    seen.run(&maria, "policy explain", &[&id]);
    seen.run(&ci, "inbox", &[]);
    seen.run(&ci, "check attest", &[&id, "--failed", "tests", "--commit", &head]);
    seen.run(&ci, "check attest", &["--passed", "tests", "--commit", &head]);
}

/// Runs what was approved, and leaves another one to be.
fn actions(seen: &mut Seen, maria: &Actor, alice: &Actor) {
    let rule = "approvals = [{ count = 1, from = [\"maintainer\"] }]";
    let action = format!("[[actions]]\nname = \"deploy\"\n{rule}\nexpires = \"15m\"\n");
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    maria.write("draft.toml", &format!("{active}\n{action}"));
    let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    maria.coord(&["policy", "activate", &text(&opened["id"])]).ok();
    let mut approved = |program: &str| {
        let asked = seen.run(alice, "request action", &["deploy", "--input", "README.md", "--", program]);
        let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
        seen.run(maria, "inbox", &[]);
        seen.run(maria, "approve", &[&id, "--delta", &delta]);
        seen.run(alice, "status", &[]);
        id
    };
    let (first, second) = (approved("true"), approved("false"));
    seen.run(alice, "run", &[&first]);
    seen.note("run", alice.coord(&["run", &second]).exits(1).objects());
    seen.run(alice, "status", &[]);
}

/// Leaves entries here while somebody else goes on elsewhere, with a key that is away and then is not.
fn offline(seen: &mut Seen, sandbox: &Sandbox, maria: &Actor, alice: &Actor) {
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["clone", "-q", "-o", "hub", "hub.git", "elsewhere"]);
    let other = sandbox.somebody(&sandbox.root.join("elsewhere"));
    other.coord(&["join", &maria.id, "--remote", "hub"]).ok();
    for path in ["offline/a", "offline/b"] {
        alice.coord(&["claim", path, "--intent", "x", "--offline"]).ok();
        alice.coord(&["renew", path, "--ttl", "1h", "--offline"]).ok();
    }
    other.claim(&["offline/a"]);
    let key = sandbox.home.join(".local/share/git-coord/keys").join(&alice.id);
    let away = sandbox.root.join("away");
    fs::rename(&key, &away).unwrap();
    seen.run(maria, "inbox", &[]);
    seen.run(maria, "sync", &[]);
    seen.run(maria, "status", &[]);
    seen.run(maria, "inbox", &[]);
    fs::rename(&away, &key).unwrap();
    seen.note("sync", maria.coord(&["sync"]).exits(3).objects());
}

fn around(seen: &mut Seen, maria: &Actor, alice: &Actor) {
    seen.run(maria, "sync", &[]);
    seen.run(maria, "log", &[]);
    seen.run(maria, "audit", &[]);
    went_round(seen, maria);
    suspect(seen, maria, alice);
    seen.run(maria, "audit docs/guide.md:1", &[]);
    seen.run(maria, "tax", &[]);
    seen.note("tax", cost());
    seen.run(maria, "verify", &["--full"]);
    seen.run(maria, "doctor", &[]);
    let active = text(&seen.run(maria, "policy show", &[])["text"]);
    let draft = active.replacen("per-principal = 20", "per-principal = 21", 1);
    maria.write("draft.toml", &draft.replacen("\"land\"]", "\"land\", \"break-glass\"]", 1));
    let opened = seen.run(maria, "policy propose", &["draft.toml", "--title", "One more claim"]);
    seen.run(maria, "inbox", &[]);
    seen.run(maria, "status", &[]);
    seen.run(maria, "policy activate", &[&text(&opened["id"])]);
    emergency(seen, maria);
    seen.run(maria, "policy rollback", &["1"]);
    seen.run(maria, "policy check", &[]);
    let tomorrow = alice.claim(&["later/"]);
    let draft = format!(
        "format = 1\nholder = \"{}\"\nintent = \"x\"\npaths = [\"more/\"]\nexpires = {}\n",
        alice.id,
        text(&tomorrow["expires"])
    );
    alice.ledger().write("claims/c-7k2f9qxm.toml", &draft);
    seen.run(alice, "status", &[]);
    // A draft that would not count says why.
    alice.ledger().write("claims/c-7k2f9qxn.toml", &draft.replace("format = 1", "format = 2"));
    seen.run(alice, "status", &[]);
    fs::remove_file(alice.ledger().directory.join("claims/c-7k2f9qxn.toml")).unwrap();
    seen.note("watch", events());
    let reactions = "format = 1\n[[reaction]]\nid = \"tell\"\non = [\"finding.added\"]\ncommand = [\"true\"]\n";
    maria.write(".git/coord/reactions.toml", reactions);
    let dead = "reaction: tell\nreason: exit code 1\ntime: 2026-01-01T00:00:00Z\nattempts: 1\ndepth: 1\n\n{\"event\":\"finding.added\",\"id\":\"f-1\"}\n";
    maria.write(".git/coord/reactions/dead/00ff00ff00ff00ff", dead);
    let listed = seen.run(maria, "reactions", &[]);
    seen.run(maria, "reactions trust", &[&text(&listed["digest"])]);
    seen.run(maria, "reactions retry", &[]);
    seen.run(alice, "commit", &[]);
    seen.note("errors", refusal(maria));
}

/// Lands something before anybody approved it.
fn emergency(seen: &mut Seen, maria: &Actor) {
    maria.git(&["checkout", "-q", "-B", "emergency", "refs/remotes/hub/main"]);
    maria.write("down.md", "The site is down.\n");
    maria.commit("Say that the site is down");
    let opened = seen.run(maria, "request", &["--into", "main", "--break-glass", "The site is down"]);
    seen.run(maria, "land", &[&text(&opened["id"])]);
    seen.run(maria, "status", &[]);
}

/// Returns what is said where everything had a cost.
fn cost() -> Vec<Value> {
    let id = PrincipalId::parse("alice-3f9a1c2e").unwrap();
    let longest = Some(RecordId::parse("r-7k2f9qxn").unwrap());
    let wait = || tax::Wait { count: 1, seconds: 1, longest_s: 1, longest: longest.clone() };
    let role = |name: &str| RecordName::parse(name).unwrap();
    let figures = tax::Figures {
        void: [(Code::EntryUnsigned, 1)].into(),
        rules: [((role("main"), vec![role("reviewer")]), wait())].into(),
        approvers: [(id, wait())].into(),
        ..tax::Figures::default()
    };
    let since = Timestamp::from_unix_s(1_800_000_000);
    let until = Timestamp::from_unix_s(2_000_000_000).unwrap();
    tax_report(&tax::Outcome { since, until, figures, free_commits: None }).json
}

/// Lets somebody go round the gate, and an entry be void, until it is put right.
fn went_round(seen: &mut Seen, maria: &Actor) {
    let server = maria.at("../hub.git");
    let (main, ledger) = (server.git(&["rev-parse", "main"]), server.git(&["rev-parse", "coord"]));
    let tree = server.git(&["rev-parse", "main^{tree}"]);
    let stray =
        server.git(&["-c", "user.name=x", "-c", "user.email=x", "commit-tree", "-p", &main, "-m", "Stray", &tree]);
    let void =
        server.git(&["-c", "user.name=x", "-c", "user.email=x", "commit-tree", "-p", &ledger, "-m", "Void", &tree]);
    // By somebody who administers the server, and whom its hooks do not stop.
    let force = |name: &str, to: &str| server.git(&["-c", "core.hooksPath=/dev/null", "update-ref", name, to]);
    force("refs/heads/main", &stray);
    force("refs/heads/coord", &void);
    seen.note("audit", maria.coord(&["audit"]).exits(1).objects());
    force("refs/heads/main", &main);
}

/// Lets a key be suspect on which a landing rests.
fn suspect(seen: &mut Seen, maria: &Actor, alice: &Actor) {
    seen.run(maria, "principals suspect", &[&alice.id, "--since", "0"]);
    seen.run(maria, "principals suspend", &[&alice.id]);
    seen.run(maria, "principals", &[]);
    seen.run(maria, "principals reinstate", &[&alice.id]);
    let audit = maria.coord(&["audit"]).exits(1).objects();
    let landed = text(&audit.iter().find(|object| object["type"] == "debt").unwrap()["new"]);
    seen.note("audit", audit);
    let about = ["find", "Looked again", "--kind", "risk", "--severity", "low", "--commit", &landed];
    let finding = text(&maria.coord(&about).ok().json()["id"]);
    seen.note("audit", maria.coord(&["audit"]).exits(1).objects());
    seen.note("inbox", maria.coord(&["inbox"]).ok().objects());
    maria.coord(&["dismiss", &finding]).ok();
    seen.run(maria, "audit", &[]);
    seen.run(maria, "principals clear", &[&alice.id]);
    seen.run(maria, "principals rotate", &[]);
}

/// Returns two events without waiting for any: one with everything, one with nothing.
fn events() -> Vec<Value> {
    let bare = Event {
        name: "entry.void",
        subject: "c-7k2f9qxm".to_owned(),
        principal: None,
        height: 1,
        detail: None,
        refusal: None,
        holders: Vec::new(),
        sides: Vec::new(),
        paths: Vec::new(),
        kind: None,
        severity: None,
        depth: 0,
        guarantee: None,
    };
    let refusal = Some(Refusal::new(Code::EntryUnsigned, "it is not signed"));
    let (principal, detail) = (Some("alice-3f9a1c2e".to_owned()), Some("src/".to_owned()));
    let guarantee = Some(Guarantee::Tentative);
    let holders = vec![Obstacle {
        claim: RecordId::parse("c-7k2f9qxn").unwrap(),
        holder: PrincipalId::parse("bob-3f9a1c2e").unwrap(),
        intent: "Stream the input".to_owned(),
        ground: vec!["src/".to_owned()],
        token: Some(1),
        expires: Timestamp::from_unix_s(2_000_000_000).unwrap(),
    }];
    let side = Side {
        worktree: "/home/alice/project".into(),
        branch: Some("alice".to_owned()),
        principal: Some(PrincipalId::parse("alice-3f9a1c2e").unwrap()),
        how: How::Uncommitted,
        claim: None,
    };
    let (sides, paths) = (vec![side], vec![Pattern::parse("src/").unwrap()]);
    let (kind, severity) = (Some(FindingKind::Bug), Some(Severity::High));
    let full = Event { principal, detail, refusal, holders, sides, paths, kind, severity, guarantee, ..bare.clone() };
    [bare, full].iter().flat_map(|event| event_report(event).json).collect()
}

/// Returns the error of a command that cannot be done, from standard error.
fn refusal(maria: &Actor) -> Vec<Value> {
    let Ran { stderr, .. } = maria.coord(&["claim", "later/", "--intent", "x"]).exits(3);
    stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

//! Checks from end to end: a service is enrolled, attests in its clone, and what it attested lands.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const SERVICE: &[&str] = &["--kind", "service", "--role", "ci"];

/// A ledger under which the checks `tests` and `lint` are asked for, an author, a service, and a change that is approved.
struct Checked {
    _sandbox: Sandbox,
    maria: Actor,
    alice: Actor,
    ci: Actor,
    asked: Value,
}

impl Checked {
    fn new() -> Self {
        Self::under("")
    }

    /// As [`Self::new`], with more said of each check.
    fn under(more: &str) -> Self {
        let sandbox = Sandbox::new();
        let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
        let check = |name: &str| format!("\n  [[protect.checks]]\n  name = \"{name}\"\n  from = [\"ci\"]\n{more}");
        let checks = check("tests") + &check("lint");
        let maria =
            sandbox.repository("work").begin_under(|policy| policy.replacen("[roles.builder]", roles, 1) + &checks);
        maria.coord(&["land", "--adopt", "main"]).ok();
        let (alice, ci) = (maria.agent("alice"), maria.enroll("ci", SERVICE));
        alice.claim(&["src/a.rs"]);
        let mut checked = Self { _sandbox: sandbox, maria, alice, ci, asked: Value::Null };
        checked.asked = checked.ask("src/a.rs", "fn a() { 1 }\n", &[]);
        checked
    }

    /// Commits as alice, asks and has it approved.
    #[track_caller]
    fn ask(&self, file: &str, content: &str, more: &[&str]) -> Value {
        self.alice.write(file, content);
        self.alice.commit("Change it");
        self.ask_again(more)
    }

    #[track_caller]
    fn ask_again(&self, more: &[&str]) -> Value {
        let asked = self.alice.coord(&[&["request", "HEAD", "--into", "main"], more].concat()).ok().json();
        self.maria.coord(&["approve", &text(&asked["id"]), "--delta", &text(&asked["delta"])]).ok();
        asked
    }

    fn id(&self) -> String {
        text(&self.asked["id"])
    }

    fn head(&self) -> String {
        text(&self.asked["head"])
    }

    /// Returns the codes for which the request does not land.
    #[track_caller]
    fn land(&self) -> Vec<String> {
        let verdict = self.maria.coord(&["land", &self.id()]).json();
        let rules = verdict["rules"].as_array().unwrap().clone();
        rules.iter().filter_map(|rule| rule["code"].as_str().map(str::to_owned)).collect()
    }

    #[track_caller]
    fn attest(&self, more: &[&str]) -> Value {
        self.ci.coord(&[&["check", "attest"], more].concat()).ok().json()
    }
}

#[test]
fn service_attests_what_then_lands() {
    let checked = Checked::new();
    let head = checked.head();
    assert_eq!(checked.land(), ["check.missing", "check.missing"]);
    let waits = checked.ci.coord(&["inbox"]).ok().json();
    assert_eq!((&waits["kind"], &waits["checks"]), (&"attest".into(), &serde_json::json!(["lint", "tests"])));
    assert_eq!(text(&waits["commit"]), head);
    // Without a request: the one that results in the tree. Job by job: what was said before of the tree stays.
    checked.attest(&["--passed", "tests", "--commit", &head]);
    assert_eq!(checked.land(), ["check.missing"]);
    let said = checked.attest(&["--passed", "lint", "--commit", &head]);
    assert_eq!(said["passed"], serde_json::json!(["lint", "tests"]));
    let ledger = checked.ci.head();
    checked.attest(&["--passed", "lint", "--commit", &head]);
    assert_eq!(checked.ci.head(), ledger, "the same words once more write nothing");
    assert!(checked.ci.coord(&["inbox"]).ok().objects().is_empty());
    assert_eq!(checked.land(), [""; 0]);
    checked.maria.coord(&["audit"]).ok();
    // The story of a line names the machines that it landed by.
    let line = checked.maria.coord(&["audit", "src/a.rs:1"]).ok().json();
    let said: Vec<_> =
        line["landing"]["attestations"].as_array().unwrap().iter().map(|one| text(&one["check"])).collect();
    assert_eq!(said, ["lint", "tests"], "{line}");
    assert_eq!(line["landing"]["attestations"][0]["principal"], checked.ci.id.as_str());
    let told = checked.maria.say(&["audit", "src/a.rs:1"]).ok().stdout;
    assert!(told.contains(&format!("lint passed by the word of {}", checked.ci.id)), "{told}");
}

#[test]
fn failure_is_told_and_stops_until_it_passes() {
    let checked = Checked::new();
    let head = checked.head();
    checked.attest(&["--passed", "tests", "--failed", "lint", "--commit", &head]);
    assert_eq!(checked.land(), ["check.failed"]);
    let shown = checked.maria.coord(&["watch", "--idle", "1s"]).ok();
    drop(shown);
    let said = checked.attest(&["--passed", "lint", "--commit", &head]);
    assert_eq!((&said["passed"], &said["failed"]), (&serde_json::json!(["lint", "tests"]), &serde_json::json!([])));
    assert_eq!(checked.land(), [""; 0]);
}

/// APP-17, with legal twin: from end to end, one service sees the request's tree fail, and says of another one that it passed.
#[test]
fn failure_is_not_forgotten_for_another_tree() {
    let checked = Checked::new();
    let (id, head) = (checked.id(), checked.head());
    let runner = checked.maria.enroll("runner", SERVICE);
    checked.attest(&["--failed", "tests", "--passed", "lint", "--commit", &head]);
    let other = checked.attest(&[&id, "--passed", "tests", "--commit", "main"]);
    assert_ne!(other["tree"], other["result"]);
    runner.coord(&["check", "attest", "--passed", "tests", "--commit", &head]).ok();
    assert_eq!(checked.land(), ["check.failed"]);
    let explained = checked.maria.say(&["gate", "explain", &id]).stdout;
    assert!(explained.contains("says that it failed"), "{explained}");
    let said = checked.attest(&["--passed", "tests", "--commit", &head]);
    assert_eq!(said["passed"], serde_json::json!(["lint", "tests"]));
    assert_eq!(checked.land(), [""; 0]);
    checked.maria.coord(&["audit"]).ok();
}

/// What has expired is said anew by the same words, and takes nothing else back.
#[test]
fn expired_attestation_is_given_anew() {
    let checked = Checked::under("max-age = \"1s\"\n");
    let head = checked.head();
    let other = checked.alice.git(&["rev-parse", "main^{tree}"]);
    checked.attest(&[&checked.id(), "--failed", "lint", "--tree", &other]);
    let say = ["check", "attest", "--passed", "tests", "--commit", &head];
    checked.ci.coord(&say).ok();
    let ledger = checked.ci.head();
    crate::support::sandbox::wait_for("an expired attestation", || {
        checked.ci.coord(&say).ok();
        (checked.ci.head() != ledger).then_some(())
    });
    let record = checked.ci.read(&format!(".coord/approvals/{}/{}.toml", checked.id(), checked.ci.id));
    assert!(record.contains("reason = \"again: "), "{record}");
    let said = checked.attest(&[&checked.id(), "--failed", "tests", "--tree", &other]);
    assert_eq!(said["failed"], serde_json::json!(["lint", "tests"]));
}

/// APP-17, with legal twin: who names a request means its result, and not whatever is checked out.
#[test]
fn what_is_checked_out_is_not_attested_by_mistake() {
    let checked = Checked::new();
    let (id, head) = (checked.id(), checked.head());
    let ledger = checked.ci.head();
    for word in ["--failed", "--passed"] {
        let refused = checked.ci.coord(&["check", "attest", &id, word, "tests"]).fails(1, "approval.tree");
        assert!(text(&refused["message"]).contains("run the checks there"), "{refused}");
        checked.ci.coord(&["check", "attest", word, "tests"]).fails(1, "record.missing");
    }
    assert_eq!(checked.ci.head(), ledger);
    let tree = checked.alice.git(&["rev-parse", &format!("{head}^{{tree}}")]);
    checked.ci.git(&["checkout", "-q", "--detach", &head]);
    assert_eq!(text(&checked.attest(&[&id, "--failed", "tests"])["tree"]), tree);
    // Whoever names what it checked may mean another tree, and is told what that is worth.
    let said = checked.ci.say(&["check", "attest", &id, "--failed", "lint", "--commit", "main"]).ok().stderr;
    assert!(said.contains("itself results in the tree"), "{said}");
}

/// APP-17, with legal twin: from end to end, the base moves in another file.
#[test]
fn moved_base_asks_for_the_checks_again() {
    let checked = Checked::new();
    let both = ["--passed", "tests", "--passed", "lint", "--commit"];
    checked.attest(&[&both[..], &[checked.head().as_str()]].concat());
    let dave = checked.maria.enroll("dave", &["--role", "builder", "--vendor", "openai"]);
    dave.claim(&["src/b.rs"]);
    dave.write("src/b.rs", "fn b() { 1 }\n");
    dave.commit("Change b");
    let other = dave.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let id = text(&other["id"]);
    checked.maria.coord(&["approve", &id, "--delta", &text(&other["delta"])]).ok();
    checked.attest(&[&both[..], &[text(&other["head"]).as_str()]].concat());
    checked.maria.coord(&["land", &id]).ok();
    checked.alice.git(&["rebase", "-q", "main"]);
    let mut checked = checked;
    checked.asked = checked.ask_again(&["--update", &checked.id()]);
    assert_eq!(checked.land(), ["approval.tree", "approval.tree"]);
    checked.attest(&[&both[..], &[checked.head().as_str()]].concat());
    assert_eq!(checked.land(), [""; 0]);
}

#[test]
fn what_would_count_for_nothing_is_refused() {
    let checked = Checked::new();
    let (id, head) = (checked.id(), checked.head());
    let attest = |who: &Actor, more: &[&str]| who.coord(&[&["check", "attest"], more].concat());
    let fails = |who: &Actor, more: &[&str], exit: i32, code: &str| attest(who, more).fails(exit, code);
    let ledger = checked.ci.head();
    let unknown = fails(&checked.ci, &[&id, "--passed", "test", "--commit", &head], 1, "record.missing");
    assert!(text(&unknown["message"]).contains("`lint`, `tests`"), "{unknown}");
    fails(&checked.alice, &[&id, "--passed", "tests", "--commit", &head], 1, "approval.self");
    fails(&checked.maria, &[&id, "--passed", "tests", "--commit", &head], 1, "approval.threshold");
    // No open request results in what is on the main branch.
    fails(&checked.ci, &["--passed", "tests", "--commit", "main"], 1, "record.missing");
    fails(&checked.ci, &[&id, "--passed", "tests", "--failed", "tests", "--commit", &head], 2, "usage.argument");
    fails(&checked.ci, &[&id, "--passed", "tests", "--tree", &head], 2, "usage.not-found");
    fails(&checked.ci, &[&id, "--passed", "tests", "--commit", "nowhere"], 2, "usage.not-found");
    let second = checked.alice.git(&["commit-tree", "-m", "Twin", "-p", "main", &format!("{head}^{{tree}}")]);
    checked.maria.coord(&["request", &second, "--into", "main"]).ok();
    let told = fails(&checked.ci, &["--passed", "tests", "--commit", &head], 1, "request.ambiguous");
    assert!(text(&told["message"]).contains(&id), "{told}");
    assert_ne!(checked.ci.head(), ledger, "only the second request was written");
    let tree = checked.alice.git(&["rev-parse", &format!("{head}^{{tree}}")]);
    checked.attest(&[&id, "--passed", "tests", "--tree", &tree]);
    // The verb without `attest` is what it was.
    checked.alice.coord(&["check", "src/a.rs"]).ok();
    checked.alice.coord(&["check", "./attest"]).ok();
}

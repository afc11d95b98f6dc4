//! A job that attests checks in a fresh clone: of the very result, which may be a merge that the forge makes.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;
use crate::forges::forge::Pull;
use crate::forges::workflow;
use crate::forges::workflow::Script;
use crate::support::sandbox::Ran;
use crate::support::sandbox::text;

/// Returns a forge under whose policy `tests` are asked for, and the key of the service that runs them.
pub(super) fn checking() -> (Forge, PathBuf) {
    let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
    let checks = "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n";
    let edit = |policy: &str| {
        policy.replace("# forge-commits", "forge-commits").replacen("[roles.builder]", roles, 1) + checks
    };
    let forge = Forge::under(edit);
    let key = forge.sandbox.ssh_key("ci-key", "");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    forge.maria.coord(&["enroll", "ci", "--kind", "service", "--role", "ci", "--key", public.trim()]).ok();
    (forge, key)
}

impl Forge {
    #[track_caller]
    fn attest(&self, commit: &str, key: &PathBuf, more: &[&str]) -> Ran {
        let name = format!("attest-{}", fs::read_dir(&self.sandbox.root).unwrap().count());
        let job = self.job(&name, commit, &[]).with_env("GIT_COORD_PIN", &self.pin).with_env("GIT_COORD_KEY", key);
        job.coord(&[&["check", "attest", "--passed", "tests"], more].concat())
    }
}

#[test]
fn fresh_clone_of_a_job_attests_what_it_tested() {
    let (forge, key) = checking();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    forge.refuses(&pull.head, "check.missing");
    let stranger = forge.sandbox.ssh_key("stranger", "");
    forge.attest(&pull.head, &stranger, &[]).fails(4, "key.unknown");
    let said = forge.attest(&pull.head, &key, &[]).ok().json();
    assert_eq!((text(&said["request"]), text(&said["verdict"])), (pull.id.clone(), "attest".to_owned()));
    forge.gate(&pull.head).ok();
    // The base moves on: what the forge would merge now is another tree, which nobody has tested.
    let other = forge.approved("other", "src/b.rs", "fn b() { 1 }\n");
    forge.attest(&other.head, &key, &[]).ok();
    forge.move_to(MAIN, &other.head);
    forge.record().ok();
    let merged = forge.merge(&forge.tip(MAIN), &pull.head);
    forge.refuses(&merged, "approval.tree");
    forge.attest(&merged, &key, &[]).ok();
    forge.gate(&merged).ok();
    forge.refuses(&forge.evil(&merged, "src/evil.rs"), "approval.delta");
    forge.move_to(MAIN, &merged);
    let recorded = forge.record().ok().json();
    assert_eq!(text(&recorded["landed"][0]["request"]), pull.id);
    forge.audit().ok();
}

/// CI-4: each request in a queue lands as the tree that was tested.
#[test]
fn queue_passes_where_each_result_in_it_was_tested() {
    let (forge, key) = checking();
    let first = forge.approved("first", "src/a.rs", "fn a() { 1 }\n");
    let second = forge.approved("second", "src/b.rs", "fn b() { 1 }\n");
    let one = forge.merge(&forge.tip(MAIN), &first.head);
    let both = forge.merge(&one, &second.head);
    forge.attest(&second.head, &key, &[]).ok();
    forge.attest(&one, &key, &[]).ok();
    forge.gate(&one).ok();
    forge.refuses(&both, "approval.tree");
    let said = forge.attest(&both, &key, &[]).ok().json();
    assert_eq!(text(&said["request"]), second.id);
    forge.gate(&both).ok();
    forge.move_to(MAIN, &both);
    forge.record().ok();
    assert_eq!(forge.audit().ok().json()["landings"], 2);
}

/// What the job of `docs/forges/github` is told of a pull request, and of how its tests ended.
fn told(forge: &Forge, key: &PathBuf, pull: &Pull, tests: &str, result: &str) -> Value {
    json!({
        "github": {
            "server_url": forge.sandbox.root.to_str().unwrap(), "repository": "forge.git", "token": "t",
            "event": { "pull_request": { "base": { "sha": forge.tip(MAIN) }, "head": { "sha": pull.head } } },
        },
        "needs": { "tests": { "result": result } },
        "vars": { "GIT_COORD_PIN": forge.pin, "COORD_TESTS": tests },
        "secrets": { "COORD_CHECKS_KEY": fs::read_to_string(key).unwrap().trim_end() },
    })
}

#[test]
fn job_of_the_page_tests_the_result_and_attests_it() {
    const FILE: &str = "github/coord-checks.yml";
    let (forge, key) = checking();
    let run = |pull: &Pull, tests: &str| {
        let context = told(&forge, &key, pull, tests, "success");
        let (fetch, run) =
            (workflow::step(FILE, "Fetch what would land", &context), workflow::step(FILE, "Run the tests", &context));
        let environment = [fetch.environment, run.environment].concat();
        forge.run_script(&Script { environment, text: format!("{}cd ..\n{}", fetch.text, run.text) })
    };
    let attest = |pull: &Pull, result: &str| {
        forge.run_script(&workflow::step(FILE, "Attest the tests", &told(&forge, &key, pull, "true", result)))
    };
    let (first, second) =
        (forge.approved("first", "src/a.rs", "fn a() { 1 }\n"), forge.approved("second", "src/b.rs", "fn b() { 1 }\n"));
    let both = "grep 1 src/a.rs && grep 1 src/b.rs";
    assert_ne!(run(&second, both).code, 0, "the first one has not landed");
    attest(&second, "failure").ok();
    forge.refuses(&second.head, "check.failed");
    run(&first, "grep 1 src/a.rs").ok();
    attest(&first, "success").ok();
    forge.move_to(MAIN, &first.head);
    forge.record().ok();
    // Now it is a merge that would land.
    run(&second, both).ok();
    attest(&second, "success").ok();
    let merged = forge.merge(&forge.tip(MAIN), &second.head);
    forge.gate(&merged).ok();
    assert_ne!(attest(&second, "skipped").code, 0, "what did not run is not attested");
}

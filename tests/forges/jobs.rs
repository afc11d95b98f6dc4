//! The jobs of `docs/forges` at work: their scripts, run with the payloads of real events against a repository on the disk.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;
use crate::forges::workflow;
use crate::forges::workflow::Script;
use crate::support::sandbox::Ran;

/// The three forges: how each of them runs a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    GitHub,
    GitLab,
    Forgejo,
}

const KINDS: [Kind; 3] = [Kind::GitHub, Kind::GitLab, Kind::Forgejo];
const GITLAB: &str = "gitlab/coord.gitlab-ci.yml";

impl Forge {
    /// Runs a script where a runner would: in an empty directory, with a home that holds nothing.
    #[track_caller]
    pub(super) fn run_script(&self, script: &Script) -> Ran {
        let directory = self.sandbox.root.join(format!("runner-{}", fs::read_dir(&self.sandbox.root).unwrap().count()));
        fs::create_dir_all(directory.join("home")).unwrap();
        let runner = self.sandbox.somebody(&directory);
        let mut bash = runner.command("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &script.text]);
        bash.env("HOME", directory.join("home")).envs(script.environment.iter().cloned());
        let ran = Ran::of(bash);
        let left = fs::read_dir(self.sandbox.root.join("tmp")).unwrap().count();
        assert_eq!(left, 0, "the job left something behind");
        ran
    }

    fn context(&self, branch: &str, event: &Value) -> Value {
        json!({
            "github": {
                "server_url": self.sandbox.root.to_str().unwrap(), "repository": "forge.git", "token": "t",
                "ref": branch, "event": event,
            },
            "vars": { "GIT_COORD_PIN": self.pin },
            "secrets": { "COORD_HUB_KEY": fs::read_to_string(&self.hub_key).unwrap().trim_end() },
        })
    }

    /// What GitLab's runner sets, and the variables of the project.
    fn variables(&self, own: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("CI_SERVER_URL", self.sandbox.root.to_str().unwrap().to_owned()),
            ("CI_PROJECT_PATH", "forge".to_owned()),
            ("CI_JOB_TOKEN", "t".to_owned()),
            ("GIT_COORD_PIN", self.pin.clone()),
        ];
        all.extend(own.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    }

    /// A pull request, or a merge request, from a fork: its head is no branch here.
    #[track_caller]
    fn check_pull(&self, kind: Kind, head: &str) -> Ran {
        let event = json!({
            "action": "synchronize", "number": 1,
            "pull_request": {
                "number": 1, "base": { "ref": "main", "sha": self.tip(MAIN) },
                "head": { "ref": "coord", "sha": head, "repo": { "full_name": "stranger/fork" } },
            },
        });
        let step = |file| workflow::step(file, "Ask the gate", &self.context("refs/heads/main", &event));
        self.run_script(&match kind {
            Kind::GitHub => step("github/coord-gate.yml"),
            Kind::Forgejo => step("forgejo/coord-gate.yml"),
            Kind::GitLab => {
                let own = [
                    ("CI_PIPELINE_SOURCE", "merge_request_event"),
                    ("CI_PROJECT_PATH", "stranger/fork"),
                    ("CI_MERGE_REQUEST_PROJECT_PATH", "forge"),
                    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
                    ("CI_COMMIT_SHA", head),
                ];
                workflow::job(GITLAB, "coord-gate", &self.variables(&own))
            }
        })
    }

    #[track_caller]
    fn check_queue(&self, head: &str) -> Ran {
        let name = format!("refs/heads/gh-readonly-queue/main/pr-1-{}", self.tip(MAIN));
        self.move_to(&name, head);
        let event = json!({
            "action": "checks_requested",
            "merge_group": {
                "head_sha": head, "head_ref": name, "base_sha": self.tip(MAIN), "base_ref": "refs/heads/main",
            },
        });
        self.run_script(&workflow::step("github/coord-gate.yml", "Ask the gate", &self.context(&name, &event)))
    }

    #[track_caller]
    fn run_record(&self, kind: Kind) -> Ran {
        let event = json!({ "ref": MAIN, "after": self.tip(MAIN) });
        let step = |file| workflow::step(file, "Record the landing", &self.context(MAIN, &event));
        self.run_script(&match kind {
            Kind::GitHub => step("github/coord-record.yml"),
            Kind::Forgejo => step("forgejo/coord-record.yml"),
            Kind::GitLab => {
                let own = [
                    ("CI_PIPELINE_SOURCE", "push"),
                    ("CI_COMMIT_BRANCH", "main"),
                    ("CI_COMMIT_REF_PROTECTED", "true"),
                    ("COORD_PUSH_TOKEN", "t"),
                    ("COORD_HUB_KEY", self.hub_key.to_str().unwrap()),
                ];
                workflow::job(GITLAB, "coord-record", &self.variables(&own))
            }
        })
    }

    #[track_caller]
    fn run_audit(&self, kind: Kind) -> Ran {
        let step = |file| workflow::step(file, "Audit", &self.context(MAIN, &json!({})));
        let mut script = match kind {
            Kind::GitHub => step("github/coord-audit.yml"),
            Kind::Forgejo => step("forgejo/coord-audit.yml"),
            Kind::GitLab => {
                workflow::job(GITLAB, "coord-audit", &self.variables(&[("CI_PIPELINE_SOURCE", "schedule")]))
            }
        };
        // Nobody waits in a test.
        script.environment.push(("PAUSES".to_owned(), "0 0".to_owned()));
        self.run_script(&script)
    }
}

#[test]
fn jobs_of_every_forge_lead_from_a_request_to_its_record() {
    for kind in KINDS {
        let forge = Forge::new();
        let pull = forge.pull("topic", "src/a.rs", "fn a() { 1 }\n");
        let told = forge.check_pull(kind, &pull.head).exits(1);
        assert!(told.stdout.contains("approval.threshold"), "{kind:?}: {told}");
        forge.approve(&pull);
        forge.check_pull(kind, &pull.head).ok();
        // The base moves on: the head does not continue it any more, and a merge of both does.
        let other = forge.approved("other", "src/b.rs", "fn b() { 1 }\n");
        forge.move_to(MAIN, &forge.squash(&forge.tip(MAIN), &other.head));
        let told = forge.run_audit(kind).exits(1);
        assert!(told.stdout.contains("ref.state"), "{kind:?}: {told}");
        forge.check_pull(kind, &pull.head).ok();
        forge.run_record(kind).ok();
        forge.check_pull(kind, &pull.head).ok();
        forge.move_to(MAIN, &forge.merge(&forge.tip(MAIN), &pull.head));
        let told = forge.run_record(kind).ok();
        assert!(told.stdout.contains(&pull.id), "{kind:?}: {told}");
        forge.run_record(kind).ok();
        forge.run_audit(kind).ok();
        assert_eq!(forge.audit().ok().json()["landings"], 2, "{kind:?}");
    }
}

#[test]
fn queue_passes_where_all_in_it_was_approved() {
    let forge = Forge::new();
    let first = forge.approved("first", "src/a.rs", "fn a() { 1 }\n");
    let second = forge.pull("second", "src/b.rs", "fn b() { 1 }\n");
    let one = forge.merge(&forge.tip(MAIN), &first.head);
    let both = forge.merge(&one, &second.head);
    forge.check_queue(&one).ok();
    forge.check_queue(&both).exits(1);
    forge.approve(&second);
    forge.check_queue(&both).ok();
    forge.check_queue(&forge.evil(&both, "src/evil.rs")).exits(1);
}

/// CI-1, with legal twin: whatever a pull request brings along is what is judged, and never what judges.
#[test]
fn pull_request_that_edits_the_gate_changes_nothing() {
    for kind in KINDS {
        let forge = Forge::new();
        forge.branch("hostile");
        for file in [".github/workflows/coord-gate.yml", ".forgejo/workflows/coord-gate.yml", ".gitlab-ci.yml"] {
            forge.alice.write(file, "jobs: {}\n");
        }
        forge.alice.write(".gitattributes", "* merge=ours\n");
        forge.alice.write("policy.toml", "format = 1\nversion = 1\n");
        forge.alice.commit("Let everything pass");
        let pull = forge.ask("hostile");
        let told = forge.check_pull(kind, &pull.head).exits(1);
        assert!(told.stdout.contains("lane.sensitive"), "{kind:?}: {told}");
        // Nor does a ledger of its own, wherever it puts it: as a file, or as history that ends in the ledger.
        let ledger = forge.ledger();
        let tree = forge.bare.git(&["rev-parse", &format!("{ledger}^{{tree}}")]);
        let planted = forge.commit(&tree, &[&forge.tip(MAIN), &ledger]);
        forge.check_pull(kind, &planted).exits(1);
        // With the approval of a human it is a change as every other.
        forge.approve(&pull);
        forge.check_pull(kind, &pull.head).ok();
    }
}

#[test]
fn job_without_its_pin_or_its_key_cannot_tell() {
    for kind in KINDS {
        let mut forge = Forge::new();
        let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
        let pin = std::mem::take(&mut forge.pin);
        forge.check_pull(kind, &pull.head).exits(4);
        forge.pin = pin;
        forge.check_pull(kind, &pull.head).ok();
        forge.move_to(MAIN, &forge.merge(&forge.tip(MAIN), &pull.head));
        let key = std::mem::replace(&mut forge.hub_key, forge.sandbox.root.join("no-key"));
        fs::write(&forge.hub_key, "").unwrap();
        forge.run_record(kind).exits(5);
        forge.hub_key = key;
        forge.run_record(kind).ok();
    }
}

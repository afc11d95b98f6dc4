//! The files of `docs/forges` against the schemas that their vendors publish, and against a linter of their security.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::forges::workflow::path;
use crate::hook_managers::managers::fetch_from_pip;
use crate::hook_managers::managers::unless_required;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

/// Of these versions, because later ones may find more.
const PACKAGES: [&str; 2] = ["check-jsonschema==0.39.0", "zizmor==1.32.0"];
/// Set where a checker that cannot be had is a failure.
const REQUIRED: &str = "COORD_REQUIRE_WORKFLOW_CHECKERS";
const WORKFLOWS: [&str; 3] = ["coord-gate.yml", "coord-record.yml", "coord-audit.yml"];
/// What Forgejo's runner knows at the top of a workflow. It publishes no JSON Schema.
const FORGEJO_KEYS: [&str; 9] =
    ["on", "name", "enable-email-notifications", "run-name", "defaults", "env", "permissions", "concurrency", "jobs"];

/// Returns every workflow of GitHub's kind.
fn workflows() -> Vec<PathBuf> {
    let all = ["github", "forgejo"].map(|forge| WORKFLOWS.map(|name| path(&format!("{forge}/{name}"))));
    [all.concat(), vec![path("github/coord-checks.yml")]].concat()
}

/// Returns where the checkers are; `None` if they cannot be had here.
fn programs() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    let fetch = || unless_required("checkers of workflows", fetch_from_pip("checkers", &PACKAGES), REQUIRED);
    PROGRAMS.get_or_init(fetch).as_deref()
}

fn run(programs: &Path, name: &str, arguments: &[&str], file: &Path) -> Ran {
    let mut command = Command::new(programs.join(name));
    command.args(arguments).arg(file);
    Ran::of(command)
}

/// Returns a file with a word of it exchanged, where workflows are.
fn exchanged(sandbox: &Sandbox, file: &Path, words: (&str, &str)) -> PathBuf {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(words.0), "{} says nothing of `{}`", file.display(), words.0);
    let directory = sandbox.root.join(".github/workflows");
    fs::create_dir_all(&directory).unwrap();
    let copy = directory.join(file.file_name().unwrap());
    fs::write(&copy, text.replace(words.0, words.1)).unwrap();
    copy
}

#[test]
fn files_are_as_their_vendors_say() {
    let Some(programs) = programs() else { return };
    let sandbox = Sandbox::new();
    let github = workflows();
    let cases = github.iter().map(|file| (file, "vendor.github-workflows", ("runs-on:", "runs-at:")));
    let gitlab = path("gitlab/coord.gitlab-ci.yml");
    let all: Vec<_> =
        cases.chain([(&gitlab, "vendor.gitlab-ci", ("resource_group: coord-record", "resource_group: [1]"))]).collect();
    for (file, schema, words) in all {
        run(programs, "check-jsonschema", &["--builtin-schema", schema], file).ok();
        let damaged = exchanged(&sandbox, file, words);
        run(programs, "check-jsonschema", &["--builtin-schema", schema], &damaged).exits(1);
    }
}

#[test]
fn linter_of_workflows_finds_nothing() {
    let Some(programs) = programs() else { return };
    let sandbox = Sandbox::new();
    for file in workflows() {
        let lint = |words| run(programs, "zizmor", &["--offline", "--no-progress"], &exchanged(&sandbox, &file, words));
        let told = lint(("jobs:", "jobs:")).ok();
        assert!(told.stdout.contains("No findings to report"), "{told}");
        // It finds what it is asked for.
        let told = lint(("\"$REPOSITORY\"", "${{ github.event.head_commit.message }}"));
        assert!(told.code != 0 && told.stdout.contains("template-injection"), "{told}");
    }
}

#[test]
fn workflows_of_forgejo_have_keys_that_it_knows() {
    for name in WORKFLOWS {
        let text = fs::read_to_string(path(&format!("forgejo/{name}"))).unwrap();
        let top = text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
        let keys: BTreeSet<&str> = top.filter_map(|line| line.split(':').next()).collect();
        let known = BTreeSet::from(FORGEJO_KEYS);
        assert!(keys.is_subset(&known) && keys.contains("on") && keys.contains("jobs"), "{name}: {keys:?}");
    }
}

/// No action of somebody else runs, and what the event says is never text of a script.
#[test]
fn workflows_run_git_and_nothing_else() {
    for file in workflows() {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("uses:"), "{}", file.display());
        assert!(text.contains("\npermissions: {}\n"), "{}", file.display());
        assert!(!text.contains("\n  pull_request:\n"), "{}", file.display());
    }
}

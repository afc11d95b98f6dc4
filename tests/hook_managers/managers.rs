//! The real hook managers: fetched from their registries once, and passed over loudly where they cannot be had.

use std::env;
use std::fs;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const NPM_PACKAGES: [&str; 3] = ["husky@9", "lefthook@2", "simple-git-hooks@2"];
const PIP_PACKAGES: [&str; 2] = ["pre-commit", "prek"];
/// What is tested with them.
const WHAT: &str = "hook managers";
/// Set where a manager that cannot be had is a failure.
const REQUIRED: &str = "COORD_REQUIRE_HOOK_MANAGERS";

/// Returns where the programs of the managers are that npm has; `None` if they cannot be had here.
pub(super) fn of_npm() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| unless_required(WHAT, fetch_from_npm(), REQUIRED)).as_deref()
}

/// Returns where the programs of the managers are that pip has; `None` if they cannot be had here.
pub(super) fn of_pip() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| unless_required(WHAT, fetch_from_pip("python", &PIP_PACKAGES), REQUIRED)).as_deref()
}

fn fetch_from_npm() -> Result<PathBuf, String> {
    let (root, _lock) = place();
    let programs = root.join("node/node_modules/.bin");
    if !NPM_PACKAGES.iter().all(|package| programs.join(package.split('@').next().unwrap()).exists()) {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--fetch-retries=1", "--prefix"]).arg(root.join("node"));
        // Otherwise lefthook installs itself into the repository around it: this one.
        run(npm.args(NPM_PACKAGES).env("CI", "true"))?;
    }
    Ok(programs)
}

/// Fetches packages of PyPI, once, into an environment of their own. Returns where their programs are.
pub(crate) fn fetch_from_pip(environment: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let (root, _lock) = place();
    let programs = root.join(environment).join("bin");
    if !packages.iter().all(|package| programs.join(package.split("==").next().unwrap()).exists()) {
        run(Command::new("python3").args(["-m", "venv"]).arg(root.join(environment)))?;
        run(Command::new(programs.join("pip")).args(["install", "--quiet", "--retries=1"]).args(packages))?;
    }
    Ok(programs)
}

/// Returns the directory of the managers, locked: another test program may be at it.
fn place() -> (PathBuf, File) {
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("tools");
    let root = env::var_os("COORD_TEST_TOOLS").map_or(beside, PathBuf::from);
    fs::create_dir_all(&root).unwrap();
    let lock = File::create(root.join("lock")).unwrap();
    lock.lock().unwrap();
    (root, lock)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
}

/// A machine without network tests everything else; one that is to test everything says so by a variable.
pub(crate) fn unless_required(what: &str, fetched: Result<PathBuf, String>, variable: &str) -> Option<PathBuf> {
    fetched.map_err(|why| say(&passed_over(what, &why, env::var_os(variable).is_some()))).ok()
}

/// Returns what is told of programs that cannot be had, unless they must be.
fn passed_over(what: &str, why: &str, is_required: bool) -> String {
    assert!(!is_required, "the {what} under test cannot be had: {why}");
    format!("\nNOT TESTED: {what} cannot be had here, so nothing is tested with them: {why}\n")
}

/// Prints a text, not by a macro: what those print is kept back for tests that pass.
fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

#[test]
fn managers_that_cannot_be_had_are_passed_over_aloud() {
    assert!(passed_over(WHAT, "no network", false).contains("NOT TESTED: hook managers cannot be had"));
    assert_eq!(unless_required(WHAT, Ok(PathBuf::from("here")), "PATH"), Some(PathBuf::from("here")));
}

#[test]
#[should_panic(expected = "cannot be had: no network")]
fn managers_that_are_required_must_be_had() {
    // Some variable that is set wherever this runs.
    unless_required(WHAT, Err("no network".to_owned()), "PATH");
}

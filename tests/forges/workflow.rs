//! The scripts in the files of `docs/forges`, as a forge would run them: taken out of the file as they stand, with what the
//! event says in their environment.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Returns a file of `docs/forges`.
pub(super) fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/forges").join(file)
}

/// A script with its environment.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) environment: Vec<(String, String)>,
    pub(super) text: String,
}

/// Returns a step of a workflow of GitHub's kind, with its expressions read in a context.
#[track_caller]
pub(super) fn step(file: &str, name: &str, context: &Value) -> Script {
    let text = fs::read_to_string(path(file)).unwrap();
    let step = block(&text, &format!("- name: {name}"));
    let environment = block(&step, "env:");
    let pairs = environment.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let environment = pairs.map(|pair| {
        let (name, value) = pair.split_once(": ").unwrap();
        (name.to_owned(), expand(value, context))
    });
    let script = block(&step, "run: |");
    assert!(!script.contains("${{"), "an expression would become text of the script");
    Script { environment: environment.collect(), text: script }
}

/// Returns the script of a job of GitLab's kind, with what the runner sets.
#[track_caller]
pub(super) fn job(file: &str, name: &str, variables: &[(&str, String)]) -> Script {
    let text = fs::read_to_string(path(file)).unwrap();
    let script = block(&block(&text, &format!("{name}:")), "script:");
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Script { environment: environment.collect(), text: block(&script, "- |") }
}

/// Returns the lines that stand deeper than a line, as far to the left as they can.
#[track_caller]
fn block(text: &str, head: &str) -> String {
    let depth_of = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip_while(|line| line.trim() != head);
    let depth = depth_of(lines.next().unwrap_or_else(|| panic!("there is no `{head}`")));
    let inside: Vec<&str> = lines.take_while(|line| line.trim().is_empty() || depth_of(line) > depth).collect();
    let common = inside.iter().filter(|line| !line.trim().is_empty()).map(|line| depth_of(line)).min().unwrap_or(0);
    inside.iter().map(|line| format!("{}\n", line.get(common..).unwrap_or_default())).collect()
}

/// Replaces each `${{ a.b || c.d }}` by the first that the context has.
fn expand(value: &str, context: &Value) -> String {
    let Some((before, rest)) = value.split_once("${{") else { return value.to_owned() };
    let (expression, after) = rest.split_once("}}").unwrap();
    let look_up = |path: &str| path.trim().split('.').try_fold(context, |at, key| at.get(key));
    let found = expression.split("||").find_map(look_up).and_then(Value::as_str);
    let found = found.unwrap_or_else(|| panic!("the event says nothing of{expression}"));
    format!("{before}{found}{}", expand(after, context))
}

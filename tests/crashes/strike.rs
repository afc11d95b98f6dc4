//! Faults at the points where something is written, and what has to hold after each.

use std::path::Path;

use crate::crashes::left_locks::aftermath;
use crate::crashes::scene::Scene;
use crate::crashes::scene::Thorough;
use crate::crashes::scene::Verb;
use crate::crashes::tally::NOT_REACHED;
use crate::crashes::tally::Tally;
use crate::crashes::tracer;
use crate::crashes::tracer::Call;

/// What happens to a call, as the tracer is told.
pub(super) const FAULTS: [(&str, &str); 8] = [
    ("killed with all it started", "kill"),
    ("killed alone", "kill-first"),
    ("ENOSPC", "28"),
    ("EIO", "5"),
    ("EACCES", "13"),
    ("a short write", "short"),
    ("full from here on", "full"),
    ("EIO from here on", "-5"),
];

/// Returns the points of a verb, with the call at each.
pub(super) fn points_of(tracer: &Path, scene: &Scene, verb: &Verb) -> Vec<Call> {
    scene.restore();
    let traced = tracer::run(tracer, &scene.sandbox.root, &verb.actor, &verb.arguments, ("none", 0));
    let ran = traced.ran.ok();
    assert!(scene.is_done(&verb.effect), "{ran}");
    let wrong = scene.aftermath(verb, Thorough::Whole);
    assert!(wrong.is_empty(), "{} without any fault: {wrong:#?}", verb.name);
    traced.calls
}

/// Has one call of a verb fail, and looks what is there then.
pub(super) fn strike(
    tracer: &Path,
    scene: &Scene,
    verb: &Verb,
    (fault, kind): (&str, &str),
    point: usize,
    thorough: Thorough,
    tally: &mut Tally,
) {
    scene.restore();
    let traced = tracer::run(tracer, &scene.sandbox.root, &verb.actor, &verb.arguments, (kind, point));
    tally.trials += 1;
    let Some((call, words)) = &traced.hit else {
        return tally.count(fault, NOT_REACHED);
    };
    let ran = &traced.ran;
    let is_done_before = scene.is_done(&verb.effect);
    let mut wrong = Vec::new();
    let outcome = match ran.code {
        0 => "acknowledged".to_owned(),
        // What the tracer says of somebody who was killed.
        137 => "killed".to_owned(),
        code => {
            let errors: Vec<serde_json::Value> =
                ran.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let error = errors.iter().find(|object| object["type"] == "error").cloned().unwrap_or_default();
            let name = error["code"].as_str().unwrap_or_default();
            // Of what a git did that does not tell why, nobody knows more than it has said.
            let is_told = name == "git.failed" || error["hints"].as_array().is_some_and(|hints| !hints.is_empty());
            if name.is_empty() || !is_told {
                wrong.push(format!("it does not say what to do next: {ran}"));
            }
            format!("exit {code} {name}")
        }
    };
    let outcome = format!("{outcome}, {}", if is_done_before { "new state" } else { "old state" });
    tally.count(fault, &outcome);
    if ran.code == 0 && !is_done_before {
        wrong.push("it was acknowledged and is not there".to_owned());
    }
    let is_error = !kind.starts_with("kill") && kind != "short";
    tally.failed_syncs += usize::from(is_error && call.is_sync());
    // What git notes of a remote is asked there again.
    let is_noted = call.path.to_string_lossy().contains("/refs/remotes/");
    // What a hub has decided is so, whatever this disk says of what is noted of it here afterwards.
    let hub = scene.sandbox.root.join("hub.git/refs/heads");
    let is_answer = |done: &Call| done.point < point && done.name == "rename" && done.second_path().starts_with(&hub);
    let is_decided = !call.path.starts_with(scene.sandbox.root.join("hub.git")) && traced.calls.iter().any(is_answer);
    if ran.code == 0
        && is_error
        && !is_noted
        && !is_decided
        && call.is_sync()
        && !kind.contains("full")
        && !is_in_background(words)
    {
        wrong.push("it was acknowledged though waiting for the disk failed".to_owned());
    }
    // A git that is killed leaves its lock, and so does one that is not let take it away.
    let may_leave = kind == "kill" || is_error && call.path.extension().is_some_and(|ending| ending == "lock");
    wrong.extend(aftermath(scene, verb, thorough, may_leave, tally));
    if is_done_before && !scene.is_done(&verb.effect) {
        wrong.push("it was there and is not there after the next command".to_owned());
    }
    let place = format!("{} at point {point}, {fault}, {} of {}", verb.name, call.name, call.path.display());
    let detail = format!("by `{words}`; exit {}\n{}", ran.code, ran.stderr);
    tally.wrong.extend(wrong.into_iter().map(|wrong| format!("{place}: {wrong}\n{detail}")));
}

/// Returns whether nobody waits for what a process does.
fn is_in_background(words: &str) -> bool {
    ["maintenance", " gc", "repack", "pack-objects", "commit-graph"].iter().any(|word| words.contains(word))
}

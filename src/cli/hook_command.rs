//! `git coord hook <name>`: what the shims call.

use std::io::Read;
use std::io::Write;

use tracing::debug_span;

use crate::cli::exit::Exit;
use crate::cli::surroundings;
use crate::hook;
use crate::hook::Answer;
use crate::ops::hook_files::HookName;
use crate::ui::plain;

/// More than a push of the most refs says.
const INPUT_BYTES_MAX: u64 = 8 << 20;

pub(crate) fn run(name: &str, arguments: &[String]) -> Exit {
    let Ok(hook) = HookName::parse(name) else {
        eprintln(&[format!("git coord: there is no hook `{}`", plain(name))]);
        return Exit::Usage;
    };
    let answer = debug_span!("hook").in_scope(|| answer(hook, arguments));
    eprintln(&answer.said);
    if answer.goes_on { Exit::Done } else { Exit::Refused }
}

fn answer(hook: HookName, arguments: &[String]) -> Answer {
    let argument = |index: usize| arguments.get(index).map(String::as_str);
    match hook {
        HookName::PreCommit => hook::pre_commit(surroundings::read_for_hook()),
        HookName::PreMergeCommit => {
            hook::pre_merge_commit(surroundings::read_for_hook(), &surroundings::heads_to_merge())
        }
        HookName::PrepareCommitMsg => {
            let file = argument(0).unwrap_or_default();
            hook::prepare_commit_msg(surroundings::read_for_hook(), file, argument(1))
        }
        HookName::PrePush => hook::pre_push(surroundings::read_for_hook(), &input()),
        HookName::PreReceive => {
            let quarantine = surroundings::quarantine();
            let options = surroundings::push_options();
            hook::pre_receive(&surroundings::read_for_server(), quarantine.as_ref(), &input(), &options)
        }
        HookName::ReferenceTransaction => {
            let state = argument(0).unwrap_or_default();
            hook::reference_transaction(&surroundings::read_for_server(), state, &input())
        }
        HookName::PostReceive => hook::post_receive(surroundings::read_for_server(), &input()),
    }
}

fn input() -> Vec<u8> {
    let mut bytes = Vec::new();
    // What cannot be read is malformed input, and is refused as such.
    std::io::stdin().lock().take(INPUT_BYTES_MAX).read_to_end(&mut bytes).ok();
    bytes
}

fn eprintln(lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::io::stderr().lock().write_all(text.as_bytes()).ok();
}

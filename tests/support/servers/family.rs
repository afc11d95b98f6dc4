//! A process and what it has started: found and ended by number.

use std::fs;
use std::process::Command;

/// Ends a process and everything that it has started, at once.
pub(crate) fn kill_family(process: u32) {
    let mut family = Vec::new();
    stop_family(process, &mut family);
    signal("KILL", &family);
}

/// Ends one process, at once.
pub(crate) fn kill_one(process: u32) {
    signal("KILL", &[process]);
}

/// Stops a process and everything that it has started. Whoever is stopped starts nothing more while we look.
fn stop_family(process: u32, family: &mut Vec<u32>) {
    signal("STOP", &[process]);
    family.push(process);
    for child in children(process) {
        stop_family(child, family);
    }
}

/// Returns what a process has started itself and what still runs.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

fn signal(name: &str, processes: &[u32]) {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "name=$1; shift; kill -s \"$name\" \"$@\" 2>/dev/null", "sh", name]);
    command.args(processes.iter().map(u32::to_string)).status().ok();
}

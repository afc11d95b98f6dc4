//! On what the figures were measured, without its name.

use std::process::Command;
use std::thread;

/// Returns a line for each fact about this machine.
pub(crate) fn facts() -> Vec<String> {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let gigabytes = memory.split(' ').next().and_then(|kb| kb.parse::<f64>().ok()).map_or(0.0, |kb| kb / 1048576.0);
    vec![
        format!("{cores} cores, {processor}"),
        format!("{gigabytes:.0} GiB of memory"),
        format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        first_line("git", &["--version"]),
        first_line("rustc", &["--version"]),
        measured_commit(),
    ]
}

/// Returns the load averages of the last 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<&str> = text.split(' ').take(3).collect();
    if averages.is_empty() { "unknown".to_owned() } else { averages.join(" ") }
}

/// Returns the commit that was measured, and whether the sources differ from it.
fn measured_commit() -> String {
    let git = |arguments: &[&str]| first_line("git", &[&["-C", env!("CARGO_MANIFEST_DIR")], arguments].concat());
    let is_changed = !git(&["status", "--porcelain", "--", "src", "benches", "Cargo.lock"]).is_empty();
    format!("commit {}{}", git(&["rev-parse", "--short=12", "HEAD"]), if is_changed { " with changes" } else { "" })
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

//! What the hooks of agents' programs cost where there is nothing to do.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::budgets::duel::Duel;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::worlds::Size;

/// How often the start of the smallest command of git may fit into an answer.
const RATIO_MAX: f64 = 8.0;

pub(crate) fn rows(bench: &mut Bench) {
    let ledger = bench.worlds.joined(Size::CLAIMS, "agent-hooks", &[]);
    let plain = bench.worlds.sandbox.root.join("agent-hooks-plain");
    std::fs::create_dir_all(&plain).expect("the world is ours");
    bench.worlds.sandbox.git(&plain, &["init", "-q"]);
    bench.worlds.sandbox.coord(&ledger, &["claim", "bench/held.rs", "--intent", "Measure the hook"]);
    let outside = bench.worlds.sandbox.root.join("elsewhere.rs").display().to_string();
    let cases: [(&str, &Path, &str, &str); 4] = [
        ("before an edit of a file that is held already", &ledger, "before-edit", "bench/held.rs"),
        ("after an edit of a file that is held already", &ledger, "after-edit", "bench/held.rs"),
        ("before an edit where there is no ledger", &plain, "before-edit", "a.rs"),
        ("before an edit outside of the repository", &ledger, "before-edit", &outside),
    ];
    for (what, directory, event, file) in cases {
        let what = format!("hook of an agent's program, {what}");
        let floor = || bench.worlds.sandbox.time("git", directory, &["rev-parse", "--git-dir"]);
        let duel = Duel::run(bench.samples, floor, || ask(bench, directory, event, file));
        bench.add(Row::ratio(format!("{what} / `git rev-parse`"), &duel, Budget::AtMost(RATIO_MAX)));
        bench.add(Row::figure(what, duel.subject_us() / 1_000.0, "ms", Budget::AtMost(10.0)));
    }
}

/// Times one call as a program makes it.
fn ask(bench: &Bench, directory: &Path, event: &str, file: &str) -> Duration {
    let place = directory.join(file).display().to_string();
    let payload = format!(
        "{{\"session_id\":\"bench\",\"cwd\":\"{}\",\"tool_name\":\"Edit\",\"tool_input\":{{\"file_path\":\"{place}\"}}}}",
        directory.display()
    );
    let mut command = bench.worlds.sandbox.command(BINARY, directory);
    command.args(["agent", "hook", "claude", event]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().expect("it can be started");
    child.stdin.take().expect("it is a pipe").write_all(payload.as_bytes()).expect("it reads");
    let ended = child.wait().expect("it ends");
    assert!(ended.success(), "{what} is allowed", what = place);
    began.elapsed()
}

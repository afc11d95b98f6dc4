//! Real programs: claude, codex, gemini and opencode, driven by a model that follows a script. They are hundreds of
//! megabytes, so they are tested where they are: in the directory of `COORD_TEST_CLIENTS`.

use std::env;
use std::io::Write;
use std::process::Command;

use crate::support::sandbox::Ran;

#[test]
fn programs_that_are_here_do_not_edit_what_is_held() {
    let Some(clients) = env::var_os("COORD_TEST_CLIENTS") else {
        // Not by a macro: what those print is kept back for tests that pass.
        let told = "\nNOT TESTED: real agents' programs: COORD_TEST_CLIENTS names no directory with them\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    };
    let mut command = Command::new("bash");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/real_clients.sh");
    command.arg(script).arg(clients).arg(env!("CARGO_BIN_EXE_git-coord"));
    let table = Ran::of(command).ok().stdout;
    let rows: Vec<_> = table.lines().skip(2).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.ends_with("| yes | refused | yes | written |")), "{table}");
}

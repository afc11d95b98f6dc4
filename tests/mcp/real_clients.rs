//! Real clients: claude, codex, gemini, opencode, the inspector, the Python SDK. They are hundreds of megabytes, so they are
//! tested where they are: in the directory of `COORD_TEST_CLIENTS`, which `tests/mcp/real_clients.sh` fills.

use std::env;
use std::io::Write;
use std::process::Command;

use crate::support::sandbox::Ran;

#[test]
fn clients_that_are_here_connect() {
    let Some(clients) = env::var_os("COORD_TEST_CLIENTS") else {
        // Not by a macro: what those print is kept back for tests that pass.
        let told = "\nNOT TESTED: real MCP clients: COORD_TEST_CLIENTS names no directory with them\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    };
    let mut command = Command::new("bash");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp/real_clients.sh");
    command.arg(script).arg(clients).arg(env!("CARGO_BIN_EXE_git-coord"));
    let table = Ran::of(command).ok().stdout;
    assert!(table.lines().count() > 2 && !table.contains("not installed"), "{table}");
}

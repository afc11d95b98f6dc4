//! What the tests saw, kept for the page of servers where `COORD_SERVERS_SEEN` names a directory.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::real_servers::kind::Kind;
use crate::real_servers::row::Row;

/// Keeps what was seen of a row, with what was running.
pub(super) fn keep(kind: Kind, row: Row, version: &str, result: &str) {
    assert!(!result.contains(['|', '\n']), "it goes into a table: {result}");
    let Some(directory) = env::var_os("COORD_SERVERS_SEEN").map(PathBuf::from) else { return };
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(format!("{kind:?}-{row:?}")), format!("{version}\n{result}\n")).unwrap();
}

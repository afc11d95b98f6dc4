//! Where the programs of servers are, and what they are started with.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

/// What a service of a system has as its search path.
pub(super) const SERVICE_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Where services are that only the system starts.
const SYSTEM_PLACES: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Returns those of some programs that this machine lacks.
pub(crate) fn missing<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().filter(|name| find(name).is_none()).collect()
}

/// Returns where a program is.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // A server takes the system's programs, whatever a test puts before them for its own.
    let system = SERVICE_PATH.split(':').chain(SYSTEM_PLACES).map(PathBuf::from);
    let places = system.chain(env::split_paths(&path));
    places.map(|place| place.join(name)).find(|file| file.is_absolute() && file.is_file())
}

/// Returns a program as a service starts it: with nothing of our environment, in a directory of its own.
///
/// # Panics
///
/// Panics if the program is not there: ask `missing` first.
pub(super) fn service(name: &str, directory: &Path) -> Command {
    let program = find(name).unwrap_or_else(|| panic!("`{name}` is not on this machine"));
    at(&program, directory)
}

/// Returns a file as a service starts it.
pub(super) fn at(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", SERVICE_PATH).env("LC_ALL", "C.UTF-8");
    command.current_dir(directory).stdin(Stdio::null());
    command
}

/// Runs a program that sets something up.
///
/// # Panics
///
/// Panics with what it said if it fails.
pub(super) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a program, however it ends, and returns all that it said.
pub(super) fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Makes a directory of ours unless it is there.
pub(super) fn make_directory(directory: &Path) {
    fs::create_dir_all(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
}

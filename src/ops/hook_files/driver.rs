//! gitolite's driver: a link in the place of a hook, to a script that runs the files beside it that are named after it.
//! gitolite puts it there, and takes away what else is there, each time it reads its configuration.

use std::path::Path;

use crate::disk;

use super::error::HookFileError;
use super::hook_name::HookName;
use super::plan::FileContent;
use super::site::calls_by_name;

/// The line by which the driver is known.
const LOOP: &str = "for h in $0.*; do";

/// Returns whether the driver rules a hook.
pub(super) fn rules(path: &Path) -> Result<bool, HookFileError> {
    Ok(followed(path)?.is_some_and(|content| String::from_utf8_lossy(&content.bytes).lines().any(|line| line == LOOP)))
}

/// Returns whether one of the files that the driver runs asks us.
pub(super) fn calls_us(path: &Path, hook: HookName) -> Result<bool, HookFileError> {
    let Some(directory) = path.parent().filter(|_| rules(path).unwrap_or(false)) else { return Ok(false) };
    let start = format!("{hook}.");
    for name in disk::list(directory)?.iter().filter(|name| name.starts_with(&start)) {
        let content = followed(&directory.join(name))?;
        if content.is_some_and(|content| content.is_executable() && calls_by_name(&content.bytes, hook)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns what only whoever runs gitolite can do.
pub(super) fn advice(hook: HookName) -> String {
    format!(
        "gitolite's driver is the `{hook}` hook here, and comes back each time gitolite reads its configuration: put a \
         script with `exec git-coord hook {hook}` into `hooks/repo-specific` of its LOCAL_CODE, and name it in \
         `option hook.{hook}` of this repository."
    )
}

fn followed(path: &Path) -> Result<Option<FileContent>, HookFileError> {
    let Ok(path) = disk::real_path(path) else { return Ok(None) };
    FileContent::read(&path)
}

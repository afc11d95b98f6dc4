//! Where the lines for one hook go.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;

use super::driver;
use super::error::HookFileError;
use super::ground::Ground;
use super::ground::HookTool;
use super::hook_name::HookName;
use super::lefthook;
use super::occupant::Occupant;
use super::plan::FileContent;
use super::request::Program;

/// Who starts a hook file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// Git: only if it is executable.
    Git,
    /// husky: by `sh -e`, whatever its mode.
    Husky,
}

/// The place for one hook's lines.
#[derive(Clone, Debug)]
pub(super) enum Site {
    File { path: PathBuf, runner: Runner, program: Program },
    Lefthook,
    Closed { path: Option<PathBuf>, advice: String },
}

impl Site {
    pub(super) fn of(ground: &Ground, hook: HookName) -> Result<Self, HookFileError> {
        match ground {
            Ground::Hooks { directory, .. } if driver::rules(&directory.join(hook.as_str()))? => {
                Ok(Self::Closed { path: Some(directory.join(hook.as_str())), advice: driver::advice(hook) })
            }
            Ground::Hooks { directory, program, .. } => {
                let path = chained(&directory.join(hook.as_str()))?;
                Ok(Self::File { path, runner: Runner::Git, program: program.clone() })
            }
            Ground::Husky { .. } if hook == HookName::ReferenceTransaction => {
                let advice = format!("husky never runs `{hook}`, so git coord cannot be asked there.");
                Ok(Self::Closed { path: None, advice })
            }
            Ground::Husky { directory } => {
                let path = directory.join(hook.as_str());
                Ok(Self::File { path, runner: Runner::Husky, program: Program::OnPath })
            }
            Ground::Lefthook { directory, work_tree, program } => {
                let path = directory.join(hook.as_str());
                if lefthook::rules(work_tree, &path, hook)? {
                    return Ok(Self::Lefthook);
                }
                Ok(Self::File { path, runner: Runner::Git, program: program.clone() })
            }
            Ground::Closed { directory, tool, reason } => {
                let path = directory.as_ref().map(|directory| directory.join(hook.as_str()));
                let advice = format!("{reason}. {}", by_hand(*tool, path.as_deref(), hook));
                Ok(Self::Closed { path, advice })
            }
        }
    }
}

/// Returns whether husky is at work in this work tree: it starts hooks by files that no commit carries.
pub(super) fn husky_starts(path: &Path) -> Result<bool, HookFileError> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return Ok(false) };
    Ok(FileContent::read(&directory.join("_").join(name))?.is_some_and(|content| content.is_executable()))
}

/// Returns the file that pre-commit or prek found when it was installed and runs before its own, if that is ours.
///
/// Their `install -f` drops that file, and with our lines in their own file any `install` does: nobody asks us then, and
/// the status says so.
fn chained(path: &Path) -> Result<PathBuf, HookFileError> {
    let legacy = legacy(path);
    let is_ours = matches!(Occupant::at(&legacy, Runner::Git)?, Occupant::Ours(..));
    let runs_legacy = || -> Result<bool, HookFileError> {
        let content = FileContent::read(path)?.map(|content| content.bytes).unwrap_or_default();
        Ok(contains(&content, b"hook-impl"))
    };
    Ok(if is_ours && runs_legacy()? { legacy } else { path.to_owned() })
}

pub(super) fn legacy(path: &Path) -> PathBuf {
    path.with_extension("legacy")
}

/// Returns whether somebody put a call of ours into a file by hand, or next to it where a driver finds it.
pub fn calls_us(path: &Path, hook: HookName) -> Result<bool, HookFileError> {
    let Ok(real) = disk::real_path(path) else { return Ok(false) };
    let content = FileContent::read(&real)?.map(|content| content.bytes).unwrap_or_default();
    Ok(calls_by_name(&content, hook) || driver::calls_us(path, hook)?)
}

/// Returns whether a script calls us at a hook.
pub(super) fn calls_by_name(content: &[u8], hook: HookName) -> bool {
    ["git-coord", "git coord"].iter().any(|name| contains(content, format!("{name} hook {hook}").as_bytes()))
}

fn by_hand(tool: HookTool, path: Option<&Path>, hook: HookName) -> String {
    match (tool, path) {
        (HookTool::SimpleGitHooks, _) => {
            format!("Add to the key `simple-git-hooks`: \"{hook}\": \"git-coord hook {hook} \\\"$@\\\"\"")
        }
        (_, Some(path)) => {
            format!(
                "Add to `{}`, before anything reads its input: git-coord hook {hook} \"$@\" || exit $?",
                path.display()
            )
        }
        (_, None) => format!("Add to the file `{hook}` there: git-coord hook {hook} \"$@\" || exit $?"),
    }
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}
